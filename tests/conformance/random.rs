//! Small made-up snapshots: every node, every figure.

use std::collections::BTreeMap;

use heaptui::analysis::filter::Filter;
use heaptui::heap::Heap;
use heaptui::snapshot::Snapshot;
use heaptui::task::Task;
use serde::Deserialize;
use serde_json::Value;

use crate::data::{self, Row, Statistics};
use crate::{oracle, rows};

#[derive(Deserialize)]
struct File {
    node_columns: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    snapshot: Value,
    nodes: Vec<[String; 8]>,
    summary: Vec<Row>,
    statistics: Statistics,
    filters: BTreeMap<String, Vec<Row>>,
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

#[test]
fn class_rows_and_filters_are_devtools() {
    for (case, heap) in cases() {
        rows::check(&heap, Filter::All, &case.summary, &case.name);
        rows::check_filters(&heap, &case.filters, &case.name);
    }
}

#[test]
fn the_loader_reads_what_the_oracle_reads() {
    let file: File = data::json(&data::folder().join("random.json.gz"));
    for case in file.cases {
        let text = case.snapshot.to_string();
        let loaded = Snapshot::read(text.as_bytes(), &Task::new()).unwrap();
        oracle::assert_same(&loaded, &oracle::snapshot(&case.snapshot), &case.name);
    }
}
