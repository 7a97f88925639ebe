//! The text of a string table that stays in its dump and is read when it is asked for.
//!
//! Read, not mapped: see [`source`](super::source). What was read stays in memory as long as the table does.

use std::fs::File;
use std::ops::Range;
use std::sync::OnceLock;
use std::time::SystemTime;

use super::source::read_at;

/// log2 of how many strings are read at once.
const BLOCK_SHIFT: u32 = 8;

/// The longest gap that is believed, in bytes; V8 leaves four.
pub(crate) const MAX_GAP: u64 = 64;

/// What stands in for a string that cannot be read any more: a replacement character.
const LOST: &[u8] = "\u{fffd}".as_bytes();

/// Where the strings of a dump are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextPlace {
    /// Where the first string's text begins in the file.
    pub base: u64,
    /// Bytes from the end of each string's text to the next one's beginning, always the same.
    pub gap: u64,
}

/// Strings that are read from a dump. If the dump changes meanwhile, what was not read by then is lost.
#[derive(Debug)]
pub(crate) struct FileText {
    file: File,
    seen: (u64, Option<SystemTime>),
    place: TextPlace,
    /// How long the texts are together.
    bytes: usize,
    blocks: Vec<OnceLock<Box<[u8]>>>,
}

impl FileText {
    /// The texts of `count` strings, of `bytes` together, that stand at `place` of `file` as it is now. Nothing where
    /// the file has no such place.
    pub(crate) fn new(file: File, place: TextPlace, count: usize, bytes: usize) -> Option<Self> {
        let seen = stamp(&file)?;
        let gaps = place.gap.checked_mul(count.saturating_sub(1) as u64)?;
        if place.gap > MAX_GAP {
            return None;
        }
        let end = place.base.checked_add(gaps)?.checked_add(bytes as u64)?;
        (end <= seen.0).then(|| Self {
            file,
            seen,
            place,
            bytes,
            blocks: (0..count.div_ceil(1 << BLOCK_SHIFT))
                .map(|_| OnceLock::new())
                .collect(),
        })
    }

    /// How long the texts are together, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The text of a string. `at` tells where a string's text would be if there were no gaps, for any string of its
    /// block.
    pub(crate) fn get(&self, string: u32, at: impl Fn(u32) -> Range<usize>) -> &[u8] {
        let first = string >> BLOCK_SHIFT << BLOCK_SHIFT;
        let Some(block) = self.blocks.get((string >> BLOCK_SHIFT) as usize) else {
            return LOST;
        };
        let begin = at(first).start;
        let block = block.get_or_init(|| {
            let last = first | ((1 << BLOCK_SHIFT) - 1);
            let end = at(last).end.min(self.bytes).max(begin);
            // The last block may have fewer strings; reading on to the end of the file does no harm.
            let gaps = self.place.gap as usize * ((1 << BLOCK_SHIFT) - 1);
            self.read(
                self.place.base + begin as u64 + u64::from(first) * self.place.gap,
                end - begin + gaps,
            )
        });
        let own = at(string);
        let gaps = (string - first) as usize * self.place.gap as usize;
        let (Some(start), Some(end)) = (own.start.checked_sub(begin), own.end.checked_sub(begin))
        else {
            return LOST;
        };
        block.get(start + gaps..end + gaps).unwrap_or(LOST)
    }

    fn read(&self, offset: u64, len: usize) -> Box<[u8]> {
        let mut text = vec![0; len];
        let mut read = 0;
        while let Some(rest) = text.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match read_at(&self.file, rest, offset + read as u64) {
                Ok(0) | Err(_) => break,
                Ok(count) => read += count,
            }
        }
        // Looked at afterwards, so that nothing of a file that is being changed gets through.
        if stamp(&self.file) != Some(self.seen) {
            return Box::default();
        }
        text.truncate(read);
        text.into()
    }
}

fn stamp(file: &File) -> Option<(u64, Option<SystemTime>)> {
    let metadata = file.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()))
}
