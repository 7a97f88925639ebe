//! Sums of retained sizes over groups of nodes in which one may hold another.
//!
//! A node counts unless one of its dominators is of its group. Which groups there are on the way from the root to a node
//! is the same for most nodes of a heap: so these ways are numbered, and a node's number follows from that of its
//! dominator. Where there are very many, a walk over the dominator tree keeps the account instead.

use foldhash::{HashMap, HashMapExt};

use crate::column::filled;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::memory::near;
use crate::task::{CHECK_EVERY, Task};

/// Retained size of each of `groups` groups, in bytes, counting no byte twice within a group.
///
/// `group_of` names the group of a node, if it is in any. A member adds its retained size unless an ancestor of it in
/// the dominator tree is a member of the same group, which then retains it already. Linear in nodes.
pub(crate) fn retained_sizes(
    heap: &Heap,
    groups: usize,
    group_of: impl Fn(NodeId) -> Option<usize>,
    task: &Task,
) -> Result<Vec<u64>> {
    if groups == 0 {
        return Ok(Vec::new());
    }
    let limit = heap.node_count() / 32 + 4096;
    match by_ways(heap, groups, &group_of, limit, task)? {
        Some(sums) => Ok(sums),
        None => walk(heap, groups, group_of, task),
    }
}

/// No number: of a way, or of a node.
const NONE: u32 = u32::MAX;

/// The groups on the way from the root to a node, each once, in the order in which they come.
struct Way {
    /// The way without the last of them; that of the empty way is itself.
    before: u32,
    /// The last of them.
    last: u32,
}

/// The ways that were met.
struct Ways {
    /// The first is the empty one.
    ways: Vec<Way>,
    /// By way and group: the way that follows, which is the same one where it has the group.
    after: HashMap<u64, u32>,
    /// Some of these, at places where they are found quickly.
    recent: Vec<(u64, u32)>,
    /// How many entries and how many steps back are left before this takes too much memory or time.
    entries_left: usize,
    steps_left: usize,
}

/// log2 of the number of recent entries.
const RECENT: u32 = 10;

impl Ways {
    /// The way that has no groups alone; there may be `entries` others, found in so many steps.
    fn new(entries: usize, steps: usize) -> Self {
        Self {
            ways: vec![Way {
                before: 0,
                last: NONE,
            }],
            after: HashMap::new(),
            // No way leads on to the group that does not exist.
            recent: vec![(u64::MAX, 0); 1 << RECENT],
            entries_left: entries,
            steps_left: steps,
        }
    }

    /// The way that follows where a way comes to a group; nothing where that would take too much.
    #[inline]
    fn after(&mut self, way: u32, group: u32) -> Option<u32> {
        let key = u64::from(way) << 32 | u64::from(group);
        let place = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - RECENT)) as usize;
        let (known, next) = self.recent[place];
        if known == key {
            return Some(next);
        }
        let next = match self.after.get(&key) {
            Some(&next) => next,
            None => self.add(way, group)?,
        };
        self.recent[place] = (key, next);
        Some(next)
    }

    #[cold]
    fn add(&mut self, way: u32, group: u32) -> Option<u32> {
        self.entries_left = self.entries_left.checked_sub(1)?;
        let mut at = way;
        let next = loop {
            let Way { before, last } = self.ways[at as usize];
            if at == 0 {
                self.ways.push(Way {
                    before: way,
                    last: group,
                });
                break self.ways.len() as u32 - 1;
            }
            if last == group {
                break way;
            }
            self.steps_left = self.steps_left.checked_sub(1)?;
            at = before;
        };
        self.after
            .insert(u64::from(way) << 32 | u64::from(group), next);
        Some(next)
    }
}

/// The sums, or nothing where there are too many ways: more than `limit`, or long ones.
fn by_ways(
    heap: &Heap,
    groups: usize,
    group_of: impl Fn(NodeId) -> Option<usize>,
    limit: usize,
    task: &Task,
) -> Result<Option<Vec<u64>>> {
    let count = heap.node_count();
    let mut sums = vec![0u64; groups];
    let mut ways = Ways::new(limit, count);
    let mut way_of = near(|| filled(count, NONE));
    let mut ahead = heap.figures_ahead().nodes(&heap.dominator);
    // Nodes whose dominators have to come first.
    let mut waiting: Vec<u32> = Vec::new();
    let root = heap.root();
    for index in 0..count as u32 {
        task.reached(index as usize)?;
        let mut node = NodeId(index);
        ahead.at(node);
        if way_of[node.index()] != NONE {
            continue;
        }
        loop {
            let dominator = heap.dominator(node);
            let way = match way_of[dominator.index()] {
                _ if node == root => 0,
                NONE => {
                    waiting.push(node.0);
                    if waiting.len() > count {
                        return Ok(None);
                    }
                    node = dominator;
                    continue;
                }
                way => way,
            };
            way_of[node.index()] = match group_of(node) {
                None => way,
                Some(group) => {
                    let Some(next) = ways.after(way, group as u32) else {
                        return Ok(None);
                    };
                    if next != way {
                        sums[group] += heap.retained(node);
                    }
                    next
                }
            };
            match waiting.pop() {
                Some(next) => node = NodeId(next),
                None => break,
            }
        }
    }
    Ok(Some(sums))
}

/// The same by one walk over the dominator tree, without recursion: the way back up is the dominator itself.
fn walk(
    heap: &Heap,
    groups: usize,
    group_of: impl Fn(NodeId) -> Option<usize>,
    task: &Task,
) -> Result<Vec<u64>> {
    let mut sums = vec![0u64; groups];
    let root = heap.root();
    let mut tree = children(heap);
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
            let has_children = place.child != NONE;
            if let Some(group) = group_of(node) {
                if open[group] == 0 {
                    sums[group] += heap.retained(node);
                }
                open[group] += u32::from(has_children);
            }
            // Most nodes dominate nothing, and are left as soon as they are seen.
            if has_children {
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

/// The dominator tree downwards: first children and next siblings, in the order of the file.
fn children(heap: &Heap) -> Vec<Place> {
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
    tree
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
    use proptest::prelude::*;

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
        let expected = [10 + 20 + 40 + 80, 20 + 40, 0];
        let task = Task::new();
        assert_eq!(retained_sizes(&heap, 3, group, &task).unwrap(), expected);
        assert_eq!(walk(&heap, 3, group, &task).unwrap(), expected);
        assert_eq!(by_ways(&heap, 3, group, 1, &task).unwrap(), None);
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

    proptest! {
        #[test]
        fn ways_and_the_walk_agree(
            edges in proptest::collection::vec((0..30u32, 0..30u32), 0..90),
            groups in proptest::collection::vec(0..5usize, 31),
            limit in 0..60usize,
        ) {
            let mut sketch = Sketch::new();
            let nodes: Vec<NodeId> = (0..30)
                .map(|at| sketch.node(NodeKind::OBJECT, "A", at + 1))
                .collect();
            sketch.edge(sketch.root, EdgeKind::PROPERTY, "x", nodes[0]);
            for (from, to) in edges {
                let (from, to) = (nodes[from as usize], nodes[to as usize]);
                sketch.edge(from, EdgeKind::PROPERTY, "x", to);
            }
            let (heap, task) = (sketch.heap(), Task::new());
            let group = |node: NodeId| groups.get(node.index()).copied().filter(|&group| group < 4);
            let expected = walk(&heap, 4, group, &task).unwrap();
            prop_assert_eq!(&retained_sizes(&heap, 4, group, &task).unwrap(), &expected);
            if let Some(sums) = by_ways(&heap, 4, group, limit, &task).unwrap() {
                prop_assert_eq!(sums, expected);
            }
        }
    }
}
