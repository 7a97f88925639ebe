//! Work off the screen's thread.
//!
//! Two pools: one worker that loads dumps, one after the other, and a few that make lists, so that nobody waits for a
//! load to see what is loaded already. The newest job of a slot wins; results of older ones are never seen.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use crate::error::Result;
use crate::graph::NodeId;
use crate::series::jobs::Status;
use crate::series::{Done, Figures, Jobs, Series};
use crate::task::Task;
use crate::tui::event::Event;
use crate::tui::view::{Holders, Marks, View};
use crate::tui::widgets::lazy_tree::BranchId;

/// A dump, named by its path.
pub type DumpId = Arc<Path>;

/// A page, by what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PageKey {
    /// The list of dumps.
    Dumps,
    /// The classes of a dump.
    Summary(DumpId),
    /// An object of a dump.
    Object(DumpId, NodeId),
}

/// A tree of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// What there is.
    Main,
    /// Who holds it.
    Holders,
}

/// What a job is for; there is one at most for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Which dumps there are.
    Discover,
    /// Loading a dump.
    Load(DumpId),
    /// The figures of a dump that nobody opened.
    Measure(DumpId),
    /// The list of a branch.
    List(PageKey, Side, BranchId),
    /// Who holds what is selected on a page.
    Holders(PageKey),
    /// Looking for an object.
    Find(PageKey),
}

/// What a job returns.
pub enum Answer {
    /// The dumps.
    Found(Series),
    /// A loaded dump.
    Loaded(Arc<View>),
    /// A dump's figures.
    Measured(Figures),
    /// The list of a branch, and what to mark in it.
    List(Arc<[u32]>, Marks),
    /// Who holds the object; nothing when there is no such object.
    Holders(Option<Holders>),
    /// The object with the id that was asked for, if there is one.
    Object(u32, Option<NodeId>),
}

/// Workers in the pool that makes lists.
const LISTERS: usize = 2;

/// The workers.
pub struct Work {
    loads: Jobs<Slot, Answer>,
    lists: Jobs<Slot, Answer>,
}

impl Work {
    /// Workers that say through `events` when something is ready.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn new(events: &Sender<Event>) -> Result<Self> {
        let wake = |events: Sender<Event>| {
            move || {
                let _ = events.send(Event::Ready);
            }
        };
        Ok(Self {
            loads: Jobs::with_waker(1, wake(events.clone()))?,
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
    pub fn start(
        &mut self,
        slot: Slot,
        job: impl FnOnce(&Task) -> Result<Answer> + Send + 'static,
    ) {
        self.pool(&slot).spawn(slot, job);
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
            Ok(Answer::Loaded(Arc::new(View::new(id, facts, heap, task)?)))
        });
    }

    /// Starts measuring a dump.
    pub fn measure(&mut self, dump: &DumpId) {
        let path: PathBuf = dump.to_path_buf();
        self.start(Slot::Measure(Arc::clone(dump)), move |task| {
            Figures::read(&path, task).map(Answer::Measured)
        });
    }
}
