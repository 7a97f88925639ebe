//! `suspects` and `check` on real dumps.

use std::path::Path;

use serde_json::Value;

use super::{heaptui, json_of, printed, refused, series, text};

/// The repository, where the dumps lie.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn edges(suspect: &Value) -> Vec<&str> {
    let path = suspect["path"].as_array().unwrap();
    path.iter()
        .filter_map(|step| step["edge"]["name"].as_str())
        .collect()
}

fn counts(suspect: &Value, class: &str) -> Value {
    let leaked = suspect["leaked"].as_array().unwrap();
    let row = leaked.iter().find(|row| row["class"] == class);
    row.map_or(Value::Null, |row| row["counts"].clone())
}

#[test]
fn listeners_of_a_server() {
    let found = json_of(here(), &["suspects", "tests/data/emitter-small"]);
    assert_eq!(found["comparable"], true);
    assert_eq!(found["dumps"].as_array().unwrap().len(), 3);
    let suspects = found["suspects"].as_array().unwrap();
    let first = &suspects[0];
    assert!(first["confidence"].as_f64().unwrap() >= 0.5);
    assert_eq!(first["rank"], 1);
    assert_eq!(first["pattern"], "event-listeners");
    assert_eq!(first["holder"]["class"], "Array");
    assert!(edges(first).ends_with(&["bus", "_events", "reload"]));
    assert_eq!(
        counts(first, "RequestScope"),
        serde_json::json!([200, 350, 500])
    );
    assert_eq!(
        counts(first, "ServerResponse"),
        serde_json::json!([200, 350, 500])
    );
    assert!(
        first["explanation"]
            .as_str()
            .unwrap()
            .contains("+150 at every step")
    );
    assert!(
        suspects[1..]
            .iter()
            .all(|other| other["confidence"].as_f64().unwrap() < 0.5)
    );
}

#[test]
fn loggers_on_one_transport() {
    let found = json_of(here(), &["suspects", "assets/demo"]);
    let first = &found["suspects"][0];
    assert!(first["confidence"].as_f64().unwrap() >= 0.5);
    assert_eq!(first["pattern"], "event-listeners");
    let edges = edges(first);
    assert_eq!(edges[edges.len() - 3..][..2], ["transport", "_events"]);
    assert_eq!(first["leaked"][0]["class"], "DerivedLogger");
    assert!(first["growth_per_hour"].as_i64().unwrap() > 0);
}

#[test]
fn the_gate_fails_on_a_leak_and_on_limits() {
    let leak = heaptui(here(), &["check", "tests/data/emitter-small"]);
    assert_eq!(leak.status.code(), Some(1), "{}", text(&leak.stderr));
    assert!(text(&leak.stdout).starts_with("leak · 3 dumps"));
    assert_eq!(text(&leak.stderr), "");

    let folder = series();
    let fine = printed(folder.path(), &["check", "."]);
    assert!(fine.starts_with("inconclusive · 2 dumps"), "{fine}");
    let verdict = json_of(
        folder.path(),
        &["check", ".", "--max-count", "Leaf=2", "--max-growth", "1M"],
    );
    assert_eq!(verdict["verdict"], "inconclusive");
    let over = heaptui(
        folder.path(),
        &["check", ".", "--max-count", "Leaf=1", "--format", "json"],
    );
    assert_eq!(over.status.code(), Some(1));
    let over: Value = serde_json::from_slice(&over.stdout).unwrap();
    assert_eq!(over["verdict"], "limit-exceeded");
    assert_eq!(over["reasons"][0], "there are 2 Leaf, more than 1");

    let pace = [
        "check",
        "assets/demo",
        "--max-growth-per-hour",
        "5M",
        "--format",
        "json",
    ];
    let pace = heaptui(here(), &pace);
    assert_eq!(pace.status.code(), Some(1));
    let pace: Value = serde_json::from_slice(&pace.stdout).unwrap();
    let reason = "the heap grows by 5.7 MB an hour (955 kB in 10 min 3 s), more than 5.2 MB";
    assert_eq!(pace["reasons"][1], reason);

    let wrong = refused(folder.path(), &["check", ".", "--max-count", "Leaf"]);
    assert!(wrong.contains("Session=100"), "{wrong}");
    assert!(refused(folder.path(), &["suspects", "nowhere"]).contains("nowhere"));
}
