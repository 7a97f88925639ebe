//! The figures of the Statistics view: what kind of thing the bytes are.

use crate::column::{BitSet, room};
use crate::error::Result;
use crate::graph::NodeId;
use crate::graph::ahead::{Ahead, CHUNK};
use crate::snapshot::NodeKind;
use crate::task::Task;

use super::pace::Pace;
use super::well_known::Word;
use super::{Heap, Statistics};

/// The edges from arrays to the stores of their elements, ascending. To be noted by a pass that has edges at hand: another
/// one would read them from the disk again.
#[derive(Default)]
pub(super) struct Stores(Vec<u32>);

impl Stores {
    /// Notes the edge of a node, if that is an array.
    #[inline]
    pub(super) fn note(&mut self, heap: &Heap, node: NodeId) {
        if is_array(heap, node) {
            let edge = heap.internal_edge(node, Word::Elements);
            self.0.extend(edge.map(|edge| edge.0));
        }
    }
}

/// Whether a node counts as a JavaScript array.
#[inline]
fn is_array(heap: &Heap, node: NodeId) -> bool {
    let kind = heap.kind(node);
    let counts_elsewhere =
        matches!(kind, NodeKind::HIDDEN | NodeKind::NATIVE | NodeKind::CODE) || kind.is_string();
    !counts_elsewhere && heap.is_named(node, Word::Array)
}

/// Adds the shallow sizes up by kind of thing.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn of(heap: &Heap, stores: Stores, task: &Task) -> Result<Statistics> {
    let mut pace = Pace::stage(task, "adding up statistics", heap.node_count());
    let extra = heap.meta.extra_native_bytes;
    let mut sums = Statistics {
        total: extra,
        native: extra,
        ..Statistics::default()
    };
    let (mut ahead, mut sizes_ahead) = (heap.names_ahead(), heap.sizes_ahead());
    for node in heap.graph.nodes() {
        pace.step(1)?;
        ahead.at(node);
        sizes_ahead.at(node);
        let size = heap.shallow(node);
        add(&mut sums.total, size);
        match heap.kind(node) {
            NodeKind::HIDDEN => add(&mut sums.system, size),
            NodeKind::NATIVE => {
                add(&mut sums.native, size);
                if heap.is_named(node, Word::ArrayBufferData) {
                    add(&mut sums.typed_arrays, size);
                }
            }
            NodeKind::CODE => add(&mut sums.code, size),
            kind if kind.is_string() => add(&mut sums.strings, size),
            _ if is_array(heap, node) => add(&mut sums.js_arrays, size),
            _ => {}
        }
    }
    drop((ahead, sizes_ahead));
    add(&mut sums.js_arrays, of_unshared(heap, &stores, task)?);
    sums.v8_heap = sums.total.saturating_sub(sums.native);
    sums.other_js = sums
        .v8_heap
        .saturating_sub(sums.code)
        .saturating_sub(sums.strings)
        .saturating_sub(sums.js_arrays)
        .saturating_sub(sums.system);
    sums.other_native = sums.native.saturating_sub(sums.typed_arrays);
    Ok(sums)
}

fn add(sum: &mut u64, size: u64) {
    *sum = sum.saturating_add(size);
}

/// Size of those stores that no other edge leads to, in bytes.
fn of_unshared(heap: &Heap, Stores(edges): &Stores, task: &Task) -> Result<u64> {
    if edges.is_empty() {
        return Ok(0);
    }
    let mut pace = Pace::stage(task, "looking for shared objects", heap.edge_count());
    let (mut seen, mut shared) = (
        BitSet::new(heap.node_count()),
        BitSet::new(heap.node_count()),
    );
    let targets = heap.graph.targets();
    let mut ahead = Ahead::new(targets.len()).nodes(targets);
    let mut stores: Vec<NodeId> = room(edges.len());
    let mut edges = edges.iter().map(|&edge| edge as usize).peekable();
    for start in (0..targets.len()).step_by(CHUNK) {
        let end = targets.len().min(start + CHUNK);
        pace.step(end - start)?;
        ahead.at(NodeId(start as u32));
        for &target in &targets[start..end] {
            if !seen.insert(target as usize) {
                shared.insert(target as usize);
            }
        }
        while let Some(edge) = edges.next_if(|&edge| edge < end) {
            stores.push(NodeId(targets[edge]));
        }
    }
    let own = stores
        .iter()
        .filter(|store| !shared.contains(store.index()));
    let sizes = own.map(|&store| heap.shallow(store));
    Ok(sizes.fold(0, u64::saturating_add))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;
    use crate::snapshot::EdgeKind;

    #[test]
    fn every_byte_has_its_kind() {
        let mut sketch = Sketch::new();
        let kinds = [
            (NodeKind::CODE, "", 1),
            (NodeKind::STRING, "s", 10),
            (NodeKind::SLICED_STRING, "s", 20),
            (NodeKind::NATIVE, "n", 100),
            (NodeKind::NATIVE, "system / JSArrayBufferData", 200),
            (NodeKind::OBJECT, "Thing", 1000),
            (NodeKind::CLOSURE, "Array", 10_000),
        ];
        for (kind, name, size) in kinds {
            sketch.rooted(kind, name, size);
        }
        let list = sketch.rooted(NodeKind::OBJECT, "Array", 20_000);
        let elements = sketch.node(NodeKind::OBJECT, "store", 100_000);
        sketch.edge(list, EdgeKind::INTERNAL, "elements", elements);
        // Shared stores count for neither array.
        let shared = sketch.node(NodeKind::OBJECT, "store", 2000);
        for _ in 0..2 {
            let list = sketch.rooted(NodeKind::OBJECT, "Array", 0);
            sketch.edge(list, EdgeKind::INTERNAL, "elements", shared);
        }
        let mut snapshot = sketch.snapshot();
        snapshot.meta.extra_native_bytes = 400;
        let heap = Heap::build(snapshot, &Task::new()).unwrap();
        let expected = Statistics {
            total: 133_731,
            v8_heap: 133_031,
            code: 1,
            strings: 30,
            js_arrays: 130_000,
            typed_arrays: 200,
            system: 0,
            other_js: 3000,
            native: 700,
            other_native: 500,
        };
        assert_eq!(*heap.statistics(), expected);
    }
}
