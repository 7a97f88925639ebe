//! `check`: a gate that fails on a leak and on limits that are exceeded, and says so where it cannot tell.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::analysis::growth::TELLING;
use crate::analysis::suspects::Outcome;
use crate::cli::args::{Check, CheckFormat, FormatArgs, Limit, MaxCount};
use crate::cli::commands::gate::{leak, other, said};
use crate::cli::output::print_text;
use crate::cli::stop::Stop;
use crate::cli::suspicion::{Suspicion, look};
use crate::cli::suspicion_output::Content;
use crate::error::{Error, Result};
use crate::report::gate::{self, Level, Reported};
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
    let judged = Judged::of(arguments, &suspicion);
    let printed = match arguments.format.common() {
        Some(format) => judged.print(&suspicion, &format, arguments.limit),
        None => {
            suspicion.chosen.say_notes();
            print_text(judged.for_ci(arguments.format).as_bytes())
        }
    };
    match printed {
        // The verdict stands, whether or not anybody reads on: `heaptui check dumps/ | head -1` is a gate, too.
        Ok(()) | Err(Stop::Closed) => judged.end(arguments.allow_inconclusive),
        Err(error) => Err(error),
    }
}

/// What the check comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Healthy,
    Leak,
    /// No leak, but more than a limit allows.
    Limit,
    Inconclusive,
}

impl Verdict {
    /// The word in the output.
    fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => Outcome::Healthy.as_str(),
            Self::Leak => Outcome::Leak.as_str(),
            Self::Limit => "limit",
            Self::Inconclusive => Outcome::Inconclusive.as_str(),
        }
    }
}

/// The judgement of every leak and limit.
struct Judged {
    verdict: Verdict,
    /// Why the check fails.
    reasons: Vec<String>,
    /// What could not be decided.
    doubts: Vec<String>,
    /// The signatures of known leaks that pass, and what is said of each.
    known: Vec<String>,
    passed: Vec<String>,
    /// All of it for CI systems.
    reported: Vec<Reported>,
}

impl Judged {
    fn of(arguments: &Check, suspicion: &Suspicion) -> Self {
        let (outcome, doubts) = suspicion.outcome();
        let mut judged = Self {
            verdict: Verdict::Healthy,
            reasons: Vec::new(),
            doubts,
            known: Vec::new(),
            passed: Vec::new(),
            reported: Vec::new(),
        };
        judged.judge_leaks(suspicion);
        judged.judge_other_processes(suspicion);
        let has_leak = !judged.reasons.is_empty();
        for bound in bounds(arguments, suspicion) {
            match bound {
                Bound::Exceeded(words) => judged.fail("limit", "a limit is exceeded", words),
                Bound::Unknown(words) => judged.doubts.push(words),
            }
        }
        judged.verdict = match () {
            () if has_leak => Verdict::Leak,
            () if !judged.reasons.is_empty() => Verdict::Limit,
            () if outcome == Outcome::Inconclusive || !judged.doubts.is_empty() => {
                Verdict::Inconclusive
            }
            () => Verdict::Healthy,
        };
        judged
    }

    fn judge_leaks(&mut self, suspicion: &Suspicion) {
        let today = today();
        let suspects = suspicion.findings.suspects.iter().enumerate();
        for (at, suspect) in suspects.filter(|(_, suspect)| suspect.is_likely_leak()) {
            let said = said(suspect, Reveal::All);
            let id = suspect.signature.id;
            let level = match suspicion.known.find(id) {
                None => {
                    self.reasons.push(format!("leak: {said} ({id})"));
                    Level::Failure
                }
                Some(entry) => match entry.standing(suspect.growth_per_hour, today) {
                    Standing::Refused(why) => {
                        self.reasons
                            .push(format!("leak: {said} ({id} is known, but {why})"));
                        Level::Failure
                    }
                    Standing::Unknown => {
                        self.doubts.push(format!(
                            "{id} is known up to a rate, and its rate is not known: {said}"
                        ));
                        Level::Undecided
                    }
                    Standing::Accepted => {
                        self.known.push(id.to_string());
                        self.passed
                            .push(format!("known: {said} ({id}: {})", entry.reason));
                        Level::Accepted(entry.reason.clone())
                    }
                },
            };
            self.reported.push(leak(suspicion, at, suspect, level));
        }
    }

    fn judge_other_processes(&mut self, suspicion: &Suspicion) {
        for process in &suspicion.others {
            let words = format!("{}: {}", process.name, process.words);
            match process.outcome {
                Outcome::Leak => {
                    let level = Level::Failure;
                    self.reported
                        .push(other("leak", "a likely leak", &words, level));
                    self.reasons.push(format!("leak: {words}"));
                }
                Outcome::Inconclusive if process.is_a_series() => self.doubts.push(words),
                _ => {}
            }
        }
    }

    fn fail(&mut self, rule: &str, rule_words: &str, words: String) {
        self.reported
            .push(other(rule, rule_words, &words, Level::Failure));
        self.reasons.push(words);
    }

    fn end(&self, allow_inconclusive: bool) -> std::result::Result<(), Stop> {
        match self.verdict {
            Verdict::Healthy => Ok(()),
            Verdict::Inconclusive if allow_inconclusive => Ok(()),
            Verdict::Inconclusive => Err(Stop::Inconclusive),
            Verdict::Leak | Verdict::Limit => Err(Stop::Failed),
        }
    }

    fn print(
        &self,
        suspicion: &Suspicion,
        format: &FormatArgs,
        limit: Limit,
    ) -> std::result::Result<(), Stop> {
        let verdict = self.verdict.as_str();
        let mut heading = suspicion.heading(format!("{verdict} · {}", suspicion.span()));
        heading.extend(suspicion.about_processes());
        heading.extend(self.reasons.iter().cloned());
        heading.extend(self.passed.iter().cloned());
        let told = |doubt: &&String| !suspicion.findings.caveats.contains(doubt);
        let doubts = self.doubts.iter().filter(told);
        heading.extend(doubts.map(|doubt| format!("note: {doubt}")));
        let reasons = match self.verdict {
            Verdict::Inconclusive => &self.doubts,
            _ => &self.reasons,
        };
        suspicion.print(format, limit, heading, |shown| Document {
            reasons,
            known: &self.known,
            content: suspicion.content(verdict, shown),
        })
    }

    /// The report for a CI system.
    fn for_ci(&self, format: CheckFormat) -> String {
        let mut reported = self.reported.clone();
        if self.verdict == Verdict::Inconclusive {
            reported.extend(self.doubts.iter().map(|doubt| {
                let words = "the check cannot decide";
                other("inconclusive", words, doubt, Level::Undecided)
            }));
        }
        match format {
            CheckFormat::Junit => gate::junit(&reported),
            CheckFormat::Sarif => gate::sarif(&reported),
            _ => gate::github(&reported),
        }
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
enum Bound {
    Exceeded(String),
    /// It cannot be told whether it holds.
    Unknown(String),
}

/// The limits that are exceeded, or cannot be judged.
fn bounds(arguments: &Check, suspicion: &Suspicion) -> Vec<Bound> {
    let mut found = Vec::new();
    let (first, last) = suspicion.totals;
    let growth = match suspicion.dumps.len() {
        1 => 0,
        _ => last as i64 - first as i64,
    };
    if let Some(limit) = arguments.max_growth
        && exceeds(growth, limit)
    {
        found.push(Bound::Exceeded(format!(
            "the heap grew by {}, more than {}",
            bytes(growth.unsigned_abs()),
            bytes(limit)
        )));
    }
    if let Some(limit) = arguments.max_growth_per_hour {
        found.extend(rate_bound(suspicion, growth, limit));
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
            found.push(Bound::Exceeded(format!(
                "there are {} {class}, more than {}",
                grouped(count),
                grouped(*limit)
            )));
        }
    }
    found
}

fn exceeds(growth: i64, limit: u64) -> bool {
    u64::try_from(growth).is_ok_and(|growth| growth > limit)
}

/// The limit on the rate of growth.
fn rate_bound(suspicion: &Suspicion, growth: i64, limit: u64) -> Option<Bound> {
    let Some(span) = span(suspicion) else {
        return Some(Bound::Unknown(
            "--max-growth-per-hour was not judged: the times of the dumps are not known, or do not differ; \
             heaptui info shows them"
                .to_owned(),
        ));
    };
    if span < TELLING {
        return Some(Bound::Unknown(format!(
            "--max-growth-per-hour was not judged: the dumps are only {} apart, and less than a minute tells no rate",
            duration(span)
        )));
    }
    let rate = (growth as f64 / (span.as_secs_f64() / 3600.0)).round() as i64;
    exceeds(rate, limit).then(|| {
        Bound::Exceeded(format!(
            "the heap grows by {} an hour ({} in {}), more than {}",
            bytes(rate.unsigned_abs()),
            bytes(growth.unsigned_abs()),
            duration(span),
            bytes(limit)
        ))
    })
}

/// The time between the first and the last dump.
fn span(suspicion: &Suspicion) -> Option<Duration> {
    let first = suspicion.dumps.first()?.time()?;
    let last = suspicion.dumps.last()?.time()?;
    let span = Duration::try_from(last.duration_since(first)).ok()?;
    (!span.is_zero()).then_some(span)
}
