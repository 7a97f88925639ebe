//! The topmost new objects, how much is new below each, and which old objects hold them.

use std::collections::HashMap;
use std::num::NonZeroU32;

use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, StrId};
use crate::task::{CHECK_EVERY, Task};

use super::classes::{ClassNo, Numbers};
use super::first_seen::FirstSeen;
use super::view::{NOISY, PLUMBING, SYNTHETIC, View};

/// How many names of a holder's edges are kept.
const NAMES_KEPT: usize = 20;

/// The number of a topmost new object. `Option` of it takes four bytes as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TopIndex(NonZeroU32);

impl TopIndex {
    fn at(place: usize) -> Self {
        Self(NonZeroU32::MIN.saturating_add(place as u32))
    }

    /// As an index into a column.
    #[inline]
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// What holds a topmost new object, or most of those that it holds as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum PrimaryHolder {
    /// An old object.
    Object(NodeId),
    /// Only roots hold it; by class.
    Roots(ClassNo),
}

/// By which edges a holder holds new objects.
#[derive(Debug, Clone, Default)]
pub(super) struct EdgeNames {
    /// Names of properties, variables and internal edges that leave the holder itself, at most [`NAMES_KEPT`].
    pub names: Vec<StrId>,
    /// It holds some through elements or plumbing, or by more names than are kept.
    pub other: bool,
}

impl EdgeNames {
    /// The name of an edge by which `owner` holds something; `None` where it is an element, or where its source is a part
    /// of the owner.
    pub fn name(heap: &Heap, edge: EdgeId, source: NodeId, owner: NodeId) -> Option<StrId> {
        let kind = heap.edge_kind(edge);
        let is_named = source == owner
            && matches!(
                kind,
                EdgeKind::PROPERTY | EdgeKind::CONTEXT | EdgeKind::INTERNAL
            );
        heap.edge_name_id(edge).filter(|_| is_named)
    }

    /// Adds the name of an edge.
    pub fn add(&mut self, name: Option<StrId>) {
        match name {
            Some(name) if self.names.contains(&name) => {}
            Some(name) if self.names.len() < NAMES_KEPT => self.names.push(name),
            _ => self.other = true,
        }
    }

    /// Adds what is known of another of the objects that a holder holds.
    pub fn merge(&mut self, others: Self) {
        for name in others.names {
            if !self.names.contains(&name) && self.names.len() < NAMES_KEPT {
                self.names.push(name);
            }
        }
        self.other |= others.other;
    }
}

/// The topmost new objects: nothing new dominates them.
#[derive(Debug, Default)]
pub(super) struct Topmost {
    /// The objects.
    nodes: Vec<NodeId>,
    /// New bytes below each.
    new_bytes: Vec<u64>,
    /// Those of them that are older than the last interval.
    survived: Vec<u64>,
    /// Its best holder.
    primary: Vec<PrimaryHolder>,
    /// By node: the topmost new object that it belongs to.
    above: Vec<Option<TopIndex>>,
    /// Each with each of its holders, in the order of the objects.
    held: Vec<(TopIndex, NodeId)>,
    /// How each holder holds.
    pub names: HashMap<NodeId, EdgeNames>,
}

impl Topmost {
    /// Finds the topmost new objects and their holders; linear in nodes and edges.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn find(
        view: &View<'_>,
        first_seen: &FirstSeen,
        classes: &Numbers,
        task: &Task,
    ) -> Result<Self> {
        let mut topmost = Self {
            above: vec![None; view.heap.node_count()],
            ..Self::default()
        };
        topmost.gather(view, first_seen, task)?;
        topmost.find_holders(view, first_seen, task)?;
        topmost.choose_holders(view, classes, task)?;
        Ok(topmost)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = TopIndex> + use<> {
        (0..self.nodes.len()).map(TopIndex::at)
    }

    /// The object.
    pub fn node(&self, top: TopIndex) -> NodeId {
        self.nodes[top.index()]
    }

    /// New bytes below it.
    pub fn new_bytes(&self, top: TopIndex) -> u64 {
        self.new_bytes[top.index()]
    }

    /// Those of them that are older than the last interval.
    pub fn survived(&self, top: TopIndex) -> u64 {
        self.survived[top.index()]
    }

    /// Its best holder.
    pub fn primary(&self, top: TopIndex) -> PrimaryHolder {
        self.primary[top.index()]
    }

    /// The topmost new object that a node belongs to.
    pub fn above(&self, node: NodeId) -> Option<TopIndex> {
        self.above[node.index()]
    }

    /// Goes down the dominator tree: what is new belongs to the new object above it, else it is a topmost one.
    fn gather(&mut self, view: &View<'_>, first_seen: &FirstSeen, task: &Task) -> Result<()> {
        for (step, &node) in view.order.iter().enumerate() {
            if step.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if !first_seen.is_new(node) || view.is(node, NOISY) {
                continue;
            }
            let dominator = view.dominator(node);
            let above = view.owner(dominator);
            let is_part = view.is(node, PLUMBING);
            let is_settled = |node| !first_seen.is_new(node) || view.is(node, SYNTHETIC);
            if view.is(above, NOISY) || is_part && is_settled(view.owner(node)) {
                continue;
            }
            let known = match is_settled(above) {
                true => None,
                false => self.above(dominator).or_else(|| self.above(above)),
            };
            let itself = !is_part && !view.is(node, SYNTHETIC);
            let Some(top) = known.or_else(|| itself.then(|| self.push(node))) else {
                continue;
            };
            self.above[node.index()] = Some(top);
            let bytes = view.heap.shallow(node);
            self.new_bytes[top.index()] += bytes;
            if !first_seen.is_of_last_interval(node) {
                self.survived[top.index()] += bytes;
            }
        }
        Ok(())
    }

    fn push(&mut self, node: NodeId) -> TopIndex {
        let top = TopIndex::at(self.nodes.len());
        self.nodes.push(node);
        self.new_bytes.push(0);
        self.survived.push(0);
        top
    }

    fn find_holders(&mut self, view: &View<'_>, first_seen: &FirstSeen, task: &Task) -> Result<()> {
        let graph = view.heap.graph();
        let mut holders = Vec::new();
        let mut steps = 0usize;
        for top in self.all() {
            holders.clear();
            for edge in graph.edges_into(self.node(top)) {
                steps += 1;
                if steps.is_multiple_of(CHECK_EVERY) {
                    task.check()?;
                }
                if !view.holds(edge) {
                    continue;
                }
                let source = graph.source(edge);
                let holder = view.owner(source);
                if first_seen.is_new(holder) || view.is(holder, NOISY | SYNTHETIC) {
                    continue;
                }
                holders.push(holder);
                let names = self.names.entry(holder).or_default();
                names.add(EdgeNames::name(view.heap, edge, source, holder));
            }
            holders.sort_unstable();
            holders.dedup();
            self.held
                .extend(holders.iter().map(|&holder| (top, holder)));
        }
        Ok(())
    }

    /// Of an object's holders the one that holds most new bytes in all counts, of those the oldest.
    fn choose_holders(&mut self, view: &View<'_>, classes: &Numbers, task: &Task) -> Result<()> {
        let mut cover: HashMap<NodeId, u64> = HashMap::new();
        for &(top, holder) in &self.held {
            *cover.entry(holder).or_default() += self.new_bytes(top) + 1;
        }
        let mut primary: Vec<Option<PrimaryHolder>> = vec![None; self.nodes.len()];
        for held in self.held.chunk_by(|a, b| a.0 == b.0) {
            let best = held.iter().max_by_key(|(_, holder)| {
                let id = view.heap.id(*holder);
                (cover.get(holder).copied(), std::cmp::Reverse(id))
            });
            if let Some(&(top, holder)) = best {
                primary[top.index()] = Some(PrimaryHolder::Object(holder));
            }
        }
        if primary.iter().any(Option::is_none) {
            self.flood(view, &mut primary, task)?;
        }
        let or_roots = |(&node, holder): (&NodeId, Option<PrimaryHolder>)| {
            holder.unwrap_or_else(|| PrimaryHolder::Roots(classes.of(view.heap, node)))
        };
        self.primary = self.nodes.iter().zip(primary).map(or_roots).collect();
        Ok(())
    }

    /// Objects that only new objects hold go with those: what is reached from the regions of settled ones.
    fn flood(
        &self,
        view: &View<'_>,
        primary: &mut [Option<PrimaryHolder>],
        task: &Task,
    ) -> Result<()> {
        let graph = view.heap.graph();
        let regions = Regions::of(self);
        let settled = |top: &TopIndex| primary[top.index()].is_some();
        let mut queue: Vec<TopIndex> = self.all().filter(settled).collect();
        let mut next = 0;
        let mut steps = 0usize;
        while let Some(&top) = queue.get(next) {
            next += 1;
            for &node in regions.below(top) {
                for edge in graph.edges_from(node) {
                    steps += 1;
                    if steps.is_multiple_of(CHECK_EVERY) {
                        task.check()?;
                    }
                    let Some(entered) = self.above(graph.target(edge)) else {
                        continue;
                    };
                    if view.holds(edge) && primary[entered.index()].is_none() {
                        primary[entered.index()] = primary[top.index()];
                        queue.push(entered);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The nodes that belong to each topmost new object.
struct Regions {
    /// Where each region begins in `nodes`; one more than there are regions.
    first: Vec<u32>,
    nodes: Vec<NodeId>,
}

impl Regions {
    fn of(topmost: &Topmost) -> Self {
        let inside = || {
            let nodes = (0u32..).map(NodeId).zip(&topmost.above);
            nodes.filter_map(|(node, &top)| Some((node, top?.index())))
        };
        let mut first = vec![0u32; topmost.len() + 1];
        for (_, top) in inside() {
            first[top + 1] += 1;
        }
        for top in 1..first.len() {
            first[top] += first[top - 1];
        }
        let mut next = first.clone();
        let mut nodes = vec![NodeId(0); first.last().map_or(0, |&all| all as usize)];
        for (node, top) in inside() {
            let place = &mut next[top];
            nodes[*place as usize] = node;
            *place += 1;
        }
        Self { first, nodes }
    }

    fn below(&self, top: TopIndex) -> &[NodeId] {
        let at = top.index();
        &self.nodes[self.first[at] as usize..self.first[at + 1] as usize]
    }
}
