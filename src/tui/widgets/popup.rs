//! A box of keys over the page: what can be pressed behind the keys that were typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::text::width::{cut_end, pad_right, width};
use crate::tui::theme::{Theme, Tone};

/// A key, what it does, and whether it can do that now.
pub type Entry = (String, String, bool);

/// Terminal columns between two entries.
const BETWEEN: usize = 2;

/// Empties cells, colours too: what lies over a page shows nothing of it.
pub fn wipe(buffer: &mut Buffer, area: Rect) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
        }
    }
}

/// Draws the box in the last lines of `area`, in as many columns as fit; entries that there is no line for are left out.
pub fn draw(buffer: &mut Buffer, area: Rect, title: &str, entries: &[Entry], theme: Theme) {
    let keys = entries.iter().map(|(key, ..)| width(key)).max();
    let words = entries.iter().map(|(_, words, _)| width(words)).max();
    let (Some(keys), Some(words)) = (keys, words) else {
        return;
    };
    let inside = usize::from(area.width.saturating_sub(4));
    if area.height < 3 || inside < keys + 2 {
        return;
    }
    let entry = (keys + 1 + words).min(inside);
    let columns = ((inside + BETWEEN) / (entry + BETWEEN)).clamp(1, entries.len());
    let lines = entries.len().div_ceil(columns);
    let lines = lines.min(usize::from(area.height - 2));
    let top = area.bottom() - lines as u16 - 2;
    let rule = theme.style(Tone::Dim);
    let wide = usize::from(area.width.saturating_sub(2));
    let title = cut_end(&format!(" {title} "), wide.saturating_sub(1));
    let above = format!(
        "─{title}{}",
        "─".repeat(wide.saturating_sub(width(&title) + 1))
    );
    let whole = Rect {
        y: top,
        height: area.bottom() - top,
        ..area
    };
    wipe(buffer, whole);
    buffer.set_string(area.x, top, format!("┌{above}┐"), rule);
    buffer.set_string(area.x + 2, top, &title, theme.style(Tone::Heading));
    for line in 0..lines {
        let y = top + 1 + line as u16;
        buffer.set_string(area.x, y, "│", rule);
        buffer.set_string(area.right() - 1, y, "│", rule);
        // Downwards first, as people read lists.
        for column in 0..columns {
            let Some((key, words, works)) = entries.get(column * lines + line) else {
                continue;
            };
            let x = area.x + 2 + (column * (entry + BETWEEN)) as u16;
            let tone = |tone| if *works { tone } else { Tone::Dim };
            let key = pad_right(key, keys + 1);
            buffer.set_string(x, y, &key, theme.style(tone(Tone::Key)));
            let words = cut_end(words, entry - keys - 1);
            let style = theme.style(tone(Tone::Plain));
            buffer.set_string(x + keys as u16 + 1, y, words, style);
        }
    }
    let below = format!("└{}┘", "─".repeat(wide));
    buffer.set_string(area.x, area.bottom() - 1, below, rule);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_entries_have_room() {
        let area = Rect::new(0, 0, 30, 6);
        let mut buffer = Buffer::empty(area);
        let entry = |key: &str, words: &str| (key.to_owned(), words.to_owned(), true);
        let entries = [
            entry("w", "why alive"),
            entry("r", "retainers"),
            entry("s", "class"),
        ];
        draw(&mut buffer, area, "g …", &entries, Theme::default());
        let row = |y: u16| -> String {
            (0..30)
                .map(|x| buffer[(x, y)].symbol().to_owned())
                .collect()
        };
        assert_eq!(row(1).trim_end(), "");
        assert_eq!(row(2), "┌─ g … ──────────────────────┐");
        assert_eq!(row(3), "│ w why alive  s class       │");
        assert_eq!(row(4), "│ r retainers                │");
        assert_eq!(row(5), "└────────────────────────────┘");
    }
}
