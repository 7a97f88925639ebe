//! `check`: a gate that fails on a leak and on limits that are exceeded, and says so where it cannot tell.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::analysis::growth::TELLING;
use crate::analysis::suspects::Outcome;
use crate::cli::args::{Check, CheckFormat, MaxCount};
use crate::cli::commands::gate::{leak, other, said};
use crate::cli::output::print_text;
use crate::cli::stop::Stop;
use crate::cli::suspicion::{Suspicion, look};
use crate::cli::suspicion_output::Content;
use crate::error::{Error, Result};
use crate::report::gate::{self, Level};
use crate::save::{self, Replace};
use crate::series::State;
use crate::settings::{KNOWN_HEADER, KnownLeaks, Standing, today};
use crate::text::mask::Reveal;
use crate::text::units::{bytes, duration, grouped};

#[derive(Serialize)]
struct Document<'a> {
    reasons: &'a [String],
    /// The signatures of known leaks that were found and let pass.
    known: &'a [String],
    #[serde(flatten)]
    content: Content<'a>,
}

pub(super) fn run(arguments: &Check) -> std::result::Result<(), Stop> {
    let suspicion = look(
        &arguments.series,
        &arguments.source.options(),
        arguments.known.as_deref(),
    )?;
    refuse_unread(&suspicion)?;
    if let Some(path) = &arguments.write_known {
        write_known(path, &suspicion)?;
    }
    let today = today();
    let (outcome, mut doubts) = suspicion.outcome();
    let (mut reasons, mut known, mut reported) = (Vec::new(), Vec::new(), Vec::new());
    let mut lines = Vec::new();
    let suspects = suspicion.findings.suspects.iter().enumerate();
    for (at, suspect) in suspects.filter(|(_, suspect)| suspect.is_accused()) {
        let said = said(suspect, Reveal::All);
        let id = suspect.signature.id;
        let entry = suspicion.known.find(id);
        let standing = entry.map(|entry| entry.standing(suspect.growth_per_hour, today));
        let level = match (standing, entry) {
            (Some(Standing::Refused(why)), _) => {
                reasons.push(format!("leak: {said} ({id} is known, but {why})"));
                Level::Failure
            }
            (Some(Standing::Unknown), _) => {
                doubts.push(format!(
                    "{id} is known up to a rate, and its rate is not known: {said}"
                ));
                Level::Undecided
            }
            (Some(Standing::Accepted), Some(entry)) => {
                known.push(id.to_string());
                lines.push(format!("known: {said} ({id}: {})", entry.reason));
                Level::Accepted(entry.reason.clone())
            }
            _ => {
                reasons.push(format!("leak: {said} ({id})"));
                Level::Failure
            }
        };
        reported.push(leak(&suspicion, at, suspect, level));
    }
    for other in &suspicion.others {
        let words = format!("{}: {}", other.name, other.words);
        match other.outcome {
            Outcome::Leak => {
                reported.push(self::other("leak", "a likely leak", &words, Level::Failure));
                reasons.push(format!("leak: {words}"));
            }
            Outcome::Inconclusive if other.is_a_series() => doubts.push(words),
            _ => {}
        }
    }
    let leaks = !reasons.is_empty();
    let decided = doubts.is_empty() && (outcome != Outcome::Inconclusive);
    for limit in limits(arguments, &suspicion) {
        match limit {
            Limit::Exceeded(words) => {
                reported.push(other(
                    "limit",
                    "a limit is exceeded",
                    &words,
                    Level::Failure,
                ));
                reasons.push(words);
            }
            Limit::Unknown(words) => doubts.push(words),
        }
    }
    let (verdict, end) = match (leaks, reasons.is_empty()) {
        (true, _) => (Outcome::Leak.as_str(), Err(Stop::Failed)),
        (false, false) => ("limit", Err(Stop::Failed)),
        (false, true) if !decided || !doubts.is_empty() => {
            let end = match arguments.allow_inconclusive {
                true => Ok(()),
                false => Err(Stop::Inconclusive),
            };
            (Outcome::Inconclusive.as_str(), end)
        }
        (false, true) => (Outcome::Healthy.as_str(), Ok(())),
    };
    let is_inconclusive = verdict == Outcome::Inconclusive.as_str();
    let printed = match arguments.format.common() {
        Some(format) => {
            let all_doubts = doubts.clone();
            let mut heading = suspicion.heading(format!("{verdict} · {}", suspicion.span()));
            let told = |doubt: &&String| !suspicion.findings.caveats.contains(doubt);
            heading.extend(suspicion.about_processes());
            heading.extend(reasons.iter().cloned());
            heading.extend(lines);
            let doubts = doubts.iter().filter(told);
            heading.extend(doubts.map(|doubt| format!("note: {doubt}")));
            let document = |shown| Document {
                reasons: if is_inconclusive {
                    &all_doubts
                } else {
                    &reasons
                },
                known: &known,
                content: suspicion.content(verdict, shown),
            };
            suspicion.print(&format, arguments.limit, heading, document)
        }
        None => {
            if is_inconclusive {
                let undecided = doubts.iter().map(|doubt| {
                    let words = "the check cannot decide";
                    other("inconclusive", words, doubt, Level::Undecided)
                });
                reported.extend(undecided);
            }
            let text = match arguments.format {
                CheckFormat::Junit => gate::junit(&reported),
                CheckFormat::Sarif => gate::sarif(&reported),
                _ => gate::github(&reported),
            };
            suspicion.chosen.say_notes();
            print_text(text.as_bytes())
        }
    };
    match printed {
        // The verdict stands, whether or not anybody reads on: `heaptui check dumps/ | head -1` is a gate, too.
        Ok(()) | Err(Stop::Closed) => end,
        Err(error) => Err(error),
    }
}

/// Begins a file of known leaks, or adds those to it that it lacks.
fn write_known(path: &Path, suspicion: &Suspicion) -> Result<()> {
    let (mut text, known) = match path.exists() {
        true => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Error::io("cannot read the known leaks", &error).in_file(path))?;
            // Reasons may still be missing in a file that was just begun.
            let filled = text.replace("reason = \"\"", "reason = \"-\"");
            let known = KnownLeaks::parse(&filled).map_err(|error| error.in_file(path))?;
            (text, known)
        }
        false => (KNOWN_HEADER.to_owned(), KnownLeaks::default()),
    };
    text.push_str(&known.missing(suspicion.accused()));
    save::write(path, text.as_bytes(), Replace::Ordinary)
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
