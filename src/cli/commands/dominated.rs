//! `dominated`: whom an object, or the root, dominates immediately.

use serde_json::json;

use crate::analysis::columns::objects;
use crate::analysis::objects::sort;
use crate::analysis::summary::SortKey;
use crate::cli::args::Containment;
use crate::cli::commands::listing::{choose, heading};
use crate::cli::open::open;
use crate::cli::output::Listing;
use crate::cli::records::ObjectRecord;
use crate::cli::stop::Stop;
use crate::graph::NodeId;

pub(super) fn run(arguments: &Containment) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let heap = &opened.heap;
    let node = opened.object_or_root(arguments.id)?;
    let below = heap.dominated(&opened.task)?.of(node);
    let mut rows: Vec<NodeId> = below.iter().copied().map(NodeId).collect();
    sort(heap, &mut rows, SortKey::Retained, false);
    choose(&opened, &mut rows, &arguments.rows);
    let what = match node == heap.root() {
        true => "what the root dominates".to_owned(),
        false => format!("what {} dominates", opened.titled(node)),
    };
    let listing = Listing {
        heading: heading(&opened, what),
        about: json!({"dump": opened.dump, "object": ObjectRecord::of(&opened.naming(), node)}),
        field: "dominated",
        columns: &objects(&opened.naming()),
        rows: &rows,
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.rows.limit))
}
