//! Progress and cancellation of long work.
//!
//! The worker calls [`Task::stage`], [`Task::advance`] and [`Task::check`]; whoever waits reads
//! [`Task::progress`] as often as it likes and may call [`Task::cancel`]. Cloning shares the task.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{Error, Result};

/// How many items a loop may handle between two calls of [`Task::check`].
pub const CHECK_EVERY: usize = 1 << 16;

/// A handle on one piece of long work.
#[derive(Debug, Clone, Default)]
pub struct Task(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    cancelled: AtomicBool,
    stage: Mutex<&'static str>,
    done: AtomicU64,
    total: AtomicU64,
}

/// A reading of how far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// What is being done, in words for people: "reading nodes".
    pub stage: &'static str,
    /// Units done in this stage (bytes while reading, items afterwards).
    pub done: u64,
    /// Units in all; 0 when that is not known.
    pub total: u64,
}

impl Task {
    /// A task that nobody has cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a stage of `total` units (0: not known).
    pub fn stage(&self, stage: &'static str, total: u64) {
        if let Ok(mut current) = self.0.stage.lock() {
            *current = stage;
        }
        self.0.done.store(0, Ordering::Relaxed);
        self.0.total.store(total, Ordering::Relaxed);
    }

    /// Changes the stage's words and keeps its figures.
    pub fn rename_stage(&self, stage: &'static str) {
        if let Ok(mut current) = self.0.stage.lock() {
            *current = stage;
        }
    }

    /// Adds `units` to what is done.
    pub fn advance(&self, units: u64) {
        self.0.done.fetch_add(units, Ordering::Relaxed);
    }

    /// Where the work is now.
    pub fn progress(&self) -> Progress {
        Progress {
            stage: self.0.stage.lock().map(|stage| *stage).unwrap_or_default(),
            done: self.0.done.load(Ordering::Relaxed),
            total: self.0.total.load(Ordering::Relaxed),
        }
    }

    /// Asks the worker to stop.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the worker was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
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
