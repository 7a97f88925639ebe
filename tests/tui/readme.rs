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

#[test]
fn the_readme_lists_the_keys() {
    let readme = std::fs::read_to_string(path("README.md")).unwrap();
    let (start, end) = ("<!-- keys: ", "<!-- end of keys -->");
    let (before, rest) = readme.split_once(start).unwrap();
    let (comment, rest) = rest.split_once('\n').unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    hold(
        "README.md",
        &format!("{before}{start}{comment}\n\n{}\n{end}{after}", key_table()),
    );
}

#[test]
fn the_readme_shows_the_program() {
    let exploration = Exploration {
        paths: vec![path("assets/demo")],
        ..Exploration::default()
    };
    let mut explorer = Harness::new(exploration, Theme::default(), (120, 36)).unwrap();
    explorer.play("<Enter>/derived<Enter>lj");
    let title = "heaptui: the summary of a dump, and what holds a logger";
    hold("assets/summary.svg", &svg(explorer.buffer(), title));
}
