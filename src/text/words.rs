//! Lists of words, in which a text is looked up at once.

use std::sync::LazyLock;

use foldhash::HashSet;

/// Some words. Made by [`words`].
pub(super) struct Words(pub(super) LazyLock<HashSet<&'static str>>);

impl Words {
    /// Whether a text is one of them.
    pub(super) fn has(&self, text: &str) -> bool {
        self.0.contains(text)
    }
}

/// The words of a text, which bars set apart; one of them may be empty.
macro_rules! words {
    ($list:expr) => {
        Words(std::sync::LazyLock::new(|| $list.split('|').collect()))
    };
}
pub(super) use words;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole() {
        static WORDS: Words = words!("|aba|a b|é");
        for word in ["", "aba", "a b", "é"] {
            assert!(WORDS.has(word), "{word}");
        }
        for text in ["a", "ab", "ba", "|", "aba|a b", "b", "É"] {
            assert!(!WORDS.has(text), "{text}");
        }
    }
}
