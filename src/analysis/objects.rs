//! The instances of a class, in DevTools' order.

use std::borrow::Cow;

use crate::analysis::order::{SortKey, turned};
use crate::analysis::selection::Selection;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{ClassId, Heap};
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};
use crate::text::order::utf16_cmp;

/// The objects of `class` that are selected and not empty: those that its class row counts.
///
/// Retained, shallow and distance order put the object id (distance: the retained size) second; count, which is one
/// for each, means the id alone. `reverse` turns the first key only.
///
/// # Errors
/// When the task is cancelled.
pub fn instances(
    heap: &Heap,
    class: ClassId,
    selection: &Selection,
    key: SortKey,
    reverse: bool,
    task: &Task,
) -> Result<Vec<NodeId>> {
    let mut nodes = Vec::new();
    for node in heap.graph().nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if heap.class_id(node) == class && heap.shallow(node) > 0 && selection.contains(node) {
            nodes.push(node);
        }
    }
    sort(heap, &mut nodes, key, reverse);
    Ok(nodes)
}

/// Sorts objects by one column as DevTools does within a class; see [`instances`].
pub fn sort(heap: &Heap, nodes: &mut Vec<NodeId>, key: SortKey, reverse: bool) {
    match key {
        SortKey::Name => {
            let mut named: Vec<(Cow<'_, str>, u32, NodeId)> = nodes
                .iter()
                .map(|&node| (name(heap, node), heap.id(node), node))
                .collect();
            named.sort_unstable_by(|a, b| {
                turned(utf16_cmp(&a.0, &b.0), reverse).then_with(|| (a.1, a.2).cmp(&(b.1, b.2)))
            });
            *nodes = named.into_iter().map(|(_, _, node)| node).collect();
        }
        SortKey::Retained => by_number(nodes, |node| {
            (descending(heap.retained(node), reverse), heap.id(node))
        }),
        SortKey::Shallow => by_number(nodes, |node| {
            (descending(heap.shallow(node), reverse), heap.id(node))
        }),
        SortKey::Count => by_number(nodes, |node| (0u64, heap.id(node))),
        SortKey::Distance => by_number(nodes, |node| {
            let distance = i64::from(heap.distance(node));
            (
                if reverse { -distance } else { distance },
                std::cmp::Reverse(heap.retained(node)),
            )
        }),
    }
}

/// Sorts by a key that is computed once for each node; the flat order decides ties.
fn by_number<K: Ord>(nodes: &mut Vec<NodeId>, key: impl Fn(NodeId) -> K) {
    let mut keyed: Vec<(K, NodeId)> = nodes.iter().map(|&node| (key(node), node)).collect();
    keyed.sort_unstable();
    nodes.clear();
    nodes.extend(keyed.into_iter().map(|(_, node)| node));
}

fn descending(value: u64, reverse: bool) -> u64 {
    if reverse { value } else { u64::MAX - value }
}

/// The display name, borrowed from the string table where it is a string of the file.
pub(crate) fn name(heap: &Heap, node: NodeId) -> Cow<'_, str> {
    match heap.kind(node) {
        NodeKind::OBJECT | NodeKind::CONCATENATED_STRING => Cow::Owned(heap.display_name(node)),
        _ => heap.raw_name(node),
    }
}
