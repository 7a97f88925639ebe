//! Addresses: what leads to an object from the roots, in names that mean the same in every dump of a program.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::analysis::describe::is_global;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};

use super::super::view::{NOISE, PLUMBING, SYNTHETIC, View};

/// Properties of an object with more edges than this are data rather than names, unless it is a global object.
const DICTIONARY: usize = 400;
const NONE: u32 = u32::MAX;

/// The addresses of a dump's objects.
///
/// An address is a hash of the names and classes from a root down: indices and entries of collections are left out, so
/// that the members of a collection share one; the engine's own parts are passed over; a step that repeats one of the
/// two before it is folded, so that the nodes of a list or a tree share one as well.
pub(super) struct Addresses {
    /// By node; 0 for what no address leads to.
    pub of: Vec<u64>,
    /// Whether a node's address is that of an object above it, because its step repeats.
    pub folded: Vec<bool>,
    /// The object above each node, the engine's parts passed over; itself for where addresses begin.
    pub above: Vec<u32>,
}

/// How a node is reached; the least of those of one length counts, so that the order of a file does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    rank: u8,
    address: u64,
    step: u64,
    folded: bool,
    above: u32,
}

struct Walk<'v, 'a> {
    view: &'v View<'a>,
    /// Hashes of strings, as far as they were needed.
    names: Vec<u64>,
    ways: Vec<Way>,
    /// The length of each node's way; `NONE` before it is reached.
    depth: Vec<u32>,
    level: u32,
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
            address: 0,
            step: 0,
            folded: false,
            above: NONE,
        };
        let mut walk = Walk {
            view,
            names: vec![0; heap.strings().len()],
            ways: vec![nothing; count],
            depth: vec![NONE; count],
            level: 0,
            steps: 0,
        };
        let mut begins: [Vec<(u64, u32)>; 4] = Default::default();
        for node in heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if view.is(node, SYNTHETIC) {
                let name = heap.strings().raw(heap.name_id(node));
                let last = name.starts_with(b"(Stack") || name.starts_with(b"(Handle scope");
                let from = walk.name(heap.name_id(node).0);
                for edge in heap.graph().edges_from(node) {
                    if view.holds(edge) {
                        let target = heap.graph().target(edge).0;
                        begins[if last { 3 } else { 2 }].push((from, target));
                    }
                }
            } else if is_root_object(heap, node) {
                begins[0].push((0, node.0));
            } else if starts_with(heap, node, b"system / NativeContext") {
                begins[1].push((0, node.0));
            }
        }
        for begin in begins {
            walk.run(&begin, task)?;
        }
        let above = walk.ways.iter().map(|way| way.above).collect();
        Ok(Self {
            of: walk.ways.iter().map(|way| way.address).collect(),
            folded: walk.ways.iter().map(|way| way.folded).collect(),
            above,
        })
    }
}

impl Walk<'_, '_> {
    /// Goes on from these nodes, as far as they were not reached before.
    fn run(&mut self, begin: &[(u64, u32)], task: &Task) -> Result<()> {
        let view = self.view;
        let mut now: Vec<u32> = Vec::new();
        for &(from, node) in begin {
            let target = NodeId(node);
            if view.is(target, NOISE | SYNTHETIC) {
                continue;
            }
            let step = hash(&(from, self.what(target)));
            let way = Way {
                rank: 0,
                address: step.max(1),
                step,
                folded: false,
                above: node,
            };
            self.reach(node, way, &mut now);
        }
        self.level += 1;
        let mut next: Vec<u32> = Vec::new();
        while !now.is_empty() {
            for &source in &now {
                self.leave(NodeId(source), &mut next, task)?;
            }
            self.level += 1;
            std::mem::swap(&mut now, &mut next);
            next.clear();
        }
        Ok(())
    }

    /// Goes along all edges of a node.
    fn leave(&mut self, source: NodeId, next: &mut Vec<u32>, task: &Task) -> Result<()> {
        let view = self.view;
        let graph = view.heap.graph();
        let own = self.ways[source.index()];
        let is_part = view.is(source, PLUMBING);
        let above = if is_part { own.above } else { source.0 };
        let holder = self.ways[above as usize];
        let over = self.ways[holder.above as usize];
        let many = graph.edge_range(source).len() > DICTIONARY
            && !is_root_object(view.heap, source)
            && !starts_with(view.heap, source, b"system / ");
        for edge in graph.edges_from(source) {
            self.steps += 1;
            if self.steps.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let target = graph.target(edge);
            if self.depth[target.index()] < self.level
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
                        None => hash(&(holder.address, step)).max(1),
                    },
                    step,
                    folded: folds.is_some(),
                    above,
                }
            };
            self.reach(target.0, way, next);
        }
        Ok(())
    }

    fn reach(&mut self, node: u32, way: Way, level: &mut Vec<u32>) {
        let at = node as usize;
        if self.depth[at] == NONE {
            self.depth[at] = self.level;
            self.ways[at] = way;
            level.push(node);
        } else if self.depth[at] == self.level && way < self.ways[at] {
            self.ways[at] = way;
        }
    }

    /// What an edge says: names before fields of the engine, those before indices.
    fn label(&mut self, edge: EdgeId) -> (u8, u64) {
        let heap = self.view.heap;
        match (heap.edge_kind(edge), heap.edge_name_id(edge)) {
            (EdgeKind::PROPERTY | EdgeKind::CONTEXT | EdgeKind::SHORTCUT, Some(name)) => {
                (1, self.name(name.0))
            }
            (EdgeKind::INTERNAL, Some(name)) => (2, self.name(name.0)),
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
            false => self.name(heap.name_id(node).0),
        };
        hash(&(kind.0, name))
    }

    fn name(&mut self, name: u32) -> u64 {
        let known = self.names[name as usize];
        if known != 0 {
            return known;
        }
        let raw = self.view.heap.strings().raw(crate::snapshot::StrId(name));
        let raw = raw.strip_prefix(b"Detached ").unwrap_or(raw);
        // Chromium has object ids in the names of scopes: `system / Context / scope @41937`.
        let bare = without_id(raw);
        let found = hash(&bare).max(1);
        self.names[name as usize] = found;
        found
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
