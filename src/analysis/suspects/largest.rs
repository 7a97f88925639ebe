//! What takes most of a dump: points of accumulation, whether they grow or not.

use std::collections::HashMap;

use crate::error::Result;
use crate::graph::NodeId;
use crate::task::{CHECK_EVERY, Task};

use super::classes::{ClassNo, Classes, Numbers};
use super::dumps::LastDump;
use super::explain::named;
use super::expression::Namer;
use super::retainer_names::best_path;
use super::suspect::Largest;
use super::view::{Below, NOISY, PLUMBING, SYNTHETIC, View};

/// How many are told.
const MOST: usize = 3;
/// Fewer objects than this are no accumulation.
const CROWD: u64 = 8;
/// The least share of the heap, as one in so many.
const LEAST: u64 = 200;

/// The largest points of accumulation, none inside another: objects of which at least half is their own, or one class
/// of many objects next below them.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn largest(last: &LastDump<'_>, classes: &Classes, task: &Task) -> Result<Vec<Largest>> {
    let (view, scripts) = (&last.view, &last.scripts);
    let heap = view.heap;
    let least = view.counted_bytes() / LEAST;
    let mut large: Vec<(u64, NodeId)> = Vec::new();
    for node in heap.graph().nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let retained = heap.retained(node);
        if retained > least && node != heap.root() && !view.is(node, NOISY | PLUMBING | SYNTHETIC) {
            large.push((retained, node));
        }
    }
    large.sort_unstable_by_key(|&(retained, node)| (std::cmp::Reverse(retained), node));
    let mut found: Vec<Largest> = Vec::new();
    for (at, (retained, node)) in large.into_iter().enumerate() {
        if at.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if found.len() == MOST {
            break;
        }
        if found.iter().any(|other| view.dominates(other.node, node)) {
            continue;
        }
        let contents = Contents::of(view, &last.numbers, node);
        let half = |bytes: u64| bytes.saturating_mul(2) >= retained;
        let mostly = contents
            .class
            .filter(|&(_, count, bytes)| count >= CROWD && half(bytes));
        if mostly.is_none() && !half(contents.own) {
            continue;
        }
        let path = best_path(view, scripts, node, task)?;
        let name_parts = Namer { view, scripts }.parts(&path, None);
        found.push(Largest {
            node,
            name: named((heap, scripts), node, &name_parts, "").full,
            path,
            mostly: mostly.map(|(class, count, _)| (classes.get(class).clone(), count)),
        });
    }
    Ok(found)
}

/// What is next below an object in the dominator tree.
struct Contents {
    /// Bytes of the object, its tables and backing stores.
    own: u64,
    /// The class with most bytes: its number, its objects, what they retain.
    class: Option<(ClassNo, u64, u64)>,
}

impl Contents {
    fn of(view: &View<'_>, numbers: &Numbers, node: NodeId) -> Self {
        let heap = view.heap;
        let mut own = heap.shallow(node);
        let mut classes: HashMap<ClassNo, (u64, u64)> = HashMap::new();
        for below in view.next_below(node) {
            match below {
                Below::Part(part) => own += heap.shallow(part),
                Below::Object(child) if !view.is(child, NOISY) => {
                    let (count, bytes) = classes.entry(numbers.of(heap, child)).or_default();
                    *count += 1;
                    *bytes += heap.retained(child);
                }
                Below::Object(_) => {}
            }
        }
        let class = classes
            .into_iter()
            .map(|(class, (count, bytes))| (class, count, bytes))
            .max_by_key(|&(class, _, bytes)| (bytes, std::cmp::Reverse(class)));
        Self { own, class }
    }
}
