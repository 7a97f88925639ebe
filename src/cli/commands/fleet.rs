//! `fleet`: the leaks of many processes, counted by signature.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::args::Fleet as Arguments;
use crate::cli::output::{Cell, Column, Head, Output, Records, Table};
use crate::cli::stop::Stop;
use crate::error::{Error, Result};
use crate::report::{Fleet, FleetRow};
use crate::text::mask::Reveal;
use crate::text::units::grouped;

const COLUMNS: &[Column<FleetRow>] = &[
    Head::text("Signature", "signature").of(|row, ()| Cell::note(row.signature.clone())),
    Head::number("Processes", "processes").of(|row, ()| Cell::Count(row.processes)),
    Head::number("Reports", "reports").of(|row, ()| Cell::Count(row.reports)),
    Head::text("Pattern", "pattern").of(|row, ()| Cell::name(row.pattern.clone())),
    Head::text("Holder", "holder_name").of(|row, ()| Cell::name(row.holder_name.clone())),
    Head::text("Class", "class").of(|row, ()| Cell::name(row.class.clone())),
    Head::number("Per hour", "growth_per_hour")
        .of(|row, ()| Cell::known(row.growth_per_hour, Cell::SizeChange)),
    Head::text("First seen", "first_seen")
        .spare()
        .of(|row, ()| Cell::known(row.first_seen.clone(), Cell::name)),
    Head::text("Last seen", "last_seen")
        .of(|row, ()| Cell::known(row.last_seen.clone(), Cell::name)),
];

#[derive(Serialize)]
struct Content<'a> {
    reports: usize,
    processes: usize,
    signatures: Records<'a, FleetRow>,
}

pub(super) fn run(arguments: &Arguments) -> std::result::Result<(), Stop> {
    let mut fleet = Fleet::default();
    for path in &arguments.reports {
        let process = path.to_string_lossy();
        for report in reports(path)? {
            fleet.read(&report, &process)?;
        }
    }
    let reveal = match arguments.reveal {
        true => Reveal::All,
        false => Reveal::Nothing,
    };
    let rows = fleet.rows(reveal);
    let output = Output::new(arguments.format.format, arguments.limit);
    let shown = &rows[..output.rows(rows.len())];
    let records = Records::of(COLUMNS, shown, &());
    let count = |count: usize, one: &str, many: &str| {
        let word = if count == 1 { one } else { many };
        format!("{} {word}", grouped(count as u64))
    };
    let heading = format!(
        "{} in {} of {}",
        count(rows.len(), "leak", "leaks"),
        count(fleet.reports(), "report", "reports"),
        count(fleet.processes(), "process", "processes"),
    );
    let content = Content {
        reports: fleet.reports(),
        processes: fleet.processes(),
        signatures: records,
    };
    let more = rows.len() - shown.len();
    output.print(content, &Table::of(vec![heading], records, more))
}

/// A report, or the reports in a directory in the order of their names.
fn reports(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let cannot = |error: &std::io::Error| Error::io("cannot read the folder", error).in_file(path);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| cannot(&error))? {
        let file = entry.map_err(|error| cannot(&error))?.path();
        if file.extension().is_some_and(|ending| ending == "json") {
            found.push(file);
        }
    }
    if found.is_empty() {
        let error = Error::usage("no report here").in_file(path);
        return Err(error.advise("heaptui suspects --format json writes one; name it .json"));
    }
    found.sort();
    Ok(found)
}
