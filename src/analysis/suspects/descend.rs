//! Holders that are younger than the first dump: the Map that was made after it.

use crate::graph::NodeId;

use super::groups::{Group, Grouping};
use super::view::{NOISY, PLUMBING};

/// Moves the blame into the one new object that nearly everything new is below, down to the last holder that was there
/// before the last interval. What is made anew at each change is young in each dump and stays behind its holder.
pub(super) fn into_younger(grouping: &Grouping<'_>, group: &mut Group) {
    let [_] = group.holders[..] else {
        return;
    };
    if grouping.dumps < 3 || group.climbed {
        return;
    }
    let topmost = grouping.topmost;
    let heaviest = group
        .topmost
        .iter()
        .max_by_key(|&&top| topmost.new_bytes[top as usize]);
    let Some(&top) =
        heaviest.filter(|&&top| topmost.new_bytes[top as usize] * 4 >= group.new_bytes * 3)
    else {
        return;
    };
    let view = grouping.view;
    let start = NodeId(topmost.nodes[top as usize]);
    let below = view.dominated(start);
    let offset = view.position[start.index()] as usize;
    // New bytes below each node of the region, in preorder.
    let mut new_bytes: Vec<u64> = below
        .iter()
        .map(|&node| {
            let node = NodeId(node);
            let counts = grouping.births[node.index()] > 1 && !view.is(node, NOISY);
            if counts { view.heap.shallow(node) } else { 0 }
        })
        .collect();
    for at in (1..below.len()).rev() {
        let dominator = view.dominator(NodeId(below[at]));
        let bytes = new_bytes[at];
        new_bytes[view.position[dominator.index()] as usize - offset] += bytes;
    }
    let enough = new_bytes[0] / 4 * 3;
    let mut current = start;
    let mut found = None;
    loop {
        let is_part = view.is(current, PLUMBING);
        if !is_part {
            if grouping.births[current.index()] == grouping.dumps {
                break;
            }
            found = Some(current);
        }
        let mut best: Option<(u64, NodeId)> = None;
        let mut at = view.position[current.index()] as usize + 1;
        while at < view.end[current.index()] as usize {
            let child = NodeId(view.order[at]);
            let bytes = new_bytes[at - offset];
            if best.is_none_or(|(most, _)| bytes > most) {
                best = Some((bytes, child));
            }
            at = view.end[child.index()] as usize;
        }
        match best {
            Some((bytes, child))
                if bytes >= enough && grouping.class(child) != grouping.class(current) =>
            {
                current = child;
            }
            _ => break,
        }
    }
    if let Some(holder) = found {
        group.holders = vec![holder.0];
        group.whole = true;
    }
}
