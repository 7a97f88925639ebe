//! The search over a series, dump by dump.

use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::comparable::{Fingerprint, comparable};
use crate::analysis::describe::Scripts;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::task::Task;

use super::birth::{Births, ById};
use super::classes::{Classes, Numbers};
use super::cut::Plan;
use super::groups::{Group, Grouping};
use super::judge::{self, Basis, Course, Evidence, Traits, Verdict};
use super::measure::{Dump, Readings, Role, Sample};
use super::tables::{self, Table};
use super::tops::Tops;
use super::view::View;

/// More dumps than births can be numbered: the earliest are left out.
const MOST_DUMPS: usize = 250;

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Whether the dumps' object ids mean the same objects.
    pub comparable: bool,
    /// What limits the findings, in sentences.
    pub caveats: Vec<String>,
    /// The suspects, worst first.
    pub suspects: Vec<Suspect>,
}

/// A holder that keeps more and more.
#[derive(Debug, Clone)]
pub struct Suspect {
    /// The holder in the last dump; nothing when only roots hold what piles up.
    pub holder: Option<NodeId>,
    /// All holders that have to let go, the one to blame first.
    pub holders: Vec<NodeId>,
    /// What piles up, what says most first.
    pub leaked: Vec<Leaked>,
    /// What the holder alone keeps alive in each dump, in bytes.
    pub retained_sizes: Vec<u64>,
    /// How much that grew from the first to the last dump, in bytes.
    pub growth_bytes: i64,
    /// The same in an hour; nothing where times are not known.
    pub growth_per_hour: Option<f64>,
    /// From 0 to 1; 0.5 is an accusation.
    pub confidence: f64,
    /// What the confidence is made of.
    pub evidence: Evidence,
    /// In what it was read.
    pub basis: Basis,
}

/// A class that piles up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaked {
    /// The class.
    pub class: String,
    /// How many in each dump.
    pub counts: Vec<u64>,
    /// Whether that is all of the dump's, or only what the holder keeps.
    pub whole_dump: bool,
}

/// Finds the suspects of a series of dumps that were taken at `times`.
///
/// `load` gives the heap of a dump by its place; it is asked for the last first, then for the others back to the first,
/// then, for those between, once more. Besides the last one, one heap is held at a time.
///
/// # Errors
/// Those of `load`; cancellation.
pub fn find(
    times: &[Option<Timestamp>],
    mut load: impl FnMut(usize) -> Result<Arc<Heap>>,
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
    let scripts = Scripts::build(&last_heap, task)?;
    let mut classes = Classes::default();
    let last_numbers = classes.learn(&last_heap, &scripts, None, task)?;

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
        return Ok(findings);
    }
    births.settle(&last);

    task.stage("grouping new objects by holder", 0);
    let tops = Tops::find(&last, &births.of, count as u8, &last_numbers, task)?;
    let grouping = Grouping {
        view: &last,
        births: &births.of,
        dumps: count as u8,
        tops: &tops,
        classes: &classes,
        numbers: &last_numbers,
    };
    let mut candidates: Vec<Candidate> = grouping
        .candidates(task)?
        .into_iter()
        .map(|group| Candidate {
            plan: Plan::of(&grouping, &group),
            traits: Traits {
                top_class: group.top_class,
                homogeneity: group.homogeneity,
                mean: group.mass as f64 / group.tops.len().max(1) as f64,
            },
            group,
            readings: Readings::default(),
            sample: Sample::default(),
        })
        .collect();
    let last_own = tables::own_bytes(&last, task)?;
    let mut large = tables::large(&last, &births.of, &last_own);

    let definitions = last_heap.definitions();
    let mut course = Course::default();
    for number in 1..count {
        let heap = match earlier.take() {
            Some(first) if number == 1 => first,
            _ => load(from + number - 1)?,
        };
        task.stage("measuring suspects", 0);
        let view = View::new(&heap, task)?;
        let classing = heap.classed_by(&definitions, task)?;
        let numbers = classes.learn(&heap, &scripts, Some(classing), task)?;
        let ids = ById::new(&heap);
        let role = match number + 1 == count {
            true => Role::LastButOne,
            false => Role::Earlier,
        };
        read(&view, &numbers, &ids, &last_heap, role, &mut candidates, &mut course, task)?;
        let own = tables::own_bytes(&view, task)?;
        tables::follow(&mut large, &last_heap, &heap, &ids, &own);
    }
    task.stage("measuring suspects", 0);
    let ids = ById::new(&last_heap);
    read(&last, &last_numbers, &ids, &last_heap, Role::Last, &mut candidates, &mut course, task)?;
    tables::follow(&mut large, &last_heap, &last_heap, &ids, &last_own);
    for totals in &mut course.totals {
        totals.resize(classes.len(), 0);
    }

    let mut found: Vec<(Candidate, Verdict)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let verdict = judge::judge(&candidate.readings, &classes, &course, candidate.traits)?;
            Some((candidate, verdict))
        })
        .collect();
    let mut suspects: Vec<Suspect> = found
        .drain(..)
        .map(|(candidate, verdict)| suspect(&classes, candidate, verdict))
        .collect();
    suspects.extend(tables::grown(large).into_iter().map(|table| of_table(&course, table)));
    suspects.sort_by(|a, b| {
        let key = |suspect: &Suspect| (suspect.confidence >= 0.5, suspect.confidence * suspect.growth_bytes as f64);
        let (a, b) = (key(a), key(b));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    findings.suspects = suspects;
    Ok(findings)
}

struct Candidate {
    group: Group,
    plan: Plan,
    traits: Traits,
    readings: Readings,
    sample: Sample,
}

#[expect(clippy::too_many_arguments, reason = "to be folded")]
fn read(
    view: &View<'_>,
    numbers: &Numbers,
    ids: &ById,
    last: &Heap,
    role: Role,
    candidates: &mut [Candidate],
    course: &mut Course,
    task: &Task,
) -> Result<()> {
    let dump = Dump {
        view,
        numbers,
        ids,
        last,
    };
    for candidate in candidates {
        dump.read(&candidate.plan, role, &mut candidate.readings, &mut candidate.sample, task)?;
    }
    course.max_ids.push(view.heap.max_object_id());
    course.counted.push(view.counted_bytes());
    let mut totals: Vec<u64> = Vec::new();
    for node in view.heap.graph().nodes() {
        if view.heap.shallow(node) == 0 {
            continue;
        }
        let class = numbers.of(view.heap, node) as usize;
        if class >= totals.len() {
            totals.resize(class + 1, 0);
        }
        totals[class] += 1;
    }
    course.totals.push(totals);
    Ok(())
}

fn suspect(classes: &Classes, candidate: Candidate, verdict: Verdict) -> Suspect {
    let holders: Vec<NodeId> = candidate.plan.holders.iter().map(|holder| holder.node).collect();
    Suspect {
        holder: holders.first().copied(),
        holders,
        leaked: verdict
            .piles
            .iter()
            .map(|pile| Leaked {
                class: classes.name(pile.class).to_owned(),
                counts: pile.counts.clone(),
                whole_dump: pile.whole_dump,
            })
            .collect(),
        growth_bytes: verdict.bytes.last().copied().unwrap_or(0) as i64
            - verdict.bytes.first().copied().unwrap_or(0) as i64,
        growth_per_hour: None,
        retained_sizes: verdict.bytes,
        confidence: verdict.confidence,
        evidence: verdict.evidence,
        basis: verdict.basis,
    }
}

fn of_table(course: &Course, table: Table) -> Suspect {
    let verdict = judge::table(course, table.bytes);
    Suspect {
        holder: Some(table.owner),
        holders: vec![table.owner],
        leaked: Vec::new(),
        growth_bytes: verdict.bytes.last().copied().unwrap_or(0) as i64
            - verdict.bytes.first().copied().unwrap_or(0) as i64,
        growth_per_hour: None,
        retained_sizes: verdict.bytes,
        confidence: verdict.confidence,
        evidence: verdict.evidence,
        basis: Basis::Table,
    }
}

#[cfg(test)]
mod probe {
    use super::*;

    #[test]
    fn probe() {
        let Ok(folders) = std::env::var("SERIES") else { return };
        for folder in folders.split(':') {
        let task = Task::new();
        let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path())
            .filter(|p| p.to_string_lossy().contains(".heapsnapshot")).collect();
        paths.sort();
        let begun = std::time::Instant::now();
        let mut last = None;
        let found = find(&vec![None; paths.len()], |k| {
            let heap = Arc::new(Heap::open(&paths[k], &task)?);
            if k + 1 == paths.len() { last = Some(heap.clone()); }
            Ok(heap)
        }, &task).unwrap();
        let heap = last.unwrap();
        println!("== {folder} {:?} comparable {} {:?}", begun.elapsed(), found.comparable, found.caveats);
        for s in found.suspects.iter().take(6) {
            let h = s.holder.map(|h| format!("{} @{}", heap.class_name(h), heap.id(h)));
            println!("  {:.2} {:?} {h:?} x{} {:?} {:?}", s.confidence, s.basis, s.holders.len(), s.retained_sizes, s.evidence);
            for l in s.leaked.iter().take(4) { println!("       {} {:?}", l.class, l.counts); }
        }
        }
    }
}
