//! [`HeapGraph`] as `petgraph` sees it: its walkers, adaptors, `Dot` and algorithms run on `&HeapGraph` as they are.
//!
//! Nodes and edges carry nothing here but their ordinals, so these are their weights; what an ordinal means is known
//! further up. Neighbours and edges come in the order of the file, parallel ones as often as there are edges. Going
//! against the edges costs a search for the source per edge ([`HeapGraph::source`]).

use std::iter::FusedIterator;
use std::ops::Range;
use std::slice;

use fixedbitset::FixedBitSet;
use petgraph::visit::{
    Data, EdgeCount, EdgeIndexable, EdgeRef, GraphBase, GraphProp, IntoEdgeReferences, IntoEdges,
    IntoEdgesDirected, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers,
    IntoNodeReferences, NodeCompactIndexable, NodeCount, NodeIndexable, NodeRef, VisitMap,
    Visitable,
};
use petgraph::{Directed, Direction};

use super::{EdgeId, HeapGraph, NodeId};

/// Walkers note visited nodes in the bit set of `petgraph`'s own graphs, which its filters take as well.
impl VisitMap<NodeId> for FixedBitSet {
    fn visit(&mut self, node: NodeId) -> bool {
        !self.put(node.index())
    }

    fn is_visited(&self, node: &NodeId) -> bool {
        self.contains(node.index())
    }

    fn unvisit(&mut self, node: NodeId) -> bool {
        let visited = self.contains(node.index());
        if visited {
            self.remove(node.index());
        }
        visited
    }
}

/// A node as `petgraph` hands it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeReference(pub NodeId);

impl NodeRef for NodeReference {
    type NodeId = NodeId;
    type Weight = NodeId;

    fn id(&self) -> NodeId {
        self.0
    }

    fn weight(&self) -> &NodeId {
        &self.0
    }
}

/// An edge with its ends, as `petgraph` hands it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeReference {
    edge: EdgeId,
    source: NodeId,
    target: NodeId,
}

impl EdgeRef for EdgeReference {
    type NodeId = NodeId;
    type EdgeId = EdgeId;
    type Weight = EdgeId;

    fn source(&self) -> NodeId {
        self.source
    }

    fn target(&self) -> NodeId {
        self.target
    }

    fn weight(&self) -> &EdgeId {
        &self.edge
    }

    fn id(&self) -> EdgeId {
        self.edge
    }
}

/// All nodes, in order.
#[derive(Debug, Clone)]
pub struct NodeIdentifiers(Range<u32>);

impl Iterator for NodeIdentifiers {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        self.0.next().map(NodeId)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for NodeIdentifiers {}
impl FusedIterator for NodeIdentifiers {}

/// All nodes, in order, as references.
#[derive(Debug, Clone)]
pub struct NodeReferences(NodeIdentifiers);

impl Iterator for NodeReferences {
    type Item = NodeReference;

    fn next(&mut self) -> Option<NodeReference> {
        self.0.next().map(NodeReference)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for NodeReferences {}
impl FusedIterator for NodeReferences {}

/// The edges of one node, outgoing or incoming; each still runs from its source to its target.
#[derive(Debug, Clone)]
pub struct Edges<'a> {
    graph: &'a HeapGraph,
    node: NodeId,
    row: Row<'a>,
}

#[derive(Debug, Clone)]
enum Row<'a> {
    Outgoing(Range<u32>),
    Incoming(slice::Iter<'a, u32>),
}

impl<'a> Edges<'a> {
    fn outgoing(graph: &'a HeapGraph, node: NodeId) -> Self {
        let row = graph.edge_range(node);
        Self {
            graph,
            node,
            row: Row::Outgoing(row.start as u32..row.end as u32),
        }
    }

    fn incoming(graph: &'a HeapGraph, node: NodeId) -> Self {
        Self {
            graph,
            node,
            row: Row::Incoming(graph.retaining_row(node).iter()),
        }
    }
}

impl Iterator for Edges<'_> {
    type Item = EdgeReference;

    fn next(&mut self) -> Option<EdgeReference> {
        Some(match &mut self.row {
            Row::Outgoing(row) => {
                let edge = EdgeId(row.next()?);
                EdgeReference {
                    edge,
                    source: self.node,
                    target: self.graph.target(edge),
                }
            }
            Row::Incoming(row) => {
                let edge = EdgeId(*row.next()?);
                EdgeReference {
                    edge,
                    source: self.graph.source(edge),
                    target: self.node,
                }
            }
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.row {
            Row::Outgoing(row) => row.size_hint(),
            Row::Incoming(row) => row.size_hint(),
        }
    }
}

impl ExactSizeIterator for Edges<'_> {}
impl FusedIterator for Edges<'_> {}

/// The other ends of the edges of one node, once per edge.
#[derive(Debug, Clone)]
pub struct Neighbors<'a> {
    edges: Edges<'a>,
    direction: Direction,
}

impl Iterator for Neighbors<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let edge = self.edges.next()?;
        Some(match self.direction {
            Direction::Outgoing => edge.target,
            Direction::Incoming => edge.source,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.edges.size_hint()
    }
}

impl ExactSizeIterator for Neighbors<'_> {}
impl FusedIterator for Neighbors<'_> {}

/// All edges, in order.
#[derive(Debug, Clone)]
pub struct EdgeReferences<'a> {
    graph: &'a HeapGraph,
    edges: Range<u32>,
    /// The source of the edge handed out last, or a node before the next one's source.
    source: u32,
}

impl Iterator for EdgeReferences<'_> {
    type Item = EdgeReference;

    fn next(&mut self) -> Option<EdgeReference> {
        let edge = self.edges.next()?;
        while self.graph.edge_range(NodeId(self.source)).end <= edge as usize {
            self.source += 1;
        }
        let edge = EdgeId(edge);
        Some(EdgeReference {
            edge,
            source: NodeId(self.source),
            target: self.graph.target(edge),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.edges.size_hint()
    }
}

impl ExactSizeIterator for EdgeReferences<'_> {}
impl FusedIterator for EdgeReferences<'_> {}

impl GraphBase for HeapGraph {
    type NodeId = NodeId;
    type EdgeId = EdgeId;
}

impl Data for HeapGraph {
    type NodeWeight = NodeId;
    type EdgeWeight = EdgeId;
}

impl GraphProp for HeapGraph {
    type EdgeType = Directed;
}

impl NodeCount for HeapGraph {
    fn node_count(&self) -> usize {
        self.node_count()
    }
}

impl EdgeCount for HeapGraph {
    fn edge_count(&self) -> usize {
        self.edge_count()
    }
}

impl NodeIndexable for HeapGraph {
    fn node_bound(&self) -> usize {
        self.node_count()
    }

    fn to_index(&self, node: NodeId) -> usize {
        node.index()
    }

    fn from_index(&self, index: usize) -> NodeId {
        NodeId(index as u32)
    }
}

impl NodeCompactIndexable for HeapGraph {}

impl EdgeIndexable for HeapGraph {
    fn edge_bound(&self) -> usize {
        self.edge_count()
    }

    fn to_index(&self, edge: EdgeId) -> usize {
        edge.index()
    }

    fn from_index(&self, index: usize) -> EdgeId {
        EdgeId(index as u32)
    }
}

impl Visitable for HeapGraph {
    type Map = FixedBitSet;

    fn visit_map(&self) -> FixedBitSet {
        FixedBitSet::with_capacity(self.node_count())
    }

    fn reset_map(&self, map: &mut FixedBitSet) {
        map.clear();
        map.grow(self.node_count());
    }
}

impl IntoNodeIdentifiers for &HeapGraph {
    type NodeIdentifiers = NodeIdentifiers;

    fn node_identifiers(self) -> NodeIdentifiers {
        NodeIdentifiers(0..self.node_count() as u32)
    }
}

impl IntoNodeReferences for &HeapGraph {
    type NodeRef = NodeReference;
    type NodeReferences = NodeReferences;

    fn node_references(self) -> NodeReferences {
        NodeReferences(self.node_identifiers())
    }
}

impl<'a> IntoNeighbors for &'a HeapGraph {
    type Neighbors = Neighbors<'a>;

    fn neighbors(self, node: NodeId) -> Neighbors<'a> {
        self.neighbors_directed(node, Direction::Outgoing)
    }
}

impl<'a> IntoNeighborsDirected for &'a HeapGraph {
    type NeighborsDirected = Neighbors<'a>;

    fn neighbors_directed(self, node: NodeId, direction: Direction) -> Neighbors<'a> {
        Neighbors {
            edges: self.edges_directed(node, direction),
            direction,
        }
    }
}

impl<'a> IntoEdgeReferences for &'a HeapGraph {
    type EdgeRef = EdgeReference;
    type EdgeReferences = EdgeReferences<'a>;

    fn edge_references(self) -> EdgeReferences<'a> {
        EdgeReferences {
            graph: self,
            edges: 0..self.edge_count() as u32,
            source: 0,
        }
    }
}

impl<'a> IntoEdges for &'a HeapGraph {
    type Edges = Edges<'a>;

    fn edges(self, node: NodeId) -> Edges<'a> {
        Edges::outgoing(self, node)
    }
}

impl<'a> IntoEdgesDirected for &'a HeapGraph {
    type EdgesDirected = Edges<'a>;

    fn edges_directed(self, node: NodeId, direction: Direction) -> Edges<'a> {
        match direction {
            Direction::Outgoing => Edges::outgoing(self, node),
            Direction::Incoming => Edges::incoming(self, node),
        }
    }
}

#[cfg(test)]
#[path = "petgraph_tests.rs"]
mod tests;
