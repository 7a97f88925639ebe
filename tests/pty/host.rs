//! A host in trouble: a full disk, no home, a terminal that nobody knows, an end in the middle of a load.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::process::Signal;

use crate::session::{DUMP, Session};

/// Runs a shell's words, in which `$0` is heaptui, in a folder with a dump called `a.heapsnapshot`.
fn shell(folder: &Path, words: &str) -> Output {
    fs::write(folder.join("a.heapsnapshot"), wide(2000)).unwrap();
    Command::new("sh")
        .args(["-c", words, env!("CARGO_BIN_EXE_heaptui")])
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A dump whose root holds so many objects.
fn wide(objects: usize) -> String {
    let head = DUMP.split_once("\"node_count\"").unwrap().0;
    let mut nodes = format!("9,0,1,0,{objects}");
    let mut edges = String::new();
    for number in 1..=objects {
        nodes.push_str(&format!("\n,3,1,{},64,0", 2 * number + 1));
        let comma = if number == 1 { "" } else { "," };
        edges.push_str(&format!("{comma}2,2,{}\n", 5 * number));
    }
    let count = objects + 1;
    format!(
        "{head}\"node_count\":{count},\"edge_count\":{objects}}},\n\"nodes\":[{nodes}],\n\"edges\":[{edges}],\n\
         \"strings\":[\"\",\"Leaky\",\"leak\"]}}"
    )
}

/// The names in a folder and below.
fn names(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        found.push(entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().unwrap().is_dir() {
            found.extend(names(&entry.path()));
        }
    }
    found.sort();
    found
}

#[test]
fn where_no_file_can_grow_nothing_is_left_half_written() {
    // A limit for files stands for a disk that is full: writing fails in the middle.
    const FULL: &str = "trap '' XFSZ; ulimit -f 1; ";
    let folder = tempfile::tempdir().unwrap();
    let command = format!("{FULL} exec \"$0\" redact a.heapsnapshot -o out.heapsnapshot");
    let output = shell(folder.path(), &command);
    assert_eq!(output.status.code(), Some(2));
    let message = said(&output);
    assert!(
        message.contains("out.heapsnapshot: cannot write"),
        "{message}"
    );
    assert_eq!(message.lines().count(), 1, "{message}");
    assert_eq!(names(folder.path()), ["a.heapsnapshot"]);
    // An index that cannot be written keeps nobody from the answer.
    let command = format!("{FULL} exec \"$0\" summary a.heapsnapshot --format json");
    let output = shell(folder.path(), &command);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains("no index was written"));
    assert_eq!(
        names(folder.path()),
        ["a.heapsnapshot", "cache", "heaptui"],
        "folders, and nothing in them"
    );
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let output = shell(
        folder.path(),
        "exec \"$0\" summary a.heapsnapshot > /dev/full",
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("cannot write the output"));
}

#[test]
fn without_a_home_or_input_commands_do_their_work() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        "unset HOME XDG_CACHE_HOME XDG_CONFIG_HOME; exec \"$0\" summary a.heapsnapshot",
        // Nobody can make a file there, not even root.
        "unset XDG_CACHE_HOME; HOME=/proc exec \"$0\" summary a.heapsnapshot",
        "exec \"$0\" summary a.heapsnapshot <&-",
    ] {
        let output = shell(folder.path(), words);
        assert_eq!(output.status.code(), Some(0), "{words}: {}", said(&output));
        assert!(String::from_utf8_lossy(&output.stdout).contains("Leaky"));
        assert!(said(&output).lines().count() <= 1, "{}", said(&output));
    }
    // The explorer needs both.
    let output = shell(folder.path(), "exec \"$0\" a.heapsnapshot <&-");
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("needs a terminal"));
}

#[test]
fn terminals_that_nobody_knows_are_drawn_on() {
    for term in ["", "nobody-knows-this", "dumb"] {
        let home = [("TERM", term), ("HOME", "/proc"), ("XDG_CACHE_HOME", "")];
        let mut session = Session::start_with(&[], &home);
        session.until("Leaky");
        session.send("q");
        assert_eq!(session.end(), (Some(0), None), "{term:?}");
        session.assert_given_back();
    }
}

#[test]
fn an_end_in_the_middle_of_a_load_leaves_nothing() {
    for signal in [Signal::TERM, Signal::HUP] {
        let folder = tempfile::tempdir().unwrap();
        let dumps = folder.path().join("dumps");
        fs::create_dir(&dumps).unwrap();
        fs::write(dumps.join("large.heapsnapshot"), wide(400_000)).unwrap();
        let cache = folder.path().join("cache");
        let variables = [("XDG_CACHE_HOME", cache.to_str().unwrap())];
        let path = dumps.join("large.heapsnapshot");
        let mut session = Session::start_indexed(folder, &path, &variables);
        session.until("large");
        session.signal(signal);
        assert_eq!(session.end(), (None, Some(signal.as_raw())));
        session.assert_given_back();
        let left = names(session.folder());
        let half = left.iter().filter(|name| name.ends_with(".tmp"));
        assert_eq!(half.count(), 0, "{left:?}");
        assert_eq!(names(&dumps), ["large.heapsnapshot"]);
    }
}
