//! What is known of a heap before its dominators are: enough for a first table.

use std::collections::HashMap;

use crate::column::filled;
use crate::error::Result;
use crate::snapshot::{FirstNodes, StrId};
use crate::task::Task;

use super::classes::{has_own_name, name_of_kind, tag};
use super::pace::Pace;
use super::sorted::Sorted;
use super::{ClassId, Heap, Place, Statistics};

/// How much is known. The last stage, retained sizes, is the [`Heap`] itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Stage {
    /// The nodes were counted by type and by name, with the self sizes that the file has. Both will change: plain
    /// objects and constructors of the same name get classes of their own, engine internals give their sizes to their
    /// owners. Of the statistics only the total is known, which will stay.
    #[default]
    Counted,
    /// Classes, counts, shallow sizes and statistics are final.
    Sized,
}

/// A first look at a heap, small and on its own, to be shown while the rest is computed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Early {
    /// What the rest is worth.
    pub stage: Stage,
    /// One row per class that has objects with a size, the largest first.
    pub rows: Vec<EarlyRow>,
    /// The figures of the Statistics view.
    pub statistics: Statistics,
    /// How many nodes.
    pub nodes: usize,
    /// How many edges; at first, what the header says.
    pub edges: usize,
}

/// Whoever looks at what is known early.
pub(crate) type Looks<'a> = &'a mut dyn FnMut(Early);

/// A row of the Summary view without what needs dominators and distances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlyRow {
    /// The class; the same in the heap when it is there. Nothing at first.
    pub class: Option<ClassId>,
    /// The class's name.
    pub name: String,
    /// Where its constructor was written, where that makes it a class.
    pub place: Option<Place>,
    /// How many objects have a size.
    pub count: u32,
    /// Their shallow sizes together, in bytes.
    pub shallow: u64,
}

/// Where there is no row yet.
const NO_ROW: u32 = u32::MAX;

impl Early {
    /// What the nodes tell on their own.
    pub(super) fn counted(first: &FirstNodes<'_>, task: &Task) -> Result<Self> {
        let nodes = first.nodes;
        let mut pace = Pace::within(task);
        // Rows by type and by name, and those of elements by their text: attributes do not count.
        let mut of_kind = [NO_ROW; 256];
        let mut of_name = filled(first.strings.len(), NO_ROW);
        let mut of_tag: HashMap<String, u32> = HashMap::new();
        let mut rows: Vec<EarlyRow> = Vec::new();
        let mut total = first.meta.extra_native_bytes;
        for (node, (&kind, &name)) in nodes.kind.iter().zip(&*nodes.name).enumerate() {
            pace.step(1)?;
            let size = nodes.self_size.get(node);
            if size == 0 {
                continue;
            }
            total = total.saturating_add(size);
            let slot = match of_name.get_mut(name as usize) {
                Some(slot) if has_own_name(kind) => slot,
                _ => &mut of_kind[usize::from(kind.0)],
            };
            if *slot == NO_ROW {
                let next = rows.len() as u32;
                let text = if has_own_name(kind) {
                    first.strings.get(StrId(name)).into_owned()
                } else {
                    name_of_kind(kind, first.meta.node_kind_name(kind))
                };
                *slot = match tag(&text) {
                    Some(tag) => *of_tag.entry(tag).or_insert(next),
                    None => next,
                };
                if *slot == next {
                    rows.push(EarlyRow {
                        class: None,
                        name: tag(&text).unwrap_or(text),
                        place: None,
                        count: 0,
                        shallow: 0,
                    });
                }
            }
            let row = &mut rows[*slot as usize];
            row.count += 1;
            row.shallow = row.shallow.saturating_add(size);
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.shallow));
        Ok(Self {
            stage: Stage::Counted,
            rows,
            statistics: Statistics {
                total,
                ..Statistics::default()
            },
            nodes: nodes.kind.len(),
            edges: first.meta.edge_count as usize,
        })
    }

    /// The first look at a heap that knows shallow sizes, and whose objects were sorted into classes.
    pub(super) fn of(heap: &Heap, sorted: &Sorted, task: &Task) -> Result<Self> {
        let mut pace = Pace::stage(task, "counting classes", heap.node_count());
        let mut sums = vec![(0u32, 0u64); sorted.classes.len()];
        for node in heap.graph.nodes() {
            pace.step(1)?;
            let size = heap.shallow(node);
            if size > 0 {
                let (count, sum) = &mut sums[sorted.class.get(node.index()) as usize];
                *count += 1;
                *sum = sum.saturating_add(size);
            }
        }
        let mut rows: Vec<EarlyRow> = (0..)
            .zip(&sorted.classes)
            .zip(sums)
            .filter(|&(_, (count, _))| count > 0)
            .map(|((class, found), (count, shallow))| EarlyRow {
                class: Some(ClassId(class)),
                name: found.name.clone(),
                place: found.place,
                count,
                shallow,
            })
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.shallow));
        Ok(Self {
            stage: Stage::Sized,
            rows,
            statistics: sorted.statistics,
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
        assert_eq!(early.rows[1].class, Some(heap.class_id(owner)));
        assert_eq!(early.stage, Stage::Sized);
        assert!(
            early
                .rows
                .iter()
                .all(|row| row.class != Some(heap.class_id(empty)))
        );
        assert_eq!(early.statistics, *heap.statistics());
        assert_eq!(
            (early.nodes, early.edges),
            (heap.node_count(), heap.edge_count())
        );
    }

    #[test]
    fn nodes_are_counted_before_anything_else_is_known() {
        let mut sketch = Sketch::new();
        for (kind, name, size) in [
            (NodeKind::OBJECT, "Owner", 10),
            (NodeKind::OBJECT, "Owner", 20),
            (NodeKind::OBJECT, "Empty", 0),
            (NodeKind::NATIVE, "<p class=a>", 1),
            (NodeKind::NATIVE, "<p class=b>", 2),
            (NodeKind::STRING, "Owner", 100),
            (NodeKind::CLOSURE, "Owner", 7),
        ] {
            sketch.rooted(kind, name, size);
        }
        let mut snapshot = sketch.snapshot();
        snapshot.meta.extra_native_bytes = 1000;
        let counted = |snapshot: &crate::snapshot::Snapshot, strings| {
            let first = FirstNodes {
                meta: &snapshot.meta,
                nodes: &snapshot.nodes,
                strings,
            };
            Early::counted(&first, &Task::new()).unwrap()
        };
        let early = counted(&snapshot, &snapshot.strings);
        let rows: Vec<_> = early
            .rows
            .iter()
            .map(|row| (row.name.as_str(), row.count, row.shallow))
            .collect();
        let expected = [
            ("(string)", 1, 100),
            ("Owner", 2, 30),
            ("Function", 1, 7),
            ("<p>", 2, 3),
        ];
        assert_eq!(rows, expected);
        assert_eq!((early.stage, early.nodes), (Stage::Counted, 8));
        assert_eq!(early.statistics.total, 1140);
        // Names that no string stands for are found out later; here they must do no harm.
        let none = crate::snapshot::Strings::default();
        assert_eq!(counted(&snapshot, &none).statistics.total, 1140);
    }
}
