//! The real program in a real pseudo-terminal: size, suspension, signals, panic, colours.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod host;
mod keyboard;
mod recording;
mod session;
mod soak;
#[path = "../tui/svg.rs"]
mod svg;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::Signal;
use session::Session;

const ENTER_SCREEN: &str = "\u{1b}[?1049h";
const LEAVE_SCREEN: &str = "\u{1b}[?1049l";
const SHOW_CURSOR: &str = "\u{1b}[?25h";

#[test]
fn q_quits_and_gives_the_terminal_back() {
    let mut session = Session::start(&[]);
    session.until("small");
    assert_ne!(session.modes(), session.before, "raw mode");
    session.send("q");
    assert_eq!(session.end(), (Some(0), None));
    session.assert_given_back();
}

#[test]
fn signals_give_the_terminal_back_and_end_the_process_as_signals() {
    for signal in [
        Signal::TERM,
        Signal::HUP,
        Signal::INT,
        Signal::QUIT,
        Signal::USR1,
        Signal::USR2,
        Signal::ALARM,
    ] {
        let mut session = Session::start(&[]);
        session.until("small");
        session.signal(signal);
        assert_eq!(session.end(), (None, Some(signal.as_raw())));
        session.assert_given_back();
    }
}

#[test]
fn ctrl_z_gives_the_terminal_back_until_the_process_goes_on() {
    let mut session = Session::start(&[]);
    session.until("small");
    session.send("\u{1a}");
    session.until_stopped();
    session.assert_given_back();
    session.forget();
    session.signal(Signal::CONT);
    // All is drawn anew, and keys work.
    session.until("small");
    assert!(session.output().contains(ENTER_SCREEN));
    assert_ne!(session.modes(), session.before, "raw mode");
    session.send("q");
    assert_eq!(session.end(), (Some(0), None));
}

#[test]
fn the_editor_has_the_terminal_and_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bundle/plain");
    fs::create_dir(folder.path().join("plain")).unwrap();
    for entry in fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let copy = folder.path().join("plain").join(path.file_name().unwrap());
        fs::copy(&path, copy).unwrap();
    }
    let script = folder
        .path()
        .canonicalize()
        .unwrap()
        .join("plain/server.js");
    let editor = folder.path().join("my editor");
    let words = "#!/bin/sh\nprintf '%s\\n' \"$@\" >arguments\necho 'editing it'\nread line\necho \"$line\" >typed\ncase $line in die) stty raw -echo; kill -KILL $$; esac\n";
    fs::write(&editor, words).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let variables = [("VISUAL", "'./my editor' --wait"), ("EDITOR", "false")];
    let words = "exec \"$0\" --no-config --no-index --source-root=/srv/shop=. plain";
    let mut session = Session::shell(folder, words, &variables);
    let read = |session: &Session, name: &str| {
        fs::read_to_string(session.folder().join(name)).unwrap_or_default()
    };

    session.until("Leak likely");
    session.send("e");
    session.until_written("editing it");
    session.assert_given_back();
    // What would quit the explorer is the editor's.
    session.send("q, and more\n");
    session.until("opened");
    assert_ne!(session.modes(), session.before, "raw mode");
    let arguments = format!("--wait\n+58\n{}\n", script.display());
    assert_eq!(read(&session, "arguments"), arguments);
    assert_eq!(read(&session, "typed"), "q, and more\n");

    // Ctrl-Z stops the explorer too, which leaves the terminal alone when it goes on.
    session.forget();
    session.send("e");
    session.until_written("editing it");
    session.send("\u{1a}");
    session.until_stopped();
    session.signal(Signal::CONT);
    assert!(session.runs(std::time::Duration::from_millis(300)));
    session.assert_given_back();
    session.send("again\n");
    session.until("opened");
    assert_eq!(read(&session, "typed"), "again\n");

    // One that is killed leaves the terminal as it had it: that is not how it was.
    session.forget();
    session.send("e");
    session.until_written("editing it");
    session.send("die\n");
    session.until("my editor: signal: 9");

    // Ctrl-C ends the editor alone.
    session.forget();
    session.send("e");
    session.until_written("editing it");
    session.send("\u{3}");
    session.until("my editor: signal: 2");
    session.send("q");
    assert_eq!(session.end(), (Some(0), None));
    session.assert_given_back();
}

#[test]
fn another_size_is_another_screen() {
    let mut session = Session::start(&[]);
    session.until("small");
    session.resize(20, 5);
    session.until("30×8");
    session.resize(100, 30);
    // Keys and a new size at the same moment can pass each other: the size comes first here.
    session.until_gone("30×8");
    session.until("quit");
    session.send("q");
    assert_eq!(session.end(), (Some(0), None));
}

#[test]
fn no_color_means_none() {
    let mut coloured = Session::start(&[("TERM", "xterm-256color")]);
    coloured.until("small");
    coloured.until("help");
    assert!(colours(coloured.output()) > 0);
    let mut plain = Session::start(&[("NO_COLOR", "1"), ("TERM", "xterm-256color")]);
    plain.until("small");
    plain.until("help");
    assert_eq!(colours(plain.output()), 0, "{:?}", plain.output());
}

/// How many escape sequences choose a colour that is not the terminal's own.
fn colours(output: &str) -> usize {
    let sequences = output.split("\u{1b}[").skip(1);
    let chosen = sequences.filter_map(|rest| rest.split_once('m'));
    chosen
        .filter(|(numbers, _)| {
            numbers
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b';')
        })
        .filter(|(numbers, _)| {
            let mut numbers = numbers.split(';');
            numbers.any(|number| {
                matches!(
                    number.parse(),
                    Ok(30..=38u32 | 40..=48 | 90..=97 | 100..=107)
                )
            })
        })
        .count()
}

#[test]
fn a_copy_reaches_the_terminal() {
    let mut session = Session::start(&[]);
    session.until("Leaky");
    session.send("yy");
    session.until_written("\u{1b}]52;c;");
    session.until("copied");
    session.send("q");
    assert_eq!(session.end(), (Some(0), None));
}

#[test]
fn settings_that_are_refused_leave_the_terminal_alone() {
    let mut session = Session::start_with(&["--config", "/nowhere/config.toml"], &[]);
    session.until_written("cannot read the settings");
    assert_eq!(session.end(), (Some(2), None));
    assert!(!session.output().contains(ENTER_SCREEN));
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_told() {
    let mut session = Session::of_test("panics_with_the_terminal_taken");
    session.until_written("something that cannot be");
    let (status, signal) = session.end();
    assert!(status.is_some_and(|status| status != 0) && signal.is_none());
    session.assert_given_back();
    let output = session.output();
    let left = output.find(LEAVE_SCREEN).unwrap();
    assert!(left < output.find("something that cannot be").unwrap());
}

#[test]
fn a_panic_of_another_thread_leaves_the_screen_alone() {
    let mut session = Session::of_test("panics_beside_the_screen");
    session.until_written("it was caught");
    let (status, signal) = session.end();
    assert_eq!((status, signal), (Some(0), None));
    session.assert_given_back();
    let output = session.output();
    assert!(!output.contains("nobody's business"), "{output:?}");
    let left = output.find(LEAVE_SCREEN).unwrap();
    assert!(output.find("it was caught").unwrap() < left);
}

/// Run by the test above: a worker dies, and so does a thread that it started.
#[test]
#[ignore = "needs a terminal; another test runs it in one"]
fn panics_beside_the_screen() {
    let screen = heaptui::tui::terminal::Screen::enter().unwrap();
    let mut jobs = heaptui::series::Jobs::new(1).unwrap();
    jobs.spawn("one", |_| -> heaptui::Result<()> {
        std::thread::scope(|scope| {
            scope.spawn(|| panic!("nobody's business"));
        });
        Ok(())
    });
    let done = jobs.recv_timeout(std::time::Duration::from_secs(60));
    assert!(done.unwrap().outcome.is_err());
    print!("it was caught");
    std::io::Write::flush(&mut std::io::stdout()).unwrap();
    drop(screen);
}

/// Run by the test above, in a terminal of its own: what any panic of the screen's thread does.
#[test]
#[ignore = "needs a terminal; another test runs it in one"]
fn panics_with_the_terminal_taken() {
    let _screen = heaptui::tui::terminal::Screen::enter().unwrap();
    panic!("something that cannot be");
}
