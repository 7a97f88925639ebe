//! The few nodes that a large part of all edges lead to: in the heaps of V8 the maps, one of which every object refers
//! to. A hundred of them take half of all edges.
//!
//! Whoever searches a heap can settle them apart from the others, and need not look at nodes that lead nowhere else:
//! numbers and most strings, which are up to half of a heap.

use foldhash::{HashMap, HashMapExt};

use super::ahead::{Ahead, read_rows};
use super::pace::Pace;
use super::{HeapGraph, NodeId};
use crate::column::BitSet;
use crate::error::Result;
use crate::task::Task;

/// How many hubs there may be.
const MOST: usize = 64;

/// How many nodes are looked at to find them, in runs of so many: where the program works from a disk, each run is a
/// place that is read.
const SAMPLE: usize = 1 << 14;
const RUN: usize = 32;

/// A hub has at least one of so many edges.
const SHARE: u32 = 1024;

/// Longer rows say little of what most nodes refer to.
const LONG_ROW: usize = 64;

/// log2 of how many places there are to look a hub up at.
const PLACES: u32 = 10;

/// No node has this ordinal.
const NONE: u32 = u32::MAX;

/// The hubs of a graph. Which nodes they are is a guess that only decides how fast something is done.
#[derive(Debug, Clone, Default)]
pub struct Hubs {
    /// The hubs.
    nodes: Vec<u32>,
    /// By place: the hub and its index in `nodes`. Empty where there is no hub.
    places: Vec<(u32, u32)>,
    /// Those that are all that many nodes lead to.
    last: Vec<u32>,
    /// The nodes that lead to those only, or nowhere.
    ends: BitSet,
}

impl Hubs {
    /// Finds hubs by a sample, and what leads nowhere else by a look at all nodes.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn find(graph: &HeapGraph, task: &Task) -> Result<Self> {
        let mut pace = Pace::new(task);
        let mut hubs = Self {
            nodes: Vec::new(),
            last: Vec::new(),
            places: vec![(NONE, 0); 1 << PLACES],
            ends: BitSet::new(0),
        };
        for (node, is_last) in frequent(graph) {
            let place = &mut hubs.places[place_of(node)];
            if place.0 == NONE {
                *place = (node, hubs.nodes.len() as u32);
                hubs.nodes.push(node);
                if is_last {
                    hubs.last.push(node);
                }
            }
        }
        let targets = graph.targets();
        let mut ends = BitSet::new(graph.node_count());
        let mut ahead = Ahead::of(graph);
        for node in graph.nodes() {
            pace.step()?;
            ahead.at(node);
            let mut row = targets[graph.edge_range(node)].iter();
            if row.all(|target| hubs.last.contains(target)) {
                ends.insert(node.index());
            }
        }
        hubs.ends = ends;
        Ok(hubs)
    }

    /// The hubs.
    pub fn nodes(&self) -> &[u32] {
        &self.nodes
    }

    /// The hubs that [ends](Hubs::is_end) lead to.
    pub fn last(&self) -> &[u32] {
        &self.last
    }

    /// Which hub a node is, as an index into [`Hubs::nodes`].
    #[inline]
    pub fn index(&self, node: u32) -> Option<usize> {
        match self.places.get(place_of(node)) {
            Some(&(hub, index)) if hub == node => Some(index as usize),
            _ => None,
        }
    }

    /// Whether a node's edges lead to [`Hubs::last`] only, if it has any. Once those were visited, nothing new is behind
    /// such a node.
    #[inline]
    pub fn is_end(&self, node: usize) -> bool {
        self.ends.contains(node)
    }
}

/// Where a node is looked up, if it is a hub.
#[inline]
fn place_of(node: u32) -> usize {
    (node.wrapping_mul(0x9e37_79b9) >> (32 - PLACES)) as usize
}

/// What the most edges of a sample lead to, the most frequent first, and whether many nodes lead to nothing else.
fn frequent(graph: &HeapGraph) -> Vec<(u32, bool)> {
    let mut counts: HashMap<u32, (u32, u32)> = HashMap::new();
    let mut edges = 0;
    let count = graph.node_count();
    let step = (count / (SAMPLE / RUN)).max(RUN);
    let runs = (0..count)
        .step_by(step)
        .map(|start| start..count.min(start + RUN));
    let _by_hand = read_rows(graph, runs.clone());
    for node in runs.flatten() {
        let row = graph.edge_range(NodeId(node as u32));
        if row.len() <= LONG_ROW {
            edges += row.len() as u32;
            let is_only = row.len() == 1;
            for &target in &graph.targets()[row] {
                let (count, only) = counts.entry(target).or_default();
                *count += 1;
                *only += u32::from(is_only);
            }
        }
    }
    let least = (edges / SHARE).max(1);
    let mut found: Vec<(u32, u32, bool)> = counts
        .into_iter()
        .filter(|&(_, (count, _))| count > least)
        .map(|(node, (count, only))| (count, node, only > least))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(MOST);
    found
        .into_iter()
        .map(|(_, node, is_last)| (node, is_last))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::graph;
    use super::*;

    #[test]
    fn what_most_refer_to_is_found_and_what_leads_nowhere_else() {
        // A chain of objects, each with a number; objects refer to one map, numbers to another, which refers to itself.
        let (maps, count) = ([0, 1], 100);
        let mut edges = vec![(0, 1), (1, 1)];
        for at in 0..count {
            let (object, number) = (2 + at, 2 + count + at);
            edges.extend([(object, maps[0]), (object, number), (number, maps[1])]);
            if at > 0 {
                edges.push((object - 1, object));
            }
        }
        let graph = graph(2 + 2 * count, &edges);
        let hubs = Hubs::find(&graph, &Task::new()).unwrap();
        let mut found = hubs.nodes().to_vec();
        found.sort_unstable();
        assert_eq!((found.as_slice(), hubs.last()), (&maps[..], &maps[1..]));
        for node in 0..2 + 2 * count {
            assert_eq!(hubs.index(node).is_some(), node < 2);
            let is_object = (2..2 + count).contains(&node);
            assert_eq!(hubs.is_end(node as usize), !is_object, "{node}");
        }
    }

    #[test]
    fn small_and_empty_graphs_have_none() {
        for graph in [HeapGraph::default(), graph(3, &[(0, 1), (1, 2)])] {
            let hubs = Hubs::find(&graph, &Task::new()).unwrap();
            assert!(hubs.nodes().is_empty() && hubs.index(0).is_none());
        }
    }
}
