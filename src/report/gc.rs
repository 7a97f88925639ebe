//! What the garbage collector did: the lines that `node --trace-gc` prints.
//!
//! A line has the process and the isolate, the time since the start, the kind of collection, the heap before and after
//! with what is committed in brackets, and the pause:
//! `[7:0x5f0]  123 ms: Mark-Compact (reduce) 20.5 (32.0) -> 18.1 (31.5) MB, pooled: 0 MB, 5.80 / 0.00 ms …`. Versions
//! differ in what they call the kinds and in what follows; anything before the bracket (a container's time) is read over.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::width::cut_end;

use super::chart::chart;

/// Nothing of a line behind so many bytes is looked at.
const LINE: usize = 2048;
/// Lines of an excerpt are cut at so many columns.
const EXCERPT: usize = 140;
/// Collections that are kept; logs of months have fewer.
const MOST: usize = 4_000_000;

/// A log that was read.
#[derive(Debug, Clone, Default)]
pub struct GcLog {
    /// The collections of the isolate with most of them, in the order of the file.
    pub collections: Vec<Collection>,
    /// How many other isolates (threads, processes) there are in it.
    pub other_isolates: usize,
    /// Lines that are cut or garbled.
    pub damaged: u64,
    /// Lines that are something else.
    pub other_lines: u64,
    /// The line that says that the heap was full, if there is one.
    pub fatal: Option<String>,
}

/// One collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Collection {
    /// Time since the start of the isolate, in ms.
    pub at: f64,
    /// Whether all of the heap was collected, not only the young generation.
    pub full: bool,
    /// Heap before it, in MB as V8 counts them (2²⁰ bytes).
    pub before: f64,
    /// Heap after it, in the same MB.
    pub after: f64,
    /// How long the program stood still, in ms.
    pub pause: f64,
    /// The line.
    pub line: String,
}

impl GcLog {
    /// Reads a log.
    ///
    /// # Errors
    /// When the file cannot be read, or has no collection in it; cancellation.
    pub fn open(path: &Path, task: &Task) -> Result<Self> {
        let failed = |error: std::io::Error| Error::io("cannot read", &error).in_file(path);
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if !metadata.is_file() {
            return Err(
                Error::new(crate::error::ErrorKind::Io, "not a regular file").in_file(path),
            );
        }
        crate::save::note_input(path);
        let file = std::fs::File::open(path).map_err(failed)?;
        let log =
            Self::read(std::io::BufReader::new(file), task).map_err(|error| error.in_file(path))?;
        if log.collections.is_empty() {
            return Err(Error::usage("no line of node --trace-gc is in it")
                .in_file(path)
                .advise("start node with --trace-gc and keep what it prints to standard output"));
        }
        Ok(log)
    }

    /// Reads a log.
    ///
    /// # Errors
    /// As [`GcLog::open`], but for a log without collections.
    pub fn read(mut input: impl BufRead, task: &Task) -> Result<Self> {
        let mut log = Self::default();
        let mut isolates: HashMap<String, Vec<Collection>> = HashMap::new();
        // A process that runs out of memory prints its last lines once more.
        let mut seen: HashSet<(String, u64)> = HashSet::new();
        let mut line = Vec::new();
        let mut kept = 0;
        while next_line(&mut input, &mut line)? {
            task.check()?;
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            match read_line(text) {
                Line::Collection(isolate, collection) => {
                    if kept < MOST && seen.insert((isolate.clone(), collection.at.to_bits())) {
                        kept += 1;
                        isolates.entry(isolate).or_default().push(collection);
                    }
                }
                Line::Damaged => log.damaged += 1,
                Line::Other if text.contains("JavaScript heap out of memory") => {
                    log.fatal.get_or_insert_with(|| text.to_owned());
                }
                Line::Other => log.other_lines += u64::from(!text.is_empty()),
            }
        }
        log.other_isolates = isolates.len().saturating_sub(1);
        let most = isolates
            .into_iter()
            .max_by(|a, b| a.1.len().cmp(&b.1.len()).then_with(|| b.0.cmp(&a.0)));
        log.collections = most.map(|(_, collections)| collections).unwrap_or_default();
        Ok(log)
    }
}

/// The next line, cut at [`LINE`] bytes; false at the end.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let block = match input.fill_buf() {
            Ok(block) => block,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Error::io("cannot read", &error)),
        };
        if block.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = memchr::memchr(b'\n', block);
        let piece = &block[..end.unwrap_or(block.len())];
        let room = LINE.saturating_sub(line.len()).min(piece.len());
        line.extend_from_slice(&piece[..room]);
        let used = piece.len() + usize::from(end.is_some());
        input.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

enum Line {
    Collection(String, Collection),
    Damaged,
    Other,
}

fn read_line(text: &str) -> Line {
    match collection(text) {
        Some((isolate, collection)) => Line::Collection(isolate, collection),
        None if looks_like_one(text) => Line::Damaged,
        None => Line::Other,
    }
}

/// Whether a line was one of the collector's once.
fn looks_like_one(text: &str) -> bool {
    let begins = text.find('[').is_some_and(|at| {
        let inner = &text[at + 1..];
        let digits = inner.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && inner[digits..].starts_with(":0x")
    });
    let kind = ["Scavenge", "Mark-sweep", "Mark-Compact", "Mark-Sweep"]
        .iter()
        .any(|kind| text.contains(kind));
    begins || kind && text.contains(" MB")
}

fn collection(text: &str) -> Option<(String, Collection)> {
    let (head, rest) = text.split_once(" ms: ")?;
    let at: f64 = head.split_whitespace().next_back()?.parse().ok()?;
    let isolate = match (head.find('['), head.find(']')) {
        (Some(from), Some(to)) if from < to => head[from + 1..to].to_owned(),
        _ => String::new(),
    };
    let full = if rest.starts_with("Scavenge") || rest.starts_with("Minor") {
        false
    } else if rest.starts_with("Mark-") {
        true
    } else {
        return None;
    };
    let (sizes, behind) = rest.split_once(" MB, ")?;
    let (before, after) = sizes.split_once(" -> ")?;
    // What comes before the heap is the kind, which may have words in brackets.
    let mut before = before.rsplit(' ').filter(|word| !word.starts_with('('));
    let before: f64 = before.next()?.parse().ok()?;
    let after: f64 = after.split(' ').next()?.parse().ok()?;
    let behind = match behind.strip_prefix("pooled:") {
        Some(pooled) => pooled.split_once(" MB, ")?.1,
        None => behind,
    };
    let (pause, ends) = behind.split_once(" / ")?;
    let pause: f64 = pause.trim().parse().ok()?;
    ends.contains("ms").then_some(())?;
    let sound = [at, before, after, pause]
        .iter()
        .all(|number| number.is_finite() && *number >= 0.0);
    sound.then(|| {
        let line = text.to_owned();
        (
            isolate,
            Collection {
                at,
                full,
                before,
                after,
                pause,
                line,
            },
        )
    })
}

/// What a report tells of a log.
#[derive(Debug, Clone, Serialize)]
pub struct Collections {
    /// The log's file name.
    pub file: String,
    /// How many collections there were.
    pub count: usize,
    /// How many of them were of the whole heap.
    pub full: usize,
    /// The time between the first and the last, in ms.
    pub span_ms: f64,
    /// The heap after the first and the last full collection, in bytes; after any where there is no full one.
    pub first_after: u64,
    /// See `first_after`.
    pub last_after: u64,
    /// Of a hundred pauses 95 were at most so long, in ms.
    pub pause_p95_ms: f64,
    /// The same of full collections.
    pub full_pause_p95_ms: Option<f64>,
    /// The longest pause, in ms.
    pub longest_pause_ms: f64,
    /// All pauses together, in ms.
    pub paused_ms: f64,
    /// Lines that are cut or garbled, and were left out.
    pub damaged_lines: u64,
    /// Isolates that were left out.
    pub other_isolates: usize,
    /// The heap after each collection over time, drawn.
    pub chart: Vec<String>,
    /// The lines that tell most.
    pub excerpt: Vec<String>,
}

/// A megabyte, as V8 counts them.
const MIB: f64 = 1_048_576.0;

impl Collections {
    /// Sums up a log.
    pub fn of(file: &str, log: &GcLog) -> Self {
        let all = &log.collections;
        let full: Vec<&Collection> = all.iter().filter(|one| one.full).collect();
        let told: Vec<&Collection> = match full.len() {
            0 | 1 => all.iter().collect(),
            _ => full.clone(),
        };
        let size = |one: Option<&&Collection>| one.map_or(0, |one| (one.after * MIB) as u64);
        let ends = (all.first(), all.last());
        let points: Vec<(f64, f64)> = all.iter().map(|one| (one.at, one.after * MIB)).collect();
        Self {
            file: file.to_owned(),
            count: all.len(),
            full: full.len(),
            span_ms: ends.1.map_or(0.0, |one| one.at) - ends.0.map_or(0.0, |one| one.at),
            first_after: size(told.first()),
            last_after: size(told.last()),
            pause_p95_ms: percentile(all.iter().map(|one| one.pause)).unwrap_or(0.0),
            full_pause_p95_ms: percentile(full.iter().map(|one| one.pause)),
            longest_pause_ms: all.iter().map(|one| one.pause).fold(0.0, f64::max),
            paused_ms: all.iter().map(|one| one.pause).sum(),
            damaged_lines: log.damaged,
            other_isolates: log.other_isolates,
            chart: chart(&points),
            excerpt: excerpt(log, &told),
        }
    }
}

/// The 95th percentile, by nearest rank.
fn percentile(pauses: impl Iterator<Item = f64>) -> Option<f64> {
    let mut pauses: Vec<f64> = pauses.collect();
    pauses.sort_unstable_by(f64::total_cmp);
    let rank = (pauses.len() as f64 * 0.95).ceil() as usize;
    pauses.get(rank.saturating_sub(1)).copied()
}

/// The first and the last lines of full collections, one from the middle, and the longest pause; what was fatal.
fn excerpt(log: &GcLog, told: &[&Collection]) -> Vec<String> {
    let mut lines: Vec<&Collection> = Vec::new();
    lines.extend(told.first());
    lines.extend(told.get(told.len() / 2));
    lines.extend(told.iter().rev().take(2));
    let longest = log
        .collections
        .iter()
        .max_by(|a, b| a.pause.total_cmp(&b.pause));
    if let Some(longest) = longest {
        lines.push(longest);
    }
    lines.sort_by(|a, b| a.at.total_cmp(&b.at));
    lines.dedup_by(|a, b| a.at.to_bits() == b.at.to_bits());
    let mut texts: Vec<String> = lines.iter().map(|one| one.line.clone()).collect();
    texts.extend(log.fatal.clone());
    texts
        .iter()
        .map(|text| cut_end(&one_line(text), EXCERPT))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> GcLog {
        GcLog::read(text.as_bytes(), &Task::new()).unwrap()
    }

    /// Node 12, 18, 20 and 24, a container's prefix, and no bracket at all.
    const LINES: [(&str, bool, f64, f64, f64, f64); 7] = [
        (
            "[44729:0x4876a90]      237 ms: Scavenge 10.5 (12.1) -> 9.1 (13.3) MB, 1.5 / 0.0 ms  (average mu = 1.000, current mu = 1.000) allocation failure ",
            false,
            237.0,
            10.5,
            9.1,
            1.5,
        ),
        (
            "[44729:0x4876a90]    12237 ms: Mark-sweep 1395.9 (1425.4) -> 1395.9 (1425.4) MB, 1215.5 / 0.1 ms  (average mu = 0.16, current mu = 0.1) allocation failure scavenge might not succeed",
            true,
            12237.0,
            1395.9,
            1395.9,
            1215.5,
        ),
        (
            "[7:0x5f0]    123 ms: Mark-sweep (reduce) 2.5 (5.0) -> 1.9 (4.0) MB, 3.8 / 0.0 ms  (+ 0.0 ms in 2 steps since start of marking, biggest step 0.0 ms, walltime since start of marking 11 ms) (average mu = 1.000, current mu = 1.000) finalize incremental marking via task GC in old space requested",
            true,
            123.0,
            2.5,
            1.9,
            3.8,
        ),
        (
            "[7:0x5f0:0]    45 ms: Scavenge (interleaved) 4.6 (5.0) -> 4.2 (6.0) MB, pooled: 0.0 MB, 0.52 / 0.00 ms (average mu = 1.000, current mu = 1.000) allocation failure;",
            false,
            45.0,
            4.6,
            4.2,
            0.52,
        ),
        (
            "[7:0x5f0]    46 ms: Mark-Compact (reduce) 20.5 (32.0) -> 18.1 (31.5) MB, pooled: 1 MB, 5.80 / 0.00 ms  (average mu = 1.000, current mu = 1.000) last resort; GC in old space requested",
            true,
            46.0,
            20.5,
            18.1,
            5.8,
        ),
        (
            "2026-11-21T08:00:00Z web-1 | [1:0x5f0]    47 ms: Mark-Compact 20.5 (32.0) -> 18.1 (31.5) MB, 5.80 / 0.00 ms  (x)",
            true,
            47.0,
            20.5,
            18.1,
            5.8,
        ),
        (
            "48 ms: Scavenge 2 (3) -> 1 (3) MB, 0.5 / 0 ms",
            false,
            48.0,
            2.0,
            1.0,
            0.5,
        ),
    ];

    #[test]
    fn all_formats_are_read() {
        for (line, full, at, before, after, pause) in LINES {
            let log = read(line);
            assert_eq!(log.damaged, 0, "{line}");
            let one = &log.collections[0];
            assert_eq!(
                (one.full, one.at, one.before, one.after, one.pause),
                (full, at, before, after, pause),
                "{line}"
            );
        }
    }

    #[test]
    fn damaged_lines_are_counted_and_others_read_over() {
        let good = LINES[0].0;
        let text = format!(
            "listening on 8080\n{good}\n{}\n[44729:0x4876a90]   9 ms: Scavenge 1\u{0}x (2) -> \n\n<--- Last few GCs --->\n{good}\nFATAL ERROR: JavaScript heap out of memory\n[9:0x1] 1 ms: Scavenge 1 (1) -> 1 (1) MB, 0 / 0 ms",
            &good[..40]
        );
        let log = read(&text);
        assert_eq!(
            (log.collections.len(), log.damaged, log.other_lines),
            (1, 2, 2)
        );
        assert_eq!(log.other_isolates, 1);
        assert!(log.fatal.unwrap().starts_with("FATAL"));
        let endless = vec![b'x'; 3 * LINE];
        assert_eq!(
            GcLog::read(&endless[..], &Task::new()).unwrap().other_lines,
            1
        );
    }

    #[test]
    fn figures_of_a_log() {
        let lines: Vec<String> = (0..100)
            .map(|n| {
                format!(
                    "[1:0x1] {} ms: Mark-Compact {}.0 (50.0) -> {n}.0 (50.0) MB, {}.0 / 0.0 ms",
                    n * 10,
                    n + 1,
                    n + 1
                )
            })
            .collect();
        let found = Collections::of("gc.log", &read(&lines.join("\n")));
        assert_eq!((found.count, found.full), (100, 100));
        assert_eq!(
            (found.pause_p95_ms, found.longest_pause_ms, found.paused_ms),
            (95.0, 100.0, 5050.0)
        );
        assert_eq!((found.first_after, found.last_after), (0, 99 * 1_048_576));
        assert_eq!(found.excerpt.len(), 4);
        assert!(found.excerpt[0].contains(" 0 ms: "));
        assert!(!found.chart.is_empty());
    }
}
