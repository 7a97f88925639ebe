//! Objects put into groups, with what each group retains as a whole.

use std::collections::HashMap;

use crate::analysis::describe::Scripts;
use crate::analysis::order::turned;
use crate::analysis::owners::{By, OwnersOfNodes, owner_words, owners_of_nodes};
use crate::analysis::retained_sums::retained_sizes;
use crate::analysis::summary::SortKey;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind, StrId};
use crate::task::{CHECK_EVERY, Task};
use crate::text::order::utf16_cmp;
use crate::text::span::Spans;

use super::asked::Asked;
use super::syntax::{Bound, GroupKey};

/// Properties of a shape that are named; the others are counted.
const NAMED: usize = 8;
/// No group yet.
const NONE: u32 = u32::MAX;

/// Objects that have something in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// What that is; data of the program is marked as such.
    pub key: Spans,
    /// How many.
    pub count: u64,
    /// Their shallow sizes together, in bytes.
    pub shallow: u64,
    /// What they retain together, in bytes; nothing is counted twice.
    pub retained: u64,
    /// The least distance of them, raw.
    pub distance: i32,
    /// The holder, or else the object of the group that retains most.
    pub example: NodeId,
}

impl Group {
    pub(super) fn figure(&self, bound: Bound) -> u64 {
        match bound {
            Bound::Count => self.count,
            Bound::Shallow => self.shallow,
            Bound::Retained => self.retained,
        }
    }
}

/// Puts objects into groups, those that retain most first. Linear in the heap.
pub(super) fn group(
    key: GroupKey,
    nodes: &[NodeId],
    asked: &Asked<'_>,
    task: &Task,
) -> Result<Vec<Group>> {
    let heap = asked.heap;
    task.stage("grouping objects", 0);
    let mut of_node = vec![NONE; heap.node_count()];
    let mut groups: Vec<Group> = Vec::new();
    let mut keys = Keys::new(key, asked, task)?;
    for (done, &node) in nodes.iter().enumerate() {
        if done.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let (number, is_new) = keys.number(node);
        if is_new {
            groups.push(Group {
                key: Spans::new(),
                count: 0,
                shallow: 0,
                retained: 0,
                distance: heap.distance(node),
                example: node,
            });
        }
        of_node[node.index()] = number;
        let group = &mut groups[number as usize];
        group.count += 1;
        group.shallow += heap.shallow(node);
        group.distance = group.distance.min(heap.distance(node));
        if heap.retained(node) > heap.retained(group.example) {
            group.example = node;
        }
    }
    let group_of = |node: NodeId| {
        let number = of_node[node.index()];
        (number != NONE).then_some(number as usize)
    };
    let retained = retained_sizes(heap, groups.len(), group_of, task)?;
    for (group, retained) in groups.iter_mut().zip(retained) {
        group.retained = retained;
        group.key = keys.words(group.example);
        if key == GroupKey::Holder {
            group.example = holder(heap, group.example);
        }
    }
    sort(&mut groups, SortKey::Retained, false);
    Ok(groups)
}

/// Sorts groups; those that agree by their names.
pub(super) fn sort(groups: &mut [Group], key: SortKey, reverse: bool) {
    groups.sort_by_cached_key(|group| group.key.plain());
    match key {
        SortKey::Retained => groups.sort_by(|a, b| turned(b.retained.cmp(&a.retained), reverse)),
        SortKey::Shallow => groups.sort_by(|a, b| turned(b.shallow.cmp(&a.shallow), reverse)),
        SortKey::Count => groups.sort_by(|a, b| turned(b.count.cmp(&a.count), reverse)),
        SortKey::Distance => groups.sort_by(|a, b| turned(a.distance.cmp(&b.distance), reverse)),
        SortKey::Name => {
            groups.sort_by(|a, b| turned(utf16_cmp(&a.key.plain(), &b.key.plain()), reverse));
        }
    }
}

/// Numbers what objects have in common.
struct Keys<'a> {
    key: GroupKey,
    heap: &'a Heap,
    scripts: &'a Scripts,
    numbers: HashMap<Box<[u32]>, u32>,
    owners: Option<OwnersOfNodes>,
    scratch: Vec<u32>,
}

impl<'a> Keys<'a> {
    fn new(key: GroupKey, asked: &Asked<'a>, task: &Task) -> Result<Self> {
        let owners = match key {
            GroupKey::Owner => {
                let mut no_map = |_: &str, _, _| None;
                let (heap, scripts) = (asked.heap, asked.scripts);
                Some(owners_of_nodes(
                    heap,
                    scripts,
                    By::Package,
                    &mut no_map,
                    task,
                )?)
            }
            _ => None,
        };
        Ok(Self {
            key,
            heap: asked.heap,
            scripts: asked.scripts,
            numbers: HashMap::new(),
            owners,
            scratch: Vec::new(),
        })
    }

    /// The number of an object's group, and whether that is a new one.
    fn number(&mut self, node: NodeId) -> (u32, bool) {
        let heap = self.heap;
        self.scratch.clear();
        match self.key {
            GroupKey::Class => self.scratch.push(heap.class_id(node).0),
            GroupKey::Type => self.scratch.push(u32::from(heap.kind(node).0)),
            GroupKey::Owner => {
                let owners = self.owners.as_ref();
                self.scratch
                    .push(owners.map_or(0, |owners| owners.set(node)));
            }
            GroupKey::Holder => self.scratch.push(holder(heap, node).0),
            GroupKey::Dominator => self.scratch.push(heap.class_id(holder(heap, node)).0),
            GroupKey::Shape => {
                self.scratch.push(heap.class_id(node).0);
                self.scratch
                    .extend(properties(heap, node).map(|name| name.0));
                self.scratch[1..].sort_unstable();
            }
        }
        if let Some(&known) = self.numbers.get(&*self.scratch) {
            return (known, false);
        }
        let next = self.numbers.len() as u32;
        self.numbers.insert(self.scratch.as_slice().into(), next);
        (next, true)
    }

    /// What an object's group is called.
    fn words(&self, node: NodeId) -> Spans {
        let heap = self.heap;
        match self.key {
            GroupKey::Class => self.scripts.class_of(heap, node),
            GroupKey::Type => Spans::new().name(heap.kind_name(node).to_owned()),
            GroupKey::Dominator => self.scripts.class_of(heap, holder(heap, node)),
            GroupKey::Holder => {
                let holder = holder(heap, node);
                let label = self.scripts.label(heap, holder);
                label.note(" ").id(heap.id(holder))
            }
            GroupKey::Owner => {
                let names = self
                    .owners
                    .as_ref()
                    .map(|owners| &owners.names[owners.set(node) as usize]);
                match names {
                    Some(names) if !names.is_empty() => {
                        let mut words = Spans::new();
                        for (number, name) in names.iter().enumerate() {
                            let comma = if number > 0 { ", " } else { "" };
                            words = words.note(comma).then(owner_words(name));
                        }
                        words
                    }
                    _ => Spans::new().note("(none)"),
                }
            }
            GroupKey::Shape => {
                let mut words = self.scripts.class_of(heap, node).note(" {");
                let mut count = 0;
                for name in properties(heap, node) {
                    if count < NAMED {
                        let comma = if count > 0 { ", " } else { "" };
                        words = words
                            .note(comma)
                            .edge(heap.strings().get(name).into_owned());
                    }
                    count += 1;
                }
                if count > NAMED {
                    words = words.note(format!(", … {} more", count - NAMED));
                }
                words.note("}")
            }
        }
    }
}

/// The names of an object's properties, without those that all objects of its class have by the engine.
fn properties(heap: &Heap, node: NodeId) -> impl Iterator<Item = StrId> + '_ {
    heap.graph()
        .edges_from(node)
        .filter(|&edge| heap.edge_kind(edge) == EdgeKind::PROPERTY)
        .filter_map(|edge| heap.edge_name_id(edge))
        .filter(|&name| !heap.strings().equals(name, "__proto__"))
}

/// The nearest dominator that is no part of the engine's.
fn holder(heap: &Heap, node: NodeId) -> NodeId {
    let mut at = heap.dominator(node);
    while matches!(
        heap.kind(at),
        NodeKind::ARRAY | NodeKind::HIDDEN | NodeKind::CODE | NodeKind::OBJECT_SHAPE
    ) && at != heap.root()
    {
        at = heap.dominator(at);
    }
    at
}
