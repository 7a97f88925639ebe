//! Page ownership: what can be reached from a page's global objects and documents.
//!
//! Dominators ignore edges by which something outside the page, the debugger say, holds what the page owns.

use crate::column::BitSet;
use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;

use super::Heap;
use super::pace::Pace;
use super::words::Word;

/// The nodes that pages own: targets of the root's shortcuts and the documents, and all they reach, weakly held
/// things excepted.
pub(super) fn owned(heap: &Heap, task: &Task) -> Result<BitSet> {
    let mut pace = Pace::stage(task, "finding what pages own", heap.edge_count());
    let mut owned = BitSet::new(heap.node_count());
    let mut pending: Vec<NodeId> = Vec::new();
    for edge in heap.graph.edges_from(heap.root()) {
        let target = heap.graph.target(edge);
        let seed = match heap.edge_kind(edge) {
            EdgeKind::SHORTCUT => true,
            EdgeKind::ELEMENT => is_documents(heap, target),
            _ => false,
        };
        if seed && owned.insert(target.index()) {
            pending.push(target);
        }
    }
    while let Some(node) = pending.pop() {
        pace.step(heap.graph.edge_range(node).len())?;
        for edge in heap.graph.edges_from(node) {
            let target = heap.graph.target(edge);
            if heap.edge_kind(edge) != EdgeKind::WEAK && owned.insert(target.index()) {
                pending.push(target);
            }
        }
    }
    Ok(owned)
}

/// Whether a node is the synthetic one that all documents hang under.
pub(super) fn is_documents(heap: &Heap, node: NodeId) -> bool {
    heap.kind(node) == NodeKind::SYNTHETIC && heap.is_named(node, Word::DocumentTrees)
}

/// Whether a node at the end of a root edge stands for the application rather than for the engine.
pub(super) fn is_user_root(heap: &Heap, node: NodeId) -> bool {
    heap.kind(node) != NodeKind::SYNTHETIC || is_documents(heap, node)
}
