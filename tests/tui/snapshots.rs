//! Whole screens as text, at three sizes, with and without colour.
//!
//! `HEAPTUI_UPDATE=1 cargo test --test tui snapshots` writes them anew.

use std::fmt::Write as _;

use heaptui::tui::harness::Harness;
use heaptui::tui::theme::{Depth, Theme};
use ratatui::style::{Color, Modifier};

use crate::{Folder, data, open_with};

/// Name, keys, and whether the series of three dumps is looked at instead of the single small one.
const PAGES: [(&str, &str, bool); 5] = [
    ("summary", "/leaky<Enter>lj", false),
    ("object", "/holder<Enter>lo", false),
    ("hits", "/cache<Tab><Ctrl-r><Enter>", false),
    ("growth", "j", true),
    ("comparison", "d<Enter>", true),
];

const SIZES: [(u16, u16); 3] = [(40, 10), (80, 24), (200, 50)];

/// The screen, and below it for each line which stretches of it look otherwise than plain.
fn with_styles(explorer: &mut Harness) -> String {
    let buffer = explorer.buffer();
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut styles = String::new();
        for x in 0..buffer.area.width {
            let Some(cell) = buffer.cell((x, y)) else {
                continue;
            };
            line.push_str(cell.symbol());
            styles.push(mark(cell.fg, cell.bg, cell.modifier));
        }
        let _ = writeln!(text, "{}", line.trim_end());
        let styles = styles.trim_end();
        if !styles.is_empty() {
            let _ = writeln!(text, "{styles}");
        }
    }
    text
}

fn mark(fg: Color, bg: Color, modifier: Modifier) -> char {
    if modifier.contains(Modifier::REVERSED) {
        return '#';
    }
    if bg != Color::Reset {
        return '=';
    }
    let bold = modifier.contains(Modifier::BOLD);
    let letter = match fg {
        Color::Cyan => 'c',
        Color::Green => 'g',
        Color::Yellow => 'y',
        Color::Blue => 'b',
        Color::Magenta => 'm',
        Color::Red => 'r',
        _ if modifier.contains(Modifier::DIM) => '.',
        _ if modifier.contains(Modifier::UNDERLINED) => '_',
        _ if bold => return '*',
        _ => return ' ',
    };
    if bold {
        letter.to_ascii_uppercase()
    } else {
        letter
    }
}

#[test]
fn screens_are_as_they_were() {
    let folder = Folder::small();
    let mut differing = Vec::new();
    // The folder of the made-up dump has another name each time.
    let place = folder.0.path().file_name().unwrap().to_string_lossy();
    for (name, keys, several) in PAGES {
        let path = if several {
            data("emitter-small")
        } else {
            folder.0.path().join("small.heapsnapshot")
        };
        for colour in [true, false] {
            let theme = Theme {
                colour,
                depth: Depth::Sixteen,
                ..Theme::default()
            };
            let mut explorer = open_with(&path, theme, SIZES[0]);
            explorer.play(keys);
            for (columns, lines) in SIZES {
                explorer.resize(columns, lines);
                let plain = explorer.screen();
                let (ending, text) = if colour {
                    ("colour", with_styles(&mut explorer))
                } else {
                    ("plain", plain)
                };
                let text = text.replace(&*place, &"x".repeat(place.len()));
                let file = format!("tests/tui/screens/{name}-{columns}x{lines}.{ending}.txt");
                let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
                if std::env::var_os("HEAPTUI_UPDATE").is_some() {
                    std::fs::write(&file, &text).unwrap();
                } else if std::fs::read_to_string(&file).unwrap_or_default() != text {
                    differing.push(format!("{}:\n{text}", file.display()));
                }
            }
        }
    }
    assert!(
        differing.is_empty(),
        "{} screens are others; HEAPTUI_UPDATE=1 cargo test --test tui snapshots writes them anew\n{}",
        differing.len(),
        differing[0]
    );
}
