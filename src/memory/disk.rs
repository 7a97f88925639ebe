//! Where the memory goes that the program may not have: a file on a disk that has no name, so that it is gone with the
//! program, however that ends.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, Mode, OFlags, fallocate, open, statfs};

use super::room::Room;

/// File systems that keep their files in memory, which is what there is too little of: tmpfs and ramfs.
const IN_MEMORY: [u64; 2] = [0x0102_1994, 0x8584_58f6];

/// The first of these folders that is on a disk and can be written to, with at least so many bytes free; else why each
/// of them will not do.
pub(super) fn room(folders: &[PathBuf], bytes: u64) -> Result<Room, String> {
    let mut reasons = Vec::new();
    for folder in folders {
        let reason = match look(folder) {
            Ok(free) if free >= bytes => {
                let folder = folder.clone();
                return Ok(Room { folder, free });
            }
            Ok(free) => format!("has {} free", crate::text::units::bytes(free)),
            Err(reason) => reason,
        };
        reasons.push(format!("{} {reason}", folder.display()));
    }
    Err(reasons.join(", "))
}

/// What is free in a folder, in bytes.
fn look(folder: &Path) -> Result<u64, String> {
    let found = statfs(folder).map_err(|_| "is not there".to_owned())?;
    if IN_MEMORY.contains(&(found.f_type as u64)) {
        return Err("is in memory itself".to_owned());
    }
    unlinked(folder).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "cannot be written to".to_owned()
        }
        _ => format!("cannot be used: {error}"),
    })?;
    Ok(found.f_bavail.saturating_mul(found.f_bsize as u64))
}

/// A new file in a folder, which nobody else can open and which is gone when it is closed.
pub(super) fn unlinked(folder: &Path) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    let file = match open(folder, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => File::from(file),
        // Not every file system can do that.
        Err(_) => named_and_unlinked(folder)?,
    };
    // Neither can every one keep room for what will be written, and without that a full disk would end the program.
    fallocate(&file, FallocateFlags::empty(), 0, 1)?;
    Ok(file)
}

fn named_and_unlinked(folder: &Path) -> io::Result<File> {
    let name = folder.join(format!(".heaptui-{}.memory", std::process::id()));
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = open(&name, flags, Mode::RUSR | Mode::WUSR)?;
    std::fs::remove_file(&name)?;
    Ok(file.into())
}

/// Has the system begin to write what was changed of a file; nobody waits for it. This takes time for what was changed
/// alone, where the same by `posix_fadvise` takes time for all of the file that is in memory.
#[allow(unsafe_code)]
pub(super) fn begin_to_write(file: &File) {
    use std::ffi::{c_int, c_uint};
    use std::os::fd::AsRawFd;
    const SYNC_FILE_RANGE_WRITE: c_uint = 2;
    // SAFETY: this is its declaration in fcntl.h, where offsets have 64 bits.
    unsafe extern "C" {
        safe fn sync_file_range(file: c_int, from: i64, length: i64, flags: c_uint) -> c_int;
    }
    // A length of 0 is all that follows.
    let _ = sync_file_range(file.as_raw_fd(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_is_taken_that_will_do_and_nothing_is_left_in_it() {
        let own = std::env::current_exe().unwrap();
        let disk = tempfile::tempdir_in(own.parent().unwrap()).unwrap();
        let there = disk.path().to_path_buf();
        let folders = [
            there.join("not there"),
            PathBuf::from("/dev/shm"),
            there.clone(),
        ];
        let found = room(&folders, 1).unwrap();
        assert_eq!(found.folder, there);
        assert!(found.free > 1 << 20);
        let why = room(&folders, u64::MAX).unwrap_err();
        for part in ["not there is not there", "/dev/shm is", "free"] {
            assert!(why.contains(part), "{why}");
        }
        let mut kept = named_and_unlinked(&there).unwrap();
        std::io::Write::write_all(&mut kept, b"of a dump").unwrap();
        assert_eq!(std::fs::read_dir(&there).unwrap().count(), 0);
    }
}
