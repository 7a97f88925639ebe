//! The indexes that a user has: finding, using and removing them.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::columns;
use super::folder::{Folder, is_remote, open_own};
use super::format::read_front;
use super::header::IndexHeader;
use super::key::Key;
use super::shared::SharedHeaps;
use super::write::{self, Kept};
use crate::error::Result;
use crate::heap::{Early, Heap, Looks};
use crate::log;
use crate::mapping::Mapping;
use crate::save;
use crate::task::Task;

/// What indexes may take together unless the user says otherwise, in bytes.
const LIMIT: u64 = 10_000_000_000;
/// The indexes of a user, or none.
#[derive(Debug, Clone)]
pub struct Cache {
    pub(super) folder: Option<Folder>,
    /// Why there is no folder, where one was wanted.
    missing: Option<&'static str>,
    shared: Option<SharedHeaps>,
}

/// A heap that was loaded, and where from.
#[derive(Debug)]
pub struct Loaded {
    /// The heap.
    pub heap: Heap,
    /// What an index of it would be recognised by; nothing where it came from an index.
    pub fresh: Option<Key>,
}

/// An index that is there.
#[derive(Debug)]
pub struct Entry {
    /// The index file.
    pub file: PathBuf,
    /// The dump that it is of; nothing where the file cannot be read as an index.
    pub dump: Option<PathBuf>,
    /// Its size, in bytes.
    pub bytes: u64,
    /// When it was built.
    pub built: Option<SystemTime>,
    /// When it was last used.
    pub used: SystemTime,
    /// Whether it is of the dump as it is now.
    pub fresh: bool,
    /// Whether it has the heap itself, rather than its figures only.
    pub whole: bool,
}

impl Default for Cache {
    fn default() -> Self {
        Self::none()
    }
}

impl Cache {
    /// No indexes: none is read or written.
    pub fn none() -> Self {
        Self {
            folder: None,
            missing: None,
            shared: None,
        }
    }

    /// The same, and loaded heaps are shared with everybody who has these.
    pub fn sharing(self, heaps: SharedHeaps) -> Self {
        Self {
            shared: Some(heaps),
            ..self
        }
    }

    /// The heaps that are shared, if any.
    pub fn shared(&self) -> Option<&SharedHeaps> {
        self.shared.as_ref()
    }

    /// Indexes in this folder, which is made when the first is written.
    pub fn at(folder: PathBuf, limit: Option<u64>) -> Self {
        Self {
            folder: Some(Folder {
                path: folder,
                limit: limit.unwrap_or(LIMIT),
            }),
            missing: None,
            shared: None,
        }
    }

    /// Indexes in the user's cache folder, by the XDG rules: `$XDG_CACHE_HOME/heaptui` or `~/.cache/heaptui`.
    pub fn of_user(limit: Option<u64>) -> Self {
        let absolute = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let (base, missing) = match (absolute("XDG_CACHE_HOME"), absolute("HOME")) {
            (Some(base), _) => (Some(base), None),
            // Who has no home has not asked for one.
            (None, Some(home)) if home.is_dir() => (Some(home.join(".cache")), None),
            (None, Some(_)) => (None, Some("there is no folder where HOME says")),
            (None, None) => (None, Some("neither HOME nor XDG_CACHE_HOME is set")),
        };
        match base {
            Some(base) => Self::at(base.join("heaptui"), limit),
            None => Self {
                missing,
                ..Self::none()
            },
        }
    }

    /// Where the indexes are.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(|folder| folder.path.as_path())
    }

    /// Why there can be no indexes though they are wanted.
    pub fn missing(&self) -> Option<&'static str> {
        self.missing
    }

    /// What they may take together, in bytes.
    pub fn limit(&self) -> u64 {
        self.folder.as_ref().map_or(0, |folder| folder.limit)
    }

    /// What is known of a dump without loading it, if there is an index of it as it is now. Reads nothing but the
    /// front, and notes that it was used.
    pub fn front(&self, dump: &Path) -> Option<IndexHeader> {
        Some(self.fresh(dump)?.0)
    }

    fn fresh(&self, dump: &Path) -> Option<(IndexHeader, File)> {
        let file = open_own(&self.folder.as_ref()?.file_of(dump)?)?;
        let front = read_front(&file)?;
        let same = front.path == dump.canonicalize().ok()?;
        if !same || front.key != Some(Key::of(dump)?) {
            return None;
        }
        let _ = file.set_modified(SystemTime::now());
        Some((front, file))
    }

    /// The heap of a dump out of its index; nothing where there is none that fits, or it is damaged.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn enter(&self, dump: &Path, task: &Task) -> Result<Option<Heap>> {
        let Some((front, file)) = self.fresh(dump).filter(|(front, _)| front.has_columns()) else {
            return Ok(None);
        };
        let Ok(source) = File::open(dump) else {
            return Ok(None);
        };
        // The strings are read from this very file later.
        if Key::of_file(&source) != front.key {
            return Ok(None);
        }
        // Another host could remove the file under the mapping, which would kill this process.
        if is_remote(&file) {
            return Ok(None);
        }
        let Ok(mapping) = Mapping::of_own_file(&file) else {
            return Ok(None);
        };
        log::write("index", format_args!("of {} fits", dump.display()));
        columns::heap(&front, &mapping, source, task)
    }

    /// The heap of a dump: out of its index, or else loaded.
    ///
    /// # Errors
    /// Those of [`Heap::open`].
    pub fn load(&self, dump: &Path, task: &Task) -> Result<Loaded> {
        self.load_for(dump, task, None)
    }

    /// The same, and hands out what is known before the long work on dominators begins, where there is no index.
    ///
    /// # Errors
    /// Those of [`Heap::open_staged`].
    pub fn load_staged(
        &self,
        dump: &Path,
        task: &Task,
        mut early: impl FnMut(Early),
    ) -> Result<Loaded> {
        self.load_for(dump, task, Some(&mut early))
    }

    fn load_for(&self, dump: &Path, task: &Task, early: Option<Looks<'_>>) -> Result<Loaded> {
        let since = Instant::now();
        let entered = self.enter(dump, task)?;
        let how = match entered {
            Some(_) => "entered by its index",
            None => "loaded, as no index fits",
        };
        let loaded = match entered {
            Some(heap) => Loaded { heap, fresh: None },
            None => self.anew(dump, task, early)?,
        };
        let took = since.elapsed().as_secs_f64();
        log::write(
            "heap",
            format_args!("{} {how}: {took:.6} s", dump.display()),
        );
        Ok(loaded)
    }

    /// The heap of a dump, loaded whether or not there is an index.
    ///
    /// # Errors
    /// Those of [`Heap::open`].
    pub fn load_anew(&self, dump: &Path, task: &Task) -> Result<Loaded> {
        self.anew(dump, task, None)
    }

    fn anew(&self, dump: &Path, task: &Task, early: Option<Looks<'_>>) -> Result<Loaded> {
        // One that has figures only has nothing more to offer; one that has columns is damaged, or we were not here.
        let wanted =
            self.folder.is_some() && self.front(dump).is_none_or(|front| front.has_columns());
        let key = wanted.then(|| Key::of(dump)).flatten();
        let heap = Heap::open_for(dump, task, early)?;
        Ok(Loaded { heap, fresh: key })
    }

    /// Writes the index of a heap that was loaded; `key` is what [`Cache::load`] gave.
    ///
    /// # Errors
    /// When the task is cancelled. That there is no room, or no folder, is no error.
    pub fn keep(&self, dump: &Path, key: Key, heap: &Heap, task: &Task) -> Result<Kept> {
        match (&self.folder, dump.canonicalize()) {
            (Some(folder), Ok(dump)) => write::write(folder, &dump, key, heap, task),
            _ => Ok(self
                .missing
                .map_or(Kept::Off, |why| Kept::Skipped(why.to_owned()))),
        }
    }

    /// The indexes that are there, the last used first.
    pub fn entries(&self) -> Vec<Entry> {
        let files = self.folder.as_ref().map_or(Vec::new(), Folder::files);
        let mut entries: Vec<Entry> = files.into_iter().filter_map(entry).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.used));
        entries
    }

    /// Removes all indexes, or those of some dumps and of the dumps in some folders, and what was left half-written.
    /// Says how many, and how many bytes.
    pub fn clean(&self, paths: Option<&[PathBuf]>) -> (usize, u64) {
        let Some(folder) = &self.folder else {
            return (0, 0);
        };
        let files = match paths {
            None => folder.files(),
            Some(paths) => {
                let whole = paths
                    .iter()
                    .map(|path| path.canonicalize().unwrap_or(path.clone()));
                let whole: Vec<PathBuf> = whole.collect();
                let named = |dump: &PathBuf| whole.iter().any(|path| dump.starts_with(path));
                let entries = self.entries().into_iter();
                let entries = entries.filter(|entry| entry.dump.as_ref().is_some_and(named));
                entries.map(|entry| entry.file).collect()
            }
        };
        if paths.is_none() {
            save::sweep(&folder.path, Duration::ZERO);
        }
        let (mut count, mut bytes) = (0, 0);
        for file in files {
            let size = fs::symlink_metadata(&file).map_or(0, |found| found.len());
            if fs::remove_file(&file).is_ok() {
                count += 1;
                bytes += size;
            }
        }
        (count, bytes)
    }
}

fn entry(file: PathBuf) -> Option<Entry> {
    let found = fs::symlink_metadata(&file).ok()?;
    let front = open_own(&file).and_then(|file| read_front(&file));
    let fresh = front
        .as_ref()
        .is_some_and(|front| front.key.is_some() && front.key == Key::of(&front.path));
    Some(Entry {
        bytes: found.len(),
        used: found.modified().unwrap_or(UNIX_EPOCH),
        built: front
            .as_ref()
            .and_then(|front| UNIX_EPOCH.checked_add(Duration::from_secs(front.built))),
        whole: front.as_ref().is_some_and(IndexHeader::has_columns),
        dump: front.map(|front| front.path),
        fresh,
        file,
    })
}
