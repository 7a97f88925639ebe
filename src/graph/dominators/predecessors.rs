//! Edges turned around: who refers to a number, in lists that are read once.

use std::ops::Range;

use super::links::{AHEAD, high, label, link};
use crate::column::{BitSet, zeros};
use crate::error::Result;
use crate::graph::ahead::Ahead;
use crate::graph::pace::Pace;
use crate::graph::{HeapGraph, NodeId};
use crate::memory::near;

/// From this many edges per two nodes on, they are turned around in parts, to take less memory at once.
pub(super) const MANY: usize = 3;

/// How many parts; each takes another look at all edges.
pub(super) const PARTS: usize = 3;

/// Edges that lead to lower numbers, to be turned around. Another one that is none of the tree's comes from an ancestor,
/// and contributes nothing but that ancestor.
pub(super) struct Predecessors<'a> {
    graph: &'a HeapGraph,
    /// The edges that have not been turned around.
    rest: BitSet,
    /// How many there are.
    left: usize,
    /// The lowest number that edges were handed out of.
    end: usize,
    /// How many are turned around at once, at least.
    part: usize,
}

/// The edges into a range of numbers, to be read once, the last number first.
pub(super) struct Group {
    pub(super) targets: Range<usize>,
    /// Numbers of sources, grouped by the number of the target, which rises.
    pub(super) from: Vec<u32>,
    /// How long the groups are, in one bit per group and source: a set bit begins a group, a clear one stands for each
    /// of its sources. Being read in order, the groups need no place each to be found at.
    pub(super) groups: BitSet,
}

impl<'a> Predecessors<'a> {
    /// Of the edges in `rest`, those that lead to lower numbers. Counts them in the upper halves of `links`, and lowers
    /// what is in the lower halves to the sources of the others.
    pub(super) fn new(
        graph: &'a HeapGraph,
        mut rest: BitSet,
        number: &[u32],
        links: &mut [u64],
        each_node: impl FnMut(NodeId),
        pace: &mut Pace<'_>,
    ) -> Result<Self> {
        let mut left = 0;
        each_edge(graph, &mut rest, number, pace, each_node, |from, to| {
            // Without branches, as nobody can tell which way they would go.
            let falls = to < from;
            left += usize::from(falls);
            let known = &mut links[to as usize];
            *known = link(high(*known) + u32::from(falls), label(*known).min(from));
            falls
        })?;
        let parts = if left >= MANY * links.len() / 2 {
            PARTS
        } else {
            1
        };
        Ok(Self {
            graph,
            rest,
            left,
            end: links.len(),
            part: left.div_ceil(parts),
        })
    }

    /// The edges into the next lower numbers; nothing when all numbers were there. Afterwards, the upper halves of their
    /// links are of no use.
    pub(super) fn next(
        &mut self,
        number: &[u32],
        links: &mut [u64],
        pace: &mut Pace<'_>,
    ) -> Result<Option<Group>> {
        if self.end == 0 {
            return Ok(None);
        }
        let (mut start, mut total) = (self.end, 0);
        while start > 0 && (total < self.part || self.left == total) {
            start -= 1;
            total += high(links[start]) as usize;
        }
        let range = start..self.end;
        let mut groups = BitSet::new(range.len() + total);
        // Counts become the places where groups begin; filling moves them to the groups' ends.
        let mut sum = 0;
        for (at, known) in links[range.clone()].iter_mut().enumerate() {
            let count = high(*known);
            *known = link(sum, label(*known));
            groups.insert(at + sum as usize);
            sum += count;
        }
        let mut sources = near(|| zeros(total));
        let none = |_| ();
        each_edge(
            self.graph,
            &mut self.rest,
            number,
            pace,
            none,
            |from, to| {
                if range.contains(&(to as usize)) {
                    let place = &mut links[to as usize];
                    sources[high(*place) as usize] = from;
                    *place += link(1, 0);
                }
                true
            },
        )?;
        self.end = start;
        self.left -= total;
        Ok(Some(Group {
            targets: range,
            from: sources,
            groups,
        }))
    }
}

/// Calls `each_node` for each node, in their order, and `stays` for each of these edges with the numbers of source and
/// target, and removes it unless that says so.
///
/// Looks numbers up in batches, and so waits for many of them at the same time.
#[inline]
pub(super) fn each_edge(
    graph: &HeapGraph,
    edges: &mut BitSet,
    number: &[u32],
    pace: &mut Pace<'_>,
    mut each_node: impl FnMut(NodeId),
    mut stays: impl FnMut(u32, u32) -> bool,
) -> Result<()> {
    let targets = graph.targets();
    let mut ahead = Ahead::of(graph).nodes(number);
    let mut numbers_ahead = Ahead::new(number.len()).nodes(number);
    let mut batch = [(0usize, 0u32); AHEAD];
    let mut numbers = [0; AHEAD];
    let mut filled = 0;
    let mut handle = |batch: &[(usize, u32)], edges: &mut BitSet| {
        for (number_of, &(edge, _)) in numbers.iter_mut().zip(batch) {
            numbers_ahead.at(NodeId(targets[edge]));
            *number_of = number[targets[edge] as usize];
        }
        for (&to, &(edge, from)) in numbers.iter().zip(batch) {
            edges.remove_if(edge, !stays(from, to));
        }
    };
    for node in graph.nodes() {
        pace.step()?;
        ahead.at(node);
        each_node(node);
        let mut row = graph.edge_range(node);
        while let Some(edge) = edges.first_in(row.clone()) {
            row.start = edge + 1;
            batch[filled] = (edge, number[node.index()]);
            filled += 1;
            if filled == AHEAD {
                pace.step()?;
                handle(&batch, edges);
                filled = 0;
            }
        }
    }
    handle(&batch[..filled], edges);
    Ok(())
}
