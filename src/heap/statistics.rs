//! The figures of the Statistics view: what kind of thing the bytes are.

use crate::column::BitSet;
use crate::error::Result;
use crate::graph::NodeId;
use crate::graph::ahead::Ahead;
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};

use super::pace::Pace;
use super::well_known::Word;
use super::{Heap, Statistics};

/// Adds up the shallow sizes by kind.
pub(super) fn of(heap: &Heap, task: &Task) -> Result<Statistics> {
    let mut pace = Pace::stage(task, "adding up statistics", heap.node_count());
    let extra = heap.meta.extra_native_bytes;
    let mut sums = Statistics {
        total: extra,
        native: extra,
        ..Statistics::default()
    };
    let mut stores = Vec::new();
    let (mut ahead, mut sizes_ahead) = (heap.names_ahead(), heap.sizes_ahead());
    let (mut labels_ahead, mut targets_ahead) = (heap.labels_ahead(), Ahead::of(&heap.graph));
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
            _ if heap.is_named(node, Word::Array) => {
                add(&mut sums.js_arrays, size);
                labels_ahead.at(node);
                targets_ahead.at(node);
                let store = heap.internal(node, Word::Elements);
                stores.extend(store.filter(|&store| heap.shallow(store) > 0));
            }
            _ => {}
        }
    }
    drop((ahead, sizes_ahead, labels_ahead, targets_ahead));
    add(&mut sums.js_arrays, of_unshared(heap, stores, task)?);
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

/// The sizes of those backing stores that one edge leads to, in bytes.
///
/// Most have given their size to their array by now and do not come here. Nearly always none is left, and nobody has to
/// look at all edges.
fn of_unshared(heap: &Heap, mut stores: Vec<NodeId>, task: &Task) -> Result<u64> {
    stores.sort_unstable();
    let of_one = |same: &&[NodeId]| same.len() == 1;
    let stores: Vec<NodeId> = stores
        .chunk_by(|a, b| a == b)
        .filter(of_one)
        .map(|same| same[0])
        .collect();
    if stores.is_empty() {
        return Ok(0);
    }
    let mut pace = Pace::stage(task, "looking for shared objects", heap.edge_count());
    let mut wanted = BitSet::new(heap.node_count());
    let mut shared = wanted.clone();
    let mut seen = wanted.clone();
    for store in &stores {
        wanted.insert(store.index());
    }
    for targets in heap.graph.targets().chunks(CHECK_EVERY) {
        pace.step(targets.len())?;
        for &target in targets {
            let target = target as usize;
            if wanted.contains(target) && !seen.insert(target) {
                shared.insert(target);
            }
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
        let mut snapshot = sketch.snapshot();
        snapshot.meta.extra_native_bytes = 400;
        let heap = Heap::build(snapshot, &Task::new()).unwrap();
        let expected = Statistics {
            total: 131_731,
            v8_heap: 131_031,
            code: 1,
            strings: 30,
            js_arrays: 130_000,
            typed_arrays: 200,
            system: 0,
            other_js: 1000,
            native: 700,
            other_native: 500,
        };
        assert_eq!(*heap.statistics(), expected);
    }
}
