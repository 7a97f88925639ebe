//! The order of suspects, and those that are one.

use super::candidate::Candidate;
use super::suspect::LIKELY_LEAK;
use super::thresholds::THRESHOLDS;
use super::verdict::Verdict;
use super::view::View;
use super::weights::WEIGHTS;

/// A candidate and what it was judged.
pub(super) type Judged = (Candidate, Verdict);

/// What stands for more: likely leaks first, then what is sure and grows much.
fn key(candidate: &Candidate, verdict: &Verdict) -> (bool, f64) {
    let grown = match (verdict.bytes.first(), verdict.bytes.last()) {
        (Some(&first), Some(&last)) => last as f64 - first as f64,
        _ => 0.0,
    };
    // An application's holder of the same objects comes before the roots.
    let weight = if candidate.plan.roots.is_some() {
        WEIGHTS.roots_rank
    } else {
        1.0
    };
    (
        verdict.confidence >= LIKELY_LEAK,
        verdict.confidence * grown * weight,
    )
}

/// Sorts suspects, worst first.
pub(super) fn sort(found: &mut [Judged]) {
    found.sort_by(|a, b| {
        let (a, b) = (key(&a.0, &a.1), key(&b.0, &b.1));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
}

/// Accused holders that one object owns and that grow alike are one suspect (the arrays of an LRU cache): the worst of
/// them stays, with the others to be cut as well.
pub(super) fn join_siblings(found: &mut Vec<Judged>, view: &View<'_>) {
    let mut at = 0;
    while at < found.len() {
        let alike = (0..at).find(|&before| are_siblings(&found[before], &found[at], view));
        match alike {
            Some(before) => {
                let (candidate, verdict) = found.remove(at);
                let (into, sum) = &mut found[before];
                into.plan.holders.extend(candidate.plan.holders);
                for (sum, bytes) in sum.bytes.iter_mut().zip(verdict.bytes) {
                    *sum += bytes;
                }
            }
            None => at += 1,
        }
    }
}

fn are_siblings(a: &Judged, b: &Judged, view: &View<'_>) -> bool {
    let owner = |candidate: &Candidate| match candidate.group.holders[..] {
        [holder] if candidate.plan.roots.is_none() => {
            let above = view.owner_dominator(holder);
            (!view.is(above, super::view::SYNTHETIC) && above != view.heap.root()).then_some(above)
        }
        _ => None,
    };
    if a.1.confidence < LIKELY_LEAK || b.1.confidence < LIKELY_LEAK || a.1.basis != b.1.basis {
        return false;
    }
    let (Some(one), Some(other)) = (owner(&a.0), owner(&b.0)) else {
        return false;
    };
    let counts = |verdict: &Verdict| verdict.accumulating.first().map(|row| row.counts.clone());
    let (Some(first), Some(second)) = (counts(&a.1), counts(&b.1)) else {
        return false;
    };
    one == other
        && first.windows(2).zip(second.windows(2)).all(|(a, b)| {
            let (a, b) = (a[1] as f64 - a[0] as f64, b[1] as f64 - b[0] as f64);
            (a - b).abs() <= THRESHOLDS.sibling_steps * a.abs().max(b.abs())
        })
}
