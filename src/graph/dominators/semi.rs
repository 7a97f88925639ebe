//! Semidominators, by path compression.

use super::into_hubs::{IntoHub, IntoHubs, Sources};
use super::links::{AHEAD, UNREACHED, ancestor, label, link};
use super::predecessors::Group;
use crate::column::{BitSet, filled};
use crate::error::Result;
use crate::graph::pace::Pace;

/// The semidominator of each number: for most the parent, which is not written down again.
pub(super) struct Semidominators {
    /// The numbers whose semidominator is not their parent.
    pub(super) differs: BitSet,
    /// Their semidominators, that of the greatest number first.
    pub(super) values: Vec<u32>,
    /// The least semidominator in each block of numbers, of those found so far.
    least: Vec<u32>,
}

/// log2 of the numbers in a block whose least semidominator is known. Tests have graphs of several blocks.
pub(super) const LEAST_SHIFT: u32 = if cfg!(test) { 2 } else { 12 };

impl Semidominators {
    pub(super) fn new(count: usize) -> Self {
        Self {
            differs: BitSet::new(count),
            values: Vec::new(),
            least: filled((count >> LEAST_SHIFT) + 1, UNREACHED),
        }
    }

    /// Finds those of the group's targets, below which all have been found.
    ///
    /// Takes their links to their parents, labelled with the lowest ancestor that has an edge to them; leaves them with
    /// paths shortened, of no more use.
    pub(super) fn find(
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
            if into_hubs.next == at as u32
                && let Some(hub) = into_hubs.take()
            {
                least = self.of_hub(links, &hub, least, sources, pace)?;
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

/// Has the links of these nodes and of their ancestors brought near, all at the same time. A climb from one of them waits
/// for memory at each step otherwise; nothing else depends on what is read here.
#[inline]
pub(super) fn fetch(links: &[u64], nodes: &[u32]) {
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
pub(super) fn evaluate(links: &mut [u64], from: u32, at: u32) -> u32 {
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
