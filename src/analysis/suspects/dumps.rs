//! The dumps that a search looks at: loaded one by one, the last one prepared and kept.

use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::describe::Scripts;
use crate::error::Result;
use crate::heap::Heap;
use crate::task::Task;

use super::classes::{Classes, Numbers};
use super::first_seen::DumpNo;
use super::suspect::Clock;
use super::view::View;

/// The dumps of a series, in time order; of long series the latest.
pub(super) struct Series<'t, L> {
    times: &'t [Option<Timestamp>],
    /// How many of the earliest are left out.
    left_out: usize,
    load: L,
}

impl<'t, L: FnMut(usize) -> Result<Arc<Heap>>> Series<'t, L> {
    /// The series of the dumps that `load` gives by their places in `times`.
    pub fn new(times: &'t [Option<Timestamp>], load: L) -> Self {
        Self {
            times,
            left_out: times.len().saturating_sub(DumpNo::MOST),
            load,
        }
    }

    /// How many dumps are looked at.
    pub fn count(&self) -> usize {
        self.times.len() - self.left_out
    }

    /// Loads a dump by its place among those that are looked at.
    ///
    /// # Errors
    /// Those of the function that loads.
    pub fn load(&mut self, place: usize) -> Result<Arc<Heap>> {
        (self.load)(self.left_out + place)
    }

    /// When the dumps were taken.
    pub fn clock(&self) -> Clock<'t> {
        Clock(self.times.get(self.left_out..).unwrap_or_default())
    }
}

/// The last dump, prepared: candidates and words come from it.
pub(super) struct LastDump<'h> {
    pub view: View<'h>,
    pub scripts: Arc<Scripts>,
    pub numbers: Numbers,
}

impl<'h> LastDump<'h> {
    /// Prepares the last dump, and numbers its classes.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn prepare(
        heap: &'h Heap,
        scripts: Arc<Scripts>,
        classes: &mut Classes,
        task: &Task,
    ) -> Result<Self> {
        let view = View::new(heap, task)?;
        let numbers = classes.learn(heap, &scripts, None, task)?;
        Ok(Self {
            view,
            scripts,
            numbers,
        })
    }

    pub fn heap(&self) -> &'h Heap {
        self.view.heap
    }
}
