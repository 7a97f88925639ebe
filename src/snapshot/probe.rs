//! A cheap look at a dump, whatever its size: what its header says, and what its ends tell.

use std::path::Path;

use super::ahead;
use super::layout::Field;
use super::opening::{explain, has_end, open};
use super::read::{header, sampling_profile};
use super::sample;
use super::source::{Packing, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::task::Task;

/// How many bytes of a file's end are looked at for the dump's end.
const TAIL: usize = 1 << 16;
/// Behind so many bytes after the header the numbers have begun.
const AFTER_HEADER: u64 = 64;

/// What a cheap look at a file tells: its header, and whether its end is where an end should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// How the file is compressed, if it is.
    pub compressed: Option<&'static str>,
    /// What the header claims; not to be trusted.
    pub node_count: u64,
    /// What the header claims; not to be trusted.
    pub edge_count: u64,
    /// Whether the file's last bytes close the snapshot. Compressed files are taken to be whole until they are read.
    pub complete: bool,
    /// Whether the header has fields for allocation samples.
    pub has_samples: bool,
    /// How long the text is, in bytes; what a compressed file claims, where it claims something.
    pub text: Option<u64>,
    /// How many bytes of it are strings, about; where V8 wrote a file that is not compressed.
    pub strings: Option<u64>,
    /// How many different names the objects have, about; 0 where there are so few that it does not matter.
    pub object_names: u64,
}

/// Looks at the header and the last bytes of a dump, whatever its size.
///
/// # Errors
/// As [`Snapshot::open`], for what can be told from the header.
pub fn probe(path: &Path) -> Result<Probe> {
    let look = || {
        let source = Source::open(path)?;
        look_at(&source).map_err(|error| explain(&source, error))
    };
    look().map_err(|error: Error| error.in_file(path))
}

fn look_at(source: &Source<'_>) -> Result<Probe> {
    let task = Task::new();
    let mut stream = source.stream(&task)?;
    open(&mut stream, "heap snapshot")?;
    let (meta, layout) = loop {
        let key = match stream.key()? {
            Some(key) => key,
            None => {
                return Err(Error::new(
                    ErrorKind::NotASnapshot,
                    "JSON, but no heap snapshot: it has no \"snapshot\" header",
                ));
            }
        };
        match key.as_str() {
            "snapshot" => break header(&mut stream)?,
            "head" => return Err(sampling_profile()),
            // Numbers before the header: telling more would mean reading the file.
            "nodes" | "edges" | "strings" => break Default::default(),
            _ => stream.value(None, usize::MAX)?,
        }
    };
    let complete = source.packing() != Packing::Plain || {
        let tail = source.tail(TAIL)?;
        let is_filling = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
        let last = tail.iter().rev().find(|byte| !is_filling(byte));
        last == Some(&b'}') || has_end(&tail)
    };
    let strings = ahead::guess(source, stream.offset() + AFTER_HEADER);
    let counts = (meta.node_count, meta.edge_count);
    let object_names = sample::object_names(source, &mut stream, &layout, strings, counts);
    Ok(Probe {
        compressed: source.packing().name(),
        node_count: meta.node_count,
        edge_count: meta.edge_count,
        complete,
        has_samples: layout.sample.contains(&Field::LastId),
        text: source.claimed_text(),
        strings: strings.map(|begin| source.stored_bytes() - begin),
        object_names,
    })
}
