//! Lines of JavaScript as V8 and source maps count them: ended by LF, CR, CR LF, U+2028 and U+2029; columns in UTF-16.

use std::ops::Range;

use super::place::CodeLine;
use crate::text::literals::without_literals;

/// How many characters of a line are shown.
const SHOWN: usize = 160;
/// How many of them stand before the column where a line is longer.
const BEFORE: usize = 60;

/// The bytes of each line, without what ends it.
pub fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        let mut at = from;
        while let Some(found) = memchr::memchr3(b'\n', b'\r', 0xe2, &bytes[at..]) {
            let end = at + found;
            let length = match &bytes[end..] {
                [b'\r', b'\n', ..] => 2,
                [b'\n' | b'\r', ..] => 1,
                [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
                _ => {
                    at = end + 1;
                    continue;
                }
            };
            start = Some(end + length);
            return Some(from..end);
        }
        start = None;
        Some(from..bytes.len())
    })
}

/// The byte at a line and column, both from 0; nothing where the text has no such place.
pub fn offset(text: &str, line: u32, column: u32) -> Option<usize> {
    let range = lines(text).nth(line as usize)?;
    let (mut units, mut at) = (0u64, range.start);
    let mut characters = text[range.clone()].chars();
    while units < u64::from(column) {
        let character = characters.next()?;
        units += character.len_utf16() as u64;
        at += character.len_utf8();
    }
    Some(at)
}

/// The line and column of a byte, both from 0.
pub fn position(text: &str, at: usize) -> Option<(u32, u32)> {
    let (line, range) = lines(text).enumerate().find(|(_, range)| at <= range.end)?;
    let column = text.get(range.start..at)?.encode_utf16().count();
    Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
}

/// Bytes between two places whose column is known without counting.
const BLOCK: usize = 1 << 10;

/// Lines and columns of a text that is asked for many: one pass over it, then each costs no more than a block.
#[derive(Debug)]
pub struct Positions {
    lines: Vec<Range<usize>>,
    /// UTF-16 code units before each block.
    units: Vec<u64>,
}

impl Positions {
    /// Goes through a text.
    pub fn of(text: &str) -> Self {
        let mut before = 0;
        let units = text.as_bytes().chunks(BLOCK).map(|block| {
            let here = before;
            before += block.iter().map(|&byte| units_of(byte)).sum::<u64>();
            here
        });
        Self {
            units: units.collect(),
            lines: lines(text).collect(),
        }
    }

    /// [`offset`] in the text that this is of.
    pub fn offset(&self, text: &str, line: u32, column: u32) -> Option<usize> {
        let range = self.lines.get(line as usize)?;
        let wanted = self.units_before(text, range.start) + u64::from(column);
        let block = self.units.partition_point(|&units| units <= wanted);
        let block = block.saturating_sub(1) * BLOCK;
        let mut at = block.max(range.start);
        let mut units = self.units_before(text, at);
        let bytes = text.as_bytes();
        while units < wanted || !text.is_char_boundary(at) {
            units += units_of(*bytes.get(at)?);
            at += 1;
        }
        (at <= range.end).then_some(at)
    }

    /// [`position`] in the text that this is of.
    pub fn position(&self, text: &str, at: usize) -> Option<(u32, u32)> {
        let line = self.lines.partition_point(|range| range.end < at);
        let start = self
            .lines
            .get(line)
            .filter(|range| range.start <= at)?
            .start;
        let column = self.units_before(text, at) - self.units_before(text, start);
        Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
    }

    /// UTF-16 code units before a byte.
    fn units_before(&self, text: &str, at: usize) -> u64 {
        let block = at / BLOCK;
        let Some(&before) = self.units.get(block) else {
            // The end of a text of whole blocks.
            let all = self.units.last().copied().unwrap_or(0);
            let last = self.units.len().saturating_sub(1) * BLOCK;
            return all
                + text.as_bytes()[last..]
                    .iter()
                    .map(|&byte| units_of(byte))
                    .sum::<u64>();
        };
        let rest = &text.as_bytes()[block * BLOCK..at];
        before + rest.iter().map(|&byte| units_of(byte)).sum::<u64>()
    }
}

/// The code units of the character that begins with a byte of UTF-8.
fn units_of(byte: u8) -> u64 {
    match byte {
        0x80..0xc0 => 0,
        0xf0.. => 2,
        _ => 1,
    }
}

/// The line of a place (from 0) with one before it and one behind.
pub fn excerpt(text: &str, line: u32, column: u32) -> Vec<CodeLine> {
    let first = (line as usize).saturating_sub(1);
    let count = line as usize + 2 - first;
    let around = lines(text).enumerate().skip(first).take(count);
    let around: Vec<(usize, Range<usize>)> = around.collect();
    // Whether a line begins within a literal is known from the beginning only.
    let end = around.last().map_or(0, |(_, range)| range.end);
    let masked = without_literals(&text[..end]);
    let masked = lines(&masked).skip(first).map(|range| &masked[range]);
    let shown = around.iter().zip(masked).map(|((number, range), masked)| {
        let is_line = *number == line as usize;
        let column = if is_line { column as usize } else { 0 };
        CodeLine {
            line: *number as u64 + 1,
            text: part(&text[range.clone()], column),
            masked: part(masked, column),
        }
    });
    shown.collect()
}

/// A line, or where it is long what stands around a column of it.
fn part(line: &str, column: usize) -> String {
    let mut skipped = 0;
    if line.chars().nth(SHOWN).is_some() {
        skipped = column.saturating_sub(BEFORE);
    }
    let mut characters = line.chars().skip(skipped);
    let mut shown = String::new();
    if skipped > 0 {
        shown.push('…');
    }
    for character in characters.by_ref().take(SHOWN) {
        match character {
            '\t' => shown.push_str("  "),
            other => shown.push(other),
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown.truncate(shown.trim_end().len());
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_end_as_in_javascript() {
        let text = "a\r\nb\rc\u{2028}d\n€e";
        let all: Vec<&str> = lines(text).map(|range| &text[range]).collect();
        assert_eq!(all, ["a", "b", "c", "d", "€e"]);
        assert_eq!(lines("").count(), 1);
        assert_eq!(lines("a\n").count(), 2);
    }

    #[test]
    fn columns_are_utf16() {
        let text = "x\n😀é(a)";
        let at = offset(text, 1, 3).unwrap();
        assert_eq!(&text[at..], "(a)");
        assert_eq!(position(text, at), Some((1, 3)));
        assert_eq!(offset(text, 1, 7), None);
        assert_eq!(offset(text, 2, 0), None);
        assert_eq!(offset(text, 0, 1), Some(1), "the end of a line is a place");
    }

    proptest! {
        #[test]
        fn counted_once_or_each_time(text in "[ab\\n\u{2028}é€😀]{0,40}", repeat in 0usize..200, line in 0u32..60, column in 0u32..4000) {
            let text = text.repeat(repeat);
            let positions = Positions::of(&text);
            let at = offset(&text, line, column);
            prop_assert_eq!(positions.offset(&text, line, column), at);
            if let Some(at) = at {
                prop_assert_eq!(positions.position(&text, at), position(&text, at));
            }
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_column() {
        let text = format!("{}HERE{}", "a".repeat(500), "b".repeat(500));
        let shown = &excerpt(&text, 0, 500)[0].text;
        assert!(
            shown.starts_with("…aaa") && shown.ends_with("bbb…") && shown.contains("aHEREb"),
            "{shown}"
        );
        let around = excerpt("one\n\ttwo\nthree\nfour", 1, 1);
        let texts: Vec<(u64, &str)> = around
            .iter()
            .map(|line| (line.line, line.text.as_str()))
            .collect();
        assert_eq!(texts, [(1, "one"), (2, "  two"), (3, "three")]);
        let text = format!("`one\n{}'jane@x.org'`", "a".repeat(200));
        let shown = &excerpt(&text, 1, 200)[1];
        assert!(shown.text.ends_with("aa'jane@x.org'`") && shown.text.starts_with('…'));
        assert!(!shown.masked.contains("jane"), "{shown:?}");
    }
}
