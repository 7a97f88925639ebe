//! Distances: how many steps a node is from what the application can name.
//!
//! Two breadth-first searches over one table: from the user roots with distance 1, then from the root for what only
//! the engine reaches, with distances so large that nobody takes them for steps. A few edges are passed over; for
//! weak maps the rule has a memory that lasts through both searches, so the order of visits is part of the result.

use crate::column::{BitSet, filled, room};
use crate::error::Result;
use crate::graph::ahead::Ahead;
use crate::graph::hubs::Hubs;
use crate::graph::{EdgeId, NodeId};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;

use super::distance_column::{Distances, Filling, pack};
use super::ephemerons::Ephemerons;
use super::pace::Pace;
use super::pages;
use super::well_known::Word;
use super::{EdgeName, Heap, SYSTEM_DISTANCE};

/// The distance of every node, and the nodes that pages own.
///
/// What pages own is found on the way in nearly all heaps: they own what the user roots reach, and what this search
/// passes over. It would cost a search of its own otherwise.
pub(super) fn measure(
    heap: &Heap,
    ephemerons: &Ephemerons,
    hubs: &Hubs,
    task: &Task,
) -> Result<(Distances, BitSet)> {
    let mut search = Search {
        heap,
        ephemerons,
        half_seen: BitSet::new(ephemerons.pairs),
        distances: Filling::new(heap.node_count()),
        reached: BitSet::new(heap.node_count()),
        // What is not used of it is never touched.
        queue: room(heap.node_count()),
        passed_over: None,
        left_out: &[],
        hubs: Some(hubs),
        hubs_reached: false,
        ahead: heap.ahead(),
        // From a disk, all nodes of one distance come in one pass then.
        in_order: any_order(heap, ephemerons, task)?,
        pace: Pace::stage(task, "measuring distances", heap.edge_count()),
    };
    search.begin();
    let user_roots = !search.queue.is_empty();
    let mut seeds = BitSet::new(heap.node_count());
    for seed in pages::seeds(heap) {
        seeds.insert(seed.index());
    }
    let pages_own_all = search
        .queue
        .iter()
        .all(|&node| seeds.contains(node as usize));
    drop(seeds);
    search.passed_over = pages_own_all.then(Vec::new);
    search.run(1)?;
    let pages = if let Some(passed_over) = search.passed_over.take() {
        let seeds = passed_over
            .into_iter()
            .map(NodeId)
            .chain(pages::seeds(heap));
        pages::owned(heap, search.reached.clone(), seeds, task)?
    } else {
        let none = BitSet::new(heap.node_count());
        pages::owned(heap, none, pages::seeds(heap), task)?
    };
    search.finish(user_roots)?;
    Ok((search.distances.finish(), pages))
}

/// No node has this ordinal.
const NOWHERE: u32 = u32::MAX;

/// Whether the edges of each pair lead to the same node. Of nodes of the same distance it is all the same then which is
/// visited first: whatever the order, the second edge that is met leads on to that node from there. Only asked where the
/// edges are [known](Ephemerons::edges); else the order of the file will do.
fn any_order(heap: &Heap, ephemerons: &Ephemerons, task: &Task) -> Result<bool> {
    let Some(edges) = &ephemerons.edges else {
        return Ok(false);
    };
    let mut pace = Pace::within(task);
    let mut leads_to = filled(ephemerons.pairs, NOWHERE);
    for edge in edges.iter().map(|edge| EdgeId(edge as u32)) {
        pace.step(1)?;
        let Some(ephemeron) = ephemerons.get(heap, edge) else {
            continue;
        };
        let target = heap.graph.target(edge).0;
        let known = &mut leads_to[ephemeron.pair as usize];
        if *known != NOWHERE && *known != target {
            return Ok(false);
        }
        *known = target;
    }
    Ok(true)
}

/// The distances of a heap when no way may lead into some of its nodes: how far everything else would be.
#[derive(Debug, Clone, Default)]
pub struct Detour {
    left_out: Vec<NodeId>,
    distances: Distances,
}

impl Detour {
    /// Measures all distances anew, by the heap's own rules and without the edges into the nodes of `left_out`.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn measure(heap: &Heap, mut left_out: Vec<NodeId>, task: &Task) -> Result<Self> {
        left_out.sort_unstable();
        left_out.dedup();
        let ephemerons = Ephemerons::find(heap, task)?;
        let mut search = Search {
            heap,
            ephemerons: &ephemerons,
            half_seen: BitSet::new(ephemerons.pairs),
            distances: Filling::new(heap.node_count()),
            reached: BitSet::new(heap.node_count()),
            queue: room(heap.node_count()),
            passed_over: None,
            left_out: &left_out,
            hubs: None,
            hubs_reached: false,
            ahead: heap.ahead(),
            in_order: false,
            pace: Pace::stage(task, "measuring distances", heap.edge_count()),
        };
        search.begin();
        let user_roots = !search.queue.is_empty();
        search.run(1)?;
        search.finish(user_roots)?;
        let distances = search.distances.finish();
        Ok(Self {
            left_out,
            distances,
        })
    }

    /// The nodes that no way leads into; ascending.
    pub fn left_out(&self) -> &[NodeId] {
        &self.left_out
    }

    /// Whether no way leads into this node.
    pub fn leaves_out(&self, node: NodeId) -> bool {
        self.left_out.binary_search(&node).is_ok()
    }

    /// The raw distance of a node. Panics, as slices do, when there is no such node.
    pub fn distance(&self, node: NodeId) -> i32 {
        self.distances.get(node.index())
    }
}

struct Search<'a> {
    heap: &'a Heap,
    ephemerons: &'a Ephemerons,
    /// The pairs of weak-map edges of which one was met.
    half_seen: BitSet,
    distances: Filling,
    /// The nodes that have a distance: asked once per edge, in a place small enough for a processor's cache.
    reached: BitSet,
    queue: Vec<u32>,
    /// Nodes that an edge leads to which this search may not use, while somebody wants to know.
    passed_over: Option<Vec<u32>>,
    /// Nodes that no edge may lead into; ascending, and mostly none.
    left_out: &'a [NodeId],
    /// Once those are reached that ends lead to, ends need not be visited.
    hubs: Option<&'a Hubs>,
    hubs_reached: bool,
    ahead: Ahead<'a>,
    /// Whether the nodes of one distance are visited in the order of the file.
    in_order: bool,
    pace: Pace<'a>,
}

impl Search<'_> {
    fn set(&mut self, node: NodeId, packed: u32) {
        self.reached.insert(node.index());
        self.distances.set(node.index(), packed);
    }

    /// Queues the user roots.
    fn begin(&mut self) {
        let heap = self.heap;
        for edge in heap.graph.edges_from(heap.root()) {
            let target = heap.graph.target(edge);
            if heap.is_user_root(target) {
                self.set(target, pack(1));
                // Once for every edge: a second visit asks the weak-map rule a second time.
                self.queue.push(target.0);
            }
        }
    }

    /// The second search, from the root.
    fn finish(&mut self, user_roots: bool) -> Result<()> {
        let root = self.heap.root();
        let first = if user_roots { SYSTEM_DISTANCE } else { 0 };
        self.set(root, pack(first));
        self.queue.clear();
        self.queue.push(root.0);
        self.run(first)
    }

    /// Breadth first from what is queued, which has this distance.
    fn run(&mut self, mut distance: i32) -> Result<()> {
        let heap = self.heap;
        let (mut next, mut fetched) = (0, 0);
        while next < self.queue.len() {
            distance += 1;
            let packed = pack(distance);
            let level = self.queue.len();
            if self.in_order {
                self.queue[next..level].sort_unstable();
            }
            while next < level {
                if next == fetched {
                    fetched = self.queue.len().min(next + AHEAD);
                    for &node in &self.queue[next..fetched] {
                        self.ahead.at(NodeId(node));
                    }
                    fetch(heap, &self.queue[next..fetched]);
                    self.look_at_hubs();
                }
                let node = NodeId(self.queue[next]);
                next += 1;
                self.pace.step(heap.graph.edge_range(node).len())?;
                let guarded = Guarded::of(heap, node);
                for edge in heap.graph.edges_from(node) {
                    let target = heap.graph.target(edge);
                    if self.reached.contains(target.index()) {
                        continue;
                    }
                    let kind = heap.edge_kind(edge);
                    if kind == EdgeKind::WEAK {
                        continue;
                    }
                    if !self.left_out.is_empty() && self.left_out.binary_search(&target).is_ok() {
                        continue;
                    }
                    let passes = match guarded {
                        Guarded::Descriptors => is_descriptor_content(&heap.edge_name(edge)),
                        Guarded::Context if is_sloppy_function_map(heap, edge) => false,
                        _ => kind != EdgeKind::INTERNAL || self.is_half_seen(edge),
                    };
                    if passes {
                        self.set(target, packed);
                        if !(self.hubs_reached && self.is_end(target)) {
                            self.queue.push(target.0);
                        }
                    } else if let Some(passed_over) = &mut self.passed_over {
                        passed_over.push(target.0);
                    }
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn look_at_hubs(&mut self) {
        if !self.hubs_reached
            && let Some(hubs) = self.hubs
        {
            let mut nodes = hubs.last().iter();
            self.hubs_reached = nodes.all(|&hub| self.reached.contains(hub as usize));
        }
    }

    /// Whether nothing new can be behind a node.
    #[inline]
    fn is_end(&self, node: NodeId) -> bool {
        self.hubs.is_some_and(|hubs| hubs.is_end(node.index()))
    }

    /// Whether a way leads over an internal edge: of a weak map's twins the second that is met. To be asked only for
    /// targets without a distance, in the order of visits.
    #[inline]
    fn is_half_seen(&mut self, edge: EdgeId) -> bool {
        let Some(ephemeron) = self.ephemerons.get(self.heap, edge) else {
            return true;
        };
        let pair = ephemeron.pair as usize;
        let first = self.half_seen.insert(pair);
        if !first {
            self.half_seen.remove(pair);
        }
        !first
    }
}

/// How many nodes' rows are fetched at once, ahead of the search.
const AHEAD: usize = 64;

/// Has what the search will read of these nodes brought near, all at the same time. It waits for memory at each node
/// otherwise; nothing else depends on what is read here.
#[inline]
fn fetch(heap: &Heap, nodes: &[u32]) {
    let mut seen = 0;
    for &node in nodes {
        let node = NodeId(node);
        let row = heap.graph.edge_range(node);
        seen ^= u32::from(heap.kind(node).0);
        if !row.is_empty() {
            let edge = EdgeId(row.start as u32);
            seen ^= heap.graph.target(edge).0 ^ u32::from(heap.edge_kind(edge).0);
        }
    }
    std::hint::black_box(seen);
}

/// Nodes of which some edges are out of bounds to the search, whatever their type.
#[derive(Clone, Copy)]
enum Guarded {
    No,
    Context,
    Descriptors,
}

impl Guarded {
    #[inline]
    fn of(heap: &Heap, node: NodeId) -> Self {
        match heap.kind(node) {
            NodeKind::HIDDEN if heap.is_named(node, Word::NativeContext) => Self::Context,
            NodeKind::ARRAY if heap.is_named(node, Word::MapDescriptors) => Self::Descriptors,
            _ => Self::No,
        }
    }
}

/// A native context's way to the map that all functions share; it would bring everything near.
fn is_sloppy_function_map(heap: &Heap, edge: EdgeId) -> bool {
    heap.edge_name_id(edge)
        .is_some_and(|name| heap.words.is(name, Word::SloppyFunctionMap))
}

/// Old engines' descriptor arrays hold triples behind two leading entries; of each triple the middle one is passed over.
fn is_descriptor_content(name: &EdgeName<'_>) -> bool {
    let index = match name {
        EdgeName::Index(index) => f64::from(*index),
        EdgeName::Text(text) => leading_number(text),
    };
    index.is_nan() || index < 2.0 || index % 3.0 != 1.0
}

/// The number at the start of a text as JavaScript's `parseInt` reads it, NaN if there is none.
fn leading_number(text: &str) -> f64 {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    sign * digits[..count].parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;
    use crate::heap::NO_DISTANCE;

    #[test]
    fn counts_from_user_roots_then_from_the_root() {
        let mut sketch = Sketch::new();
        let system = sketch.rooted(NodeKind::SYNTHETIC, "(GC roots)", 0);
        let global = sketch.node(NodeKind::OBJECT, "global", 8);
        let [near, engine, weak] =
            ["n", "e", "w"].map(|name| sketch.node(NodeKind::OBJECT, name, 8));
        sketch.edge(sketch.root, EdgeKind::SHORTCUT, "global", global);
        sketch.edge(global, EdgeKind::PROPERTY, "x", near);
        sketch.edge(global, EdgeKind::WEAK, "x", weak);
        for (index, node) in [("0", near), ("1", engine)] {
            sketch.edge(system, EdgeKind::ELEMENT, index, node);
        }
        let heap = sketch.heap();
        let distances = [heap.root(), global, near, system, engine, weak];
        let expected = [
            SYSTEM_DISTANCE,
            1,
            2,
            SYSTEM_DISTANCE + 1,
            SYSTEM_DISTANCE + 2,
            NO_DISTANCE,
        ];
        assert_eq!(distances.map(|node| heap.distance(node)), expected);
    }

    #[test]
    fn values_in_weak_maps_are_as_far_as_the_second_of_their_holders() {
        let mut sketch = Sketch::new();
        let [table, far] = ["table", "far"].map(|name| sketch.rooted(NodeKind::OBJECT, name, 8));
        let [key, value] = ["key", "value"].map(|name| sketch.node(NodeKind::OBJECT, name, 8));
        sketch.edge(far, EdgeKind::PROPERTY, "key", key);
        let name = "part of key (K @7) -> value (V @9) pair in WeakMap (table @3)";
        sketch.edge(table, EdgeKind::INTERNAL, &format!("1 / {name}"), value);
        assert_eq!(sketch.heap().distance(value), NO_DISTANCE);
        sketch.edge(key, EdgeKind::INTERNAL, &format!("2 / {name}"), value);
        assert_eq!(sketch.heap().distance(value), 3);
        // A table that two root edges lead to is visited twice and so supplies both halves.
        sketch.edge(sketch.root, EdgeKind::ELEMENT, "1", table);
        assert_eq!(sketch.heap().distance(value), 2);
    }

    #[test]
    fn of_three_weak_map_edges_of_one_name_the_second_counts() {
        let mut sketch = Sketch::new();
        let name = "part of key (K @7) -> value (V @9) pair in WeakMap (table @3)";
        let values = ["a", "b", "c"].map(|from| {
            let holder = sketch.rooted(NodeKind::OBJECT, from, 8);
            let value = sketch.node(NodeKind::OBJECT, "value", 8);
            sketch.edge(holder, EdgeKind::INTERNAL, &format!("1 / {name}"), value);
            value
        });
        let heap = sketch.heap();
        let distances = values.map(|value| heap.distance(value));
        assert_eq!(distances, [NO_DISTANCE, 2, NO_DISTANCE]);
    }

    #[test]
    fn without_a_holder_things_are_as_far_as_the_next_one() {
        let mut sketch = Sketch::new();
        let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
        let [short, long, longer, both, only] =
            ["s", "l", "ll", "b", "o"].map(|name| sketch.node(NodeKind::OBJECT, name, 8));
        for (from, to) in [
            (global, short),
            (global, long),
            (long, longer),
            (longer, both),
            (short, both),
            (short, only),
        ] {
            sketch.edge(from, EdgeKind::PROPERTY, "x", to);
        }
        let heap = sketch.heap();
        assert_eq!(heap.distance(both), 3);
        let detour = Detour::measure(&heap, vec![short], &Task::new()).unwrap();
        let distances = [global, short, long, both, only].map(|node| detour.distance(node));
        assert_eq!(distances, [1, NO_DISTANCE, 2, 4, NO_DISTANCE]);
        assert!(detour.leaves_out(short) && !detour.leaves_out(long));
        let none = Detour::measure(&heap, Vec::new(), &Task::new()).unwrap();
        assert!(
            heap.graph()
                .nodes()
                .all(|node| none.distance(node) == heap.distance(node))
        );
    }

    #[test]
    fn order_matters_where_entries_of_one_name_lead_elsewhere() {
        let mut sketch = Sketch::new();
        let [table, key, value, other] =
            ["table", "key", "value", "other"].map(|name| sketch.rooted(NodeKind::OBJECT, name, 8));
        let part = " / part of key (K @5) -> value (V @7) pair in WeakMap (table @3)";
        let mut any_order = |from, to| {
            let name = format!("{}{part}", sketch.edges.len());
            sketch.edge(from, EdgeKind::INTERNAL, &name, to);
            let heap = sketch.heap();
            let mut found = Ephemerons::find(&heap, &Task::new()).unwrap();
            found.edges = Some(found.all_edges(&heap, &Task::new()).unwrap());
            super::any_order(&heap, &found, &Task::new()).unwrap()
        };
        assert!(any_order(table, value) && any_order(key, value));
        assert!(!any_order(other, other));
    }

    #[test]
    fn passes_over_the_middle_of_descriptor_triples() {
        let passes = |name: &str| is_descriptor_content(&EdgeName::Text(name.into()));
        assert!(passes("0") && passes("1") && passes("2") && passes("3"));
        assert!(!passes("4") && !passes("7th") && !passes("  +10"));
        assert!(passes("-7") && passes("name") && passes(""));
        assert!(!is_descriptor_content(&EdgeName::Index(4)));
    }
}
