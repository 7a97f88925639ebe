//! Class rows and filters, as DevTools' numbers have them.

use std::collections::BTreeMap;

use heaptui::analysis::filter::{Filter, RetainedBy, select};
use heaptui::analysis::summary::summary;
use heaptui::heap::Heap;
use heaptui::task::Task;

use crate::data::Row;

/// Our class rows behind a filter, in our order.
pub fn ours(heap: &Heap, filter: Filter) -> Vec<Row> {
    let task = Task::new();
    let selection = select(heap, &filter, &task).unwrap();
    summary(heap, &selection, &task)
        .unwrap()
        .into_iter()
        .map(|row| {
            let class = heap.class(row.class);
            let place = class
                .place
                .map(|place| format!("{},{},{}", place.script_id, place.line, place.column));
            let key = format!("{},{}", place.unwrap_or_default(), class.name);
            (key, row.count, row.distance, row.shallow, row.retained)
        })
        .collect()
}

/// Checks our rows, their order too; says what differs.
pub fn check(heap: &Heap, filter: Filter, expected: &[Row], what: &str) {
    let ours = ours(heap, filter);
    for (at, (our, expected)) in ours.iter().zip(expected).enumerate() {
        assert_eq!(our, expected, "{what}: row {at} of {filter:?}");
    }
    assert_eq!(ours.len(), expected.len(), "{what}: rows of {filter:?}");
}

/// Checks the rows of all built-in filters.
pub fn check_filters(heap: &Heap, expected: &BTreeMap<String, Vec<Row>>, what: &str) {
    for (name, expected) in expected {
        let filter = match name.as_str() {
            "objectsRetainedByDetachedDomNodes" => Filter::RetainedBy(RetainedBy::DetachedDom),
            "objectsRetainedByContexts" => Filter::RetainedBy(RetainedBy::Contexts),
            "objectsRetainedByConsole" => Filter::RetainedBy(RetainedBy::Console),
            "objectsRetainedByEventHandlers" => Filter::RetainedBy(RetainedBy::EventHandlers),
            "duplicatedStrings" => Filter::DuplicateStrings,
            other => panic!("{what}: no such filter: {other}"),
        };
        check(heap, filter, expected, what);
    }
}
