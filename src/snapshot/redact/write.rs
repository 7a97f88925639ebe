//! The snapshot written anew.

use std::io::{BufWriter, Write};

use crate::error::{Error, Result};
use crate::snapshot::pairs;
use crate::snapshot::source::Source;
use crate::snapshot::stream::Stream;
use crate::snapshot::strings::decode;
use crate::task::Task;
use crate::text::{code, engine, place};

use super::roles::{Fate, Fields, Number, Roles, texts};
use super::rows::rows;
use super::sections::{Header, sections};

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Redacted {
    /// How many texts of strings were replaced.
    pub texts: u64,
    /// How many names were replaced.
    pub names: u64,
    /// How many bytes were written, before compression.
    pub bytes: u64,
}

/// Writes everything: the header first, as DevTools needs it, then section by section in the order of the file. Of
/// sections that are not known here the numbers stay: a newer DevTools may ask for them.
pub(super) fn write(
    source: &Source<'_>,
    header: &Header,
    roles: &Roles,
    out: &mut impl Write,
    task: &Task,
) -> Result<Redacted> {
    let mut writer = Writer {
        out: BufWriter::with_capacity(1 << 18, out),
        roles,
        header,
        done: Redacted::default(),
    };
    writer.put(b"{\"snapshot\":")?;
    writer.put(&header.json)?;
    sections(source, "writing", task, |stream, key| {
        if key == "snapshot" {
            return stream.value(None, usize::MAX);
        }
        let key = if code::is_identifier(key) { key } else { "" };
        let key_text = serde_json::Value::from(key).to_string();
        writer.put(format!(",\n{key_text}:").as_bytes())?;
        writer.section(stream, key)
    })?;
    writer.put(b"}")?;
    let failed = |error| Error::io("cannot write", &error);
    writer.out.flush().map_err(failed)?;
    Ok(writer.done)
}

/// The longest value of an unknown section that is no array or object, in bytes.
const MAX_VALUE: usize = 1 << 16;

struct Writer<'a, W: Write> {
    out: BufWriter<W>,
    roles: &'a Roles,
    header: &'a Header,
    done: Redacted,
}

impl<W: Write> Writer<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.done.bytes += bytes.len() as u64;
        self.out
            .write_all(bytes)
            .map_err(|error| Error::io("cannot write", &error))
    }

    fn section(&mut self, stream: &mut Stream<'_>, key: &str) -> Result<()> {
        match key {
            "nodes" => self.nodes(stream),
            "strings" => self.texts(stream),
            _ => self.without_strings(stream),
        }
    }

    /// The nodes, with new names for strings whose texts are names as well.
    fn nodes(&mut self, stream: &mut Stream<'_>) -> Result<()> {
        let header = self.header;
        let fields = Fields::of(&header.layout.node);
        self.put(b"[")?;
        let rest = rows(stream, header.layout.node.len(), |row| {
            let span = row.spans.get(fields.name).copied();
            match (self.roles.new_place(&header.layout, &fields, row), span) {
                (Some(place), Some((start, end))) => {
                    self.put(&row.text[..start])?;
                    self.put(place.to_string().as_bytes())?;
                    self.put(&row.text[end..])
                }
                _ => self.put(&row.text),
            }
        })?;
        self.put(&rest)
    }

    /// Any value, with its strings emptied.
    fn without_strings(&mut self, stream: &mut Stream<'_>) -> Result<()> {
        if !matches!(stream.token()?, b'[' | b'{') {
            let mut value = Vec::new();
            stream.value(Some(&mut value), MAX_VALUE)?;
            return match value.trim_ascii().starts_with(b"\"") {
                true => self.put(b"\"\""),
                false => self.put(&value),
            };
        }
        let mut depth = 0u64;
        loop {
            let block = stream.block()?;
            if block.is_empty() {
                return Err(stream.truncated());
            }
            let end = block.iter().position(|byte| {
                match byte {
                    b'[' | b'{' => depth += 1,
                    b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                *byte == b'"' || depth == 0
            });
            let used = end.map_or(block.len(), |end| end + usize::from(block[end] != b'"'));
            let piece = block[..used].to_vec();
            let string = block.get(used) == Some(&b'"') && end.is_some();
            self.put(&piece)?;
            stream.take(used);
            if string {
                stream.pieces_of_string(|_| true)?;
                self.put(b"\"\"")?;
            } else if end.is_some() {
                return Ok(());
            }
        }
    }

    /// The table, and behind its end the contents that are names as well.
    fn texts(&mut self, stream: &mut Stream<'_>) -> Result<()> {
        let roles = self.roles;
        let mut at = 0u32;
        let mut moved: Vec<String> = Vec::with_capacity(roles.moved.len());
        self.put(b"[")?;
        texts(stream, |text| {
            if at > 0 {
                self.put(b",\n")?;
            }
            let fate = roles.fate(at);
            let raw = text.raw;
            let long = text.long;
            let text = decode(raw);
            let length = || long.unwrap_or_else(|| text.chars().count() as u64);
            let pair = match fate {
                Fate::Pair => pairs::without_names(&text),
                Fate::Path => place::without_data(&text).map(|path| {
                    let path = serde_json::Value::from(&*path).to_string();
                    path.trim_matches('"').to_owned()
                }),
                _ => None,
            };
            self.put(b"\"")?;
            match (fate, pair) {
                (Fate::Stays, _) => self.put(raw)?,
                (Fate::Pair | Fate::Path, Some(pair)) => self.put(pair.as_bytes())?,
                (Fate::Pair | Fate::Path, None) => {
                    self.done.names += 1;
                    self.put(placeholder(length(), Number::Text(at)).as_bytes())?;
                }
                (Fate::Goes(number), _) => {
                    match roles.is_content(at) {
                        true => self.done.texts += 1,
                        false => self.done.names += 1,
                    }
                    let tag = engine::tag(&text).filter(|_| roles.is_of_engine(at));
                    match tag {
                        Some(tag) => self
                            .put(format!("{tag} {}>", placeholder(length(), number)).as_bytes())?,
                        None => self.put(placeholder(length(), number).as_bytes())?,
                    }
                }
            }
            self.put(b"\"")?;
            if roles.moved.binary_search(&at).is_ok() {
                moved.push(placeholder(length(), roles.number(at)));
            }
            at += 1;
            Ok(())
        })?;
        for text in moved {
            self.done.texts += 1;
            self.put(b",\n\"")?;
            self.put(text.as_bytes())?;
            self.put(b"\"")?;
        }
        self.put(b"]")
    }
}

/// What stands for a text: how long it was, in characters, and what tells it from others.
fn placeholder(length: u64, number: Number) -> String {
    match number {
        Number::Object(id) => format!("[redacted {length} chars, @{id}]"),
        Number::Text(text) => format!("[redacted {length} chars, #{text}]"),
    }
}
