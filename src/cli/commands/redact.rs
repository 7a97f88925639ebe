//! `redact`: a copy of a dump that may be given to others.

use crate::cli::args::Redact;
use crate::cli::choose::note;
use crate::cli::progress::Shown;
use crate::cli::stop::Stop;
use crate::snapshot::{KeptNames, redact};
use crate::task::Task;
use crate::text::units::{bytes, grouped};

pub(super) fn run(arguments: &Redact) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let kept = match arguments.keep_names {
        true => KeptNames::All,
        false => KeptNames::Identifiers,
    };
    let done = redact(&arguments.file, &arguments.output, kept, &task)?;
    drop(progress);
    note(&format!(
        "{}: {}; {} texts and {} names replaced",
        arguments.output.display(),
        bytes(done.bytes),
        grouped(done.texts),
        grouped(done.names)
    ));
    Ok(())
}
