//! What the listings of a dump have in common: the lines above them, and the columns of an object.

use crate::analysis::describe::label;
use crate::cli::open::Opened;
use crate::cli::output::{Cell, Head};
use crate::graph::NodeId;
use crate::heap::{ClassId, Heap, shown_distance};
use crate::text::span::Spans;

/// The columns of an object, which end most listings.
pub(super) const OBJECT: [Head; 7] = [
    Head::text("Object", "name"),
    Head::number("Id", "id"),
    Head::text("Class", "class").spare(),
    Head::text("Type", "type").spare(),
    Head::number("Distance", "distance"),
    Head::number("Shallow size", "shallow_size"),
    Head::number("Retained size", "retained_size"),
];

/// The cells of an object.
pub(super) fn object_cells(opened: &Opened, node: NodeId) -> Vec<Cell> {
    let heap = &opened.heap;
    let name = match &opened.scripts {
        Some(scripts) => scripts.label(heap, node),
        None => Spans::new().name(heap.display_name(node)),
    };
    vec![
        Cell::Text(name),
        Cell::Id(heap.id(node)),
        Cell::name(heap.class_name(node).to_owned()),
        Cell::name(heap.kind_name(node).to_owned()),
        Cell::Distance(shown_distance(heap.distance(node))),
        Cell::Size(heap.shallow(node)),
        Cell::Size(heap.retained(node)),
    ]
}

/// The columns of an edge and the object at its other end.
pub(super) fn link_columns(edge: &'static str) -> Vec<Head> {
    let mut columns = vec![
        Head::text(edge, "edge_name"),
        Head::text("Kind", "edge_type").spare(),
    ];
    columns.extend(OBJECT);
    columns
}

/// The lines above a listing: the dump, and what the listing is of.
pub(super) fn heading(opened: &Opened, what: String) -> Vec<String> {
    let dump = &opened.dump;
    let cut = match dump.problem {
        Some(_) => " · cut short, not all is known",
        None => "",
    };
    vec![format!("{} · {}{cut}", dump.label, dump.path), what]
}

/// An object in a line above a listing: `Map @123`.
pub(super) fn titled(heap: &Heap, node: NodeId) -> String {
    format!("{} @{}", label(heap, node).plain(), heap.id(node))
}

/// All classes of this name: same-named ones of different places are several.
pub(super) fn classes_named(heap: &Heap, name: &str) -> Vec<ClassId> {
    (0u32..)
        .zip(heap.classes())
        .filter(|(_, class)| class.name == name)
        .map(|(index, _)| ClassId(index))
        .collect()
}

/// How many dumps a cell of a table shows; of more the middle is left out.
const SHOWN: usize = 5;

/// A figure of each dump: for people `1 → 2 → 3`, those left out of many in the middle; `?` where it is not known.
pub(super) fn figures(
    all: impl Iterator<Item = Option<u64>>,
    machine: bool,
    show: fn(u64) -> String,
) -> Cell {
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
