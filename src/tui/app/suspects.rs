//! The search for suspects: when it is made, with which heaps, and what becomes of its outcome.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::error::{Error, Result};
use crate::heap::Heap;
use crate::index::Cache;
use crate::series::allocating::profile_of;
use crate::series::{Failure, Opened, state_of, suspicion};
use crate::task::Task;
use crate::tui::app::App;
use crate::tui::dump_store::id_of;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::views::suspects::Found;
use crate::tui::work::{Answer, Slot, answer};

/// What a search comes to: what was found, or which dump could not be read, and why.
type Outcome = std::result::Result<Found, (Vec<DumpId>, Option<DumpId>, Error)>;

impl App {
    /// Shows the suspects, and has them looked for if that was not done.
    pub(super) fn show_suspects(&mut self) {
        self.suspects.ask();
        self.visit(PageKey::Suspects);
        self.look_for_suspects();
    }

    /// Begins the search that somebody waits for, unless something is being loaded that the user waits for more. Says
    /// whether a search is on its way.
    pub(super) fn look_for_suspects(&mut self) -> bool {
        if !self.suspects.is_asked() {
            return false;
        }
        let dumps = self.store.usable_dumps();
        let ids: Vec<DumpId> = dumps.iter().map(id_of).collect();
        if !self.suspects.wants(&ids) {
            return false;
        }
        if self.work.status(&Slot::Suspects).is_some() && self.searched_dumps == ids {
            return true;
        }
        if self.wanted.is_some() || self.is_loading() {
            return false;
        }
        for other in self.store.unmeasured() {
            self.work.abandon(&Slot::Measure(other));
        }
        let (lent, room) = match self.store.lend(&ids) {
            Ok((lent, room, gone)) => {
                self.forget_pages(&gone);
                (lent, room)
            }
            Err(error) => {
                self.suspects.fail(ids, error.to_string());
                return false;
            }
        };
        let (fetched, cache) = (self.suspects.begin(), self.work.cache().clone());
        self.searched_dumps.clone_from(&ids);
        let profile = profile_of(self.store.groups(), &dumps).cloned();
        let group = self.store.groups().get(self.store.active());
        let order = group.and_then(|group| group.series.order.note());
        self.work.start(Slot::Suspects, move |task| {
            let mut heaps = Heaps::new(ids.last().cloned(), lent, room, cache);
            let found = suspicion(
                &dumps,
                |path| {
                    fetched.fetch_add(1, Ordering::Relaxed);
                    heaps.fetch(path, task)
                },
                false,
                task,
            );
            let outcome: Outcome = match found {
                Ok(mut suspicion) => {
                    let caveats = &mut suspicion.findings.caveats;
                    caveats.splice(0..0, order.map(str::to_owned));
                    Ok(Found::of(ids, suspicion, profile.as_ref(), task)?)
                }
                Err(Failure { error, .. }) if error.is_cancelled() => return Err(error),
                Err(Failure { dump, error }) => {
                    let broken = dump.and_then(|at| ids.get(at).cloned());
                    Err((ids, broken, error))
                }
            };
            Ok(outcome)
        });
        true
    }

    /// Whether a dump is being loaded for the user.
    fn is_loading(&self) -> bool {
        let groups = self.store.groups().iter();
        let mut dumps = groups.flat_map(|group| &group.series.dumps).map(id_of);
        dumps.any(|id| self.work.status(&Slot::Load(id)).is_some())
    }

    /// Takes what a search came to. A dump that turns out to be broken leaves the series, and the search begins anew.
    pub(super) fn take_suspects(&mut self, outcome: Result<Answer>) {
        match answer::<Outcome>(outcome) {
            Ok(Ok(found)) => {
                self.growth.suspects = Some(found.in_a_line());
                self.suspects.take_found(found);
            }
            Ok(Err((dumps, Some(dump), error))) if state_of(&error).is_some() => {
                self.store.failed(&dump, &error);
                self.dumps.follow(&self.store);
                self.grow();
                if self.store.usable() == dumps {
                    self.suspects.fail(dumps, error.to_string());
                }
            }
            Ok(Err((dumps, _, error))) => self.suspects.fail(dumps, error.to_string()),
            Err(error) if error.is_cancelled() => {}
            Err(error) => {
                let dumps = self.searched_dumps.clone();
                self.suspects.fail(dumps, error.to_string());
            }
        }
        self.measure_next();
    }
}

impl Heaps {
    /// The heaps of a search that ends with `last`: some are `lent`, others may take `room` bytes.
    pub(super) fn new(
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
}

/// Where a search has its heaps from: those that were loaded when it began, and what it loads itself, of which as many
/// are kept as there is room for.
pub(super) struct Heaps {
    lent: HashMap<PathBuf, Arc<Heap>>,
    opened: Opened,
    /// The last dump, whose heap the search holds throughout.
    last: Option<DumpId>,
    cache: Cache,
}

impl Heaps {
    /// The heap of a dump of the search.
    pub(super) fn fetch(&mut self, path: &Path, task: &Task) -> Result<Arc<Heap>> {
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
