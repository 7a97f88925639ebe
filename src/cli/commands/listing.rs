//! What the listings of a dump have in common: the lines above them, and which objects and rows they are of.

use std::cmp::Reverse;

use crate::analysis::columns::OfObject;
use crate::analysis::describe::{edge_label, label};
use crate::analysis::search::{Fuzzy, Matcher};
use crate::cli::args::{Rows, Sort};
use crate::cli::open::Opened;
use crate::text::order::utf16_cmp;

/// The lines above a listing: the dump, and what the listing is of.
pub(super) fn heading(opened: &Opened, what: String) -> Vec<String> {
    let dump = &opened.dump;
    let cut = match dump.problem {
        Some(_) => " · cut short, not all is known",
        None => "",
    };
    vec![format!("{} · {}{cut}", dump.label, dump.path), what]
}

/// Keeps the rows that the search finds, and sorts them if asked to; ties stay in DevTools' order.
pub(super) fn choose<R: OfObject + Copy>(opened: &Opened, all: &mut Vec<R>, rows: &Rows) {
    let heap = &opened.heap;
    if let Some(query) = &rows.search {
        let matcher = Fuzzy::default();
        all.retain(|row| {
            let (edge, node) = (row.edge(), row.node());
            let edge = edge.map(|edge| edge_label(heap, edge).plain());
            let edge = edge.unwrap_or_default();
            let text = format!("{edge} {} {}", opened.titled(node), heap.class_name(node));
            matcher.matches(&text, query).is_some()
        });
    }
    match rows.sort {
        None => {}
        Some(Sort::Retained) => all.sort_by_key(|row| Reverse(heap.retained(row.node()))),
        Some(Sort::Shallow) => all.sort_by_key(|row| Reverse(heap.shallow(row.node()))),
        Some(Sort::Distance) => all.sort_by_key(|row| heap.distance(row.node())),
        Some(Sort::Count) => all.sort_by_key(|row| heap.id(row.node())),
        Some(Sort::Name) => {
            let mut named: Vec<(String, R)> = all
                .iter()
                .map(|&row| (label(heap, row.node()).plain(), row))
                .collect();
            named.sort_by(|a, b| utf16_cmp(&a.0, &b.0));
            *all = named.into_iter().map(|(_, row)| row).collect();
        }
    }
}
