//! All that is known of one object.

use crate::analysis::describe::{Collection, collection, entries};
use crate::analysis::retainers::holders;
use crate::analysis::strings::{internal, length, whole};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};

/// The most of a text that is read, in bytes.
pub const LONGEST: usize = 4 << 20;

/// What is known of an object beside the figures that the heap has at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// References to it that hold it, the root's too.
    pub holders: u64,
    /// Weak references to it.
    pub weak_holders: u64,
    /// What it refers to, weakly too.
    pub references: u64,
    /// How many objects it dominates directly.
    pub dominated: u64,
    /// Bytes outside the heap that it has by itself or through its buffer; nothing where there are none.
    pub native: u64,
    /// What it contains, as a Map, Set or array: entries that hold an object.
    pub entries: Option<(Collection, u64)>,
    /// A string's text.
    pub text: Option<Text>,
}

/// The text of a string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The text as far as it was read; not escaped.
    pub text: String,
    /// Whether it is all of it that the dump has.
    pub is_whole: bool,
    /// How long it is in the program, in UTF-16 code units, where the dump says so.
    pub length: Option<u64>,
}

/// Finds out what is known of an object.
///
/// Linear in its references, and in the number of nodes for what it dominates.
///
/// # Errors
/// When the task is cancelled.
pub fn inspect(heap: &Heap, node: NodeId, task: &Task) -> Result<Inspection> {
    let graph = heap.graph();
    let mut found = Inspection {
        references: graph.edge_range(node).len() as u64,
        native: native_bytes(heap, node),
        ..Inspection::default()
    };
    for (number, edge) in graph.edges_into(node).enumerate() {
        if number.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        found.weak_holders += u64::from(heap.edge_kind(edge) == EdgeKind::WEAK);
    }
    found.holders = holders(heap, node, task)?;
    for other in graph.nodes() {
        if other.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        found.dominated += u64::from(other != node && heap.dominator(other) == node);
    }
    if let (Some(kind), Some(entries)) = (collection(heap, node), entries(heap, node, task)?) {
        found.entries = Some((kind, entries.len() as u64));
    }
    if heap.kind(node).is_string() {
        let (text, is_whole) = whole(heap, node, LONGEST, task)?;
        found.text = Some(Text {
            text,
            is_whole,
            length: length(heap, node),
        });
    }
    Ok(found)
}

/// Bytes outside the heap: those of native nodes that an object refers to and alone keeps alive, and of the buffer of
/// a typed array.
fn native_bytes(heap: &Heap, node: NodeId) -> u64 {
    if heap.kind(node) == NodeKind::NATIVE {
        return heap.shallow(node);
    }
    let holder = match internal(heap, node, "backing_store") {
        Some(_) => node,
        None => buffer(heap, node).unwrap_or(node),
    };
    let mut targets: Vec<NodeId> = heap
        .graph()
        .edges_from(holder)
        .map(|edge| heap.graph().target(edge))
        .filter(|&target| heap.kind(target) == NodeKind::NATIVE && heap.dominator(target) == holder)
        .collect();
    targets.sort_unstable();
    targets.dedup();
    targets.iter().map(|&target| heap.shallow(target)).sum()
}

/// The ArrayBuffer of a typed array or view.
fn buffer(heap: &Heap, node: NodeId) -> Option<NodeId> {
    let mut edges = heap.graph().edges_from(node);
    let edge = edges.find(|&edge| {
        let kind = heap.edge_kind(edge);
        let name = heap.edge_name_id(edge);
        matches!(kind, EdgeKind::PROPERTY | EdgeKind::INTERNAL)
            && name.is_some_and(|name| heap.strings().equals(name, "buffer"))
    })?;
    let buffer = heap.graph().target(edge);
    internal(heap, buffer, "backing_store").map(|_| buffer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;

    #[test]
    fn buffers_are_counted_with_their_views_and_ropes_are_read_whole() {
        let internal = EdgeKind::INTERNAL;
        let mut sketch = Sketch::new();
        let view = sketch.rooted(NodeKind::OBJECT, "Uint8Array", 104);
        let buffer = sketch.node(NodeKind::OBJECT, "ArrayBuffer", 80);
        let data = sketch.node(NodeKind::NATIVE, "system / JSArrayBufferData", 4096);
        sketch.edge(view, internal, "buffer", buffer);
        sketch.edge(buffer, internal, "backing_store", data);
        sketch.edge(buffer, EdgeKind::WEAK, "view", view);
        let rope = sketch.rooted(NodeKind::CONCATENATED_STRING, "(concatenated string)", 32);
        let [a, b] = ["left ", "right"].map(|text| sketch.node(NodeKind::STRING, text, 24));
        sketch.edge(rope, internal, "first", a);
        sketch.edge(rope, internal, "second", b);
        let (heap, task) = (sketch.heap(), Task::new());
        let found = inspect(&heap, view, &task).unwrap();
        assert_eq!(
            (found.native, found.holders, found.weak_holders),
            (4096, 0, 1)
        );
        assert_eq!((found.references, found.dominated), (1, 1));
        let text = inspect(&heap, rope, &task).unwrap().text.unwrap();
        assert_eq!((text.text.as_str(), text.is_whole), ("left right", true));
        assert_eq!(
            whole(&heap, rope, 7, &task).unwrap(),
            ("left ri".to_owned(), false)
        );
    }
}
