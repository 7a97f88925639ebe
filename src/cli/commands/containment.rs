//! `containment`: what an object, or the root, refers to.

use serde_json::json;

use crate::analysis::columns::links;
use crate::analysis::fields::fields;
use crate::analysis::paths::Step;
use crate::cli::args::Containment;
use crate::cli::commands::listing::{choose, heading};
use crate::cli::open::open;
use crate::cli::output::Listing;
use crate::cli::records::ObjectRecord;
use crate::cli::stop::Stop;

pub(super) fn run(arguments: &Containment) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let heap = &opened.heap;
    let node = opened.object_or_root(arguments.id)?;
    let edges = fields(heap, node, &opened.task)?.into_iter();
    let link = |edge| Step {
        edge: Some(edge),
        node: heap.graph().target(edge),
    };
    let mut rows: Vec<Step> = edges.map(link).collect();
    choose(&opened, &mut rows, &arguments.rows);
    let what = match node == heap.root() {
        true => "what the root refers to".to_owned(),
        false => format!("what {} refers to", opened.titled(node)),
    };
    let listing = Listing {
        heading: heading(&opened, what),
        about: json!({"dump": opened.dump, "object": ObjectRecord::of(&opened.naming(), node)}),
        field: "fields",
        columns: &links("Field", &opened.naming()),
        rows: &rows,
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.rows.limit))
}
