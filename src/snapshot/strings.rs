//! The string table, kept as the JSON text of the file and decoded only when a string is asked for.

use std::borrow::Cow;

use std::ops::Range;

use super::text::FileText;
use crate::column::Column;

/// Index into the string table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StrId(pub u32);

/// All strings of a snapshot, undecoded.
#[derive(Debug, Default)]
pub struct Strings {
    text: Text,
    /// Where each string ends in `text`, modulo 2³².
    ends: Column<u32>,
    /// The indices of the strings at whose end the true offset passed another multiple of 2³².
    wraps: Vec<u32>,
}

/// The strings' JSON text, without the quotes, one behind the other.
#[derive(Debug)]
enum Text {
    /// In memory, or in an index file.
    Here(Column<u8>),
    /// Still in the dump.
    InDump(FileText),
}

impl Default for Text {
    fn default() -> Self {
        Self::Here(Column::default())
    }
}

impl Strings {
    /// A table from `text` and the offsets where each string ends, modulo 2³² and never falling in truth.
    pub(super) fn from_parts(text: Vec<u8>, ends: Vec<u32>) -> Self {
        Self::from_text(text.into(), ends.into())
    }

    /// The same, perhaps out of an index file.
    pub(crate) fn from_text(text: Column<u8>, ends: Column<u32>) -> Self {
        Self::new(Text::Here(text), ends)
    }

    /// A table whose text is still in the dump.
    pub(crate) fn in_dump(text: FileText, ends: Column<u32>) -> Self {
        Self::new(Text::InDump(text), ends)
    }

    fn new(text: Text, ends: Column<u32>) -> Self {
        let mut wraps = Vec::new();
        let mut last = 0;
        for (index, &end) in (0u32..).zip(&*ends) {
            if end < last {
                wraps.push(index);
            }
            last = end;
        }
        Self { text, ends, wraps }
    }

    /// The texts, where they are in memory, and where each ends in them, modulo 2³².
    pub(crate) fn parts(&self) -> (Option<&[u8]>, &[u32]) {
        let text = match &self.text {
            Text::Here(text) => Some(&**text),
            Text::InDump(_) => None,
        };
        (text, &self.ends)
    }

    /// How long the texts are together, in bytes.
    pub(crate) fn text_bytes(&self) -> usize {
        match &self.text {
            Text::Here(text) => text.len(),
            Text::InDump(text) => text.bytes(),
        }
    }

    /// The same table, with names for the strings up to `len` that it does not have.
    pub(super) fn filled_to(self, len: usize) -> Self {
        if len <= self.len() {
            return self;
        }
        let Text::Here(text) = self.text else {
            return self;
        };
        let (mut text, mut ends) = (text.into_vec(), self.ends.into_vec());
        for number in ends.len()..len {
            text.extend_from_slice(format!("(name {number} missing)").as_bytes());
            ends.push(text.len() as u32);
        }
        Self::from_parts(text, ends)
    }

    /// A table of these texts; for tests and small made-up snapshots.
    pub fn from_texts<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> Self {
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        for string in texts {
            let quoted = serde_json::Value::from(string.as_ref()).to_string();
            text.extend_from_slice(&quoted.as_bytes()[1..quoted.len() - 1]);
            ends.push(text.len() as u32);
        }
        Self::from_parts(text, ends)
    }

    /// How many strings there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Memory held, in bytes; of texts that are still in the dump, what they may come to take.
    pub fn bytes(&self) -> usize {
        let text = match &self.text {
            Text::Here(text) => text.bytes(),
            Text::InDump(text) => text.bytes(),
        };
        text + self.ends.bytes()
    }

    fn end(&self, index: u32) -> Option<usize> {
        let low = *self.ends.get(index as usize)?;
        let wraps = self.wraps.partition_point(|&wrap| wrap <= index);
        Some((wraps << 32) | low as usize)
    }

    /// Where a string is in the texts.
    fn range(&self, string: u32) -> Range<usize> {
        let start = match string {
            0 => 0,
            index => self.end(index - 1).unwrap_or(self.text_bytes()),
        };
        start..self.end(string).unwrap_or(self.text_bytes())
    }

    /// The JSON text of a string between its quotes; empty when there is no such string.
    pub fn raw(&self, string: StrId) -> &[u8] {
        if string.0 as usize >= self.len() {
            return &[];
        }
        match &self.text {
            Text::Here(text) => text.get(self.range(string.0)).unwrap_or_default(),
            Text::InDump(text) => text.get(string.0, |string| self.range(string)),
        }
    }

    /// A string's text. Half a surrogate pair and bytes that are not UTF-8 become U+FFFD.
    pub fn get(&self, string: StrId) -> Cow<'_, str> {
        decode(self.raw(string))
    }

    /// How the text of a string begins: what the first `bytes` of its JSON say. For what tells texts apart, however long
    /// they are.
    pub fn beginning(&self, string: StrId, bytes: usize) -> Cow<'_, str> {
        let raw = self.raw(string);
        decode(raw.get(..bytes).unwrap_or(raw))
    }

    /// The first string whose text is `text`.
    ///
    /// Looks at all strings: ask once, not per node.
    pub fn find(&self, text: &str) -> Option<StrId> {
        (0..self.len() as u32)
            .map(StrId)
            .find(|&string| self.equals(string, text))
    }

    /// Whether a string's text is `text`.
    pub fn equals(&self, string: StrId, text: &str) -> bool {
        let raw = self.raw(string);
        // An escape takes six bytes at the most for one.
        let may_be = raw.len() <= text.len().saturating_mul(6);
        raw == text.as_bytes() || (may_be && raw.contains(&b'\\') && decode(raw) == text)
    }
}

/// Decodes the inside of a JSON string, forgivingly.
pub(crate) fn decode(raw: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw).is_none() {
        // Checking first is several times faster than replacing what is not there.
        return std::str::from_utf8(raw)
            .map_or_else(|_| String::from_utf8_lossy(raw), Cow::Borrowed);
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..at]);
        let Some(&escape) = rest.get(at + 1) else {
            rest = &[];
            break;
        };
        let plain = match escape {
            b'b' => Some(8),
            b'f' => Some(12),
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'u' => None,
            other => Some(other),
        };
        if let Some(byte) = plain {
            text.push(byte);
            rest = &rest[at + 2..];
            continue;
        }
        let (character, used) = unicode_escape(&rest[at..]);
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[at + used..];
    }
    text.extend_from_slice(rest);
    match String::from_utf8(text) {
        Ok(text) => Cow::Owned(text),
        Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

/// The character of a `\uXXXX` (or of a surrogate pair) at the start of `text`, and how many bytes it took.
fn unicode_escape(text: &[u8]) -> (char, usize) {
    let unit = |at: usize| -> Option<u32> {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    match unit(0) {
        None => (char::REPLACEMENT_CHARACTER, 2),
        Some(high @ 0xd800..=0xdbff) => match unit(6) {
            Some(low @ 0xdc00..=0xdfff) => {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                (
                    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                    12,
                )
            }
            _ => (char::REPLACEMENT_CHARACTER, 6),
        },
        Some(code) => (
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
            6,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_escapes_pairs_and_halves() {
        let cases: [(&[u8], &str); 9] = [
            (b"plain", "plain"),
            (br#"a\"b\\c\/d\n"#, "a\"b\\c/d\n"),
            (br"\u00e9\u4e2d", "é中"),
            (br"\ud83d\ude00!", "😀!"),
            (br"\ud800x", "\u{fffd}x"),
            (br"\ud800\u0041", "\u{fffd}A"),
            (br"\u12", "\u{fffd}12"),
            (b"\xff\xfe", "\u{fffd}\u{fffd}"),
            (br"\u0000", "\0"),
        ];
        for (raw, text) in cases {
            assert_eq!(decode(raw), text, "{raw:?}");
        }
    }

    #[test]
    fn offsets_pass_four_gibibytes() {
        let strings = Strings {
            text: Text::default(),
            ends: vec![10, u32::MAX, 4, 9, 3].into(),
            wraps: vec![2, 4],
        };
        assert_eq!(strings.end(1), Some(u32::MAX as usize));
        assert_eq!(strings.end(2), Some((1 << 32) + 4));
        assert_eq!(strings.end(4), Some((2 << 32) + 3));
    }

    #[test]
    fn finds_texts() {
        let strings = Strings::from_texts(["", "a\"b", "map"]);
        assert_eq!(strings.find("a\"b"), Some(StrId(1)));
        assert_eq!(strings.find("map"), Some(StrId(2)));
        assert_eq!(strings.find("nope"), None);
        assert_eq!(strings.get(StrId(1)), "a\"b");
    }
}
