//! The function that keeps what piles up: whose code adds it.

use std::collections::HashMap;

use crate::analysis::describe::{Scripts, is_runtime_script};
use crate::analysis::paths::Step;
use crate::graph::NodeId;
use crate::heap::Place;
use crate::snapshot::NodeKind;
use crate::text::place::package;

use super::candidate::Candidate;
use super::verdict::Verdict;
use super::view::View;

/// A function that is there about as often as what piles up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct By {
    /// Its name; empty for an anonymous one.
    pub name: String,
    /// Where it was written: `file.js:41:12`.
    pub place: String,
    /// How many of it the cut frees.
    pub count: u64,
    /// One of it.
    pub node: NodeId,
    /// The same, where it is on the way to what piles up: it was registered with the holder.
    pub registered: Option<NodeId>,
}

/// Functions that are there at least this often by what piles up, and at most, in percent.
const ALIKE: std::ops::RangeInclusive<u64> = 40..=300;

impl By {
    /// The function on the way to what piles up, else the one of the application's that is freed about as often.
    pub fn most(
        view: &View<'_>,
        scripts: &Scripts,
        candidate: &Candidate,
        verdict: &Verdict,
        below: &[Step],
    ) -> Option<Self> {
        let heap = view.heap;
        let readings = &candidate.readings;
        let members = verdict.piles.first()?.counts.last().copied()?.max(1);
        let freed =
            |node: NodeId| !readings.freed.is_empty() && readings.freed.contains(node.index());
        let mut places: HashMap<Place, (u64, NodeId)> = HashMap::new();
        let closures = readings.classed.iter().map(|&(_, node)| NodeId(node));
        for node in closures.filter(|&node| heap.kind(node) == NodeKind::CLOSURE) {
            if let Some(place) = heap.place(node) {
                places.entry(place).or_insert((0, node)).0 += 1;
            }
        }
        let rank = |node: NodeId| match scripts.script(heap, node) {
            Some(script) if is_runtime_script(&script) => None,
            Some(script) if package(&script).is_some() => None,
            Some(_) => Some(0u8),
            None => None,
        };
        let on_way = below
            .iter()
            .map(|step| step.node)
            .find(|&node| heap.kind(node) == NodeKind::CLOSURE && freed(node))
            .filter(|&node| rank(node) == Some(0));
        let often = || {
            places
                .values()
                .filter(|(count, _)| ALIKE.contains(&(count * 100 / members)))
                .filter_map(|&(count, node)| Some((rank(node)?, count.abs_diff(members), node)))
                .min()
                .map(|(.., node)| node)
        };
        let node = on_way.or_else(often)?;
        let place = heap.place(node)?;
        let name = heap.raw_name(node).into_owned();
        Some(Self {
            name,
            place: scripts.show(place),
            count: places.get(&place).map_or(1, |&(count, _)| count),
            node,
            registered: on_way,
        })
    }
}
