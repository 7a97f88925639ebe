//! A judgement: what accumulates, how that is known, and how sure it is.

use super::bounded::{Bounded, Until};
use super::classes::ClassNo;
use super::steps::{evenness, steps};
use super::weights::WEIGHTS;

/// In what a suspicion is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Objects of some class become more, and nothing else holds them.
    Objects,
    /// Bytes grow without any class that does: a string or buffer that is replaced by larger ones.
    Bytes,
    /// The holder's entries become more, but others hold them too.
    Entries,
    /// The holder's own table grows: numbers, which are no objects.
    Table,
    /// One dump: what holds much, its growth unknown.
    Size,
}

/// The ingredients of a confidence.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// Intervals in which it grew.
    pub ups: u32,
    /// Intervals in which it shrank.
    pub downs: u32,
    /// Intervals in which hardly anything was allocated.
    pub idle: u32,
    /// Intervals in which the holder existed.
    pub intervals: u32,
    /// Share of the earlier members that are still there, 0 to 1; `None` where it was not measured.
    pub survival: Option<f64>,
    /// Share of the application's growth that it explains, 0 to 1: the heap's without code and the engine's own data.
    pub share: f64,
    /// The same of the whole heap's growth.
    pub heap_share: f64,
}

/// A class that accumulates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AccumulatingClass {
    pub class: ClassNo,
    /// Objects in each dump.
    pub counts: Vec<u64>,
    /// Whether the counts are those of the whole dump, as the Summary has them.
    pub whole_dump: bool,
    /// How many the holder keeps in the last dump.
    pub held: u64,
}

impl AccumulatingClass {
    /// What the holder keeps of a class.
    pub fn of_holder(class: ClassNo, counts: Vec<u64>) -> Self {
        Self {
            class,
            held: counts.last().copied().unwrap_or(0),
            counts,
            whole_dump: false,
        }
    }
}

/// A judgement.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub basis: Basis,
    pub accumulating: Vec<AccumulatingClass>,
    /// The class of the entries, if there is one.
    pub entry_class: Option<ClassNo>,
    /// Bytes in each dump.
    pub bytes: Vec<u64>,
    pub evidence: Evidence,
    pub confidence: f64,
    /// The holder is the runtime's, and below its limit.
    pub bounded: Option<Bounded>,
}

impl Verdict {
    /// Takes into account that the holder is a structure of the runtime.
    pub fn bound(&mut self, bounded: Option<Bounded>) {
        let counts = self.accumulating.first().map_or(&[][..], |row| &row.counts);
        let steady = counts.len() > 2 && evenness(&steps(counts)) >= WEIGHTS.steady;
        let within = |bounded: &Bounded| match bounded.until {
            Until::Limit(limit) => counts.last().is_none_or(|&count| count <= limit),
            Until::Steady => !steady,
            Until::Ever => true,
        };
        self.bounded = bounded.filter(within);
        if self.bounded.is_some() {
            self.confidence = self.confidence.min(WEIGHTS.within_limit);
        }
    }
}
