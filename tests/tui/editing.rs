//! The line in the user's editor.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use heaptui::series::Exploration;
use heaptui::source::{FilePlace, Options};
use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;

use crate::{data, open, selected, shared, shows};

/// A copy of the bundled service, where its sources are on this host or only in its map.
fn service(with_sources: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    for run in ["min", "plain"] {
        fs::create_dir(folder.path().join(run)).unwrap();
        for entry in fs::read_dir(data("bundle").join(run)).unwrap() {
            let path = entry.unwrap().path();
            let copy = folder.path().join(run).join(path.file_name().unwrap());
            fs::copy(&path, &copy).unwrap();
            let copy = fs::File::options().append(true).open(copy).unwrap();
            copy.set_modified(old).unwrap();
        }
    }
    if with_sources {
        let map = fs::read_to_string(folder.path().join("min/server.js.map")).unwrap();
        let map: serde_json::Value = serde_json::from_str(&map).unwrap();
        let texts = map["sourcesContent"].as_array().unwrap();
        for (name, text) in map["sources"].as_array().unwrap().iter().zip(texts) {
            let path = folder.path().join("min").join(name.as_str().unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.as_str().unwrap()).unwrap();
        }
    }
    folder
}

fn explorer(folder: &Path, run: &str, off: bool) -> Harness {
    let moved = format!("/srv/shop={}", folder.display());
    let moved = (!off).then(|| moved.parse().unwrap());
    let exploration = Exploration {
        paths: vec![folder.join(run)],
        cache: shared(),
        source: Options {
            moved: moved.into_iter().collect(),
            off,
            ..Options::default()
        },
        ..Exploration::default()
    };
    Harness::new(exploration, Theme::default(), (100, 30)).unwrap()
}

/// The line that is opened.
fn line(at: &FilePlace) -> String {
    let text = fs::read_to_string(&at.path).unwrap();
    let line = text.lines().nth(at.line as usize - 1).unwrap();
    line.trim().to_owned()
}

#[test]
fn the_line_to_change_is_opened_from_the_finding_and_from_the_suspect() {
    let folder = service(true);
    let sources = folder.path().canonicalize().unwrap().join("src");
    let adds = "this.sessions.set(session.id, session);";
    for run in ["min", "plain"] {
        let mut explorer = explorer(folder.path(), run, false);
        let screen = explorer.play("e");
        shows(&screen, "src/session-store.ts:25 · found by name");
        let at = explorer.edited().unwrap();
        assert_eq!(at.path, sources.join("session-store.ts"));
        assert_eq!(line(&at), adds);
        shows(&explorer.play("L"), "e opens it");
        explorer.play("e");
        assert_eq!(explorer.edited(), Some(at));
    }
    // What the map alone has cannot be opened: the script can.
    let folder = service(false);
    let mut explorer = explorer(folder.path(), "plain", false);
    shows(&explorer.play("e"), "session-store.ts is not on this host");
    let at = explorer.edited().unwrap();
    assert_eq!(at.path, folder.path().join("plain/server.js"));
    assert_eq!(line(&at), adds);
}

#[test]
fn the_line_of_an_object_is_opened_wherever_it_is_selected() {
    let folder = service(true);
    let mut explorer = explorer(folder.path(), "plain", false);
    explorer.play("6/SessionStore<Enter>");
    let class = "export class SessionStore {";
    explorer.play("lj");
    for page in ["", "gi", "<Esc>gw<End>"] {
        let screen = explorer.play(&format!("{page}e"));
        let at = explorer.edited().unwrap_or_else(|| panic!("{screen}"));
        assert_eq!(line(&at), class, "{screen}");
    }
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = service(true);
    let mut off = explorer(folder.path(), "plain", true);
    let words = "--no-source: /srv/shop/plain/server.js:54:20 was not looked for";
    shows(&off.play("e"), words);
    shows(
        &off.play("gtje"),
        "the dump has no source place of this object",
    );
    assert_eq!(off.edited(), None);
    let mut elsewhere = open(&folder.path().join("plain"), (100, 30));
    let screen = elsewhere.play("Le");
    shows(&screen, "not on this host; if it is elsewhere, start with");
    assert!(!screen.contains("opens it"), "{screen}");
    assert_eq!(elsewhere.edited(), None);
}

#[test]
fn pages_of_an_object_show_its_code_and_how_certain_that_is() {
    let folder = service(false);
    let store = "6/SessionStore<Enter>ljgi";
    let mut as_it_ran = explorer(folder.path(), "plain", false);
    let screen = as_it_ran.play(store);
    let code = "code         src/session-store.ts:20:8 · SessionStore";
    shows(&screen, code);
    shows(&screen, "› 20 │ export class SessionStore {");
    shows(&screen, "certainty    exact");
    shows(selected(&screen), "object ");
    let why = as_it_ran.play("gw");
    shows(&why, "Code: src/session-store.ts:20:8 · SessionStore");
    shows(&why, "› 20 │ export class SessionStore {");
    shows(&why, "Certainty: exact");
    shows(selected(&why), "variable store of the module src/server.ts");
    // A copy is for others.
    as_it_ran.play("<Esc>");
    as_it_ran.play("<Alt-6>ggyy");
    let copied = as_it_ran.copied().unwrap();
    assert!(copied.contains("› 20 │ [masked, "), "{copied}");
    // A script that is another one now shows none of its lines.
    let script = folder.path().join("plain/server.js");
    fs::write(&script, "// all new\n".repeat(60)).unwrap();
    let screen = explorer(folder.path(), "plain", false).play(store);
    let changed = "certainty    unknown: server.js changed since it was loaded";
    shows(&screen, changed);
    assert!(!screen.contains("all new"), "{screen}");
}
