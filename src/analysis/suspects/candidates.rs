//! Which groups deserve to be measured in every dump.

use crate::error::Result;
use crate::task::Task;

use super::descend;
use super::groups::{Group, Grouping};
use super::shape;
use super::thresholds::THRESHOLDS;
use super::weights::Rule;

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
    groups
        .retain(|group| !group.topmost.is_empty() && group.new_bytes >= THRESHOLDS.candidate_bytes);
    groups.sort_by_key(|group| std::cmp::Reverse(group.new_bytes));
    let mut by_survivors: Vec<usize> = (0..groups.len()).collect();
    by_survivors.sort_by_key(|&at| std::cmp::Reverse(groups[at].survived));
    let mut kept: Vec<usize> = (0..groups.len().min(THRESHOLDS.candidates)).collect();
    for at in by_survivors.into_iter().take(THRESHOLDS.candidates) {
        if !kept.contains(&at) && groups[at].survived >= THRESHOLDS.candidate_bytes {
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
