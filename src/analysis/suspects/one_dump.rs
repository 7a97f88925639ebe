//! One dump: what holds much. Whether it grows, nobody can tell from it.

use std::collections::HashMap;

use crate::analysis::describe::Scripts;
use crate::error::Result;
use crate::graph::NodeId;
use crate::task::{CHECK_EVERY, Task};

use super::candidate::Candidate;
use super::classes::{Classes, Numbers};
use super::describe::Describer;
use super::first_seen::ById;
use super::measure::{Dump, Role};
use super::suspect::{Clock, MOST, Suspect};
use super::topmost::Topmost;
use super::verdict::{AccumulatingClass, Basis, Evidence, Verdict};
use super::view::{NOISY, PLUMBING, SYNTHETIC, View};
use super::weights::WEIGHTS;

/// The least share of the heap, as one in so many.
const LEAST: u64 = 20;
/// A holder is passed while one object below it keeps this share of it, in tenths.
const PASSED: u64 = 7;
/// How many objects of one class make an accumulation.
const MANY: u64 = 100;

/// The largest accumulations of one dump.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn largest(
    view: &View<'_>,
    (scripts, classes, numbers): (&Scripts, &Classes, &Numbers),
    task: &Task,
) -> Result<Vec<Suspect>> {
    let heap = view.heap;
    let ids = ById::new(heap);
    let births = vec![1; heap.node_count()];
    let topmost = Topmost::default();
    let describer = Describer {
        view,
        scripts,
        classes,
        births: &births,
        dumps: 1,
        topmost: &topmost,
    };
    let dump = Dump {
        view,
        numbers,
        ids: &ids,
        last: heap,
    };
    let mut suspects = Vec::new();
    for (holder, verdict) in accumulations(view, numbers, task)?.into_iter().take(MOST) {
        let mut candidate = Candidate::of_holder(heap, holder);
        let plan = &candidate.plan;
        dump.read(
            plan,
            Role::Last,
            &mut candidate.measurements,
            &mut candidate.sample,
            task,
        )?;
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
        let node = NodeId(node);
        let large = heap.retained(node) * LEAST >= total;
        let skip =
            view.is(node, NOISY) || !large && node != heap.root() && !view.is(node, SYNTHETIC);
        if skip {
            at = view.end[node.index()] as usize;
            continue;
        }
        if !view.is(node, SYNTHETIC | PLUMBING) && node != heap.root() {
            let (most, largest) = crowd(view, node, numbers);
            let passes = largest * 10 >= heap.retained(node) * PASSED;
            if let Some((class, count)) = most.filter(|&(_, count)| count >= MANY && !passes) {
                let share = heap.retained(node) as f64 / total.max(1) as f64;
                let verdict = Verdict {
                    basis: Basis::Size,
                    accumulating: vec![AccumulatingClass {
                        class,
                        counts: vec![count],
                        whole_dump: false,
                        held: count,
                    }],
                    entry_class: Some(class),
                    bytes: vec![heap.retained(node)],
                    evidence: Evidence {
                        share: share.min(1.0),
                        ..Evidence::default()
                    },
                    confidence: (0.1 + 0.2 * share).min(WEIGHTS.one_dump_most),
                    bounded: None,
                };
                found.push((node, verdict));
                at = view.end[node.index()] as usize;
                continue;
            }
        }
        at += 1;
    }
    found.sort_by_key(|(_, verdict)| std::cmp::Reverse(verdict.bytes[0]));
    Ok(found)
}

/// The class that a node dominates most objects of, next below it, and the bytes of the largest object there.
fn crowd(view: &View<'_>, node: NodeId, numbers: &Numbers) -> (Option<(u32, u64)>, u64) {
    let heap = view.heap;
    let mut classes: HashMap<u32, u64> = HashMap::new();
    let mut largest = 0;
    let mut at = view.position[node.index()] as usize + 1;
    while at < view.end[node.index()] as usize {
        let child = NodeId(view.order[at]);
        if view.is(child, PLUMBING) && view.owner(child) == node {
            // What hangs below a table hangs below its owner.
            at += 1;
            continue;
        }
        if !view.is(child, NOISY) {
            *classes.entry(numbers.of(heap, child)).or_default() += 1;
            largest = largest.max(heap.retained(child));
        }
        at = view.end[child.index()] as usize;
    }
    let most = classes
        .into_iter()
        .max_by_key(|&(class, count)| (count, std::cmp::Reverse(class)));
    (most, largest)
}
