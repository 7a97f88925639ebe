//! A group on its way through the dumps.

use crate::graph::NodeId;
use crate::heap::Heap;

use super::cut::Plan;
use super::groups::Group;
use super::judge::Traits;
use super::measure::{Readings, Sample};

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
