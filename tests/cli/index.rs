//! Indexes, from outside: built, used, listed, removed, and done without.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::dump::{self, LEAF};
use super::{EARLIER, LATER, series, text};

/// Runs heaptui with a cache folder.
fn heaptui(folder: &Path, cache: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_heaptui"))
        .current_dir(folder)
        .args(arguments)
        .env("XDG_CACHE_HOME", cache)
        .env_remove("HEAPTUI_INDEX_LIMIT")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn printed(folder: &Path, cache: &Path, arguments: &[&str]) -> (String, String) {
    let output = heaptui(folder, cache, arguments);
    let (out, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    (out.to_owned(), said.to_owned())
}

fn files(cache: &Path) -> usize {
    fs::read_dir(cache.join("heaptui")).map_or(0, Iterator::count)
}

fn list(folder: &Path, cache: &Path) -> Vec<Value> {
    let (out, _) = printed(folder, cache, &["index", "--list", "--format", "json"]);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["schema_version"], 1);
    document["indexes"].as_array().unwrap().clone()
}

#[test]
fn every_command_says_the_same_with_an_index() {
    let folder = series();
    let cache = tempfile::tempdir().unwrap();
    let (folder, cache) = (folder.path(), cache.path());
    let commands: [&[&str]; 9] = [
        &["info", "."],
        &["summary", "."],
        &["summary", ".", "--allocated-between", "s1", "s2"],
        &["statistics", "."],
        &["trend", "."],
        &["diff", ".", "--from", "s1", "--to", "s2"],
        &["objects", ".", "--class", LEAF],
        &["retainers", ".", "--id", "7"],
        &["suspects", "."],
    ];
    let all = |with: &[&str]| -> Vec<String> {
        let commands = commands.iter().flat_map(|command| {
            ["json", "table"].map(|format| [*command, &["--format", format][..], with].concat())
        });
        commands
            .map(|command| printed(folder, cache, &command).0)
            .collect()
    };
    let without = all(&["--no-index"]);
    assert_eq!(files(cache), 0, "--no-index writes none");
    let first = all(&[]);
    assert_eq!(files(cache), 2);
    let built: Vec<Value> = list(folder, cache);
    let second = all(&[]);
    assert_eq!(without, first);
    assert_eq!(first, second);
    let again = list(folder, cache);
    let facts = |indexes: &[Value]| -> Vec<(Value, Value)> {
        let facts = |index: &Value| (index["path"].clone(), index["built_at"].clone());
        let mut facts: Vec<_> = indexes.iter().map(facts).collect();
        facts.sort_by_key(|(path, _)| path.to_string());
        facts
    };
    assert_eq!(facts(&built), facts(&again), "none was written again");
    assert!(again.iter().all(|index| index["state"] == "fresh"));
}

#[test]
fn indexes_are_built_listed_and_removed() {
    let folder = series();
    let cache = tempfile::tempdir().unwrap();
    let (folder, cache) = (folder.path(), cache.path());
    let (out, _) = printed(folder, cache, &["index", "."]);
    assert!(out.contains(EARLIER) && out.contains(LATER), "{out}");
    dump::write(folder, LATER, LEAF, 23);
    let state = |name: &str| -> Value {
        let indexes = list(folder, cache);
        let found = indexes.iter().find(|index| {
            let path = index["path"].as_str().unwrap();
            path.ends_with(name)
        });
        found.unwrap()["state"].clone()
    };
    assert_eq!(state(EARLIER), "fresh");
    assert_eq!(state(LATER), "stale");
    let (_, said) = printed(folder, cache, &["index", "--clean", LATER]);
    assert!(said.contains("removed 1 index"), "{said}");
    assert_eq!(files(cache), 1);
    let (_, said) = printed(folder, cache, &["index", "--clean"]);
    assert!(said.contains("removed 1 index"), "{said}");
    assert_eq!(files(cache), 0);
    assert!(list(folder, cache).is_empty());
    let refused = heaptui(folder, cache, &["index"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn nothing_is_lost_where_there_can_be_no_index() {
    let folder = series();
    let occupied = folder.path().join("occupied");
    fs::write(&occupied, "").unwrap();
    let (out, said) = printed(folder.path(), &occupied, &["summary", LATER]);
    assert!(out.contains(LEAF));
    assert!(
        said.contains("no index was written") && said.contains("--no-index"),
        "{said}"
    );
    let output = Command::new(env!("CARGO_BIN_EXE_heaptui"))
        .current_dir(folder.path())
        .args(["summary", LATER])
        .env_remove("XDG_CACHE_HOME")
        .env_remove("HOME")
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(
        text(&output.stderr).contains("HOME"),
        "{}",
        text(&output.stderr)
    );
}
