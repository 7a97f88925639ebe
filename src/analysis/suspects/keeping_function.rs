//! The function that keeps what accumulates: whose code adds it.

use std::collections::{HashMap, HashSet};

use crate::analysis::describe::{Scripts, is_runtime_script};
use crate::analysis::paths::Step;
use crate::graph::NodeId;
use crate::heap::{Heap, Place};
use crate::snapshot::NodeKind;
use crate::text::place::package;

use super::candidate::Candidate;
use super::first_seen::FirstSeen;
use super::thresholds::THRESHOLDS;
use super::verdict::Verdict;
use super::view::{NOISY, View};

/// A function that is there about as often as what accumulates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeepingFunction {
    /// Its name, as it was written where a map tells; empty for an anonymous one.
    pub name: String,
    /// Where it was written: `file.js:41:12`.
    pub place: String,
    /// How many of it the cut frees.
    pub count: u64,
    /// One of it.
    pub node: NodeId,
    /// The same, where it is on the way to what accumulates: it was registered with the holder.
    pub registered: Option<NodeId>,
}

impl KeepingFunction {
    /// The function on the way to what accumulates, else the one of the application's that is freed about as often.
    pub fn find(
        view: &View<'_>,
        scripts: &Scripts,
        candidate: &Candidate,
        verdict: &Verdict,
        below: &[Step],
    ) -> Option<Self> {
        let heap = view.heap;
        let measurements = &candidate.measurements;
        let members = verdict.accumulating.first()?.counts.last().copied()?.max(1);
        let freed = |node: NodeId| {
            !measurements.freed.is_empty() && measurements.freed.contains(node.index())
        };
        let mut places: HashMap<Place, (u64, NodeId)> = HashMap::new();
        let closures = measurements.classed.iter().map(|&(_, node)| node);
        for node in closures.filter(|&node| heap.kind(node) == NodeKind::CLOSURE) {
            if let Some(place) = heap.place(node) {
                places.entry(place).or_insert((0, node)).0 += 1;
            }
        }
        let on_way = below
            .iter()
            .map(|step| step.node)
            .find(|&node| heap.kind(node) == NodeKind::CLOSURE && freed(node))
            .filter(|&node| is_own(scripts, heap, node));
        let (least, most) = THRESHOLDS.functions_of_members;
        let often = || {
            places
                .values()
                .filter(|(count, _)| (least..=most).contains(&(count * 100 / members)))
                .filter(|&&(_, node)| is_own(scripts, heap, node))
                .map(|&(count, node)| (count.abs_diff(members), node))
                .min()
                .map(|(_, node)| node)
        };
        let node = on_way.or_else(often)?;
        let place = heap.place(node)?;
        let name = scripts.function_name(heap, node);
        Some(Self {
            name,
            place: scripts.show(place),
            count: places.get(&place).map_or(1, |&(count, _)| count),
            node,
            registered: on_way,
        })
    }
}

/// Members whose functions are looked for, and objects that are looked at for each.
const MEMBERS: usize = 8;
const LOOKED_AT: usize = 256;

/// A function of the application's that each of the members leads to over new objects, where the cut frees nothing: what
/// others hold as well was given to them.
pub(super) fn function_of_members(
    view: &View<'_>,
    scripts: &Scripts,
    candidate: &Candidate,
    first_seen: &FirstSeen,
) -> Option<NodeId> {
    let heap = view.heap;
    let graph = heap.graph();
    let mut found: HashMap<Place, (usize, NodeId)> = HashMap::new();
    let members = &candidate.measurements.members;
    let every = members.len().div_ceil(MEMBERS).max(1);
    for &member in members.iter().step_by(every) {
        let mut seen = HashSet::from([member]);
        let mut open = vec![member];
        let mut places = HashSet::new();
        let mut next = 0;
        while let Some(&node) = open.get(next).filter(|_| next < LOOKED_AT) {
            next += 1;
            if heap.kind(node) == NodeKind::CLOSURE
                && is_own(scripts, heap, node)
                && let Some(place) = heap.place(node)
                && places.insert(place)
            {
                found.entry(place).or_insert((0, node)).0 += 1;
            }
            let edges = graph.edges_from(node).filter(|&edge| view.holds(edge));
            let new = edges.map(|edge| graph.target(edge)).filter(|target| {
                first_seen.is_new(*target) && !view.is(*target, NOISY) && seen.insert(*target)
            });
            open.extend(new);
        }
    }
    let most = found
        .into_values()
        .max_by_key(|&(count, node)| (count, std::cmp::Reverse(node)));
    most.filter(|&(count, _)| count * every * 2 >= members.len())
        .map(|(_, node)| node)
}

/// Whether a function is the application's own.
fn is_own(scripts: &Scripts, heap: &Heap, node: NodeId) -> bool {
    let script = scripts.script(heap, node);
    script.is_some_and(|script| !is_runtime_script(&script) && package(&script).is_none())
}
