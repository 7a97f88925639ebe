//! What a question is asked about.

use crate::analysis::describe::Scripts;
use crate::error::Result;
use crate::heap::Heap;

/// The heap that is asked, and what else an answer is taken from.
pub struct Asked<'a> {
    /// The heap.
    pub heap: &'a Heap,
    /// Its scripts.
    pub scripts: &'a Scripts,
    /// The largest odd object id of a dump of the series, by its label or file name.
    pub max_id: &'a mut dyn FnMut(&str) -> Result<u32>,
}
