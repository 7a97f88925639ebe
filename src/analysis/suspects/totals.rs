//! What is known of a series as a whole, dump by dump.

use crate::error::Result;
use crate::task::{CHECK_EVERY, Task};

use super::classes::ClassNo;
use super::measure::Dump;
use super::steps::{rise, steps};
use super::weights::WEIGHTS;

/// Figures of each dump.
#[derive(Debug, Default)]
pub(super) struct Totals {
    /// The largest object id of each dump; empty where ids do not fit.
    pub max_ids: Vec<u32>,
    /// Bytes of the application in each dump: without code and the engine's own data.
    pub application_bytes: Vec<u64>,
    /// All bytes of each dump.
    pub heap_bytes: Vec<u64>,
    /// Objects of each class in each dump, by the class's number; classes that a dump does not have may be left out.
    pub by_class: Vec<Vec<u64>>,
}

impl Totals {
    /// Notes what a dump says as a whole.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn add(&mut self, dump: &Dump<'_>, task: &Task) -> Result<()> {
        let heap = dump.view.heap;
        self.max_ids.push(heap.max_object_id());
        self.application_bytes.push(dump.view.counted_bytes());
        self.heap_bytes.push(heap.statistics().total);
        let mut by_class: Vec<u64> = Vec::new();
        for node in heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if heap.shallow(node) == 0 {
                continue;
            }
            let class = dump.numbers.of(heap, node).index();
            if class >= by_class.len() {
                by_class.resize(class + 1, 0);
            }
            by_class[class] += 1;
        }
        self.by_class.push(by_class);
        Ok(())
    }

    /// Makes every dump's counts as long as there are classes.
    pub fn fill(&mut self, classes: usize) {
        for by_class in &mut self.by_class {
            by_class.resize(classes, 0);
        }
    }

    /// For dumps whose ids do not fit: they do not tell how much was allocated, so no interval counts as idle.
    pub fn forget_ids(&mut self) {
        self.max_ids.clear();
    }

    /// Objects of a class in each dump.
    pub fn counts(&self, class: ClassNo) -> Vec<u64> {
        let count = |by_class: &Vec<u64>| by_class.get(class.index()).copied().unwrap_or(0);
        self.by_class.iter().map(count).collect()
    }

    /// Bytes of the application in the last dump.
    pub fn application(&self) -> f64 {
        self.application_bytes.last().copied().unwrap_or(0) as f64
    }

    /// The share of the application's growth that these bytes' is, 0 to 1.
    pub fn share(&self, bytes: &[u64]) -> f64 {
        part(rise(bytes), rise(&self.application_bytes))
    }

    /// The same of the whole heap's growth, with code and the engine's own data.
    pub fn heap_share(&self, bytes: &[u64]) -> f64 {
        part(rise(bytes), rise(&self.heap_bytes))
    }

    /// Whether hardly anything was allocated in each interval.
    pub fn idle_intervals(&self) -> Vec<bool> {
        let ids: Vec<u64> = self.max_ids.iter().map(|&id| u64::from(id)).collect();
        let rises = steps(&ids);
        let mut sorted = rises.clone();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        rises
            .iter()
            .map(|&rise| rise < median * WEIGHTS.idle_share || rise < WEIGHTS.idle_ids)
            .collect()
    }
}

fn part(own: i64, all: i64) -> f64 {
    (own as f64 / (all.max(own).max(1) as f64)).clamp(0.0, 1.0)
}
