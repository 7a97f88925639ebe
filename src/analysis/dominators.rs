//! The chain of dominators of an object.

use crate::graph::NodeId;
use crate::heap::Heap;

/// The immediate dominator of `node`, its immediate dominator, and so on to the root; nothing for the root itself.
pub fn chain(heap: &Heap, node: NodeId) -> Vec<NodeId> {
    let root = heap.root();
    let mut chain = Vec::new();
    let mut current = node;
    while current != root {
        current = heap.dominator(current);
        chain.push(current);
    }
    chain
}
