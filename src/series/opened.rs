//! The heaps that are loaded, within a budget of memory.
//!
//! The least recently used go first. They come back when somebody looks at them: loading again is all that it takes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::memory::{self, Need};
use crate::error::Result;
use crate::heap::{Early, Heap};
use crate::index::{Cache, Key, Loaded};
use crate::memory::is_from_disk;
use crate::task::Task;

/// Loaded heaps, by the path of their dumps.
#[derive(Debug)]
pub struct Opened {
    heaps: HashMap<PathBuf, Kept>,
    /// What dumps need of which more is known than their files tell.
    needs: HashMap<PathBuf, Need>,
    budget: u64,
    /// Counts uses: what was used last has the greatest number.
    uses: AtomicU64,
}

#[derive(Debug)]
struct Kept {
    heap: Arc<Heap>,
    bytes: u64,
    used: AtomicU64,
}

/// Room that was made for a heap.
#[derive(Debug, Default)]
pub struct Made {
    /// The dumps whose heaps had to go.
    pub gone: Vec<PathBuf>,
    /// That the program works from disk from now on, for whoever looks.
    pub words: Option<String>,
}

impl Default for Opened {
    /// With the default budget: a share of the memory that is available now.
    fn default() -> Self {
        Self::with_budget(memory::default_budget())
    }
}

impl Opened {
    /// No heaps yet, which may take `budget` bytes together.
    pub fn with_budget(budget: u64) -> Self {
        Self {
            heaps: HashMap::new(),
            needs: HashMap::new(),
            budget,
            uses: AtomicU64::new(0),
        }
    }

    /// Notes what the dump at `path` needs, because it is not loaded but entered.
    pub fn expect(&mut self, path: PathBuf, need: Need) {
        self.needs.insert(path, need);
    }

    /// What the dump at `path` needs.
    ///
    /// # Errors
    /// Those of [`memory::need`].
    pub fn need(&self, path: &Path) -> Result<Need> {
        match self.needs.get(path) {
            Some(need) => Ok(*need),
            None => memory::need(path),
        }
    }

    /// From now on heaps may take so many bytes together.
    pub fn allow(&mut self, budget: u64) {
        self.budget = budget;
        self.shrink_to(budget, None);
    }

    /// How many bytes heaps may take.
    pub fn budget(&self) -> u64 {
        self.budget
    }

    /// How many bytes the loaded heaps take.
    pub fn bytes(&self) -> u64 {
        self.heaps.values().map(|kept| kept.bytes).sum()
    }

    /// Loads a heap, out of its index where there is one; what a background job runs. Retainers are linked
    /// here already, so that no screen waits for them. If the dump has no index, the writer of one comes with the heap.
    ///
    /// # Errors
    /// Those of [`Heap::open`].
    pub fn load(path: &Path, cache: &Cache, task: &Task) -> Result<(Arc<Heap>, Option<Key>)> {
        Self::shared(path, cache, task, || cache.load(path, task))
    }

    /// The same, and hands out what is known before the long work on dominators begins; out of an index everything is
    /// there at once, and nothing is handed out.
    ///
    /// # Errors
    /// Those of [`Heap::open_staged`].
    pub fn load_staged(
        path: &Path,
        cache: &Cache,
        task: &Task,
        early: impl FnMut(Early),
    ) -> Result<(Arc<Heap>, Option<Key>)> {
        Self::shared(path, cache, task, || cache.load_staged(path, task, early))
    }

    /// What is shared already, else what `load` loads, linked.
    fn shared(
        path: &Path,
        cache: &Cache,
        task: &Task,
        load: impl FnOnce() -> Result<Loaded>,
    ) -> Result<(Arc<Heap>, Option<Key>)> {
        if let Some(heap) = cache.shared().and_then(|shared| shared.get(path)) {
            return Ok((heap, None));
        }
        let loaded = load()?;
        task.stage("linking holders", 0);
        loaded.heap.graph().link_back();
        let heap = Arc::new(loaded.heap);
        if let Some(shared) = cache.shared() {
            shared.put(path, &heap);
        }
        Ok((heap, loaded.fresh))
    }

    /// Lets heaps go, the least recently used first, until the dump at `path` can be loaded; to be asked before each
    /// [`Opened::load`]. `others` is what loads that are under way need.
    ///
    /// Memory that others still refer to is freed when they drop it.
    ///
    /// # Errors
    /// Those of [`memory::settle`], when the dump alone needs more than the budget.
    pub fn make_room(&mut self, path: &Path, others: u64) -> Result<Made> {
        // A file that cannot be looked at has its error told by whoever loads it.
        let Ok(need) = self.need(path) else {
            return Ok(Made::default());
        };
        let words = memory::settle(path, need, self.budget)?;
        let room = self.budget.saturating_sub(need.building + others);
        let gone = self.shrink_to(room, None);
        Ok(Made { gone, words })
    }

    /// The heap of the dump at `path`, if it is loaded; notes that it was used.
    pub fn get(&self, path: &Path) -> Option<&Arc<Heap>> {
        let kept = self.heaps.get(path)?;
        kept.used.store(self.next_use(), Ordering::Relaxed);
        Some(&kept.heap)
    }

    /// The heap of the dump at `path`: the one that is kept, or one that `load` loads, which is kept if there is room.
    ///
    /// # Errors
    /// Those of `load`.
    pub fn fetch(
        &mut self,
        path: &Path,
        load: impl FnOnce(&Path) -> Result<Arc<Heap>>,
    ) -> Result<Arc<Heap>> {
        if let Some(heap) = self.get(path) {
            return Ok(Arc::clone(heap));
        }
        let fits = self
            .need(path)
            .is_ok_and(|need| need.building <= self.budget);
        // Where heaps are on the disk, one at a time is kept.
        let keeps = (fits || is_from_disk()) && self.make_room(path, 0).is_ok();
        let heap = load(path)?;
        if keeps {
            self.keep(path.to_path_buf(), Arc::clone(&heap));
        }
        Ok(heap)
    }

    /// Whether the dump's heap is loaded, without using it.
    pub fn contains(&self, path: &Path) -> bool {
        self.heaps.contains_key(path)
    }

    /// Keeps a loaded heap, and lets others go if it takes more than was thought. Says which went.
    pub fn keep(&mut self, path: PathBuf, heap: Arc<Heap>) -> Vec<PathBuf> {
        let kept = Kept {
            bytes: heap.bytes(),
            heap,
            used: AtomicU64::new(self.next_use()),
        };
        self.heaps.insert(path.clone(), kept);
        self.shrink_to(self.budget, Some(&path))
    }

    /// Lets a heap go, because its file changed or nobody looks at it any more.
    pub fn forget(&mut self, path: &Path) -> Option<Arc<Heap>> {
        self.needs.remove(path);
        self.heaps.remove(path).map(|kept| kept.heap)
    }

    /// Notes that a dump's file has another name now.
    pub fn rename(&mut self, from: &Path, to: PathBuf) {
        self.needs.remove(from);
        if let Some(kept) = self.heaps.remove(from) {
            self.heaps.insert(to, kept);
        }
    }

    /// How many heaps are loaded.
    pub fn len(&self) -> usize {
        self.heaps.len()
    }

    /// Whether no heap is loaded.
    pub fn is_empty(&self) -> bool {
        self.heaps.is_empty()
    }

    fn next_use(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn shrink_to(&mut self, bytes: u64, but: Option<&Path>) -> Vec<PathBuf> {
        let mut gone = Vec::new();
        while self.bytes() > bytes {
            let oldest = self
                .heaps
                .iter()
                .filter(|(path, _)| Some(path.as_path()) != but)
                .min_by_key(|(_, kept)| kept.used.load(Ordering::Relaxed))
                .map(|(path, _)| path.clone());
            let Some(oldest) = oldest else {
                break;
            };
            self.heaps.remove(&oldest);
            gone.push(oldest);
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn data(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/data/versions/{name}.s1.heapsnapshot.gz"))
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let (heap, _) = Opened::load(&data("node12"), &Cache::none(), &Task::new()).unwrap();
        let one = heap.bytes();
        let mut opened = Opened::with_budget(one * 5 / 2);
        let path = |name: &str| PathBuf::from(name);
        assert!(opened.keep(path("a"), Arc::clone(&heap)).is_empty());
        assert!(opened.keep(path("b"), Arc::clone(&heap)).is_empty());
        assert!(opened.get(&path("a")).is_some());
        assert_eq!(opened.keep(path("c"), Arc::clone(&heap)), [path("b")]);
        assert_eq!((opened.len(), opened.bytes()), (2, one * 2));
        let need = Need {
            building: one,
            loaded: one,
        };
        opened.expect(data("node12"), need);
        let gone = opened.make_room(&data("node12"), 0).unwrap().gone;
        assert_eq!(gone.first(), Some(&path("a")));
        opened.rename(&path("c"), path("d"));
        assert!(!opened.contains(&path("c")));
        opened.keep(path("e"), Arc::clone(&heap));
        opened.allow(one);
        assert_eq!((opened.len(), opened.contains(&path("e"))), (1, true));
    }

    #[test]
    fn refuses_what_cannot_fit_with_the_figure() {
        let mut opened = Opened::with_budget(1_000_000);
        let error = opened.make_room(&data("node12"), 0).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported);
        let text = error.to_string();
        assert!(
            text.contains("1.0 MB") && text.contains("--memory"),
            "{text}"
        );
        assert!(opened.make_room(Path::new("missing"), 0).is_ok());
    }

    #[test]
    fn what_is_entered_needs_less_than_what_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("cache"), None);
        let dump = folder.path().join("a.heapsnapshot");
        let packed = std::fs::File::open(data("node12")).unwrap();
        let mut text = flate2::read::GzDecoder::new(packed);
        std::io::copy(&mut text, &mut std::fs::File::create(&dump).unwrap()).unwrap();
        let (heap, key) = Opened::load(&dump, &cache, &Task::new()).unwrap();
        cache
            .keep(&dump, key.unwrap(), &heap, &Task::new())
            .unwrap();
        let need = Need::of_index(&cache.front(&dump).unwrap()).unwrap();
        let (entered, fresh) = Opened::load(&dump, &cache, &Task::new()).unwrap();
        assert!(fresh.is_none());
        let ratio = need.loaded as f64 / entered.bytes() as f64;
        assert!((0.7..1.3).contains(&ratio), "{need:?}, {}", entered.bytes());
        let whole = memory::need(&dump).unwrap();
        assert!(need.building < whole.building, "{need:?} {whole:?}");
        let mut opened = Opened::with_budget(need.building);
        assert!(opened.make_room(&dump, 0).is_err(), "nothing is known yet");
        opened.expect(dump.clone(), need);
        assert!(opened.make_room(&dump, 0).is_ok());
        opened.forget(&dump);
        assert!(opened.make_room(&dump, 0).is_err(), "it may be another one");
    }

    #[test]
    fn estimates_are_of_the_right_size() {
        for name in ["node12", "chromium"] {
            let need = memory::need(&data(name)).unwrap();
            let loaded = Opened::load(&data(name), &Cache::none(), &Task::new());
            let takes = loaded.unwrap().0.bytes();
            let ratio = need.loaded as f64 / takes as f64;
            assert!(
                (0.9..1.6).contains(&ratio),
                "{name}: {need:?}, takes {takes}"
            );
        }
    }
}
