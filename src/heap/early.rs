//! What is known of a heap before its dominators are: enough for a first table.

use crate::error::Result;
use crate::task::Task;

use super::pace::Pace;
use super::{ClassId, Heap, Place, Statistics};

/// A first look at a heap, small and on its own, to be shown while the rest is computed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Early {
    /// One row per class that has objects with a size, the largest first.
    pub rows: Vec<EarlyRow>,
    /// The figures of the Statistics view.
    pub statistics: Statistics,
    /// How many nodes.
    pub nodes: usize,
    /// How many edges.
    pub edges: usize,
}

/// A row of the Summary view without what needs dominators and distances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyRow {
    /// The class; the same in the heap when it is there.
    pub class: ClassId,
    /// The class's name.
    pub name: String,
    /// Where its constructor was written, where that makes it a class.
    pub place: Option<Place>,
    /// How many objects have a size.
    pub count: u32,
    /// Their shallow sizes together, in bytes.
    pub shallow: u64,
}

impl Early {
    /// The first look at a heap that knows classes, shallow sizes and statistics.
    pub(super) fn of(heap: &Heap, task: &Task) -> Result<Self> {
        let mut pace = Pace::stage(task, "counting classes", heap.node_count());
        let mut sums = vec![(0u32, 0u64); heap.classes.len()];
        for node in heap.graph.nodes() {
            pace.step(1)?;
            let size = heap.shallow(node);
            if size > 0 {
                let (count, sum) = &mut sums[heap.class_id(node).0 as usize];
                *count += 1;
                *sum = sum.saturating_add(size);
            }
        }
        let mut rows: Vec<EarlyRow> = (0..)
            .zip(&heap.classes)
            .zip(sums)
            .filter(|&(_, (count, _))| count > 0)
            .map(|((class, found), (count, shallow))| EarlyRow {
                class: ClassId(class),
                name: found.name.clone(),
                place: found.place,
                count,
                shallow,
            })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.shallow));
        Ok(Self {
            rows,
            statistics: heap.statistics,
            nodes: heap.node_count(),
            edges: heap.edge_count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;
    use crate::snapshot::{EdgeKind, NodeKind};

    #[test]
    fn first_rows_are_those_of_the_whole_heap() {
        let mut sketch = Sketch::new();
        let owner = sketch.rooted(NodeKind::OBJECT, "Owner", 10);
        sketch.rooted(NodeKind::OBJECT, "Owner", 20);
        sketch.rooted(NodeKind::STRING, "text", 100);
        let empty = sketch.rooted(NodeKind::OBJECT, "Empty", 0);
        let table = sketch.node(NodeKind::ARRAY, "", 5);
        sketch.edge(owner, EdgeKind::INTERNAL, "x", table);
        let mut early = None;
        let heap = Heap::build_staged(sketch.snapshot(), &Task::new(), |first| {
            early = Some(first);
        });
        let (heap, early) = (heap.unwrap(), early.unwrap());
        let rows: Vec<_> = early
            .rows
            .iter()
            .map(|row| (row.name.as_str(), row.count, row.shallow))
            .collect();
        assert_eq!(rows, [("(string)", 1, 100), ("Owner", 2, 35)]);
        assert_eq!(early.rows[1].class, heap.class_id(owner));
        assert!(
            early
                .rows
                .iter()
                .all(|row| row.class != heap.class_id(empty))
        );
        assert_eq!(early.statistics, *heap.statistics());
        assert_eq!(
            (early.nodes, early.edges),
            (heap.node_count(), heap.edge_count())
        );
    }
}
