//! From paths to suspects: what `suspects` and `check` share.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::analysis::describe::Scripts;
use crate::analysis::growth::{DumpSummary, Step, growth};
use crate::analysis::paths;
use crate::analysis::suspects::{Findings, Outcome, Suspect};
use crate::cli::allocated::{self, AllocatedBy};
use crate::cli::args::{Format, FormatArgs, Limit, SeriesArgs};
use crate::cli::choose::{Chosen, choose};
use crate::cli::output::{Cell, Head, Output, Table, print_text};
use crate::cli::progress::Shown;
use crate::cli::records::{DumpRecord, LinkRecord, ObjectRecord};
use crate::cli::stop::Stop;
use crate::error::{Error, Result};
use crate::heap::Heap;
use crate::report::Study;
use crate::series::{Dump, Failure, Opened, Series, State, state_of, suspicion};
use crate::settings::KnownLeaks;
use crate::source::{Change, CodePlace, Options, Sources};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::span::Spans;
use crate::text::units::percent;
use crate::text::wrap::wrap;

/// How wide explanations are where no terminal sets a limit.
const COLUMNS_OF_TEXT: usize = 100;

/// A series and what was found in it.
pub(super) struct Suspicion {
    pub chosen: Chosen,
    /// The dumps that were looked at.
    pub dumps: Vec<Dump>,
    pub findings: Findings,
    /// The last dump's heap, which findings name objects of.
    pub heap: Arc<Heap>,
    /// For each suspect who allocates what it keeps; empty where no profile tells.
    allocated: Vec<Vec<AllocatedBy>>,
    /// For each suspect the line to change; empty where code is not asked for.
    changes: Vec<Option<CodePlace>>,
    /// The leaks that are known.
    pub known: KnownLeaks,
    /// What the dumps of the other processes come to, where all were looked at.
    pub others: Vec<Process>,
    /// The total size of the first and the last dump, in bytes.
    pub totals: (u64, u64),
    /// What the growth of classes is made of, for each dump, where it was asked for.
    pub summaries: Vec<Option<DumpSummary>>,
}

/// From so many dumps on of a process it counts that nothing can be told of them.
const SERIES: usize = 3;

/// What the dumps of one of several processes come to.
pub(super) struct Process {
    /// Its name in the folder.
    pub name: String,
    /// How many dumps of it could be used.
    pub dumps: usize,
    pub outcome: Outcome,
    /// The same in a sentence without the name.
    pub words: String,
}

impl Process {
    fn of(suspicion: &Suspicion) -> Self {
        let (outcome, doubts) = suspicion.outcome();
        let accused = suspicion.accused().map(|suspect| {
            let sure = (suspect.confidence * 100.0).round();
            format!("likely leak ({sure}%, {})", suspect.signature.id)
        });
        let words = match outcome {
            Outcome::Leak => accused.take(1).collect(),
            Outcome::Healthy => "no leak found".to_owned(),
            Outcome::Inconclusive => doubts.join("; "),
        };
        Self {
            name: suspicion.chosen.name().to_owned(),
            dumps: suspicion.dumps.len(),
            outcome,
            words,
        }
    }

    fn unread(name: String, error: &Error) -> Self {
        Self {
            name,
            dumps: 0,
            outcome: Outcome::Inconclusive,
            words: error.to_string(),
        }
    }

    /// Whether there are dumps enough that a finding could be expected.
    pub fn is_a_series(&self) -> bool {
        self.dumps >= SERIES
    }
}

#[derive(Serialize)]
pub(super) struct Content<'a> {
    dumps: Vec<DumpRecord>,
    /// When each dump was taken, where that is known.
    taken_at: Vec<Option<String>>,
    verdict: &'static str,
    comparable: bool,
    basis: &'static str,
    /// The series that there are, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    processes: Vec<ProcessRecord<'a>>,
    caveats: &'a [String],
    suspects: Vec<Record<'a>>,
}

#[derive(Serialize)]
struct ProcessRecord<'a> {
    name: &'a str,
    dumps: usize,
    /// What the search in its dumps came to, where they were looked at.
    verdict: Option<&'static str>,
}

#[derive(Serialize)]
struct Record<'a> {
    rank: usize,
    pattern: &'static str,
    signature: String,
    /// Why it is accepted, where it is known.
    known: Option<KnownRecord<'a>>,
    confidence: f64,
    holder: ObjectRecord<'a>,
    holder_name: String,
    /// The same without data, for logs and fleets.
    holder_masked: String,
    path: Vec<LinkRecord<'a>>,
    /// From the holder on to one of the objects that pile up.
    below: Vec<LinkRecord<'a>>,
    /// All that have to release what piles up, the one to blame first.
    holders: Vec<HolderRecord<'a>>,
    /// What is freed when all release it, in bytes.
    frees: u64,
    /// Where the counts are from: the whole dump, or what the holders keep.
    count_basis: &'static str,
    leaked: Vec<LeakedRecord<'a>>,
    retained_sizes: &'a [u64],
    growth_bytes: i64,
    growth_per_hour: Option<i64>,
    /// Who allocates what it keeps, as far as a sampling profile of the process tells.
    #[serde(skip_serializing_if = "<[AllocatedBy]>::is_empty")]
    allocated_by: &'a [AllocatedBy],
    /// The line to change: where what holds is filled, or the code nearest to it.
    change: Option<&'a CodePlace>,
    explanation: String,
    advice: String,
}

#[derive(Serialize)]
struct KnownRecord<'a> {
    reason: &'a str,
    until: Option<String>,
    max_growth_per_hour: Option<u64>,
}

#[derive(Serialize)]
struct HolderRecord<'a> {
    object: ObjectRecord<'a>,
    name: String,
    path: Vec<LinkRecord<'a>>,
}

#[derive(Serialize)]
struct LeakedRecord<'a> {
    class: &'a str,
    counts: &'a [u64],
}

/// Finds the suspects of the series that the arguments choose, with the leaks that are known. Dumps that turn out to be
/// broken drop out of it.
pub(super) fn look(
    arguments: &SeriesArgs,
    source: &Options,
    known: Option<&Path>,
) -> Result<Suspicion> {
    let known = known.map(KnownLeaks::load).transpose()?;
    let task = Task::new();
    let mut suspicion = look_into(arguments, false, &task)?;
    let scripts = Scripts::build(&suspicion.heap, &task)?;
    let taken_at = suspicion.dumps.last().and_then(Dump::time);
    let mut sources = Sources::new(source.clone(), taken_at);
    let suspects = suspicion.findings.suspects.iter();
    let changes = suspects.map(|suspect| {
        let (holder, path, below) = (suspect.holder, &suspect.path, &suspect.below);
        Change::of(&suspicion.heap, &scripts, holder, path, below).find(&mut sources)
    });
    suspicion.changes = changes.collect();
    suspicion.known = known.unwrap_or_default();
    Ok(suspicion)
}

/// Looks at the process that is asked for, or at all of them: the one that leaks surest stands for them, and what the
/// others come to is kept. With the growth of classes if `wants_rungs`.
fn look_into(arguments: &SeriesArgs, wants_rungs: bool, task: &Task) -> Result<Suspicion> {
    let mut first = look_at(arguments, wants_rungs, task)?;
    if arguments.process.is_some() || !first.chosen.folder.is_divided() {
        return Ok(first);
    }
    let surest = |suspicion: &Suspicion| {
        let confidence = suspicion.accused().map(|suspect| suspect.confidence);
        confidence.max_by(f64::total_cmp).unwrap_or_default()
    };
    let mut others = Vec::new();
    let chosen = first.chosen.name().to_owned();
    let groups = first.chosen.folder.groups.iter();
    let rest = groups.filter(|group| group.name != chosen);
    let rest = rest.map(|group| {
        let name = group.name.clone();
        let arguments = first.chosen.arguments_for(&name, arguments);
        (name, arguments)
    });
    for (name, of_process) in rest.collect::<Vec<_>>() {
        task.check()?;
        let mut other = match look_at(&of_process, wants_rungs, task) {
            Ok(other) => other,
            Err(error) => {
                others.push(Process::unread(name, &error));
                continue;
            }
        };
        if surest(&other) > surest(&first) {
            std::mem::swap(&mut first, &mut other);
        }
        others.push(Process::of(&other));
    }
    first.others = others;
    first.chosen.all_are_looked_at();
    Ok(first)
}

/// Looks at one process: the one that is asked for, or else the first.
fn look_at(arguments: &SeriesArgs, wants_rungs: bool, task: &Task) -> Result<Suspicion> {
    let progress = Shown::of(task);
    let mut chosen = choose(arguments, &[], task)?;
    let mut first_error: Option<Error> = None;
    let mut opened = arguments
        .memory
        .map_or_else(Opened::default, Opened::with_budget);
    let mut noted: HashSet<PathBuf> = HashSet::new();
    let (mut is_settled, mut about_series) = (false, None);
    loop {
        let dumps: Vec<Dump> = chosen.series.usable().cloned().collect();
        if dumps.is_empty() {
            return Err(match first_error {
                Some(error) => error,
                None => none_usable(&chosen.series),
            });
        }
        let (load, notes) = (chosen.loader(task), chosen.notes());
        let fetch = |path: &Path| {
            opened.fetch(path, |path| {
                let heap = Arc::new(load(path)?);
                if noted.insert(path.to_path_buf()) {
                    notes.add_warnings(path, heap.warnings());
                }
                Ok(heap)
            })
        };
        let (at, error) = match suspicion(&dumps, fetch, wants_rungs, task) {
            Ok(mut found) => {
                if !found.findings.comparable && !is_settled {
                    // They may be of several processes, or in another order than their times say.
                    is_settled = true;
                    chosen.series.know_ids(&chosen.cache, task)?;
                    about_series = chosen.divide();
                    let now = chosen.series.usable().map(|dump| &dump.path);
                    if !now.eq(dumps.iter().map(|dump| &dump.path)) {
                        continue;
                    }
                }
                let order = chosen.order_note();
                let about = order.into_iter().chain(about_series);
                found.findings.caveats.splice(0..0, about);
                let (heap, suspects) = (&found.heap, &found.findings.suspects);
                let allocated = allocated::find(&chosen, &dumps, heap, suspects, task)?;
                drop(progress);
                return Ok(Suspicion {
                    totals: found.totals,
                    allocated,
                    changes: Vec::new(),
                    known: KnownLeaks::default(),
                    chosen,
                    others: Vec::new(),
                    findings: found.findings,
                    heap: found.heap,
                    summaries: found.summaries,
                    dumps,
                });
            }
            Err(Failure {
                dump: Some(at),
                error,
            }) if state_of(&error).is_some() => (at, error),
            Err(failure) => return Err(failure.error),
        };
        let path = &dumps[at].path;
        let mut all = chosen.series.dumps.iter_mut();
        if let Some(dump) = all.find(|dump| dump.path == *path) {
            dump.fail(&error);
        }
        first_error.get_or_insert(error);
        chosen.series.arrange();
    }
}

/// Looks at a series for a report.
pub(super) fn study(arguments: &SeriesArgs, task: &Task) -> Result<Study> {
    let suspicion = look_into(arguments, true, task)?;
    let series = &suspicion.chosen.series;
    let mut notes: Vec<String> = series.dumps.iter().filter_map(Dump::left_out).collect();
    notes.extend(suspicion.chosen.notes().take());
    let steps: Vec<Step<'_>> = suspicion
        .dumps
        .iter()
        .zip(&suspicion.summaries)
        .map(|(dump, summary)| Step {
            summary: summary.as_ref(),
            time: dump.time(),
        })
        .collect();
    Ok(Study {
        growth: growth(&steps),
        notes,
        arguments: words_of(arguments),
        dumps: suspicion.dumps,
        findings: suspicion.findings,
        heap: suspicion.heap,
    })
}

/// What was said on the command line to find the dumps.
pub(super) fn words_of(arguments: &SeriesArgs) -> Vec<String> {
    let paths = arguments.paths.iter();
    let mut words: Vec<String> = paths
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    if let Some(process) = &arguments.process {
        words.extend(["--process".to_owned(), process.clone()]);
    }
    if arguments.recursive {
        words.push("--recursive".to_owned());
    }
    words
}

fn none_usable(series: &Series) -> Error {
    match series.last() {
        Err(error) => error,
        Ok(_) => Error::usage("no complete heap snapshot"),
    }
}

impl Suspicion {
    /// The document without what only one command says.
    pub fn content(&self, verdict: &'static str, shown: usize) -> Content<'_> {
        let heap = &*self.heap;
        let links = |steps: &[paths::Step]| -> Vec<LinkRecord<'_>> {
            steps
                .iter()
                .map(|step| LinkRecord::of(heap, step.edge, step.node))
                .collect()
        };
        let suspects = self.findings.suspects.iter().take(shown).enumerate();
        Content {
            dumps: self.dumps.iter().map(DumpRecord::of).collect(),
            taken_at: self
                .dumps
                .iter()
                .map(|dump| dump.time().map(|time| time.strftime("%FT%TZ").to_string()))
                .collect(),
            verdict,
            comparable: self.findings.comparable,
            basis: match self.findings.comparable {
                true => "ids",
                false => "addresses",
            },
            processes: self.processes(),
            caveats: &self.findings.caveats,
            suspects: suspects
                .map(|(at, suspect)| Record {
                    rank: at + 1,
                    pattern: suspect.pattern.as_str(),
                    signature: suspect.signature.id.to_string(),
                    known: self
                        .known
                        .find(suspect.signature.id)
                        .map(|known| KnownRecord {
                            reason: &known.reason,
                            until: known.until.map(|day| day.to_string()),
                            max_growth_per_hour: known.max_growth_per_hour,
                        }),
                    // Cut, not rounded: 0.5 accuses.
                    confidence: (suspect.confidence * 1000.0).floor() / 1000.0,
                    holder: ObjectRecord::of(heap, suspect.holder),
                    holder_name: plain(&suspect.holder_name),
                    holder_masked: suspect.holder_name.told(Reveal::Nothing),
                    path: links(&suspect.path),
                    below: links(&suspect.below),
                    holders: std::iter::once((suspect.holder, &suspect.holder_name, &suspect.path))
                        .chain(
                            suspect
                                .co_holders
                                .iter()
                                .map(|other| (other.node, &other.name, &other.path)),
                        )
                        .map(|(node, name, path)| HolderRecord {
                            object: ObjectRecord::of(heap, node),
                            name: plain(name),
                            path: links(path),
                        })
                        .collect(),
                    frees: suspect.frees,
                    count_basis: match suspect.leaked.first() {
                        Some(leaked) if leaked.whole_dump => "dump",
                        _ => "held",
                    },
                    leaked: suspect
                        .leaked
                        .iter()
                        .map(|leaked| LeakedRecord {
                            class: &leaked.class,
                            counts: &leaked.counts,
                        })
                        .collect(),
                    retained_sizes: &suspect.retained_sizes,
                    growth_bytes: suspect.growth_bytes,
                    growth_per_hour: per_hour(suspect),
                    allocated_by: self.allocated.get(at).map_or(&[], Vec::as_slice),
                    change: self.change(at),
                    explanation: plain(&suspect.told.explanation()),
                    advice: plain(&suspect.told.advice()),
                })
                .collect(),
        }
    }

    /// The line to change for a suspect, by its number.
    pub fn change(&self, at: usize) -> Option<&CodePlace> {
        self.changes.get(at)?.as_ref()
    }

    /// Prints the document, or a table of the suspects with their explanations below.
    pub fn print<T: Serialize>(
        &self,
        format: &FormatArgs,
        limit: Limit,
        heading: Vec<String>,
        content: impl FnOnce(usize) -> T,
    ) -> std::result::Result<(), Stop> {
        self.chosen.say_notes();
        let output = Output::new(format.format, limit);
        let suspects = &self.findings.suspects;
        let shown = output.rows(suspects.len());
        let programs = output.is_for_programs();
        let mut columns = COLUMNS.to_vec();
        if programs {
            columns.extend(TEXTS);
        }
        let table = Table {
            heading,
            columns,
            row: Box::new(move |row| cells(row, &suspects[row], programs)),
            rows: shown,
            more: suspects.len() - shown,
        };
        output.print(content(shown), &table)?;
        match format.format {
            Format::Table => print_text(self.texts(shown, width_of_texts()).as_bytes()),
            Format::Markdown => print_text(self.texts(shown, usize::MAX).as_bytes()),
            Format::Json | Format::Csv => Ok(()),
        }
    }

    /// The series that there are, where there are several.
    fn processes(&self) -> Vec<ProcessRecord<'_>> {
        let groups = &self.chosen.folder.groups;
        if groups.len() < 2 {
            return Vec::new();
        }
        let processes = groups.iter().map(|group| {
            let mut others = self.others.iter();
            let verdict = match others.find(|other| other.name == group.name) {
                Some(other) => Some(other.outcome),
                None => (group.name == self.chosen.name()).then(|| self.outcome().0),
            };
            ProcessRecord {
                name: &group.name,
                dumps: group.series.usable().count(),
                verdict: verdict.map(Outcome::as_str),
            }
        });
        processes.collect()
    }

    /// Which process this is about, and what the others come to; lines for people.
    pub fn about_processes(&self) -> Vec<String> {
        if self.others.is_empty() {
            return Vec::new();
        }
        let this = format!("process: {}", self.chosen.name());
        let others = self.others.iter();
        let others = others.map(|other| format!("{}: {}", other.name, other.words));
        std::iter::once(this).chain(others).collect()
    }

    /// What the search comes to, and why nothing can be said where that is so.
    pub fn outcome(&self) -> (Outcome, Vec<String>) {
        let unread = self.unread().map(|dump| {
            let problem = dump.problem.as_deref().unwrap_or_default();
            format!(
                "{} could not be looked at: {}: {problem}",
                dump.name, dump.state
            )
        });
        let mut doubts: Vec<String> = self.findings.doubt.clone().into_iter().collect();
        doubts.extend(unread);
        match self.findings.outcome() {
            Outcome::Healthy if !doubts.is_empty() => (Outcome::Inconclusive, doubts),
            outcome => (outcome, doubts),
        }
    }

    /// Dumps that should be part of the series and cannot be read.
    pub fn unread(&self) -> impl Iterator<Item = &Dump> {
        let dumps = self.chosen.series.dumps.iter();
        dumps.filter(|dump| dump.kind.has_objects() && dump.state != State::Complete)
    }

    /// What limits the findings, for people.
    pub fn heading(&self, first: String) -> Vec<String> {
        let mut lines = vec![first];
        lines.extend(
            self.findings
                .caveats
                .iter()
                .map(|caveat| format!("note: {caveat}")),
        );
        lines
    }

    /// How the heap went: "3 dumps, s1 to s3 · 4.1 MB → 6.0 MB".
    pub fn span(&self) -> String {
        let title = |dump: Option<&Dump>| dump.map_or("", Dump::title).to_owned();
        let size = crate::text::units::bytes;
        match self.dumps.len() {
            1 => format!(
                "1 dump, {} · {}",
                title(self.dumps.first()),
                size(self.totals.1)
            ),
            count => format!(
                "{count} dumps, {} to {} · {} → {}",
                title(self.dumps.first()),
                title(self.dumps.last()),
                size(self.totals.0),
                size(self.totals.1)
            ),
        }
    }

    /// The accused.
    pub fn accused(&self) -> impl Iterator<Item = &Suspect> {
        self.findings
            .suspects
            .iter()
            .filter(|suspect| suspect.is_accused())
    }
}

const COLUMNS: [Head; 6] = [
    Head::number("Rank", "rank"),
    Head::number("Confidence", "confidence"),
    Head::text("Holder", "holder_name"),
    Head::text("Pattern", "pattern"),
    Head::number("Growth", "growth_bytes"),
    Head::number("Per hour", "growth_per_hour"),
];

const TEXTS: [Head; 3] = [
    Head::text("Signature", "signature"),
    Head::text("Explanation", "explanation"),
    Head::text("Advice", "advice"),
];

fn cells(row: usize, suspect: &Suspect, programs: bool) -> Vec<Cell> {
    let pattern = match programs {
        true => suspect.pattern.as_str(),
        false => suspect.pattern.words(),
    };
    let confidence = match programs {
        true => format!("{:.3}", (suspect.confidence * 1000.0).floor() / 1000.0),
        false => percent((suspect.confidence * 100.0) as u64, 100),
    };
    let mut cells = vec![
        Cell::Count(row as u64 + 1),
        Cell::note(confidence),
        Cell::Text(suspect.holder_name.clone().in_short()),
        Cell::note(pattern),
        Cell::SizeChange(suspect.growth_bytes),
        per_hour(suspect).map_or(Cell::Nothing, Cell::SizeChange),
    ];
    if programs {
        cells.push(Cell::note(suspect.signature.id.to_string()));
        cells.push(Cell::Text(suspect.told.explanation().in_short()));
        cells.push(Cell::Text(suspect.told.advice().in_short()));
    }
    cells
}

/// A sentence as the command line has it, nothing masked.
fn plain(text: &Spans) -> String {
    text.told(Reveal::All)
}

fn per_hour(suspect: &Suspect) -> Option<i64> {
    suspect.growth_per_hour.map(|rate| rate.round() as i64)
}

fn width_of_texts() -> usize {
    use std::io::IsTerminal;
    let terminal = std::io::stdout()
        .is_terminal()
        .then(terminal_size::terminal_size)
        .flatten();
    terminal.map_or(COLUMNS_OF_TEXT, |(columns, _)| {
        usize::from(columns.0).clamp(40, 120)
    })
}

impl Suspicion {
    /// The explanations, each in its paragraph.
    fn texts(&self, shown: usize, columns: usize) -> String {
        let mut text = String::new();
        for (at, suspect) in self.findings.suspects.iter().take(shown).enumerate() {
            let verdict = match suspect.is_accused() {
                true => "accused",
                false => "not accused",
            };
            text.push_str(&format!(
                "\n{}. {} · {} ({:.0}%) · {}\n",
                at + 1,
                suspect.pattern.words(),
                verdict,
                (suspect.confidence * 100.0).floor(),
                suspect.signature.id
            ));
            let known = self.known.find(suspect.signature.id);
            let mut sentences: Vec<String> = known
                .map(|known| format!("Known: {}", known.reason))
                .into_iter()
                .collect();
            sentences.extend([
                plain(&suspect.told.explanation()),
                format!("What to do: {}", plain(&suspect.told.advice())),
            ]);
            let allocated = self.allocated.get(at).into_iter().flatten();
            let by: Vec<&str> = allocated.map(|by| by.words.as_str()).collect();
            if !by.is_empty() {
                sentences.push(format!("Allocated by: {}", by.join("; ")));
            }
            for sentence in sentences {
                for line in wrap(&one_line(&sentence), columns.saturating_sub(3)) {
                    text.push_str("   ");
                    text.push_str(&line);
                    text.push('\n');
                }
            }
            for line in self.change(at).into_iter().flat_map(CodePlace::told) {
                text.push_str("   ");
                text.push_str(&one_line(&line));
                text.push('\n');
            }
        }
        text
    }
}
