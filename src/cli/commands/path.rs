//! `path`: from the root down to an object, or to the objects of a class.

use serde::Serialize;

use crate::analysis::describe::{edge_label, label};
use crate::analysis::paths::{PathGroup, Step, merged, path_from_root};
use crate::cli::args::PathTo;
use crate::cli::commands::{classes_named, heading, link_columns, links, titled};
use crate::cli::open::{FilterRecord, Opened, open};
use crate::cli::output::{Cell, Column, Listing, Output};
use crate::cli::records::{DumpRecord, Each, LinkRecord, ObjectRecord};
use crate::cli::stop::Stop;
use crate::graph::NodeId;
use crate::heap::Heap;

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
    groups: Vec<GroupRecord<'a>>,
}

#[derive(Serialize)]
struct GroupRecord<'a> {
    count: u32,
    retained_size: u64,
    path: Each<'a, LinkRecord<'a>>,
}

pub(super) fn run(arguments: &PathTo) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let output = Output::new(arguments.dump.format.format, arguments.limit);
    match (&arguments.class, arguments.id) {
        (Some(class), _) => to_class(&opened, &output, class, arguments),
        (None, Some(id)) => to_object(&opened, &output, opened.object(id)?),
        (None, None) => Ok(()),
    }
}

fn to_object(opened: &Opened, output: &Output, node: NodeId) -> Result<(), Stop> {
    let heap = &opened.heap;
    let path = path_from_root(heap, node, &opened.task)?;
    let shown = &path[..output.rows(path.len())];
    let listing = Listing {
        heading: heading(opened, &format!("path to {}", titled(heap, node))),
        columns: link_columns("Edge"),
        row: Box::new(|row| links::cells(opened, (shown[row].edge, shown[row].node))),
        rows: shown.len(),
        more: path.len() - shown.len(),
    };
    let content = ToObject {
        dump: &opened.dump,
        object: ObjectRecord::of(heap, node),
        path: steps(heap, shown),
    };
    output.print(content, &listing)
}

fn to_class(opened: &Opened, output: &Output, class: &str, arguments: &PathTo) -> Result<(), Stop> {
    let heap = &opened.heap;
    let (selection, filter) = opened.filter(&arguments.filter)?;
    let mut groups = Vec::new();
    for class in classes_named(heap, class) {
        groups.extend(merged(heap, class, &selection, &opened.task)?);
    }
    groups.sort_by_key(|group| std::cmp::Reverse((group.retained, group.count)));
    let shown = &groups[..output.rows(groups.len())];
    let listing = Listing {
        heading: heading(opened, &format!("paths to {class}")),
        columns: vec![
            Column::number("Count", "count"),
            Column::number("Retained size", "retained_size"),
            Column::text("Path", "path"),
        ],
        row: Box::new(|row| {
            let group: &PathGroup = &shown[row];
            vec![
                Cell::Count(u64::from(group.count)),
                Cell::Size(group.retained),
                Cell::Text(in_words(opened, &group.path)),
            ]
        }),
        rows: shown.len(),
        more: groups.len() - shown.len(),
    };
    let content = ToClass {
        dump: &opened.dump,
        filter: filter.as_ref(),
        groups: shown
            .iter()
            .map(|group| GroupRecord {
                count: group.count,
                retained_size: group.retained,
                path: steps(heap, &group.path),
            })
            .collect(),
    };
    output.print(content, &listing)
}

fn steps<'a>(heap: &'a Heap, path: &'a [Step]) -> Each<'a, LinkRecord<'a>> {
    Each::of(path, |step: Step| {
        LinkRecord::of(heap, step.edge, step.node)
    })
}

/// A path on one line, from the object upwards: what is near says most.
fn in_words(opened: &Opened, path: &[Step]) -> String {
    let heap = &opened.heap;
    let mut words = String::new();
    for step in path.iter().rev() {
        words.push_str(&match &opened.scripts {
            Some(scripts) => scripts.label(heap, step.node),
            None => label(heap, step.node),
        });
        if let Some(edge) = step.edge {
            words.push_str(&format!(" ← {} in ", edge_label(heap, edge)));
        }
    }
    words
}
