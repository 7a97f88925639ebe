//! Holders that are younger than the first dump: the Map that was made after it.

use std::cmp::Reverse;

use crate::graph::NodeId;

use super::groups::{Group, Grouping};
use super::thresholds::THRESHOLDS;
use super::topmost::TopIndex;
use super::view::{NOISY, PLUMBING};

/// Moves the blame into the one new object that nearly everything new is below, down to the last holder that was there
/// before the last interval. What is made anew at each change is young in each dump and stays behind its holder.
pub(super) fn into_younger(grouping: &Grouping<'_>, group: &mut Group) {
    if group.holders.len() != 1 || grouping.first_seen.dumps() < 3 || group.climbed {
        return;
    }
    let topmost = grouping.topmost;
    let bytes = |&&top: &&TopIndex| topmost.new_bytes(top);
    let Some(&top) = group.topmost.iter().max_by_key(bytes) else {
        return;
    };
    let enough = THRESHOLDS.younger_holder;
    if !enough.is_reached(topmost.new_bytes(top), group.new_bytes) {
        return;
    }
    if let Some(holder) = Region::of(grouping, topmost.node(top)).youngest_holder() {
        group.holders = vec![holder];
        group.whole = true;
    }
}

/// What a new object dominates.
struct Region<'a> {
    grouping: &'a Grouping<'a>,
    top: NodeId,
    /// New bytes below each node of the region, in preorder.
    new_bytes: Vec<u64>,
}

impl<'a> Region<'a> {
    fn of(grouping: &'a Grouping<'a>, top: NodeId) -> Self {
        let view = grouping.view;
        let below = view.dominated(top);
        let own = |&node: &NodeId| {
            let counts = grouping.first_seen.is_new(node) && !view.is(node, NOISY);
            if counts { view.heap.shallow(node) } else { 0 }
        };
        let mut region = Self {
            grouping,
            top,
            new_bytes: below.iter().map(own).collect(),
        };
        for at in (1..below.len()).rev() {
            let bytes = region.new_bytes[at];
            let dominator = region.place(view.dominator(below[at]));
            region.new_bytes[dominator] += bytes;
        }
        region
    }

    fn place(&self, node: NodeId) -> usize {
        let position = &self.grouping.view.position;
        (position[node.index()] - position[self.top.index()]) as usize
    }

    /// The last holder on the way down to what keeps nearly everything that was there before the last interval.
    fn youngest_holder(&self) -> Option<NodeId> {
        let grouping = self.grouping;
        let mut current = self.top;
        let mut found = None;
        loop {
            if !grouping.view.is(current, PLUMBING) {
                if grouping.first_seen.is_of_last_interval(current) {
                    return found;
                }
                found = Some(current);
            }
            // Of equal ones the first.
            let children = grouping.view.children(current);
            let bytes = |&child: &NodeId| {
                (
                    self.new_bytes[self.place(child)],
                    Reverse(self.place(child)),
                )
            };
            let Some(child) = children.max_by_key(bytes) else {
                return found;
            };
            let enough = THRESHOLDS.younger_holder;
            let is_next = enough.is_reached(self.new_bytes[self.place(child)], self.new_bytes[0])
                && grouping.class(child) != grouping.class(current);
            if !is_next {
                return found;
            }
            current = child;
        }
    }
}
