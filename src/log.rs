//! What the program does and how long that takes, line by line in the file that `HEAPTUI_LOG` names.
//!
//! A line: seconds since the start, the thread, what kind of thing, and words. Keys are logged as keys and not by their
//! names, and nothing is logged of what dumps hold but sizes and the names of files.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::Instant;

use crate::error::{Error, Result};
use crate::save::{self, Replace};
use crate::text::escape::one_line;

/// The variable that names the file.
const VARIABLE: &str = "HEAPTUI_LOG";

struct Log {
    file: Mutex<File>,
    begin: Instant,
}

static LOG: OnceLock<Log> = OnceLock::new();

/// Begins the log, if one is asked for; it is added to what is there.
///
/// # Errors
/// When the file cannot be written, or is a dump.
pub fn begin() -> Result<()> {
    let Some(path) = std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = Path::new(&path);
    save::check(path, Replace::Ordinary)?;
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| {
        Error::io("cannot write the log", &error)
            .in_file(path)
            .advise("HEAPTUI_LOG names it")
    })?;
    // No report goes over it.
    save::note_input(path);
    let log = Log {
        file: Mutex::new(file),
        begin: Instant::now(),
    };
    let _ = LOG.set(log);
    write(
        "begin",
        format_args!("heaptui {}", env!("CARGO_PKG_VERSION")),
    );
    Ok(())
}

/// Adds a line, where there is a log.
pub fn write(kind: &str, words: impl Display) {
    let Some(log) = LOG.get() else { return };
    let seconds = log.begin.elapsed().as_secs_f64();
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("-");
    let words = words.to_string();
    let line = format!("{seconds:10.6} {thread} {kind}: {}\n", one_line(&words));
    if let Ok(mut file) = log.file.lock() {
        // A log that cannot be written stops nobody.
        let _ = file.write_all(line.as_bytes());
    }
}
