//! The next dump of a series is loaded while somebody looks at the one before.
//!
//! Half of a load runs on one processor, and so does most of what is asked of a heap: together they take little more than
//! the longer of both.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread::{self, Scope, ScopedJoinHandle};

use super::memory;
use crate::error::Result;
use crate::memory::is_from_disk;
use crate::task::Task;

/// Loads dumps when they are asked for, and the one that is asked for next on another thread.
pub struct LoadAhead<'scope, 'env, L, T> {
    scope: &'scope Scope<'scope, 'env>,
    load: &'scope L,
    /// The dumps that will be asked for, in this order.
    order: VecDeque<PathBuf>,
    task: &'scope Task,
    under_way: Option<UnderWay<'scope, T>>,
}

struct UnderWay<'scope, T> {
    path: PathBuf,
    task: Task,
    thread: ScopedJoinHandle<'scope, Result<T>>,
}

impl<'scope, 'env, L, T> LoadAhead<'scope, 'env, L, T>
where
    L: Fn(&Path, &Task) -> Result<T> + Sync,
    T: Send + 'scope,
{
    /// `load` gives what is wanted of a dump.
    pub fn new(
        scope: &'scope Scope<'scope, 'env>,
        load: &'scope L,
        order: impl IntoIterator<Item = PathBuf>,
        task: &'scope Task,
    ) -> Self {
        Self {
            scope,
            load,
            order: order.into_iter().collect(),
            task,
            under_way: None,
        }
    }

    /// What `load` gives of this dump. The next one is begun if it needs no more than `spare` bytes while it is loaded,
    /// besides what everything else needs. One that is under way is given up when another one is asked for.
    ///
    /// # Errors
    /// Those of `load` for this dump.
    pub fn get(&mut self, path: &Path, spare: u64) -> Result<T> {
        let begun = self.under_way.take();
        let begun = match begun {
            Some(other) if other.path != path => {
                other.task.cancel();
                // It takes no more memory when this returns.
                let _ = other.thread.join();
                None
            }
            begun => begun,
        };
        if self.order.front().is_some_and(|next| next == path) {
            self.order.pop_front();
            self.begin_next(spare);
        }
        match begun {
            None => (self.load)(path, self.task),
            Some(begun) => {
                self.task.wait_for(&begun.task);
                begun
                    .thread
                    .join()
                    .unwrap_or_else(|panic| resume_unwind(panic))
            }
        }
    }

    fn begin_next(&mut self, spare: u64) {
        let Some(next) = self.order.front().cloned() else {
            return;
        };
        let fits = || memory::need(&next).is_ok_and(|need| need.building <= spare);
        if !has_processors() || is_from_disk() || !fits() {
            return;
        }
        let (load, task, dump) = (self.load, self.task.beside(), next.clone());
        let of_thread = task.clone();
        let thread = thread::Builder::new().name("heaptui-ahead".to_owned());
        let started = thread.spawn_scoped(self.scope, move || load(&dump, &of_thread));
        // Where no more threads are to be had, the next one is loaded when it is asked for.
        self.under_way = started.ok().map(|thread| UnderWay {
            path: next,
            task,
            thread,
        });
    }
}

fn has_processors() -> bool {
    thread::available_parallelism().is_ok_and(|count| count.get() > 1)
}

impl<L, T> Drop for LoadAhead<'_, '_, L, T> {
    /// Nobody asks for what is under way any more.
    fn drop(&mut self) {
        if let Some(load) = &self.under_way {
            load.task.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::error::Error;

    /// Three dumps in a folder.
    fn dumps(folder: &Path) -> [PathBuf; 3] {
        let data = Path::new(env!("CARGO_MANIFEST_DIR"));
        let data = data.join("tests/data/versions/node12.s1.heapsnapshot.gz");
        [1, 2, 3].map(|number| {
            let path = folder.join(format!("{number}.heapsnapshot.gz"));
            std::fs::copy(&data, &path).unwrap();
            path
        })
    }

    #[test]
    fn the_next_is_loaded_before_it_is_asked_for_where_there_is_room() {
        if !has_processors() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let [one, two, three] = dumps(folder.path());
        for (spare, expected) in [(u64::MAX, 2), (0, 1)] {
            let (task, begun) = (Task::new(), Mutex::new(Vec::new()));
            let load = |path: &Path, _: &Task| {
                begun.lock().unwrap().push(path.to_path_buf());
                Ok(path.to_path_buf())
            };
            thread::scope(|scope| {
                let order = [one.clone(), two.clone(), three.clone()];
                let mut ahead = LoadAhead::new(scope, &load, order, &task);
                assert_eq!(ahead.get(&one, spare).unwrap(), one);
                assert_eq!(ahead.under_way.is_some(), expected == 2);
                while begun.lock().unwrap().len() < expected {
                    thread::yield_now();
                }
                // The one after the next is not begun before the next is asked for.
                assert_eq!(begun.lock().unwrap().len(), expected);
                assert_eq!(ahead.get(&two, spare).unwrap(), two);
                assert_eq!(ahead.get(&one, spare).unwrap(), one);
                assert!(ahead.under_way.is_none());
                assert_eq!(ahead.get(&three, spare).unwrap(), three);
            });
            let begun = begun.into_inner().unwrap();
            let times = |path: &PathBuf| begun.iter().filter(|other| *other == path).count();
            assert_eq!((times(&one), times(&two)), (2, 1));
            assert!((1..=2).contains(&times(&three)));
        }
    }

    #[test]
    fn errors_come_when_the_dump_is_asked_for_and_what_nobody_asks_for_is_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two, three] = dumps(folder.path());
        let task = Task::new();
        let load = |path: &Path, task: &Task| {
            if *path == two {
                return Err(Error::usage("broken"));
            }
            // The third ends only because it is cancelled.
            if *path == three {
                loop {
                    task.check()?;
                    thread::yield_now();
                }
            }
            Ok(())
        };
        thread::scope(|scope| {
            let order = [one.clone(), two.clone(), three.clone()];
            let mut ahead = LoadAhead::new(scope, &load, order, &task);
            assert!(ahead.get(&one, u64::MAX).is_ok());
            assert!(ahead.get(&two, u64::MAX).is_err());
        });
        assert!(!task.is_cancelled());
    }
}
