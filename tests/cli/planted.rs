//! Secrets planted in every kind of place of a real heap: none is in a report or a redacted copy.

use std::fs;
use std::path::Path;

use super::printed;

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

#[test]
fn reports_tell_no_planted_secret_and_still_name_the_leak() {
    for format in ["markdown", "json"] {
        let report = printed(here(), &["report", DUMPS, "--format", format]);
        // What looks like an identifier is taken for one: README.
        let found: Vec<&str> = markers(&report)
            .into_iter()
            .filter(|found| !found.starts_with("QZTAGWORD"))
            .collect();
        assert!(found.is_empty(), "{format}: {found:#?}");
        for name in ["byAddress", "Profile"] {
            assert!(report.contains(name), "{format}: {name} in {report}");
        }
    }
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
