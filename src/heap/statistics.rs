//! The figures of the Statistics view: what kind of thing the bytes are.

use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::NodeKind;
use crate::task::Task;

use super::pace::Pace;
use super::words::Word;
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
    for node in heap.graph.nodes() {
        pace.step(1)?;
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
                add(&mut sums.js_arrays, own_elements(heap, node));
            }
            _ => {}
        }
    }
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

/// Size of an array's backing store if nothing else refers to it, in bytes.
fn own_elements(heap: &Heap, array: NodeId) -> u64 {
    heap.internal(array, Word::Elements)
        .filter(|&elements| heap.graph.edges_into(elements).len() == 1)
        .map_or(0, |elements| heap.shallow(elements))
}
