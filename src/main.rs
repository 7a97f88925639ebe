//! `heaptui`: arguments in, library, exit status out.

use std::process::ExitCode;

/// Ends with a message where the system has no more memory.
#[global_allocator]
static ALLOCATOR: heaptui::memory::LastResort = heaptui::memory::LastResort;

fn main() -> ExitCode {
    heaptui::run()
}
