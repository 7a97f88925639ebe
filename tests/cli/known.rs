//! `check` with known leaks and for CI systems, and `fleet`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{heaptui, json_of, printed, refused, text};

const LEAK: &str = "tests/data/emitter-small";
const PLANTED: &str = "tests/data/planted";

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Exit status and standard output.
fn checked(arguments: &[&str]) -> (Option<i32>, String) {
    let mut all = vec!["check"];
    all.extend(arguments);
    let output = heaptui(here(), &all);
    (output.status.code(), text(&output.stdout).to_owned())
}

#[test]
fn a_known_leak_passes_until_its_day_and_its_rate() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known.toml");
    let file = file.to_str().unwrap();
    let (status, _) = checked(&[LEAK, "--write-known", file]);
    assert_eq!(status, Some(1));
    let begun = fs::read_to_string(file).unwrap();
    assert_eq!(begun.matches("[[leak]]").count(), 1, "{begun}");
    // A second time there is nothing to add.
    checked(&[LEAK, "--write-known", file]);
    assert_eq!(fs::read_to_string(file).unwrap(), begun);

    let message = refused(here(), &["check", LEAK, "--known", file]);
    assert!(
        message.contains("known.toml: line 7: the reason is empty"),
        "{message}"
    );
    let known = begun.replace("reason = \"\"", "reason = \"ticket 12\"");
    fs::write(file, &known).unwrap();
    let (status, printed) = checked(&[LEAK, "--known", file, "--format", "json"]);
    let found: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!((status, &found["verdict"]), (Some(0), &"healthy".into()));
    let signature = &found["suspects"][0]["signature"];
    assert_eq!(found["known"], serde_json::json!([signature]));
    assert_eq!(found["suspects"][0]["known"]["reason"], "ticket 12");

    fs::write(file, format!("{known}until = \"2020-01-31\"\n")).unwrap();
    let (status, printed) = checked(&[LEAK, "--known", file]);
    assert_eq!(status, Some(1));
    assert!(printed.contains("accepted until 2020-01-31"), "{printed}");
    // These dumps are a second apart, which tells no rate.
    fs::write(file, format!("{known}max_growth_per_hour = \"1G\"\n")).unwrap();
    assert_eq!(checked(&[LEAK, "--known", file]).0, Some(3));
    // Another leak is none of the known ones.
    fs::write(file, &known).unwrap();
    assert_eq!(checked(&[PLANTED, "--known", file]).0, Some(1));
}

#[test]
fn ci_formats_name_the_leak_and_no_data() {
    for (format, parts) in [
        (
            "junit",
            ["<failure message=", "classname=\"heaptui.dictionary\""],
        ),
        (
            "sarif",
            [
                "\"ruleId\": \"dictionary\"",
                "\"heaptuiSignature/v1\": \"LK-",
            ],
        ),
        ("github", ["::error ", "title=heaptui%3A "]),
    ] {
        let (status, printed) = checked(&[PLANTED, "--format", format]);
        assert_eq!(status, Some(1));
        for part in parts
            .into_iter()
            .chain(["registry.byAddress", "planted.js"])
        {
            assert!(printed.contains(part), "{format}: {part} in {printed}");
        }
        let secrets = printed.match_indices("QZ").map(|(at, _)| &printed[at..]);
        let secrets: Vec<&str> = secrets.filter(|at| !at.starts_with("QZTAGWORD")).collect();
        assert!(secrets.is_empty(), "{format}: {secrets:?}");
    }
}

#[test]
fn a_fleet_is_counted_by_signature() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    };
    let of_leak = printed(here(), &["suspects", LEAK, "--format", "json"]);
    let of_planted = printed(here(), &["report", PLANTED, "--format", "json"]);
    write("a.json", &of_leak);
    write("b/1.json", &of_leak);
    write("b/2.json", &of_leak);
    write("b/3.json", &of_planted);
    let found = json_of(folder.path(), &["fleet", "a.json", "b"]);
    assert_eq!(
        (&found["reports"], &found["processes"]),
        (&4.into(), &2.into())
    );
    let rows = found["signatures"].as_array().unwrap();
    let leak: Value = serde_json::from_str(&of_leak).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["signature"], leak["suspects"][0]["signature"]);
    assert_eq!(rows[0]["pattern"], leak["suspects"][0]["pattern"]);
    assert_eq!(
        (&rows[0]["processes"], &rows[0]["reports"]),
        (&2.into(), &3.into())
    );
    assert_eq!(
        (&rows[1]["processes"], &rows[1]["reports"]),
        (&1.into(), &1.into())
    );
    assert_eq!(rows[0]["first_seen"], leak["taken_at"][0]);
    assert_eq!(rows[0]["last_seen"], leak["taken_at"][2]);

    write("c.json", "{\"schema_version\":1}");
    write("d.json", "{");
    let message = refused(folder.path(), &["fleet", "c.json"]);
    assert!(
        message.contains("c.json: this is no report of heaptui: it has no suspects"),
        "{message}"
    );
    let message = refused(folder.path(), &["fleet", "d.json"]);
    assert!(
        message.contains("d.json: this is no report of heaptui: line 1"),
        "{message}"
    );
}
