//! A first look at a file: is it one, how large, does it seem whole. Reads little, and never waits for a pipe's writer.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::names::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::snapshot;
use crate::snapshot::opening::{self, open};
use crate::snapshot::source::{Packing, Source};
use crate::task::Task;

/// How much is looked at of a file that is not named as a dump, in bytes.
const START: u64 = 4096;

/// What a first look finds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// What it is.
    pub kind: Kind,
    /// It ends as a dump does. Compressed files are taken to be whole until they are read through.
    pub complete: bool,
    /// `node_count` of the header.
    pub claimed_nodes: Option<u64>,
}

/// A way to take a first look, so that tests need no dumps.
pub(super) type Prober = dyn Fn(&Path, Option<Kind>) -> Result<Look>;

/// What the file system says about a regular file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stat {
    pub bytes: u64,
    pub modified: Option<SystemTime>,
}

/// Asks the file system. Anything but a regular file is refused: opening a pipe would wait for its writer.
pub(super) fn stat(path: &Path) -> Result<Stat> {
    let metadata = fs::metadata(path).map_err(|error| missing(path, &error))?;
    if metadata.is_file() {
        return Ok(Stat {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        });
    }
    let (what, advice) = if metadata.is_dir() {
        ("a directory", "open the dumps in it instead")
    } else {
        (other_type(&metadata), "write the dump to a file first")
    };
    let error = Error::new(ErrorKind::NotASnapshot, format!("{what}, not a file"));
    Err(error.advise(advice).in_file(path))
}

/// Within this time after its last change a file may be one that somebody still writes.
const FRESH: Duration = Duration::from_secs(600);

/// The error for a file that ends too early.
pub(super) fn truncated(seen: Stat) -> Error {
    let error = Error::new(
        ErrorKind::Truncated,
        "the file ends before the snapshot does",
    )
    .at(seen.bytes);
    error.advise(match seen.is_fresh() {
        true => "copy it again, or wait if it is still being written",
        false => "nobody writes it any more: copy it again, or take another",
    })
}

impl Stat {
    /// Whether somebody may still be writing.
    pub(super) fn is_fresh(self) -> bool {
        let age = self.modified.and_then(|time| time.elapsed().ok());
        age.is_none_or(|age| age < FRESH)
    }
}

/// Looks at a file that [`stat`] accepted. Its content decides what it is; what its name says counts where that cannot be
/// told.
pub(super) fn probe(path: &Path, named: Option<Kind>) -> Result<Look> {
    let profile = match snapshot::probe(path) {
        Ok(probe) => {
            return Ok(Look {
                kind: match named {
                    Some(Kind::HeapTimeline) => Kind::HeapTimeline,
                    _ => Kind::HeapSnapshot,
                },
                complete: probe.complete,
                claimed_nodes: (probe.node_count > 0).then_some(probe.node_count),
            });
        }
        Err(error) if error.kind != ErrorKind::NotASnapshot => return Err(error),
        Err(error) => probe_profile(path).map_err(|other| match named {
            Some(Kind::HeapProfile) => other,
            _ => error,
        })?,
    };
    Ok(profile)
}

/// Looks at a sampling profile: an object that begins with one of the two keys that they have.
fn probe_profile(path: &Path) -> Result<Look> {
    let look = || {
        let source = Source::open(path)?;
        let task = Task::new();
        let mut stream = source.stream(&task)?;
        open(&mut stream, "sampling heap profile")?;
        let key = stream.key()?;
        if !matches!(key.as_deref(), Some("head" | "samples")) {
            return Err(Error::new(
                ErrorKind::NotASnapshot,
                "no sampling profile: it does not begin with \"head\"",
            ));
        }
        let complete =
            source.packing() != Packing::Plain || source.tail(64)?.trim_ascii_end().ends_with(b"}");
        Ok(Look {
            kind: Kind::HeapProfile,
            complete,
            claimed_nodes: None,
        })
    };
    look().map_err(|error: Error| error.in_file(path))
}

/// Whether a file that is not named as a dump is one.
pub(super) fn is_dump(path: &Path) -> bool {
    let look = || {
        let mut start = Vec::with_capacity(START as usize);
        let source = Source::open(path).ok()?;
        let reader = source.reader(&Task::new()).ok()?;
        reader.take(START).read_to_end(&mut start).ok()?;
        Some(opening::is_dump(&start))
    };
    stat(path).is_ok() && look().unwrap_or(false)
}

fn missing(path: &Path, error: &io::Error) -> Error {
    let link = fs::read_link(path).ok();
    match link {
        Some(target) if error.kind() == io::ErrorKind::NotFound => Error::new(
            ErrorKind::Io,
            format!("a link to {}, which is not there", target.display()),
        ),
        _ if error.kind() == io::ErrorKind::NotFound => {
            Error::new(ErrorKind::Io, "no such file or directory")
        }
        _ => Error::io("cannot look at it", error),
    }
    .in_file(path)
}

#[cfg(unix)]
fn other_type(metadata: &fs::Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = metadata.file_type();
    if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn other_type(_: &fs::Metadata) -> &'static str {
    "something else"
}
