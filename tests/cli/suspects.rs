//! `suspects` and `check` on real dumps.

use std::path::Path;

use serde_json::Value;

use super::{EARLIER, LATER, heaptui, json_of, printed, refused, series, text};

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
    let undecided = heaptui(folder.path(), &["check", "."]);
    assert_eq!(undecided.status.code(), Some(3));
    let said = text(&undecided.stdout);
    assert!(said.starts_with("inconclusive · 2 dumps"), "{said}");
    let fine = printed(folder.path(), &["check", ".", "--allow-inconclusive"]);
    assert!(fine.starts_with("inconclusive · 2 dumps"), "{fine}");
    let limits = ["check", ".", "--max-count", "Leaf=2", "--max-growth", "1M"];
    let verdict = judged(folder.path(), &limits, 3);
    assert_eq!(verdict["verdict"], "inconclusive");
    let reason = verdict["reasons"][0].as_str().unwrap();
    assert!(
        reason.starts_with("Two dumps show a difference"),
        "{reason}"
    );
    let over = judged(folder.path(), &["check", ".", "--max-count", "Leaf=1"], 1);
    assert_eq!(over["verdict"], "limit");
    assert_eq!(over["reasons"][0], "there are 2 Leaf, more than 1");

    let pace = ["check", "assets/demo", "--max-growth-per-hour", "5M"];
    let pace = judged(here(), &pace, 1);
    assert_eq!(pace["verdict"], "leak");
    let reason = "the heap grows by 5.7 MB an hour (955 kB in 10 min 3 s), more than 5.0 MB";
    assert_eq!(pace["reasons"][1], reason);

    let wrong = refused(folder.path(), &["check", ".", "--max-count", "Leaf"]);
    assert!(wrong.contains("Session=100"), "{wrong}");
    assert!(refused(folder.path(), &["suspects", "nowhere"]).contains("nowhere"));
}

/// What a gate says in JSON, and that it ends with this exit status.
fn judged(folder: &Path, arguments: &[&str], status: i32) -> Value {
    let arguments = [arguments, &["--format", "json"]].concat();
    let output = heaptui(folder, &arguments);
    assert_eq!(
        output.status.code(),
        Some(status),
        "{}",
        text(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The dumps of a server that is healthy by all that can be told: three that are the same but for their times.
fn healthy() -> tempfile::TempDir {
    let folder = series();
    let third = "Heap.20260101.120000.7.0.003.heapsnapshot";
    std::fs::copy(folder.path().join(LATER), folder.path().join(third)).unwrap();
    folder
}

#[test]
fn a_gate_tells_what_it_could_not_read() {
    let folder = healthy();
    let verdict = judged(folder.path(), &["check", "."], 0);
    assert_eq!(verdict["verdict"], "healthy");
    assert_eq!(verdict["reasons"], serde_json::json!([]));
    assert_eq!(verdict["basis"], "ids");

    let broken = "Heap.20260101.121500.7.0.004.heapsnapshot";
    std::fs::write(folder.path().join(broken), "{\"snapshot\":{").unwrap();
    let verdict = judged(folder.path(), &["check", "."], 3);
    assert_eq!(verdict["verdict"], "inconclusive");
    let reason = verdict["reasons"][0].as_str().unwrap();
    assert!(
        reason.contains(broken) && reason.contains("truncated"),
        "{reason}"
    );
    let suspects = json_of(folder.path(), &["suspects", "."]);
    assert_eq!(suspects["verdict"], "inconclusive");
    let allowed = judged(folder.path(), &["check", ".", "--allow-inconclusive"], 0);
    assert_eq!(allowed["verdict"], "inconclusive");

    let named = refused(folder.path(), &["check", EARLIER, LATER, broken]);
    assert!(named.contains(broken), "{named}");
    let missing = refused(folder.path(), &["check", EARLIER, "nowhere"]);
    assert!(missing.contains("nowhere"), "{missing}");
}

#[test]
fn less_than_a_minute_tells_no_rate() {
    let emitter = "tests/data/emitter-small";
    let found = json_of(here(), &["suspects", emitter]);
    assert_eq!(found["suspects"][0]["growth_per_hour"], Value::Null);
    let trend = json_of(here(), &["trend", emitter]);
    assert_eq!(trend["growth_per_hour"], Value::Null);
    let classes = trend["classes"].as_array().unwrap();
    assert!(classes.iter().all(|row| row["growth_per_hour"].is_null()));
    assert_eq!(
        judged(here(), &["check", emitter, "--max-growth-per-hour", "1"], 1)["verdict"],
        "leak"
    );

    let folder = tempfile::tempdir().unwrap();
    for second in 0..3 {
        let name = format!("Heap.20260101.12000{second}.7.0.00{second}.heapsnapshot");
        crate::dump::write(folder.path(), &name, crate::dump::LEAF, 9);
    }
    let pace = judged(
        folder.path(),
        &["check", ".", "--max-growth-per-hour", "1"],
        3,
    );
    let reason = pace["reasons"][0].as_str().unwrap();
    assert!(
        reason.contains("was not judged: the dumps are only 2.0 s apart"),
        "{reason}"
    );
}

/// Writes a dump of the emitter's server with other object ids: the same ones, given to other objects.
fn shuffled(from: &str, to: &Path, by: usize) {
    let packed = std::fs::File::open(here().join("tests/data/emitter-small").join(from)).unwrap();
    let unpacked = flate2::read::GzDecoder::new(packed);
    let mut dump: Value = serde_json::from_reader(unpacked).unwrap();
    let meta = &dump["snapshot"]["meta"]["node_fields"];
    let fields = meta.as_array().unwrap().clone();
    let id = fields.iter().position(|field| field == "id").unwrap();
    let nodes = dump["nodes"].as_array_mut().unwrap();
    let odd: Vec<usize> = (id..nodes.len())
        .step_by(fields.len())
        .filter(|&at| nodes[at].as_u64().unwrap() % 2 == 1)
        .collect();
    let ids: Vec<Value> = odd.iter().map(|&at| nodes[at].clone()).collect();
    for (number, &at) in odd.iter().enumerate() {
        nodes[at] = ids[(number * 7919 + by) % ids.len()].clone();
    }
    std::fs::write(to, dump.to_string()).unwrap();
}

#[test]
fn holders_are_followed_by_their_names_where_ids_do_not_fit() {
    let folder = tempfile::tempdir().unwrap();
    let originals = [
        "Heap.20261121.064258.12688.0.001.heapsnapshot.gz",
        "Heap.20261121.064258.12688.0.002.heapsnapshot.gz",
        "Heap.20261121.064259.12688.0.003.heapsnapshot.gz",
    ];
    for (number, name) in originals.iter().enumerate() {
        let to = folder.path().join(name.trim_end_matches(".gz"));
        shuffled(name, &to, 1000 * number);
    }
    let found = judged(folder.path(), &["check", "."], 1);
    assert_eq!(
        (&found["comparable"], &found["basis"]),
        (&false.into(), &"addresses".into())
    );
    let first = &found["suspects"][0];
    assert!(
        edges(first).ends_with(&["bus", "_events", "reload"]),
        "{first}"
    );
    let confidence = first["confidence"].as_f64().unwrap();
    assert!((0.5..=0.75).contains(&confidence), "{confidence}");
    assert_eq!(
        counts(first, "RequestScope"),
        serde_json::json!([200, 350, 500])
    );
    // The same dumps, called those of three processes.
    for (number, name) in originals.iter().enumerate() {
        let name = name.trim_end_matches(".gz");
        let other = name.replace("12688", &(12688 + number).to_string());
        std::fs::rename(folder.path().join(name), folder.path().join(&other)).unwrap();
    }
    let mut files: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort_unstable();
    let arguments: Vec<&str> = std::iter::once("check")
        .chain(files.iter().map(String::as_str))
        .collect();
    let found = judged(folder.path(), &arguments, 3);
    let reasons = found["reasons"].to_string();
    assert!(reasons.contains("dumps of 3 processes"), "{reasons}");
}

/// The signature of the first suspect.
fn signature(arguments: &[&str]) -> String {
    let found = json_of(here(), arguments);
    let suspect = found["suspects"].as_array().or(found["leaks"].as_array());
    let signature = suspect.unwrap()[0]["signature"].as_str();
    signature.unwrap().to_owned()
}

#[test]
fn a_leak_has_one_signature_whichever_dumps_show_it() {
    // Written down: people keep these in files, so that a change of the rules needs a new version of them.
    for (dumps, expected) in [
        ("tests/data/emitter-small", "LK-84e7061a"),
        ("tests/data/carts", "LK-ae57c719"),
        ("tests/data/sessions", "LK-c87a048e"),
        ("tests/data/planted", "LK-cae30e73"),
    ] {
        assert_eq!(signature(&["suspects", dumps]), expected, "{dumps}");
        assert_eq!(signature(&["report", dumps]), expected, "{dumps}");
    }
    let dump = |number: u32| {
        let names = ["064258", "064258", "064259"];
        format!(
            "tests/data/emitter-small/Heap.20261121.{}.12688.0.00{number}.heapsnapshot.gz",
            names[number as usize - 1]
        )
    };
    for pair in [[1, 2], [2, 3]] {
        let [first, last] = pair.map(dump);
        let of_pair = signature(&["suspects", &first, &last]);
        assert_eq!(
            of_pair,
            signature(&["suspects", "tests/data/emitter-small"])
        );
    }
    let told = printed(here(), &["suspects", "tests/data/emitter-small"]);
    assert!(told.contains(&signature(&["suspects", "tests/data/emitter-small"])));
}

#[test]
fn the_names_of_files_do_not_matter() {
    let data = here().join("tests/data/emitter-small");
    let mut files: Vec<_> = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".heapsnapshot"))
        .collect();
    files.sort();
    let found = |names: [&str; 3]| {
        let folder = tempfile::tempdir().unwrap();
        let time =
            std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        for (at, (file, name)) in (0..).zip(files.iter().zip(names)) {
            let to = folder.path().join(name);
            std::fs::copy(file, &to).unwrap();
            let file = std::fs::File::options().append(true).open(&to).unwrap();
            file.set_modified(time + std::time::Duration::from_secs(at * 600))
                .unwrap();
        }
        json_of(folder.path(), &["suspects", "."])["suspects"].take()
    };
    let first = found([
        "a.heapsnapshot.gz",
        "b.heapsnapshot.gz",
        "c.heapsnapshot.gz",
    ]);
    assert_eq!(first[0]["pattern"], "event-listeners");
    for names in [
        [
            "z.heapsnapshot.gz",
            "m.heapsnapshot.gz",
            "a.heapsnapshot.gz",
        ],
        [
            "before.heapsnapshot.gz",
            "during.heapsnapshot.gz",
            "after.heapsnapshot.gz",
        ],
        [
            "eins 1.heapsnapshot.gz",
            "zwei.heapsnapshot.gz",
            "\u{e9}t\u{e9}.heapsnapshot.gz",
        ],
    ] {
        assert_eq!(found(names), first, "{names:?}");
    }
}
