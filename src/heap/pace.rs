//! Progress and cancellation in loops over nodes or edges, without a look at the task for every item.

use crate::error::Result;
use crate::task::{CHECK_EVERY, Task};

/// Counts the items of one stage and turns to the task only now and then.
pub(crate) struct Pace<'a> {
    task: &'a Task,
    pending: usize,
}

impl<'a> Pace<'a> {
    /// Begins a stage of `total` items.
    pub(crate) fn stage(task: &'a Task, name: &'static str, total: usize) -> Self {
        task.stage(name, total as u64);
        Self { task, pending: 0 }
    }

    /// Goes on within a stage that was announced already.
    pub(crate) fn within(task: &'a Task) -> Self {
        Self { task, pending: 0 }
    }

    /// Notes `items` as done.
    ///
    /// # Errors
    /// When the task was cancelled.
    #[inline]
    pub(crate) fn step(&mut self, items: usize) -> Result<()> {
        self.pending += items;
        if self.pending >= CHECK_EVERY {
            self.report()?;
        }
        Ok(())
    }

    #[cold]
    fn report(&mut self) -> Result<()> {
        self.task.advance(self.pending as u64);
        self.pending = 0;
        self.task.check()
    }
}
