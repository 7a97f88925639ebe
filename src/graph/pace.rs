//! Loops that can be cancelled.

use crate::error::Result;
use crate::task::{CHECK_EVERY, Task};

/// Asks the task whether to go on, once in [`CHECK_EVERY`] steps.
pub(super) struct Pace<'a> {
    task: &'a Task,
    left: usize,
}

impl<'a> Pace<'a> {
    pub(super) fn new(task: &'a Task) -> Self {
        Self { task, left: 0 }
    }

    #[inline]
    pub(super) fn step(&mut self) -> Result<()> {
        if self.left == 0 {
            self.left = CHECK_EVERY;
            self.task.check()?;
        }
        self.left -= 1;
        Ok(())
    }
}
