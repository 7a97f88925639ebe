//! The code at places, and who owns what, on a bundled service that was run minified and as it is (`tests/data/bundle`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use heaptui::analysis::describe::Scripts;
use heaptui::heap::Heap;
use heaptui::snapshot::NodeKind;
use heaptui::source::{Certainty, Options, Sources, Spot};
use heaptui::task::Task;
use serde_json::Value;

use super::{json_of, printed};

/// What the classes are called, and in the minified run.
const CLASSES: [(&str, &str); 5] = [
    ("Session", "n"),
    ("User", "r"),
    ("SessionStore", "c"),
    ("Logger", "i"),
    ("RequestCounter", "l"),
];

/// A copy of the service and its dumps, whose scripts are older than these; and the option that finds them.
fn copy() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bundle");
    for run in ["min", "plain"] {
        fs::create_dir(folder.path().join(run)).unwrap();
        for entry in fs::read_dir(data.join(run)).unwrap() {
            let path = entry.unwrap().path();
            let copy = folder.path().join(run).join(path.file_name().unwrap());
            fs::copy(&path, &copy).unwrap();
            touch(
                &copy,
                SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
            );
        }
    }
    let option = format!("--source-root=/srv/shop={}", folder.path().display());
    (folder, option)
}

fn touch(path: &Path, time: SystemTime) {
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(time).unwrap();
}

fn script(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("min/server.js")
}

/// The place of the first object of a class.
fn place(folder: &tempfile::TempDir, run: &str, class: &str, options: &[&str]) -> Value {
    let objects = json_of(
        folder.path(),
        &["objects", run, "--class", class, "--limit", "1"],
    );
    let id = objects["objects"][0]["id"].to_string();
    let mut arguments = vec!["object", run, "--id", &id];
    arguments.extend(options);
    json_of(folder.path(), &arguments)["source"].take()
}

#[test]
fn names_and_lines_are_those_of_the_run_that_is_not_minified() {
    let (folder, option) = copy();
    for (class, minified) in CLASSES {
        let plain = place(&folder, "plain", class, &[&option]);
        let small = place(&folder, "min", minified, &[&option]);
        assert_eq!(plain["certainty"], "exact", "{plain}");
        assert_eq!(small["certainty"], "exact", "{small}");
        assert_eq!(small["function"], minified);
        assert_eq!(small["original"]["name"], class, "{small}");
        assert_eq!(small["original"], plain["original"]);
        assert_eq!(small["code"], plain["code"]);
        let line = &small["original"]["line"];
        let code = small["code"].as_array().unwrap();
        let marked = code.iter().find(|code| code["line"] == *line).unwrap();
        let text = marked["text"].as_str().unwrap();
        assert!(
            text.contains("constructor(") || text.contains(&format!("class {class}")),
            "{text}"
        );
    }
    let session = place(&folder, "min", "n", &[&option]);
    assert_eq!(session["original"]["source"], "src/session-store.ts");
    assert_eq!(session["original"]["line"], 6);
}

#[test]
fn classes_as_written_are_those_of_the_run_that_is_not_minified() {
    let (folder, option) = copy();
    let classes = |run: &str, more: &[&str]| {
        let arguments = [&["summary", run, &option][..], more].concat();
        let found = json_of(folder.path(), &arguments)["classes"].take();
        found.as_array().unwrap().clone()
    };
    let (plain, small) = (classes("plain", &[]), classes("min", &[]));
    for (class, minified) in CLASSES {
        let named = |rows: &[Value], name: &str| {
            rows.iter()
                .find(|row| row["class"] == name)
                .unwrap()
                .clone()
        };
        let (plain, small) = (named(&plain, class), named(&small, minified));
        assert_eq!(small["original"]["name"], class);
        assert_eq!(small["original"], plain["original"]);
        for figure in ["count", "distance", "shallow_size", "retained_size"] {
            assert_eq!(small[figure], plain[figure], "{class} {figure}");
        }
        // Both names find it.
        for name in [class, minified] {
            let found = classes("min", &["--class", name]);
            assert_eq!(
                (found.len(), &found[0]["class"]),
                (1, &minified.into()),
                "{name}"
            );
        }
    }
    let table = printed(
        folder.path(),
        &["summary", "min", &option, "--search", "SessionSt"],
    );
    assert!(
        table.contains("SessionStore (c)  src/session-store.ts:"),
        "{table}"
    );
    // Without the map it is the dump's own name, and nothing more.
    let bare = json_of(
        folder.path(),
        &["summary", "min", "--no-source", "--class", "c"],
    );
    assert_eq!(bare["classes"][0].get("original"), None);
    let found = json_of(folder.path(), &["suspects", "min", &option]);
    let leaked = &found["suspects"][0]["leaked"][0];
    assert_eq!(
        (&leaked["class"], &leaked["original"]["name"]),
        (&"n".into(), &"Session".into())
    );
}

/// Each command, what it prints for people, and the name, class or function that JSON has for the first row that says so.
#[test]
fn each_command_tells_what_people_wrote() {
    let (folder, option) = copy();
    let path = folder.path();
    let objects = json_of(path, &["objects", "min", "--class", "n"]);
    let id = objects["objects"][0]["id"].to_string();
    for (arguments, told) in [
        (&["suspects"][..], "keeps all 1,200 `Session (n)` alive"),
        (
            &["suspects"],
            "`store.sessions` (a Map; `store` is a variable of the module src/server.ts, `g` in the dump)",
        ),
        (&["report"], "`Session (n)`"),
        (&["trend"], "Session (n) src/session-store.ts:6:3 growing"),
        (&["trend", "--class", "User"], "src/session-store.ts:15:3"),
        (&["trend", "--search", "SessSto"], "SessionStore (c)"),
        (&["diff", "--class", "Session"], "Session (n)"),
        (&["summary", "--class", "Session"], "Session (n)"),
        (&["objects", "--class", "User", "--limit", "1"], "User (r)"),
        (&["object", "--id", &id], "Session (n) @"),
        (&["object", "--id", &id], "▶ 6 │ constructor(readonly id"),
        (&["path", "--id", &id], "path to Session (n) @"),
        (&["path", "--class", "User"], "user in Session (n)"),
        (
            &["path", "--id", &id, "--format", "dot"],
            "SessionStore (c) @",
        ),
        (&["retainers", "--id", &id], "who retains Session (n) @"),
        (&["why", "--id", &id], "why Session (n) @"),
        (
            &["why", "--id", &id],
            "variable `store (g)` of the module src/server.ts",
        ),
        (&["path", "--id", &id], "store (g) context SessionStore (c)"),
        (&["containment", "--id", &id], "Logger (i)"),
        (&["dominators", "--id", &id], "SessionStore (c)"),
        (&["dominated", "--id", &id], "what Session (n) @"),
        (&["dominators", "--format", "collapsed"], "Session (n)"),
        (&["what-if", "--class", "Session"], "User (r)"),
        (&["collections"], "SessionStore (c) @"),
        (&["check"], "Session (n) 400 → 800 → 1,200"),
        (
            &["check", "--format", "junit"],
            "Session (n) 400 → 800 → 1,200",
        ),
        (
            &["check", "--format", "github"],
            "file=src/session-store.ts,line=",
        ),
        (
            &["check", "--format", "sarif"],
            "\"uri\": \"src/session-store.ts\"",
        ),
    ] {
        let mut all = vec![arguments[0], "min", &option];
        all.extend(&arguments[1..]);
        let text = output(path, &all);
        assert!(text.contains(told), "{arguments:?} {told}: {text}");
        let bare: Vec<&str> = all.iter().copied().filter(|word| *word != option).collect();
        let bare = output(path, &[&bare[..], &["--no-source"]].concat());
        for name in [
            "Session (n)",
            "SessionStore",
            "User (r)",
            "store (g)",
            "session-store.ts",
        ] {
            assert!(!bare.contains(name), "{arguments:?} {name}: {bare}");
        }
    }
    let text = printed(path, &["query", "min", "Session | group shape", &option]);
    assert!(text.contains("Session (n) {id, user, log}"), "{text}");
    let text = printed(path, &["query", "min", "type=closure", &option]);
    assert!(text.contains("SessionStore() (c)"), "{text}");
}

#[test]
fn programs_get_the_dumps_names_and_the_originals_beside_them() {
    let (folder, option) = copy();
    let path = folder.path();
    let json = |arguments: &[&str]| {
        let mut all = vec![arguments[0], "min", &option];
        all.extend(&arguments[1..]);
        json_of(path, &all)
    };
    let id = json(&["objects", "--class", "n"])["objects"][0]["id"].to_string();
    let holder = json(&["suspects"])["suspects"][0]["path"].take();
    for (arguments, rows, class, name) in [
        (
            &["objects", "--class", "Session"][..],
            "objects",
            "n",
            "Session",
        ),
        (
            &["summary", "--class", "Session"],
            "classes",
            "n",
            "Session",
        ),
        (&["trend", "--class", "Session"], "classes", "n", "Session"),
        (&["diff", "--class", "Session"], "classes", "n", "Session"),
        (&["path", "--id", &id], "path", "n", "Session"),
        (&["containment", "--id", &id], "fields", "i", "Logger"),
        (&["dominators", "--id", &id], "chain", "c", "SessionStore"),
        (&["what-if", "--class", "Session"], "classes", "r", "User"),
        (&["why", "--id", &id], "steps", "n", "Session"),
    ] {
        let found = json(arguments);
        let is_it = |row: &&Value| row["class"] == class || row["object"]["class"] == class;
        let row = found[rows].as_array().unwrap().iter().find(is_it);
        let row = row.unwrap_or_else(|| panic!("{arguments:?}: {found}"));
        assert_eq!(row["original"]["name"], name, "{arguments:?}");
        assert_eq!(
            row["original"]["source"]
                .as_str()
                .unwrap()
                .split('/')
                .next(),
            Some("src")
        );
    }
    for arguments in [
        &["object", "--id", &id][..],
        &["why", "--id", &id],
        &["retainers", "--id", &id],
    ] {
        let object = json(arguments)["object"].take();
        assert_eq!(
            (&object["class"], &object["original"]["line"]),
            (&"n".into(), &6.into())
        );
    }
    let steps = holder.as_array().unwrap().iter();
    let mut stores = steps.filter(|step| step["object"]["class"] == "c");
    assert_eq!(
        stores.next().unwrap()["object"]["original"]["name"],
        "SessionStore"
    );
    let report = json(&["report"]);
    let piled = &report["leaks"][0]["leaked"][0];
    assert_eq!(
        (&piled["class"], &piled["original"]["name"]),
        (&"n".into(), &"Session".into())
    );
    let found = json_of(path, &["query", "min", "Session", &option]);
    let row = &found["objects"][0];
    assert_eq!(
        (&row["class"], &row["original"]["name"]),
        (&"n".into(), &"Session".into())
    );
}

/// The words that a command prints, whether it passes or fails.
fn output(folder: &Path, arguments: &[&str]) -> String {
    let output = super::heaptui(folder, arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

#[test]
fn every_closure_of_the_service_resolves() {
    let (folder, option) = copy();
    let options = Options {
        moved: vec![option.trim_start_matches("--source-root=").parse().unwrap()],
        ..Options::default()
    };
    let names = |run: &str| -> BTreeMap<(String, u64), Option<String>> {
        let dump = "Heap.20261126.102000.4711.0.003.heapsnapshot.zst";
        let task = Task::new();
        let heap = Heap::open(&folder.path().join(run).join(dump), &task).unwrap();
        let scripts = Scripts::build(&heap, &task).unwrap();
        let mut sources = Sources::new(options.clone(), None);
        let (mut names, mut unmapped) = (BTreeMap::new(), Vec::new());
        for node in heap
            .graph()
            .nodes()
            .filter(|&node| heap.kind(node) == NodeKind::CLOSURE)
        {
            let Some(spot) = Spot::of(&heap, &scripts, node) else {
                continue;
            };
            let place = sources.find(&spot);
            if !spot.url.starts_with("/srv/shop/") {
                assert_eq!(place.note.as_deref(), Some("part of Node.js"));
                continue;
            }
            assert_ne!(place.certainty, Certainty::Unknown, "{place:?}");
            // The whole script is a function that nobody wrote.
            if (place.line, place.column) == (1, 1) {
                continue;
            }
            match place.original {
                Some(original) => {
                    names.insert((original.source, original.line), original.name);
                }
                // The map that mitt comes with leaves its first function out.
                None => {
                    let note = place.note.as_deref();
                    assert_eq!(note, Some("its source map does not have this place"));
                    unmapped.push(place.certainty);
                }
            }
        }
        assert_eq!(unmapped, [Certainty::Exact], "{run}");
        names
    };
    let (small, plain) = (names("min"), names("plain"));
    assert!(small.len() >= 12, "{small:?}");
    assert_eq!(small, plain);
}

#[test]
fn a_file_that_is_not_what_ran_is_told() {
    let (folder, option) = copy();
    let text = fs::read_to_string(script(&folder)).unwrap();
    touch(
        &script(&folder),
        SystemTime::now() + Duration::from_secs(86_400 * 3650),
    );
    let newer = place(&folder, "min", "c", &[&option]);
    assert_eq!(newer["certainty"], "probable");
    assert_eq!(newer["note"], "server.js is newer than the dump");
    assert_eq!(newer["original"]["name"], "SessionStore");
    for changed in [
        format!("// moved\n{text}"),
        text.replacen("class{sessions", "class {sessions", 1),
        "{}".to_owned(),
    ] {
        fs::write(script(&folder), changed).unwrap();
        let place = place(&folder, "min", "c", &[&option]);
        assert_eq!(place["certainty"], "unknown", "{place}");
        assert_eq!(place["note"], "server.js changed since it was loaded");
        assert_eq!(
            (&place["code"], &place["original"]),
            (&Value::Null, &Value::Null)
        );
    }
}

#[test]
fn without_the_file_the_dump_tells_its_own_text() {
    let (folder, option) = copy();
    fs::remove_file(script(&folder)).unwrap();
    fs::rename(
        folder.path().join("min/server.js.map"),
        folder.path().join("server.js.map"),
    )
    .unwrap();
    let place = |options: &[&str]| place(&folder, "min", "c", options);
    let own = place(&[&option]);
    assert_eq!(
        (&own["certainty"], &own["original"]),
        (&Value::from("exact"), &Value::Null)
    );
    assert!(
        own["code"][0]["text"]
            .as_str()
            .unwrap()
            .contains("c=class{sessions=new Map;")
    );
    let mapped = place(&[&option, "--source-maps", "."]);
    assert_eq!(mapped["original"]["name"], "SessionStore");
    let off = place(&["--no-source"]);
    assert_eq!(
        (&off["certainty"], &off["code"]),
        (&Value::from("unknown"), &Value::Null)
    );
}

#[test]
fn the_leak_is_told_by_its_original_names() {
    let (folder, option) = copy();
    let found = json_of(folder.path(), &["suspects", "min", &option]);
    let change = &found["suspects"][0]["change"];
    assert_eq!(change["original"]["name"], "SessionStore", "{change}");
    assert_eq!(change["original"]["source"], "src/session-store.ts");
    // Not where the class begins: where it fills what holds.
    let line = change["original"]["line"].as_u64().unwrap();
    let code = change["code"].as_array().unwrap();
    let marked = code.iter().find(|code| code["line"] == line).unwrap();
    assert_eq!(
        marked["text"].as_str().unwrap().trim(),
        "this.sessions.set(session.id, session);"
    );
    assert_eq!(change["certainty"], "probable");
    let plain = json_of(folder.path(), &["suspects", "plain", &option]);
    assert_eq!(
        plain["suspects"][0]["change"]["original"],
        change["original"]
    );
    let text = printed(folder.path(), &["suspects", "min", &option]);
    assert!(
        text.contains("Change: src/session-store.ts:") && text.contains("SessionStore (c)"),
        "{text}"
    );
    assert!(text.contains("▶"), "{text}");
    let report = printed(folder.path(), &["report", "min", &option]);
    assert!(report.contains("SessionStore (c)"), "{report}");
    let bare = printed(folder.path(), &["report", "min", "--no-source"]);
    assert!(
        !bare.contains("▶ ") && !bare.contains("SessionStore"),
        "{bare}"
    );
}

#[test]
fn code_is_masked_in_reports_and_escaped_everywhere() {
    let (folder, option) = copy();
    let map = folder.path().join("min/server.js.map");
    let secret = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4");
    let text = fs::read_to_string(&map).unwrap();
    let adds = "this.sessions.set(session.id, session);";
    assert!(text.contains(adds));
    let hostile = format!("{adds} a = 'jane.doe@example.com'; // \\u001b[2J {secret}");
    fs::write(&map, text.replace(adds, &hostile)).unwrap();
    touch(&map, SystemTime::UNIX_EPOCH);
    for arguments in [["suspects", "min", &option], ["report", "min", &option]] {
        let printed = printed(folder.path(), &arguments);
        assert!(printed.contains(adds), "{printed}");
        assert!(!printed.contains('\u{1b}'), "{printed}");
        for secret in [secret.as_str(), "jane.doe@example.com"] {
            assert_eq!(printed.contains(secret), arguments[0] == "suspects");
        }
    }
}

/// The groups of `owners`, by their owners.
fn groups(found: &Value) -> Vec<(Vec<&str>, i64)> {
    let groups = found["groups"].as_array().unwrap().iter();
    groups
        .map(|group| {
            let owners = group["owners"].as_array().unwrap();
            (
                owners.iter().map(|owner| owner.as_str().unwrap()).collect(),
                group["growth_bytes"].as_i64().unwrap(),
            )
        })
        .collect()
}

#[test]
fn what_grows_is_owned_by_who_leaks() {
    let (folder, option) = copy();
    let found = json_of(folder.path(), &["owners", "min", &option]);
    let all = groups(&found);
    let growth: i64 = all.iter().map(|(_, growth)| growth).sum();
    assert_eq!(all[0].0, ["(own code)"], "{all:?}");
    assert!(all[0].1 * 10 > growth * 9, "{all:?}");
    assert!(
        all.iter().any(|(owners, _)| owners.contains(&"mitt")),
        "the bundle is divided by its map: {all:?}"
    );
    let by_script = json_of(folder.path(), &["owners", "min", "--by", "script", &option]);
    assert!(
        groups(&by_script)[0].0.contains(&"src/server.ts"),
        "{:?}",
        groups(&by_script)[0]
    );
    let undivided = json_of(
        folder.path(),
        &["owners", "min", "--by", "script", "--no-source"],
    );
    assert_eq!(groups(&undivided)[0].0, ["/srv/shop/min/server.js"]);
    // The sizes of all groups come to those of the dump.
    let total = json_of(folder.path(), &["statistics", "min"])["total"]
        .as_u64()
        .unwrap();
    let last = |group: &Value| group["shallow_sizes"][2].as_u64().unwrap();
    assert_eq!(
        found["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(last)
            .sum::<u64>(),
        total
    );
    let table = printed(folder.path(), &["owners", "min", &option]);
    assert!(
        table.contains("(own code)") && table.contains(" → "),
        "{table}"
    );
}

#[test]
fn the_growing_set_of_each_series_is_the_leaks() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (series, owner) in [
        ("emitter-small", "(own code)"),
        ("sessions", "(own code)"),
        ("carts", "(own code)"),
    ] {
        let path = format!("tests/data/{series}");
        let found = json_of(here, &["owners", &path]);
        let all = groups(&found);
        assert!(all[0].0.contains(&owner), "{series}: {all:?}");
    }
}
