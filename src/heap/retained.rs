//! Retained sizes and immediate dominators.
//!
//! The dominator algorithm itself is the graph's. Here is which graph: essential edges, orphans hung under the root,
//! and whatever is unreached then (rings that only hold each other) under the root one by one, their edges unused.

use crate::column::{BitSet, Column, Sizes};
use crate::error::Result;
use crate::graph::NodeId;
use crate::graph::dominators::{Dominators, dominators};
use crate::task::{CHECK_EVERY, Task};

use super::Heap;
use super::pace::Pace;

/// Immediate dominators and retained sizes, from the essential edges and the shallow sizes.
pub(super) fn sizes(heap: &Heap, task: &Task) -> Result<(Column<u32>, Sizes)> {
    let orphans = orphans(heap, task)?;
    task.stage("finding dominators", 0);
    let mut tree = dominators(&heap.graph, heap.root(), &heap.essential, &orphans, task)?;
    let root = heap.root();
    for dominator in &mut tree.idom {
        if *dominator == u32::MAX {
            *dominator = root.0;
        }
    }
    task.stage("summing retained sizes", heap.node_count() as u64);
    let retained = if heap.shallow.total() >> 32 == 0 {
        let own = (0..heap.node_count()).map(|node| heap.shallow.get(node) as u32);
        Sizes::Narrow(sum(&tree, root, own.collect(), task)?.into())
    } else {
        let own = (0..heap.node_count()).map(|node| heap.shallow.get(node));
        Sizes::Wide(sum(&tree, root, own.collect(), task)?.into())
    };
    Ok((tree.idom.into(), retained))
}

/// The nodes that no essential edge leads to; DevTools has the root hold them.
fn orphans(heap: &Heap, task: &Task) -> Result<Vec<u32>> {
    let mut pace = Pace::stage(task, "looking for orphans", heap.edge_count());
    let mut held = BitSet::new(heap.node_count());
    held.insert(heap.root().index());
    for (edge, &target) in heap.graph.targets().iter().enumerate() {
        pace.step(1)?;
        if heap.essential.contains(edge) {
            held.insert(target as usize);
        }
    }
    Ok((0..heap.node_count() as u32)
        .filter(|&node| !held.contains(node as usize))
        .collect())
}

/// Adds every node's size to its dominator's, the last visited first: a dominator is visited before what it dominates.
fn sum<T: Copy + std::ops::AddAssign>(
    tree: &Dominators,
    root: NodeId,
    mut sizes: Vec<T>,
    task: &Task,
) -> Result<Vec<T>> {
    let mut reached = BitSet::new(sizes.len());
    for nodes in tree.order.rchunks(CHECK_EVERY) {
        task.check()?;
        task.advance(nodes.len() as u64);
        for &node in nodes.iter().rev() {
            reached.insert(node as usize);
            if node != root.0 {
                let size = sizes[node as usize];
                sizes[tree.idom[node as usize] as usize] += size;
            }
        }
    }
    for node in 0..sizes.len() {
        if !reached.contains(node) {
            let size = sizes[node];
            sizes[root.index()] += size;
        }
    }
    Ok(sizes)
}
