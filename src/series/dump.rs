//! One dump: what is known of a file without, and with, reading it through.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;

use super::look::{self, Prober};
use super::memory;
use super::names::{self, Kind};
use crate::analysis::comparable::Fingerprint;
use crate::error::{Error, ErrorKind, Result};
use crate::heap::Heap;
use crate::index::{Cache, IndexHeader};
use crate::profile::Profile;
use crate::snapshot::Snapshot;
use crate::source::{Options, Sources};
use crate::task::Task;

/// A file that is, or should be, a dump.
#[derive(Debug, Clone)]
pub struct Dump {
    /// `s1`, `s2`, … for complete heap snapshots and timelines, given by the series.
    pub label: Option<String>,
    /// The path as the user would write it.
    pub path: PathBuf,
    /// The file's name, for showing; untrusted.
    pub name: String,
    /// What kind of dump.
    pub kind: Kind,
    /// Whether it can be opened.
    pub state: State,
    /// Why it cannot, and what to do about it; one line, without the file's name.
    pub problem: Option<String>,
    /// Size of the file in bytes, compressed or not as it lies there; nothing where there is no regular file.
    pub bytes: Option<u64>,
    /// When the dump was taken.
    pub taken_at: Option<Timestamp>,
    /// Where `taken_at` comes from; nothing when it is not known.
    pub time_source: Option<TimeSource>,
    /// Process, from the name.
    pub pid: Option<u32>,
    /// Thread, from the name: 0 is a Node process's main thread.
    pub tid: Option<u32>,
    /// Number of the dump within its process, or anything else in the name that counts upwards.
    pub sequence: Option<u64>,
    /// How many nodes the header claims: good enough for an estimate before the figures are known, never more.
    pub claimed_nodes: Option<u64>,
    /// Figures that need the whole file; nothing until it was read.
    pub figures: Option<Figures>,
    /// All bytes of a sampling profile; nothing until it was read.
    pub profile_size: Option<u64>,
    /// When the file was last written to.
    pub modified: Option<SystemTime>,
    /// The name carries only a clock of unknown beginning: neighbours in time go by `sequence`.
    pub(super) coarse_time: bool,
    /// The time is the file's, and the order of the series shows that it is only that of a copy.
    pub(super) is_copy_time: bool,
    /// How many paths the user named before this file; nothing where only a directory that it is in was named.
    pub(super) named: Option<usize>,
    /// By which its object ids are compared with another dump's; nothing until it was read.
    pub(super) ids: Option<Arc<Fingerprint>>,
}

/// Whether a dump can be opened, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It looks whole; reading it through may still find otherwise.
    Complete,
    /// It grew while it was looked at.
    Writing,
    /// It has no content at all: its process is being snapshotted, or was killed meanwhile.
    Empty,
    /// It ends before the snapshot does.
    Truncated,
    /// It is something else, contradicts itself, or cannot be read.
    Invalid,
}

/// Where the time of a dump comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeSource {
    /// The file's name.
    Name,
    /// The file's time of modification.
    Mtime,
}

/// Figures of a dump that need the whole file to be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Nodes.
    pub nodes: u64,
    /// Edges.
    pub edges: u64,
    /// Strings in the table.
    pub strings: u64,
    /// Sum of all self sizes and of `extra_native_bytes`, in bytes: DevTools' total.
    pub total_size: u64,
    /// Largest id of an object of the JavaScript heap (those are odd); it bounds what was allocated until then.
    pub max_object_id: u32,
    /// What is odd about the file, though it can be read.
    pub warnings: Vec<String>,
}

impl State {
    /// The word for it in output and on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Writing => "writing",
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::Invalid => "invalid",
        }
    }
}

impl TimeSource {
    /// The word for it in output and on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Mtime => "mtime",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for TimeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The state of a dump whose reading failed; nothing when the failure says nothing about the file.
pub fn state_of(error: &Error) -> Option<State> {
    match error.kind {
        ErrorKind::Empty => Some(State::Empty),
        ErrorKind::Truncated => Some(State::Truncated),
        ErrorKind::Io | ErrorKind::NotASnapshot | ErrorKind::Malformed | ErrorKind::Unsupported => {
            Some(State::Invalid)
        }
        ErrorKind::Cancelled | ErrorKind::Usage | ErrorKind::Internal => None,
    }
}

impl Figures {
    /// The figures of a snapshot that was read.
    pub fn of_snapshot(snapshot: &Snapshot) -> Self {
        let ids = snapshot.nodes.id.iter().copied();
        Self {
            nodes: snapshot.node_count() as u64,
            edges: snapshot.edge_count() as u64,
            strings: snapshot.strings.len() as u64,
            total_size: snapshot
                .nodes
                .self_size
                .total()
                .saturating_add(snapshot.meta.extra_native_bytes),
            max_object_id: ids.filter(|id| id % 2 == 1).max().unwrap_or(0),
            warnings: snapshot.warnings.clone(),
        }
    }

    /// The figures that an index has of a dump.
    pub fn of_front(front: &IndexHeader) -> Self {
        Self {
            nodes: front.nodes,
            edges: front.edges,
            strings: front.strings,
            total_size: front.statistics.total,
            max_object_id: front.max_object_id,
            warnings: front.warnings.clone(),
        }
    }

    /// The figures of a heap that is loaded.
    pub fn of_heap(heap: &Heap) -> Self {
        Self {
            nodes: heap.node_count() as u64,
            edges: heap.edge_count() as u64,
            strings: heap.strings().len() as u64,
            total_size: heap.statistics().total,
            max_object_id: heap.max_object_id(),
            warnings: heap.warnings().to_vec(),
        }
    }
}

/// The code on this host for the last dump of a series, if there is one.
pub fn sources_of(last: Option<&Dump>, options: Options) -> Sources {
    match last {
        Some(dump) => dump.sources(options),
        None => Sources::new(options, None),
    }
}

impl Dump {
    /// Why it is not among the dumps that are looked at, in a sentence; nothing for those that are, and for whole files
    /// that are no heap snapshots, as profiles are.
    #[must_use]
    pub fn left_out(&self) -> Option<String> {
        let fine = self.label.is_some() || self.state == State::Complete && self.problem.is_none();
        let why = self
            .problem
            .as_ref()
            .map_or(String::new(), |problem| format!(": {problem}"));
        (!fine).then(|| format!("{} was left out, as it is {}{why}", self.name, self.state))
    }

    /// A dump at `path` of which only the name was read.
    pub(super) fn named(path: PathBuf) -> Self {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy()
            .into_owned();
        let facts = names::read(&name);
        Self {
            label: None,
            kind: facts.kind.unwrap_or(Kind::HeapSnapshot),
            state: State::Invalid,
            problem: None,
            bytes: None,
            taken_at: facts.taken_at,
            time_source: facts.taken_at.map(|_| TimeSource::Name),
            pid: facts.pid,
            tid: facts.tid,
            sequence: facts.sequence,
            claimed_nodes: None,
            figures: None,
            profile_size: None,
            modified: None,
            coarse_time: facts.taken_at.is_none() && facts.sequence.is_some(),
            is_copy_time: false,
            named: None,
            ids: None,
            path,
            name,
        }
    }

    /// Looks at the file (anew): size, times, and whether it seems whole. Reads little and never blocks on a pipe.
    pub fn look(&mut self) {
        self.look_with(&look::probe);
    }

    pub(super) fn look_with(&mut self, probe: &Prober) {
        self.state = State::Invalid;
        self.problem = None;
        self.bytes = None;
        self.figures = None;
        self.ids = None;
        self.profile_size = None;
        let seen = match look::stat(&self.path) {
            Ok(seen) => seen,
            Err(error) => return self.fail(&error),
        };
        self.seen(seen.bytes, seen.modified);
        let named_kind = names::kind_of(&self.name);
        match probe(&self.path, named_kind) {
            Ok(look) => {
                self.claimed_nodes = look.claimed_nodes;
                self.kind = look.kind;
                if look.complete {
                    self.state = State::Complete;
                } else {
                    self.fail(&look::truncated(seen));
                }
            }
            Err(error) => self.fail(&error),
        }
    }

    /// Reads the file through for its [`Figures`], unless its index has them; a failure becomes the dump's state and problem.
    ///
    /// Sampling profiles have no such figures, only a size.
    ///
    /// # Errors
    /// Only such as say nothing about the file: cancellation.
    pub fn measure(&mut self, cache: &Cache, task: &Task) -> Result<()> {
        if self.state != State::Complete {
            return Ok(());
        }
        if !self.kind.has_objects() {
            match Profile::open(&self.path, task) {
                Ok(profile) => self.profile_size = Some(profile.total()),
                Err(error) if state_of(&error).is_none() => return Err(error),
                Err(error) => self.fail(&error),
            }
            return Ok(());
        }
        let figures = match cache.front(&self.path) {
            Some(front) => {
                self.ids = Some(Arc::clone(front.fingerprint()));
                Ok(Figures::of_front(&front))
            }
            None => {
                let there = memory::available().unwrap_or(u64::MAX);
                if let Err(error) = memory::check(&self.path, there) {
                    // It may be sound all the same.
                    self.problem = Some(error.without_path());
                    return Ok(());
                }
                Snapshot::open(&self.path, task).and_then(|snapshot| {
                    self.ids = Some(Arc::new(Fingerprint::of_snapshot(&snapshot, task)?));
                    Ok(Figures::of_snapshot(&snapshot))
                })
            }
        };
        self.measured(figures)
    }

    /// Takes in the figures that were read, perhaps on another thread.
    ///
    /// # Errors
    /// The error itself, where it says nothing about the file.
    pub fn measured(&mut self, figures: Result<Figures>) -> Result<()> {
        match figures {
            Ok(figures) => {
                self.figures = Some(figures);
                Ok(())
            }
            Err(error) if state_of(&error).is_none() => Err(error),
            Err(error) => {
                self.fail(&error);
                Ok(())
            }
        }
    }

    /// Notes that reading this dump failed. An error that says nothing about the file changes nothing.
    ///
    /// A file that ends too early and has grown since it was looked at is still being written.
    pub fn fail(&mut self, error: &Error) {
        let Some(state) = state_of(error) else {
            return;
        };
        self.state = state;
        self.figures = None;
        self.problem = Some(error.without_path());
        if matches!(state, State::Truncated | State::Empty)
            && let Ok(now) = look::stat(&self.path)
            && self.bytes.is_some_and(|bytes| bytes != now.bytes)
        {
            self.state = State::Writing;
            self.problem = Some("still being written".to_owned());
            self.seen(now.bytes, now.modified);
        }
    }

    /// What is wrong with the dump, or odd about it though it can be read, in words for people.
    pub fn remark(&self) -> Option<String> {
        let odd = || {
            let warnings = &self.figures.as_ref()?.warnings;
            (!warnings.is_empty()).then(|| warnings.join("; "))
        };
        self.problem.clone().or_else(odd)
    }

    /// Whether the series counts this dump: a heap snapshot or timeline that is complete.
    pub fn is_usable(&self) -> bool {
        self.state == State::Complete && self.kind.has_objects()
    }

    /// The label, or the file's name where there is none; untrusted.
    pub fn title(&self) -> &str {
        self.label.as_deref().unwrap_or(&self.name)
    }

    /// When the dump was taken, as far as that can be believed: the file's time counts unless the order of the series
    /// shows that it was copied.
    pub fn time(&self) -> Option<Timestamp> {
        self.taken_at.filter(|_| !self.is_copy_time)
    }

    /// The code on this host, with what was noted of it when the dump was taken.
    pub fn sources(&self, options: Options) -> Sources {
        Sources::new(options, self.time()).of_dump(&self.path)
    }

    /// Whether the file's time is only that of a copy.
    pub fn is_copy_time(&self) -> bool {
        self.is_copy_time
    }

    /// Takes in by what the ids are compared, from a reading elsewhere.
    pub fn know_ids(&mut self, ids: &Arc<Fingerprint>) {
        self.ids = Some(Arc::clone(ids));
    }

    /// Whether the user named this file, rather than a directory that it is in.
    pub fn is_named(&self) -> bool {
        self.named.is_some()
    }

    pub(super) fn seen(&mut self, bytes: u64, modified: Option<SystemTime>) {
        self.bytes = Some(bytes);
        self.modified = modified;
        if self.time_source != Some(TimeSource::Name) {
            self.taken_at = modified.and_then(|time| Timestamp::try_from(time).ok());
            self.time_source = self.taken_at.map(|_| TimeSource::Mtime);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_states() {
        let state = |kind| state_of(&Error::new(kind, "x"));
        assert_eq!(state(ErrorKind::Empty), Some(State::Empty));
        assert_eq!(state(ErrorKind::Truncated), Some(State::Truncated));
        assert_eq!(state(ErrorKind::Malformed), Some(State::Invalid));
        assert_eq!(state(ErrorKind::NotASnapshot), Some(State::Invalid));
        assert_eq!(state(ErrorKind::Cancelled), None);
    }

    #[test]
    fn a_cancelled_measurement_changes_nothing() {
        let mut dump = Dump::named(PathBuf::from("a.heapsnapshot"));
        dump.state = State::Complete;
        assert!(dump.measured(Err(Error::cancelled())).is_err());
        assert_eq!(dump.state, State::Complete);
        let late = Error::malformed(1234, "an edge points past the last node");
        assert!(dump.measured(Err(late)).is_ok());
        assert_eq!(dump.state, State::Invalid);
        assert_eq!(
            dump.problem.as_deref(),
            Some(
                "byte 1,234: an edge points past the last node; the file is damaged: copy it again, or take another"
            )
        );
    }

    #[test]
    fn a_file_that_grew_is_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.heapsnapshot");
        std::fs::write(&path, "{").unwrap();
        let mut dump = Dump::named(path.clone());
        dump.look_with(&|path, _| {
            std::fs::write(path, "{\"snapshot\"").unwrap();
            Err(Error::new(ErrorKind::Truncated, "cut short"))
        });
        assert_eq!(dump.state, State::Writing);
        assert_eq!(dump.bytes, Some(11));
    }
}
