//! Immediate dominators by Semi-NCA (Georgiadis and Tarjan), iterative, on `u32` arrays.
//!
//! Node `d` dominates node `v` when every path from the root to `v` runs through `d`; the closest such node other than
//! `v` is its immediate dominator. What the heap would lose with `d` is what `d` dominates.
//!
//! Three passes, all in depth-first numbers: number the nodes; find every node's semidominator, last number first,
//! with path compression; and climb, first number first, from every node's parent to the closest dominator that is
//! not below the semidominator. The textbook climbs that last stretch one dominator at a time, which is quadratic on a
//! shape that heaps do have: a long list whose last element refers to many objects that something else holds, too.
//! Here every dominator also knows one far above it, so that each climb takes logarithmic time.

use std::ops::Range;

use super::hubs::Hubs;
use super::pace::Pace;
use super::{EdgeId, HeapGraph, NodeId};
use crate::column::{BitSet, filled, room, zeros};
use crate::error::Result;
use crate::task::Task;

/// The immediate dominator of a node that is not reached; no node has this ordinal.
pub const UNREACHED: u32 = u32::MAX;

/// The dominator tree of what a root reaches, in depth-first numbers.
///
/// Numbers are given in preorder, from 0 for the root: neighbours in the heap are neighbours in columns that are in this
/// order, and every node stands behind its dominators, so that sums over dominated nodes need one pass from the back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DominatorTree {
    /// The number of each node, [`UNREACHED`] for those that have none.
    pub number: Vec<u32>,
    /// The number of the immediate dominator, by number; the root's is the root.
    pub dominator: Vec<u32>,
}

impl DominatorTree {
    /// The reached nodes in the order of their numbers.
    pub fn order(&self) -> Vec<u32> {
        let mut order = zeros(self.dominator.len());
        for (node, &number) in (0u32..).zip(&self.number) {
            if number != UNREACHED {
                order[number as usize] = node;
            }
        }
        order
    }

    /// The immediate dominator of each node; the root's is the root, that of unreached nodes `otherwise`. `order` is
    /// this tree's. Takes no more memory.
    pub fn into_dominators(self, order: &[u32], otherwise: u32) -> Vec<u32> {
        let mut by_node = self.number;
        for place in &mut by_node {
            *place = match *place {
                UNREACHED => otherwise,
                number => order[self.dominator[number as usize] as usize],
            };
        }
        by_node
    }
}

/// Immediate dominators of everything that `root` reaches over the edges in `keep`.
///
/// `extra_from_root` is given the set of nodes that were reached, and names nodes that count as having one more
/// incoming edge, from the root; they may be named twice or have other edges. Self loops, parallel edges and edges into
/// the root make no difference. Time grows with the edges and, at worst, the logarithm of the nodes, on every shape.
/// Memory peaks at 16 bytes per node, 4 per node whose semidominator is not its parent, and 4 per kept edge that leads
/// to a lower number; before that, there are 12 per level of the search.
///
/// A `root` that is not a node reaches nothing. Panics, as slices do, when `keep` ranges over fewer edges than the
/// graph has or when `extra_from_root` names nodes that it has not.
///
/// # Errors
/// When the task is cancelled, and those of `extra_from_root`.
pub fn dominator_tree(
    graph: &HeapGraph,
    root: NodeId,
    keep: &BitSet,
    hubs: &Hubs,
    extra_from_root: impl FnOnce(&BitSet) -> Result<Vec<u32>>,
    task: &Task,
) -> Result<DominatorTree> {
    let node_count = graph.node_count();
    if root.index() >= node_count {
        return Ok(DominatorTree {
            number: vec![UNREACHED; node_count],
            dominator: Vec::new(),
        });
    }
    let mut pace = Pace::new(task);
    let mut search = Search::new(graph, keep, hubs);
    search.descend(root, &mut pace)?;
    let extra = extra_from_root(&search.numbered)?;
    for &node in &extra {
        pace.step()?;
        if search.number[node as usize] == UNREACHED {
            search.descend(NodeId(node), &mut pace)?;
        }
    }
    let Search {
        rest,
        number,
        parent,
        mut into_hubs,
        ..
    } = { search };
    let mut links = room(parent.len());
    links.extend(parent.iter().map(|&parent| link(0, parent)));
    for node in extra {
        // The root's edges to these are in no row.
        links[number[node as usize] as usize] = link(0, 0);
    }
    let mut predecessors = Predecessors::new(graph, rest, &number, &mut links, &mut pace)?;
    into_hubs.add_ends(graph, keep, &number, &mut pace)?;
    into_hubs.settle_on_numbers(&number, &mut links);
    let mut semi = Semidominators::new(links.len());
    let sources = Sources {
        graph,
        keep,
        number: &number,
    };
    while let Some(some) = predecessors.next(&number, &mut links, &mut pace)? {
        for (known, &parent) in links[some.targets.clone()]
            .iter_mut()
            .zip(&parent[some.targets.clone()])
        {
            *known = link(parent, label(*known));
        }
        semi.find(&mut links, some, &mut into_hubs, &sources, &mut pace)?;
    }
    drop(predecessors);
    let mut dominator = parent;
    climb(&mut dominator, semi, links, &mut pace)?;
    Ok(DominatorTree { number, dominator })
}

/// An ancestor (depth-first number), or something else, and a label in one word: one cache line per hop.
#[inline]
fn link(high: u32, label: u32) -> u64 {
    u64::from(high) << 32 | u64::from(label)
}

/// What the upper half of a word is while it is no ancestor.
#[inline]
fn high(link: u64) -> u32 {
    (link >> 32) as u32
}

#[inline]
fn ancestor(link: u64) -> u32 {
    (link >> 32) as u32
}

#[inline]
fn label(link: u64) -> u32 {
    link as u32
}

/// After how many ends the search looks whether it need not look into the next ones.
const LOOK_EVERY: usize = 256;

/// What the depth-first search finds out.
struct Search<'a> {
    graph: &'a HeapGraph,
    keep: &'a BitSet,
    /// The kept edges without those of the depth-first tree, whose sources the parents tell, and those into hubs.
    rest: BitSet,
    into_hubs: IntoHubs<'a>,
    /// Whether all hubs that ends lead to have a number, so that ends need not be looked into.
    hubs_numbered: bool,
    /// How many ends were looked into before.
    ends: usize,
    /// The nodes that have a number: asked once per edge, in a place small enough for a processor's cache.
    numbered: BitSet,
    /// Depth-first number of each node, or [`UNREACHED`].
    number: Vec<u32>,
    /// Parent of each number in the depth-first tree; the root's is itself.
    parent: Vec<u32>,
    /// Rows that are not finished: number of the source, next edge, end of the row.
    unfinished: Vec<(u32, u32, u32)>,
}

impl<'a> Search<'a> {
    fn new(graph: &'a HeapGraph, keep: &'a BitSet, hubs: &'a Hubs) -> Self {
        let node_count = graph.node_count();
        Self {
            graph,
            keep,
            rest: BitSet::new(keep.len()),
            into_hubs: IntoHubs::new(hubs),
            hubs_numbered: false,
            ends: 0,
            numbered: BitSet::new(node_count),
            number: filled(node_count, UNREACHED),
            parent: room(node_count),
            unfinished: room(node_count),
        }
    }

    /// Numbers a node and gives back its row: number, first edge, end.
    #[inline]
    fn enter(&mut self, node: NodeId, parent: u32) -> (u32, u32, u32) {
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
    fn descend(&mut self, start: NodeId, pace: &mut Pace<'_>) -> Result<()> {
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

/// From this many edges per two nodes on, they are turned around in parts, to take less memory at once.
const MANY: usize = 3;

/// How many parts; each takes another look at all edges.
const PARTS: usize = 3;

/// Edges that lead to lower numbers, to be turned around. Another one that is none of the tree's comes from an ancestor,
/// and contributes nothing but that ancestor.
struct Predecessors<'a> {
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
struct Group {
    targets: Range<usize>,
    /// Numbers of sources, grouped by the number of the target, which rises.
    from: Vec<u32>,
    /// How long the groups are, in one bit per group and source: a set bit begins a group, a clear one stands for each
    /// of its sources. Being read in order, the groups need no place each to be found at.
    groups: BitSet,
}

impl<'a> Predecessors<'a> {
    /// Of the edges in `rest`, those that lead to lower numbers. Counts them in the upper halves of `links`, and lowers
    /// what is in the lower halves to the sources of the others.
    fn new(
        graph: &'a HeapGraph,
        mut rest: BitSet,
        number: &[u32],
        links: &mut [u64],
        pace: &mut Pace<'_>,
    ) -> Result<Self> {
        let mut left = 0;
        each_edge(graph, &mut rest, number, pace, |from, to| {
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
    fn next(
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
        let mut sources = zeros(total);
        each_edge(self.graph, &mut self.rest, number, pace, |from, to| {
            if range.contains(&(to as usize)) {
                let place = &mut links[to as usize];
                sources[high(*place) as usize] = from;
                *place += link(1, 0);
            }
            true
        })?;
        self.end = start;
        self.left -= total;
        Ok(Some(Group {
            targets: range,
            from: sources,
            groups,
        }))
    }
}

/// Calls `stays` for each of these edges with the numbers of source and target, and removes it unless that says so.
///
/// Looks numbers up in batches, and so waits for many of them at the same time.
#[inline]
fn each_edge(
    graph: &HeapGraph,
    edges: &mut BitSet,
    number: &[u32],
    pace: &mut Pace<'_>,
    mut stays: impl FnMut(u32, u32) -> bool,
) -> Result<()> {
    let targets = graph.targets();
    let mut batch = [(0usize, 0u32); AHEAD];
    let mut numbers = [0; AHEAD];
    let mut filled = 0;
    let mut handle = |batch: &[(usize, u32)], edges: &mut BitSet| {
        for (number_of, &(edge, _)) in numbers.iter_mut().zip(batch) {
            *number_of = number[targets[edge] as usize];
        }
        for (&to, &(edge, from)) in numbers.iter().zip(batch) {
            edges.remove_if(edge, !stays(from, to));
        }
    };
    for node in graph.nodes() {
        pace.step()?;
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

/// The semidominator of each number: for most the parent, which is not written down again.
struct Semidominators {
    /// The numbers whose semidominator is not their parent.
    differs: BitSet,
    /// Their semidominators, that of the greatest number first.
    values: Vec<u32>,
    /// The least semidominator in each block of numbers, of those found so far.
    least: Vec<u32>,
}

/// log2 of the numbers in a block whose least semidominator is known.
const LEAST_SHIFT: u32 = 12;

/// How many links are fetched at once, ahead of the climbs that begin with them.
const AHEAD: usize = 64;

impl Semidominators {
    fn new(count: usize) -> Self {
        Self {
            differs: BitSet::new(count),
            values: room(count),
            least: filled((count >> LEAST_SHIFT) + 1, UNREACHED),
        }
    }

    /// Finds those of the group's targets, below which all have been found.
    ///
    /// Takes their links to their parents, labelled with the lowest ancestor that has an edge to them; leaves them with
    /// paths shortened, of no more use.
    fn find(
        &mut self,
        links: &mut [u64],
        group: Group,
        into_hubs: &mut IntoHubs<'_>,
        sources: &Sources<'_>,
        pace: &mut Pace<'_>,
    ) -> Result<()> {
        let Group {
            targets,
            from,
            groups,
        } = group;
        let (mut next, mut bit) = (from.len(), groups.len());
        let mut fetched = from.len();
        for at in targets.rev() {
            pace.step()?;
            let parent = ancestor(links[at]);
            let first = label(links[at]);
            let mut least = first;
            loop {
                bit -= 1;
                if groups.contains(bit) {
                    break;
                }
                if next == fetched {
                    fetched = next.saturating_sub(AHEAD);
                    fetch(links, &from[fetched..next]);
                }
                next -= 1;
                pace.step()?;
                // Less than the root's number cannot be found.
                if least > 0 {
                    least = least.min(evaluate(links, from[next], at as u32));
                }
            }
            if at == 0 {
                break;
            }
            if into_hubs.next == at as u32 {
                if let Some(hub) = into_hubs.take() {
                    least = self.of_hub(links, &hub, least, sources, pace)?;
                }
            }
            let lowest = &mut self.least[at >> LEAST_SHIFT];
            *lowest = least.min(*lowest);
            if least != parent {
                self.differs.insert(at);
                self.values.push(least);
            }
            if least != first {
                links[at] = link(parent, least);
            }
        }
        Ok(())
    }
}

impl Semidominators {
    /// The semidominator of a hub, whose other edges gave `least` so far.
    ///
    /// Of all edges into a hub, the one from the greatest number nearly always says enough: no edge can contribute less
    /// than the least semidominator between the hub and the greatest number that refers to it.
    fn of_hub(
        &self,
        links: &mut [u64],
        hub: &IntoHub,
        least: u32,
        sources: &Sources<'_>,
        pace: &mut Pace<'_>,
    ) -> Result<u32> {
        if hub.greatest <= hub.number {
            return Ok(least);
        }
        let mut least = least.min(evaluate(links, hub.greatest, hub.number));
        if least > self.least_between(links, hub.number, hub.greatest) {
            for from in sources.of(hub.node) {
                pace.step()?;
                if from > hub.number {
                    least = least.min(evaluate(links, from, hub.number));
                }
            }
        }
        Ok(least)
    }

    /// At most the least semidominator of the numbers behind `low` up to `high`, and at least what an edge from one of
    /// them can contribute to that of `low`.
    fn least_between(&self, links: &[u64], low: u32, high: u32) -> u32 {
        // Of the last block the links tell, as it may go on behind `high`. Their labels may be those of ancestors, too,
        // but only behind `low`.
        let last = (high >> LEAST_SHIFT) as usize;
        let from = (last << LEAST_SHIFT).max(low as usize + 1);
        let tail = links[from..=high as usize].iter().map(|&link| label(link));
        let blocks =
            &self.least[(low >> LEAST_SHIFT) as usize..last.max((low >> LEAST_SHIFT) as usize)];
        blocks
            .iter()
            .copied()
            .chain(tail)
            .min()
            .unwrap_or(UNREACHED)
    }
}

/// The edges that a hub's semidominator is found by.
struct Sources<'a> {
    graph: &'a HeapGraph,
    keep: &'a BitSet,
    number: &'a [u32],
}

impl Sources<'_> {
    /// The numbers of the nodes that refer to this one: a look at all edges.
    fn of(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let targets = self.graph.targets().iter().enumerate();
        targets
            .filter(move |&(edge, &target)| target == node && self.keep.contains(edge))
            .map(|(edge, _)| self.number[self.graph.source(EdgeId(edge as u32)).index()])
            .filter(|&number| number != UNREACHED)
    }
}

/// What is known of the edges into a hub, the tree's aside.
#[derive(Debug, Clone, Copy)]
struct IntoHub {
    node: u32,
    /// Of the hub.
    number: u32,
    /// The least number that refers to it.
    least: u32,
    /// The greatest one.
    greatest: u32,
}

/// The edges into hubs, which are in no list: there are many, and hardly any of them matters.
struct IntoHubs<'a> {
    hubs: &'a Hubs,
    /// By hub; once numbers are known, the greatest last.
    known: Vec<IntoHub>,
    /// The number of the last of them.
    next: u32,
}

impl<'a> IntoHubs<'a> {
    fn new(hubs: &'a Hubs) -> Self {
        let known = hubs.nodes().iter().map(|&node| IntoHub {
            node,
            number: UNREACHED,
            least: UNREACHED,
            greatest: 0,
        });
        Self {
            hubs,
            known: known.collect(),
            next: UNREACHED,
        }
    }

    /// Notes an edge if it leads into a hub.
    #[inline]
    fn add(&mut self, target: u32, from: u32) -> bool {
        let Some(hub) = self.hubs.index(target) else {
            return false;
        };
        let known = &mut self.known[hub];
        known.least = known.least.min(from);
        known.greatest = known.greatest.max(from);
        true
    }

    /// Notes the edges of nodes that were not looked into.
    fn add_ends(
        &mut self,
        graph: &HeapGraph,
        keep: &BitSet,
        number: &[u32],
        pace: &mut Pace<'_>,
    ) -> Result<()> {
        for node in graph.nodes() {
            pace.step()?;
            if !self.hubs.is_end(node.index()) || number[node.index()] == UNREACHED {
                continue;
            }
            for edge in graph.edge_range(node) {
                if keep.contains(edge) {
                    self.add(graph.targets()[edge], number[node.index()]);
                }
            }
        }
        Ok(())
    }

    /// Sorts by the hubs' numbers, and lowers what is in the lower halves of their links to the least source.
    fn settle_on_numbers(&mut self, number: &[u32], links: &mut [u64]) {
        for hub in &mut self.known {
            hub.number = number[hub.node as usize];
        }
        self.known.retain(|hub| hub.number != UNREACHED);
        self.known.sort_unstable_by_key(|hub| hub.number);
        for hub in &self.known {
            let known = &mut links[hub.number as usize];
            *known = link(high(*known), label(*known).min(hub.least));
        }
        self.next = self.known.last().map_or(UNREACHED, |hub| hub.number);
    }

    /// The hub with the greatest number of those that are left.
    fn take(&mut self) -> Option<IntoHub> {
        let hub = self.known.pop();
        self.next = self.known.last().map_or(UNREACHED, |hub| hub.number);
        hub
    }
}

/// Has the links of these nodes and of their ancestors brought near, all at the same time. A climb from one of them waits
/// for memory at each step otherwise; nothing else depends on what is read here.
#[inline]
fn fetch(links: &[u64], nodes: &[u32]) {
    let mut seen = 0;
    for &node in nodes {
        seen ^= links[ancestor(links[node as usize]) as usize];
    }
    std::hint::black_box(seen);
}

/// What an edge from `from`, which is greater, contributes to the semidominator of `at`: the least semidominator on the
/// tree path from `from` up to below the first ancestor numbered `at` or lower. Shortens that path on the way.
///
/// While it climbs, the links point back down: that is the way to return, however long the path is.
#[inline]
fn evaluate(links: &mut [u64], from: u32, at: u32) -> u32 {
    let (mut node, mut below) = (from, UNREACHED);
    let mut known = links[node as usize];
    while ancestor(known) > at {
        links[node as usize] = link(below, label(known));
        below = node;
        node = ancestor(known);
        known = links[node as usize];
    }
    let top = ancestor(known);
    let mut least = label(known);
    while below != UNREACHED {
        let known = &mut links[below as usize];
        least = least.min(label(*known));
        let next = ancestor(*known);
        *known = link(top, least);
        below = next;
    }
    least
}

/// Turns parents into immediate dominators: the closest dominator of the parent that is not below the semidominator.
///
/// Dominators are numbered lower than what they dominate, so a climb that must not pass the semidominator can take any
/// jump that stays behind it. Jumps are laid out as in Myers' random-access stacks: one per node, chosen by depth,
/// and every ancestor is a logarithmic number of jumps and single steps away.
///
/// `jumps` is only memory that is there already: (jump, depth) per number.
fn climb(
    idom: &mut [u32],
    mut semi: Semidominators,
    mut jumps: Vec<u64>,
    pace: &mut Pace<'_>,
) -> Result<()> {
    if let Some(root) = jumps.first_mut() {
        *root = link(0, 0);
    }
    for at in 1..idom.len() {
        let mut dominator = idom[at];
        if semi.differs.contains(at) {
            let limit = semi.values.pop().unwrap_or_default();
            while dominator > limit {
                let jump = ancestor(jumps[dominator as usize]);
                dominator = if jump >= limit {
                    jump
                } else {
                    idom[dominator as usize]
                };
            }
            idom[at] = dominator;
        }

        let near = jumps[dominator as usize];
        let far = jumps[ancestor(near) as usize];
        let near_span = label(near) - label(far);
        let far_span = label(far) - label(jumps[ancestor(far) as usize]);
        let jump = if near_span == far_span {
            ancestor(far)
        } else {
            dominator
        };
        jumps[at] = link(jump, label(near) + 1);
        pace.step()?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "dominators_tests.rs"]
mod tests;
