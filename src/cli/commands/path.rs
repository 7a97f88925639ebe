//! `path`: from the root down to an object, or to the objects of a class.

use serde::Serialize;

use crate::analysis::describe::{edge_label, label};
use crate::analysis::paths::{PathGroup, Step, merged, path_from_root};
use crate::cli::args::PathTo;
use crate::cli::commands::links;
use crate::cli::commands::listing::{classes_named, heading, link_columns, titled};
use crate::cli::open::{FilterRecord, Opened, open};
use crate::cli::output::{Cell, Head, Table};
use crate::cli::records::{DumpRecord, Each, LinkRecord, ObjectRecord};
use crate::cli::stop::Stop;
use crate::graph::NodeId;
use crate::text::span::Spans;

/// How many steps of a path are put on one line.
const STEPS_IN_WORDS: usize = 64;

#[derive(Serialize)]
struct ToObject<'a> {
    dump: &'a DumpRecord,
    object: ObjectRecord<'a>,
    path: Each<'a, LinkRecord<'a>>,
}

#[derive(Serialize)]
struct ToClass<'a> {
    dump: &'a DumpRecord,
    filter: Option<&'a FilterRecord>,
    groups: Each<'a, GroupRecord<'a>>,
}

#[derive(Serialize)]
struct GroupRecord<'a> {
    count: u32,
    retained_size: u64,
    path: Vec<LinkRecord<'a>>,
}

pub(super) fn run(arguments: &PathTo) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    match (&arguments.class, arguments.id) {
        (Some(class), _) => to_class(&opened, class, arguments),
        (None, Some(id)) => to_object(&opened, opened.object(id)?, arguments),
        (None, None) => Ok(()),
    }
}

fn to_object(opened: &Opened, node: NodeId, arguments: &PathTo) -> Result<(), Stop> {
    let heap = &opened.heap;
    let path = path_from_root(heap, node, &opened.task)?;
    let output = opened.output(&arguments.dump, arguments.limit);
    let shown = &path[..output.rows(path.len())];
    let table = Table {
        heading: heading(opened, format!("path to {}", titled(heap, node))),
        columns: link_columns("Edge"),
        row: Box::new(|row| links::cells(opened, (shown[row].edge, shown[row].node))),
        rows: shown.len(),
        more: path.len() - shown.len(),
    };
    let content = ToObject {
        dump: &opened.dump,
        object: ObjectRecord::of(heap, node),
        path: Each::of(shown, |step: Step| {
            LinkRecord::of(heap, step.edge, step.node)
        }),
    };
    output.print(content, &table)
}

fn to_class(opened: &Opened, class: &str, arguments: &PathTo) -> Result<(), Stop> {
    let heap = &opened.heap;
    let (selection, filter) = opened.filter(&arguments.filter)?;
    let mut groups = Vec::new();
    for class in classes_named(heap, class) {
        groups.extend(merged(heap, class, &selection, &opened.task)?);
    }
    groups.sort_by_key(|group| std::cmp::Reverse((group.retained, group.count)));
    let output = opened.output(&arguments.dump, arguments.limit);
    let shown = &groups[..output.rows(groups.len())];
    let table = Table {
        heading: heading(opened, format!("paths to {class}")),
        columns: vec![
            Head::number("Count", "count"),
            Head::number("Retained size", "retained_size"),
            Head::text("Path", "path"),
        ],
        row: Box::new(|row| {
            let group: &PathGroup = &shown[row];
            vec![
                Cell::Count(u64::from(group.count)),
                Cell::Size(group.retained),
                Cell::Text(in_words(opened, &path_to(opened, group))),
            ]
        }),
        rows: shown.len(),
        more: groups.len() - shown.len(),
    };
    let content = ToClass {
        dump: &opened.dump,
        filter: filter.as_ref(),
        groups: Each::of(shown, |group: PathGroup| GroupRecord {
            count: group.count,
            retained_size: group.retained,
            path: path_to(opened, &group)
                .iter()
                .map(|step| LinkRecord::of(heap, step.edge, step.node))
                .collect(),
        }),
    };
    output.print(content, &table)
}

/// The path of a group's example; nothing once the work was cancelled.
fn path_to(opened: &Opened, group: &PathGroup) -> Vec<Step> {
    path_from_root(&opened.heap, group.example, &opened.task).unwrap_or_default()
}

/// A path on one line, from the object upwards: what is near says most.
fn in_words(opened: &Opened, path: &[Step]) -> Spans {
    let heap = &opened.heap;
    let mut words = Spans::new();
    for (distance, step) in path.iter().rev().enumerate() {
        if distance == STEPS_IN_WORDS {
            words = words.note("…");
            break;
        }
        words.append(match &opened.scripts {
            Some(scripts) => scripts.label(heap, step.node),
            None => label(heap, step.node),
        });
        if let Some(edge) = step.edge {
            words = words.note(" ← ").then(edge_label(heap, edge)).note(" in ");
        }
    }
    words
}
