//! A heap as the search for suspects sees it: which edges hold, who owns the engine's own parts, what never counts.

use crate::analysis::describe::is_global;
use crate::column::BitSet;
use crate::error::Result;
use crate::graph::dominators::dominator_tree;
use crate::graph::hubs::Hubs;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};

use super::not_kept::NotKept;

/// Parts of containers and wrappers (backing arrays, tables): they belong to an owner.
pub(super) const PLUMBING: u8 = 1;
/// Code and object shapes.
pub(super) const NOISE: u8 = 2;
/// The roots and other nodes that the profiler made up.
pub(super) const SYNTHETIC: u8 = 4;
/// Noise, or owned or dominated by noise: compiled code, feedback, source texts. Never counts.
pub(super) const NOISY: u8 = 8;

/// Native nodes that are parts of something: the beginnings of their names.
const NATIVE_PARTS: [&[u8]; 6] = [
    b"blink::",
    b"cppgc::",
    b"system / ",
    b"Node / ",
    b"InternalNode",
    b"EventListener",
];

/// What an attached inspector keeps ends so.
const CONSOLE: &[u8] = b" / DevTools console";

/// Whether a holder is too broad to be changed: everything is below it.
pub(super) fn is_broad(heap: &Heap, node: NodeId) -> bool {
    let name = heap.raw_name(node);
    is_global(heap, node)
        || heap.kind(node) == NodeKind::NATIVE && name.starts_with("Window")
        || matches!(&*name, "BuiltinModule" | "process")
        || name.starts_with("system / NativeContext")
        || name.starts_with("system / ScriptContextTable")
}

/// One dump, prepared. Twenty bytes a node.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub heap: &'a Heap,
    /// [`PLUMBING`] and so on, by node.
    pub flags: Vec<u8>,
    /// The owner of each node; itself unless it is plumbing.
    pub owner: Vec<u32>,
    /// Names of edges that keep nothing.
    pub not_kept: NotKept,
    /// Dominators without the console's edges, where there are such.
    own_dominators: Option<(Vec<u32>, BitSet)>,
    /// Nodes in preorder of the dominator tree.
    pub order: Vec<u32>,
    /// Place of each node in `order`.
    pub position: Vec<u32>,
    /// Where each node's subtree ends in `order`.
    pub end: Vec<u32>,
}

impl<'a> View<'a> {
    /// Prepares a heap; linear.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn new(heap: &'a Heap, task: &Task) -> Result<Self> {
        let mut view = Self {
            heap,
            flags: Vec::with_capacity(heap.node_count()),
            owner: Vec::new(),
            not_kept: NotKept::find(heap.strings(), task)?,
            own_dominators: without_console(heap, task)?,
            order: Vec::new(),
            position: Vec::new(),
            end: Vec::new(),
        };
        for node in heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            view.flags.push(kind_flags(heap, node));
        }
        view.lay_out(task)?;
        view.find_owners(task)?;
        view.mark_noisy(task)?;
        Ok(view)
    }

    /// Whether an edge keeps its target alive, as far as blame goes.
    #[inline]
    pub fn holds(&self, edge: EdgeId) -> bool {
        match &self.own_dominators {
            None => self.heap.is_essential(edge),
            Some((_, keep)) => keep.contains(edge.index()),
        }
    }

    /// The immediate dominator; the root's is the root.
    #[inline]
    pub fn dominator(&self, node: NodeId) -> NodeId {
        match &self.own_dominators {
            None => self.heap.dominator(node),
            Some((dominators, _)) => NodeId(dominators[node.index()]),
        }
    }

    /// The owner of a node: itself unless it is plumbing.
    #[inline]
    pub fn owner(&self, node: NodeId) -> NodeId {
        NodeId(self.owner[node.index()])
    }

    /// The owner of a node's dominator.
    #[inline]
    pub fn owner_dominator(&self, node: NodeId) -> NodeId {
        self.owner(self.dominator(node))
    }

    /// Whether a node has one of these flags.
    #[inline]
    pub fn is(&self, node: NodeId, flags: u8) -> bool {
        self.flags[node.index()] & flags != 0
    }

    /// The nodes that `node` dominates, itself first.
    pub fn dominated(&self, node: NodeId) -> &[u32] {
        let range = self.position[node.index()] as usize..self.end[node.index()] as usize;
        &self.order[range]
    }

    /// Whether `above` dominates `node` or is it.
    pub fn dominates(&self, above: NodeId, node: NodeId) -> bool {
        let at = self.position[node.index()];
        self.position[above.index()] <= at && at < self.end[above.index()]
    }

    /// The closest node that dominates all of `nodes`; the root for none.
    pub fn common_dominator(&self, nodes: &[u32]) -> NodeId {
        let position = |node: &&u32| self.position[**node as usize];
        let (Some(&first), Some(&last)) = (
            nodes.iter().min_by_key(position),
            nodes.iter().max_by_key(position),
        ) else {
            return self.heap.root();
        };
        let mut above = NodeId(first);
        while !self.dominates(above, NodeId(last)) {
            above = self.dominator(above);
        }
        above
    }

    /// Bytes that count for the application: neither noisy nor synthetic.
    pub fn counted_bytes(&self) -> u64 {
        let counted = |node: &NodeId| !self.is(*node, NOISY | SYNTHETIC);
        let nodes = self.heap.graph().nodes().filter(counted);
        nodes.map(|node| self.heap.shallow(node)).sum()
    }

    /// Preorder of the dominator tree, children in the order of the file.
    fn lay_out(&mut self, task: &Task) -> Result<()> {
        const NONE: u32 = u32::MAX;
        let count = self.heap.node_count();
        if count == 0 {
            return Ok(());
        }
        let root = self.heap.root();
        let mut child = vec![NONE; count];
        let mut sibling = vec![NONE; count];
        for node in self.heap.graph().nodes().rev() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if node != root {
                let dominator = self.dominator(node).index();
                sibling[node.index()] = child[dominator];
                child[dominator] = node.0;
            }
        }
        self.order = Vec::with_capacity(count);
        self.position = vec![0; count];
        self.end = vec![0; count];
        let mut current = root;
        'walk: loop {
            if self.order.len().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            self.position[current.index()] = self.order.len() as u32;
            self.order.push(current.0);
            if child[current.index()] != NONE {
                current = NodeId(child[current.index()]);
                continue;
            }
            loop {
                self.end[current.index()] = self.order.len() as u32;
                if current == root {
                    break 'walk;
                }
                let next = sibling[current.index()];
                if next != NONE {
                    current = NodeId(next);
                    break;
                }
                current = self.dominator(current);
            }
        }
        Ok(())
    }

    fn mark_noisy(&mut self, task: &Task) -> Result<()> {
        for at in 0..self.order.len() {
            if at.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let node = NodeId(self.order[at]);
            let is_noisy = self.is(node, NOISE)
                || self.is(node, PLUMBING) && self.is(self.owner(node), NOISE)
                || !self.is(node, SYNTHETIC)
                    && node != self.heap.root()
                    && self.is(self.dominator(node), NOISY);
            if is_noisy {
                self.flags[node.index()] |= NOISY;
            }
        }
        Ok(())
    }
}

fn kind_flags(heap: &Heap, node: NodeId) -> u8 {
    match heap.kind(node) {
        NodeKind::CODE | NodeKind::OBJECT_SHAPE => NOISE,
        NodeKind::ARRAY | NodeKind::HIDDEN => PLUMBING,
        NodeKind::SYNTHETIC => SYNTHETIC,
        NodeKind::NATIVE => {
            let name = heap.strings().raw(heap.name_id(node));
            let is_part = NATIVE_PARTS.iter().any(|part| name.starts_with(part))
                || name == b"V8EventListener";
            if is_part { PLUMBING } else { 0 }
        }
        _ => 0,
    }
}

/// Dominators and holding edges without those of the console; nothing where there are none, which is the rule.
fn without_console(heap: &Heap, task: &Task) -> Result<Option<(Vec<u32>, BitSet)>> {
    let graph = heap.graph();
    let mut of_console = Vec::new();
    for node in graph.nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if heap.kind(node) != NodeKind::SYNTHETIC {
            continue;
        }
        of_console.extend(graph.edges_from(node).filter(|&edge| {
            heap.edge_kind(edge) == EdgeKind::INTERNAL
                && heap
                    .edge_name_id(edge)
                    .is_some_and(|name| heap.strings().raw(name).ends_with(CONSOLE))
        }));
    }
    if of_console.is_empty() {
        return Ok(None);
    }
    let mut keep = BitSet::new(graph.edge_count());
    for edge in 0..graph.edge_count() {
        if edge.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if heap.is_essential(EdgeId(edge as u32)) {
            keep.insert(edge);
        }
    }
    for edge in of_console {
        keep.remove(edge.index());
    }
    let hubs = Hubs::find(graph, task)?;
    let none = |_: &BitSet| Ok(Vec::new());
    let tree = dominator_tree(graph, heap.root(), &keep, &hubs, none, task)?;
    let order = tree.order();
    Ok(Some((tree.into_dominators(&order, heap.root().0), keep)))
}
