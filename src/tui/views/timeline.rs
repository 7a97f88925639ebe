//! The chart of an allocation timeline: bytes that are alive upwards, objects that are gone downwards.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::allocations::Timeline;
use crate::tui::theme::{Theme, Tone};

/// Parts of a line, from empty to full.
const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The column of a bar in a chart of so many columns. What was there before the recording has none of its own.
fn column(bar: usize, bars: usize, columns: usize) -> usize {
    let recorded = bars.saturating_sub(1).max(1);
    bar.saturating_sub(1) * columns.min(recorded) / recorded
}

/// Draws the chart, and below it the range whose edges keys move.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    timeline: &Timeline,
    (range, last_edge): (Option<(usize, usize)>, bool),
    theme: Theme,
) {
    let (columns, bars) = (usize::from(area.width), timeline.bars.len());
    if columns == 0 || bars < 2 || area.height < 3 {
        return;
    }
    let mut live = vec![0u64; columns];
    let mut gone = vec![0u64; columns];
    for (number, bar) in timeline.bars.iter().enumerate().skip(1) {
        let at = column(number, bars, columns);
        if let (Some(live), Some(gone)) = (live.get_mut(at), gone.get_mut(at)) {
            *live += bar.live_size;
            *gone += bar.gone_count();
        }
    }
    let down = (area.height - 1) / 3;
    let up = area.height - 1 - down;
    let most = |bars: &[u64]| bars.iter().copied().max().unwrap_or(0).max(1);
    let (most_live, most_gone) = (most(&live), most(&gone));
    let used = columns.min(bars - 1);
    let (from, to) = range.unwrap_or((0, bars));
    let (from, to) = (
        column(from, bars, columns),
        column(to, bars, columns).min(used - 1),
    );
    for at in 0..used {
        let x = area.x + at as u16;
        let inside = range.is_none() || (from..=to).contains(&at);
        let tone = if inside { Tone::Bar } else { Tone::Dim };
        let parts = u64::from(up) * 8;
        let height = scaled(live[at], most_live, parts);
        for line in 0..up {
            let below = u64::from(up - 1 - line) * 8;
            let part = height.saturating_sub(below).min(8) as usize;
            buffer.set_string(x, area.y + line, BLOCKS[part], theme.style(tone));
        }
        let depth = scaled(gone[at], most_gone, u64::from(down));
        for line in 0..depth as u16 {
            buffer.set_string(x, area.y + up + line, "·", theme.style(Tone::Dim));
        }
    }
    let y = area.bottom() - 1;
    let line = "─".repeat(to - from + 1);
    buffer.set_string(area.x + from as u16, y, line, theme.style(Tone::Dim));
    let edge = |at: usize, glyph: &str, active: bool, buffer: &mut Buffer| {
        let tone = if active { Tone::Heading } else { Tone::Dim };
        let glyph = if active { "▲" } else { glyph };
        buffer.set_string(area.x + at as u16, y, glyph, theme.style(tone));
    };
    edge(from, "├", !last_edge, buffer);
    edge(to, "┤", last_edge, buffer);
    if from == to {
        edge(from, "├", true, buffer);
    }
}

/// A figure on a scale; what is there at all can be seen.
fn scaled(part: u64, most: u64, steps: u64) -> u64 {
    (u128::from(part) * u128::from(steps)).div_ceil(u128::from(most)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::allocations::Bar;

    #[test]
    fn bars_stand_on_the_range() {
        let bar = |number: u64, live_size| Bar {
            time_us: number * 50_000,
            after_id: 0,
            up_to_id: 20,
            live_count: 1,
            live_size,
        };
        let sizes = [9_999, 10, 0, 80, 40];
        let timeline = Timeline {
            bars: (0..).zip(sizes).map(|(at, size)| bar(at, size)).collect(),
        };
        let area = Rect::new(0, 0, 10, 4);
        let mut buffer = Buffer::empty(area);
        draw(
            &mut buffer,
            area,
            &timeline,
            (Some((3, 4)), true),
            Theme::default(),
        );
        let row = |y: u16| -> String {
            (0..10)
                .map(|x| buffer[(x, y)].symbol().to_owned())
                .collect()
        };
        assert_eq!(row(0).trim_end(), "  █");
        assert_eq!(row(1).trim_end(), "▂ ██");
        assert_eq!(row(2).trim_end(), "····");
        assert_eq!(row(3).trim_end(), "  ├▲");
    }
}
