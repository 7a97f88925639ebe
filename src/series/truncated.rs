//! Dumps that were cut short and are looked at all the same, because somebody named them.
//!
//! No series counts them: their state stays what it is, and no index is made of them. See [`Snapshot::open_cut`] for what
//! is there and what is not.
//!
//! [`Snapshot::open_cut`]: crate::snapshot::Snapshot::open_cut

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::dump::{Dump, State};
use super::look::{self, Stat};
use super::{Series, memory};
use crate::error::{Error, ErrorKind, Result};
use crate::heap::Heap;
use crate::task::Task;

/// For how long a file has to stay as it is before it counts as cut short rather than being written. Who writes a dump
/// writes its strings in a fraction of that.
const QUIET: Duration = Duration::from_secs(2);

/// How often somebody may cancel the waiting.
const PATIENCE: Duration = Duration::from_millis(50);

/// Opens a dump that ends before its strings do, if nobody is writing it and it needs no more than `budget` bytes.
/// Waits for a moment where the file was written to just now.
///
/// # Errors
/// Those of [`Heap::open_cut`]; that it needs too much; that it is still being written.
pub fn open_cut(path: &Path, budget: u64, task: &Task) -> Result<Heap> {
    memory::check(path, budget)?;
    let before = look::stat(path)?;
    if let Some(age) = before.modified.and_then(|time| time.elapsed().ok()) {
        let mut left = QUIET.saturating_sub(age);
        if !left.is_zero() {
            task.stage("waiting whether it is still being written", 0);
        }
        while !left.is_zero() {
            task.check()?;
            let now = left.min(PATIENCE);
            thread::sleep(now);
            left -= now;
        }
    }
    unchanged(path, before)?;
    let heap = Heap::open_cut(path, task)?;
    unchanged(path, before)?;
    Ok(heap)
}

/// Makes sure that a file is as it was.
fn unchanged(path: &Path, before: Stat) -> Result<()> {
    let now = look::stat(path)?;
    if (now.bytes, now.modified) == (before.bytes, before.modified) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Truncated, "still being written")
        .in_file(path)
        .advise("wait until it is whole"))
}

impl Dump {
    /// Whether it ends early and is of a kind that may be looked at even so; see [`open_cut`].
    pub fn is_cut(&self) -> bool {
        self.state == State::Truncated && self.kind.has_objects()
    }
}

impl Series {
    /// The dump that was cut short and that the user asked for: by its name or path, or as the only file of all.
    pub fn cut(&self, named: Option<&str>) -> Option<&Dump> {
        match (named, self.dumps.as_slice()) {
            (None, [dump]) => Some(dump).filter(|dump| dump.is_named() && dump.is_cut()),
            (None, _) => None,
            (Some(named), dumps) => {
                let path = Path::new(named);
                let canonical = path.canonicalize().ok();
                let is = |dump: &&Dump| {
                    dump.path == path
                        || dump.name == named
                        || canonical.is_some() && dump.path.canonicalize().ok() == canonical
                };
                let mut found = dumps.iter().filter(|dump| dump.is_cut()).filter(is);
                let one = found.next();
                one.filter(|_| found.next().is_none())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, OpenOptions};
    use std::io::Write;
    use std::time::SystemTime;

    fn written(age: Duration, path: &Path) {
        let file = File::options().append(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn what_is_being_written_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.heapsnapshot");
        let dump = crate::heap::testing::CUT_DUMP;
        std::fs::write(&path, dump).unwrap();
        written(Duration::from_secs(60), &path);
        let heap = open_cut(&path, u64::MAX, &Task::new()).unwrap();
        assert!(heap.warnings()[0].contains("cut short"));
        // Somebody goes on while it is waited.
        written(Duration::ZERO, &path);
        let more = path.clone();
        let writer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            let mut file = OpenOptions::new().append(true).open(more).unwrap();
            file.write_all(b"\"more\",").unwrap();
        });
        let error = open_cut(&path, u64::MAX, &Task::new()).unwrap_err();
        writer.join().unwrap();
        assert!(error.message.contains("still being written"), "{error}");
        let error = open_cut(&path, 1, &Task::new()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
    }
}
