//! Who refers to an object, in the order of DevTools' Retainers view.

use std::cmp::{Ordering, Reverse};

use crate::analysis::objects::name;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{Heap, NO_DISTANCE, SYSTEM_DISTANCE};
use crate::snapshot::EdgeKind;
use crate::task::{CHECK_EVERY, Task};
use crate::text::order::utf16_cmp;

/// The incoming edges of `node`: nearest retaining object first, then by its name, then the later edge first.
///
/// Edges from the root are left out, as DevTools does. Weak edges, which keep nothing alive, are left out too, or with
/// `weak` put behind the others in the same order.
///
/// # Errors
/// When the task is cancelled.
pub fn retainers(heap: &Heap, node: NodeId, weak: bool, task: &Task) -> Result<Vec<EdgeId>> {
    let mut rows = Vec::new();
    for (index, edge) in heap.graph().edges_into(node).enumerate() {
        if index.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let is_weak = heap.edge_kind(edge) == EdgeKind::WEAK;
        let source = heap.graph().source(edge);
        if shows(heap, edge, source) || (weak && is_weak && source != heap.root()) {
            rows.push((is_weak, rank(heap, source), Reverse(edge), source));
        }
    }
    rows.sort_unstable();
    // Names cost more than numbers: only rows that agree so far are asked for theirs.
    for tied in rows.chunk_by_mut(|a, b| (a.0, a.1) == (b.0, b.1)) {
        if tied.len() > 1 {
            task.check()?;
            sort_by_name(heap, tied);
        }
    }
    Ok(rows.into_iter().map(|row| row.2.0).collect())
}

type Row = (bool, i32, Reverse<EdgeId>, NodeId);

/// Sorts rows by the retaining objects' names and keeps the order of those that agree.
fn sort_by_name(heap: &Heap, rows: &mut [Row]) {
    let mut named: Vec<_> = rows.iter().map(|&row| (name(heap, row.3), row)).collect();
    named.sort_by(|a, b| utf16_cmp(&a.0, &b.0));
    for (slot, (_, row)) in rows.iter_mut().zip(named) {
        *slot = row;
    }
}

/// How far from the root a retaining object counts: those that it does not reach come last.
fn rank(heap: &Heap, source: NodeId) -> i32 {
    match heap.distance(source) {
        NO_DISTANCE => i32::MAX,
        distance => distance,
    }
}

/// Whether DevTools shows this edge as a retainer.
fn shows(heap: &Heap, edge: EdgeId, source: NodeId) -> bool {
    source != heap.root() && !matches!(heap.edge_kind(edge), EdgeKind::WEAK | EdgeKind::INVISIBLE)
}

/// The retaining edge on DevTools' shortest chain: the first row of the Retainers view.
///
/// Nothing when `node` hangs at the root itself, and nothing when nobody retains it.
pub fn nearest(heap: &Heap, node: NodeId) -> Option<EdgeId> {
    let distance = heap.distance(node);
    if node == heap.root() || distance == 1 || distance == SYSTEM_DISTANCE + 1 {
        return None;
    }
    let mut best: Option<(i32, EdgeId, NodeId)> = None;
    for edge in heap.graph().edges_into(node) {
        let source = heap.graph().source(edge);
        if !shows(heap, edge, source) {
            continue;
        }
        // Of edges that agree in everything the later one is first; they come here in the order of the file.
        let better = best.is_none_or(|(rank_of_best, _, best)| {
            rank(heap, source)
                .cmp(&rank_of_best)
                .then_with(|| compare_names(heap, source, best))
                != Ordering::Greater
        });
        if better {
            best = Some((rank(heap, source), edge, source));
        }
    }
    best.map(|(_, edge, _)| edge)
}

fn compare_names(heap: &Heap, a: NodeId, b: NodeId) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    utf16_cmp(&name(heap, a), &name(heap, b))
}

/// The chain of first rows that DevTools unfolds by itself, from the edge into `node` upwards.
///
/// It ends at an object that hangs at the root, or where an object would come a second time. DevTools stops after
/// twenty steps; this does not.
pub fn shortest_chain(heap: &Heap, node: NodeId) -> Vec<EdgeId> {
    let mut chain = Vec::new();
    let mut seen = std::collections::HashSet::from([node]);
    let mut current = node;
    while let Some(edge) = nearest(heap, current) {
        current = heap.graph().source(edge);
        if !seen.insert(current) {
            break;
        }
        chain.push(edge);
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::NodeKind;

    fn names(heap: &Heap, edges: &[EdgeId]) -> Vec<String> {
        let name = |edge: &EdgeId| heap.edge_name(*edge).to_string();
        edges.iter().map(name).collect()
    }

    #[test]
    fn near_ones_first_then_names_then_later_edges() {
        let mut sketch = Sketch::new();
        let near = sketch.rooted(NodeKind::OBJECT, "Near", 8);
        let target = sketch.node(NodeKind::OBJECT, "Target", 8);
        let b = sketch.node(NodeKind::OBJECT, "B", 8);
        let a = sketch.node(NodeKind::OBJECT, "A", 8);
        let property = EdgeKind::PROPERTY;
        sketch.edge(near, property, "to b", b);
        sketch.edge(near, property, "to a", a);
        sketch.edge(near, EdgeKind::WEAK, "weak", target);
        sketch.edge(b, property, "of b", target);
        sketch.edge(a, property, "of a, early", target);
        sketch.edge(a, property, "of a, late", target);
        sketch.edge(sketch.root, EdgeKind::WEAK, "of the root", target);
        let heap = sketch.heap();
        let rows = |weak| {
            names(
                &heap,
                &retainers(&heap, target, weak, &Task::new()).unwrap(),
            )
        };
        let strong = ["of a, late", "of a, early", "of b"];
        assert_eq!(rows(false), strong);
        assert_eq!(rows(true), [&strong[..], &["weak"]].concat());
    }

    #[test]
    fn the_chain_leaves_circles_and_dead_ends() {
        let mut sketch = Sketch::new();
        let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
        let middle = sketch.node(NodeKind::OBJECT, "M", 8);
        let target = sketch.node(NodeKind::OBJECT, "T", 8);
        let lost = sketch.node(NodeKind::OBJECT, "L", 8);
        let other = sketch.node(NodeKind::OBJECT, "O", 8);
        let property = EdgeKind::PROPERTY;
        sketch.edge(global, property, "m", middle);
        sketch.edge(middle, property, "t", target);
        sketch.edge(target, property, "back", middle);
        sketch.edge(lost, property, "t", target);
        sketch.edge(lost, property, "o", other);
        sketch.edge(other, property, "l", lost);
        let heap = sketch.heap();
        // What no root reaches has the least distance of all, and comes last all the same.
        let rows = retainers(&heap, target, false, &Task::new()).unwrap();
        let holders = rows.iter().map(|&edge| heap.graph().source(edge));
        assert_eq!(holders.collect::<Vec<_>>(), [middle, lost]);
        assert!(heap.distance(lost) < heap.distance(middle));
        assert_eq!(names(&heap, &shortest_chain(&heap, target)), ["t", "m"]);
        assert_eq!(names(&heap, &shortest_chain(&heap, lost)), ["l"]);
        assert_eq!(shortest_chain(&heap, global), []);
    }
}
