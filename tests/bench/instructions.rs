//! `cargo bench --bench instructions`: how many instructions commands take on a made-up dump of 95 MB, counted by
//! valgrind's callgrind, and how many they took when `instructions.txt` was written. However busy the machine is, the
//! count stays within a hundredth or two.
//!
//! `HEAPTUI_UPDATE=1` writes the file anew. Counts of other compilers and profiles than the file names do not compare.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod made_up;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const COMMANDS: [&str; 5] = [
    "summary F --no-index --limit 10",
    "report F --no-index",
    "strings F --no-index --limit 10",
    "redact F -o -",
    "query F --no-index 'type=string | top 5'",
];

fn main() {
    let dump = made_up::dump(700_000);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/instructions.txt");
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    let mut text = String::new();
    for command in COMMANDS {
        let Some(count) = count(command, &dump) else {
            println!("valgrind is not here, or cannot run this program");
            return;
        };
        let before = known.lines().find_map(|line| {
            let (count, of) = line.split_once("  ")?;
            (of == command).then(|| count.parse::<f64>().ok())?
        });
        let change = before.map_or(String::new(), |before| {
            format!("{:+.1} %", (count as f64 / before - 1.0) * 100.0)
        });
        println!("{count:>16} {change:>8}  {command}");
        writeln!(text, "{count}  {command}").unwrap();
    }
    if std::env::var_os("HEAPTUI_UPDATE").is_some() {
        let about = known.lines().filter(|line| line.starts_with('#'));
        let about: String = about.map(|line| format!("{line}\n")).collect();
        std::fs::write(file, about + &text).unwrap();
    }
}

/// The instructions of one run.
fn count(command: &str, dump: &Path) -> Option<u64> {
    let out = std::env::temp_dir().join(format!("heaptui-callgrind-{}", std::process::id()));
    let words = command.replacen(" F ", &format!(" '{}' ", dump.display()), 1);
    let line = format!(
        "exec valgrind --tool=callgrind --callgrind-out-file='{}' '{}' {words} > /dev/null",
        out.display(),
        program().display(),
    );
    let output = Command::new("sh").args(["-c", &line]).output().ok()?;
    let _ = std::fs::remove_file(out);
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = collected.filter(|_| output.status.success())?;
    count.trim().parse().ok()
}

fn program() -> PathBuf {
    std::env::var_os("HEAPTUI_BENCH_PROGRAM").map_or_else(
        || PathBuf::from(env!("CARGO_BIN_EXE_heaptui")),
        PathBuf::from,
    )
}
