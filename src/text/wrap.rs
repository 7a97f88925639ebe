//! Sentences on several lines.

use unicode_segmentation::UnicodeSegmentation;

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

/// Text in lines of at most `columns` columns, wherever that breaks it, and after the line breaks that it shows as `\\n`:
/// where each begins, and the end.
pub fn broken(text: &str, columns: usize) -> Vec<usize> {
    let mut starts = vec![0];
    let mut used = 0;
    let mut line_break = false;
    for (at, cluster) in text.grapheme_indices(true) {
        let wide = width(cluster);
        if line_break || used + wide > columns.max(1) && used > 0 {
            starts.push(at);
            used = 0;
        }
        line_break = cluster == "n" && text[..at].ends_with('\\');
        used += wide;
    }
    starts.push(text.len());
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_break_anywhere_and_behind_line_breaks() {
        let lines = |text: &'static str, columns| -> Vec<&str> {
            let starts = broken(text, columns);
            starts
                .windows(2)
                .map(|pair| &text[pair[0]..pair[1]])
                .collect()
        };
        assert_eq!(lines("abcdef", 4), ["abcd", "ef"]);
        assert_eq!(lines("a\\nbc", 9), ["a\\n", "bc"]);
        assert_eq!(lines("日本語", 4), ["日本", "語"]);
        assert_eq!(lines("", 4), [""]);
    }

    #[test]
    fn breaks_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 5), ["unbr…"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
