//! A path as hops: the engine's tables are left out, and what repeats is folded.

use crate::analysis::describe::edge_label;
use crate::analysis::hops::{Run, Told, is_table, runs, sameness, shown};
use crate::analysis::paths::Step;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};
use crate::text::span::Spans;

/// Where a hop comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The roots.
    Root,
    /// Nothing: no root leads to the path.
    Nowhere,
    /// The object of the hop before.
    Step,
}

/// One step in words: one reference, or several of which only the last is anybody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    /// Where it comes from.
    pub start: Start,
    /// The object that it comes from.
    pub from: NodeId,
    /// The last reference.
    pub edge: Option<EdgeId>,
    /// Where it leads.
    pub node: NodeId,
    /// Place of the last reference in the path.
    pub at: usize,
}

impl Hop {
    /// The step of the path that it ends with.
    fn step(&self) -> Step {
        Step {
            edge: self.edge,
            node: self.node,
        }
    }
}

/// The hops of a path, folded; of hops that repeat the last ones.
pub fn folded(heap: &Heap, path: &[Step], task: &Task) -> Result<Vec<Run<Hop>>> {
    let hops = hops(heap, path, task)?;
    let mut same = Vec::with_capacity(hops.len());
    for (number, hop) in hops.iter().enumerate() {
        if number.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        same.push(sameness(heap, hop.step()));
    }
    task.check()?;
    Ok(runs(&hops, &same, Told::Last))
}

/// A path hop by hop: roots are one, and a table is not told apart from what it belongs to.
fn hops(heap: &Heap, path: &[Step], task: &Task) -> Result<Vec<Hop>> {
    let is_root = |node: NodeId| heap.kind(node) == NodeKind::SYNTHETIC || node == heap.root();
    // An object that is itself a root ends the path there.
    let begin = path
        .iter()
        .position(|step| !is_root(step.node))
        .unwrap_or(path.len().saturating_sub(1));
    let mut found = Vec::with_capacity(path.len() - begin.min(path.len()));
    let Some(first) = path.get(begin) else {
        return Ok(found);
    };
    found.push(Hop {
        start: match first.edge {
            Some(_) => Start::Root,
            None if first.node == heap.root() => Start::Root,
            None => Start::Nowhere,
        },
        from: first.node,
        edge: first.edge,
        node: first.node,
        at: begin,
    });
    let mut from = first.node;
    let mut next = begin + 1;
    for (number, at) in shown(heap, path).enumerate() {
        if number.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if at < next {
            continue;
        }
        let (at, step) = listener(heap, path, at).unwrap_or((at, &path[at]));
        found.push(Hop {
            start: Start::Step,
            from,
            edge: step.edge,
            node: step.node,
            at,
        });
        from = step.node;
        next = at + 1;
    }
    Ok(found)
}

/// Where an emitter's `_events` stands at a step: the step of the listener, over the array of them if there is one.
fn listener<'p>(heap: &Heap, path: &'p [Step], at: usize) -> Option<(usize, &'p Step)> {
    if !is_named(heap, path.get(at)?, "_events") {
        return None;
    }
    let event = path.get(at + 1)?;
    let several = heap.kind(event.node) == NodeKind::OBJECT && heap.raw_name(event.node) == "Array";
    if several && let Some(element) = path.get(at + 2) {
        if element
            .edge
            .is_some_and(|edge| heap.edge_kind(edge) == EdgeKind::ELEMENT)
        {
            return Some((at + 2, element));
        }
        if is_table(heap, *element)
            && let Some(element) = path.get(at + 3)
        {
            return Some((at + 3, element));
        }
    }
    Some((at + 1, event))
}

/// Whether a step goes over the property of this name.
pub fn is_named(heap: &Heap, step: &Step, name: &str) -> bool {
    step.edge.is_some_and(|edge| {
        heap.edge_kind(edge) == EdgeKind::PROPERTY
            && heap
                .edge_name_id(edge)
                .is_some_and(|id| heap.strings().equals(id, name))
    })
}

/// The event that a hop's listener listens to, and which of several it is.
pub fn event(heap: &Heap, path: &[Step], hop: &Hop) -> Option<(Spans, Option<Spans>)> {
    for back in 1..=3 {
        let at = hop.at.checked_sub(back)?;
        let before = path.get(at)?;
        if !is_named(heap, before, "_events") {
            if before.node == hop.from {
                return None;
            }
            continue;
        }
        // Only where the hop began above it.
        if path.get(at.checked_sub(1)?)?.node != hop.from {
            return None;
        }
        let event = edge_label(heap, path.get(at + 1)?.edge?);
        let which = hop.edge.filter(|_| back > 1);
        return Some((event, which.map(|edge| edge_label(heap, edge))));
    }
    None
}
