//! The search over a series, dump by dump.

use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::comparable::{Fingerprint, comparable};
use crate::analysis::describe::Scripts;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::task::Task;

use super::bounded::Bounded;
use super::by_address;
use super::candidate::{Candidate, GroupStats};
use super::candidates::candidates;
use super::classes::Classes;
use super::co_holders::Completer;
use super::cut::Plan;
use super::describe::Describer;
use super::first_seen::{Births, ById};
use super::groups::Grouping;
use super::growing_tables;
use super::judge;
use super::largest;
use super::measure::{Dump, Measurements, Role, SurvivalSample};
use super::one_dump;
use super::rank;
use super::same_members;
use super::suspect::{Clock, Findings, MOST};
use super::topmost::Topmost;
use super::totals::Totals;
use super::verdict::Verdict;
use super::view::View;
use super::weights::{Rule, SHOWN};

/// More dumps than births can be numbered: the earliest are left out.
const MOST_DUMPS: usize = 250;

/// Finds the suspects of a series of dumps that were taken at `times`.
///
/// `load` gives the heap of a dump by its place; it is asked for the last first, then for the others back to the first,
/// then, for those between, once more. Besides the last one, one heap is held at a time. `scripts` gives the last one's
/// names.
///
/// # Errors
/// Those of `load`; cancellation.
pub fn find(
    times: &[Option<Timestamp>],
    mut load: impl FnMut(usize) -> Result<Arc<Heap>>,
    scripts: impl FnOnce(&Heap) -> Result<Arc<Scripts>>,
    task: &Task,
) -> Result<Findings> {
    let from = times.len().saturating_sub(MOST_DUMPS);
    let count = times.len() - from;
    let mut findings = Findings::default();
    let Some(last_place) = times.len().checked_sub(1) else {
        return Ok(findings);
    };
    let last_heap = load(last_place)?;
    task.stage("looking at the last dump", 0);
    let last = View::new(&last_heap, task)?;
    let scripts = &*scripts(&last_heap)?;
    let mut classes = Classes::default();
    let last_numbers = classes.learn(&last_heap, scripts, None, task)?;
    findings.largest = largest::largest(&last, scripts, &last_numbers, &classes, task)?;

    let mut births = Births::new(&last, count as u8);
    let mut later = Fingerprint::of_heap(&last_heap, task)?;
    findings.comparable = true;
    let mut earlier = None;
    for number in (1..count).rev() {
        drop(earlier.take());
        let heap = load(from + number - 1)?;
        task.stage("telling new objects from old ones", 0);
        let fingerprint = Fingerprint::of_heap(&heap, task)?;
        let found = comparable(&fingerprint, &later);
        if let Some(reason) = found.reason {
            findings.comparable = false;
            findings.caveats.push(reason);
            break;
        }
        births.look_into(number as u8, &last_heap, &heap, task)?;
        later = fingerprint;
        earlier = Some(heap);
    }
    if !findings.comparable || count < 2 {
        drop(earlier);
        let clock = Clock(times.get(from..).unwrap_or_default());
        if count == 1 {
            let words = (scripts, &classes, &last_numbers);
            findings.suspects = one_dump::largest(&last, words, task)?;
            findings.doubt = Some(ONE.to_owned());
            findings.caveats.push(ONE.to_owned());
            return Ok(findings);
        }
        let last = by_address::Last {
            view: &last,
            scripts,
            numbers: &last_numbers,
        };
        let load = |at| load(from + at);
        let found = by_address::find(&last, &mut classes, count, load, &clock, task)?;
        findings.suspects = found.suspects;
        findings.caveats.push(INCOMPARABLE.to_owned());
        findings.caveats.push(
            found
                .doubt
                .clone()
                .unwrap_or_else(|| by_address::TAKE_FITTING.to_owned()),
        );
        findings.doubt = found.doubt;
        return Ok(findings);
    }
    births.settle(&last);

    task.stage("grouping new objects by holder", 0);
    let topmost = Topmost::find(&last, &births.of, count as u8, &last_numbers, task)?;
    let grouping = Grouping {
        view: &last,
        births: &births.of,
        dumps: count as u8,
        topmost: &topmost,
        classes: &classes,
        numbers: &last_numbers,
    };
    let mut candidates: Vec<Candidate> = candidates(&grouping, task)?
        .into_iter()
        .map(|group| Candidate {
            plan: Plan::of(&grouping, &group),
            stats: GroupStats {
                top_class: group.top_class,
                homogeneity: group.homogeneity,
                mean: group.new_bytes as f64 / group.topmost.len().max(1) as f64,
                of_roots: group.roots.is_some(),
            },
            group,
            measurements: Measurements::default(),
            sample: SurvivalSample::default(),
        })
        .collect();
    let last_ids = &births.ids;
    let held = candidates
        .iter()
        .filter_map(|candidate| match candidate.group.holders[..] {
            [holder] => Some((NodeId(holder), candidate.group.new_bytes)),
            _ => None,
        });
    let mut completer = Completer::new(&grouping, last_ids, scripts, held);
    for candidate in &mut candidates {
        completer.complete(&candidate.group, &mut candidate.plan, task)?;
    }
    if Rule::SameMembers.is_on() {
        same_members::join_plans(&mut candidates);
    }
    let last_own = growing_tables::own_bytes(&last, task)?;
    let mut large = growing_tables::large(&last, &births.of, &last_own);

    let definitions = last_heap.definitions();
    let mut totals = Totals::default();
    for number in 1..count {
        let heap = match earlier.take() {
            Some(first) if number == 1 => first,
            _ => load(from + number - 1)?,
        };
        task.stage("measuring suspects", 0);
        let view = View::new(&heap, task)?;
        let classing = heap.classed_by(&definitions, task)?;
        let numbers = classes.learn(&heap, scripts, Some(classing), task)?;
        let ids = ById::new(&heap);
        let role = match number + 1 == count {
            true => Role::LastButOne,
            false => Role::Earlier,
        };
        let dump = Dump {
            view: &view,
            numbers: &numbers,
            ids: &ids,
            last: &last_heap,
        };
        read(&dump, role, &mut candidates, &mut totals, task)?;
        let own = growing_tables::own_bytes(&view, task)?;
        growing_tables::follow(&mut large, &last_heap, &heap, &ids, &own);
    }
    task.stage("measuring suspects", 0);
    let dump = Dump {
        view: &last,
        numbers: &last_numbers,
        ids: last_ids,
        last: &last_heap,
    };
    read(&dump, Role::Last, &mut candidates, &mut totals, task)?;
    growing_tables::follow(&mut large, &last_heap, &last_heap, last_ids, &last_own);
    for totals in &mut totals.by_class {
        totals.resize(classes.len(), 0);
    }

    task.stage("naming suspects", 0);
    let clock = Clock(times.get(from..).unwrap_or_default());
    let mut found: Vec<(Candidate, Verdict)> = Vec::new();
    for candidate in candidates {
        let verdict = judge::judge(&candidate.measurements, &classes, &totals, candidate.stats);
        if let Some(mut verdict) = verdict {
            if Rule::Bounded.is_on() {
                verdict.bound(Bounded::of(&last, scripts, &candidate));
            }
            found.push((candidate, verdict));
        }
    }
    let holders: Vec<NodeId> = found
        .iter()
        .flat_map(|(candidate, _)| candidate.holders())
        .collect();
    for table in growing_tables::grown(large) {
        let inside = |&holder: &NodeId| last.dominates(holder, table.owner);
        if !holders.iter().any(inside) && Rule::Tables.is_on() {
            found.push((
                Candidate::of_holder(&last_heap, table.owner),
                judge::table(&totals, table.bytes),
            ));
        }
    }
    found.retain(|(_, verdict)| verdict.confidence >= SHOWN);
    rank::sort(&mut found);
    if Rule::SameMembers.is_on() {
        same_members::join(&mut found, &last);
    }
    if Rule::Siblings.is_on() {
        rank::join_siblings(&mut found, &last);
    }
    found.truncate(MOST);
    let describer = Describer {
        view: &last,
        scripts,
        classes: &classes,
        births: &births.of,
        dumps: count as u8,
        topmost: &topmost,
    };
    for (candidate, verdict) in &found {
        let suspect = describer.describe(candidate, verdict, &clock, task)?;
        findings.suspects.push(suspect);
    }
    if count == 2 {
        findings.caveats.push(TWO.to_owned());
        findings.doubt = Some(TWO.to_owned());
    }
    Ok(findings)
}

/// What two dumps are worth.
const TWO: &str =
    "Two dumps show a difference, not a trend: no leak is called likely before a third.";

/// What one dump is worth.
const ONE: &str =
    "One dump shows what is large, not what grows: take two more, minutes apart under load.";
/// What dumps whose ids do not fit are worth.
const INCOMPARABLE: &str = "So holders were followed by the names that lead to them from the roots, which tells less than ids would.";

/// Reads all candidates in one dump, and what the dump says as a whole.
fn read(
    dump: &Dump<'_>,
    role: Role,
    candidates: &mut [Candidate],
    totals: &mut Totals,
    task: &Task,
) -> Result<()> {
    for candidate in candidates {
        let measurements = &mut candidate.measurements;
        dump.read(
            &candidate.plan,
            role,
            measurements,
            &mut candidate.sample,
            task,
        )?;
    }
    totals.count(dump, task)
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
