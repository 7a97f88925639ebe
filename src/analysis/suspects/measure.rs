//! A candidate in every dump: what cutting its holder would free, by class.

use foldhash::HashMap;

use crate::column::BitSet;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};

use super::classes::{ClassNo, Numbers};
use super::cut::{Cut, Plan};
use super::identity::ById;
use super::thresholds::THRESHOLDS;
use super::view::{NOISY, PLUMBING, SYNTHETIC, View};

/// How many members are remembered to see how many survive.
const SAMPLED: usize = 1 << 16;

/// A cut of more entries counts these alone.
const FEW_ENTRIES: usize = 64;

/// Objects of a class that a cut frees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    /// How many.
    pub count: u64,
    /// Their shallow sizes together, in bytes.
    pub bytes: u64,
    /// One of them.
    pub example: NodeId,
}

/// A candidate in one dump.
#[derive(Debug, Clone, Default)]
pub(super) struct Measurement {
    /// Whether a holder exists.
    pub present: bool,
    /// What cutting would free, in bytes.
    pub bytes: u64,
    /// The same by class.
    pub freed: HashMap<ClassNo, Tally>,
    /// What the cut edges lead to, by class.
    pub entries: HashMap<ClassNo, u64>,
    /// How many objects of the topmost new objects' class are near what the cut edges lead to, where those are few.
    pub reached: u64,
    /// Those of them that nothing else holds.
    pub owned: HashMap<ClassNo, u64>,
    /// The keys of Maps among what the cut edges lead to, by class.
    pub keys: HashMap<ClassNo, u64>,
    /// Those of them that nothing else holds.
    pub owned_keys: HashMap<ClassNo, u64>,
    /// The largest object that would be freed, in bytes.
    pub largest: u64,
    /// Bytes of buffers' data and other native memory among it.
    pub native: u64,
}

impl Measurement {
    /// How many entries there are.
    pub fn entry_count(&self) -> u64 {
        self.entries.values().sum()
    }

    /// How many objects of a class would be freed.
    pub fn count(&self, class: ClassNo) -> u64 {
        self.freed.get(&class).map_or(0, |tally| tally.count)
    }
}

/// Members of a candidate in the last but one dump, to be looked for in the last: class and object id.
#[derive(Debug, Clone, Default)]
pub(super) struct SurvivalSample {
    freed: Vec<(ClassNo, u32)>,
    entries: Vec<(ClassNo, u32)>,
}

/// A candidate in all dumps.
#[derive(Debug, Clone, Default)]
pub(super) struct Measurements {
    /// One a dump, in time order.
    pub all: Vec<Measurement>,
    /// Share of the earlier members, by class, that the last dump still has.
    pub survival: HashMap<ClassNo, f64>,
    /// The same of the entries.
    pub entry_survival: HashMap<ClassNo, f64>,
    /// In the last dump: what the cut frees, by node.
    pub freed: BitSet,
    /// In the last dump: class and node of evenly chosen objects that the cut frees.
    pub classed: Vec<(ClassNo, NodeId)>,
    /// In the last dump: what the cut edges lead to, ascending.
    pub members: Vec<NodeId>,
    /// What the examples retain in the last dump, in bytes: of classes that grow alike, the one that holds the others says
    /// most.
    pub weights: HashMap<ClassNo, u64>,
    pub sample: SurvivalSample,
}

impl Measurements {
    /// A figure of each dump, in time order.
    pub fn each(&self, figure: impl Fn(&Measurement) -> u64) -> Vec<u64> {
        self.all.iter().map(figure).collect()
    }

    /// How many objects of a class would be freed in each dump.
    pub fn counts(&self, class: ClassNo) -> Vec<u64> {
        self.each(|one| one.count(class))
    }

    /// In the last dump: one of the objects of a class that the cut frees.
    pub fn example(&self, class: ClassNo) -> Option<NodeId> {
        let freed = &self.all.last()?.freed;
        freed.get(&class).map(|tally| tally.example)
    }

    /// Where a Map has no values that are objects, its keys are what accumulates.
    fn take_keys(&mut self) {
        let values = |one: &Measurement| one.owned.values().sum::<u64>();
        let keys = |one: &Measurement| one.owned_keys.values().sum::<u64>();
        let (Some(first), Some(last)) = (self.all.first(), self.all.last()) else {
            return;
        };
        let values_rise = values(last).saturating_sub(values(first));
        let keys_rise = keys(last).saturating_sub(keys(first));
        if values_rise >= THRESHOLDS.more_values || keys_rise == 0 {
            return;
        }
        for one in &mut self.all {
            for (class, count) in one.keys.drain() {
                *one.entries.entry(class).or_default() += count;
            }
            for (class, count) in one.owned_keys.drain() {
                *one.owned.entry(class).or_default() += count;
            }
        }
    }
}

/// One dump, ready for measuring.
pub(super) struct Dump<'a> {
    pub view: &'a View<'a>,
    pub numbers: &'a Numbers,
    pub ids: &'a ById,
    /// The last dump's heap, in whose terms plans name their holders.
    pub last: &'a Heap,
}

impl Dump<'_> {
    /// Adds to the measurements of a candidate what cutting its holders would free in this dump.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn measure(
        &self,
        plan: &Plan,
        role: Role,
        measurements: &mut Measurements,
        task: &Task,
    ) -> Result<()> {
        let cut = Cut::of(plan, self.view, (self.numbers, self.ids, self.last), task)?;
        let freed = cut.freed(self.view, task)?;
        let mut measurement = self.add_up(&freed, task)?;
        measurement.present = !cut.holders.is_empty() || plan.roots.is_some();
        let mut is_freed = BitSet::new(self.view.heap.node_count());
        for node in freed {
            is_freed.insert(node.index());
        }
        (measurement.entries, measurement.owned) = self.by_class(&cut.entries, &is_freed);
        (measurement.keys, measurement.owned_keys) = self.by_class(&cut.keys, &is_freed);
        let mut members = cut.all_entries();
        if let Some(class) = plan.top_class.filter(|_| cut.entries.len() <= FEW_ENTRIES) {
            let reached = cut.reached(self.view, self.numbers, class, task)?;
            measurement.reached = reached.len() as u64;
            members.extend(reached);
            members.sort_unstable();
            members.dedup();
        }
        measurements.all.push(measurement);
        match role {
            Role::Earlier => {}
            Role::LastButOne => {
                measurements.sample = SurvivalSample {
                    freed: self.sample(nodes(&is_freed)),
                    entries: self.sample(members.iter().copied()),
                };
            }
            Role::Last => self.finish(measurements, is_freed, members),
        }
        Ok(())
    }

    /// What is freed, added up: code, the engine's own parts and what the profiler made up do not count.
    fn add_up(&self, freed: &[NodeId], task: &Task) -> Result<Measurement> {
        let heap = self.view.heap;
        let mut measurement = Measurement::default();
        for (step, &node) in freed.iter().enumerate() {
            if step.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if self.view.is(node, NOISY | SYNTHETIC) {
                continue;
            }
            let bytes = heap.shallow(node);
            measurement.bytes += bytes;
            measurement.largest = measurement.largest.max(bytes);
            if heap.kind(node) == NodeKind::NATIVE {
                measurement.native += bytes;
            }
            if bytes == 0 || self.view.is(node, PLUMBING) {
                continue;
            }
            let class = self.numbers.of(heap, node);
            let tally = measurement.freed.entry(class).or_insert(Tally {
                example: node,
                ..Tally::default()
            });
            tally.count += 1;
            tally.bytes += bytes;
        }
        Ok(measurement)
    }

    /// Counts entries by class: all of them, and those that are freed.
    fn by_class(
        &self,
        entries: &[NodeId],
        freed: &BitSet,
    ) -> (HashMap<ClassNo, u64>, HashMap<ClassNo, u64>) {
        let (mut all, mut owned): (HashMap<ClassNo, u64>, HashMap<ClassNo, u64>) =
            Default::default();
        let counted = entries.iter().filter(|&&node| !self.view.is(node, NOISY));
        for &node in counted {
            let class = self.numbers.of(self.view.heap, node);
            *all.entry(class).or_default() += 1;
            if freed.contains(node.index()) {
                *owned.entry(class).or_default() += 1;
            }
        }
        (all, owned)
    }

    /// What is measured in the last dump only: how much of the dump before is still there, and examples.
    fn finish(&self, measurements: &mut Measurements, freed: BitSet, members: Vec<NodeId>) {
        let is_freed = |node: NodeId| freed.contains(node.index());
        measurements.survival = self.survivors(&measurements.sample.freed, is_freed);
        let is_member = |node: NodeId| members.binary_search(&node).is_ok();
        measurements.entry_survival = self.survivors(&measurements.sample.entries, is_member);
        measurements.classed = self
            .chosen(nodes(&freed))
            .map(|node| (self.numbers.of(self.view.heap, node), node))
            .collect();
        let examples = measurements
            .all
            .last()
            .into_iter()
            .flat_map(|last| &last.freed);
        measurements.weights = examples
            .map(|(&class, tally)| (class, self.view.heap.retained(tally.example)))
            .collect();
        measurements.freed = freed;
        measurements.members = members;
        measurements.take_keys();
    }

    /// An even sample of the members, without code and engine internals.
    fn chosen(
        &self,
        members: impl Iterator<Item = NodeId> + Clone,
    ) -> impl Iterator<Item = NodeId> {
        let counted = members.filter(|&node| !self.view.is(node, NOISY | SYNTHETIC | PLUMBING));
        let every = counted.clone().count().div_ceil(SAMPLED).max(1);
        counted.step_by(every)
    }

    /// Class and id of evenly chosen members.
    fn sample(&self, members: impl Iterator<Item = NodeId> + Clone) -> Vec<(ClassNo, u32)> {
        let heap = self.view.heap;
        self.chosen(members)
            .map(|node| (self.numbers.of(heap, node), heap.id(node)))
            .collect()
    }

    /// The share of a sample, by class, that `still` counts.
    fn survivors(
        &self,
        sample: &[(ClassNo, u32)],
        still: impl Fn(NodeId) -> bool,
    ) -> HashMap<ClassNo, f64> {
        let mut shares: HashMap<ClassNo, (u64, u64)> = HashMap::default();
        for &(class, id) in sample {
            let (found, all) = shares.entry(class).or_default();
            *all += 1;
            let is_there = self
                .ids
                .find(id)
                .is_some_and(|node| still(node) && self.numbers.of(self.view.heap, node) == class);
            *found += u64::from(is_there);
        }
        let share = |(class, (found, all))| (class, found as f64 / all as f64);
        shares.into_iter().map(share).collect()
    }
}

/// The nodes of a set, ascending.
fn nodes(set: &BitSet) -> impl Iterator<Item = NodeId> + Clone + '_ {
    set.iter().map(|node| NodeId(node as u32))
}

/// Which dump of the series is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Any before the last but one.
    Earlier,
    /// Whose members are looked for in the last.
    LastButOne,
    /// The last.
    Last,
}

impl Role {
    /// The role of the dump at this place of so many.
    pub fn of(place: usize, count: usize) -> Self {
        match count - place {
            1 => Self::Last,
            2 => Self::LastButOne,
            _ => Self::Earlier,
        }
    }
}
