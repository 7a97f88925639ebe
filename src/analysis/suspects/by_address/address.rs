//! Addresses: what leads to an object from the roots, in names that mean the same in every dump of a program.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::{NonZeroU32, NonZeroU64};

use crate::analysis::describe::is_global;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind, StrId};
use crate::task::{CHECK_EVERY, Task};

use super::super::optional_node::OptionalNode;
use super::super::view::{NOISE, PLUMBING, SYNTHETIC, View};

/// Properties of an object with more edges than this are data rather than names, unless it is a global object.
const DICTIONARY: usize = 400;

/// What leads to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Address(NonZeroU64);

impl Address {
    fn of_hash(hash: u64) -> Self {
        Self(NonZeroU64::new(hash).unwrap_or(NonZeroU64::MIN))
    }
}

/// The addresses of a dump's objects.
///
/// An address is a hash of the names and classes from a root down: indices and entries of collections are left out, so
/// that the members of a collection share one; the engine's own parts are passed over; a step that repeats one of the
/// two before it is folded, so that the nodes of a list or a tree share one as well.
pub(super) struct Addresses {
    /// By node; `None` where no names lead to it.
    addresses: Vec<Option<Address>>,
    /// Whether a node's address is that of an object above it, because its step repeats.
    folded: Vec<bool>,
    /// The object above each node, the engine's parts passed over; itself for where addresses begin.
    above: Vec<OptionalNode>,
}

/// How a node is reached; the least of those of one length counts, so that the order of a file does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    rank: u8,
    address: Option<Address>,
    step: u64,
    folded: bool,
    above: NodeId,
}

struct Walk<'v, 'a> {
    view: &'v View<'a>,
    /// Hashes of strings, as far as they were needed.
    names: Vec<Option<NonZeroU64>>,
    ways: Vec<Way>,
    /// The length of each node's way, from 1; `None` before it is reached.
    depth: Vec<Option<NonZeroU32>>,
    level: NonZeroU32,
    steps: usize,
}

impl Addresses {
    /// The addresses of all that is reached: first from the global objects, then from native contexts, from handles and
    /// other roots, from the stack. Linear.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn find(view: &View<'_>, task: &Task) -> Result<Self> {
        let heap = view.heap;
        let count = heap.node_count();
        let nothing = Way {
            rank: u8::MAX,
            address: None,
            step: 0,
            folded: false,
            above: heap.root(),
        };
        let mut walk = Walk {
            view,
            names: vec![None; heap.strings().len()],
            ways: vec![nothing; count],
            depth: vec![None; count],
            level: NonZeroU32::MIN,
            steps: 0,
        };
        let mut begins: [Vec<(u64, NodeId)>; 4] = Default::default();
        for node in heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if view.is(node, SYNTHETIC) {
                let name = heap.strings().raw(heap.name_id(node));
                let last = name.starts_with(b"(Stack") || name.starts_with(b"(Handle scope");
                let from = walk.name(heap.name_id(node));
                for edge in heap.graph().edges_from(node) {
                    if view.holds(edge) {
                        let target = heap.graph().target(edge);
                        begins[if last { 3 } else { 2 }].push((from, target));
                    }
                }
            } else if is_root_object(heap, node) {
                begins[0].push((0, node));
            } else if starts_with(heap, node, b"system / NativeContext") {
                begins[1].push((0, node));
            }
        }
        for begin in begins {
            walk.run(&begin, task)?;
        }
        let above = |(way, depth): (&Way, &Option<NonZeroU32>)| match depth {
            Some(_) => way.above.into(),
            None => OptionalNode::NONE,
        };
        Ok(Self {
            addresses: walk.ways.iter().map(|way| way.address).collect(),
            folded: walk.ways.iter().map(|way| way.folded).collect(),
            above: walk.ways.iter().zip(&walk.depth).map(above).collect(),
        })
    }

    /// The address of an object.
    #[inline]
    pub fn of(&self, node: NodeId) -> Option<Address> {
        self.addresses[node.index()]
    }

    /// Whether a node's address is that of an object above it, because its step repeats.
    #[inline]
    pub fn is_folded(&self, node: NodeId) -> bool {
        self.folded[node.index()]
    }

    /// The object above a node, the engine's parts passed over; `None` where addresses begin.
    pub fn above(&self, node: NodeId) -> Option<NodeId> {
        let above = self.above[node.index()].get();
        above.filter(|&above| above != node)
    }
}

impl Walk<'_, '_> {
    /// Goes on from these nodes, as far as they were not reached before.
    fn run(&mut self, begin: &[(u64, NodeId)], task: &Task) -> Result<()> {
        let view = self.view;
        let mut now: Vec<NodeId> = Vec::new();
        for &(from, target) in begin {
            if view.is(target, NOISE | SYNTHETIC) {
                continue;
            }
            let step = hash(&(from, self.what(target)));
            let way = Way {
                rank: 0,
                address: Some(Address::of_hash(step)),
                step,
                folded: false,
                above: target,
            };
            self.reach(target, way, &mut now);
        }
        self.level = self.level.saturating_add(1);
        let mut next: Vec<NodeId> = Vec::new();
        while !now.is_empty() {
            for &source in &now {
                self.leave(source, &mut next, task)?;
            }
            self.level = self.level.saturating_add(1);
            std::mem::swap(&mut now, &mut next);
            next.clear();
        }
        Ok(())
    }

    /// Goes along all edges of a node.
    fn leave(&mut self, source: NodeId, next: &mut Vec<NodeId>, task: &Task) -> Result<()> {
        let view = self.view;
        let graph = view.heap.graph();
        let own = self.ways[source.index()];
        let is_part = view.is(source, PLUMBING);
        let above = if is_part { own.above } else { source };
        let holder = self.ways[above.index()];
        let over = self.ways[holder.above.index()];
        let many = graph.edge_range(source).len() > DICTIONARY
            && !is_root_object(view.heap, source)
            && !starts_with(view.heap, source, b"system / ");
        for edge in graph.edges_from(source) {
            self.steps += 1;
            if self.steps.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let target = graph.target(edge);
            if self.depth[target.index()].is_some_and(|depth| depth < self.level)
                || !view.holds(edge)
                || view.is(target, NOISE | SYNTHETIC)
            {
                continue;
            }
            let (rank, label) = match is_part || many {
                true => (3, 0),
                false => self.label(edge),
            };
            let way = if view.is(target, PLUMBING) {
                Way {
                    rank,
                    above,
                    ..holder
                }
            } else {
                let step = hash(&(label, self.what(target)));
                let folds = [holder, over].into_iter().find(|way| way.step == step);
                Way {
                    rank,
                    address: match folds {
                        Some(way) => way.address,
                        None => {
                            let above = holder.address.map_or(0, |address| address.0.get());
                            Some(Address::of_hash(hash(&(above, step))))
                        }
                    },
                    step,
                    folded: folds.is_some(),
                    above,
                }
            };
            self.reach(target, way, next);
        }
        Ok(())
    }

    fn reach(&mut self, node: NodeId, way: Way, level: &mut Vec<NodeId>) {
        let at = node.index();
        match self.depth[at] {
            None => {
                self.depth[at] = Some(self.level);
                self.ways[at] = way;
                level.push(node);
            }
            Some(depth) if depth == self.level && way < self.ways[at] => self.ways[at] = way,
            Some(_) => {}
        }
    }

    /// What an edge says: names before fields of the engine, those before indices.
    fn label(&mut self, edge: EdgeId) -> (u8, u64) {
        let heap = self.view.heap;
        match (heap.edge_kind(edge), heap.edge_name_id(edge)) {
            (EdgeKind::PROPERTY | EdgeKind::CONTEXT | EdgeKind::SHORTCUT, Some(name)) => {
                (1, self.name(name))
            }
            (EdgeKind::INTERNAL, Some(name)) => (2, self.name(name)),
            _ => (3, 0),
        }
    }

    /// What a node is: its kind and name, where the name is not data.
    fn what(&mut self, node: NodeId) -> u64 {
        let heap = self.view.heap;
        let kind = heap.kind(node);
        let is_data = kind.is_string()
            || matches!(
                kind,
                NodeKind::NUMBER | NodeKind::BIGINT | NodeKind::SYMBOL | NodeKind::REGEXP
            );
        let name = match is_data {
            true => 0,
            false => self.name(heap.name_id(node)),
        };
        hash(&(kind.0, name))
    }

    fn name(&mut self, name: StrId) -> u64 {
        if let Some(known) = self.names[name.0 as usize] {
            return known.get();
        }
        let raw = self.view.heap.strings().raw(name);
        let raw = raw.strip_prefix(b"Detached ").unwrap_or(raw);
        // Chromium has object ids in the names of scopes: `system / Context / scope @41937`.
        let bare = without_id(raw);
        let found = NonZeroU64::new(hash(&bare)).unwrap_or(NonZeroU64::MIN);
        self.names[name.0 as usize] = Some(found);
        found.get()
    }
}

/// Whether addresses begin here: what DevTools' distances begin at, or a global object.
fn is_root_object(heap: &Heap, node: NodeId) -> bool {
    heap.distance(node) == 1
        || is_global(heap, node)
        || heap.kind(node) == NodeKind::OBJECT
            && contains(heap.strings().raw(heap.name_id(node)), b"[JSGlobalObject]")
}

/// A name without the object id at its end.
fn without_id(name: &[u8]) -> &[u8] {
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let end = name.len() - digits.count();
    match end < name.len() {
        true => name[..end].strip_suffix(b"@").unwrap_or(name),
        false => name,
    }
}

fn starts_with(heap: &Heap, node: NodeId, begin: &[u8]) -> bool {
    heap.strings().raw(heap.name_id(node)).starts_with(begin)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
