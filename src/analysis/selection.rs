//! The objects that a question is about: all of them, or those that a filter lets through.

use crate::column::BitSet;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::task::{CHECK_EVERY, Task};

/// The objects that a filter lets through.
#[derive(Debug, Clone, Default)]
pub enum Selection {
    /// Every object.
    #[default]
    All,
    /// Those whose bit is set.
    Some(BitSet),
}

impl Selection {
    /// Whether the node is selected.
    #[inline]
    pub fn contains(&self, node: NodeId) -> bool {
        match self {
            Self::All => true,
            Self::Some(nodes) => nodes.contains(node.index()),
        }
    }
}

/// The nodes for which `test` holds.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn matching(heap: &Heap, task: &Task, test: impl Fn(NodeId) -> bool) -> Result<BitSet> {
    let mut nodes = BitSet::new(heap.node_count());
    for node in heap.graph().nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if test(node) {
            nodes.insert(node.index());
        }
    }
    Ok(nodes)
}
