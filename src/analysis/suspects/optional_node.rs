//! A node or none, in the four bytes of a node: for columns that have one of these per node of a heap.

use crate::graph::NodeId;

/// A node, or none. `Option<NodeId>` takes twice the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OptionalNode(u32);

impl OptionalNode {
    /// No node. No heap has a node of this number: nodes are counted in a `u32`.
    pub const NONE: Self = Self(u32::MAX);

    #[inline]
    pub fn get(self) -> Option<NodeId> {
        (self != Self::NONE).then_some(NodeId(self.0))
    }
}

impl From<NodeId> for OptionalNode {
    #[inline]
    fn from(node: NodeId) -> Self {
        Self(node.0)
    }
}
