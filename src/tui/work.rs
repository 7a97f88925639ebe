//! Work off the screen's thread.
//!
//! Two pools: one worker that loads dumps, one after the other, and a few that make lists, so that nobody waits for a
//! load to see what is loaded already. The newest job of a slot wins; results of older ones are never seen.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use crate::analysis::growth::Rung;
use crate::error::{Error, Result};
use crate::heap::Heap;
use crate::series::jobs::Status;
use crate::series::{Done, Figures, Jobs};
use crate::task::Task;
use crate::tui::event::Event;
use crate::tui::place::{DumpId, PageKey, Side};
use crate::tui::view::View;
use crate::tui::widgets::lazy_tree::BranchId;

/// What a job is for; there is one at most for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Loading a dump.
    Load(DumpId),
    /// What the series needs to know of a dump.
    Measure(DumpId),
    /// What grows.
    Grow,
    /// The classes of a page by another filter.
    Narrow(PageKey),
    /// Comparing the dumps of a page.
    Compare(PageKey),
    /// The list of a branch.
    List(PageKey, Side, BranchId),
    /// Who holds what is selected on a page.
    Holders(PageKey),
    /// Looking for an object.
    Find(PageKey),
    /// Finding the native contexts of a dump.
    Realms(DumpId),
    /// Whatever else a page needs; pages number their jobs.
    Page(PageKey, u32),
}

/// What a job returns: whoever started it knows what it is.
pub type Answer = Box<dyn Any + Send>;

/// A loaded dump, as an answer.
pub struct Loaded(pub Arc<View>);

/// A dump's figures, and what growth needs of it, as an answer.
pub struct Measured(pub Figures, pub Arc<Rung>);

/// Workers in the pool that makes lists.
const LISTERS: usize = 2;

/// The workers.
pub struct Work {
    loads: Jobs<Slot, Answer>,
    lists: Jobs<Slot, Answer>,
}

/// What a worker found, if it found what was asked for: what it is, or why there is nothing.
///
/// # Errors
/// When the job failed; an answer of another kind counts as cancelled.
pub fn answer<T: 'static>(outcome: Result<Answer>) -> Result<T> {
    let answer = outcome?.downcast::<T>();
    answer.map(|found| *found).map_err(|_| Error::cancelled())
}

impl Work {
    /// Workers that say through `events` when something is ready; loading leaves the host to others first, unless it
    /// is to go at `full_speed`.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn new(events: &Sender<Event>, full_speed: bool) -> Result<Self> {
        let wake = |events: Sender<Event>| {
            move || {
                let _ = events.send(Event::Ready);
            }
        };
        Ok(Self {
            loads: if full_speed {
                Jobs::with_waker(1, wake(events.clone()))?
            } else {
                Jobs::in_background(1, wake(events.clone()))?
            },
            lists: Jobs::with_waker(LISTERS, wake(events.clone()))?,
        })
    }

    fn pool(&mut self, slot: &Slot) -> &mut Jobs<Slot, Answer> {
        match slot {
            Slot::Load(_) | Slot::Measure(_) => &mut self.loads,
            _ => &mut self.lists,
        }
    }

    /// Starts a job.
    pub fn start<T: Send + 'static>(
        &mut self,
        slot: Slot,
        job: impl FnOnce(&Task) -> Result<T> + Send + 'static,
    ) {
        self.pool(&slot)
            .spawn(slot, move |task| Ok(Box::new(job(task)?) as Answer));
    }

    /// Stops a job and forgets it.
    pub fn abandon(&mut self, slot: &Slot) {
        self.pool(slot).abandon(slot);
    }

    /// How a job is doing, if there is one.
    pub fn status(&self, slot: &Slot) -> Option<Status> {
        match slot {
            Slot::Load(_) | Slot::Measure(_) => self.loads.status(slot),
            _ => self.lists.status(slot),
        }
    }

    /// The next result, if any is ready.
    pub fn take(&mut self) -> Option<Done<Slot, Answer>> {
        self.lists.try_recv().or_else(|| self.loads.try_recv())
    }

    /// The next list that is ready within `timeout`.
    pub fn wait_for_list(&mut self, timeout: Duration) -> Option<Done<Slot, Answer>> {
        self.lists.recv_timeout(timeout)
    }

    /// Whether anything is in progress.
    pub fn is_busy(&self) -> bool {
        self.loads.is_busy() || self.lists.is_busy()
    }

    /// Whether a list is being made: it will mostly be there in a moment.
    pub fn makes_lists(&self) -> bool {
        self.lists.is_busy()
    }

    /// Starts loading a dump.
    pub fn load(&mut self, dump: &DumpId, facts: (String, u64)) {
        let path: PathBuf = dump.to_path_buf();
        let id = Arc::clone(dump);
        self.start(Slot::Load(Arc::clone(dump)), move |task| {
            let heap = crate::series::Opened::load(&path, task)?;
            Ok(Loaded(Arc::new(View::new(id, facts, heap, task)?)))
        });
    }

    /// Starts measuring a dump: of its heap where that is loaded, else of one that goes right afterwards.
    pub fn measure(&mut self, dump: &DumpId, loaded: Option<Arc<Heap>>) {
        let path: PathBuf = dump.to_path_buf();
        self.start(Slot::Measure(Arc::clone(dump)), move |task| {
            let heap = match loaded {
                Some(heap) => heap,
                None => crate::series::Opened::load(&path, task)?,
            };
            let rung = Rung::of(&heap, task)?;
            Ok(Measured(Figures::of_heap(&heap), Arc::new(rung)))
        });
    }
}
