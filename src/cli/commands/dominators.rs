//! `dominators`: the chain of dominators of an object.

use serde::Serialize;

use crate::analysis::dominators::chain;
use crate::cli::args::Dominators;
use crate::cli::commands::listing::{OBJECT, heading, object_cells, titled};
use crate::cli::open::open;
use crate::cli::output::Table;
use crate::cli::records::{DumpRecord, Each, ObjectRecord};
use crate::cli::stop::Stop;

#[derive(Serialize)]
struct Content<'a> {
    dump: &'a DumpRecord,
    object: ObjectRecord<'a>,
    chain: Each<'a, ObjectRecord<'a>>,
}

pub(super) fn run(arguments: &Dominators) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let heap = &opened.heap;
    let node = opened.object(arguments.id.id)?;
    let all = chain(heap, node);

    let output = opened.output(&arguments.dump, arguments.limit);
    let shown = &all[..output.rows(all.len())];
    let table = Table {
        heading: heading(&opened, format!("what dominates {}", titled(heap, node))),
        columns: OBJECT.to_vec(),
        row: Box::new(|row| object_cells(&opened, shown[row])),
        rows: shown.len(),
        more: all.len() - shown.len(),
    };
    let content = Content {
        dump: &opened.dump,
        object: ObjectRecord::of(heap, node),
        chain: Each::of(shown, |node| ObjectRecord::of(heap, node)),
    };
    output.print(content, &table)
}
