//! A dump that ends within its strings: no member of a series, and open to whoever names it.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::{EARLIER, LATER, dump, heaptui, json_of, refused, series, text};

const CUT: &str = "Heap.20260101.120000.7.0.003.heapsnapshot";

/// Writes a dump as V8 does, its strings last, without what follows the first `kept` of the eight strings; long ago.
fn write_cut(folder: &Path, kept: usize) {
    let path = dump::write(folder, CUT, "Leaf", 21);
    let dump: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let strings = dump["strings"].as_array().unwrap();
    let there = strings[..kept].iter();
    let there: String = there.map(|string| format!("{string},")).collect();
    let text = format!(
        "{{\"snapshot\":{},\n\"nodes\":{},\n\"edges\":{},\n\"strings\":[{}\"half of a na",
        dump["snapshot"], dump["nodes"], dump["edges"], there
    );
    fs::write(&path, text).unwrap();
    let file = File::options().append(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600))
        .unwrap();
}

fn classes(document: &Value) -> Vec<&str> {
    let rows = document["classes"].as_array().unwrap().iter();
    rows.map(|row| row["class"].as_str().unwrap()).collect()
}

#[test]
fn alone_it_opens_without_the_names_that_are_missing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    write_cut(folder.path(), 3);
    let output = heaptui(folder.path(), &["summary", CUT, "--format", "json"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("5 of 8 names are missing"), "{said}");
    assert!(said.contains("cut short at byte "), "{said}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["dump"]["label"], CUT, "its name, and no s1");
    let problem = document["dump"]["problem"].as_str().unwrap();
    assert!(problem.contains("5 of 8 names are missing"), "{problem}");
    assert_eq!(said.lines().count(), 1, "said once: {said}");
    for format in ["table", "markdown"] {
        let output = heaptui(folder.path(), &["summary", CUT, "--format", format]);
        let page = text(&output.stdout);
        assert!(page.contains("cut short, not all is known"), "{page}");
    }
    assert_eq!(document["total"]["shallow_size"], 64);
    assert_eq!(
        classes(&document),
        ["global", "Holder", "(name 3 missing)"],
        "what the strings had not reached is numbered"
    );
    // Before the first string it is the same, and nothing has a name.
    write_cut(folder.path(), 0);
    let document = json_of(folder.path(), &["summary", CUT]);
    assert_eq!(document["total"]["shallow_size"], 64);
    // No index is made of it, so that it is not taken for whole later.
    let kept = json_of(folder.path(), &["info", CUT]);
    assert_eq!(kept["dumps"][0]["state"], "truncated");
    assert_eq!(kept["dumps"][0]["label"], Value::Null);
    let problem = kept["dumps"][0]["problem"].as_str().unwrap();
    assert!(problem.starts_with("byte "), "{problem}");
}

#[test]
fn in_a_series_it_counts_only_when_it_is_named() {
    let folder = series();
    write_cut(folder.path(), 3);
    let last = json_of(folder.path(), &["summary", "."]);
    assert_eq!(last["dump"]["path"], LATER);
    let named = json_of(folder.path(), &["summary", ".", "--at", CUT]);
    assert_eq!(named["dump"]["path"], CUT);
    assert!(classes(&named).contains(&"(name 3 missing)"));
    // A folder is no name, even when nothing else is in it.
    fs::remove_file(folder.path().join(EARLIER)).unwrap();
    fs::remove_file(folder.path().join(LATER)).unwrap();
    let message = refused(folder.path(), &["summary", "."]);
    assert!(message.contains("truncated"), "{message}");
    let message = refused(folder.path(), &["diff", CUT, CUT]);
    assert!(message.contains("truncated"), "{message}");
    let message = refused(folder.path(), &["redact", CUT, "-o", "out.heapsnapshot"]);
    assert!(message.contains("cut short"), "{message}");
    assert!(!folder.path().join("out.heapsnapshot").exists());
}

#[test]
fn where_an_edge_is_missing_nothing_opens() {
    let folder = tempfile::tempdir().unwrap();
    write_cut(folder.path(), 0);
    let path = folder.path().join(CUT);
    let text = fs::read_to_string(&path).unwrap();
    let edges = text.find(",\n\"strings\"").unwrap();
    fs::write(&path, &text[..edges - 1]).unwrap();
    let message = refused(folder.path(), &["summary", CUT]);
    assert!(message.contains("truncated: byte "), "{message}");
}
