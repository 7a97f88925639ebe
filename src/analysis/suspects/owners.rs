//! Who owns the engine's parts: the Map that a table belongs to, the array of a backing store.

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::task::{CHECK_EVERY, Task};

use super::view::{NOISE, PLUMBING, SYNTHETIC, View};

const UNSOLVED: u32 = u32::MAX;
const BEING_SOLVED: u32 = u32::MAX - 1;

impl View<'_> {
    /// Finds the owner of every node.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub(super) fn find_owners(&mut self, task: &Task) -> Result<()> {
        self.owner = owners(self, task)?;
        Ok(())
    }
}

/// The owner of every node: of plumbing the object that holds it, of anything else itself.
///
/// An object is preferred to an iterator (which holds a table, too, but does not own it), of several the oldest; then
/// what owns the plumbing that holds it. The dominator would not do: an iterator that is alive pushes it up, away from
/// the Map. Every retaining edge of plumbing is looked at twice at most.
fn owners(view: &View<'_>, task: &Task) -> Result<Vec<u32>> {
    let graph = view.heap.graph();
    let mut owner: Vec<u32> = Vec::with_capacity(graph.node_count());
    owner.extend(graph.nodes().map(|node| {
        if view.is(node, PLUMBING) {
            UNSOLVED
        } else {
            node.0
        }
    }));
    // Plumbing that is being solved, and how far its retaining row was walked.
    let mut open: Vec<(NodeId, usize)> = Vec::new();
    let mut steps = 0usize;
    for start in graph.nodes() {
        if owner[start.index()] != UNSOLVED {
            continue;
        }
        enter(view, &mut owner, &mut open, start);
        while let Some((node, at)) = open.last_mut() {
            let row = graph.retaining_row(*node);
            let mut below = None;
            while let Some(&edge) = row.get(*at) {
                steps += 1;
                if steps.is_multiple_of(CHECK_EVERY) {
                    task.check()?;
                }
                *at += 1;
                let edge = crate::graph::EdgeId(edge);
                let source = graph.source(edge);
                if view.holds(edge) && owner[source.index()] == UNSOLVED {
                    below = Some(source);
                    break;
                }
            }
            match below {
                Some(source) => enter(view, &mut owner, &mut open, source),
                None => {
                    let node = *node;
                    owner[node.index()] = choose(view, &owner, node, true);
                    open.pop();
                }
            }
        }
    }
    Ok(owner)
}

/// Solves a node at once if an object holds it, else queues it.
fn enter(view: &View<'_>, owner: &mut [u32], open: &mut Vec<(NodeId, usize)>, node: NodeId) {
    match choose(view, owner, node, false) {
        UNSOLVED => {
            owner[node.index()] = BEING_SOLVED;
            open.push((node, 0));
        }
        found => owner[node.index()] = found,
    }
}

/// The best owner among the retainers: objects only, or whatever there is when it is the `last` chance.
fn choose(view: &View<'_>, owner: &[u32], node: NodeId, last: bool) -> u32 {
    let graph = view.heap.graph();
    let mut best: Option<(u8, u32, u32)> = None;
    for edge in graph.edges_into(node) {
        if !view.holds(edge) {
            continue;
        }
        let source = graph.source(edge);
        let (candidate, by_part) = match owner[source.index()] {
            UNSOLVED | BEING_SOLVED => continue,
            solved => (NodeId(solved), view.is(source, PLUMBING)),
        };
        let rank = match () {
            () if view.is(candidate, NOISE) => 3,
            () if view.is(candidate, SYNTHETIC) => 4,
            () if is_iterator(view.heap, candidate) => 2,
            () if by_part => 1,
            () => 0,
        };
        if rank > 0 && !last {
            continue;
        }
        let key = (rank, view.heap.id(candidate), candidate.0);
        if best.is_none_or(|best| key < best) {
            best = Some(key);
        }
    }
    match best {
        Some((_, _, owner)) => owner,
        None if last => view.heap.root().0,
        None => UNSOLVED,
    }
}

fn is_iterator(heap: &Heap, node: NodeId) -> bool {
    heap.strings()
        .raw(heap.name_id(node))
        .ends_with(b"Iterator")
}
