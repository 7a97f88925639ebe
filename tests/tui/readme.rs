//! The README's key list and pictures are made from the program, and held to it.
//!
//! `HEAPTUI_UPDATE=1 cargo test --test tui readme` writes them anew.

use std::path::PathBuf;

use heaptui::series::Exploration;
use heaptui::tui::commands::key_table;
use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;

use crate::svg::svg;

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

/// A picture of the README: the file's name, what it shows, the keys that lead there from the demo's first screen, and
/// the size of the screen.
type Picture = (&'static str, &'static str, &'static str, (u16, u16));

/// The pictures, in the README's order: a line each.
#[rustfmt::skip]
const PICTURES: [Picture; 3] = [
    ("growth", "What grows over three dumps: constructors, their sizes in each dump, growth per hour, verdicts", "j", (120, 24)),
    ("suspects", "Who is to blame: the holder, what piles up in it, the path from the root, why it stays, what to change", "L", (120, 36)),
    ("summary", "What came between two dumps and stayed, a logger unfolded, and what holds it", "b/derived<Enter>lj", (120, 36)),
];

/// More of them, further down.
#[rustfmt::skip]
const GALLERY: [Picture; 9] = [
    ("why", "Why a logger is alive, in words: from the root down, and where to cut", "b/derived<Enter>gw", (120, 36)),
    ("paths", "How all loggers hang at the root, merged by the shape of their paths", "b/derived<Enter>gp", (120, 24)),
    ("comparison", "What is new and what is gone since the dump before", "Dd<Enter>", (120, 24)),
    ("strings", "The strings that cost most", "D<Enter>gt", (120, 20)),
    ("statistics", "What the bytes are spent on", "D<Enter>gb", (120, 20)),
    ("containment", "What the roots refer to", "D<Enter>gc", (120, 20)),
    ("dominators", "Who dominates whom: what is freed if what goes", "D<Enter>gd", (120, 20)),
    ("contexts", "What closures captured", "D<Enter>gx", (120, 20)),
    ("inspector", "All that is known of an object", "b/derived<Enter>gi", (120, 30)),
];

/// A question, the keys that answer it as they are written and as they are played after those that lead to where it is
/// asked, and what of the answer is on the screen.
type Sequence = (
    &'static str,
    &'static str,
    (&'static str, &'static str),
    &'static str,
);

/// The shortest ways to answers, in the README's order: a line each.
#[rustfmt::skip]
const SEQUENCES: [Sequence; 5] = [
    ("Who is to blame for the growth?", "`L`", ("", "L"), "transport._events.drain"),
    ("Who holds this object, or this class?", "the pane below the rows says it; `gw` says it in words", ("b/derived<Enter>", "gw"), "transport"),
    ("What grew since the last dump?", "`d` `Enter`", ("D", "d<Enter>"), "DerivedLogger"),
    ("Which string eats the heap?", "`gt`", ("D<Enter>", "gt"), "Largest strings"),
    ("What did a closure capture?", "`gx`, then `→`", ("D<Enter>", "gxl"), "transport :: Stream"),
];

/// The README with other lines between two comments.
fn between(name: &str, lines: &str) -> String {
    let readme = std::fs::read_to_string(path("README.md")).unwrap();
    let (start, end) = (format!("<!-- {name}: "), format!("<!-- end of {name} -->"));
    let (before, rest) = readme.split_once(&start).unwrap();
    let (comment, rest) = rest.split_once('\n').unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{start}{comment}\n\n{lines}\n{end}{after}")
}

fn demo(size: (u16, u16)) -> Harness {
    let exploration = Exploration {
        paths: vec![path("assets/demo")],
        ..Exploration::default()
    };
    Harness::new(exploration, Theme::default(), size).unwrap()
}

/// All of it in one test, as each part writes the same file anew.
#[test]
fn the_readme_lists_keys_pictures_and_ways() {
    hold("README.md", &between("keys", &key_table()));
    let picture = |(name, title, ..): &Picture| format!("![{title}](assets/{name}.svg)\n");
    let pictures: Vec<String> = PICTURES.iter().map(picture).collect();
    hold("README.md", &between("pictures", &pictures.join("\n")));
    let pictures: Vec<String> = GALLERY.iter().map(picture).collect();
    hold("README.md", &between("gallery", &pictures.join("\n")));
    let way = |(question, keys, ..): &Sequence| format!("| {question} | {keys} |\n");
    let ways: String = SEQUENCES.iter().map(way).collect();
    let ways = format!("| Question | Keys |\n|---|---|\n{ways}");
    hold("README.md", &between("ways", &ways));
}

#[test]
fn the_readme_shows_the_program() {
    for (name, title, journey, size) in PICTURES.into_iter().chain(GALLERY) {
        let mut explorer = demo(size);
        explorer.play(journey);
        let inside = format!("assets/{name}.svg");
        hold(&inside, &svg(explorer.buffer(), title));
    }
}

#[test]
fn the_ways_of_the_readme_lead_there() {
    for (question, _, (there, keys), answer) in SEQUENCES {
        let mut explorer = demo((100, 30));
        explorer.play(there);
        let screen = explorer.play(keys);
        assert!(screen.contains(answer), "{question}\n{screen}");
    }
}
