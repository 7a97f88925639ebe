//! The graph itself: rows of edges by source, and rows of retaining edges by target.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use crate::column::{Column, zeros};

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

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for EdgeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A directed multigraph over nodes `0..node_count` in compressed sparse rows, both ways.
///
/// The retaining rows take as much memory as the rows of the file, and much can be answered without them: they are
/// built when they are first asked for.
#[derive(Debug, Clone, Default)]
pub struct HeapGraph {
    /// Where each node's edges begin; one more than there are nodes, never falling.
    first_edge: Column<u32>,
    /// Target of each edge.
    to: Column<u32>,
    retaining: OnceLock<Retaining>,
    /// The source of every 64th edge: the place from which to look for the others'.
    source_of_64th: Column<u32>,
}

/// The rows of edges by target.
#[derive(Debug, Clone, Default)]
struct Retaining {
    /// Where each node's retaining edges begin in `edges`; one more than there are nodes.
    first: Column<u32>,
    /// The retaining edges, grouped by target, in the order of the edges.
    edges: Column<u32>,
}

/// log2 of the distance between the edges whose source is written down.
const BLOCK_SHIFT: u32 = 6;

impl HeapGraph {
    /// The graph of these rows; linear in nodes.
    ///
    /// `first_edge` has one entry more than there are nodes, begins with 0, never falls and ends with the number of
    /// edges; every entry of `to` is below the number of nodes. Whoever reads a file has made sure of that: rows that
    /// contradict themselves panic here, as slices do.
    pub fn from_rows(first_edge: Column<u32>, to: Column<u32>) -> Self {
        debug_assert!(first_edge.first().is_none_or(|&first| first == 0));
        debug_assert!(first_edge.is_sorted());
        debug_assert_eq!(first_edge.last().map_or(0, |&end| end as usize), to.len());
        let source_of_64th = sources_of_blocks(&first_edge, to.len());
        Self {
            first_edge,
            to,
            retaining: OnceLock::new(),
            source_of_64th: source_of_64th.into(),
        }
    }

    /// Where each node's edges begin; one more than there are nodes.
    pub fn first_edges(&self) -> &[u32] {
        &self.first_edge
    }

    /// Memory held, in bytes. The retaining rows count before they are built, as whoever plans has to.
    pub fn bytes(&self) -> usize {
        let forward = self.first_edge.bytes() + self.to.bytes() + self.source_of_64th.bytes();
        let backward = self.first_edge.bytes() + self.to.bytes();
        forward + backward
    }

    /// Builds the retaining rows unless they are there already; linear in nodes and edges.
    ///
    /// Whoever asks for a retaining edge has them built. Who must not wait then, such as a screen, calls this first
    /// from somewhere else.
    pub fn link_back(&self) {
        self.retaining_rows();
    }

    #[inline]
    fn retaining_rows(&self) -> &Retaining {
        self.retaining.get_or_init(|| {
            let (first, edges) = retaining_rows(self.node_count(), &self.to);
            Retaining {
                first: first.into(),
                edges: edges.into(),
            }
        })
    }

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
        self.retaining_row(node).iter().map(|&edge| EdgeId(edge))
    }

    /// The incoming edges of a node as a slice of edge ordinals, which rise.
    #[inline]
    pub fn retaining_row(&self, node: NodeId) -> &[u32] {
        let rows = self.retaining_rows();
        let range = rows.first[node.index()] as usize..rows.first[node.index() + 1] as usize;
        &rows.edges[range]
    }

    /// The source of an edge: the one written down for its block of 64, then a binary search among the rows that
    /// begin in that block.
    pub fn source(&self, edge: EdgeId) -> NodeId {
        let block = edge.index() >> BLOCK_SHIFT;
        let low = self.source_of_64th[block] as usize;
        let high = self
            .source_of_64th
            .get(block + 1)
            .map_or(self.node_count(), |&next| next as usize);
        // The last node whose first edge is at or before this one: empty rows in front of it share that number.
        let ahead = self.first_edge[low + 1..=high].partition_point(|&first| first <= edge.0);
        NodeId((low + ahead) as u32)
    }
}

/// Edge ordinals grouped by target, those of one target rising: a counting sort.
fn retaining_rows(node_count: usize, to: &[u32]) -> (Vec<u32>, Vec<u32>) {
    // Counts stand two places on, so that after summing up, place `t + 1` is where target `t`'s row begins; filling
    // moves it on to where the next one begins, which is what belongs there.
    let mut first: Vec<u32> = zeros(node_count + 2);
    for &target in to {
        first[target as usize + 2] += 1;
    }
    let mut sum = 0;
    for count in &mut first {
        sum += *count;
        *count = sum;
    }
    let mut retaining = zeros(to.len());
    for (edge, &target) in to.iter().enumerate() {
        let place = &mut first[target as usize + 1];
        retaining[*place as usize] = edge as u32;
        *place += 1;
    }
    first.truncate(node_count + 1);
    (first, retaining)
}

/// The source of edge 0, 64, 128, ….
fn sources_of_blocks(first_edge: &[u32], edge_count: usize) -> Vec<u32> {
    let mut sources = Vec::with_capacity(edge_count.div_ceil(1 << BLOCK_SHIFT));
    for (node, row) in first_edge.windows(2).enumerate() {
        while (sources.len() << BLOCK_SHIFT) < row[1] as usize {
            sources.push(node as u32);
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{graph, multigraphs, pairs};
    use super::*;

    /// Both directions and the sources tell the same edges as the forward rows.
    fn assert_consistent(graph: &HeapGraph) {
        let pairs = pairs(graph);
        assert_eq!(pairs.len(), graph.edge_count());
        for (edge, &(from, to)) in pairs.iter().enumerate() {
            let edge = EdgeId(edge as u32);
            assert_eq!(graph.source(edge), NodeId(from), "source of {edge}");
            assert_eq!(graph.target(edge), NodeId(to), "target of {edge}");
        }
        let mut seen = 0;
        for node in graph.nodes() {
            let into: Vec<u32> = graph.edges_into(node).map(|edge| edge.0).collect();
            let expected: Vec<u32> = (0..pairs.len() as u32)
                .filter(|&edge| pairs[edge as usize].1 == node.0)
                .collect();
            assert_eq!(into, expected, "edges into {node}");
            seen += into.len();
        }
        assert_eq!(seen, graph.edge_count());
    }

    #[test]
    fn no_nodes() {
        for graph in [
            HeapGraph::default(),
            HeapGraph::from_rows(Column::default(), Column::default()),
            HeapGraph::from_rows(vec![0].into(), Column::default()),
        ] {
            assert_eq!((graph.node_count(), graph.edge_count()), (0, 0));
            assert_eq!(graph.nodes().len(), 0);
        }
    }

    #[test]
    fn nodes_without_edges() {
        let graph = graph(3, &[]);
        assert_eq!((graph.node_count(), graph.edge_count()), (3, 0));
        assert_consistent(&graph);
    }

    #[test]
    fn loops_and_parallel_edges_are_kept() {
        let graph = graph(3, &[(0, 0), (0, 1), (0, 1), (1, 1), (2, 0), (2, 1)]);
        assert_consistent(&graph);
        let into: Vec<EdgeId> = graph.edges_into(NodeId(1)).collect();
        assert_eq!(into, [EdgeId(1), EdgeId(2), EdgeId(3), EdgeId(5)]);
        assert_eq!(graph.edges_into(NodeId(2)).len(), 0);
    }

    #[test]
    fn sources_at_block_borders() {
        // Rows that end before, at and behind the border of a block, with and without runs of empty rows in between.
        for first_row in [1u32, 62, 63, 64, 65, 127, 128, 129, 192] {
            for empty in [0u32, 1, 63, 64, 65, 300] {
                let last = empty + 1;
                let mut edges: Vec<(u32, u32)> = (0..first_row).map(|to| (0, to % 2)).collect();
                edges.extend((0..130).map(|to| (last, to % (last + 1))));
                assert_consistent(&graph(last + 1, &edges));
                // The same with empty rows in front of and behind them.
                let moved: Vec<(u32, u32)> = edges
                    .iter()
                    .map(|&(from, to)| (from + 70, to + 70))
                    .collect();
                assert_consistent(&graph(last + 1 + 70 + 70, &moved));
            }
        }
    }

    #[test]
    fn bytes_count_every_column() {
        let graph = graph(2, &[(0, 1), (1, 0)]);
        // Rows of 3 entries and 2 edges both ways, and the source of one block.
        assert!(graph.bytes() >= (3 + 2 + 3 + 2 + 1) * 4);
    }

    proptest! {
        #[test]
        fn both_directions_agree(graph in multigraphs(40, 200)) {
            assert_consistent(&graph);
        }

        #[test]
        fn sparse_rows_agree(graph in multigraphs(500, 150)) {
            assert_consistent(&graph);
        }
    }
}
