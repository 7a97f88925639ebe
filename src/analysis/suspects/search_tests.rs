//! Made-up series: what accumulates is a likely leak, what renews itself is not.

use std::sync::Arc;

use super::*;
use crate::analysis::suspects::Outcome;
use crate::analysis::suspects::pattern::Pattern;
use crate::heap::testing::Sketch;
use crate::snapshot::{EdgeKind, NodeKind};

/// A process that keeps `Item`s in an array, next to what every process has. Objects keep their ids: those of items
/// are their numbers'.
fn dump(items: std::ops::Range<u32>) -> Arc<Heap> {
    renumbered(items, 0)
}

/// The same with other ids: each is larger by twice `by`.
fn renumbered(items: std::ops::Range<u32>, by: u32) -> Arc<Heap> {
    const EVERYTHING: u32 = 400;
    let mut sketch = Sketch::new();
    for _ in 0..by {
        sketch.node(NodeKind::CODE, "", 0);
    }
    let global = sketch.node(NodeKind::OBJECT, "global", 16);
    sketch.edge(sketch.root, EdgeKind::SHORTCUT, "1", global);
    let holder = sketch.node(NodeKind::OBJECT, "Array", 16);
    sketch.edge(global, EdgeKind::PROPERTY, "items", holder);
    // A sketch numbers nodes in their order; those that are not there are left without an edge and a size.
    for at in 0..EVERYTHING {
        let exists = items.contains(&at);
        let (name, size) = if exists { ("Item", 400) } else { ("gone", 0) };
        let kind = if exists {
            NodeKind::OBJECT
        } else {
            NodeKind::CODE
        };
        let node = sketch.node(kind, name, size);
        if exists {
            let index = (at - items.start).to_string();
            sketch.edge(holder, EdgeKind::ELEMENT, &index, node);
        }
    }
    // Comparability looks at the newer half of the ids.
    for at in 0..EVERYTHING * 2 {
        let old = sketch.node(NodeKind::OBJECT, "Config", 40);
        sketch.edge(global, EdgeKind::PROPERTY, &format!("config{at}"), old);
    }
    Arc::new(sketch.heap())
}

fn search(dumps: &[Arc<Heap>]) -> Findings {
    let times: Vec<Option<Timestamp>> = (0..dumps.len())
        .map(|at| Timestamp::from_second(at as i64 * 1800).ok())
        .collect();
    let task = Task::new();
    let scripts = |heap: &Heap| Scripts::build(heap, &task).map(Arc::new);
    find(&times, |at| Ok(Arc::clone(&dumps[at])), scripts, &task).unwrap()
}

#[test]
fn what_grows_at_every_step_is_a_likely_leak() {
    let dumps = [dump(0..100), dump(0..200), dump(0..300)];
    let findings = search(&dumps);
    assert!(findings.comparable, "{:?}", findings.caveats);
    let suspect = &findings.suspects[0];
    let heap = &dumps[2];
    assert!(suspect.is_likely_leak(), "{suspect:?}");
    assert_eq!(heap.class_name(suspect.holder), "Array");
    assert_eq!(suspect.leaked[0].class, "Item");
    assert_eq!(suspect.leaked[0].counts, [100, 200, 300]);
    assert_eq!(suspect.retained_sizes, [40_000, 80_000, 120_000]);
    assert_eq!(suspect.growth_bytes, 80_000);
    assert_eq!(suspect.growth_per_hour, Some(80_000.0));
    assert_eq!(suspect.pattern, Pattern::GrowingArray);
    assert!(
        suspect.holder_name.plain().contains("`items`"),
        "{:?}",
        suspect.holder_name
    );
    assert!(
        suspect
            .explanation
            .paragraph()
            .plain()
            .contains("100 → 200 → 300, +100 at every step")
    );
}

#[test]
fn what_renews_itself_is_not() {
    for dumps in [
        // A full queue, a step, a warm-up that ends.
        [dump(0..100), dump(60..160), dump(120..220)],
        [dump(0..100), dump(0..200), dump(0..200)],
        [dump(0..100), dump(0..200), dump(0..204)],
    ] {
        let findings = search(&dumps);
        assert!(
            findings
                .suspects
                .iter()
                .all(|suspect| !suspect.is_likely_leak())
        );
    }
}

#[test]
fn two_dumps_are_a_difference_and_one_is_a_size() {
    let findings = search(&[dump(0..100), dump(0..300)]);
    let suspect = &findings.suspects[0];
    assert!(
        !suspect.is_likely_leak() && suspect.confidence > 0.3,
        "{suspect:?}"
    );
    assert_eq!(findings.caveats.len(), 1);

    let findings = search(&[dump(0..300)]);
    let suspect = &findings.suspects[0];
    assert_eq!(suspect.pattern, Pattern::LargeHolder);
    assert!(suspect.confidence <= 0.3);
    assert_eq!(suspect.leaked[0].counts, [300]);
}

#[test]
fn no_dumps_no_suspects() {
    assert!(search(&[]).suspects.is_empty());
}

/// A series whose ids begin anew in each dump: the largest falls.
fn anew(items: [std::ops::Range<u32>; 3]) -> [Arc<Heap>; 3] {
    let [a, b, c] = items;
    [renumbered(a, 900), renumbered(b, 450), renumbered(c, 0)]
}

#[test]
fn ids_that_do_not_fit_are_no_alibi() {
    let dumps = anew([0..100, 0..200, 0..300]);
    let findings = search(&dumps);
    assert!(!findings.comparable);
    assert_eq!(findings.outcome(), Outcome::Leak, "{findings:?}");
    let suspect = &findings.suspects[0];
    assert!(suspect.confidence <= 0.75, "{suspect:?}");
    assert_eq!(dumps[2].class_name(suspect.holder), "Array");
    assert!(suspect.holder_name.plain().contains("`items`"));
    assert_eq!(suspect.leaked[0].counts, [100, 200, 300]);
    assert_eq!(suspect.retained_sizes, [40_000, 80_000, 120_000]);
    assert!(
        suspect
            .explanation
            .evidence
            .plain()
            .contains("Object ids do not fit")
    );

    let findings = search(&[renumbered(0..100, 900), renumbered(0..300, 0)]);
    assert_eq!(findings.outcome(), Outcome::Inconclusive);
    assert_eq!(findings.suspects[0].leaked[0].counts, [100, 300]);
    assert!(findings.doubt.unwrap().contains("v8.writeHeapSnapshot()"));
}

#[test]
fn what_stays_or_shrinks_at_an_address_is_healthy() {
    for items in [
        [0..100, 60..160, 120..220],
        [0..300, 0..200, 0..100],
        [0..100, 0..200, 0..200],
    ] {
        let findings = search(&anew(items));
        assert!(!findings.comparable);
        assert_eq!(findings.outcome(), Outcome::Healthy, "{findings:?}");
    }
}

#[test]
fn dumps_of_other_programs_are_not_called_healthy() {
    let other = |count: u32| {
        let mut sketch = Sketch::new();
        let global = sketch.node(NodeKind::OBJECT, "global", 16);
        sketch.edge(sketch.root, EdgeKind::SHORTCUT, "1", global);
        for name in 0..count {
            let holder = sketch.node(NodeKind::OBJECT, "Map", 16);
            sketch.edge(
                global,
                EdgeKind::PROPERTY,
                &format!("map{count}of{name}"),
                holder,
            );
            for at in 0..count {
                let item = sketch.node(NodeKind::OBJECT, "Item", 16);
                sketch.edge(holder, EdgeKind::ELEMENT, &at.to_string(), item);
            }
        }
        Arc::new(sketch.heap())
    };
    let findings = search(&[other(40), other(20), other(10)]);
    assert!(findings.suspects.is_empty());
    assert_eq!(findings.outcome(), Outcome::Inconclusive);
    assert!(findings.doubt.unwrap().contains("cannot be compared"));
}
