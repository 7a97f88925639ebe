//! One dump: what holds much. Whether it grows, nobody can tell from it.

use std::collections::HashMap;

use crate::error::Result;
use crate::graph::NodeId;
use crate::task::{CHECK_EVERY, Task};

use super::candidate::Candidate;
use super::classes::{ClassNo, Classes, Numbers};
use super::describe::Describer;
use super::dumps::LastDump;
use super::first_seen::{DumpNo, FirstSeen};
use super::identity::ById;
use super::measure::{Dump, Role};
use super::suspect::{Clock, MOST, Suspect};
use super::thresholds::THRESHOLDS;
use super::topmost::Topmost;
use super::verdict::{AccumulatingClass, Basis, Evidence, Verdict};
use super::view::{Below, NOISY, PLUMBING, SYNTHETIC, View};
use super::weights::WEIGHTS;

/// The largest accumulations of one dump.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn largest(last: &LastDump<'_>, classes: &Classes, task: &Task) -> Result<Vec<Suspect>> {
    let view = &last.view;
    let describer = Describer {
        last,
        classes,
        first_seen: &FirstSeen::unknown(DumpNo::FIRST),
        topmost: &Topmost::default(),
    };
    let dump = Dump {
        view,
        numbers: &last.numbers,
        ids: &ById::new(view.heap),
        last: view.heap,
    };
    let found = accumulations(view, &last.numbers, task)?;
    let mut suspects = Vec::new();
    for (holder, verdict) in found.into_iter().take(MOST) {
        let mut candidate = Candidate::of_holder(view.heap, holder);
        let measurements = &mut candidate.measurements;
        dump.measure(&candidate.plan, Role::Last, measurements, task)?;
        suspects.push(describer.describe(&candidate, &verdict, &Clock(&[]), task)?);
    }
    Ok(suspects)
}

/// The points of accumulation, largest first: large holders, followed down while one object keeps most of it.
fn accumulations(
    view: &View<'_>,
    numbers: &Numbers,
    task: &Task,
) -> Result<Vec<(NodeId, Verdict)>> {
    let heap = view.heap;
    let total = view.counted_bytes();
    let mut found: Vec<(NodeId, Verdict)> = Vec::new();
    let mut at = 0;
    while let Some(&node) = view.order.get(at) {
        if at.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let is_large = THRESHOLDS
            .large_holder
            .is_reached(heap.retained(node), total);
        let is_root = node == heap.root() || view.is(node, SYNTHETIC);
        if view.is(node, NOISY) || !is_large && !is_root {
            at = view.end_of(node);
            continue;
        }
        if !is_root
            && !view.is(node, PLUMBING)
            && let Some((class, count)) = crowd(view, node, numbers)
        {
            found.push((node, verdict(heap.retained(node), total, class, count)));
            at = view.end_of(node);
            continue;
        }
        at += 1;
    }
    found.sort_by_key(|(_, verdict)| std::cmp::Reverse(verdict.bytes[0]));
    Ok(found)
}

/// A verdict on so many objects of a class at a holder that retains `bytes`.
fn verdict(bytes: u64, total: u64, class: ClassNo, count: u64) -> Verdict {
    let share = bytes as f64 / total.max(1) as f64;
    let (least, for_all) = WEIGHTS.one_dump;
    Verdict {
        basis: Basis::Size,
        accumulating: vec![AccumulatingClass::of_holder(class, vec![count])],
        entry_class: Some(class),
        bytes: vec![bytes],
        evidence: Evidence {
            share: share.min(1.0),
            ..Evidence::default()
        },
        confidence: (least + for_all * share).min(WEIGHTS.one_dump_most),
        bounded: None,
    }
}

/// The class that a node dominates most objects of, next below it, if those are many and no single object keeps most.
fn crowd(view: &View<'_>, node: NodeId, numbers: &Numbers) -> Option<(ClassNo, u64)> {
    let heap = view.heap;
    let mut classes: HashMap<ClassNo, u64> = HashMap::new();
    let mut largest = 0;
    for below in view.next_below(node) {
        if let Below::Object(child) = below
            && !view.is(child, NOISY)
        {
            *classes.entry(numbers.of(heap, child)).or_default() += 1;
            largest = largest.max(heap.retained(child));
        }
    }
    let most = classes
        .into_iter()
        .max_by_key(|&(class, count)| (count, std::cmp::Reverse(class)));
    let passes = THRESHOLDS
        .passed_holder
        .is_reached(largest, heap.retained(node));
    most.filter(|&(_, count)| count >= THRESHOLDS.crowd && !passes)
}
