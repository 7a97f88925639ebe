//! `objects`: the objects of a class.

use serde::Serialize;

use crate::analysis::objects::{instances, sort};
use crate::analysis::search::{Fuzzy, Matcher};
use crate::analysis::summary::SortKey;
use crate::cli::args::Objects;
use crate::cli::commands::listing::{OBJECT, classes_named, heading, object_cells, titled};
use crate::cli::open::{FilterRecord, open};
use crate::cli::output::Table;
use crate::cli::records::{DumpRecord, Each, ObjectRecord};
use crate::cli::stop::Stop;
use crate::text::units::grouped;

#[derive(Serialize)]
struct Content<'a> {
    dump: &'a DumpRecord,
    filter: Option<&'a FilterRecord>,
    objects: Each<'a, ObjectRecord<'a>>,
}

pub(super) fn run(arguments: &Objects) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let (heap, task) = (&opened.heap, &opened.task);
    let (selection, filter) = opened.filter(&arguments.filter)?;
    let key: SortKey = arguments.rows.sort.map(SortKey::from).unwrap_or_default();
    let mut nodes = Vec::new();
    let classes = classes_named(heap, &arguments.class);
    for &class in &classes {
        nodes.extend(instances(heap, class, &selection, key, false, task)?);
    }
    if classes.len() > 1 {
        sort(heap, &mut nodes, key, false);
    }
    if let Some(query) = &arguments.rows.search {
        let matcher = Fuzzy::default();
        nodes.retain(|&node| matcher.matches(&titled(heap, node), query).is_some());
    }

    let output = opened.output(&arguments.dump, arguments.rows.limit);
    let shown = &nodes[..output.rows(nodes.len())];
    let count = grouped(nodes.len() as u64);
    let mut what = format!("{count} × {}", arguments.class);
    if let Some(filter) = &filter {
        what = format!("{what} · {}", filter.text);
    }
    let table = Table {
        heading: heading(&opened, what),
        columns: OBJECT.to_vec(),
        row: Box::new(|row| object_cells(&opened, shown[row])),
        rows: shown.len(),
        more: nodes.len() - shown.len(),
    };
    let content = Content {
        dump: &opened.dump,
        filter: filter.as_ref(),
        objects: Each::of(shown, |node| ObjectRecord::of(heap, node)),
    };
    output.print(content, &table)
}
