//! Sums of retained sizes over groups of nodes in which one may hold another.

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::task::{CHECK_EVERY, Task};

/// Marks the end of a list of siblings.
const NONE: u32 = u32::MAX;

/// Retained size of each of `groups` groups, in bytes, counting no byte twice within a group.
///
/// `group_of` names the group of a node, if it is in any. A member adds its retained size unless an ancestor of it in
/// the dominator tree is a member of the same group, which then retains it already. One walk over the tree for all
/// groups, without recursion: the way back up is the dominator itself.
pub(crate) fn retained_sizes(
    heap: &Heap,
    groups: usize,
    group_of: impl Fn(NodeId) -> Option<usize>,
    task: &Task,
) -> Result<Vec<u64>> {
    let mut sums = vec![0u64; groups];
    if groups == 0 {
        return Ok(sums);
    }
    let root = heap.root();
    let count = heap.node_count();
    let mut child = vec![NONE; count];
    let mut sibling = vec![NONE; count];
    for index in (0..count).rev() {
        let node = NodeId(index as u32);
        if node != root {
            let dominator = heap.dominator(node).index();
            sibling[index] = child[dominator];
            child[dominator] = node.0;
        }
    }

    // How many members of each group lie between the root and the current node, it included.
    let mut open = vec![0u32; groups];
    let mut enter = |node: NodeId, open: &mut [u32]| {
        if let Some(group) = group_of(node) {
            if open[group] == 0 {
                sums[group] += heap.retained(node);
            }
            open[group] += 1;
        }
    };
    let mut current = root;
    enter(current, &mut open);
    let mut steps = 0usize;
    loop {
        steps += 1;
        if steps.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let next = child[current.index()];
        if next != NONE {
            child[current.index()] = sibling[next as usize];
            current = NodeId(next);
            enter(current, &mut open);
            continue;
        }
        if current == root {
            return Ok(sums);
        }
        if let Some(group) = group_of(current) {
            open[group] -= 1;
        }
        current = heap.dominator(current);
    }
}
