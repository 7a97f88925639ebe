//! A first look at a file: is it one, how large, does it seem whole. Reads little, and never waits for a pipe's writer.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

use super::names::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::snapshot;
use crate::snapshot::source::{Packing, Source};
use crate::task::Task;

/// How much of a profile is looked at, in bytes.
const PROFILE_START: u64 = 4096;

/// What a first look finds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// What it is, which only counts where the name does not tell.
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

/// The error for a file that is `bytes` long and ends too early.
pub(super) fn truncated(bytes: u64) -> Error {
    Error::new(
        ErrorKind::Truncated,
        "the file ends before the snapshot does",
    )
    .at(bytes)
    .advise("copy it again, or wait if it is still being written")
}

/// Looks at a file that [`stat`] accepted. `kind` is what its name tells; without, its content decides.
pub(super) fn probe(path: &Path, kind: Option<Kind>) -> Result<Look> {
    if kind == Some(Kind::HeapProfile) {
        return probe_profile(path);
    }
    match snapshot::probe(path) {
        Ok(probe) => Ok(Look {
            kind: Kind::HeapSnapshot,
            complete: probe.complete,
            claimed_nodes: (probe.node_count > 0).then_some(probe.node_count),
        }),
        Err(error) if kind.is_none() && error.kind == ErrorKind::NotASnapshot => {
            probe_profile(path).map_err(|_| error)
        }
        Err(error) => Err(error),
    }
}

/// Looks at a sampling profile: an object that begins with one of the two keys that they have.
fn probe_profile(path: &Path) -> Result<Look> {
    let look = || {
        let source = Source::open(path)?;
        let mut start = Vec::with_capacity(PROFILE_START as usize);
        source
            .reader(&Task::new())?
            .take(PROFILE_START)
            .read_to_end(&mut start)
            .map_err(|error| Error::io("cannot read", &error))?;
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
        let inside = text.trim_ascii_start().strip_prefix(b"{");
        let keys: [&[u8]; 2] = [b"\"head\"", b"\"samples\""];
        if !inside.is_some_and(|inside| {
            let inside = inside.trim_ascii_start();
            keys.iter().any(|key| inside.starts_with(key))
        }) {
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
