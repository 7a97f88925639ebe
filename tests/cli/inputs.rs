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
