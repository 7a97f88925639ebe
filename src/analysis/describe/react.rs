//! React's fibers, by the names of their properties: a minifier keeps those, but not the class.

use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind};

/// Properties that only a fiber has together.
const OF_FIBERS: [&str; 5] = [
    "memoizedProps",
    "memoizedState",
    "stateNode",
    "elementType",
    "return",
];

/// Edges of a node that are looked at.
const LOOKED_AT: usize = 64;

/// Whether a node is an element of React's tree.
pub fn is_fiber(heap: &Heap, node: NodeId) -> bool {
    if heap.kind(node) != NodeKind::OBJECT || heap.is_plain_object(node) {
        return false;
    }
    let found = OF_FIBERS
        .iter()
        .filter(|name| property(heap, node, name).is_some());
    found.count() + 1 >= OF_FIBERS.len()
}

/// The function of the component that a fiber is of.
pub fn component_of(heap: &Heap, fiber: NodeId) -> Option<NodeId> {
    let component = property(heap, fiber, "type")?;
    (heap.kind(component) == NodeKind::CLOSURE).then_some(component)
}

fn property(heap: &Heap, node: NodeId, name: &str) -> Option<NodeId> {
    let graph = heap.graph();
    let edges = graph.edges_from(node).take(LOOKED_AT);
    let mut named = edges.filter(|&edge| {
        heap.edge_kind(edge) == EdgeKind::PROPERTY
            && heap
                .edge_name_id(edge)
                .is_some_and(|id| heap.strings().equals(id, name))
    });
    Some(graph.target(named.next()?))
}
