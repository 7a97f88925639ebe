//! The classes of a heap as they were written, by the source maps of their scripts.

use super::finder::Sources;
use super::spot::Spot;
use crate::analysis::describe::Scripts;
use crate::analysis::originals::{OriginalClass, Originals};
use crate::error::Result;
use crate::heap::{ClassId, Heap};
use crate::task::Task;

/// Node's own scripts have no maps.
const NODE: &str = "node:";

impl Sources {
    /// The classes of a heap whose scripts have a source map here. Reads each script and its map once.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn originals(&mut self, heap: &Heap, scripts: &Scripts, task: &Task) -> Result<Originals> {
        let mut found = Vec::new();
        for (number, class) in (0..).zip(heap.classes()) {
            task.reached(number as usize)?;
            let Some(place) = class.place else { continue };
            let Some(url) = scripts.name(place.script_id) else {
                continue;
            };
            if url.is_empty() || url.starts_with(NODE) || !self.has_map(url) {
                continue;
            }
            task.check()?;
            let spot = Spot::of_class(heap, scripts, (url, place), &class.name);
            let original = self.find(&spot).original;
            if let Some(original) = original
                && let Some(name) = original.name
            {
                let class = OriginalClass {
                    name,
                    source: original.source,
                    line: original.line,
                    column: original.column,
                };
                found.push((ClassId(number), class));
            }
        }
        Ok(found.into_iter().collect())
    }
}
