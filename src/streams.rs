//! Whether there was a standard output when the program began.
//!
//! Rust opens `/dev/null` in place of a stream that is closed, before `main`: what is printed then goes nowhere, and
//! nothing fails. So it is looked at earlier, where the loader runs what a library wants done at its start.

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

static OUT_CLOSED: AtomicBool = AtomicBool::new(false);

#[cfg(any(target_os = "linux", target_os = "macos"))]
// SAFETY: the loader calls each function in this section once, before `main`; this one needs nothing that Rust sets up.
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[used]
static LOOK: extern "C" fn() = {
    extern "C" fn look() {
        let closed = rustix::io::fcntl_getfd(std::io::stdout()).is_err();
        OUT_CLOSED.store(closed, Ordering::Relaxed);
    }
    look
};

/// Whether standard output was closed, as after `>&-`.
pub fn out_was_closed() -> bool {
    OUT_CLOSED.load(Ordering::Relaxed)
}
