//! What is kept of the edges into hubs, instead of lists.

use super::links::{UNREACHED, high, label, link};
use crate::column::BitSet;
use crate::graph::hubs::Hubs;
use crate::graph::{EdgeId, HeapGraph, NodeId};

/// The edges that a hub's semidominator is found by.
pub(super) struct Sources<'a> {
    pub(super) graph: &'a HeapGraph,
    pub(super) keep: &'a BitSet,
    pub(super) number: &'a [u32],
}

impl Sources<'_> {
    /// The numbers of the nodes that refer to this one: a look at all edges.
    pub(super) fn of(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let targets = self.graph.targets().iter().enumerate();
        targets
            .filter(move |&(edge, &target)| target == node && self.keep.contains(edge))
            .map(|(edge, _)| self.number[self.graph.source(EdgeId(edge as u32)).index()])
            .filter(|&number| number != UNREACHED)
    }
}

/// What is known of the edges into a hub, the tree's aside.
#[derive(Debug, Clone, Copy)]
pub(super) struct IntoHub {
    pub(super) node: u32,
    /// Of the hub.
    pub(super) number: u32,
    /// The least number that refers to it.
    pub(super) least: u32,
    /// The greatest one.
    pub(super) greatest: u32,
}

/// The edges into hubs, which are in no list: there are many, and hardly any of them matters.
pub(super) struct IntoHubs<'a> {
    pub(super) hubs: &'a Hubs,
    /// By hub; once numbers are known, the greatest last.
    pub(super) known: Vec<IntoHub>,
    /// The number of the last of them.
    pub(super) next: u32,
}

impl<'a> IntoHubs<'a> {
    pub(super) fn new(hubs: &'a Hubs) -> Self {
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
    pub(super) fn add(&mut self, target: u32, from: u32) -> bool {
        let Some(hub) = self.hubs.index(target) else {
            return false;
        };
        let known = &mut self.known[hub];
        known.least = known.least.min(from);
        known.greatest = known.greatest.max(from);
        true
    }

    /// Notes the edges of a node that was not searched, as it is an [end](Hubs::is_end).
    #[inline]
    pub(super) fn add_end(
        &mut self,
        graph: &HeapGraph,
        keep: &BitSet,
        node: NodeId,
        number: &[u32],
    ) {
        if !self.hubs.is_end(node.index()) || number[node.index()] == UNREACHED {
            return;
        }
        for edge in keep.iter_in(graph.edge_range(node)) {
            self.add(graph.targets()[edge], number[node.index()]);
        }
    }

    /// Sorts by the hubs' numbers, and lowers what is in the lower halves of their links to the least source.
    pub(super) fn settle_on_numbers(&mut self, number: &[u32], links: &mut [u64]) {
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
    pub(super) fn take(&mut self) -> Option<IntoHub> {
        let hub = self.known.pop();
        self.next = self.known.last().map_or(UNREACHED, |hub| hub.number);
        hub
    }
}
