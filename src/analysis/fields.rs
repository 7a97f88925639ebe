//! What an object refers to, in the order of DevTools' Containment view.

use std::cmp::Ordering;

use crate::analysis::order::{SortKey, turned};
use crate::analysis::retainers::Ways;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::EdgeKind;
use crate::task::{CHECK_EVERY, Task};
use crate::text::order::utf16_cmp;

/// The outgoing edges of `node`, weak ones too: largest retained target first, then by edge name.
///
/// Among names `__proto__` comes last, texts before numbers, and both are ordered as texts, so that 10 comes before 2.
/// The heap's graph gives an edge's target.
///
/// # Errors
/// When the task is cancelled.
pub fn fields(heap: &Heap, node: NodeId, task: &Task) -> Result<Vec<EdgeId>> {
    let mut keyed = Vec::with_capacity(heap.graph().edge_range(node).len());
    for edge in heap.graph().edges_from(node) {
        if keyed.len().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if heap.edge_kind(edge) != EdgeKind::INVISIBLE {
            let target = heap.graph().target(edge);
            keyed.push((u64::MAX - heap.retained(target), name_key(heap, edge), edge));
        }
    }
    keyed.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| compare_names(heap, (a.1, a.2), (b.1, b.2)))
            .then(a.2.cmp(&b.2))
    });
    Ok(keyed.into_iter().map(|(_, _, edge)| edge).collect())
}

/// The same by another column; DevTools' order decides between what agrees in it.
///
/// # Errors
/// When the task is cancelled.
pub fn sorted(
    heap: &Heap,
    node: NodeId,
    (key, reverse): (SortKey, bool),
    task: &Task,
) -> Result<Vec<EdgeId>> {
    let mut list = fields(heap, node, task)?;
    let target = |edge: EdgeId| heap.graph().target(edge);
    let by = |list: &mut Vec<EdgeId>, key: &dyn Fn(NodeId) -> i128| {
        list.sort_by_cached_key(|&edge| {
            let key = key(target(edge));
            if reverse { -key } else { key }
        });
    };
    match key {
        SortKey::Retained if !reverse => {}
        SortKey::Retained => by(&mut list, &|node| -i128::from(heap.retained(node))),
        SortKey::Shallow => by(&mut list, &|node| -i128::from(heap.shallow(node))),
        SortKey::Distance => by(&mut list, &|node| {
            i128::from(Ways::new(heap, None).distance(node))
        }),
        SortKey::Count => {}
        SortKey::Name => {
            let mut keyed: Vec<_> = list
                .iter()
                .map(|&edge| (name_key(heap, edge), edge))
                .collect();
            keyed.sort_by(|&a, &b| turned(compare_names(heap, a, b), reverse).then(a.1.cmp(&b.1)));
            list = keyed.into_iter().map(|(_, edge)| edge).collect();
        }
    }
    let value = |edge: EdgeId| match key {
        SortKey::Retained | SortKey::Count => heap.retained(target(edge)),
        SortKey::Shallow => heap.shallow(target(edge)),
        SortKey::Distance => Ways::new(heap, None).distance(target(edge)) as u64,
        SortKey::Name => 0,
    };
    count_up(heap, &mut list, value, reverse && key == SortKey::Name);
    Ok(list)
}

/// Puts elements in a row that agree in what they are ordered by into the order of their numbers: people count 2, 10.
fn count_up(heap: &Heap, list: &mut [EdgeId], value: impl Fn(EdgeId) -> u64, reverse: bool) {
    let index = |edge: EdgeId| match heap.edge_name(edge) {
        EdgeName::Index(index) => Some(index),
        EdgeName::Text(_) => None,
    };
    let is_same = |a: &EdgeId, b: &EdgeId| {
        index(*a).is_some() && index(*b).is_some() && value(*a) == value(*b)
    };
    for elements in list.chunk_by_mut(is_same) {
        // Millions of names are looked up once each: they are far from each other in this order.
        elements.sort_by_cached_key(|&edge| index(edge));
        if reverse {
            elements.reverse();
        }
    }
}

/// What decides between two edge names without looking at the strings, where that can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum NameKey {
    Text,
    /// A number as its decimal text sorts: padded to ten digits, then the number of digits.
    Number(u64, u32),
    Prototype,
}

fn name_key(heap: &Heap, edge: EdgeId) -> NameKey {
    match heap.edge_name(edge) {
        EdgeName::Index(number) => {
            let digits = number.checked_ilog10().unwrap_or(0) + 1;
            NameKey::Number(u64::from(number) * 10u64.pow(10 - digits), digits)
        }
        EdgeName::Text(text) if text == "__proto__" => NameKey::Prototype,
        EdgeName::Text(_) => NameKey::Text,
    }
}

fn compare_names(heap: &Heap, a: (NameKey, EdgeId), b: (NameKey, EdgeId)) -> Ordering {
    a.0.cmp(&b.0)
        .then_with(|| match (a.0, heap.edge_name(a.1), heap.edge_name(b.1)) {
            (NameKey::Text, EdgeName::Text(a), EdgeName::Text(b)) => utf16_cmp(&a, &b),
            _ => Ordering::Equal,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::NodeKind;

    #[test]
    fn large_targets_first_then_names_as_texts() {
        let mut sketch = Sketch::new();
        let holder = sketch.rooted(NodeKind::OBJECT, "Holder", 8);
        let small = sketch.rooted(NodeKind::OBJECT, "Small", 16);
        let large = sketch.rooted(NodeKind::OBJECT, "Large", 32);
        for (kind, name, target) in [
            (EdgeKind::PROPERTY, "__proto__", small),
            (EdgeKind::ELEMENT, "2", small),
            (EdgeKind::ELEMENT, "10", small),
            (EdgeKind::ELEMENT, "1", small),
            (EdgeKind::PROPERTY, "b", small),
            (EdgeKind::INTERNAL, "a", small),
            (EdgeKind::INVISIBLE, "unseen", large),
            (EdgeKind::WEAK, "w", large),
        ] {
            sketch.edge(holder, kind, name, target);
        }
        let heap = sketch.heap();
        let names: Vec<String> = fields(&heap, holder, &Task::new())
            .unwrap()
            .into_iter()
            .map(|edge| heap.edge_name(edge).to_string())
            .collect();
        assert_eq!(names, ["w", "a", "b", "1", "10", "2", "__proto__"]);
    }

    #[test]
    fn elements_that_agree_are_counted_up() {
        let mut sketch = Sketch::new();
        let holder = sketch.rooted(NodeKind::OBJECT, "Array", 8);
        for (name, size) in [("10", 8), ("2", 8), ("1", 8), ("3", 99), ("11", 8)] {
            let target = sketch.node(NodeKind::OBJECT, "Item", size);
            sketch.edge(holder, EdgeKind::ELEMENT, name, target);
        }
        let heap = sketch.heap();
        let names = |key, reverse| -> Vec<String> {
            let list = sorted(&heap, holder, (key, reverse), &Task::new()).unwrap();
            let name = |&edge: &EdgeId| heap.edge_name(edge).to_string();
            list.iter().map(name).collect()
        };
        assert_eq!(names(SortKey::Retained, false), ["3", "1", "2", "10", "11"]);
        assert_eq!(names(SortKey::Name, false), ["1", "2", "3", "10", "11"]);
        assert_eq!(names(SortKey::Name, true), ["11", "10", "3", "2", "1"]);
        assert_eq!(names(SortKey::Retained, true), ["1", "2", "10", "11", "3"]);
    }

    #[test]
    fn by_other_columns() {
        let mut sketch = Sketch::new();
        let holder = sketch.rooted(NodeKind::OBJECT, "Holder", 8);
        for (name, size) in [("b", 10), ("a", 30), ("c", 20)] {
            let target = sketch.node(NodeKind::OBJECT, name, size);
            sketch.edge(holder, EdgeKind::PROPERTY, name, target);
        }
        let heap = sketch.heap();
        let names = |key, reverse| -> String {
            let list = sorted(&heap, holder, (key, reverse), &Task::new()).unwrap();
            let name = |&edge: &EdgeId| heap.edge_name(edge).to_string();
            list.iter().map(name).collect()
        };
        assert_eq!(names(SortKey::Retained, false), "acb");
        assert_eq!(names(SortKey::Retained, true), "bca");
        assert_eq!(names(SortKey::Name, false), "abc");
        assert_eq!(names(SortKey::Name, true), "cba");
        assert_eq!(names(SortKey::Distance, false), "acb");
    }
}
