//! What would be freed if objects went, or references were cut: any number of them, at once.
//!
//! Exact: what the roots do not reach any more is what is freed. The dominator tree answers this for one object only; of
//! two that hold the same thing it says that neither frees it. What counts as holding is the same here and there, so that
//! for one object this is its retained size.

use crate::analysis::describe::{Collection, collection, edge_label, entries, is_global};
use crate::analysis::objects::name;
use crate::column::BitSet;
use crate::error::{Error, Result};
use crate::graph::bfs::{flood, flood_on};
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::EdgeKind;
use crate::task::{CHECK_EVERY, Task};

/// What is removed.
#[derive(Debug, Clone)]
pub struct Cut {
    /// Objects, by ordinal.
    pub objects: BitSet,
    /// References, by ordinal.
    pub edges: BitSet,
}

/// What is freed then.
#[derive(Debug, Clone)]
pub struct Freed {
    /// The objects, by ordinal, those that are removed included.
    pub nodes: BitSet,
    /// Their shallow sizes together, in bytes.
    pub bytes: u64,
    /// References that still lead to a removed object, or to the target of a reference that is cut, from what is not
    /// freed: for all to be freed, these have to be cut as well. What only repeats another is left out.
    pub held_by: Vec<EdgeId>,
}

impl Cut {
    /// Nothing is removed yet.
    pub fn none(heap: &Heap) -> Self {
        Self {
            objects: BitSet::new(heap.node_count()),
            edges: BitSet::new(heap.edge_count()),
        }
    }

    /// Cuts the reference of this name from `from`: a property, variable or element, or the entry of a Map or Set with
    /// this text for its key; `*` cuts all that there are.
    ///
    /// # Errors
    /// When there is no such reference, and when the task is cancelled.
    pub fn cut(&mut self, heap: &Heap, from: NodeId, wanted: &str, task: &Task) -> Result<()> {
        let mut found = false;
        for (number, edge) in heap.graph().edges_from(from).enumerate() {
            if number.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if wanted == "*"
                || heap.edge_name(edge).to_string() == wanted
                || edge_label(heap, edge).plain() == wanted
            {
                found = true;
                self.edges.insert(edge.index());
            }
        }
        let kind = collection(heap, from).filter(|kind| *kind != Collection::Array);
        if !found && kind.is_some() {
            for entry in entries(heap, from, task)?.unwrap_or_default() {
                let key = entry.key.map(|key| heap.graph().target(key));
                if key.is_some_and(|key| heap.kind(key).is_string() && name(heap, key) == wanted) {
                    found = true;
                    for edge in entry.key.into_iter().chain(entry.value) {
                        self.edges.insert(edge.index());
                    }
                }
            }
        }
        match found {
            true => self.cut_mirrors(heap, from, task),
            false => {
                let id = heap.id(from);
                let message = format!("@{id} has no reference {wanted}");
                Err(Error::usage(message)
                    .advise(format!("heaptui object --id {id} lists them; * cuts all")))
            }
        }
    }

    /// Cuts what the engine has for the references that are cut from an object: the slots of its stores, and the cells of
    /// global variables.
    fn cut_mirrors(&mut self, heap: &Heap, from: NodeId, task: &Task) -> Result<()> {
        let graph = heap.graph();
        let mut targets = BitSet::new(heap.node_count());
        let mut left = BitSet::new(heap.node_count());
        let mut stores = Vec::new();
        for edge in graph.edges_from(from) {
            let target = graph.target(edge);
            if self.edges.contains(edge.index()) {
                targets.insert(target.index());
            } else if is_store(heap, edge) {
                stores.push(target);
            } else {
                // Another reference of the object's own needs the slot.
                left.insert(target.index());
            }
        }
        if is_global(heap, from) {
            for target in targets.iter().map(|node| NodeId(node as u32)) {
                let cells = graph.edges_into(target).map(|edge| graph.source(edge));
                stores.extend(cells.filter(|&cell| is_cell(heap, cell)));
            }
        }
        for (number, edge) in stores
            .iter()
            .flat_map(|&store| graph.edges_from(store))
            .enumerate()
        {
            if number.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let target = graph.target(edge).index();
            if targets.contains(target) && !left.contains(target) {
                self.edges.insert(edge.index());
            }
        }
        Ok(())
    }

    /// Whether a reference holds when all this is gone.
    fn leaves(&self, heap: &Heap, edge: EdgeId, target: NodeId) -> bool {
        heap.is_essential(edge)
            && !self.edges.contains(edge.index())
            && !self.objects.contains(target.index())
    }
}

/// Whether an edge leads to where the engine keeps the properties or elements of an object. A dump has these references
/// twice: from the object, with their names, and from the store.
fn is_store(heap: &Heap, edge: EdgeId) -> bool {
    let stores = ["properties", "elements"];
    heap.edge_kind(edge) == EdgeKind::INTERNAL
        && heap.edge_name_id(edge).is_some_and(|name| {
            stores
                .iter()
                .any(|store| heap.strings().equals(name, store))
        })
}

/// Whether a node is where the engine keeps the value of a global variable.
fn is_cell(heap: &Heap, node: NodeId) -> bool {
    heap.strings()
        .equals(heap.name_id(node), "system / PropertyCell")
}

/// Whether a reference only repeats one that has a name. Constant time.
pub fn is_mirror(heap: &Heap, edge: EdgeId) -> bool {
    let holder = heap.graph().source(edge);
    let mut owners = heap.graph().edges_into(holder).take(OWNERS);
    is_cell(heap, holder) || owners.any(|edge| is_store(heap, edge))
}

/// References into a store that are looked at for its owner.
const OWNERS: usize = 4;

/// Finds out what is freed. Linear in nodes and edges.
///
/// # Errors
/// When the task is cancelled.
pub fn what_if(heap: &Heap, cut: &Cut, task: &Task) -> Result<Freed> {
    let (graph, root) = (heap.graph(), heap.root());
    task.stage("computing what would be freed", heap.node_count() as u64);
    let essential = |_, edge, _| heap.is_essential(edge);
    let reached = flood(graph, [root], essential, task)?;
    // What nothing leads to, not even what is unreached itself, hangs at the root, as retained sizes have it.
    let mut held = reached.clone();
    for source in reached.iter_absent() {
        task.check()?;
        for edge in graph.edges_from(NodeId(source as u32)) {
            if heap.is_essential(edge) {
                held.insert(graph.target(edge).index());
            }
        }
    }
    let orphans: Vec<NodeId> = held.iter_absent().map(|node| NodeId(node as u32)).collect();
    let before = flood_on(graph, reached, orphans.iter().copied(), essential, task)?;

    let stays = |node: &NodeId| !cut.objects.contains(node.index());
    let all_go = cut.objects.contains(root.index());
    let seeds = [root].into_iter().chain(orphans);
    let seeds = seeds.filter(|node| !all_go && stays(node));
    let leaves = |_, edge, target| cut.leaves(heap, edge, target);
    let after = flood(graph, seeds, leaves, task)?;

    let mut freed = Freed {
        nodes: BitSet::new(graph.node_count()),
        bytes: 0,
        held_by: Vec::new(),
    };
    let mut named = BitSet::new(graph.node_count());
    for edge in cut.edges.iter() {
        named.insert(graph.targets()[edge] as usize);
    }
    for node in graph.nodes() {
        task.reached(node.index())?;
        let at = node.index();
        let is_cut = cut.objects.contains(at);
        if all_go || is_cut || before.contains(at) && !after.contains(at) {
            freed.nodes.insert(at);
            freed.bytes += heap.shallow(node);
        }
        if is_cut || named.contains(at) {
            let holders = graph.edges_into(node).filter(|&edge| {
                heap.is_essential(edge)
                    && !cut.edges.contains(edge.index())
                    && after.contains(graph.source(edge).index())
                    && !is_mirror(heap, edge)
            });
            freed.held_by.extend(holders);
        }
    }
    Ok(freed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::NodeKind;

    fn cut_of(heap: &Heap, objects: &[NodeId], edges: &[EdgeId]) -> Cut {
        let mut cut = Cut::none(heap);
        for node in objects {
            cut.objects.insert(node.index());
        }
        for edge in edges {
            cut.edges.insert(edge.index());
        }
        cut
    }

    #[test]
    fn what_two_hold_together_goes_with_both() {
        let mut sketch = Sketch::new();
        let [a, b] = ["A", "B"].map(|class| sketch.rooted(NodeKind::OBJECT, class, 16));
        let shared = sketch.node(NodeKind::OBJECT, "Shared", 100);
        sketch.edge(a, EdgeKind::PROPERTY, "to", shared);
        sketch.edge(b, EdgeKind::PROPERTY, "to", shared);
        let (heap, task) = (sketch.heap(), Task::new());
        let bytes = |objects: &[NodeId]| {
            let cut = cut_of(&heap, objects, &[]);
            what_if(&heap, &cut, &task).unwrap().bytes
        };
        assert_eq!((bytes(&[a]), bytes(&[b]), bytes(&[a, b])), (16, 16, 132));

        let mut cut = Cut::none(&heap);
        cut.cut(&heap, a, "to", &task).unwrap();
        let freed = what_if(&heap, &cut, &task).unwrap();
        assert_eq!(freed.bytes, 0);
        let holders: Vec<NodeId> = freed
            .held_by
            .iter()
            .map(|&edge| heap.graph().source(edge))
            .collect();
        assert_eq!(holders, [b], "B still holds it");
        cut.cut(&heap, b, "*", &task).unwrap();
        let freed = what_if(&heap, &cut, &task).unwrap();
        assert_eq!((freed.bytes, freed.held_by.len()), (100, 0));
        assert!(cut.cut(&heap, a, "from", &task).is_err());
    }

    #[test]
    fn the_slot_of_a_property_goes_with_it() {
        let mut sketch = Sketch::new();
        let holder = sketch.rooted(NodeKind::OBJECT, "Holder", 16);
        let store = sketch.node(NodeKind::HIDDEN, "system / PropertyArray", 0);
        let [one, two] = [10, 100].map(|size| sketch.node(NodeKind::OBJECT, "Thing", size));
        sketch.edge(holder, EdgeKind::INTERNAL, "properties", store);
        for (slot, name, target) in [("1", "a", one), ("2", "b", two), ("3", "c", two)] {
            sketch.edge(holder, EdgeKind::PROPERTY, name, target);
            sketch.edge(store, EdgeKind::INTERNAL, slot, target);
        }
        let global = sketch.rooted(NodeKind::OBJECT, "global", 16);
        let cell = sketch.rooted(NodeKind::HIDDEN, "system / PropertyCell", 8);
        let value = sketch.node(NodeKind::OBJECT, "Value", 1000);
        sketch.edge(global, EdgeKind::PROPERTY, "v", value);
        sketch.edge(cell, EdgeKind::INTERNAL, "value", value);
        let (heap, task) = (sketch.heap(), Task::new());
        let freed = |names: &[(NodeId, &str)]| {
            let mut cut = Cut::none(&heap);
            for (from, name) in names {
                cut.cut(&heap, *from, name, &task).unwrap();
            }
            let freed = what_if(&heap, &cut, &task).unwrap();
            (freed.bytes, freed.held_by.len())
        };
        assert_eq!(freed(&[(holder, "a")]), (10, 0));
        assert_eq!(
            freed(&[(holder, "b")]),
            (0, 1),
            "c still holds it, and needs the slot"
        );
        assert_eq!(freed(&[(holder, "*")]), (110, 0));
        assert_eq!(freed(&[(global, "v")]), (1000, 0));
        let gone = what_if(&heap, &cut_of(&heap, &[value], &[]), &task).unwrap();
        let names: Vec<String> = gone
            .held_by
            .iter()
            .map(|&edge| heap.edge_name(edge).to_string())
            .collect();
        assert_eq!(names, ["v"], "not the cell");
    }

    #[test]
    fn an_entry_of_a_map_is_cut_by_its_key() {
        let mut sketch = Sketch::new();
        let map = sketch.rooted(NodeKind::OBJECT, "Map", 32);
        let table = sketch.node(NodeKind::ARRAY, "", 152);
        sketch.edge(map, EdgeKind::INTERNAL, "table", table);
        for (slot, key) in [(5, "one"), (8, "two")] {
            let key = sketch.node(NodeKind::STRING, key, 8);
            let value = sketch.node(NodeKind::OBJECT, "Value", 50);
            sketch.edge(table, EdgeKind::INTERNAL, &slot.to_string(), key);
            sketch.edge(table, EdgeKind::INTERNAL, &(slot + 1).to_string(), value);
        }
        let (heap, task) = (sketch.heap(), Task::new());
        let mut cut = Cut::none(&heap);
        cut.cut(&heap, map, "two", &task).unwrap();
        assert_eq!(what_if(&heap, &cut, &task).unwrap().bytes, 58);
    }

    proptest! {
        #[test]
        fn it_is_what_a_walk_by_brute_force_does_not_reach(
            edges in proptest::collection::vec((0..24u32, 0..24u32, 0..6u32), 0..70),
            objects in proptest::collection::vec(0..24usize, 0..5),
            cuts in proptest::collection::vec(0..71usize, 0..6),
        ) {
            let mut sketch = Sketch::new();
            let nodes: Vec<NodeId> = (0..24)
                .map(|at| sketch.node(NodeKind::OBJECT, "A", 1 << at))
                .collect();
            sketch.edge(sketch.root, EdgeKind::PROPERTY, "x", nodes[0]);
            for (from, to, kind) in edges {
                let kind = if kind == 0 { EdgeKind::WEAK } else { EdgeKind::PROPERTY };
                sketch.edge(nodes[from as usize], kind, "x", nodes[to as usize]);
            }
            let (heap, task) = (sketch.heap(), Task::new());
            let graph = heap.graph();
            for &node in &nodes {
                let freed = what_if(&heap, &cut_of(&heap, &[node], &[]), &task).unwrap();
                prop_assert_eq!(freed.bytes, heap.retained(node), "one object frees its retained size");
            }
            let root = cut_of(&heap, &[heap.root()], &[]);
            prop_assert_eq!(what_if(&heap, &root, &task).unwrap().bytes, heap.retained(heap.root()));

            let objects: Vec<NodeId> = objects.into_iter().map(|at| nodes[at]).collect();
            let cuts: Vec<EdgeId> = cuts
                .into_iter()
                .filter(|&at| at < heap.edge_count())
                .map(|at| EdgeId(at as u32))
                .collect();
            let cut = cut_of(&heap, &objects, &cuts);
            // Reached again and again until nothing is new, over a list of triples.
            let all: Vec<(NodeId, EdgeId, NodeId)> = graph
                .nodes()
                .flat_map(|node| graph.edges_from(node).map(move |edge| (node, edge)))
                .filter(|&(_, edge)| heap.is_essential(edge))
                .map(|(node, edge)| (node, edge, graph.target(edge)))
                .collect();
            let reach = |seeds: &[NodeId], all: &[(NodeId, EdgeId, NodeId)]| {
                let mut seen: Vec<NodeId> = seeds.to_vec();
                loop {
                    let new = all.iter().find(|(from, _, to)| seen.contains(from) && !seen.contains(to));
                    match new {
                        Some(&(_, _, to)) => seen.push(to),
                        None => return seen,
                    }
                }
            };
            let mut seeds = vec![heap.root()];
            let reached = reach(&seeds, &all);
            seeds.extend(nodes.iter().filter(|&&node| {
                !reached.contains(&node) && !all.iter().any(|&(_, _, to)| to == node)
            }));
            let before = reach(&seeds, &all);
            seeds.retain(|node| !objects.contains(node));
            let mut left = all.clone();
            left.retain(|(from, edge, to)| {
                !cuts.contains(edge) && !objects.contains(from) && !objects.contains(to)
            });
            let after = reach(&seeds, &left);
            let expected: Vec<usize> = graph
                .nodes()
                .filter(|node| objects.contains(node) || before.contains(node) && !after.contains(node))
                .map(NodeId::index)
                .collect();
            let freed = what_if(&heap, &cut, &task).unwrap();
            prop_assert_eq!(freed.nodes.iter().collect::<Vec<_>>(), expected);
            let named = |to: &NodeId| {
                objects.contains(to) || cuts.iter().any(|&edge| graph.target(edge) == *to)
            };
            let mut held: Vec<EdgeId> = all
                .iter()
                .filter(|(from, edge, to)| after.contains(from) && named(to) && !cuts.contains(edge))
                .map(|&(_, edge, _)| edge)
                .collect();
            held.sort();
            let mut found = freed.held_by;
            found.sort();
            prop_assert_eq!(found, held);
        }
    }
}
