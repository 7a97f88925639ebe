//! Page ownership: what can be reached from a page's global objects and documents.
//!
//! Dominators ignore edges by which something outside the page, the debugger say, holds what the page owns.

use crate::column::BitSet;
use crate::error::Result;
use crate::graph::bfs::flood_on;
use crate::graph::{EdgeId, NodeId};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;

use super::Heap;
use super::well_known::Word;

/// What pages are found by: targets of the root's shortcuts and the documents.
pub(super) fn seeds(heap: &Heap) -> impl Iterator<Item = NodeId> + '_ {
    let is_seed = |edge: &EdgeId| match heap.edge_kind(*edge) {
        EdgeKind::SHORTCUT => true,
        EdgeKind::ELEMENT => is_documents(heap, heap.graph.target(*edge)),
        _ => false,
    };
    heap.graph
        .edges_from(heap.root())
        .filter(is_seed)
        .map(|edge| heap.graph.target(edge))
}

/// What is owned already, whatever that leads to included, and all that `seeds` reach, weakly held things excepted.
pub(super) fn owned(
    heap: &Heap,
    owned: BitSet,
    seeds: impl IntoIterator<Item = NodeId>,
    task: &Task,
) -> Result<BitSet> {
    task.stage("finding what pages own", 0);
    let follow = |_, edge, _| heap.edge_kind(edge) != EdgeKind::WEAK;
    flood_on(&heap.graph, owned, seeds, follow, task)
}

/// Whether a node is the synthetic one that all documents hang under.
pub(super) fn is_documents(heap: &Heap, node: NodeId) -> bool {
    heap.kind(node) == NodeKind::SYNTHETIC && heap.is_named(node, Word::DocumentTrees)
}

impl Heap {
    /// Whether a node at the end of one of the root's edges stands for the application rather than for the engine.
    pub fn is_user_root(&self, node: NodeId) -> bool {
        self.kind(node) != NodeKind::SYNTHETIC || is_documents(self, node)
    }
}
