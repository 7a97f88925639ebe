//! The loader against everything that a file can look like: spellings of JSON, orders of keys, packings, damage.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../fuzz/ask.rs"]
mod ask;
mod damage;
mod producers;
mod spellings;

use std::io::Read;
use std::path::Path;

use heaptui::snapshot::Snapshot;
use heaptui::task::Task;
use serde_json::Value;

/// The made-up snapshots of the conformance tests.
fn made_up() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/random.json.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    let mut file: Value = serde_json::from_str(&text).unwrap();
    let cases = file["cases"].as_array_mut().unwrap();
    cases
        .iter_mut()
        .map(|case| case["snapshot"].take())
        .collect()
}

/// The dump as V8 would write it: compact, with the header first and the strings last.
fn text(dump: &Value) -> String {
    let rank = |key: &str| match key {
        "snapshot" => 0,
        "nodes" => 1,
        "edges" => 2,
        "strings" => 4,
        _ => 3,
    };
    let mut entries: Vec<_> = dump.as_object().unwrap().iter().collect();
    entries.sort_by_key(|(key, _)| rank(key));
    let entries = entries
        .iter()
        .map(|(key, value)| format!("\"{key}\":{value}"));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

fn pack(text: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
}

fn read(text: &[u8]) -> heaptui::Result<Snapshot> {
    Snapshot::read(text, &Task::new())
}

/// Everything that a snapshot holds, to be compared: two spellings of one dump must not differ in it.
fn facts(snapshot: &Snapshot) -> String {
    let Snapshot {
        meta,
        nodes,
        edges,
        locations,
        samples,
        strings,
        warnings,
        bytes: _,
    } = snapshot;
    let strings: Vec<_> = (0..strings.len() as u32)
        .map(|index| strings.get(heaptui::snapshot::StrId(index)).into_owned())
        .collect();
    format!("{meta:?} {nodes:?} {edges:?} {locations:?} {samples:?} {strings:?} {warnings:?}")
}
