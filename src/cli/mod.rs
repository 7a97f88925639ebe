//! The command line: arguments in; tables, JSON, CSV or Markdown out; exit status.
//!
//! Lives here: the arguments (`args`), what a command says about dumps (`open`), one file for each subcommand
//! (`commands`) and where output goes (`output`). Does not live here: the explorer, which is handed in as a closure, and
//! any computation over a heap.
//!
//! Exit status: 0 done, 1 a check that found what it was to fail on, 2 anything wrong with the arguments or the input,
//! with one line on stderr, 3 a check that could not decide. Whoever closes the pipe has seen enough: that ends quietly.

mod allocated;
mod args;
mod choose;
mod commands;
mod open;
mod output;
mod progress;
mod records;
mod stop;
mod suspicion;
mod suspicion_output;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::available::{addresses_are_limited, available};
use crate::error::{Error, ErrorKind, Result};
use crate::index::Cache;
use crate::log;
use crate::memory;
use crate::priority;
use crate::save;
use crate::series::Exploration;
use crate::settings::Settings;
use crate::signals;
use crate::text::escape::one_line;
use args::Arguments;
use stop::Stop;

/// Exit status of a check that found what it was to fail on.
const FAILED: u8 = 1;
/// Exit status for wrong arguments or input.
const WRONG: u8 = 2;
/// Exit status of a check that could not decide.
const INCONCLUSIVE: u8 = 3;

/// What the command line needs of the explorer.
#[derive(Debug, Clone, Copy)]
pub struct Explorer {
    /// Opens it; gives the signal that ended it, if one did.
    pub open: fn(Exploration, &Settings) -> Result<Option<i32>>,
    /// Says what of the settings cannot be.
    pub check: fn(&Settings) -> Result<()>,
    /// The settings file that says what holds without one.
    pub default_settings: fn() -> String,
}

/// Reads the arguments, prints or opens the explorer, and gives the exit status.
pub fn run(explorer: Explorer) -> ExitCode {
    signals::outlive_limits_of_files();
    let arguments = match Arguments::try_parse_from(args::command_first(std::env::args_os())) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => return fail(&parse_failure(&error)),
        Err(help) => {
            // Nothing can be done, and nothing needs to be, when nobody reads the help.
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    if let Err(error) = log::begin() {
        return fail(&error.to_string());
    }
    if addresses_are_limited() {
        memory::spare_addresses();
    }
    if let Some(there) = available() {
        memory::allow(there);
    }
    if !arguments.no_spill {
        memory::go_on_in(disk_folders());
    }
    let done = match arguments.command {
        Some(command) => {
            if !arguments.full_speed {
                priority::lower();
            }
            // Those that talk to a process cancel what they do, and close what they opened.
            if !command.ends_by_itself() {
                signals::before_end(save::remove_unfinished);
            }
            run_command(command, explorer)
        }
        None if arguments.print_default_config => {
            output::print_text((explorer.default_settings)().as_bytes())
        }
        None => start(arguments, explorer),
    };
    // What threads of the explorer still write.
    save::remove_unfinished();
    let how = if done.is_ok() { "done" } else { "not done" };
    let (most, on_disk) = memory::most();
    log::write(
        "end",
        format_args!("{how}, at most {most} bytes of memory and {on_disk} on a disk"),
    );
    match done {
        Ok(()) | Err(Stop::Closed) => ExitCode::SUCCESS,
        Err(Stop::Failed) => ExitCode::from(FAILED),
        Err(Stop::Inconclusive) => ExitCode::from(INCONCLUSIVE),
        Err(Stop::Error(error)) => fail(&error.to_string()),
    }
}

/// Runs a subcommand, and opens the explorer on what it makes.
fn run_command(command: args::Command, explorer: Explorer) -> Result<(), Stop> {
    #[cfg(feature = "capture")]
    if let args::Command::Live(live) = &command
        && live.explores()
    {
        let show = |file| explore(vec![file], crate::index::Cache::default(), explorer);
        return commands::live_in_explorer(live, show).map(die);
    }
    let explored = command.explored();
    commands::run(command)?;
    match explored {
        Some((folder, cache)) => explore(vec![folder], cache, explorer).map(die),
        None => Ok(()),
    }
}

/// Folders that may be on a disk, for what does not fit into memory.
fn disk_folders() -> Vec<PathBuf> {
    let cache = Cache::of_user(None);
    let mut folders = vec![std::env::temp_dir(), PathBuf::from("/var/tmp")];
    folders.extend(cache.folder().map(Path::to_path_buf));
    folders
}

/// Opens the explorer, where there is a terminal for it.
fn start(arguments: Arguments, explorer: Explorer) -> Result<(), Stop> {
    let mut paths = arguments.paths;
    for path in &paths {
        if std::fs::symlink_metadata(path)
            .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
        {
            return Err(
                Error::new(ErrorKind::Io, "no such file, directory or command")
                    .in_file(path)
                    .advise("see heaptui --help")
                    .into(),
            );
        }
    }
    let settings = match arguments.config {
        _ if arguments.no_config => Settings::default(),
        Some(path) => Settings::load(&path)?,
        None => Settings::of_user()?,
    };
    (explorer.check)(&settings)?;
    if !std::io::stdout().is_terminal() {
        return Err(Error::usage("the explorer needs a terminal")
            .advise(format!(
                "these commands print instead: {}; see heaptui --help",
                args::printing()
            ))
            .into());
    }
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    let exploration = Exploration {
        paths,
        recursive: arguments.recursive,
        poll: arguments.poll,
        memory: arguments.memory.or(settings.memory),
        cache: arguments.index.cache(),
        full_speed: arguments.full_speed,
        open: arguments.open,
        known: arguments.known,
        source: arguments.source.options(),
    };
    die((explorer.open)(exploration, &settings)?);
    Ok(())
}

/// Dies of the signal that ended the explorer, if one did.
fn die(signal: Option<i32>) {
    if let Some(signal) = signal {
        save::remove_unfinished();
        signals::die_of(signal);
    }
}

/// Opens the explorer on what a command has written; gives the signal that ended it, if one did.
fn explore(
    paths: Vec<PathBuf>,
    cache: crate::index::Cache,
    explorer: Explorer,
) -> Result<Option<i32>, Stop> {
    let settings = Settings::of_user()?;
    (explorer.check)(&settings)?;
    let exploration = Exploration {
        paths,
        recursive: false,
        poll: None,
        memory: settings.memory,
        cache,
        full_speed: false,
        open: None,
        known: None,
        source: crate::source::Options::default(),
    };
    Ok((explorer.open)(exploration, &settings)?)
}

/// Prints the one line that says what was wrong.
fn fail(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "heaptui: {message}");
    ExitCode::from(WRONG)
}

/// The parser's message on one line, with its hints and without the usage.
fn parse_failure(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let mut message = String::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        }
        if line.is_empty() {
            continue;
        }
        if !message.is_empty() {
            message.push_str(if line.starts_with("tip:") { "; " } else { " " });
        }
        message.push_str(line.strip_prefix("error: ").unwrap_or(line));
    }
    format!("{}; see heaptui --help", one_line(&message))
}
