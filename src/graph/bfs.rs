//! What seeds reach, breadth first.

use super::pace::Pace;
use super::{EdgeId, HeapGraph, NodeId};
use crate::column::BitSet;
use crate::error::Result;
use crate::task::Task;

/// The nodes that `seeds` reach over edges that `follow` lets through, the seeds included.
///
/// `follow` is given an edge with its source and target; it is asked only where the target has not been reached yet,
/// nearer sources first, each source's edges in the order of the file. Linear in nodes and edges.
///
/// # Errors
/// Only when the task is cancelled.
pub fn flood(
    graph: &HeapGraph,
    seeds: impl IntoIterator<Item = NodeId>,
    follow: impl FnMut(NodeId, EdgeId, NodeId) -> bool,
    task: &Task,
) -> Result<BitSet> {
    let none = BitSet::new(graph.node_count());
    flood_on(graph, none, seeds, follow, task)
}

/// Like [`flood`], where some nodes have been reached, and what they lead to as well or else is among the seeds.
///
/// # Errors
/// Only when the task is cancelled.
pub fn flood_on(
    graph: &HeapGraph,
    mut reached: BitSet,
    seeds: impl IntoIterator<Item = NodeId>,
    mut follow: impl FnMut(NodeId, EdgeId, NodeId) -> bool,
    task: &Task,
) -> Result<BitSet> {
    let mut level: Vec<u32> = Vec::new();
    for seed in seeds {
        if reached.insert(seed.index()) {
            level.push(seed.0);
        }
    }
    // Two levels instead of one long queue: memory follows the widest level, not all that is reached.
    let mut next = Vec::new();
    let mut pace = Pace::new(task);
    while !level.is_empty() {
        for &node in &level {
            let source = NodeId(node);
            // A step for the node as well, as many may have no edges.
            pace.step()?;
            for edge in graph.edges_from(source) {
                pace.step()?;
                let target = graph.target(edge);
                if !reached.contains(target.index()) && follow(source, edge, target) {
                    reached.insert(target.index());
                    next.push(target.0);
                }
            }
        }
        level.clear();
        std::mem::swap(&mut level, &mut next);
    }
    Ok(reached)
}

#[cfg(test)]
mod tests {
    use petgraph::visit::{Bfs, EdgeFiltered, EdgeRef, Walker};
    use proptest::prelude::*;

    use super::super::testing::{graph, multigraphs};
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn seeds_are_reached_whatever_is_followed() {
        let graph = graph(4, &[(0, 1), (1, 2), (3, 3)]);
        let seeds = [NodeId(3), NodeId(0), NodeId(3)];
        let reached = flood(&graph, seeds, |_, _, _| false, &Task::new()).expect("goes on");
        assert_eq!(reached.iter().collect::<Vec<_>>(), [0, 3]);
        let none = flood(&graph, [], |_, _, _| true, &Task::new()).expect("goes on");
        assert_eq!((none.len(), none.count()), (4, 0));
    }

    #[test]
    fn asks_once_per_edge_nearest_first() {
        let graph = graph(5, &[(0, 1), (0, 2), (1, 3), (2, 4), (2, 1), (3, 4), (4, 0)]);
        let mut asked = Vec::new();
        let reached = flood(
            &graph,
            [NodeId(0)],
            |from, edge, to| {
                assert_eq!((graph.source(edge), graph.target(edge)), (from, to));
                asked.push(edge.0);
                edge.0 != 3
            },
            &Task::new(),
        );
        assert_eq!(reached.expect("goes on").count(), 5);
        // Edge 3 is refused, 5 lets node 4 in; 4 and 6 lead to what has been reached.
        assert_eq!(asked, [0, 1, 2, 3, 5]);
    }

    #[test]
    fn cancelled() {
        let task = Task::new();
        task.cancel();
        let error = flood(&graph(1, &[]), [NodeId(0)], |_, _, _| true, &task)
            .expect_err("was cancelled beforehand");
        assert_eq!(error.kind, ErrorKind::Cancelled);
    }

    #[test]
    fn deep_and_wide() {
        let end = 200_000u32;
        let edges: Vec<(u32, u32)> = (1..end)
            .flat_map(|node| [(0, node), (node, node - 1)])
            .chain((end..end * 2 - 1).map(|node| (node, node + 1)))
            .collect();
        let graph = graph(end * 2, &edges);
        let reach = |seed| {
            flood(&graph, [NodeId(seed)], |_, _, _| true, &Task::new())
                .expect("goes on")
                .count()
        };
        assert_eq!(reach(0), end as usize);
        assert_eq!(reach(end), end as usize);
    }

    proptest! {
        #[test]
        fn same_as_petgraphs_walk(graph in multigraphs(20, 60), seed in 0u32..20, refused in 2u32..6) {
            let seed = NodeId(seed % graph.node_count() as u32);
            let followed = |edge: EdgeId| !edge.0.is_multiple_of(refused);
            let ours = flood(&graph, [seed], |_, edge, _| followed(edge), &Task::new());
            let filtered = EdgeFiltered::from_fn(&graph, |edge| followed(edge.id()));
            let mut theirs: Vec<usize> = Bfs::new(&filtered, seed)
                .iter(&filtered)
                .map(NodeId::index)
                .collect();
            theirs.sort_unstable();
            prop_assert_eq!(ours.expect("goes on").iter().collect::<Vec<_>>(), theirs);
        }
    }
}
