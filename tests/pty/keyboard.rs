//! Whatever the terminal sends, the keyboard is heard.

use std::time::{Duration, Instant};

use crate::session::Session;

/// Beginnings of sequences that never end, and what else a terminal, a paste or a cat on the keyboard can send.
const ODD: [&str; 9] = [
    "\u{1b}[200~",
    "\u{1b}[200~words that were pasted\n",
    "\u{1b}[?",
    "\u{1b}[",
    "\u{1b}O",
    "\u{1b}[<0;1",
    "\u{1b}[M",
    "\u{1b}[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1",
    "\u{1b}]0;title",
];

#[test]
fn ctrl_c_ends_the_explorer_whatever_was_sent_before() {
    let flood = "j/xk\u{1b}".repeat(20_000);
    for odd in ODD.into_iter().chain([&*flood]) {
        let mut session = Session::start(&[]);
        session.until("small");
        session.send(odd);
        let begin = Instant::now();
        session.send("\u{3}");
        assert_eq!(session.end(), (Some(0), None), "{odd:?}");
        assert!(begin.elapsed() < Duration::from_secs(1), "{odd:?}");
        session.assert_given_back();
    }
}

#[test]
fn keys_are_heard_after_a_sequence_without_end() {
    for odd in ODD {
        let mut session = Session::start(&[]);
        session.until("small");
        session.send(odd);
        std::thread::sleep(Duration::from_millis(300));
        // Whatever line a paste began is left.
        session.send("\u{1b}");
        std::thread::sleep(Duration::from_millis(100));
        session.send("\u{1b}");
        std::thread::sleep(Duration::from_millis(100));
        session.send("?");
        session.until("This page");
        session.send("\u{3}");
        assert_eq!(session.end(), (Some(0), None), "{odd:?}");
    }
}

#[test]
fn what_is_pasted_is_searched_for_and_never_run() {
    let mut session = Session::start(&[]);
    session.until("small");
    session.until_written("\u{1b}[?2004h");
    session.send("\u{1b}[200~q\nLeaky\u{1b}[201~");
    session.until("q Leaky");
    session.send("\u{3}");
    assert_eq!(session.end(), (Some(0), None));
    assert!(session.output().contains("\u{1b}[?2004l"));
}
