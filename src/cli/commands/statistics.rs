//! `statistics`: how the heap divides.

use serde::Serialize;

use crate::cli::args::{Limit, Statistics};
use crate::cli::commands::listing::heading;
use crate::cli::open::open_outline;
use crate::cli::output::{Cell, Head, Table};
use crate::cli::records::DumpRecord;
use crate::cli::stop::Stop;

#[derive(Serialize)]
struct Content<'a> {
    dump: &'a DumpRecord,
    total: u64,
    v8_heap: u64,
    code: u64,
    strings: u64,
    js_arrays: u64,
    typed_arrays: u64,
    system: u64,
    other_js: u64,
    native: u64,
    other_native: u64,
}

pub(super) fn run(arguments: &Statistics) -> Result<(), Stop> {
    let opened = open_outline(&arguments.dump)?;
    let figures = opened.heap.statistics();
    let content = Content {
        dump: &opened.dump,
        total: figures.total,
        v8_heap: figures.v8_heap,
        code: figures.code,
        strings: figures.strings,
        js_arrays: figures.js_arrays,
        typed_arrays: figures.typed_arrays,
        system: figures.system,
        other_js: figures.other_js,
        native: figures.native,
        other_native: figures.other_native,
    };
    let shown = [
        ("total", content.total),
        ("v8_heap", content.v8_heap),
        ("code", content.code),
        ("strings", content.strings),
        ("js_arrays", content.js_arrays),
        ("typed_arrays", content.typed_arrays),
        ("system", content.system),
        ("other_js", content.other_js),
        ("native", content.native),
        ("other_native", content.other_native),
    ];
    let total = figures.total;
    let table = Table {
        heading: heading(&opened, "what the heap consists of".to_owned()),
        columns: vec![
            Head::text("What", "what"),
            Head::number("Size", "size"),
            Head::number("Share", "percent"),
        ],
        row: Box::new(|row| {
            let (what, size) = shown[row];
            vec![
                Cell::note(what.replace('_', " ")),
                Cell::Size(size),
                Cell::Percent(size, total),
            ]
        }),
        rows: shown.len(),
        more: 0,
    };
    let unlimited = Limit { limit: Some(0) };
    let output = opened.output(&arguments.dump, unlimited);
    output.print(content, &table)
}
