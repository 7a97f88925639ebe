//! Pages of facts and rows: why an object is alive, merged paths, all of an object, statistics, strings, contexts.

use heaptui::tui::theme::Theme;

use crate::{Folder, below_tabs, data, open, open_with, selected, shows};

#[test]
fn why_an_object_is_alive_and_where_to_cut() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 24));
    let screen = explorer.play("/Lea<Enter>llgw");
    shows(&screen, "why Leaky @13");
    shows(
        &screen,
        "the global object → Window / https://example.com @5",
    );
    shows(&screen, "global variable cache → Cache @7");
    // Somebody else holds the cache, so that releasing it frees nothing; the object itself is held once.
    shows(&screen, "+1 retainer");
    shows(&screen, "Kept alive by 1 reference:");
    shows(selected(&screen), "✗ element [2], in global variable cache");
    shows(selected(&screen), " 3.0 kB");
    shows(&screen, "✗ element [2] → Leaky @13");
    shows(&screen, "on every path");
    shows(
        &screen,
        "Kept alive only by element [2], in global variable `cache`.",
    );
    let words: Vec<&str> = screen.split_whitespace().collect();
    shows(&words.join(" "), "Removing that reference frees 3.0 kB.");
    // Each row opens its object, and coming back finds the row.
    let screen = explorer.play("Gk<Enter>");
    shows(&screen, "› Cache @7");
    let screen = explorer.play("<Backspace>");
    assert!(selected(&screen).contains("Cache @7"), "{screen}");
    let screen = explorer.play("gw");
    shows(&screen, "why Cache @7");
    shows(
        &screen,
        "Kept alive by 2 references. Remove all to free 6.2 kB:",
    );
    shows(&screen, "cache in listen()");
}

#[test]
fn paths_of_a_class_are_merged_and_unfold() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 24));
    let screen = explorer.play("/Lea<Enter>gp");
    shows(&screen, "paths to Leaky");
    shows(&screen, "3 objects, 1 path");
    let row = selected(&screen);
    assert!(
        row.contains("through an element, in global variable cache"),
        "{screen}"
    );
    assert!(row.contains(" 3 100%    6.0 kB"), "{screen}");
    // A few are unfolded as far as there is room.
    shows(&screen, "the 3 objects");
    shows(&screen, "global variable cache → Cache @7");
    let screen = explorer.play("llj");
    assert!(selected(&screen).contains("Leaky @13"), "{screen}");
    shows(&screen, "Leaky @9");
    let screen = explorer.play("<Enter>");
    shows(&screen, "› Leaky @13");
    let screen = explorer.play("<Backspace>");
    assert!(selected(&screen).contains("Leaky @13"), "{screen}");
    let screen = explorer.play("/nothing");
    shows(&screen, "No path matches");
    let screen = explorer.play("<Esc>hhh");
    assert!(selected(&screen).contains("▸ through"), "{screen}");
}

#[test]
fn all_of_an_object_with_its_text_made_safe() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 24));
    let screen = explorer.play("@15<Enter>gi");
    shows(&screen, "constructor  (string) (string)");
    shows(&screen, "held by      3 references");
    shows(&screen, "Text of 17 characters");
    // The line break is seen, and breaks the line.
    assert!(
        screen
            .lines()
            .any(|line| line.ends_with(r"a \u{1b}[31mred\n")),
        "{screen}"
    );
    assert!(
        screen.lines().any(|line| line.trim() == "secret"),
        "{screen}"
    );
    let screen = explorer.play("@9<Enter>gi");
    shows(&screen, "held by      1 reference, and weakly by 1");
    shows(&screen, "dominator    Cache @7");
    shows(&screen, "It refers to");
    let screen = explorer.play("G");
    assert!(selected(&screen).contains("text :: "), "{screen}");
    let screen = explorer.play("gw");
    shows(&screen, "› why ");
}

#[test]
fn statistics_lead_to_the_strings() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 50));
    let screen = explorer.play("gb");
    shows(&screen, "as DevTools divides it");
    shows(&screen, "Other JS objects");
    shows(&screen, "By type of node");
    shows(&screen, "not reachable from JS");
    let mut row = selected(&screen).to_owned();
    while !row.contains("Strings") {
        row = selected(&explorer.play("j")).to_owned();
    }
    let screen = explorer.play("<Enter>");
    shows(&screen, "Largest strings (1 of 4, Tab)");
    assert!(
        selected(&screen).contains(r#""a \u{1b}[31mred\nsecret" @15"#),
        "{screen}"
    );
    let screen = explorer.play("/SECR<Enter>");
    shows(&screen, "/SECR 1");
    let screen = explorer.play("<Tab>");
    shows(&screen, "Repeated strings");
    shows(&screen, "No string matches");
    let screen = explorer.play("<Esc>");
    shows(&screen, "no duplicate strings");
    let screen = explorer.play("<Tab><Tab><Tab><Enter>");
    shows(&screen, "Retainers of");
}

#[test]
fn owners_lead_to_what_they_keep() {
    let mut explorer = open(&data("emitter-small"), (100, 30));
    let screen = explorer.play("D<Enter>O");
    shows(&screen, "Owners by package");
    shows(&screen, "sets of owners");
    shows(&screen, "(own code)");
    assert!(selected(&screen).contains('%'), "{screen}");
    let screen = explorer.play("<Tab>");
    shows(&screen, "Owners by script");
    shows(&screen, "node:");
    let screen = explorer.play("<Tab>");
    shows(&screen, "Owners by folder");
    // Folders cannot be asked for: the largest object is shown.
    shows(&explorer.play("<Enter>"), "Retainers of");
    explorer.play("<Backspace><Tab>");
    // What a set opens are its objects and no others.
    let row = selected(&explorer.play("")).to_owned();
    let count = row
        .split("  ")
        .map(str::trim)
        .find(|cell| !cell.is_empty() && cell.chars().all(|c| c.is_ascii_digit() || c == ','));
    let screen = explorer.play("<Enter>");
    shows(&screen, "owners=\"node");
    shows(&screen, "group class");
    shows(&screen, &format!("{} objects", count.unwrap()));
}

#[test]
fn a_search_without_rows_goes_where_its_hits_are() {
    let mut explorer = open(&data("emitter-small"), (120, 24));
    // No class has the name, but properties do.
    let screen = explorer.play("D<Enter>/_events");
    shows(&screen, "rows 0 of");
    let screen = explorer.play("<Enter>");
    shows(&screen, "› properties with the letters _events");
    shows(&screen, "Held by");
    // Where nothing has it, the page says so.
    let screen = explorer.play("<Backspace>/qqqqxyz<Enter>");
    shows(&screen, "No class matches");
}

#[test]
fn the_icicle_shows_what_classes_and_owners_retain() {
    let mut explorer = open(&data("emitter-small"), (120, 30));
    let screen = explorer.play("D<Enter>gI");
    shows(&screen, "› icicle");
    shows(&screen, "retained, by class");
    shows(&screen, "all · ");
    // The root's frame is the heap: what DevTools gives as the total.
    let total = explorer.play("gb");
    let total = total.lines().find(|line| line.contains("  Total")).unwrap();
    let size: Vec<&str> = total.split_whitespace().skip(1).take(2).collect();
    let screen = explorer.play("<Backspace>");
    assert!(
        selected(&screen).starts_with(&format!("▶all {}", size.join(" "))),
        "{total}\n{screen}"
    );
    let screen = explorer.play("/Emitter<Enter>n");
    shows(&screen, "/Emitter 5 frames, ");
    shows(&screen, " · retains ");
    let zoomed = explorer.play("<Enter>");
    assert!(selected(&zoomed).starts_with("▶"), "{zoomed}");
    shows(&explorer.play("c"), "Constructor");
    let screen = explorer.play("<Backspace><Esc><Tab>");
    shows(&screen, "retained, by package");
    shows(&screen, "(own code)");
    shows(&explorer.play("<Tab><Tab>"), "retained, by folder");
    shows(&explorer.play("<Tab>"), "retained, by class");
}

#[test]
fn contexts_unfold_into_what_was_captured() {
    let mut explorer = open(&data("emitter-small"), (100, 30));
    let screen = explorer.play("D<Enter>gx");
    shows(&screen, "Variables captured by closures (1 of 2, Tab)");
    assert!(selected(&screen).contains("▸ "), "{screen}");
    let screen = explorer.play("l");
    shows(&screen, " :: ");
    let screen = explorer.play("<Tab>");
    shows(&screen, "system / NativeContext");
    shows(&screen, "shared by several");
    let screen = explorer.play("<Tab>/no such context");
    shows(&screen, "No context matches");
}

/// The pages of this file, by the keys that go there, and what their header says.
const PAGES: [(&str, &str); 9] = [
    ("gw", "why "),
    ("gp", "paths to "),
    ("gi", "all of "),
    ("gb", "statistics"),
    ("gt", "strings"),
    ("gx", "contexts"),
    ("O", "owners"),
    ("gI", "icicle"),
    ("Qshallow>0<Enter>", "shallow>0"),
];

#[test]
fn every_page_is_two_keys_from_every_other() {
    let folder = Folder::small();
    for (from, _) in PAGES {
        for (to, header) in PAGES {
            let mut explorer = folder.open((120, 30));
            explorer.play("/Lea<Enter>ll");
            explorer.play(from);
            // Where the row is about no object, its page says so.
            let here = explorer.play("");
            let needs_object = ["gw", "gp", "gi"].contains(&to);
            if needs_object && ["gb", "gx", "gI"].contains(&from) {
                shows(&explorer.play(to), "select an object first");
                continue;
            }
            let screen = explorer.play(to);
            let first = below_tabs(&screen)[0];
            assert!(first.contains(header), "{from} {to}\n{here}\n{screen}");
        }
    }
}

#[test]
fn pages_fit_small_and_large_screens_with_and_without_colour() {
    for (columns, lines) in [(40, 10), (80, 24), (200, 50)] {
        for colour in [true, false] {
            let theme = Theme {
                colour,
                ..Theme::default()
            };
            let mut explorer = open_with(&data("emitter-small"), theme, (columns, lines));
            explorer.play("D<Enter>j");
            for (keys, _) in PAGES {
                let screen = explorer.play(keys);
                assert_eq!(screen.lines().count(), usize::from(lines), "{keys}");
                assert!(selected(&screen).starts_with('▶'), "{screen}");
                shows(screen.lines().last().unwrap(), "q quit");
                // A name and a figure are left at any size.
                let row = selected(&screen);
                assert!(row.split_whitespace().count() > 2, "{keys}\n{screen}");
                explorer.play("Ggg<Ctrl-d>");
                let back = explorer.play("<Backspace>");
                shows(&back, "q quit");
            }
        }
    }
}

#[test]
fn what_would_be_freed_counts_all_bookmarked_objects_at_once() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 30));
    let screen = explorer.play("/Lea<Enter>ljF");
    shows(&screen, "If this object were removed");
    shows(&screen, "Frees 3.0 kB in 1 object:");
    shows(selected(&screen), "@13 ← [2] in Cache @7");
    let screen = explorer.play("<Backspace>mjmF");
    shows(&screen, "If these 2 objects were removed");
    shows(&screen, "Frees 5.0 kB in 2 objects:");
    let screen = explorer.play("G");
    shows(selected(&screen), "Leaky");
    let screen = explorer.play("<Enter>");
    shows(selected(&screen), "Leaky");
}
