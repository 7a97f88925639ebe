//! Who owns what: packages, scripts or folders, and what their code keeps alive.
//!
//! Closures, contexts, modules and scripts are labelled with where their code comes from. What has no label is owned by
//! all whose labelled objects lead to it by strong references, not through another labelled object: sets of owners are
//! handed on. The engine's shared parts (native contexts, global objects, built-in functions) are an owner of their own,
//! [`REALM`], so that they do not join everything. Hidden classes and prototypes are not followed from their instances:
//! these lead from every object to the code of its class. A layer of its own: no figure of DevTools changes.

mod label;
mod sets;
mod spread;

use std::collections::HashMap;

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::task::Task;
use crate::text::span::{SpanKind, Spans};

use super::describe::Scripts;
use label::Labels;
pub use label::{By, OWN, Original, REALM, owner_of};
pub use sets::MANY;
use sets::Sets;

/// What a set of owners owns in a dump.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owned {
    /// The owners, sorted; none for what no code leads to.
    pub owners: Vec<String>,
    /// How many objects.
    pub count: u64,
    /// Their shallow sizes together, bytes.
    pub shallow: u64,
    /// The one that retains most and is no code itself, where there is one.
    pub largest: Option<NodeId>,
}

/// Who owns each object.
#[derive(Debug, Clone)]
pub struct OwnersOfNodes {
    set: Vec<u32>,
    /// The owners of each set, sorted; none of the first, which is of what no code leads to.
    pub names: Vec<Vec<String>>,
}

impl OwnersOfNodes {
    /// The number of the set of an object's owners.
    #[inline]
    pub fn set(&self, node: NodeId) -> u32 {
        self.set[node.index()]
    }
}

/// An owner's name: a package or a path, or one of the words of this program such as [`OWN`].
pub fn owner_words(owner: &str) -> Spans {
    let is_ours = [OWN, REALM, MANY].contains(&owner);
    let kind = if is_ours {
        SpanKind::Note
    } else {
        SpanKind::Place
    };
    Spans::of(kind, owner.to_owned())
}

/// Finds who owns each object. Linear in nodes and edges.
///
/// # Errors
/// When the task is cancelled.
pub fn owners_of_nodes(
    heap: &Heap,
    scripts: &Scripts,
    by: By,
    original: Original<'_>,
    task: &Task,
) -> Result<OwnersOfNodes> {
    let mut sets = Sets::default();
    let labels = Labels::find(heap, scripts, by, original, &mut sets, task)?;
    let set = spread::hand_on(heap, &labels, &mut sets, task)?;
    let names = (0..sets.len() as u32).map(|set| sets.names(set)).collect();
    Ok(OwnersOfNodes { set, names })
}

/// What each set of owners owns; the sizes of all sets come to the heap's. Linear in nodes and edges.
///
/// # Errors
/// When the task is cancelled.
pub fn owned(
    heap: &Heap,
    scripts: &Scripts,
    by: By,
    original: Original<'_>,
    task: &Task,
) -> Result<Vec<Owned>> {
    let owners = owners_of_nodes(heap, scripts, by, original, task)?;
    let mut owned: Vec<Owned> = Vec::new();
    owned.resize_with(owners.names.len(), Owned::default);
    for node in heap.graph().nodes() {
        task.reached(node.index())?;
        let of_set = &mut owned[owners.set(node) as usize];
        of_set.count += u64::from(heap.shallow(node) > 0);
        of_set.shallow += heap.shallow(node);
        let retains = |node: NodeId| heap.retained(node);
        let is_object = matches!(
            heap.kind(node),
            NodeKind::OBJECT | NodeKind::STRING | NodeKind::NATIVE
        );
        if is_object
            && of_set
                .largest
                .is_none_or(|largest| retains(node) > retains(largest))
        {
            of_set.largest = Some(node);
        }
    }
    for (of_set, names) in owned.iter_mut().zip(owners.names) {
        of_set.owners = names;
    }
    owned.retain(|of_set| of_set.count > 0);
    Ok(owned)
}

/// A set of owners over the dumps of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The owners, sorted.
    pub owners: Vec<String>,
    /// How many objects, in each dump.
    pub counts: Vec<u64>,
    /// Their shallow sizes together, in each dump; bytes.
    pub shallow_sizes: Vec<u64>,
}

impl Group {
    /// How much it grew from the first to the last dump, bytes.
    pub fn growth(&self) -> i64 {
        let size = |size: Option<&u64>| size.map_or(0, |&size| size as i64);
        size(self.shallow_sizes.last()) - size(self.shallow_sizes.first())
    }
}

/// The same sets of all dumps, greatest growth first, then the largest in the last dump.
pub fn groups(dumps: &[Vec<Owned>]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_owners: HashMap<&[String], usize> = HashMap::new();
    for (dump, sets) in dumps.iter().enumerate() {
        for set in sets {
            let at = *by_owners.entry(&set.owners).or_insert_with(|| {
                groups.push(Group {
                    owners: set.owners.clone(),
                    counts: vec![0; dumps.len()],
                    shallow_sizes: vec![0; dumps.len()],
                });
                groups.len() - 1
            });
            groups[at].counts[dump] += set.count;
            groups[at].shallow_sizes[dump] += set.shallow;
        }
    }
    let key =
        |group: &Group| std::cmp::Reverse((group.growth(), group.shallow_sizes.last().copied()));
    groups.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.owners.cmp(&b.owners)));
    groups
}

#[cfg(test)]
mod tests;
