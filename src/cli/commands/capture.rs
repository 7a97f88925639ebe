//! `capture`: dumps of a running process.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::capture::series::{Forecast, forecast};
use crate::capture::{Event, Outcome, Plan, Proc, Taken, Target, capture};
use crate::cli::args::{Capture, Limit};
use crate::cli::choose::note;
use crate::cli::commands::ps::Estimate;
use crate::cli::output::{Cell, Column, Head, Output, Records, Table};
use crate::cli::stop::Stop;
use crate::error::Error;
use crate::save;
use crate::signals::{self, Cancelling};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::units::{bytes, duration, percent};

#[derive(Serialize)]
struct Content {
    files: Vec<Record>,
    /// Why there are fewer than were asked for.
    problem: Option<String>,
}

#[derive(Serialize)]
struct Record {
    path: String,
    bytes: u64,
    nodes: Option<u64>,
    pause_ms: u64,
    peak_rss: u64,
}

#[derive(Serialize)]
struct Foretold {
    pid: u32,
    way: &'static str,
    estimate: Estimate,
    available: Option<u64>,
    memory_limit: Option<u64>,
    verdict: &'static str,
}

const COLUMNS: &[Column<Taken>] = &[
    Head::text("Dump", "path").of(|taken, ()| Cell::Path(taken.path.display().to_string())),
    Head::number("Size", "bytes").of(|taken, ()| Cell::Size(taken.bytes)),
    Head::number("Nodes", "nodes").of(|taken, ()| taken.nodes.map_or(Cell::Nothing, Cell::Count)),
    Head::text("Pause", "pause").of(|taken, ()| Cell::name(duration(taken.pause))),
    Head::number("Peak memory", "peak_rss").of(|taken, ()| Cell::Size(taken.peak_rss)),
];

/// What is foretold: in words, and how much.
const FORETOLD: &[Column<(&'static str, String)>] = &[
    Head::text("What", "what").of(|(what, _), ()| Cell::name(*what)),
    Head::text("Value", "value").of(|(_, value), ()| Cell::name(value.clone())),
];

/// How often the line of progress is written.
const EVERY: Duration = Duration::from_millis(150);

pub(super) fn run(arguments: &Capture) -> Result<(), Stop> {
    let proc = Proc::of_system();
    let target = arguments.target.target();
    if let (true, Target::Process(pid)) = (arguments.dry_run, &target) {
        return foretell(&proc, *pid, arguments);
    }
    let plan = Plan {
        folder: arguments.output.clone(),
        count: arguments.count,
        every: arguments.every,
        max_pause: arguments.max_pause,
        workers: arguments.workers,
        force: arguments.force,
    };
    let task = Task::new();
    let cancelling = Cancelling::begin(&task);
    let mut line = Line::new(arguments.count);
    let outcome = capture(&proc, &target, &plan, &task, &mut |event| line.tell(&event));
    line.clear();
    let done = outcome
        .map_err(Stop::from)
        .and_then(|outcome| print(&outcome, arguments));
    if let Some(signal) = cancelling.signal() {
        drop(cancelling);
        save::remove_unfinished();
        signals::die_of(signal);
    }
    done
}

fn print(outcome: &Outcome, arguments: &Capture) -> Result<(), Stop> {
    let taken = &outcome.taken;
    let problem = outcome.ended.as_ref().map(Error::to_string);
    let folder = arguments.output.display();
    let files = match taken.len() {
        1 => "1 dump".to_owned(),
        count => format!("{count} dumps"),
    };
    let mut heading = vec![format!("{files} in {folder}")];
    heading.extend(problem.clone());
    let table = Table::of(heading, Records::of(COLUMNS, taken, &()), 0);
    let files = taken.iter().map(record).collect();
    let output = Output::new(arguments.format.format, Limit { limit: Some(0) });
    output.print(Content { files, problem }, &table)?;
    match &outcome.ended {
        Some(error) if !error.is_cancelled() => Err(error.clone().into()),
        _ => Ok(()),
    }
}

fn record(taken: &Taken) -> Record {
    Record {
        path: taken.path.display().to_string(),
        bytes: taken.bytes,
        nodes: taken.nodes,
        pause_ms: taken.pause.as_millis() as u64,
        peak_rss: taken.peak_rss,
    }
}

/// Says what would be done, and what it needs.
fn foretell(proc: &Proc, pid: u32, arguments: &Capture) -> Result<(), Stop> {
    let process = proc.read(pid)?;
    let forecast = forecast(proc, &process, &arguments.output)?;
    let Forecast {
        way,
        cost,
        room,
        verdict,
        ..
    } = forecast;
    let limit = process.memory_limit;
    let rows = [
        ("Would", way.words()),
        ("A dump takes, in the process, up to", bytes(cost.memory)),
        (
            "Room of the process",
            room.map_or_else(|| "unknown".to_owned(), bytes),
        ),
        ("Its limit", limit.map_or_else(|| "none".to_owned(), bytes)),
        ("Pause up to", duration(cost.pause)),
        ("File up to", bytes(cost.file)),
        ("Verdict", verdict.as_str().to_owned()),
    ];
    let heading = vec![
        format!("process {pid}: {}", process.args.join(" ")),
        "nothing was sent to it".to_owned(),
    ];
    let table = Table::of(heading, Records::of(FORETOLD, &rows, &()), 0);
    let content = Foretold {
        pid,
        way: way.as_str(),
        estimate: cost.into(),
        available: room,
        memory_limit: limit,
        verdict: verdict.as_str(),
    };
    Output::new(arguments.format.format, Limit { limit: Some(0) }).print(content, &table)
}

/// How far a capture is, on stderr: a line that is written over on a terminal, elsewhere a line for each dump.
struct Line {
    count: u32,
    number: u32,
    paused: Duration,
    terminal: bool,
    written: Option<Instant>,
}

impl Line {
    fn new(count: u32) -> Self {
        Self {
            count,
            number: 0,
            paused: Duration::ZERO,
            terminal: std::io::stderr().is_terminal(),
            written: None,
        }
    }

    fn tell(&mut self, event: &Event<'_>) {
        let dump = |number: u32| format!("dump {} of {}", number + 1, self.count);
        match event {
            Event::Note(words) => self.line(words),
            Event::Begins(number, cost, room) => {
                let room = room.map_or(String::new(), |room| format!(" of {} room", bytes(room)));
                let words = format!(
                    "{} · takes up to {}{room}",
                    dump(*number),
                    bytes(cost.memory)
                );
                self.number = *number;
                self.progress(&words, true);
            }
            Event::Goes(progress) => {
                let share = match progress.total {
                    0 => String::new(),
                    total => format!(" · {}", percent(progress.done, total)),
                };
                let words = format!("{}{share} · {}", dump(self.number), bytes(progress.bytes));
                self.progress(&words, false);
            }
            Event::Done(taken) => {
                self.paused += taken.pause;
                let path = taken.path.display();
                let words = format!(
                    "{path} · {} · paused {}",
                    bytes(taken.bytes),
                    duration(taken.pause)
                );
                self.line(&words);
            }
            Event::Waits(span) => {
                let words = format!(
                    "{} of {} taken · paused {} so far · next in {} · Ctrl-C keeps them",
                    self.number + 1,
                    self.count,
                    duration(self.paused),
                    duration(*span)
                );
                self.progress(&words, false);
            }
        }
    }

    fn line(&mut self, words: &str) {
        self.clear();
        note(words);
    }

    fn progress(&mut self, words: &str, at_once: bool) {
        let recent = self
            .written
            .is_some_and(|written| written.elapsed() < EVERY);
        if self.terminal && (at_once || !recent) {
            let _ = write!(std::io::stderr(), "\r\x1b[K{}", one_line(words));
            self.written = Some(Instant::now());
        }
    }

    fn clear(&mut self) {
        if self.written.take().is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
