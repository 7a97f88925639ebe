//! Which new objects are one suspicion: groups by holder, joined and moved to the holder that can be blamed.

use std::collections::HashMap;

use crate::error::Result;
use crate::graph::NodeId;
use crate::task::{CHECK_EVERY, Task};

use super::classes::{Classes, Numbers, Tier};
use super::tops::{Anchor, Tops};
use super::view::{NOISY, SYNTHETIC, View};

/// How far above a holder another one absorbs it.
const ABSORBING: usize = 3;
/// How many tops, and how many objects below each, are looked at for what piles up.
const LEAF_TOPS: usize = 2000;
const LEAF_NODES: usize = 200;

/// New objects with one cause.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// The holders, the one to blame first; none when only roots hold the objects.
    pub holders: Vec<u32>,
    /// The class of what only roots hold.
    pub roots: Option<u32>,
    /// The topmost new objects, as places in [`Tops`].
    pub tops: Vec<u32>,
    /// New bytes.
    pub mass: u64,
    /// Those of them that are older than the last interval.
    pub survived: u64,
    /// New bytes before others were absorbed.
    own_mass: u64,
    /// The class with the most new bytes among the tops.
    pub top_class: u32,
    /// Its share of the mass, 0 to 1.
    pub homogeneity: f64,
    /// The holder was found above what piles up: edges into the top class are cut.
    pub climbed: bool,
    /// Others were absorbed, or the holder is younger than the first dump: it is cut whole.
    pub whole: bool,
    /// The holder is younger than the first dump.
    pub descended: bool,
    /// Several holders of one shape.
    pub alike: bool,
    leaf: Option<u32>,
}

impl Group {
    /// What one holder holds, not looked at closer.
    pub fn held_by(holder: NodeId) -> Self {
        Self {
            holders: vec![holder.0],
            ..Self::default()
        }
    }
}

/// What the steps of grouping look at.
pub(super) struct Grouping<'a> {
    pub view: &'a View<'a>,
    pub births: &'a [u8],
    pub dumps: u8,
    pub tops: &'a Tops,
    pub classes: &'a Classes,
    pub numbers: &'a Numbers,
}

impl Grouping<'_> {
    /// The number of a node's class.
    pub fn class(&self, node: NodeId) -> u32 {
        self.numbers.of(self.view.heap, node)
    }

    /// Whether blame stops below this node.
    pub fn is_beyond(&self, node: NodeId) -> bool {
        node == self.view.heap.root() || self.view.is(node, SYNTHETIC | NOISY)
    }

    /// Groups by primary holder; those that share enough of their objects are one.
    pub fn by_anchor(&self, task: &Task) -> Result<Vec<Group>> {
        let tops = self.tops;
        let mut place: HashMap<Anchor, usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for (top, &anchor) in (0u32..).zip(&tops.primary) {
            let at = *place.entry(anchor).or_insert_with(|| {
                let (holders, roots) = match anchor {
                    Anchor::Node(holder) => (vec![holder], None),
                    Anchor::Roots(class) => (Vec::new(), Some(class)),
                };
                groups.push(Group {
                    holders,
                    roots,
                    ..Group::default()
                });
                groups.len() - 1
            });
            let group = &mut groups[at];
            group.tops.push(top);
            group.mass += tops.mass[top as usize];
            group.survived += tops.survived[top as usize];
        }
        let mut links: Vec<_> = tops.links.iter().collect();
        links.sort_unstable();
        for (&(one, other), &bytes) in links {
            let (Some(&one), Some(&other)) = (place.get(&one), place.get(&other)) else {
                continue;
            };
            let (into, from) = match groups[one].mass >= groups[other].mass {
                true => (one, other),
                false => (other, one),
            };
            if into != from
                && groups[into].roots.is_none()
                && groups[from].roots.is_none()
                && !groups[from].tops.is_empty()
                && bytes * 5 >= groups[from].mass
            {
                merge(&mut groups, into, from);
            }
        }
        for (step, group) in groups.iter_mut().enumerate() {
            if step.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            group.own_mass = group.mass;
            self.find_top_class(group);
        }
        Ok(groups)
    }

    fn find_top_class(&self, group: &mut Group) {
        let mut by_class: HashMap<u32, u64> = HashMap::new();
        for &top in &group.tops {
            let class = self.class(NodeId(self.tops.nodes[top as usize]));
            *by_class.entry(class).or_default() += self.tops.mass[top as usize];
        }
        let best = by_class
            .iter()
            .max_by_key(|&(&class, &mass)| (mass, std::cmp::Reverse(class)));
        if let Some((&class, &mass)) = best {
            group.top_class = class;
            group.homogeneity = mass as f64 / group.mass.max(1) as f64;
        }
    }

    /// Moves a holder that is of the kind that piles up (the tail of a list, a node of a tree) to the first one above
    /// that is not.
    pub fn climb(&self, groups: &mut Vec<Group>, task: &Task) -> Result<()> {
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        let mut place: HashMap<u32, usize> = HashMap::new();
        for (at, group) in groups.iter().enumerate() {
            if let [holder] = group.holders[..]
                && !group.tops.is_empty()
            {
                place.insert(holder, at);
            }
        }
        let mut steps = 0usize;
        for at in 0..groups.len() {
            let class = groups[at].top_class;
            let [holder] = groups[at].holders[..] else {
                continue;
            };
            if groups[at].tops.is_empty() || self.is_unspecific(class) {
                continue;
            }
            let mut passed = Vec::new();
            let mut current = holder;
            let end = loop {
                steps += 1;
                if steps.is_multiple_of(CHECK_EVERY) {
                    task.check()?;
                }
                if let Some(&end) = known.get(&(current, class)) {
                    break end;
                }
                passed.push(current);
                let node = NodeId(current);
                let above = self.view.owner_dominator(node);
                let inside =
                    self.class(node) == class || self.is_box(node) && self.class(above) == class;
                if !inside || self.is_beyond(above) {
                    break current;
                }
                current = above.0;
            };
            known.extend(passed.into_iter().map(|node| ((node, class), end)));
            if end == holder {
                // A list's own first element, with nothing above it, is the holder of what hangs from it.
                groups[at].climbed |= self.class(NodeId(holder)) == class;
                continue;
            }
            match place.get(&end) {
                Some(&there) if !groups[there].tops.is_empty() => {
                    merge(groups, there, at);
                    self.find_top_class(&mut groups[there]);
                    groups[there].climbed = true;
                    groups[there].top_class = class;
                }
                _ => {
                    groups[at].holders = vec![end];
                    groups[at].climbed = true;
                    place.insert(end, at);
                }
            }
        }
        groups.retain(|group| !group.tops.is_empty());
        Ok(())
    }

    /// Gives a group to the holder close above that holds more of the same.
    pub fn absorb(&self, groups: &mut Vec<Group>, task: &Task) -> Result<()> {
        let place: HashMap<u32, usize> = groups
            .iter()
            .enumerate()
            .filter_map(|(at, group)| match group.holders[..] {
                [holder] => Some((holder, at)),
                _ => None,
            })
            .collect();
        for at in 0..groups.len() {
            if at.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let [holder] = groups[at].holders[..] else {
                continue;
            };
            let mut above = NodeId(holder);
            for _ in 0..ABSORBING {
                above = self.view.owner_dominator(above);
                if self.is_beyond(above) {
                    break;
                }
                let Some(&there) = place.get(&above.0).filter(|&&there| there != at) else {
                    continue;
                };
                if groups[there].tops.is_empty()
                    || groups[there].own_mass < groups[at].own_mass
                    || self.leaf(groups, there) != self.leaf(groups, at)
                {
                    continue;
                }
                merge(groups, there, at);
                groups[there].whole = true;
                break;
            }
        }
        groups.retain(|group| !group.tops.is_empty());
        Ok(())
    }

    /// The class that piles up: of what the tops dominate the one with the most bytes that says something.
    fn leaf(&self, groups: &mut [Group], at: usize) -> u32 {
        if let Some(leaf) = groups[at].leaf {
            return leaf;
        }
        let mut by_class: HashMap<u32, u64> = HashMap::new();
        for &top in groups[at].tops.iter().take(LEAF_TOPS) {
            let below = self.view.dominated(NodeId(self.tops.nodes[top as usize]));
            for &node in below.iter().take(LEAF_NODES) {
                let class = self.class(NodeId(node));
                if self.classes.tier(class) <= Tier::Plain {
                    *by_class.entry(class).or_default() += self.view.heap.shallow(NodeId(node));
                }
            }
        }
        let best = by_class
            .into_iter()
            .max_by_key(|&(class, bytes)| (bytes, std::cmp::Reverse(class)));
        let leaf = best.map_or(groups[at].top_class, |(class, _)| class);
        groups[at].leaf = Some(leaf);
        leaf
    }

    /// Whether a class is too common to tell a list's elements from their surroundings.
    fn is_unspecific(&self, class: u32) -> bool {
        matches!(
            self.classes.name(class),
            "Object" | "Array" | "Map" | "Set" | "Function"
        )
    }

    /// Whether a node is only what something else keeps its parts in.
    pub fn is_box(&self, node: NodeId) -> bool {
        let class = self.class(node);
        match self.classes.tier(class) {
            Tier::Context | Tier::Plain => true,
            Tier::Generic => matches!(self.classes.name(class), "Object" | "Array" | "Map" | "Set"),
            _ => false,
        }
    }

    /// The other old holders that hold a good part of a group, too.
    pub fn co_holders(&self, group: &Group) -> Vec<u32> {
        if group.climbed || group.alike || group.descended || group.roots.is_some() {
            return Vec::new();
        }
        let mut shares: HashMap<u32, (u64, usize)> = HashMap::new();
        for &top in &group.tops {
            let from = self.tops.held.partition_point(|held| held.0 < top);
            let held = self.tops.held[from..]
                .iter()
                .take_while(|held| held.0 == top);
            for &(_, holder) in held {
                let share = shares.entry(holder).or_default();
                share.0 += self.tops.mass[top as usize];
                share.1 += 1;
            }
        }
        let mut others: Vec<u32> = shares
            .into_iter()
            .filter(|&(holder, (mass, tops))| {
                mass * 5 >= group.mass
                    && tops * 5 >= group.tops.len()
                    && !group
                        .holders
                        .iter()
                        .any(|&own| self.view.dominates(NodeId(own), NodeId(holder)))
                    && self.class(NodeId(holder)) != group.top_class
            })
            .map(|(holder, _)| holder)
            .collect();
        others.sort_unstable();
        others
    }
}

/// Empties one group into another.
pub(super) fn merge(groups: &mut [Group], into: usize, from: usize) {
    let from = std::mem::take(&mut groups[from]);
    let into = &mut groups[into];
    for holder in from.holders {
        // After climbing the holder is the other's already.
        if !into.holders.contains(&holder) && !into.climbed && into.own_mass == 0 {
            into.holders.push(holder);
        }
    }
    into.tops.extend(from.tops);
    into.mass += from.mass;
    into.survived += from.survived;
    into.leaf = None;
}
