//! A group on its way through the dumps.

use crate::graph::NodeId;
use crate::heap::Heap;

use super::cut::Plan;
use super::groups::Group;
use super::measure::{Readings, Sample};

/// What is judged beside the readings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traits {
    pub top_class: u32,
    /// The share of the commonest class, 0 to 1.
    pub homogeneity: f64,
    /// New bytes an entry, on average.
    pub mean: f64,
    /// Only roots hold it, which hold much else.
    pub of_roots: bool,
}

/// A group with its plan and what was read of it.
pub(super) struct Candidate {
    pub group: Group,
    pub plan: Plan,
    pub traits: Traits,
    pub readings: Readings,
    pub sample: Sample,
}

impl Candidate {
    /// The holders that would be cut.
    pub fn holders(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.plan.holders.iter().map(|holder| holder.node)
    }

    /// One holder with all that it keeps.
    pub fn of_holder(heap: &Heap, owner: NodeId) -> Self {
        Self {
            group: Group::held_by(owner),
            plan: Plan::whole(heap, owner),
            traits: Traits::default(),
            readings: Readings::default(),
            sample: Sample::default(),
        }
    }
}
