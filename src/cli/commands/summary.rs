//! `summary`: the classes.

use serde::Serialize;

use crate::analysis::search::{Fuzzy, match_classes};
use crate::analysis::summary::{ClassRow, sort, summary};
use crate::cli::args::Summary;
use crate::cli::commands::listing::heading;
use crate::cli::open::{FilterRecord, Opened, open, open_outline};
use crate::cli::output::{Cell, Head, Table};
use crate::cli::records::{DumpRecord, Each, PlaceRecord};
use crate::cli::stop::Stop;
use crate::heap::{Heap, Place, shown_distance};
use crate::text::units::{bytes, grouped};

#[derive(Serialize)]
struct Content<'a> {
    dump: &'a DumpRecord,
    filter: Option<&'a FilterRecord>,
    total: Total,
    classes: Each<'a, Record<'a>>,
}

/// What the filter lets through, whatever rows are printed.
#[derive(Serialize, Clone, Copy)]
struct Total {
    count: u64,
    shallow_size: u64,
}

#[derive(Serialize)]
struct Record<'a> {
    class: &'a str,
    location: Option<PlaceRecord>,
    count: u32,
    distance: Option<u32>,
    shallow_size: u64,
    retained_size: u64,
}

const COLUMNS: [Head; 6] = [
    Head::text("Class", "class"),
    Head::text("Location", "location"),
    Head::number("Distance", "distance"),
    Head::number("Count", "count"),
    Head::number("Shallow size", "shallow_size"),
    Head::number("Retained size", "retained_size"),
];

pub(super) fn run(arguments: &Summary) -> Result<(), Stop> {
    let opened = if arguments.filter.is_empty() {
        open_outline(&arguments.dump)?
    } else {
        open(&arguments.dump)?
    };
    let heap = &opened.heap;
    let (selection, filter) = opened.filter(&arguments.filter)?;
    let mut rows = match &opened.rows {
        Some(rows) => rows.clone(),
        None => summary(heap, &selection, &opened.task)?,
    };
    let total = Total {
        count: rows.iter().map(|row| u64::from(row.count)).sum(),
        shallow_size: rows.iter().map(|row| row.shallow).sum(),
    };
    if let Some(class) = &arguments.class {
        rows.retain(|row| heap.class(row.class).name == *class);
    }
    if let Some(query) = &arguments.rows.search {
        let found = match_classes(heap, &rows, query, &Fuzzy::default());
        rows = found.into_iter().map(|(index, _)| rows[index]).collect();
    }
    if let Some(key) = arguments.rows.sort {
        sort(heap, &mut rows, key.into(), false);
    }

    let output = opened.output(&arguments.dump, arguments.rows.limit);
    let shown = &rows[..output.rows(rows.len())];
    let what = filter
        .as_ref()
        .map_or("all objects", |filter| filter.text.as_str());
    let totals = format!("{}, {}", grouped(total.count), bytes(total.shallow_size));
    let table = Table {
        heading: heading(&opened, format!("{what}: {totals}")),
        columns: COLUMNS.to_vec(),
        row: Box::new(|row| cells(&opened, &shown[row])),
        rows: shown.len(),
        more: rows.len() - shown.len(),
    };
    let content = Content {
        dump: &opened.dump,
        filter: filter.as_ref(),
        total,
        classes: Each::of(shown, |row| record(heap, row)),
    };
    output.print(content, &table)
}

fn record(heap: &Heap, row: ClassRow) -> Record<'_> {
    let class = heap.class(row.class);
    Record {
        class: &class.name,
        location: class.place.map(PlaceRecord::from),
        count: row.count,
        distance: shown_distance(row.distance),
        shallow_size: row.shallow,
        retained_size: row.retained,
    }
}

fn cells(opened: &Opened, row: &ClassRow) -> Vec<Cell> {
    let class = opened.heap.class(row.class);
    let location = |place: Place| match &opened.scripts {
        Some(scripts) => scripts.show(place),
        None => format!("{}:{}:{}", place.script_id, place.line, place.column),
    };
    vec![
        Cell::name(class.name.clone()),
        class
            .place
            .map_or(Cell::Nothing, |place| Cell::place(location(place))),
        Cell::Distance(shown_distance(row.distance)),
        Cell::Count(u64::from(row.count)),
        Cell::Size(row.shallow),
        Cell::Size(row.retained),
    ]
}
