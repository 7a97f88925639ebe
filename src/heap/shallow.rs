//! Shallow sizes: engine internals give theirs to the one object that they belong to.
//!
//! A hash table's backing store, a hidden property table or an external string's bytes are nodes of their own in the
//! file. Where exactly one other node leads to such a node, possibly through more internals, the bytes count there.

use crate::column::Sizes;
use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;

use super::Heap;
use super::pace::Pace;
use super::pages::is_user_root;
use super::words::Word;

/// Nobody has led to the node yet.
const NOBODY: u32 = u32::MAX;
/// Two owners or more lead to the node.
const SEVERAL: u32 = u32::MAX - 1;

/// The shallow sizes; `file` are the self sizes of the file. Their sum stays.
pub(super) fn moved(heap: &Heap, file: Sizes, task: &Task) -> Result<Sizes> {
    let has_user_root = heap
        .graph
        .edges_from(heap.root())
        .any(|edge| is_user_root(heap, heap.graph.target(edge)));
    if !has_user_root {
        // DevTools' sign for a snapshot with the engine's internals laid open: there they are what one looks for.
        return Ok(file);
    }
    let owners = owners(heap, task)?;
    let mut pace = Pace::within(task);
    Ok(match file {
        Sizes::Narrow(column)
            if column.iter().map(|&size| u64::from(size)).sum::<u64>() >> 32 == 0 =>
        {
            let mut sizes = column.into_vec();
            each_move(heap, &owners, &mut pace, |from, to| {
                sizes[to] += std::mem::take(&mut sizes[from]);
            })?;
            Sizes::Narrow(sizes.into())
        }
        file => {
            let mut sizes: Vec<u64> = (0..file.len()).map(|index| file.get(index)).collect();
            each_move(heap, &owners, &mut pace, |from, to| {
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
    owners: &[u32],
    pace: &mut Pace,
    mut give: impl FnMut(usize, usize),
) -> Result<()> {
    for (node, &owner) in owners.iter().enumerate() {
        pace.step(1)?;
        if owner < SEVERAL && owner as usize != node {
            let owner = NodeId(owner);
            if owner != heap.root() && heap.kind(owner) != NodeKind::SYNTHETIC {
                give(node, owner.index());
            }
        }
    }
    Ok(())
}

/// The owner of each node: itself, another node, [`NOBODY`] or [`SEVERAL`].
fn owners(heap: &Heap, task: &Task) -> Result<Vec<u32>> {
    let graph = &heap.graph;
    let mut pace = Pace::stage(
        task,
        "moving sizes to their owners",
        graph.edge_count() + graph.node_count(),
    );
    let mut owners: Vec<u32> = vec![NOBODY; graph.node_count()];
    for node in graph.nodes() {
        if !is_ownable(heap, node) {
            owners[node.index()] = node.0;
        }
    }
    let mut pending: Vec<NodeId> = Vec::new();
    for start in graph.nodes() {
        if owners[start.index()] != start.0 {
            continue;
        }
        // A node's owner changes at most twice, to one and then to several; so this ends soon.
        pending.push(start);
        while let Some(node) = pending.pop() {
            pace.step(graph.edge_range(node).len())?;
            let owner = owners[node.index()];
            for edge in graph.edges_from(node) {
                if heap.edge_kind(edge) == EdgeKind::WEAK {
                    continue;
                }
                let target = graph.target(edge);
                let known = owners[target.index()];
                if known == target.0 || known == SEVERAL || known == owner {
                    continue;
                }
                owners[target.index()] = if known == NOBODY { owner } else { SEVERAL };
                pending.push(target);
            }
        }
    }
    Ok(owners)
}

/// Whether a node is an internal that may belong to another one.
fn is_ownable(heap: &Heap, node: NodeId) -> bool {
    match heap.kind(node) {
        NodeKind::HIDDEN | NodeKind::ARRAY => true,
        NodeKind::NATIVE => heap.is_named(node, Word::ExternalStringData),
        _ => false,
    }
}
