//! Sentences on several lines.

use crate::text::width::{cut_end, width};

/// The words of a sentence, broken at spaces into lines of at most `columns` columns; longer words are cut.
pub fn wrap(words: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split(' ') {
        let word = cut_end(word, columns);
        let Some(last) = lines.last_mut() else { break };
        if last.is_empty() {
            *last = word;
        } else if width(last) + 1 + width(&word) > columns {
            lines.push(word);
        } else {
            last.push(' ');
            last.push_str(&word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 5), ["unbr…"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
