//! Nodes that belong together, and sums of retained sizes over groups of nodes in which one may hold another.

use std::collections::HashMap;
use std::hash::Hash;

use crate::column::filled;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::task::{CHECK_EVERY, Task};

/// Marks the end of a list of siblings.
const NONE: u32 = u32::MAX;

/// Nodes that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// How many.
    pub count: u32,
    /// What they retain together, in bytes; what one of them retains within another is counted once.
    pub retained: u64,
    /// The first of them.
    pub example: NodeId,
}

/// Groups and what is in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// The groups, what retains most first.
    pub groups: Vec<Group>,
    /// The nodes of all groups, group by group; within one in the order that they came in.
    members: Vec<NodeId>,
    /// Where the nodes of each group begin, and where the last ones end.
    starts: Vec<usize>,
}

impl Groups {
    /// The nodes of a group.
    pub fn members(&self, group: usize) -> &[NodeId] {
        match (self.starts.get(group), self.starts.get(group + 1)) {
            (Some(&start), Some(&end)) => self.members.get(start..end).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// How many nodes there are in all groups.
    pub fn count(&self) -> usize {
        self.members.len()
    }
}

/// Puts nodes together that have the same key. Each node may be there once.
pub(crate) fn group_by<K: Hash + Eq>(
    heap: &Heap,
    nodes: Vec<NodeId>,
    mut key: impl FnMut(NodeId) -> Result<K>,
    task: &Task,
) -> Result<Groups> {
    let mut group_of_key: HashMap<K, usize> = HashMap::new();
    let mut found: Vec<(u32, NodeId)> = Vec::new();
    let mut group_of_node: HashMap<NodeId, usize> = HashMap::new();
    for (number, &node) in nodes.iter().enumerate() {
        if number.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let group = *group_of_key.entry(key(node)?).or_insert_with(|| {
            found.push((0, node));
            found.len() - 1
        });
        found[group].0 += 1;
        group_of_node.insert(node, group);
    }
    let retained = retained_sizes(
        heap,
        found.len(),
        |node| group_of_node.get(&node).copied(),
        task,
    )?;
    let groups: Vec<Group> = found
        .iter()
        .zip(retained)
        .map(|(&(count, example), retained)| Group {
            count,
            retained,
            example,
        })
        .collect();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&group| std::cmp::Reverse((groups[group].retained, groups[group].count)));
    let mut place = vec![0; groups.len()];
    let mut starts = vec![0];
    for (at, &group) in order.iter().enumerate() {
        place[group] = at;
        starts.push(starts[at] + groups[group].count as usize);
    }
    let mut next = starts.clone();
    let mut members = vec![NodeId::default(); nodes.len()];
    for node in nodes {
        if let Some(&group) = group_of_node.get(&node) {
            let slot = &mut next[place[group]];
            members[*slot] = node;
            *slot += 1;
        }
    }
    Ok(Groups {
        groups: order.into_iter().map(|group| groups[group]).collect(),
        members,
        starts,
    })
}

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
    let mut tree = filled(
        count,
        Place {
            child: NONE,
            sibling: NONE,
        },
    );
    for index in (0..count).rev() {
        let node = NodeId(index as u32);
        if node != root {
            let above = &mut tree[heap.dominator(node).index()].child;
            let sibling = std::mem::replace(above, node.0);
            tree[index].sibling = sibling;
        }
    }

    // How many members of each group lie between the root and the current node, it included.
    let mut open = vec![0u32; groups];
    if let Some(group) = group_of(root) {
        sums[group] += heap.retained(root);
        open[group] += 1;
    }
    let mut current = root;
    let mut steps = 0usize;
    loop {
        steps += 1;
        if steps.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let next = tree[current.index()].child;
        if next != NONE {
            let node = NodeId(next);
            let place = tree[node.index()];
            tree[current.index()].child = place.sibling;
            let goes_on = place.child != NONE;
            if let Some(group) = group_of(node) {
                if open[group] == 0 {
                    sums[group] += heap.retained(node);
                }
                open[group] += u32::from(goes_on);
            }
            // Most nodes dominate nothing, and are left as soon as they are seen.
            if goes_on {
                current = node;
            }
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

/// Where a node is in the dominator tree, as far as the walk has not got past it.
#[derive(Clone, Copy)]
struct Place {
    /// The next node that it dominates.
    child: u32,
    /// The next one that its dominator dominates.
    sibling: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::{EdgeKind, NodeKind};

    #[test]
    fn what_is_held_within_a_group_counts_once() {
        let mut sketch = Sketch::new();
        let outer = sketch.rooted(NodeKind::OBJECT, "A", 10);
        let between = sketch.node(NodeKind::OBJECT, "B", 20);
        let inner = sketch.node(NodeKind::OBJECT, "A", 40);
        let beside = sketch.rooted(NodeKind::OBJECT, "A", 80);
        sketch.edge(outer, EdgeKind::PROPERTY, "b", between);
        sketch.edge(between, EdgeKind::PROPERTY, "a", inner);
        let heap = sketch.heap();
        let group = |node: NodeId| match node {
            _ if node == outer || node == inner || node == beside => Some(0),
            _ if node == between => Some(1),
            _ => None,
        };
        let sums = retained_sizes(&heap, 3, group, &Task::new()).unwrap();
        assert_eq!(sums, [10 + 20 + 40 + 80, 20 + 40, 0]);
    }

    #[test]
    fn long_lists_neither_overflow_nor_count_twice() {
        const LENGTH: u64 = 100_000;
        let mut sketch = Sketch::new();
        let mut last = sketch.rooted(NodeKind::OBJECT, "N", 8);
        for _ in 1..LENGTH {
            let next = sketch.node(NodeKind::OBJECT, "N", 8);
            sketch.edge(last, EdgeKind::PROPERTY, "n", next);
            last = next;
        }
        let heap = sketch.heap();
        let sums = retained_sizes(&heap, 1, |_| Some(0), &Task::new()).unwrap();
        assert_eq!(sums, [8 * LENGTH]);
    }
}
