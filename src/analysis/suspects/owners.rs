//! Who owns the engine's parts: the Map that a table belongs to, the array of a backing store.

use crate::column::BitSet;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::task::{CHECK_EVERY, Task};

use super::optional_node::OptionalNode;
use super::view::{NOISE, PLUMBING, SYNTHETIC, View};

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
fn owners(view: &View<'_>, task: &Task) -> Result<Vec<NodeId>> {
    let graph = view.heap.graph();
    let known = |node| match view.is(node, PLUMBING) {
        true => OptionalNode::NONE,
        false => node.into(),
    };
    let mut search = Search {
        view,
        owner: graph.nodes().map(known).collect(),
        entered: BitSet::new(graph.node_count()),
        open: Vec::new(),
        steps: 0,
    };
    for node in graph.nodes() {
        if !search.is_known(node) {
            search.solve(node, task)?;
        }
    }
    let root = view.heap.root();
    let owners = search.owner.into_iter();
    Ok(owners.map(|owner| owner.get().unwrap_or(root)).collect())
}

/// A search for owners, up along retainers.
struct Search<'a> {
    view: &'a View<'a>,
    owner: Vec<OptionalNode>,
    /// Plumbing that is or was on the way of a search.
    entered: BitSet,
    /// The way: plumbing whose owner is looked for, and how far its retaining row was walked.
    open: Vec<(NodeId, usize)>,
    steps: usize,
}

impl Search<'_> {
    fn is_known(&self, node: NodeId) -> bool {
        self.owner[node.index()].get().is_some()
    }

    /// Finds the owner of a node, and of the plumbing above it that was not solved before.
    fn solve(&mut self, start: NodeId, task: &Task) -> Result<()> {
        self.enter(start);
        while let Some((node, at)) = self.open.pop() {
            match self.unsolved_above(node, at, task)? {
                Some((source, next)) => {
                    self.open.push((node, next));
                    self.enter(source);
                }
                None => {
                    let owner = self.best(node, true).unwrap_or(self.view.heap.root());
                    self.owner[node.index()] = owner.into();
                }
            }
        }
        Ok(())
    }

    /// Solves a node at once if an object holds it, else queues it.
    fn enter(&mut self, node: NodeId) {
        match self.best(node, false) {
            Some(owner) => self.owner[node.index()] = owner.into(),
            None => {
                self.entered.insert(node.index());
                self.open.push((node, 0));
            }
        }
    }

    /// The next plumbing that holds a node and was not entered, and where its retaining row goes on behind that.
    fn unsolved_above(
        &mut self,
        node: NodeId,
        from: usize,
        task: &Task,
    ) -> Result<Option<(NodeId, usize)>> {
        let graph = self.view.heap.graph();
        let row = graph.retaining_row(node);
        for (at, &edge) in row.iter().enumerate().skip(from) {
            self.steps += 1;
            if self.steps.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let edge = EdgeId(edge);
            let source = graph.source(edge);
            if self.view.holds(edge)
                && !self.is_known(source)
                && !self.entered.contains(source.index())
            {
                return Ok(Some((source, at + 1)));
            }
        }
        Ok(None)
    }

    /// The best owner among the retainers: objects only, or whatever there is when it is the `last` chance.
    fn best(&self, node: NodeId, last: bool) -> Option<NodeId> {
        let view = self.view;
        let graph = view.heap.graph();
        let mut best: Option<(u8, u32, NodeId)> = None;
        for edge in graph.edges_into(node) {
            if !view.holds(edge) {
                continue;
            }
            let source = graph.source(edge);
            let Some(candidate) = self.owner[source.index()].get() else {
                continue;
            };
            let rank = match () {
                () if view.is(candidate, NOISE) => 3,
                () if view.is(candidate, SYNTHETIC) => 4,
                () if is_iterator(view.heap, candidate) => 2,
                () if view.is(source, PLUMBING) => 1,
                () => 0,
            };
            if rank > 0 && !last {
                continue;
            }
            let key = (rank, view.heap.id(candidate), candidate);
            if best.is_none_or(|best| key < best) {
                best = Some(key);
            }
        }
        best.map(|(_, _, owner)| owner)
    }
}

fn is_iterator(heap: &Heap, node: NodeId) -> bool {
    heap.strings()
        .raw(heap.name_id(node))
        .ends_with(b"Iterator")
}
