//! Large pieces of memory: each is mapped by itself, so that it goes back to the system when it is freed. Where the
//! program may not have more, they are parts of a file instead.
//!
//! Columns, and what is computed with them, are such pieces: with them in a file, the system keeps in memory what is
//! used, and writes to the disk what is not. Whoever uses a piece does not notice.

#![allow(unsafe_code)]

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::mm::{
    Advice, MapFlags, MremapFlags, ProtFlags, madvise, mmap, mmap_anonymous, mremap, munmap,
};

use super::disk;
use super::extents::Extents;
use super::room::Room;
use super::taken::{give_back, is_from_disk, take};

/// Pieces of so many bytes and more are large.
pub(super) const LARGE: usize = 1 << 18;
/// What lengths are multiples of: a page, or more than one.
pub(super) const PAGE: usize = 1 << 12;
/// From this length on, pieces are made of large pages where the system has some: fewer faults, and places that are
/// far from each other are found sooner.
const LARGE_PAGES: usize = 8 << 20;
/// The addresses that are set aside for parts of the file, as far as there are so many.
const ADDRESSES: usize = 1 << 40;
/// Fewer are not worth it.
const FEWEST_ADDRESSES: usize = 1 << 28;

/// The folders for the file, of which the first that will do is taken; none where it is not allowed.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
/// The file, once there is one.
static AREA: Mutex<Option<Area>> = Mutex::new(None);
/// The addresses of its parts.
static FIRST: AtomicUsize = AtomicUsize::new(usize::MAX);
static BEYOND: AtomicUsize = AtomicUsize::new(0);
/// Bytes of the file that are used, and the most that were.
static ON_DISK: AtomicUsize = AtomicUsize::new(0);
static MOST_ON_DISK: AtomicUsize = AtomicUsize::new(0);
/// How many passes say themselves what they will need of it.
static BY_HAND: AtomicUsize = AtomicUsize::new(0);

/// Lets pieces go on in a file in one of these folders, or not.
pub(super) fn go_on_in(folders: Vec<PathBuf>) {
    *FOLDERS.lock().unwrap_or_else(PoisonError::into_inner) = folders;
}

/// Where so many bytes would go, or why they cannot; nothing where that is not allowed.
pub(super) fn room(bytes: u64) -> Option<Result<Room, String>> {
    let folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    (!folders.is_empty()).then(|| disk::room(&folders, bytes))
}

/// Has the system begin to write what was changed of the file.
pub(super) fn write_back() {
    if !is_from_disk() {
        return;
    }
    let area = AREA.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(file) = area.as_ref().map(|area| Arc::clone(&area.file)) else {
        return;
    };
    drop(area);
    // What cannot be written now is written later.
    disk::begin_to_write(&file);
}

/// Has the disk read what of the file is at these addresses.
pub(super) fn will_need(addresses: Range<usize>) {
    let first = FIRST.load(Ordering::Acquire);
    let start = addresses.start & !(PAGE - 1);
    if addresses.is_empty() || start < first || addresses.end > BEYOND.load(Ordering::Acquire) {
        return;
    }
    // SAFETY: it changes nothing of what is there, and the addresses are the file's.
    let _ = unsafe {
        madvise(
            ptr::with_exposed_provenance_mut(start),
            addresses.end - start,
            Advice::WillNeed,
        )
    };
}

/// From now on the system reads nothing of the file but what somebody asks for.
pub(super) fn begin_by_hand() {
    if BY_HAND.fetch_add(1, Ordering::Relaxed) == 0 {
        read_around(false);
    }
}

/// Ends what [`begin_by_hand`] began.
pub(super) fn end_by_hand() {
    if BY_HAND.fetch_sub(1, Ordering::Relaxed) == 1 {
        read_around(true);
    }
}

/// Whether the system reads more of the file than what is used of it.
fn read_around(does: bool) {
    let (first, beyond) = (
        FIRST.load(Ordering::Acquire),
        BEYOND.load(Ordering::Acquire),
    );
    if first >= beyond {
        return;
    }
    let advice = if does { Advice::Normal } else { Advice::Random };
    // SAFETY: as above.
    let _ = unsafe {
        madvise(
            ptr::with_exposed_provenance_mut(first),
            beyond - first,
            advice,
        )
    };
}

/// The most bytes that were in the file at one time.
pub(super) fn most_on_disk() -> usize {
    MOST_ON_DISK.load(Ordering::Relaxed)
}

fn whole_pages(size: usize) -> Option<usize> {
    Some(size.checked_add(PAGE - 1)? & !(PAGE - 1))
}

/// A piece of zeros; null where there is none to be had.
pub(super) fn allocate(size: usize) -> *mut u8 {
    let Some(length) = whole_pages(size) else {
        return ptr::null_mut();
    };
    if take(length) {
        let (access, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
        // SAFETY: the system chooses the place, where nothing else is.
        if let Ok(piece) = unsafe { mmap_anonymous(ptr::null_mut(), length, access, flags) } {
            if length >= LARGE_PAGES {
                // SAFETY: it is ours alone, and its content stays as it is. Without large pages it does too.
                let _ = unsafe { madvise(piece, length, Advice::LinuxHugepage) };
            }
            return piece.cast();
        }
        give_back(length);
    }
    in_area(|area| area.take(length))
}

/// Frees a piece.
///
/// # Safety
/// `piece` is from here, with this size, and is not used any more.
pub(super) unsafe fn free(piece: *mut u8, size: usize) {
    let Some(length) = whole_pages(size) else {
        return;
    };
    if is_in_area(piece) {
        in_area(|area| {
            area.give(area.part(piece, length));
            piece
        });
        return;
    }
    // SAFETY: by what the caller promises, nobody uses these pages, and they are ours.
    if unsafe { munmap(piece.cast(), length) }.is_ok() {
        give_back(length);
    }
}

/// The same piece with another size, perhaps in another place; null, and nothing changed, where it cannot be had.
///
/// # Safety
/// `piece` is from here, with size `old`. It is not used any more unless this returns null.
pub(super) unsafe fn resize(piece: *mut u8, old: usize, new: usize) -> *mut u8 {
    let (Some(from), Some(to)) = (whole_pages(old), whole_pages(new)) else {
        return ptr::null_mut();
    };
    if from == to {
        return piece;
    }
    let resized = if is_in_area(piece) {
        in_area(|area| {
            let part = area.part(piece, from);
            let is_resized = match to < from {
                true => {
                    area.give(part.start + to..part.end);
                    true
                }
                false => area.extend(part, to - from),
            };
            if is_resized { piece } else { ptr::null_mut() }
        })
    } else {
        let more = to.saturating_sub(from);
        if more == 0 || take(more) {
            // SAFETY: the caller uses the piece no more, wherever it goes.
            let moved = unsafe { mremap(piece.cast(), from, to, MremapFlags::MAYMOVE) };
            give_back(match moved {
                Ok(_) => from.saturating_sub(to),
                Err(_) => more,
            });
            moved.map_or(ptr::null_mut(), <*mut _>::cast)
        } else {
            ptr::null_mut()
        }
    };
    if !resized.is_null() {
        return resized;
    }
    let other = allocate(new);
    if !other.is_null() {
        // SAFETY: they are two pieces, each of them as long as the shorter of both.
        unsafe { ptr::copy_nonoverlapping(piece, other, old.min(new)) };
        // SAFETY: as the caller promises.
        unsafe { free(piece, old) };
    }
    other
}

/// Whether a piece is a part of the file.
pub(super) fn is_in_area(piece: *const u8) -> bool {
    (FIRST.load(Ordering::Acquire)..BEYOND.load(Ordering::Acquire)).contains(&piece.addr())
}

/// Does something with the file, which is made if it is allowed and not there; null where it is not. Takes no piece.
fn in_area(act: impl FnOnce(&mut Area) -> *mut u8) -> *mut u8 {
    let mut area = AREA.lock().unwrap_or_else(PoisonError::into_inner);
    if area.is_none() {
        *area = room(1).and_then(|room| Area::open(&room.ok()?.folder));
    }
    area.as_mut().map_or(ptr::null_mut(), act)
}

/// A file without a name, and addresses that all of it has, if it ever gets that long.
struct Area {
    file: Arc<File>,
    /// The address of its first byte.
    first: *mut u8,
    free: Extents,
}

// SAFETY: the address is one of a mapping, which belongs to no thread.
unsafe impl Send for Area {}

impl Area {
    fn open(folder: &Path) -> Option<Self> {
        let file = disk::unlinked(folder).ok()?;
        let mut length = ADDRESSES;
        while length >= FEWEST_ADDRESSES {
            let access = ProtFlags::READ | ProtFlags::WRITE;
            let flags = MapFlags::SHARED | MapFlags::NORESERVE;
            // SAFETY: the system chooses the place. The file is ours alone. It is never made shorter, and what of it is
            // used has room on the disk.
            let first = unsafe { mmap(ptr::null_mut(), length, access, flags, &file, 0) };
            if let Ok(first) = first {
                let address = first.expose_provenance();
                FIRST.store(address, Ordering::Release);
                BEYOND.store(address + length, Ordering::Release);
                let (first, free) = (first.cast(), Extents::all(length));
                read_around(BY_HAND.load(Ordering::Relaxed) == 0);
                let file = Arc::new(file);
                return Some(Self { file, first, free });
            }
            length /= 2;
        }
        None
    }

    /// Where in the file a piece is.
    fn part(&self, piece: *mut u8, length: usize) -> Range<usize> {
        let start = piece.addr() - self.first.addr();
        start..start + length
    }

    /// A piece of zeros, which has its room on the disk.
    fn take(&mut self, length: usize) -> *mut u8 {
        let Some(start) = self.free.take(length) else {
            return ptr::null_mut();
        };
        if !self.keep_room(start, length) {
            self.free.give(start..start + length);
            return ptr::null_mut();
        }
        self.first.wrapping_add(start)
    }

    /// Makes a piece longer where it is.
    fn extend(&mut self, part: Range<usize>, more: usize) -> bool {
        if !self.free.take_at(part.end, more) {
            return false;
        }
        let kept = self.keep_room(part.end, more);
        if !kept {
            self.free.give(part.end..part.end + more);
        }
        kept
    }

    fn keep_room(&self, start: usize, length: usize) -> bool {
        let flags = FallocateFlags::empty();
        let kept = fallocate(&*self.file, flags, start as u64, length as u64).is_ok();
        if kept {
            let used = ON_DISK.fetch_add(length, Ordering::Relaxed) + length;
            MOST_ON_DISK.fetch_max(used, Ordering::Relaxed);
        } else {
            self.punch(start, length);
        }
        kept
    }

    fn give(&mut self, part: Range<usize>) {
        ON_DISK.fetch_sub(part.len(), Ordering::Relaxed);
        if self.punch(part.start, part.len()) {
            self.free.give(part);
        }
    }

    /// Makes zeros of a part that take no room on the disk, nor in memory.
    fn punch(&self, start: usize, length: usize) -> bool {
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        fallocate(&*self.file, flags, start as u64, length as u64).is_ok()
    }
}
