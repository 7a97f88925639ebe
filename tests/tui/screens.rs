//! What is on the screen.

use heaptui::tui::theme::Theme;
use ratatui::style::Color;

use crate::{Folder, below_tabs, data, open, open_with, selected, shows};

#[test]
fn the_first_frame_needs_no_dump() {
    let mut explorer = Folder::small().open((80, 24));
    let screen = explorer.screen();
    shows(&screen, "heaptui › ");
    shows(&screen, "looking for dumps…");
}

#[test]
fn a_single_dump_opens_its_summary() {
    let folder = Folder::small();
    let screen = folder.open((80, 24)).play("");
    assert_eq!(screen.lines().count(), 24);
    let lines = below_tabs(&screen);
    shows(lines[0], "s1 small");
    shows(lines[0], "8 objects");
    assert_eq!(
        lines[1],
        "    Constructor                           Dist     Count  Shallow ▼Retained    %"
    );
    assert!(
        screen
            .lines()
            .any(|line| line.starts_with("  ▸ Leaky") && line.contains("         3   6.0 kB")),
        "{screen}"
    );
    let last = lines[lines.len() - 1];
    shows(last, "/ find");
    shows(last, "? help  q quit");
}

#[test]
fn several_dumps_are_a_list_with_the_last_one_loaded() {
    let mut explorer = open(&data("emitter-small"), (80, 24));
    let screen = explorer.play("D");
    shows(&screen, "3 dumps");
    assert!(selected(&screen).starts_with("▶ ● s3"), "{screen}");
    let rows: Vec<&str> = below_tabs(&screen).into_iter().skip(2).take(3).collect();
    assert!(
        rows[0].contains(" MB") && !rows[0].contains('+'),
        "{screen}"
    );
    assert!(
        rows[1].contains("+") && rows[2].contains("+"),
        "growth: {screen}"
    );
}

#[test]
fn bad_dumps_are_rows_with_their_message() {
    let folder = Folder::with(&[
        ("a.heapsnapshot", crate::SMALL),
        ("b.heapsnapshot", ""),
        ("c.heapsnapshot", "<html>"),
        ("d.heapsnapshot", &crate::SMALL[..900]),
    ]);
    let mut explorer = folder.open((100, 24));
    let screen = explorer.play("");
    shows(&screen, "1 dump · 3 unusable");
    shows(&screen, "empty: ");
    shows(&screen, "invalid: ");
    shows(&screen, "truncated: ");
    // A row that cannot be opened says why, and the list stays.
    let screen = explorer.play("gg");
    let down = (0..4).find(|_| !selected(&explorer.play("j")).contains("s1"));
    assert!(down.is_some(), "{screen}");
    let screen = explorer.play("<Enter>");
    shows(&screen, "heaptui › ");
    assert!(!explorer.ended());
}

#[test]
fn nothing_there_is_said() {
    let folder = Folder::with(&[]);
    let screen = folder.open((80, 24)).play("jkl<Enter><Esc>?<Esc>");
    shows(&screen, "0 dumps");
    let missing = folder.0.path().join("missing");
    let screen = open(&missing, (80, 24)).play("");
    shows(&screen, "no such file");
}

#[test]
fn wide_screens_show_retainers_beside() {
    let folder = Folder::small();
    let screen = folder.open((200, 50)).play("/leak<Enter>l");
    let line = below_tabs(&screen)[1];
    shows(line, "Constructor");
    shows(line, "Retainers of ");
    shows(line, "Shallow");
    shows(&screen, "█");
}

#[test]
fn small_screens_keep_the_name() {
    let folder = Folder::small();
    let mut explorer = folder.open((40, 10));
    let screen = explorer.play("");
    assert_eq!(screen.lines().count(), 10);
    shows(&screen, "▸ Leaky");
    shows(&screen, "6.0 kB");
    let screen = explorer.play("<Tab>");
    shows(&screen, "Retainers");
    explorer.resize(20, 5);
    shows(&explorer.screen(), "needs 30×8");
    explorer.resize(80, 24);
    shows(&explorer.screen(), "Leaky");
}

#[test]
fn at_80_columns_the_name_has_half_of_the_room() {
    let screen = open(&data("emitter-small"), (80, 24)).play("D<Enter>");
    let title = below_tabs(&screen)[1];
    let name = title.find("Dist").unwrap();
    assert!(name >= 40, "{title}");
}

#[test]
fn without_colour_there_is_none_and_the_row_is_marked() {
    let folder = Folder::small();
    let theme = Theme {
        colour: false,
        ..Theme::default()
    };
    let mut explorer = open_with(folder.0.path(), theme, (80, 24));
    let screen = explorer.play("j?<Esc>");
    for style in explorer.styles() {
        for colour in [style.fg, style.bg] {
            assert!(matches!(colour, None | Some(Color::Reset)), "{style:?}");
        }
    }
    selected(&screen);
}

#[test]
fn without_utf8_there_is_only_ascii() {
    let theme = Theme {
        ascii: true,
        ..Theme::default()
    };
    let folder = Folder::small();
    let mut explorer = open_with(folder.0.path(), theme, (120, 40));
    for journey in ["", "l", "<Tab>", "?", "q:", "<Esc>D"] {
        let screen = explorer.play(journey);
        assert!(screen.is_ascii(), "{screen}");
    }
}

#[test]
fn nothing_of_a_dump_reaches_the_terminal_raw() {
    let folder = Folder::small();
    let screen = folder.open((120, 40)).play("/string<Enter>l");
    assert!(!screen.contains('\u{1b}'), "{screen}");
    shows(&screen, r"a \u{1b}[31mred\nsecret");
}

#[test]
fn no_page_lets_a_name_through_whatever_it_is_a_name_of() {
    const EVIL: &str = r"\u001b]0;x\u0007\u009b31m\u202e\u200b\u2028\n\ud800";
    let evil = |text: &str| {
        let names = ["Leaky", "cache", "text", "listen", "handler", "Holder"];
        names.iter().fold(text.to_owned(), |text, name| {
            text.replace(&format!("\"{name}\""), &format!("\"{name}{EVIL}\""))
        })
    };
    let profile = format!(
        r#"{{"head":{{"callFrame":{{"functionName":"(root){EVIL}","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1}},"selfSize":0,"id":1,"children":[{{"callFrame":{{"functionName":"f{EVIL}","scriptId":"1","url":"file:///a/{EVIL}.js","lineNumber":1,"columnNumber":1}},"selfSize":64,"id":2,"children":[]}}]}},"samples":[]}}"#
    );
    let small = evil(crate::SMALL);
    let name = |kind: &str| format!("a\u{1b}[31m\u{9b}1m\u{202e}\n漢{kind}");
    let folder = Folder::with(&[
        (&name("1.heapsnapshot"), &small),
        (&name("2.heapsnapshot"), &small),
        (&name("3.heapprofile"), &profile),
        (&name("4.heapsnapshot"), "{\"snapshot\":{\"\u{9b}\":"),
    ]);
    let pages = [
        "",
        "T",
        "D",
        "j",
        "j",
        "j",
        "Tgg<Enter>",
        "Dgg<Enter>",
        "<Down>l",
        "gi",
        "<Esc>gw",
        "<Esc>gr",
        "<Esc>gp",
        "<Esc>gd",
        "<Esc>gc",
        "<Esc>gb",
        "<Esc>gt",
        "<Tab>",
        "<Esc>gx",
        "<Esc>ga",
        "<Esc>d<Enter>",
        "L",
        "f",
        "<Esc>:",
        "<Esc>m'",
        "<Esc>W",
        "<Esc>R",
        "<Esc>/Lea",
        "<Esc>yy",
        "yp",
        "yw",
        "DG<Enter>",
        "Dggj<Enter>",
        "<Tab>",
        "<Tab>",
        "p",
        "P",
        "<Esc>?",
    ];
    for size in [(120, 40), (60, 16)] {
        let mut explorer = folder.open(size);
        for keys in pages {
            let screen = explorer.play(keys);
            let raw = |c: char| c != '\n' && heaptui::text::escape::is_unsafe(c);
            assert!(!screen.contains(raw), "{keys}: {screen:?}");
        }
    }
}
