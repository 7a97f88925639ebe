//! A line being typed, with a cursor.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use crate::text::escape::one_line;
use crate::text::width::{cut_end, cut_start, width};
use crate::tui::theme::{Theme, Tone};

/// A line being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    text: String,
    /// Where the next character goes, in bytes.
    at: usize,
}

impl Prompt {
    /// A prompt that begins with `text`, the cursor behind it.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let at = text.len();
        Self { text, at }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the cursor is, in bytes.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Puts a text in the place of a part of the line, the cursor behind it.
    pub fn replace(&mut self, part: Range<usize>, text: &str) {
        if self.text.get(part.clone()).is_some() {
            self.at = part.start + text.len();
            self.text.replace_range(part, text);
        }
    }

    /// Adds a character at the cursor.
    pub fn push(&mut self, character: char) {
        if !character.is_control() {
            self.text.insert(self.at, character);
            self.at += character.len_utf8();
        }
    }

    /// Takes the character before the cursor away; says whether there was anything in the line.
    pub fn erase(&mut self) -> bool {
        let any = !self.text.is_empty();
        let end = self.at;
        self.left();
        self.text.replace_range(self.at..end, "");
        any
    }

    /// Takes the character at the cursor away.
    pub fn delete(&mut self) {
        let start = self.at;
        self.right();
        self.text.replace_range(start..self.at, "");
        self.at = start;
    }

    /// Takes the word before the cursor away.
    pub fn erase_word(&mut self) {
        let kept = self.text[..self.at].trim_end();
        let start = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        self.text.replace_range(start..self.at, "");
        self.at = start;
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Moves the cursor a character to the left.
    pub fn left(&mut self) {
        let before = self.text[..self.at].grapheme_indices(true).next_back();
        self.at = before.map_or(0, |(at, _)| at);
    }

    /// Moves the cursor a character to the right.
    pub fn right(&mut self) {
        let next = self.text[self.at..].graphemes(true).next();
        self.at += next.map_or(0, str::len);
    }

    /// Moves the cursor to the beginning.
    pub fn start(&mut self) {
        self.at = 0;
    }

    /// Moves the cursor to the end.
    pub fn end(&mut self) {
        self.at = self.text.len();
    }

    /// Draws the line behind a mark, and behind it `words`; it scrolls so that the cursor is seen. Gives where it ends.
    pub fn draw(
        &self,
        buffer: &mut Buffer,
        line: Rect,
        mark: &str,
        (words, tone): (&str, Tone),
        theme: Theme,
    ) -> u16 {
        let room = usize::from(line.width);
        let (before, behind) = self.text.split_at(self.at);
        let before = one_line(&format!("{mark}{before}")).into_owned();
        let at_cursor = behind.graphemes(true).next().unwrap_or_default();
        let behind = one_line(&behind[at_cursor.len()..]).into_owned();
        let before = cut_start(&before, room.saturating_sub(1));
        let style = theme.style(Tone::Key);
        let (x, _) = buffer.set_stringn(line.x, line.y, &before, room, style);
        let left = usize::from(line.right().saturating_sub(x));
        let (x, _) = match at_cursor {
            "" => buffer.set_stringn(x, line.y, "█", left, style),
            character => {
                let shown = one_line(character);
                let end = buffer.set_stringn(x, line.y, &shown, left, style);
                let cell = Rect::new(x, line.y, width(&shown).min(left) as u16, 1);
                buffer.set_style(cell, theme.selected(true));
                end
            }
        };
        let left = usize::from(line.right().saturating_sub(x));
        let (x, _) = buffer.set_stringn(x, line.y, cut_end(&behind, left), left, style);
        if !words.is_empty() {
            let left = usize::from(line.right().saturating_sub(x));
            let words = cut_end(&format!("   {words}"), left);
            buffer.set_stringn(x, line.y, words, left, theme.style(tone));
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erases_what_people_take_for_a_character() {
        let mut prompt = Prompt::new("ab e\u{301}");
        assert!(prompt.erase());
        assert_eq!(prompt.text(), "ab ");
        prompt.push('c');
        prompt.erase_word();
        assert_eq!(prompt.text(), "ab ");
        prompt.erase_word();
        assert_eq!(prompt.text(), "");
        assert!(!prompt.erase());
        prompt.push('\u{7}');
        assert_eq!(prompt.text(), "");
    }

    #[test]
    fn the_cursor_says_where_characters_come_and_go() {
        let mut prompt = Prompt::new("née\u{301}");
        prompt.left();
        prompt.push('x');
        assert_eq!(prompt.text(), "néxe\u{301}");
        prompt.delete();
        prompt.delete();
        assert_eq!(prompt.text(), "néx");
        prompt.start();
        assert!(prompt.erase(), "there is something, though not before");
        prompt.left();
        prompt.delete();
        assert_eq!(prompt.text(), "éx");
        prompt.right();
        prompt.erase_word();
        assert_eq!(prompt.text(), "x");
        prompt.end();
        prompt.push('y');
        assert_eq!(prompt.text(), "xy");
    }
}
