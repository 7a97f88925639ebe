//! `dominators`: the chain of dominators of an object.

use serde_json::json;

use crate::analysis::columns::objects;
use crate::analysis::dominators::chain;
use crate::cli::args::Dominators;
use crate::cli::commands::listing::{heading, titled};
use crate::cli::open::open;
use crate::cli::output::Listing;
use crate::cli::records::ObjectRecord;
use crate::cli::stop::Stop;

pub(super) fn run(arguments: &Dominators) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let heap = &opened.heap;
    let node = opened.object(arguments.id.id)?;
    let listing = Listing {
        heading: heading(&opened, format!("what dominates {}", titled(heap, node))),
        about: json!({"dump": opened.dump, "object": ObjectRecord::of(heap, node)}),
        field: "chain",
        columns: &objects(),
        rows: &chain(heap, node),
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}
