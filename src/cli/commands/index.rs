//! `index`: builds indexes ahead, lists them, removes them.

use std::path::PathBuf;
use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::json;

use crate::cli::args::{Index, Limit, index_limit};
use crate::cli::choose::{load, memory_of, note, nothing, settle_tables};
use crate::cli::output::{Cell, Column, Head, Listing, Output};
use crate::cli::progress::Shown;
use crate::cli::stop::Stop;
use crate::error::{Error, ErrorKind};
use crate::index::{Cache, Entry, Kept};
use crate::series::memory::Tables;
use crate::series::{Dump, discover, discover_below};
use crate::table::{CSV, JSON, PEOPLE};
use crate::task::Task;
use crate::text::units::bytes;

const COLUMNS: &[Column<Entry>] = &[
    Head::text("Dump", "path").of(|entry, ()| {
        Cell::known(entry.dump.as_ref(), |dump| {
            Cell::Path(dump.to_string_lossy().into_owned())
        })
    }),
    Head::number("Size", "bytes").of(|entry, ()| Cell::Size(entry.bytes)),
    Head::text("Built", "built_at").of(|entry, ()| Cell::known(time(entry.built), Cell::note)),
    Head::text("Last used", "last_used_at")
        .of(|entry, ()| Cell::known(time(Some(entry.used)), Cell::note)),
    // Stale: the dump is another one now.
    Head::text("State", "state")
        .of(|entry, ()| Cell::note(if entry.fresh { "fresh" } else { "stale" })),
    // With the whole heap a dump can be entered without loading; else there are figures only.
    Head::text("Holds", "whole")
        .only_for(PEOPLE)
        .of(|entry, ()| Cell::note(if entry.whole { "everything" } else { "figures" })),
    Head::text("Holds", "whole")
        .only_for(CSV.and(JSON))
        .of(|entry, ()| Cell::Flag(entry.whole)),
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
    let total: u64 = entries.iter().map(|entry| entry.bytes).sum();
    if let Some(built) = &built {
        entries.retain(|entry| entry.dump.as_ref().is_some_and(|dump| built.contains(dump)));
    }
    let folder = cache.folder().map(|folder| folder.display().to_string());
    let listing = Listing {
        heading: vec![format!(
            "{} · {} of {}",
            folder.as_deref().unwrap_or_default(),
            bytes(total),
            bytes(cache.limit())
        )],
        about: json!({
            "folder": folder,
            "limit_bytes": cache.limit(),
            "total_bytes": total,
        }),
        field: "indexes",
        columns: COLUMNS,
        rows: &entries,
        context: &(),
    };
    listing.print(&Output::new(
        arguments.format.format,
        Limit { limit: Some(0) },
    ))
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
    settle_tables(&[&dump.path], Tables::Index, cache, memory)?;
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
