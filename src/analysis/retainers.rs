//! Who refers to an object, in the order of DevTools' Retainers view.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;

use crate::analysis::objects::name;
use crate::analysis::order::{SortKey, turned};
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{Detour, EdgeName, Heap, NO_DISTANCE, SYSTEM_DISTANCE};
use crate::snapshot::{EdgeKind, pairs};
use crate::task::{CHECK_EVERY, Task};
use crate::text::order::utf16_cmp;

/// Where the distances begin of what nothing reaches any more: DevTools' number, so that such rows come last.
pub const UNREACHABLE: i32 = 200_000_000;

/// Who holds what in a heap, with some holders left out if asked for: DevTools' *Ignore this retainer*.
///
/// With holders left out, what counts as near is measured on the ways around them. The holders that are left out are
/// still listed, behind all that reach the object otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Ways<'a> {
    heap: &'a Heap,
    detour: Option<&'a Detour>,
}

/// A retaining edge while rows are sorted: whether it is weak, how far its holder is.
type Row = (bool, i32, Reverse<EdgeId>, NodeId);

impl<'a> Ways<'a> {
    /// The ways of a heap.
    pub fn new(heap: &'a Heap, detour: Option<&'a Detour>) -> Self {
        Self { heap, detour }
    }

    /// The raw distance of a node, with what is left out taken into account. What nothing reaches that way comes to
    /// [`UNREACHABLE`] and more.
    pub fn distance(self, node: NodeId) -> i32 {
        let distance = self.heap.distance(node);
        match self.detour.map(|detour| detour.distance(node)) {
            Some(NO_DISTANCE) => UNREACHABLE + distance.max(0),
            Some(other) => other,
            None if distance == NO_DISTANCE => UNREACHABLE,
            None => distance,
        }
    }

    /// The incoming edges of `node` in DevTools' order: nearest retaining object first, then by its name, then the
    /// later edge first.
    ///
    /// Edges from the root are left out, as DevTools does. Weak edges, which keep nothing alive, are left out too, or
    /// with `weak` put behind the others in the same order.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn retainers(self, node: NodeId, weak: bool, task: &Task) -> Result<Vec<EdgeId>> {
        let heap = self.heap;
        let mut rows: Vec<Row> = Vec::new();
        for (index, edge) in heap.graph().edges_into(node).enumerate() {
            if index.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let is_weak = heap.edge_kind(edge) == EdgeKind::WEAK;
            let source = heap.graph().source(edge);
            if shows(heap, edge, source) || (weak && is_weak && source != heap.root()) {
                rows.push((is_weak, self.distance(source), Reverse(edge), source));
            }
        }
        if self.detour.is_some() {
            self.part_twins(&mut rows);
        }
        rows.sort_unstable();
        // Names cost more than numbers: only rows that agree so far are asked for theirs.
        for tied in rows.chunk_by_mut(|a, b| (a.0, a.1) == (b.0, b.1)) {
            if tied.len() > 1 {
                task.check()?;
                sort_by_name(heap, tied);
            }
        }
        Ok(rows.into_iter().map(|row| row.2.0).collect())
    }

    /// A value of a weak map is held by the map and the key together: where one of the two is not reached any more,
    /// the other does not hold it either.
    fn part_twins(self, rows: &mut [Row]) {
        let names: Vec<_> = rows
            .iter()
            .map(|row| match self.heap.edge_name(row.2.0) {
                EdgeName::Text(name) if self.heap.edge_kind(row.2.0) == EdgeKind::INTERNAL => {
                    pairs::parse(&name).map(|name| name.shared.to_owned())
                }
                _ => None,
            })
            .collect();
        let both = || rows.iter().zip(&names);
        let parted: HashSet<String> = both()
            .filter(|(row, _)| row.1 >= UNREACHABLE)
            .filter_map(|(_, name)| name.clone())
            .collect();
        for (row, name) in rows.iter_mut().zip(&names) {
            if row.1 < UNREACHABLE && name.as_ref().is_some_and(|name| parted.contains(name)) {
                row.1 = UNREACHABLE + self.heap.distance(row.3).max(0);
            }
        }
    }

    /// The same rows by another column; DevTools' order decides between rows that agree in it, and weak ones stay
    /// behind the others.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn sorted(
        self,
        node: NodeId,
        weak: bool,
        (key, reverse): (SortKey, bool),
        task: &Task,
    ) -> Result<Vec<EdgeId>> {
        let heap = self.heap;
        let list = self.retainers(node, weak, task)?;
        let by = |key: &dyn Fn(NodeId) -> i128| {
            let mut keyed: Vec<_> = list
                .iter()
                .map(|&edge| {
                    let is_weak = heap.edge_kind(edge) == EdgeKind::WEAK;
                    let key = key(heap.graph().source(edge));
                    (is_weak, if reverse { -key } else { key }, edge)
                })
                .collect();
            keyed.sort_by_key(|&(is_weak, key, _)| (is_weak, key));
            keyed.into_iter().map(|(_, _, edge)| edge).collect()
        };
        Ok(match key {
            SortKey::Distance if !reverse => list,
            SortKey::Distance => by(&|node| i128::from(self.distance(node))),
            SortKey::Retained => by(&|node| -i128::from(heap.retained(node))),
            SortKey::Shallow => by(&|node| -i128::from(heap.shallow(node))),
            SortKey::Count => list,
            SortKey::Name => {
                let mut named: Vec<_> = list
                    .iter()
                    .map(|&edge| {
                        let is_weak = heap.edge_kind(edge) == EdgeKind::WEAK;
                        (is_weak, name(heap, heap.graph().source(edge)), edge)
                    })
                    .collect();
                named.sort_by(|a, b| {
                    a.0.cmp(&b.0)
                        .then_with(|| turned(utf16_cmp(&a.1, &b.1), reverse))
                });
                named.into_iter().map(|(_, _, edge)| edge).collect()
            }
        })
    }

    /// The retaining edge on DevTools' shortest chain: the first row of the Retainers view.
    ///
    /// Nothing when `node` hangs at the root itself, and nothing when nobody retains it.
    pub fn nearest(self, node: NodeId) -> Option<EdgeId> {
        let heap = self.heap;
        let distance = self.distance(node);
        if node == heap.root() || distance == 1 || distance == SYSTEM_DISTANCE + 1 {
            return None;
        }
        if self.detour.is_some() && self.has_pair(node) {
            // Who is first depends on the other half of the pair, too.
            let list = self.retainers(node, false, &Task::new());
            return list.ok()?.first().copied();
        }
        let mut best: Option<(i32, EdgeId, NodeId)> = None;
        for edge in heap.graph().edges_into(node) {
            let source = heap.graph().source(edge);
            if !shows(heap, edge, source) {
                continue;
            }
            // Of edges that agree in everything the later one is first; they come here in the order of the file.
            let better = best.is_none_or(|(rank_of_best, _, best)| {
                self.distance(source)
                    .cmp(&rank_of_best)
                    .then_with(|| compare_names(heap, source, best))
                    != Ordering::Greater
            });
            if better {
                best = Some((self.distance(source), edge, source));
            }
        }
        best.map(|(_, edge, _)| edge)
    }

    /// Whether the node is the value of a weak map's entry.
    fn has_pair(self, node: NodeId) -> bool {
        self.heap.graph().edges_into(node).any(|edge| {
            self.heap.edge_kind(edge) == EdgeKind::INTERNAL
                && matches!(self.heap.edge_name(edge), EdgeName::Text(name) if pairs::parse(&name).is_some())
        })
    }

    /// The chain of first rows that DevTools unfolds by itself, from the edge into `node` upwards.
    ///
    /// It ends at an object that hangs at the root, or where an object would come a second time; with holders left out
    /// also at the first that nothing reaches without them. DevTools stops after twenty steps; this does not.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn chain(self, node: NodeId, task: &Task) -> Result<Vec<EdgeId>> {
        let mut chain = Vec::new();
        let mut seen = HashSet::from([node]);
        let mut current = node;
        while let Some(edge) = self.nearest(current) {
            if chain.len().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            current = self.heap.graph().source(edge);
            if !seen.insert(current) {
                break;
            }
            chain.push(edge);
            if self.detour.is_some() && self.distance(current) >= UNREACHABLE {
                break;
            }
        }
        Ok(chain)
    }
}

/// Who refers to `node`, in DevTools' order; see [`Ways::retainers`].
///
/// # Errors
/// When the task is cancelled.
pub fn retainers(heap: &Heap, node: NodeId, weak: bool, task: &Task) -> Result<Vec<EdgeId>> {
    Ways::new(heap, None).retainers(node, weak, task)
}

/// How many there are of them, without weak ones: what [`retainers`] lists. Linear in the references to the object.
///
/// # Errors
/// When the task is cancelled.
pub fn holders(heap: &Heap, node: NodeId, task: &Task) -> Result<u64> {
    let mut count = 0;
    for (index, edge) in heap.graph().edges_into(node).enumerate() {
        if index.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        count += u64::from(shows(heap, edge, heap.graph().source(edge)));
    }
    Ok(count)
}

/// The first of them; see [`Ways::nearest`].
pub fn nearest(heap: &Heap, node: NodeId) -> Option<EdgeId> {
    Ways::new(heap, None).nearest(node)
}

/// The first, its first, and so on; see [`Ways::chain`].
pub fn shortest_chain(heap: &Heap, node: NodeId) -> Vec<EdgeId> {
    // Nobody can cancel this task.
    Ways::new(heap, None)
        .chain(node, &Task::new())
        .unwrap_or_default()
}

/// Sorts rows by the retaining objects' names and keeps the order of those that agree.
fn sort_by_name(heap: &Heap, rows: &mut [Row]) {
    let mut named: Vec<_> = rows.iter().map(|&row| (name(heap, row.3), row)).collect();
    named.sort_by(|a, b| utf16_cmp(&a.0, &b.0));
    for (slot, (_, row)) in rows.iter_mut().zip(named) {
        *slot = row;
    }
}

/// Whether DevTools shows this edge as a retainer.
fn shows(heap: &Heap, edge: EdgeId, source: NodeId) -> bool {
    source != heap.root() && !matches!(heap.edge_kind(edge), EdgeKind::WEAK | EdgeKind::INVISIBLE)
}

fn compare_names(heap: &Heap, a: NodeId, b: NodeId) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    utf16_cmp(&name(heap, a), &name(heap, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::NodeKind;

    fn names(heap: &Heap, edges: &[EdgeId]) -> Vec<String> {
        let name = |edge: &EdgeId| heap.edge_name(*edge).to_string();
        edges.iter().map(name).collect()
    }

    #[test]
    fn near_ones_first_then_names_then_later_edges() {
        let mut sketch = Sketch::new();
        let near = sketch.rooted(NodeKind::OBJECT, "Near", 8);
        let target = sketch.node(NodeKind::OBJECT, "Target", 8);
        let b = sketch.node(NodeKind::OBJECT, "B", 8);
        let a = sketch.node(NodeKind::OBJECT, "A", 8);
        let property = EdgeKind::PROPERTY;
        sketch.edge(near, property, "to b", b);
        sketch.edge(near, property, "to a", a);
        sketch.edge(near, EdgeKind::WEAK, "weak", target);
        sketch.edge(b, property, "of b", target);
        sketch.edge(a, property, "of a, early", target);
        sketch.edge(a, property, "of a, late", target);
        sketch.edge(sketch.root, EdgeKind::WEAK, "of the root", target);
        let heap = sketch.heap();
        let rows = |weak| {
            names(
                &heap,
                &retainers(&heap, target, weak, &Task::new()).unwrap(),
            )
        };
        let strong = ["of a, late", "of a, early", "of b"];
        assert_eq!(rows(false), strong);
        assert_eq!(rows(true), [&strong[..], &["weak"]].concat());
    }

    #[test]
    fn the_chain_leaves_circles_and_dead_ends() {
        let mut sketch = Sketch::new();
        let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
        let middle = sketch.node(NodeKind::OBJECT, "M", 8);
        let target = sketch.node(NodeKind::OBJECT, "T", 8);
        let lost = sketch.node(NodeKind::OBJECT, "L", 8);
        let other = sketch.node(NodeKind::OBJECT, "O", 8);
        let property = EdgeKind::PROPERTY;
        sketch.edge(global, property, "m", middle);
        sketch.edge(middle, property, "t", target);
        sketch.edge(target, property, "back", middle);
        sketch.edge(lost, property, "t", target);
        sketch.edge(lost, property, "o", other);
        sketch.edge(other, property, "l", lost);
        let heap = sketch.heap();
        // What no root reaches has the least distance of all, and comes last all the same.
        let rows = retainers(&heap, target, false, &Task::new()).unwrap();
        let holders = rows.iter().map(|&edge| heap.graph().source(edge));
        assert_eq!(holders.collect::<Vec<_>>(), [middle, lost]);
        assert!(heap.distance(lost) < heap.distance(middle));
        assert_eq!(names(&heap, &shortest_chain(&heap, target)), ["t", "m"]);
        assert_eq!(names(&heap, &shortest_chain(&heap, lost)), ["l"]);
        assert_eq!(shortest_chain(&heap, global), []);
    }

    #[test]
    fn rows_by_other_columns_keep_weak_ones_behind() {
        let mut sketch = Sketch::new();
        let target = sketch.node(NodeKind::OBJECT, "Target", 8);
        for (name, size) in [("b", 30), ("a", 10), ("c", 20)] {
            let holder = sketch.rooted(NodeKind::OBJECT, name, size);
            sketch.edge(holder, EdgeKind::PROPERTY, name, target);
        }
        let weak = sketch.rooted(NodeKind::OBJECT, "A", 90);
        sketch.edge(weak, EdgeKind::WEAK, "w", target);
        let heap = sketch.heap();
        let rows = |key, reverse| {
            let ways = Ways::new(&heap, None);
            let list = ways.sorted(target, true, (key, reverse), &Task::new());
            names(&heap, &list.unwrap()).concat()
        };
        assert_eq!(rows(SortKey::Distance, false), "abcw");
        assert_eq!(rows(SortKey::Shallow, false), "bcaw");
        assert_eq!(rows(SortKey::Retained, true), "acbw");
        assert_eq!(rows(SortKey::Name, true), "cbaw");
    }

    #[test]
    fn around_a_holder_that_is_left_out() {
        let mut sketch = Sketch::new();
        let property = EdgeKind::PROPERTY;
        let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
        let [near, far, farther, target] =
            ["near", "far", "farther", "target"].map(|name| sketch.node(NodeKind::OBJECT, name, 8));
        for (from, to) in [
            (global, near),
            (global, far),
            (far, farther),
            (near, target),
            (farther, target),
        ] {
            let name = sketch.nodes[from.index()].1.clone();
            sketch.edge(from, property, &name, to);
        }
        let heap = sketch.heap();
        let task = Task::new();
        let chain = |left_out: Vec<NodeId>| {
            let detour = Detour::measure(&heap, left_out, &task).unwrap();
            let ways = Ways::new(&heap, Some(&detour));
            let rows = ways.retainers(target, false, &task).unwrap();
            let chain = ways.chain(target, &task).unwrap();
            (names(&heap, &rows), names(&heap, &chain))
        };
        let (rows, way) = chain(vec![near]);
        assert_eq!(rows, ["farther", "near"]);
        assert_eq!(way, ["farther", "far", "global"]);
        // Nothing is left: the way ends at the first that is not reached.
        let (rows, way) = chain(vec![near, far]);
        assert_eq!(rows, ["near", "farther"]);
        assert_eq!(way, ["near"]);
    }

    #[test]
    fn half_of_a_weak_maps_entry_holds_nothing() {
        let mut sketch = Sketch::new();
        let [table, key, other] =
            ["table", "key", "other"].map(|name| sketch.rooted(NodeKind::OBJECT, name, 8));
        let holder = sketch.node(NodeKind::OBJECT, "holder", 8);
        let value = sketch.node(NodeKind::OBJECT, "value", 8);
        let name = "part of key (K @7) -> value (V @9) pair in WeakMap (table @3)";
        sketch.edge(table, EdgeKind::INTERNAL, &format!("1 / {name}"), value);
        sketch.edge(holder, EdgeKind::INTERNAL, &format!("2 / {name}"), value);
        sketch.edge(key, EdgeKind::PROPERTY, "x", holder);
        sketch.edge(other, EdgeKind::PROPERTY, "other", value);
        let heap = sketch.heap();
        let task = Task::new();
        let detour = Detour::measure(&heap, vec![holder], &task).unwrap();
        let ways = Ways::new(&heap, Some(&detour));
        let first = ways.retainers(value, false, &task).unwrap()[0];
        assert_eq!(heap.graph().source(first), other);
        assert_eq!(ways.nearest(value), Some(first));
        // Without a detour the table, which is as near and named earlier or later, takes part.
        let rows = retainers(&heap, value, false, &task).unwrap();
        assert_eq!(rows.len(), 3);
    }
}
