//! Settings, searching, copying, writing, bookmarks, the mouse, the help.

use std::path::Path;

use heaptui::series::Exploration;
use heaptui::settings::Settings;
use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;

use crate::{Folder, SMALL, below_tabs, data, open, selected, shows};

fn with(folder: &Folder, settings: &str, size: (u16, u16)) -> Harness {
    let settings = Settings::parse(settings, Path::new("config.toml")).unwrap();
    let exploration = Exploration {
        paths: vec![folder.0.path().to_path_buf()],
        ..Exploration::default()
    };
    let theme = Theme {
        without: Theme::of(&settings).without,
        ..Theme::default()
    };
    Harness::with_settings(exploration, theme, &settings, size).unwrap()
}

#[test]
fn settings_rebind_keys_and_the_footer_and_the_help_know() {
    let folder = Folder::small();
    let settings =
        "sort = 'name'\ncolumns = ['count']\n[keys]\nquit = 'E'\nfind = 'Z'\nzoom = []\n";
    let mut explorer = with(&folder, settings, (80, 24));
    let screen = explorer.play("");
    shows(screen.lines().last().unwrap(), "Z find");
    shows(screen.lines().last().unwrap(), "E quit");
    let titles = below_tabs(&screen)[1];
    assert!(
        titles.contains("Count") && !titles.contains("Retained"),
        "{titles}"
    );
    shows(titles, "▲Constructor");
    let screen = explorer.play("?Zzoom<Enter>");
    shows(&screen, ":zoom");
    assert!(!explorer.ended());
    explorer.play("<Esc><Esc>q");
    assert!(!explorer.ended());
    explorer.play("E");
    assert!(explorer.ended());
}

#[test]
fn messages_name_the_keys_that_settings_gave() {
    let folder = Folder::small();
    let settings = "[keys]\nback-out = 'F9'\n";
    let mut explorer = with(&folder, settings, (80, 24));
    let screen = explorer.play("/zzzzz");
    shows(&screen, "No class matches; F9 shows all");
}

#[test]
fn the_help_can_be_searched() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 24));
    let screen = explorer.play("?/bookmark");
    assert!(
        screen.lines().count() == 24 && screen.contains("add or remove a bookmark"),
        "{screen}"
    );
    assert!(!screen.contains("half a page"), "{screen}");
    let screen = explorer.play("<Esc>");
    shows(&screen, "This page");
    let screen = explorer.play("/xyzzy<Enter>");
    shows(&screen, "No key, command or term matches");
    shows(&explorer.play("<Esc><Esc>"), "Constructor");
}

#[test]
fn strings_and_properties_are_searched_in_three_ways() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 24));
    // All three are counted, whichever Enter lists.
    let screen = explorer.play("/secret");
    shows(&screen, "rows 0 of 6  properties 0  strings 1");
    let screen = explorer.play("<Tab><Tab>");
    shows(&screen, "Ctrl-r text");
    let screen = explorer.play("<Enter>");
    shows(selected(&screen), "[31mred");
    shows(&screen, "1 found");
    // Of the names `cache` alone; three refer to it.
    let screen = explorer.play("<Esc>/a.*e$<Tab>");
    shows(&screen, "properties 0 ");
    shows(&screen, "Ctrl-r fuzzy");
    let screen = explorer.play("<Ctrl-r><Ctrl-r>");
    shows(&screen, "properties 3 ");
    shows(&screen, "Ctrl-r regex");
    let screen = explorer.play("<Enter>");
    shows(selected(&screen), "cache :: Cache @7");
    shows(selected(&screen), "cache in Window");
    // The page itself was not narrowed.
    let screen = explorer.play("<Esc>");
    shows(&screen, "Leaky");
    shows(&screen, "Window");
}

#[test]
fn constructors_are_found_in_three_ways_too() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 24));
    let screen = explorer.play("/^L<Ctrl-r><Ctrl-r>");
    shows(&screen, "rows 1 of ");
    shows(selected(&screen), "Leaky");
    let screen = explorer.play("<Ctrl-u>(");
    shows(&screen, "not yet a regular expression: unclosed group");
    let screen = explorer.play("<Esc>");
    shows(&screen, "Window");
}

#[test]
fn a_search_begins_on_any_page_and_opens_the_dump_that_it_needs() {
    let later = SMALL.replace("3,4,9,1000,2", "3,4,9,1500,2");
    let files = ["a.heapsnapshot", "b.heapsnapshot", "c.heapsnapshot"];
    let folder = Folder::with(&files.map(|name| (name, later.as_str())));
    // Growth, suspects, the list of dumps, and a page of words about an object.
    for page in ["T", "L", "D", "D<Enter>gw"] {
        let mut explorer = folder.open((120, 24));
        explorer.play(page);
        let screen = explorer.play("/secret<Tab><Tab><Enter>");
        shows(&screen, "strings with secret");
        shows(&screen, "1 found");
        shows(selected(&screen), "text in Leaky @13");
        let mut explorer = folder.open((120, 24));
        explorer.play(page);
        shows(&explorer.play("@11<Enter>"), "Leaky @11");
    }
    // Where rows cannot be narrowed, the classes of the dump are.
    let mut explorer = folder.open((120, 24));
    let screen = explorer.play("L/leaky<Enter>");
    shows(&screen, "/leaky 1 of 6");
}

#[test]
fn what_is_typed_has_a_cursor_and_a_history() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 24));
    let screen = explorer.play("/eaky<Home>L");
    shows(&screen, "/Leaky");
    shows(selected(&screen), "Leaky");
    explorer.play("<Enter><Esc>/cache<Enter><Esc>/");
    shows(&explorer.play("<Up>"), "/cache");
    shows(&explorer.play("<Up>"), "/Leaky");
    shows(&explorer.play("<Up>"), "/Leaky");
    shows(&explorer.play("<Down>"), "/cache");
    shows(&explorer.play("<Down>"), "/█   rows  properties  strings");
}

#[test]
fn the_palette_finds_commands_and_filters_by_what_they_are_about() {
    let later = SMALL.replace("3,4,9,1000,2", "3,4,9,1500,2");
    let files = ["a.heapsnapshot", "b.heapsnapshot", "c.heapsnapshot"];
    let folder = Folder::with(&files.map(|name| (name, later.as_str())));
    let mut explorer = folder.open((100, 24));
    explorer.play("D<Enter>");
    for (typed, first) in [
        ("leak", "suspects"),
        ("export", "write"),
        ("survivors", "survivors"),
        ("detached", "filter: retained by detached DOM"),
        ("three-snapshot", "survivors"),
        ("packages", "owners"),
        ("treemap", "icicle"),
        // Letters in their order, where nothing has the word.
        ("cntnm", "containment"),
    ] {
        let screen = explorer.play(&format!(":{typed}"));
        let mut lines = screen.lines();
        let best = lines.rfind(|line| line.contains('▶')).unwrap();
        assert!(best.contains(first), "{typed}: {screen}");
        explorer.play("<Esc>");
    }
    shows(&explorer.play(":Qqq"), "▶ question: Qqq");
    explorer.play("<Esc>");
    let screen = explorer.play(":zzzz");
    shows(&screen, "nothing matches; / searches the dump");
    shows(&screen, "no match · Esc cancel");
    explorer.play("<Esc>");
    shows(&explorer.play("fqqq"), "no match · Esc cancel");
    explorer.play("<Esc>");
    shows(
        &explorer.play(":detached<Enter>"),
        "retained by detached DOM",
    );
}

#[test]
fn one_key_lists_all_that_can_be_done_with_a_row() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 24));
    let screen = explorer.play("/leaky<Enter>lja");
    shows(&screen, "Actions: Leaky @");
    shows(&screen, "why the object is alive, and which");
    shows(&screen, "open the object: its fields");
    assert!(!screen.contains("quit from anywhere"), "{screen}");
    let screen = explorer.play("inspect<Enter>");
    shows(&screen, "all of Leaky @");
}

#[test]
fn tabs_and_hints_can_be_clicked_and_digits_go_there() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 24));
    explorer.play(":mouse<Enter>");
    let screen = explorer.play("9");
    shows(below_tabs(&screen)[0], "statistics");
    let at = |screen: &str, text: &str| {
        let lines = screen.lines().zip(0..);
        let found = lines.filter_map(|(line, y)| Some((line.find(text)?, line, y)));
        let (byte, line, y) = found.last().unwrap();
        (line[..byte].chars().count() as u16, y)
    };
    let (x, y) = at(&screen, "6 Classes");
    let screen = explorer.click(x + 3, y);
    shows(&screen, "Constructor");
    let (x, y) = at(&screen, "? help");
    shows(&explorer.click(x, y), "This page");
}

/// All keys are others; no page names one of the usual keys any more.
#[test]
fn sentences_name_the_keys_that_settings_gave_on_every_page() {
    use heaptui::tui::commands::{COMMANDS, Context, shown};
    let named = (2..=24).map(|number| format!("F{number}"));
    let letters = ('a'..='z')
        .chain('A'..='Z')
        .chain("!#$%&()*+,;=?^_{|}~".chars());
    let mut keys = named.chain(letters.map(|letter| format!("Alt-{letter}")));
    let mut typed_keys = ('a'..='z').map(|letter| format!("Ctrl-Alt-{letter}"));
    let mut settings = "[keys]\n".to_owned();
    let mut bound = std::collections::HashMap::new();
    for spec in COMMANDS {
        let key = match spec.context.is_within(Context::TYPING) {
            true => typed_keys.next().unwrap(),
            false => keys.next().unwrap(),
        };
        settings.push_str(&format!("{} = '{key}'\n", spec.name));
        bound.insert(spec.name, format!("<{key}>"));
    }
    let usual: Vec<String> = COMMANDS
        .iter()
        .flat_map(|spec| spec.keys.iter().map(|key| shown(key)))
        // A bracket, an apostrophe or a point is no key in a sentence.
        .filter(|key| !["[", "]", "'", ".", "-"].contains(&key.as_str()))
        .collect();
    let later = SMALL.replace("3,4,9,1000,2", "3,4,9,1500,2");
    let files = ["one.heapsnapshot", "two.heapsnapshot", "three.heapsnapshot"];
    let folder = Folder::with(&files.map(|name| (name, later.as_str())));
    let mut explorer = with(&folder, &settings, (140, 40));
    let names = [
        "growth",
        "suspects",
        "dumps",
        "process",
        "classes",
        "statistics",
        "owners",
        "icicle",
        "strings",
        "contexts",
        "allocations",
        "dominators",
        "containment",
        "retainers",
        "why-alive",
        "inspect",
        "allocated-by",
        "paths",
        "next-hit",
        "ignored",
        "bookmarks",
        "filter",
        "back-out",
        "compare",
        "accept",
        "actions",
        "back-out",
        "write",
        "back-out",
        "report",
        "back-out",
        "find",
        "search-what",
        "back-out",
        "palette",
        "back-out",
        "survivors",
        "first",
        "unfold",
        "down",
        "open-object",
        "other-pane",
        "ignore",
        "ignored",
    ];
    let mut screens = vec![("start", explorer.play(""))];
    for name in names {
        screens.push((name, explorer.play(&bound[name])));
    }
    for (name, screen) in &screens {
        // Data, and the line of a prompt that was pasted from nowhere, has no single letters but units.
        let screen = screen.replace("Window / https://example.com", "");
        for word in screen.split([' ', '\n', '·']) {
            let word = word.trim_end_matches([':', ',', ';', '…']);
            // Figures, units and words that are also keys.
            let also_words =
                |word: &str| word.parse::<u32>().is_ok() || ["a", "s", "go", "→"].contains(&word);
            let is_key = usual.iter().any(|key| key == word) && !also_words(word);
            assert!(!is_key, "{name}: {word} in\n{screen}");
        }
    }
}

#[test]
fn n_walks_through_what_was_found() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 24));
    shows(&explorer.play("n"), "no search yet; / starts one");
    // Rows that answer.
    let screen = explorer.play("/e<Enter>");
    let first = selected(&screen).to_owned();
    let second = selected(&explorer.play("n")).to_owned();
    assert_ne!(first, second);
    assert_eq!(selected(&explorer.play("N")), first);
    // Objects that were found: three refer to the cache by this name.
    explorer.play("<Esc>/cache<Tab><Ctrl-r><Enter>");
    let hits = explorer.screen();
    shows(&hits, "1 distinct name");
    let screen = explorer.play("<Enter>n");
    shows(&screen, "hit 2 of ");
    let screen = explorer.play("N");
    shows(&screen, "hit 1 of ");
}

#[test]
fn rows_and_paths_are_copied() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 24));
    let screen = explorer.play("/leaky<Enter>yy");
    shows(&screen, "copied the row: Leaky");
    let row = explorer.copied().unwrap();
    assert!(row.starts_with("Leaky") && row.contains("count 3"), "{row}");
    let screen = explorer.play("ljyp");
    shows(&screen, "copied the path to @");
    let path = explorer.copied().unwrap();
    assert!(
        path.lines().count() > 2 && path.contains("cache: Cache @7"),
        "{path}"
    );
    assert!(!path.contains('\u{1b}'));
    explorer.play("yw");
    assert!(explorer.copied().unwrap().contains("Leaky"));
    assert_eq!(explorer.copied(), None);
}

#[test]
fn a_view_is_written_in_three_formats() {
    let folder = Folder::small();
    let out = tempfile::tempdir().unwrap();
    let mut explorer = folder.open((100, 24));
    explorer.play("/string<Enter>l<Esc>");
    let mut write = |name: &str| {
        let path = out.path().join(name);
        let screen = explorer.play(&format!("W<Ctrl-u>{}<Enter>", path.display()));
        shows(&screen, " rows to ");
        std::fs::read_to_string(&path).unwrap()
    };
    let csv = write("x.csv");
    assert!(
        csv.starts_with("level,name,place,id,distance,count,shallow_size,retained_size\n"),
        "{csv}"
    );
    assert!(csv.contains("0,Leaky,,,"), "{csv}");
    let json: serde_json::Value = serde_json::from_str(&write("x.json")).unwrap();
    let rows = json["rows"].as_array().unwrap();
    assert!(
        rows.iter()
            .any(|row| row["name"] == "Leaky" && row["shallow_size"] == 6000)
    );
    let text = write("x.md");
    shows(&text, "| Level | Name |");
    for text in [&csv, &text, &json.to_string()] {
        assert!(
            !text.contains("secret"),
            "values of strings are masked: {text}"
        );
        assert!(text.contains("characters"), "{text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(out.path().join("x.csv"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn unfolded_rows_of_strings_paths_and_contexts_are_written_with_figures() {
    let folder = Folder::small();
    let out = tempfile::tempdir().unwrap();
    let mut explorer = folder.open((100, 24));
    let mut write = |keys: &str, name: &str| {
        let path = out.path().join(name);
        let screen = explorer.play(&format!("{keys}W<Ctrl-u>{}<Enter>", path.display()));
        assert!(
            screen.contains(" row to ") || screen.contains(" rows to "),
            "{screen}"
        );
        std::fs::read_to_string(&path).unwrap()
    };
    let paths = write("/Lea<Enter>gpll", "paths.csv");
    let head = "level,name,place,id,count,shallow_size,retained_size\n\
                0,\"through an element, in global variable `cache`\",,,3,,6000\n\
                1,the 3 objects,,,,,\n\
                2,Leaky,,13,,,3000\n";
    assert!(paths.starts_with(head), "{paths}");
    let strings = write("gt", "strings.csv");
    assert!(strings.contains("characters"), "{strings}");
    assert!(
        !strings.contains("secret"),
        "values of strings are masked: {strings}"
    );
}

#[test]
fn titles_that_are_written_hold_no_values() {
    let folder = Folder::small();
    let out = tempfile::tempdir().unwrap();
    let mut explorer = folder.open((100, 24));
    explorer.play("/string<Enter>lj");
    for (keys, page) in [("<Enter>", "object"), ("gi", "inspect"), ("gw", "why")] {
        shows(&explorer.play(keys), "secret");
        let path = out.path().join(format!("{page}.md"));
        let screen = explorer.play(&format!("W<Ctrl-u>{}<Enter>", path.display()));
        shows(&screen, "strings masked");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("secret"), "{page}: {text}");
    }
}

#[test]
fn nothing_is_written_over_without_being_told() {
    let folder = Folder::small();
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("there.md");
    std::fs::write(&path, "mine").unwrap();
    let mut explorer = folder.open((100, 24));
    let screen = explorer.play(&format!("W<Ctrl-u>{}<Enter>", path.display()));
    shows(&screen, "is there already: Enter again writes over it");
    explorer.play("<Esc>");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    let screen = explorer.play(&format!("W<Ctrl-u>{}<Enter><Enter>", path.display()));
    shows(&screen, " rows to ");
    let screen = explorer.play("W<Ctrl-u>x.txt<Enter>");
    shows(&screen, "the ending says the format: .md, .csv or .json");
}

#[test]
fn a_path_from_the_root_replaces_the_offered_one_and_q_quits() {
    let folder = Folder::small();
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("x.csv");
    let mut explorer = folder.open((120, 24));
    shows(&explorer.play("6W"), "classes-s1.md");
    let screen = explorer.play(&format!("{}<Enter>", path.display()));
    shows(&screen, " rows to ");
    assert!(path.exists());
    shows(&explorer.play(":q"), "▶ quit");
    explorer.play("<Enter>");
    assert!(explorer.ended());
}

#[test]
fn pasted_text_goes_into_the_line_being_typed_and_is_never_run() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 24));
    // Keys that would quit, go elsewhere and accept.
    let screen = explorer.paste("Lea\rqD\u{1b}\r\n");
    shows(&screen, "Lea qD");
    assert!(!explorer.ended());
    explorer.play("<Ctrl-u>");
    shows(&explorer.paste("Leaky\n"), "Leaky");
    shows(&explorer.play("<Enter>W<Ctrl-u>"), "write to");
    shows(
        &explorer.paste("/no/such/folder/x.md\n"),
        "/no/such/folder/x.md",
    );
    let screen = explorer.paste(&"x".repeat(1 << 20));
    assert!(screen.contains("xxx"));
    explorer.play("<Esc>?");
    shows(&explorer.paste("retainers"), "retainers");
}

#[cfg(unix)]
#[test]
fn dumps_are_never_written_over() {
    let folder = Folder::small();
    let dump = folder.0.path().join("small.heapsnapshot");
    let out = tempfile::tempdir().unwrap();
    let linked = out.path().join("linked.md");
    std::fs::hard_link(&dump, &linked).unwrap();
    let other = out.path().join("other.json");
    std::fs::write(&other, SMALL).unwrap();
    let mut explorer = folder.open((120, 24));
    for (path, words) in [
        (&linked, "a file that was read is never written over"),
        (&other, "is not written over"),
    ] {
        for key in ["W", "R"] {
            let typed = format!("{key}<Ctrl-u>{}<Enter><Enter>", path.display());
            shows(&explorer.play(&typed), words);
            explorer.play("<Esc>");
            assert_eq!(std::fs::read_to_string(path).unwrap(), SMALL);
        }
    }
}

/// Pages that were written as they were drawn: they have columns of figures in a file.
#[test]
fn every_page_is_written_as_rows() {
    let out = tempfile::tempdir().unwrap();
    let mut explorer = open(&data("emitter-small"), (120, 30));
    let mut written = |keys: &str| {
        explorer.play(keys);
        let path = out.path().join("rows.csv");
        let screen = explorer.play(&format!("W<Ctrl-u>{}<Enter>", path.display()));
        shows(&screen, "wrote ");
        let csv = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(!csv.contains(['▂', '▶', '─']), "no drawing: {csv}");
        let rows: Vec<Vec<String>> = csv::Reader::from_reader(csv.as_bytes())
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect();
        (csv.lines().next().unwrap().to_owned(), rows)
    };
    let (head, rows) = written("T");
    assert_eq!(
        head,
        "class,place,verdict,retained_size_s1,retained_size_s2,retained_size_s3,growth_per_hour"
    );
    assert!(
        rows.iter()
            .all(|row| row[3..6].iter().all(|size| size.parse::<u64>().is_ok()))
    );
    let (head, _) = written("s");
    assert!(head.contains(",count_s1,count_s2,count_s3,"), "{head}");

    let (head, rows) = written("D");
    assert_eq!(
        head,
        "label,path,kind,state,taken_at,bytes,nodes,total_size,growth_bytes,problem"
    );
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row[5].parse::<u64>().is_ok()));

    let (head, rows) = written("L");
    assert!(
        head.starts_with("rank,confidence,holder_name,pattern,class,counts,"),
        "{head}"
    );
    assert_eq!(rows[0][0], "1");

    let (head, rows) = written("Dd<Enter>l");
    assert_eq!(
        head,
        "level,change,name,place,id,added_count,removed_count,count_delta,added_size,removed_size,size_delta,retained_delta"
    );
    let [class, object] = [&rows[0], &rows[1]];
    assert!(
        class[0] == "0" && class[5].parse::<u64>().is_ok(),
        "{class:?}"
    );
    assert!(
        object[0] == "1" && object[4].parse::<u64>().is_ok(),
        "{object:?}"
    );

    let (head, rows) = written("D<Enter>gb");
    assert_eq!(head, "what,count,size,percent");
    assert!(rows.iter().any(|row| row[0] == "Strings"));
    let (head, rows) = written("<Backspace>/Server<Enter>ljgw");
    assert_eq!(head, "name,id,retained_size,cut_frees,other_ways");
    assert!(rows.last().unwrap()[0].contains("Server"));
    let (head, rows) = written("<Backspace>gi");
    assert_eq!(head, "what,value,id,shallow_size,retained_size");
    assert!(
        rows.iter()
            .any(|row| row[0] == "refers to" && !row[2].is_empty())
    );
}

#[test]
fn bookmarks_lead_back_and_to_other_dumps() {
    let mut explorer = open(&data("emitter-small"), (120, 30));
    shows(&explorer.play("'"), "no bookmarks yet; m adds");
    explorer.play("D<Enter>/Server<Enter>lj");
    let screen = explorer.play("m");
    shows(&screen, "; ' lists the bookmarks");
    let screen = explorer.play("D'");
    shows(&screen, "Bookmarks");
    let screen = explorer.play("<Enter>");
    shows(&screen, "Object");
    explorer.play("D<Esc>ggjj<Enter>");
    let screen = explorer.play("'");
    shows(&screen, "Bookmarks");
    let screen = explorer.play("<Esc>'<Enter>m'");
    assert!(
        screen.contains("forgotten") || screen.contains("no bookmarks"),
        "{screen}"
    );
}

#[test]
fn a_click_selects_and_the_palette_knows_commands_without_keys() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 24));
    explorer.play("");
    shows(
        &explorer.play(":mouse<Enter>"),
        "mouse on: click and scroll",
    );
    let screen = explorer.screen();
    let line = screen
        .lines()
        .position(|line| line.contains("▸ Cache"))
        .unwrap();
    let screen = explorer.click(10, line as u16);
    shows(selected(&screen), "Cache");
    // A click among the holders moves the keyboard there.
    let line = screen
        .lines()
        .position(|line| line.contains("Retainers of"))
        .unwrap();
    let screen = explorer.click(10, line as u16 + 1);
    shows(selected(&screen), "Window");
    shows(&explorer.play(":theme<Enter>"), "theme: light");
}

#[test]
fn keys_that_do_nothing_here_say_so() {
    let folder = Folder::small();
    let mut explorer = folder.open((80, 24));
    let screen = explorer.play("x");
    shows(&screen, "x works on Retainers: ignore this retainer");
    let screen = explorer.play("gz");
    shows(&screen, "gz does nothing; ? lists the keys");
    assert!(!explorer.play("j").contains("does nothing"));
}

#[test]
fn the_help_begins_with_where_one_is() {
    let folder = Folder::small();
    let screen = folder.open((80, 24)).play("<Tab>?");
    shows(below_tabs(&screen)[1], "This page");
    let screen = folder.open((80, 24)).play("?/zoom in<Enter>");
    shows(&screen, "Flame graph of a profile");
}
