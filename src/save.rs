//! Files that heaptui writes: for their owner only, whole or not at all, never through a link.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Error, ErrorKind, Result};

/// How many names for the unfinished file are tried.
const TRIES: u32 = 16;

/// The names of files that are being written just now.
static BEING_WRITTEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A name that a file has while it is written. Whoever ends the process meanwhile calls [`remove_unfinished`].
#[derive(Debug)]
pub struct Temporary(PathBuf);

impl Temporary {
    /// Makes a file that must not be there yet, for its owner only, and notes its name.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(path: PathBuf) -> io::Result<(Self, File)> {
        // Both or neither: whoever ends the process meanwhile waits.
        let mut names = being_written();
        let file = private().open(&path)?;
        names.push(path.clone());
        Ok((Self(path), file))
    }
}

impl std::ops::Deref for Temporary {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        being_written().retain(|name| *name != self.0);
    }
}

fn being_written() -> MutexGuard<'static, Vec<PathBuf>> {
    BEING_WRITTEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is being written, because the process ends now. What is finished already is not among it.
///
/// Threads that write go no further than to their next file, or to the end of this one: otherwise one of them could begin
/// another, or tell that its own is gone, before the process has ended.
pub fn remove_unfinished() {
    let mut names = being_written();
    for name in names.drain(..) {
        let _ = fs::remove_file(name);
    }
    std::mem::forget(names);
}

/// A file that is being written next to its place, which it takes when it is finished. Dropped before, it goes away.
#[derive(Debug)]
pub struct Unfinished {
    file: Option<File>,
    beside: Temporary,
    path: PathBuf,
}

impl Unfinished {
    /// Begins a file that will be at `path`, readable by its owner only.
    ///
    /// # Errors
    /// When `path` is a link, a directory or a device, or its folder cannot be written.
    pub fn begin(path: &Path) -> Result<Self> {
        let refuse = |message: &str| Err(Error::new(ErrorKind::Io, message).in_file(path));
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => return refuse("a link, which is not followed"),
            Ok(found) if !found.is_file() => return refuse("not a regular file"),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("cannot write", &error).in_file(path)),
        }
        let Some(name) = path.file_name() else {
            return refuse("not the name of a file");
        };
        for number in 0..TRIES {
            let mut beside = OsString::from(".");
            beside.push(name);
            beside.push(format!(".{}-{number}.tmp", std::process::id()));
            let beside = path.with_file_name(beside);
            if beside.symlink_metadata().is_ok() {
                continue;
            }
            match Temporary::create(beside) {
                Ok((beside, file)) => {
                    return Ok(Self {
                        file: Some(file),
                        beside,
                        path: path.to_owned(),
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::io("cannot write", &error).in_file(path)),
            }
        }
        refuse("cannot write: unfinished files of this name are in the way")
    }

    /// Puts the file in its place, over what was there.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub fn finish(mut self) -> Result<()> {
        let done = match self.file.take() {
            Some(file) => file
                .sync_all()
                .and_then(|()| fs::rename(&*self.beside, &self.path)),
            None => Ok(()),
        };
        if done.is_err() {
            // What went wrong is told below; an unfinished file that stays is the lesser harm.
            let _ = fs::remove_file(&*self.beside);
        }
        done.map_err(|error| Error::io("cannot write", &error).in_file(&self.path))
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), File::flush)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _ = fs::remove_file(&*self.beside);
        }
    }
}

/// Writes a whole file; see [`Unfinished`].
///
/// # Errors
/// As those of [`Unfinished`].
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = Unfinished::begin(path)?;
    file.write_all(bytes)
        .map_err(|error| Error::io("cannot write", &error).in_file(path))?;
    file.finish()
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.md");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let mut given_up = Unfinished::begin(&path).unwrap();
        given_up.write_all(b"thr").unwrap();
        drop(given_up);
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(folder.path(), b"x").is_err(), "a directory");
        assert!(write(&folder.path().join("no/such"), b"x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it_and_links_are_left_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write(&path, b"x").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let message = write(&link, b"y").unwrap_err().to_string();
        assert!(message.contains("a link"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }
}
