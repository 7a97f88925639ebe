//! `report`: what it says, where it goes, and that what it says can be had again.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::{heaptui, json_of, printed, refused, series, text};

const DEMO: &str = "assets/demo";
const EMITTER: &str = "tests/data/emitter-small";

/// The repository, where the dumps lie.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Times come from the files' names, which are local.
fn in_utc(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_heaptui"))
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .current_dir(here())
        .env("TZ", "UTC")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn the_report_in_the_assets_is_what_the_program_writes() {
    let report = in_utc(&["report", DEMO]);
    let wanted = text(&report.stdout);
    let path = here().join("assets/report.md");
    if std::env::var_os("HEAPTUI_UPDATE").is_some() {
        fs::write(&path, wanted).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == wanted,
        "assets/report.md is not what the program writes; HEAPTUI_UPDATE=1 cargo test --test cli report writes it anew"
    );
    let sections = |report: &str| -> Vec<String> {
        let lines = report.lines().filter(|line| line.starts_with("## "));
        lines.map(|line| line[3..].to_owned()).collect()
    };
    let found = [
        "Impact",
        "The leak",
        "Growing objects",
        "Largest consumers",
        "Snapshots collected",
        "Caveats",
        "How it was found",
    ];
    assert_eq!(sections(wanted), found);
    let to_fill_in = [
        "Timeline",
        "Impact on users",
        "Fix",
        "Validation",
        "Lessons",
        "Prevention",
    ];
    let filled = in_utc(&["report", DEMO, "--template"]);
    assert_eq!(
        sections(text(&filled.stdout)),
        [&found[..], &to_fill_in].concat()
    );
    let first = wanted.lines().nth(2).unwrap();
    assert!(first.starts_with("Memory leak, 84% certain: `DerivedLogger` objects are never freed"));
    assert!(first.contains("They are held in 5 places, first by `transport._events.drain`"));
    assert!(!wanted.contains('\u{1b}'));
}

/// Runs a command of the report as a reader would, for JSON.
fn run(command: &str) -> Value {
    let folder = Path::new(env!("CARGO_BIN_EXE_heaptui")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", &format!("{command} --format json")])
        .current_dir(here())
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{command}: {}",
        text(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_figure_can_be_had_again() {
    let report = json_of(here(), &["report", EMITTER]);
    let leak = &report["leaks"][0];
    let commands = report["commands"].as_array().unwrap();
    let command = |part: &str| {
        let found = commands
            .iter()
            .find(|command| command["command"].as_str().unwrap().contains(part));
        run(found.unwrap_or_else(|| panic!("{part}"))["command"]
            .as_str()
            .unwrap())
    };
    let all: Vec<Value> = commands
        .iter()
        .map(|command| run(command["command"].as_str().unwrap()))
        .collect();
    assert!(all.len() >= 5);

    let info = command(" info ");
    for (dump, taken) in info["dumps"]
        .as_array()
        .unwrap()
        .iter()
        .zip(report["snapshots"].as_array().unwrap())
    {
        assert_eq!(dump["total_size"], taken["total_size"]);
        assert_eq!(dump["bytes"], taken["file_bytes"]);
    }
    let suspects = command(" suspects ");
    let suspect = &suspects["suspects"][0];
    assert_eq!(suspect["retained_sizes"], leak["retained_sizes"]);
    assert_eq!(suspect["growth_bytes"], leak["growth_bytes"]);
    assert_eq!(suspect["holder"]["id"], leak["holder_id"]);
    let class = leak["leaked"][0]["class"].as_str().unwrap();
    let trend = command(&format!("--class {class}"));
    assert_eq!(trend["classes"][0]["counts"], leak["leaked"][0]["counts"]);
    let whole = command(&format!("trend {EMITTER}"));
    for row in report["growing"].as_array().unwrap() {
        let same =
            |other: &&Value| other["class"] == row["class"] && other["counts"] == row["counts"];
        let found = whole["classes"]
            .as_array()
            .unwrap()
            .iter()
            .find(same)
            .unwrap();
        assert_eq!(found["retained_sizes"], row["retained_sizes"]);
    }
    for consumer in report["consumers"].as_array().unwrap() {
        let path = command(&format!("--id {}", consumer["id"]));
        assert_eq!(path["object"]["retained_size"], consumer["retained_size"]);
    }
    let path = command(&format!("path {EMITTER} --id {}", leak["holder_id"]));
    let hops = leak["path"].as_array().unwrap();
    assert!(hops[0]["steps"].as_u64() > Some(1), "{:?}", hops[0]);
    let steps = hops
        .iter()
        .map(|hop| hop["steps"].as_u64().unwrap() * hop["times"].as_u64().unwrap());
    let steps: u64 = steps.sum();
    assert_eq!(path["path"].as_array().unwrap().len() as u64, steps);
}

#[test]
fn a_leak_is_told_in_all_its_parts() {
    let report = json_of(here(), &["report", EMITTER]);
    assert_eq!(report["verdict"], "leak");
    let leak = &report["leaks"][0];
    assert_eq!(leak["pattern"], "event-listeners");
    assert_eq!(leak["accused"], true);
    for part in ["what", "why", "evidence", "advice", "against"] {
        assert!(leak[part].as_str().unwrap().len() > 20, "{part}");
    }
    let summary = report["summary"].as_str().unwrap();
    assert!(summary.contains("200 → 350 → 500"), "{summary}");
    // A second apart: no rate, in words or figures.
    assert_eq!(report["impact"]["growth_per_hour"], Value::Null);
    assert!(!printed(here(), &["report", EMITTER]).contains("B an hour"));
    assert!(!printed(here(), &["suspects", EMITTER]).contains("B an hour"));
}

#[test]
fn two_dumps_accuse_nobody() {
    let folder = series();
    let report = json_of(folder.path(), &["report", "."]);
    assert_eq!(report["verdict"], "inconclusive");
    let shown = printed(folder.path(), &["report", "."]);
    assert!(shown.contains("two dumps show a difference"), "{shown}");
    let one = printed(folder.path(), &["report", super::EARLIER]);
    assert!(one.contains("One dump of"), "{one}");
}

#[test]
fn a_report_is_written_for_its_owner() {
    let folder = series();
    let out = folder.path().join("report.md");
    assert_eq!(
        printed(folder.path(), &["report", ".", "-o", "report.md"]),
        ""
    );
    assert!(
        fs::read_to_string(&out)
            .unwrap()
            .starts_with("# Memory report")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&out).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::os::unix::fs::symlink(&out, folder.path().join("link.md")).unwrap();
        let message = refused(folder.path(), &["report", ".", "-o", "link.md"]);
        assert!(message.contains("link.md: a link"), "{message}");
    }
    let shown = printed(folder.path(), &["report", ".", "-o", "-"]);
    assert!(shown.starts_with("# "), "{shown}");
    assert!(!folder.path().join("-").exists());
    let message = refused(folder.path(), &["report", ".", "-o", "no/such/folder.md"]);
    assert!(message.contains("folder.md"), "{message}");
}

#[test]
fn a_fix_is_validated() {
    let same = json_of(here(), &["report", EMITTER, "--after", EMITTER]);
    assert_eq!(same["validation"]["verdict"], "still-there");
    let gone = json_of(here(), &["report", EMITTER, "--after", DEMO]);
    let validation = &gone["validation"];
    assert_eq!(validation["verdict"], "gone");
    assert!(
        validation["summary"]
            .as_str()
            .unwrap()
            .contains("leaks now")
    );
    assert_eq!(
        validation["leaks"][0]["counts_before"],
        serde_json::json!([200, 350, 500])
    );
    assert_eq!(
        validation["leaks"][0]["counts_after"],
        serde_json::json!([0, 0, 0])
    );
    let before = json_of(here(), &["report", DEMO, "--before", EMITTER]);
    assert_eq!(before["validation"]["verdict"], "gone");
    let folder = series();
    let after = folder.path().to_str().unwrap();
    let few = json_of(here(), &["report", EMITTER, "--after", after]);
    assert_eq!(few["validation"]["verdict"], "unclear");
}

#[test]
fn the_collectors_log_is_told() {
    let folder = series();
    let log = "[7:0x1]  100 ms: Scavenge 9.0 (12.0) -> 8.0 (12.0) MB, 1.5 / 0.0 ms  (x) task;\n\
               hello\n\
               [7:0x1]  9000 ms: Mark-Compact (reduce) 20.0 (30.0) -> 16.0 (30.0) MB, pooled: 0 MB, 50.0 / 0.0 ms\n\
               [7:0x1]  9500 ms: Mark-Com\n\
               [7:0x1]  9900 ms: Mark-Compact 20.0 (30.0) -> \u{1b}[31m17.0 (30.0) MB, 5\n";
    fs::write(folder.path().join("gc.log"), log).unwrap();
    let arguments = ["report", ".", "--gc-log", "gc.log"];
    let gc = &json_of(folder.path(), &arguments)["gc"];
    assert_eq!(
        (gc["count"].as_u64(), gc["full"].as_u64()),
        (Some(2), Some(1))
    );
    assert_eq!(gc["damaged_lines"], 2);
    assert_eq!(gc["pause_p95_ms"], 50.0);
    let shown = printed(folder.path(), &arguments);
    assert!(
        shown.contains("## Garbage collection") && shown.contains('█'),
        "{shown}"
    );
    assert!(shown.contains("Left out: 2 damaged lines."), "{shown}");
    assert!(!shown.contains('\u{1b}'));
    fs::write(folder.path().join("other.log"), "hello\n").unwrap();
    let message = refused(folder.path(), &["report", ".", "--gc-log", "other.log"]);
    assert!(message.contains("--trace-gc"), "{message}");
    let message = refused(folder.path(), &["report", ".", "--gc-log", "none.log"]);
    assert!(message.contains("none.log"), "{message}");
}

#[test]
fn a_healthy_program_is_told_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    for (number, id) in [(1, 21), (2, 23), (3, 25)] {
        let name = format!("Heap.20260101.1{number}0000.7.0.00{number}.heapsnapshot");
        super::dump::write(folder.path(), &name, super::LEAF, id);
    }
    let output = heaptui(folder.path(), &["report", "."]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("No leak found."));
}
