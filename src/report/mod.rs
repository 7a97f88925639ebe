//! What was found as documents: the report of an incident in Markdown and JSON, the verdict of a gate for CI systems
//! ([`gate`]), and the leaks of many processes ([`Fleet`]).
//!
//! Lives here: what a report says ([`Report`]), how it is drawn, the garbage collector's log ([`gc`]), and the
//! comparison of the time before a fix with that after it. Does not live here: finding dumps and loading them, which
//! whoever asks for a report has done: a [`Study`] is all that is needed.
//!
//! Nothing of a report is not masked: values of strings and credentials, as far as [`Reveal`] says. Figures are the
//! analysis' own; the commands that a report lists print the same ones.

mod chart;
pub(crate) mod commands;
mod document;
mod draw;
mod fleet;
pub mod gate;
pub mod gc;
mod growing;
mod make;
mod markdown;
mod model;
mod rate;
mod said;
mod steps;
mod template;
mod validation;

use std::sync::Arc;

pub use fleet::{Fleet, FleetRow};
pub use model::{
    Command, Consumer, Growing, Hop, Impact, Leak, Piled, Report, Taken, Validation, Written,
};
pub use said::Said;
pub use template::Template;

use crate::analysis::describe::Scripts;
use crate::analysis::growth::Growth;
use crate::analysis::suspects::Findings;
use crate::heap::Heap;
use crate::series::Dump;
use crate::source::Options;
use crate::text::mask::Reveal;
use gc::GcLog;

/// A series that was looked at.
#[derive(Debug, Clone)]
pub struct Study {
    /// The dumps, in time order.
    pub dumps: Vec<Dump>,
    /// Dumps that could not be used, and why; what was odd about others.
    pub notes: Vec<String>,
    /// The suspects.
    pub findings: Findings,
    /// The growth of its classes.
    pub growth: Growth,
    /// The heap of the last dump, which the suspects' objects are of.
    pub heap: Arc<Heap>,
    /// The names in it, as they were written where maps tell.
    pub scripts: Arc<Scripts>,
    /// A sampling profile of the process, where there is one.
    pub profile: Option<Dump>,
    /// What heaptui was told to find these dumps: paths and options.
    pub arguments: Vec<String>,
}

impl Study {
    /// The total size of the first and the last dump, in bytes.
    pub fn totals(&self) -> (u64, u64) {
        let mut totals = self.growth.totals.iter().flatten();
        let first = totals.next().map_or(0, |point| point.retained);
        (
            first,
            totals.next_back().map_or(first, |point| point.retained),
        )
    }
}

/// What a report may tell beside what the dumps say.
#[derive(Debug, Default)]
pub struct Beside<'a> {
    /// What the garbage collector did meanwhile, and the name of that log.
    pub gc: Option<(&'a str, &'a GcLog)>,
    /// The time before a fix, if that is not what the report is about.
    pub before: Option<&'a Study>,
    /// The time after a fix.
    pub after: Option<&'a Study>,
    /// What may be shown.
    pub reveal: Reveal,
    /// Where the code is.
    pub source: Options,
}
