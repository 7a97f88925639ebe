//! One suspicion with all that is known of it: what patterns and explanations are read from.

use std::time::Duration;

use crate::analysis::describe::Scripts;
use crate::analysis::paths::Step;
use crate::graph::NodeId;
use crate::text::span::Spans;

use super::classes::Classes;
use super::cut::Plan;
use super::expression::NameParts;
use super::first_seen::FirstSeen;
use super::groups::Group;
use super::keeping_function::KeepingFunction;
use super::measure::Measurements;
use super::topmost::Topmost;
use super::verdict::Verdict;
use super::view::View;

/// A suspicion.
pub(super) struct Case<'a> {
    pub view: &'a View<'a>,
    pub scripts: &'a Scripts,
    pub classes: &'a Classes,
    pub first_seen: &'a FirstSeen,
    pub topmost: &'a Topmost,
    pub group: &'a Group,
    pub plan: &'a Plan,
    pub measurements: &'a Measurements,
    pub verdict: &'a Verdict,
    /// The holder, or the root that holds what accumulates.
    pub holder: NodeId,
    /// From the root to the holder.
    pub path: &'a [Step],
    pub name_parts: &'a NameParts,
    /// From the holder to one of the objects that accumulate.
    pub below: &'a [Step],
    /// The function that keeps most of what accumulates.
    pub keeping_function: Option<&'a KeepingFunction>,
    /// The first other holders that have to release what accumulates as well, in words.
    pub others: &'a [Spans],
    /// The time between the first and the last dump.
    pub span: Option<Duration>,
}

impl Case<'_> {
    /// The class of a row of what accumulates.
    pub fn leaked(&self, at: usize) -> Option<&str> {
        let row = self.verdict.accumulating.get(at)?;
        Some(self.classes.name(row.class))
    }

    /// By how many the objects of a row became more.
    pub fn rise_of(&self, at: usize) -> i64 {
        let counts = self
            .verdict
            .accumulating
            .get(at)
            .map(|row| row.counts.as_slice());
        match counts {
            Some([first, .., last]) => *last as i64 - *first as i64,
            _ => 0,
        }
    }

    /// The class of the entries, if there is one.
    pub fn entry_class(&self) -> Option<&str> {
        self.verdict
            .entry_class
            .map(|entry_class| self.classes.name(entry_class))
    }

    /// Whether only roots hold what accumulates.
    pub fn is_roots(&self) -> bool {
        self.plan.roots.is_some()
    }

    /// Whether the blamed holder is cut whole.
    pub fn is_whole(&self) -> bool {
        self.plan.holders.first().is_some_and(|holder| holder.whole)
    }

    /// The names of the edges of the blamed holder that are cut, unless it is cut whole.
    pub fn cut_names(&self) -> impl Iterator<Item = String> + '_ {
        let holder = self.plan.holders.first();
        holder
            .into_iter()
            .flat_map(|holder| &holder.names)
            .map(|name| String::from_utf8_lossy(name).into_owned())
    }

    /// An object of the first row in the last dump.
    pub fn first_example(&self) -> Option<NodeId> {
        let class = self.verdict.accumulating.first()?.class;
        self.measurements.example(class)
    }

    /// The share of buffers' data in the growth.
    pub fn native_share(&self) -> f64 {
        let (Some(first), Some(last)) =
            (self.measurements.all.first(), self.measurements.all.last())
        else {
            return 0.0;
        };
        let grown = last.bytes.saturating_sub(first.bytes);
        last.native.saturating_sub(first.native) as f64 / grown.max(1) as f64
    }
}
