//! `cargo bench --bench keys`: how long a key takes to be answered by a frame, on a dump with ten million objects.
//!
//! `HEAPTUI_BENCH_OBJECTS` makes it smaller or larger. A key is answered when the first frame behind it is drawn; what
//! workers go on with is not waited for, as in the explorer itself. Between two keys passes the time of a key that is
//! held down.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod keyboard;
mod made_up;

use std::time::Instant;

use heaptui::series::Exploration;
use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;
use keyboard::{press, print_figures, print_titles};

/// Objects unless the environment says otherwise.
const OBJECTS: u32 = 10_000_000;

/// What is done, the keys before it, the keys that are measured, and how often.
const JOURNEYS: [(&str, &str, &str, usize); 9] = [
    ("down and up the classes", "gg", "jjjkk", 40),
    (
        "unfold and fold five million",
        "gg/Session<Enter>",
        "lh",
        20,
    ),
    ("down five million objects", "gg/Session<Enter>l", "j", 200),
    ("half pages", "gg/Session<Enter>l", "<Ctrl-d>", 200),
    ("last and first", "gg/Session<Enter>l", "Ggg", 30),
    (
        "unfold objects on the way",
        "gg/Session<Enter>lj",
        "lljj",
        40,
    ),
    ("sort five million", "gg/Session<Enter>l", "s", 10),
    (
        "other pane and back",
        "gg/Session<Enter>lj",
        "<Tab>j<Tab>",
        40,
    ),
    ("letters of a filter", "gg", "/sess<Esc>", 20),
];

fn main() {
    let objects = std::env::var("HEAPTUI_BENCH_OBJECTS");
    let objects = objects.map_or(OBJECTS, |text| text.parse().expect("a number"));
    // Each session has a string.
    let path = made_up::dump(objects / 2);
    let exploration = Exploration {
        paths: vec![path],
        memory: Some(u64::MAX),
        ..Exploration::default()
    };
    let mut explorer = Harness::new(exploration, Theme::default(), (200, 50)).unwrap();
    let begin = Instant::now();
    explorer.play("");
    println!(
        "{objects} objects, loaded in {:.1} s, 200×50",
        begin.elapsed().as_secs_f64()
    );
    print_titles();
    let mut all = Vec::new();
    for (name, before, keys, times) in JOURNEYS {
        explorer.play(before);
        let mut taken = press(&mut explorer, keys, times);
        explorer.play("<Esc><Esc>");
        all.extend(taken.iter().copied());
        print_figures(name, &mut taken);
    }
    print_figures("all", &mut all);
}
