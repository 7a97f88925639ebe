//! `live`: who allocates in a running process.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::ZonedDateTime;
use serde::Serialize;

use crate::capture::inspector::Inspector;
use crate::capture::series::{Attached, attach};
use crate::capture::{Proc, live};
use crate::cli::args::{Limit, Live};
use crate::cli::choose::note;
use crate::cli::output::{Cell, Column, Head, Output, Records, Table};
use crate::cli::stop::Stop;
use crate::error::{Error, Result};
use crate::profile::rows::rows;
use crate::profile::{By, Grouping, Profile, Row};
use crate::save::{self, Replace};
use crate::signals::Cancelling;
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::units::{bytes, duration};

#[derive(Serialize)]
struct Content<'a> {
    files: &'a [Record; 1],
}

#[derive(Serialize)]
struct Record {
    path: String,
    bytes: u64,
    total_size: u64,
}

const COLUMNS: &[Column<Record>] = &[
    Head::text("Profile", "path").of(|file, ()| Cell::Path(file.path.clone())),
    Head::number("Size", "bytes").of(|file, ()| Cell::Size(file.bytes)),
    Head::number("Allocated and alive", "total_size").of(|file, ()| Cell::Size(file.total_size)),
];

/// How long is sampled where nobody says.
const USUAL: Duration = Duration::from_secs(30);
/// When the explorer gets its first profile.
const FIRST: Duration = Duration::from_secs(1);

pub(super) fn run(arguments: &Live) -> std::result::Result<(), Stop> {
    let proc = Proc::of_system();
    let task = Task::new();
    let cancelling = Cancelling::begin(&task);
    let (mut attached, path) = attached(arguments, &proc, &task)?;
    let inspector = inspector(&mut attached)?;
    live::begin(inspector, &task)?;
    let begun = Instant::now();
    let mut shown = Shown::default();
    let span = arguments.span.unwrap_or(USUAL);
    while begun.elapsed() < span {
        let left = span.saturating_sub(begun.elapsed());
        // Cut short by a signal, what was sampled so far is the profile.
        if live::wait(arguments.every.min(left), &task).is_err() {
            break;
        }
        if std::io::stderr().is_terminal() {
            shown.draw(&live::profile(inspector, &task)?, begun.elapsed());
        }
    }
    shown.clear();
    let profile = live::end(inspector, &Task::new())?;
    drop(attached);
    drop(cancelling);
    save::write(&path, &profile, Replace::Ordinary)?;
    print(arguments, path, &profile, begun.elapsed())
}

/// Samples while `show` has the explorer show the profile, which is written anew every few seconds. What ends the explorer
/// ends this; the inspector is closed and the last profile kept. Gives what `show` gave.
pub(in crate::cli) fn in_explorer(
    arguments: &Live,
    show: impl FnOnce(PathBuf) -> std::result::Result<Option<i32>, Stop>,
) -> std::result::Result<Option<i32>, Stop> {
    let proc = Proc::of_system();
    let task = Task::new();
    let cancelling = Cancelling::begin(&task);
    let (mut attached, path) = attached(arguments, &proc, &task)?;
    let inspector = inspector(&mut attached)?;
    live::begin(inspector, &task)?;
    let begun = Instant::now();
    live::wait(FIRST, &task)?;
    save::write(&path, &live::profile(inspector, &task)?, Replace::Ordinary)?;
    // From here on signals are the explorer's.
    drop(cancelling);
    let sample = || -> Result<()> {
        while arguments.span.is_none_or(|span| begun.elapsed() < span)
            && live::wait(arguments.every, &task).is_ok()
        {
            let profile = live::profile(inspector, &Task::new())?;
            save::write(&path, &profile, Replace::Own)?;
        }
        let profile = live::end(inspector, &Task::new())?;
        save::write(&path, &profile, Replace::Own)
    };
    let (shown, sampled) = std::thread::scope(|scope| {
        let sampling = scope.spawn(sample);
        let shown = show(path.clone());
        task.cancel();
        (shown, sampling.join())
    });
    drop(attached);
    match sampled {
        Ok(Err(error)) => note(&format!("sampling ended early: {error}")),
        Err(_) => note("sampling ended early"),
        Ok(Ok(())) => {}
    }
    note(&format!("{} kept", path.display()));
    shown
}

/// Attaches to the process; gives the file for its profile, in a folder that is there.
fn attached<'p>(arguments: &Live, proc: &'p Proc, task: &Task) -> Result<(Attached<'p>, PathBuf)> {
    std::fs::create_dir_all(&arguments.output)
        .map_err(|error| Error::io("cannot make the folder", &error).in_file(&arguments.output))?;
    let attached = attach(proc, &arguments.target.target(), task)?;
    let pid = attached.process().map_or(0, |process| process.inner_pid);
    let time = ZonedDateTime::now().strftime("%Y%m%d.%H%M%S");
    let name = format!("Heap.{time}.{pid}.0.001.heapprofile");
    Ok((attached, arguments.output.join(name)))
}

fn inspector<'a>(attached: &'a mut Attached<'_>) -> Result<&'a mut Inspector> {
    let none = || Error::usage("there is no inspector to sample with");
    attached.inspector().ok_or_else(none)
}

fn print(
    arguments: &Live,
    path: PathBuf,
    profile: &[u8],
    span: Duration,
) -> std::result::Result<(), Stop> {
    let file = Record {
        path: path.display().to_string(),
        bytes: profile.len() as u64,
        total_size: Profile::read(profile, &Task::new())?.total(),
    };
    let heading = vec![format!("sampled for {}", duration(span))];
    let files = [file];
    let table = Table::of(heading, Records::of(COLUMNS, &files, &()), 0);
    let output = Output::new(arguments.format.format, Limit { limit: Some(0) });
    output.print(Content { files: &files }, &table)
}

/// Functions that are shown meanwhile.
const FUNCTIONS: usize = 12;

/// What was sampled so far, on stderr, written over each time.
#[derive(Default)]
struct Shown {
    lines: usize,
}

impl Shown {
    fn draw(&mut self, profile: &[u8], span: Duration) {
        match functions(profile) {
            Ok(functions) => {
                self.clear();
                let heading = format!("allocated in the last {} and alive:", duration(span));
                for line in std::iter::once(&heading).chain(&functions) {
                    let _ = writeln!(std::io::stderr(), "{}", one_line(line));
                }
                self.lines = functions.len() + 1;
            }
            Err(error) => note(&error.to_string()),
        }
    }

    fn clear(&mut self) {
        for _ in 0..self.lines {
            let _ = write!(std::io::stderr(), "\x1b[A\x1b[2K");
        }
        self.lines = 0;
    }
}

/// The functions that allocated most, with their places.
fn functions(profile: &[u8]) -> Result<Vec<String>> {
    let task = Task::new();
    let profile = Profile::read(profile, &task)?;
    let grouping = Grouping::new(&profile, By::Function);
    let mut rows = rows(&profile, &grouping, &task)?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.self_size));
    let line = |row: &Row| {
        let frame = profile.frame(grouping.function(row.group));
        let place = frame.shown_place().unwrap_or_default();
        format!(
            "{:>9}  {} {place}",
            bytes(row.self_size),
            frame.shown_name()
        )
    };
    Ok(rows.iter().take(FUNCTIONS).map(line).collect())
}
