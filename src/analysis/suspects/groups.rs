//! Which new objects are one suspicion: groups by holder, joined and moved to the holder that can be blamed.

use std::collections::HashMap;

use crate::error::Result;
use crate::graph::NodeId;
use crate::task::{CHECK_EVERY, Task};

use super::classes::{ClassNo, Classes, Numbers, Tier};
use super::first_seen::FirstSeen;
use super::thresholds::THRESHOLDS;
use super::topmost::{PrimaryHolder, TopIndex, Topmost};
use super::view::{NOISY, SYNTHETIC, View};

/// Retainers of a list's head that are looked at.
const HEADS: usize = 64;

/// New objects with one cause.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// The holders, the one to blame first; none when only roots hold the objects.
    pub holders: Vec<NodeId>,
    /// The class of what only roots hold.
    pub roots: Option<ClassNo>,
    /// The topmost new objects, as places in [`Topmost`].
    pub topmost: Vec<TopIndex>,
    /// New bytes.
    pub new_bytes: u64,
    /// Those of them that are older than the last interval.
    pub survived: u64,
    /// The class with the most new bytes among the topmost new objects.
    pub top_class: Option<ClassNo>,
    /// Its share of the new bytes, 0 to 1.
    pub homogeneity: f64,
    /// The holder was found above what accumulates: edges into the top class are cut.
    pub climbed: bool,
    /// The holder is younger than the first dump: it is cut whole.
    pub whole: bool,
    /// Several holders of one shape.
    pub same_shape: bool,
}

impl Group {
    /// What one holder holds, not looked at closer.
    pub fn held_by(holder: NodeId) -> Self {
        Self {
            holders: vec![holder],
            ..Self::default()
        }
    }
}

/// Where a holder climbs to.
#[derive(Debug, Clone, Copy)]
struct Climb {
    /// The first one above that is not of the kind that accumulates.
    end: NodeId,
    /// The topmost of those that are.
    head: NodeId,
}

/// What the steps of grouping look at.
pub(super) struct Grouping<'a> {
    pub view: &'a View<'a>,
    pub first_seen: &'a FirstSeen,
    pub topmost: &'a Topmost,
    pub classes: &'a Classes,
    pub numbers: &'a Numbers,
}

impl Grouping<'_> {
    /// The number of a node's class.
    pub fn class(&self, node: NodeId) -> ClassNo {
        self.numbers.of(self.view.heap, node)
    }

    /// Whether blame stops below this node.
    pub fn is_beyond(&self, node: NodeId) -> bool {
        node == self.view.heap.root() || self.view.is(node, SYNTHETIC | NOISY)
    }

    /// Groups by primary holder.
    pub fn by_primary_holder(&self, task: &Task) -> Result<Vec<Group>> {
        let topmost = self.topmost;
        let mut place: HashMap<PrimaryHolder, usize> = HashMap::new();
        let mut groups: Vec<Group> = Vec::new();
        for top in topmost.all() {
            let primary = topmost.primary(top);
            let at = *place.entry(primary).or_insert_with(|| {
                let (holders, roots) = match primary {
                    PrimaryHolder::Object(holder) => (vec![holder], None),
                    PrimaryHolder::Roots(class) => (Vec::new(), Some(class)),
                };
                groups.push(Group {
                    holders,
                    roots,
                    ..Group::default()
                });
                groups.len() - 1
            });
            let group = &mut groups[at];
            group.topmost.push(top);
            group.new_bytes += topmost.new_bytes(top);
            group.survived += topmost.survived(top);
        }
        for (step, group) in groups.iter_mut().enumerate() {
            if step.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            self.find_top_class(group);
        }
        Ok(groups)
    }

    fn find_top_class(&self, group: &mut Group) {
        let mut by_class: HashMap<ClassNo, u64> = HashMap::new();
        for &top in &group.topmost {
            let class = self.class(self.topmost.node(top));
            *by_class.entry(class).or_default() += self.topmost.new_bytes(top);
        }
        let best = by_class
            .iter()
            .max_by_key(|&(&class, &new_bytes)| (new_bytes, std::cmp::Reverse(class)));
        if let Some((&class, &new_bytes)) = best {
            group.top_class = Some(class);
            group.homogeneity = new_bytes as f64 / group.new_bytes.max(1) as f64;
        }
    }

    /// Moves a holder that is of the kind that accumulates (the tail of a list, a node of a tree) to what holds the head.
    ///
    /// A container that holds most of it by itself is the holder, though it be part of such a tree: the `children` of
    /// one module.
    pub fn climb(&self, groups: &mut Vec<Group>, task: &Task) -> Result<()> {
        let climbs = self.climbs(groups, task)?;
        let mut below: HashMap<NodeId, u64> = HashMap::new();
        for (group, climb) in groups.iter().zip(&climbs) {
            if let Some(climb) = climb {
                *below.entry(climb.end).or_default() += group.new_bytes;
            }
        }
        let mut place: HashMap<NodeId, usize> = HashMap::new();
        for (at, group) in groups.iter().enumerate() {
            if let [holder] = group.holders[..]
                && !group.topmost.is_empty()
            {
                place.insert(holder, at);
            }
        }
        for (at, climb) in climbs.into_iter().enumerate() {
            let (Some(climb), Some(class)) = (climb, groups[at].top_class) else {
                continue;
            };
            let holder = groups[at].holders[0];
            let all = below.get(&climb.end).copied().unwrap_or(0);
            if climb.end == holder {
                // A list's own first element, with nothing above it, is the holder of what hangs from it.
                groups[at].climbed |= self.class(holder) == class;
                continue;
            }
            let holds_most = THRESHOLDS
                .holder_of_chain
                .is_reached(groups[at].new_bytes, all);
            if self.is_box(holder) && holds_most {
                continue;
            }
            match place.get(&climb.end) {
                Some(&there) if there != at && !groups[there].topmost.is_empty() => {
                    merge(groups, there, at);
                    self.find_top_class(&mut groups[there]);
                    groups[there].climbed = true;
                    groups[there].top_class = Some(class);
                }
                _ => {
                    groups[at].holders = self.holders_of_head(&climb, class);
                    groups[at].climbed = true;
                    place.insert(climb.end, at);
                }
            }
        }
        groups.retain(|group| !group.topmost.is_empty());
        Ok(())
    }

    /// Where each group's holder climbs to; `None` where it is not of a kind that climbs.
    fn climbs(&self, groups: &[Group], task: &Task) -> Result<Vec<Option<Climb>>> {
        let mut known: HashMap<(NodeId, ClassNo), Climb> = HashMap::new();
        let mut steps = 0usize;
        let mut climbs = Vec::with_capacity(groups.len());
        for group in groups {
            let (&[holder], Some(class)) = (&group.holders[..], group.top_class) else {
                climbs.push(None);
                continue;
            };
            if group.topmost.is_empty() || self.is_unspecific(class) {
                climbs.push(None);
                continue;
            }
            let mut passed = Vec::new();
            let mut at = Climb {
                end: holder,
                head: holder,
            };
            let climb = loop {
                steps += 1;
                if steps.is_multiple_of(CHECK_EVERY) {
                    task.check()?;
                }
                if let Some(&known) = known.get(&(at.end, class)) {
                    break known;
                }
                passed.push(at.end);
                match self.above(at, class) {
                    Some(above) => at = above,
                    None => break at,
                }
            };
            known.extend(passed.into_iter().map(|node| ((node, class), climb)));
            climbs.push(Some(climb));
        }
        Ok(climbs)
    }

    /// The next step of a climb; `None` at its end.
    fn above(&self, at: Climb, class: ClassNo) -> Option<Climb> {
        let above = self.view.owner_dominator(at.end);
        let is_of_class = self.class(at.end) == class;
        let inside = is_of_class || self.is_box(at.end) && self.class(above) == class;
        (inside && !self.is_beyond(above)).then_some(Climb {
            end: above,
            head: if is_of_class { at.end } else { at.head },
        })
    }

    /// Who holds the head of a list or tree: what dominates it where that has it at hand, else all that do.
    fn holders_of_head(&self, climb: &Climb, class: ClassNo) -> Vec<NodeId> {
        let graph = self.view.heap.graph();
        let row = graph.edges_into(climb.head).take(HEADS);
        let mut holders: Vec<NodeId> = row
            .filter(|&edge| self.view.holds(edge))
            .map(|edge| self.view.owner(graph.source(edge)))
            .filter(|&owner| {
                !self.is_beyond(owner)
                    && self.class(owner) != class
                    && self.first_seen.is_old(owner)
                    && !self.view.dominates(climb.head, owner)
            })
            .collect();
        holders.sort_unstable();
        holders.dedup();
        if holders.is_empty() || holders.contains(&climb.end) {
            vec![climb.end]
        } else {
            holders
        }
    }

    /// Whether a class is too common to tell a list's elements from their surroundings.
    pub fn is_unspecific(&self, class: ClassNo) -> bool {
        matches!(
            self.classes.tier(class),
            Tier::Context | Tier::Text | Tier::Engine
        ) || matches!(
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
}

/// Empties one group into another.
pub(super) fn merge(groups: &mut [Group], into: usize, from: usize) {
    let from = std::mem::take(&mut groups[from]);
    let into = &mut groups[into];
    into.topmost.extend(from.topmost);
    into.new_bytes += from.new_bytes;
    into.survived += from.survived;
}
