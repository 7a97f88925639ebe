//! `retainers`: who refers to an object.

use serde_json::json;

use crate::analysis::columns::links;
use crate::analysis::paths::Step;
use crate::analysis::retainers::retainers;
use crate::cli::args::Retainers;
use crate::cli::commands::listing::{choose, heading};
use crate::cli::open::open;
use crate::cli::output::Listing;
use crate::cli::records::ObjectRecord;
use crate::cli::stop::Stop;

pub(super) fn run(arguments: &Retainers) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let heap = &opened.heap;
    let node = opened.object(arguments.id.id)?;
    let edges = retainers(heap, node, arguments.weak, &opened.task)?.into_iter();
    let link = |edge| Step {
        edge: Some(edge),
        node: heap.graph().source(edge),
    };
    let mut rows: Vec<Step> = edges.map(link).collect();
    choose(&opened, &mut rows, &arguments.rows);
    let listing = Listing {
        heading: heading(&opened, format!("who retains {}", opened.titled(node))),
        about: json!({"dump": opened.dump, "object": ObjectRecord::of(&opened.naming(), node)}),
        field: "retainers",
        columns: &links("Edge", &opened.naming()),
        rows: &rows,
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.rows.limit))
}
