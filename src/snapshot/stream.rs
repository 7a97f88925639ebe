//! A forward-only reader of JSON text: white space, strings, values to skip. Never recurses, holds one block at a time.

use std::io::Read;

use crate::error::{Error, ErrorKind, Result};
use crate::task::Task;

/// How many bytes are read at a time.
pub const BLOCK: usize = 1 << 19;

/// The longest key, in bytes.
const MAX_KEY: usize = 4096;

/// The text, from its start to its end.
pub struct Stream<'a> {
    reader: Box<dyn Read + Send + 'a>,
    task: Task,
    buffer: Vec<u8>,
    /// First byte of `buffer` that was not taken yet.
    at: usize,
    /// Offset in the text of the first byte of `buffer`.
    base: u64,
    ended: bool,
    /// What is being read, for messages: `"nodes"`.
    section: String,
    /// What packed the file, if something did: "gzip".
    packed: Option<&'static str>,
}

impl<'a> Stream<'a> {
    /// A stream over `reader`.
    pub fn new(reader: Box<dyn Read + Send + 'a>, task: Task) -> Self {
        Self {
            reader,
            task,
            buffer: Vec::with_capacity(BLOCK),
            at: 0,
            base: 0,
            ended: false,
            section: "the header".into(),
            packed: None,
        }
    }

    /// The same, of a file that this packed: "gzip".
    pub fn packed(self, packed: Option<&'static str>) -> Self {
        Self { packed, ..self }
    }

    /// What packed the file, if something did.
    pub fn packed_by(&self) -> Option<&'static str> {
        self.packed
    }

    /// A stream over `reader`, whose first byte is at this offset in the text.
    pub fn from_offset(reader: Box<dyn Read + Send + 'a>, offset: u64, task: Task) -> Self {
        Self {
            base: offset,
            ..Self::new(reader, task)
        }
    }

    /// Goes on at another offset, from which on `reader` reads.
    pub fn jump(&mut self, reader: Box<dyn Read + Send + 'a>, offset: u64) {
        self.reader = reader;
        self.buffer.clear();
        (self.at, self.base, self.ended) = (0, offset, false);
    }

    /// Names what is read from here on.
    pub fn enter(&mut self, section: impl Into<String>) {
        self.section = section.into();
    }

    /// What is being read.
    pub fn section(&self) -> &str {
        &self.section
    }

    /// Offset in the text of the next byte.
    pub fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// The error for a text that ends here.
    pub fn truncated(&self) -> Error {
        Error::new(
            ErrorKind::Truncated,
            format!("the file ends inside {}: it was cut short", self.section),
        )
        .at(self.base + self.buffer.len() as u64)
        .advise("its process was killed while it wrote, or the copy is incomplete: copy it again, or take another")
    }

    /// The error for a byte that does not belong here.
    pub fn unexpected(&self, found: u8, expected: &str) -> Error {
        Error::malformed(
            self.offset(),
            format!(
                "expected {expected} in {}, found {}",
                self.section,
                shown_byte(found)
            ),
        )
    }

    /// Fills `buffer` up with the next bytes of the text, from `from` on; gives how many bytes are in it.
    /// Less than its length only at the end of the text.
    fn read_into(&mut self, buffer: &mut [u8], from: usize) -> Result<usize> {
        let mut filled = from;
        while filled < buffer.len() && !self.ended {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.read_error(&error, (filled - from) as u64)),
            }
        }
        Ok(filled)
    }

    fn read_error(&self, error: &std::io::Error, ahead: u64) -> Error {
        let offset = self.base + self.buffer.len() as u64 + ahead;
        match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Error::new(
                ErrorKind::Truncated,
                format!(
                    "the compressed data ends inside {}: the file was cut short",
                    self.section
                ),
            )
            .at(offset)
            .advise("copy the file again"),
            std::io::ErrorKind::InvalidInput
            | std::io::ErrorKind::InvalidData
            | std::io::ErrorKind::Other => Error::malformed(
                offset,
                format!(
                    "the compressed data is damaged in {}: {error}",
                    self.section
                ),
            )
            .advise("copy the file again"),
            _ => Error::io("cannot read", error).at(offset),
        }
    }

    /// Reads the next block when everything was taken; says whether there is anything.
    fn refill(&mut self) -> Result<bool> {
        if self.at < self.buffer.len() {
            return Ok(true);
        }
        self.task.check()?;
        self.base += self.buffer.len() as u64;
        self.at = 0;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(BLOCK, 0);
        let read = self.read_into(&mut buffer, 0);
        buffer.truncate(*read.as_ref().unwrap_or(&0));
        self.buffer = buffer;
        read?;
        Ok(!self.buffer.is_empty())
    }

    /// What is left of the current block; empty only at the end of the text.
    pub fn block(&mut self) -> Result<&[u8]> {
        self.refill()?;
        Ok(&self.buffer[self.at..])
    }

    /// Takes `count` bytes of the current block.
    pub fn take(&mut self, count: usize) {
        self.at = (self.at + count).min(self.buffer.len());
    }

    /// Gives back `bytes`, the last ones that were taken.
    pub fn put_back(&mut self, bytes: &[u8]) {
        let mut buffer = Vec::with_capacity(BLOCK.max(bytes.len()));
        buffer.extend_from_slice(bytes);
        buffer.extend_from_slice(&self.buffer[self.at..]);
        self.base = self.offset() - bytes.len() as u64;
        self.buffer = buffer;
        self.at = 0;
    }

    /// Moves the next bytes of the text behind those in `into`, until it is full. Gives how many there are in all.
    pub fn fill(&mut self, into: &mut [u8], from: usize) -> Result<usize> {
        let rest = &self.buffer[self.at..];
        let count = rest.len().min(into.len() - from);
        into[from..from + count].copy_from_slice(&rest[..count]);
        self.at += count;
        let held = from + count;
        if held == into.len() {
            return Ok(held);
        }
        self.task.check()?;
        self.base += self.buffer.len() as u64;
        self.buffer.clear();
        self.at = 0;
        let filled = self.read_into(into, held)?;
        self.base += (filled - held) as u64;
        Ok(filled)
    }

    /// The next byte, which stays.
    #[inline]
    pub fn peek(&mut self) -> Result<Option<u8>> {
        if !self.refill()? {
            return Ok(None);
        }
        Ok(Some(self.buffer[self.at]))
    }

    /// The next byte that is not white space, which stays.
    pub fn peek_token(&mut self) -> Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Ok(Some(byte));
            }
            self.at += 1;
        }
        Ok(None)
    }

    /// The next byte that is not white space, which stays.
    ///
    /// # Errors
    /// When the text ends.
    pub fn token(&mut self) -> Result<u8> {
        self.peek_token()?.ok_or_else(|| self.truncated())
    }

    /// Takes `byte` behind white space.
    ///
    /// # Errors
    /// When something else is there.
    pub fn expect(&mut self, byte: u8) -> Result<()> {
        match self.token()? {
            found if found == byte => {
                self.at += 1;
                Ok(())
            }
            found => Err(self.unexpected(found, &shown_byte(byte))),
        }
    }

    /// Takes what opens a list, and what closes it where it is empty; says whether an item is next.
    ///
    /// # Errors
    /// When something else is there.
    pub fn list_begins(&mut self) -> Result<bool> {
        self.expect(b'[')?;
        let is_empty = self.token()? == b']';
        if is_empty {
            self.at += 1;
        }
        Ok(!is_empty)
    }

    /// Takes what stands behind an item of a list; says whether another item is next, or that was the end.
    ///
    /// # Errors
    /// When something else is there.
    pub fn list_goes_on(&mut self) -> Result<bool> {
        let found = self.token()?;
        if !matches!(found, b',' | b']') {
            return Err(self.unexpected(found, "`,` or `]`"));
        }
        self.at += 1;
        Ok(found == b',')
    }

    /// Takes a string, whose opening quote is next; what is between the quotes, undecoded, goes behind `into`.
    ///
    /// # Errors
    /// When it is longer than `limit` bytes, or the text ends.
    pub fn string(&mut self, into: &mut Vec<u8>, limit: usize) -> Result<()> {
        let start = into.len();
        let fits = self.pieces_of_string(|piece| {
            into.extend_from_slice(piece);
            into.len() - start <= limit
        })?;
        if !fits {
            return Err(Error::malformed(
                self.offset(),
                format!("a string of more than {limit} bytes in {}", self.section),
            ));
        }
        Ok(())
    }

    /// Takes a string, whose opening quote is next, and hands out what is between the quotes piece by piece, undecoded, as
    /// long as `each` wants more. Says whether that was all.
    ///
    /// # Errors
    /// When the text ends.
    pub fn pieces_of_string(&mut self, mut each: impl FnMut(&[u8]) -> bool) -> Result<bool> {
        self.expect(b'"')?;
        loop {
            let block = self.block()?;
            if block.is_empty() {
                return Err(self.truncated());
            }
            let stop = memchr::memchr2(b'"', b'\\', block);
            let plain = stop.unwrap_or(block.len());
            let byte = stop.map(|at| block[at]);
            let goes_on = each(&block[..plain]);
            self.take(plain);
            if !goes_on {
                return Ok(false);
            }
            match byte {
                Some(b'"') => {
                    self.take(1);
                    return Ok(true);
                }
                Some(escape) => {
                    self.take(1);
                    let escaped = self.peek()?.ok_or_else(|| self.truncated())?;
                    self.take(1);
                    if !each(&[escape, escaped]) {
                        return Ok(false);
                    }
                }
                None => {}
            }
        }
    }

    /// Takes the strings of an array that stand in the current block as V8 writes them, each with the comma behind it;
    /// what is between the quotes goes behind `into`, undecoded, and where each ends there, modulo 2³², behind `ends`.
    /// Whatever comes next is left to [`Stream::string`].
    pub fn usual_strings(&mut self, into: &mut Vec<u8>, ends: &mut Vec<u32>) {
        let block = self.buffer.get(self.at..).unwrap_or_default();
        let mut taken = usize::from(block.first() == Some(&b'\n'));
        while let Some((string, behind)) = block.get(taken..).and_then(usual_string) {
            into.extend_from_slice(string);
            ends.push(into.len() as u32);
            taken += behind;
        }
        self.at += taken;
    }

    /// The next key of an object, and the colon behind it; nothing at the object's end, which is taken.
    ///
    /// # Errors
    /// When something else is there, or the text ends.
    pub fn key(&mut self) -> Result<Option<String>> {
        match self.token()? {
            b'}' => {
                self.take(1);
                return Ok(None);
            }
            b',' => self.take(1),
            b'"' => {}
            found => return Err(self.unexpected(found, "a key, `,` or `}`")),
        }
        let mut key = Vec::new();
        self.string(&mut key, MAX_KEY)?;
        self.expect(b':')?;
        Ok(Some(String::from_utf8_lossy(&key).into_owned()))
    }

    /// Takes a whole number behind white space.
    ///
    /// # Errors
    /// When something else is there, or it has more than 18 digits.
    pub fn integer(&mut self) -> Result<i64> {
        let found = self.token()?;
        let negative = found == b'-';
        if negative {
            self.at += 1;
        }
        let (mut number, mut digits) = (0i64, 0);
        while let Some(digit @ b'0'..=b'9') = self.peek()? {
            self.at += 1;
            digits += 1;
            if digits > 18 {
                return Err(self.unexpected(digit, "a number of bytes or objects"));
            }
            number = number * 10 + i64::from(digit - b'0');
        }
        if digits == 0 {
            let found = self.token()?;
            return Err(self.unexpected(found, "a number"));
        }
        Ok(if negative { -number } else { number })
    }

    /// Takes any value, whatever it nests. When `into` is given, its text goes there, up to `limit` bytes.
    ///
    /// # Errors
    /// When the text ends, or the value is longer than `limit`.
    pub fn value(&mut self, mut into: Option<&mut Vec<u8>>, limit: usize) -> Result<()> {
        let start = self.offset();
        let (mut depth, mut in_string, mut escaped) = (0u64, false, false);
        self.token()?;
        let mut any = false;
        loop {
            let block = self.block()?;
            if block.is_empty() {
                return Err(self.truncated());
            }
            let mut used = 0;
            let mut done = false;
            for &byte in block {
                if in_string {
                    used += 1;
                    if escaped {
                        escaped = false;
                    } else if byte == b'\\' {
                        escaped = true;
                    } else if byte == b'"' {
                        in_string = false;
                        done = depth == 0;
                    }
                } else {
                    match byte {
                        b'"' => in_string = true,
                        b'[' | b'{' => depth += 1,
                        b']' | b'}' if depth == 0 => {
                            done = true;
                            break;
                        }
                        b']' | b'}' => {
                            depth -= 1;
                            done = depth == 0;
                        }
                        b',' if depth == 0 => {
                            done = true;
                            break;
                        }
                        _ => {}
                    }
                    any = true;
                    used += 1;
                }
                if done {
                    break;
                }
            }
            if let Some(into) = into.as_deref_mut() {
                into.extend_from_slice(&block[..used]);
                if into.len() > limit {
                    return Err(Error::malformed(
                        start,
                        format!("{} is longer than {limit} bytes", self.section),
                    ));
                }
            }
            self.take(used);
            if done {
                break;
            }
        }
        if any {
            Ok(())
        } else {
            let found = self.token()?;
            Err(self.unexpected(found, "a value"))
        }
    }
}

/// What is between the quotes of the string that a text begins with, and the place behind the comma that follows it.
fn usual_string(text: &[u8]) -> Option<(&[u8], usize)> {
    let inside = text.strip_prefix(b"\"")?;
    let mut at = 0;
    loop {
        let stop = at + memchr::memchr2(b'"', b'\\', inside.get(at..)?)?;
        if inside[stop] == b'\\' {
            at = stop + 2;
            continue;
        }
        let separator = match inside.get(stop + 1..)? {
            [b',', b'\n', ..] => 2,
            [b',', ..] => 1,
            _ => return None,
        };
        return Some((&inside[..stop], stop + 2 + separator));
    }
}

/// A byte as a message shows it.
pub fn shown_byte(byte: u8) -> String {
    if byte.is_ascii_graphic() {
        format!("`{}`", byte as char)
    } else {
        format!("byte 0x{byte:02x}")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn strings_come_out_the_same_in_both_ways() {
        let all = r#""a","","b\"c\",
"d
,"", "e" ,"f"
,"\""#;
        for cut in 0..=all.len() {
            let text = || Box::new(Cursor::new(all.as_bytes()[..cut].to_vec()));
            let read = |usual: bool| {
                let mut stream = Stream::new(text(), Task::new());
                let (mut into, mut ends) = (Vec::new(), Vec::new());
                let result = loop {
                    if usual && stream.block().is_ok() {
                        stream.usual_strings(&mut into, &mut ends);
                    }
                    if let Err(error) = stream.string(&mut into, usize::MAX) {
                        break error;
                    }
                    ends.push(into.len() as u32);
                    if let Err(error) = stream.expect(b',') {
                        break error;
                    }
                };
                (into, ends, result.offset)
            };
            assert_eq!(read(true), read(false), "{cut}");
        }
    }
}
