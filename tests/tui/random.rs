//! Any keys at all: nothing panics, every screen is drawn, and there is always a way out.
//!
//! The keys are those that commands are bound to, but for those that leave and write, digits, and letters for whatever is typed; the sequences are made by
//! a generator that always begins with the same number, so that a failure comes back.

use std::path::Path;

use heaptui::tui::commands::{COMMANDS, Command};
use heaptui::tui::harness::Harness;

use crate::{Folder, SMALL, below_tabs, open};

/// How many sequences are played, and how many keys each has.
const SEQUENCES: u64 = 200;
const KEYS: u64 = 24;

/// Sizes that a terminal is given; some are too small for anything.
const SIZES: [(u16, u16); 7] = [
    (80, 24),
    (120, 40),
    (40, 12),
    (20, 5),
    (1, 1),
    (200, 3),
    (9, 60),
];

/// Keys beside those of commands.
const OTHERS: [&str; 14] = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "9",
    "<Esc>",
    "<Esc>",
    "Leaky",
    "cache",
    "漢",
    "<Backspace>",
    "<Tab>",
    "<Enter>",
];

/// xorshift64*, by Vigna: good enough to type with.
struct Dice(u64);

impl Dice {
    fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// Keys of commands in the words of journeys, but for those that leave, stop the process or write files.
fn keys() -> Vec<String> {
    let leaving = [
        Command::Quit,
        Command::QuitNow,
        Command::Suspend,
        Command::WriteReport,
        Command::WriteView,
        // It runs any of them.
        Command::Palette,
    ];
    let commands = COMMANDS
        .iter()
        .filter(|row| !leaving.contains(&row.command));
    let keys = commands.flat_map(|row| row.keys.iter());
    let bracketed = |key: &&str| match key.chars().count() {
        1 => (*key).to_owned(),
        _ if key.chars().all(|c| c.is_ascii_lowercase()) => (*key).to_owned(),
        _ => format!("<{key}>"),
    };
    keys.map(bracketed).collect()
}

fn journey(dice: &mut Dice, keys: &[String]) -> Vec<String> {
    let commands: Vec<&str> = keys.iter().map(String::as_str).collect();
    let key = |_| match dice.below(4) {
        0 => dice.one(&OTHERS).to_owned(),
        _ => dice.one(&commands).to_owned(),
    };
    (0..KEYS).map(key).collect()
}

/// The list of dumps of an explorer, wherever it is.
fn dumps(explorer: &mut Harness) -> String {
    explorer.resize(100, 30);
    explorer.play("<Esc><Esc><Esc><Esc><Esc><Esc><Esc><Esc><Esc><Esc><Esc><Esc>");
    explorer.play("D")
}

/// The rows of the list alone: title and footer may show messages; which row is selected and what is loaded is up to
/// whoever typed.
fn rows(screen: &str) -> Vec<String> {
    let lines = below_tabs(screen)
        .into_iter()
        .skip(2)
        .take_while(|line| !line.is_empty());
    let words = |line: &str| {
        let words = line.split_whitespace();
        let words = words.filter(|word| !["▶", "●", "○"].contains(word));
        words.collect::<Vec<_>>().join(" ")
    };
    lines.map(words).collect()
}

fn play(path: &Path, seeds: std::ops::Range<u64>) {
    let keys = keys();
    assert!(keys.len() > 60, "{keys:?}");
    for seed in seeds {
        let mut dice = Dice::of(seed);
        let mut explorer = open(path, SIZES[0]);
        let mut typed = String::new();
        for key in journey(&mut dice, &keys) {
            if dice.below(8) == 0 {
                let (columns, lines) = SIZES[dice.below(SIZES.len() as u64) as usize];
                explorer.resize(columns, lines);
            }
            typed.push_str(&key);
            let screen = explorer.play(&key);
            assert!(!screen.is_empty(), "{seed}: {typed}");
            if explorer.ended() {
                break;
            }
        }
        if explorer.ended() {
            panic!("{seed}: none of these keys leaves: {typed}");
        }
        let found = dumps(&mut explorer);
        let fresh = dumps(&mut open(path, SIZES[0]));
        assert!(!rows(&fresh).is_empty(), "{fresh}");
        assert_eq!(
            rows(&found),
            rows(&fresh),
            "{seed}: {typed}\n{found}\n{fresh}"
        );
        explorer.play("q");
        assert!(explorer.ended(), "{seed}: {typed}");
    }
}

#[test]
fn any_keys_on_one_dump() {
    let folder = Folder::small();
    play(folder.0.path(), 0..SEQUENCES / 2);
}

#[test]
fn any_keys_on_several_dumps_of_which_one_is_cut_and_one_is_none() {
    let later = SMALL.replace("3,4,9,1000,2", "3,4,9,1500,2");
    let folder = Folder::with(&[
        ("a.heapsnapshot", SMALL),
        ("b.heapsnapshot", &later),
        ("c.heapsnapshot", &SMALL[..SMALL.len() - 40]),
        ("d.heapsnapshot", "<html>"),
    ]);
    play(folder.0.path(), SEQUENCES / 2..SEQUENCES);
}
