//! `check`: a gate that fails on a leak and on limits that are exceeded, and says so where it cannot tell.

use std::time::Duration;

use serde::Serialize;

use crate::analysis::growth::TELLING;
use crate::analysis::suspects::Outcome;
use crate::cli::args::{Check, MaxCount};
use crate::cli::stop::Stop;
use crate::cli::suspicion::{Content, Suspicion, look};
use crate::error::{Error, Result};
use crate::series::State;
use crate::text::units::{bytes, bytes_delta, duration, grouped};

#[derive(Serialize)]
struct Document<'a> {
    reasons: &'a [String],
    #[serde(flatten)]
    content: Content<'a>,
}

pub(super) fn run(arguments: &Check) -> std::result::Result<(), Stop> {
    let suspicion = look(&arguments.series, &arguments.source.options())?;
    refuse_unread(&suspicion)?;
    let mut reasons: Vec<String> = suspicion
        .accused()
        .map(|suspect| {
            let leaked = suspect.leaked.first();
            let what = leaked.map_or(String::new(), |leaked| {
                let counts: Vec<String> =
                    leaked.counts.iter().map(|&count| grouped(count)).collect();
                format!(": {} {}", leaked.class, counts.join(" → "))
            });
            format!(
                "leak: {}{what}, {}",
                suspect.holder_name,
                bytes_delta(suspect.growth_bytes)
            )
        })
        .collect();
    let leaks = !reasons.is_empty();
    let (outcome, mut doubts) = suspicion.outcome();
    for limit in limits(arguments, &suspicion) {
        match limit {
            Limit::Exceeded(words) => reasons.push(words),
            Limit::Unknown(words) => doubts.push(words),
        }
    }
    let (verdict, end) = match (leaks, reasons.is_empty()) {
        (true, _) => (Outcome::Leak.as_str(), Err(Stop::Failed)),
        (false, false) => ("limit", Err(Stop::Failed)),
        (false, true) if outcome == Outcome::Inconclusive || !doubts.is_empty() => {
            let end = match arguments.allow_inconclusive {
                true => Ok(()),
                false => Err(Stop::Inconclusive),
            };
            (Outcome::Inconclusive.as_str(), end)
        }
        (false, true) => (Outcome::Healthy.as_str(), Ok(())),
    };
    let mut lines = suspicion.heading(format!("{verdict} · {}", suspicion.span()));
    let told = |doubt: &String| suspicion.findings.caveats.contains(doubt);
    lines.extend(reasons.iter().cloned());
    lines.extend(
        doubts
            .iter()
            .filter(|doubt| !told(doubt))
            .map(|doubt| format!("note: {doubt}")),
    );
    if verdict == Outcome::Inconclusive.as_str() {
        reasons = doubts;
    }
    let content = |shown| Document {
        reasons: &reasons,
        content: suspicion.content(verdict, shown),
    };
    match suspicion.print(&arguments.format, arguments.limit, lines, content) {
        // The verdict stands, whether or not anybody reads on: `heaptui check dumps/ | head -1` is a gate, too.
        Ok(()) | Err(Stop::Closed) => end,
        Err(error) => Err(error),
    }
}

/// What was named must be readable: a gate that looked at something else would pass for the wrong reason.
fn refuse_unread(suspicion: &Suspicion) -> Result<()> {
    let groups = suspicion.chosen.folder.groups.iter();
    let all = groups.flat_map(|group| &group.series.dumps);
    let mut named = suspicion
        .unread()
        .chain(all.filter(|dump| dump.state != State::Complete))
        .filter(|dump| dump.is_named());
    if let Some(dump) = named.next() {
        let problem = dump.problem.as_deref().unwrap_or_default();
        let words = format!("{}: {problem}", dump.state);
        return Err(Error::usage(words).in_file(&dump.path));
    }
    match suspicion.chosen.series.problems.first() {
        Some(problem) => Err(problem.clone()),
        None => Ok(()),
    }
}

/// A limit that does not simply hold, in words.
enum Limit {
    Exceeded(String),
    /// It cannot be told whether it holds.
    Unknown(String),
}

/// The limits that are exceeded, or cannot be judged.
fn limits(arguments: &Check, suspicion: &Suspicion) -> Vec<Limit> {
    let mut found = Vec::new();
    let (first, last) = suspicion.totals;
    let growth = match suspicion.dumps.len() {
        1 => 0,
        _ => last as i64 - first as i64,
    };
    let over = |growth: i64, limit: u64| u64::try_from(growth).is_ok_and(|growth| growth > limit);
    if let Some(limit) = arguments.max_growth
        && over(growth, limit)
    {
        found.push(Limit::Exceeded(format!(
            "the heap grew by {}, more than {}",
            bytes(growth.unsigned_abs()),
            bytes(limit)
        )));
    }
    if let Some(limit) = arguments.max_growth_per_hour {
        match span(suspicion) {
            None => found.push(Limit::Unknown(
                "--max-growth-per-hour was not judged: the times of the dumps are not known, or do not differ; \
                 heaptui info shows them"
                    .to_owned(),
            )),
            Some(span) if span < TELLING => found.push(Limit::Unknown(format!(
                "--max-growth-per-hour was not judged: the dumps are only {} apart, and less than a minute tells no rate",
                duration(span)
            ))),
            Some(span) => {
                let rate = (growth as f64 / (span.as_secs_f64() / 3600.0)).round() as i64;
                if over(rate, limit) {
                    found.push(Limit::Exceeded(format!(
                        "the heap grows by {} an hour ({} in {}), more than {}",
                        bytes(rate.unsigned_abs()),
                        bytes(growth.unsigned_abs()),
                        duration(span),
                        bytes(limit)
                    )));
                }
            }
        }
    }
    for MaxCount {
        class,
        count: limit,
    } in &arguments.max_count
    {
        let heap = &suspicion.heap;
        let nodes = heap.graph().nodes();
        let count = nodes
            .filter(|&node| heap.shallow(node) > 0 && heap.class_name(node) == class)
            .count() as u64;
        if count > *limit {
            found.push(Limit::Exceeded(format!(
                "there are {} {class}, more than {}",
                grouped(count),
                grouped(*limit)
            )));
        }
    }
    found
}

/// The time between the first and the last dump.
fn span(suspicion: &Suspicion) -> Option<Duration> {
    let first = suspicion.dumps.first()?.time()?;
    let last = suspicion.dumps.last()?.time()?;
    let span = Duration::try_from(last.duration_since(first)).ok()?;
    (!span.is_zero()).then_some(span)
}
