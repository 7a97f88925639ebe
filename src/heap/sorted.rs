//! Objects sorted into classes: what a first table needs besides shallow sizes.

use crate::column::Numbers;
use crate::error::Result;
use crate::task::Task;

use super::statistics::Stores;
use super::{Class, Heap, Interface, Statistics, classes, interfaces, statistics};

/// What is known of a heap whose shallow sizes are.
pub(super) struct Sorted {
    pub interfaces: Vec<Interface>,
    pub class: Numbers,
    pub classes: Vec<Class>,
    pub statistics: Statistics,
}

impl Sorted {
    /// Sorts the objects of a heap.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of(heap: &Heap, task: &Task) -> Result<Self> {
        let mut stores = Stores::default();
        let (interfaces, shapes) = interfaces::infer(heap, |node| stores.note(heap, node), task)?;
        let (class, classes) = classes::classify(heap, &interfaces, Some(shapes), task)?;
        Ok(Self {
            class,
            classes,
            statistics: statistics::of(heap, stores, task)?,
            interfaces,
        })
    }
}
