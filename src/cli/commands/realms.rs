//! `realms`: the native contexts, and what belongs to each.

use std::cmp::Reverse;

use serde_json::json;

use crate::analysis::columns::Naming;
use crate::cli::args::Realms;
use crate::cli::commands::listing::heading;
use crate::cli::open::open;
use crate::cli::output::{Cell, Column, Head, Listing};
use crate::cli::stop::Stop;
use crate::graph::NodeId;
use crate::heap::contexts::attribute;
use crate::text::units::{bytes, grouped};

/// What belongs to a native context, to several, or to none.
struct Realm {
    kind: &'static str,
    node: Option<NodeId>,
    size: u64,
}

pub(super) fn run(arguments: &Realms) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let found = attribute(&opened.heap, &opened.task)?;
    let contexts = found.contexts.iter();
    let mut rows: Vec<Realm> = contexts
        .map(|context| Realm {
            kind: "context",
            node: Some(context.node),
            size: context.size,
        })
        .collect();
    rows.sort_by_key(|realm| Reverse(realm.size));
    let size: u64 = rows.iter().map(|realm| realm.size).sum();
    let what = format!(
        "{} native contexts, {}",
        grouped(rows.len() as u64),
        bytes(size)
    );
    let rest = [("shared", found.shared), ("none", found.unattributed)];
    rows.extend(rest.map(|(kind, size)| Realm {
        kind,
        node: None,
        size,
    }));
    let listing = Listing {
        heading: heading(&opened, what),
        about: json!({"dump": opened.dump}),
        field: "realms",
        columns: &columns(),
        rows: &rows,
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}

fn columns<'a>() -> [Column<Realm, Naming<'a>>; 5] {
    [
        Head::text("Realm", "name").of(|realm: &Realm, naming: &Naming<'a>| match realm.node {
            Some(node) => Cell::Text(naming.object(node)),
            None if realm.kind == "shared" => Cell::note("shared by several"),
            None => Cell::note("of none of them"),
        }),
        Head::text("Kind", "kind")
            .spare()
            .of(|realm, _| Cell::note(realm.kind)),
        Head::number("Id", "id").of(|realm, naming: &Naming<'a>| {
            Cell::known(realm.node, |node| Cell::Id(naming.heap.id(node)))
        }),
        Head::number("Size", "size").of(|realm, _| Cell::Size(realm.size)),
        Head::number("%", "percent").of(|realm, naming: &Naming<'a>| {
            Cell::Percent(realm.size, naming.heap.statistics().total)
        }),
    ]
}
