//! A group on its way through the dumps.

use crate::graph::NodeId;
use crate::heap::Heap;

use super::classes::ClassNo;
use super::cut::Plan;
use super::groups::{Group, Grouping};
use super::measure::Measurements;

/// What is judged beside the measurements.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct GroupStats {
    pub top_class: Option<ClassNo>,
    /// The share of the commonest class, 0 to 1.
    pub homogeneity: f64,
    /// New bytes an entry, on average.
    pub mean: f64,
    /// Only roots hold it, which hold much else.
    pub of_roots: bool,
}

/// A group with its plan and what was measured of it.
pub(super) struct Candidate {
    pub group: Group,
    pub plan: Plan,
    pub stats: GroupStats,
    pub measurements: Measurements,
}

impl Candidate {
    /// The holders that would be cut.
    pub fn holders(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.plan.holders.iter().map(|holder| holder.node)
    }

    /// A group, with what to cut for it.
    pub fn of_group(grouping: &Grouping<'_>, group: Group) -> Self {
        Self {
            plan: Plan::of(grouping, &group),
            stats: GroupStats {
                top_class: group.top_class,
                homogeneity: group.homogeneity,
                mean: group.new_bytes as f64 / group.topmost.len().max(1) as f64,
                of_roots: group.roots.is_some(),
            },
            group,
            measurements: Measurements::default(),
        }
    }

    /// One holder with all that it keeps.
    pub fn of_holder(heap: &Heap, owner: NodeId) -> Self {
        Self {
            group: Group::held_by(owner),
            plan: Plan::whole(heap, owner),
            stats: GroupStats::default(),
            measurements: Measurements::default(),
        }
    }
}
