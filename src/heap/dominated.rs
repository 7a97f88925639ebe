//! The dominator tree seen from above: whom a node dominates immediately.
//!
//! The heap keeps the dominator of each node, which answers the question upwards. The other way costs two columns
//! more, so they are made when somebody asks.

use crate::column::zeros;
use crate::error::Result;
use crate::graph::NodeId;
use crate::task::Task;

use super::Heap;
use super::pace::Pace;

/// Whom each node dominates immediately, as compressed sparse rows.
#[derive(Debug, Default)]
pub struct Dominated {
    /// Where a node's row begins, and at the end the length of all.
    first: Vec<u32>,
    /// The rows; in each the nodes ascend.
    nodes: Vec<u32>,
    /// The nodes below which retained size drops; ascending.
    drops: Vec<u32>,
}

/// A drop counts where a node retains at least the whole heap divided by this.
const WORTH: u64 = 100;

impl Heap {
    /// Whom each node dominates immediately; found out now unless it was before.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn dominated(&self, task: &Task) -> Result<&Dominated> {
        if self.dominated.get().is_none() {
            // Whoever was faster found the same.
            let _ = self.dominated.set(Dominated::find(self, task)?);
        }
        Ok(self.dominated.get_or_init(Dominated::default))
    }

    /// The same if it was found out before: drawing does not wait for it.
    pub fn dominated_if_known(&self) -> Option<&Dominated> {
        self.dominated.get()
    }
}

impl Dominated {
    /// A counting sort of the nodes by their dominators.
    fn find(heap: &Heap, task: &Task) -> Result<Self> {
        let count = heap.node_count();
        let root = heap.root();
        let mut pace = Pace::stage(task, "turning dominators round", 3 * count);
        let mut first: Vec<u32> = zeros(count + 1);
        for node in heap.graph().nodes().filter(|&node| node != root) {
            pace.step(1)?;
            first[heap.dominator(node).index()] += 1;
        }
        let mut sum = 0;
        for end in &mut first {
            sum += *end;
            *end = sum;
        }
        let mut nodes: Vec<u32> = zeros(sum as usize);
        for node in heap.graph().nodes().rev().filter(|&node| node != root) {
            pace.step(1)?;
            let slot = &mut first[heap.dominator(node).index()];
            *slot -= 1;
            nodes[*slot as usize] = node.0;
        }
        let mut found = Self {
            first,
            nodes,
            drops: Vec::new(),
        };
        let worth = (heap.retained(root) / WORTH).max(1);
        for node in heap.graph().nodes() {
            pace.step(1)?;
            let retained = heap.retained(node);
            if retained >= worth && node != root {
                let below = found.of(node).iter();
                let largest = below.map(|&node| heap.retained(NodeId(node))).max();
                if largest.is_some_and(|largest| {
                    largest < retained / 2 && 2 * heap.shallow(node) < retained
                }) {
                    found.drops.push(node.0);
                }
            }
        }
        Ok(found)
    }

    /// The nodes that `node` dominates immediately, ascending; nothing for what is no node.
    pub fn of(&self, node: NodeId) -> &[u32] {
        let bound = |index: usize| self.first.get(index).map(|&at| at as usize);
        match (bound(node.index()), bound(node.index() + 1)) {
            (Some(start), Some(end)) => self.nodes.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Whether retained size drops below `node`: it retains a hundredth of the heap or more, and neither its own size
    /// nor anything that it dominates immediately comes to half of that. Such a node is where many things pile up.
    pub fn is_drop(&self, node: NodeId) -> bool {
        self.drops.binary_search(&node.0).is_ok()
    }

    /// How many nodes go when `node` goes: itself and all that it dominates.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn count(&self, node: NodeId, task: &Task) -> Result<u64> {
        let mut pace = Pace::stage(task, "counting what it dominates", 0);
        let mut count = 0;
        let mut pending = vec![node.0];
        while let Some(node) = pending.pop() {
            pace.step(1)?;
            count += 1;
            pending.extend_from_slice(self.of(NodeId(node)));
        }
        Ok(count)
    }

    /// Memory held, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.first) + size_of_val(&*self.nodes) + size_of_val(&*self.drops)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;
    use crate::snapshot::{EdgeKind, NodeKind};

    #[test]
    fn rows_are_the_dominators_turned_round() {
        let mut sketch = Sketch::new();
        let owner = sketch.rooted(NodeKind::OBJECT, "owner", 8);
        let parts = [10, 20, 30].map(|size| {
            let part = sketch.node(NodeKind::OBJECT, "part", size);
            sketch.edge(owner, EdgeKind::PROPERTY, "x", part);
            part
        });
        let shared = sketch.node(NodeKind::OBJECT, "shared", 8);
        sketch.edge(parts[0], EdgeKind::PROPERTY, "x", shared);
        sketch.edge(parts[1], EdgeKind::PROPERTY, "x", shared);
        let single = sketch.rooted(NodeKind::OBJECT, "single", 8);
        let below = sketch.node(NodeKind::OBJECT, "below", 90);
        sketch.edge(single, EdgeKind::PROPERTY, "x", below);
        let heap = sketch.heap();
        let task = Task::new();
        assert!(heap.dominated_if_known().is_none());
        let before = heap.bytes();
        let found = heap.dominated(&task).unwrap();
        assert_eq!(found.of(heap.root()), [owner.0, single.0]);
        assert_eq!(
            found.of(owner),
            [parts[0].0, parts[1].0, parts[2].0, shared.0]
        );
        assert_eq!(found.of(shared), [0u32; 0]);
        assert_eq!(found.of(NodeId(99)), [0u32; 0]);
        assert_eq!(found.count(owner, &task).unwrap(), 5);
        assert_eq!(found.count(heap.root(), &task).unwrap(), 8);
        // The largest part of the first is far below it; the other passes all on to one.
        assert!(found.is_drop(owner) && !found.is_drop(single) && !found.is_drop(below));
        assert!(heap.bytes() > before);
    }
}
