//! Where the loaders of the floors below will be called from; for now nothing can be loaded.

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::heap::Heap;
use crate::snapshot::Snapshot;
use crate::task::Task;

/// Reads a snapshot.
pub(super) fn open_snapshot(path: &Path, _: &Task) -> Result<Snapshot> {
    Err(Error::new(ErrorKind::Unsupported, "cannot be read yet").in_file(path))
}

/// Reads a snapshot and builds its heap.
pub(super) fn open_heap(path: &Path, _: &Task) -> Result<Heap> {
    Err(Error::new(ErrorKind::Unsupported, "cannot be loaded yet").in_file(path))
}
