//! `owners`: whose code keeps what, and how that grows.

use jiff::Timestamp;
use serde::Serialize;

use crate::analysis::describe::Scripts;
use crate::analysis::growth::per_hour;
use crate::analysis::owners::{Group, groups, owned};
use crate::cli::args::Owners;
use crate::cli::choose::choose;
use crate::cli::commands::listing::figures;
use crate::cli::output::{Cell, Head, Output, Table};
use crate::cli::progress::Shown;
use crate::cli::records::DumpRecord;
use crate::cli::stop::Stop;
use crate::series::Dump;
use crate::source::Sources;
use crate::task::Task;
use crate::text::units::{bytes, grouped};

#[derive(Serialize)]
struct Content<'a> {
    dumps: Vec<DumpRecord>,
    groups: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct Record<'a> {
    /// Nobody's: what no code leads to.
    owners: &'a [String],
    counts: &'a [u64],
    shallow_sizes: &'a [u64],
    growth_bytes: i64,
    growth_per_hour: Option<i64>,
}

const COLUMNS: [Head; 5] = [
    Head::text("Owners", "owners"),
    Head::text("Count", "counts"),
    Head::text("Shallow size", "shallow_sizes"),
    Head::number("Growth", "growth_bytes"),
    Head::number("Per hour", "growth_per_hour"),
];

pub(super) fn run(arguments: &Owners) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let mut chosen = choose(&arguments.series, &[], &task)?;
    let mut sources = Sources::new(arguments.source.options(), None);
    let load = chosen.loader(&task);
    let mut of_dumps = chosen.each_usable(|path, notes| {
        let heap = load(path)?;
        notes.add_warnings(path, heap.warnings());
        let scripts = Scripts::build(&heap, &task)?;
        let mut original = |url: &str, line, column| sources.original_source(url, line, column);
        owned(&heap, &scripts, arguments.by.into(), &mut original, &task)
    })?;
    let dumps: Vec<&Dump> = chosen.series.usable().collect();
    let kept: Vec<_> = dumps
        .iter()
        .map(|dump| of_dumps.remove(&dump.path).unwrap_or_default())
        .collect();
    let groups = groups(&kept);
    drop(progress);
    chosen.say_notes();

    let times: Vec<Option<Timestamp>> = dumps.iter().map(|dump| dump.time()).collect();
    let rate =
        |group: &Group| per_hour(&times, &group.shallow_sizes).map(|rate| rate.round() as i64);
    let output = Output::new(arguments.format.format, arguments.limit);
    let shown = &groups[..output.rows(groups.len())];
    let machine = output.is_for_programs();
    let cells = |row: usize| {
        let group = &shown[row];
        vec![
            names(group, machine),
            figures(group.counts.iter().copied().map(Some), machine, grouped),
            figures(
                group.shallow_sizes.iter().copied().map(Some),
                machine,
                bytes,
            ),
            Cell::SizeChange(group.growth()),
            Cell::known(rate(group), Cell::SizeChange),
        ]
    };
    let title = |dump: Option<&&Dump>| dump.map_or(String::new(), |dump| dump.title().to_owned());
    let table = Table {
        heading: vec![format!(
            "{} dumps, {} to {}",
            dumps.len(),
            title(dumps.first()),
            title(dumps.last())
        )],
        columns: COLUMNS.to_vec(),
        row: Box::new(cells),
        rows: shown.len(),
        more: groups.len() - shown.len(),
    };
    let content = Content {
        dumps: dumps.iter().map(|dump| DumpRecord::of(dump)).collect(),
        groups: shown
            .iter()
            .map(|group| Record {
                owners: &group.owners,
                counts: &group.counts,
                shallow_sizes: &group.shallow_sizes,
                growth_bytes: group.growth(),
                growth_per_hour: rate(group),
            })
            .collect(),
    };
    output.print(content, &table)
}

fn names(group: &Group, machine: bool) -> Cell {
    match (group.owners.is_empty(), machine) {
        (true, false) => Cell::note("(none)"),
        (_, true) => Cell::place(group.owners.join(" ")),
        (false, false) => Cell::place(group.owners.join(", ")),
    }
}
