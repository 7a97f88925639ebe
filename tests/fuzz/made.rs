//! Heaps for targets that ask about one.

use std::io::Read;

use flate2::read::GzDecoder;
use heaptui::heap::Heap;
use heaptui::snapshot::Snapshot;
use heaptui::task::Task;
use serde_json::Value;

/// The text of the made-up dump of this number.
pub fn dump(number: usize) -> String {
    let packed = &include_bytes!("../data/random.json.gz")[..];
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    file["cases"][number]["snapshot"].to_string()
}

/// Its heap.
#[allow(dead_code)]
pub fn heap(number: usize) -> Heap {
    let task = Task::new();
    let snapshot = Snapshot::read(dump(number).as_bytes(), &task).unwrap();
    Heap::build(snapshot, &task).unwrap()
}
