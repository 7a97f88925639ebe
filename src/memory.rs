//! The program's allocator: the system's, with a last resort where it has no more.
//!
//! What grows with a dump is asked for before it is taken ([`crate::available`]), and large columns are asked of the
//! allocator by [`asking`], which fails like any other call. Everything else cannot go on without its memory: Rust then
//! aborts the process, which looks like a crash and leaves no word of what happened. Here it ends with one message that
//! names the stage, and with exit status 2.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Write;
use std::sync::Mutex;

/// Exit status for input that cannot be handled, as the command line has it.
const WRONG: i32 = 2;

/// What is being done, for the message.
static STAGE: Mutex<&'static str> = Mutex::new("");

thread_local! {
    /// Whether this thread handles a refusal itself.
    static ASKS: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator, which ends the process with a message rather than abort it. For the program's `main.rs`.
#[derive(Debug, Default, Clone, Copy)]
pub struct LastResort;

// SAFETY: every call goes to the system's allocator as it is, and what that returns is returned as it is.
unsafe impl GlobalAlloc for LastResort {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the system allocator's.
        let found = unsafe { System.alloc(layout) };
        there(found, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        let found = unsafe { System.alloc_zeroed(layout) };
        there(found, layout.size())
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        let found = unsafe { System.realloc(old, layout, size) };
        there(found, size)
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(old, layout) }
    }
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

/// Notes what is being done.
pub fn note_stage(stage: &'static str) {
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
