//! The suspects of a series: [`find`] asked about its dumps, wherever their heaps come from.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use crate::analysis::describe::Scripts;
use crate::analysis::growth::{DumpSummary, Growth, Step, growth};
use crate::analysis::suspects::{Findings, find};
use crate::error::{Error, Result};
use crate::heap::Heap;
use crate::source::Sources;
use crate::task::Task;

use super::Dump;

/// What is claimed at most where the dumps are of several processes; below an accusation.
const OF_SEVERAL: f64 = 0.45;

/// The growth over dumps, from what is known of each of them.
pub fn growth_of<'a>(
    dumps: impl IntoIterator<Item = &'a Dump>,
    summaries: &[Option<DumpSummary>],
) -> Growth {
    let known = dumps.into_iter().zip(summaries);
    let steps = known.map(|(dump, summary)| Step {
        summary: summary.as_ref(),
        time: dump.time(),
    });
    growth(&steps.collect::<Vec<_>>())
}

/// What was found in a series.
#[derive(Debug)]
pub struct Suspicion {
    /// What was found.
    pub findings: Findings,
    /// The last dump's heap, which the findings name objects of.
    pub heap: Arc<Heap>,
    /// Its names, as they were written where maps tell.
    pub scripts: Arc<Scripts>,
    /// The total size of the first and of the last dump, in bytes; zero for a first one that was not looked at.
    pub totals: (u64, u64),
    /// What the growth of classes is made of, for each dump, where that was asked for.
    pub summaries: Vec<Option<DumpSummary>>,
}

/// Why nothing could be found out.
#[derive(Debug)]
pub struct Failure {
    /// The place of the dump that could not be loaded; nothing when something else went wrong.
    pub dump: Option<usize>,
    /// What went wrong.
    pub error: Error,
}

/// Looks for the suspects of `dumps`, which are in order. `heap` gives the heap of a dump; it is asked for some of
/// them more than once. Names are those of the sources as far as `sources` tell. With `wants_rungs` what the growth of
/// classes is made of is taken from the dumps too.
///
/// # Errors
/// Those of `heap`, with the dump; cancellation; usage, when there is no dump.
pub fn suspicion(
    dumps: &[Dump],
    mut heap: impl FnMut(&Path) -> Result<Arc<Heap>>,
    sources: &mut Sources,
    wants_rungs: bool,
    task: &Task,
) -> std::result::Result<Suspicion, Failure> {
    let mut summaries: Vec<Option<DumpSummary>> = vec![None; dumps.len()];
    let times: Vec<_> = dumps.iter().map(Dump::time).collect();
    let (mut broken, mut first, mut last) = (None, 0, None);
    let mut names = None;
    let findings = find(
        &times,
        |at| {
            let dump = dumps.get(at).ok_or_else(no_dump)?;
            let found = heap(&dump.path).inspect_err(|_| broken = Some(at))?;
            if let Some(summary) = summaries
                .get_mut(at)
                .filter(|summary| wants_rungs && summary.is_none())
            {
                *summary = Some(DumpSummary::of(&found, task)?);
            }
            if at == 0 {
                first = found.statistics().total;
            }
            if at + 1 == dumps.len() {
                last = Some(Arc::clone(&found));
            }
            Ok(found)
        },
        |heap| {
            let scripts = Arc::new(sources.scripts(heap, task)?);
            Ok(Arc::clone(names.insert(scripts)))
        },
        task,
    );
    match (findings, last.zip(names)) {
        (Ok(mut findings), Some((heap, scripts))) => {
            if !findings.comparable {
                doubt_processes(&mut findings, dumps);
            }
            Ok(Suspicion {
                findings,
                summaries,
                totals: (first, heap.statistics().total),
                scripts,
                heap,
            })
        }
        (Ok(_), None) => Err(Failure {
            dump: None,
            error: no_dump(),
        }),
        (Err(error), _) => Err(Failure {
            dump: broken,
            error,
        }),
    }
}

/// Where names say that the dumps are of several processes, growth from one to the next is no leak, and no suspect counts as likely.
fn doubt_processes(findings: &mut Findings, dumps: &[Dump]) {
    let pids: HashSet<u32> = dumps.iter().filter_map(|dump| dump.pid).collect();
    if pids.len() < 2 {
        return;
    }
    for suspect in &mut findings.suspects {
        suspect.confidence = suspect.confidence.min(OF_SEVERAL);
    }
    let words = format!(
        "The names say that these are dumps of {} processes: what one keeps more of than another is no leak for that, so \
         none is called a likely leak.",
        pids.len()
    );
    findings.caveats.push(words.clone());
    findings.doubt = Some(words);
}

fn no_dump() -> Error {
    Error::usage("no complete heap snapshot")
}
