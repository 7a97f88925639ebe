//! Which groups deserve to be measured in every dump.

use crate::error::Result;
use crate::task::Task;

use super::descend;
use super::groups::{Group, Grouping};
use super::shape;
use super::weights::Rule;

/// Groups of less new bytes are none.
const LEAST: u64 = 1500;
/// How many groups by new bytes, and how many by what survived an interval, are looked at closer.
const CANDIDATES: usize = 10;
/// The groups that deserve to be measured in every dump, greatest first.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn candidates(grouping: &Grouping<'_>, task: &Task) -> Result<Vec<Group>> {
    let mut groups = grouping.by_primary_holder(task)?;
    if Rule::Climb.is_on() {
        grouping.climb(&mut groups, task)?;
    }
    if Rule::JoinShapes.is_on() {
        shape::join(grouping, &mut groups, task)?;
    }
    groups.retain(|group| !group.topmost.is_empty() && group.new_bytes >= LEAST);
    groups.sort_by_key(|group| std::cmp::Reverse(group.new_bytes));
    let mut by_survivors: Vec<usize> = (0..groups.len()).collect();
    by_survivors.sort_by_key(|&at| std::cmp::Reverse(groups[at].survived));
    let mut kept: Vec<usize> = (0..groups.len().min(CANDIDATES)).collect();
    for at in by_survivors.into_iter().take(CANDIDATES) {
        if !kept.contains(&at) && groups[at].survived >= LEAST {
            kept.push(at);
        }
    }
    let mut candidates: Vec<Group> = kept.into_iter().map(|at| groups[at].clone()).collect();
    for group in candidates.iter_mut().filter(|_| Rule::Descend.is_on()) {
        task.check()?;
        descend::into_younger(grouping, group);
    }
    Ok(candidates)
}
