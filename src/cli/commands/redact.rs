//! `redact`: a copy of a dump that may be given to others.

use std::io::{IsTerminal, Write, stdout};
use std::path::Path;

use crate::cli::args::Redact;
use crate::cli::choose::note;
use crate::cli::progress::Shown;
use crate::cli::stop::Stop;
use crate::error::Error;
use crate::save::{self, Replace};
use crate::snapshot::{KeptNames, Redacted, redact, redact_into};
use crate::task::Task;
use crate::text::units::{bytes, grouped};

pub(super) fn run(arguments: &Redact) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let kept = match arguments.keep_names {
        true => KeptNames::All,
        false => KeptNames::Identifiers,
    };
    let (from, to) = (&arguments.file, &*arguments.output);
    let (done, name) = if to == Path::new("-") {
        (to_stdout(from, kept, &task)?, "standard output".into())
    } else {
        let to = (to, Replace::with_force(arguments.force));
        (redact(from, to, kept, &task)?, to.0.display().to_string())
    };
    drop(progress);
    note(&format!(
        "{name}: {}; {} texts and {} names replaced",
        bytes(done.bytes),
        grouped(done.texts),
        grouped(done.names)
    ));
    Ok(())
}

fn to_stdout(from: &Path, kept: KeptNames, task: &Task) -> Result<Redacted, Stop> {
    let out = stdout().lock();
    if out.is_terminal() {
        let error = Error::usage("a dump is not written to a terminal");
        return Err(error.advise("send it to a file or a program").into());
    }
    save::note_input(from);
    save::check_stdout()?;
    let mut out = Watched { out, failed: None };
    let done = redact_into(from, &mut out, kept, task);
    match out.failed {
        Some(error) => Err(error.into()),
        None => Ok(done?),
    }
}

/// Standard output, and why it could not be written: nobody reading on is no failure.
struct Watched<W> {
    out: W,
    failed: Option<std::io::Error>,
}

impl<W: Write> Write for Watched<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.write(bytes).inspect_err(|error| {
            self.failed = Some(error.kind().into());
        })
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
