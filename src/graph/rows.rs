//! The graph itself: rows of edges by source, and rows of retaining edges by target.

use std::ops::Range;

use crate::column::Column;

/// A node: its ordinal (0, 1, 2, …) in the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NodeId(pub u32);

/// An edge: its ordinal in the snapshot. Edges are grouped by source, in the order of the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EdgeId(pub u32);

impl NodeId {
    /// As an index into a column.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl EdgeId {
    /// As an index into a column.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A directed multigraph over nodes `0..node_count` in compressed sparse rows, both ways.
#[derive(Debug, Clone, Default)]
pub struct HeapGraph {
    /// Where each node's edges begin; one more than there are nodes, never falling.
    first_edge: Column<u32>,
    /// Target of each edge.
    to: Column<u32>,
    /// Where each node's retaining edges begin in `retaining`; one more than there are nodes.
    first_retaining: Column<u32>,
    /// The retaining edges, grouped by target, in the order of the edges.
    retaining: Column<u32>,
    /// The source of every 64th edge: the place from which to look for the others'.
    source_of_64th: Column<u32>,
}

impl HeapGraph {
    /// How many nodes.
    pub fn node_count(&self) -> usize {
        self.first_edge.len().saturating_sub(1)
    }

    /// How many edges.
    pub fn edge_count(&self) -> usize {
        self.to.len()
    }

    /// All nodes, in order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = NodeId> + ExactSizeIterator + use<> {
        (0..self.node_count() as u32).map(NodeId)
    }

    /// The outgoing edges of a node, as a range of edge ordinals.
    #[inline]
    pub fn edge_range(&self, node: NodeId) -> Range<usize> {
        self.first_edge[node.index()] as usize..self.first_edge[node.index() + 1] as usize
    }

    /// The outgoing edges of a node, in the order of the file.
    #[inline]
    pub fn edges_from(
        &self,
        node: NodeId,
    ) -> impl DoubleEndedIterator<Item = EdgeId> + ExactSizeIterator + use<> {
        let range = self.edge_range(node);
        (range.start as u32..range.end as u32).map(EdgeId)
    }

    /// The target of an edge.
    #[inline]
    pub fn target(&self, edge: EdgeId) -> NodeId {
        NodeId(self.to[edge.index()])
    }

    /// Targets of all edges, by edge ordinal.
    #[inline]
    pub fn targets(&self) -> &[u32] {
        &self.to
    }

    /// The incoming (retaining) edges of a node, in the order of the file.
    #[inline]
    pub fn edges_into(
        &self,
        node: NodeId,
    ) -> impl DoubleEndedIterator<Item = EdgeId> + ExactSizeIterator + '_ {
        let range = self.first_retaining[node.index()] as usize
            ..self.first_retaining[node.index() + 1] as usize;
        self.retaining[range].iter().map(|&edge| EdgeId(edge))
    }

    /// The source of an edge.
    pub fn source(&self, edge: EdgeId) -> NodeId {
        let block = edge.index() >> 6;
        let low = self.source_of_64th[block] as usize;
        let high = self
            .source_of_64th
            .get(block + 1)
            .map_or(self.node_count(), |&next| next as usize + 1);
        // The last node whose first edge is at or before this one: empty rows in front of it share that number.
        let ahead = self.first_edge[low + 1..=high].partition_point(|&first| first <= edge.0);
        NodeId((low + ahead) as u32)
    }
}
