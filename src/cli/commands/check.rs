//! `check`: a gate that fails on a leak, and on limits that are exceeded.

use std::time::Duration;

use serde::Serialize;

use crate::cli::args::{Check, MaxCount};
use crate::cli::stop::Stop;
use crate::cli::suspicion::{Content, Suspicion, look};
use crate::error::{Error, Result};
use crate::text::units::{bytes, bytes_delta, duration, grouped};

#[derive(Serialize)]
struct Document<'a> {
    verdict: &'static str,
    reasons: &'a [String],
    #[serde(flatten)]
    content: Content<'a>,
}

pub(super) fn run(arguments: &Check) -> std::result::Result<(), Stop> {
    let suspicion = look(&arguments.series)?;
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
    reasons.extend(exceeded(arguments, &suspicion)?);
    let verdict = match (leaks, reasons.is_empty()) {
        (true, _) => "leak",
        (false, false) => "limit-exceeded",
        (false, true) if suspicion.dumps.len() < 3 || !suspicion.findings.comparable => {
            "inconclusive"
        }
        (false, true) => "ok",
    };
    let mut lines = suspicion.heading(format!("{verdict} · {}", suspicion.span()));
    lines.extend(reasons.iter().cloned());
    let content = |shown| Document {
        verdict,
        reasons: &reasons,
        content: suspicion.content(shown),
    };
    match suspicion.print(&arguments.format, arguments.limit, lines, content) {
        // The verdict stands, whether or not anybody reads on: `heaptui check dumps/ | head -1` is a gate, too.
        Ok(()) | Err(Stop::Closed) if !reasons.is_empty() => Err(Stop::Failed),
        printed => printed,
    }
}

/// The limits that are exceeded, in words.
fn exceeded(arguments: &Check, suspicion: &Suspicion) -> Result<Vec<String>> {
    let mut reasons = Vec::new();
    let (first, last) = suspicion.totals;
    let growth = match suspicion.dumps.len() {
        1 => 0,
        _ => last as i64 - first as i64,
    };
    let over = |growth: i64, limit: u64| u64::try_from(growth).is_ok_and(|growth| growth > limit);
    if let Some(limit) = arguments.max_growth
        && over(growth, limit)
    {
        reasons.push(format!(
            "the heap grew by {}, more than {}",
            bytes(growth.unsigned_abs()),
            bytes(limit)
        ));
    }
    if let Some(limit) = arguments.max_growth_per_hour {
        let span = span(suspicion).ok_or_else(|| {
            Error::usage("--max-growth-per-hour needs two dumps whose times are known and differ")
                .advise("heaptui info shows the times")
        })?;
        let hours = span.as_secs_f64() / 3600.0;
        let rate = (growth as f64 / hours).round() as i64;
        if over(rate, limit) {
            reasons.push(format!(
                "the heap grows by {} an hour ({} in {}), more than {}",
                bytes(rate.unsigned_abs()),
                bytes(growth.unsigned_abs()),
                duration(span),
                bytes(limit)
            ));
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
            reasons.push(format!(
                "there are {} {class}, more than {}",
                grouped(count),
                grouped(*limit)
            ));
        }
    }
    Ok(reasons)
}

/// The time between the first and the last dump.
fn span(suspicion: &Suspicion) -> Option<Duration> {
    let first = suspicion.dumps.first()?.taken_at?;
    let last = suspicion.dumps.last()?.taken_at?;
    let span = Duration::try_from(last.duration_since(first)).ok()?;
    (!span.is_zero()).then_some(span)
}
