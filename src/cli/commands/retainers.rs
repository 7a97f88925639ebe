//! `retainers`: who refers to an object.

use serde::Serialize;

use crate::analysis::retainers::retainers;
use crate::cli::args::Retainers;
use crate::cli::commands::links::{self, Link};
use crate::cli::commands::listing::{heading, link_columns, titled};
use crate::cli::open::open;
use crate::cli::output::Table;
use crate::cli::records::{DumpRecord, Each, LinkRecord, ObjectRecord};
use crate::cli::stop::Stop;

#[derive(Serialize)]
struct Content<'a> {
    dump: &'a DumpRecord,
    object: ObjectRecord<'a>,
    retainers: Each<'a, LinkRecord<'a>>,
}

pub(super) fn run(arguments: &Retainers) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let (heap, task) = (&opened.heap, &opened.task);
    let node = opened.object(arguments.id.id)?;
    let mut all: Vec<Link> = retainers(heap, node, arguments.weak, task)?
        .into_iter()
        .map(|edge| (Some(edge), heap.graph().source(edge)))
        .collect();
    links::choose(heap, &mut all, &arguments.rows);

    let output = opened.output(&arguments.dump, arguments.rows.limit);
    let shown = &all[..output.rows(all.len())];
    let table = Table {
        heading: heading(&opened, format!("who retains {}", titled(heap, node))),
        columns: link_columns("Edge"),
        row: Box::new(|row| links::cells(&opened, shown[row])),
        rows: shown.len(),
        more: all.len() - shown.len(),
    };
    let content = Content {
        dump: &opened.dump,
        object: ObjectRecord::of(heap, node),
        retainers: Each::of(shown, |(edge, node)| LinkRecord::of(heap, edge, node)),
    };
    output.print(content, &table)
}
