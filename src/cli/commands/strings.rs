//! `strings`: texts that are in the heap more than once.

use serde_json::json;

use crate::analysis::objects::name;
use crate::analysis::order::SortKey;
use crate::analysis::search::{Fuzzy, Matcher};
use crate::analysis::strings::{StringGroup, groups_within};
use crate::cli::args::Strings;
use crate::cli::commands::listing::heading;
use crate::cli::open::open;
use crate::cli::output::{Cell, Column, Head, Listing};
use crate::cli::stop::Stop;
use crate::heap::Heap;
use crate::text::units::{bytes, grouped};

const COLUMNS: &[Column<StringGroup, Heap>] = &[
    Head::text("Value", "value").of(|group, heap| Cell::value(value(heap, group))),
    Head::number("Count", "count").of(|group, _| Cell::count(group.count)),
    Head::number("Shallow size", "shallow_size").of(|group, _| Cell::Size(group.shallow)),
    Head::number("Retained size", "retained_size").of(|group, _| Cell::Size(group.retained)),
];

pub(super) fn run(arguments: &Strings) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let heap = &opened.heap;
    let (selection, filter) = opened.filter(&arguments.filter)?;
    let mut groups = groups_within(heap, &selection, &opened.task)?;
    if let Some(query) = &arguments.rows.search {
        let matcher = Fuzzy::default();
        groups.retain(|group| matcher.matches(&value(heap, group), query).is_some());
    }
    if let Some(key) = arguments.rows.sort {
        sort(heap, &mut groups, key.into());
    }

    let copies: u64 = groups.iter().map(|group| u64::from(group.count)).sum();
    let size: u64 = groups.iter().map(|group| group.shallow).sum();
    let (texts, copies) = (grouped(groups.len() as u64), grouped(copies));
    let mut what = format!(
        "{texts} texts, each in several strings: {copies} in all, {}",
        bytes(size)
    );
    if let Some(filter) = &filter {
        what = format!("{what} · {}", filter.text);
    }
    let listing = Listing {
        heading: heading(&opened, what),
        about: json!({"dump": opened.dump, "filter": filter}),
        field: "groups",
        columns: COLUMNS,
        rows: &groups,
        context: heap,
    };
    listing.print(&opened.output(&arguments.dump, arguments.rows.limit))
}

/// The text that the strings share.
fn value(heap: &Heap, group: &StringGroup) -> String {
    name(heap, group.first).into_owned()
}

fn sort(heap: &Heap, groups: &mut [StringGroup], key: SortKey) {
    use std::cmp::Reverse;
    match key {
        SortKey::Retained => groups.sort_by_key(|group| Reverse(group.retained)),
        SortKey::Shallow => groups.sort_by_key(|group| Reverse(group.shallow)),
        SortKey::Count => groups.sort_by_key(|group| Reverse(group.count)),
        SortKey::Distance => groups.sort_by_key(|group| heap.distance(group.first)),
        SortKey::Name => groups.sort_by_cached_key(|group| value(heap, group)),
    }
}
