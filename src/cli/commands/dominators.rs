//! `dominators`: the chain of dominators of an object; what is retained, merged, for flame graphs and Graphviz.

use std::cmp::Reverse;

use serde_json::json;

use crate::analysis::columns::objects;
use crate::analysis::dominator_profile::{by_class, by_owner};
use crate::analysis::dominators::chain;
use crate::cli::args::{DominatorFormat, Dominators};
use crate::cli::commands::listing::heading;
use crate::cli::open::{Opened, open};
use crate::cli::output::Listing;
use crate::cli::records::ObjectRecord;
use crate::cli::stop::Stop;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::graph::dot::DotGraph;
use crate::profile::{Profile, ROOT, export};
use crate::text::escape::one_line;
use crate::text::units::bytes;

/// How many nodes a graph of the whole heap has, unless the user says how many.
const DRAWN: usize = 50;

pub(super) fn run(arguments: &Dominators) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let heap = &opened.heap;
    let node = opened.object_or_root(arguments.id)?;
    let mut out = Vec::new();
    match (arguments.dump.format.format, arguments.id) {
        (DominatorFormat::Collapsed, _) => {
            export::collapsed(&merged(arguments, &opened, node)?, &mut out)?
        }
        (DominatorFormat::Speedscope, _) => {
            export::speedscope(
                &merged(arguments, &opened, node)?,
                &opened.dump.label,
                &mut out,
            )?;
        }
        (DominatorFormat::Dot, None) => {
            let most = arguments.limit.limit.unwrap_or(DRAWN);
            out = tree(&merged(arguments, &opened, node)?, most)
                .text()
                .into_bytes();
        }
        (DominatorFormat::Dot, Some(_)) => out = drawn(&opened, node).text().into_bytes(),
        (_, None) => {
            let error = Error::usage("dominators are listed of an object: name it with --id");
            let advice = "--format speedscope, collapsed or dot draw those of the whole heap";
            return Err(error.advise(advice).into());
        }
        (_, Some(_)) => {
            let listing = Listing {
                heading: heading(&opened, format!("what dominates {}", opened.titled(node))),
                about: json!({"dump": opened.dump, "object": ObjectRecord::of(&opened.naming(), node)}),
                field: "chain",
                columns: &objects(&opened.naming()),
                rows: &chain(heap, node),
                context: &opened.naming(),
            };
            return listing.print(&opened.output(&arguments.dump, arguments.limit));
        }
    }
    opened.print(&out)
}

/// What an object or the root dominates, merged.
fn merged(arguments: &Dominators, opened: &Opened, node: NodeId) -> Result<Profile> {
    let (heap, task) = (&opened.heap, &opened.task);
    let scripts = opened.all_scripts()?;
    match arguments.by.owners() {
        None => by_class(heap, scripts, node, task),
        Some(by) => {
            let mut sources = opened.sources();
            let mut original = |url: &str, line, column| sources.original_source(url, line, column);
            by_owner(heap, scripts, node, (by, &mut original), task)
        }
    }
}

/// The chain from the root down to an object as a graph.
fn drawn(opened: &Opened, node: NodeId) -> DotGraph {
    let mut nodes = chain(&opened.heap, node);
    nodes.reverse();
    nodes.push(node);
    let mut graph = DotGraph::default();
    let mut last = None;
    for node in nodes {
        let this = graph.node(opened.drawn(node));
        if let Some(above) = last.replace(this) {
            graph.edge(above, this, String::new());
        }
    }
    graph
}

/// What retains most of a merged tree as a graph: with a node all that are above it.
fn tree(profile: &Profile, most: usize) -> DotGraph {
    let mut nodes: Vec<u32> = (ROOT..profile.len() as u32).collect();
    // Those above retain as much or more, and have smaller numbers.
    nodes.sort_by_key(|&node| (Reverse(profile.total_size(node)), node));
    nodes.truncate(match most {
        0 => nodes.len(),
        most => most,
    });
    nodes.sort_unstable();
    let mut graph = DotGraph::default();
    let mut drawn = Vec::with_capacity(nodes.len());
    for (place, &node) in nodes.iter().enumerate() {
        let frame = profile.frame(profile.function(node));
        let (name, size) = (
            one_line(frame.shown_name()),
            bytes(profile.total_size(node)),
        );
        drawn.push(graph.node(format!("{name}\n{size}")));
        let above = profile
            .parent(node)
            .and_then(|above| nodes.binary_search(&above).ok());
        if let Some(above) = above.filter(|&above| above < place) {
            graph.edge(drawn[above], drawn[place], String::new());
        }
    }
    graph
}
