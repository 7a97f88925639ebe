//! The chart of an allocation timeline over the whole width: bytes that are alive upwards from the axis, objects that were
//! freed downwards, with the scale of both and the seconds.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::allocations::{Bar, Timeline};
use crate::text::units::{bytes, grouped};
use crate::text::width::width;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::table::block;

/// What the axis and the seconds below it take.
const AXIS: u16 = 2;

/// A line of freed objects, from few to many.
const SHADES: [&str; 3] = ["░", "▒", "▓"];

/// The narrowest chart beside its scale.
const NARROW: u16 = 20;

/// Where bars of a recording stand: as long as they took, several in one column where they are many. What was there
/// before the recording has none.
struct Columns<'a> {
    timeline: &'a Timeline,
    columns: usize,
}

impl Columns<'_> {
    /// The column of the end of a bar.
    fn end(&self, bar: usize) -> usize {
        let (bars, span) = (&self.timeline.bars, self.timeline.span_us().max(1));
        let time = bars.get(bar).or(bars.last()).map_or(0, |bar| bar.time_us);
        (u128::from(time) * self.columns as u128 / u128::from(span)) as usize
    }

    /// The first column of a bar.
    fn first(&self, bar: usize) -> usize {
        let before = bar.checked_sub(1).map_or(0, |before| self.end(before));
        before.min(self.columns.saturating_sub(1))
    }

    /// The last column of a bar.
    fn last(&self, bar: usize) -> usize {
        self.end(bar).saturating_sub(1).max(self.first(bar))
    }

    /// What stands in each column.
    fn sums(&self, size: impl Fn(&Bar) -> u64) -> Vec<u64> {
        let mut sums = vec![0u64; self.columns];
        for (number, bar) in self.timeline.bars.iter().enumerate().skip(1) {
            let first = self.first(number);
            for sum in sums.iter_mut().take(self.last(number) + 1).skip(first) {
                *sum += size(bar);
            }
        }
        sums
    }
}

/// Draws the chart; the range whose edges keys move is marked on the axis.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    timeline: &Timeline,
    (range, last_edge): (Option<(usize, usize)>, bool),
    theme: Theme,
) {
    let bars = timeline.bars.len();
    if bars < 2 || area.height < AXIS + 1 || area.width == 0 {
        return;
    }
    // The scale needs room for the largest figure, which is no smaller on a narrower chart.
    let columns = |columns: u16| Columns {
        timeline,
        columns: usize::from(columns),
    };
    let most = |sums: &[u64]| sums.iter().copied().max().unwrap_or(0);
    let peak = most(&columns(area.width).sums(|bar| bar.live_size));
    let freed = most(&columns(area.width).sums(Bar::gone_count));
    let scale = width(&bytes(peak)).max(width(&gone_in_words(freed))) as u16 + 2;
    let scale = if area.width >= scale + NARROW {
        scale
    } else {
        0
    };
    let chart = Rect {
        x: area.x + scale,
        width: area.width - scale,
        height: area.height - AXIS,
        ..area
    };
    let columns = columns(chart.width);
    let live = columns.sums(|bar| bar.live_size);
    let gone = columns.sums(Bar::gone_count);
    let (most_live, most_gone) = (most(&live), most(&gone));
    let down = if most_gone > 0 { chart.height / 3 } else { 0 };
    let up = chart.height - down;
    let (from, to) = range.map_or((0, columns.columns - 1), |(from, to)| {
        (columns.first(from), columns.last(to))
    });
    let axis = chart.y + up;
    for at in 0..columns.columns {
        let x = chart.x + at as u16;
        let inside = range.is_none() || (from..=to).contains(&at);
        let height = scaled(live[at], most_live, u64::from(up) * 8);
        for line in 0..up {
            let below = u64::from(up - 1 - line) * 8;
            let part = block(height.saturating_sub(below));
            let tone = if inside { Tone::Bar } else { Tone::Dim };
            buffer.set_string(x, chart.y + line, part, theme.style(tone));
        }
        // Few lines tell little: what is left of the last one is shaded.
        let depth = scaled(gone[at], most_gone, u64::from(down) * SHADES.len() as u64);
        for line in 0..down {
            let above = u64::from(line) * SHADES.len() as u64;
            let part = depth.saturating_sub(above).min(SHADES.len() as u64);
            if let Some(shade) = (part as usize).checked_sub(1) {
                buffer.set_string(x, axis + 1 + line, SHADES[shade], theme.style(Tone::Dim));
            }
        }
        let ranged = range.is_some() && inside;
        let mark = axis_mark((ranged, at == from, at == to), last_edge);
        let tone = if mark == "▲" {
            Tone::Heading
        } else {
            Tone::Dim
        };
        buffer.set_string(x, axis, mark, theme.style(tone));
    }
    if scale > 0 {
        draw_scale(buffer, chart, (up, down), (most_live, most_gone), theme);
    }
    draw_seconds(buffer, chart, area.bottom() - 1, timeline, theme);
}

fn gone_in_words(count: u64) -> String {
    match count {
        0 => String::new(),
        count => format!("−{} freed", grouped(count)),
    }
}

/// What the axis shows in a column: whether it is in the range, at its beginning and at its end.
fn axis_mark(place: (bool, bool, bool), last_edge: bool) -> &'static str {
    match place {
        (true, true, _) if !last_edge => "▲",
        (true, _, true) if last_edge => "▲",
        (true, true, _) => "├",
        (true, _, true) => "┤",
        (true, ..) => "━",
        _ => "─",
    }
}

/// Says beside the chart what its largest figures are, of what lives upwards and of what is gone downwards.
fn draw_scale(
    buffer: &mut Buffer,
    chart: Rect,
    (up, down): (u16, u16),
    (most_live, most_gone): (u64, u64),
    theme: Theme,
) {
    let mut beside = |y: u16, words: &str| {
        let x = chart.x.saturating_sub(width(words) as u16 + 1);
        buffer.set_string(x, y, words, theme.style(Tone::Dim));
    };
    let axis = chart.y + up;
    beside(chart.y, &bytes(most_live));
    beside(axis, "0");
    if down > 0 {
        beside(axis + down, &gone_in_words(most_gone));
    }
}

/// Says below the chart how many seconds it is after the recording began.
fn draw_seconds(buffer: &mut Buffer, chart: Rect, y: u16, timeline: &Timeline, theme: Theme) {
    let dim = theme.style(Tone::Dim);
    let whole = timeline.span_us() as f64 / 1e6;
    let parts = (chart.width / 16).clamp(1, 8);
    let mut free = chart.x;
    for part in 0..=parts {
        let decimals = if whole < 2.0 { 2 } else { 1 };
        let words = format!(
            "{:.decimals$} s",
            whole * f64::from(part) / f64::from(parts)
        );
        let at = chart.x + (u32::from(chart.width - 1) * u32::from(part) / u32::from(parts)) as u16;
        let columns = width(&words) as u16;
        let x = match part {
            0 => at,
            _ if part == parts => chart.right().saturating_sub(columns),
            _ => at.saturating_sub(columns / 2),
        };
        if x >= free {
            buffer.set_string(x, y, &words, dim);
            free = x + columns + 2;
        }
    }
}

/// A figure on a scale; what is there at all can be seen.
fn scaled(part: u64, most: u64, steps: u64) -> u64 {
    (u128::from(part) * u128::from(steps)).div_ceil(u128::from(most.max(1))) as u64
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
        let area = Rect::new(0, 0, 30, 8);
        let mut buffer = Buffer::empty(area);
        draw(
            &mut buffer,
            area,
            &timeline,
            (Some((3, 4)), true),
            Theme::default(),
        );
        let row = |y: u16| -> String {
            let row = (0..30).map(|x| buffer[(x, y)].symbol().to_owned());
            row.collect::<String>().trim_end().to_owned()
        };
        // Four bars over twenty columns; what was there before has none.
        assert_eq!(row(0), "     80 B           █████");
        assert_eq!(row(2), "                    ██████████");
        assert_eq!(row(3), "          ▄▄▄▄▄     ██████████");
        assert_eq!(row(4), "        0 ──────────├━━━━━━━━▲");
        assert_eq!(row(5), "          ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓");
        assert_eq!(row(6), " −9 freed ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓");
        assert_eq!(row(7), "          0.00 s        0.20 s");
    }
}
