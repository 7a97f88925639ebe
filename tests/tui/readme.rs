//! The pictures of the README and the manual's list of keys are made from the program, and held to it.
//!
//! `HEAPTUI_UPDATE=1 cargo test --test tui readme` writes them anew.

use std::path::PathBuf;

use heaptui::series::Exploration;
use heaptui::tui::commands::key_table;
use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;
use ratatui::buffer::Buffer;

use crate::svg::{film, svg};

fn path(inside: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(inside)
}

/// Compares a file with what it should hold, or writes it.
fn hold(inside: &str, wanted: &str) {
    let path = path(inside);
    if std::env::var_os("HEAPTUI_UPDATE").is_some() {
        std::fs::write(&path, wanted).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{inside} is not what the program makes; HEAPTUI_UPDATE=1 cargo test --test tui readme writes it anew"
    );
}

/// A picture: the file's name, what it shows, the keys that lead there from the demo's first screen, and the size of
/// the screen.
type Picture = (&'static str, &'static str, &'static str, (u16, u16));

/// The README's film: what it shows, and the keys before each of its frames with the seconds that the frame stays.
const TOUR: (&str, &[(&str, f32)]) = (
    "The finding in the demo, the whole answer, why a logger is alive, and the three-snapshot view",
    &[
        ("", 5.0),
        ("L", 6.0),
        ("<Esc>b/derived<Enter>lj", 5.0),
        ("gw", 6.0),
    ],
);

/// The size of the film's screen.
const TOUR_SIZE: (u16, u16) = (110, 30);

/// The manual's pictures, in its order.
#[rustfmt::skip]
const GALLERY: [Picture; 12] = [
    ("growth", "The finding, and what grows over three dumps", "j", (120, 24)),
    ("suspects", "The leak: its holder, what accumulates in it, the path from the root, why it stays, what to change", "L", (120, 36)),
    ("summary", "Allocated between two dumps and still alive: a logger unfolded, and its retainers", "b/derived<Enter>lj", (120, 36)),
    ("why", "Why a logger is alive", "b/derived<Enter>gw", (120, 36)),
    ("paths", "How the root reaches all loggers, merged by the shape of their paths", "b/derived<Enter>gp", (120, 24)),
    ("comparison", "New and gone since the dump before", "Dd<Enter>", (120, 24)),
    ("strings", "The largest strings", "D<Enter>gt", (120, 20)),
    ("statistics", "What the heap consists of", "D<Enter>gb", (120, 20)),
    ("containment", "What the roots refer to", "D<Enter>gc", (120, 20)),
    ("dominators", "Dominators: what would be freed with what", "D<Enter>gd", (120, 20)),
    ("contexts", "What closures captured", "D<Enter>gx", (120, 20)),
    ("inspector", "Everything about one object", "b/derived<Enter>gi", (120, 30)),
];

/// A question, the keys that answer it as they are written and as they are played after those that lead to where it is
/// asked, and what of the answer is on the screen.
type Sequence = (
    &'static str,
    &'static str,
    (&'static str, &'static str),
    &'static str,
);

/// The shortest ways to answers, in the manual's order.
#[rustfmt::skip]
const SEQUENCES: [Sequence; 5] = [
    ("What leaks?", "`L`", ("", "L"), "transport._events.drain"),
    ("Who holds this object, or this class?", "the pane below the rows shows it; `gw` explains it", ("b/derived<Enter>", "gw"), "transport"),
    ("What grew since the last dump?", "`d` `Enter`", ("D", "d<Enter>"), "DerivedLogger"),
    ("Which strings are largest?", "`gt`", ("D<Enter>", "gt"), "Largest strings"),
    ("What did a closure capture?", "`gx`, then `→`", ("D<Enter>", "gxl"), "transport :: Stream"),
];

/// A file with other lines between two of its comments.
fn between(inside: &str, name: &str, lines: &str) -> String {
    let readme = std::fs::read_to_string(path(inside)).unwrap();
    let (start, end) = (format!("<!-- {name}: "), format!("<!-- end of {name} -->"));
    let (before, rest) = readme.split_once(&start).unwrap();
    let (comment, rest) = rest.split_once('\n').unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{start}{comment}\n\n{lines}\n{end}{after}")
}

fn demo(size: (u16, u16)) -> Harness {
    let exploration = Exploration {
        paths: vec![path("assets/demo")],
        cache: crate::shared(),
        ..Exploration::default()
    };
    Harness::new(exploration, Theme::default(), size).unwrap()
}

/// All of it in one test, as the parts of a file are written one after the other.
#[test]
fn the_manual_lists_keys_pictures_and_ways() {
    let hold_part = |inside: &str, name, lines: &str| hold(inside, &between(inside, name, lines));
    hold_part("assets/manual/keys.md", "keys", &key_table());
    let film = format!("![{}](assets/tour.svg)\n", TOUR.0);
    hold_part("README.md", "pictures", &film);
    let picture = |(name, title, ..): &Picture| format!("![{title}](../{name}.svg)\n");
    let pictures: Vec<String> = GALLERY.iter().map(picture).collect();
    let explorer = "assets/manual/explorer.md";
    hold_part(explorer, "gallery", &pictures.join("\n"));
    let way = |(question, keys, ..): &Sequence| format!("| {question} | {keys} |\n");
    let ways: String = SEQUENCES.iter().map(way).collect();
    let ways = format!("| Question | Keys |\n|---|---|\n{ways}");
    hold_part(explorer, "ways", &ways);
}

#[test]
fn the_pictures_show_the_program() {
    for (name, title, journey, size) in GALLERY {
        let mut explorer = demo(size);
        explorer.play(journey);
        let inside = format!("assets/{name}.svg");
        hold(&inside, &svg(explorer.buffer(), title));
    }
    let mut explorer = demo(TOUR_SIZE);
    let (title, frames) = TOUR;
    let frames: Vec<(Buffer, f32)> = frames
        .iter()
        .map(|&(keys, seconds)| {
            explorer.play(keys);
            (explorer.buffer().clone(), seconds)
        })
        .collect();
    hold("assets/tour.svg", &film(&frames, title));
}

#[test]
fn the_shortest_ways_lead_there() {
    for (question, _, (there, keys), answer) in SEQUENCES {
        let mut explorer = demo((100, 30));
        explorer.play(there);
        let screen = explorer.play(keys);
        assert!(screen.contains(answer), "{question}\n{screen}");
    }
}
