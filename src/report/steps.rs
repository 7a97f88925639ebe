//! Paths as a report shows them: masked, with places, repeated steps as one.

use crate::analysis::describe::{Scripts, edge_label, label};
use crate::analysis::paths::Step;
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::text::mask::{Reveal, value, words};
use crate::text::width::cut_end;

use super::Hop;

/// A name longer than this is cut, in columns.
const NAME: usize = 80;

/// The steps of a path, from its first to its last.
pub(super) fn hops(heap: &Heap, scripts: &Scripts, path: &[Step], reveal: Reveal) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    for step in path {
        let hop = hop(heap, scripts, step, reveal);
        match hops.last_mut() {
            Some(last)
                if last.edge.is_some() && last.edge == hop.edge && last.object == hop.object =>
            {
                last.times += 1;
                last.id = hop.id;
                last.retained_size = hop.retained_size;
            }
            _ => hops.push(hop),
        }
    }
    hops
}

fn hop(heap: &Heap, scripts: &Scripts, step: &Step, reveal: Reveal) -> Hop {
    let node = step.node;
    let name = step.edge.map(|edge| heap.edge_name(edge).to_string());
    let kind = heap.kind(node);
    let object = match kind {
        // What these are called is their content.
        _ if kind.is_string() => format!(
            "\"{}\"",
            value(&heap.raw_name(node), name.as_deref(), reveal)
        ),
        NodeKind::REGEXP => format!("/{}/", value(&heap.raw_name(node), name.as_deref(), reveal)),
        NodeKind::NUMBER => heap.raw_name(node).into_owned(),
        _ => words(&label(heap, node), reveal).into_owned(),
    };
    let edge = step.edge.map(|edge| {
        let text = edge_label(heap, edge);
        let shown = match (heap.edge_kind(edge), heap.edge_name(edge)) {
            // A weak map's entry tells the names of its key and value, which may be strings.
            (EdgeKind::INTERNAL, EdgeName::Text(name)) => {
                crate::snapshot::pairs::without_names(&name).unwrap_or(text)
            }
            (EdgeKind::PROPERTY, _) => format!(".{text}"),
            (EdgeKind::CONTEXT, _) => format!("variable {text}"),
            _ => text,
        };
        cut_end(&words(&shown, reveal), NAME)
    });
    Hop {
        edge,
        object: cut_end(&object, NAME),
        id: heap.id(node),
        retained_size: heap.retained(node),
        place: scripts
            .place(heap, node)
            .map(|place| words(&place, reveal).into_owned()),
        times: 1,
    }
}
