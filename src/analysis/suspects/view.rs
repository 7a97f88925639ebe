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
use super::optional_node::OptionalNode;

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

/// A node next below another one in the dominator tree.
#[derive(Debug, Clone, Copy)]
pub(super) enum Below {
    /// The engine's own, owned by the one above.
    Part(NodeId),
    Object(NodeId),
}

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
    pub(super) owner: Vec<NodeId>,
    /// Names of edges that keep nothing.
    pub not_kept: NotKept,
    /// Where the console keeps something.
    without_console: Option<WithoutConsole>,
    /// Nodes in preorder of the dominator tree.
    pub order: Vec<NodeId>,
    /// Place of each node in `order`.
    pub position: Vec<u32>,
    /// Where each node's subtree ends in `order`.
    end: Vec<u32>,
}

/// What holds what when the console's edges are left out.
#[derive(Debug)]
struct WithoutConsole {
    /// Immediate dominators by node.
    dominators: Vec<u32>,
    /// The edges that hold.
    holding: BitSet,
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
            without_console: WithoutConsole::find(heap, task)?,
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
        match &self.without_console {
            None => self.heap.is_essential(edge),
            Some(own) => own.holding.contains(edge.index()),
        }
    }

    /// The immediate dominator; the root's is the root.
    #[inline]
    pub fn dominator(&self, node: NodeId) -> NodeId {
        match &self.without_console {
            None => self.heap.dominator(node),
            Some(own) => NodeId(own.dominators[node.index()]),
        }
    }

    /// The owner of a node: itself unless it is plumbing.
    #[inline]
    pub fn owner(&self, node: NodeId) -> NodeId {
        self.owner[node.index()]
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
    pub fn dominated(&self, node: NodeId) -> &[NodeId] {
        let range = self.position[node.index()] as usize..self.end[node.index()] as usize;
        &self.order[range]
    }

    /// Where in `order` what `node` dominates ends.
    pub fn end_of(&self, node: NodeId) -> usize {
        self.end[node.index()] as usize
    }

    /// The nodes next below `node` in the dominator tree, in the order of the file.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.end_of(node);
        let mut at = self.position[node.index()] as usize + 1;
        std::iter::from_fn(move || {
            let child = *self.order.get(at).filter(|_| at < end)?;
            at = self.end_of(child);
            Some(child)
        })
    }

    /// The nodes next below an object and its own parts: what hangs below its table hangs below it. The parts come with
    /// them.
    pub fn next_below(&self, node: NodeId) -> impl Iterator<Item = Below> + '_ {
        let end = self.end_of(node);
        let mut at = self.position[node.index()] as usize + 1;
        std::iter::from_fn(move || {
            let child = *self.order.get(at).filter(|_| at < end)?;
            let is_part = self.is(child, PLUMBING) && self.owner(child) == node;
            at = if is_part { at + 1 } else { self.end_of(child) };
            Some(if is_part {
                Below::Part(child)
            } else {
                Below::Object(child)
            })
        })
    }

    /// Whether `above` dominates `node` or is it.
    pub fn dominates(&self, above: NodeId, node: NodeId) -> bool {
        let at = self.position[node.index()];
        self.position[above.index()] <= at && at < self.end[above.index()]
    }

    /// The closest node that dominates all of `nodes`; the root for none.
    pub fn common_dominator(&self, nodes: &[NodeId]) -> NodeId {
        let position = |node: &&NodeId| self.position[node.index()];
        let (Some(&first), Some(&last)) = (
            nodes.iter().min_by_key(position),
            nodes.iter().max_by_key(position),
        ) else {
            return self.heap.root();
        };
        let mut above = first;
        while !self.dominates(above, last) {
            above = self.dominator(above);
        }
        above
    }

    /// Bytes that count for the application: those of nodes that are not noisy and not synthetic.
    pub fn counted_bytes(&self) -> u64 {
        let counted = |node: &NodeId| !self.is(*node, NOISY | SYNTHETIC);
        let nodes = self.heap.graph().nodes().filter(counted);
        nodes.map(|node| self.heap.shallow(node)).sum()
    }

    /// Preorder of the dominator tree, children in the order of the file.
    fn lay_out(&mut self, task: &Task) -> Result<()> {
        let count = self.heap.node_count();
        if count == 0 {
            return Ok(());
        }
        let root = self.heap.root();
        let mut child = vec![OptionalNode::NONE; count];
        let mut sibling = vec![OptionalNode::NONE; count];
        for node in self.heap.graph().nodes().rev() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if node != root {
                let dominator = self.dominator(node).index();
                sibling[node.index()] = child[dominator];
                child[dominator] = node.into();
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
            self.order.push(current);
            if let Some(first) = child[current.index()].get() {
                current = first;
                continue;
            }
            loop {
                self.end[current.index()] = self.order.len() as u32;
                if current == root {
                    break 'walk;
                }
                if let Some(next) = sibling[current.index()].get() {
                    current = next;
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
            let node = self.order[at];
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

impl WithoutConsole {
    /// `None` where the console keeps nothing, which is the rule.
    fn find(heap: &Heap, task: &Task) -> Result<Option<Self>> {
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
        let mut holding = BitSet::new(graph.edge_count());
        for edge in 0..graph.edge_count() {
            if edge.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if heap.is_essential(EdgeId(edge as u32)) {
                holding.insert(edge);
            }
        }
        for edge in of_console {
            holding.remove(edge.index());
        }
        let hubs = Hubs::find(graph, task)?;
        let none = |_: &BitSet| Ok(Vec::new());
        let tree = dominator_tree(graph, heap.root(), &holding, &hubs, none, task)?;
        let order = tree.order();
        Ok(Some(Self {
            dominators: tree.into_dominators(&order, heap.root().0),
            holding,
        }))
    }
}
