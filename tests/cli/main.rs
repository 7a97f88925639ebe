//! The command line from outside: shapes of the output, exit status, and what is printed where.

#![allow(clippy::unwrap_used, clippy::panic)]

#[cfg(all(target_os = "linux", feature = "capture"))]
mod capture;
#[cfg(all(target_os = "linux", feature = "capture"))]
mod captured;
mod config;
mod corpus;
mod cut;
mod dump;
mod explore;
#[cfg(feature = "export")]
mod export;
mod index;
mod inputs;
mod known;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(target_os = "linux")]
mod memory;
mod planted;
mod profiles;
mod query;
mod redact;
mod report;
mod several;
mod small_things;
mod source;
mod suspects;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use dump::LEAF;

const EARLIER: &str = "Heap.20260101.100000.7.0.001.heapsnapshot";
const LATER: &str = "Heap.20260101.110000.7.0.002.heapsnapshot";

/// A folder with two dumps, s1 and s2; the second has an object more recent than the first.
fn series() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    dump::write(folder.path(), EARLIER, LEAF, 9);
    dump::write(folder.path(), LATER, LEAF, 21);
    folder
}

fn heaptui(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_heaptui"))
        .current_dir(folder)
        .args(arguments)
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .env("HEAPTUI_INDEX_LIMIT", "20M")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What a command that must succeed prints.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = heaptui(folder, arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{arguments:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout).to_owned()
}

fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    let printed = printed(folder, &[arguments, &["--format", "json"]].concat());
    assert!(printed.starts_with("{\"schema_version\":1,"), "{printed}");
    assert_eq!(printed.matches('\n').count(), 1);
    serde_json::from_str(&printed).unwrap()
}

/// The one line that a command which must fail says.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = heaptui(folder, arguments);
    let message = text(&output.stderr).to_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    assert!(message.starts_with("heaptui: "), "{message}");
    assert_eq!(message.matches('\n').count(), 1, "{message}");
    message
}

fn object(id: u32, class: &str, shallow: u32, retained: u32, distance: u32) -> Value {
    json!({
        "id": id, "class": class, "type": "object", "name": class,
        "shallow_size": shallow, "retained_size": retained, "distance": distance,
    })
}

fn root() -> Value {
    json!({
        "id": 1, "class": "(synthetic)", "type": "synthetic", "name": "",
        "shallow_size": 0, "retained_size": 64, "distance": null,
    })
}

#[test]
fn summary_has_the_rows_of_devtools() {
    let folder = series();
    let document = json_of(folder.path(), &["summary", "."]);
    let row = |class: &str, count: u32, distance: u32, shallow: u32, retained: u32| {
        json!({
            "class": class, "location": null, "count": count, "distance": distance,
            "shallow_size": shallow, "retained_size": retained,
        })
    };
    assert_eq!(
        document,
        json!({
            "schema_version": 1,
            "dump": {"label": "s2", "path": LATER},
            "filter": null,
            "total": {"count": 4, "shallow_size": 64},
            "classes": [
                row("global", 1, 1, 16, 64),
                row("Holder", 1, 2, 32, 40),
                row("Leaf", 2, 2, 16, 16),
            ],
        })
    );
}

#[test]
fn summary_is_searched_sorted_and_cut() {
    let folder = series();
    let classes = |options: &[&str]| -> Vec<String> {
        let document = json_of(folder.path(), &[&["summary", "."], options].concat());
        let classes = document["classes"].as_array().unwrap();
        let names = classes.iter().map(|row| row["class"].as_str().unwrap());
        names.map(str::to_owned).collect()
    };
    assert_eq!(classes(&["--sort", "name"]), ["Holder", "Leaf", "global"]);
    assert_eq!(classes(&["--sort", "count"])[0], "Leaf");
    assert_eq!(classes(&["--sort", "shallow"])[0], "Holder");
    assert_eq!(classes(&["--sort", "distance"])[0], "global");
    assert_eq!(classes(&["--limit", "1"]), ["global"]);
    assert_eq!(classes(&["--limit", "0"]).len(), 3);
    assert_eq!(classes(&["--class", "Leaf"]), ["Leaf"]);
    assert_eq!(classes(&["--class", "lea"]), [""; 0]);
    assert_eq!(classes(&["--search", "hld"]), ["Holder"]);
    assert_eq!(classes(&["--no-index"]).len(), 3);
}

#[test]
fn filters_select_by_id_and_are_named() {
    let folder = series();
    let newer = ["--allocated-between", "s1", "s2"];
    let document = json_of(folder.path(), &[&["summary", "."], &newer[..]].concat());
    assert_eq!(document["total"], json!({"count": 1, "shallow_size": 8}));
    assert_eq!(
        document["filter"],
        json!({
            "name": "allocated-between", "from": "s1", "to": "s2", "after_id": 9, "up_to_id": 21,
        })
    );
    let count = |options: &[&str]| {
        let document = json_of(folder.path(), &[&["summary", "."], options].concat());
        document["total"]["count"].as_u64().unwrap()
    };
    assert_eq!(count(&["--allocated-before", EARLIER]), 3);
    assert_eq!(count(&["--allocated-after", "s1"]), 1);
    assert_eq!(count(&["--at", "s1", "--allocated-after", "s1"]), 0);
    assert_eq!(count(&["--unreachable"]), 0);
    assert_eq!(count(&["--duplicate-strings"]), 0);
    assert_eq!(count(&["--retained-by", "contexts"]), 0);
}

#[test]
fn statistics_add_up() {
    let folder = series();
    let document = json_of(folder.path(), &["statistics", "."]);
    assert_eq!(
        document,
        json!({
            "schema_version": 1, "dump": {"label": "s2", "path": LATER},
            "total": 64, "v8_heap": 64, "code": 0, "strings": 0, "js_arrays": 0, "typed_arrays": 0, "system": 0,
            "other_js": 64, "native": 0, "other_native": 0,
        })
    );
}

#[test]
fn objects_and_their_surroundings() {
    let folder = series();
    let folder = folder.path();
    let document = json_of(folder, &["objects", ".", "--class", "Leaf", "--at", "s1"]);
    let leaves = [object(7, "Leaf", 8, 8, 2), object(9, "Leaf", 8, 8, 3)];
    assert_eq!(document["objects"], json!(leaves));
    assert_eq!(document["filter"], Value::Null);

    let holder = object(5, "Holder", 32, 40, 2);
    let global = object(3, "global", 16, 64, 1);
    let leaf = object(7, "Leaf", 8, 8, 2);
    let property = |name: &str| json!({"type": "property", "name": name});

    let document = json_of(folder, &["object", ".", "--at", "s1", "--id", "5"]);
    assert_eq!(document["object"], holder);
    assert_eq!(
        document["fields"],
        json!([
            {"edge": property("a"), "object": leaf},
            {"edge": property("b"), "object": object(9, "Leaf", 8, 8, 3)},
        ])
    );

    let document = json_of(folder, &["retainers", ".", "--id", "@7"]);
    assert_eq!(document["object"], leaf);
    assert_eq!(
        document["retainers"],
        json!([
            {"edge": property("again"), "object": global},
            {"edge": property("a"), "object": holder},
        ])
    );

    let document = json_of(folder, &["dominators", ".", "--id", "21"]);
    assert_eq!(document["chain"], json!([holder, global, root()]));

    let from_root = json!({"type": "shortcut", "name": "global"});
    let path = json!([
        {"edge": null, "object": root()},
        {"edge": from_root, "object": global},
        {"edge": property("again"), "object": leaf},
    ]);
    let document = json_of(folder, &["path", ".", "--id", "7"]);
    assert_eq!(document["path"], path);
    let document = json_of(folder, &["path", ".", "--class", "Leaf"]);
    let groups = document["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[0]["count"], 1);
    assert_eq!(groups[0]["retained_size"], 8);
    assert_eq!(groups[0]["path"], path);
}

#[test]
fn texts_that_repeat_are_grouped_and_a_filter_counts_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let strings = ["", "again", "once", "global"];
    let ids = [(1, 1), (3, 1), (5, 2), (7, 1)];
    let nodes: Vec<u32> = [[9, 0, 1, 0, 4]]
        .into_iter()
        .chain(ids.map(|(id, name)| [2, name, id + 2, 10 * id, 0]))
        .flatten()
        .collect();
    let edges: Vec<u32> = (1..5).flat_map(|to| [2, 3, to * 5]).collect();
    let first = dump::write(folder.path(), "1.heapsnapshot", dump::LEAF, 9);
    let mut snapshot: Value = serde_json::from_slice(&std::fs::read(first).unwrap()).unwrap();
    snapshot["snapshot"]["node_count"] = json!(5);
    snapshot["snapshot"]["edge_count"] = json!(4);
    snapshot["nodes"] = json!(nodes);
    snapshot["edges"] = json!(edges);
    snapshot["strings"] = json!(strings);
    std::fs::write(folder.path().join("2.heapsnapshot"), snapshot.to_string()).unwrap();
    let document = json_of(folder.path(), &["strings", "2.heapsnapshot"]);
    assert_eq!(document["dump"]["path"], "2.heapsnapshot");
    let group = |count: u32, size: u32| json!([{"value": "again", "count": count, "shallow_size": size, "retained_size": size}]);
    assert_eq!(document["groups"], group(3, 110));
    let filtered = ["strings", ".", "--allocated-before", "s1", "--at", "s2"];
    assert_eq!(json_of(folder.path(), &filtered)["groups"], group(3, 110));
    let searched = ["strings", ".", "--at", "s2", "--search", "xyz"];
    assert_eq!(json_of(folder.path(), &searched)["groups"], json!([]));
    let table = printed(folder.path(), &["strings", "2.heapsnapshot"]);
    assert!(
        table.contains("1 texts, each in several strings: 3 in all, 110 B"),
        "{table}"
    );
}

#[test]
fn dumps_are_named_by_label_file_and_path() {
    let folder = series();
    let path = folder.path().join(EARLIER);
    for named in ["s1", EARLIER, path.to_str().unwrap()] {
        let document = json_of(folder.path(), &["statistics", ".", "--at", named]);
        assert_eq!(document["dump"]["label"], "s1", "{named}");
    }
    let message = refused(folder.path(), &["statistics", ".", "--at", "s9"]);
    assert!(
        message.contains("s9") && message.contains("s1") && message.contains("s2"),
        "{message}"
    );
}

#[test]
fn content_tells_what_a_file_is() {
    let folder = series();
    let at = |name: &str| folder.path().join(name);
    let bun = "Heap.20261126.123648.4767.0.001.heapprofile.gz";
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/producers");
    std::fs::copy(data.join(bun), at(bun)).unwrap();
    let first = json_of(folder.path(), &["info", "."])["dumps"][0]["path"].clone();
    std::fs::copy(at(first.as_str().unwrap()), at("heap-a.json")).unwrap();
    std::fs::write(at("package.json"), "{\"snapshot\":1}").unwrap();
    std::fs::write(at("b.heapsnapshot.xz"), "\u{fd}7zXZ").unwrap();
    let document = json_of(folder.path(), &["info", "."]);
    let dumps = document["dumps"].as_array().unwrap();
    let find = |name: &str| dumps.iter().find(|dump| dump["path"] == name);
    let snapshot = find(bun).unwrap();
    assert_eq!(snapshot["kind"], "heapsnapshot");
    assert_eq!(
        (&snapshot["nodes"], &snapshot["edges"]),
        (&2560.into(), &5933.into())
    );
    assert_eq!(find("heap-a.json").unwrap()["nodes"], 5);
    assert!(find("package.json").is_none());
    assert_eq!(find("b.heapsnapshot.xz").unwrap()["state"], "invalid");
    let alone = tempfile::tempdir().unwrap();
    std::fs::write(alone.path().join("notes.txt"), "x").unwrap();
    let message = refused(alone.path(), &["info", "."]);
    assert!(
        message.contains("no dumps here: the only file there is not a dump"),
        "{message}"
    );
}

#[test]
fn info_lists_bad_dumps_beside_good_ones() {
    let folder = series();
    let cut = "Heap.20260101.120000.7.0.003.heapsnapshot";
    std::fs::write(folder.path().join(cut), "{\"snapshot\":{\"meta\":{").unwrap();
    let empty = "Heap.20260101.130000.7.0.004.heapsnapshot";
    std::fs::write(folder.path().join(empty), "").unwrap();
    let document = json_of(folder.path(), &["info", "."]);
    let dumps = document["dumps"].as_array().unwrap();
    let states: Vec<&str> = dumps
        .iter()
        .map(|dump| dump["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["complete", "complete", "truncated", "empty"]);
    assert_eq!(dumps[0]["label"], "s1");
    assert_eq!(dumps[0]["kind"], "heapsnapshot");
    assert_eq!(dumps[0]["problem"], Value::Null);
    assert_eq!(dumps[0]["time_source"], "name");
    assert_eq!(dumps[0]["nodes"], 5);
    assert_eq!(dumps[0]["edges"], 5);
    assert_eq!(dumps[0]["strings"], 8);
    assert_eq!(dumps[0]["total_size"], 64);
    assert_eq!(dumps[1]["max_object_id"], 21);
    assert_eq!(dumps[2]["nodes"], Value::Null);
    assert!(dumps[2]["problem"].is_string());
    assert_eq!(dumps[3]["bytes"], 0);
    let keys: Vec<&String> = dumps[0].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 13, "{keys:?}");

    // The good ones stay usable; what is wrong with the others is said aside.
    let output = heaptui(folder.path(), &["summary", ".", "--format", "csv"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains(cut));
    let message = refused(folder.path(), &["summary", ".", "--at", cut]);
    assert!(message.contains(cut), "{message}");
}

#[test]
fn formats_hold_the_same_rows() {
    let folder = series();
    let folder = folder.path();
    assert_eq!(
        printed(folder, &["summary", ".", "--format", "csv"]),
        "class,location,distance,count,shallow_size,retained_size\n\
         global,,1,1,16,64\nHolder,,2,1,32,40\nLeaf,,2,2,16,16\n"
    );
    let markdown = printed(folder, &["summary", ".", "--format", "markdown"]);
    assert!(
        markdown.contains("\n| Leaf |  | 2 | 2 | 16 B | 16 B |\n"),
        "{markdown}"
    );
    let table = printed(folder, &["summary", "."]);
    let header = table.lines().nth(2).unwrap();
    assert!(header.starts_with("Class"), "{table}");
    let last = table.lines().last().unwrap();
    let cells: Vec<&str> = last.split_whitespace().collect();
    assert_eq!(cells, ["Leaf", "2", "2", "16", "B", "16", "B"]);
    assert_eq!(last.len(), header.len(), "numbers stand on the right");
}

#[test]
fn names_from_dumps_never_reach_a_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "=cmd|\u{1b}]0;x\u{7}\u{9b}31m\n\u{202e}|`*";
    let name = "x\u{1b}[31m\u{9b}1m\u{202e}\n.heapsnapshot";
    dump::write(folder.path(), name, hostile, 9);
    std::fs::write(folder.path().join(format!("cut{name}")), "{\"snapshot\":").unwrap();
    let commands = [
        vec!["info", "."],
        vec!["statistics", "."],
        vec!["trend", "."],
        vec!["suspects", "."],
        vec!["retainers", ".", "--id", "7"],
        vec!["dominators", ".", "--id", "7"],
        vec!["report", "."],
        vec!["summary", "."],
        vec!["objects", ".", "--class", hostile],
        vec!["object", ".", "--id", "7"],
        vec!["path", ".", "--id", "7"],
        vec!["why", ".", "--id", "7"],
        vec!["roots", "."],
        vec!["dominated", ".", "--id", "5"],
        vec!["what-if", ".", "--class", hostile],
        vec!["collections", "."],
        vec!["contexts", "."],
        vec!["realms", "."],
        vec!["path", ".", "--class", hostile],
    ];
    for command in commands {
        for format in ["table", "csv", "markdown", "json"] {
            if command[0] == "report" && !["markdown", "json"].contains(&format) {
                continue;
            }
            let arguments = [&command[..], &["--format", format]].concat();
            let output = heaptui(folder.path(), &arguments);
            assert_eq!(output.status.code(), Some(0), "{arguments:?}");
            let steers =
                |c: char| c == '\u{202e}' || (c.is_control() && c != '\n') || c == '\u{feff}';
            for said in [&output.stdout, &output.stderr] {
                let said = text(said);
                assert!(!said.contains(steers), "{arguments:?}: {said:?}");
            }
        }
    }
    // The escaped JSON is the same text still.
    let document = json_of(folder.path(), &["objects", ".", "--class", hostile]);
    assert_eq!(document["objects"][0]["class"], hostile);
    let csv = printed(folder.path(), &["summary", ".", "--format", "csv"]);
    assert!(csv.contains("'=cmd"), "{csv}");
}

#[test]
fn wrong_arguments_are_refused_on_one_line() {
    let folder = series();
    let folder = folder.path();
    let cases: [(&[&str], &str); 11] = [
        (&["summary"], "PATH"),
        (&["summary", "nowhere"], "nowhere"),
        (&["summary", ".", "--format", "xml"], "xml"),
        (&["summary", ".", "--nonsense"], "--nonsense"),
        (&["summary", ".", "--limit", "-1"], "-1"),
        (&["summary", ".", "--retained-by", "me"], "me"),
        (
            &["summary", ".", "--unreachable", "--duplicate-strings"],
            "--duplicate-strings",
        ),
        (&["objects", "."], "--class"),
        (&["object", ".", "--id", "4711"], "@4711"),
        (&["path", "."], "--id"),
        (&["no-such-command"], "no-such-command"),
    ];
    for (arguments, named) in cases {
        let message = refused(folder, arguments);
        assert!(message.contains(named), "{arguments:?}: {message}");
    }
}

#[test]
fn without_a_terminal_the_explorer_says_what_prints() {
    let folder = series();
    let message = refused(folder.path(), &["."]);
    assert!(
        message.contains("terminal")
            && message.contains("summary, diff, trend")
            && !message.contains("completions"),
        "{message}"
    );
}

#[test]
fn a_command_wins_over_a_file_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    dump::write(folder.path(), "info", LEAF, 9);
    refused(folder.path(), &["info"]);
    let message = refused(folder.path(), &["./info"]);
    assert!(message.contains("terminal"), "{message}");
    let document = json_of(folder.path(), &["info", "info"]);
    assert_eq!(document["dumps"][0]["nodes"], 5);
}

#[test]
fn texts_about_the_program_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, part) in [
        (&["--help"][..], "Usage:"),
        (&["--version"], "heaptui 0."),
        (&["summary", "--help"], "--allocated-between"),
        (&["completions", "bash"], "_heaptui()"),
        (&["completions", "fish"], "complete -c heaptui"),
        (&["man"], ".TH"),
    ] {
        let printed = printed(folder.path(), arguments);
        assert!(printed.contains(part), "{arguments:?}: {printed}");
    }
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = series();
    for format in ["table", "json", "csv", "markdown"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_heaptui"))
            .current_dir(folder.path())
            .args(["summary", ".", "--format", format, "--no-index"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(text(&output.stderr), "", "{format}");
    }
}
