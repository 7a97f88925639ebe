//! Heaps in memory that are handed out again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::key::Key;
use crate::heap::Heap;

/// Heaps that this process loaded, handed out again instead of loaded anew, as long as the file is the same.
///
/// For tests, which open the same few dumps over and over: nothing is ever let go.
#[derive(Debug, Clone, Default)]
pub struct SharedHeaps(Arc<Mutex<ByPath>>);

/// Heaps, and what their files were recognised by.
type ByPath = HashMap<PathBuf, (Key, Arc<Heap>)>;

impl SharedHeaps {
    /// The heap of a dump, if it was loaded before and its file is still the same.
    pub fn get(&self, dump: &Path) -> Option<Arc<Heap>> {
        let key = Key::of(dump)?;
        let heaps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, heap) = heaps.get(dump)?;
        (*known == key).then(|| Arc::clone(heap))
    }

    /// Remembers the heap of a dump.
    pub fn put(&self, dump: &Path, heap: &Arc<Heap>) {
        if let Some(key) = Key::of(dump) {
            let mut heaps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            heaps.insert(dump.to_path_buf(), (key, Arc::clone(heap)));
        }
    }
}
