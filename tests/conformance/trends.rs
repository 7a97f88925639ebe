//! Growth over the dumps of each series: figures as in the dumps' own Summary, ids comparable, and what to be told.

use heaptui::analysis::growth::{DumpSummary, Growth, Join, Origin, Step, Verdict, growth};
use heaptui::heap::Heap;
use heaptui::task::Task;

use crate::data::{self, Row};

/// The growth of these dumps, checked against DevTools' rows of each of them.
pub fn check(heaps: &[Heap], expected: &[&[Row]], what: &str) -> Growth {
    let task = Task::new();
    let summaries: Vec<DumpSummary> = heaps
        .iter()
        .map(|heap| DumpSummary::of(heap, &task).unwrap())
        .collect();
    let steps: Vec<Step<'_>> = summaries
        .iter()
        .map(|summary| Step {
            summary: Some(summary),
            time: None,
        })
        .collect();
    let growth = growth(&steps);
    assert_eq!(growth.incomparable(), None, "{what}");
    assert_eq!(growth.join, Join::Place, "{what}");
    for (at, expected) in expected.iter().enumerate() {
        let mut ours: Vec<(String, u64, u64, u64)> = Vec::new();
        for row in &growth.rows {
            let place = row
                .class
                .place
                .map(|place| format!("{},{},{}", place.script_id, place.line, place.column));
            let key = format!("{},{}", place.unwrap_or_default(), row.class.name);
            let point = row.points[at].unwrap();
            if point.count > 0 {
                ours.push((key, point.count, point.shallow, point.retained));
            }
        }
        let mut expected: Vec<(String, u64, u64, u64)> = expected
            .iter()
            .map(|(key, count, _, shallow, retained)| {
                (key.clone(), u64::from(*count), *shallow, *retained)
            })
            .collect();
        ours.sort();
        expected.sort();
        assert_eq!(ours, expected, "{what}: dump {at}");
    }
    growth
}

/// A server that adds a listener for each request: the bus that holds them comes first, then what they hold.
#[test]
fn the_leak_comes_first() {
    let folder = data::folder().join("emitter-small");
    let heaps: Vec<Heap> = [
        "064258.12688.0.001",
        "064258.12688.0.002",
        "064259.12688.0.003",
    ]
    .iter()
    .map(|name| folder.join(format!("Heap.20261121.{name}.heapsnapshot.gz")))
    .map(|path| Heap::open(&path, &Task::new()).unwrap())
    .collect();
    let growth = check(&heaps, &[], "emitter-small");
    let first: Vec<&str> = growth.rows[..2]
        .iter()
        .map(|row| row.class.name.as_str())
        .collect();
    assert_eq!(first, ["ConfigBus", "RequestScope"]);
    let scopes = &growth.rows[1];
    let counts: Vec<u64> = scopes
        .points
        .iter()
        .flatten()
        .map(|point| point.count)
        .collect();
    assert_eq!(counts, [200, 350, 500]);
    assert_eq!(scopes.verdict, Verdict::Growing);
    assert_eq!(scopes.origin, Origin::Application);
}
