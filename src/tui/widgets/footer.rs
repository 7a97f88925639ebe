//! The last line: the keys that work now, as many as fit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::text::width::width;
use crate::tui::commands::Command;
use crate::tui::theme::{Theme, Tone};

/// One hint: a key, and a word about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The key.
    pub key: String,
    /// What it does, in a word.
    pub word: &'static str,
    /// The command.
    pub command: Command,
    /// Whether it stays when there is little room.
    pub stays: bool,
}

impl Hint {
    fn columns(&self) -> usize {
        width(&self.key) + 1 + width(self.word)
    }
}

/// The hints that fit `columns`, in their order; those that stay are given room first.
pub fn fitting(hints: &[Hint], columns: usize) -> Vec<&Hint> {
    let mut kept = vec![false; hints.len()];
    let mut used = 1;
    for stays in [true, false] {
        for (hint, kept) in hints.iter().zip(&mut kept) {
            if hint.stays == stays && used + hint.columns() <= columns {
                used += hint.columns() + 2;
                *kept = true;
            }
        }
    }
    let pairs = hints.iter().zip(kept);
    pairs
        .filter(|(_, kept)| *kept)
        .map(|(hint, _)| hint)
        .collect()
}

/// Draws the hints; gives where they can be clicked.
pub fn draw(buffer: &mut Buffer, area: Rect, hints: &[Hint], theme: Theme) -> Vec<(Rect, Command)> {
    let mut zones = Vec::new();
    let mut x = area.x + 1;
    for hint in fitting(hints, usize::from(area.width)) {
        let zone = Rect::new(x, area.y, hint.columns() as u16, 1);
        zones.push((zone, hint.command));
        for (text, tone) in [
            (hint.key.as_str(), Tone::Key),
            (" ", Tone::Plain),
            (hint.word, Tone::Dim),
        ] {
            let room = usize::from(area.right().saturating_sub(x));
            (x, _) = buffer.set_stringn(x, area.y, text, room, theme.style(tone));
        }
        x = x.saturating_add(2);
    }
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_and_quit_stay() {
        let hint = |key: &str, word, stays| Hint {
            key: key.into(),
            word,
            command: Command::Help,
            stays,
        };
        let hints = [
            hint("→", "unfold", false),
            hint("/", "find", false),
            hint("?", "help", true),
            hint("q", "quit", true),
        ];
        let words = |columns| -> Vec<&str> {
            let fitting = fitting(&hints, columns);
            fitting.iter().map(|hint| hint.word).collect()
        };
        assert_eq!(words(80), ["unfold", "find", "help", "quit"]);
        assert_eq!(words(24), ["find", "help", "quit"]);
        assert_eq!(words(16), ["help", "quit"]);
        assert_eq!(words(0), [""; 0]);
    }
}
