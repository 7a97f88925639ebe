//! Progress and cancellation of long work.
//!
//! The worker calls [`Task::stage`], [`Task::advance`] and [`Task::check`]; whoever waits reads
//! [`Task::progress`] as often as it likes and may call [`Task::cancel`]. Cloning shares the task.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::log;
use crate::memory;

/// How many items a loop may handle between two calls of [`Task::check`].
pub const CHECK_EVERY: usize = 1 << 16;

/// A handle on one piece of long work.
#[derive(Debug, Clone, Default)]
pub struct Task(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    /// What this is beside of.
    main: Option<Task>,
    stage: Mutex<Words>,
    done: AtomicU64,
    total: AtomicU64,
}

/// What is being done.
#[derive(Debug, Default)]
struct Words {
    stage: &'static str,
    /// The work that is waited for, until the next stage begins.
    waits_for: Option<Task>,
}

/// A reading of how far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// What is being done, in words for people: "reading nodes".
    pub stage: &'static str,
    /// Units done in this stage (bytes while reading, items afterwards); never more than `total` where that is known.
    pub done: u64,
    /// Units in all; 0 when that is not known.
    pub total: u64,
}

impl Task {
    /// A task that nobody has cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// For work beside this: cancelled with it or alone, and nobody sees how far it is.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self(Arc::new(Inner {
            main: Some(self.clone()),
            ..Inner::default()
        }))
    }

    /// From now on until the next stage begins, this is as far as `other`, which is beside it.
    pub fn wait_for(&self, other: &Self) {
        if let Ok(mut current) = self.0.stage.lock() {
            current.waits_for = Some(other.clone());
        }
    }

    /// Begins a stage of `total` units (0: not known).
    pub fn stage(&self, stage: &'static str, total: u64) {
        // The lock keeps readers from seeing one stage's figures under another one's words.
        if let Ok(mut current) = self.0.stage.lock() {
            *current = Words {
                stage,
                waits_for: None,
            };
            self.0.done.store(0, Ordering::Relaxed);
            self.0.total.store(total, Ordering::Relaxed);
        }
        memory::note_stage(stage);
        log::write("stage", format_args!("{stage} ({total} units)"));
    }

    /// Changes the stage's words and keeps its figures.
    pub fn rename_stage(&self, stage: &'static str) {
        if let Ok(mut current) = self.0.stage.lock() {
            current.stage = stage;
        }
    }

    /// Adds `units` to what is done.
    pub fn advance(&self, units: u64) {
        self.0.done.fetch_add(units, Ordering::Relaxed);
    }

    /// In a loop over all items of a stage: the next one is that with this index. Looks at the task once in
    /// [`CHECK_EVERY`] items.
    ///
    /// # Errors
    /// Those of [`Task::check`].
    #[inline]
    pub fn reached(&self, index: usize) -> Result<()> {
        if index.is_multiple_of(CHECK_EVERY) {
            self.0.done.store(index as u64, Ordering::Relaxed);
            self.check()?;
        }
        Ok(())
    }

    /// Where the work is now. What is done counts as no more than all there is: some bytes are read twice, and files
    /// grow while they are read.
    pub fn progress(&self) -> Progress {
        let Ok(words) = self.0.stage.lock() else {
            return Progress::default();
        };
        if let Some(other) = &words.waits_for {
            return other.progress();
        }
        let done = self.0.done.load(Ordering::Relaxed);
        let total = self.0.total.load(Ordering::Relaxed);
        Progress {
            stage: words.stage,
            done: if total == 0 { done } else { done.min(total) },
            total,
        }
    }

    /// Asks the worker to stop.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the worker was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        let main = self.0.main.as_ref();
        self.0.cancelled.load(Ordering::Relaxed) || main.is_some_and(Self::is_cancelled)
    }

    /// An error when the worker was asked to stop; to be called at least every [`CHECK_EVERY`] items.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Cancelled`].
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            Err(Error::cancelled())
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_done_than_there_is() {
        let task = Task::new();
        task.stage("reading", 495);
        task.advance(400);
        task.advance(115);
        assert_eq!((task.progress().done, task.progress().total), (495, 495));
        task.stage("counting", 2);
        for index in 0..2 {
            task.reached(index).unwrap();
            assert_eq!(task.progress().done, 0);
        }
        task.stage("counting", 3 * CHECK_EVERY as u64);
        task.reached(2 * CHECK_EVERY).unwrap();
        assert_eq!(task.progress().done, 2 * CHECK_EVERY as u64);
        task.stage("waiting", 0);
        task.advance(7);
        assert_eq!(task.progress().done, 7, "of nobody knows how many");
        task.cancel();
        assert!(task.reached(0).is_err() && task.reached(1).is_ok());
    }

    #[test]
    fn work_beside_is_seen_when_it_is_waited_for_and_cancelled_with_the_task() {
        let task = Task::new();
        task.stage("looking", 7);
        let (beside, other) = (task.beside(), task.beside());
        beside.stage("reading", 9);
        beside.advance(3);
        assert_eq!(task.progress().stage, "looking");
        task.wait_for(&beside);
        assert_eq!(
            (task.progress().stage, task.progress().done),
            ("reading", 3)
        );
        task.stage("looking on", 0);
        assert_eq!(task.progress().stage, "looking on");
        other.cancel();
        assert!(other.is_cancelled() && !task.is_cancelled() && !beside.is_cancelled());
        task.cancel();
        assert!(beside.check().is_err());
    }
}
