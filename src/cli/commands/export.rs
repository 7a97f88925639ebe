//! `export`: dumps as tables in Parquet.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use crate::cli::args::{Export, Limit};
use crate::cli::choose::{Chosen, choose};
use crate::cli::output::{Cell, Column, Head, Listing, Output};
use crate::cli::progress::Shown;
use crate::cli::stop::Stop;
use crate::error::{Error, Result};
use crate::export::{Target, Written, partition_name, write_dump, write_suspects};
use crate::heap::Heap;
use crate::series::{Dump, Group, Opened, suspicion};
use crate::source::{Options, Sources};
use crate::task::Task;
use crate::text::mask::Reveal;

const COLUMNS: &[Column<Written>] = &[
    Head::text("File", "path").of(|file, ()| Cell::Path(file.path.to_string_lossy().into_owned())),
    Head::number("Rows", "rows").of(|file, ()| Cell::Count(file.rows)),
    Head::number("Size", "bytes").of(|file, ()| Cell::Size(file.bytes)),
];

pub(super) fn run(arguments: &Export) -> std::result::Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let chosen = choose(&arguments.series, &[], &task)?;
    let groups = groups(arguments, &chosen);
    let all = targets(arguments, &groups)?;
    if all.is_empty() {
        chosen.series.last()?;
    }
    let mut written = Vec::new();
    for group in &groups {
        let is_of_group = |(dump, _): &&(Dump, Target)| {
            let mut dumps = group.series.usable();
            dumps.any(|other| other.path == dump.path)
        };
        let of_group: Vec<(Dump, Target)> = all.iter().filter(is_of_group).cloned().collect();
        written.extend(of_process(&chosen, &of_group, arguments, &task)?);
    }
    drop(progress);
    chosen.say_notes();
    let heading = format!(
        "{} files below {}",
        written.len(),
        arguments.parquet.display()
    );
    let limit = Limit { limit: Some(0) };
    let listing = Listing {
        heading: vec![heading],
        about: json!({}),
        field: "files",
        columns: COLUMNS,
        rows: &written,
        context: &(),
    };
    listing.print(&Output::new(arguments.format.format, limit))
}

/// All processes, unless one was asked for.
fn groups(arguments: &Export, chosen: &Chosen) -> Vec<Group> {
    let mut groups = match arguments.series.process {
        Some(_) => Vec::new(),
        None => chosen.folder.groups.clone(),
    };
    match groups.first_mut() {
        Some(first) => first.series = chosen.series.clone(),
        None => groups.push(Group {
            name: arguments.series.process.clone().unwrap_or_default(),
            series: chosen.series.clone(),
        }),
    }
    groups
}

/// The dumps with where their tables are written, which is checked before anything is.
fn targets(arguments: &Export, groups: &[Group]) -> Result<Vec<(Dump, Target)>> {
    let mut taken: Vec<String> = Vec::new();
    let mut all: Vec<(Dump, Target)> = Vec::new();
    for group in groups {
        let process = process(arguments, group, &taken);
        for dump in group.series.usable() {
            let target = Target {
                folder: arguments.parquet.clone(),
                process: process.clone(),
                label: partition_name(dump.title()),
                force: arguments.force,
                reveal: match arguments.reveal {
                    true => Reveal::All,
                    false => Reveal::Nothing,
                },
            };
            target.check()?;
            all.push((dump.clone(), target));
        }
        taken.push(process);
    }
    Ok(all)
}

/// What a process is called in the tables.
fn process(arguments: &Export, group: &Group, taken: &[String]) -> String {
    let pid = group.series.usable().find_map(|dump| dump.pid);
    let name = match (&arguments.name, group.name.as_str(), pid) {
        (Some(name), ..) => partition_name(name),
        (None, "", Some(pid)) => pid.to_string(),
        (None, name, _) => partition_name(name.strip_prefix("process ").unwrap_or(name)),
    };
    let mut unique = name.clone();
    let mut number = 1;
    while taken.contains(&unique) {
        number += 1;
        unique = format!("{name}-{number}");
    }
    unique
}

/// Writes the tables of a process. A dump is written when the search for suspects loads it, so that it is loaded once
/// more only where there was no room to keep it.
fn of_process(
    chosen: &Chosen,
    dumps: &[(Dump, Target)],
    arguments: &Export,
    task: &Task,
) -> Result<Vec<Written>> {
    let Some((_, last)) = dumps.last() else {
        return Ok(Vec::new());
    };
    let (load, notes) = (chosen.loader(task), chosen.notes());
    let memory = arguments.series.memory;
    let mut opened = memory.map_or_else(Opened::default, Opened::with_budget);
    let written: RefCell<Vec<(usize, Vec<Written>)>> = RefCell::default();
    let is_missing = |at: usize| written.borrow().iter().all(|(other, _)| *other != at);
    let mut fetch = |path: &Path| -> Result<Arc<Heap>> {
        let heap = opened.fetch(path, |path| load(path).map(Arc::new))?;
        let at = dumps.iter().position(|(dump, _)| dump.path == path);
        if let Some(at) = at.filter(|&at| is_missing(at)) {
            let (dump, target) = &dumps[at];
            notes.add_warnings(path, heap.warnings());
            let files = write_dump(&heap, dump, target, task)?;
            written.borrow_mut().push((at, files));
        }
        Ok(heap)
    };
    let all: Vec<Dump> = dumps.iter().map(|(dump, _)| dump.clone()).collect();
    // Tables have the names of the dumps.
    let options = Options {
        off: true,
        ..Options::default()
    };
    let mut sources = Sources::new(options, None);
    let found = suspicion(&all, &mut fetch, &mut sources, false, task)
        .map_err(|failure| -> Error { failure.error })?;
    // The search may have done without some.
    for (at, dump) in all.iter().enumerate() {
        if is_missing(at) {
            fetch(&dump.path)?;
        }
    }
    let mut written = written.into_inner();
    written.sort_by_key(|(at, _)| *at);
    let mut files: Vec<Written> = written.into_iter().flat_map(|(_, files)| files).collect();
    files.push(write_suspects(&found.findings, &found.heap, last, task)?);
    Ok(files)
}
