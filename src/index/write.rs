//! Writing an index: under another name first, whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use super::columns::{self, Copies};
use super::folder::{Folder, is_remote};
use super::format::{HEADER, MAGIC, ORDER, VERSION};
use super::hash::hash;
use super::header::IndexHeader;
use super::key::Key;
use super::sections::Section;
use crate::error::Result;
use crate::heap::Heap;
use crate::save::{self, Temporary};
use crate::snapshot::StrId;
use crate::snapshot::source::read_at;
use crate::snapshot::text::{MAX_GAP, TextPlace};
use crate::task::Task;
use crate::text::units::bytes;

/// What stays free on the disk, in bytes, whatever is indexed.
const SPARE: u64 = 256 << 20;

/// What became of an index that was to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It was: so many bytes.
    Written(u64),
    /// It was not, and why, in words for people.
    Skipped(String),
    /// Nobody wants any.
    Off,
}

impl Kept {
    /// Why none was written, if that is worth a word.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Skipped(reason) => Some(reason),
            _ => None,
        }
    }
}

/// Writes the index of a dump that `key` was true of before it was loaded.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn write(
    folder: &Folder,
    dump: &Path,
    key: Key,
    heap: &Heap,
    task: &Task,
) -> Result<Kept> {
    let skip = |why: String| Ok(Kept::Skipped(why));
    let Some(target) = folder.file_of(dump) else {
        return Ok(Kept::Off);
    };
    if let Err(why) = folder.make() {
        return skip(why);
    }
    let path = &folder.path;
    task.stage("writing the index", 0);
    let mut front = IndexHeader::of(heap, dump, key, task)?;
    let copies = Copies::of(heap);
    front.text = if key.plain {
        text_place(dump, heap)
    } else {
        None
    };
    let mut plan = columns::columns(heap, &copies, front.text.is_none()).unwrap_or_default();
    let limit = key.bytes / 2;
    let room = limit.saturating_sub(front.encode().len() as u64 + 8192);
    let total =
        |plan: &[super::sections::Planned<'_>]| plan.iter().map(|column| column.bytes).sum::<u64>();
    for at in 0..plan.len() {
        if total(&plan) <= room {
            break;
        }
        plan[at] = plan[at].pack();
    }
    // Columns on another host are never mapped.
    let remote = File::open(path).is_ok_and(|folder| is_remote(&folder));
    if remote || total(&plan) > room {
        plan.clear();
    }
    let place_all = |front_bytes: usize| -> Vec<Section> {
        let mut end = (HEADER + front_bytes) as u64;
        plan.iter().map(|column| column.place(&mut end)).collect()
    };
    front.sections = place_all(0);
    front.sections = place_all(front.encode().len());
    let needed = total(&plan) + front.encode().len() as u64 + 64 * plan.len() as u64;
    if needed > folder.limit {
        return skip(format!(
            "its index would take {}, more than all indexes may ({})",
            bytes(needed),
            bytes(folder.limit)
        ));
    }
    folder.shrink_to(folder.limit - needed, Some(&target));
    if let Some(free) = save::free_bytes(path)
        && free < needed.saturating_add(SPARE)
    {
        return skip(format!(
            "the disk of {} has only {} left",
            path.display(),
            bytes(free)
        ));
    }
    let cannot = |error| skip(format!("cannot write in {}: {error}", path.display()));
    let (temporary, file) = match Temporary::create(path) {
        Ok(made) => made,
        Err(error) => return cannot(error),
    };
    let written = write_file(file, &mut front, &plan, task);
    // The dump may have been replaced while it was read or written about.
    let outcome = match written {
        Ok(_) if Key::of(dump) != Some(key) => {
            Ok(Kept::Skipped("the dump changed meanwhile".to_owned()))
        }
        Ok(_) if save::is_input(&target) => skip(format!("{} was read", target.display())),
        Ok(length) => match fs::rename(&*temporary, &target) {
            Ok(()) => return Ok(Kept::Written(length)),
            Err(error) => skip(format!("cannot write {}: {error}", target.display())),
        },
        Err(error) => match task.check() {
            Ok(()) => cannot(error),
            Err(cancelled) => Err(cancelled),
        },
    };
    let _ = fs::remove_file(&*temporary);
    outcome
}

fn write_file(
    mut file: File,
    front: &mut IndexHeader,
    plan: &[super::sections::Planned<'_>],
    task: &Task,
) -> io::Result<u64> {
    let check = || task.check().map_err(|_| io::Error::other("cancelled"));
    let begin = (HEADER + front.encode().len()) as u64;
    file.seek(SeekFrom::Start(begin))?;
    let mut at = begin;
    let mut into = BufWriter::with_capacity(1 << 20, &mut file);
    for (column, section) in plan.iter().zip(&mut front.sections) {
        check()?;
        column.write(section, &mut at, &mut into, check)?;
    }
    into.flush()?;
    drop(into);
    let front = front.encode();
    let mut header = Vec::with_capacity(HEADER + front.len());
    header.extend_from_slice(&MAGIC);
    header.extend_from_slice(&VERSION.to_ne_bytes());
    header.extend_from_slice(&ORDER.to_ne_bytes());
    for number in [front.len() as u64, hash(&front), at] {
        header.extend_from_slice(&number.to_ne_bytes());
    }
    header.extend_from_slice(&front);
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header)?;
    Ok(at)
}

/// Where a plain dump has the strings of a heap, if they stand there as V8 writes them: at the end, with the same few
/// bytes between each and the next. Every string is compared.
fn text_place(dump: &Path, heap: &Heap) -> Option<TextPlace> {
    let strings = heap.strings();
    let file = File::open(dump).ok()?;
    let length = file.metadata().ok()?.len();
    let mut tail = vec![0; length.min(256) as usize];
    let begin = length - tail.len() as u64;
    read_exact_at(&file, &mut tail, begin)?;
    let quote = tail.iter().rposition(|&byte| byte == b'"')?;
    let end = begin + quote as u64;
    let count = strings.len() as u64;
    let gap = gap_before_last(&file, end, strings.raw(StrId(count.checked_sub(1)? as u32)))?;
    let bytes = strings.text_bytes() as u64 + gap * (count - 1);
    let place = TextPlace {
        base: end.checked_sub(bytes)?,
        gap,
    };
    let mut buffer = Vec::new();
    let (mut at, mut begin) = (place.base, 0);
    for index in 0..count as u32 {
        let raw = strings.raw(StrId(index));
        // A string and what is behind it, up to the next one's text.
        let wanted = raw.len()
            + if u64::from(index) + 1 < count {
                gap as usize
            } else {
                0
            };
        if buffer.len() - begin < wanted {
            buffer.drain(..begin);
            begin = 0;
            let have = buffer.len();
            let left = (end - at).saturating_sub(have as u64);
            let more = (wanted.saturating_sub(have) as u64).max(1 << 20).min(left);
            buffer.resize(have + more as usize, 0);
            read_exact_at(&file, &mut buffer[have..], at + have as u64)?;
        }
        if buffer.get(begin..begin + raw.len())? != raw {
            return None;
        }
        begin += wanted;
        at += wanted as u64;
    }
    (at == end).then_some(place)
}

/// How many bytes stand between the texts of the last two strings, the last of which ends at `end`.
fn gap_before_last(file: &File, end: u64, last: &[u8]) -> Option<u64> {
    let begin = end.checked_sub(last.len() as u64)?;
    let mut before = vec![0; begin.min(MAX_GAP) as usize];
    let from = begin - before.len() as u64;
    read_exact_at(file, &mut before, from)?;
    let inside = before.strip_suffix(b"\"")?;
    let quote = inside
        .iter()
        .rposition(|&byte| byte == b'"' || byte == b'[')?;
    Some((before.len() - quote) as u64)
}

fn read_exact_at(file: &File, into: &mut [u8], offset: u64) -> Option<()> {
    let mut read = 0;
    while read < into.len() {
        match read_at(file, &mut into[read..], offset + read as u64) {
            Ok(0) | Err(_) => return None,
            Ok(count) => read += count,
        }
    }
    Some(())
}
