//! The snapshot written anew.

use std::io::{BufWriter, Write};

use crate::error::{Error, Result};
use crate::snapshot::pairs;
use crate::snapshot::source::Source;
use crate::snapshot::stream::Stream;
use crate::snapshot::strings::decode;
use crate::task::Task;

use super::roles::{Fate, Fields, Number, Roles, texts};
use super::rows::rows;
use super::{Header, Redacted, sections};

/// Writes everything: the header first, as DevTools needs it, then section by section in the order of the file.
/// Sections that nobody knows are left out.
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
    sections(source, "writing", task, |stream, key| match key {
        "nodes"
        | "edges"
        | "trace_function_infos"
        | "trace_tree"
        | "samples"
        | "locations"
        | "strings" => {
            writer.put(format!(",\n\"{key}\":").as_bytes())?;
            writer.section(stream, key)
        }
        _ => stream.value(None, usize::MAX),
    })?;
    writer.put(b"}")?;
    let failed = |error| Error::io("cannot write", &error);
    writer.out.flush().map_err(failed)?;
    Ok(writer.done)
}

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
            _ => self.numbers(stream),
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

    /// A section of numbers, as it is; what else is in it stays behind.
    fn numbers(&mut self, stream: &mut Stream<'_>) -> Result<()> {
        let mut depth = 0u64;
        loop {
            let block = stream.block()?;
            if block.is_empty() {
                return Err(stream.truncated());
            }
            let mut used = 0;
            let mut wrong = None;
            for &byte in block {
                match byte {
                    b'[' => depth += 1,
                    b']' => depth = depth.saturating_sub(1),
                    b'0'..=b'9' | b',' | b'-' | b'.' | b' ' | b'\n' | b'\r' | b'\t' => {}
                    _ => {
                        wrong = Some(byte);
                        break;
                    }
                }
                used += 1;
                if depth == 0 {
                    break;
                }
            }
            let piece = block[..used].to_vec();
            self.put(&piece)?;
            stream.take(used);
            if let Some(byte) = wrong {
                return Err(stream.unexpected(byte, "numbers"));
            }
            if depth == 0 {
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
        texts(stream, |raw| {
            if at > 0 {
                self.put(b",\n")?;
            }
            let fate = roles.fate(at);
            let text = decode(raw);
            let pair = match fate {
                Fate::Pair => pairs::without_names(&text),
                _ => None,
            };
            self.put(b"\"")?;
            match (fate, pair) {
                (Fate::Stays, _) => self.put(raw)?,
                (Fate::Pair, Some(pair)) => self.put(pair.as_bytes())?,
                (Fate::Pair, None) => {
                    self.done.names += 1;
                    self.put(placeholder(&text, Number::Text(at)).as_bytes())?;
                }
                (Fate::Goes(number), _) => {
                    match roles.is_content(at) {
                        true => self.done.texts += 1,
                        false => self.done.names += 1,
                    }
                    self.put(placeholder(&text, number).as_bytes())?;
                }
            }
            self.put(b"\"")?;
            if roles.moved.binary_search(&at).is_ok() {
                moved.push(placeholder(&text, roles.number(at)));
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

/// What stands for a text: how long it was, and what tells it from others.
fn placeholder(text: &str, number: Number) -> String {
    let length = text.chars().count();
    match number {
        Number::Object(id) => format!("[redacted {length} chars, @{id}]"),
        Number::Text(text) => format!("[redacted {length} chars, #{text}]"),
    }
}
