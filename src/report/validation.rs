//! Before a fix and after it.

use crate::analysis::growth::{GrowthRow, Measure, TELLING, Verdict as Course};
use crate::analysis::suspects::Suspect;
use crate::text::span::{SpanKind, Spans};
use crate::text::units::{bytes, duration, grouped, grouped_delta};

use super::commands::command;
use super::model::{Compared, Validation};
use super::rate::growth_words;
use super::said::Said;
use super::{Beside, Study};

const GONE: &str = "gone";
const THERE: &str = "still-there";
const UNCLEAR: &str = "unclear";

/// Compares the growth before and after a fix; `None` where only one of them is known.
pub(super) fn validate(study: &Study, beside: &Beside<'_>) -> Option<Validation> {
    let (before, after) = match (beside.before, beside.after) {
        (None, None) => return None,
        (Some(before), after) => (before, after.unwrap_or(study)),
        (None, Some(after)) => (study, after),
    };
    let accused = before
        .findings
        .suspects
        .iter()
        .filter(|suspect| suspect.is_likely_leak());
    let leaks: Vec<Compared> = accused
        .map(|suspect| compare(suspect, before, after, beside))
        .collect();
    let new: Vec<&Suspect> = after
        .findings
        .suspects
        .iter()
        .filter(|suspect| suspect.is_likely_leak())
        .filter(|suspect| {
            !before
                .findings
                .suspects
                .iter()
                .any(|old| old.is_likely_leak() && is_same(old, suspect))
        })
        .collect();
    let verdict = verdict_of(&leaks);
    let summary = summary(verdict, new.first().copied());
    let (heap_before, heap_after) = (heap(before), heap(after));
    Some(Validation {
        verdict,
        summary: Said::of(&summary, beside.reveal),
        heap_before,
        heap_after,
        leaks,
        commands: vec![
            command("the growth before", "trend", before, &[]),
            command("the growth after", "trend", after, &[]),
            command("whether anything leaks after", "check", after, &[]),
        ],
    })
}

/// What the leaks before the fix come to.
fn verdict_of(leaks: &[Compared]) -> &'static str {
    let has = |verdict| leaks.iter().any(|leak| leak.verdict == verdict);
    match () {
        () if has(THERE) => THERE,
        () if leaks.is_empty() => "nothing-to-compare",
        () if has(UNCLEAR) => UNCLEAR,
        () => GONE,
    }
}

/// The verdict in a sentence; `new` leaks since the fix.
fn summary(verdict: &str, new: Option<&Suspect>) -> Spans {
    let summary = Spans::from(match verdict {
        THERE => "The leak is still there.",
        GONE => "The leak is gone.",
        UNCLEAR => "Whether the leak is gone cannot be told from these dumps.",
        _ => "No leak was found before the fix, so there is nothing to compare.",
    });
    match new {
        Some(new) => summary
            .note(" But ")
            .then(new.holder_name.clone())
            .note(" leaks now."),
        None => summary,
    }
}

/// How a heap grows, in words.
fn heap(study: &Study) -> String {
    let (first, last) = study.totals();
    let span = study.growth.span.filter(|span| !span.is_zero());
    let time = match span {
        Some(span) if span >= TELLING => format!(" in {}", duration(span)),
        _ => String::new(),
    };
    format!(
        "{} → {}{time} over {} dumps ({})",
        bytes(first),
        bytes(last),
        study.dumps.len(),
        growth_words(last as i64 - first as i64, span)
    )
}

/// Whether two suspects of different processes are the same leak: by signature, or because the same class piles up in
/// another holder, as after a fix that only moved it.
fn is_same(a: &Suspect, b: &Suspect) -> bool {
    let class = |suspect: &Suspect| suspect.leaked.first().map(|leaked| leaked.class.clone());
    a.signature.id == b.signature.id || class(a).is_some() && class(a) == class(b)
}

fn compare(suspect: &Suspect, before: &Study, after: &Study, beside: &Beside<'_>) -> Compared {
    let first = suspect.leaked.first();
    let class = first.map_or("", |leaked| leaked.class.as_str());
    let counts_before = first.map_or(Vec::new(), |leaked| leaked.counts.clone());
    let still = after
        .findings
        .suspects
        .iter()
        .find(|other| other.is_likely_leak() && is_same(suspect, other));
    let rows: Vec<&GrowthRow> = after
        .growth
        .rows
        .iter()
        .filter(|row| row.class.name == class)
        .collect();
    let leaked = still.and_then(|other| other.leaked.iter().find(|leaked| leaked.class == class));
    let counts_after = match leaked {
        Some(leaked) => leaked.counts.clone(),
        None => (0..after.dumps.len())
            .map(|dump| count_in(&rows, dump))
            .collect(),
    };
    let enough = after.dumps.len() >= 3 && after.findings.comparable;
    let is_growing =
        |row: &&GrowthRow| row.verdict == Course::Growing && row.rise(Measure::Count) > 0;
    // A holder that is generic in class says nothing by its class alone.
    let grows = rows.iter().any(is_growing) && first.is_some_and(|leaked| leaked.whole_dump);
    let (verdict, outcome) = match still {
        Some(other) => (
            THERE,
            format!(
                "still a likely leak: {} after the fix",
                growth_words(other.growth_bytes, other.span)
            ),
        ),
        None => {
            let (verdict, outcome) = without_leak(enough, grows, &counts_after);
            (verdict, outcome.to_owned())
        }
    };
    let rates = per_hour(before, &counts_before).zip(per_hour(after, &counts_after));
    let outcome = match rates {
        Some((was, is)) => format!(
            "{outcome}; {} an hour before, {} after",
            grouped_delta(was),
            grouped_delta(is)
        ),
        None => outcome,
    };
    Compared {
        holder_name: Said::of(&suspect.holder_name, beside.reveal),
        class: Said::name(SpanKind::Name, class, beside.reveal),
        counts_before,
        counts_after,
        outcome,
        verdict,
    }
}

/// The verdict on a leak that is not found after the fix, and why.
fn without_leak(enough: bool, grows: bool, counts: &[u64]) -> (&'static str, &'static str) {
    match () {
        () if !enough => (
            UNCLEAR,
            "fewer than three comparable dumps after the fix: take more, under load",
        ),
        () if grows => (UNCLEAR, "no leak found, but the objects still become more"),
        () if counts.iter().all(|&count| count == 0) => (
            GONE,
            "no longer a likely leak; there are no such objects at all, so make sure that the load was the same",
        ),
        () => (GONE, "no longer a likely leak, and no longer growing"),
    }
}

/// How many objects of these rows a dump has.
fn count_in(rows: &[&GrowthRow], dump: usize) -> u64 {
    let points = rows.iter().filter_map(|row| row.points.get(dump).copied()?);
    points.map(|point| point.count).sum()
}

/// By how many a count rises in an hour.
fn per_hour(study: &Study, counts: &[u64]) -> Option<i64> {
    let span = study.growth.span.filter(|&span| span >= TELLING)?;
    let grown = *counts.last()? as f64 - *counts.first()? as f64;
    Some((grown * 3600.0 / span.as_secs_f64()).round() as i64)
}

/// Counts with arrows.
pub(super) fn arrows(counts: &[u64]) -> String {
    counts
        .iter()
        .map(|&count| grouped(count))
        .collect::<Vec<_>>()
        .join(" → ")
}
