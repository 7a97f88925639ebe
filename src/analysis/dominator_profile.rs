//! The dominator tree merged by what its nodes have in common, as a profile: for flame graphs, icicles and their files.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::analysis::describe::Scripts;
use crate::analysis::owners::{By, Original, owners_of_nodes};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::profile::Profile;
use crate::task::{CHECK_EVERY, Task};

/// Frames below each other; what is deeper counts for the last of them.
const DEEPEST: u32 = 256;

/// What `from` dominates, merged by class: a frame is a class, its own bytes are the shallow sizes of objects, and its
/// total is what they retain within the frames above. A class that comes again below itself, as in a list, counts for the
/// frame that it had first. Linear.
///
/// # Errors
/// When the task is cancelled.
pub fn by_class(heap: &Heap, scripts: &Scripts, from: NodeId, task: &Task) -> Result<Profile> {
    let mut merged = Merged::of(heap, from, |node| heap.class_id(node).0, task)?;
    let keys = std::mem::take(&mut merged.keys);
    let frames = keys.iter().map(|&key| {
        let class = &heap.classes()[key as usize];
        let name = scripts.class(class).plain().into();
        match class.place {
            Some(place) => (
                name,
                scripts.name(place.script_id).unwrap_or_default().into(),
                place.script_id,
                i64::from(place.line),
                i64::from(place.column),
            ),
            None => (name, "".into(), 0, -1, -1),
        }
    });
    Ok(merged.profile(frames))
}

/// The same, merged by whose code keeps it; see [`owners`](crate::analysis::owners).
///
/// # Errors
/// When the task is cancelled.
pub fn by_owner(
    heap: &Heap,
    scripts: &Scripts,
    from: NodeId,
    (by, original): (By, Original<'_>),
    task: &Task,
) -> Result<Profile> {
    let owned = owners_of_nodes(heap, scripts, by, original, task)?;
    let mut merged = Merged::of(heap, from, |node| owned.set(node), task)?;
    let keys = std::mem::take(&mut merged.keys);
    let frames = keys.iter().map(|&key| {
        let owners = &owned.names[key as usize];
        let name = match owners.is_empty() {
            true => "(none)".to_owned(),
            false => owners.join(", "),
        };
        (name.into(), "".into(), 0, -1, -1)
    });
    Ok(merged.profile(frames))
}

type Frame<'a> = (
    std::borrow::Cow<'a, str>,
    std::borrow::Cow<'a, str>,
    u32,
    i64,
    i64,
);

const ROOT: Frame<'static> = (
    std::borrow::Cow::Borrowed("(root)"),
    std::borrow::Cow::Borrowed(""),
    0,
    -1,
    -1,
);

/// Nodes in pre-order, those with the largest totals first, as [`Profile::from_columns`] takes them.
struct Merged {
    parent: Vec<u32>,
    /// 0 for the root, else one more than the place in `keys`.
    frame: Vec<u32>,
    sizes: Vec<u64>,
    keys: Vec<u32>,
}

/// A node of the merged tree while it is made: parents come before what is below them.
struct Part {
    above: u32,
    key: u32,
    depth: u32,
    own: u64,
}

impl Merged {
    /// The nodes with what their keys are called, below a root.
    fn profile<'a>(self, frames: impl Iterator<Item = Frame<'a>>) -> Profile {
        let frames = std::iter::once(ROOT).chain(frames);
        Profile::from_columns(&self.parent, &self.frame, self.sizes, frames)
    }

    fn of(heap: &Heap, from: NodeId, key: impl Fn(NodeId) -> u32, task: &Task) -> Result<Self> {
        let dominated = heap.dominated(task)?;
        task.stage("merging dominators", heap.node_count() as u64);
        let mut parts = Parts::default();
        let top = match from == heap.root() {
            true => 0,
            false => parts.below(0, key(from)),
        };
        parts.parts[top as usize].own += heap.shallow(from);
        let mut pending = vec![(from, top)];
        let mut steps = 0;
        while let Some((node, part)) = pending.pop() {
            for &child in dominated.of(node) {
                steps += 1;
                task.reached(steps)?;
                let child = NodeId(child);
                let below = parts.below(part, key(child));
                parts.parts[below as usize].own += heap.shallow(child);
                pending.push((child, below));
            }
        }
        parts.in_order(task)
    }
}

/// The nodes of the merged tree, and where each key leads from each.
struct Parts {
    parts: Vec<Part>,
    next: HashMap<(u32, u32), u32>,
}

impl Default for Parts {
    fn default() -> Self {
        let root = Part {
            above: 0,
            key: u32::MAX,
            depth: 0,
            own: 0,
        };
        Self {
            parts: vec![root],
            next: HashMap::new(),
        }
    }
}

impl Parts {
    /// The node for what has this key below another: one above it where the key comes again.
    fn below(&mut self, part: u32, key: u32) -> u32 {
        if let Some(&known) = self.next.get(&(part, key)) {
            return known;
        }
        let mut at = part;
        while at != 0 && self.parts[at as usize].key != key {
            at = self.parts[at as usize].above;
        }
        let depth = self.parts[part as usize].depth;
        let found = match at {
            0 if depth == DEEPEST => part,
            0 => {
                self.parts.push(Part {
                    above: part,
                    key,
                    depth: depth + 1,
                    own: 0,
                });
                self.parts.len() as u32 - 1
            }
            again => again,
        };
        self.next.insert((part, key), found);
        found
    }

    fn in_order(self, task: &Task) -> Result<Merged> {
        let parts = self.parts;
        let mut totals: Vec<u64> = parts.iter().map(|part| part.own).collect();
        for (at, part) in parts.iter().enumerate().skip(1).rev() {
            totals[part.above as usize] += totals[at];
        }
        let mut order: Vec<u32> = (1..parts.len() as u32).collect();
        order.sort_unstable_by_key(|&at| {
            let part = &parts[at as usize];
            (part.above, Reverse(totals[at as usize]), part.key)
        });
        let mut keys: Vec<u32> = parts.iter().skip(1).map(|part| part.key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut merged = Merged {
            parent: Vec::with_capacity(parts.len()),
            frame: Vec::with_capacity(parts.len()),
            sizes: Vec::with_capacity(parts.len()),
            keys,
        };
        let mut pending: Vec<(u32, u32)> = vec![(0, 0)];
        while let Some((at, parent)) = pending.pop() {
            if merged.parent.len().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let number = merged.parent.len() as u32;
            let part = &parts[at as usize];
            merged.parent.push(parent);
            merged.sizes.push(part.own);
            merged.frame.push(match at {
                0 => 0,
                _ => merged
                    .keys
                    .binary_search(&part.key)
                    .map_or(0, |place| place as u32 + 1),
            });
            let start = order.partition_point(|&below| parts[below as usize].above < at);
            let below = order[start..].iter();
            let below = below.take_while(|&&below| parts[below as usize].above == at);
            let first = pending.len();
            pending.extend(below.map(|&below| (below, number)));
            // The last one is taken first.
            pending[first..].reverse();
        }
        Ok(merged)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::heap::testing::Sketch;
    use crate::profile::export::collapsed;
    use crate::snapshot::{EdgeKind, NodeKind};

    fn lines(profile: &Profile) -> Vec<String> {
        let mut out = Vec::new();
        collapsed(profile, &mut out).unwrap();
        String::from_utf8(out)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn classes_are_merged_and_lists_folded() {
        let mut sketch = Sketch::new();
        let cache = sketch.rooted(NodeKind::OBJECT, "Cache", 10);
        let mut last = cache;
        for _ in 0..1000 {
            let link = sketch.node(NodeKind::OBJECT, "Link", 1);
            let item = sketch.node(NodeKind::OBJECT, "Item", 2);
            sketch.edge(last, EdgeKind::PROPERTY, "next", link);
            sketch.edge(link, EdgeKind::PROPERTY, "item", item);
            last = link;
        }
        let other = sketch.rooted(NodeKind::OBJECT, "Item", 500);
        let (heap, task) = (sketch.heap(), Task::new());
        let scripts = Scripts::build(&heap, &task).unwrap();
        let profile = by_class(&heap, &scripts, heap.root(), &task).unwrap();
        assert_eq!(
            lines(&profile),
            [
                "Cache 10",
                "Cache;Link 1000",
                "Cache;Link;Item 2000",
                "Item 500"
            ]
        );
        let below = by_class(&heap, &scripts, other, &task).unwrap();
        assert_eq!(lines(&below), ["Item 500"]);
    }

    proptest! {
        #[test]
        fn totals_are_what_is_retained(
            edges in proptest::collection::vec((0..20u32, 0..20u32), 0..60),
            classes in proptest::collection::vec(0..4u8, 20),
        ) {
            let mut sketch = Sketch::new();
            let nodes: Vec<NodeId> = (0..20)
                .map(|at| sketch.node(NodeKind::OBJECT, &format!("C{}", classes[at]), 1 << at))
                .collect();
            sketch.edge(sketch.root, EdgeKind::PROPERTY, "x", nodes[0]);
            for (from, to) in edges {
                sketch.edge(nodes[from as usize], EdgeKind::PROPERTY, "x", nodes[to as usize]);
            }
            let (heap, task) = (sketch.heap(), Task::new());
            let scripts = Scripts::build(&heap, &task).unwrap();
            let whole = by_class(&heap, &scripts, heap.root(), &task).unwrap();
            prop_assert_eq!(whole.total(), heap.retained(heap.root()));
            for &node in &nodes {
                let profile = by_class(&heap, &scripts, node, &task).unwrap();
                prop_assert_eq!(profile.total(), heap.retained(node));
            }
            // By class: all objects of a class are in its frames.
            for class in 0..4u8 {
                let name = format!("C{class}");
                let own: u64 = (1..whole.len() as u32)
                    .filter(|&at| whole.frame(whole.function(at)).name == name)
                    .map(|at| whole.self_size(at))
                    .sum();
                let all = nodes.iter().filter(|&&node| heap.class_name(node) == name);
                prop_assert_eq!(own, all.map(|&node| heap.shallow(node)).sum::<u64>());
            }
        }
    }
}
