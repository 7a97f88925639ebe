//! From paths to suspects: what `suspects` and `check` share.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::analysis::describe::Scripts;
use crate::analysis::growth::DumpSummary;
use crate::analysis::suspects::{Findings, Outcome, Suspect};
use crate::cli::allocated::{self, AllocatedBy};
use crate::cli::args::SeriesArgs;
use crate::cli::choose::{Chosen, Loader, Notes, announce, choose};
use crate::cli::progress::Shown;
use crate::error::{Error, Result};
use crate::heap::Heap;
use crate::report::Study;
use crate::series::allocating::profile_of;
use crate::series::memory::{need_of_search, settle};
use crate::series::{
    Dump, Failure, Opened, Process, Series, State, concluded, growth_of, sources_of, state_of,
    suspicion,
};
use crate::settings::KnownLeaks;
use crate::source::{Change, CodePlace, Options};
use crate::task::Task;

/// A series and what was found in it.
pub(super) struct Suspicion {
    pub chosen: Chosen,
    /// The dumps that were looked at.
    pub dumps: Vec<Dump>,
    pub findings: Findings,
    /// The last dump's heap, which findings name objects of.
    pub heap: Arc<Heap>,
    /// For each suspect who allocates what it keeps; empty where no profile tells.
    pub allocated: Vec<Vec<AllocatedBy>>,
    /// For each suspect the line to change; empty where code is not asked for.
    pub changes: Vec<Option<CodePlace>>,
    /// Names in the heap, as they were written where maps tell.
    pub scripts: Arc<Scripts>,
    /// The leaks that are known.
    pub known: KnownLeaks,
    /// What the dumps of the other processes come to, where all were looked at.
    pub others: Vec<Process>,
    /// The total size of the first and the last dump, in bytes.
    pub totals: (u64, u64),
    /// What the growth of classes is made of, for each dump, where it was asked for.
    pub summaries: Vec<Option<DumpSummary>>,
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
    let mut suspicion = look_into(arguments, source, false, &task)?;
    let mut sources = sources_of(suspicion.dumps.last(), source.clone());
    let suspects = suspicion.findings.suspects.iter();
    let changes = suspects.map(|suspect| {
        let change = Change::of(&suspicion.heap, &suspicion.scripts, suspect);
        change.find(&mut sources)
    });
    suspicion.changes = changes.collect();
    suspicion.known = known.unwrap_or_default();
    Ok(suspicion)
}

/// Looks at the process that is asked for, or at all of them: the one that leaks surest stands for them, and what the
/// others come to is kept. With the growth of classes if `wants_rungs`.
fn look_into(
    arguments: &SeriesArgs,
    source: &Options,
    wants_rungs: bool,
    task: &Task,
) -> Result<Suspicion> {
    let mut first = look_at(arguments, source, wants_rungs, task)?;
    if arguments.process.is_some() || !first.chosen.folder.is_divided() {
        return Ok(first);
    }
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
        let mut other = match look_at(&of_process, source, wants_rungs, task) {
            Ok(other) => other,
            Err(error) => {
                others.push(Process::unread(name, &error));
                continue;
            }
        };
        if other.process().confidence > first.process().confidence {
            std::mem::swap(&mut first, &mut other);
        }
        others.push(other.process());
    }
    first.others = others;
    first.chosen.all_are_looked_at();
    Ok(first)
}

/// Looks at one process: the one that is asked for, or else the first.
fn look_at(
    arguments: &SeriesArgs,
    source: &Options,
    wants_rungs: bool,
    task: &Task,
) -> Result<Suspicion> {
    let progress = Shown::of(task);
    let mut chosen = choose(arguments, &[], task)?;
    let mut first_error: Option<Error> = None;
    let mut held = Held::new(arguments.memory);
    let (mut is_settled, mut about_series) = (false, None);
    loop {
        let dumps: Vec<Dump> = chosen.series.usable().cloned().collect();
        if dumps.is_empty() {
            return Err(match first_error {
                Some(error) => error,
                None => none_usable(&chosen.series),
            });
        }
        held.make_room(&chosen, &dumps, wants_rungs)?;
        let notes = chosen.notes();
        let mut sources = sources_of(dumps.last(), source.clone());
        // The search begins with the last one.
        let order = dumps.iter().rev().map(|dump| dump.path.clone()).collect();
        let found = chosen.loading_ahead(order, task, |load| {
            let heap = |path: &Path| held.heap(path, load, &notes);
            suspicion(&dumps, heap, &mut sources, wants_rungs, task)
        });
        let (at, error) = match found {
            Ok(found) => {
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
                let looked_at = looked_at(chosen, dumps, found, about_series, task);
                drop(progress);
                return looked_at;
            }
            Err(Failure {
                dump: Some(at),
                error,
            }) if state_of(&error).is_some() => (at, error),
            Err(failure) => return Err(failure.error),
        };
        leave_out(&mut chosen.series, &dumps[at].path, &error);
        first_error.get_or_insert(error);
    }
}

/// Leaves a dump that cannot be read out of a series.
fn leave_out(series: &mut Series, path: &Path, error: &Error) {
    let mut all = series.dumps.iter_mut();
    if let Some(dump) = all.find(|dump| *dump.path == *path) {
        dump.fail(error);
    }
    series.arrange();
}

/// The heaps that are held while a series is searched.
struct Held {
    /// What heaps and the search may take together, in bytes.
    budget: u64,
    /// What the search needs, with the last dump and another one while that is loaded.
    need: u64,
    last: PathBuf,
    /// The heap of the last dump, which the search holds anyway.
    of_last: Option<Arc<Heap>>,
    /// Other heaps, as far as there is room besides.
    others: Opened,
    /// The dumps whose warnings were noted.
    noted: HashSet<PathBuf>,
}

impl Held {
    fn new(memory: Option<u64>) -> Self {
        let others = memory.map_or_else(Opened::default, Opened::with_budget);
        Self {
            budget: others.budget(),
            need: 0,
            last: PathBuf::new(),
            of_last: None,
            others,
            noted: HashSet::new(),
        }
    }

    /// Makes room for the search of these dumps, and says if there is none.
    fn make_room(&mut self, chosen: &Chosen, dumps: &[Dump], wants_rungs: bool) -> Result<()> {
        let paths: Vec<&Path> = dumps.iter().map(|dump| &*dump.path).collect();
        let Some((&last, others)) = paths.split_last() else {
            return Ok(());
        };
        if self.last != last {
            self.last = last.to_path_buf();
            self.of_last = None;
        }
        // Where nobody can tell, nothing is kept.
        self.need = u64::MAX / 2;
        if let Some(need) = need_of_search(&paths, wants_rungs, &chosen.cache) {
            announce(settle(last, need, chosen.memory())?);
            self.need = need.building;
        }
        let building = others.iter().filter_map(|path| self.others.need(path).ok());
        let building = building.map(|need| need.building).max().unwrap_or(0);
        let besides = self.need.saturating_sub(building);
        self.others.allow(self.budget.saturating_sub(besides));
        Ok(())
    }

    /// The heap of a dump, which is kept for the next time if there is room.
    fn heap(&mut self, path: &Path, load: Loader<'_>, notes: &Notes) -> Result<Arc<Heap>> {
        let spare = self.budget.saturating_sub(self.others.bytes() + self.need);
        let mut load = |path: &Path| {
            let heap = Arc::new(load(path, spare)?);
            if self.noted.insert(path.to_path_buf()) {
                notes.add_warnings(path, heap.warnings());
            }
            Ok(heap)
        };
        if path != self.last {
            return self.others.fetch(path, load);
        }
        match &self.of_last {
            Some(heap) => Ok(Arc::clone(heap)),
            None => Ok(Arc::clone(self.of_last.insert(load(path)?))),
        }
    }
}

/// What was found in a series, with what its order says and who allocates what piles up.
fn looked_at(
    chosen: Chosen,
    dumps: Vec<Dump>,
    mut found: crate::series::Suspicion,
    about_series: Option<String>,
    task: &Task,
) -> Result<Suspicion> {
    let order = chosen.order_note();
    let about = order.into_iter().chain(about_series);
    found.findings.caveats.splice(0..0, about);
    let (heap, suspects) = (&found.heap, &found.findings.suspects);
    let allocated = allocated::find(&chosen, &dumps, heap, suspects, task)?;
    Ok(Suspicion {
        totals: found.totals,
        allocated,
        changes: Vec::new(),
        scripts: found.scripts,
        known: KnownLeaks::default(),
        chosen,
        others: Vec::new(),
        findings: found.findings,
        heap: found.heap,
        summaries: found.summaries,
        dumps,
    })
}

/// Looks at a series for a report.
pub(super) fn study(arguments: &SeriesArgs, source: &Options, task: &Task) -> Result<Study> {
    let suspicion = look_into(arguments, source, true, task)?;
    let series = &suspicion.chosen.series;
    let mut notes: Vec<String> = series.dumps.iter().filter_map(Dump::left_out).collect();
    notes.extend(suspicion.chosen.notes().take());
    Ok(Study {
        profile: profile_of(&suspicion.chosen.folder.groups, &suspicion.dumps).cloned(),
        growth: growth_of(&suspicion.dumps, &suspicion.summaries),
        notes,
        arguments: words_of(arguments),
        dumps: suspicion.dumps,
        findings: suspicion.findings,
        heap: suspicion.heap,
        scripts: suspicion.scripts,
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
    /// What the search comes to, and why nothing can be said where that is so.
    pub fn outcome(&self) -> (Outcome, Vec<String>) {
        concluded(&self.findings, self.unread_in_words())
    }

    /// What the dumps of its process come to.
    fn process(&self) -> Process {
        let (name, dumps) = (self.chosen.name().to_owned(), self.dumps.len());
        Process::of(name, dumps, &self.findings, self.unread_in_words())
    }

    fn unread_in_words(&self) -> impl Iterator<Item = String> + '_ {
        self.unread().map(|dump| {
            let problem = dump.problem.as_deref().unwrap_or_default();
            format!(
                "{} could not be looked at: {}: {problem}",
                dump.name, dump.state
            )
        })
    }

    /// Dumps that should be part of the series and cannot be read.
    pub fn unread(&self) -> impl Iterator<Item = &Dump> {
        let dumps = self.chosen.series.dumps.iter();
        dumps.filter(|dump| dump.kind.has_objects() && dump.state != State::Complete)
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
            .filter(|suspect| suspect.is_likely_leak())
    }
}
