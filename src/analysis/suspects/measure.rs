//! A candidate in every dump: what cutting its holder would free, by class.

use foldhash::HashMap;

use crate::column::BitSet;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::task::{CHECK_EVERY, Task};

use super::classes::Numbers;
use super::cut::{Cut, Plan};
use super::first_seen::ById;
use super::view::{NOISY, PLUMBING, SYNTHETIC, View};

/// How many members are remembered to see how many survive.
const SAMPLED: usize = 1 << 16;

/// Values that become more by fewer are passed over for the keys.
const LEAST_VALUES: u64 = 3;

/// A cut of more entries counts these alone.
const FEW_ENTRIES: usize = 64;

/// Objects of a class that a cut frees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    /// How many.
    pub count: u64,
    /// Their shallow sizes together, in bytes.
    pub bytes: u64,
}

/// A candidate in one dump.
#[derive(Debug, Clone, Default)]
pub(super) struct Measurement {
    /// Whether a holder exists.
    pub present: bool,
    /// What cutting would free, in bytes.
    pub bytes: u64,
    /// The same by class.
    pub freed: HashMap<u32, Tally>,
    /// What the cut edges lead to, by class.
    pub entries: HashMap<u32, u64>,
    /// How many objects of the topmost new objects' class are near what the cut edges lead to, where those are few.
    pub reached: u64,
    /// Those of them that nothing else holds.
    pub owned: HashMap<u32, u64>,
    /// The keys of Maps among what the cut edges lead to, by class.
    pub keys: HashMap<u32, u64>,
    /// Those of them that nothing else holds.
    pub owned_keys: HashMap<u32, u64>,
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
    pub fn count(&self, class: u32) -> u64 {
        self.freed.get(&class).map_or(0, |tally| tally.count)
    }
}

/// Members of a candidate in the last but one dump, to be looked for in the last.
#[derive(Debug, Clone, Default)]
pub(super) struct SurvivalSample {
    freed: Vec<(u32, u32)>,
    entries: Vec<(u32, u32)>,
}

/// A candidate's measurements of all dumps.
#[derive(Debug, Clone, Default)]
pub(super) struct Measurements {
    /// One a dump, in time order.
    pub all: Vec<Measurement>,
    /// Share of the earlier members, by class, that the last dump still has.
    pub survival: HashMap<u32, f64>,
    /// The same of the entries.
    pub entry_survival: HashMap<u32, f64>,
    /// In the last dump: one freed object of each class, the first in the file.
    pub examples: HashMap<u32, NodeId>,
    /// In the last dump: what the cut frees, by node.
    pub freed: BitSet,
    /// In the last dump: class and node of evenly chosen objects that the cut frees.
    pub classed: Vec<(u32, u32)>,
    /// In the last dump: what the cut edges lead to, ascending.
    pub members: Vec<u32>,
    /// What these retain, in bytes: of classes that grow alike, the one that holds the others says most.
    pub weights: HashMap<u32, u64>,
}

impl Measurements {
    /// Where a Map has no values that are objects, its keys are what accumulates.
    fn take_keys(&mut self) {
        let values = |measurement: &Measurement| measurement.owned.values().sum::<u64>();
        let keys = |measurement: &Measurement| measurement.owned_keys.values().sum::<u64>();
        let (Some(first), Some(last)) = (self.all.first(), self.all.last()) else {
            return;
        };
        let values_rise = values(last).saturating_sub(values(first));
        let keys_rise = keys(last).saturating_sub(keys(first));
        if values_rise >= LEAST_VALUES || keys_rise == 0 {
            return;
        }
        for measurement in &mut self.all {
            for (class, count) in measurement.keys.drain() {
                *measurement.entries.entry(class).or_default() += count;
            }
            for (class, count) in measurement.owned_keys.drain() {
                *measurement.owned.entry(class).or_default() += count;
            }
        }
    }
}

/// One dump, ready to be read.
pub(super) struct Dump<'a> {
    pub view: &'a View<'a>,
    pub numbers: &'a Numbers,
    pub ids: &'a ById,
    /// The last dump's heap, in whose terms plans name their holders.
    pub last: &'a Heap,
}

impl Dump<'_> {
    /// Reads a candidate.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn read(
        &self,
        plan: &Plan,
        role: Role,
        measurements: &mut Measurements,
        sample: &mut SurvivalSample,
        task: &Task,
    ) -> Result<()> {
        let heap = self.view.heap;
        let cut = Cut::of(plan, self.view, (self.numbers, self.ids, self.last), task)?;
        let freed = cut.freed(self.view, task)?;
        let mut measurement = Measurement {
            present: !cut.holders.is_empty() || plan.roots.is_some(),
            ..Measurement::default()
        };
        for (step, &node) in freed.iter().enumerate() {
            if step.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let node = NodeId(node);
            if self.view.is(node, NOISY | SYNTHETIC) {
                continue;
            }
            let bytes = heap.shallow(node);
            measurement.bytes += bytes;
            measurement.largest = measurement.largest.max(bytes);
            if heap.kind(node) == crate::snapshot::NodeKind::NATIVE {
                measurement.native += bytes;
            }
            if bytes == 0 || self.view.is(node, PLUMBING) {
                continue;
            }
            let class = self.numbers.of(heap, node);
            let tally = measurement.freed.entry(class).or_default();
            if role == Role::Last && tally.count == 0 {
                measurements.examples.insert(class, node);
                measurements.weights.insert(class, heap.retained(node));
            }
            tally.count += 1;
            tally.bytes += bytes;
        }
        let mut is_freed = BitSet::new(heap.node_count());
        for node in freed {
            is_freed.insert(node as usize);
        }
        let count = |entries: &[u32]| {
            let (mut all, mut owned): (HashMap<u32, u64>, HashMap<u32, u64>) = Default::default();
            for &entry in entries {
                let node = NodeId(entry);
                if self.view.is(node, NOISY) {
                    continue;
                }
                let class = self.numbers.of(heap, node);
                *all.entry(class).or_default() += 1;
                if is_freed.contains(node.index()) {
                    *owned.entry(class).or_default() += 1;
                }
            }
            (all, owned)
        };
        (measurement.entries, measurement.owned) = count(&cut.entries);
        (measurement.keys, measurement.owned_keys) = count(&cut.keys);
        let mut entries = cut.all_entries();
        if let Some(class) = plan.top_class.filter(|_| cut.entries.len() <= FEW_ENTRIES) {
            let reached = cut.reached(self.view, self.numbers, class, task)?;
            measurement.reached = reached.len() as u64;
            entries.extend(reached);
            entries.sort_unstable();
            entries.dedup();
        }
        match role {
            Role::Earlier => {}
            Role::LastButOne => {
                *sample = SurvivalSample {
                    freed: self.sample(is_freed.iter().map(|node| node as u32)),
                    entries: self.sample(entries.iter().copied()),
                };
            }
            Role::Last => {
                let still = |node: NodeId| is_freed.contains(node.index());
                measurements.survival = self.survivors(&sample.freed, still);
                let still = |node: NodeId| entries.binary_search(&node.0).is_ok();
                measurements.entry_survival = self.survivors(&sample.entries, still);
                measurements.classed = self.classed(&is_freed);
                measurements.freed = is_freed;
                measurements.members = entries;
            }
        }
        measurements.all.push(measurement);
        if role == Role::Last {
            measurements.take_keys();
        }
        Ok(())
    }

    /// An even sample of the members, without code and engine internals.
    fn chosen(&self, members: impl Iterator<Item = u32> + Clone) -> impl Iterator<Item = NodeId> {
        let counted = members
            .map(NodeId)
            .filter(|&node| !self.view.is(node, NOISY | SYNTHETIC | PLUMBING));
        let every = counted.clone().count().div_ceil(SAMPLED).max(1);
        counted.step_by(every)
    }

    /// Class and node of evenly chosen members.
    fn classed(&self, freed: &BitSet) -> Vec<(u32, u32)> {
        self.chosen(freed.iter().map(|node| node as u32))
            .map(|node| (self.numbers.of(self.view.heap, node), node.0))
            .collect()
    }

    /// Class and id of evenly chosen members.
    fn sample(&self, members: impl Iterator<Item = u32> + Clone) -> Vec<(u32, u32)> {
        let heap = self.view.heap;
        self.chosen(members)
            .map(|node| (self.numbers.of(heap, node), heap.id(node)))
            .collect()
    }

    /// The share of a sample, by class, that `still` counts.
    fn survivors(
        &self,
        sample: &[(u32, u32)],
        still: impl Fn(NodeId) -> bool,
    ) -> HashMap<u32, f64> {
        let mut shares: HashMap<u32, (u64, u64)> = HashMap::default();
        for &(class, id) in sample {
            let share = shares.entry(class).or_default();
            share.1 += 1;
            let found = self
                .ids
                .find(id)
                .is_some_and(|node| still(node) && self.numbers.of(self.view.heap, node) == class);
            share.0 += u64::from(found);
        }
        let share = |(class, (still, all)): (u32, (u64, u64))| (class, still as f64 / all as f64);
        shares.into_iter().map(share).collect()
    }
}

/// Which dump of the series is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Any before the last but one.
    Earlier,
    /// Whose members are looked for in the last.
    LastButOne,
    /// The last.
    Last,
}
