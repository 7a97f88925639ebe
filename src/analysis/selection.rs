//! The objects that a question is about: all of them, or those that a filter lets through.

use crate::column::BitSet;
use crate::graph::NodeId;

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
