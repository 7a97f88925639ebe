//! Strings whose text occurs more than once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::analysis::objects::name;
use crate::analysis::selection::Selection;
use crate::column::BitSet;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};

/// Parts of a string that are looked at for its text.
const MOST_PARTS: usize = 1 << 24;

/// Strings of one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StringGroup {
    /// The first of them, whose display name is the text.
    pub first: NodeId,
    /// How many there are, at least two.
    pub count: u32,
    /// Their shallow sizes together, in bytes.
    pub shallow: u64,
    /// Their retained sizes together, in bytes: a plain sum, as in DevTools.
    pub retained: u64,
}

/// All strings that share their text with another.
///
/// Sliced strings take no part, nor do concatenated ones that the engine has flattened. Texts that the dump cut are
/// told apart by length and hash where it has them.
///
/// # Errors
/// When the task is cancelled.
pub fn duplicates(heap: &Heap, task: &Task) -> Result<BitSet> {
    let mut nodes = BitSet::new(heap.node_count());
    let mut first_of: HashMap<u128, NodeId> = HashMap::new();
    each_string(heap, task, |node, text| {
        match first_of.entry(text) {
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(node);
            }
            std::collections::hash_map::Entry::Occupied(first) => {
                nodes.insert(first.get().index());
                nodes.insert(node.index());
            }
        };
    })?;
    Ok(nodes)
}

/// The groups of strings that share their text, largest retained size first.
///
/// # Errors
/// When the task is cancelled.
pub fn groups(heap: &Heap, task: &Task) -> Result<Vec<StringGroup>> {
    groups_within(heap, &Selection::All, task)
}

/// The same of the selected strings alone.
///
/// # Errors
/// When the task is cancelled.
pub fn groups_within(heap: &Heap, selection: &Selection, task: &Task) -> Result<Vec<StringGroup>> {
    let mut groups: Vec<StringGroup> = Vec::new();
    let mut group_of: HashMap<u128, usize> = HashMap::new();
    each_string(heap, task, |node, text| {
        if !selection.contains(node) {
            return;
        }
        let at = *group_of.entry(text).or_insert_with(|| {
            groups.push(StringGroup {
                first: node,
                count: 0,
                shallow: 0,
                retained: 0,
            });
            groups.len() - 1
        });
        let group = &mut groups[at];
        group.count += 1;
        group.shallow += heap.shallow(node);
        group.retained += heap.retained(node);
    })?;
    groups.retain(|group| group.count > 1);
    groups.sort_by_key(|group| std::cmp::Reverse(group.retained));
    Ok(groups)
}

/// The selected strings that share their text with `first`, itself included, those that retain most first.
///
/// # Errors
/// When the task is cancelled.
pub fn alike(
    heap: &Heap,
    first: NodeId,
    selection: &Selection,
    task: &Task,
) -> Result<Vec<NodeId>> {
    let wanted = (name(heap, first), cut_text(heap, first));
    let mut found = Vec::new();
    for node in heap.graph().nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if counts(heap, node)
            && selection.contains(node)
            && name(heap, node) == wanted.0
            && cut_text(heap, node) == wanted.1
        {
            found.push(node);
        }
    }
    found.sort_by_cached_key(|&node| std::cmp::Reverse(heap.retained(node)));
    Ok(found)
}

/// Whether a node is a string that can be a duplicate.
fn counts(heap: &Heap, node: NodeId) -> bool {
    let kind = heap.kind(node);
    let joined = kind == NodeKind::CONCATENATED_STRING;
    (joined || kind == NodeKind::STRING)
        && heap.shallow(node) > 0
        && !(joined && is_flattened(heap, node))
}

/// Calls `found` with every string that can be a duplicate and a fingerprint of its text.
///
/// The fingerprint is two keyed 64-bit hashes, so that a heap's worth of texts need not be kept.
fn each_string(heap: &Heap, task: &Task, mut found: impl FnMut(NodeId, u128)) -> Result<()> {
    let (high, low) = (RandomState::new(), RandomState::new());
    for node in heap.graph().nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if !counts(heap, node) {
            continue;
        }
        let key = (name(heap, node), cut_text(heap, node));
        let fingerprint = u128::from(high.hash_one(&key)) << 64 | u128::from(low.hash_one(&key));
        found(node, fingerprint);
    }
    Ok(())
}

/// Whether a concatenated string is only a wrapper of its flat text: one of its halves is empty.
fn is_flattened(heap: &Heap, node: NodeId) -> bool {
    heap.graph().edges_from(node).any(|edge| {
        heap.edge_kind(edge) == EdgeKind::INTERNAL
            && matches!(heap.edge_name(edge), EdgeName::Text(half) if half == "first" || half == "second")
            && name(heap, heap.graph().target(edge)).is_empty()
    })
}

/// Length and hash of a string whose text the dump cut, as it has them.
fn cut_text(heap: &Heap, node: NodeId) -> Option<(Option<String>, Option<String>)> {
    let flag = internal(heap, node, "truncated")?;
    if heap.kind(flag) != NodeKind::NUMBER || heap.raw_name(flag) != "bool" {
        return None;
    }
    let value = internal(heap, flag, "value")?;
    (name(heap, value) == "true")
        .then(|| (number(heap, node, "length"), number(heap, node, "hash")))
}

/// The number in one of a node's own fields.
pub(crate) fn number(heap: &Heap, node: NodeId, field: &str) -> Option<String> {
    let number = internal(heap, node, field)?;
    if heap.kind(number) != NodeKind::NUMBER || heap.raw_name(number) != "int" {
        return None;
    }
    internal(heap, number, "value").map(|value| name(heap, value).into_owned())
}

/// The target of the first internal edge of that name.
pub(crate) fn internal(heap: &Heap, node: NodeId, wanted: &str) -> Option<NodeId> {
    heap.graph()
        .edges_from(node)
        .find(|&edge| {
            heap.edge_kind(edge) == EdgeKind::INTERNAL
                && heap
                    .edge_name_id(edge)
                    .is_some_and(|name| heap.strings().equals(name, wanted))
        })
        .map(|edge| heap.graph().target(edge))
}

/// As much as `limit` bytes of the text of a string, and whether that is all of it that the dump has.
///
/// Parts of concatenated strings are put together; those that share parts are cut like others.
///
/// # Errors
/// When the task is cancelled.
pub fn whole(heap: &Heap, node: NodeId, limit: usize, task: &Task) -> Result<(String, bool)> {
    let mut text = String::new();
    let mut pending = vec![node];
    let mut steps = 0;
    while let Some(part) = pending.pop() {
        if steps % CHECK_EVERY == 0 {
            task.check()?;
        }
        steps += 1;
        // Parts without any text, shared over and over, come to nothing however long one looks.
        if steps > MOST_PARTS {
            return Ok((text, false));
        }
        if heap.kind(part) == NodeKind::CONCATENATED_STRING {
            pending.extend(internal(heap, part, "second"));
            pending.extend(internal(heap, part, "first"));
            continue;
        }
        let name = heap.raw_name(part);
        let room = limit.saturating_sub(text.len());
        if name.len() > room {
            let mut end = room;
            while !name.is_char_boundary(end) {
                end -= 1;
            }
            text.push_str(&name[..end]);
            return Ok((text, false));
        }
        text.push_str(&name);
    }
    Ok((text, true))
}

/// How long a string is, in UTF-16 code units, where the dump says so.
pub fn length(heap: &Heap, node: NodeId) -> Option<u64> {
    number(heap, node, "length")?.parse().ok()
}

/// The text of a string node as one piece.
pub fn text(heap: &Heap, node: NodeId) -> Cow<'_, str> {
    name(heap, node)
}
