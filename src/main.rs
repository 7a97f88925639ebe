//! `heaptui`: arguments in, library, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    heaptui::run()
}
