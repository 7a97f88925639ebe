//! Retained sizes and immediate dominators.
//!
//! The dominator algorithm itself is the graph's. Here is which graph: essential edges, orphans hung under the root,
//! and whatever is unreached then (rings that only hold each other) under the root one by one, their edges unused.

use crate::column::{BitSet, Column, Sizes, room};
use crate::error::Result;
use crate::graph::NodeId;
use crate::graph::dominators::{Dominators, dominators};
use crate::task::{CHECK_EVERY, Task};

use super::Heap;

/// Immediate dominators and retained sizes, from the essential edges, the nodes that none leads to, and the shallow
/// sizes.
pub(super) fn sizes(
    heap: &Heap,
    essential: &BitSet,
    orphans: &[u32],
    task: &Task,
) -> Result<(Column<u32>, Sizes)> {
    task.stage("finding dominators", 0);
    let mut tree = dominators(&heap.graph, heap.root(), essential, orphans, task)?;
    let root = heap.root();
    for dominator in &mut tree.idom {
        if *dominator == u32::MAX {
            *dominator = root.0;
        }
    }
    task.stage("summing retained sizes", heap.node_count() as u64);
    let retained = if heap.shallow.total() >> 32 == 0 {
        let mut own: Vec<u32> = room(heap.node_count());
        own.extend((0..heap.node_count()).map(|node| heap.shallow.get(node) as u32));
        Sizes::Narrow(sum(&tree, root, own, u32::saturating_add, task)?.into())
    } else {
        let mut own: Vec<u64> = room(heap.node_count());
        own.extend((0..heap.node_count()).map(|node| heap.shallow.get(node)));
        Sizes::Wide(sum(&tree, root, own, u64::saturating_add, task)?.into())
    };
    drop(tree.order);
    Ok((tree.idom.into(), retained.packed()))
}

/// Adds every node's size to its dominator's, the last visited first: a dominator is visited before what it dominates.
fn sum<T: Copy>(
    tree: &Dominators,
    root: NodeId,
    mut sizes: Vec<T>,
    add: fn(T, T) -> T,
    task: &Task,
) -> Result<Vec<T>> {
    for nodes in tree.order.rchunks(CHECK_EVERY) {
        task.check()?;
        task.advance(nodes.len() as u64);
        for &node in nodes.iter().rev() {
            if node != root.0 {
                let dominator = tree.idom[node as usize] as usize;
                sizes[dominator] = add(sizes[dominator], sizes[node as usize]);
            }
        }
    }
    if tree.order.len() < sizes.len() {
        let mut reached = BitSet::new(sizes.len());
        for &node in &tree.order {
            reached.insert(node as usize);
        }
        for node in 0..sizes.len() {
            if !reached.contains(node) {
                sizes[root.index()] = add(sizes[root.index()], sizes[node]);
            }
        }
    }
    Ok(sizes)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use crate::column::Sizes;
    use crate::graph::NodeId;
    use crate::snapshot::{EdgeKind, NodeKind};

    #[test]
    fn orphans_bring_in_what_they_hold_and_rings_hang_under_the_root_one_by_one() {
        let mut sketch = Sketch::new();
        let held = sketch.rooted(NodeKind::OBJECT, "A", 1);
        let orphan = sketch.node(NodeKind::OBJECT, "B", 10);
        let below = sketch.node(NodeKind::OBJECT, "C", 100);
        let ring = ["D", "E"].map(|name| sketch.node(NodeKind::OBJECT, name, 1000));
        let of_ring = sketch.node(NodeKind::OBJECT, "F", 10_000);
        for (from, to) in [
            (orphan, orphan),
            (orphan, below),
            (ring[0], ring[1]),
            (ring[1], ring[0]),
            (ring[1], of_ring),
            (ring[1], held),
        ] {
            sketch.edge(from, EdgeKind::PROPERTY, "x", to);
        }
        let heap = sketch.heap();
        assert_eq!(heap.dominator(below), orphan);
        assert_eq!(heap.retained(orphan), 110);
        for node in [held, orphan, ring[0], ring[1], of_ring] {
            assert_eq!(heap.dominator(node), heap.root());
        }
        assert_eq!(heap.retained(ring[1]), 1000);
        assert_eq!(heap.retained(heap.root()), 12_111);
        assert!(matches!(heap.retained, Sizes::Short(_)));
    }

    #[test]
    fn heaps_beyond_four_gibibytes_are_summed_exactly() {
        let mut sketch = Sketch::new();
        let a = sketch.rooted(NodeKind::OBJECT, "A", u64::from(u32::MAX));
        let b = sketch.node(NodeKind::OBJECT, "B", 5 << 32);
        sketch.edge(a, EdgeKind::PROPERTY, "b", b);
        let heap = sketch.heap();
        assert_eq!(heap.retained(a), u64::from(u32::MAX) + (5 << 32));
        assert_eq!(heap.statistics().total, heap.retained(heap.root()));
    }

    #[test]
    fn the_root_may_be_any_node_and_there_may_be_none() {
        let mut sketch = Sketch::rootless();
        let a = sketch.node(NodeKind::OBJECT, "A", 3);
        let root = sketch.node(NodeKind::SYNTHETIC, "", 0);
        let b = sketch.node(NodeKind::OBJECT, "B", 4);
        sketch.root = root;
        sketch.edge(root, EdgeKind::PROPERTY, "a", a);
        sketch.edge(a, EdgeKind::PROPERTY, "b", b);
        let heap = sketch.heap();
        assert_eq!((heap.dominator(b), heap.retained(a)), (a, 7));
        assert_eq!(heap.distance(b), 2);

        let heap = Sketch::rootless().heap();
        assert_eq!((heap.node_count(), heap.edge_count()), (0, 0));
        assert_eq!(heap.statistics().total, 0);
        assert!(heap.classes().is_empty() && heap.find_id(1).is_none());
    }

    #[test]
    fn every_stage_can_be_cancelled() {
        let mut sketch = Sketch::new();
        let mut last = NodeId(0);
        for _ in 0..70_000 {
            let next = sketch.node(NodeKind::OBJECT, "A", 1);
            sketch.edge(last, EdgeKind::PROPERTY, "next", next);
            last = next;
        }
        let task = crate::task::Task::new();
        task.cancel();
        let error = crate::heap::Heap::build(sketch.snapshot(), &task).unwrap_err();
        assert!(error.is_cancelled());
    }
}
