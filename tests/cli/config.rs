//! Settings: the default that is printed, and what is refused.

use std::process::Command;

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_heaptui"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[test]
fn the_default_settings_are_printed_and_can_be_given_back() {
    let (status, text, problem) = run(&["--print-default-config"]);
    assert_eq!((status, problem.as_str()), (Some(0), ""));
    assert!(
        text.contains("\n[keys]\n") && text.contains("# quit = [\"q\"]"),
        "{text}"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, &text).unwrap();
    // All that is wrong is that this is no terminal.
    let (status, _, problem) = run(&["--config", path.to_str().unwrap()]);
    assert_eq!(status, Some(2));
    assert!(problem.contains("needs a terminal"), "{problem}");
}

#[test]
fn settings_that_are_not_understood_are_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "theme = 'dark'\nmouse = 'on'\n").unwrap();
    let (status, out, problem) = run(&["--config", path.to_str().unwrap()]);
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert!(
        problem.ends_with("config.toml: line 2: mouse is true or false\n"),
        "{problem}"
    );
    let (status, _, problem) = run(&["--config", "a", "--no-config"]);
    assert_eq!(status, Some(2));
    assert!(problem.contains("cannot be used with"), "{problem}");
}
