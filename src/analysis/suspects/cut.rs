//! What a holder's release would free: the same cut in every dump.

use foldhash::{HashSet, HashSetExt};

use crate::analysis::describe::{Collection, Part, Store};
use crate::column::BitSet;
use crate::error::Result;
use crate::graph::bfs::flood;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::task::{CHECK_EVERY, Task};

use super::classes::ClassNo;
use super::classes::Numbers;
use super::groups::{Group, Grouping};
use super::identity::{ById, is_same};
use super::thresholds::THRESHOLDS;
use super::topmost::EdgeNames;
use super::view::{NOISE, NOISY, PLUMBING, SYNTHETIC, View, is_broad};

/// Steps and objects below a cut in which members are looked for.
const REACH_STEPS: u8 = 4;
const REACH_NODES: usize = 1 << 18;

/// What is cut, in terms that mean the same in every dump.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// The holders, the one to blame first.
    pub holders: Vec<HolderCut>,
    /// Edges from the holders to objects of this class are cut as well.
    pub into_class: Option<ClassNo>,
    /// Edges from the roots to objects of this class.
    pub roots: Option<ClassNo>,
    /// The class of the topmost new objects, to be counted near the cut.
    pub top_class: Option<ClassNo>,
}

/// One holder of a plan.
#[derive(Debug, Clone)]
pub(super) struct HolderCut {
    /// In the last dump.
    pub node: NodeId,
    /// Its object id.
    pub id: u32,
    /// All that it keeps is cut, not only what is at `names`.
    pub whole: bool,
    /// Names of the edges that are cut, as the files have them.
    pub names: Vec<Vec<u8>>,
}

impl HolderCut {
    /// What to cut of a holder that holds new objects by these names.
    pub fn of(heap: &Heap, node: NodeId, known: Option<&EdgeNames>) -> Self {
        let names: Vec<Vec<u8>> = known
            .iter()
            .flat_map(|known| &known.names)
            .map(|&name| heap.strings().raw(name).to_vec())
            .collect();
        let whole = known.is_some_and(|known| known.other)
            || is_collection(heap, node)
            || heap.is_plain_object(node) && names.len() > THRESHOLDS.names_of_object;
        // Everything is below a global object: what it holds by name alone is cut.
        let whole = whole && (names.is_empty() || !is_broad(heap, node));
        Self {
            node,
            id: heap.id(node),
            whole,
            names,
        }
    }
}

impl Plan {
    /// All that one holder keeps.
    pub fn whole(heap: &Heap, node: NodeId) -> Self {
        let holder = HolderCut {
            node,
            id: heap.id(node),
            whole: true,
            names: Vec::new(),
        };
        Self {
            holders: vec![holder],
            ..Self::default()
        }
    }

    /// What to cut for a group.
    pub fn of(grouping: &Grouping<'_>, group: &Group) -> Self {
        let cut = |&node: &NodeId| {
            let mut cut =
                HolderCut::of(grouping.view.heap, node, grouping.topmost.names.get(&node));
            cut.whole |= group.whole;
            cut.whole &= !group.climbed || is_collection(grouping.view.heap, node);
            cut
        };
        Self {
            holders: group.holders.iter().map(cut).collect(),
            into_class: group.top_class.filter(|_| group.climbed),
            roots: group.roots,
            top_class: group.top_class,
        }
    }
}

/// Whether a node is a Map, Set, array or weak collection, by its name.
pub(super) fn is_collection(heap: &Heap, node: NodeId) -> bool {
    matches!(
        heap.strings().raw(heap.name_id(node)),
        b"Map" | b"Set" | b"Array" | b"WeakMap" | b"WeakSet"
    )
}

/// A cut in one dump.
#[derive(Debug, Default)]
pub(super) struct Cut {
    /// Where its edges begin.
    sources: HashSet<NodeId>,
    /// Its edges, ascending.
    edges: Vec<EdgeId>,
    /// What it leads to, ascending: objects, without the engine's parts, and without keys that have values.
    pub entries: Vec<NodeId>,
    /// The keys of Maps among what it leads to, ascending.
    pub keys: Vec<NodeId>,
    /// The holders that there are.
    pub holders: Vec<NodeId>,
}

impl Cut {
    /// The cut of a plan in this dump; empty where no holder exists.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of(
        plan: &Plan,
        view: &View<'_>,
        (numbers, ids, last): (&Numbers, &ById, &Heap),
        task: &Task,
    ) -> Result<Self> {
        let mut cut = Self::default();
        for holder in &plan.holders {
            let here = ids.find(holder.id);
            if let Some(node) = here.filter(|&node| is_same(view.heap, node, last, holder.node)) {
                cut.holders.push(node);
                cut.add(view, node, holder, plan.into_class, numbers, task)?;
            }
        }
        if let Some(class) = plan.roots {
            cut.add_roots(view, class, numbers, task)?;
        }
        cut.edges.sort_unstable();
        cut.edges.dedup();
        for entries in [&mut cut.entries, &mut cut.keys] {
            entries.sort_unstable();
            entries.dedup();
        }
        Ok(cut)
    }

    fn add(
        &mut self,
        view: &View<'_>,
        holder: NodeId,
        plan: &HolderCut,
        into_class: Option<ClassNo>,
        numbers: &Numbers,
        task: &Task,
    ) -> Result<()> {
        let heap = view.heap;
        let graph = heap.graph();
        let is_own = |node: NodeId| view.is(node, PLUMBING) && view.owner(node) == holder;
        let mut seen = HashSet::from_iter([holder]);
        // What a name leads to is held by the table of names as well: for a global, by its cell.
        let mut by_name: HashSet<NodeId> = HashSet::new();
        let mut open = vec![holder];
        let mut steps = 0usize;
        while let Some(source) = open.pop() {
            let store = Store::of(heap, source);
            for edge in graph.edges_from(source) {
                steps += 1;
                if steps.is_multiple_of(CHECK_EVERY) {
                    task.check()?;
                }
                if !view.holds(edge) {
                    continue;
                }
                let target = graph.target(edge);
                if is_own(target) {
                    if seen.insert(target) {
                        open.push(target);
                    }
                    continue;
                }
                if view.is(target, NOISE) || !view.not_kept.is_kept(heap, edge) {
                    continue;
                }
                let named = || {
                    source == holder
                        && heap.edge_name_id(edge).is_some_and(|name| {
                            let name = heap.strings().raw(name);
                            plan.names.iter().any(|wanted| wanted == name)
                        })
                };
                let of_class = || into_class.is_some_and(|class| numbers.of(heap, target) == class);
                let named = named();
                if named {
                    by_name.insert(target);
                }
                let again = source != holder && by_name.contains(&target);
                if plan.whole || named || again || of_class() {
                    self.take(view, edge, (source, store.as_ref()), target);
                }
            }
        }
        Ok(())
    }

    fn add_roots(
        &mut self,
        view: &View<'_>,
        class: ClassNo,
        numbers: &Numbers,
        task: &Task,
    ) -> Result<()> {
        let graph = view.heap.graph();
        for node in graph.nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if numbers.of(view.heap, node) != class {
                continue;
            }
            for edge in graph.edges_into(node) {
                let source = graph.source(edge);
                let owner = view.owner(source);
                // A part of its own that a root holds holds it as well.
                let of_root = view.is(owner, SYNTHETIC) || owner == node && source != node;
                if view.holds(edge) && of_root {
                    let store = Store::of(view.heap, source);
                    self.take(view, edge, (source, store.as_ref()), node);
                }
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        view: &View<'_>,
        edge: EdgeId,
        (source, store): (NodeId, Option<&Store>),
        target: NodeId,
    ) {
        self.sources.insert(source);
        self.edges.push(edge);
        if view.is(target, PLUMBING | SYNTHETIC) {
            return;
        }
        let is_key = store
            .and_then(|store| store.role(view.heap, edge))
            .is_some_and(|role| role.part == Part::Key && role.collection == Collection::Map);
        if is_key {
            self.keys.push(target);
        } else {
            self.entries.push(target);
        }
    }

    /// Objects of `class` near what the cut leads to, ascending: over plain objects, arrays and collections, a few steps
    /// down. So members are counted that each new state takes over from the one before.
    pub fn reached(
        &self,
        view: &View<'_>,
        numbers: &Numbers,
        class: ClassNo,
        task: &Task,
    ) -> Result<Vec<NodeId>> {
        let heap = view.heap;
        let graph = heap.graph();
        let mut seen: HashSet<NodeId> = self.entries.iter().copied().collect();
        let mut open: Vec<(NodeId, u8)> = self.entries.iter().map(|&entry| (entry, 0)).collect();
        let mut found = Vec::new();
        let mut next = 0;
        while let Some(&(node, depth)) = open.get(next).filter(|_| next < REACH_NODES) {
            if next.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            next += 1;
            if numbers.of(heap, node) == class {
                found.push(node);
                continue;
            }
            let is_part = view.is(node, PLUMBING);
            let passes = is_part || heap.is_plain_object(node) || is_collection(heap, node);
            if !passes || depth >= REACH_STEPS {
                continue;
            }
            for edge in graph.edges_from(node) {
                let target = graph.target(edge);
                if view.holds(edge)
                    && view.not_kept.is_kept(heap, edge)
                    && !view.is(target, NOISY | SYNTHETIC)
                    && seen.insert(target)
                {
                    open.push((target, depth + u8::from(!is_part)));
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Values and keys together, ascending.
    pub fn all_entries(&self) -> Vec<NodeId> {
        let mut all = [self.entries.as_slice(), &self.keys].concat();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn has(&self, source: NodeId, edge: EdgeId) -> bool {
        self.sources.contains(&source) && self.edges.binary_search(&edge).is_ok()
    }

    /// The nodes that nothing would hold any more. A search through what the holders' common dominator dominates:
    /// all ways to the rest go past the holders.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn freed(&self, view: &View<'_>, task: &Task) -> Result<Vec<NodeId>> {
        if self.edges.is_empty() {
            return Ok(Vec::new());
        }
        let top = match self.holders.is_empty() {
            true => view.heap.root(),
            false => view.common_dominator(&self.holders),
        };
        if top == view.heap.root() {
            return self.freed_below_root(view, task);
        }
        let graph = view.heap.graph();
        let region = view.dominated(top);
        let offset = view.position[top.index()];
        let mut reached = BitSet::new(region.len());
        reached.insert(0);
        let mut open = vec![top];
        let mut steps = 0usize;
        while let Some(source) = open.pop() {
            for edge in graph.edges_from(source) {
                steps += 1;
                if steps.is_multiple_of(CHECK_EVERY) {
                    task.check()?;
                }
                let target = graph.target(edge);
                let Some(at) = view.position[target.index()].checked_sub(offset) else {
                    continue;
                };
                if (at as usize) < region.len()
                    && !reached.contains(at as usize)
                    && view.holds(edge)
                    && !self.has(source, edge)
                {
                    reached.insert(at as usize);
                    open.push(target);
                }
            }
        }
        let lost = (0..region.len()).filter(|&at| !reached.contains(at));
        Ok(lost.map(|at| region[at]).collect())
    }

    /// The same from the root, where some nodes are not reached in the first place.
    fn freed_below_root(&self, view: &View<'_>, task: &Task) -> Result<Vec<NodeId>> {
        let graph = view.heap.graph();
        let root = view.heap.root();
        let before = flood(graph, [root], |_, edge, _| view.holds(edge), task)?;
        let keeps = |source, edge, _| view.holds(edge) && !self.has(source, edge);
        let after = flood(graph, [root], keeps, task)?;
        let lost = before.iter().filter(|&node| !after.contains(node));
        Ok(lost.map(|node| NodeId(node as u32)).collect())
    }
}
