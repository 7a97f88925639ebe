//! What keys do.

use crate::{Folder, below_tabs, data, open, selected, shows};

#[test]
fn from_a_constructor_to_who_holds_its_instance() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 24));
    let screen = explorer.play("/Lea<Enter>");
    shows(&screen, "/Lea 1 of ");
    shows(&screen, "Retainers of the largest: Leaky @13");
    // Instances come in DevTools' order: the largest first.
    let screen = explorer.play("ll");
    assert!(selected(&screen).contains("Leaky @13"), "{screen}");
    shows(&screen, "[2] in Cache @7");
    shows(&screen, "cache in Window");
    let screen = explorer.play("j");
    assert!(selected(&screen).contains("Leaky @11"), "{screen}");
    shows(&screen, "[1] in Cache @7");
}

#[test]
fn fields_unfold_without_end_and_cycles_of_holders_are_marked() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 40));
    let screen = explorer.play("/Leaky<Enter>llGll");
    assert!(selected(&screen).contains("cache :: Cache @7"), "{screen}");
    // The cache refers to the object again: its fields unfold there, too.
    let screen = explorer.play("ll");
    assert!(selected(&screen).contains("Leaky @13"), "{screen}");
    let screen = explorer.play("G");
    shows(&screen, "Leaky @9");
    // The object is held by the cache, which is held by the object.
    let screen = explorer.play("@9<Enter><Tab>");
    shows(&screen, "▾ [0] in Cache @7");
    shows(&screen, "↻ cache in Leaky @9");
    let rows = screen.lines().count();
    let screen = explorer.play("jjl");
    assert_eq!(screen.lines().count(), rows);
    shows(&screen, "↻ cache in Leaky @9");
}

#[test]
fn weak_holders_come_when_asked_for() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 40));
    let screen = explorer.play("@9<Enter>");
    assert!(selected(&screen).contains("Leaky @9"), "{screen}");
    assert!(!screen.contains("weakly"), "{screen}");
    let screen = explorer.play("w");
    shows(&screen, "weakly (weak) in Holder @17");
    shows(&screen, "weak retainers shown");
    let screen = explorer.play("w");
    assert!(!screen.contains("weakly"), "{screen}");
}

#[test]
fn ids_lead_to_objects_and_back() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 24));
    let screen = explorer.play("/@11<Enter>");
    assert!(selected(&screen).contains("Leaky @11"), "{screen}");
    let screen = explorer.play("@4711<Enter>");
    shows(&screen, "no object @4711 in this dump");
    let screen = explorer.play("@x<Enter>");
    shows(&screen, "a number is expected");
    // A holder on its own page, back, forward.
    let screen = explorer.play("<Tab><Enter>");
    shows(&screen, "› Cache @7");
    assert!(selected(&screen).contains("Cache @7"), "{screen}");
    let screen = explorer.play("<Backspace>");
    assert!(selected(&screen).contains("Leaky @11"), "{screen}");
    let screen = explorer.play("]");
    shows(&screen, "› Cache @7");
    let screen = explorer.play("jc");
    shows(&screen, "Constructor");
    let screen = explorer.play("[[");
    assert!(selected(&screen).contains("Leaky @11"), "{screen}");
}

#[test]
fn filters_are_live_and_escape_takes_them_back() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 24));
    let all = explorer.play("");
    shows(&all, "Cache");
    let typing = explorer.play("/lky");
    shows(&typing, "/lky█");
    shows(&typing, "Leaky");
    let table = typing
        .lines()
        .skip(2)
        .take(9)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(!table.contains("Cache"), "{typing}");
    let none = explorer.play("zz");
    shows(&none, "No class matches");
    let again = explorer.play("<Ctrl-w><Esc>");
    shows(&again, "Cache");
    let kept = explorer.play("/lky<Enter>");
    shows(&kept, "/lky 1 of ");
    let gone = explorer.play("<Esc>");
    assert!(!below_tabs(&gone)[0].contains("/lky"), "{gone}");
}

#[test]
fn the_cursor_stays_on_its_item_when_the_order_changes() {
    let mut explorer = open(&data("emitter-small"), (80, 24));
    let before = explorer.play("D<Enter><Alt-1><Alt-2>jl");
    let name = |screen: &str| {
        selected(screen)
            .split_whitespace()
            .nth(2)
            .map(str::to_owned)
    };
    let wanted = name(&before);
    for journey in ["s", "s", "S", "s", "s"] {
        let screen = explorer.play(journey);
        assert_eq!(name(&screen), wanted, "{journey}\n{screen}");
    }
}

#[test]
fn counts_and_motions() {
    let mut explorer = open(&data("emitter-small"), (80, 24));
    let first = explorer.play("D<Enter>");
    let third = explorer.play("<Alt-2>j");
    assert_eq!(
        selected(&third)[3..],
        below_tabs(&first)[4][1..][..].replacen(' ', "", 0)[..]
    );
    let again = explorer.play("Ggg<Alt-3>G");
    assert_eq!(selected(&again), selected(&third));
    let top = explorer.play("<Ctrl-d><PgDn><PgUp><Ctrl-u>gg");
    assert_eq!(selected(&top), selected(&first));
    let same = explorer.play("<Alt-5><Esc>j");
    assert_eq!(selected(&same)[3..], below_tabs(&first)[3][1..]);
}

#[test]
fn several_dumps_open_and_close() {
    let mut explorer = open(&data("emitter-small"), (80, 24));
    let screen = explorer.play("D<Enter>");
    shows(&screen, "› s3 ");
    let screen = explorer.play("Dkk<Enter>");
    shows(&screen, "› s1 ");
    let screen = explorer.play("<Alt-Left><Alt-Left>");
    shows(&screen, "› s3 ");
    let screen = explorer.play("D");
    shows(&screen, "3 dumps");
    explorer.play("q");
    assert!(explorer.ended());
}

#[test]
fn help_and_palette_know_the_commands() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 24));
    let help = explorer.play("?");
    shows(&help, "This page");
    let below = explorer.play("G");
    shows(&below, "quit from anywhere");
    let closed = explorer.play("q");
    assert!(!explorer.ended());
    shows(&closed, "Constructor");
    let palette = explorer.play(":dum");
    shows(&palette, ":dum█");
    let dumps = explorer.play("<Enter>");
    shows(&dumps, "1 dump");
    explorer.play("<Enter>?");
    explorer.play("<Ctrl-c>");
    assert!(explorer.ended());
}

#[test]
fn panes_zoom() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 24));
    let whole = explorer.play("z");
    assert!(!whole.contains("Retainers of"), "{whole}");
    let other = explorer.play("<Tab>");
    assert!(!other.contains("Constructor"), "{other}");
    shows(&other, "Retainers of");
    let both = explorer.play("<Esc>");
    shows(&both, "Constructor");
    shows(&both, "Retainers of");
}

#[test]
fn typing_ahead_means_the_rows_to_come() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 24));
    explorer.play("");
    let screen = explorer.type_ahead("/Lea<Enter>lljl");
    assert!(selected(&screen).contains("Leaky @11"), "{screen}");
    shows(&screen, "text :: ");
}

#[test]
fn a_dump_that_was_cut_short_opens_without_names_and_says_so() {
    // Behind "Cache", the fourth of twelve strings.
    let end = crate::SMALL.find(",\"Leaky\"").unwrap();
    let folder = Folder::with(&[
        ("a.heapsnapshot", crate::SMALL),
        ("b.heapsnapshot", &crate::SMALL[..end]),
    ]);
    let mut explorer = folder.open((100, 24));
    let screen = explorer.play("D");
    shows(&screen, "1 dump · 1 unusable");
    let screen = explorer.play("G<Enter>");
    shows(&screen, "8 of 12 names are missing");
    shows(&screen, "(name 4 missing)");
    shows(&screen, "Cache");
    // Every page of the dump says so, for as long as it is looked at.
    for keys in [
        "",
        "gi",
        "gw",
        "gr",
        "gp",
        "gd",
        "gc",
        "gb",
        "gt",
        "gx",
        "/Cac<Enter>",
        "?",
    ] {
        let screen = explorer.play(keys);
        let first = below_tabs(&screen)[0];
        assert!(first.contains("CUT SHORT"), "{keys}: {screen}");
    }
    explorer.play("<Esc>");
    // Those of others do not, and it is no member of the series.
    let screen = explorer.play("D");
    shows(&screen, "1 dump · 1 unusable");
    assert!(!screen.contains("CUT SHORT"), "{screen}");
    let screen = explorer.play("gg<Enter>");
    assert!(!screen.contains("CUT SHORT"), "{screen}");
}
