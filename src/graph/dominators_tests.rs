//! Dominators against `petgraph`'s, against taking nodes away, and on shapes that are deep or wide.

use petgraph::algo::dominators::simple_fast;
use proptest::prelude::*;

use super::super::testing::{graph, multigraphs, pairs};
use super::super::{EdgeId, HeapGraph, NodeId};
use super::*;
use crate::error::ErrorKind;

const ROOT: NodeId = NodeId(0);

fn every_edge(graph: &HeapGraph) -> BitSet {
    let mut keep = BitSet::new(graph.edge_count());
    for edge in 0..graph.edge_count() {
        keep.insert(edge);
    }
    keep
}

/// A tree by nodes.
#[derive(Debug, Default, PartialEq)]
struct Dominators {
    idom: Vec<u32>,
    order: Vec<u32>,
}

fn dominators(
    graph: &HeapGraph,
    root: NodeId,
    keep: &BitSet,
    extra: &[u32],
    task: &Task,
) -> Result<Dominators> {
    let hubs = Hubs::find(graph, task)?;
    let tree = dominator_tree(graph, root, keep, &hubs, |_| Ok(extra.to_vec()), task)?;
    let order = tree.order();
    let idom = tree.into_dominators(&order, UNREACHED);
    Ok(Dominators { idom, order })
}

/// Dominators over all edges.
fn plain(graph: &HeapGraph) -> Dominators {
    dominators(graph, ROOT, &every_edge(graph), &[], &Task::new()).expect("nobody cancels")
}

/// What the root reaches without passing through `removed`.
fn reached(graph: &HeapGraph, keep: &BitSet, extra: &[u32], removed: Option<u32>) -> Vec<bool> {
    let mut seen = vec![false; graph.node_count()];
    let mut open = vec![ROOT.0];
    let mut first = true;
    while let Some(node) = open.pop() {
        if Some(node) == removed || std::mem::replace(&mut seen[node as usize], true) {
            continue;
        }
        if std::mem::take(&mut first) {
            open.extend(extra);
        }
        open.extend(
            graph
                .edges_from(NodeId(node))
                .filter(|edge| keep.contains(edge.index()))
                .map(|edge| graph.target(edge).0),
        );
    }
    seen
}

/// Immediate dominators by taking each node away and looking what is lost.
fn by_removal(graph: &HeapGraph, keep: &BitSet, extra: &[u32]) -> Vec<u32> {
    let node_count = graph.node_count();
    let all = reached(graph, keep, extra, None);
    let mut dominators_of: Vec<Vec<u32>> = vec![Vec::new(); node_count];
    for removed in (0..node_count as u32).filter(|&node| all[node as usize]) {
        let left = reached(graph, keep, extra, Some(removed));
        for node in 0..node_count {
            if all[node] && !left[node] && node != removed as usize {
                dominators_of[node].push(removed);
            }
        }
    }
    (0..node_count)
        .map(|node| {
            if node == ROOT.index() {
                return ROOT.0;
            }
            // The dominators of a node dominate each other in a row; the last has all others.
            dominators_of[node]
                .iter()
                .copied()
                .max_by_key(|&dominator| dominators_of[dominator as usize].len())
                .unwrap_or(UNREACHED)
        })
        .collect()
}

/// The order is a depth-first preorder of exactly the reached nodes, dominators in front.
fn assert_order(graph: &HeapGraph, keep: &BitSet, extra: &[u32], found: &Dominators) {
    let mut place = vec![usize::MAX; graph.node_count()];
    for (at, &node) in found.order.iter().enumerate() {
        assert_eq!(
            place[node as usize],
            usize::MAX,
            "{node} stands there twice"
        );
        place[node as usize] = at;
    }
    assert_eq!(found.order.first(), Some(&ROOT.0));
    for node in graph.nodes() {
        let dominator = found.idom[node.index()];
        assert_eq!(dominator == UNREACHED, place[node.index()] == usize::MAX);
        if dominator != UNREACHED && node != ROOT {
            assert!(place[dominator as usize] < place[node.index()]);
        }
    }
    // In a preorder, every node's parent is the closest earlier node that has an edge to it and is still open; so an
    // edge never leads from an earlier node to a later one outside of the earlier one's tree.
    let mut open: Vec<u32> = Vec::new();
    let leads = |from: u32, to: u32| {
        from == ROOT.0 && extra.contains(&to)
            || graph
                .edges_from(NodeId(from))
                .any(|edge| keep.contains(edge.index()) && graph.target(edge).0 == to)
    };
    for &node in &found.order {
        while let Some(&last) = open.last() {
            if leads(last, node) {
                break;
            }
            assert!(
                graph
                    .edges_from(NodeId(last))
                    .filter(|edge| keep.contains(edge.index()))
                    .all(|edge| place[graph.target(edge).index()] < place[node as usize]),
                "{last} was left with targets still new"
            );
            open.pop();
        }
        open.push(node);
    }
}

#[test]
fn two_holders_share_what_neither_dominates() {
    //   0 → 1 → 3 → 4, 0 → 2 → 3, 4 → 5 → 4
    let graph = graph(7, &[(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 5), (5, 4)]);
    let found = plain(&graph);
    assert_eq!(found.idom, [0, 0, 0, 0, 3, 4, UNREACHED]);
    assert_eq!(found.order, [0, 1, 3, 4, 5, 2]);
}

#[test]
fn edges_that_are_not_kept_hold_nothing() {
    let graph = graph(3, &[(0, 1), (0, 2), (1, 2)]);
    let mut keep = every_edge(&graph);
    keep.remove(1);
    let found = dominators(&graph, ROOT, &keep, &[], &Task::new()).expect("nobody cancels");
    assert_eq!(found.idom, [0, 0, 1]);
    keep.remove(0);
    let found = dominators(&graph, ROOT, &keep, &[], &Task::new()).expect("nobody cancels");
    assert_eq!(found.idom, [0, UNREACHED, UNREACHED]);
    assert_eq!(found.order, [0]);
}

#[test]
fn orphans_hang_on_the_root_and_share() {
    // 3 is an orphan that holds 1's only child too; the clique of 4 and 5 stays out.
    let graph = graph(6, &[(0, 1), (1, 2), (3, 2), (4, 5), (5, 4)]);
    let keep = every_edge(&graph);
    let found = dominators(&graph, ROOT, &keep, &[3], &Task::new()).expect("nobody cancels");
    assert_eq!(found.idom, [0, 0, 0, 0, UNREACHED, UNREACHED]);
    assert_eq!(found.order, [0, 1, 2, 3]);
    // Named twice, reached already, or the root itself.
    let found = dominators(&graph, ROOT, &keep, &[2, 3, 3, 0], &Task::new()).expect("as before");
    assert_eq!(found.idom, [0, 0, 0, 0, UNREACHED, UNREACHED]);
}

#[test]
fn another_root_than_the_first_node() {
    let graph = graph(3, &[(0, 1), (2, 0), (1, 2)]);
    let found = dominators(&graph, NodeId(2), &every_edge(&graph), &[], &Task::new());
    assert_eq!(found.expect("nobody cancels").idom, [2, 0, 2]);
}

#[test]
fn nothing_to_reach() {
    let nothing = dominators(
        &HeapGraph::default(),
        ROOT,
        &BitSet::default(),
        &[],
        &Task::new(),
    );
    assert_eq!(nothing.expect("nobody cancels"), Dominators::default());
    let alone = plain(&graph(1, &[(0, 0)]));
    assert_eq!((alone.idom, alone.order), (vec![0], vec![0]));
}

#[test]
fn cancelled() {
    let graph = graph(2, &[(0, 1)]);
    let task = Task::new();
    task.cancel();
    let error = dominators(&graph, ROOT, &every_edge(&graph), &[], &task)
        .expect_err("was cancelled beforehand");
    assert_eq!(error.kind, ErrorKind::Cancelled);
}

const LONG: u32 = 200_000;

#[test]
fn a_list_that_an_array_holds_too() {
    // Root → array 1; the array holds every element, each element the next and the one before.
    let (first, end) = (2, 2 + LONG);
    let mut edges = vec![(0, 1)];
    edges.extend((first..end).map(|element| (1, element)));
    edges.extend((first..end - 1).map(|element| (element, element + 1)));
    edges.extend((first + 1..end).map(|element| (element, element - 1)));
    let found = plain(&graph(end, &edges));
    assert!(found.idom[first as usize..].iter().all(|&idom| idom == 1));
    assert_eq!(found.order.len(), end as usize);
}

#[test]
fn a_deep_list() {
    let edges: Vec<(u32, u32)> = (0..LONG).map(|node| (node, node + 1)).collect();
    let found = plain(&graph(LONG + 1, &edges));
    assert_eq!(found.idom[0], 0);
    assert!((0..LONG).all(|node| found.idom[node as usize + 1] == node));
}

#[test]
fn a_wide_array() {
    // Everything refers back and to itself, and nothing of it matters.
    let edges: Vec<(u32, u32)> = (1..=LONG)
        .flat_map(|node| [(0, node), (node, 0), (node, node)])
        .collect();
    let found = plain(&graph(LONG + 1, &edges));
    assert!(found.idom.iter().all(|&idom| idom == 0));
}

#[test]
fn a_list_whose_end_holds_what_the_root_holds_too() {
    // The depth-first search goes down the list first, so each of the many has the list's end for a parent and the
    // root for a dominator: one climb over the whole list each, unless climbs jump.
    let end = LONG;
    let mut edges: Vec<(u32, u32)> = vec![(0, 1)];
    edges.extend((1..end).map(|node| (node, node + 1)));
    edges.extend((end + 1..=end + LONG).flat_map(|node| [(end, node), (0, node)]));
    let found = plain(&graph(end + LONG + 1, &edges));
    assert_eq!(found.order[..3], [0, 1, 2]);
    assert!((1..=end).all(|node| found.idom[node as usize] == node - 1));
    assert!(found.idom[end as usize + 1..].iter().all(|&idom| idom == 0));
}

#[test]
fn many_that_join_a_list_at_every_height() {
    // Node `end + k` is held by the list's end and by list element `k`, which therefore dominates it.
    let end = LONG;
    let mut edges: Vec<(u32, u32)> = (0..end).map(|node| (node, node + 1)).collect();
    edges.extend((1..end).flat_map(|k| [(end, end + k), (k, end + k)]));
    let found = plain(&graph(end + end, &edges));
    assert!((1..end).all(|k| found.idom[(end + k) as usize] == k));
}

/// Immediate dominators by the textbook.
fn by_petgraph(graph: &HeapGraph) -> Vec<u32> {
    let theirs = simple_fast(graph, ROOT);
    let dominator = |node| match theirs.immediate_dominator(node) {
        Some(dominator) => dominator.0,
        None if node == ROOT => ROOT.0,
        None => UNREACHED,
    };
    graph.nodes().map(dominator).collect()
}

/// Graphs as heaps are: what most nodes refer to, nodes that refer to nothing else, and lists and edges in any direction
/// between the others.
fn graphs_of_hubs() -> impl Strategy<Value = HeapGraph> {
    let edges = |most| proptest::collection::vec(any::<[u16; 2]>(), 0..most);
    let shape = (2..90u16, 0..90u16, 1..6u16, 0..3u16);
    (shape, edges(60), edges(200), edges(60), edges(4)).prop_map(
        |((others, ends, hubs, in_list), between, into_hubs, into_ends, of_hubs)| {
            let (first_end, first_hub) = (others, others + ends);
            let mut edges = vec![(0, 1)];
            let one = |at: u16, count: u16| u32::from(at % count);
            if in_list > 0 {
                edges.extend((0..others - 1).map(|at| (at.into(), u32::from(at) + 1)));
            }
            let hub = |at| u32::from(first_hub) + one(at, hubs);
            let [others, ends] = [others, ends].map(|count| count.max(1));
            edges.extend(
                between
                    .iter()
                    .map(|&[from, to]| (one(from, others), one(to, others))),
            );
            let from_all = |[from, to]: [u16; 2]| (one(from, first_hub), hub(to));
            edges.extend(into_hubs.into_iter().map(from_all));
            let end = |at| u32::from(first_end) + one(at, ends);
            if first_end < first_hub {
                edges.extend(
                    into_ends
                        .iter()
                        .map(|&[from, to]| (one(from, others), end(to))),
                );
            }
            edges.extend(
                of_hubs
                    .iter()
                    .map(|&[from, to]| (hub(from), one(to, first_hub))),
            );
            graph((first_hub + hubs).into(), &edges)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn same_as_taking_nodes_away(
        graph in multigraphs(14, 40),
        dropped in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
        extra in proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut keep = every_edge(&graph);
        if graph.edge_count() > 0 {
            for edge in &dropped {
                keep.remove(edge.index(graph.edge_count()));
            }
        }
        let extra: Vec<u32> = extra
            .iter()
            .map(|node| node.index(graph.node_count()) as u32)
            .collect();
        let found = dominators(&graph, ROOT, &keep, &extra, &Task::new()).expect("nobody cancels");
        prop_assert_eq!(&found.idom, &by_removal(&graph, &keep, &extra));
        assert_order(&graph, &keep, &extra, &found);
    }

    #[test]
    fn same_as_petgraph(
        ours in multigraphs(60, 150),
        dropped in proptest::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let mut keep = every_edge(&ours);
        if ours.edge_count() > 0 {
            for edge in &dropped {
                keep.remove(edge.index(ours.edge_count()));
            }
        }
        let found = dominators(&ours, ROOT, &keep, &[], &Task::new()).expect("nobody cancels");
        let kept = (0..).zip(pairs(&ours)).filter(|(edge, _)| keep.contains(*edge));
        let edges: Vec<_> = kept.map(|(_, pair)| pair).collect();
        let theirs = by_petgraph(&graph(ours.node_count() as u32, &edges));
        prop_assert_eq!(found.idom, theirs, "{:?}", edges);
    }

    #[test]
    fn same_as_petgraph_where_hubs_take_most_edges(
        ours in graphs_of_hubs(),
        dropped in proptest::collection::vec(any::<prop::sample::Index>(), 0..30),
        extra in proptest::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) {
        let mut keep = every_edge(&ours);
        for edge in &dropped {
            keep.remove(edge.index(ours.edge_count()));
        }
        let node_count = ours.node_count();
        let extra: Vec<u32> = extra.iter().map(|node| node.index(node_count) as u32).collect();
        let found = dominators(&ours, ROOT, &keep, &extra, &Task::new()).expect("nobody cancels");
        let kept = (0..).zip(pairs(&ours)).filter(|(edge, _)| keep.contains(*edge));
        let edges: Vec<_> = kept
            .map(|(_, pair)| pair)
            .chain(extra.iter().map(|&node| (ROOT.0, node)))
            .collect();
        prop_assert_eq!(found.idom, by_petgraph(&graph(node_count as u32, &edges)), "{:?}", edges);
    }

    #[test]
    fn extra_edges_are_edges_of_the_root(
        ours in multigraphs(30, 60),
        extra in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let extra: Vec<u32> = extra
            .iter()
            .map(|node| node.index(ours.node_count()) as u32)
            .collect();
        let found = dominators(&ours, ROOT, &every_edge(&ours), &extra, &Task::new());
        let mut edges = pairs(&ours);
        edges.extend(extra.iter().map(|&node| (ROOT.0, node)));
        let whole = plain(&graph(ours.node_count() as u32, &edges));
        prop_assert_eq!(found.expect("nobody cancels").idom, whole.idom);
    }
}

#[test]
fn the_tests_graph_keeps_the_order_of_edges() {
    let graph = graph(3, &[(2, 0), (0, 2), (0, 1)]);
    assert_eq!(pairs(&graph), [(0, 2), (0, 1), (2, 0)]);
    assert_eq!(graph.source(EdgeId(2)), NodeId(2));
}
