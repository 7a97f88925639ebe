//! Which dump an index is of: the file's size, its times, and a hash of parts of it.
//!
//! A tool can set the time of writing, and the hash sees parts only; but nobody sets the time of change: whatever was
//! written, moved here or given other times has another one.

use std::fs::File;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::bytes::{Decoder, Encoder};
use super::hash::Hasher;
use crate::snapshot::source::{Packing, read_at};

/// How much of the beginning and of the end is looked at, in bytes.
const ENDS: u64 = 1 << 16;
/// How many parts in between are.
const PARTS: u64 = 16;
/// How long each of these is, in bytes.
const PART: u64 = 1 << 12;

/// What a dump is recognised by. Cheap to find out, whatever its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// When it was last written to, in nanoseconds since 1970.
    modified: u64,
    /// When the file or what the system knows of it last changed, in nanoseconds since 1970; 0 where that is not told.
    changed: i64,
    /// Hash of the beginning, the end, and parts in between.
    parts: u64,
    /// Whether the file is neither gzip nor zstd.
    pub plain: bool,
}

impl Key {
    /// The key of the dump that lies there now; nothing where there is no such file, or it changes meanwhile.
    pub fn of(dump: &Path) -> Option<Self> {
        // A pipe would wait for its writer.
        if !std::fs::metadata(dump).ok()?.is_file() {
            return None;
        }
        Self::of_file(&File::open(dump).ok()?)
    }

    /// The key of an open file.
    pub(super) fn of_file(file: &File) -> Option<Self> {
        let stamp = || {
            let metadata = file.metadata().ok()?;
            let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some((
                metadata.len(),
                modified.as_nanos() as u64,
                changed(&metadata),
            ))
        };
        let (bytes, modified, changed) = stamp()?;
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; ENDS as usize];
        let mut add = |offset: u64, len: u64| {
            let part = buffer.get_mut(..len as usize)?;
            let mut read = 0;
            while read < part.len() {
                match read_at(file, &mut part[read..], offset + read as u64) {
                    Ok(0) => break,
                    Ok(count) => read += count,
                    Err(_) => return None,
                }
            }
            hasher.write(&part[..read]);
            Some(Packing::of(&part[..read]) != Packing::Plain)
        };
        let packed = add(0, ENDS)?;
        if bytes > 2 * ENDS {
            let step = bytes / (PARTS + 1);
            for part in 1..=PARTS {
                add(part * step, PART)?;
            }
        }
        add(bytes.saturating_sub(ENDS), ENDS)?;
        (stamp()? == (bytes, modified, changed)).then(|| Self {
            bytes,
            modified,
            changed,
            parts: hasher.finish(),
            plain: !packed,
        })
    }

    pub(super) fn encode(&self, into: &mut Encoder) {
        into.u64(self.bytes);
        into.u64(self.modified);
        into.u64(self.changed as u64);
        into.u64(self.parts);
        into.u8(u8::from(self.plain));
    }

    pub(super) fn decode(from: &mut Decoder<'_>) -> Option<Self> {
        Some(Self {
            bytes: from.u64()?,
            modified: from.u64()?,
            changed: from.u64()? as i64,
            parts: from.u64()?,
            plain: from.u8()? != 0,
        })
    }
}

#[cfg(unix)]
fn changed(metadata: &std::fs::Metadata) -> i64 {
    use std::os::unix::fs::MetadataExt as _;
    let seconds = metadata.ctime().saturating_mul(1_000_000_000);
    seconds.saturating_add(metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &std::fs::Metadata) -> i64 {
    0
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{Seek, SeekFrom, Write};

    use super::*;

    #[test]
    fn what_is_replaced_under_the_same_size_and_time_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, vec![b'x'; 1 << 20]).unwrap();
        let before = Key::of(&path).unwrap();
        assert_eq!(Key::of(&path), Some(before));
        let time = std::fs::metadata(&path).unwrap().modified().unwrap();
        // The clock of a file system is not finer than this.
        std::thread::sleep(std::time::Duration::from_millis(20));
        let mut file = File::options().write(true).open(&path).unwrap();
        // Between the parts that are looked at.
        file.seek(SeekFrom::Start(ENDS + 30_000)).unwrap();
        file.write_all(b"y").unwrap();
        file.set_modified(time).unwrap();
        let after = Key::of(&path).unwrap();
        assert_eq!(
            (before.bytes, before.modified, before.parts),
            (after.bytes, after.modified, after.parts)
        );
        assert_ne!(before, after);
        // Another file of the same size and time, moved here.
        let other = folder.path().join("b");
        std::fs::write(&other, vec![b'x'; 1 << 20]).unwrap();
        let file = File::options().write(true).open(&other).unwrap();
        file.set_modified(time).unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_ne!(Key::of(&path), Some(before));
    }
}
