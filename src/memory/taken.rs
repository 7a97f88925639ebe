//! How much memory the program has taken, and how much it may.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::Relaxed};

/// A thread tells of so many bytes of small pieces at once.
const UNTOLD: isize = 1 << 16;
/// What a small piece takes besides what was asked for.
const OVERHEAD: usize = 16;
/// The part of what may be taken that large pieces leave to small ones, which cannot be elsewhere, and the most bytes that
/// it is.
const FOR_SMALL: usize = 8;
const MOST_FOR_SMALL: usize = 8 << 20;

/// The part of what may be taken that is for pieces in memory when the program works from disk.
const FOR_NEAR: (usize, usize) = (4, 5);

/// A piece that takes at most such a part of what may be taken stays in memory whoever asks for it.
const IS_COLUMN: usize = 32;

static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);
static FROM_DISK: AtomicBool = AtomicBool::new(false);
static LARGE: AtomicUsize = AtomicUsize::new(0);
static SMALL: AtomicIsize = AtomicIsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Bytes of small pieces that this thread has taken, less what it gave back, and has not told of.
    static HERE: Cell<isize> = const { Cell::new(0) };
    /// Whether this thread allocates what should be in memory also when the program works from disk.
    static NEAR: Cell<bool> = const { Cell::new(false) };
}

/// From now on the program may take so many bytes.
pub(super) fn limit(bytes: usize) {
    LIMIT.store(bytes, Relaxed);
}

/// From now on large pieces take no memory. Says whether they did before.
pub(super) fn from_disk() -> bool {
    !FROM_DISK.swap(true, Relaxed)
}

/// Whether large pieces take no memory.
pub(super) fn is_from_disk() -> bool {
    FROM_DISK.load(Relaxed)
}

/// The most bytes that were taken at one time, without what is on the disk.
pub(super) fn most() -> usize {
    MOST.load(Relaxed)
}

/// Runs what allocates something that should be in memory also when the program works from disk.
pub(super) fn near<T>(allocate: impl FnOnce() -> T) -> T {
    let before = NEAR.replace(true);
    let done = allocate();
    NEAR.set(before);
    done
}

/// Takes memory for a large piece, if that may be.
pub(super) fn take(bytes: usize) -> bool {
    let mut limit = LIMIT.load(Relaxed);
    let mut for_large = limit - (limit / FOR_SMALL).min(MOST_FOR_SMALL);
    if FROM_DISK.load(Relaxed) {
        if !NEAR.get() && bytes > limit / IS_COLUMN {
            return false;
        }
        // The rest is for what is read from the disk.
        limit = limit / FOR_NEAR.1 * FOR_NEAR.0;
        for_large = limit;
    }
    let small = SMALL.load(Relaxed).max(0).cast_unsigned();
    let taken = LARGE.fetch_update(Relaxed, Relaxed, |large| {
        let large = large.checked_add(bytes)?;
        let fits = large <= for_large && large.checked_add(small)? <= limit;
        fits.then_some(large)
    });
    if let Ok(large) = taken {
        MOST.fetch_max(large + bytes + small, Relaxed);
    }
    taken.is_ok()
}

/// Whether so many bytes could be taken for pieces that should be in memory.
pub(super) fn would_be_near(bytes: usize) -> bool {
    let small = SMALL.load(Relaxed).max(0).cast_unsigned();
    LARGE.load(Relaxed) + small + bytes <= LIMIT.load(Relaxed) / FOR_NEAR.1 * FOR_NEAR.0
}

/// Gives back what a large piece had taken.
pub(super) fn give_back(bytes: usize) {
    LARGE.fetch_sub(bytes, Relaxed);
}

/// Notes that a small piece was freed.
#[inline]
pub(super) fn freed(bytes: usize) {
    change(-((bytes + OVERHEAD) as isize));
}

/// Whether a small piece may be taken; if so, it is noted.
#[inline]
pub(super) fn may_have(bytes: usize) -> bool {
    change((bytes + OVERHEAD) as isize)
}

/// Says whether what is taken now is within the limit, if anything was told.
#[inline]
fn change(by: isize) -> bool {
    let here = HERE.get() + by;
    if here.abs() < UNTOLD {
        HERE.set(here);
        return true;
    }
    HERE.set(0);
    tell(here, by)
}

#[cold]
fn tell(here: isize, by: isize) -> bool {
    let small = SMALL.fetch_add(here, Relaxed).saturating_add(here);
    let taken = LARGE.load(Relaxed) + small.max(0).cast_unsigned();
    let fits = by < 0 || taken <= LIMIT.load(Relaxed);
    if fits {
        MOST.fetch_max(taken, Relaxed);
    } else {
        // What was refused was not taken.
        SMALL.fetch_sub(by, Relaxed);
    }
    fits
}
