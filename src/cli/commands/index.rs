//! `index`: builds indexes ahead, lists them, removes them.

use std::path::PathBuf;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::args::{Format, Index, Limit, index_limit};
use crate::cli::choose::{load, memory_of, note, nothing};
use crate::cli::output::{Cell, Head, Output, Table};
use crate::cli::progress::Shown;
use crate::cli::stop::Stop;
use crate::error::{Error, ErrorKind};
use crate::index::{Cache, Entry, Kept};
use crate::series::{Dump, discover, discover_below};
use crate::task::Task;
use crate::text::units::bytes;

#[derive(Serialize)]
struct Content {
    folder: Option<String>,
    limit_bytes: u64,
    total_bytes: u64,
    indexes: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    path: Option<String>,
    /// Size of the index.
    bytes: u64,
    built_at: Option<String>,
    last_used_at: Option<String>,
    /// `fresh` if it is of the dump as it is now, else `stale`.
    state: &'static str,
    /// Whether it has the heap, so that the dump can be entered without loading; else it has figures only.
    whole: bool,
}

const COLUMNS: [Head; 6] = [
    Head::text("Dump", "path"),
    Head::number("Size", "bytes"),
    Head::text("Built", "built_at"),
    Head::text("Last used", "last_used_at"),
    Head::text("State", "state"),
    Head::text("Holds", "whole"),
];

pub(super) fn run(arguments: &Index) -> Result<(), Stop> {
    let cache = Cache::of_user(index_limit(arguments.index_limit));
    if let Some(why) = cache.missing() {
        let error = Error::usage(format!("there is no folder for indexes: {why}"));
        return Err(error.advise("set XDG_CACHE_HOME").into());
    }
    if arguments.clean {
        return clean(arguments, &cache);
    }
    let built: Option<Vec<PathBuf>> = if arguments.list {
        None
    } else {
        Some(build(arguments, &cache)?)
    };
    let mut entries = cache.entries();
    let total = entries.iter().map(|entry| entry.bytes).sum();
    if let Some(built) = &built {
        entries.retain(|entry| entry.dump.as_ref().is_some_and(|dump| built.contains(dump)));
    }
    let output = Output::new(arguments.format.format, Limit { limit: Some(0) });
    let folder = cache.folder().map(|folder| folder.display().to_string());
    let records: Vec<Record> = entries.iter().map(record).collect();
    let table = Table {
        heading: vec![format!(
            "{} · {} of {}",
            folder.as_deref().unwrap_or_default(),
            bytes(total),
            bytes(cache.limit())
        )],
        columns: COLUMNS.to_vec(),
        row: Box::new(|row| cells(&entries[row], arguments.format.format)),
        rows: entries.len(),
        more: 0,
    };
    let content = Content {
        folder,
        limit_bytes: cache.limit(),
        total_bytes: total,
        indexes: records,
    };
    output.print(content, &table)
}

/// Builds the indexes of the dumps that have none; gives the dumps that have one now.
fn build(arguments: &Index, cache: &Cache) -> Result<Vec<PathBuf>, Stop> {
    let task = Task::new();
    let series = if arguments.recursive {
        discover_below(&arguments.paths)?
    } else {
        discover(&arguments.paths)?
    };
    if series.dumps.is_empty() && series.problems.is_empty() {
        return Err(nothing("heap snapshot", ".heapsnapshot", &arguments.paths).into());
    }
    series.last()?;
    let memory = memory_of(arguments.memory);
    let mut built = Vec::new();
    let mut failed = Vec::new();
    for dump in series.usable() {
        let progress = Shown::of(&task);
        let outcome = build_one(cache, dump, memory, &task);
        drop(progress);
        match outcome {
            Ok(Kept::Written(_) | Kept::Off) => built.extend(dump.path.canonicalize()),
            Ok(Kept::Skipped(why)) => {
                let error = Error::new(ErrorKind::Io, format!("no index: {why}"));
                failed.push(error.in_file(&dump.path));
            }
            Err(error) => failed.push(error),
        }
    }
    // Of several, those that have one now are worth having.
    let last = failed.pop_if(|_| built.is_empty());
    for error in failed {
        note(&error.to_string());
    }
    last.map_or(Ok(built), |error| Err(error.into()))
}

fn build_one(cache: &Cache, dump: &Dump, memory: u64, task: &Task) -> Result<Kept, Error> {
    if cache.front(&dump.path).is_some() {
        return Ok(Kept::Off);
    }
    let loaded = load(cache, &dump.path, memory, task)?;
    match loaded.fresh {
        Some(key) => cache.keep(&dump.path, key, &loaded.heap, task),
        None => Ok(Kept::Off),
    }
}

/// Removes indexes: all, or those of the dumps that are named.
fn clean(arguments: &Index, cache: &Cache) -> Result<(), Stop> {
    let paths = Some(arguments.paths.as_slice()).filter(|paths| !paths.is_empty());
    let (count, size) = cache.clean(paths);
    let what = if count == 1 { "index" } else { "indexes" };
    note(&format!("removed {count} {what}, {}", bytes(size)));
    Ok(())
}

fn time(time: Option<SystemTime>) -> Option<String> {
    let time = Timestamp::try_from(time?).ok()?;
    Some(time.strftime("%FT%TZ").to_string())
}

fn record(entry: &Entry) -> Record {
    Record {
        path: entry
            .dump
            .as_ref()
            .map(|dump| dump.to_string_lossy().into_owned()),
        bytes: entry.bytes,
        built_at: time(entry.built),
        last_used_at: time(Some(entry.used)),
        state: if entry.fresh { "fresh" } else { "stale" },
        whole: entry.whole,
    }
}

fn cells(entry: &Entry, format: Format) -> Vec<Cell> {
    let text = |text: Option<String>| text.map_or(Cell::Nothing, Cell::note);
    let record = record(entry);
    let holds = match (format, record.whole) {
        (Format::Csv, whole) => whole.to_string(),
        (_, true) => "everything".to_owned(),
        (_, false) => "figures".to_owned(),
    };
    vec![
        record.path.map_or(Cell::Nothing, Cell::Path),
        Cell::Size(record.bytes),
        text(record.built_at),
        text(record.last_used_at),
        Cell::note(record.state),
        Cell::note(holds),
    ]
}
