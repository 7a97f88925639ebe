//! Rows of edges with the objects at their other ends, as fields, retainers and paths have them.

use std::cmp::Reverse;

use crate::analysis::describe::{edge_label, label, role};
use crate::analysis::search::{Fuzzy, Matcher};
use crate::cli::args::{Rows, Sort};
use crate::cli::commands::listing::{object_cells, titled};
use crate::cli::open::Opened;
use crate::cli::output::Cell;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::text::order::utf16_cmp;
use crate::text::span::Spans;

/// An edge, where there is one, and an object.
pub(super) type Link = (Option<EdgeId>, NodeId);

/// The cells of a link.
pub(super) fn cells(opened: &Opened, (edge, node): Link) -> Vec<Cell> {
    let mut cells = match edge {
        Some(edge) => vec![
            Cell::Text(edge_text(opened, edge)),
            Cell::note(opened.heap.edge_kind_name(edge).to_owned()),
        ],
        None => vec![Cell::Nothing, Cell::Nothing],
    };
    cells.extend(object_cells(opened, node));
    cells
}

/// An edge's name; for people with what it is for the Map, Set or array that it belongs to.
fn edge_text(opened: &Opened, edge: EdgeId) -> Spans {
    let heap = &opened.heap;
    if opened.scripts.is_none() {
        return Spans::new().edge(heap.edge_name(edge).to_string());
    }
    let name = edge_label(heap, edge);
    match role(heap, edge) {
        Some(role) => name.note(" = ").then(role.in_words(heap)),
        None => name,
    }
}

/// Keeps the links that the search finds, and sorts them if asked to; ties stay in DevTools' order.
pub(super) fn choose(heap: &Heap, links: &mut Vec<Link>, rows: &Rows) {
    if let Some(query) = &rows.search {
        let matcher = Fuzzy::default();
        links.retain(|&(edge, node)| {
            let edge = edge.map(|edge| edge_label(heap, edge).plain());
            let edge = edge.unwrap_or_default();
            let text = format!("{edge} {} {}", titled(heap, node), heap.class_name(node));
            matcher.matches(&text, query).is_some()
        });
    }
    match rows.sort {
        None => {}
        Some(Sort::Retained) => links.sort_by_key(|link| Reverse(heap.retained(link.1))),
        Some(Sort::Shallow) => links.sort_by_key(|link| Reverse(heap.shallow(link.1))),
        Some(Sort::Distance) => links.sort_by_key(|link| heap.distance(link.1)),
        Some(Sort::Count) => links.sort_by_key(|link| heap.id(link.1)),
        Some(Sort::Name) => {
            let mut named: Vec<(String, Link)> = links
                .iter()
                .map(|&link| (label(heap, link.1).plain(), link))
                .collect();
            named.sort_by(|a, b| utf16_cmp(&a.0, &b.0));
            *links = named.into_iter().map(|(_, link)| link).collect();
        }
    }
}
