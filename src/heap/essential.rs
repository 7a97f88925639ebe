//! Essential edges: the ones that keep their target alive as far as dominators and retained sizes are concerned.

use crate::column::BitSet;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::snapshot::EdgeKind;
use crate::task::Task;

use super::Heap;
use super::ephemerons::Ephemerons;
use super::pace::Pace;

/// The essential edges.
pub(super) fn edges(
    heap: &Heap,
    pages: &BitSet,
    ephemerons: &Ephemerons,
    task: &Task,
) -> Result<BitSet> {
    let mut pace = Pace::stage(task, "choosing the edges that retain", heap.edge_count());
    let mut essential = BitSet::new(heap.edge_count());
    let mut ahead = heap.ahead();
    for source in heap.graph.nodes() {
        ahead.at(source);
        pace.step(heap.graph.edge_range(source).len())?;
        let outside = source != heap.root() && !pages.contains(source.index());
        for edge in heap.graph.edges_from(source) {
            let target = heap.graph.target(edge);
            let reaches_in = outside && pages.contains(target.index());
            if source != target && !reaches_in && holds(heap, source, edge, ephemerons) {
                essential.insert(edge.index());
            }
        }
    }
    Ok(essential)
}

/// Whether type and name let an edge hold: weak ones never do, shortcuts only from the root, where they lead to the
/// global objects.
#[inline]
fn holds(heap: &Heap, source: NodeId, edge: EdgeId, ephemerons: &Ephemerons) -> bool {
    match heap.edge_kind(edge) {
        EdgeKind::WEAK => false,
        EdgeKind::SHORTCUT => source == heap.root(),
        EdgeKind::INTERNAL => !is_table_side(heap, source, edge, ephemerons),
        _ => true,
    }
}

/// Whether this is a weak map's own edge to a value: the value lives as long as its key, so the key's edge counts.
/// Only asked of internal edges.
fn is_table_side(heap: &Heap, source: NodeId, edge: EdgeId, ephemerons: &Ephemerons) -> bool {
    ephemerons
        .get(heap, edge)
        .is_some_and(|ephemeron| ephemeron.table == Some(heap.id(source)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;
    use crate::snapshot::NodeKind;

    /// Whether an edge is essential, in a heap of `from`, `to`, and a page that owns `owned`.
    fn essential(kind: EdgeKind, name: &str, owned: bool) -> bool {
        let mut sketch = Sketch::new();
        let from = sketch.rooted(NodeKind::OBJECT, "from", 8);
        let to = sketch.node(NodeKind::OBJECT, "to", 8);
        let window = sketch.node(NodeKind::OBJECT, "Window", 8);
        sketch.edge(sketch.root, EdgeKind::SHORTCUT, "global", window);
        sketch.edge(from, kind, name, to);
        if owned {
            sketch.edge(window, EdgeKind::PROPERTY, "x", to);
        }
        let heap = sketch.heap();
        let edge = heap.graph().edges_from(from).next().unwrap();
        assert!(
            heap.graph()
                .edges_from(heap.root())
                .all(|edge| heap.is_essential(edge))
        );
        heap.is_essential(edge)
    }

    #[test]
    fn weak_edges_shortcuts_and_ways_into_pages_do_not_retain() {
        assert!(essential(EdgeKind::PROPERTY, "x", false));
        assert!(essential(EdgeKind::HIDDEN, "3", false));
        assert!(!essential(EdgeKind::WEAK, "x", false));
        assert!(!essential(EdgeKind::SHORTCUT, "x", false));
        assert!(!essential(EdgeKind::PROPERTY, "x", true));
    }

    #[test]
    fn a_weak_map_retains_through_the_key_only() {
        let name = |table| {
            format!("1 / part of key (K @9) -> value (V @5) pair in WeakMap (table @{table})")
        };
        // The source's object id is 3.
        assert!(!essential(EdgeKind::INTERNAL, &name(3), false));
        assert!(essential(EdgeKind::INTERNAL, &name(4), false));
        assert!(essential(EdgeKind::PROPERTY, &name(3), false));
    }
}
