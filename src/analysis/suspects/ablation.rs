//! What each rule and each weight earns: labelled series are searched with one of them left out.
//!
//! `HEAPTUI_SERIES=DIR cargo test --release --lib ablation -- --ignored --nocapture` prints the table for the series in the
//! folders of `DIR`, each with its `truth.json`: `verdict`, and patterns for `holder` and `class`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use regex::Regex;
use serde::Deserialize;

use crate::analysis::describe::Scripts;
use crate::heap::Heap;
use crate::task::Task;

use super::suspect::Findings;
use super::weights::{CHOSEN, Factor, INSTEAD, LEFT_OUT, Rule, Weights};
use super::{LIKELY_LEAK, find};

/// What a series is.
#[derive(Deserialize)]
struct Truth {
    verdict: String,
    holder: String,
    class: String,
}

/// A series with its truth.
struct Labelled {
    dumps: Vec<Arc<Heap>>,
    truth: Truth,
}

/// How many series are told as their truth says.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    leaks: usize,
    healthy: usize,
    /// How far confidences are from the line on the right side of it, in all.
    margin: f64,
}

const RULES: [Rule; 9] = [
    Rule::Climb,
    Rule::JoinShapes,
    Rule::Descend,
    Rule::CoHolders,
    Rule::RuntimesLast,
    Rule::SameMembers,
    Rule::Siblings,
    Rule::Bounded,
    Rule::Tables,
];

/// A name, and how to take the weight away.
type Without = (&'static str, fn(&mut Weights));

const NOTHING: Factor = Factor { least: 1.0 };

const WEIGHTS: [Without; 17] = [
    ("bytes that make an interval up", |w| {
        w.up_bytes = f64::INFINITY
    }),
    ("a share that makes it up", |w| w.up_share = 0.0),
    ("idle intervals", |w| {
        (w.idle_share, w.idle_ids) = (0.0, 0.0)
    }),
    ("survival", |w| w.survives = 0.0),
    ("drained", |w| w.drained = f64::MIN_POSITIVE),
    ("share of growth", |w| w.share = NOTHING),
    ("evenness", |w| w.evenness = NOTHING),
    ("homogeneity", |w| w.homogeneity = NOTHING),
    ("dying down", |w| w.dying = 1.0),
    ("little growth", |w| w.little = 1.0),
    ("last interval", |w| (w.last_idle, w.last_flat) = (1.0, 1.0)),
    ("few", |w| w.few = NOTHING),
    ("shared with others", |w| w.shared = 1.0),
    ("entries of others", |w| w.least_entries = i64::MAX),
    ("bytes without objects", |w| {
        w.least_bytes_only = f64::INFINITY
    }),
    ("steadiness in the runtime", |w| w.steady = f64::INFINITY),
    ("roots come last", |w| w.roots_rank = 1.0),
];

/// The labelled series in the folders of a folder.
fn labelled(folder: &Path) -> Vec<Labelled> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("truth.json").exists())
        .collect();
    folders.sort();
    folders.iter().map(|path| one(path)).collect()
}

fn one(folder: &Path) -> Labelled {
    let truth = std::fs::read(folder.join("truth.json")).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".heapsnapshot"))
        .collect();
    files.sort();
    let load = |path: &PathBuf| Arc::new(Heap::open(path, &Task::new()).unwrap());
    Labelled {
        dumps: files.iter().map(load).collect(),
        truth: serde_json::from_slice(&truth).unwrap(),
    }
}

fn search(dumps: &[Arc<Heap>]) -> Findings {
    let times = vec![None; dumps.len()];
    let task = Task::new();
    let scripts = |heap: &Heap| Scripts::build(heap, &task).map(Arc::new);
    find(&times, |at| Ok(Arc::clone(&dumps[at])), scripts, &task).unwrap()
}

/// The confidence of the first suspect, and whether it is the one that the truth names.
fn told(findings: &Findings, truth: &Truth) -> (f64, bool) {
    let Some(suspect) = findings.suspects.first() else {
        return (0.0, false);
    };
    let (holder, class) = (
        Regex::new(&truth.holder).unwrap(),
        Regex::new(&truth.class).unwrap(),
    );
    let others = suspect.co_holders.iter().map(|other| &other.name);
    let names = std::iter::once(&suspect.holder_name).chain(others);
    let is_holder = names.into_iter().any(|name| holder.is_match(&name.plain()));
    let is_class = suspect
        .leaked
        .iter()
        .any(|leaked| class.is_match(&leaked.class));
    (suspect.confidence, is_holder && is_class)
}

fn score(series: &[Labelled]) -> Score {
    let mut score = Score::default();
    for Labelled { dumps, truth } in series {
        let (confidence, is_right) = told(&search(dumps), truth);
        if truth.verdict == "leak" {
            score.leaks += usize::from(is_right && confidence >= LIKELY_LEAK);
            score.margin += if is_right {
                confidence - LIKELY_LEAK
            } else {
                0.0
            };
        } else {
            score.healthy += usize::from(confidence < LIKELY_LEAK);
            score.margin += LIKELY_LEAK - confidence;
        }
    }
    score
}

#[test]
#[ignore = "a program: it needs labelled series, and minutes"]
fn table() {
    let folder = std::env::var_os("HEAPTUI_SERIES").expect("HEAPTUI_SERIES names the folder");
    let series = labelled(Path::new(&folder));
    let all = score(&series);
    println!(
        "{:<34} {:>5} {:>7} {:>7}",
        "without", "leaks", "healthy", "margin"
    );
    let row = |name: &str, found: Score| {
        let changed = if (found.leaks, found.healthy) == (all.leaks, all.healthy) {
            ""
        } else {
            " *"
        };
        println!(
            "{name:<34} {:>5} {:>7} {:>7.2}{changed}",
            found.leaks, found.healthy, found.margin
        );
    };
    row("nothing", all);
    for rule in RULES {
        LEFT_OUT.set(Some(rule));
        row(&format!("{rule:?}"), score(&series));
        LEFT_OUT.set(None);
    }
    for (name, take_away) in WEIGHTS {
        let mut weights = CHOSEN;
        take_away(&mut weights);
        INSTEAD.set(Some(Box::leak(Box::new(weights))));
        row(name, score(&series));
        INSTEAD.set(None);
    }
}
