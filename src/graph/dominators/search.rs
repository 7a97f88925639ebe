//! The depth-first search: numbers and parents.

use super::into_hubs::IntoHubs;
use super::links::UNREACHED;
use crate::column::{BitSet, filled, room};
use crate::error::Result;
use crate::graph::ahead::Ahead;
use crate::graph::hubs::Hubs;
use crate::graph::pace::Pace;
use crate::graph::{HeapGraph, NodeId};
use crate::memory::{near, would_be_near};

/// After how many ends the search looks whether it need not look into the next ones. Tests have graphs with more.
pub(super) const LOOK_EVERY: usize = if cfg!(test) { 3 } else { 256 };

/// What the depth-first search finds out.
pub(super) struct Search<'a> {
    graph: &'a HeapGraph,
    ahead: Ahead<'a>,
    keep: &'a BitSet,
    /// The kept edges without those of the depth-first tree, whose sources the parents tell, and those into hubs.
    pub(super) rest: BitSet,
    pub(super) into_hubs: IntoHubs<'a>,
    /// Whether all hubs that ends lead to have a number, so that ends need not be looked into.
    hubs_numbered: bool,
    /// How many ends were looked into before.
    ends: usize,
    /// The nodes that have a number: asked once per edge, in a place small enough for a processor's cache.
    pub(super) numbered: BitSet,
    /// Depth-first number of each node, or [`UNREACHED`].
    pub(super) number: Vec<u32>,
    /// Parent of each number in the depth-first tree; the root's is itself.
    pub(super) parent: Vec<u32>,
    /// Rows that are not finished: number of the source, next edge, end of the row.
    unfinished: Vec<(u32, u32, u32)>,
}

impl<'a> Search<'a> {
    pub(super) fn new(graph: &'a HeapGraph, keep: &'a BitSet, hubs: &'a Hubs) -> Self {
        let node_count = graph.node_count();
        // The links, that are made later, matter more, and so do sets.
        let sets = (keep.len() + 3 * node_count) / 8;
        let all = node_count * (size_of::<u32>() + size_of::<u64>()) + sets;
        let number = match would_be_near(all) {
            true => near(|| filled(node_count, UNREACHED)),
            false => filled(node_count, UNREACHED),
        };
        Self {
            graph,
            ahead: Ahead::of(graph),
            keep,
            rest: BitSet::new(keep.len()),
            into_hubs: IntoHubs::new(hubs),
            hubs_numbered: false,
            ends: 0,
            numbered: BitSet::new(node_count),
            number,
            parent: room(node_count),
            // As deep as the search gets: room for all would count as taken.
            unfinished: Vec::new(),
        }
    }

    /// Numbers a node and gives back its row: number, first edge, end.
    #[inline]
    fn enter(&mut self, node: NodeId, parent: u32) -> (u32, u32, u32) {
        self.ahead.at(node);
        let at = self.parent.len() as u32;
        self.numbered.insert(node.index());
        self.number[node.index()] = at;
        self.parent.push(parent);
        if self.into_hubs.hubs.is_end(node.index()) && self.are_hubs_numbered() {
            return (at, 0, 0);
        }
        let row = self.graph.edge_range(node);
        (at, row.start as u32, row.end as u32)
    }

    /// Whether all hubs that ends lead to have a number; looks now and then.
    #[inline]
    fn are_hubs_numbered(&mut self) -> bool {
        if !self.hubs_numbered {
            if self.ends.is_multiple_of(LOOK_EVERY) {
                let mut hubs = self.into_hubs.hubs.last().iter();
                self.hubs_numbered = hubs.all(|&hub| self.numbered.contains(hub as usize));
            }
            self.ends += 1;
        }
        self.hubs_numbered
    }

    /// Numbers `start`, as a child of the root, and everything new that it reaches.
    pub(super) fn descend(&mut self, start: NodeId, pace: &mut Pace<'_>) -> Result<()> {
        let targets = self.graph.targets();
        let mut row = self.enter(start, 0);
        loop {
            pace.step()?;
            row = self.pass(row, targets, pace)?;
            let (at, next, end) = row;
            if next < end {
                row = self.enter(NodeId(targets[next as usize]), at);
                // While the new row is on its way here, the old one is at hand. Often nothing new is left in it, and there
                // is no reason to come back.
                let left = self.pass((at, next + 1, end), targets, pace)?;
                if left.1 < left.2 {
                    self.unfinished.push(left);
                }
            } else {
                match self.unfinished.pop() {
                    Some(left) => row = left,
                    None => return Ok(()),
                }
            }
        }
    }

    /// What is left of a row behind the edges that lead to numbered nodes, which are noted.
    #[inline(always)]
    fn pass(
        &mut self,
        (at, mut next, end): (u32, u32, u32),
        targets: &[u32],
        pace: &mut Pace<'_>,
    ) -> Result<(u32, u32, u32)> {
        while next < end {
            let edge = next as usize;
            if self.keep.contains(edge) {
                let target = targets[edge];
                if !self.numbered.contains(target as usize) {
                    break;
                }
                if !self.into_hubs.add(target, at) {
                    self.rest.insert(edge);
                }
            }
            pace.step()?;
            next += 1;
        }
        Ok((at, next, end))
    }
}
