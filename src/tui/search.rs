//! The search for suspects: who asked for it, which heaps it uses, and its result.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::analysis::allocated::Allocation;
use crate::analysis::describe::Scripts;
use crate::analysis::hops::{Folded, folded};
use crate::analysis::paths::Step;
use crate::analysis::suspects::{Outcome as Conclusion, Suspect};
use crate::error::{Error, Result};
use crate::heap::{Class, ClassId, Heap};
use crate::index::Cache;
use crate::series::allocating::{allocation_in_words, allocations_of, own_creator, profile_of};
use crate::series::{Dump, Failure, Group, Opened, Process, Suspicion, sources_of, suspicion};
use crate::settings::{KnownLeaks, Standing, today};
use crate::source::{Change, CodePlace, Options, Sources};
use crate::task::Task;
use crate::tui::dump_store::id_of;
use crate::tui::place::DumpId;

/// A suspect, and what the screen needs to know of it.
pub struct Accused {
    /// What was found.
    pub suspect: Suspect,
    /// From the root to the holder.
    pub way: Folded,
    /// From the holder to one of the objects that pile up.
    pub below: Folded,
    /// Who allocates what piles up, where a profile tells.
    pub allocated: AllocatedBy,
    /// What piles up, as a class of the last dump.
    pub class: Option<(ClassId, Class)>,
    /// The line to change, as far as the code is on this host or in the dump.
    pub line: Option<CodePlace>,
    /// What is known of it, if it is a known leak.
    pub known: Option<Known>,
}

/// Who allocates what a suspect keeps.
#[derive(Debug, Default)]
pub struct AllocatedBy {
    /// Functions in words, the surest first.
    pub words: Vec<String>,
    /// The application's own function among them that creates the objects, and its place: `renderEmail relay.js:39:22`.
    pub own: Option<String>,
}

/// What is known of a leak.
pub struct Known {
    /// Whether it may stay.
    pub accepted: bool,
    /// Why, and until when.
    pub words: String,
}

impl Accused {
    /// Whether it is a known leak that may stay.
    pub fn may_stay(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.accepted)
    }
}

/// What was found over which dumps.
pub struct Found {
    /// The dumps, in order.
    pub dumps: Vec<DumpId>,
    /// The suspects, worst first.
    pub suspects: Vec<Accused>,
    /// The last dump's names, as they were written where maps tell.
    pub scripts: Arc<Scripts>,
    /// What limits the findings, in sentences.
    pub caveats: Vec<String>,
    /// What the search comes to.
    pub conclusion: Conclusion,
    /// Why it would mean little that nothing is accused; `None` where it means that the series is healthy.
    pub doubt: Option<String>,
    /// Whether object ids mean the same objects in all dumps.
    pub comparable: bool,
    /// The total size of the first and the last dump, in bytes.
    pub totals: (u64, u64),
}

/// What a search comes to: what was found, or which dump could not be read, and why.
pub type Outcome = std::result::Result<Found, Failed>;

/// A search that came to nothing.
pub struct Failed {
    /// The dumps that were searched.
    pub dumps: Vec<DumpId>,
    /// The one that could not be read, if it was that.
    pub broken: Option<DumpId>,
    /// Why.
    pub error: Error,
}

/// Who wants a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Wanted {
    /// Nobody asked: it is made when there is nothing else to do.
    #[default]
    InPassing,
    /// The user waits for it.
    Asked,
    /// The user does not want it.
    Stopped,
}

/// How the search stands.
#[derive(Clone, Default)]
pub struct Search {
    /// What was found last.
    pub found: Option<Arc<Found>>,
    /// Why nothing was found out about these dumps.
    problem: Option<(Vec<DumpId>, String)>,
    /// Who wants to know.
    wanted: Wanted,
    /// The dumps of the search that was begun last.
    dumps: Vec<DumpId>,
    /// How many heaps that one asked for.
    fetched: Arc<AtomicUsize>,
    /// The leaks that are known.
    known: Arc<KnownLeaks>,
    /// What the dumps of processes that are not in view come to, as far as they were searched.
    others: Vec<(Vec<DumpId>, Process)>,
}

impl Search {
    /// No search yet, of one who knows these leaks.
    pub fn knowing(known: KnownLeaks) -> Self {
        Self {
            known: Arc::new(known),
            ..Self::default()
        }
    }

    /// No search yet of another process that comes into view.
    pub fn of_another(&self) -> Self {
        Self {
            known: Arc::clone(&self.known),
            others: self.others.clone(),
            ..Self::default()
        }
    }

    /// What the dumps of a process that is not in view come to, if these were searched.
    pub fn other(&self, dumps: &[DumpId]) -> Option<&Process> {
        let mut others = self.others.iter();
        others
            .find(|(known, _)| known == dumps)
            .map(|(_, process)| process)
    }

    /// Takes what the dumps of a process that is not in view come to.
    pub fn take_other(&mut self, dumps: Vec<DumpId>, process: Process) {
        self.others.retain(|(_, known)| known.name != process.name);
        self.others.push((dumps, process));
    }

    /// Somebody wants to know who is to blame.
    pub fn ask(&mut self) {
        self.wanted = Wanted::Asked;
        self.problem = None;
    }

    /// The user does not want to know any more.
    pub fn stop(&mut self) {
        self.wanted = Wanted::Stopped;
    }

    /// Whether the user waits for it.
    pub fn is_asked(&self) -> bool {
        self.wanted == Wanted::Asked
    }

    /// Whether the user does not want it.
    pub fn is_stopped(&self) -> bool {
        self.wanted == Wanted::Stopped
    }

    /// Whether a search over these dumps is wanted and was not made.
    pub fn wants(&self, dumps: &[DumpId]) -> bool {
        let found = self.found.as_ref().map(|found| &found.dumps);
        let failed = self.problem.as_ref().map(|(dumps, _)| dumps);
        let known = |known: &Vec<DumpId>| known == dumps;
        !self.is_stopped()
            && !dumps.is_empty()
            && !found.is_some_and(known)
            && !failed.is_some_and(known)
    }

    /// Whether these are the dumps of the search that was begun last.
    pub fn is_over(&self, dumps: &[DumpId]) -> bool {
        self.dumps == dumps
    }

    /// Takes what was found.
    pub fn take(&mut self, found: Found) {
        self.found = Some(Arc::new(found));
        self.problem = None;
    }

    /// Takes that nothing could be found out about `dumps`; `None`: those of the search that was begun last.
    pub fn fail(&mut self, dumps: Option<Vec<DumpId>>, problem: String) {
        let dumps = dumps.unwrap_or_else(|| self.dumps.clone());
        self.problem = Some((dumps, problem));
    }

    /// Why nothing could be found out.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_ref().map(|(_, words)| words.as_str())
    }

    /// How many heaps the running search asked for.
    pub fn fetched(&self) -> usize {
        self.fetched.load(Ordering::Relaxed)
    }

    /// A search over `dumps` begins; gives the job that makes it, with these heaps.
    pub fn begin(
        &mut self,
        dumps: Vec<Dump>,
        mut heaps: Heaps,
        (groups, active): (&[Group], usize),
        source: Options,
    ) -> impl FnOnce(&Task) -> Result<Outcome> + Send + use<> {
        let ids: Vec<DumpId> = dumps.iter().map(id_of).collect();
        self.dumps.clone_from(&ids);
        self.fetched = Arc::default();
        let (fetched, known) = (Arc::clone(&self.fetched), Arc::clone(&self.known));
        let profile = profile_of(groups, &dumps).cloned();
        let group = groups.get(active);
        let order = group.and_then(|group| group.series.order.note());
        move |task| {
            let mut sources = sources_of(dumps.last(), source);
            let found = suspicion(
                &dumps,
                |path| {
                    fetched.fetch_add(1, Ordering::Relaxed);
                    heaps.fetch(path, task)
                },
                &mut sources,
                false,
                task,
            );
            Ok(match found {
                Ok(mut suspicion) => {
                    let caveats = &mut suspicion.findings.caveats;
                    caveats.splice(0..0, order.map(str::to_owned));
                    let profile = profile.as_ref();
                    let mut found = Found::of(ids, suspicion, profile, &mut sources, task)?;
                    for accused in &mut found.suspects {
                        let suspect = &accused.suspect;
                        let leak = known.find(suspect.signature.id);
                        let (rate, today) = (suspect.growth_per_hour, today());
                        accused.known = leak.map(|leak| Known {
                            accepted: leak.standing(rate, today) == Standing::Accepted,
                            words: leak.in_words(rate, today),
                        });
                    }
                    Ok(found)
                }
                Err(Failure { error, .. }) if error.is_cancelled() => return Err(error),
                Err(Failure { dump, error }) => Err(Failed {
                    broken: dump.and_then(|at| ids.get(at).cloned()),
                    dumps: ids,
                    error,
                }),
            })
        }
    }
}

/// The job that searches the dumps of a process that is not in view.
pub fn of_other(
    (name, dumps): (String, Vec<Dump>),
    mut heaps: Heaps,
    source: Options,
) -> impl FnOnce(&Task) -> Result<Process> + Send {
    move |task| {
        let mut sources = sources_of(dumps.last(), source);
        let fetch = |path: &Path| heaps.fetch(path, task);
        match suspicion(&dumps, fetch, &mut sources, false, task) {
            Ok(found) => Ok(Process::of(name, dumps.len(), &found.findings, [])),
            Err(Failure { error, .. }) if error.is_cancelled() => Err(error),
            Err(Failure { error, .. }) => Ok(Process::unread(name, &error)),
        }
    }
}

impl Found {
    /// What is shown of a search over `dumps`.
    ///
    /// # Errors
    /// When cancelled.
    pub fn of(
        dumps: Vec<DumpId>,
        suspicion: Suspicion,
        profile: Option<&Dump>,
        sources: &mut Sources,
        task: &Task,
    ) -> Result<Self> {
        let heap = &*suspicion.heap;
        let mut allocated = allocated(profile, &suspicion, task)?.into_iter();
        let scripts = suspicion.scripts;
        let way = |path: &[Step]| folded(heap, &scripts, path);
        let conclusion = suspicion.findings.outcome();
        let suspects = suspicion.findings.suspects.into_iter();
        Ok(Self {
            dumps,
            suspects: suspects
                .map(|suspect| Accused {
                    way: way(&suspect.path),
                    below: way(&suspect.below),
                    class: class(heap, &suspect),
                    allocated: allocated.next().unwrap_or_default(),
                    line: Change::of(heap, &scripts, &suspect).find(sources),
                    known: None,
                    suspect,
                })
                .collect(),
            conclusion,
            doubt: suspicion.findings.doubt,
            caveats: suspicion.findings.caveats,
            comparable: suspicion.findings.comparable,
            totals: suspicion.totals,
            scripts,
        })
    }

    /// The likely leak that matters most: one that may not stay, if there is any.
    pub fn foremost(&self) -> Option<&Accused> {
        let unaccepted = self.accused().find(|accused| !accused.may_stay());
        unaccepted.or_else(|| self.accused().next())
    }

    /// The suspects that are accused.
    pub fn accused(&self) -> impl Iterator<Item = &Accused> {
        self.suspects
            .iter()
            .filter(|accused| accused.suspect.is_likely_leak())
    }
}

/// Functions that are told of a suspect.
const ALLOCATORS: usize = 3;

/// Who allocates what each suspect keeps; empty without a profile of the process. Suspects are found whatever
/// is wrong with a profile, so that it is said where it is missed.
fn allocated(
    profile: Option<&Dump>,
    suspicion: &Suspicion,
    task: &Task,
) -> Result<Vec<AllocatedBy>> {
    let suspects = suspicion.findings.suspects.iter();
    let Some(dump) = profile else {
        return Ok(Vec::new());
    };
    match allocations_of(dump, &suspicion.heap, suspects.clone(), task) {
        Ok((profile, all)) => {
            let words = |found: &Vec<Allocation>| {
                let most = found.iter().take(ALLOCATORS);
                let words = most.map(|found| allocation_in_words(&profile, dump, found));
                AllocatedBy {
                    words: words.collect(),
                    own: own_creator(&profile, found).map(|own| own.plain()),
                }
            };
            Ok(all.iter().map(words).collect())
        }
        Err(error) if error.is_cancelled() => Err(error),
        Err(error) => {
            let unread = |_| AllocatedBy {
                words: vec![error.to_string()],
                own: None,
            };
            Ok(suspects.map(unread).collect())
        }
    }
}

/// What piles up: the class of the example if it is the one that is named, else a class of that name.
fn class(heap: &Heap, suspect: &Suspect) -> Option<(ClassId, Class)> {
    let name = &suspect.leaked.first()?.class;
    let of_example = suspect.example.map(|example| heap.class_id(example));
    let id = of_example
        .filter(|&id| heap.class(id).name == *name)
        .or_else(|| {
            let place = heap
                .classes()
                .iter()
                .position(|class| class.name == *name)?;
            Some(ClassId(place as u32))
        })?;
    Some((id, heap.class(id).clone()))
}

/// Where a search has its heaps from: those that were loaded when it began, and what it loads itself, of which as many
/// are kept as there is room for.
pub struct Heaps {
    lent: HashMap<PathBuf, Arc<Heap>>,
    opened: Opened,
    /// The last dump, whose heap the search holds throughout.
    last: Option<DumpId>,
    cache: Cache,
}

impl Heaps {
    /// The heaps of a search that ends with `last`: some are `lent`, others may take `room` bytes.
    pub fn new(
        last: Option<DumpId>,
        lent: HashMap<PathBuf, Arc<Heap>>,
        room: u64,
        cache: Cache,
    ) -> Self {
        Self {
            lent,
            opened: Opened::with_budget(room),
            last,
            cache,
        }
    }

    /// The heap of a dump of the search.
    pub fn fetch(&mut self, path: &Path, task: &Task) -> Result<Arc<Heap>> {
        let cache = &self.cache;
        let load = |path: &Path| Ok(Opened::load(path, cache, task)?.0);
        if let Some(heap) = self.lent.get(path) {
            return Ok(Arc::clone(heap));
        }
        if self.last.as_deref() == Some(path) {
            let heap = load(path)?;
            let left = self.opened.budget().saturating_sub(heap.bytes());
            self.opened = Opened::with_budget(left);
            self.lent.insert(path.to_path_buf(), Arc::clone(&heap));
            return Ok(heap);
        }
        self.opened.fetch(path, load)
    }
}
