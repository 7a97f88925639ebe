//! Comparisons: rows and their order, and the objects behind them.

use heaptui::analysis::diff::{Diff, DiffRow, between, diff};
use heaptui::analysis::ledger::Ledger;
use heaptui::heap::Heap;
use heaptui::task::Task;

use crate::data::ClassKey;

/// A row: key, new, deleted, delta, allocated, freed and delta bytes.
pub type Row = (ClassKey, u32, u32, i64, u64, u64, i64);

/// DevTools' comparison of two dumps, by number from 1.
#[derive(serde::Deserialize)]
pub struct Comparison {
    pub from: usize,
    pub to: usize,
    pub rows: Vec<Row>,
}

fn row(row: &DiffRow) -> Row {
    let place = row
        .class
        .place
        .map(|place| format!("{},{},{}", place.script_id, place.line, place.column));
    (
        format!("{},{}", place.unwrap_or_default(), row.class.name),
        row.added_count,
        row.removed_count,
        row.count_delta(),
        row.added_size,
        row.removed_size,
        row.size_delta(),
    )
}

/// Checks our comparison, its order too, made from two heaps and from what is kept of them.
pub fn check(from: &Heap, to: &Heap, expected: &[Row], what: &str) {
    let task = Task::new();
    let compared = between(from, to, &task).unwrap();
    let ours: Vec<Row> = compared.rows.iter().map(row).collect();
    for (at, (our, expected)) in ours.iter().zip(expected).enumerate() {
        assert_eq!(our, expected, "{what}: row {at} of the comparison");
    }
    assert_eq!(ours.len(), expected.len(), "{what}: rows of the comparison");
    let base = Ledger::by_definitions(from, &to.definitions(), &task).unwrap();
    let kept = diff(&base, &Ledger::of(to, &task).unwrap(), &task).unwrap();
    assert_eq!(kept.rows, compared.rows, "{what}");
    check_objects(from, to, &compared, what);
}

/// Each row's objects add up to the row, and are in the one dump and not in the other.
fn check_objects(from: &Heap, to: &Heap, compared: &Diff, what: &str) {
    for row in &compared.rows {
        let name = format!("{what}: {}", row.class.name);
        let (added, removed) = (compared.added(row), compared.removed(row));
        assert_eq!(added.len(), row.added_count as usize, "{name}");
        assert_eq!(removed.len(), row.removed_count as usize, "{name}");
        let size: u64 = added.iter().map(|&node| to.shallow(node)).sum();
        assert_eq!(size, row.added_size, "{name}");
        let size: u64 = removed.iter().map(|&node| from.shallow(node)).sum();
        assert_eq!(size, row.removed_size, "{name}");
        for &node in added.iter().take(20) {
            assert_eq!(to.class_name(node), row.class.name, "{name}");
        }
    }
}
