//! What is kept of ropes: which texts begin alike, and those that were put together last.

use std::sync::{Arc, Mutex, PoisonError};

use crate::graph::NodeId;
use crate::text::order::utf16_len;

/// How much of a rope's text is put together, in UTF-16 code units; the part that passes the limit stays whole.
pub(super) const LIMIT: u16 = 1024;

/// Which ropes have the same beginning as another node.
#[derive(Debug, Default)]
pub(crate) struct Ropes {
    /// The ropes, ascending, and the node that stands for each; [`NO_TEXT`] for empty ones. Ropes that have to be put
    /// together from both parts are not in it.
    same: Vec<(u32, u32)>,
    pub(super) made: Memo,
}

/// Stands for ropes without text.
pub(super) const NO_TEXT: u32 = u32::MAX;

impl Ropes {
    /// From the ropes that another node stands for, ascending.
    pub(super) fn new(same: Vec<(u32, u32)>) -> Self {
        Self {
            same,
            made: Memo::default(),
        }
    }

    /// The node whose text begins like this node's: itself if there is no simpler one, none if it has no text.
    pub(super) fn same(&self, node: NodeId) -> Option<NodeId> {
        match self.same.binary_search_by_key(&node.0, |&(rope, _)| rope) {
            Ok(at) => (self.same[at].1 != NO_TEXT).then_some(NodeId(self.same[at].1)),
            Err(_) => Some(node),
        }
    }
}

/// The text of a rope as it was put together.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) text: String,
    /// Where each of its strings ends, in UTF-16 code units and in bytes.
    ends: Vec<(u32, u32)>,
}

impl Made {
    pub(super) fn units(&self) -> u32 {
        self.ends.last().map_or(0, |end| end.0)
    }

    pub(super) fn push(&mut self, string: &str) {
        let units = self.units() + utf16_len(string) as u32;
        self.text.push_str(string);
        self.ends.push((units, self.text.len() as u32));
    }

    /// Adds as many of another's strings as it takes to reach the limit.
    pub(super) fn push_made(&mut self, other: &Self) {
        let (units, bytes) = (self.units(), self.text.len() as u32);
        let below = |end: &(u32, u32)| units + end.0 < u32::from(LIMIT);
        let count = other.ends.partition_point(below) + 1;
        let ends = other.ends.get(..count).unwrap_or(&other.ends);
        let end = ends.last().map_or(0, |end| end.1 as usize);
        self.text
            .push_str(other.text.get(..end).unwrap_or_default());
        let behind = |end: &(u32, u32)| (units + end.0, bytes + end.1);
        self.ends.extend(ends.iter().map(behind));
    }
}

/// Texts that were put together last, each in the one place that its rope has. Whoever goes through many ropes meets
/// the same beginnings again: those of one that grew in a loop are each a string longer than the one before.
#[derive(Debug, Default)]
pub(super) struct Memo(Mutex<Vec<Option<Kept>>>);

/// A rope and its text.
type Kept = (NodeId, Arc<Made>);

/// How many texts are kept: some megabytes at most.
const KEPT: usize = 1 << 10;

/// The longest text that is kept, in bytes: one of strings that V8 has cut.
const LONGEST_KEPT: usize = 8 * LIMIT as usize;

impl Memo {
    pub(super) fn get(&self, rope: NodeId) -> Option<Arc<Made>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (node, made) = kept.get(rope.index() % KEPT)?.as_ref()?;
        (*node == rope).then(|| Arc::clone(made))
    }

    pub(super) fn keep(&self, rope: NodeId, made: Made) {
        if made.text.len() > LONGEST_KEPT {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_empty() {
            kept.resize(KEPT, None);
        }
        if let Some(place) = kept.get_mut(rope.index() % KEPT) {
            *place = Some((rope, Arc::new(made)));
        }
    }
}
