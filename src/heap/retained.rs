//! Retained sizes and immediate dominators.
//!
//! The dominator algorithm itself is the graph's. Here is which graph: essential edges, orphans hung under the root,
//! and whatever is unreached then (rings that only hold each other) under the root one by one, their edges unused.

use crate::column::{BitSet, Column, Sizes, room, zeros};
use crate::error::Result;
use crate::graph::NodeId;
use crate::graph::ahead::Ahead;
use crate::graph::dominators::{DominatorTree, UNREACHED, dominator_tree};
use crate::graph::hubs::Hubs;
use crate::memory::near;
use crate::task::{CHECK_EVERY, Task};

use super::Heap;
use super::pace::Pace;

/// Immediate dominators and retained sizes, from the essential edges and the shallow sizes.
pub(super) fn sizes(
    heap: &Heap,
    essential: &BitSet,
    hubs: &Hubs,
    task: &Task,
) -> Result<(Column<u32>, Sizes)> {
    task.stage("finding dominators", 0);
    let root = heap.root();
    let orphans = |reached: &BitSet| orphans(heap, essential, reached, task);
    let tree = dominator_tree(&heap.graph, root, essential, hubs, orphans, task)?;
    task.stage("summing retained sizes", heap.node_count() as u64);
    let order = tree.order();
    if heap.shallow.total() >> 32 == 0 {
        let own = |node| heap.shallow.get(node) as u32;
        let sums = sum(heap, &tree, &order, own, u32::saturating_add, task)?;
        let dominators = tree.into_dominators(&order, root.0);
        let sums = by_node(sums, order, (0..heap.node_count()).map(own));
        Ok((
            dominators.into(),
            Sizes::Narrow(sums.into()).packed().settled(),
        ))
    } else {
        let own = |node| heap.shallow.get(node);
        let sums = sum(heap, &tree, &order, own, u64::saturating_add, task)?;
        let dominators = tree.into_dominators(&order, root.0);
        let sums = by_node(sums, order, (0..heap.node_count()).map(own));
        Ok((
            dominators.into(),
            Sizes::Wide(sums.into()).packed().settled(),
        ))
    }
}

/// The nodes that no essential edge leads to, which DevTools has the root hold; `reached` are what the root reaches.
///
/// Something leads to every node that was reached, and nothing reached leads to others.
fn orphans(heap: &Heap, essential: &BitSet, reached: &BitSet, task: &Task) -> Result<Vec<u32>> {
    let mut pace = Pace::within(task);
    let mut held = reached.clone();
    for source in reached.iter_absent() {
        pace.step(1)?;
        for edge in essential.iter_in(heap.graph.edge_range(NodeId(source as u32))) {
            pace.step(1)?;
            held.insert(heap.graph.targets()[edge] as usize);
        }
    }
    Ok(held.iter_absent().map(|node| node as u32).collect())
}

/// By number: each node's own size and those of what it dominates; what is not reached, the root dominates.
fn sum<T: Copy>(
    heap: &Heap,
    tree: &DominatorTree,
    order: &[u32],
    own: impl Fn(usize) -> T,
    add: fn(T, T) -> T,
    task: &Task,
) -> Result<Vec<T>> {
    let mut sizes = near(|| room(order.len()));
    let mut own_ahead = heap.sizes_ahead();
    sizes.extend(order.iter().map(|&node| {
        own_ahead.at(NodeId(node));
        own(node as usize)
    }));
    drop(own_ahead);
    let mut end = tree.dominator.len();
    let mut ahead = Ahead::new(end).nodes(&tree.dominator);
    for dominators in tree.dominator.rchunks(CHECK_EVERY) {
        task.check()?;
        task.advance(dominators.len() as u64);
        for &dominator in dominators.iter().rev() {
            end -= 1;
            ahead.at(NodeId(end as u32));
            if end > 0 {
                let dominator = dominator as usize;
                sizes[dominator] = add(sizes[dominator], sizes[end]);
            }
        }
    }
    if let Some(root) = sizes.first_mut()
        && order.len() < tree.number.len()
    {
        let mut ahead = Ahead::new(tree.number.len()).nodes(&tree.number);
        for (node, &number) in tree.number.iter().enumerate() {
            ahead.at(NodeId(node as u32));
            if number == UNREACHED {
                *root = add(*root, own(node));
            }
        }
    }
    Ok(sizes)
}

/// Sizes in the order of the nodes; `own` are those of nodes that are in no order.
fn by_node<T: Copy + bytemuck::Zeroable>(
    sums: Vec<T>,
    order: Vec<u32>,
    own: impl ExactSizeIterator<Item = T>,
) -> Vec<T> {
    let mut sizes;
    if order.len() < own.len() {
        sizes = near(|| room(own.len()));
        sizes.extend(own);
    } else {
        sizes = near(|| zeros(own.len()));
    }
    for (node, sum) in order.into_iter().zip(sums) {
        sizes[node as usize] = sum;
    }
    sizes
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
