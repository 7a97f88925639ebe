//! How an index file begins: its header, and the front behind it.

use std::fs::File;

use super::hash::is_hash;
use super::header::IndexHeader;
use crate::snapshot::source::read_at;

/// What the first bytes of an index are.
pub(super) const MAGIC: [u8; 8] = *b"heaptui\x01";
/// The version of the format; any change of what is written, or of what it means, makes another.
pub(super) const VERSION: u32 = 3;
/// Written in the byte order of the machine.
pub(super) const ORDER: u32 = 0x0102_0304;
/// How long the header is, in bytes: magic, version, order, length and hash of the front, length of the file.
pub(super) const HEADER: usize = 40;

/// The longest front that is believed, in bytes.
const MAX_FRONT: u64 = 1 << 30;

/// The front of an index file that is whole.
pub(super) fn read_front(file: &File) -> Option<IndexHeader> {
    let mut header = [0; HEADER];
    read_all(file, &mut header, 0)?;
    let (magic, rest) = header.split_first_chunk::<8>()?;
    let (version, rest) = rest.split_first_chunk()?;
    let (order, rest) = rest.split_first_chunk()?;
    let (front, rest) = rest.split_first_chunk()?;
    let (sum, rest) = rest.split_first_chunk()?;
    let length = u64::from_ne_bytes(*rest.first_chunk()?);
    let front = u64::from_ne_bytes(*front);
    if *magic != MAGIC
        || u32::from_ne_bytes(*version) != VERSION
        || u32::from_ne_bytes(*order) != ORDER
        || length != file.metadata().ok()?.len()
        || front > length.min(MAX_FRONT)
    {
        return None;
    }
    let mut bytes = vec![0; front as usize];
    read_all(file, &mut bytes, HEADER as u64)?;
    if !is_hash(&bytes, u64::from_ne_bytes(*sum)) {
        return None;
    }
    IndexHeader::decode(&bytes)
}

fn read_all(file: &File, into: &mut [u8], offset: u64) -> Option<()> {
    let mut read = 0;
    while read < into.len() {
        match read_at(file, &mut into[read..], offset + read as u64) {
            Ok(0) | Err(_) => return None,
            Ok(count) => read += count,
        }
    }
    Some(())
}
