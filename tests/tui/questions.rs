//! Questions typed in the explorer: completions, carets, counts, and pages of answers.

use crate::{Folder, below_tabs, data, open, selected, shows};

#[test]
fn a_question_is_counted_while_it_is_typed_and_its_answer_is_a_page() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 30));
    let screen = explorer.play("QLea");
    shows(&screen, "Leaky");
    let screen = explorer.play("<Tab> shallow>");
    shows(&screen, ":Leaky shallow>");
    shows(&screen, "expected a size such as 10kB");
    let screen = explorer.play("1kB");
    shows(&screen, "2 objects, 5.0 kB shallow · Enter lists them");
    let screen = explorer.play("<Enter>");
    shows(below_tabs(&screen)[0], "Leaky shallow>1kB");
    shows(&screen, "2 objects, 5.0 kB");
    shows(selected(&screen), "Leaky @13");
    // The rows are objects like others.
    shows(&explorer.play("gw"), "why Leaky @13");
    shows(&explorer.play("<Backspace>"), "Leaky shallow>1kB");
    // The line begins with the question of the page.
    let screen = explorer.play("Q | group class<Enter>");
    shows(&screen, "2 objects, 5.0 kB shallow in 1 group");
    let row = selected(&screen);
    assert!(row.contains("Leaky") && row.contains(" 2 "), "{row}");
    // Upwards is what was asked before.
    shows(&explorer.play("Q<Ctrl-u><Up><Up>"), ":Leaky shallow>1kB");
}

#[test]
fn what_is_wrong_has_a_caret_below_it() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 30));
    let screen = explorer.play("QLeaky retaned>1 or Cache");
    let lines: Vec<&str> = screen.lines().collect();
    let (last, line) = (lines[lines.len() - 1], lines[lines.len() - 2]);
    assert!(line.starts_with(":Leaky retaned>1 or Cache"), "{screen}");
    assert!(
        last.starts_with("       ^^^^^^^ no field is called retaned"),
        "{screen}"
    );
    // It stays until it is put right.
    let screen = explorer.play("<Enter>");
    shows(&screen, ":Leaky retaned>1");
    let screen = explorer.play("<Ctrl-u>new(s7)");
    shows(&screen, "there is no dump s7");
    shows(&explorer.play("<Enter>"), "there is no dump s7");
}

#[test]
fn the_list_of_commands_takes_questions_too() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 30));
    let screen = explorer.play(":Leaky");
    shows(&screen, "▶ question: Leaky");
    shows(&explorer.play("<Enter>"), "3 objects, 6.0 kB");
    explorer.play("<Esc>");
    // Signs that no command has make a question of it.
    shows(&explorer.play(":distance<2"), "Question");
    let screen = explorer.play(" | gr<Down>");
    shows(&screen, "▶ group");
    let screen = explorer.play("<Enter>cl<Tab><Enter>");
    shows(below_tabs(&screen)[0], "distance<2 | group class");
}

#[test]
fn an_answer_is_written_as_the_command_line_prints_it() {
    let mut explorer = open(&data("emitter-small"), (120, 30));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.json");
    let question = "retained>1kB new(s1,s2) | group class | top 5";
    explorer.play(&format!("Q{}<Enter>", question.replace('<', "<lt>")));
    explorer.play(&format!("W<Ctrl-u>{}<Enter>", file.display()));
    let text = std::fs::read_to_string(&file).unwrap();
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = written["rows"].as_array().unwrap();
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_heaptui"))
        .arg("query")
        .args([data("emitter-small").as_os_str(), question.as_ref()])
        .args(["--format", "json"])
        .env("XDG_CACHE_HOME", folder.path())
        .output()
        .unwrap();
    let problem = String::from_utf8_lossy(&printed.stderr);
    assert!(printed.status.success(), "{problem}");
    let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    let groups = printed["groups"].as_array().unwrap();
    assert_eq!(rows, groups, "{text}");
    assert!(rows.len() > 3, "{text}");
}
