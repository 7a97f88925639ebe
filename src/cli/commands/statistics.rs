//! `statistics`: how the heap divides.

use serde_json::{Map, json};

use crate::cli::args::{Limit, Statistics};
use crate::cli::commands::listing::heading;
use crate::cli::open::open_outline;
use crate::cli::output::{Cell, Column, Head, Records, Table};
use crate::cli::stop::Stop;

/// A part of the heap: its field, and its bytes, of all.
struct Part(&'static str, u64, u64);

const COLUMNS: &[Column<Part>] = &[
    Head::text("What", "what").of(|part, ()| Cell::note(part.0.replace('_', " "))),
    Head::number("Size", "size").of(|part, ()| Cell::Size(part.1)),
    Head::number("Share", "percent").of(|part, ()| Cell::Percent(part.1, part.2)),
];

pub(super) fn run(arguments: &Statistics) -> Result<(), Stop> {
    let opened = open_outline(&arguments.dump)?;
    let figures = opened.heap.statistics();
    let parts = [
        ("total", figures.total),
        ("v8_heap", figures.v8_heap),
        ("code", figures.code),
        ("strings", figures.strings),
        ("js_arrays", figures.js_arrays),
        ("typed_arrays", figures.typed_arrays),
        ("system", figures.system),
        ("other_js", figures.other_js),
        ("native", figures.native),
        ("other_native", figures.other_native),
    ]
    .map(|(name, size)| Part(name, size, figures.total));
    let mut content = Map::from_iter([("dump".to_owned(), json!(opened.dump))]);
    content.extend(parts.iter().map(|part| (part.0.to_owned(), part.1.into())));
    let heading = heading(&opened, "what the heap consists of".to_owned());
    let table = Table::of(heading, Records::of(COLUMNS, &parts, &()), 0);
    let unlimited = Limit { limit: Some(0) };
    opened
        .output(&arguments.dump, unlimited)
        .print(content, &table)
}
