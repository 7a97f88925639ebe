//! `collections`: Maps, Sets, arrays and dictionaries, how full they are, and how they grow.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde_json::json;

use crate::analysis::collections::{CollectionKind, CollectionRow, collections};
use crate::analysis::columns::{Naming, OfObject, with_objects};
use crate::analysis::describe::edge_label;
use crate::analysis::retainers::nearest;
use crate::cli::args::{CollectionSort, Collections};
use crate::cli::choose::{load, note};
use crate::cli::commands::listing::heading;
use crate::cli::open::{Opened, open};
use crate::cli::output::{Cell, Column, Head, Listing};
use crate::cli::stop::Stop;
use crate::error::Result;
use crate::graph::NodeId;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};

/// A collection, and how many entries it has more than before, where that is asked for and known.
struct Row(CollectionRow, Option<i64>);

impl OfObject for Row {
    fn node(&self) -> NodeId {
        self.0.node
    }
}

pub(super) fn run(arguments: &Collections) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let heap = &opened.heap;
    let (selection, filter) = opened.filter(&arguments.filter)?;
    let mut found = collections(heap, &opened.task)?;
    found.retain(|row| {
        selection.contains(row.node) && arguments.kind.is_none_or(|kind| kind.is(row.kind))
    });
    let before = match &arguments.since {
        Some(named) => Some(entries_in(&opened, named)?),
        None => None,
    };
    let grown = |row: &CollectionRow| {
        let then = before.as_ref()?.get(&(heap.id(row.node), row.kind))?;
        Some(row.entries.unwrap_or(0) as i64 - *then as i64)
    };
    let rows = found.into_iter().map(|row| (grown(&row), row));
    let mut rows: Vec<Row> = rows.map(|(grown, row)| Row(row, grown)).collect();
    match arguments.sort {
        CollectionSort::Waste => rows.sort_by_key(|row| Reverse(row.0.waste)),
        CollectionSort::Entries => rows.sort_by_key(|row| Reverse(row.0.entries)),
        CollectionSort::Growth => rows.sort_by_key(|row| Reverse(row.1)),
        CollectionSort::Retained => rows.sort_by_key(|row| Reverse(heap.retained(row.0.node))),
    }
    let waste: u64 = rows.iter().filter_map(|row| row.0.waste).sum();
    let count = grouped(rows.len() as u64);
    let mut what = format!("{count} collections, {} of empty room", bytes(waste));
    if let Some(filter) = &filter {
        what = format!("{what} · {}", filter.text);
    }
    let listing = Listing {
        heading: heading(&opened, what),
        about: json!({"dump": opened.dump, "filter": filter, "since": arguments.since, "waste": waste}),
        field: "collections",
        columns: &columns(&opened.naming(), before.is_some()),
        rows: &rows,
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}

/// How many entries each collection has in another dump, by id.
fn entries_in(opened: &Opened, named: &str) -> Result<HashMap<(u32, CollectionKind), u64>> {
    let chosen = &opened.chosen;
    let dump = chosen.find(named)?;
    let heap = load(&chosen.cache, &dump.path, chosen.memory(), &opened.task)?.heap;
    if let Some(reason) = opened.incomparable(&dump, &heap)? {
        note(&format!("{reason}; growth cannot be told"));
        return Ok(HashMap::new());
    }
    let rows = collections(&heap, &opened.task)?.into_iter();
    let entries = rows.map(|row| ((heap.id(row.node), row.kind), row.entries.unwrap_or(0)));
    Ok(entries.collect())
}

fn columns<'a>(naming: &Naming<'a>, with_growth: bool) -> Vec<Column<Row, Naming<'a>>> {
    let mut columns = with_objects(Vec::new(), naming);
    for column in &mut columns {
        column.head.spare |= matches!(&*column.head.name, "distance" | "shallow_size");
    }
    columns.extend([
        Head::text("Kind", "kind").of(|row: &Row, _: &Naming<'a>| Cell::note(row.0.kind.as_str())),
        Head::number("Entries", "entries").of(|row, _| Cell::known(row.0.entries, Cell::Count)),
        Head::number("Slots", "slots").of(|row, _| Cell::Count(row.0.slots)),
        Head::number("Full", "fill_percent").of(|row, _| {
            Cell::known(row.0.entries, |entries| {
                Cell::Percent(entries.min(row.0.slots), row.0.slots)
            })
        }),
        Head::number("Waste", "waste").of(|row, _| Cell::known(row.0.waste, Cell::Size)),
    ]);
    if with_growth {
        columns
            .push(Head::number("Growth", "growth").of(|row, _| Cell::known(row.1, Cell::Change)));
    }
    columns.push(
        Head::text("Held by", "held_by")
            .of(|row, naming: &Naming<'a>| Cell::Text(holder(naming, row.0.node))),
    );
    columns
}

/// The nearest reference to it, such as `cache in Server @5`.
fn holder(naming: &Naming<'_>, node: NodeId) -> Spans {
    let heap = naming.heap;
    match nearest(heap, node) {
        Some(edge) => {
            let holder = heap.graph().source(edge);
            let words = edge_label(heap, edge)
                .note(" in ")
                .then(naming.object(holder));
            words.note(" ").id(heap.id(holder))
        }
        None => Spans::new(),
    }
}
