//! `objects`: the objects of a class.

use serde_json::json;

use crate::analysis::columns;
use crate::analysis::objects::{instances, sort};
use crate::analysis::search::{Fuzzy, Matcher};
use crate::analysis::summary::SortKey;
use crate::cli::args::Objects;
use crate::cli::commands::listing::heading;
use crate::cli::open::open;
use crate::cli::output::Listing;
use crate::cli::stop::Stop;
use crate::text::units::grouped;

pub(super) fn run(arguments: &Objects) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let (heap, task) = (&opened.heap, &opened.task);
    let (selection, filter) = opened.filter(&arguments.filter)?;
    let key: SortKey = arguments.rows.sort.map(SortKey::from).unwrap_or_default();
    let mut nodes = Vec::new();
    let classes = opened.classes_named(&arguments.class);
    for &class in &classes {
        nodes.extend(instances(heap, class, &selection, key, false, task)?);
    }
    if classes.len() > 1 {
        sort(heap, &mut nodes, key, false);
    }
    if let Some(query) = &arguments.rows.search {
        let matcher = Fuzzy::default();
        nodes.retain(|&node| matcher.matches(&opened.titled(node), query).is_some());
    }
    let count = grouped(nodes.len() as u64);
    let mut what = format!("{count} × {}", arguments.class);
    if let Some(filter) = &filter {
        what = format!("{what} · {}", filter.text);
    }
    let listing = Listing {
        heading: heading(&opened, what),
        about: json!({"dump": opened.dump, "filter": filter}),
        field: "objects",
        columns: &columns::objects(&opened.naming()),
        rows: &nodes,
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.rows.limit))
}
