//! A host in trouble: a full disk, no home, a terminal that nobody knows, an end in the middle of a load.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

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

/// A folder with a dump called `a.heapsnapshot`, and a folder for what is written.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    write_long_ago(&folder.path().join("a.heapsnapshot"), 2000);
    folder
}

/// Writes a dump that nobody seems to be writing any more.
fn write_long_ago(path: &Path, objects: usize) {
    fs::write(path, wide(objects)).unwrap();
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(3600))
        .unwrap();
}

/// Neither settings nor indexes, so that nothing but what is asked for is written.
const BARE: &[(&str, &str)] = &[("HOME", "/proc"), ("XDG_CACHE_HOME", "")];

#[test]
fn what_the_explorer_cannot_write_is_told_and_nothing_stays() {
    let words = "ulimit -f 0; exec \"$0\" --no-config --no-index a.heapsnapshot";
    let mut session = Session::shell(folder(), words, BARE);
    session.until("Leaky");
    for (key, name) in [("W", "view.md"), ("W", "view.csv"), ("R", "report.md")] {
        session.send(key);
        session.until(" to ");
        session.send(&format!("\u{15}out/{name}"));
        session.until(name);
        session.send("\r");
        session.until(&format!("out/{name}: cannot write"));
    }
    session.send("q");
    assert_eq!(session.end(), (Some(0), None));
    session.assert_given_back();
    assert_eq!(names(session.folder()), ["a.heapsnapshot", "out"]);
}

#[test]
fn what_commands_cannot_write_is_told_once_and_nothing_stays() {
    for arguments in [
        "report a.heapsnapshot -o out.md",
        "redact a.heapsnapshot -o out.heapsnapshot",
        "redact a.heapsnapshot -o out.heapsnapshot.gz",
        "index a.heapsnapshot",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let words = format!("ulimit -f 0; exec \"$0\" {arguments}");
        let output = shell(folder.path(), &words);
        let message = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {message}");
        let last = message.lines().last().unwrap();
        assert!(last.contains("cannot write"), "{message}");
        let left = names(folder.path());
        let left = left
            .iter()
            .filter(|name| name.contains("out") || name.ends_with(".tmp"));
        assert_eq!(left.count(), 0, "{arguments}");
    }
}

#[test]
fn a_signal_takes_what_a_command_was_writing_with_it() {
    for signal in [Signal::TERM, Signal::QUIT] {
        // Where the machine is busy with other things, a dump may be written before the signal is sent.
        let mut sizes = [300_000, 1_000_000, 3_000_000].into_iter();
        while !ends_in_the_middle(sizes.next().unwrap(), signal) {}
    }
}

/// Ends a command by a signal while it writes; says whether it was still writing then.
fn ends_in_the_middle(objects: usize, signal: Signal) -> bool {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("large.heapsnapshot"), wide(objects)).unwrap();
    let words = "exec \"$0\" redact large.heapsnapshot -o out.heapsnapshot.gz";
    let mut session = Session::shell(folder, words, BARE);
    let has = |session: &Session, end| {
        let names = names(session.folder());
        names.iter().any(|name| name.ends_with(end))
    };
    while session.runs(Duration::from_millis(1)) {
        if has(&session, ".tmp") {
            session.signal(signal);
            break;
        }
    }
    let end = session.end();
    if has(&session, ".gz") {
        return false;
    }
    assert_eq!(end, (None, Some(signal.as_raw())), "{:?}", session.output());
    assert_eq!(names(session.folder()), ["large.heapsnapshot"]);
    true
}

/// Where [`writes_until_it_is_ended`] writes.
const FOLDER: &str = "HEAPTUI_TEST_FOLDER";

/// Run by [`every_signal_that_ends_takes_what_was_being_written_with_it`].
#[test]
#[ignore = "a program, not a test"]
fn writes_until_it_is_ended() {
    heaptui::signals::outlive_limits_of_files();
    heaptui::signals::before_end(heaptui::save::remove_unfinished);
    let path = std::path::PathBuf::from(std::env::var_os(FOLDER).unwrap()).join("out");
    let _unfinished = heaptui::save::Unfinished::begin(&path, Default::default()).unwrap();
    loop {
        std::thread::sleep(Duration::from_secs(60));
    }
}

#[test]
fn every_signal_that_ends_takes_what_was_being_written_with_it() {
    use std::os::unix::process::ExitStatusExt as _;
    let ends = heaptui::signals::ending();
    let names_of = |signals: &[Signal]| signals.iter().all(|one| ends.contains(&one.as_raw()));
    assert!(names_of(&[
        Signal::QUIT,
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
        Signal::VTALARM,
        Signal::PROF,
        Signal::XCPU,
        Signal::IO,
        Signal::POWER,
        Signal::SYS,
        Signal::STKFLT,
        Signal::TRAP,
        Signal::ABORT,
    ]));
    let some = ends.iter().filter(|signal| **signal <= 34);
    for &signal in some {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "host::writes_until_it_is_ended", "--ignored"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while names(folder.path()).is_empty() {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(2));
        }
        let sent = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(sent.unwrap().success(), "{signal}");
        let status = child.wait().unwrap();
        // What has no name of its own is told as a shell tells it.
        let told = status.signal() == Some(signal) || status.code() == Some(128 + signal);
        assert!(told, "{signal}: {status:?}");
        assert!(names(folder.path()).is_empty(), "{signal}");
    }
}

#[test]
fn a_gate_fails_whoever_reads_on() {
    // The reader is gone before the verdict is printed.
    let words =
        "{ \"$0\" check a.heapsnapshot --max-count Leaky=1; echo $? > status; } | true; cat status";
    let folder = tempfile::tempdir().unwrap();
    let output = shell(folder.path(), words);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "1\n",
        "{}",
        said(&output)
    );
    // What has no verdict has nothing to fail on.
    let words =
        "{ \"$0\" objects a.heapsnapshot --class Leaky; echo $? > status; } | true; cat status";
    let output = shell(folder.path(), words);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "0\n",
        "{}",
        said(&output)
    );
    assert_eq!(said(&output), "");
}

#[test]
fn without_a_terminal_on_either_side_the_explorer_says_so() {
    for closed in [
        "<&-",
        ">&-",
        "</dev/null",
        ">/dev/null",
        "<&- >&-",
        "<&- >&- 2>&-",
    ] {
        let words = format!("exec \"$0\" --no-config a.heapsnapshot {closed}");
        let mut session = Session::shell(folder(), &words, BARE);
        let quiet = closed.contains("2>");
        assert_eq!(session.end(), (Some(2), None), "{closed}");
        let output = session.output();
        assert_eq!(
            output.contains("needs a terminal"),
            !quiet,
            "{closed}: {output}"
        );
        assert!(!output.contains('\u{1b}'), "{closed}: {output}");
        assert_eq!(session.modes(), session.before);
    }
}

#[test]
fn terminals_that_nobody_knows_are_drawn_on() {
    for term in ["TERM=", "TERM=nobody-knows-this", "TERM=dumb", "-u TERM"] {
        let words = format!("exec env {term} \"$0\" --no-config --no-index a.heapsnapshot");
        let mut session = Session::shell(folder(), &words, BARE);
        session.until("Leaky");
        session.send("q");
        assert_eq!(session.end(), (Some(0), None), "{term:?}");
        session.assert_given_back();
    }
}

#[test]
fn a_terminal_that_is_gone_ends_the_explorer() {
    // With the signal that tells of it, and, as under `nohup`, without: nobody is left to press a key.
    for (words, signal) in [
        ("exec \"$0\" --no-config --no-index a.heapsnapshot", true),
        (
            "trap '' HUP; exec \"$0\" --no-config --no-index a.heapsnapshot",
            false,
        ),
    ] {
        let mut session = Session::shell(folder(), words, BARE);
        session.until("Leaky");
        session.hang_up();
        let end = session.end();
        let by_signal = (None, Some(Signal::HUP.as_raw()));
        assert!(
            end == (Some(2), None) || end == by_signal,
            "{signal}: {end:?}"
        );
        assert_eq!(names(session.folder()), ["a.heapsnapshot", "out"]);
    }
}

#[test]
fn ctrl_z_in_a_load_stops_it_and_fg_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.heapsnapshot");
    write_long_ago(&path, 400_000);
    let mut session = Session::start_on(folder, &path, &[]);
    session.until("large");
    session.send("\u{1a}");
    session.until_stopped();
    session.assert_given_back();
    session.forget();
    session.signal(Signal::CONT);
    session.until("Leaky");
    session.until("400,000");
    session.send("q");
    assert_eq!(session.end(), (Some(0), None));
    session.assert_given_back();
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
