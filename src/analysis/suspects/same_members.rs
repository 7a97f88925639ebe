//! Suspects that keep the same objects are one: its holders are listed, and nothing is counted twice.

use std::collections::BTreeSet;

use crate::graph::NodeId;

use super::candidate::Candidate;
use super::rank::Judged;
use super::thresholds::THRESHOLDS;
use super::view::{View, is_broad};

/// Members of a suspect that are looked for in another's.
const LOOKED_FOR: usize = 4096;

/// Joins candidates whose plans cut the same holders.
pub(super) fn join_plans(candidates: &mut Vec<Candidate>) {
    let mut at = 0;
    while at < candidates.len() {
        let holders: BTreeSet<NodeId> = candidates[at].holders().collect();
        let before = (0..at).find(|&before| {
            holders.len() > 1
                && candidates[before].holders().collect::<BTreeSet<_>>() == holders
                && candidates[before].plan.into_class == candidates[at].plan.into_class
        });
        let Some(before) = before else {
            at += 1;
            continue;
        };
        let joined = candidates.remove(at);
        let into = &mut candidates[before];
        for cut in joined.plan.holders {
            if let Some(own) = into
                .plan
                .holders
                .iter_mut()
                .find(|own| own.node == cut.node)
            {
                own.whole |= cut.whole;
                own.names.extend(cut.names);
                own.names.sort_unstable();
                own.names.dedup();
            }
        }
        into.group.topmost.extend(joined.group.topmost);
        into.group.new_bytes += joined.group.new_bytes;
        into.stats.mean = into.group.new_bytes as f64 / into.group.topmost.len().max(1) as f64;
    }
}

/// Joins suspects, worst first, that keep nearly the same objects. Of two the more specific holder stays: what a
/// global object or the like keeps is told by who keeps it there.
pub(super) fn join(found: &mut Vec<Judged>, view: &View<'_>) {
    let mut at = 1;
    while at < found.len() {
        let Some(before) = (0..at).find(|&before| is_part(&found[at], &found[before], view)) else {
            at += 1;
            continue;
        };
        let (one, other) = (&found[before], &found[at]);
        let broad = |(candidate, _): &Judged| {
            candidate
                .holders()
                .next()
                .is_some_and(|holder| is_broad(view.heap, holder))
        };
        if broad(one)
            && !broad(other)
            && other.1.confidence >= one.1.confidence * THRESHOLDS.specific_holder
        {
            found.swap(before, at);
        }
        found.remove(at);
    }
}

/// Whether nearly all that one suspect keeps is another's as well.
fn is_part(part: &Judged, whole: &Judged, view: &View<'_>) -> bool {
    let whole = &whole.0.measurements;
    if whole.freed.is_empty() {
        return false;
    }
    let members = members(part, view);
    let inside = members
        .iter()
        .filter(|&&node| {
            whole.freed.contains(node.index()) || whole.members.binary_search(&node).is_ok()
        })
        .count();
    !members.is_empty()
        && THRESHOLDS
            .same_members
            .is_reached(inside as u64, members.len() as u64)
}

/// Objects that accumulate at a suspect in the last dump: what it frees of the first class, else what it leads to.
fn members((candidate, verdict): &Judged, view: &View<'_>) -> Vec<NodeId> {
    let measurements = &candidate.measurements;
    let of_class = verdict.accumulating.first().map(|row| row.class);
    let owned: Vec<NodeId> = measurements
        .classed
        .iter()
        .filter(|(class, _)| Some(*class) == of_class)
        .map(|&(_, node)| node)
        .collect();
    let all = if owned.is_empty() {
        measurements.members.clone()
    } else {
        owned
    };
    let every = all.len().div_ceil(LOOKED_FOR).max(1);
    let known = |node: &NodeId| node.index() < view.heap.node_count();
    all.into_iter().step_by(every).filter(known).collect()
}
