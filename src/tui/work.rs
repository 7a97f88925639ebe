//! Work off the screen's thread: whoever asks gets a ticket, and the answer comes through the event channel.
//!
//! An answer whose ticket nobody waits for any more is dropped by the one who asked. A worker that panics answers with
//! an error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use crate::error::{Error, ErrorKind, Result};
use crate::series::Series;
use crate::task::Task;
use crate::tui::app::PageKey;
use crate::tui::event::Event;
use crate::tui::view::{Holders, Marks, View};
use crate::tui::widgets::lazy_tree::BranchId;

/// Numbers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

/// A request under way.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Its number.
    pub ticket: Ticket,
    /// Its progress, and the way to cancel it.
    pub task: Task,
}

/// What a worker has to say.
pub enum Answer {
    /// The dumps that were found.
    Found(Result<Series>),
    /// A dump was loaded, or could not be.
    Loaded {
        ticket: Ticket,
        dump: usize,
        view: Result<Arc<View>>,
    },
    /// The figures of a dump: objects and heap size in bytes.
    Measured {
        ticket: Ticket,
        dump: usize,
        figures: Result<Figures>,
    },
    /// The list of a branch of a page's tree.
    List {
        ticket: Ticket,
        page: PageKey,
        branch: BranchId,
        list: Result<(Arc<[u32]>, Marks)>,
    },
    /// Who holds what is selected on a page; nothing when there is no such object.
    Holders {
        ticket: Ticket,
        page: PageKey,
        holders: Result<Option<Holders>>,
    },
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Found(_) => "Found",
            Self::Loaded { .. } => "Loaded",
            Self::Measured { .. } => "Measured",
            Self::List { .. } => "List",
            Self::Holders { .. } => "Holders",
        })
    }
}

/// What is known of a dump once it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// How many objects (nodes) it has.
    pub objects: u64,
    /// The sum of their sizes, in bytes.
    pub heap: u64,
}

/// Starts workers.
#[derive(Debug)]
pub struct Work {
    events: Sender<Event>,
    tickets: u64,
}

impl Work {
    /// Workers that answer through `events`.
    pub fn new(events: Sender<Event>) -> Self {
        Self { events, tickets: 0 }
    }

    /// Starts `job`; `answer` makes an event of its result.
    pub fn start<T: 'static>(
        &mut self,
        name: &str,
        job: impl FnOnce(&Task) -> Result<T> + Send + 'static,
        answer: impl FnOnce(Ticket, Result<T>) -> Answer + Send + 'static,
    ) -> Pending {
        self.tickets += 1;
        let pending = Pending {
            ticket: Ticket(self.tickets),
            task: Task::new(),
        };
        let (ticket, task, events) = (pending.ticket, pending.task.clone(), self.events.clone());
        let run = move || {
            let result = catch_unwind(AssertUnwindSafe(|| job(&task)))
                .unwrap_or_else(|panic| Err(died(panic.as_ref())));
            let _ = events.send(Event::Answer(answer(ticket, result)));
        };
        // A thread that cannot be started is an error of the machine: the request stays unanswered, the screen lives.
        let _ = thread::Builder::new().name(name.to_owned()).spawn(run);
        pending
    }
}

fn died(panic: &(dyn std::any::Any + Send)) -> Error {
    let words = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Error::new(
        ErrorKind::Internal,
        format!("heaptui made a mistake here: {words}"),
    )
    .advise("the other views still work; please report it")
}
