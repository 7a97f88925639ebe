//! Small graphs for tests.

use proptest::prelude::*;

use super::HeapGraph;

/// A graph of `node_count` nodes with these edges; those of one source keep their order.
pub(crate) fn graph(node_count: u32, edges: &[(u32, u32)]) -> HeapGraph {
    let mut sorted = edges.to_vec();
    sorted.sort_by_key(|&(from, _)| from);
    let first_edge: Vec<u32> = (0..=node_count)
        .map(|node| sorted.partition_point(|&(from, _)| from < node) as u32)
        .collect();
    let to: Vec<u32> = sorted.iter().map(|&(_, to)| to).collect();
    HeapGraph::from_rows(first_edge.into(), to.into())
}

/// The edges of a graph as pairs, by edge ordinal, told from the forward rows alone.
pub(crate) fn pairs(graph: &HeapGraph) -> Vec<(u32, u32)> {
    graph
        .nodes()
        .flat_map(|from| graph.edges_from(from).map(move |edge| (from, edge)))
        .map(|(from, edge)| (from.0, graph.target(edge).0))
        .collect()
}

/// Multigraphs of 1 to `max_nodes` nodes with up to `max_edges` edges: loops, parallel edges, empty rows and all.
pub(crate) fn multigraphs(max_nodes: u32, max_edges: usize) -> impl Strategy<Value = HeapGraph> {
    (1..=max_nodes).prop_flat_map(move |node_count| {
        proptest::collection::vec((0..node_count, 0..node_count), 0..=max_edges)
            .prop_map(move |edges| graph(node_count, &edges))
    })
}
