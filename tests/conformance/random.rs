//! Small made-up snapshots: every node, every figure.

use std::collections::HashMap;

use heaptui::heap::Heap;
use heaptui::task::Task;
use serde::Deserialize;
use serde_json::Value;

use crate::data::{self, Row, Statistics};
use crate::oracle;

#[derive(Deserialize)]
struct File {
    node_columns: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Case {
    name: String,
    snapshot: Value,
    nodes: Vec<[String; 8]>,
    summary: Vec<Row>,
    statistics: Statistics,
    filters: HashMap<String, Vec<Row>>,
}

fn cases() -> Vec<(Case, Heap)> {
    let file: File = data::json(&data::folder().join("random.json.gz"));
    assert_eq!(
        file.node_columns.join(" "),
        "id type class self retained distance detached dom"
    );
    assert!(file.cases.len() > 100);
    file.cases
        .into_iter()
        .map(|case| {
            let heap = Heap::build(oracle::snapshot(&case.snapshot), &Task::new()).unwrap();
            (case, heap)
        })
        .collect()
}

#[test]
fn every_node_is_devtools() {
    for (case, heap) in cases() {
        assert_eq!(heap.node_count(), case.nodes.len(), "{}", case.name);
        for (node, expected) in heap.graph().nodes().zip(&case.nodes) {
            let ours = [
                heap.id(node).to_string(),
                heap.kind_name(node).to_owned(),
                Value::from(heap.class_name(node)).to_string(),
                heap.shallow(node).to_string(),
                heap.retained(node).to_string(),
                heap.distance(node).to_string(),
                heap.detachedness(node).to_string(),
                heap.id(heap.dominator(node)).to_string(),
            ];
            assert_eq!(&ours, expected, "{} {node:?}", case.name);
        }
    }
}

#[test]
fn statistics_are_devtools() {
    for (case, heap) in cases() {
        let ours = Statistics::from(heap.statistics());
        assert_eq!(ours, case.statistics, "{}", case.name);
    }
}
