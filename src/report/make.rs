//! From what was found to what is said.

use std::time::Duration;

use crate::analysis::growth::{GrowthRow, Measure, Origin, TELLING, Verdict as Course};
use crate::analysis::originals::Original;
use crate::analysis::suspects::{Explanation, Outcome, Suspect, joined};
use crate::error::Result;
use crate::heap::Heap;
use crate::series::allocating::{allocations_of, own_creator};
use crate::series::{TimeSource, sources_of};
use crate::snapshot::StrId;
use crate::source::{Change, CodePlace};
use crate::task::{CHECK_EVERY, Task};
use crate::text::code::{Role, shown};
use crate::text::mask::{Reveal, words};
use crate::text::span::{SpanKind, Spans};
use crate::text::units::{bytes, duration, grouped};
use crate::text::wrap::capital;

use super::commands::commands;
use super::gc::Collections;
use super::rate::growth_words;
use super::said::Said;
use super::steps::hops;
use super::validation::validate;
use super::{Beside, Consumer, Growing, Impact, Leak, Piled, Report, Study, Taken, Written};

/// How many growing classes are listed.
const CLASSES: usize = 10;
/// V8 cuts strings of snapshots at this many characters, unless told otherwise.
const CUT: usize = 1024;

impl Report {
    /// The report on a study.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of(study: &Study, beside: &Beside<'_>, task: &Task) -> Result<Self> {
        task.stage("writing the report", 0);
        let reveal = beside.reveal;
        let scripts = &*study.scripts;
        let accused = study
            .findings
            .suspects
            .iter()
            .filter(|suspect| suspect.is_likely_leak());
        let mut told: Vec<&Suspect> = accused.collect();
        let verdict = study.findings.outcome();
        if verdict == Outcome::Inconclusive {
            told.extend(study.findings.suspects.first());
        }
        let mut sources = sources_of(study.dumps.last(), beside.source.clone());
        let mut created_in = created_in(study, &told, reveal, task)?.into_iter();
        let leaks: Vec<Leak> = told
            .iter()
            .enumerate()
            .map(|(at, suspect)| {
                let place = Change::of(&study.heap, scripts, suspect);
                let place = place.find(&mut sources).map(|place| masked(place, reveal));
                Leak {
                    created_in: created_in.next().flatten(),
                    ..leak(study, suspect, at + 1, place, reveal)
                }
            })
            .collect();
        let impact = impact(study);
        Ok(Self {
            verdict,
            summary: summary(study, &leaks, &impact, verdict, reveal),
            snapshots: snapshots(study, reveal),
            growing: growing(study, reveal),
            consumers: consumers(study, reveal),
            commands: commands(study, &leaks, &study.findings.largest),
            caveats: caveats(study, beside, task)?,
            gc: beside.gc.map(|(name, log)| {
                let mut gc = Collections::of(&words(name, reveal), log);
                for line in &mut gc.excerpt {
                    *line = words(line, reveal).into_owned();
                }
                gc
            }),
            validation: validate(study, beside),
            impact,
            leaks,
        })
    }
}

/// The application's own function that creates what each suspect keeps, where a sampling profile tells.
fn created_in(
    study: &Study,
    told: &[&Suspect],
    reveal: Reveal,
    task: &Task,
) -> Result<Vec<Option<Said>>> {
    let Some(dump) = &study.profile else {
        return Ok(Vec::new());
    };
    match allocations_of(dump, &study.heap, told.iter().copied(), task) {
        Ok((profile, all)) => Ok(all
            .iter()
            .map(|found| own_creator(&profile, found).map(|own| Said::of(&own, reveal)))
            .collect()),
        Err(error) if error.is_cancelled() => Err(error),
        // A report does not fail for what lies beside the dumps; its notes tell of damaged profiles.
        Err(_) => Ok(Vec::new()),
    }
}

fn span(study: &Study) -> Option<Duration> {
    study
        .growth
        .span
        .filter(|span| !span.is_zero() && study.dumps.len() > 1)
}

fn impact(study: &Study) -> Impact {
    let (first, last) = study.totals();
    let growth = last as i64 - first as i64;
    let span = span(study);
    let hours = span
        .filter(|&span| span >= TELLING)
        .map(|span| span.as_secs_f64() / 3600.0);
    let accused = study
        .findings
        .suspects
        .iter()
        .filter(|suspect| suspect.is_likely_leak());
    let of_heap: Vec<f64> = accused.clone().map(|of| of.evidence.heap_share).collect();
    let of_data: f64 = accused.map(|of| of.evidence.share).sum();
    Impact {
        first_size: first,
        last_size: last,
        growth_bytes: growth,
        growth_percent: (growth as f64 / first.max(1) as f64 * 1000.0).round() / 10.0,
        span_seconds: span.map(|span| span.as_secs_f64()),
        growth_per_hour: hours.map(|hours| (growth as f64 / hours).round() as i64),
        explained: (!of_heap.is_empty()).then(|| of_heap.iter().sum::<f64>().min(1.0)),
        explained_of_data: (!of_heap.is_empty()).then(|| of_data.min(1.0)),
    }
}

/// What happened, in plain words: what leaks and how fast, what that does to the heap, and who holds it.
fn summary(
    study: &Study,
    leaks: &[Leak],
    impact: &Impact,
    verdict: Outcome,
    reveal: Reveal,
) -> Said {
    let time = span(study).map_or(String::new(), |span| format!(" in {}", duration(span)));
    let heap = format!(
        "the heap went from {} to {}{time} ({:+.0}%)",
        bytes(impact.first_size),
        bytes(impact.last_size),
        impact.growth_percent
    );
    let text = match (verdict, leaks.first()) {
        (Outcome::Leak, Some(leak)) => leak_in_words(study, (leak, leaks.len()), &heap),
        (Outcome::Inconclusive, _) if study.dumps.len() == 1 => Spans::from("One dump of ")
            .number(bytes(impact.last_size))
            .note(" shows what is large, not what grows: no leak can be named."),
        (Outcome::Inconclusive, _) => Spans::from("No leak can be named: ")
            .note(match study.findings.comparable {
                true => "two dumps show a difference, no trend",
                false => "object ids do not fit from dump to dump, so objects cannot be followed",
            })
            .note("; ")
            .note(heap)
            .note("."),
        _ => Spans::from(
            "No leak was found: nothing holds a growing number of objects over these dumps; ",
        )
        .note(heap)
        .note("."),
    };
    Said::of(&text, reveal)
}

/// The first of several leaks in plain words.
fn leak_in_words(study: &Study, (leak, leaks): (&Leak, usize), heap: &str) -> Spans {
    let sure = format!("{:.0}%", (leak.confidence * 100.0).floor());
    let begin = Spans::from("Memory leak, ").number(sure).note(" certain: ");
    let pace = growth_words(leak.growth_bytes, span(study));
    let holder = leak.holder_name.spans().clone();
    let (what, held) = match leak.leaked.first() {
        Some(piled) => {
            let counts: Vec<String> = piled.counts.iter().map(|&count| grouped(count)).collect();
            let class = piled.name.spans().clone();
            let what = Spans::new()
                .code(class)
                .note(" objects are never freed (")
                .number(counts.join(" → "))
                .note(")");
            let held = match leak.places.len().saturating_sub(1) {
                0 => Spans::from(" They are held by ").then(holder),
                places => Spans::from(" They are held in ")
                    .number(places.to_string())
                    .note(" places, first by ")
                    .then(holder),
            };
            (what, held)
        }
        None => (holder.note(" keeps growing"), Spans::new()),
    };
    let others = match leaks {
        1 => String::new(),
        2 => " Another holder leaks as well.".to_owned(),
        leaks => format!(" {} other holders leak as well.", leaks - 1),
    };
    let held = if held.is_empty() {
        held
    } else {
        held.note(".")
    };
    begin
        .then(what)
        .note(": ")
        .number(pace)
        .note(". ")
        .note(capital(heap))
        .note(".")
        .then(held)
        .note(others)
}

fn snapshots(study: &Study, reveal: Reveal) -> Vec<Taken> {
    let totals = study
        .growth
        .totals
        .iter()
        .copied()
        .chain(std::iter::repeat(None));
    let taken =
        |(dump, total): (&crate::series::Dump, Option<crate::analysis::growth::Point>)| Taken {
            label: dump.title().to_owned(),
            file: Said::words(&dump.name, reveal),
            taken_at: dump
                .taken_at
                .map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            time_source: dump
                .taken_at
                .map(|_| dump.time_source.map_or("mtime", TimeSource::as_str)),
            total_size: total.map(|point| point.retained),
            objects: total.map(|point| point.count),
            file_bytes: dump.bytes,
        };
    study.dumps.iter().zip(totals).map(taken).collect()
}

/// The classes that grow: the application's and the runtime's, the engine's only where there is nothing else.
fn growing(study: &Study, reveal: Reveal) -> Vec<Growing> {
    let growth = &study.growth;
    let grows = |row: &&GrowthRow| {
        let more = row.rise(Measure::Count) > 0 || row.rise(Measure::Retained) > 0;
        let course = row.verdict == Course::Growing;
        more && (course || !growth.is_conclusive()) && row.rise(Measure::Retained) >= 0
    };
    let rows: Vec<&GrowthRow> = growth.rows.iter().filter(grows).collect();
    let own = |row: &&&GrowthRow| row.origin != Origin::Engine;
    let chosen: Vec<&GrowthRow> = match rows.iter().any(|row| own(&row)) {
        true => rows.iter().filter(own).copied().take(CLASSES).collect(),
        false => rows.into_iter().take(CLASSES).collect(),
    };
    let figures = |row: &GrowthRow, measure| {
        let figure =
            |point: &Option<crate::analysis::growth::Point>| point.map(|point| point.get(measure));
        row.points.iter().map(figure).collect()
    };
    let originals = study.scripts.originals();
    let original = |row: &GrowthRow| originals.and_then(|all| all.class(&row.class));
    chosen
        .into_iter()
        .map(|row| Growing {
            class: Said::name(SpanKind::Name, &row.class.name, reveal),
            name: Said::of(&study.scripts.class(&row.class), reveal),
            original: original(row).map(|original| Written::of(original, reveal)),
            place: original(row)
                .map(Original::place)
                .or_else(|| row.place.clone())
                .map(|place| Said::name(SpanKind::Place, &place, reveal)),
            counts: figures(row, Measure::Count),
            retained_sizes: figures(row, Measure::Retained),
            verdict: row.verdict.as_str(),
        })
        .collect()
}

fn consumers(study: &Study, reveal: Reveal) -> Vec<Consumer> {
    let (heap, scripts) = (&*study.heap, &*study.scripts);
    let total = heap.statistics().total.max(1);
    study
        .findings
        .largest
        .iter()
        .map(|largest| {
            let retained = heap.retained(largest.node);
            Consumer {
                name: Said::of(&largest.name, reveal),
                id: heap.id(largest.node),
                retained_size: retained,
                share: retained as f64 / total as f64,
                mostly: largest.mostly.as_ref().map(|(class, count)| Piled {
                    class: Said::name(SpanKind::Name, &class.name, reveal),
                    name: Said::of(&scripts.class(class), reveal),
                    original: scripts
                        .originals()
                        .and_then(|all| all.class(class))
                        .map(|original| Written::of(original, reveal)),
                    counts: vec![*count],
                    whole_dump: false,
                }),
                path: hops(heap, scripts, &largest.path, reveal),
            }
        })
        .collect()
}

/// A place as a report has it: paths without what names people, code without what literals say, and nothing that looks
/// like a credential.
fn masked(mut place: CodePlace, reveal: Reveal) -> CodePlace {
    let mask = |text: &mut String| *text = words(text, reveal).into_owned();
    let named = |text: &mut String, role| *text = shown(text, role, reveal).into_owned();
    named(&mut place.url, Role::Place);
    if let Some(name) = &mut place.function {
        named(name, Role::Function);
    }
    place.note.iter_mut().for_each(mask);
    if let Some(original) = &mut place.original {
        named(&mut original.source, Role::Place);
        if let Some(name) = &mut original.name {
            named(name, Role::Function);
        }
    }
    for line in place.code.iter_mut().flatten() {
        if reveal == Reveal::Nothing {
            line.text.clone_from(&line.masked);
        }
        mask(&mut line.text);
    }
    place
}

fn leak(
    study: &Study,
    suspect: &Suspect,
    rank: usize,
    change: Option<CodePlace>,
    reveal: Reveal,
) -> Leak {
    let (heap, scripts) = (&*study.heap, &*study.scripts);
    let said = |parts: &[&Spans]| Said::of(&joined(parts.iter().copied()), reveal);
    let Explanation {
        what,
        how_much,
        also,
        why,
        way,
        evidence,
        package,
        remedy,
        against,
    } = &suspect.explanation;
    Leak {
        rank,
        accused: suspect.is_likely_leak(),
        confidence: (suspect.confidence * 1000.0).floor() / 1000.0,
        pattern: suspect.pattern.as_str(),
        pattern_words: suspect.pattern.words(),
        signature: suspect.signature.id.to_string(),
        holder_name: Said::of(&suspect.holder_name, reveal),
        holder_masked: Said::of(&suspect.holder_name, Reveal::Nothing),
        holder_id: heap.id(suspect.holder),
        leaked: suspect
            .leaked
            .iter()
            .map(|leaked| Piled {
                class: Said::name(SpanKind::Name, &leaked.class, reveal),
                name: Said::of(&leaked.words(), reveal),
                original: leaked
                    .original
                    .as_ref()
                    .map(|original| Written::of(original, reveal)),
                counts: leaked.counts.clone(),
                whole_dump: leaked.whole_dump,
            })
            .collect(),
        retained_sizes: suspect.retained_sizes.clone(),
        growth_bytes: suspect.growth_bytes,
        growth_per_hour: suspect.growth_per_hour.map(|rate| rate.round() as i64),
        what: said(&[what, how_much, also]),
        why: said(&[why, way, package]),
        evidence: said(&[evidence]),
        advice: said(&[remedy]),
        places: suspect
            .places()
            .iter()
            .map(|place| Said::of(place, reveal))
            .collect(),
        against: said(&[against]),
        change,
        created_in: None,
        path: hops(heap, scripts, &suspect.path, reveal),
        below: hops(heap, scripts, &suspect.below, reveal),
    }
}

/// How many strings V8 cut.
fn cut_strings(heap: &Heap, task: &Task) -> Result<u64> {
    let strings = heap.strings();
    let mut cut = 0u64;
    for string in 0..strings.len() as u32 {
        if (string as usize).is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let raw = strings.raw(StrId(string));
        // An escape takes six bytes at the most for one.
        let may_be = (CUT..=6 * CUT).contains(&raw.len());
        cut += u64::from(may_be && strings.get(StrId(string)).chars().count() == CUT);
    }
    Ok(cut)
}

/// What limits all this.
fn caveats(study: &Study, beside: &Beside<'_>, task: &Task) -> Result<Vec<Said>> {
    let heap = &*study.heap;
    let mut caveats: Vec<String> = Vec::new();
    caveats.push(match (study.dumps.len(), study.findings.comparable) {
        (1, _) => "One dump: no growth can be told from it.".to_owned(),
        (2, true) => "Two dumps: a difference, not a trend; a third would show whether it goes on.".to_owned(),
        (count, true) => format!(
            "{count} dumps of one process: object ids agree, so each object was followed from dump to dump."
        ),
        (count, false) => format!("{count} dumps whose object ids do not agree: classes are compared by name, and holders were followed by the names that lead to them."),
    });
    caveats.extend(
        study
            .findings
            .caveats
            .iter()
            .filter(|caveat| study.dumps.len() > 2 || caveat.contains("id"))
            .cloned(),
    );
    match span(study) {
        None if study.dumps.len() > 1 => caveats
            .push("The times of the dumps are not known, or all the same: no rates.".to_owned()),
        Some(span) if span < TELLING => caveats.push(format!(
            "The dumps are only {} apart: figures for an hour are not given.",
            duration(span)
        )),
        _ => {}
    }
    if study
        .dumps
        .iter()
        .any(|dump| dump.taken_at.is_some() && dump.time_source == Some(TimeSource::Mtime))
    {
        caveats.push("Some times are those of the files, which copying changes.".to_owned());
    }
    caveats.extend(study.notes.iter().cloned());
    let cut = cut_strings(heap, task)?;
    if cut > 0 {
        caveats.push(format!(
            "{} texts are cut at {} characters, as V8 does it: equal beginnings may be different strings.",
            grouped(cut),
            grouped(CUT as u64)
        ));
    }
    caveats.push(
        "A snapshot shows the JavaScript heap and the buffers that belong to it. Memory of native code, of the \
         allocator and of other threads is not in it: compare with the resident size of the process."
            .to_owned(),
    );
    if beside.reveal < Reveal::All {
        caveats.push(match beside.reveal {
            Reveal::Nothing => "Values of strings, and what looks like a credential, are masked in this report, in code too; names of classes, properties and files are not.".to_owned(),
            _ => "What looks like a credential is masked in this report; other values of strings are not.".to_owned(),
        });
    }
    let caveats = caveats.iter();
    Ok(caveats
        .map(|caveat| Said::words(caveat, beside.reveal))
        .collect())
}
