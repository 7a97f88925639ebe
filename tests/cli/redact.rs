//! `redact`: a copy that says nothing, and weighs the same.

use std::collections::HashSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::{json_of, printed, refused};

const DUMP: &str = "tests/data/emitter-small";

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The last dump of the series, unpacked.
fn original() -> (String, Value) {
    let mut names: Vec<_> = fs::read_dir(here().join(DUMP))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    names.retain(|name| name.to_string_lossy().contains(".heapsnapshot"));
    let path = names.pop().unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut text = String::new();
    match path.extension().unwrap().to_str() {
        Some("gz") => flate2::read::GzDecoder::new(&bytes[..])
            .read_to_string(&mut text)
            .unwrap(),
        _ => panic!("{}", path.display()),
    };
    (
        path.to_str().unwrap().to_owned(),
        serde_json::from_str(&text).unwrap(),
    )
}

fn numbers(dump: &Value, key: &str) -> Vec<u64> {
    dump[key]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_u64().unwrap())
        .collect()
}

fn texts(dump: &Value) -> Vec<String> {
    dump["strings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_same_heap_without_its_texts() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.heapsnapshot");
    let out = out.to_str().unwrap();
    let (path, before) = original();
    assert_eq!(printed(here(), &["redact", &path, "-o", out]), "");
    let after: Value = serde_json::from_slice(&fs::read(out).unwrap()).unwrap();

    let summary = |path: &str| {
        let mut document = json_of(here(), &["summary", path]);
        document["dump"] = Value::Null;
        document
    };
    assert_eq!(summary(&path), summary(out));
    let statistics = |path: &str| {
        let mut document = json_of(here(), &["statistics", path]);
        document["dump"] = Value::Null;
        document
    };
    assert_eq!(statistics(&path), statistics(out));
    assert_eq!(before["snapshot"], after["snapshot"]);
    assert_eq!(before["edges"], after["edges"]);
    assert_eq!(before["locations"], after["locations"]);

    // What is a name of something: these may stay.
    let fields = before["snapshot"]["meta"]["node_fields"]
        .as_array()
        .unwrap()
        .len();
    let (nodes, edges) = (numbers(&before, "nodes"), numbers(&before, "edges"));
    let (old, new) = (texts(&before), texts(&after));
    let mut names: HashSet<&str> = HashSet::new();
    let mut contents: HashSet<&str> = HashSet::new();
    for node in nodes.chunks(fields) {
        let text = old[node[1] as usize].as_str();
        match node[0] {
            2 | 6 | 10 | 11 => contents.insert(text),
            _ => names.insert(text),
        };
    }
    for edge in edges.chunks(3) {
        if !matches!(edge[0], 1 | 4) {
            names.insert(&old[edge[1] as usize]);
        }
    }
    let kept: HashSet<&str> = new.iter().map(String::as_str).collect();
    let secret: Vec<&&str> = contents
        .iter()
        .filter(|text| !matches!(**text, "(concatenated string)" | "(sliced string)"))
        .filter(|text| text.len() >= 4 && kept.contains(**text) && !names.contains(**text))
        .collect();
    assert!(secret.is_empty(), "{secret:?}");
    // Strings are never called by what they say, even where that is a name elsewhere.
    let redacted = numbers(&after, "nodes");
    for (node, was) in redacted.chunks(fields).zip(nodes.chunks(fields)) {
        assert_eq!((node[0], &node[2..]), (was[0], &was[2..]));
        let text = new[node[1] as usize].as_str();
        if matches!(node[0], 2 | 6) {
            assert!(text.is_empty() || text.starts_with("[redacted "), "{text}");
        }
    }
    // Equal strings are equal still.
    let groups = |nodes: &[u64]| {
        let mut names: Vec<u64> = nodes
            .chunks(fields)
            .filter(|node| node[0] == 2)
            .map(|node| node[1])
            .collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    };
    assert_eq!(groups(&nodes), groups(&redacted));
}

#[test]
fn the_leak_is_still_found() {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(here().join(DUMP)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.contains(".heapsnapshot") {
            let out = folder.path().join(name);
            printed(
                here(),
                &[
                    "redact",
                    path.to_str().unwrap(),
                    "-o",
                    out.to_str().unwrap(),
                ],
            );
        }
    }
    let found = json_of(folder.path(), &["suspects", "."]);
    assert_eq!(found["comparable"], true);
    let first = &found["suspects"][0];
    assert!(first["confidence"].as_f64().unwrap() >= 0.5);
    assert_eq!(first["pattern"], "event-listeners");
    assert_eq!(
        first["leaked"][0]["counts"],
        serde_json::json!([200, 350, 500])
    );
}

#[test]
fn what_would_be_lost_is_refused() {
    let folder = super::series();
    let message = refused(folder.path(), &["redact", super::LATER, "-o", super::LATER]);
    assert!(message.contains("never written over"), "{message}");
    assert!(refused(folder.path(), &["redact", "none", "-o", "out"]).contains("none"));
    assert!(refused(folder.path(), &["redact", super::LATER]).contains("--output"));
}
