//! `query` on real dumps.

use std::path::Path;

use serde_json::{Value, json};

use super::{heaptui, json_of, printed, refused, text};

const DUMPS: &str = "tests/data/planted";

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn groups_agree_with_summary_and_owners() {
    let groups = json_of(here(), &["query", DUMPS, "| group class"]);
    let summary = json_of(here(), &["summary", DUMPS]);
    assert_eq!(groups["total"], summary["total"]);
    let sizes = |document: &Value, field: &str| -> Vec<[u64; 3]> {
        let rows = document[field].as_array().unwrap().iter();
        let mut sizes: Vec<[u64; 3]> = rows
            .map(|row| {
                ["count", "shallow_size", "retained_size"].map(|name| row[name].as_u64().unwrap())
            })
            .collect();
        sizes.sort_unstable();
        sizes
    };
    assert_eq!(sizes(&groups, "groups"), sizes(&summary, "classes"));

    let groups = json_of(here(), &["query", DUMPS, "| group owner"]);
    let owners = json_of(here(), &["owners", DUMPS]);
    let mut ours: Vec<(u64, u64)> = Vec::new();
    for group in groups["groups"].as_array().unwrap() {
        ours.push((
            group["count"].as_u64().unwrap(),
            group["shallow_size"].as_u64().unwrap(),
        ));
    }
    let mut theirs: Vec<(u64, u64)> = Vec::new();
    for group in owners["groups"].as_array().unwrap() {
        let last = |field: &str| {
            group[field]
                .as_array()
                .unwrap()
                .last()
                .unwrap()
                .as_u64()
                .unwrap()
        };
        if last("counts") > 0 {
            theirs.push((last("counts"), last("shallow_sizes")));
        }
    }
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
    let own = json_of(here(), &["query", DUMPS, "owner=\"(own code)\""]);
    let own = own["total"]["count"].as_u64().unwrap();
    assert!(own > 100, "{own}");
}

#[test]
fn what_is_new_between_two_dumps_is_what_the_filter_counts() {
    let found = json_of(
        here(),
        &["query", DUMPS, "Profile new(s1,s2) | group holder"],
    );
    let filtered = json_of(
        here(),
        &[
            "summary",
            DUMPS,
            "--allocated-between",
            "s1",
            "s2",
            "--class",
            "Profile",
        ],
    );
    assert_eq!(found["total"]["count"], filtered["classes"][0]["count"]);
    assert_eq!(found["total"]["count"], json!(60));
}

#[test]
fn values_are_masked_unless_they_are_asked_for() {
    for question in ["value~QZ | top 500", "| group shape", "| group holder"] {
        let output = heaptui(here(), &["query", DUMPS, question]);
        let found = text(&output.stdout);
        let mut secrets = found.match_indices("QZ").map(|(at, _)| &found[at..]);
        // The question itself is shown, and what looks like an identifier is taken for one.
        let secret = secrets.find(|at| !at.starts_with("QZTAGWORD") && !at.starts_with("QZ |"));
        assert_eq!(secret, None, "{question}");
    }
    let revealed = printed(here(), &["query", DUMPS, "value~QZ | top 5", "--reveal"]);
    assert!(revealed.matches("QZ").count() > 5, "{revealed}");
}

#[test]
fn a_wrong_question_is_shown_with_a_caret() {
    let output = heaptui(here(), &["query", DUMPS, "Profile retaned>1"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""));
    let message = text(&output.stderr);
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines[..2], ["Profile retaned>1", "        ^^^^^^^"]);
    assert!(lines[2].starts_with("heaptui: the question, column 9: no field is called retaned"));
    let message = refused(here(), &["query", DUMPS]);
    assert!(
        message.contains("either the dumps or the question are missing"),
        "{message}"
    );
    let message = refused(here(), &["query", "tests/data/carts", DUMPS]);
    assert!(
        message.contains("is a file: the question is missing"),
        "{message}"
    );
    let message = refused(here(), &["query", DUMPS, "retained-by(@4294967295)"]);
    assert!(message.contains("no object @4294967295"), "{message}");
    let message = refused(here(), &["query", DUMPS, "new(s9)"]);
    assert!(message.contains("s9"), "{message}");
}
