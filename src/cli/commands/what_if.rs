//! `what-if`: what would be freed if objects went, or references were cut.

use serde_json::json;

use crate::analysis::columns::classes;
use crate::analysis::describe::edge_label;
use crate::analysis::selection::Selection;
use crate::analysis::summary::summary;
use crate::analysis::what_if::{Cut, what_if};
use crate::cli::args::WhatIf;
use crate::cli::commands::listing::heading;
use crate::cli::open::{FilterRecord, Opened, open};
use crate::cli::output::Listing;
use crate::cli::records::LinkRecord;
use crate::cli::stop::Stop;
use crate::error::{Error, Result};
use crate::graph::EdgeId;
use crate::text::units::{bytes, grouped};

/// How many holders stand above the table.
const HOLDERS: usize = 5;
/// How many JSON lists: of a whole class there can be millions.
const LISTED: usize = 1_000;

pub(super) fn run(arguments: &WhatIf) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let heap = &opened.heap;
    let (selection, filter) = opened.filter(&arguments.filter)?;
    let cut = cut(arguments, &opened, &selection, filter.as_ref())?;
    let freed = what_if(heap, &cut, &opened.task)?;
    let count = freed.nodes.count();
    let selection = Selection::Some(freed.nodes);
    let mut rows = summary(heap, &selection, &opened.task)?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.shallow));

    let (goes, edges) = (cut.objects.count(), cut.edges.count());
    let holders = freed.held_by.len();
    let mut lines = heading(&opened, condition(goes, edges));
    lines.push(format!(
        "frees {} in {}",
        bytes(freed.bytes),
        objects(count)
    ));
    lines.extend(still_held(&opened, &freed.held_by));
    let held_by: Vec<_> = freed
        .held_by
        .iter()
        .take(LISTED)
        .map(|&edge| LinkRecord::of(&opened.naming(), Some(edge), heap.graph().source(edge)))
        .collect();
    let listing = Listing {
        heading: lines,
        about: json!({
            "dump": opened.dump,
            "filter": filter,
            "objects": goes,
            "edges": edges,
            "frees": {"count": count, "bytes": freed.bytes},
            "still_held_by_count": holders,
            "still_held_by": held_by,
        }),
        field: "classes",
        columns: &classes(&opened.naming()),
        rows: &rows,
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}

/// What is asked: "if 3 objects were removed".
fn condition(goes: usize, edges: usize) -> String {
    match (goes, edges) {
        (goes, 0) => format!("if {} were removed", objects(goes)),
        (0, edges) => format!("if {} were cut", references(edges)),
        (goes, edges) => format!(
            "if {} were removed and {} were cut",
            objects(goes),
            references(edges)
        ),
    }
}

/// What would have to be cut as well, in lines; the first few references by name.
fn still_held(opened: &Opened, held_by: &[EdgeId]) -> Vec<String> {
    let heap = &opened.heap;
    let mut lines = Vec::new();
    let holders = held_by.len();
    if holders > 0 {
        lines.push(format!(
            "still held by {}, which {} to be cut as well:",
            references(holders),
            if holders == 1 { "has" } else { "have" }
        ));
    }
    for &edge in held_by.iter().take(HOLDERS) {
        let graph = heap.graph();
        let [from, to] = [graph.source(edge), graph.target(edge)].map(|node| opened.titled(node));
        lines.push(format!(
            "  {} in {from} → {to}",
            edge_label(heap, edge).plain()
        ));
    }
    if let Some(more @ 1..) = holders.checked_sub(HOLDERS) {
        let more = grouped(more as u64);
        lines.push(format!(
            "  … {more} more; --format json lists the first 1,000"
        ));
    }
    lines
}

fn objects(count: usize) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{} object{many}", grouped(count as u64))
}

fn references(count: usize) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{} reference{many}", grouped(count as u64))
}

/// What goes: the named objects, those of the class and of the filter, and the references.
fn cut(
    arguments: &WhatIf,
    opened: &Opened,
    selection: &Selection,
    filter: Option<&FilterRecord>,
) -> Result<Cut> {
    let heap = &opened.heap;
    if arguments.id.is_empty()
        && arguments.edge.is_empty()
        && arguments.class.is_none()
        && filter.is_none()
    {
        return Err(Error::usage("nothing goes: name objects or references")
            .advise("with --id, --class, --edge or a filter such as --allocated-between"));
    }
    let mut cut = Cut::none(heap);
    if arguments.class.is_some() || filter.is_some() {
        let classes = match &arguments.class {
            Some(class) => Some(opened.some_classes_named(class)?),
            None => None,
        };
        for node in heap.graph().nodes() {
            opened.task.reached(node.index())?;
            let class = heap.class_id(node);
            let is_of = classes
                .as_ref()
                .is_none_or(|classes| classes.contains(&class));
            if is_of && selection.contains(node) {
                cut.objects.insert(node.index());
            }
        }
    }
    for &id in &arguments.id {
        cut.objects.insert(opened.object(id)?.index());
    }
    for edge in &arguments.edge {
        let from = opened.object(edge.from)?;
        cut.cut(heap, from, &edge.name, &opened.task)?;
    }
    Ok(cut)
}
