//! The strings that cost most: large ones, repeated ones, long chains of pieces, slices that keep a large text.

use std::collections::HashMap;

use crate::analysis::objects::name;
use crate::analysis::selection::Selection;
use crate::analysis::strings::{alike, groups_within, internal};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};

/// Rows of one list at most; those that retain most stay.
pub const MOST: usize = 10_000;

/// Which strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Costly {
    /// Those that retain most, whatever they are; parts of other strings are left out.
    #[default]
    Large,
    /// Texts that are there more than once.
    Repeated,
    /// Concatenated strings of many pieces that were never put together.
    Chains,
    /// Texts that slices of them keep alive.
    Sliced,
}

/// A string, or strings that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextRow {
    /// The string; of repeated ones the first, of slices the text that they are of.
    pub node: NodeId,
    /// Copies, pieces or slices; 1 of a large string.
    pub count: u32,
    /// Shallow sizes of all of these together, in bytes.
    pub shallow: u64,
    /// Retained size in bytes; of repeated ones the plain sum, as in DevTools.
    pub retained: u64,
    /// Nothing but its slices keeps the text.
    pub only_slices: bool,
}

/// One list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// The rows, what retains most first.
    pub rows: Vec<TextRow>,
    /// How many rows there were before the list was cut at [`MOST`].
    pub all: usize,
}

/// The selected strings that cost most, with `query` somewhere in their text, upper or lower case.
///
/// # Errors
/// When the task is cancelled.
pub fn costly(
    heap: &Heap,
    which: Costly,
    selection: &Selection,
    query: &str,
    task: &Task,
) -> Result<Texts> {
    task.stage("looking at strings", heap.node_count() as u64);
    let mut rows = match which {
        Costly::Large => large(heap, selection, task)?,
        Costly::Repeated => repeated(heap, selection, task)?,
        Costly::Chains => chains(heap, selection, task)?,
        Costly::Sliced => sliced(heap, selection, task)?,
    };
    let wanted = query.trim().to_lowercase();
    if !wanted.is_empty() {
        let mut kept = Vec::new();
        for (number, row) in rows.into_iter().enumerate() {
            if number.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if name(heap, row.node).to_lowercase().contains(&wanted) {
                kept.push(row);
            }
        }
        rows = kept;
    }
    let all = rows.len();
    let order = |row: &TextRow| (std::cmp::Reverse(row.retained), row.node);
    if rows.len() > MOST {
        rows.select_nth_unstable_by_key(MOST, order);
        rows.truncate(MOST);
    }
    rows.sort_unstable_by_key(order);
    Ok(Texts { rows, all })
}

/// The strings that a row stands for, or that it is made of; nothing for a string that is one piece.
///
/// # Errors
/// When the task is cancelled.
pub fn inside(
    heap: &Heap,
    which: Costly,
    node: NodeId,
    selection: &Selection,
    task: &Task,
) -> Result<Vec<NodeId>> {
    match which {
        Costly::Repeated => alike(heap, node, selection, task),
        Costly::Sliced => {
            let mut slices = Vec::new();
            for (number, edge) in heap.graph().edges_into(node).enumerate() {
                if number.is_multiple_of(CHECK_EVERY) {
                    task.check()?;
                }
                let slice = heap.graph().source(edge);
                if heap.kind(slice) == NodeKind::SLICED_STRING && selection.contains(slice) {
                    slices.push(slice);
                }
            }
            Ok(slices)
        }
        Costly::Large | Costly::Chains => Ok(parts(heap, node)),
    }
}

/// The two parts of a concatenated string.
pub fn parts(heap: &Heap, node: NodeId) -> Vec<NodeId> {
    if heap.kind(node) != NodeKind::CONCATENATED_STRING {
        return Vec::new();
    }
    let parts = ["first", "second"].map(|name| internal(heap, node, name));
    parts.into_iter().flatten().collect()
}

/// Calls `found` with every string of a kind that `wanted` lets through.
fn each(
    heap: &Heap,
    wanted: impl Fn(NodeKind) -> bool,
    task: &Task,
    mut found: impl FnMut(NodeId),
) -> Result<()> {
    for node in heap.graph().nodes() {
        task.reached(node.index())?;
        if wanted(heap.kind(node)) {
            found(node);
        }
    }
    Ok(())
}

fn large(heap: &Heap, selection: &Selection, task: &Task) -> Result<Vec<TextRow>> {
    let mut rows = Vec::new();
    each(heap, NodeKind::is_string, task, |node| {
        let part = heap.kind(heap.dominator(node)).is_string();
        if heap.shallow(node) > 0 && !part && selection.contains(node) {
            rows.push(TextRow {
                node,
                count: 1,
                shallow: heap.shallow(node),
                retained: heap.retained(node),
                only_slices: false,
            });
        }
    })?;
    Ok(rows)
}

fn repeated(heap: &Heap, selection: &Selection, task: &Task) -> Result<Vec<TextRow>> {
    let groups = groups_within(heap, selection, task)?;
    let row = |group: crate::analysis::strings::StringGroup| TextRow {
        node: group.first,
        count: group.count,
        shallow: group.shallow,
        retained: group.retained,
        only_slices: false,
    };
    Ok(groups.into_iter().map(row).collect())
}

fn chains(heap: &Heap, selection: &Selection, task: &Task) -> Result<Vec<TextRow>> {
    let is_chain = |kind| kind == NodeKind::CONCATENATED_STRING;
    // The uppermost of the concatenated strings that keep each one alive, found once for each.
    let mut top_of: HashMap<NodeId, NodeId> = HashMap::new();
    let mut rows: HashMap<NodeId, TextRow> = HashMap::new();
    let mut climbed = Vec::new();
    each(heap, is_chain, task, |node| {
        let mut current = node;
        let top = loop {
            if let Some(&top) = top_of.get(&current) {
                break top;
            }
            climbed.push(current);
            let above = heap.dominator(current);
            if above == current || !is_chain(heap.kind(above)) {
                break current;
            }
            current = above;
        };
        for node in climbed.drain(..) {
            top_of.insert(node, top);
        }
        let row = rows.entry(top).or_insert(TextRow {
            node: top,
            count: 1,
            shallow: 0,
            retained: heap.retained(top),
            only_slices: false,
        });
        row.count = row.count.saturating_add(1);
        row.shallow += heap.shallow(node);
    })?;
    // Two pieces are no chain.
    rows.retain(|&top, row| row.count > 2 && selection.contains(top));
    Ok(rows.into_values().collect())
}

fn sliced(heap: &Heap, selection: &Selection, task: &Task) -> Result<Vec<TextRow>> {
    let mut rows: HashMap<NodeId, TextRow> = HashMap::new();
    let is_slice = |kind| kind == NodeKind::SLICED_STRING;
    each(heap, is_slice, task, |node| {
        if !selection.contains(node) {
            return;
        }
        if let Some(parent) = internal(heap, node, "parent") {
            let row = rows.entry(parent).or_insert(TextRow {
                node: parent,
                count: 0,
                shallow: heap.shallow(parent),
                retained: heap.retained(parent),
                only_slices: true,
            });
            row.count = row.count.saturating_add(1);
            row.shallow += heap.shallow(node);
        }
    })?;
    let mut rows: Vec<TextRow> = rows.into_values().collect();
    for row in &mut rows {
        task.check()?;
        let mut holders = heap.graph().edges_into(row.node);
        row.only_slices = holders
            .all(|edge| !heap.is_essential(edge) || is_slice(heap.kind(heap.graph().source(edge))));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::EdgeKind;

    #[test]
    fn each_list_finds_its_strings() {
        let internal = EdgeKind::INTERNAL;
        let mut sketch = Sketch::new();
        let big = sketch.rooted(NodeKind::STRING, "a big Text", 5000);
        let twins = [(); 2].map(|()| sketch.rooted(NodeKind::STRING, "twin", 24));
        let mut chain = sketch.rooted(NodeKind::CONCATENATED_STRING, "(concatenated string)", 32);
        let top = chain;
        for _ in 0..3 {
            let first = sketch.node(NodeKind::CONCATENATED_STRING, "(concatenated string)", 32);
            let second = sketch.node(NodeKind::STRING, "piece", 16);
            sketch.edge(chain, internal, "first", first);
            sketch.edge(chain, internal, "second", second);
            chain = first;
        }
        let whole = sketch.node(NodeKind::STRING, "a long document", 9000);
        let slice = sketch.rooted(NodeKind::SLICED_STRING, "document", 32);
        sketch.edge(slice, internal, "parent", whole);
        let (heap, task) = (sketch.heap(), Task::new());
        let found = |which, query| costly(&heap, which, &Selection::All, query, &task).unwrap();
        let nodes = |texts: &Texts| texts.rows.iter().map(|row| row.node).collect::<Vec<_>>();

        // The slice comes first, as it keeps the document; the document is a part of it.
        assert_eq!(nodes(&found(Costly::Large, ""))[..2], [slice, big]);
        assert_eq!(nodes(&found(Costly::Large, "TEXT")), [big]);
        let repeated = found(Costly::Repeated, "tw");
        assert_eq!(
            (nodes(&repeated), repeated.rows[0].count),
            (vec![twins[0]], 2)
        );
        let chains = found(Costly::Chains, "");
        assert_eq!((nodes(&chains), chains.rows[0].count), (vec![top], 5));
        let sliced = found(Costly::Sliced, "");
        assert_eq!(
            (nodes(&sliced), sliced.rows[0].only_slices),
            (vec![whole], true)
        );

        let inside = |which, node| inside(&heap, which, node, &Selection::All, &task).unwrap();
        assert_eq!(inside(Costly::Repeated, twins[0]), twins);
        assert_eq!(inside(Costly::Sliced, whole), [slice]);
        assert_eq!(inside(Costly::Chains, top).len(), 2);
        assert_eq!(inside(Costly::Large, big), []);
    }
}
