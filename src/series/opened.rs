//! The heaps that are loaded.
//!
//! Nothing is thrown out by itself yet; a memory budget will decide here which heaps stay.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::heap::Heap;
use crate::task::Task;

/// Loaded heaps, by the path of their dumps.
#[derive(Debug, Default)]
pub struct Opened {
    heaps: HashMap<PathBuf, Arc<Heap>>,
}

impl Opened {
    /// Loads a heap; what a background job runs.
    ///
    /// # Errors
    /// Those of [`Heap::open`].
    pub fn load(path: &Path, task: &Task) -> Result<Arc<Heap>> {
        Ok(Arc::new(Heap::open(path, task)?))
    }

    /// The heap of the dump at `path`, if it is loaded.
    pub fn get(&self, path: &Path) -> Option<&Arc<Heap>> {
        self.heaps.get(path)
    }

    /// Keeps a loaded heap.
    pub fn keep(&mut self, path: PathBuf, heap: Arc<Heap>) {
        self.heaps.insert(path, heap);
    }

    /// Lets a heap go, because its file changed or nobody looks at it any more.
    pub fn forget(&mut self, path: &Path) -> Option<Arc<Heap>> {
        self.heaps.remove(path)
    }

    /// How many heaps are loaded.
    pub fn len(&self) -> usize {
        self.heaps.len()
    }

    /// Whether no heap is loaded.
    pub fn is_empty(&self) -> bool {
        self.heaps.is_empty()
    }
}
