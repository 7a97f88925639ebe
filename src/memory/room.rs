//! Room on a disk for what may not be in memory.

use std::path::PathBuf;

/// A folder on a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The folder.
    pub folder: PathBuf,
    /// What the disk has free for us, in bytes.
    pub free: u64,
}
