//! Who is to blame, and how one gets there.

use crate::{Folder, SMALL, below_tabs, data, open, open_with, selected, shows};
use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;
use std::path::Path;

fn demo(size: (u16, u16)) -> Harness {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    open(&path, size)
}

/// The lines between the page's first and last one.
fn body(screen: &str) -> Vec<&str> {
    let lines = below_tabs(screen);
    lines[1..lines.len() - 1].to_vec()
}

#[test]
fn one_key_names_the_holder() {
    let mut explorer = demo((80, 24));
    shows(&explorer.play(""), "Enter: why, and the fix");
    let screen = explorer.play("L");
    shows(
        &screen,
        "1 likely leak in 3 dumps (s1 to s3, 5.4 MB → 6.3 MB).",
    );
    shows(
        selected(&screen),
        "transport._events.drain: 66 DerivedLogger",
    );
    shows(
        &screen,
        "WHAT     66 DerivedLogger, +30 per dump, never freed",
    );
    shows(&screen, "In all 5 places, or nothing is freed (319 kB):");
    shows(&screen, "1. transport._events.drain (an Array; ");
    shows(&screen, "2. transport._events.");
    shows(
        &screen,
        "Remove each listener for drain when its owner ends",
    );
    shows(&screen, "Ctrl-d: more ▼");
    let rest = explorer.play("<Ctrl-d><Ctrl-d><Ctrl-d><Ctrl-d>");
    shows(&rest, "▲ Ctrl-u");
    shows(&rest, "ID       LK-cc01920e: ys copies it.");
    shows(&rest, "keeps 64 of the");
    shows(&rest, "66 DerivedLogger alive; the heap had 6 → 36 → 66");
    shows(
        &explorer.play("<Ctrl-u>"),
        "_events: {warn, finish, unpipe, close, drain, error} →",
    );
    // The words begin anew where they began.
    assert_eq!(explorer.play("<Alt-2><Alt-0><Ctrl-u>"), screen);
}

#[test]
fn why_what_leaks_is_alive_is_told_with_the_leaks_figures_and_all_its_holders() {
    let mut explorer = demo((80, 24));
    explorer.play("");
    let screen = explorer.play("Lgw");
    shows(&screen, "› why DerivedLogger @");
    let lines = body(&screen);
    shows(
        lines[1],
        "Leak likely (84%): 66 DerivedLogger in 5 places. Change all to free 319 kB:",
    );
    for (event, line) in ["drain", "error", "unpipe", "finish", "close"]
        .iter()
        .zip(&lines[2..])
    {
        shows(line, &format!("✗ transport._events.{event}"));
    }
    shows(selected(&screen), "transport._events.drain");
    // A holder alone frees none of it, and says so.
    let holder = explorer.play("<Enter>gw");
    shows(&holder, "› why Array");
    shows(&holder, "Leak likely (84%): 66 DerivedLogger in 5 places.");
    shows(
        &holder.replace("\n  ", " "),
        "That alone frees none of the 66 DerivedLogger: the leak has 5 holders.",
    );
    // What has nothing to do with the leak is told as ever.
    let other = explorer.play("6/Server<Enter>gw");
    assert!(!other.contains("Leak likely"), "{other}");
}

#[test]
fn the_first_page_opens_with_the_finding() {
    let mut explorer = demo((80, 24));
    let meanwhile = explorer.until(|screen| screen.contains("Looking for a leak, step "));
    shows(&meanwhile, "Constructor · retained");
    let screen = explorer.play("");
    let lines = body(&screen);
    shows(
        lines[0],
        "Leak likely (84%): 66 DerivedLogger, +30 per dump",
    );
    shows(lines[1], "Held in ");
    shows(lines[1], "transport._events.drain");
    shows(
        lines[2],
        "Change: checkout-service.js:17 · Remove each listener for drain",
    );
    // The card stands above the first row.
    shows(selected(&explorer.play("k")), "Leak likely");
    shows(selected(&explorer.play("k")), "Leak likely");
    let opened = explorer.play("<Enter>");
    shows(&opened, "1 likely leak in 3 dumps");
    shows(&opened, "CHANGE");
    shows(selected(&explorer.play("<Backspace>")), "Leak likely");
    let below = explorer.play("j");
    assert!(!selected(&below).contains("Leak likely"), "{below}");
    shows(&explorer.type_ahead("L"), "1 likely leak in 3 dumps");
}

#[test]
fn the_card_is_one_line_on_a_small_screen() {
    let screen = demo((40, 10)).play("");
    let lines = body(&screen);
    shows(lines[0], "Leak likely (84%): 66 DerivedLogger");
    shows(lines[1], "Constructor");
    assert!(lines.len() >= 8 && !lines[7].is_empty(), "{screen}");
}

#[test]
fn a_healthy_series_is_told_calmly_and_two_dumps_are_no_proof() {
    let three = ["a.heapsnapshot", "b.heapsnapshot", "c.heapsnapshot"].map(|name| (name, SMALL));
    let folder = Folder::with(&three);
    let mut explorer = folder.open((80, 24));
    shows(body(&explorer.play("T"))[0], "No leak found in 3 dumps");
    let folder = Folder::with(&three[..2]);
    let mut explorer = folder.open((80, 24));
    let screen = explorer.play("T");
    shows(
        body(&screen)[0],
        "No leak found, but 2 dumps cannot rule one out.",
    );
    shows(&screen, "no leak is called likely before a third");
}

#[test]
fn a_search_that_was_stopped_does_not_begin_by_itself() {
    let mut explorer = demo((80, 24));
    explorer.until(|screen| screen.contains("Looking for a leak"));
    let stopped = explorer.type_ahead("L<Esc>");
    shows(&stopped, "Search stopped");
    shows(&explorer.play("T"), "Press Enter to find the leak");
    shows(&explorer.play("L"), "1 likely leak in 3 dumps");
}

#[test]
fn growth_is_ordered_by_change_and_the_application_comes_first() {
    // What grows with the application's classes is unfolded.
    let screen = demo((120, 50)).play("Gk<Enter>");
    let row = |name: &str| {
        let mut lines = screen.lines();
        let found = lines.position(|line| line.contains(name));
        found.unwrap_or_else(|| panic!("no `{name}` in\n{screen}"))
    };
    assert!(row("  DerivedLogger ") < row("  Logger "), "{screen}");
    // Plain functions grew by more than any class of the application.
    assert!(row("  Logger ") < row("  Function "), "{screen}");
    let heading = screen.lines().find(|line| line.contains("Constructor"));
    shows(heading.unwrap(), "Δ");
}

#[test]
fn from_a_suspect_to_its_objects_and_its_holder() {
    let mut explorer = demo((100, 30));
    let screen = explorer.play("L<Enter>");
    // All of them, as the page said.
    shows(selected(&screen), "DerivedLogger");
    shows(selected(&screen), " 66 ");
    let back = explorer.play("<Backspace>");
    shows(&back, "1 likely leak in 3 dumps");
    let holder = explorer.play("o");
    shows(&holder, "› Array(");
    shows(&holder, "drain in ");
    shows(&explorer.play("<Backspace>gr"), "› Array(");
}

#[test]
fn screens_of_any_size() {
    let small = demo((40, 10)).play("L");
    let lines = body(&small);
    assert!(lines.iter().all(|line| line.chars().count() <= 40));
    shows(lines[0], "1 likely leak in 3 dumps (s1 to s3,");
    shows(selected(&small), "1  84%  transport._events.drain");
    let wide = demo((200, 50)).play("L");
    shows(&wide, "event listeners never remov");
    // The path has a column of its own, and so have the dumps.
    shows(&wide, "Node's own code, node:timers ⋯");
    shows(&wide, "└ transport");
    shows(&wide, "s3            66 ████████");
    shows(selected(&wide), "6 → 36 → 66");
    for question in ["WHAT", "CHANGE", "WHY", "DOUBT", "MORE", "Path"] {
        shows(&wide, question);
    }
    assert!(!wide.contains("Ctrl-d"), "{wide}");
}

#[test]
fn without_colour_names_keep_their_marks() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let theme = Theme {
        colour: false,
        ..Theme::default()
    };
    let screen = open_with(&path, theme, (100, 30)).play("L");
    shows(&screen, "1. `transport._events.drain` (");
}

#[test]
fn one_dump_accuses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let name = "Heap.20261121.064258.12688.0.001.heapsnapshot.gz";
    std::fs::copy(data("emitter-small").join(name), folder.path().join(name)).unwrap();
    crate::age(&folder.path().join(name));
    let screen = open(folder.path(), (100, 30)).play("L");
    shows(&screen, "No leak found in s1");
    shows(&screen, "take two more, minutes apart");
    shows(selected(&screen), "bus._events.reload");
}

#[test]
fn the_processes_that_are_not_in_view_are_searched_too() {
    let quiet = [1, 2, 3, 4].map(|at| format!("Heap.20260101.10000{at}.7.0.00{at}.heapsnapshot"));
    let folder = Folder::with(&quiet.each_ref().map(|name| (name.as_str(), SMALL)));
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    for entry in std::fs::read_dir(demo).unwrap() {
        let path = entry.unwrap().path();
        let copy = folder.0.path().join(path.file_name().unwrap());
        std::fs::copy(&path, &copy).unwrap();
        crate::age(&copy);
    }
    let mut explorer = folder.open((100, 30));
    let screen = explorer.play("");
    let lines = body(&screen);
    shows(lines[0], ": likely leak (84%, LK-cc01920e)");
    shows(lines[0], "P: choose that process");
    shows(lines[1], "No leak found in 4 dumps");
    let screen = explorer.play("P<Enter>");
    shows(body(&screen)[0], "Leak likely (84%): 66 DerivedLogger");
}

#[test]
fn a_broken_dump_leaves_and_the_others_are_searched() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    for entry in std::fs::read_dir(demo).unwrap() {
        let path = entry.unwrap().path();
        let copy = folder.path().join(path.file_name().unwrap());
        std::fs::copy(&path, &copy).unwrap();
        crate::age(&copy);
    }
    let broken = folder
        .path()
        .join("Heap.20261121.085900.23402.0.004.heapsnapshot");
    // Its header is whole and its ends match; what is between does not.
    let text = crate::SMALL.replacen("9,0,1,0,2", "9,0,1,0,9", 1);
    std::fs::write(&broken, text).unwrap();
    crate::age(&broken);
    let mut explorer = open(folder.path(), (100, 30));
    let screen = explorer.play("L");
    shows(&screen, "1 likely leak in 3 dumps (s1 to s3");
}

#[test]
fn the_report_is_written_where_one_says_and_never_over_another_silently() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("incident.md");
    let typed = format!("R<Ctrl-u>{}<Enter>", path.display());
    let mut explorer = demo((160, 24));
    shows(&explorer.play("LR"), "heaptui-report-20");
    explorer.play("<Esc>");
    let screen = explorer.play(&typed);
    shows(&screen, "wrote the report to ");
    let report = std::fs::read_to_string(&path).unwrap();
    shows(&report, "DerivedLogger");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    std::fs::write(&path, "mine").unwrap();
    let asked = explorer.play(&typed);
    shows(&asked, "is there already: Enter again writes over it");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    explorer.play("<Esc>");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    let written = explorer.play(&format!("{typed}<Enter>"));
    shows(&written, "wrote the report to ");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), report);
}

#[test]
fn a_small_screen_says_what_grows_why_it_stays_and_what_to_change() {
    let screen = demo((80, 24)).play("L");
    shows(
        selected(&screen),
        "transport._events.drain: 66 DerivedLogger",
    );
    for question in ["WHAT", "CHANGE", "CODE", "checkout-service.js:17:20"] {
        shows(&screen, question);
    }
}

#[test]
fn dumps_without_any_object_are_no_suspects() {
    const EMPTY: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["hidden"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context"],"string_or_number","node"]},"node_count":0,"edge_count":0},"nodes":[],"edges":[],"strings":[]}"#;
    let folder = Folder::with(&[
        ("a.heapsnapshot", EMPTY),
        ("b.heapsnapshot", EMPTY),
        ("c.heapsnapshot", SMALL),
    ]);
    let screen = folder.open((80, 24)).play("L");
    shows(&screen, "No leak found in 3 dumps");
    let alone = Folder::small().open((80, 24)).play("L");
    assert!(
        !alone.contains("these keep most") || alone.contains("Holder"),
        "{alone}"
    );
}

#[test]
fn a_class_of_which_nothing_counts_has_no_paths_and_says_why() {
    let screen = demo((100, 24)).play("bgc/@55333<Enter>gp");
    shows(&screen, "no object of this class passes the filter");
}

#[test]
fn a_signature_is_copied_and_a_known_leak_says_why_and_until_when() {
    let mut explorer = demo((120, 30));
    let card = explorer.play("");
    explorer.play("ys");
    let signature = explorer.copied().unwrap();
    assert!(signature.starts_with("LK-") && signature.len() == 11);
    shows(&card, &signature);
    let screen = explorer.play("L<Ctrl-d><Ctrl-d><Ctrl-d><Ctrl-d>");
    shows(&screen, &format!("ID       {signature}: ys copies it."));
    explorer.play("ys");
    assert_eq!(explorer.copied().unwrap(), signature);

    let known = |until: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("known.toml");
        let leak = "reason = \"upstream 1042\"";
        let text = format!("[[leak]]\nsignature = \"{signature}\"\n{leak}\nuntil = {until}\n");
        std::fs::write(&file, text).unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        let exploration = heaptui::series::Exploration {
            paths: vec![path],
            cache: crate::shared(),
            known: Some(file),
            ..Default::default()
        };
        Harness::new(exploration, Theme::default(), (120, 30)).unwrap()
    };
    let mut explorer = known("2999-01-31");
    let screen = explorer.play("");
    shows(&screen, "Known leak (");
    shows(&screen, "known until 2999-01-31: upstream 1042");
    shows(
        &explorer.play("L"),
        "KNOWN    known until 2999-01-31: upstream 1042",
    );
    let screen = known("2020-01-31").play("");
    shows(&screen, "Leak likely (");
    shows(
        &screen,
        "known, but it was accepted until 2020-01-31 (upstream 1042)",
    );
}

#[test]
fn a_minified_service_is_told_by_its_original_names() {
    let source = heaptui::source::Options {
        moved: vec![
            format!("/srv/shop={}", data("bundle").display())
                .parse()
                .unwrap(),
        ],
        ..Default::default()
    };
    let exploration = heaptui::series::Exploration {
        paths: vec![data("bundle").join("min")],
        source,
        ..Default::default()
    };
    let mut explorer = Harness::new(exploration, Theme::default(), (120, 30)).unwrap();
    let screen = explorer.play("");
    shows(&screen, "1,200 Session (n), +400 per dump");
    shows(&screen, "Held by store.sessions");
    shows(&explorer.play("L"), "keeps all 1,200 Session (n) alive");
    let screen = explorer.play("D<Enter>/SessionSt<Enter>");
    shows(selected(&screen), "SessionStore (c)");
    shows(selected(&screen), "session-store.ts:");
    // An object of it: its name, why it is alive, who holds it, what dominates it, its way from the root.
    let screen = explorer.play("lj");
    shows(selected(&screen), "SessionStore (c) @76559");
    for (keys, told) in [
        ("gw", "variable store (g) of the module src/server.ts"),
        ("gr", "store (g)"),
        ("gp", "store (g)"),
        ("gd", "SessionStore (c)"),
        ("gi", "SessionStore (c)"),
    ] {
        let screen = explorer.play(keys);
        assert!(screen.contains(told), "{keys}: {screen}");
        explorer.play("[");
    }
    let screen = explorer.play("4/SessionSt<Enter>");
    shows(&screen, "SessionStore (c)");
}
