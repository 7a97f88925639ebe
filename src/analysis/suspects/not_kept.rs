//! Edges that say what an object is, not what it keeps.

use crate::error::Result;
use crate::graph::EdgeId;
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, StrId, Strings};
use crate::task::Task;

/// What an object inherits from.
const PROTO: &str = "__proto__";
/// Internal edges that say what an object is, not what it keeps.
const NOT_KEPT: [&str; 11] = [
    "map",
    "shared",
    "context",
    "code",
    "feedback_cell",
    "prototype",
    "scope_info",
    "previous",
    "native_context",
    "extension",
    PROTO,
];
/// No name above is longer than this when every character is written as `\uXXXX`.
const LONGEST_ESCAPED: usize = 6 * 14;

/// The strings that are such names: there can be several of one text.
#[derive(Debug, Default)]
pub(super) struct NotKept {
    proto: Vec<StrId>,
    internal: Vec<StrId>,
}

impl NotKept {
    /// Looks at every string once.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn find(strings: &Strings, task: &Task) -> Result<Self> {
        let mut found = Self::default();
        for index in 0..strings.len() as u32 {
            task.reached(index as usize)?;
            let string = StrId(index);
            let raw = strings.raw(string);
            let may_be = raw.len() <= LONGEST_ESCAPED
                && raw.first().is_some_and(|&first| {
                    first == b'\\' || NOT_KEPT.iter().any(|name| name.as_bytes()[0] == first)
                });
            if !may_be {
                continue;
            }
            if NOT_KEPT.iter().any(|name| strings.equals(string, name)) {
                found.internal.push(string);
            }
            if strings.equals(string, PROTO) {
                found.proto.push(string);
            }
        }
        Ok(found)
    }

    /// Whether an edge keeps something for its source, rather than say what the source is.
    pub fn is_kept(&self, heap: &Heap, edge: EdgeId) -> bool {
        let names = match heap.edge_kind(edge) {
            EdgeKind::PROPERTY => &self.proto,
            EdgeKind::INTERNAL => &self.internal,
            _ => return true,
        };
        let name = heap.edge_name_id(edge);
        name.is_none_or(|name| !names.contains(&name))
    }
}
