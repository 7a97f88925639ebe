//! Secrets planted in every kind of place of a real heap: none is in a report, a log, or a redacted copy.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{heaptui, printed, text};

const DUMPS: &str = "tests/data/planted";

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The markers in a text, each with what stands around it.
fn markers(text: &str) -> Vec<&str> {
    let around = |at: usize| {
        let end = (at + 60).min(text.len());
        text.get(at..end).unwrap_or(&text[at..])
    };
    text.match_indices("QZ").map(|(at, _)| around(at)).collect()
}

/// Makes sure that a text has no marker but the one that looks like an identifier, which is taken for one (the manual,
/// `privacy`).
#[track_caller]
fn tells_no_secret(what: &str, text: &str) {
    let found: Vec<&str> = markers(text)
        .into_iter()
        .filter(|found| !found.starts_with("QZTAGWORD"))
        .collect();
    assert!(found.is_empty(), "{what}: {found:#?}");
}

#[test]
fn reports_tell_no_planted_secret_and_still_name_the_leak() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("planted.js");
    // The script that the leak is in is a text of this one.
    let outer = fs::read_to_string(here().join(DUMPS).join("planted.js")).unwrap();
    let (_, inner) = outer.split_once("vm.runInThisContext(`").unwrap();
    fs::write(&script, inner.split_once('`').unwrap().0).unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let file = fs::File::options().append(true).open(&script).unwrap();
    file.set_modified(old).unwrap();
    let source = format!("--source-root=/home/QZUSER/app={}", folder.path().display());
    for format in ["markdown", "json"] {
        for more in [vec![], vec!["--after", DUMPS], vec!["--before", DUMPS]] {
            let mut arguments = vec!["report", DUMPS, "--format", format, &source];
            arguments.extend(more);
            let report = printed(here(), &arguments);
            tells_no_secret(&arguments.join(" "), &report);
            for name in [
                "byAddress",
                "Profile",
                "registry.byAddress['······' + number",
            ] {
                assert!(report.contains(name), "{format}: {name} in {report}");
            }
        }
    }
}

#[test]
fn what_is_made_of_findings_tells_no_planted_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let found = printed(here(), &["suspects", DUMPS, "--format", "json"]);
    assert!(
        !markers(&found).is_empty(),
        "the terminal's own is not masked"
    );
    fs::write(path("found.json"), found).unwrap();
    for format in ["table", "json", "csv", "markdown"] {
        let fleet = printed(here(), &["fleet", &path("found.json"), "--format", format]);
        tells_no_secret("fleet", &fleet);
        assert!(fleet.contains("byAddress"), "{fleet}");
    }
    heaptui(
        here(),
        &["check", DUMPS, "--write-known", &path("known.toml")],
    );
    let known = fs::read_to_string(path("known.toml")).unwrap();
    tells_no_secret("known leaks", &known);
    assert!(known.contains("byAddress"), "{known}");
    let dump = format!("{DUMPS}/planted.s3.heapsnapshot.zst");
    for arguments in [vec!["suspects", DUMPS], vec!["strings", &dump]] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_heaptui"))
            .current_dir(here())
            .args(arguments)
            .env("HEAPTUI_LOG", path("log"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let log = fs::read_to_string(path("log")).unwrap();
    assert!(log.lines().count() > 10, "{log}");
    tells_no_secret("the log", &log);
}

#[test]
fn redacted_copies_have_no_planted_secret() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.heapsnapshot");
    let from = format!("{DUMPS}/planted.s3.heapsnapshot.zst");
    printed(here(), &["redact", &from, "-o", out.to_str().unwrap()]);
    let text = fs::read_to_string(&out).unwrap();
    assert!(markers(&text).is_empty(), "{:#?}", markers(&text));
    for name in [
        "byAddress",
        "Profile",
        "useCaptured",
        "onEvent",
        "/home/…/app/planted.js",
        "WeakMap",
        "system / Context",
    ] {
        assert!(text.contains(name), "{name}");
    }
}
