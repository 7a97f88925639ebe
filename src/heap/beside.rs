//! Two passes at the same time.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::{Error, Result};
use crate::memory::is_from_disk;
use crate::task::Task;

/// Fewer nodes are not worth another thread, which takes more than a megabyte of memory.
const WORTH: usize = 1 << 19;

/// Runs `here` on this thread and `beside`, which takes longer and whose progress is shown, on another one. From disk, and
/// where there is one processor, one runs after the other: both would wait for the same. So they do for so few nodes that
/// there is nothing to gain.
///
/// # Errors
/// Those of `here`, then those of `beside`. The other one ends by itself, or because the task was cancelled.
pub(super) fn both<A, B: Send>(
    task: &Task,
    nodes: usize,
    here: impl FnOnce(&Task) -> Result<A>,
    beside: impl FnOnce(&Task) -> Result<B> + Send,
) -> Result<(A, B)> {
    if nodes < WORTH
        || is_from_disk()
        || thread::available_parallelism().map_or(1, usize::from) == 1
    {
        return Ok((here(task)?, beside(task)?));
    }
    // Where no more threads are to be had, this one does it all.
    let waiting = Mutex::new(Some(beside));
    let begin = || {
        let beside = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        beside.map(|beside| beside(task))
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("heaptui-beside".to_owned());
        let started = thread.spawn_scoped(scope, begin).ok();
        let first = here(&task.beside())?;
        let second =
            started.and_then(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        match second.or_else(begin) {
            Some(second) => Ok((first, second?)),
            None => Err(Error::cancelled()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn both_run_at_the_same_time_and_one_is_seen() {
        if thread::available_parallelism().map_or(1, usize::from) == 1 {
            return;
        }
        let (task, met) = (Task::new(), Barrier::new(2));
        let pass = |name: &'static str| {
            let met = &met;
            move |task: &Task| {
                task.stage(name, 0);
                met.wait();
                Ok(name)
            }
        };
        let done = both(&task, WORTH, pass("here"), pass("beside")).unwrap();
        assert_eq!(done, ("here", "beside"));
        assert_eq!(task.progress().stage, "beside");
    }

    #[test]
    fn whoever_cancels_the_task_cancels_both() {
        let task = Task::new();
        let wait = |task: &Task| -> Result<()> {
            loop {
                task.check()?;
                thread::yield_now();
            }
        };
        let cancels = |_: &Task| {
            task.cancel();
            Ok(())
        };
        assert!(
            both(&task, WORTH, cancels, wait)
                .unwrap_err()
                .is_cancelled()
        );
        assert!(both(&task, 0, wait, wait).unwrap_err().is_cancelled());
    }
}
