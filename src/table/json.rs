//! JSON that is safe to look at: what steers a terminal or reorders a line is written as an escape.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::text::escape::Reader;

/// Writes `document` on one line.
///
/// # Errors
/// When `out` cannot be written.
pub fn write<T: Serialize>(out: &mut impl Write, document: &T) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Careful);
    document.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// The compact form, with more characters escaped than JSON asks for. The texts stay the same.
struct Careful;

impl Formatter for Careful {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut reader = Reader::default();
        let mut written = 0;
        for (at, character) in fragment.char_indices() {
            if reader.is_unsafe(character) {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                written = at + character.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_characters_are_escaped_and_texts_stay() {
        let text = "a\u{9b}31m\u{7f}\u{61c}\u{202e}\u{2028}\u{e0041}\u{1b}é日\"\\";
        let mut out = Vec::new();
        write(&mut out, &text).unwrap();
        let json = String::from_utf8(out).unwrap();
        assert_eq!(
            json,
            "\"a\\u009b31m\\u007f\\u061c\\u202e\\u2028\\udb40\\udc41\\u001bé日\\\"\\\\\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
