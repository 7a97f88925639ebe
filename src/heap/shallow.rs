//! Shallow sizes: engine internals give theirs to the one object that they belong to.
//!
//! A hash table's backing store, a hidden property table or an external string's bytes are nodes of their own in the
//! file. Where exactly one other node leads to such a node, possibly through more internals, the bytes count there.

use crate::column::{BitSet, Sizes, zeros};
use crate::error::Result;
use crate::graph::NodeId;
use crate::memory::near;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;

use super::Heap;
use super::pace::Pace;
use super::well_known::Word;

/// Nobody has led to the node yet.
const NOBODY: u32 = 0;
/// Two owners or more lead to the node.
const SEVERAL: u32 = u32::MAX;

/// The shallow sizes; `file` are the self sizes of the file. Their sum stays.
pub(super) fn moved(heap: &Heap, file: Sizes, task: &Task) -> Result<Sizes> {
    let has_user_root = heap
        .graph
        .edges_from(heap.root())
        .any(|edge| heap.is_user_root(heap.graph.target(edge)));
    if !has_user_root {
        // DevTools' sign for a snapshot with the engine's internals laid open: there they are what one looks for.
        return Ok(file);
    }
    let owned = owners(heap, task)?;
    let mut pace = Pace::within(task);
    Ok(match file {
        Sizes::Narrow(column)
            if column.iter().map(|&size| u64::from(size)).sum::<u64>() >> 32 == 0 =>
        {
            let mut sizes = column.into_vec();
            each_move(heap, &owned, &mut pace, |from, to| {
                sizes[to] += std::mem::take(&mut sizes[from]);
            })?;
            Sizes::Narrow(sizes.into())
        }
        file => {
            let mut sizes: Vec<u64> = (0..file.len()).map(|index| file.get(index)).collect();
            each_move(heap, &owned, &mut pace, |from, to| {
                let size = std::mem::take(&mut sizes[from]);
                sizes[to] = sizes[to].saturating_add(size);
            })?;
            Sizes::Wide(sizes.into())
        }
    })
}

/// Calls `give` for each node that gives its size away, with the node and its owner.
fn each_move(
    heap: &Heap,
    owned: &Owned,
    pace: &mut Pace,
    mut give: impl FnMut(usize, usize),
) -> Result<()> {
    for node in owned.ownable.iter() {
        pace.step(1)?;
        let owner = owned.owners[node];
        if owner != NOBODY && owner != SEVERAL {
            let owner = NodeId(owner - 1);
            if owner != heap.root() && heap.kind(owner) != NodeKind::SYNTHETIC {
                give(node, owner.index());
            }
        }
    }
    Ok(())
}

/// Who owns the nodes that may be owned; all others own themselves.
struct Owned {
    ownable: BitSet,
    /// One more than the owner, [`NOBODY`] or [`SEVERAL`]. Only what an owner was found for takes memory.
    owners: Vec<u32>,
}

impl Owned {
    /// Notes that `owner`, one more than a node, leads to `target`; says whether that is news.
    #[inline]
    fn add(&mut self, target: NodeId, owner: u32) -> bool {
        let known = &mut self.owners[target.index()];
        if *known == SEVERAL || *known == owner {
            return false;
        }
        *known = if *known == NOBODY { owner } else { SEVERAL };
        true
    }
}

/// Finds the owners.
fn owners(heap: &Heap, task: &Task) -> Result<Owned> {
    let graph = &heap.graph;
    let mut pace = Pace::stage(
        task,
        "moving sizes to their owners",
        graph.edge_count() + graph.node_count(),
    );
    let mut owned = Owned {
        ownable: BitSet::new(graph.node_count()),
        owners: near(|| zeros(graph.node_count())),
    };
    let mut ahead = heap.ahead();
    for node in graph.nodes() {
        if is_ownable(heap, node) {
            owned.ownable.insert(node.index());
        }
    }
    let mut pending: Vec<NodeId> = Vec::new();
    for start in graph.nodes() {
        pace.step(1)?;
        ahead.at(start);
        if owned.ownable.contains(start.index()) {
            continue;
        }
        // A node's owner changes at most twice, to one and then to several; so this ends soon.
        let (mut node, mut owner) = (start, start.0 + 1);
        loop {
            pace.step(graph.edge_range(node).len())?;
            for edge in graph.edges_from(node) {
                let target = graph.target(edge);
                if owned.ownable.contains(target.index())
                    && heap.edge_kind(edge) != EdgeKind::WEAK
                    && owned.add(target, owner)
                {
                    pending.push(target);
                }
            }
            let Some(next) = pending.pop() else { break };
            (node, owner) = (next, owned.owners[next.index()]);
            ahead.at(node);
        }
    }
    Ok(owned)
}

/// Whether a node is an internal that may belong to another one.
fn is_ownable(heap: &Heap, node: NodeId) -> bool {
    match heap.kind(node) {
        NodeKind::HIDDEN | NodeKind::ARRAY => true,
        NodeKind::NATIVE => heap.is_named(node, Word::ExternalStringData),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;

    #[test]
    fn internals_give_their_size_to_their_only_owner() {
        let mut sketch = Sketch::new();
        let owner = sketch.rooted(NodeKind::OBJECT, "Owner", 10);
        let other = sketch.rooted(NodeKind::OBJECT, "Other", 20);
        let table = sketch.node(NodeKind::ARRAY, "", 100);
        let deeper = sketch.node(NodeKind::HIDDEN, "", 1000);
        let shared = sketch.node(NodeKind::ARRAY, "", 5);
        let below_shared = sketch.node(NodeKind::ARRAY, "", 7);
        let weakly = sketch.node(NodeKind::ARRAY, "", 9);
        let bytes = sketch.node(NodeKind::NATIVE, "system / ExternalStringData", 50);
        let native = sketch.node(NodeKind::NATIVE, "other", 60);
        for (from, to) in [
            (owner, table),
            (table, deeper),
            (deeper, table),
            (owner, shared),
            (other, shared),
            (shared, below_shared),
            (other, bytes),
            (other, native),
        ] {
            sketch.edge(from, EdgeKind::INTERNAL, "x", to);
        }
        sketch.edge(owner, EdgeKind::WEAK, "x", weakly);
        let of_root = sketch.rooted(NodeKind::HIDDEN, "", 11);
        let total: u64 = sketch.nodes.iter().map(|node| node.2).sum();
        let heap = sketch.heap();
        let sizes = [owner, other, table, deeper].map(|node| heap.shallow(node));
        assert_eq!(sizes, [1110, 70, 0, 0]);
        let kept = [shared, below_shared, weakly, native, of_root];
        assert_eq!(kept.map(|node| heap.shallow(node)), [5, 7, 9, 60, 11]);
        assert_eq!(heap.shallow(bytes), 0);
        assert_eq!(heap.shallow.total(), total);
        assert_eq!(heap.retained(heap.root()), total);
    }

    #[test]
    fn nothing_moves_without_a_user_root() {
        let mut sketch = Sketch::new();
        let system = sketch.rooted(NodeKind::SYNTHETIC, "(GC roots)", 0);
        let owner = sketch.node(NodeKind::OBJECT, "Owner", 10);
        let table = sketch.node(NodeKind::ARRAY, "", 100);
        sketch.edge(system, EdgeKind::ELEMENT, "1", owner);
        sketch.edge(owner, EdgeKind::INTERNAL, "x", table);
        assert_eq!(sketch.heap().shallow(table), 100);
        sketch.rooted(NodeKind::SYNTHETIC, "(Document DOM trees)", 0);
        assert_eq!(sketch.heap().shallow(table), 0);
    }
}
