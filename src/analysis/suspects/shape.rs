//! Holders of one shape are one suspicion: the histories of a hundred and fifty sessions.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::EdgeName;
use crate::snapshot::EdgeKind;
use crate::task::{CHECK_EVERY, Task};

use super::classes::ClassNo;
use super::groups::{Group, Grouping};
use super::thresholds::THRESHOLDS;

/// An object with more edges is a dictionary: the names of its edges do not count.
const DICTIONARY: usize = 40;
/// How many retainers are looked at for the edge that a holder hangs on.
const LOOKED_AT: usize = 64;

/// Joins groups whose holders hang alike, unless one of them is most of it all.
pub(super) fn join(grouping: &Grouping<'_>, groups: &mut Vec<Group>, task: &Task) -> Result<()> {
    let mut alike: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        if at.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if let [holder] = group.holders[..] {
            let shape = of(grouping, holder, group.top_class);
            alike.entry(shape).or_default().push(at);
        }
    }
    for mut members in alike.into_values().filter(|members| members.len() > 1) {
        members.sort_by_key(|&at| {
            (
                std::cmp::Reverse(groups[at].new_bytes),
                groups[at].holders[0],
            )
        });
        let total: u64 = members.iter().map(|&at| groups[at].new_bytes).sum();
        let largest = groups[members[0]].new_bytes;
        if THRESHOLDS.largest_of_shape.is_exceeded(largest, total) {
            continue;
        }
        for &from in &members[1..] {
            let from = std::mem::take(&mut groups[from]);
            let into = &mut groups[members[0]];
            into.holders.extend(from.holders);
            into.topmost.extend(from.topmost);
            into.new_bytes += from.new_bytes;
            into.survived += from.survived;
            into.climbed |= from.climbed;
            into.same_shape = true;
        }
    }
    groups.retain(|group| !group.topmost.is_empty());
    Ok(())
}

/// A number for how a holder hangs, and what it holds.
fn of(grouping: &Grouping<'_>, holder: NodeId, top_class: Option<ClassNo>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut node = holder;
    (grouping.class(holder), top_class).hash(&mut hasher);
    for _ in 0..2 {
        let above = grouping.view.owner_dominator(node);
        if grouping.is_beyond(above) {
            // Hangs from the roots by itself.
            grouping.view.heap.id(node).hash(&mut hasher);
            break;
        }
        grouping.class(above).hash(&mut hasher);
        edge_between(grouping, above, node).hash(&mut hasher);
        if !grouping.is_box(above) {
            break;
        }
        node = above;
    }
    hasher.finish()
}

/// The name of the edge by which `above` holds `node`, if it tells them apart from others.
fn edge_between(grouping: &Grouping<'_>, above: NodeId, node: NodeId) -> Option<String> {
    let view = grouping.view;
    let graph = view.heap.graph();
    if graph.edge_range(above).len() > DICTIONARY {
        return None;
    }
    let edge = graph
        .edges_into(node)
        .take(LOOKED_AT)
        .find(|&edge| view.holds(edge) && view.owner(graph.source(edge)) == above)?;
    match (graph.source(edge) == above, view.heap.edge_kind(edge)) {
        (true, EdgeKind::PROPERTY | EdgeKind::CONTEXT | EdgeKind::INTERNAL) => {
            match view.heap.edge_name(edge) {
                EdgeName::Text(name) => Some(name.into_owned()),
                EdgeName::Index(_) => None,
            }
        }
        _ => None,
    }
}
