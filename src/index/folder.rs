//! The folder of indexes: the names in it, whose files they are, and how much they may take.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::hash::hash;

/// What names of indexes end with.
const ENDING: &str = "heapindex";
/// Where indexes are.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub path: PathBuf,
    /// What they may take together, in bytes.
    pub limit: u64,
}

impl Folder {
    /// The file that a dump's index is in, or will be.
    pub(super) fn file_of(&self, dump: &Path) -> Option<PathBuf> {
        let dump = dump.canonicalize().ok()?;
        let name = hash(dump.as_os_str().as_encoded_bytes());
        Some(self.path.join(format!("{name:016x}.{ENDING}")))
    }

    /// Makes the folder, for its user alone. The error is in words for people.
    pub(super) fn make(&self) -> std::result::Result<(), String> {
        let folder = &self.path;
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        let made = builder.create(folder);
        made.map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        match fs::symlink_metadata(folder) {
            Ok(found) if found.is_dir() && is_own(&found) => Ok(()),
            _ => Err(format!(
                "{} is no folder of this user's own",
                folder.display()
            )),
        }
    }

    /// The indexes that are there.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let folder = fs::read_dir(&self.path).ok();
        let files = folder
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path());
        files
            .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
            .collect()
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

/// Opens a regular file that belongs to this user, and that nobody else may write to.
pub(super) fn open_own(path: &Path) -> Option<File> {
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
