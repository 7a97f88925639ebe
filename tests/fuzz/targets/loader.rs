//! Any bytes as a snapshot: a heap with numbers that hold together, or one clear error.

#![no_main]

#[path = "../ask.rs"]
mod ask;

use heaptui::analysis::filter::Selection;
use heaptui::analysis::{fields, retainers, summary};
use heaptui::heap::Heap;
use heaptui::snapshot::Snapshot;
use heaptui::task::Task;
use libfuzzer_sys::fuzz_target;

/// Nodes that are asked about; each answer may take time that grows with the heap.
const ASKED: usize = 40;

fuzz_target!(|bytes: &[u8]| {
    let task = Task::new();
    let read = Snapshot::read(bytes, &task).or_else(|error| {
        // One that is cut short may open without names, and is then held to the same.
        Snapshot::read_cut(bytes, &task).map_err(|_| error)
    });
    let heap = match read.and_then(|snapshot| Heap::build(snapshot, &task)) {
        Ok(heap) => heap,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    ask::ask(&heap);
    let rows = summary::summary(&heap, &Selection::All, &task).unwrap();
    let counted: u64 = rows.iter().map(|row| u64::from(row.count)).sum();
    assert!(counted <= heap.node_count() as u64);
    for node in heap.graph().nodes().take(ASKED) {
        assert!(heap.retained(node) >= heap.shallow(node) || heap.shallow(node) == 0);
        let _ = (
            heap.display_name(node),
            heap.class_name(node),
            heap.distance(node),
            heap.place(node),
        );
        let held = retainers::retainers(&heap, node, true, &task).unwrap();
        let fields = fields::fields(&heap, node, &task).unwrap();
        for edge in held.into_iter().chain(fields) {
            let _ = (heap.edge_name(edge), heap.edge_kind_name(edge));
        }
        let mut dominator = node;
        for _ in 0..=heap.node_count() {
            if dominator == heap.root() {
                break;
            }
            dominator = heap.dominator(dominator);
        }
        assert!(
            dominator == heap.root(),
            "the dominators of {node:?} lead to the root"
        );
    }
});
