//! Has the disk read what a pass over nodes is going to use, where the program works from disk.
//!
//! Waiting for one page after the other takes most of the time otherwise; and how much the system reads around a page
//! that is missing depends on its settings: on some hosts that is more than half of what the program may have. So passes
//! say themselves what they will need, some thousand nodes with their edges at a time.

use std::ops::Range;

use super::{HeapGraph, NodeId};
use crate::memory::{ReadByHand, is_from_disk, will_need};

/// log2 of the nodes that are read together.
const CHUNK_SHIFT: u32 = 12;
/// So many nodes, or other items, are read together.
pub const CHUNK: usize = 1 << CHUNK_SHIFT;
/// How many chunks are remembered to have been read of late.
const RECENT: usize = 64;
/// How many chunks are read ahead of a pass in the order of the nodes, or backwards.
const DEPTH: u32 = 16;

/// What a pass uses of each node.
#[derive(Debug)]
pub struct Ahead<'a> {
    first_edge: &'a [u32],
    /// Addresses of the first items of columns, and bytes per item.
    by_node: Vec<(usize, usize)>,
    by_edge: Vec<(usize, usize)>,
    nodes: usize,
    recent: [u32; RECENT],
    /// The last chunk that was looked at.
    last: u32,
    /// The chunks from there on, in the direction of the pass, that are there or on their way.
    ready: Range<u32>,
    by_hand: Option<ReadByHand>,
}

impl<'a> Ahead<'a> {
    /// For a pass over nodes and their edges' targets.
    pub fn of(graph: &'a HeapGraph) -> Self {
        let mut ahead = Self::of_rows(graph.first_edges());
        ahead.nodes = graph.node_count();
        ahead.edges(graph.targets())
    }

    /// The same for rows of something else, which begin (or end) there.
    pub fn of_rows(first: &'a [u32]) -> Self {
        let mut ahead = Self::new(first.len()).nodes(first);
        ahead.first_edge = first;
        ahead
    }

    /// For a pass over columns of so many nodes.
    pub fn new(nodes: usize) -> Self {
        Self {
            first_edge: &[],
            by_node: Vec::new(),
            by_edge: Vec::new(),
            nodes,
            recent: [u32::MAX; RECENT],
            last: u32::MAX - 1,
            ready: 0..0,
            by_hand: is_from_disk().then(ReadByHand::begin),
        }
    }

    /// The same, which also uses this column of the nodes.
    #[must_use]
    pub fn nodes<T>(mut self, column: &[T]) -> Self {
        if !column.is_empty() {
            self.by_node.push((column.as_ptr().addr(), size_of::<T>()));
        }
        self
    }

    /// The same, which also uses this column of the edges.
    #[must_use]
    pub fn edges<T>(mut self, column: &[T]) -> Self {
        if !column.is_empty() {
            self.by_edge.push((column.as_ptr().addr(), size_of::<T>()));
        }
        self
    }

    /// To be called before a node is looked at.
    #[inline(always)]
    pub fn at(&mut self, node: NodeId) {
        if self.by_hand.is_some() {
            self.look(node.0 >> CHUNK_SHIFT);
        }
    }

    #[inline]
    fn look(&mut self, chunk: u32) {
        let known = &mut self.recent[chunk as usize % RECENT];
        if *known != chunk {
            *known = chunk;
            self.read(chunk);
        }
    }

    #[cold]
    fn read(&mut self, chunk: u32) {
        let wanted = if chunk == self.last.wrapping_add(1) {
            let there = self.ready.end.max(chunk);
            self.ready = chunk..there;
            // Many chunks at once take fewer requests.
            match there - chunk > DEPTH / 2 {
                true => there..there,
                false => there..chunk + 1 + DEPTH,
            }
        } else if chunk.wrapping_add(1) == self.last {
            let there = self.ready.start.min(chunk + 1);
            self.ready = there..chunk + 1;
            match chunk + 1 - there > DEPTH / 2 {
                true => there..there,
                false => chunk.saturating_sub(DEPTH)..there,
            }
        } else if self.ready.contains(&chunk) {
            chunk..chunk
        } else {
            self.ready = chunk..chunk + 1;
            chunk..chunk + 1
        };
        self.last = chunk;
        if wanted.is_empty() {
            return;
        }
        self.ready = self.ready.start.min(wanted.start)..self.ready.end.max(wanted.end);
        let first = |chunk: u32| ((chunk as usize) << CHUNK_SHIFT).min(self.nodes);
        let nodes = first(wanted.start)..first(wanted.end);
        need(&self.by_node, &nodes);
        let edge = |node: usize| self.first_edge.get(node).map_or(0, |&edge| edge as usize);
        if !self.by_edge.is_empty() && !nodes.is_empty() {
            need(&self.by_edge, &(edge(nodes.start)..edge(nodes.end)));
        }
    }
}

/// Has the disk read the rows of these ranges of nodes, and nothing else for as long as what it returns is there.
pub fn read_rows(
    graph: &HeapGraph,
    nodes: impl Iterator<Item = Range<usize>> + Clone,
) -> Option<ReadByHand> {
    let by_hand = is_from_disk().then(ReadByHand::begin)?;
    let address = |column: &[u32], items: Range<usize>| {
        let first = column.as_ptr().addr();
        first + items.start * size_of::<u32>()..first + items.end * size_of::<u32>()
    };
    // The second look waits for the first, and not for one place after the other.
    for range in nodes.clone() {
        will_need(address(graph.first_edges(), range.start..range.end + 1));
    }
    for range in nodes {
        let edges =
            graph.first_edges()[range.start] as usize..graph.first_edges()[range.end] as usize;
        will_need(address(graph.targets(), edges));
    }
    Some(by_hand)
}

fn need(columns: &[(usize, usize)], items: &Range<usize>) {
    for &(first, width) in columns {
        will_need(first + items.start * width..first + items.end * width);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::graph;
    use super::*;

    #[test]
    fn chunks_are_asked_for_once_and_ahead_of_passes_in_order() {
        let graph = graph(40_000, &[(0, 1), (39_999, 0)]);
        let mut ahead = Ahead::of(&graph);
        ahead.at(NodeId(5));
        assert_eq!(ahead.ready, 0..0, "all of it is in memory");
        ahead.read(300);
        assert_eq!(ahead.ready, 300..301);
        ahead.read(301);
        assert_eq!(ahead.ready, 301..302 + DEPTH);
        ahead.read(302);
        assert_eq!(ahead.ready, 302..302 + DEPTH, "enough are on their way");
        for chunk in 303..320 {
            ahead.read(chunk);
            assert!(ahead.ready.contains(&chunk) && ahead.ready.end <= chunk + 1 + DEPTH);
        }
        ahead.read(100);
        ahead.read(99);
        assert_eq!(ahead.ready, 99 - DEPTH..100);
        ahead.read(98);
        assert_eq!((ahead.ready.clone(), ahead.last), (99 - DEPTH..99, 98));
        ahead.look(200);
        ahead.look(98);
        ahead.look(200);
        assert_eq!(ahead.last, 98, "it was read of late");
    }
}
