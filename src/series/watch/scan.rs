//! What has become of the dumps since the last look: names, sizes and times are compared, and a file whose writer has
//! fallen silent is looked into. Knows no events and does not wait; time is handed in.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::update::{Change, Update};
use crate::error::{Error, ErrorKind};
use crate::series::Series;
use crate::series::discover::{Contents, Found, dump_of};
use crate::series::dump::{Dump, State};
use crate::text::units::bytes;

/// How long a file must not have changed to be looked into.
const QUIET: Duration = Duration::from_millis(400);
/// How long a file must not have changed for its writer to be given up. Also how long compressed files must rest, as
/// nothing but silence tells that they are whole.
const SETTLED: Duration = Duration::from_secs(3);
/// A file of this size that is no snapshot by its beginning will not become one.
const TELLING: u64 = 64;

/// What tells that a file's content may be another one. Reading changes none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Which file it is, whatever its name; nothing where systems have no such thing.
    file: Option<(u64, u64)>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            file: file_of(metadata),
        }
    }
}

#[cfg(unix)]
fn file_of(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn file_of(_: &Metadata) -> Option<(u64, u64)> {
    None
}

struct Entry {
    dump: Dump,
    stamp: Option<Stamp>,
    /// Since when the stamp has been the same.
    since: Instant,
    /// Nothing more is expected to happen.
    settled: bool,
}

/// The dumps as they were at the last look.
pub(super) struct Scan {
    paths: Vec<PathBuf>,
    recursive: bool,
    entries: HashMap<PathBuf, Entry>,
    problems: Vec<String>,
    contents: Contents,
    /// The directories that were found, to be watched.
    pub directories: Vec<PathBuf>,
}

impl Scan {
    pub(super) fn new(paths: Vec<PathBuf>, recursive: bool) -> Self {
        Self {
            paths,
            recursive,
            entries: HashMap::new(),
            problems: Vec::new(),
            contents: Contents::new(),
            directories: Vec::new(),
        }
    }

    /// Whether some file may still change its state by itself, so that another look is due soon.
    pub(super) fn is_waiting(&self) -> bool {
        self.entries.values().any(|entry| !entry.settled)
    }

    /// Looks at everything; says what is there now and what changed.
    pub(super) fn look(&mut self, now: Instant) -> Update {
        let found = Found::search(
            &self.paths,
            self.recursive,
            std::mem::take(&mut self.contents),
        );
        let mut gone = std::mem::take(&mut self.entries);
        let mut changes = Vec::new();
        let mut fresh = Vec::new();
        for file in found.files {
            match gone.remove(&file.path) {
                Some(mut entry) => {
                    changes.extend(entry.look(now));
                    self.entries.insert(file.path, entry);
                }
                None => fresh.push(file),
            }
        }
        for file in fresh {
            let path = file.path.clone();
            let entry = Entry::new(dump_of(file), now);
            let old = renamed_from(&entry, &gone);
            changes.push(match old {
                Some(from) => {
                    gone.remove(&from);
                    let dump = entry.dump.clone();
                    Change::Renamed { from, dump }
                }
                None => Change::Added(entry.dump.clone()),
            });
            self.entries.insert(path, entry);
        }
        let mut gone: Vec<Dump> = gone.into_values().map(|entry| entry.dump).collect();
        gone.sort_by(|a, b| a.path.cmp(&b.path));
        changes.extend(gone.into_iter().map(Change::Removed));
        let problems: Vec<String> = found.problems.iter().map(Error::to_string).collect();
        if problems != self.problems {
            changes.push(Change::Problems);
            self.problems = problems;
        }
        self.directories = found.directories;
        self.contents = found.contents;
        let entries = self.entries.values();
        let dumps = entries.map(|entry| entry.dump.clone()).collect();
        let mut series = Series::of(dumps, found.problems);
        series.arrange();
        label(&mut changes, &series);
        Update { series, changes }
    }
}

/// The path of an entry that is gone, if this one is the same file.
fn renamed_from<'e>(
    entry: &Entry,
    gone: impl IntoIterator<Item = (&'e PathBuf, &'e Entry)>,
) -> Option<PathBuf> {
    let stamp = entry.stamp.filter(|stamp| stamp.file.is_some())?;
    let mut gone = gone.into_iter();
    let same = gone.find(|(_, other)| other.stamp == Some(stamp));
    same.map(|(path, _)| path.clone())
}

/// Makes changes show dumps as the series does: with labels.
fn label(changes: &mut [Change], series: &Series) {
    for change in changes {
        if let Change::Added(dump)
        | Change::Changed(dump)
        | Change::Replaced(dump)
        | Change::Renamed { dump, .. } = change
            && let Some(same) = series.dumps.iter().find(|other| other.path == dump.path)
        {
            *dump = same.clone();
        }
    }
}

impl Entry {
    fn new(dump: Dump, now: Instant) -> Self {
        let mut entry = Self {
            stamp: stamp(&dump.path),
            dump,
            since: now,
            settled: false,
        };
        // What was not touched for a while before it was first seen is not being written.
        let age = entry
            .stamp
            .and_then(|stamp| stamp.modified?.elapsed().ok())
            .unwrap_or_default();
        entry.since = now.checked_sub(age.min(SETTLED)).unwrap_or(now);
        entry.judge(now);
        entry
    }

    fn look(&mut self, now: Instant) -> Option<Change> {
        let stamp = stamp(&self.dump.path);
        let before = (self.dump.state, self.dump.problem.clone(), self.dump.bytes);
        let changed = stamp != self.stamp;
        let was_whole = self.dump.state == State::Complete;
        if changed {
            self.stamp = stamp;
            self.since = now;
            self.settled = false;
        } else if self.settled {
            return None;
        }
        self.judge(now);
        let after = (self.dump.state, self.dump.problem.clone(), self.dump.bytes);
        if changed && was_whole {
            Some(Change::Replaced(self.dump.clone()))
        } else if before != after {
            Some(Change::Changed(self.dump.clone()))
        } else {
            None
        }
    }

    /// Finds the state anew, for a file that has been as it is since [`Entry::since`].
    fn judge(&mut self, now: Instant) {
        let silence = now.saturating_duration_since(self.since);
        let size = self.stamp.map_or(0, |stamp| stamp.bytes);
        self.settled = silence >= SETTLED;
        let dump = &mut self.dump;
        if self.stamp.is_some() && size > 0 && silence < QUIET {
            // Not even opened: its writer is at it.
            dump.writing(self.stamp.map(|stamp| (stamp.bytes, stamp.modified)));
            return;
        }
        dump.look();
        match dump.state {
            State::Complete if packed(&dump.name) && !self.settled => {
                dump.writing(None);
            }
            State::Complete => self.settled = true,
            State::Empty => dump.problem = Some(EMPTY.to_owned()),
            State::Truncated if !self.settled => dump.writing(None),
            State::Invalid if !self.settled && self.stamp.is_some() && size < TELLING => {
                dump.writing(None);
            }
            State::Truncated | State::Writing | State::Invalid => {}
        }
    }
}

/// What an empty file means, and what to do.
const EMPTY: &str = "empty: its process is being snapshotted, or was killed while it was; wait, or delete it if the process is gone";

impl Dump {
    /// Notes that the file is being written.
    fn writing(&mut self, seen: Option<(u64, Option<SystemTime>)>) {
        if let Some((bytes, modified)) = seen {
            self.seen(bytes, modified);
        }
        self.state = State::Writing;
        self.figures = None;
        let so_far = bytes(self.bytes.unwrap_or(0));
        self.problem = Some(format!("still being written, {so_far} so far"));
    }
}

/// The stamp of what is at a path; nothing for what is no file, or not there.
fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    metadata.is_file().then(|| Stamp::of(&metadata))
}

/// Whether the name says that the file is compressed.
fn packed(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".gz") || name.ends_with(".zst")
}

/// The error for a watcher that cannot start its thread.
pub(super) fn no_thread(error: &std::io::Error) -> Error {
    let kind = ErrorKind::Internal;
    Error::new(kind, format!("cannot start the watcher's thread: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const WHOLE: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["hidden"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context"],"string_or_number","node"]},"node_count":0,"edge_count":0},"nodes":[],"edges":[],"strings":[]}"#;

    struct Bench {
        folder: tempfile::TempDir,
        scan: Scan,
        now: Instant,
    }

    impl Bench {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let scan = Scan::new(vec![folder.path().to_owned()], false);
            // Files that are written now seem to be written in the past of these looks, never in their future.
            let now = Instant::now() + Duration::from_secs(60);
            Self { folder, scan, now }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        /// Looks after a while; gives what changed as words.
        fn after(&mut self, ms: u64) -> Vec<String> {
            self.now += Duration::from_millis(ms);
            let update = self.scan.look(self.now);
            let words = |change: &Change| match change {
                Change::Added(dump) => format!("added {} {}", dump.name, dump.state),
                Change::Changed(dump) => format!("changed {} {}", dump.name, dump.state),
                Change::Replaced(dump) => format!("replaced {} {}", dump.name, dump.state),
                Change::Renamed { from, dump } => {
                    format!(
                        "renamed {} {}",
                        from.file_name().unwrap().display(),
                        dump.name
                    )
                }
                Change::Removed(dump) => format!("removed {}", dump.name),
                Change::Problems => "problems".to_owned(),
            };
            update.changes.iter().map(words).collect()
        }
    }

    #[test]
    fn a_slow_writer() {
        let mut bench = Bench::new();
        assert!(bench.after(0).is_empty());
        let path = bench.path("a.heapsnapshot");
        fs::write(&path, "").unwrap();
        assert_eq!(bench.after(100), ["added a.heapsnapshot empty"]);
        assert!(bench.after(2_000).is_empty());
        fs::write(&path, &WHOLE[..100]).unwrap();
        assert_eq!(bench.after(100), ["changed a.heapsnapshot writing"]);
        assert!(bench.after(1_000).is_empty(), "no end in sight yet");
        fs::write(&path, &WHOLE[..200]).unwrap();
        assert_eq!(bench.after(100), ["changed a.heapsnapshot writing"]);
        assert_eq!(bench.after(10_000), ["changed a.heapsnapshot truncated"]);
        assert!(!bench.scan.is_waiting());
        fs::write(&path, WHOLE).unwrap();
        assert_eq!(bench.after(100), ["changed a.heapsnapshot writing"]);
        assert!(bench.scan.is_waiting());
        assert_eq!(bench.after(500), ["changed a.heapsnapshot complete"]);
        assert!(!bench.scan.is_waiting());
        fs::read(&path).unwrap();
        assert!(bench.after(10_000).is_empty(), "reading is no change");
    }

    #[test]
    fn replaced_renamed_and_removed() {
        let mut bench = Bench::new();
        let (a, b) = (bench.path("a.heapsnapshot"), bench.path("b.heapsnapshot"));
        fs::write(&a, WHOLE).unwrap();
        bench.after(0);
        assert_eq!(bench.after(10_000), ["changed a.heapsnapshot complete"]);
        // Another file is moved over it.
        let hidden = bench.path("hidden.tmp");
        fs::write(&hidden, format!("{WHOLE} ")).unwrap();
        fs::rename(&hidden, &a).unwrap();
        assert_eq!(bench.after(100), ["replaced a.heapsnapshot writing"]);
        assert_eq!(bench.after(1_000), ["changed a.heapsnapshot complete"]);
        fs::rename(&a, &b).unwrap();
        assert_eq!(bench.after(100), ["renamed a.heapsnapshot b.heapsnapshot"]);
        bench.after(10_000);
        fs::remove_file(&b).unwrap();
        assert_eq!(bench.after(100), ["removed b.heapsnapshot"]);
        assert!(bench.after(1_000).is_empty());
    }

    #[test]
    fn what_is_no_dump_is_said_at_once_and_hides_nothing() {
        let mut bench = Bench::new();
        fs::write(bench.path("page.heapsnapshot"), "<html>".repeat(100)).unwrap();
        fs::write(bench.path("notes.txt"), "x").unwrap();
        bench.after(0);
        assert_eq!(bench.after(1_000), ["changed page.heapsnapshot invalid"]);
        fs::write(bench.path("a.heapsnapshot"), WHOLE).unwrap();
        bench.after(100);
        assert_eq!(bench.after(1_000), ["changed a.heapsnapshot complete"]);
    }

    #[test]
    fn a_folder_that_comes_and_goes() {
        let mut bench = Bench::new();
        let inner = bench.path("dumps");
        fs::create_dir(&inner).unwrap();
        bench.scan = Scan::new(vec![inner.clone()], false);
        fs::write(inner.join("a.heapsnapshot"), WHOLE).unwrap();
        bench.after(0);
        fs::remove_dir_all(&inner).unwrap();
        let changes = bench.after(100);
        assert!(
            changes.contains(&"removed a.heapsnapshot".to_owned()),
            "{changes:?}"
        );
    }
}
