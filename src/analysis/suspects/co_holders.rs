//! Co-holders: other holders that keep the leaked objects alive after the first one releases them.
//!
//! The cut of the first holder is tried in the last dump. If it frees little of the group, the retainers of the rest are
//! followed upwards over new objects to the old objects that hold them: state that is replaced at each change has two
//! such holders that never hold a member directly. A co-holder is kept only if the cut frees noticeably less without it.

use foldhash::{HashMap, HashSet};

use crate::analysis::describe::{Scripts, is_context, is_fiber, is_runtime_script};
use crate::column::BitSet;
use crate::error::Result;
use crate::graph::NodeId;
use crate::task::Task;

use super::classes::ClassNo;
use super::cut::{Cut, HolderCut, Plan, is_collection};
use super::groups::{Group, Grouping};
use super::identity::ById;
use super::thresholds::THRESHOLDS;
use super::topmost::EdgeNames;
use super::view::{NOISY, PLUMBING, SYNTHETIC, is_broad};
use super::weights::Rule;

/// Tops of a group whose retainers are followed.
const SAMPLED: usize = 48;
/// Edges that are followed up from one of them.
const FOLLOWED: usize = 4096;
/// Holders that are tried together.
const TRIED: usize = 6;
/// Retainers of a holder that are looked at.
const ABOVE: usize = 64;
/// Steps above a holder in which a variable of the runtime is looked for.
const RUNTIME_STEPS: usize = 2;
/// Searches from the root that one series is worth.
const SEARCHES: u32 = 40;

/// Completes the plans of one series.
pub(super) struct Completer<'a> {
    grouping: &'a Grouping<'a>,
    ids: &'a ById,
    scripts: &'a Scripts,
    /// The new bytes of the group that each holder holds first.
    new_bytes: HashMap<NodeId, u64>,
    /// Searches that are left.
    left: u32,
}

impl<'a> Completer<'a> {
    pub fn new(
        grouping: &'a Grouping<'a>,
        ids: &'a ById,
        scripts: &'a Scripts,
        groups: impl Iterator<Item = (NodeId, u64)>,
    ) -> Self {
        Self {
            new_bytes: groups.collect(),
            grouping,
            ids,
            scripts,
            left: SEARCHES,
        }
    }

    /// Adds the co-holders of a group to its plan, and takes away those that make no difference.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn complete(&mut self, group: &Group, plan: &mut Plan, task: &Task) -> Result<()> {
        if group.same_shape || plan.roots.is_some() || plan.holders.is_empty() {
            return Ok(());
        }
        let mut topmost = BitSet::new(self.grouping.topmost.len());
        for &top in &group.topmost {
            topmost.insert(top.index());
        }
        let (mut freed, mut bytes) = self.freed(plan, &topmost, task)?;
        let is_enough = THRESHOLDS.cut_is_enough.is_reached(bytes, group.new_bytes);
        if !is_enough && Rule::CoHolders.is_on() {
            let own = plan.holders.len();
            let more = self.others(group, plan, &freed, task)?;
            plan.holders.extend(more);
            if plan.holders.len() > own {
                let before = bytes;
                (freed, bytes) = self.freed(plan, &topmost, task)?;
                if bytes <= before {
                    plan.holders.truncate(own);
                }
            }
        }
        drop(freed);
        self.prune(plan, &topmost, bytes, task)?;
        // What the runtime keeps passes, as timers of requests in flight do: the program's own holder comes first.
        plan.holders
            .sort_by_cached_key(|cut| (self.is_runtimes(cut.node), self.vagueness(cut)));
        Ok(())
    }

    /// How little the name of a holder says: one variable or collection says most, the variables of a function
    /// together little, a framework's own nodes less.
    fn vagueness(&self, cut: &HolderCut) -> u8 {
        let heap = self.grouping.view.heap;
        let one = !cut.whole && cut.names.len() == 1;
        match is_context(heap, cut.node) {
            _ if is_broad(heap, cut.node) => 4,
            true if one => 0,
            true => 2,
            false if is_fiber(heap, cut.node) => 3,
            false if is_collection(heap, cut.node) => 0,
            false => 1,
        }
    }

    /// Whether a variable of the runtime's own code has a holder, itself or over the runtime's own objects.
    fn is_runtimes(&self, holder: NodeId) -> bool {
        let view = self.grouping.view;
        let graph = view.heap.graph();
        let mut above = vec![holder];
        for _ in 0..RUNTIME_STEPS {
            let edges = above
                .iter()
                .flat_map(|&node| graph.edges_into(node).take(ABOVE));
            let owners = edges
                .filter(|&edge| view.holds(edge))
                .map(|edge| view.owner(graph.source(edge)))
                .filter(|&owner| {
                    let script = self.scripts.script(view.heap, owner);
                    script.is_some_and(|script| is_runtime_script(&script))
                });
            above = owners.take(ABOVE).collect();
            if above.iter().any(|&owner| is_context(view.heap, owner)) {
                return Rule::RuntimesLast.is_on();
            }
        }
        false
    }

    /// Takes away the holders without which as much is freed, the last first; the first one stays.
    fn prune(&mut self, plan: &mut Plan, topmost: &BitSet, bytes: u64, task: &Task) -> Result<()> {
        let mut at = plan.holders.len();
        while at > 1 && plan.holders.len() > 1 {
            at -= 1;
            let mut without = plan.clone();
            without.holders.remove(at);
            let (_, left) = self.freed(&without, topmost, task)?;
            if bytes > 0 && THRESHOLDS.co_holder_spared.is_reached(left, bytes) {
                *plan = without;
            }
        }
        Ok(())
    }

    /// What a plan frees in the last dump, and the group's new bytes among it.
    fn freed(&mut self, plan: &Plan, topmost: &BitSet, task: &Task) -> Result<(BitSet, u64)> {
        let view = self.grouping.view;
        let mut set = BitSet::new(view.heap.node_count());
        let Some(left) = self.left.checked_sub(1) else {
            return Ok((set, 0));
        };
        let context = (self.grouping.numbers, self.ids, view.heap);
        let cut = Cut::of(plan, view, context, task)?;
        if plan.holders.len() > 1 {
            self.left = left;
        }
        let mut bytes = 0;
        for node in cut.freed(view, task)? {
            set.insert(node.index());
            let top = self.grouping.topmost.above(node);
            if top.is_some_and(|top| topmost.contains(top.index())) {
                bytes += view.heap.shallow(node);
            }
        }
        Ok((set, bytes))
    }

    /// The old holders that reach what stays of a group over new objects, those that reach most first.
    fn others(
        &self,
        group: &Group,
        plan: &Plan,
        freed: &BitSet,
        task: &Task,
    ) -> Result<Vec<HolderCut>> {
        let view = self.grouping.view;
        let staying: Vec<NodeId> = group
            .topmost
            .iter()
            .map(|&top| self.grouping.topmost.node(top))
            .filter(|node| !freed.contains(node.index()))
            .collect();
        let every = staying.len().div_ceil(SAMPLED).max(1);
        let mut found: HashMap<NodeId, (u64, EdgeNames)> = HashMap::default();
        let mut sampled = 0u64;
        for &top in staying.iter().step_by(every) {
            task.check()?;
            sampled += 1;
            for (holder, names) in self.old_holders(top) {
                let known = found.entry(holder).or_default();
                known.0 += 1;
                known.1.merge(names);
            }
        }
        let above = self.above(plan);
        let is_own = |node: NodeId| plan.holders.iter().any(|own| own.node == node);
        let mut others: Vec<(u64, HolderCut)> = found
            .into_iter()
            .filter(|&(holder, (reached, _))| {
                THRESHOLDS.co_holder_reaches.is_reached(reached, sampled)
                    && !is_own(holder)
                    && !self.is_link(holder, group.top_class)
                    // Who holds more by itself is a suspicion of its own.
                    && self.new_bytes.get(&holder).is_none_or(|&new_bytes| new_bytes <= group.new_bytes)
                    && !above.contains(&holder)
                    && !plan.holders.iter().any(|own| {
                        view.dominates(holder, own.node) || view.dominates(own.node, holder)
                    })
            })
            .map(|(holder, (reached, names))| {
                (reached, HolderCut::of(view.heap, holder, Some(&names)))
            })
            .collect();
        others.sort_by_key(|(reached, cut)| {
            (
                std::cmp::Reverse(*reached),
                self.vagueness(cut),
                view.heap.retained(cut.node),
                cut.node,
            )
        });
        others.truncate(TRIED);
        Ok(others.into_iter().map(|(_, cut)| cut).collect())
    }

    /// Whether a holder is of the kind that accumulates: an older element of the same list or tree.
    fn is_link(&self, holder: NodeId, class: Option<ClassNo>) -> bool {
        class.is_some_and(|class| {
            self.grouping.class(holder) == class && !self.grouping.is_unspecific(class)
        })
    }

    /// The old objects that hold a new one, directly or over new objects, and by what.
    fn old_holders(&self, top: NodeId) -> HashMap<NodeId, EdgeNames> {
        let view = self.grouping.view;
        let graph = view.heap.graph();
        let mut holders: HashMap<NodeId, EdgeNames> = HashMap::default();
        let mut seen = HashSet::from_iter([top]);
        let mut open = vec![top];
        let mut steps = 0;
        let mut next = 0;
        while let Some(&node) = open.get(next) {
            next += 1;
            for edge in graph.edges_into(node) {
                steps += 1;
                if steps > FOLLOWED {
                    return holders;
                }
                let source = graph.source(edge);
                if !view.holds(edge) || source == node {
                    continue;
                }
                let owner = view.owner(source);
                let is_old = self.grouping.first_seen.is_old(owner);
                if view.is(owner, NOISY | SYNTHETIC) {
                    continue;
                }
                if is_old {
                    let name = EdgeNames::name(view.heap, edge, source, owner)
                        .filter(|_| !view.is(graph.target(edge), PLUMBING));
                    holders.entry(owner).or_default().add(name);
                } else if seen.insert(source) {
                    open.push(source);
                }
            }
        }
        holders
    }

    /// What holds the holders of a plan: it is no other place, but the same further up.
    fn above(&self, plan: &Plan) -> HashSet<NodeId> {
        let view = self.grouping.view;
        let graph = view.heap.graph();
        let rows = plan
            .holders
            .iter()
            .flat_map(|own| graph.edges_into(own.node).take(ABOVE));
        rows.filter(|&edge| view.holds(edge))
            .map(|edge| view.owner(graph.source(edge)))
            .collect()
    }
}
