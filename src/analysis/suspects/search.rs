//! The search over a series, dump by dump.
//!
//! Ages (in which dump each object is seen first), groups (new objects by holder), measurements (each group in every
//! dump), verdicts, words. Where ids do not fit, or there is one dump only, other searches take over after the ages.

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
use super::candidate::Candidate;
use super::candidates::candidates;
use super::classes::Classes;
use super::co_holders::Completer;
use super::describe::Describer;
use super::dumps::{LastDump, Series};
use super::first_seen::{DumpNo, FirstSeen, Lookup};
use super::groups::Grouping;
use super::growing_tables::LargeTables;
use super::identity::ById;
use super::judge;
use super::largest;
use super::measure::{Dump, Role};
use super::one_dump;
use super::rank::{self, Judged};
use super::same_members;
use super::suspect::{Findings, MOST};
use super::topmost::Topmost;
use super::totals::Totals;
use super::view::View;
use super::weights::{Rule, SHOWN};

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
    load: impl FnMut(usize) -> Result<Arc<Heap>>,
    scripts: impl FnOnce(&Heap) -> Result<Arc<Scripts>>,
    task: &Task,
) -> Result<Findings> {
    let mut series = Series::new(times, load);
    let Some(last_place) = series.count().checked_sub(1) else {
        return Ok(Findings::default());
    };
    let last_heap = series.load(last_place)?;
    task.stage("looking at the last dump", 0);
    let mut classes = Classes::default();
    let scripts = scripts(&last_heap)?;
    let last = LastDump::prepare(&last_heap, scripts, &mut classes, task)?;
    let findings = Findings {
        comparable: true,
        largest: largest::largest(&last, &classes, task)?,
        ..Findings::default()
    };
    if series.count() == 1 {
        return in_one_dump(&last, &classes, findings, task);
    }
    let ids = ById::new(&last_heap);
    match ages(&mut series, &last, &ids, task)? {
        Ages::Known { first_seen, first } => {
            let search = SearchByIds {
                last: &last,
                ids: &ids,
                first_seen: &first_seen,
            };
            search.run(&mut series, first, &mut classes, findings, task)
        }
        Ages::Unknown(reason) => {
            drop(ids);
            by_addresses(&mut series, &last, &mut classes, reason, findings, task)
        }
    }
}

/// What two dumps are worth.
const TWO: &str =
    "Two dumps show a difference, not a trend: no leak is called likely before a third.";

/// What one dump is worth.
const ONE: &str =
    "One dump shows what is large, not what grows: take two more, minutes apart under load.";
/// What dumps whose ids do not fit are worth.
const INCOMPARABLE: &str = "So holders were followed by the names that lead to them from the roots, which tells less than ids would.";

/// What holds much in the only dump.
fn in_one_dump(
    last: &LastDump<'_>,
    classes: &Classes,
    findings: Findings,
    task: &Task,
) -> Result<Findings> {
    Ok(Findings {
        suspects: one_dump::largest(last, classes, task)?,
        doubt: Some(ONE.to_owned()),
        caveats: vec![ONE.to_owned()],
        ..findings
    })
}

/// What grows at the same address of every dump; `reason` says why ids do not fit.
fn by_addresses<L: FnMut(usize) -> Result<Arc<Heap>>>(
    series: &mut Series<'_, L>,
    last: &LastDump<'_>,
    classes: &mut Classes,
    reason: String,
    findings: Findings,
    task: &Task,
) -> Result<Findings> {
    let found = by_address::find(last, classes, series, task)?;
    let advice = found.doubt.as_deref().unwrap_or(by_address::TAKE_FITTING);
    Ok(Findings {
        comparable: false,
        caveats: vec![reason, INCOMPARABLE.to_owned(), advice.to_owned()],
        suspects: found.suspects,
        doubt: found.doubt,
        ..findings
    })
}

/// How old the objects of the last dump are.
enum Ages {
    Known {
        first_seen: FirstSeen,
        /// The heap of the first dump, which was loaded last.
        first: Option<Arc<Heap>>,
    },
    /// Ids do not fit, for this reason.
    Unknown(String),
}

/// Looks the objects of the last dump up in the others, back to the first.
fn ages<L: FnMut(usize) -> Result<Arc<Heap>>>(
    series: &mut Series<'_, L>,
    last: &LastDump<'_>,
    ids: &ById,
    task: &Task,
) -> Result<Ages> {
    let last_place = series.count() - 1;
    let mut lookup = Lookup::new(&last.view, ids, DumpNo::at(last_place));
    let mut later = Fingerprint::of_heap(last.heap(), task)?;
    let mut first = None;
    for place in (0..last_place).rev() {
        drop(first.take());
        let heap = series.load(place)?;
        task.stage("telling new objects from old ones", 0);
        let fingerprint = Fingerprint::of_heap(&heap, task)?;
        if let Some(reason) = comparable(&fingerprint, &later).reason {
            return Ok(Ages::Unknown(reason));
        }
        lookup.look_into(DumpNo::at(place), &heap, task)?;
        later = fingerprint;
        first = Some(heap);
    }
    Ok(Ages::Known {
        first_seen: lookup.finish(),
        first,
    })
}

/// The search where the ids of all dumps fit.
struct SearchByIds<'a, 'h> {
    last: &'a LastDump<'h>,
    /// The last dump's.
    ids: &'a ById,
    first_seen: &'a FirstSeen,
}

impl SearchByIds<'_, '_> {
    /// Adds suspects to the findings. `first` is the heap of the first dump, if it is loaded.
    fn run<L: FnMut(usize) -> Result<Arc<Heap>>>(
        &self,
        series: &mut Series<'_, L>,
        first: Option<Arc<Heap>>,
        classes: &mut Classes,
        mut findings: Findings,
        task: &Task,
    ) -> Result<Findings> {
        task.stage("grouping new objects by holder", 0);
        let view = &self.last.view;
        let topmost = Topmost::find(view, self.first_seen, &self.last.numbers, task)?;
        let mut measured = Measured {
            candidates: self.candidates(&topmost, classes, task)?,
            tables: LargeTables::find(view, self.first_seen, task)?,
            totals: Totals::default(),
        };
        self.measure(series, first, classes, &mut measured, task)?;

        task.stage("naming suspects", 0);
        let found = self.judge(measured, classes);
        let describer = Describer {
            last: self.last,
            classes,
            first_seen: self.first_seen,
            topmost: &topmost,
        };
        let clock = series.clock();
        for (candidate, verdict) in &found {
            let suspect = describer.describe(candidate, verdict, &clock, task)?;
            findings.suspects.push(suspect);
        }
        if series.count() == 2 {
            findings.caveats.push(TWO.to_owned());
            findings.doubt = Some(TWO.to_owned());
        }
        Ok(findings)
    }

    /// The groups that are worth measuring, with what to cut for each: all the holders that have to release it.
    fn candidates(
        &self,
        topmost: &Topmost,
        classes: &Classes,
        task: &Task,
    ) -> Result<Vec<Candidate>> {
        let grouping = Grouping {
            view: &self.last.view,
            first_seen: self.first_seen,
            topmost,
            classes,
            numbers: &self.last.numbers,
        };
        let groups = candidates(&grouping, task)?;
        let mut candidates: Vec<Candidate> = groups
            .into_iter()
            .map(|group| Candidate::of_group(&grouping, group))
            .collect();
        let held = candidates
            .iter()
            .filter_map(|candidate| match candidate.group.holders[..] {
                [holder] => Some((holder, candidate.group.new_bytes)),
                _ => None,
            });
        let mut completer = Completer::new(&grouping, self.ids, &self.last.scripts, held);
        for candidate in &mut candidates {
            completer.complete(&candidate.group, &mut candidate.plan, task)?;
        }
        if Rule::SameMembers.is_on() {
            same_members::join_plans(&mut candidates);
        }
        Ok(candidates)
    }

    /// Measures everything in every dump, from the first to the last.
    fn measure<L: FnMut(usize) -> Result<Arc<Heap>>>(
        &self,
        series: &mut Series<'_, L>,
        mut first: Option<Arc<Heap>>,
        classes: &mut Classes,
        measured: &mut Measured,
        task: &Task,
    ) -> Result<()> {
        let last = self.last.heap();
        let definitions = last.definitions();
        for place in 0..series.count() - 1 {
            let heap = match first.take() {
                Some(first) => first,
                None => series.load(place)?,
            };
            task.stage("measuring suspects", 0);
            let view = View::new(&heap, task)?;
            let classing = heap.classed_by(&definitions, task)?;
            let numbers = classes.learn(&heap, &self.last.scripts, Some(classing), task)?;
            let ids = ById::new(&heap);
            let dump = Dump {
                view: &view,
                numbers: &numbers,
                ids: &ids,
                last,
            };
            let role = Role::of(place, series.count());
            measured.add(&dump, role, task)?;
        }
        task.stage("measuring suspects", 0);
        let dump = Dump {
            view: &self.last.view,
            numbers: &self.last.numbers,
            ids: self.ids,
            last,
        };
        measured.add(&dump, Role::Last, task)?;
        measured.totals.fill(classes.len());
        Ok(())
    }

    /// What is worth telling, worst first.
    fn judge(&self, measured: Measured, classes: &Classes) -> Vec<Judged> {
        let Measured {
            candidates,
            tables,
            totals,
        } = measured;
        let view = &self.last.view;
        let mut found: Vec<Judged> = Vec::new();
        for candidate in candidates {
            let verdict = judge::judge(&candidate.measurements, classes, &totals, candidate.stats);
            if let Some(mut verdict) = verdict {
                if Rule::Bounded.is_on() {
                    verdict.bound(Bounded::of(view, &self.last.scripts, &candidate));
                }
                found.push((candidate, verdict));
            }
        }
        if Rule::Tables.is_on() {
            self.add_tables(tables, &totals, &mut found);
        }
        found.retain(|(_, verdict)| verdict.confidence >= SHOWN);
        rank::sort(&mut found);
        if Rule::SameMembers.is_on() {
            same_members::join(&mut found, view);
        }
        if Rule::Siblings.is_on() {
            rank::join_siblings(&mut found, view);
        }
        found.truncate(MOST);
        found
    }

    /// Adds the tables that grew, but those inside a holder that was found.
    fn add_tables(&self, tables: LargeTables, totals: &Totals, found: &mut Vec<Judged>) {
        let view = &self.last.view;
        let holders: Vec<NodeId> = found
            .iter()
            .flat_map(|(candidate, _)| candidate.holders())
            .collect();
        for table in tables.grown() {
            let inside = |&holder: &NodeId| view.dominates(holder, table.owner);
            if !holders.iter().any(inside) {
                found.push((
                    Candidate::of_holder(view.heap, table.owner),
                    judge::table(totals, table.bytes),
                ));
            }
        }
    }
}

/// What is measured in every dump.
struct Measured {
    candidates: Vec<Candidate>,
    tables: LargeTables,
    totals: Totals,
}

impl Measured {
    fn add(&mut self, dump: &Dump<'_>, role: Role, task: &Task) -> Result<()> {
        for candidate in &mut self.candidates {
            dump.measure(&candidate.plan, role, &mut candidate.measurements, task)?;
        }
        self.totals.add(dump, task)?;
        self.tables.follow(dump, task)
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
