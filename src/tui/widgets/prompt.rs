//! A line being typed.

use unicode_segmentation::UnicodeSegmentation;

/// A line being typed, always at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prompt {
    text: String,
}

impl Prompt {
    /// A prompt that begins with `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds a character.
    pub fn push(&mut self, character: char) {
        if !character.is_control() {
            self.text.push(character);
        }
    }

    /// Takes the last character away; says whether there was one.
    pub fn erase(&mut self) -> bool {
        match self.text.grapheme_indices(true).next_back() {
            Some((at, _)) => {
                self.text.truncate(at);
                true
            }
            None => false,
        }
    }

    /// Takes the last word away.
    pub fn erase_word(&mut self) {
        let kept = self.text.trim_end();
        let at = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        self.text.truncate(at);
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        self.text.clear();
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
}
