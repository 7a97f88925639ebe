//! The subcommands, one file each: they ask the analysis and hand rows to the output.

mod allocations;
#[cfg(feature = "capture")]
mod capture;
mod check;
mod diff;
mod doctor;
mod dominators;
mod index;
mod info;
mod links;
#[cfg(feature = "capture")]
mod live;
mod object;
mod objects;
mod owners;
mod path;
mod profile;
mod profile_rows;
#[cfg(feature = "capture")]
mod ps;
mod redact;
mod report;
mod retainers;
mod statistics;
mod strings;
mod summary;
mod suspects;
mod texts;
mod trend;

use crate::analysis::describe::label;
use crate::cli::args::Command;
use crate::cli::open::Opened;
use crate::cli::output::{Cell, Head};
use crate::cli::stop::Stop;
use crate::graph::NodeId;
use crate::heap::{ClassId, Heap, shown_distance};
use crate::save::Replace;

/// Runs a subcommand.
pub(super) fn run(command: Command) -> Result<(), Stop> {
    match command {
        #[cfg(feature = "capture")]
        Command::Ps(arguments) => ps::run(&arguments),
        #[cfg(feature = "capture")]
        Command::Capture(arguments) => capture::run(&arguments),
        #[cfg(feature = "capture")]
        Command::Live(arguments) => live::run(&arguments),
        Command::Info(arguments) => info::run(&arguments),
        Command::Statistics(arguments) => statistics::run(&arguments),
        Command::Summary(arguments) => summary::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Trend(arguments) => trend::run(&arguments),
        Command::Suspects(arguments) => suspects::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Owners(arguments) => owners::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Redact(arguments) => redact::run(&arguments),
        Command::Objects(arguments) => objects::run(&arguments),
        Command::Object(arguments) => object::run(&arguments),
        Command::Retainers(arguments) => retainers::run(&arguments),
        Command::Path(arguments) => path::run(&arguments),
        Command::Dominators(arguments) => dominators::run(&arguments),
        Command::Strings(arguments) => strings::run(&arguments),
        Command::Allocations(arguments) => allocations::run(&arguments),
        Command::Profile(arguments) => profile::run(&arguments),
        Command::Index(arguments) => index::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Completions(arguments) => texts::completions(arguments.shell),
        Command::Man => texts::man(),
    }
}

/// How many dumps a cell of a table shows; of more the middle is left out.
const SHOWN: usize = 5;

/// A figure of each dump: for people `1 → 2 → 3`, those left out of many in the middle; `?` where it is not known.
fn figures(all: impl Iterator<Item = Option<u64>>, machine: bool, show: fn(u64) -> String) -> Cell {
    if machine {
        let plain = |figure: Option<u64>| figure.map_or(String::new(), |n| n.to_string());
        return Cell::note(all.map(plain).collect::<Vec<_>>().join(" "));
    }
    let mut shown: Vec<String> = all
        .map(|figure| figure.map_or("?".to_owned(), show))
        .collect();
    if shown.len() > SHOWN {
        let last = shown.split_off(shown.len() - SHOWN / 2);
        shown.truncate(SHOWN / 2);
        shown.push("…".to_owned());
        shown.extend(last);
    }
    Cell::note(shown.join(" → "))
}

/// What a command with `--force`, or without, may write over.
fn replace(force: bool) -> Replace {
    match force {
        true => Replace::Anything,
        false => Replace::Ordinary,
    }
}

/// The columns of an object, which end most listings.
const OBJECT: [Head; 7] = [
    Head::text("Object", "name"),
    Head::number("Id", "id"),
    Head::text("Class", "class").spare(),
    Head::text("Type", "type").spare(),
    Head::number("Distance", "distance"),
    Head::number("Shallow size", "shallow_size"),
    Head::number("Retained size", "retained_size"),
];

/// The cells of an object.
fn object_cells(opened: &Opened, node: NodeId) -> Vec<Cell> {
    let heap = &opened.heap;
    let name = match &opened.scripts {
        Some(scripts) => scripts.label(heap, node),
        None => heap.display_name(node),
    };
    vec![
        Cell::name(name),
        Cell::Id(heap.id(node)),
        Cell::name(heap.class_name(node).to_owned()),
        Cell::name(heap.kind_name(node).to_owned()),
        Cell::Distance(shown_distance(heap.distance(node))),
        Cell::Size(heap.shallow(node)),
        Cell::Size(heap.retained(node)),
    ]
}

/// The columns of an edge and the object at its other end.
fn link_columns(edge: &'static str) -> Vec<Head> {
    let mut columns = vec![
        Head::text(edge, "edge_name"),
        Head::text("Kind", "edge_type").spare(),
    ];
    columns.extend(OBJECT);
    columns
}

/// The lines above a listing: the dump, and what the listing is of.
fn heading(opened: &Opened, what: String) -> Vec<String> {
    let dump = &opened.dump;
    let cut = match dump.problem {
        Some(_) => " · cut short, not all is known",
        None => "",
    };
    vec![format!("{} · {}{cut}", dump.label, dump.path), what]
}

/// An object in a line above a listing: `Map @123`.
fn titled(heap: &Heap, node: NodeId) -> String {
    format!("{} @{}", label(heap, node), heap.id(node))
}

/// All classes of this name: same-named ones of different places are several.
fn classes_named(heap: &Heap, name: &str) -> Vec<ClassId> {
    (0u32..)
        .zip(heap.classes())
        .filter(|(_, class)| class.name == name)
        .map(|(index, _)| ClassId(index))
        .collect()
}
