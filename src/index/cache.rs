//! The folder of indexes: where it is, what is in it, and how much that may be.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::columns;
use super::hash::{hash, is_hash};
use super::header::IndexHeader;
use super::key::Key;
use super::write::{self, HEADER, Kept, MAGIC, ORDER, VERSION};
use crate::error::Result;
use crate::heap::{Early, Heap, Looks};
use crate::mapping::Mapping;
use crate::save;
use crate::snapshot::source::read_at;
use crate::task::Task;

/// What indexes may take together unless the user says otherwise, in bytes.
const LIMIT: u64 = 10_000_000_000;
/// The longest front that is believed, in bytes.
const MAX_FRONT: u64 = 1 << 30;
/// What names of indexes end with.
const ENDING: &str = "heapindex";

/// The indexes of a user, or none.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Option<PathBuf>,
    /// Why there is no folder, where one was wanted.
    missing: Option<&'static str>,
    limit: u64,
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
            limit: 0,
        }
    }

    /// Indexes in this folder, which is made when the first is written.
    pub fn at(folder: PathBuf, limit: Option<u64>) -> Self {
        Self {
            folder: Some(folder),
            missing: None,
            limit: limit.unwrap_or(LIMIT),
        }
    }

    /// Indexes in the user's cache folder, by the XDG rules: `$XDG_CACHE_HOME/heaptui` or `~/.cache/heaptui`.
    pub fn of_user(limit: Option<u64>) -> Self {
        let absolute = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
        match base {
            Some(base) => Self::at(base.join("heaptui"), limit),
            None => Self {
                missing: Some("neither HOME nor XDG_CACHE_HOME is set"),
                limit: 0,
                folder: None,
            },
        }
    }

    /// Where the indexes are.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Why there can be no indexes though they are wanted.
    pub fn missing(&self) -> Option<&'static str> {
        self.missing
    }

    /// What they may take together, in bytes.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// The file that a dump's index is in, or will be.
    pub(super) fn file_of(&self, dump: &Path) -> Option<PathBuf> {
        let dump = dump.canonicalize().ok()?;
        let name = hash(dump.as_os_str().as_encoded_bytes());
        Some(self.folder.as_ref()?.join(format!("{name:016x}.{ENDING}")))
    }

    /// Makes the folder, for its user alone. The error is in words for people.
    pub(super) fn make_folder(&self) -> std::result::Result<PathBuf, String> {
        let folder = self.folder.clone().unwrap_or_default();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        let made = builder.create(&folder);
        made.map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        match fs::symlink_metadata(&folder) {
            Ok(found) if found.is_dir() && is_own(&found) => Ok(folder),
            _ => Err(format!(
                "{} is no folder of this user's own",
                folder.display()
            )),
        }
    }

    /// What is known of a dump without loading it, if there is an index of it as it is now. Reads nothing but the
    /// front, and notes that it was used.
    pub fn front(&self, dump: &Path) -> Option<IndexHeader> {
        Some(self.fresh(dump)?.0)
    }

    fn fresh(&self, dump: &Path) -> Option<(IndexHeader, File)> {
        let file = open_own(&self.file_of(dump)?)?;
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
        match self.enter(dump, task)? {
            Some(heap) => Ok(Loaded { heap, fresh: None }),
            None => self.anew(dump, task, early),
        }
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
        match dump.canonicalize() {
            Ok(dump) if self.folder.is_some() => write::write(self, &dump, key, heap, task),
            _ => Ok(self
                .missing
                .map_or(Kept::Off, |why| Kept::Skipped(why.to_owned()))),
        }
    }

    /// The indexes that are there, the last used first.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.files().into_iter().filter_map(entry).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.used));
        entries
    }

    fn files(&self) -> Vec<PathBuf> {
        let folder = self
            .folder
            .as_ref()
            .and_then(|folder| fs::read_dir(folder).ok());
        let files = folder
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path());
        files
            .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
            .collect()
    }

    /// Removes all indexes, or those of some dumps and of the dumps in some folders, and what was left half-written.
    /// Says how many, and how many bytes.
    pub fn clean(&self, paths: Option<&[PathBuf]>) -> (usize, u64) {
        let files = match paths {
            None => self.files(),
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
        if let (None, Some(folder)) = (paths, &self.folder) {
            save::sweep(folder, Duration::ZERO);
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

    /// Removes the indexes that were not used for longest until all take `bytes` at most; `but` does not count, as it
    /// is about to be replaced.
    pub(super) fn shrink_to(&self, bytes: u64, but: Option<&Path>) {
        let mut files: Vec<(SystemTime, u64, PathBuf)> = self
            .files()
            .into_iter()
            .filter(|path| Some(path.as_path()) != but)
            .filter_map(|path| {
                let found = fs::symlink_metadata(&path).ok()?;
                Some((found.modified().unwrap_or(UNIX_EPOCH), found.len(), path))
            })
            .collect();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, size, path) in files {
            if total <= bytes {
                break;
            }
            if fs::remove_file(&path).is_ok() {
                total -= size;
            }
        }
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

/// Opens a regular file that belongs to this user, and that nobody else may write to.
fn open_own(path: &Path) -> Option<File> {
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(
            (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32,
        );
    }
    let file = options.open(path).ok()?;
    let found = file.metadata().ok()?;
    (found.is_file() && is_own(&found)).then_some(file)
}

/// Whether a file is on another host.
#[cfg(target_os = "linux")]
pub(super) fn is_remote(file: &File) -> bool {
    // NFS, SMB in its three ages.
    const REMOTE: [u32; 4] = [0x6969, 0x517b, 0xff53_4d42, 0xfe53_4d42];
    rustix::fs::fstatfs(file).is_ok_and(|found| REMOTE.contains(&(found.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_remote(_: &File) -> bool {
    false
}

#[cfg(unix)]
fn is_own(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o022 == 0
}

#[cfg(not(unix))]
fn is_own(_: &fs::Metadata) -> bool {
    true
}

/// The front of an index file that is whole.
fn read_front(file: &File) -> Option<IndexHeader> {
    let mut header = [0; HEADER];
    read_all(file, &mut header, 0)?;
    let (magic, rest) = header.split_first_chunk::<8>()?;
    let (version, rest) = rest.split_first_chunk()?;
    let (order, rest) = rest.split_first_chunk()?;
    let (front, rest) = rest.split_first_chunk()?;
    let (sum, rest) = rest.split_first_chunk()?;
    let length = u64::from_ne_bytes(*rest.first_chunk()?);
    let front = u64::from_ne_bytes(*front);
    if *magic != MAGIC
        || u32::from_ne_bytes(*version) != VERSION
        || u32::from_ne_bytes(*order) != ORDER
        || length != file.metadata().ok()?.len()
        || front > length.min(MAX_FRONT)
    {
        return None;
    }
    let mut bytes = vec![0; front as usize];
    read_all(file, &mut bytes, HEADER as u64)?;
    if !is_hash(&bytes, u64::from_ne_bytes(*sum)) {
        return None;
    }
    IndexHeader::decode(&bytes)
}

fn read_all(file: &File, into: &mut [u8], offset: u64) -> Option<()> {
    let mut read = 0;
    while read < into.len() {
        match read_at(file, &mut into[read..], offset + read as u64) {
            Ok(0) | Err(_) => return None,
            Ok(count) => read += count,
        }
    }
    Some(())
}
