//! Sentences on several lines.

use unicode_segmentation::UnicodeSegmentation;

use crate::text::escape::one_line;
use crate::text::span::{Span, SpanKind, Spans};
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

/// The same for text whose kinds still matter. It is made safe for a terminal.
pub fn wrap_spans(text: &Spans, columns: usize) -> Vec<Spans> {
    let mut lines = vec![Spans::new()];
    let mut used = 0;
    for word in words_of(text) {
        let wide: usize = word.iter().map(|span| width(&span.text)).sum();
        let Some(last) = lines.last_mut() else { break };
        let word = cut_word(word, columns);
        let wide = wide.min(columns);
        if last.is_empty() {
            (*last, used) = (word, wide);
        } else if used + 1 + wide > columns {
            lines.push(word);
            used = wide;
        } else {
            last.push(SpanKind::Note, " ");
            last.append(word);
            used += 1 + wide;
        }
    }
    lines
}

/// Text cut at its spaces.
fn words_of(text: &Spans) -> Vec<Spans> {
    let mut words = vec![Spans::new()];
    for span in text {
        for (number, part) in one_line(&span.text).split(' ').enumerate() {
            if number > 0 {
                words.push(Spans::new());
            }
            if let Some(word) = words.last_mut() {
                word.push(span.kind, part.to_owned());
            }
        }
    }
    words
}

fn cut_word(word: Spans, columns: usize) -> Spans {
    let mut left = columns;
    let mut spans = word.into_iter().peekable();
    let mut kept = Spans::new();
    while let Some(Span { kind, text }) = spans.next() {
        let wide = width(&text);
        if wide > left || wide == left && spans.peek().is_some() {
            // Something follows: what is left of the room ends with an ellipsis.
            let text = match wide == left {
                true => cut_end(&format!("{text} "), left),
                false => cut_end(&text, left),
            };
            return kept.with(kind, text);
        }
        left -= wide;
        kept.push(kind, text);
    }
    kept
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

/// Words with a capital first, as sentences begin.
pub fn capital(words: &str) -> String {
    let mut chars = words.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
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
    fn typed_text_breaks_as_plain_text_does() {
        let text = Spans::new()
            .note("keeps ")
            .code(Spans::new().edge("a key").note("."))
            .note(" alive: unbreakable ")
            .name("Map\u{1b}");
        let plain = one_line(&text.plain()).into_owned();
        for columns in 3..30 {
            let lines = wrap_spans(&text, columns);
            let lines: Vec<String> = lines.iter().map(Spans::plain).collect();
            assert_eq!(lines, wrap(&plain, columns), "{columns}");
        }
    }

    #[test]
    fn breaks_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 5), ["unbr…"]);
        assert_eq!(wrap("", 5), [""]);
    }
}
