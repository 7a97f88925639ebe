//! Before a fix and after it.

use crate::analysis::growth::{Measure, TELLING, Verdict as Course};
use crate::analysis::suspects::Suspect;
use crate::text::span::{SpanKind, Spans};
use crate::text::units::{bytes, duration, grouped};

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
    let verdict = if leaks.iter().any(|leak| leak.verdict == THERE) {
        THERE
    } else if leaks.is_empty() {
        "nothing-to-compare"
    } else if leaks.iter().any(|leak| leak.verdict == UNCLEAR) {
        UNCLEAR
    } else {
        GONE
    };
    let (heap_before, heap_after) = (heap(before), heap(after));
    let mut summary = match verdict {
        THERE => Spans::from("The leak is still there."),
        GONE => "The leak is gone.".into(),
        UNCLEAR => "Whether the leak is gone cannot be told from these dumps.".into(),
        _ => "No leak was found before the fix, so there is nothing to compare.".into(),
    };
    if let Some(first) = new.first() {
        summary = summary
            .note(" But ")
            .then(first.holder_name.clone())
            .note(" leaks now.");
    }
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
    let rows: Vec<_> = after
        .growth
        .rows
        .iter()
        .filter(|row| row.class.name == class)
        .collect();
    let counts_after: Vec<u64> =
        match still.and_then(|other| other.leaked.iter().find(|leaked| leaked.class == class)) {
            Some(leaked) => leaked.counts.clone(),
            None => (0..after.dumps.len())
                .map(|dump| {
                    let counts = rows
                        .iter()
                        .filter_map(|row| row.points.get(dump).copied().flatten());
                    counts.map(|point| point.count).sum()
                })
                .collect(),
        };
    let enough = after.dumps.len() >= 3 && after.findings.comparable;
    let grows = rows
        .iter()
        .any(|row| row.verdict == Course::Growing && row.rise(Measure::Count) > 0);
    let (verdict, outcome) = match (still, enough) {
        (Some(other), _) => (
            THERE,
            format!(
                "still a likely leak: {} after the fix",
                growth_words(other.growth_bytes, other.span)
            ),
        ),
        (None, false) => (
            UNCLEAR,
            "fewer than three comparable dumps after the fix: take more, under load".to_owned(),
        ),
        // A holder that is generic in class says nothing by its class alone.
        (None, true) if grows && first.is_some_and(|leaked| leaked.whole_dump) => (
            UNCLEAR,
            "no leak found, but the objects still become more".to_owned(),
        ),
        (None, true) if counts_after.iter().all(|&count| count == 0) => (
            GONE,
            "no longer a likely leak; there are no such objects at all, so make sure that the load was the same".to_owned(),
        ),
        (None, true) => (GONE, "no longer a likely leak, and no longer growing".to_owned()),
    };
    let per_hour = |study: &Study, counts: &[u64]| {
        let span = study.growth.span.filter(|&span| span >= TELLING)?;
        let grown = *counts.last()? as f64 - *counts.first()? as f64;
        Some((grown * 3600.0 / span.as_secs_f64()).round() as i64)
    };
    let rates = per_hour(before, &counts_before).zip(per_hour(after, &counts_after));
    let outcome = match rates {
        Some((was, is)) => format!(
            "{outcome}; {} an hour before, {} after",
            crate::text::units::grouped_delta(was),
            crate::text::units::grouped_delta(is)
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

/// Counts with arrows.
pub(super) fn arrows(counts: &[u64]) -> String {
    counts
        .iter()
        .map(|&count| grouped(count))
        .collect::<Vec<_>>()
        .join(" → ")
}
