//! Secrets planted in every kind of place of a real heap: none is in a file or the clipboard, from whichever page.

use std::collections::BTreeMap;
use std::path::Path;

use heaptui::heap::Heap;
use heaptui::task::Task;
use heaptui::tui::harness::Harness;

use crate::{data, open};

/// What looks like an identifier is taken for one: README.
const IDENTIFIERS: [&str; 1] = ["QZTAGWORD"];

/// The explorer on the planted dumps, and what came out of it that should not have.
struct Spy {
    explorer: Harness,
    folder: tempfile::TempDir,
    files: u32,
    leaks: BTreeMap<String, String>,
    read: usize,
}

impl Spy {
    fn new() -> Self {
        Self {
            explorer: open(&data("planted"), (100, 24)),
            folder: tempfile::tempdir().unwrap(),
            files: 0,
            leaks: BTreeMap::new(),
            read: 0,
        }
    }

    fn look(&mut self, text: &str, from: &str) {
        self.read += text.len();
        for (at, _) in text.match_indices("QZ") {
            let around: String = text[at..].chars().take(40).collect();
            if !IDENTIFIERS.iter().any(|word| around.starts_with(word)) {
                let marker: String = around
                    .chars()
                    .take_while(char::is_ascii_uppercase)
                    .collect();
                let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
                let line: String = text[line..].chars().take(200).collect();
                self.leaks
                    .entry(format!("{marker} in {from}"))
                    .or_insert(line);
            }
        }
    }

    /// Writes the page in view in each format.
    fn write(&mut self, page: &str) {
        for format in ["md", "csv", "json"] {
            self.files += 1;
            let path = self.folder.path().join(format!("{}.{format}", self.files));
            self.explorer.play("W<Ctrl-u>");
            self.explorer.paste(&path.display().to_string());
            let screen = self.explorer.play("<Enter>");
            let text = std::fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{page}: {error}\n{screen}"));
            assert!(!text.is_empty());
            self.look(&text, &format!("{format} of {page}"));
        }
    }

    /// Copies the selected row, its path, and why it is alive.
    fn copy(&mut self, page: &str) {
        for keys in ["yy", "yp", "yw"] {
            self.explorer.play(keys);
            if let Some(text) = self.explorer.copied() {
                self.look(&text, &format!("{keys} on {page}"));
            }
        }
    }

    /// Goes to a page, unfolds and copies its first rows, and writes it.
    fn visit(&mut self, keys: &str, rows: usize) {
        self.explorer.play(keys);
        for _ in 0..rows {
            self.copy(keys);
            self.explorer.play("lj");
        }
        self.write(keys);
    }

    fn end(self, least: usize) {
        let Self { leaks, read, .. } = self;
        assert!(read > least, "only {read} bytes came out");
        let found: Vec<String> = leaks
            .into_iter()
            .map(|(what, line)| format!("{what}: {line}"))
            .collect();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

/// For each marker an object that is called so, and one that refers to something by it.
fn planted() -> BTreeMap<String, u32> {
    let file = data("planted").join("planted.s3.heapsnapshot.zst");
    let heap = Heap::open(Path::new(&file), &Task::new()).unwrap();
    let mut found = BTreeMap::new();
    let mut note = |text: &str, how: &str, id| {
        if let Some(at) = text.find("QZ") {
            let letters = text[at..].chars().take_while(char::is_ascii_uppercase);
            let marker: String = letters.collect();
            found.entry(format!("{marker} {how}")).or_insert(id);
        }
    };
    let graph = heap.graph();
    for node in graph.nodes() {
        note(&heap.raw_name(node), "name", heap.id(node));
        for edge in graph.edges_from(node) {
            let name = heap.edge_name(edge).to_string();
            note(&name, "edge", heap.id(graph.target(edge)));
            note(&name, "fields", heap.id(node));
        }
    }
    found
}

#[test]
fn pages_of_series_and_dumps_tell_no_planted_secret() {
    let mut spy = Spy::new();
    for keys in ["L", "T", "D", "6", "d<Enter>"] {
        spy.visit(keys, 4);
    }
    spy.explorer.play("D<Enter>");
    for (keys, rows) in [
        ("6", 30),
        ("gc", 30),
        ("gd", 30),
        ("gb", 3),
        ("O", 6),
        ("gI", 30),
        ("<Tab>", 10),
        ("gt", 20),
        ("<Tab>", 20),
        ("<Tab>", 20),
        ("gx", 30),
        ("<Tab>", 20),
    ] {
        spy.visit(keys, rows);
    }
    for what in ["<Tab>", "<Tab><Tab>"] {
        spy.visit(&format!("6/<Ctrl-u>QZ{what}<Enter>"), 12);
    }
    for question in [
        "name~QZ or has(~QZ)",
        "value~QZ",
        "| group shape",
        "name~QZ | group holder",
    ] {
        spy.visit(&format!("Q<Ctrl-u>{question}<Enter>"), 12);
    }
    let report = spy.folder.path().join("report.md");
    spy.explorer.play("R<Ctrl-u>");
    spy.explorer.paste(&report.display().to_string());
    spy.explorer.play("<Enter>");
    let text = std::fs::read_to_string(report).unwrap();
    spy.look(&text, "R");
    spy.end(100_000);
}

#[test]
fn pages_of_objects_tell_no_planted_secret() {
    let mut spy = Spy::new();
    spy.explorer.play("D<Enter>");
    let planted = planted();
    assert!(planted.len() > 80, "{}", planted.len());
    for (what, id) in planted {
        spy.explorer.play(&format!("6@{id}<Enter>"));
        spy.copy(&format!("object {what}"));
        spy.explorer.play("llj");
        spy.write(&format!("object {what}"));
        spy.explorer.play(&format!("6@{id}<Enter>gw"));
        spy.copy(&format!("why {what}"));
        spy.write(&format!("why {what}"));
        spy.explorer.play(&format!("6@{id}<Enter>gi"));
        spy.copy(&format!("inspect {what}"));
        spy.write(&format!("inspect {what}"));
    }
    for class in ["Profile", "(string)", "Tagged", "Function", "Object"] {
        spy.explorer.play(&format!("6/<Ctrl-u>{class}<Enter>"));
        spy.visit("gp", 8);
        spy.explorer.play("6");
        spy.visit("gf", 4);
    }
    spy.end(200_000);
}
