//! `info`: the dumps, and the figures of each.

use serde_json::json;

use crate::cli::args::Info;
use crate::cli::choose::{find_all, note};
use crate::cli::output::{Cell, Column, Head, Listing, Output};
use crate::cli::progress::Shown;
use crate::cli::stop::Stop;
use crate::series::{Dump, Figures};
use crate::task::Task;

/// A dump, and which of several series its label is of.
struct Told(Option<String>, Dump);

const COLUMNS: [Column<Told>; 13] = [
    Head::text("Dump", "label").of(|told, ()| Cell::known(told.1.label.clone(), Cell::note)),
    Head::text("Path", "path")
        .of(|told, ()| Cell::Path(told.1.path.to_string_lossy().into_owned())),
    Head::text("Kind", "kind")
        .spare()
        .of(|told, ()| Cell::note(told.1.kind.as_str())),
    Head::text("State", "state").of(|told, ()| Cell::note(told.1.state.as_str())),
    Head::text("Taken at", "taken_at").of(|told, ()| {
        Cell::known(told.1.taken_at, |time| {
            Cell::note(time.strftime("%FT%TZ").to_string())
        })
    }),
    Head::text("By", "time_source")
        .spare()
        .of(|told, ()| Cell::known(told.1.time_source, |source| Cell::note(source.as_str()))),
    Head::number("File", "bytes").of(|told, ()| Cell::known(told.1.bytes, Cell::Size)),
    Head::number("Nodes", "nodes").of(|told, ()| figure(told, |of| Cell::Count(of.nodes))),
    Head::number("Edges", "edges")
        .spare()
        .of(|told, ()| figure(told, |of| Cell::Count(of.edges))),
    Head::number("Strings", "strings")
        .spare()
        .of(|told, ()| figure(told, |of| Cell::Count(of.strings))),
    Head::number("Heap", "total_size").of(|told, ()| {
        let heap = told.1.figures.as_ref().map(|figures| figures.total_size);
        Cell::known(heap.or(told.1.profile_size), Cell::Size)
    }),
    Head::number("Largest id", "max_object_id")
        .spare()
        .of(|told, ()| figure(told, |of| Cell::Id(of.max_object_id))),
    Head::text("Problem", "problem").of(|told, ()| Cell::known(told.1.remark(), Cell::note)),
];

fn figure(told: &Told, cell: fn(&Figures) -> Cell) -> Cell {
    Cell::known(told.1.figures.as_ref(), cell)
}

pub(super) fn run(arguments: &Info) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let mut folder = find_all(&arguments.series, &task)?;
    let is_empty = folder
        .groups
        .iter()
        .all(|group| group.series.dumps.is_empty());
    if let (true, Some(problem)) = (is_empty, folder.problems.first()) {
        return Err(problem.clone().into());
    }
    if let Some(process) = &arguments.series.process {
        let at = folder.find(process)?;
        folder.groups = vec![folder.groups.swap_remove(at)];
    }
    let cache = arguments.series.index.cache();
    for group in &mut folder.groups {
        group.series.measure(&cache, &task)?;
    }
    folder.divide();
    for order in folder.groups.iter().map(|group| group.series.order) {
        order.note().inspect(|words| note(words));
    }
    let divided = folder.is_divided();
    let groups = folder.groups.into_iter();
    let dumps: Vec<Told> = groups
        .flat_map(|group| {
            let name = divided.then_some(group.name);
            let dumps = group.series.dumps.into_iter();
            dumps.map(move |dump| Told(name.clone(), dump))
        })
        .collect();
    drop(progress);

    let mut columns: Vec<Column<Told>> = Vec::new();
    if divided {
        columns.push(
            Head::text("Series", "series").of(|told, ()| Cell::known(told.0.clone(), Cell::note)),
        );
    }
    columns.extend(COLUMNS);
    let listing = Listing {
        heading: Vec::new(),
        about: json!({}),
        field: "dumps",
        columns: &columns,
        rows: &dumps,
        context: &(),
    };
    listing.print(&Output::new(arguments.format.format, arguments.limit))
}
