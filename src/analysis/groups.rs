//! Nodes that belong together.

use std::collections::HashMap;
use std::hash::Hash;

use super::retained_sums::retained_sizes;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::task::{CHECK_EVERY, Task};

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
