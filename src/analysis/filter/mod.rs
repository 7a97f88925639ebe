//! Filters: which objects a view counts. Sizes and distances stay those of the whole heap.

mod retained_by;

pub use crate::analysis::selection::Selection;
pub use retained_by::RetainedBy;

use crate::analysis::selection::matching;
use crate::analysis::strings;
use crate::error::Result;
use crate::heap::contexts::{ContextOwner, attribute};
use crate::heap::{Heap, shown_distance};
use crate::task::Task;

/// Which objects to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Filter {
    /// All objects.
    #[default]
    All,
    /// Objects by when they were allocated, read from their ids, which only grow in one process.
    Allocated {
        /// Ids above this one.
        after: u32,
        /// Ids up to and including this one.
        up_to: u32,
    },
    /// Objects that only one kind of holder keeps near.
    RetainedBy(RetainedBy),
    /// Strings whose text occurs more than once.
    DuplicateStrings,
    /// Objects that belong to the native context with this object id, as DevTools attributes them.
    OfContext(u32),
    /// Objects that several native contexts share.
    SharedByContexts,
    /// Objects that belong to no native context.
    OfNoContext,
    /// Objects for which no distance is shown: the application's roots do not reach them.
    Unreachable,
}

impl Filter {
    /// Objects that were allocated until the snapshot whose largest odd id is `max_id`; native ones too.
    pub fn allocated_before(max_id: u32) -> Self {
        Self::Allocated {
            after: 0,
            up_to: max_id,
        }
    }

    /// Objects that were allocated after the snapshot whose largest odd id is `max_id`.
    pub fn allocated_after(max_id: u32) -> Self {
        Self::Allocated {
            after: max_id,
            up_to: u32::MAX,
        }
    }
}

/// Finds the objects that `filter` lets through.
///
/// Linear in nodes and edges; duplicate strings also read the texts of all strings.
///
/// # Errors
/// When the task is cancelled.
pub fn select(heap: &Heap, filter: &Filter, task: &Task) -> Result<Selection> {
    task.stage("filtering objects", heap.node_count() as u64);
    let nodes = match filter {
        Filter::All => return Ok(Selection::All),
        Filter::Allocated { after, up_to } => matching(heap, task, |node| {
            let id = heap.id(node);
            id > *after && id <= *up_to
        })?,
        Filter::RetainedBy(holder) => retained_by::select(heap, *holder, task)?,
        Filter::DuplicateStrings => strings::duplicates(heap, task)?,
        Filter::OfContext(id) => {
            let found = attribute(heap, task)?;
            let mut contexts = (0u32..).zip(&found.contexts);
            let wanted = contexts.find(|(_, context)| heap.id(context.node) == *id);
            let wanted = wanted.map(|(number, _)| ContextOwner::Context(number));
            matching(heap, task, |node| Some(found.owner(node)) == wanted)?
        }
        Filter::SharedByContexts => {
            let found = attribute(heap, task)?;
            matching(heap, task, |node| found.owner(node) == ContextOwner::Shared)?
        }
        Filter::OfNoContext => {
            let found = attribute(heap, task)?;
            matching(heap, task, |node| found.owner(node) == ContextOwner::Nobody)?
        }
        Filter::Unreachable => matching(heap, task, |node| {
            shown_distance(heap.distance(node)).is_none()
        })?,
    };
    Ok(Selection::Some(nodes))
}
