//! `summary`: the classes.

use serde_json::json;

use crate::analysis::columns::classes;
use crate::analysis::search::{Fuzzy, match_classes};
use crate::analysis::summary::{sort, summary};
use crate::cli::args::Summary;
use crate::cli::commands::listing::heading;
use crate::cli::open::{open, open_outline};
use crate::cli::output::Listing;
use crate::cli::stop::Stop;
use crate::text::units::{bytes, grouped};

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
    let count: u64 = rows.iter().map(|row| u64::from(row.count)).sum();
    let shallow_size: u64 = rows.iter().map(|row| row.shallow).sum();
    let naming = opened.naming();
    if let Some(wanted) = &arguments.class {
        let wanted = opened.classes_named(wanted);
        rows.retain(|row| wanted.contains(&row.class));
    }
    if let Some(query) = &arguments.rows.search {
        let found = match_classes(heap, &rows, naming.originals, query, &Fuzzy::default());
        rows = found.into_iter().map(|(index, _)| rows[index]).collect();
    }
    if let Some(key) = arguments.rows.sort {
        sort(heap, &mut rows, key.into(), false);
    }

    let what = filter.as_ref().map_or("all objects", |filter| &filter.text);
    let what = format!("{what}: {}, {}", grouped(count), bytes(shallow_size));
    let listing = Listing {
        heading: heading(&opened, what),
        about: json!({
            "dump": opened.dump,
            "filter": filter,
            // Of what the filter lets through, whatever rows are printed.
            "total": {"count": count, "shallow_size": shallow_size},
        }),
        field: "classes",
        columns: &classes(&naming),
        rows: &rows,
        context: &naming,
    };
    listing.print(&opened.output(&arguments.dump, arguments.rows.limit))
}
