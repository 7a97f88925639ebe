//! Work off the screen's thread.
//!
//! Three pools: one worker that loads dumps, one after the other; a few that make lists, so that nobody waits for a load
//! to see what is loaded already; and one that writes indexes when nobody waits. The newest job of a slot wins; results of older ones are never seen.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::analysis::growth::DumpSummary;
use crate::error::Result;
use crate::heap::{Early, Heap};
use crate::index::{Cache, Kept, Key};
use crate::series::jobs::Status;
use crate::series::memory::Need;
use crate::series::{Done, Figures, Jobs, Process};
use crate::source::CodePlace;
use crate::task::Task;
use crate::tui::clipboard::Text;
use crate::tui::event::Event;
use crate::tui::place::{DumpId, PageKey, Side};
use crate::tui::search::Outcome;
use crate::tui::trend::Trend;
use crate::tui::view::View;
use crate::tui::widgets::lazy_tree::BranchId;

/// What a job is for; there is one at most for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Loading a dump.
    Load(DumpId),
    /// What the series needs to know of a dump.
    Measure(DumpId),
    /// Writing the index of a dump.
    Keep(DumpId),
    /// Looking for source maps of a dump's classes.
    Originals(DumpId),
    /// What grows.
    Grow,
    /// Who is to blame for it.
    Suspects,
    /// Who is to blame in a process that is not in view.
    OtherSuspects,
    /// Writing the incident report.
    Report,
    /// The classes of a page by another filter.
    Narrow(PageKey),
    /// Comparing the dumps of a page.
    Compare(PageKey),
    /// The list of a branch.
    List(PageKey, Side, BranchId),
    /// The retainers of the selected object.
    Holders(PageKey),
    /// Looking for an object.
    Find(PageKey),
    /// Finding the native contexts of a dump.
    Realms(DumpId),
    /// Counting what answers what is being typed.
    Search,
    /// Text to copy.
    Copy,
    /// The place to edit.
    Edit,
    /// A file to write.
    Write,
    /// Whatever else a page needs; pages number their jobs.
    Page(PageKey, u32),
}

impl Slot {
    /// Whether the job loads heaps, which one after another do.
    fn loads(&self) -> bool {
        matches!(
            self,
            Self::Load(_) | Self::Measure(_) | Self::Suspects | Self::OtherSuspects | Self::Report
        )
    }

    /// The page that waits for the job.
    pub fn page(&self) -> Option<&PageKey> {
        match self {
            Self::Narrow(key)
            | Self::Compare(key)
            | Self::List(key, ..)
            | Self::Holders(key)
            | Self::Page(key, _) => Some(key),
            _ => None,
        }
    }

    /// Whether a page waits for the job, or the pages for what it finds.
    pub fn is_of_a_page(&self) -> bool {
        matches!(self, Self::Find(_)) || self.page().is_some()
    }
}

/// Puts what a worker found where it is waited for.
type Delivery = Box<dyn FnOnce() + Send>;

/// What workers have found for somebody, in order. Whoever has work done owns one, and says of every job as which of its
/// messages the outcome is to come.
pub struct Inbox<M> {
    sender: Sender<M>,
    receiver: Receiver<M>,
}

impl<M> Default for Inbox<M> {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self { sender, receiver }
    }
}

impl<M> Inbox<M> {
    /// The next message, if there is one.
    pub fn next(&self) -> Option<M> {
        self.receiver.try_recv().ok()
    }
}

/// A dump that was to be loaded, as an answer.
pub enum Loaded {
    /// It was; with its figures, and what its index is to be written by.
    Heap(Arc<View>, Figures, Option<Key>),
    /// What the header of its index says, if there is one, and whether the user waits for the dump.
    IndexHeader(Option<IndexedDump>, bool),
}

/// What the front of a dump's index says.
pub struct IndexedDump {
    /// The dump's figures.
    pub figures: Figures,
    /// What growth needs of it.
    pub summary: Arc<DumpSummary>,
    /// What entering the dump takes, where that can be done.
    pub need: Option<Need>,
    /// Its classes, if the user waits for the dump.
    pub view: Option<Arc<View>>,
}

/// A dump's figures, and what growth needs of it, as an answer.
pub struct Measured(pub Figures, pub Arc<DumpSummary>);

/// How long leaving waits for workers that write. They look up every few megabytes.
const FINISH: Duration = Duration::from_millis(500);

/// Workers in the pool that makes lists.
const LISTERS: usize = 2;

/// What is known early of a dump.
type Known = (DumpId, Early);

/// What workers find for the session.
#[allow(missing_docs)] // Each is the outcome of the job of its name.
pub enum Found {
    Loaded(DumpId, Result<Loaded>),
    Measured(DumpId, Result<Measured>),
    Kept(Result<Kept>),
    /// Names of classes are known to the view.
    Originals(Result<()>),
    Trend(Result<Arc<Trend>>),
    Search(Result<Outcome>),
    OtherProcess(Vec<DumpId>, Result<Process>),
    Report(Result<PathBuf>),
    Copied(Result<Text>),
    Written(Result<String>),
    Place(Result<CodePlace>),
}

/// The workers.
pub struct Work {
    loads: Jobs<Slot, Delivery>,
    lists: Jobs<Slot, Delivery>,
    /// What is known early of dumps that are being loaded.
    first: (Sender<Known>, Receiver<Known>),
    events: Sender<Event>,
    /// Writes indexes; nobody waits for it.
    writes: Jobs<Slot, Delivery>,
    cache: Cache,
}

fn delivered(done: Done<Slot, Delivery>) -> Slot {
    (done.outcome)();
    done.slot
}

impl Work {
    /// Workers that say through `events` when something is ready; loading leaves the host to others first, unless it
    /// is to go at `full_speed`.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn new(events: &Sender<Event>, full_speed: bool, cache: Cache) -> Result<Self> {
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
            first: channel(),
            events: events.clone(),
            writes: Jobs::in_background(1, wake(events.clone()))?,
            cache,
        })
    }

    fn pool(&mut self, slot: &Slot) -> &mut Jobs<Slot, Delivery> {
        match slot {
            slot if slot.loads() => &mut self.loads,
            Slot::Keep(_) | Slot::Originals(_) => &mut self.writes,
            _ => &mut self.lists,
        }
    }

    /// Starts a job; its outcome comes as a message.
    pub fn start<T: 'static, M: Send + 'static>(
        &mut self,
        slot: Slot,
        inbox: &Inbox<M>,
        job: impl FnOnce(&Task) -> Result<T> + Send + 'static,
        message: impl FnOnce(Result<T>) -> M + Send + 'static,
    ) {
        let sender = inbox.sender.clone();
        let deliver = move |outcome| -> Delivery {
            let message = message(outcome);
            Box::new(move || {
                // Whoever waited may have gone.
                let _ = sender.send(message);
            })
        };
        self.pool(&slot).spawn_then(slot, job, deliver);
    }

    /// Where indexes are.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Stops a job and forgets it.
    pub fn abandon(&mut self, slot: &Slot) {
        self.pool(slot).abandon(slot);
    }

    /// Stops making the lists of branches that went.
    pub fn abandon_lists(
        &mut self,
        page: &PageKey,
        side: Side,
        branches: impl IntoIterator<Item = BranchId>,
    ) {
        for branch in branches {
            self.abandon(&Slot::List(page.clone(), side, branch));
        }
    }

    /// How a job is doing, if there is one.
    pub fn status(&self, slot: &Slot) -> Option<Status> {
        match slot {
            slot if slot.loads() => self.loads.status(slot),
            Slot::Keep(_) | Slot::Originals(_) => self.writes.status(slot),
            _ => self.lists.status(slot),
        }
    }

    /// Delivers the next result, if any is ready; says of which job.
    pub fn take(&mut self) -> Option<Slot> {
        let done = self.lists.try_recv().or_else(|| self.loads.try_recv());
        done.or_else(|| self.writes.try_recv()).map(delivered)
    }

    /// What is known early of a dump that is being loaded, if anything is new.
    pub fn take_early(&mut self) -> Option<(DumpId, Early)> {
        self.first.1.try_recv().ok()
    }

    /// Delivers the next list that is ready within `timeout`; says of which job.
    pub fn wait_for_list(&mut self, timeout: Duration) -> Option<Slot> {
        self.lists.recv_timeout(timeout).map(delivered)
    }

    /// Whether anything is in progress.
    pub fn is_busy(&self) -> bool {
        self.loads.is_busy() || self.lists.is_busy()
    }

    /// Whether a list is being made: it will mostly be there in a moment.
    pub fn makes_lists(&self) -> bool {
        self.lists.is_busy()
    }

    /// Whether a dump may have an index at all.
    pub fn uses_indexes(&self) -> bool {
        self.cache.folder().is_some()
    }

    /// The job that reads the header of a dump's index, if it has one; `wanted` if somebody waits for the dump.
    pub fn look_up(
        &self,
        dump: &DumpId,
        facts: (String, u64),
        wanted: bool,
    ) -> impl FnOnce(&Task) -> Result<Loaded> + Send + use<> {
        let (path, id, cache) = (dump.to_path_buf(), Arc::clone(dump), self.cache.clone());
        move |_| {
            let found = cache.front(&path).map(|front| IndexedDump {
                figures: Figures::of_front(&front),
                summary: Arc::new(front.summary()),
                need: Need::of_index(&front),
                view: (wanted && front.has_columns())
                    .then(|| Arc::new(View::of_front(id, facts, front))),
            });
            Ok(Loaded::IndexHeader(found, wanted))
        }
    }

    /// Stops whatever may be writing an index, so that nothing is left half-written.
    pub fn finish(&mut self) {
        self.writes.finish(FINISH);
        self.loads.finish(FINISH);
    }

    /// The job that loads what there is of a dump that is cut short, which is to need no more than `budget` bytes.
    pub fn load_cut(
        dump: &DumpId,
        facts: (String, u64),
        budget: u64,
    ) -> impl FnOnce(&Task) -> Result<Loaded> + Send + use<> {
        let (path, id) = (dump.to_path_buf(), Arc::clone(dump));
        move |task| {
            let heap = crate::series::open_cut(&path, budget, task)?;
            task.stage("linking holders", 0);
            heap.graph().link_back();
            let figures = Figures::of_heap(&heap);
            let view = View::new(id, facts, Arc::new(heap), task)?;
            Ok(Loaded::Heap(Arc::new(view), figures, None))
        }
    }

    /// The job that loads a dump.
    pub fn load(
        &self,
        dump: &DumpId,
        facts: (String, u64),
    ) -> impl FnOnce(&Task) -> Result<Loaded> + Send + use<> {
        let (path, id, cache) = (dump.to_path_buf(), Arc::clone(dump), self.cache.clone());
        let (first, events) = (self.first.0.clone(), self.events.clone());
        move |task| {
            let early = |early| {
                // Nobody is there to look at it when this fails.
                let _ = first.send((Arc::clone(&id), early));
                let _ = events.send(Event::Ready);
            };
            let loaded = crate::series::Opened::load_staged(&path, &cache, task, early);
            let (heap, fresh) = loaded?;
            let figures = Figures::of_heap(&heap);
            let view = View::new(id, facts, heap, task)?;
            Ok(Loaded::Heap(Arc::new(view), figures, fresh))
        }
    }

    /// The job that measures a dump: of its heap where that is loaded, else of one that goes right afterwards.
    pub fn measure(
        &self,
        dump: &DumpId,
        loaded: Option<Arc<Heap>>,
    ) -> impl FnOnce(&Task) -> Result<Measured> + Send + use<> {
        let (path, cache): (PathBuf, _) = (dump.to_path_buf(), self.cache.clone());
        move |task| {
            let (heap, fresh) = match loaded {
                Some(heap) => (heap, None),
                None => crate::series::Opened::load(&path, &cache, task)?,
            };
            let summary = DumpSummary::of(&heap, task)?;
            if let Some(key) = fresh {
                // Whatever comes of it, the dump is measured.
                let _ = cache.keep(&path, key, &heap, task);
            }
            Ok(Measured(Figures::of_heap(&heap), Arc::new(summary)))
        }
    }

    /// The job that writes the index of a dump that was loaded.
    pub fn keep(
        &self,
        dump: &DumpId,
        key: Key,
        heap: Arc<Heap>,
    ) -> impl FnOnce(&Task) -> Result<Kept> + Send + use<> {
        let (path, cache) = (dump.to_path_buf(), self.cache.clone());
        move |task| cache.keep(&path, key, &heap, task)
    }
}
