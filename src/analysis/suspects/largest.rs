//! What takes most of a dump: points of accumulation, whether they grow or not.

use std::collections::HashMap;

use crate::analysis::describe::Scripts;
use crate::error::Result;
use crate::graph::NodeId;
use crate::task::{CHECK_EVERY, Task};

use super::classes::{Classes, Numbers};
use super::explain::named;
use super::expression::Namer;
use super::retainer_names::best_path;
use super::suspect::Largest;
use super::view::{NOISY, PLUMBING, SYNTHETIC, View};

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
pub(super) fn largest(
    view: &View<'_>,
    scripts: &Scripts,
    numbers: &Numbers,
    classes: &Classes,
    task: &Task,
) -> Result<Vec<Largest>> {
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
        let below = below(view, numbers, node);
        let half = |bytes: u64| bytes.saturating_mul(2) >= retained;
        let mostly = below
            .class
            .filter(|&(_, count, bytes)| count >= CROWD && half(bytes));
        if mostly.is_none() && !half(below.own) {
            continue;
        }
        let path = best_path(view, scripts, node, task)?;
        let called = Namer { view, scripts }.call(&path, None);
        found.push(Largest {
            node,
            name: named((heap, scripts), node, &called, "").full,
            path,
            mostly: mostly.map(|(class, count, _)| (classes.get(class).clone(), count)),
        });
    }
    Ok(found)
}

/// What is next below an object in the dominator tree.
struct Below {
    /// Bytes of the object, its tables and backing stores.
    own: u64,
    /// The class with most bytes: its number, its objects, what they retain.
    class: Option<(u32, u64, u64)>,
}

fn below(view: &View<'_>, numbers: &Numbers, node: NodeId) -> Below {
    let heap = view.heap;
    let mut own = heap.shallow(node);
    let mut classes: HashMap<u32, (u64, u64)> = HashMap::new();
    let mut at = view.position[node.index()] as usize + 1;
    while at < view.end[node.index()] as usize {
        let child = NodeId(view.order[at]);
        if view.is(child, PLUMBING) && view.owner(child) == node {
            // What hangs below a table hangs below its owner.
            own += heap.shallow(child);
            at += 1;
            continue;
        }
        if !view.is(child, NOISY) {
            let (count, bytes) = classes.entry(numbers.of(heap, child)).or_default();
            *count += 1;
            *bytes += heap.retained(child);
        }
        at = view.end[child.index()] as usize;
    }
    let class = classes
        .into_iter()
        .map(|(class, (count, bytes))| (class, count, bytes))
        .max_by_key(|&(class, _, bytes)| (bytes, std::cmp::Reverse(class)));
    Below { own, class }
}
