//! `heaptui`: arguments in, library, exit status out.

use std::process::ExitCode;

/// Knows what is taken, and ends with a message where there is no more memory.
#[global_allocator]
static ALLOCATOR: heaptui::memory::Allocator = heaptui::memory::Allocator;

fn main() -> ExitCode {
    heaptui::run()
}
