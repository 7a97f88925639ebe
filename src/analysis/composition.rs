//! What a heap consists of, beside DevTools' Statistics: by type of node, by reach, by root.

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Heap, shown_distance};
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};

/// A number of nodes and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// How many nodes.
    pub count: u64,
    /// Their shallow sizes together, in bytes.
    pub shallow: u64,
    /// The one that retains most.
    pub largest: Option<NodeId>,
}

/// What a heap consists of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Composition {
    /// By type of node, most bytes first; types without nodes are left out.
    pub kinds: Vec<(NodeKind, Part)>,
    /// Nodes that the application's roots do not reach, roots themselves left out.
    pub unreached: Part,
    /// DOM nodes outside their document, and what else the embedder calls detached.
    pub detached: Part,
    /// The kinds of roots, what they alone keep alive most first.
    pub roots: Vec<NodeId>,
}

impl Part {
    fn add(&mut self, heap: &Heap, node: NodeId) {
        self.count += 1;
        self.shallow += heap.shallow(node);
        let more = |known| heap.retained(node) > heap.retained(known);
        if self.largest.is_none_or(more) {
            self.largest = Some(node);
        }
    }
}

/// Finds out what a heap consists of. Linear in its nodes.
///
/// # Errors
/// When the task is cancelled.
pub fn composition(heap: &Heap, task: &Task) -> Result<Composition> {
    let mut kinds = vec![Part::default(); usize::from(u8::MAX) + 1];
    let mut found = Composition::default();
    for node in heap.graph().nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if let Some(part) = kinds.get_mut(usize::from(heap.kind(node).0)) {
            part.add(heap, node);
        }
        let synthetic = heap.kind(node) == NodeKind::SYNTHETIC;
        if shown_distance(heap.distance(node)).is_none() && !synthetic {
            found.unreached.add(heap, node);
        }
        if heap.detachedness(node) == 2 {
            found.detached.add(heap, node);
        }
    }
    let kinds = (0..=u8::MAX).map(NodeKind).zip(kinds);
    found.kinds = kinds.filter(|(_, part)| part.count > 0).collect();
    let order = |(kind, part): &(NodeKind, Part)| (std::cmp::Reverse(part.shallow), kind.0);
    found.kinds.sort_by_key(order);
    found.roots = roots(heap);
    Ok(found)
}

/// Synthetic nodes within two steps of the root, and what else the root refers to itself.
fn roots(heap: &Heap) -> Vec<NodeId> {
    let graph = heap.graph();
    let children = |node| graph.edges_from(node).map(|edge| graph.target(edge));
    let mut roots = Vec::new();
    if heap.node_count() == 0 {
        return roots;
    }
    for child in children(heap.root()) {
        match heap.kind(child) {
            NodeKind::SYNTHETIC => {
                let below = children(child).filter(|&node| heap.kind(node) == NodeKind::SYNTHETIC);
                let before = roots.len();
                roots.extend(below);
                if roots.len() == before {
                    roots.push(child);
                }
            }
            _ => roots.push(child),
        }
    }
    roots.sort_unstable();
    roots.dedup();
    roots.sort_by_cached_key(|&node| std::cmp::Reverse(heap.retained(node)));
    roots
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::EdgeKind;

    #[test]
    fn types_reach_and_roots_add_up() {
        let mut sketch = Sketch::new();
        let roots = sketch.rooted(NodeKind::SYNTHETIC, "(GC roots)", 0);
        let [stack, handles] = ["(Stack roots)", "(Global handles)"]
            .map(|name| sketch.node(NodeKind::SYNTHETIC, name, 0));
        sketch.edge(roots, EdgeKind::ELEMENT, "0", stack);
        sketch.edge(roots, EdgeKind::ELEMENT, "1", handles);
        let global = sketch.rooted(NodeKind::OBJECT, "global", 10);
        let text = sketch.node(NodeKind::STRING, "text", 100);
        sketch.edge(handles, EdgeKind::ELEMENT, "0", text);
        sketch.node(NodeKind::OBJECT, "Lost", 7);
        let heap = sketch.heap();
        let found = composition(&heap, &Task::new()).unwrap();
        let total: u64 = found.kinds.iter().map(|(_, part)| part.shallow).sum();
        assert_eq!(total, heap.statistics().total);
        assert_eq!(found.kinds[0].0, NodeKind::STRING);
        assert_eq!(found.kinds[0].1.largest, Some(text));
        assert_eq!((found.unreached.count, found.detached.count), (2, 0));
        assert_eq!(found.roots, [handles, global, stack]);
    }
}
