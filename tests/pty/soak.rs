//! Dumps come, go and break in a watched folder while anybody types anything in a real terminal.
//!
//! `HEAPTUI_SOAK_MINUTES=30 cargo test --test pty soak -- --ignored --nocapture` prints what was done and how much memory
//! it took.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::session::{DUMP, Session};

/// Keys that change pages, lists and prompts; none of them leaves or writes.
const KEYS: [&str; 40] = [
    "j",
    "k",
    "G",
    "gg",
    "\r",
    "\u{1b}",
    "D",
    "T",
    "L",
    "h",
    "l",
    " ",
    "\t",
    "f",
    "/",
    "Leaky",
    "s",
    "S",
    "b",
    "?",
    "d",
    "1",
    "2",
    "3",
    "\u{4}",
    "\u{15}",
    "\u{6}",
    "i",
    "v",
    "x",
    "n",
    "N",
    "t",
    "\u{1b}\u{1b}",
    "\u{1b}[A",
    "\u{1b}[B",
    "\u{1b}[5~",
    "\u{1b}[6~",
    "r",
    "m",
];

/// Names in turn: dumps are replaced, and cannot pile up.
const NAMES: u64 = 12;

/// Sizes that the terminal is given.
const SIZES: [(u16, u16); 5] = [(80, 24), (120, 40), (40, 10), (10, 3), (200, 50)];

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// Does one thing to the folder.
fn meddle(folder: &Path, dice: &mut Dice) {
    let number = dice.below(NAMES);
    let path = folder.join(format!(
        "Heap.20260101.1000{number:02}.7.0.{number:03}.heapsnapshot"
    ));
    let size = 10 + dice.below(2000);
    let whole = DUMP.replace("3,1,3,64,0", &format!("3,1,3,{size},0"));
    let cut = dice.below(whole.len() as u64) as usize;
    let done = match dice.below(8) {
        0 => fs::write(&path, &whole.as_bytes()[..cut]),
        1 => fs::write(&path, ""),
        2 => fs::write(&path, "<html>no dump</html>"),
        3 => fs::remove_file(&path),
        4 => {
            // As a careful writer does: under another name first.
            let beside = path.with_extension("tmp");
            fs::write(&beside, &whole).and_then(|()| fs::rename(&beside, &path))
        }
        5 => fs::write(&path, whole.replace("2,2,5", "2,2,5000")),
        _ => fs::write(&path, &whole),
    };
    // What is not there cannot be removed.
    let _ = done;
}

/// The most memory that the process has held, in kB.
fn most_memory(pid: i32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// The rows of the list of dumps, after everything was drawn anew: what stands in them, whatever is selected or loaded.
fn list(session: &mut Session) -> Vec<String> {
    session.resize(100, 30);
    for _ in 0..6 {
        session.send("\u{1b}");
        session.runs(Duration::from_millis(60));
    }
    session.send("D");
    for _ in 0..15 {
        session.runs(Duration::from_millis(100));
    }
    session.send("\u{c}");
    for _ in 0..15 {
        session.runs(Duration::from_millis(100));
    }
    let screen = session.screen();
    let rows = screen.lines().skip(2).take_while(|row| !row.is_empty());
    rows.map(|row| row.replace(['▶', '●', '○'], " "))
        .map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
#[ignore = "takes as many minutes as HEAPTUI_SOAK_MINUTES says"]
fn soak() {
    let minutes = std::env::var("HEAPTUI_SOAK_MINUTES").ok();
    let minutes: f64 = minutes.and_then(|text| text.parse().ok()).unwrap_or(1.0);
    let folder = tempfile::tempdir().unwrap();
    let dumps = folder.path().join("dumps");
    fs::create_dir(&dumps).unwrap();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut session = Session::start_on(folder, &dumps, &[]);
    let begin = Instant::now();
    let (mut keys, mut changes, mut early) = (0u64, 0u64, 0);
    while begin.elapsed().as_secs_f64() < minutes * 60.0 {
        if dice.below(4) == 0 {
            meddle(&dumps, &mut dice);
            changes += 1;
        }
        if dice.below(60) == 0 {
            let (columns, lines) = SIZES[dice.below(SIZES.len() as u64) as usize];
            session.resize(columns, lines);
        }
        session.send(KEYS[dice.below(KEYS.len() as u64) as usize]);
        keys += 1;
        let wait = Duration::from_millis(dice.below(40));
        assert!(session.runs(wait), "it ended: {:?}", session.output());
        if keys % 256 == 0 {
            assert!(
                !session.output().contains("panicked"),
                "{}",
                session.output()
            );
            session.forget();
            // What a tenth of the time takes is what all of it may take, within a margin.
            if early == 0 && begin.elapsed().as_secs_f64() > minutes * 6.0 {
                early = most_memory(session.pid());
            }
        }
    }
    let most = most_memory(session.pid());
    // Whatever is being written comes to rest.
    std::thread::sleep(Duration::from_secs(4));
    let found = list(&mut session);
    let other = tempfile::tempdir().unwrap();
    let mut fresh = Session::start_on(other, &dumps, &[]);
    std::thread::sleep(Duration::from_secs(4));
    let expected = list(&mut fresh);
    println!(
        "{minutes} minutes: {keys} keys, {changes} changes; {early} kB of memory early, {most} kB at most"
    );
    println!("{}", found.join("\n"));
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
    assert!(most < early * 2 + 20_000, "{early} kB grew to {most} kB");
    for mut session in [session, fresh] {
        session.send("\u{1b}\u{1b}");
        session.runs(Duration::from_millis(200));
        session.send("q");
        assert_eq!(session.end(), (Some(0), None));
        session.assert_given_back();
    }
}
