//! What of a list of references is the engine's own, and so folds away.
//!
//! Folded are, of what an object refers to: hidden links, `__proto__`, the halves of accessors (their functions are
//! listed by name beside them), internal references to shapes, code and the engine's own records, and backing stores,
//! whose contents stand in the list as elements, properties and entries. Of who holds an object: hidden links, those
//! that have it as `__proto__`, shapes, code and the engine's own records, backing stores whose owner is listed too,
//! and the categories of GC roots, among them the frames of the function that took the dump.
//!
//! Nothing is folded that matters: neither what holds a tenth of its owner's retained size for it alone, nor the way by
//! which an object is reached, nor a single reference, nor all there is. What is left keeps its order.

use std::collections::HashSet;

use crate::analysis::describe::{Collection, collection};
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};

/// A list in two parts; each keeps the order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// What there is to read.
    pub shown: Vec<EdgeId>,
    /// What folds away; nothing, or at least two.
    pub folded: Vec<EdgeId>,
}

/// What is retained for its owner alone is shown when it comes to the owner's retained size divided by this.
const CARRIES: u64 = 10;

/// The engine's records that stand for something the program did: variables of modules, waiting promises.
const SPEAKING: [&str; 5] = [
    "system / Context",
    "system / Promise",
    "system / Cell",
    "system / SourceTextModule",
    "system / WeakCell",
];

/// Splits the references of `owner` into shown and internal ones; `keep` is always shown.
///
/// # Errors
/// When the task is cancelled.
pub fn split_fields(
    heap: &Heap,
    owner: NodeId,
    list: Vec<EdgeId>,
    keep: Option<EdgeId>,
    task: &Task,
) -> Result<Split> {
    let graph = heap.graph();
    let is_collection = matches!(
        collection(heap, owner),
        Some(Collection::Map | Collection::Set)
    );
    let is_category = heap.kind(owner) == NodeKind::SYNTHETIC;
    let mut met = HashSet::new();
    split(list, keep, task, |edge| {
        let target = graph.target(edge);
        if graph.source(edge) != owner {
            return false;
        }
        if is_category {
            // A running function holds the same thing from many places.
            return !met.insert(target);
        }
        let contents = is_collection && is_named(heap, edge, &["table"]);
        is_noise(heap, edge) && (contents || !carries(heap, owner, target))
    })
}

/// Splits the retainers of an object into shown and internal ones; `keep` is always shown.
///
/// # Errors
/// When the task is cancelled.
pub fn split_retainers(
    heap: &Heap,
    list: Vec<EdgeId>,
    keep: Option<EdgeId>,
    task: &Task,
) -> Result<Split> {
    let graph = heap.graph();
    let mut holders: Vec<NodeId> = Vec::new();
    for (index, &edge) in list.iter().enumerate() {
        if index.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let holder = graph.source(edge);
        holders.push(holder);
    }
    holders.sort_unstable();
    let keep = keep.or(list.first().copied());
    split(list, keep, task, |edge| {
        let holder = graph.source(edge);
        match heap.kind(holder) {
            NodeKind::SYNTHETIC | NodeKind::OBJECT_SHAPE | NodeKind::CODE => return true,
            NodeKind::HIDDEN => return !speaks(heap, holder),
            NodeKind::ARRAY => {
                return owner_of_store(heap, holder)
                    .is_some_and(|owner| holders.binary_search(&owner).is_ok());
            }
            _ => {}
        }
        match heap.edge_kind(edge) {
            EdgeKind::HIDDEN => true,
            EdgeKind::PROPERTY => is_named(heap, edge, &["__proto__"]),
            _ => false,
        }
    })
}

fn split(
    list: Vec<EdgeId>,
    keep: Option<EdgeId>,
    task: &Task,
    mut folds: impl FnMut(EdgeId) -> bool,
) -> Result<Split> {
    let mut split = Split::default();
    let all = list.clone();
    for (index, edge) in list.into_iter().enumerate() {
        if index.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if Some(edge) != keep && folds(edge) {
            split.folded.push(edge);
        } else {
            split.shown.push(edge);
        }
    }
    if split.folded.len() < 2 || split.shown.is_empty() {
        return Ok(Split {
            shown: all,
            folded: Vec::new(),
        });
    }
    Ok(split)
}

/// Whether a reference is the engine's, by its own looks.
fn is_noise(heap: &Heap, edge: EdgeId) -> bool {
    let target = heap.graph().target(edge);
    match heap.edge_kind(edge) {
        EdgeKind::HIDDEN => true,
        EdgeKind::PROPERTY => {
            is_named(heap, edge, &["__proto__"])
                || (heap.kind(target) == NodeKind::HIDDEN
                    && heap.raw_name(target) == "system / AccessorPair")
        }
        EdgeKind::INTERNAL => match heap.kind(target) {
            NodeKind::OBJECT_SHAPE | NodeKind::CODE => true,
            NodeKind::HIDDEN => !speaks(heap, target),
            NodeKind::ARRAY => is_named(heap, edge, &["elements", "properties", "table"]),
            _ => is_named(heap, edge, &["map"]),
        },
        _ => false,
    }
}

/// Whether what the engine keeps stands for something that the program did.
fn speaks(heap: &Heap, node: NodeId) -> bool {
    let name = heap.raw_name(node);
    SPEAKING.iter().any(|start| name.starts_with(start))
}

fn carries(heap: &Heap, owner: NodeId, target: NodeId) -> bool {
    heap.dominator(target) == owner
        && heap.retained(target).saturating_mul(CARRIES) >= heap.retained(owner)
        && heap.retained(target) > 1000
}

/// The object that has this array as its store of elements or properties.
fn owner_of_store(heap: &Heap, store: NodeId) -> Option<NodeId> {
    let mut owners = heap.graph().edges_into(store).take(4);
    owners
        .find(|&edge| {
            heap.edge_kind(edge) == EdgeKind::INTERNAL
                && is_named(heap, edge, &["elements", "properties"])
        })
        .map(|edge| heap.graph().source(edge))
}

fn is_named(heap: &Heap, edge: EdgeId, names: &[&str]) -> bool {
    match heap.edge_name(edge) {
        EdgeName::Text(name) => names.contains(&&*name),
        EdgeName::Index(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fields::fields;
    use crate::analysis::retainers::retainers;
    use crate::heap::testing::Sketch;

    fn names(heap: &Heap, edges: &[EdgeId]) -> Vec<String> {
        let name = |&edge: &EdgeId| heap.edge_name(edge).to_string();
        edges.iter().map(name).collect()
    }

    #[test]
    fn the_engines_own_folds_and_what_carries_much_stays() {
        let mut sketch = Sketch::new();
        let owner = sketch.rooted(NodeKind::OBJECT, "Owner", 100);
        let data = sketch.node(NodeKind::OBJECT, "Data", 50);
        let shape = sketch.node(NodeKind::OBJECT_SHAPE, "system / Map", 40);
        let proto = sketch.node(NodeKind::OBJECT, "Proto", 30);
        let feedback = sketch.node(NodeKind::CODE, "system / FeedbackCell", 20);
        let heavy = sketch.node(NodeKind::CODE, "system / FeedbackCell", 20_000);
        let context = sketch.node(NodeKind::OBJECT, "system / Context", 10);
        for (kind, name, target) in [
            (EdgeKind::PROPERTY, "data", data),
            (EdgeKind::INTERNAL, "map", shape),
            (EdgeKind::PROPERTY, "__proto__", proto),
            (EdgeKind::INTERNAL, "feedback_cell", feedback),
            (EdgeKind::INTERNAL, "heavy", heavy),
            (EdgeKind::HIDDEN, "7", data),
            (EdgeKind::INTERNAL, "context", context),
        ] {
            sketch.edge(owner, kind, name, target);
        }
        let heap = sketch.heap();
        let task = Task::new();
        let all = fields(&heap, owner, &task).unwrap();
        let split = split_fields(&heap, owner, all.clone(), None, &task).unwrap();
        assert_eq!(names(&heap, &split.shown), ["heavy", "data", "context"]);
        let folded = ["7", "map", "__proto__", "feedback_cell"];
        assert_eq!(names(&heap, &split.folded), folded);
        // What leads on stays in view.
        let keep = split.folded.last().copied();
        let split = split_fields(&heap, owner, all, keep, &task).unwrap();
        assert!(split.shown.contains(&keep.unwrap()));
    }

    #[test]
    fn a_list_of_nothing_else_stays_as_it_is() {
        let mut sketch = Sketch::new();
        let owner = sketch.rooted(NodeKind::OBJECT, "Owner", 100);
        let shape = sketch.node(NodeKind::OBJECT_SHAPE, "system / Map", 40);
        for name in ["map", "other"] {
            sketch.edge(owner, EdgeKind::INTERNAL, name, shape);
        }
        let heap = sketch.heap();
        let task = Task::new();
        let all = fields(&heap, owner, &task).unwrap();
        let split = split_fields(&heap, owner, all.clone(), None, &task).unwrap();
        assert_eq!((split.shown, split.folded), (all, Vec::new()));
    }

    #[test]
    fn the_way_by_which_something_is_held_stays_in_view() {
        let mut sketch = Sketch::new();
        let frames = sketch.rooted(NodeKind::SYNTHETIC, "(Stack roots)", 0);
        let target = sketch.node(NodeKind::OBJECT, "Target", 8);
        for index in 0..3 {
            sketch.edge(frames, EdgeKind::ELEMENT, &index.to_string(), target);
        }
        let heap = sketch.heap();
        let task = Task::new();
        let rows = |heap: &Heap| {
            let list = retainers(heap, target, false, &task).unwrap();
            let split = split_retainers(heap, list, None, &task).unwrap();
            (names(heap, &split.shown), names(heap, &split.folded))
        };
        // Frames alone: the first of them says it.
        let (shown, folded) = rows(&heap);
        assert_eq!((shown.len(), folded.len()), (1, 2));
        // An array holds it by its elements too: the frames are folded, and so is the array's store.
        let list = sketch.rooted(NodeKind::OBJECT, "Array", 16);
        let store = sketch.node(NodeKind::ARRAY, "(object elements)", 16);
        sketch.edge(list, EdgeKind::ELEMENT, "5", target);
        sketch.edge(list, EdgeKind::INTERNAL, "elements", store);
        sketch.edge(store, EdgeKind::INTERNAL, "5", target);
        let (shown, folded) = rows(&sketch.heap());
        assert_eq!((shown, folded.len()), (vec!["5".to_owned()], 4));
    }
}
