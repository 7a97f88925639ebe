//! What a report says. Texts are not escaped: whoever draws them does that.

use serde::{Serialize, Serializer};

use crate::analysis::originals::Original;
use crate::analysis::suspects::Outcome;
use crate::source::CodePlace;
use crate::text::mask::Reveal;
use crate::text::span::SpanKind;

use super::gc::Collections;
use super::said::Said;

/// A report.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Whether there is a leak.
    #[serde(serialize_with = "word")]
    pub verdict: Outcome,
    /// What happened, in one sentence.
    pub summary: Said,
    /// How much the heap grew.
    pub impact: Impact,
    /// The dumps.
    pub snapshots: Vec<Taken>,
    /// The classes that grow, worst first.
    pub growing: Vec<Growing>,
    /// What takes most of the last dump.
    pub consumers: Vec<Consumer>,
    /// The accused; the most suspicious one where nothing is accused.
    pub leaks: Vec<Leak>,
    /// How each figure can be had again.
    pub commands: Vec<Command>,
    /// What limits all this.
    pub caveats: Vec<Said>,
    /// What the garbage collector did.
    pub gc: Option<Collections>,
    /// What became of it after a fix.
    pub validation: Option<Validation>,
}

/// How much the heap grew.
#[derive(Debug, Clone, Serialize)]
pub struct Impact {
    /// The total size of the first dump, in bytes.
    pub first_size: u64,
    /// The total size of the last dump, in bytes.
    pub last_size: u64,
    /// The difference.
    pub growth_bytes: i64,
    /// The difference in percent of the first.
    pub growth_percent: f64,
    /// The time between both, in seconds; `None` where it is not known.
    pub span_seconds: Option<f64>,
    /// The difference in an hour; `None` where the time is not known, or too short to tell.
    pub growth_per_hour: Option<i64>,
    /// The share of the heap's growth that the likely leaks explain, 0 to 1.
    pub explained: Option<f64>,
    /// The same of the growth of JavaScript data: without code and the engine's own.
    pub explained_of_data: Option<f64>,
}

/// A dump.
#[derive(Debug, Clone, Serialize)]
pub struct Taken {
    /// `s1` and so on.
    pub label: String,
    /// The file's name.
    pub file: Said,
    /// When it was taken.
    pub taken_at: Option<String>,
    /// `name` or `mtime`.
    pub time_source: Option<&'static str>,
    /// Size of the heap in bytes.
    pub total_size: Option<u64>,
    /// Objects.
    pub objects: Option<u64>,
    /// Size of the file in bytes.
    pub file_bytes: Option<u64>,
}

/// A class as it was written before a bundler or a compiler renamed it.
#[derive(Debug, Clone, Serialize)]
pub struct Written {
    /// Its name there.
    pub name: Option<Said>,
    /// The source's name by the map.
    pub source: Said,
    /// From 1.
    pub line: u64,
    /// From 1, in UTF-16 code units.
    pub column: u64,
}

impl Written {
    /// As it may be shown.
    pub fn of(original: &Original, reveal: Reveal) -> Self {
        let name = |name: &String| Said::name(SpanKind::Name, name, reveal);
        Self {
            name: original.name.as_ref().map(name),
            source: Said::name(SpanKind::Place, &original.source, reveal),
            line: original.line,
            column: original.column,
        }
    }
}

/// A class that grows.
#[derive(Debug, Clone, Serialize)]
pub struct Growing {
    /// The class.
    pub class: Said,
    /// The same for people: `SessionStore (Zx)` where it was written by another name.
    #[serde(skip)]
    pub name: Said,
    /// The class as it was written, where a map tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Written>,
    /// Where its constructor was written.
    pub place: Option<Said>,
    /// Objects in each dump.
    pub counts: Vec<Option<u64>>,
    /// What they retain in each dump, in bytes.
    pub retained_sizes: Vec<Option<u64>>,
    /// How it goes.
    pub verdict: &'static str,
}

/// What takes much of the last dump.
#[derive(Debug, Clone, Serialize)]
pub struct Consumer {
    /// It in words.
    pub name: Said,
    /// Its object id.
    pub id: u32,
    /// What it retains, in bytes.
    pub retained_size: u64,
    /// The share of the heap, 0 to 1.
    pub share: f64,
    /// What most of it is.
    pub mostly: Option<Piled>,
    /// From the root to it.
    pub path: Vec<Hop>,
}

/// Objects of a class.
#[derive(Debug, Clone, Serialize)]
pub struct Piled {
    /// The class.
    pub class: Said,
    /// The same for people: `SessionStore (Zx)` where it was written by another name.
    #[serde(skip)]
    pub name: Said,
    /// The class as it was written, where a map tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Written>,
    /// How many, in each dump.
    pub counts: Vec<u64>,
    /// Whether that is all of the dump's.
    pub whole_dump: bool,
}

/// One step of a path, or several of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hop {
    /// The property, variable or element; `None` at the root.
    pub edge: Option<Said>,
    /// The object at its end.
    pub object: Said,
    /// Its id; of several steps that of the first.
    pub id: u32,
    /// What it retains, in bytes.
    pub retained_size: u64,
    /// Where its code or constructor is, where that says more than its name.
    pub place: Option<Said>,
    /// How many steps of the path it stands for: 1, or those that are the runtime's own.
    pub steps: usize,
    /// How many times it comes in a row, by itself or with the others of the same number.
    pub times: usize,
    /// Steps of a long path that are left out before this one.
    pub left_out: usize,
}

/// A holder of a growing number of objects.
#[derive(Debug, Clone, Serialize)]
pub struct Leak {
    /// 1 is the worst.
    pub rank: usize,
    /// Whether it is an accusation.
    pub accused: bool,
    /// From 0 to 1.
    pub confidence: f64,
    /// The pattern, as elsewhere.
    pub pattern: &'static str,
    /// What makes it the same leak in another run: `LK-` and eight digits.
    pub signature: String,
    /// The pattern for people.
    #[serde(skip)]
    pub pattern_words: &'static str,
    /// The holder in words.
    pub holder_name: Said,
    /// The same without data, whatever else the report reveals.
    pub holder_masked: Said,
    /// Its object id.
    pub holder_id: u32,
    /// What piles up.
    pub leaked: Vec<Piled>,
    /// What the holder alone keeps, in each dump, in bytes.
    pub retained_sizes: Vec<u64>,
    /// How much that grew.
    pub growth_bytes: i64,
    /// The same in an hour; `None` where the time is not known, or too short to tell.
    pub growth_per_hour: Option<i64>,
    /// What piles up, and how much.
    pub what: Said,
    /// Why it is not collected.
    pub why: Said,
    /// What the confidence comes from.
    pub evidence: Said,
    /// What to change.
    pub advice: Said,
    /// Where, if that is in several places: what a change in all of them frees, then each; else nothing.
    pub places: Vec<Said>,
    /// What speaks against it, or would.
    pub against: Said,
    /// The line to change, with its code.
    pub change: Option<CodePlace>,
    /// The application's own function that creates what piles up, and its place, where a sampling profile tells.
    pub created_in: Option<Said>,
    /// From the root to the holder.
    pub path: Vec<Hop>,
    /// From the holder to one of the objects that pile up.
    pub below: Vec<Hop>,
}

/// A command that prints a figure of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// Which figures.
    pub figures: String,
    /// The command, quoted for a shell.
    pub command: String,
}

/// What became of it after a fix.
#[derive(Debug, Clone, Serialize)]
pub struct Validation {
    /// `gone`, `still-there`, `unclear` or `nothing-to-compare`.
    pub verdict: &'static str,
    /// The same in a sentence.
    pub summary: Said,
    /// How the heap grew before, in words.
    pub heap_before: String,
    /// How it grows after.
    pub heap_after: String,
    /// Each leak of before.
    pub leaks: Vec<Compared>,
    /// How the figures of the time after can be had.
    pub commands: Vec<Command>,
}

/// A leak before and after.
#[derive(Debug, Clone, Serialize)]
pub struct Compared {
    /// Who was accused.
    pub holder_name: Said,
    /// What piled up.
    pub class: Said,
    /// How many in each dump before.
    pub counts_before: Vec<u64>,
    /// How many in each dump after.
    pub counts_after: Vec<u64>,
    /// What became of it, in words.
    pub outcome: String,
    /// `gone`, `still-there` or `unclear`.
    pub verdict: &'static str,
}

/// Outcomes are written as their words.
fn word<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(outcome.as_str())
}
