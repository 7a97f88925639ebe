//! Options before the command, names that are no UTF-8, directories with nothing in them, a home that is not there.

use std::fs;
use std::process::{Command, Stdio};

use super::{EARLIER, LATER, LEAF, dump, heaptui, json_of, printed, refused, series, text};

#[test]
fn options_may_stand_before_the_command() {
    let folder = series();
    let folder = folder.path();
    let expected = printed(
        folder,
        &[
            "summary",
            ".",
            "--no-index",
            "--format",
            "json",
            "--at",
            "s1",
        ],
    );
    for arguments in [
        &[
            "--no-index",
            "summary",
            ".",
            "--format",
            "json",
            "--at",
            "s1",
        ][..],
        &[
            "--no-index",
            "--format",
            "json",
            "--at",
            "s1",
            "summary",
            ".",
        ],
        &[
            "--format=json",
            "--no-index",
            "--at",
            "s1",
            "--full-speed",
            "summary",
            ".",
        ],
        &[
            "--memory",
            "500M",
            "--at",
            "s1",
            "--format",
            "json",
            "summary",
            "--no-index",
            ".",
        ],
    ] {
        assert_eq!(printed(folder, arguments), expected, "{arguments:?}");
    }
    assert!(printed(folder, &["--version"]).starts_with("heaptui 0."));
    assert!(printed(folder, &["--help", "summary"]).contains("--allocated-between"));
    // What the explorer alone knows is refused by its name, and a path stays a path.
    assert!(refused(folder, &["--poll", "2", "summary", "."]).contains("--poll"));
    assert!(refused(folder, &["--no-index", "nowhere"]).contains("nowhere"));
    assert!(refused(folder, &["--no-config", "./info"]).contains("info"));
}

/// Rust opens /dev/null in place of an output that is closed; nothing would fail.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_closed_is_no_success() {
    let folder = series();
    for arguments in [
        "summary .",
        "suspects .",
        "report .",
        "redact s1.heapsnapshot -o -",
        "ps",
    ] {
        let script = format!("exec \"$0\" {arguments} >&-");
        let output = Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_heaptui")])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        let said = text(&output.stderr);
        assert!(
            said.contains("standard output is closed"),
            "{arguments}: {said}"
        );
    }
}

#[test]
fn what_memory_is_allowed_is_told_as_it_was_said() {
    let folder = tempfile::tempdir().unwrap();
    dump::write(folder.path(), LATER, LEAF, 9);
    let message = refused(
        folder.path(),
        &["summary", ".", "--no-index", "--memory", "500"],
    );
    assert!(message.contains("500 B"), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn dumps_whose_names_are_no_utf_8_are_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = series();
    let name = OsStr::from_bytes(b"caf\xe9.heapsnapshot");
    fs::copy(folder.path().join(EARLIER), folder.path().join(name)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_heaptui"))
        .current_dir(folder.path())
        .args(["statistics", ".", "--no-index", "--format", "json", "--at"])
        .arg(name)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("caf"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn a_directory_with_nothing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("x.heapsnapshot")).unwrap();
    fs::create_dir(folder.path().join("y")).unwrap();
    for command in [
        &["summary"][..],
        &["report"],
        &["trend"],
        &["suspects"],
        &["check"],
        &["index"],
        &["profile"],
        &["allocations"],
        &["path", "--id", "3"],
        &["redact", "-o", "out"],
    ] {
        let message = refused(folder.path(), &[command, &["x.heapsnapshot"]].concat());
        assert!(
            message.starts_with("heaptui: x.heapsnapshot: "),
            "{message}"
        );
    }
    let message = refused(folder.path(), &["summary", "x.heapsnapshot", "y"]);
    assert!(
        message.contains("x.heapsnapshot") && message.contains("nor in y"),
        "{message}"
    );
}

#[test]
fn no_home_is_made_for_those_who_have_none() {
    let folder = series();
    let home = folder.path().join("no/such/home");
    for command in ["summary", "index"] {
        let output = Command::new(env!("CARGO_BIN_EXE_heaptui"))
            .current_dir(folder.path())
            .args([command, "."])
            .env_remove("XDG_CACHE_HOME")
            .env("HOME", &home)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.success(), command == "summary", "{said}");
        assert!(said.contains("no folder where HOME says"), "{said}");
        assert!(!folder.path().join("no").exists());
    }
    let output = heaptui(folder.path(), &["summary", "."]);
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn the_log_tells_stages_and_times_and_nothing_of_the_dump() {
    let folder = series();
    let log = folder.path().join("heaptui.log");
    let run = |log: &std::path::Path, arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_heaptui"))
            .current_dir(folder.path())
            .args(arguments)
            .env("HEAPTUI_LOG", log)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    for _ in 0..2 {
        let output = run(&log, &["summary", ".", "--no-index"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
    let told = fs::read_to_string(&log).unwrap();
    assert_eq!(told.matches("begin: heaptui ").count(), 2, "it is added to");
    assert!(
        told.contains(" stage: ") && told.contains(" end: done"),
        "{told}"
    );
    for line in told.lines() {
        let seconds = line.split_whitespace().next().unwrap();
        assert!(seconds.parse::<f64>().is_ok(), "{line}");
    }
    assert!(!told.contains(LEAF), "{told}");
    // Nothing is logged into a dump, and no report goes over a log.
    let output = run(&folder.path().join(LATER), &["summary", "."]);
    assert_eq!(output.status.code(), Some(2));
    let output = run(&log, &["report", ".", "-o", "heaptui.log", "--force"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_doctor_tells_of_the_host_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let looked = json_of(folder.path(), &["doctor"]);
    let facts = looked["facts"].as_array().unwrap();
    for name in [
        "version",
        "memory_available",
        "terminal",
        "indexes",
        "new_dumps",
    ] {
        let fact = facts.iter().find(|fact| fact["name"] == name);
        assert!(
            fact.is_some_and(|fact| !fact["value"].as_str().unwrap().is_empty()),
            "{name}: {looked}"
        );
    }
    let terminal = facts
        .iter()
        .find(|fact| fact["name"] == "terminal")
        .unwrap();
    assert!(
        terminal["advice"]
            .as_str()
            .unwrap()
            .contains("needs a terminal"),
        "{terminal}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
