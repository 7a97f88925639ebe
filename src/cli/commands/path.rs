//! `path`: from the root down to an object, or to the objects of a class.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use crate::analysis::columns::links;
use crate::analysis::describe::{edge_label, label};
use crate::analysis::paths::{PathGroup, Step, merged, path_from_root};
use crate::cli::args::{PathFormat, PathTo};
use crate::cli::commands::listing::heading;
use crate::cli::open::{Opened, open};
use crate::cli::output::{Cell, Column, Head, Listing, Records};
use crate::cli::records::ObjectRecord;
use crate::cli::stop::Stop;
use crate::graph::NodeId;
use crate::graph::dot::DotGraph;
use crate::table::{CSV, JSON, PEOPLE};
use crate::text::escape::one_line;
use crate::text::span::Spans;

/// How many steps of a path are put on one line.
const STEPS_IN_WORDS: usize = 64;

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
    if arguments.dump.format.format == PathFormat::Dot {
        return opened.print(drawn(opened, &[path]).as_bytes());
    }
    let listing = Listing {
        heading: heading(opened, format!("path to {}", opened.titled(node))),
        about: json!({"dump": opened.dump, "object": ObjectRecord::of(&opened.naming(), node)}),
        field: "path",
        columns: &links("Edge", &opened.naming()),
        rows: &path,
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}

fn to_class(opened: &Opened, class: &str, arguments: &PathTo) -> Result<(), Stop> {
    let heap = &opened.heap;
    let (selection, filter) = opened.filter(&arguments.filter)?;
    let mut groups = Vec::new();
    for class in opened.classes_named(class) {
        groups.extend(merged(heap, class, &selection, &opened.task)?);
    }
    groups.sort_by_key(|group| std::cmp::Reverse((group.retained, group.count)));
    if arguments.dump.format.format == PathFormat::Dot {
        let most = arguments.limit.limit.filter(|&limit| limit > 0);
        let drawn_groups = groups.iter().take(most.unwrap_or(usize::MAX));
        let paths: Vec<_> = drawn_groups.map(|group| path_to(opened, group)).collect();
        return opened.print(drawn(opened, &paths).as_bytes());
    }
    let listing = Listing {
        heading: heading(opened, format!("paths to {class}")),
        about: json!({"dump": opened.dump, "filter": filter}),
        field: "groups",
        columns: GROUPS,
        rows: &groups,
        context: opened,
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}

/// The paths of a class, merged.
const GROUPS: &[Column<PathGroup, Opened>] = &[
    Head::number("Count", "count").of(|group, _| Cell::count(group.count)),
    Head::number("Retained size", "retained_size").of(|group, _| Cell::Size(group.retained)),
    Head::text("Path", "path")
        .only_for(PEOPLE.and(CSV))
        .of(|group, opened| Cell::Text(in_words(opened, &path_to(opened, group)))),
    Head::text("Path", "path")
        .only_for(JSON)
        .of(|group, opened| {
            let path = path_to(opened, group);
            let naming = opened.naming();
            Cell::rows(Records::of(&links("", &naming), &path, &naming))
        }),
];

/// Paths as a graph, which has each object and each reference once.
fn drawn(opened: &Opened, paths: &[Vec<Step>]) -> String {
    let mut graph = DotGraph::default();
    let (mut nodes, mut edges) = (HashMap::new(), HashSet::new());
    for path in paths {
        let mut last = None;
        for step in path {
            let this = *nodes
                .entry(step.node)
                .or_insert_with(|| graph.node(opened.drawn(step.node)));
            let above = last.replace(this);
            if let (Some(above), Some(edge)) = (above, step.edge)
                && edges.insert(edge)
            {
                let name = opened.naming().edge(edge).plain();
                graph.edge(above, this, one_line(&name).into_owned());
            }
        }
    }
    graph.text()
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
        let scripts = opened.naming().scripts;
        words.append(match scripts {
            Some(scripts) => scripts.label(heap, step.node),
            None => label(heap, step.node),
        });
        if let Some(edge) = step.edge {
            let by = match scripts {
                Some(scripts) => scripts.edge_label(heap, edge),
                None => edge_label(heap, edge),
            };
            words = words.note(" ← ").then(by).note(" in ");
        }
    }
    words
}
