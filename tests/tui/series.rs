//! Several dumps: what grows, what was allocated when, what differs, and dumps that land meanwhile.

use std::fs;
use std::path::Path;

use heaptui::series::Exploration;
use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;

use crate::{Folder, SMALL, age, below_tabs, data, open, open_with, selected, shows};

/// Three dumps of a service that makes a logger for each request and never lets go of them.
fn demo(size: (u16, u16)) -> Harness {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    open(&path, size)
}

/// The row that begins with this name.
fn row<'a>(screen: &'a str, name: &str) -> &'a str {
    let named = |line: &&str| {
        let line = line.trim_start_matches(['▶', '▸', '▾', '·', ' ']);
        line.starts_with(name)
    };
    let mut lines = screen.lines();
    lines
        .find(named)
        .unwrap_or_else(|| panic!("no row {name}:\n{screen}"))
}

/// The choice that is marked in a list over the page.
fn chosen(screen: &str) -> &str {
    let mut lines = screen.lines();
    lines.rfind(|line| line.contains('▶')).unwrap()
}

#[test]
fn what_grows_is_home() {
    let mut explorer = demo((80, 24));
    let screen = explorer.play("");
    let lines = below_tabs(&screen);
    shows(lines[0], "3 dumps ● watching");
    let titles = screen.lines().find(|line| line.contains("Constructor"));
    shows(
        titles.unwrap(),
        "s1       s2       s3 trend        ▼Δ     times",
    );
    shows(row(&screen, "Heap"), "×1.2");
    // What grows is the application's; what grows with it, and what does not grow, are a line each.
    shows(row(&screen, "DerivedLogger"), "+409 kB       ×11");
    shows(row(&screen, "14 plain objects"), "that grow");
    assert!(!screen.contains("Transform"), "{screen}");
    shows(selected(&explorer.play("G")), "212 steady");
    let steady = explorer.play("<Enter>jj");
    shows(selected(&steady), "slight");
    let folded = explorer.play("kk<Enter>");
    assert!(!folded.contains("(compiled code)"), "{folded}");
    let counts = explorer.play("s");
    shows(&counts, "Constructor · count");
    let logger: Vec<&str> = row(&counts, "DerivedLogger").split_whitespace().collect();
    assert_eq!(logger[1..4], ["6", "36", "66"], "{counts}");
    let wide = demo((200, 50)).play("");
    shows(row(&wide, "DerivedLogger"), "create-logger.js:43:16");
    assert!(
        wide.lines()
            .filter(|line| line.contains("████████"))
            .count()
            >= 4,
        "{wide}"
    );
}

#[test]
fn from_what_grows_to_what_came_and_stayed() {
    let mut explorer = demo((80, 24));
    let screen = explorer.play("/derived<Enter><Enter>");
    shows(&screen, "allocated after s1: 8,968 of 67,936");
    // As many as the row says that there are more since s1.
    let logger: Vec<&str> = selected(&screen).split_whitespace().collect();
    assert_eq!((logger[2], logger[4]), ("DerivedLogger", "60"), "{screen}");
    shows(&screen, "Retainers of the largest: DerivedLogger");
    // What stays in number but holds more and more is shown among all objects.
    let screen = explorer.play("T<Esc>gg<Enter>");
    shows(selected(&screen), "Stream");
    assert!(!screen.contains("allocated between"), "{screen}");
}

#[test]
fn the_three_snapshot_answer_takes_one_key() {
    let mut explorer = demo((100, 24));
    let screen = explorer.play("b");
    shows(&screen, "› s3 ");
    shows(&screen, "allocated between s1 and s2: 4,767 of 67,936");
    shows(row(&screen, "DerivedLogger"), " 30 ");
    // Its instances are those only; their fields and holders are of the whole graph.
    let screen = explorer.play("/DerivedL<Enter>l");
    let screen = explorer.play("l") + &screen;
    shows(&screen, "DerivedLogger @");
    let all = explorer.play("<Esc><Esc>");
    assert!(!all.contains("allocated between"), "{all}");
    shows(row(&all, "DerivedLogger"), " 66 ");
}

#[test]
fn filters_are_chosen_by_a_few_letters() {
    let mut explorer = open(&data("emitter-small"), (80, 24));
    let list = explorer.play("Df");
    shows(&list, "Filter objects in s3");
    shows(&list, "allocated between s2 and s3");
    shows(&list, "retained by event handlers");
    let screen = explorer.play("dupl<Enter>");
    shows(&screen, "duplicated strings: ");
    shows(row(&screen, "(string)"), "(string)");
    let list = explorer.play("f");
    shows(chosen(&list), "duplicated strings");
    let screen = explorer.play("before<Enter>");
    shows(&screen, "allocated before s1: ");
    let nothing = explorer.play("fconsole<Enter>");
    shows(&nothing, "retained by the console: 0 of ");
    shows(&nothing, "No object passes the filter");
    let all = explorer.play("<Esc>");
    shows(&all, " heap · ");
    // The first dumps have no two before them.
    shows(&explorer.play("Dggb"), "need two dumps before s1");
}

#[test]
fn comparisons_unfold_into_new_and_deleted_objects() {
    let mut explorer = demo((120, 30));
    let list = explorer.play("d");
    shows(&list, "Compare s3 with");
    shows(chosen(&list), "s2 ");
    let screen = explorer.play("<Enter>");
    shows(&screen, "diff s2 → s3");
    // The application's classes come first, by what they retain more.
    let first = selected(&screen);
    shows(first, "DerivedLogger");
    shows(first, "+30");
    // Nothing is deleted of it; of compiled code there is both.
    let screen = explorer.play("/compiled<Enter>ll");
    shows(selected(&screen), "+ ");
    let screen = explorer.play("G");
    shows(selected(&screen), "− ");
    let object = explorer.play("o");
    shows(&object, "› s2 ");
    shows(&object, "retains ");
    let back = explorer.play("<Backspace>");
    shows(&back, "diff s2 → s3");
}

/// A folder with dumps of two processes whose names do not tell so.
fn unrelated() -> Folder {
    let folder = Folder::with(&[]);
    let put = |from: &Path, name: &str| {
        let to = folder.0.path().join(name);
        fs::copy(from, &to).unwrap();
        age(&to);
    };
    let emitter = fs::read_dir(data("emitter-small")).unwrap();
    let mut emitter: Vec<_> = emitter.map(|entry| entry.unwrap().path()).collect();
    emitter.sort();
    put(&emitter[0], "1.heapsnapshot.gz");
    put(
        &data("versions/node12.s1.heapsnapshot.gz"),
        "2.heapsnapshot.gz",
    );
    folder
}

#[test]
fn every_screen_fits_any_size_and_ascii() {
    let theme = Theme {
        ascii: true,
        ..Theme::default()
    };
    for size in [(30, 8), (40, 10), (60, 16), (80, 24), (200, 50)] {
        for folder in [unrelated().0.path(), &data("emitter-small")] {
            let mut explorer = open_with(folder, theme, size);
            for keys in [
                "T", "s", "<Enter>", "f", "<Enter>", "b", "Dd", "<Enter>", "lj", "P", "?",
            ] {
                let screen = explorer.play(keys);
                assert!(screen.is_ascii(), "{screen}");
            }
        }
    }
}

#[test]
fn other_processes_are_compared_by_class_only() {
    let folder = unrelated();
    let mut explorer = folder.open((80, 30));
    let screen = explorer.play("Df");
    shows(&screen, "object ids of s1 and s2 cannot be compared");
    let refused = explorer.play("after s1<Enter>");
    shows(&refused, "cannot be compared");
    shows(&refused, "d compares them by class");
    assert!(!refused.contains("allocated after s1:"), "{refused}");
    let compared = explorer.play("d<Enter>");
    shows(&compared, "Compared by class only");
    let growth = explorer.play("T");
    shows(&growth, "classes are matched by name");
    shows(&growth, "take a third");
}

#[test]
fn processes_are_told_apart() {
    let name =
        |second: u32, pid: u32| format!("Heap.20261121.0643{second:02}.{pid}.0.001.heapsnapshot");
    let names = [name(1, 7), name(2, 7), name(3, 9)];
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), SMALL)).collect();
    let folder = Folder::with(&files);
    let mut explorer = folder.open((80, 24));
    let screen = explorer.play("");
    shows(&screen, "process 7 · 2 dumps");
    shows(&screen, "process 9 · 1 dump");
    shows(&screen, "› process 7");
    let other = explorer.play("P<Enter>");
    shows(&other, "› process 9");
    shows(selected(&other), "s1");
}

#[test]
fn a_dump_that_lands_moves_nothing() {
    let folder = Folder::with(&[("a.heapsnapshot", SMALL), ("b.heapsnapshot", SMALL)]);
    let mut explorer = folder.open((80, 24));
    let screen = explorer.play("Dgg");
    shows(selected(&screen), "s1");
    let path = folder.0.path().join("c.heapsnapshot");
    fs::write(&path, &SMALL[..600]).unwrap();
    let writing = explorer.until(|screen| screen.contains("still being written, 600 B so far"));
    shows(&writing, "1 being written");
    shows(selected(&writing), "s1");
    fs::write(&path, SMALL).unwrap();
    let landed = explorer.until(|screen| screen.contains("3 dumps"));
    shows(selected(&landed), "s1");
    shows(&landed, "T growth");
    let growth = explorer.play("T");
    let growth = growth + &explorer.until(|screen| screen.contains("Leaky"));
    shows(&growth, "Leaky");
    fs::remove_file(&path).unwrap();
    let gone = explorer.until(|screen| screen.contains("2 dumps ●"));
    shows(&gone, "c.heapsnapshot was deleted");
}

#[test]
fn a_dump_that_is_replaced_while_it_is_looked_at_stays_readable() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 24));
    shows(&explorer.play(""), "› s1 small");
    let path = folder.0.path().join("small.heapsnapshot");
    fs::write(&path, &SMALL[..700]).unwrap();
    let screen = explorer.until(|screen| screen.contains("was replaced"));
    shows(&screen, "small.heapsnapshot was replaced");
    shows(&screen, "▸ Leaky");
    let object = explorer.play("/Leaky<Enter>lljo");
    shows(&object, "Leaky @");
    let list = explorer.play("D");
    shows(&list, "being written");
    fs::write(&path, SMALL).unwrap();
    explorer.until(|screen| screen.contains("1 dump ●"));
    shows(&explorer.play("<Enter>"), "▸ Leaky");
}

#[test]
fn an_empty_folder_says_how_to_take_a_dump() {
    let folder = Folder::with(&[]);
    let screen = folder.open((80, 24)).play("");
    shows(&screen, "● watching");
    shows(&screen, "appear as they are written");
    shows(&screen, "--heapsnapshot-signal=SIGUSR2");
}

#[test]
fn what_does_not_fit_into_memory_is_refused_with_the_figure() {
    let exploration = Exploration {
        paths: vec![data("emitter-small")],
        memory: Some(1_000_000),
        ..Exploration::default()
    };
    let mut explorer = Harness::new(exploration, Theme::default(), (80, 24)).unwrap();
    let screen = explorer.play("D<Enter>");
    shows(&screen, "heaps may take");
    shows(&screen, "1.0 MB");
    shows(&screen, "--memory");
}
