//! Class rows: DevTools' Summary view.

pub use crate::analysis::order::SortKey;

use crate::analysis::order::turned;
use crate::analysis::retained_sums::retained_sizes;
use crate::analysis::selection::Selection;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{ClassId, Heap};
use crate::task::Task;
use crate::text::order::utf16_cmp;

/// One row of the Summary view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassRow {
    /// The class.
    pub class: ClassId,
    /// How many of its objects are selected and not empty.
    pub count: u32,
    /// The smallest raw distance of them; one unreached object makes it negative, as in DevTools.
    pub distance: i32,
    /// Their shallow sizes together, in bytes.
    pub shallow: u64,
    /// What they retain together, in bytes; what one of them retains within another is counted once.
    pub retained: u64,
    /// The first of them in the snapshot, which decides ties.
    pub first: NodeId,
}

/// The class rows of the selected objects, in DevTools' default order.
///
/// Objects without a size of their own are in no row. Linear in nodes, plus sorting the rows.
///
/// # Errors
/// When the task is cancelled.
pub fn summary(heap: &Heap, selection: &Selection, task: &Task) -> Result<Vec<ClassRow>> {
    const NO_ROW: u32 = u32::MAX;
    task.stage("counting classes", heap.node_count() as u64);
    let mut row_of_class = vec![NO_ROW; heap.classes().len()];
    let mut rows: Vec<ClassRow> = Vec::new();
    let mut ahead = heap.figures_ahead();
    for node in heap.graph().nodes() {
        task.reached(node.index())?;
        ahead.at(node);
        let size = heap.shallow(node);
        if size == 0 || !selection.contains(node) {
            continue;
        }
        let class = heap.class_id(node);
        let slot = &mut row_of_class[class.0 as usize];
        if *slot == NO_ROW {
            *slot = rows.len() as u32;
            rows.push(ClassRow {
                class,
                count: 0,
                distance: heap.distance(node),
                shallow: 0,
                retained: 0,
                first: node,
            });
        }
        let row = &mut rows[*slot as usize];
        row.count += 1;
        row.shallow += size;
        row.distance = row.distance.min(heap.distance(node));
    }

    let retained = retained_sizes(
        heap,
        rows.len(),
        |node| {
            let counts = heap.shallow(node) > 0 && selection.contains(node);
            counts.then(|| row_of_class[heap.class_id(node).0 as usize] as usize)
        },
        task,
    )?;
    for (row, retained) in rows.iter_mut().zip(retained) {
        row.retained = retained;
    }
    sort(heap, &mut rows, SortKey::Retained, false);
    Ok(rows)
}

/// Sorts class rows by one column and, behind it, by the column that DevTools adds.
///
/// `reverse` turns the first of them only. Rows that agree in both stay in the order of their first objects.
pub fn sort(heap: &Heap, rows: &mut [ClassRow], key: SortKey, reverse: bool) {
    let name = |row: &ClassRow| heap.class(row.class).name.as_str();
    let by_name = |a: &ClassRow, b: &ClassRow| utf16_cmp(name(a), name(b));
    let by_retained = |a: &ClassRow, b: &ClassRow| b.retained.cmp(&a.retained);
    rows.sort_unstable_by(|a, b| {
        let first = match key {
            SortKey::Retained => by_retained(a, b),
            SortKey::Shallow => b.shallow.cmp(&a.shallow),
            SortKey::Count => b.count.cmp(&a.count),
            SortKey::Distance => a.distance.cmp(&b.distance),
            SortKey::Name => by_name(a, b),
        };
        turned(first, reverse)
            .then_with(|| match key {
                SortKey::Retained | SortKey::Shallow | SortKey::Count => by_name(a, b),
                SortKey::Distance | SortKey::Name => by_retained(a, b),
            })
            .then(a.first.cmp(&b.first))
    });
}
