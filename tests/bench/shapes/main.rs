//! `cargo bench --bench shapes`: every command and page on dumps of one shape each, at n, 2n and 4n nodes. Prints the
//! processor's seconds, by which factors they grow, and the memory taken; what grows faster than the dump is marked.
//!
//! `HEAPTUI_BENCH_NODES` is n, 250,000 if not given. Words behind `--` choose shapes, commands and pages by name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod made;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use heaptui::series::Exploration;
use heaptui::tui::harness::Harness;
use heaptui::tui::theme::Theme;
use made::{SHAPES, Shape};

/// n unless the environment says otherwise.
const NODES: u32 = 250_000;
/// What grows by more when the dump doubles is a fault, of times that can be told.
const MOST: f64 = 2.3;
/// Times below are not judged, in seconds: beginning and ending take part of them.
const TELLING: f64 = 0.2;
/// Dumps in a folder at 4n.
const DUMPS: u32 = 100;

/// What is asked. `F` is the dump, `G` another, `D` a folder with both, `I` the id of its last node, `C` its class, `O` a
/// folder for output.
const COMMANDS: [&str; 32] = [
    "summary F",
    "statistics F",
    "objects F --class C",
    "object F --id I",
    "retainers F --id I",
    "why F --id I",
    "path F --id I",
    "paths F --class C",
    "dominators F --id I",
    "dominators F --format collapsed",
    "dominated F",
    "containment F",
    "contexts F",
    "realms F",
    "collections F",
    "strings F",
    "owners F",
    "query F type=string|top_5",
    "query F retained>1kB|group_class|top_20",
    "query F value~b|group_holder",
    "what-if F --id I",
    "diff F G",
    "summary D --allocated-after s1",
    "summary F --retained-by detached-dom",
    "info D",
    "trend D",
    "suspects D",
    "check D",
    "report D",
    "redact F -o O/a.heapsnapshot --force",
    "index F",
    "export F --parquet O/tables --force",
];

/// Pages of the explorer, by the keys that show them, and what is done there.
const PAGES: [(&str, &str); 14] = [
    ("summary: filter, unfold, last", "/e<Enter>lGgg"),
    ("objects of the class", "o"),
    ("why", "ggljgw"),
    ("paths", "gggp"),
    ("retainers", "ggljgr"),
    ("inspector", "ggljgi"),
    ("dominators", "gdlG"),
    ("containment", "gclG"),
    ("statistics", "gb"),
    ("strings", "gt<Tab><Tab>"),
    ("contexts", "gx"),
    ("made by", "ggljgf"),
    ("growth", "T"),
    ("search", "g/Item<Enter>"),
];

fn main() {
    let nodes = std::env::var("HEAPTUI_BENCH_NODES");
    let nodes = nodes.map_or(NODES, |text| text.parse().expect("a number"));
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let folder = std::env::temp_dir().join(format!("heaptui-shapes-{}", std::process::id()));
    let mut faults = Vec::new();
    println!("n = {nodes}; seconds of the processor, factors, bytes of memory for a node at 4n");
    for shape in &SHAPES {
        measure(shape, nodes, &words, &folder, &mut faults);
    }
    many_dumps(nodes, &words, &folder, &mut faults);
    fs::remove_dir_all(&folder).unwrap();
    println!("{} grow faster than their dumps", faults.len());
    for fault in faults {
        println!("  {fault}");
    }
}

/// A dump at one size.
struct Dump {
    folder: PathBuf,
    nodes: usize,
    last_id: usize,
}

fn is_wanted(words: &[String], names: &[&str]) -> bool {
    let is = |word: &String| names.iter().any(|name| name.contains(word.as_str()));
    words.iter().all(is)
}

fn measure(shape: &Shape, nodes: u32, words: &[String], folder: &Path, faults: &mut Vec<String>) {
    let wanted = |name: &str| is_wanted(words, &[shape.name, name]);
    let pages = PAGES
        .iter()
        .filter(|(name, _)| wanted(&format!("page: {name}")));
    let pages: Vec<_> = pages.collect();
    let commands = COMMANDS.iter().filter(|command| wanted(command));
    let commands: Vec<_> = commands.collect();
    if pages.is_empty() && commands.is_empty() {
        return;
    }
    let dumps = [1, 2, 4].map(|times| {
        let own = folder.join(format!("{times}"));
        fs::create_dir_all(own.join("D")).unwrap();
        let made = (shape.make)(nodes * times);
        let (count, last_id) = (made.len(), made.last_id());
        made.write(&own.join("D/1.heapsnapshot"));
        let more = (shape.make)(nodes * times + nodes * times / 10);
        more.write(&own.join("D/2.heapsnapshot"));
        Dump {
            folder: own,
            nodes: count,
            last_id,
        }
    });
    println!("\n{} ({} nodes at n)", shape.name, dumps[0].nodes);
    for command in commands {
        let taken = dumps.each_ref().map(|dump| run(command, shape.class, dump));
        tell(shape.name, command, taken, dumps[2].nodes, faults);
    }
    if !pages.is_empty() {
        let mut explorers = dumps.each_ref().map(|dump| {
            let exploration = Exploration {
                paths: vec![dump.folder.join("D/1.heapsnapshot")],
                memory: Some(u64::MAX),
                ..Exploration::default()
            };
            let mut explorer = Harness::new(exploration, Theme::default(), (120, 40)).unwrap();
            explorer.play("");
            explorer
        });
        for (name, keys) in pages {
            let taken = explorers.each_mut().map(|explorer| {
                let before = processor("self");
                explorer.play(keys);
                let taken = processor("self") - before;
                explorer.play("<Esc><Esc>6");
                (taken, 0)
            });
            tell(
                shape.name,
                &format!("page: {name}"),
                taken,
                dumps[2].nodes,
                faults,
            );
        }
    }
    for dump in dumps {
        fs::remove_dir_all(dump.folder).unwrap();
    }
}

/// A folder with more and more dumps, of one process that keeps more and more.
fn many_dumps(nodes: u32, words: &[String], folder: &Path, faults: &mut Vec<String>) {
    let commands = [
        "info D",
        "trend D",
        "suspects D",
        "check D",
        "report D",
        "summary D",
    ];
    let commands = commands
        .iter()
        .filter(|command| is_wanted(words, &["many dumps", command]));
    let commands: Vec<_> = commands.collect();
    if commands.is_empty() {
        return;
    }
    let each = nodes / DUMPS;
    let dumps = [1, 2, 4].map(|times| {
        let own = folder.join(format!("{times}"));
        fs::create_dir_all(own.join("D")).unwrap();
        let count = DUMPS / 4 * times;
        for number in 0..count {
            let made = (SHAPES[1].make)(each + number * 10);
            made.write(&own.join(format!("D/{number:03}.heapsnapshot")));
        }
        Dump {
            folder: own,
            nodes: (each * count) as usize,
            last_id: 7,
        }
    });
    println!("\nmany dumps ({} to {DUMPS} of {each} nodes)", DUMPS / 4);
    for command in commands {
        let taken = dumps.each_ref().map(|dump| run(command, "Item", dump));
        tell("many dumps", command, taken, dumps[2].nodes, faults);
    }
    for dump in dumps {
        fs::remove_dir_all(dump.folder).unwrap();
    }
}

/// Runs a command; gives its seconds of the processor, and the most memory that it took, in bytes.
fn run(command: &str, class: &str, dump: &Dump) -> (f64, u64) {
    let (log, output) = (dump.folder.join("log"), dump.folder.join("O"));
    fs::create_dir_all(&output).unwrap();
    let _ = fs::remove_file(&log);
    let mut words = Vec::new();
    for word in command.split(' ') {
        let word = match word {
            "F" => "D/1.heapsnapshot".to_owned(),
            "G" => "D/2.heapsnapshot".to_owned(),
            "I" => dump.last_id.to_string(),
            "C" => class.to_owned(),
            // Questions have blanks.
            word => word.replace('|', " | ").replace('_', " "),
        };
        words.push(word);
    }
    if !command.starts_with("redact") && !command.starts_with("index") {
        words.push("--no-index".to_owned());
    }
    let before = processor("children");
    let done = Command::new(env!("CARGO_BIN_EXE_heaptui"))
        .args(&words)
        .current_dir(&dump.folder)
        .env("XDG_CACHE_HOME", &output)
        .env("HEAPTUI_LOG", &log)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let taken = processor("children") - before;
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        matches!(done.status.code(), Some(0 | 1 | 3)),
        "{command}: {said}"
    );
    let log = fs::read_to_string(log).unwrap();
    let end = log.lines().last().unwrap_or_default();
    let most = end
        .rsplit_once("at most ")
        .and_then(|(_, most)| most.split(' ').next()?.parse().ok());
    (taken, most.unwrap_or(0))
}

/// Seconds that this process or those that it waited for have used; where the system does not say, that have passed.
fn processor(whose: &str) -> f64 {
    thread_local! {
        static BEGIN: Instant = Instant::now();
    }
    const TICK: f64 = 0.01;
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .rsplit_once(") ")
        .map(|(_, rest)| {
            rest.split(' ')
                .filter_map(|field| field.parse().ok())
                .collect()
        })
        .unwrap_or_default();
    // The state, which is no number, is the third.
    let at = if whose == "self" { 10 } else { 12 };
    match fields.get(at..at + 2) {
        Some([user, system]) => (user + system) * TICK,
        _ => BEGIN.with(|begin| begin.elapsed().as_secs_f64()),
    }
}

fn tell(shape: &str, what: &str, taken: [(f64, u64); 3], nodes: usize, faults: &mut Vec<String>) {
    let [n, twice, four] = taken.map(|(seconds, _)| seconds);
    let (first, second) = (twice / n.max(0.01), four / twice.max(0.01));
    // Both halves of a doubling must be long enough to be told from the clock's steps.
    let is_fault = four >= TELLING && twice >= TELLING / 4.0 && second > MOST;
    let each = taken[2].1 / nodes.max(1) as u64;
    let mark = if is_fault { "!" } else { " " };
    let line =
        format!("{what:44} {n:7.2} {twice:7.2} {four:7.2}  x{first:<5.2} x{second:<5.2} {each:6}");
    println!("{mark} {line}");
    if is_fault {
        faults.push(format!("{shape}: {line}"));
    }
}
