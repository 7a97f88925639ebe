//! Sampling profiles and recorded allocations, of a small service under Node 20 that never forgets its orders
//! (`tests/data/orders/orders.js`), and of Node's own start (`tests/data/heap-prof`).

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{json_of, printed, refused};

const FIRST: &str = "sample_1795000000000_4.heapprofile.zst";
const LAST: &str = "sample_1795007200000_5.heapprofile.zst";
const SCRIPT: &str = "orders.js";

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

fn orders(arguments: &[&str]) -> Value {
    json_of(&data("orders"), arguments)
}

/// The row of a function of orders.js.
fn row<'a>(document: &'a Value, function: &str) -> &'a Value {
    let rows = document["functions"].as_array().unwrap();
    let is = |row: &&Value| {
        row["function"] == function && row["url"].as_str().unwrap().ends_with(SCRIPT)
    };
    rows.iter()
        .find(is)
        .unwrap_or_else(|| panic!("{function}: {document}"))
}

#[test]
fn totals_are_those_that_devtools_computes() {
    // What DevTools' own code gives for the same files, every level of a recursion among them.
    let (orders, start) = (data("orders"), data("heap-prof"));
    for (folder, file) in [(&orders, FIRST), (&orders, LAST), (&start, ".")] {
        let expected = match file {
            "." => "start.devtools.json",
            FIRST => "first.devtools.json",
            _ => "last.devtools.json",
        };
        let expected = std::fs::read(data("heap-prof").join(expected)).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let ours = json_of(folder, &["profile", file]);
        assert_eq!(ours["total_size"], expected["total_size"]);
        let key = |row: &Value, script: &str| {
            let name = match row["function"].as_str().unwrap() {
                "" => "(anonymous)",
                name => name,
            };
            format!(
                "{name} {} {} {} {}",
                row["url"], row[script], row["line"], row["column"]
            )
        };
        let sizes = |document: &Value, script: &str| {
            let rows = document["functions"].as_array().unwrap().iter();
            let mut sizes: Vec<_> = rows
                .map(|row| {
                    (
                        key(row, script),
                        row["self_size"].as_u64(),
                        row["total_size"].as_u64(),
                    )
                })
                .collect();
            sizes.sort();
            sizes
        };
        assert_eq!(sizes(&ours, "script_id"), sizes(&expected, "script"));
    }
}

#[test]
fn a_profile_by_function_file_package_and_path() {
    let document = orders(&["profile", LAST, "--limit", "3"]);
    assert_eq!(document["functions"].as_array().unwrap().len(), 3);
    assert_eq!(document["profile"]["heap_mb"], 5);
    assert_eq!(document["profile"]["taken_at"], "2026-11-18T13:06:40Z");
    let total = orders(&["profile", LAST, "--sort", "total"]);
    let sizes: Vec<u64> = total["functions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["once_size"].as_u64().unwrap())
        .collect();
    let whole = total["total_size"].as_u64().unwrap();
    assert!(sizes.iter().all(|&size| size <= whole), "each stack once");
    assert!(sizes.is_sorted_by(|a, b| a >= b));
    let files = orders(&["profile", LAST, "--by", "file"]);
    let mut names = files["groups"].as_array().unwrap().iter();
    assert!(names.any(|row| row["name"].as_str().unwrap().ends_with(SCRIPT)));
    let packages = orders(&["profile", LAST, "--by", "package"]);
    assert_eq!(packages["groups"][0]["name"], "(application)");
    let paths = orders(&["profile", LAST, "--by", "path", "--limit", "1"]);
    let stack = paths["paths"][0]["stack"].as_array().unwrap();
    let names: Vec<&str> = stack
        .iter()
        .map(|at| {
            paths["frames"][at.as_u64().unwrap() as usize]["function"]
                .as_str()
                .unwrap()
        })
        .collect();
    assert!(names.contains(&"handle"), "{names:?}");
    let found = orders(&["profile", LAST, "--search", "remember"]);
    assert_eq!(found["functions"][0]["function"], "remember");
    let table = printed(&data("orders"), &["profile", LAST, "--limit", "2"]);
    assert!(
        table.contains("orders.js:") && table.contains("more; --limit 0"),
        "{table}"
    );
    let csv = printed(&data("orders"), &["profile", LAST, "--format", "csv"]);
    assert!(
        csv.starts_with("function,url,line,column,self_size,total_size\n"),
        "{csv}"
    );
}

#[test]
fn two_profiles_and_a_series() {
    let document = orders(&["profile", ".", "--from", "p1", "--to", LAST]);
    assert_eq!(document["from"]["label"], "p1");
    assert_eq!(document["to"]["label"], "p3");
    let remember = row(&document, "remember");
    assert_eq!(remember["change"], "grown");
    let (from, to) = (&remember["from_self_size"], &remember["to_self_size"]);
    let delta = to.as_i64().unwrap() - from.as_i64().unwrap();
    assert_eq!(remember["self_delta"], delta);
    // The names are two hours apart.
    assert_eq!(remember["growth_per_hour"], delta / 2);
    let changes = document["functions"].as_array().unwrap().iter();
    assert!(changes.clone().any(|row| row["change"] == "added"));

    let back = orders(&["profile", ".", "--from", "p3", "--to", "p1"]);
    let gone = back["functions"].as_array().unwrap().iter();
    assert!(gone.clone().any(|row| row["change"] == "gone"));

    let series = orders(&["profile", ".", "--by", "path"]);
    assert_eq!(series["profiles"].as_array().unwrap().len(), 3);
    assert!(series["growth_per_hour"].as_i64().unwrap() > 100_000);
    assert_eq!(
        series["paths"][0]["self_sizes"].as_array().unwrap().len(),
        3
    );
    let table = printed(&data("orders"), &["profile", "."]);
    assert!(
        table.contains("heap 4 MB") && table.contains("/h"),
        "{table}"
    );
}

#[test]
fn exports_are_what_other_tools_read() {
    let folder = data("orders");
    let total = orders(&["profile", LAST])["total_size"].as_u64().unwrap();
    let lines = printed(&folder, &["profile", LAST, "--format", "collapsed"]);
    let sizes = lines
        .lines()
        .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
    assert_eq!(sizes.sum::<u64>(), total);
    assert!(lines.contains(";handle (orders.js:"), "{lines}");
    let text = printed(
        &folder,
        &["profile", ".", "--at", "p3", "--format", "speedscope"],
    );
    let file: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        file["$schema"],
        "https://www.speedscope.app/file-format-schema.json"
    );
    assert_eq!(file["profiles"][0]["endValue"], total);
    let message = refused(&folder, &["profile", ".", "--format", "collapsed"]);
    assert!(message.contains("--at"), "{message}");
}

#[test]
fn damaged_profiles_have_a_clear_message() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let whole = r#"{"head":{"callFrame":{"functionName":"f","scriptId":"1","url":"/a.js","lineNumber":0,"columnNumber":0},"selfSize":3,"id":1,"children":[]},"samples":[]}"#;
    write("sample_1795000000000_4.heapprofile", whole);
    write("sample_1795003600000_4.heapprofile", &whole[..60]);
    write(
        "odd.heapprofile",
        &whole.replace("\"selfSize\":3", "\"selfSize\":-3"),
    );
    let message = refused(folder.path(), &["profile", "odd.heapprofile"]);
    assert!(
        message.contains("odd.heapprofile: byte ") && message.contains("number of bytes"),
        "{message}"
    );
    write("bare.heapprofile", &whole.replace("callFrame", "frame"));
    let message = refused(folder.path(), &["profile", "bare.heapprofile"]);
    assert!(
        message.contains("byte ")
            && message.contains("no \"callFrame\"")
            && message.contains("take another"),
        "{message}"
    );
    let message = refused(
        folder.path(),
        &["profile", "sample_1795003600000_4.heapprofile"],
    );
    assert!(message.contains("cut short"), "{message}");
    let one = json_of(folder.path(), &["profile", "."]);
    assert_eq!(one["total_size"], 3);
    let info = json_of(folder.path(), &["info", "."]);
    let states: Vec<_> = info["dumps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dump| {
            (
                dump["kind"].clone(),
                dump["state"].clone(),
                dump["total_size"].clone(),
            )
        })
        .collect();
    let kind = || json!("heapprofile");
    assert!(
        states.contains(&(kind(), json!("complete"), json!(3))),
        "{states:?}"
    );
    assert!(
        states.contains(&(kind(), json!("truncated"), Value::Null)),
        "{states:?}"
    );
    assert!(
        states.contains(&(kind(), json!("invalid"), Value::Null)),
        "{states:?}"
    );
    let message = refused(folder.path(), &["profile", ".", "--at", "p9"]);
    assert!(message.contains("no profile p9"), "{message}");
    let empty = tempfile::tempdir().unwrap();
    let message = refused(empty.path(), &["profile", "."]);
    assert!(message.contains("no dumps here"), "{message}");
}

#[test]
fn recorded_allocations_by_function_class_and_object() {
    const TIMELINE: &str = "orders.heaptimeline.zst";
    let all = orders(&["allocations", TIMELINE]);
    let sizes = all["functions"].as_array().unwrap().iter();
    assert!(
        sizes
            .clone()
            .is_sorted_by(|a, b| a["size"].as_u64() >= b["size"].as_u64())
    );
    let remember = row(&all, "remember");
    assert!(
        remember["live_count"].as_u64().unwrap() >= 320,
        "{remember}"
    );

    let stacks = orders(&["allocations", TIMELINE, "--class", "Order"]);
    let first = &stacks["stacks"][0];
    let names: Vec<&str> = first["stack"]
        .as_array()
        .unwrap()
        .iter()
        .map(|frame| frame["function"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"handle") && names.contains(&"timeline"),
        "{names:?}"
    );

    let objects = orders(&["objects", TIMELINE, "--class", "Order", "--limit", "1"]);
    let id = objects["objects"][0]["id"].to_string();
    let one = orders(&["allocations", TIMELINE, "--id", &id]);
    let stack = one["stack"].as_array().unwrap();
    assert!(
        stack.iter().any(|frame| frame["function"] == "handle"),
        "{one}"
    );
    assert_eq!(
        orders(&["object", TIMELINE, "--id", &id])["allocated_by"],
        one["stack"]
    );
    let table = printed(&data("orders"), &["object", TIMELINE, "--id", &id]);
    assert!(
        table.contains("allocated by ") && table.contains("handle orders.js:21:16"),
        "{table}"
    );

    let message = refused(
        &data("orders"),
        &["allocations", "Heap-20261118T130640.heapsnapshot.zst"],
    );
    assert!(message.contains("no allocation stacks"), "{message}");
}

#[test]
fn a_range_of_time_is_a_filter() {
    const TIMELINE: &str = "orders.heaptimeline.zst";
    let bars = orders(&["allocations", TIMELINE, "--timeline"]);
    let bars = bars["timeline"].as_array().unwrap();
    assert!(bars.len() > 3);
    assert_eq!(bars[0]["seconds"], 0.0);
    let live: u64 = bars
        .iter()
        .map(|bar| bar["live_count"].as_u64().unwrap())
        .sum();
    assert!(live > 10_000);
    let count = |range: &str| {
        let summary = orders(&[
            "summary",
            TIMELINE,
            "--class",
            "Order",
            "--allocated-during",
            range,
        ]);
        assert_eq!(summary["filter"]["name"], "allocated-during");
        summary["classes"]
            .as_array()
            .unwrap()
            .first()
            .map_or(0, |class| class["count"].as_u64().unwrap())
    };
    assert_eq!(count("0.."), 320);
    let (early, late) = (count("0..0.12"), count("0.3.."));
    assert!(
        early > 0 && early < 320 && late > 0 && late < 320,
        "{early} {late}"
    );
    let message = refused(
        &data("orders"),
        &["summary", ".", "--allocated-during", "5..1"],
    );
    assert!(
        message.contains("seconds since the recording began"),
        "{message}"
    );
    let snapshot = "Heap-20261118T130640.heapsnapshot.zst";
    let message = refused(
        &data("orders"),
        &["summary", snapshot, "--allocated-during", "0..1"],
    );
    assert!(message.contains("no allocation timeline"), "{message}");
}

#[test]
fn suspects_name_the_allocating_line() {
    let folder = data("orders");
    let dump = "Heap-20261118T130640.heapsnapshot.zst";
    let document = json_of(&folder, &["suspects", dump, LAST]);
    let all = document["suspects"].as_array().unwrap().iter();
    let mut by = all
        .filter_map(|suspect| suspect["allocated_by"].as_array())
        .flatten();
    let found = by
        .find(|by| by["url"].as_str().unwrap().ends_with(SCRIPT))
        .unwrap();
    assert_eq!(found["function"], "remember");
    assert_eq!((&found["line"], &found["column"]), (&json!(15), &json!(17)));
    assert_eq!(
        (&found["certainty"], &found["role"]),
        (&json!("place"), &json!("encloses"))
    );
}

/// The timeline of the orders, changed.
fn changed_timeline(folder: &Path, change: impl Fn(&mut Value)) -> PathBuf {
    let packed = std::fs::read(data("orders").join("orders.heaptimeline.zst")).unwrap();
    let mut text = Vec::new();
    let mut reader = ruzstd::decoding::StreamingDecoder::new(&packed[..]).unwrap();
    std::io::Read::read_to_end(&mut reader, &mut text).unwrap();
    let mut dump: Value = serde_json::from_slice(&text).unwrap();
    change(&mut dump);
    let path = folder.join("changed.heaptimeline");
    std::fs::write(&path, serde_json::to_vec(&dump).unwrap()).unwrap();
    path
}

#[test]
fn damaged_recordings_have_a_clear_message_and_leave_the_objects() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |change: &dyn Fn(&mut Value), arguments: &[&str]| {
        changed_timeline(folder.path(), change);
        let all = [
            &["allocations", "changed.heaptimeline", "--no-index"],
            arguments,
        ]
        .concat();
        refused(folder.path(), &all)
    };
    let message = ask(&|dump| dump["trace_tree"][1] = json!(999_999), &[]);
    assert!(
        message.contains("changed.heaptimeline: byte ")
            && message.contains("is of function 999999, but \"trace_function_infos\" has only ")
            && message.contains("record again"),
        "{message}"
    );
    let message = ask(&|dump| dump["trace_tree"][4] = json!("x"), &[]);
    assert!(
        message.contains("byte ")
            && message.contains("expected `[`")
            && message.contains("record again"),
        "{message}"
    );
    let back = |dump: &mut Value| dump["samples"][2] = json!(9e14 as u64);
    let message = ask(&back, &["--timeline"]);
    assert!(
        message.contains("changed.heaptimeline: sample 3 of \"samples\" goes back in time"),
        "{message}"
    );
    // The objects are there all the same.
    let summary = json_of(
        folder.path(),
        &["summary", "changed.heaptimeline", "--no-index"],
    );
    assert!(summary["total"]["count"].as_u64().unwrap() > 10_000);
}

#[test]
fn a_range_of_time_is_that_of_devtools() {
    let timeline = orders(&[
        "allocations",
        "orders.heaptimeline.zst",
        "--timeline",
        "--no-index",
    ]);
    let bars = timeline["timeline"].as_array().unwrap();
    let ids = |from: f64, to: f64| {
        let range = format!("{from}..{to}");
        let file = "orders.heaptimeline.zst";
        let during = "--allocated-during";
        let summary = orders(&[
            "summary",
            file,
            during,
            &range,
            "--no-index",
            "--limit",
            "1",
        ]);
        let filter = &summary["filter"];
        (filter["after_id"].clone(), filter["up_to_id"].clone())
    };
    let time = |bar: usize| bars[bar]["seconds"].as_f64().unwrap();
    let bars_of = |first: usize, last: usize| {
        (
            bars[first]["after_id"].clone(),
            bars[last]["up_to_id"].clone(),
        )
    };
    // Inside the times of samples: whole bars.
    assert_eq!(ids(time(2) + 0.001, time(4) - 0.001), bars_of(3, 4));
    // At the very times of samples: the bars on both sides, as HeapTimelineOverview finds them.
    assert_eq!(ids(time(2), time(3)), bars_of(2, 4));
    assert_eq!(ids(0.0, 1e9), ids(0.0, time(bars.len() - 1)));
}
