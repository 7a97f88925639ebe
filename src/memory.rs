//! The program's allocator: it knows how much is taken and how much may be, goes on in a file where that is allowed, and
//! ends with a message where nothing is left.
//!
//! What grows with a dump is asked for before it is taken ([`crate::available`]), and large columns are asked of the
//! allocator by [`asking`], which fails like any other call. Everything else cannot go on without its memory: Rust then
//! aborts the process, which looks like a crash and leaves no word of what happened. Here it ends with one message that
//! names the stage, and with exit status 2.
//!
//! On Linux pieces of [256 KiB and more](large) are mapped one by one, counted exactly, and put in a file without a
//! name once they are more than [`allow`] allows, or from the start after [`work_from_disk`]. Elsewhere all memory is
//! the system's allocator's, and there is no limit but its own.

#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod extents;
#[cfg_attr(not(target_os = "linux"), path = "memory/elsewhere.rs")]
mod large;
mod room;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
mod taken;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::path::PathBuf;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use large::{LARGE, PAGE};
pub use room::Room;

/// Exit status for input that cannot be handled, as the command line has it.
const WRONG: i32 = 2;

/// What the program takes besides: itself, and its threads' stacks.
const PROGRAM: u64 = 8 << 20;
/// What it takes at least to say that this is too little.
const LEAST: u64 = 6 << 20;

/// What is being done, for the message.
static STAGE: Mutex<&'static str> = Mutex::new("");

thread_local! {
    /// Whether this thread handles a refusal itself.
    static ASKS: Cell<bool> = const { Cell::new(false) };
}

/// Whether the program's allocator is the one below.
static IN_USE: AtomicBool = AtomicBool::new(false);

/// The allocator. For the program's `main.rs`.
#[derive(Debug, Default, Clone, Copy)]
pub struct Allocator;

/// Whether a piece is mapped by itself.
#[inline]
fn is_large(layout: &Layout) -> bool {
    cfg!(target_os = "linux") && layout.size() >= LARGE && layout.align() <= PAGE
}

// SAFETY: small pieces come from the system's allocator and go back to it, with the layouts that they came with; large
// ones are mapped, and which is which depends on the layout alone.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_large(&layout) {
            IN_USE.store(true, Ordering::Relaxed);
            return there(large::allocate(layout.size()), layout.size());
        }
        let may = taken::may_have(layout.size());
        // SAFETY: the caller's promises are the system allocator's.
        let found = if may {
            unsafe { System.alloc(layout) }
        } else {
            ptr::null_mut()
        };
        there(found, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(&layout) {
            return there(large::allocate(layout.size()), layout.size());
        }
        let may = taken::may_have(layout.size());
        // SAFETY: as above.
        let found = if may {
            unsafe { System.alloc_zeroed(layout) }
        } else {
            ptr::null_mut()
        };
        there(found, layout.size())
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that this makes a layout.
        let new = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let found = match (is_large(&layout), is_large(&new)) {
            // SAFETY: the piece is a large one, by its layout.
            (true, true) => unsafe { large::resize(old, layout.size(), size) },
            (false, false) if taken::may_have(size) => {
                taken::freed(layout.size());
                // SAFETY: as above.
                unsafe { System.realloc(old, layout, size) }
            }
            (false, false) => ptr::null_mut(),
            _ => {
                // SAFETY: the size is not 0, by what the caller promises.
                let found = unsafe { self.alloc(new) };
                if !found.is_null() {
                    // SAFETY: they are two pieces, each as long as the shorter of both.
                    unsafe { ptr::copy_nonoverlapping(old, found, layout.size().min(size)) };
                    // SAFETY: the caller uses it no more.
                    unsafe { self.dealloc(old, layout) };
                }
                found
            }
        };
        there(found, size)
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        if is_large(&layout) {
            // SAFETY: the piece is a large one, by its layout.
            return unsafe { large::free(old, layout.size()) };
        }
        taken::freed(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(old, layout) }
    }
}

/// From now on the program may take so many bytes of memory, but never less than it takes to say that this is too little.
/// What is more goes to [the disk](go_on_in), or is refused.
pub fn allow(bytes: u64) {
    let rest = bytes.saturating_sub(PROGRAM).max(LEAST);
    taken::limit(usize::try_from(rest).unwrap_or(usize::MAX));
}

/// From now on all threads take small pieces from the same place. GNU's allocator sets aside some ten megabytes of
/// addresses for each thread otherwise, which nothing else can have where addresses are few.
pub fn spare_addresses() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        use std::ffi::c_int;
        const M_ARENA_MAX: c_int = -8;
        // SAFETY: this is its declaration in malloc.h.
        unsafe extern "C" {
            safe fn mallopt(parameter: c_int, value: c_int) -> c_int;
        }
        // Where it does not know that, nothing is spared.
        let _ = mallopt(M_ARENA_MAX, 1);
    }
}

/// What may not be in memory goes to a file without a name, in the first of these folders that will do.
pub fn go_on_in(folders: Vec<PathBuf>) {
    large::go_on_in(folders);
}

/// Where so many bytes would go that may not be in memory, or why they cannot; nothing where nobody allowed it.
pub fn beyond(bytes: u64) -> Option<Result<Room, String>> {
    // Whether this is the program's allocator is told by the first large piece.
    drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 18)));
    IN_USE.load(Ordering::Relaxed).then(|| large::room(bytes))?
}

/// From now on what is large goes to a file in that folder, rather than only what is more than is allowed: the system
/// then keeps in memory what is used of it, and not what came first. Says whether it did not before.
pub fn work_from_disk(room: Room) -> bool {
    large::go_on_in(vec![room.folder]);
    taken::from_disk()
}

/// Whether what is large goes to a file.
pub fn is_from_disk() -> bool {
    taken::is_from_disk()
}

/// Whether these are in that file.
pub fn is_on_disk<T>(values: &[T]) -> bool {
    large::is_in_area(values.as_ptr().cast())
}

/// Runs what allocates something that is written to here and there: in a file, each of its pages would be written to the
/// disk again and again. When the program works from disk it stays in memory all the same, as long as all that does
/// takes no more than a share of what is allowed.
pub fn near<T>(allocate: impl FnOnce() -> T) -> T {
    taken::near(allocate)
}

/// Has the system begin to write to the disk what was changed of what is there. It takes back memory at once whose content
/// is on the disk already, and waits for it otherwise. To be called where a column is complete, and now and then while one
/// is filled.
pub fn write_back() {
    large::write_back();
}

/// Has the disk read what is at these addresses, if it is there; nobody waits for it.
pub fn will_need(addresses: std::ops::Range<usize>) {
    large::will_need(addresses);
}

/// As long as one of these is there, of what is on the disk only that is read which somebody [says](will_need) that they
/// will need, or waits for; the system reads nothing around it.
#[derive(Debug)]
pub struct ReadByHand(());

impl ReadByHand {
    /// From now on, until this is dropped.
    pub fn begin() -> Self {
        large::begin_by_hand();
        Self(())
    }
}

impl Drop for ReadByHand {
    fn drop(&mut self) {
        large::end_by_hand();
    }
}

/// Whether so many bytes, of several pieces, would stay [near].
pub fn would_be_near(bytes: usize) -> bool {
    !is_from_disk() || taken::would_be_near(bytes)
}

/// The most bytes that were taken at one time: of memory, and of the disk.
pub fn most() -> (usize, usize) {
    (taken::most(), large::most_on_disk())
}

#[inline]
fn there(found: *mut u8, size: usize) -> *mut u8 {
    if found.is_null() && !ASKS.get() {
        end(size);
    }
    found
}

/// Runs what handles a refused allocation itself, such as [`Vec::try_reserve`].
pub fn asking<T>(allocate: impl FnOnce() -> T) -> T {
    let before = ASKS.replace(true);
    let done = allocate();
    ASKS.set(before);
    done
}

/// Notes what is being done; what was done before is complete.
pub fn note_stage(stage: &'static str) {
    write_back();
    if let Ok(mut current) = STAGE.try_lock() {
        *current = stage;
    }
}

/// Says that there is no memory, and ends the process. Takes no memory, and waits for no lock.
#[cold]
fn end(size: usize) -> ! {
    let stage = STAGE.try_lock().map_or("", |stage| *stage);
    let mut text = [0; 256];
    let mut rest = &mut text[..];
    let during = if stage.is_empty() { "" } else { " while " };
    // What does not fit is cut.
    let _ = writeln!(
        rest,
        "heaptui: out of memory{during}{stage}: {size} bytes more were refused; allow more, or look at it on a larger host"
    );
    let left = rest.len();
    let length = text.len() - left;
    let _ = std::io::stderr().write_all(&text[..length]);
    #[cfg(unix)]
    signal_hook::low_level::exit(WRONG);
    #[cfg(not(unix))]
    std::process::exit(WRONG);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_told_and_goes_on() {
        let mut column: Vec<u64> = Vec::new();
        let refused = asking(|| column.try_reserve_exact(usize::MAX / 16));
        assert!(refused.is_err());
        assert!(!ASKS.get(), "only while it asks");
        note_stage("reading nodes");
        assert_eq!(
            STAGE.try_lock().map(|stage| *stage).ok(),
            Some("reading nodes")
        );
    }
}
