//! The topmost new objects, how much is new below each, and which old objects hold them.

use std::collections::HashMap;

use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::{EdgeKind, StrId};
use crate::task::{CHECK_EVERY, Task};

use super::classes::Numbers;
use super::view::{NOISY, PLUMBING, SYNTHETIC, View};

const NONE: u32 = u32::MAX;
/// How many names of a holder's edges are kept.
pub(super) const NAMES_KEPT: usize = 20;

/// What holds a top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Anchor {
    /// An old object.
    Node(u32),
    /// Only roots hold it; by class.
    Roots(u32),
}

/// By which edges a holder holds new objects.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Names of properties, variables and internal edges that leave the holder itself.
    pub names: Vec<StrId>,
    /// It holds some through elements or plumbing, or by more names than are kept.
    pub other: bool,
}

/// The topmost new objects: nothing new dominates them.
#[derive(Debug, Default)]
pub(super) struct Topmost {
    /// The objects.
    pub nodes: Vec<u32>,
    /// By node: the top that it belongs to, or `u32::MAX`.
    pub of: Vec<u32>,
    /// New bytes below each.
    pub new_bytes: Vec<u64>,
    /// Those of them that are older than the last interval.
    pub survived: Vec<u64>,
    /// Its best holder.
    pub primary: Vec<Anchor>,
    /// (top, holder), by top.
    pub held: Vec<(u32, u32)>,
    /// How each holder holds.
    pub names: HashMap<u32, Names>,
}

/// Whether a node is new since the first dump.
#[inline]
fn is_new(births: &[u8], node: NodeId) -> bool {
    births[node.index()] > 1
}

impl Topmost {
    /// Finds the topmost new objects and their holders; linear in nodes and edges.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn find(
        view: &View<'_>,
        births: &[u8],
        dumps: u8,
        classes: &Numbers,
        task: &Task,
    ) -> Result<Self> {
        let mut topmost = Self {
            of: vec![NONE; view.heap.node_count()],
            ..Self::default()
        };
        topmost.gather(view, births, dumps, task)?;
        topmost.find_holders(view, births, task)?;
        topmost.choose(view, classes, task)?;
        Ok(topmost)
    }

    fn gather(&mut self, view: &View<'_>, births: &[u8], dumps: u8, task: &Task) -> Result<()> {
        for (step, &node) in view.order.iter().enumerate() {
            if step.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let node = NodeId(node);
            if !is_new(births, node) || view.is(node, NOISY) {
                continue;
            }
            let dominator = view.dominator(node);
            let above = view.owner(dominator);
            let is_part = view.is(node, PLUMBING);
            let is_settled = |node: NodeId| !is_new(births, node) || view.is(node, SYNTHETIC);
            if view.is(above, NOISY) || is_part && is_settled(view.owner(node)) {
                continue;
            }
            let itself = !is_part && !view.is(node, SYNTHETIC);
            let mut top = if is_settled(above) {
                NONE
            } else {
                match self.of[dominator.index()] {
                    NONE => self.of[above.index()],
                    top => top,
                }
            };
            if top == NONE && itself {
                top = self.nodes.len() as u32;
                self.nodes.push(node.0);
                self.new_bytes.push(0);
                self.survived.push(0);
            }
            if top != NONE {
                self.of[node.index()] = top;
                let bytes = view.heap.shallow(node);
                self.new_bytes[top as usize] += bytes;
                if births[node.index()] < dumps {
                    self.survived[top as usize] += bytes;
                }
            }
        }
        Ok(())
    }

    fn find_holders(&mut self, view: &View<'_>, births: &[u8], task: &Task) -> Result<()> {
        let graph = view.heap.graph();
        let mut holders = Vec::new();
        let mut steps = 0usize;
        for (top, &node) in (0u32..).zip(&self.nodes) {
            holders.clear();
            for edge in graph.edges_into(NodeId(node)) {
                steps += 1;
                if steps.is_multiple_of(CHECK_EVERY) {
                    task.check()?;
                }
                if !view.holds(edge) {
                    continue;
                }
                let source = graph.source(edge);
                let holder = view.owner(source);
                if is_new(births, holder) || view.is(holder, NOISY | SYNTHETIC) {
                    continue;
                }
                holders.push(holder.0);
                let names = self.names.entry(holder.0).or_default();
                let name = view.heap.edge_name_id(edge).filter(|_| {
                    source == holder
                        && matches!(
                            view.heap.edge_kind(edge),
                            EdgeKind::PROPERTY | EdgeKind::CONTEXT | EdgeKind::INTERNAL
                        )
                });
                match name {
                    Some(name) if names.names.contains(&name) => {}
                    Some(name) if names.names.len() < NAMES_KEPT => names.names.push(name),
                    _ => names.other = true,
                }
            }
            holders.sort_unstable();
            holders.dedup();
            self.held
                .extend(holders.iter().map(|&holder| (top, holder)));
        }
        Ok(())
    }

    fn choose(&mut self, view: &View<'_>, classes: &Numbers, task: &Task) -> Result<()> {
        let mut cover: HashMap<u32, u64> = HashMap::new();
        for &(top, holder) in &self.held {
            *cover.entry(holder).or_default() += self.new_bytes[top as usize] + 1;
        }
        let mut primary: Vec<Option<Anchor>> = vec![None; self.nodes.len()];
        for held in self.held.chunk_by(|a, b| a.0 == b.0) {
            let best = held.iter().max_by_key(|(_, holder)| {
                let id = view.heap.id(NodeId(*holder));
                (cover.get(holder).copied(), std::cmp::Reverse(id))
            });
            if let Some(&(top, holder)) = best {
                primary[top as usize] = Some(Anchor::Node(holder));
            }
        }
        if primary.iter().any(Option::is_none) {
            self.flood(view, &mut primary, task)?;
        }
        let rooted = |(node, anchor): (&u32, Option<Anchor>)| {
            anchor.unwrap_or_else(|| Anchor::Roots(classes.of(view.heap, NodeId(*node))))
        };
        self.primary = self.nodes.iter().zip(primary).map(rooted).collect();
        Ok(())
    }

    /// Objects that only new objects hold go with those: what is reached from the regions of settled topmost new objects.
    fn flood(
        &mut self,
        view: &View<'_>,
        primary: &mut [Option<Anchor>],
        task: &Task,
    ) -> Result<()> {
        let graph = view.heap.graph();
        let members = Members::of(self);
        let mut queue: Vec<u32> = (0..self.nodes.len() as u32)
            .filter(|&top| primary[top as usize].is_some())
            .collect();
        let mut next = 0;
        let mut steps = 0usize;
        while let Some(&top) = queue.get(next) {
            next += 1;
            for &node in members.of_top(top) {
                for edge in graph.edges_from(NodeId(node)) {
                    steps += 1;
                    if steps.is_multiple_of(CHECK_EVERY) {
                        task.check()?;
                    }
                    let entered = self.of[graph.target(edge).index()];
                    if entered != NONE && view.holds(edge) && primary[entered as usize].is_none() {
                        primary[entered as usize] = primary[top as usize];
                        queue.push(entered);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The nodes of each top's region.
struct Members {
    first: Vec<u32>,
    nodes: Vec<u32>,
}

impl Members {
    fn of(topmost: &Topmost) -> Self {
        let mut first = vec![0u32; topmost.nodes.len() + 1];
        let inside = || (0u32..).zip(&topmost.of).filter(|&(_, &top)| top != NONE);
        for (_, &top) in inside() {
            first[top as usize + 1] += 1;
        }
        for top in 1..first.len() {
            first[top] += first[top - 1];
        }
        let mut next = first.clone();
        let mut nodes = vec![0; first.last().map_or(0, |&all| all as usize)];
        for (node, &top) in inside() {
            let place = &mut next[top as usize];
            nodes[*place as usize] = node;
            *place += 1;
        }
        Self { first, nodes }
    }

    fn of_top(&self, top: u32) -> &[u32] {
        let top = top as usize;
        &self.nodes[self.first[top] as usize..self.first[top + 1] as usize]
    }
}
