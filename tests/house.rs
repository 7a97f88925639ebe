//! The architecture, held: imports run downwards only, and each outside world has one door.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "house/circles.rs"]
mod circles;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms and the floors they are on; the numbers of `src/lib.rs`'s map.
const FLOORS: &[(&str, u32)] = &[
    ("tui", 8),
    ("cli", 8),
    ("report", 6),
    ("capture", 6),
    ("export", 6),
    ("mcp", 7),
    ("series", 5),
    ("settings", 5),
    ("index", 4),
    ("source", 4),
    ("query", 4),
    ("analysis", 3),
    ("heap", 2),
    ("profile", 2),
    ("graph", 1),
    ("snapshot", 1),
    ("table", 1),
    ("error", 0),
    ("task", 0),
    ("available", 0),
    ("save", 0),
    ("signals", 0),
    ("log", 0),
    ("manual", 0),
    ("column", 0),
    ("mapping", 0),
    ("memory", 0),
    ("streams", 0),
    ("priority", 0),
    ("text", 0),
    ("main", 9),
    ("guide", 9),
];

/// Crates that only one room may know.
const DOORS: [(&str, &str); 14] = [
    ("parquet", "export"),
    ("rmcp", "mcp"),
    ("tokio", "mcp"),
    ("oxc_sourcemap", "source"),
    ("sha2", "source"),
    ("tungstenite", "capture"),
    ("ratatui", "tui"),
    ("crossterm", "tui"),
    ("clap", "cli"),
    ("clap_complete", "cli"),
    ("clap_mangen", "cli"),
    ("notify", "series"),
    ("memmap2", "mapping"),
    ("toml", "settings"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Each source file: its room, its path, its lines without comments.
fn rooms() -> Vec<(String, PathBuf, Vec<String>)> {
    let mut files = Vec::new();
    let src = root().join("src");
    sources(&src, &mut files);
    assert!(files.len() > 30, "the sources were found");
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&src).unwrap();
            let room = inside.components().next().unwrap().as_os_str();
            let room = room.to_str().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
            (room, path, text.lines().map(code).collect())
        })
        .collect()
}

fn floor(room: &str) -> Option<u32> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|&(_, floor)| floor)
}

#[test]
fn imports_run_downwards() {
    let mut seen = 0;
    for (room, path, lines) in rooms() {
        if room == "lib" {
            continue;
        }
        let here = floor(&room).unwrap_or_else(|| panic!("{room} has no floor in the map"));
        for line in &lines {
            for rest in line.split("crate::").skip(1) {
                let name: String = rest
                    .chars()
                    .take_while(|&c| c.is_alphanumeric() || c == '_')
                    .collect();
                let Some(there) = floor(&name) else {
                    // `crate::{a, b}` would hide from this test, and names of the root are the errors'.
                    assert!(
                        !rest.starts_with('{'),
                        "{}: write out what comes from where: {line}",
                        path.display()
                    );
                    continue;
                };
                seen += 1;
                // The ground floor's rooms are one another's neighbours.
                let fine = there < here || name == room || there == 0;
                assert!(
                    fine,
                    "{}: {room} looks up to {name}: {line}",
                    path.display()
                );
            }
        }
    }
    assert!(seen > 100, "imports were found: {seen}");
}

#[test]
fn each_outside_world_has_one_door() {
    for (room, path, lines) in rooms() {
        for (krate, home) in DOORS {
            let named = lines
                .iter()
                .any(|line| line.contains(&format!("{krate}::")));
            assert!(
                room == home || !named,
                "{}: only {home} knows {krate}",
                path.display()
            );
        }
    }
}

#[test]
fn unsafe_code_is_in_three_places() {
    for (room, path, lines) in rooms() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let mut words = lines.iter().flat_map(|line| line.split(|c| !word(c)));
        let named = words.any(|word| word == "unsafe");
        let fine = matches!(room.as_str(), "mapping" | "memory" | "streams");
        assert!(fine || !named, "{}: unsafe", path.display());
    }
}

/// Dumps are full of secrets, and the host may be in trouble: nothing leaves it, and nothing else is started on it. Only
/// `capture` and `live` talk to the process that was named, through one file; only the user's editor is started, on a key.
#[test]
fn there_is_no_network_and_no_other_process() {
    const SOCKETS: &str = "capture/inspector.rs";
    const EDITOR: &str = "tui/editor.rs";
    const FORBIDDEN: [&str; 8] = [
        "std::net",
        "TcpStream",
        "UdpSocket",
        "UnixStream",
        "process::Command",
        "rustix::net",
        "fork(",
        "exec(",
    ];
    for (_, path, lines) in rooms() {
        let tests = lines.iter().position(|line| line.contains("#[cfg(test)]"));
        let lines = &lines[..tests.unwrap_or(lines.len())];
        for name in FORBIDDEN {
            let named = lines.iter().any(|line| line.contains(name));
            let of_sockets = path.ends_with(SOCKETS) && ["std::net", "TcpStream"].contains(&name);
            let of_editor = path.ends_with(EDITOR) && name == "process::Command";
            assert!(
                !named || of_sockets || of_editor,
                "{}: {name}",
                path.display()
            );
        }
    }
}

#[test]
fn files_can_be_held_in_mind() {
    for (_, path, lines) in rooms() {
        assert!(
            lines.len() <= 600,
            "{}: {} lines",
            path.display(),
            lines.len()
        );
    }
}

#[test]
fn only_what_was_asked_for_lies_at_the_top() {
    let known = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "assets",
        "tests",
        "README.md",
        "target",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let fine =
            name.starts_with('.') || name.starts_with("LICENSE") || known.contains(&name.as_str());
        assert!(fine, "{name} does not belong at the top level");
    }
}

#[test]
fn the_readme_and_the_gate_run_the_same_tests() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let gate = fs::read_to_string(root().join(".ci/run")).unwrap();
    let command = "cargo test";
    assert!(readme.lines().any(|line| line.trim() == command));
    assert!(gate.lines().any(|line| line.trim() == command));
}

#[test]
fn the_promises_are_held_by_tests_that_exist() {
    let page = fs::read_to_string(root().join("assets/manual/promises.md")).unwrap();
    let promises = page.lines().filter(|line| line.starts_with("| "));
    let mut files = vec![root().join("tests/house.rs")];
    sources(&root().join("src"), &mut files);
    for folder in ["cli", "loader", "pty", "tui"] {
        sources(&root().join("tests").join(folder), &mut files);
    }
    let texts = files.iter().map(|path| fs::read_to_string(path).unwrap());
    let code: String = texts.collect();
    let mut named = 0;
    for promise in promises.skip(1) {
        let tests = promise.rsplit(" | ").next().unwrap().split('`');
        let tests: Vec<&str> = tests.skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "{promise}");
        for test in tests {
            named += 1;
            assert!(
                code.contains(&format!("fn {test}(")),
                "there is no test {test}"
            );
        }
    }
    assert!(named > 20, "{named}");
}

#[test]
fn the_readme_lists_every_page_of_the_manual() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut pages: Vec<String> = fs::read_dir(root().join("assets/manual"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let mut known: Vec<String> = heaptui::manual::TOPICS
        .iter()
        .map(|topic| format!("{}.md", topic.name))
        .collect();
    known.sort();
    assert_eq!(pages, known);
    for topic in heaptui::manual::TOPICS {
        let row = format!(
            "| [{0}](assets/manual/{0}.md) | {1} |",
            topic.name, topic.about
        );
        assert!(readme.contains(&row), "the README lacks {row}");
    }
}

/// The texts of `src/guide`.
fn guide() -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(root().join("src/guide")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let texts = paths.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    texts
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn the_guide_names_files_that_exist_and_is_shown_whole() {
    const FOLDERS: [&str; 5] = ["src/", "tests/", "assets/", ".ci/", ".github/"];
    let shown = fs::read_to_string(root().join("src/guide/mod.rs")).unwrap();
    let mut named = 0;
    for (path, text) in guide() {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(
            shown.contains(&format!("include_str!(\"{name}\")")),
            "{name}"
        );
        for inside in text.split('`').skip(1).step_by(2) {
            if FOLDERS.iter().any(|folder| inside.starts_with(folder))
                && !inside.contains(['*', ' '])
            {
                named += 1;
                assert!(
                    root().join(inside).exists(),
                    "{}: there is no {inside}",
                    path.display()
                );
            }
        }
    }
    assert!(named > 60, "{named}");
}

#[test]
fn the_guide_tells_of_each_dependency_and_of_no_other() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut used = BTreeSet::new();
    let mut inside = false;
    for line in manifest.lines() {
        match line.strip_prefix('[') {
            Some(section) => inside = section.ends_with("dependencies]"),
            None if inside => used.extend(line.split_once(" = ").map(|(name, _)| name)),
            None => {}
        }
    }
    let text = fs::read_to_string(root().join("src/guide/dependencies.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    let first = rows.map(|row| row.split(" |").next().unwrap());
    let told: BTreeSet<&str> = first
        .flat_map(|names| names.split(['`', ',', ' ']))
        .filter(|name| !name.is_empty())
        .collect();
    assert!(used.len() > 20, "{used:?}");
    assert_eq!(told, used);
}

#[test]
fn no_files_go_in_circles() {
    let src = root().join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let circles = circles::circles(&src, &files);
    let told: Vec<String> = circles
        .iter()
        .map(|circle| format!("{} files: {}", circle.len(), circle.join(", ")))
        .collect();
    assert!(circles.is_empty(), "\n{}", told.join("\n"));
}

#[test]
fn a_circle_is_found_over_parents_children_and_what_is_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let src = folder.path();
    let write = |name: &str, text: &str| {
        let path = src.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    let files = [
        write("lib.rs", "pub mod a; pub mod b; pub mod c; pub mod d;"),
        // Hands on what is below it, and needs nothing.
        write(
            "a.rs",
            "mod one;\nmod two;\npub use one::{One, other as Other};\n",
        ),
        write("a/one.rs", "use crate::b::{\n    B,\n    more::{C},\n};\n"),
        write("a/two.rs", "fn two() { super::One::new(); }"),
        // Comes back to a/one.rs by its parent's name.
        write("b.rs", "// crate::d::D\nfn b() -> crate::a::One {}\n"),
        // A parent that needs its child, which needs it.
        write(
            "c/mod.rs",
            "mod child;\nfn c() { child::f() }\npub const C: u8 = 1;\n",
        ),
        write("c/child.rs", "use super::C;\n"),
        // Tests may look everywhere.
        write(
            "d.rs",
            "use crate::a::One;\n\n#[cfg(test)]\nmod tests {\n    use crate::d::D;\n}\n",
        ),
    ];
    let found = circles::circles(src, &files);
    assert_eq!(
        found,
        [vec!["a/one.rs", "b.rs"], vec!["c/child.rs", "c/mod.rs"]]
    );
}

/// Turns of phrase that were read twice: what people see says it shorter.
const READ_TWICE: [&str; 21] = [
    "let go",
    "lets go",
    "letting go",
    "is none that",
    "holds what",
    "to blame",
    "nobody is accused",
    "accused:",
    "hangs on it",
    "hang on it",
    "last but one dump",
    "1 ways",
    "what is done with",
    "is wanted",
    "no way around",
    "for it alone",
    "by people",
    "the program's reach",
    "more and more",
    "without end",
    "in all:",
];

/// The texts in double quotes of a file, without its tests and comments.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code: Vec<&str> = code.collect();
    let code = code.join("\n").replace("\\\"", "'");
    code.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn what_people_read_is_plain() {
    let here = root();
    let mut texts: Vec<(PathBuf, String)> = Vec::new();
    for (_, file, _) in rooms() {
        if file.ends_with("tests.rs") || file.to_string_lossy().ends_with("_tests.rs") {
            continue;
        }
        let source = fs::read_to_string(&file).unwrap();
        // A lone quote as a character would turn inside out.
        let source = source.replace("'\"'", "").replace("b'\"'", "");
        for text in literals(&source) {
            texts.push((file.clone(), text));
        }
    }
    let manual = fs::read_dir(here.join("assets/manual")).unwrap();
    let pages = manual.map(|entry| entry.unwrap().path());
    for page in pages.chain([here.join("README.md"), here.join("assets/report.md")]) {
        texts.push((page.clone(), fs::read_to_string(&page).unwrap()));
    }
    let mut found = Vec::new();
    for (file, text) in &texts {
        let text = text.to_lowercase();
        let phrases = READ_TWICE.iter().filter(|phrase| text.contains(**phrase));
        found.extend(phrases.map(|phrase| format!("{}: {phrase}", file.display())));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(texts.len() > 5_000, "{}", texts.len());
}
