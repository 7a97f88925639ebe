//! What grows over the dumps of the process in view.

use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::growth::{DumpSummary, Growth, Step, Verdict, growth};
use crate::tui::dump_store::{DumpStore, id_of};
use crate::tui::place::DumpId;

/// What grows over which dumps.
pub struct Trend {
    /// The dumps, in time order.
    pub dumps: Vec<DumpId>,
    /// Their growth.
    pub growth: Growth,
    /// How the whole heap goes.
    pub verdict: Verdict,
}

/// A dump, what was read of it, and when it was taken.
pub type Known = (DumpId, Option<Arc<DumpSummary>>, Option<Timestamp>);

impl Trend {
    /// What growth can be told from; `None` until two dumps were read.
    pub fn known(store: &DumpStore) -> Option<Vec<Known>> {
        let dumps = store.dumps().iter();
        let known: Vec<Known> = dumps
            .filter(|dump| dump.label.is_some())
            .map(|dump| {
                let id = id_of(dump);
                let summary = store.known(&id).cloned();
                (id, summary, dump.time())
            })
            .collect();
        let read = known.iter().filter(|(_, summary, _)| summary.is_some());
        (read.count() >= 2).then_some(known)
    }

    /// What grows over these dumps; takes time that grows with the number of classes.
    pub fn of(dumps: Vec<Known>) -> Self {
        let steps: Vec<Step<'_>> = dumps
            .iter()
            .map(|(_, summary, time)| Step {
                summary: summary.as_deref(),
                time: *time,
            })
            .collect();
        let growth = growth(&steps);
        let totals: Vec<_> = growth.totals.iter().flatten().copied().collect();
        Self {
            verdict: Verdict::of(&totals),
            growth,
            dumps: dumps.into_iter().map(|(id, ..)| id).collect(),
        }
    }
}
