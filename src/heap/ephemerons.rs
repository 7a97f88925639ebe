//! Entries of weak maps, as edge names tell them.
//!
//! V8 writes two internal edges to the value of each entry, one from the key and one from the table, both named
//! `N / part of key (… @ID) -> value (… @ID) pair in WeakMap (table @ID)`. Everything behind the number is the same on
//! both and so tells which edges are twins. A name with a line break in it does not count, as in DevTools.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use crate::column::{BitSet, room};
use crate::error::Result;
use crate::graph::ahead::Ahead;
use crate::graph::{EdgeId, NodeId};
use crate::memory::{is_from_disk, near};
use crate::snapshot::pairs::{may_be_one, parse};
use crate::snapshot::{EdgeKind, StrId, Strings};
use crate::task::Task;

use super::Heap;
use super::pace::Pace;

/// One of the strings that name a weak map's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ephemeron {
    /// Object id of the table.
    pub(super) table: Option<u32>,
    /// The same number for twins and only for them, below [`Ephemerons::pairs`].
    pub(super) pair: u32,
}

/// The edges of weak maps' entries: which names are such is decided once a string instead of once an edge.
#[derive(Debug, Default)]
pub(super) struct Ephemerons {
    is_name: BitSet,
    /// The edges with such names, where the program works from disk: others' names need not be read again then.
    pub(super) edges: Option<BitSet>,
    /// The strings, ascending.
    strings: Vec<u32>,
    /// What each of them says.
    entries: Vec<Ephemeron>,
    /// How many pairs there are.
    pub(super) pairs: usize,
}

impl Ephemerons {
    /// Looks at every string once.
    pub(super) fn find(heap: &Heap, task: &Task) -> Result<Self> {
        let strings = &heap.strings;
        let mut ahead = ahead(strings);
        let mut pace = Pace::stage(task, "looking for weak maps", strings.len());
        let mut candidates = Vec::new();
        for index in 0..strings.len() as u32 {
            pace.step(1)?;
            ahead.at(NodeId(index));
            if may_be_one(strings.raw(StrId(index))) {
                candidates.push(index);
            }
        }
        drop(ahead);
        Self::among(heap, &candidates, task)
    }

    /// Looks at those strings only that [may be one](may_be_one), which ascend.
    pub(super) fn among(heap: &Heap, candidates: &[u32], task: &Task) -> Result<Self> {
        let strings = &heap.strings;
        let mut ahead = ahead(strings);
        let mut pace = Pace::stage(task, "looking for weak maps", candidates.len());
        let mut found = Self {
            is_name: BitSet::new(strings.len()),
            edges: None,
            strings: near(|| room(candidates.len())),
            entries: near(|| room(candidates.len())),
            pairs: 0,
        };
        // Twins are told by a hash with a random key: no need to hold millions of texts.
        let hasher = RandomState::default();
        let mut hashes: Vec<(u64, u32)> = near(|| room(candidates.len()));
        for &index in candidates {
            pace.step(1)?;
            ahead.at(NodeId(index));
            if let Some(name) = parse(&strings.get(StrId(index))) {
                found.is_name.insert(index as usize);
                found.strings.push(index);
                found.entries.push(Ephemeron {
                    table: name.table,
                    pair: 0,
                });
                hashes.push((hasher.hash_one(name.shared), hashes.len() as u32));
            }
        }
        hashes.sort_unstable();
        for twins in hashes.chunk_by(|a, b| a.0 == b.0) {
            for &(_, entry) in twins {
                found.entries[entry as usize].pair = found.pairs as u32;
            }
            found.pairs += 1;
        }
        drop(ahead);
        if is_from_disk() {
            found.edges = Some(found.all_edges(heap, task)?);
        }
        Ok(found)
    }

    /// All edges of entries.
    pub(super) fn all_edges(&self, heap: &Heap, task: &Task) -> Result<BitSet> {
        let mut pace = Pace::within(task);
        let mut edges = BitSet::new(heap.edge_count());
        if self.pairs == 0 {
            return Ok(edges);
        }
        let mut ahead = heap.labels_ahead();
        for node in heap.graph.nodes() {
            ahead.at(node);
            let row = heap.graph.edge_range(node);
            pace.step(row.len() + 1)?;
            for edge in row {
                let is_one = heap.edge_labels.kind(edge) == EdgeKind::INTERNAL
                    && self.is_name.contains(heap.edge_labels.name(edge) as usize);
                if is_one {
                    edges.insert(edge);
                }
            }
        }
        Ok(edges)
    }

    /// What the name of an internal edge says, if it is of such an entry.
    #[inline]
    pub(super) fn get(&self, heap: &Heap, edge: EdgeId) -> Option<Ephemeron> {
        if let Some(edges) = &self.edges
            && !edges.contains(edge.index())
        {
            return None;
        }
        let name = heap.edge_labels.name(edge.index());
        if !self.is_name.contains(name as usize) {
            return None;
        }
        let at = self.strings.binary_search(&name).ok()?;
        self.entries.get(at).copied()
    }
}

/// For passes over strings, which read ahead as those over nodes do.
fn ahead(strings: &Strings) -> Ahead<'_> {
    let (text, ends) = strings.parts();
    Ahead::of_rows(ends).edges(text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;
    use crate::snapshot::NodeKind;

    #[test]
    fn tells_twins() {
        let part = " / part of key (F @3) -> value (V @5) pair in WeakMap (table @7)";
        let other = " / part of key (F @3) -> value (V @9) pair in WeakMap (table @7)";
        let mut sketch = Sketch::new();
        let node = sketch.rooted(NodeKind::OBJECT, "F", 8);
        for (kind, name) in [
            (EdgeKind::INTERNAL, "12".to_owned()),
            (EdgeKind::INTERNAL, format!("1{part}")),
            (EdgeKind::INTERNAL, format!("2{other}")),
            (EdgeKind::INTERNAL, format!("33{part}")),
            (EdgeKind::PROPERTY, format!("1{part}")),
        ] {
            sketch.edge(node, kind, &name, node);
        }
        let heap = sketch.heap();
        let task = Task::new();
        let mut found = Ephemerons::find(&heap, &task).unwrap();
        assert_eq!(found.pairs, 2);
        for edges in [None, Some(found.all_edges(&heap, &task).unwrap())] {
            found.edges = edges;
            let edges = heap.graph().edges_from(node).take(4);
            let pairs: Vec<_> = edges
                .map(|edge| found.get(&heap, edge).map(|entry| entry.pair))
                .collect();
            assert_eq!(pairs[0], None);
            assert!(pairs[1].is_some() && pairs[1] == pairs[3]);
            assert!(pairs[2].is_some() && pairs[1] != pairs[2]);
        }
        assert_eq!(found.edges.unwrap().iter().count(), 3, "internal ones");
    }
}
