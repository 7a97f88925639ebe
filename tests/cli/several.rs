//! Commands over several dumps, and dumps of several processes.

use std::path::Path;

use serde_json::json;

use super::{EARLIER, LATER, heaptui, json_of, printed, refused, series, text};
use crate::dump::{self, LEAF};

const OTHER: &str = "Heap.20260101.103000.8.0.001.heapsnapshot";

/// What a command that must succeed says on stderr.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = heaptui(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    text(&output.stderr).to_owned()
}

#[test]
fn diff_compares_the_last_dump_with_the_one_before() {
    let folder = series();
    let expected = json!({
        "schema_version": 1,
        "from": {"label": "s1", "path": EARLIER},
        "to": {"label": "s2", "path": LATER},
        "comparable": true,
        "caveats": [],
        "classes": [{
            "class": "Leaf", "location": null,
            "added_count": 1, "removed_count": 1, "count_delta": 0,
            "added_size": 8, "removed_size": 8, "size_delta": 0,
        }],
    });
    assert_eq!(json_of(folder.path(), &["diff", "."]), expected);
    let named = ["diff", ".", "--from", EARLIER, "--to", "s2"];
    assert_eq!(json_of(folder.path(), &named), expected);
    let none = json_of(folder.path(), &["diff", ".", "--class", "Nobody"]);
    assert_eq!(none["classes"], json!([]));
    let same = json_of(folder.path(), &["diff", ".", "--from", "s2", "--to", "s2"]);
    assert_eq!(same["classes"], json!([]));
    let csv = printed(folder.path(), &["diff", ".", "--format", "csv"]);
    assert!(csv.ends_with("\nLeaf,,1,1,0,8,8,0\n"), "{csv}");
}

#[test]
fn diff_needs_two_dumps() {
    let folder = tempfile::tempdir().unwrap();
    dump::write(folder.path(), EARLIER, LEAF, 9);
    let message = refused(folder.path(), &["diff", "."]);
    assert!(
        message.contains(".heapsnapshot: this is the only complete dump"),
        "{message}"
    );
    dump::write(folder.path(), LATER, LEAF, 9);
    let message = refused(folder.path(), &["diff", ".", "--to", "s1"]);
    assert!(
        message.contains("no complete dump is before s1"),
        "{message}"
    );
    let message = refused(folder.path(), &["diff", ".", "--from", "s9"]);
    assert!(message.contains("no dump s9"), "{message}");
}

#[test]
fn diff_of_two_processes_goes_by_class() {
    let folder = tempfile::tempdir().unwrap();
    dump::write(folder.path(), EARLIER, LEAF, 9);
    dump::write(folder.path(), OTHER, "Stem", 33);
    let arguments = ["diff", EARLIER, OTHER];
    let document = json_of(folder.path(), &arguments);
    assert_eq!(document["comparable"], json!(false));
    let rows = &document["classes"];
    assert_eq!(rows[0]["class"], "Stem");
    assert_eq!(
        (&rows[0]["added_count"], &rows[0]["size_delta"]),
        (&json!(2), &json!(16))
    );
    assert_eq!(rows[1]["class"], "Leaf");
    assert_eq!(rows[1]["count_delta"], json!(-2));
    assert_eq!(
        rows.as_array().unwrap().len(),
        2,
        "what is the same on balance is left out"
    );
    let notes = said(folder.path(), &arguments);
    assert!(
        notes.contains("object ids of s1 and s2 cannot be compared"),
        "{notes}"
    );
}

#[test]
fn trend_has_figures_of_each_dump() {
    let folder = series();
    let document = json_of(folder.path(), &["trend", ".", "--class", "Holder"]);
    assert_eq!(
        document,
        json!({
            "schema_version": 1,
            "dumps": [{"label": "s1", "path": EARLIER}, {"label": "s2", "path": LATER}],
            "total_sizes": [64, 64],
            "growth_per_hour": 0,
            "comparable": true,
            "caveats": ["two dumps show a difference, no trend: take a third"],
            "classes": [{
                "class": "Holder", "location": null,
                "counts": [1, 1], "shallow_sizes": [32, 32], "retained_sizes": [40, 40],
                "growth_per_hour": 0, "verdict": "plateau",
            }],
        })
    );
    let csv = printed(
        folder.path(),
        &["trend", ".", "--class", "Leaf", "--format", "csv"],
    );
    assert!(
        csv.ends_with("\nLeaf,,plateau,2 2,16 16,16 16,0\n"),
        "{csv}"
    );
}

#[test]
fn trend_leaves_broken_dumps_out() {
    let folder = series();
    let broken = "Heap.20260101.103000.7.0.009.heapsnapshot";
    std::fs::write(folder.path().join(broken), "{\"snapshot\":{").unwrap();
    let document = json_of(folder.path(), &["trend", "."]);
    assert_eq!(document["dumps"].as_array().unwrap().len(), 2);
    let notes = said(folder.path(), &["trend", "."]);
    assert!(
        notes.contains(broken) && notes.contains("truncated"),
        "{notes}"
    );
}

#[test]
fn processes_in_one_folder_are_told_apart() {
    let folder = series();
    dump::write(folder.path(), OTHER, LEAF, 9);
    let at = |arguments: &[&str]| json_of(folder.path(), arguments)["dump"].clone();
    assert_eq!(at(&["summary", "."]), json!({"label": "s2", "path": LATER}));
    let other = json!({"label": "s1", "path": OTHER});
    assert_eq!(at(&["summary", ".", "--process", "8"]), other);
    assert_eq!(at(&["summary", ".", "--at", OTHER]), other);
    let notes = said(folder.path(), &["summary", "."]);
    assert!(
        notes.contains("process 7 (2 dumps), process 8 (1 dump); looking at process 7"),
        "{notes}"
    );
    let dumps = json_of(folder.path(), &["info", "."])["dumps"].clone();
    assert_eq!(dumps[0]["series"], "process 7");
    assert_eq!(
        (&dumps[2]["series"], &dumps[2]["label"]),
        (&json!("process 8"), &json!("s1"))
    );
    let message = refused(folder.path(), &["summary", ".", "--process", "9"]);
    assert!(message.contains("no dumps of process 9"), "{message}");
}

#[test]
fn ids_tell_processes_apart_where_names_do_not() {
    let folder = tempfile::tempdir().unwrap();
    for (name, leaf, last_id) in [
        ("a1", LEAF, 9),
        ("b1", "Stem", 9),
        ("a2", LEAF, 11),
        ("b2", "Stem", 13),
        ("a3", LEAF, 15),
    ] {
        let name = format!("{name}.heapsnapshot");
        let path = dump::write(folder.path(), &name, leaf, last_id);
        let second = 1_700_000_000 + u64::from(name.as_bytes()[1]) * 60;
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(second);
        std::fs::File::options()
            .append(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    }
    let document = json_of(folder.path(), &["trend", "."]);
    let paths: Vec<&str> = document["dumps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dump| dump["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        paths,
        ["a1.heapsnapshot", "a2.heapsnapshot", "a3.heapsnapshot"]
    );
    let caveat = document["caveats"][0].as_str().unwrap();
    assert!(
        caveat.contains("process A (3 dumps), process B (2 dumps)"),
        "{caveat}"
    );
}

#[test]
fn filters_by_ids_of_another_process_are_called_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    dump::write(folder.path(), EARLIER, LEAF, 9);
    dump::write(folder.path(), OTHER, "Stem", 33);
    let arguments = ["summary", EARLIER, OTHER, "--allocated-after", "s1"];
    let notes = said(folder.path(), &arguments);
    assert!(notes.contains("cannot be compared"), "{notes}");
    let folder = series();
    let notes = said(folder.path(), &["summary", ".", "--allocated-after", "s1"]);
    assert_eq!(notes, "");
}

#[test]
fn dumps_that_do_not_fit_are_refused_with_the_figure() {
    let folder = series();
    let message = refused(folder.path(), &["summary", ".", "--memory", "100"]);
    assert!(
        message.contains("loading it needs about") && message.contains("100 B"),
        "{message}"
    );
    let message = refused(folder.path(), &["summary", ".", "--memory", "plenty"]);
    assert!(message.contains("no size"), "{message}");
    assert!(printed(folder.path(), &["summary", ".", "--memory", "1G"]).contains("Leaf"));
}

#[test]
fn folders_within_are_searched_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    dump::write(&inner, EARLIER, LEAF, 9);
    refused(folder.path(), &["summary", "."]);
    let document = json_of(folder.path(), &["summary", ".", "--recursive"]);
    assert_eq!(document["dump"]["label"], "s1");
}

#[test]
fn copies_are_put_into_the_order_that_ids_tell() {
    let folder = tempfile::tempdir().unwrap();
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/emitter-small");
    let names = ["pod-a", "pod-b", "pod-c"].map(|name| format!("{name}.heapsnapshot.gz"));
    for (number, name) in names.iter().enumerate() {
        let from = match number {
            2 => "Heap.20261121.064259.12688.0.003.heapsnapshot.gz".to_owned(),
            _ => format!(
                "Heap.20261121.064258.12688.0.00{}.heapsnapshot.gz",
                number + 1
            ),
        };
        let path = folder.path().join(name);
        std::fs::copy(real.join(from), &path).unwrap();
        // The newest was copied first.
        let ago = std::time::Duration::from_secs(1_800_000_000 - 60 * number as u64);
        let copied = std::fs::File::options().append(true).open(path).unwrap();
        copied.set_modified(std::time::UNIX_EPOCH + ago).unwrap();
    }
    let labels = |document: &serde_json::Value| -> Vec<String> {
        let dumps = document["dumps"].as_array().unwrap().iter();
        dumps
            .map(|dump| dump["path"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(labels(&json_of(folder.path(), &["info", "."])), names);
    let found = json_of(folder.path(), &["suspects", "."]);
    assert_eq!(labels(&found), names);
    assert_eq!(found["verdict"], "leak");
    assert_eq!(
        found["suspects"][0]["growth_per_hour"],
        serde_json::Value::Null
    );
    let caveat = found["caveats"][0].as_str().unwrap();
    assert!(
        caveat.contains("the order that their object ids tell"),
        "{caveat}"
    );
    let notes = said(folder.path(), &["summary", "."]);
    assert!(
        notes.contains("the order that their object ids tell"),
        "{notes}"
    );
}

/// The dumps of a leak, and beside them more dumps of a worker thread of the same process that does not grow.
fn leak_beside_a_healthy_thread() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/emitter-small");
    let name = |at: usize, thread: usize, taken: usize| {
        format!("Heap.20261121.06{taken:02}00.12688.{thread}.00{at}.heapsnapshot.gz")
    };
    let dumps = ["258.12688.0.001", "258.12688.0.002", "259.12688.0.003"];
    let dumps = dumps.map(|rest| from.join(format!("Heap.20261121.064{rest}.heapsnapshot.gz")));
    for (at, dump) in dumps.iter().enumerate() {
        std::fs::copy(dump, folder.path().join(name(at + 1, 1, at))).unwrap();
    }
    for at in 0..4 {
        std::fs::copy(&dumps[0], folder.path().join(name(at + 1, 0, at))).unwrap();
    }
    folder
}

#[test]
fn a_leak_of_any_process_in_the_folder_is_told() {
    let folder = leak_beside_a_healthy_thread();
    let found = json_of(folder.path(), &["suspects", "."]);
    assert_eq!(found["verdict"], "leak");
    assert_eq!(
        found["processes"],
        json!([
            {"name": "thread 0", "dumps": 4, "verdict": "healthy"},
            {"name": "thread 1", "dumps": 3, "verdict": "leak"},
        ])
    );
    let words = printed(folder.path(), &["suspects", "."]);
    assert!(
        words.contains("process: thread 1\nthread 0: no leak found\n"),
        "{words}"
    );
    assert_eq!(said(folder.path(), &["suspects", "."]), "");
    let check = |arguments: &[&str]| {
        let arguments = [&["check", "."], arguments].concat();
        heaptui(folder.path(), &arguments).status.code()
    };
    assert_eq!(check(&[]), Some(1));
    assert_eq!(check(&["--process", "thread 0"]), Some(0));
    assert_eq!(check(&["--process", "thread 1"]), Some(1));
}

#[test]
fn a_thread_with_one_dump_is_told_and_does_not_decide() {
    let folder = leak_beside_a_healthy_thread();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.contains(".1.002") || name.contains(".1.003") {
            std::fs::remove_file(&path).unwrap();
        }
    }
    let output = heaptui(folder.path(), &["check", "."]);
    assert_eq!(output.status.code(), Some(0));
    let words = text(&output.stdout);
    assert!(words.starts_with("healthy"), "{words}");
    assert!(words.contains("\nthread 1: "), "{words}");
}
