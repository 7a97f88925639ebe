//! Files that heaptui writes: for their owner only, whole or not at all, never through a link, and never over a dump.
//!
//! Every file that is read for the user is noted by [`note_input`]; what was read is never written over, by whatever
//! name. Other dumps, profiles and indexes are replaced only with [`Replace::Anything`].

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::streams;

/// How many names for the unfinished file are tried.
const TRIES: u32 = 16;
/// What the name of an unfinished file begins and ends with; the process and a number stand between.
const UNFINISHED: (&str, &str) = (".heaptui-", ".tmp");
/// After this long nobody is writing an unfinished file any more.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The names of files that are being written just now.
static BEING_WRITTEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
/// The absolute paths of the files that were read.
static INPUTS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// What may be written over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Replace {
    /// Files that are no dumps, profiles or indexes, nor packed ones.
    #[default]
    Ordinary,
    /// All that this process did not read.
    Anything,
    /// A file that this process made: also one that it has read since.
    Own,
}

impl Replace {
    /// What a command with `--force`, or without, may write over.
    pub fn with_force(force: bool) -> Self {
        match force {
            true => Self::Anything,
            false => Self::Ordinary,
        }
    }
}

/// Notes that a file is read for the user, so that nothing is ever written over it.
pub fn note_input(path: &Path) {
    if let Ok(path) = std::path::absolute(path) {
        locked(&INPUTS).insert(path);
    }
}

/// Makes sure that a file may be written at `path`, whether or not something is there.
///
/// # Errors
/// When a file that was read is there, or one that `replace` does not let go, or a link, a directory or a device.
pub fn check(path: &Path, replace: Replace) -> Result<()> {
    let refuse = |message: &str| Error::new(ErrorKind::Io, message).in_file(path);
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("cannot write", &error).in_file(path)),
    };
    if found.is_symlink() {
        return Err(refuse("a link, which is not followed"));
    }
    if !found.is_file() {
        return Err(refuse("not a regular file"));
    }
    if replace != Replace::Own && is_input(path) {
        let error = refuse("a file that was read is never written over");
        return Err(error.advise("write to another file"));
    }
    if replace == Replace::Ordinary && (is_named_dump(path) || begins_as_dump(path)) {
        let error = refuse("a dump, a profile or a packed file is not written over");
        return Err(error.advise("write to another file, or say --force"));
    }
    Ok(())
}

/// Whether the file at `path` was read, by whatever name.
pub fn is_input(path: &Path) -> bool {
    let inputs = locked(&INPUTS);
    inputs.iter().any(|input| is_same(input, path))
}

/// Makes sure that standard output is there, and none of the files that were read, as after `>>`.
///
/// # Errors
/// When it is closed, or one of them.
pub fn check_stdout() -> Result<()> {
    if streams::out_was_closed() {
        let error = Error::new(
            ErrorKind::Io,
            "cannot write the output: standard output is closed",
        );
        return Err(error);
    }
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        use std::os::unix::fs::MetadataExt as _;
        let out = io::stdout().as_fd().try_clone_to_owned();
        let Ok(out) = out.and_then(|out| File::from(out).metadata()) else {
            return Ok(());
        };
        let inputs = locked(&INPUTS);
        let is_out = |input: &&PathBuf| {
            let input = fs::metadata(input);
            input.is_ok_and(|input| {
                input.is_file() && (input.dev(), input.ino()) == (out.dev(), out.ino())
            })
        };
        if let Some(input) = inputs.iter().find(is_out) {
            let error = Error::usage("standard output is a file that was read");
            return Err(error.in_file(input).advise("write to another file"));
        }
    }
    Ok(())
}

/// Whether both are one file, through links too.
#[cfg(unix)]
fn is_same(input: &Path, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let of = |path| fs::metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((of(input), of(path)), (Ok(input), Ok(path)) if input == path)
}

#[cfg(not(unix))]
fn is_same(input: &Path, path: &Path) -> bool {
    matches!((input.canonicalize(), path.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Whether the name is one of a dump, a profile or an index. A dump that a process begins just now is empty.
fn is_named_dump(path: &Path) -> bool {
    const ENDINGS: [&str; 5] = [
        ".heapsnapshot",
        ".heaptimeline",
        ".heapprofile",
        ".cpuprofile",
        ".heapindex",
    ];
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let plain = name.strip_suffix(".gz").or(name.strip_suffix(".zst"));
    let plain = plain.unwrap_or(&name);
    ENDINGS.iter().any(|ending| plain.ends_with(ending))
}

/// Whether the first bytes are those of a dump, a profile, an index, or of something packed.
fn begins_as_dump(path: &Path) -> bool {
    const FIRST_KEYS: [&[u8]; 8] = [
        b"\"snapshot\"",
        b"\"nodes\"",
        b"\"edges\"",
        b"\"locations\"",
        b"\"trace_",
        b"\"samples\"",
        b"\"strings\"",
        b"\"head\"",
    ];
    let mut first = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut first));
    match first.as_slice() {
        [0x1f, 0x8b, ..]
        | [0x28, 0xb5, 0x2f, 0xfd, ..]
        | [b'h', b'e', b'a', b'p', b't', b'u', b'i', 1, ..] => true,
        text => {
            let text = text
                .trim_ascii_start()
                .strip_prefix(b"{")
                .unwrap_or_default();
            let key = text.trim_ascii_start();
            // What cannot be looked at may be anything.
            read.is_err() || FIRST_KEYS.iter().any(|first| key.starts_with(first))
        }
    }
}

/// A name that a file has while it is written. Whoever ends the process meanwhile calls [`remove_unfinished`].
#[derive(Debug)]
pub struct Temporary(PathBuf);

impl Temporary {
    /// Makes a file in a folder, under a name of its own and for its owner only, and notes its name. Files that runs
    /// which were killed left there go.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(folder: &Path) -> io::Result<(Self, File)> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        sweep(folder, ABANDONED);
        let mut tries = 0;
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let (begin, end) = UNFINISHED;
            let path = folder.join(format!("{begin}{}-{number}{end}", std::process::id()));
            // Both or neither: whoever ends the process meanwhile waits.
            let mut names = locked(&BEING_WRITTEN);
            match private().open(&path) {
                Ok(file) => {
                    names.push(path.clone());
                    return Ok((Self(path), file));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => {
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
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
        locked(&BEING_WRITTEN).retain(|name| *name != self.0);
    }
}

fn locked<T>(of: &'static Mutex<T>) -> MutexGuard<'static, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what is being written, because the process ends now. What is finished already is not among it.
///
/// Threads that write go no further than to their next file, or to the end of this one: otherwise one of them could begin
/// another, or tell that its own is gone, before the process has ended.
pub fn remove_unfinished() {
    let mut names = locked(&BEING_WRITTEN);
    for name in names.drain(..) {
        let _ = fs::remove_file(name);
    }
    std::mem::forget(names);
}

/// Removes unfinished files of a folder that are this user's own, nobody wrote to for `age`, and whose process is gone.
pub fn sweep(folder: &Path, age: Duration) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(process) = name.to_str().and_then(writer_of) else {
            continue;
        };
        let Ok(found) = entry.metadata() else {
            continue;
        };
        let time = found.modified();
        let old = time.is_ok_and(|time| time.elapsed().is_ok_and(|elapsed| elapsed >= age));
        if found.is_file() && old && is_own(&found) && !runs(process) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The process that an unfinished file's name tells.
fn writer_of(name: &str) -> Option<i32> {
    let (begin, end) = UNFINISHED;
    let (process, number) = name
        .strip_prefix(begin)?
        .strip_suffix(end)?
        .split_once('-')?;
    number.parse::<u64>().ok()?;
    process.parse().ok().filter(|process| *process > 0)
}

#[cfg(unix)]
fn runs(process: i32) -> bool {
    let process = rustix::process::Pid::from_raw(process);
    process.is_some_and(|process| {
        rustix::process::test_kill_process(process) != Err(rustix::io::Errno::SRCH)
    })
}

#[cfg(not(unix))]
fn runs(_: i32) -> bool {
    false
}

#[cfg(unix)]
fn is_own(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    found.uid() == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_own(_: &fs::Metadata) -> bool {
    true
}

/// A file that is being written next to its place, which it takes when it is finished. Dropped before, it goes away.
#[derive(Debug)]
pub struct Unfinished {
    file: Option<File>,
    beside: Temporary,
    path: PathBuf,
    replace: Replace,
}

impl Unfinished {
    /// Begins a file that will be at `path`, readable by its owner only.
    ///
    /// # Errors
    /// Those of [`check`], or when its folder cannot be written.
    pub fn begin(path: &Path, replace: Replace) -> Result<Self> {
        check(path, replace)?;
        if path.file_name().is_none() {
            return Err(Error::new(ErrorKind::Io, "not the name of a file").in_file(path));
        }
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let (beside, file) = Temporary::create(folder)
            .map_err(|error| Error::io("cannot write", &error).in_file(path))?;
        Ok(Self {
            file: Some(file),
            beside,
            path: path.to_owned(),
            replace,
        })
    }

    /// Puts the file in its place, over what was there.
    ///
    /// # Errors
    /// When the last bytes cannot be written, or something is there meanwhile that must stay.
    pub fn finish(mut self) -> Result<()> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        let failed = |error| Error::io("cannot write", &error).in_file(&self.path);
        let done = file
            .sync_all()
            .map_err(failed)
            .and_then(|()| check(&self.path, self.replace))
            .and_then(|()| fs::rename(&*self.beside, &self.path).map_err(failed));
        if done.is_err() {
            // What went wrong is told; an unfinished file that stays is the lesser harm.
            let _ = fs::remove_file(&*self.beside);
        }
        done
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
pub fn write(path: &Path, bytes: &[u8], replace: Replace) -> Result<()> {
    let mut file = Unfinished::begin(path, replace)?;
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

/// What a user may write to the disk of a folder, in bytes; `None` where the system does not say.
#[cfg(unix)]
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
pub(crate) fn free_bytes(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDINARY: Replace = Replace::Ordinary;

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.md");
        write(&path, b"one", ORDINARY).unwrap();
        write(&path, b"two", ORDINARY).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let mut given_up = Unfinished::begin(&path, ORDINARY).unwrap();
        given_up.write_all(b"thr").unwrap();
        drop(given_up);
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(folder.path(), b"x", ORDINARY).is_err(), "a directory");
        assert!(write(&folder.path().join("no/such"), b"x", ORDINARY).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it_and_links_are_left_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write(&path, b"x", ORDINARY).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let message = write(&link, b"y", ORDINARY).unwrap_err().to_string();
        assert!(message.contains("a link"), "{message}");
        assert_eq!(fs::read(&path).unwrap(), b"x");
    }

    #[test]
    fn what_was_read_is_never_written_over_and_dumps_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let make = |name: &str, text: &[u8]| {
            fs::write(at(name), text).unwrap();
            at(name)
        };
        for dump in [
            make("begun.heapsnapshot", b""),
            make("A.HeapSnapshot.GZ", b"x"),
            make("p.heapprofile", b"x"),
            make("renamed.json", b" {\n \"snapshot\" : {}}"),
            make("profile.md", b"{\"head\":{}}"),
            make("packed.txt", b"\x1f\x8b\x08"),
            make("index", b"heaptui\x01rest"),
        ] {
            let error = write(&dump, b"new", ORDINARY).unwrap_err().to_string();
            assert!(error.contains("--force"), "{error}");
            write(&dump, b"new", Replace::Anything).unwrap();
            assert_eq!(fs::read(&dump).unwrap(), b"new");
        }
        for other in [
            make("report.md", b"# Report"),
            make("rows.json", b"{\"schema_version\":1}"),
        ] {
            write(&other, b"new", ORDINARY).unwrap();
        }
        let input = make("gc.log", b"[1:0x1] 1 ms");
        note_input(&input);
        let linked = at("linked.log");
        fs::hard_link(&input, &linked).unwrap();
        for name in [&input, &linked, &folder.path().join("./gc.log")] {
            let error = write(name, b"new", Replace::Anything).unwrap_err();
            assert!(error.to_string().contains("was read"), "{error}");
        }
        assert_eq!(fs::read(&input).unwrap(), b"[1:0x1] 1 ms");
        // What comes while another file is being written stays, too.
        let late = at("late");
        let unfinished = Unfinished::begin(&late, ORDINARY).unwrap();
        make("late", b"{\"snapshot\":{}}");
        assert!(unfinished.finish().is_err());
        assert_eq!(fs::read(&late).unwrap(), b"{\"snapshot\":{}}");
        let names = fs::read_dir(folder.path()).unwrap().flatten();
        let mut names = names.map(|entry| entry.file_name().into_string().unwrap());
        assert!(names.all(|name| !name.ends_with(".tmp")));
    }

    #[cfg(unix)]
    #[test]
    fn what_a_killed_run_left_goes_at_the_next_when_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let long_ago = std::time::SystemTime::now() - 2 * ABANDONED;
        // No process has such a number.
        let gone = i32::MAX;
        let here = std::process::id();
        let names = [
            (format!(".heaptui-{gone}-0.tmp"), true, false),
            (format!(".heaptui-{gone}-1.tmp"), false, true),
            (format!(".heaptui-{here}-999999.tmp"), true, true),
            (".heaptui-notes.tmp".to_owned(), true, true),
            (format!(".other-{gone}-0.tmp"), true, true),
        ];
        for (name, old, _) in &names {
            let file = File::create(folder.path().join(name)).unwrap();
            if *old {
                file.set_modified(long_ago).unwrap();
            }
        }
        write(&folder.path().join("report.md"), b"x", ORDINARY).unwrap();
        for (name, _, stays) in &names {
            assert_eq!(folder.path().join(name).exists(), *stays, "{name}");
        }
    }
}
