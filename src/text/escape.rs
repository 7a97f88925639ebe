//! Untrusted text made safe: for one line of a terminal, for a CSV cell, for a Markdown cell.
//!
//! Every name and string of a dump, and every file name, is chosen by somebody else. None of them may move the cursor,
//! reorder the line, hide itself, break a table or become a formula.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// Makes text safe to print on one line: what would steer the terminal, reorder the line or stay invisible is shown as
/// `\n` or `\u{1b}`. Text that needs nothing is borrowed.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if is_plain_ascii(text) {
        return Cow::Borrowed(text);
    }
    let mut reader = Reader::default();
    let Some(first) = text.find(|c| reader.is_unsafe(c)) else {
        return Cow::Borrowed(text);
    };
    let mut safe = String::with_capacity(text.len() + 16);
    safe.push_str(&text[..first]);
    let mut rest = text[first..].chars();
    if let Some(c) = rest.next() {
        push_escaped(&mut safe, c);
    }
    for c in rest {
        if reader.is_unsafe(c) {
            push_escaped(&mut safe, c);
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Makes text safe for one cell of a CSV file: one line, and never a formula when a spreadsheet opens the file.
///
/// Quotes and commas are left to the CSV writer. Not for numbers: a minus sign would get an apostrophe.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let line = one_line(text);
    if text.starts_with(starts_formula) {
        Cow::Owned(format!("'{line}"))
    } else {
        line
    }
}

/// Makes text safe for one cell of a Markdown table: one line, no mark-up, no HTML.
pub fn markdown_cell(text: &str) -> Cow<'_, str> {
    let line = one_line(text);
    if !line.contains(is_markup) {
        return line;
    }
    let mut safe = String::with_capacity(line.len() + 16);
    for c in line.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            _ if is_markup(c) => {
                safe.push('\\');
                safe.push(c);
            }
            _ => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

fn is_plain_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn push_escaped(safe: &mut String, c: char) {
    match c {
        '\n' => safe.push_str("\\n"),
        '\r' => safe.push_str("\\r"),
        '\t' => safe.push_str("\\t"),
        _ => {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        }
    }
}

/// The most marks that may sit on one character: more than any script writes, and few enough for one cell.
const MARKS: usize = 4;

/// Reads a text from its beginning and tells which characters may not reach a terminal as they are; for writers that
/// escape in their own way.
#[derive(Debug)]
pub struct Reader {
    /// How many marks sit on the character before.
    marks: usize,
}

impl Default for Reader {
    /// There is no character yet that a mark could sit on.
    fn default() -> Self {
        Self { marks: MARKS }
    }
}

impl Reader {
    /// Whether the next character may not reach a terminal: for itself, or as one mark too many.
    pub fn is_unsafe(&mut self, c: char) -> bool {
        if is_unsafe(c) {
            return true;
        }
        if c.width() != Some(0) {
            self.marks = 0;
            return false;
        }
        self.marks += 1;
        self.marks > MARKS
    }
}

/// Whether a character may not reach a terminal wherever it stands.
///
/// A joiner inside an emoji sequence goes too: it cannot be told from one that hides, and terminals disagree about the
/// width of joined sequences anyway. So does all that Unicode calls ignorable by default, but for the two variation
/// selectors of emoji, and what looks blank without being a space. Private use and other unassigned characters stay.
pub fn is_unsafe(c: char) -> bool {
    c.is_control() // C0, DEL, C1
        || matches!(
            c,
            '\u{ad}' // soft hyphen: shown or not, as the terminal likes
            | '\u{34f}' // combining grapheme joiner
            | '\u{61c}' // Arabic letter mark
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers
            | '\u{17b4}' | '\u{17b5}' // Khmer inherent vowels
            | '\u{180b}'..='\u{180f}' // Mongolian selectors and vowel separator
            | '\u{200b}'..='\u{200f}' // zero width, joiners, direction marks
            | '\u{2028}'..='\u{202e}' // line and paragraph separators, embeddings and overrides
            | '\u{2060}'..='\u{206f}' // word joiner, invisible operators, isolates, deprecated formats
            | '\u{2800}' // Braille without dots
            | '\u{fe00}'..='\u{fe0d}' // variation selectors
            | '\u{feff}' // byte order mark
            | '\u{fff0}'..='\u{fffb}' // unassigned, interlinear annotation
            | '\u{1bca0}'..='\u{1bca3}' // shorthand formats
            | '\u{1d173}'..='\u{1d17a}' // beams and slurs of music
            | '\u{e0000}'..='\u{e0fff}' // tags, more variation selectors
        )
}

/// What spreadsheets take for the beginning of a formula, full-width forms included.
fn starts_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
    )
}

fn is_markup(c: char) -> bool {
    matches!(
        c,
        '|' | '`' | '*' | '_' | '~' | '<' | '>' | '&' | '[' | ']' | '\\'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in ["", "Map", "C:\\x\\y", "größer 日本語 👍🏽 \u{fe0f}"] {
            assert!(matches!(one_line(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn what_steers_a_terminal_is_shown() {
        assert_eq!(one_line("\u{1b}[2Jx\ny\tz\r"), "\\u{1b}[2Jx\\ny\\tz\\r");
        assert_eq!(one_line("\u{9b}31m\u{7f}\0"), "\\u{9b}31m\\u{7f}\\u{0}");
        assert_eq!(one_line("a\u{202e}b\u{2028}"), "a\\u{202e}b\\u{2028}");
        assert_eq!(one_line("👨\u{200d}👩"), "👨\\u{200d}👩");
    }

    #[test]
    fn what_is_invisible_or_looks_blank_is_shown() {
        for c in "\u{3164}\u{ffa0}\u{115f}\u{1160}\u{34f}\u{2800}\u{1d173}\u{e0100}\u{fe00}\u{180b}"
            .chars()
        {
            let expected = format!("a\\u{{{:x}}}b", u32::from(c));
            assert_eq!(one_line(&format!("a{c}b")), expected);
        }
    }

    #[test]
    fn floods_of_marks_are_shown() {
        let marked = |count| format!("e{}", "\u{301}".repeat(count));
        assert_eq!(one_line(&marked(MARKS)), marked(MARKS));
        let flood = one_line(&marked(2000)).into_owned();
        assert!(flood.starts_with(&format!("{}\\u{{301}}\\u{{301}}", marked(MARKS))));
        assert_eq!(flood.matches("\\u{301}").count(), 2000 - MARKS);
        // One at the beginning would sit on what stands before the text.
        assert_eq!(one_line("\u{301}e"), "\\u{301}e");
        // What scripts write stays.
        for text in ["ผู้ใหญ่", "שָׁלוֹם", "Việt e\u{302}\u{301}", "हिन्दी", "각"]
        {
            assert!(matches!(one_line(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn csv_cells_are_never_formulas() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(csv_cell("\t=1"), "'\\t=1");
        assert_eq!(csv_cell("a=1"), "a=1");
    }

    #[test]
    fn markdown_cells_have_no_markup() {
        assert_eq!(
            markdown_cell("a|b `c` *d* _e_ <img> [x](y) & \\"),
            "a\\|b \\`c\\` \\*d\\* \\_e\\_ &lt;img&gt; \\[x\\](y) &amp; \\\\"
        );
        assert_eq!(markdown_cell("one\ntwo"), "one\\\\ntwo");
        assert!(matches!(markdown_cell("plain (x)"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in "(?s)(.|[\u{0}-\u{9f}\u{200b}-\u{206f}\u{e0000}-\u{e007f}]){0,40}") {
            for safe in [one_line(&text), csv_cell(&text), markdown_cell(&text)] {
                prop_assert!(!safe.chars().any(|c| c.is_control()));
                prop_assert!(!safe.contains(is_unsafe), "{safe:?}");
                let mut reader = Reader::default();
                prop_assert!(!safe.contains(|c| reader.is_unsafe(c)), "{safe:?}");
            }
            prop_assert!(!csv_cell(&text).starts_with(starts_formula));
            let safe = one_line(&text).into_owned();
            prop_assert_eq!(one_line(&safe), safe.as_str(), "escaping again changes nothing");
        }
    }
}
