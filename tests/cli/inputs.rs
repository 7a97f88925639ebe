//! What was read is never written over, and other dumps only by force.

use std::fs;
use std::process::{Command, Stdio};

use super::{EARLIER, LATER, printed, refused, series, text};

#[test]
fn no_command_replaces_what_it_read_or_another_dump() {
    let folder = series();
    let folder = folder.path();
    let log = "[1:0x1] 100 ms: Mark-sweep 10.0 (12.0) -> 8.0 (12.0) MB, 5.0 / 0.0 ms";
    fs::write(folder.join("gc.log"), format!("{log}\n")).unwrap();
    fs::hard_link(folder.join(LATER), folder.join("linked.md")).unwrap();
    fs::write(folder.join("cut.heapsnapshot"), "{").unwrap();
    fs::write(
        folder.join("other.md"),
        fs::read(folder.join(LATER)).unwrap(),
    )
    .unwrap();
    let files = [
        EARLIER,
        LATER,
        "gc.log",
        "cut.heapsnapshot",
        "linked.md",
        "other.md",
    ];
    let read = || files.map(|name| fs::read(folder.join(name)).unwrap());
    let were = read();
    let never = [
        &["report", LATER, "-o", LATER][..],
        &["report", ".", "-o", EARLIER],
        &["report", ".", "--gc-log", "gc.log", "-o", "./gc.log"],
        &["report", ".", "-o", "linked.md"],
        // Damaged, but of the folder that was read.
        &["report", ".", "-o", "cut.heapsnapshot"],
        &["redact", LATER, "-o", LATER],
        &["redact", LATER, "-o", "linked.md"],
    ];
    for arguments in never {
        let message = refused(folder, &[arguments, &["--force"]].concat());
        assert!(message.contains("was read"), "{message}");
        assert_eq!(read(), were, "{arguments:?}");
    }
    let only_by_force = [
        &["redact", LATER, "-o", EARLIER][..],
        &["redact", EARLIER, "-o", "other.md"],
        &["report", LATER, "-o", "cut.heapsnapshot"],
    ];
    for arguments in only_by_force {
        let message = refused(folder, arguments);
        assert!(message.contains("--force"), "{message}");
        assert_eq!(read(), were, "{arguments:?}");
    }
    for arguments in only_by_force {
        printed(folder, &[arguments, &["--force"]].concat());
        let name = arguments[3];
        let at = files.iter().position(|file| *file == name).unwrap();
        assert_ne!(read()[at], were[at], "{name}");
    }
    // What is no dump is written anew each time.
    for _ in 0..2 {
        printed(folder, &["report", LATER, "-o", "report.md"]);
    }
}

#[cfg(unix)]
#[test]
fn output_is_not_added_to_what_was_read() {
    let folder = series();
    let path = folder.path().join(LATER);
    let before = fs::read(&path).unwrap();
    for words in ["summary .", "redact . -o -", "report ."] {
        let words = words.replace("redact .", &format!("redact {LATER}"));
        let output = Command::new(env!("CARGO_BIN_EXE_heaptui"))
            .current_dir(folder.path())
            .args(words.split(' '))
            .arg(if words.starts_with("redact") {
                "--keep-names"
            } else {
                "--no-index"
            })
            .stdin(Stdio::null())
            .stdout(fs::File::options().append(true).open(&path).unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(
            text(&output.stderr).contains(LATER),
            "{}",
            text(&output.stderr)
        );
        assert_eq!(fs::read(&path).unwrap(), before, "{words}");
    }
}

#[test]
fn a_dash_is_standard_output() {
    let folder = series();
    let copy = printed(folder.path(), &["redact", LATER, "-o", "-"]);
    assert!(copy.starts_with("{\"snapshot\":") && copy.ends_with('}'));
    printed(folder.path(), &["redact", LATER, "-o", "file.heapsnapshot"]);
    assert_eq!(
        copy.into_bytes(),
        fs::read(folder.path().join("file.heapsnapshot")).unwrap()
    );
    assert!(!folder.path().join("-").exists());
}

/// Whatever the limit, a command does its work or says in one line why not: it is never aborted.
#[cfg(target_os = "linux")]
#[test]
fn limits_of_memory_end_in_a_message() {
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo");
    let folder = tempfile::tempdir().unwrap();
    let commands = ["summary --limit 1", "suspects", "report"];
    let (mut refused, mut done) = (0, 0);
    for command in commands {
        for megabytes in [48, 96, 160, 256, 4096] {
            let script = format!(
                "ulimit -v {}; exec \"$0\" {command} \"$1\" --no-index",
                megabytes * 1000
            );
            let output = std::process::Command::new("sh")
                .args(["-c", &script, env!("CARGO_BIN_EXE_heaptui"), demo])
                .current_dir(folder.path())
                .stdin(std::process::Stdio::null())
                .output()
                .unwrap();
            let message = String::from_utf8_lossy(&output.stderr).into_owned();
            match output.status.code() {
                Some(0) => done += 1,
                Some(2) => {
                    let last = message.lines().last().unwrap();
                    assert!(
                        last.starts_with("heaptui: "),
                        "{command}, {megabytes} MB: {message}"
                    );
                    refused += 1;
                }
                // The system could not even load the program.
                Some(127) => {}
                other => panic!("{command}, {megabytes} MB: {other:?} {message}"),
            }
        }
    }
    assert!(
        refused > 5 && done >= commands.len(),
        "{refused} refused, {done} done"
    );
}
