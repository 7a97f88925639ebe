//! Where the loaders of the floors below are called from.

use std::path::Path;

use crate::error::Result;
use crate::heap::Heap;
use crate::snapshot::Snapshot;
use crate::task::Task;

/// Reads a snapshot.
pub(super) fn open_snapshot(path: &Path, task: &Task) -> Result<Snapshot> {
    Snapshot::open(path, task)
}

/// Reads a snapshot and builds its heap.
pub(super) fn open_heap(path: &Path, task: &Task) -> Result<Heap> {
    Heap::open(path, task)
}
