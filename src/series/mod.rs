//! Folders of dumps: what is there, in which order, in which state, and how it is loaded.
//!
//! Lives here: discovery, names and times, states and labels, processes, the watcher, loading in the background, and
//! the memory that loaded heaps may take. Does not live here: how a file is laid out (that is
//! [`snapshot`](crate::snapshot)), what is in a heap, and how any of it is shown.
//!
//! What is found is a [`Series`]; dumps of several processes become several of them, in a [`Folder`].

pub mod allocating;
pub mod discover;
pub mod dump;
pub mod folder;
pub mod jobs;
pub mod load_ahead;
mod look;
pub mod memory;
pub mod names;
pub mod opened;
pub mod order;
mod process;
pub mod profiles;
pub mod suspicion;
mod truncated;
pub mod watch;

pub use discover::{discover, discover_below};
pub use dump::{Dump, Figures, State, TimeSource, sources_of, state_of};
pub use folder::{Folder, Group};
pub use jobs::{Done, Jobs};
pub use load_ahead::LoadAhead;
pub use names::Kind;
pub use opened::{Made, Opened};
pub use order::Order;
pub use process::{Process, concluded};
pub use profiles::{ProfileFile, Profiles};
pub use suspicion::{Failure, Suspicion, growth_of, suspicion};
pub use truncated::open_cut;
pub use watch::{Change, Update, Watcher};

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::index::Cache;
use crate::task::Task;

/// What the explorer is asked to open.
#[derive(Debug, Clone, Default)]
pub struct Exploration {
    /// Dumps and directories of dumps.
    pub paths: Vec<PathBuf>,
    /// Dumps in the folders of directories too.
    pub recursive: bool,
    /// Look for new dumps this often instead of waiting for events.
    pub poll: Option<std::time::Duration>,
    /// What loaded heaps may take, in bytes; nothing: [`memory::default_budget`].
    pub memory: Option<u64>,
    /// Do not leave processors and disks to others first.
    pub full_speed: bool,
    /// What was computed before.
    pub cache: Cache,
    /// The place to begin at, as `s3@1234/why`.
    pub open: Option<String>,
    /// The file of known leaks.
    pub known: Option<PathBuf>,
    /// Where to look for code.
    pub source: crate::source::Options,
}

/// Dumps in time order.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// All dumps, usable or not, in time order.
    pub dumps: Vec<Dump>,
    /// What went wrong with paths that are no dumps: directories that cannot be read.
    pub problems: Vec<Error>,
    /// What their order is by.
    pub order: Order,
}

/// How many dumps an error message lists.
const LISTED: usize = 12;

impl Series {
    /// These dumps, not arranged yet.
    pub fn of(dumps: Vec<Dump>, problems: Vec<Error>) -> Self {
        Self {
            dumps,
            problems,
            order: Order::default(),
        }
    }

    /// Sorts the dumps by time, or by what tells their order better (see [`Order`]), and labels the usable ones `s1`,
    /// `s2`, …; to be called again when states change or ids become known.
    ///
    /// Ties go by sequence number, then by largest object id where it is known, then by name. Dumps without any time
    /// come last.
    pub fn arrange(&mut self) {
        self.dumps.sort_by_cached_key(|dump| {
            let tie = tie_key(dump);
            let id = dump.figures.as_ref().map(|figures| figures.max_object_id);
            (tie, id, dump.name.clone(), dump.path.clone())
        });
        self.order = order::settle(&mut self.dumps);
        let mut number = 0;
        for dump in &mut self.dumps {
            dump.label = dump.is_usable().then(|| {
                number += 1;
                format!("s{number}")
            });
        }
    }

    /// Where names and times leave the order open, or contradict each other, reads the usable dumps through and arranges
    /// them by their object ids. Mostly they do not, and nothing is read.
    ///
    /// # Errors
    /// Cancellation.
    pub fn settle_order(&mut self, cache: &Cache, task: &Task) -> Result<()> {
        let usable: Vec<&Dump> = self.usable().collect();
        let is_tied = |pair: &[&Dump]| tie_key(pair[0]) == tie_key(pair[1]);
        let is_doubtful = self.order != Order::Times || order::is_doubtful(&usable);
        if is_doubtful || usable.windows(2).any(is_tied) {
            self.know_ids(cache, task)?;
        }
        Ok(())
    }

    /// Reads the usable dumps through whose object ids are not known, and arranges all.
    ///
    /// # Errors
    /// Cancellation.
    pub fn know_ids(&mut self, cache: &Cache, task: &Task) -> Result<()> {
        for dump in &mut self.dumps {
            if dump.is_usable() && dump.ids.is_none() {
                dump.measure(cache, task)?;
            }
        }
        self.arrange();
        Ok(())
    }

    /// Takes over what is known of dumps that are the same files still.
    pub fn carry_over(&mut self, known: &Self) {
        for dump in &mut self.dumps {
            let same = known.dumps.iter().find(|other| {
                other.path == dump.path
                    && (other.bytes, other.modified) == (dump.bytes, dump.modified)
            });
            if let Some(other) = same.filter(|_| dump.is_usable()) {
                dump.figures = dump.figures.take().or_else(|| other.figures.clone());
                dump.ids = dump.ids.take().or_else(|| other.ids.clone());
                if other.state == State::Invalid {
                    // Reading it through found what the first look cannot see.
                    dump.state = other.state;
                    dump.problem.clone_from(&other.problem);
                }
            }
        }
        self.arrange();
    }

    /// Reads every usable dump through for its figures; what cannot be read becomes a state and a problem.
    ///
    /// # Errors
    /// Cancellation.
    pub fn measure(&mut self, cache: &Cache, task: &Task) -> Result<()> {
        for dump in &mut self.dumps {
            if dump.figures.is_none() {
                dump.measure(cache, task)?;
            }
        }
        self.arrange();
        Ok(())
    }

    /// The complete heap snapshots and timelines: those with labels, in their order.
    pub fn usable(&self) -> impl DoubleEndedIterator<Item = &Dump> {
        self.dumps.iter().filter(|dump| dump.label.is_some())
    }

    /// The last usable dump.
    ///
    /// # Errors
    /// When there is none; the message tells what was found instead.
    pub fn last(&self) -> Result<&Dump> {
        self.usable().next_back().ok_or_else(|| self.none_usable())
    }

    /// Opens the last usable dump, and when that turns out to be broken, the one before, and so on.
    ///
    /// # Errors
    /// When no dump is usable: the error of the last one. Cancellation.
    pub fn open_last<T>(&mut self, mut open: impl FnMut(&Path) -> Result<T>) -> Result<(T, Dump)> {
        let mut first_error = None;
        loop {
            let Ok(dump) = self.last().cloned() else {
                return Err(first_error.unwrap_or_else(|| self.none_usable()));
            };
            let error = match open(&dump.path) {
                Ok(opened) => return Ok((opened, dump)),
                Err(error) => error,
            };
            let broken = self.dumps.iter_mut().find(|other| other.path == dump.path);
            match broken {
                Some(broken) if state_of(&error).is_some() => broken.fail(&error),
                _ => return Err(error),
            }
            self.arrange();
            first_error.get_or_insert(error);
        }
    }

    /// The usable dump that is named by a label (`s2`), a path or a file name.
    ///
    /// # Errors
    /// When there is none such, several, or it is not complete; the message lists the labels.
    pub fn find(&self, named: &str) -> Result<&Dump> {
        if let Some(dump) = self
            .usable()
            .find(|dump| dump.label.as_deref() == Some(named))
        {
            return Ok(dump);
        }
        let path = Path::new(named);
        let canonical = path.canonicalize().ok();
        let by_path = self.dumps.iter().find(|dump| {
            dump.path == path
                || dump.path.to_string_lossy() == named
                || canonical.is_some() && dump.path.canonicalize().ok() == canonical
        });
        let dump = match by_path {
            Some(dump) => dump,
            None => self.find_by_name(named)?,
        };
        if dump.is_usable() {
            Ok(dump)
        } else {
            Err(unusable(dump))
        }
    }

    fn find_by_name(&self, named: &str) -> Result<&Dump> {
        let mut matching = self.dumps.iter().filter(|dump| dump.name == named);
        match (matching.next(), matching.next()) {
            (Some(dump), None) => Ok(dump),
            (Some(_), Some(_)) => Err(Error::usage(format!("several dumps are named {named}"))
                .advise(format!("name one by its label or path: {}", self.listing()))),
            (None, _) if self.usable().next().is_none() => Err(self.none_usable()),
            (None, _) => {
                let error = Error::usage(format!("no dump {named}"));
                Err(error.advise(format!("there are {}", self.listing())))
            }
        }
    }

    fn listing(&self) -> String {
        let mut entries: Vec<String> = self
            .usable()
            .take(LISTED)
            .map(|dump| format!("{} ({})", dump.title(), dump.path.display()))
            .collect();
        let more = self.usable().count() - entries.len();
        if more > 0 {
            entries.push(format!("{more} more"));
        }
        entries.join(", ")
    }

    /// The error for a series without a usable dump: of a single file its own problem, else how many there are.
    fn none_usable(&self) -> Error {
        match (self.dumps.as_slice(), self.problems.as_slice()) {
            ([], [problem, ..]) => problem.clone(),
            ([], []) => Error::new(ErrorKind::Usage, "no heap snapshot here")
                .advise("name a .heapsnapshot file or a directory with some"),
            ([dump], _) => unusable(dump),
            (dumps, _) => {
                let first = unusable(&dumps[0]);
                let count = dumps.len();
                Error::new(
                    first.kind,
                    format!("none of {count} dumps is a complete heap snapshot; {first}"),
                )
            }
        }
    }
}

/// Why a dump cannot be looked at.
fn unusable(dump: &Dump) -> Error {
    let error = match &dump.problem {
        Some(problem) => Error::usage(format!("{}: {problem}", dump.state)),
        None => Error::usage(format!("a {} has no objects to look at", dump.kind))
            .advise("see who allocated: heaptui profile FILE"),
    };
    error.in_file(&dump.path)
}

/// What orders two dumps before their contents are known; nothing in it sorts behind something.
fn tie_key(dump: &Dump) -> (bool, Option<jiff::Timestamp>, Option<u64>) {
    let time = dump.taken_at.map(|time| {
        if dump.coarse_time {
            // The name's own clock tells more than when the last byte was written, or the file was copied.
            jiff::Timestamp::from_second(time.as_second()).unwrap_or(time)
        } else {
            time
        }
    });
    (time.is_none(), time, dump.sequence)
}
