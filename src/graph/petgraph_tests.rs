//! `petgraph`'s own code on [`HeapGraph`], against the same on `petgraph::Graph` with the same edges.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Graph;
use petgraph::algo::{
    condensation, connected_components, dijkstra, dominators::simple_fast, has_path_connecting,
    is_cyclic_directed, kosaraju_scc, tarjan_scc, toposort,
};
use petgraph::dot::Dot;
use petgraph::graph::NodeIndex;
use petgraph::visit::{Bfs, Dfs, DfsPostOrder, EdgeFiltered, NodeFiltered, Reversed, Topo, Walker};
use proptest::prelude::*;

use super::super::testing::{graph, multigraphs, pairs};
use super::*;

/// The same graph as `petgraph` stores it; its indices are the ordinals.
fn twin(graph: &HeapGraph) -> Graph<NodeId, EdgeId> {
    let mut twin = Graph::new();
    for node in graph.nodes() {
        twin.add_node(node);
    }
    for (edge, (from, to)) in pairs(graph).into_iter().enumerate() {
        twin.add_edge(
            NodeIndex::new(from as usize),
            NodeIndex::new(to as usize),
            EdgeId(edge as u32),
        );
    }
    twin
}

/// Two roots of one shared array, a cycle, a parallel edge, a loop, and something unreached.
fn sample() -> HeapGraph {
    graph(
        8,
        &[
            (0, 1),
            (0, 2),
            (1, 3),
            (1, 3),
            (2, 3),
            (3, 4),
            (4, 5),
            (5, 3),
            (5, 5),
            (6, 5),
        ],
    )
}

/// Edges as (id, source, target), sorted.
fn edge_set<E>(edges: impl Iterator<Item = E>) -> Vec<(u32, usize, usize)>
where
    E: EdgeRef,
    E::Weight: Ordinal,
    E::NodeId: Place,
{
    let mut found: Vec<_> = edges
        .map(|edge| {
            (
                edge.weight().ordinal(),
                edge.source().place(),
                edge.target().place(),
            )
        })
        .collect();
    found.sort_unstable();
    found
}

trait Ordinal {
    fn ordinal(&self) -> u32;
}

impl Ordinal for EdgeId {
    fn ordinal(&self) -> u32 {
        self.0
    }
}

trait Place {
    fn place(&self) -> usize;
}

impl Place for NodeId {
    fn place(&self) -> usize {
        self.index()
    }
}

impl Place for NodeIndex {
    fn place(&self) -> usize {
        self.index()
    }
}

fn sorted<N: Place>(nodes: impl Iterator<Item = N>) -> Vec<usize> {
    let mut places: Vec<usize> = nodes.map(|node| node.place()).collect();
    places.sort_unstable();
    places
}

/// Components as sorted lists, whatever order an algorithm gives them in.
fn components<N: Place>(components: Vec<Vec<N>>) -> BTreeSet<Vec<usize>> {
    components
        .into_iter()
        .map(|component| sorted(component.into_iter()))
        .collect()
}

#[test]
fn edges_of_a_node_keep_their_ends_in_either_direction() {
    let graph = sample();
    let into: Vec<EdgeReference> = graph
        .edges_directed(NodeId(3), Direction::Incoming)
        .collect();
    let ends: Vec<(u32, u32)> = into
        .iter()
        .map(|edge| (edge.source().0, edge.target().0))
        .collect();
    assert_eq!(ends, [(1, 3), (1, 3), (2, 3), (5, 3)]);
    assert_ne!(into[0].id(), into[1].id(), "parallel edges are two edges");

    // Reversed turns ends round, and asks for what comes in when it is asked for what goes out.
    let turned: Vec<(u32, u32)> = Reversed(&graph)
        .edges(NodeId(3))
        .map(|edge| (edge.source().0, edge.target().0))
        .collect();
    assert_eq!(turned, [(3, 1), (3, 1), (3, 2), (3, 5)]);
}

#[test]
fn walkers_visit_what_they_visit_in_petgraphs_graph() {
    let (ours, theirs) = (sample(), twin(&sample()));
    for start in 0..8 {
        let (node, index) = (NodeId(start), NodeIndex::new(start as usize));
        assert_eq!(
            sorted(Bfs::new(&ours, node).iter(&ours)),
            sorted(Bfs::new(&theirs, index).iter(&theirs))
        );
        assert_eq!(
            sorted(Dfs::new(Reversed(&ours), node).iter(Reversed(&ours))),
            sorted(Dfs::new(Reversed(&theirs), index).iter(Reversed(&theirs)))
        );
        assert_eq!(
            sorted(DfsPostOrder::new(&ours, node).iter(&ours)),
            sorted(DfsPostOrder::new(&theirs, index).iter(&theirs))
        );
    }
    // What stands in a cycle or behind one has no place in a topological order.
    assert_eq!(sorted(Topo::new(&ours).iter(&ours)), [0, 1, 2, 6, 7]);
}

#[test]
fn filters_leave_out() {
    let graph = sample();
    let without_edge_5 = EdgeFiltered::from_fn(&graph, |edge| edge.id() != EdgeId(5));
    let reached = sorted(Dfs::new(&without_edge_5, NodeId(0)).iter(&without_edge_5));
    assert_eq!(reached, [0, 1, 2, 3]);

    // What one walk has visited filters another.
    let mut walk = Dfs::new(&graph, NodeId(1));
    while walk.next(&graph).is_some() {}
    let visited = NodeFiltered(&graph, walk.discovered);
    let inside = visited.node_identifiers();
    assert_eq!(sorted(inside), [1, 3, 4, 5]);
}

#[test]
fn algorithms_run_as_they_are() {
    let (ours, theirs) = (sample(), twin(&sample()));
    assert!(toposort(&ours, None).is_err());
    assert!(is_cyclic_directed(&ours));
    assert!(has_path_connecting(&ours, NodeId(0), NodeId(5), None));
    assert!(!has_path_connecting(&ours, NodeId(0), NodeId(6), None));
    assert_eq!(connected_components(&ours), connected_components(&theirs));

    let acyclic = graph(4, &[(3, 1), (3, 1), (1, 0), (2, 0)]);
    let order = toposort(&acyclic, None).expect("has no cycle");
    for (from, to) in pairs(&acyclic) {
        let place = |node| order.iter().position(|&other| other == NodeId(node));
        assert!(place(from) < place(to), "{from} stands behind {to}");
    }

    // Condensing takes a graph of petgraph's own.
    let condensed = condensation(theirs, true);
    assert_eq!(condensed.node_count(), tarjan_scc(&ours).len());
}

#[test]
fn dot_names_ordinals() {
    let graph = graph(3, &[(0, 1), (0, 1), (2, 2)]);
    assert_eq!(
        Dot::new(&graph).to_string(),
        "digraph {\n    0 [ label = \"0\" ]\n    1 [ label = \"1\" ]\n    2 [ label = \"2\" ]\n    \
         0 -> 1 [ label = \"0\" ]\n    0 -> 1 [ label = \"1\" ]\n    2 -> 2 [ label = \"2\" ]\n}\n"
    );
}

#[test]
fn nothing_of_an_empty_graph() {
    let graph = HeapGraph::default();
    assert_eq!((&graph).node_references().count(), 0);
    assert_eq!((&graph).edge_references().count(), 0);
    assert!(kosaraju_scc(&graph).is_empty());
}

proptest! {
    #[test]
    fn same_as_petgraphs_graph(ours in multigraphs(12, 40)) {
        let theirs = twin(&ours);
        prop_assert_eq!(NodeCount::node_count(&&ours), theirs.node_count());
        prop_assert_eq!(EdgeCount::edge_count(&&ours), theirs.edge_count());
        prop_assert_eq!(
            edge_set((&ours).edge_references()),
            edge_set(theirs.edge_references())
        );
        prop_assert_eq!(
            edge_set(Reversed(&ours).edge_references()),
            edge_set(Reversed(&theirs).edge_references())
        );
        prop_assert_eq!(components(tarjan_scc(&ours)), components(tarjan_scc(&theirs)));
        prop_assert_eq!(components(kosaraju_scc(&ours)), components(kosaraju_scc(&theirs)));
        prop_assert_eq!(toposort(&ours, None).is_ok(), toposort(&theirs, None).is_ok());

        for node in ours.nodes() {
            let index = NodeIndex::new(node.index());
            for direction in [Direction::Outgoing, Direction::Incoming] {
                prop_assert_eq!(
                    sorted((&ours).neighbors_directed(node, direction)),
                    sorted(theirs.neighbors_directed(index, direction))
                );
                prop_assert_eq!(
                    edge_set((&ours).edges_directed(node, direction)),
                    edge_set(theirs.edges_directed(index, direction))
                );
                prop_assert_eq!(
                    edge_set(Reversed(&ours).edges_directed(node, direction)),
                    edge_set(Reversed(&theirs).edges_directed(index, direction))
                );
            }
        }

        // Costs that differ from edge to edge tell whether parallel ones are all there.
        let cost = |edge: EdgeId| edge.0 % 7;
        let near: BTreeMap<usize, u32> = dijkstra(&ours, NodeId(0), None, |edge| cost(edge.id()))
            .into_iter()
            .map(|(node, cost)| (node.index(), cost))
            .collect();
        let far: BTreeMap<usize, u32> =
            dijkstra(&theirs, NodeIndex::new(0), None, |edge| cost(*edge.weight()))
                .into_iter()
                .map(|(node, cost)| (node.index(), cost))
                .collect();
        prop_assert_eq!(near, far);

        let (one, other) = (
            simple_fast(&ours, NodeId(0)),
            simple_fast(&theirs, NodeIndex::new(0)),
        );
        for node in ours.nodes() {
            prop_assert_eq!(
                one.immediate_dominator(node).map(NodeId::index),
                other
                    .immediate_dominator(NodeIndex::new(node.index()))
                    .map(NodeIndex::index)
            );
        }
    }
}
