//! What is kept of each dump for the growth of its series, when its heap is let go.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::{Dump, Folder, Series};
use crate::analysis::comparable::{Comparability, comparable};
use crate::analysis::growth::{DumpSummary, Growth, Step, growth};
use crate::error::Result;
use crate::heap::Heap;
use crate::task::Task;

/// The summaries of the dumps that were loaded once, by path; as long as the files stay as they are.
#[derive(Debug, Clone, Default)]
pub struct SummaryCache {
    summaries: HashMap<PathBuf, (Version, Arc<DumpSummary>)>,
}

/// Size and time of a file, which tell whether it is the one that was read.
type Version = (Option<u64>, Option<SystemTime>);

fn version(dump: &Dump) -> Version {
    (dump.bytes, dump.modified)
}

impl SummaryCache {
    /// Loads a dump, and keeps of it only the summary; what a background job runs.
    ///
    /// # Errors
    /// Those of [`Heap::open`].
    pub fn load(path: &Path, task: &Task) -> Result<Arc<DumpSummary>> {
        Ok(Arc::new(DumpSummary::of(&Heap::open(path, task)?, task)?))
    }

    /// Keeps the summary of a dump.
    pub fn keep(&mut self, dump: &Dump, summary: Arc<DumpSummary>) {
        self.summaries
            .insert(dump.path.clone(), (version(dump), summary));
    }

    /// The summary of a dump, if its file is the one that the summary was made of.
    pub fn get(&self, dump: &Dump) -> Option<&Arc<DumpSummary>> {
        let (of, summary) = self.summaries.get(&dump.path)?;
        (*of == version(dump)).then_some(summary)
    }

    /// Notes that a file has another name.
    pub fn rename(&mut self, from: &Path, to: PathBuf) {
        if let Some(kept) = self.summaries.remove(from) {
            self.summaries.insert(to, kept);
        }
    }

    /// The usable dumps of a series whose summaries are still to be made, the last first, as it tells most.
    pub fn missing<'a>(&self, series: &'a Series) -> Vec<&'a Dump> {
        let dumps = series.usable().rev();
        dumps.filter(|dump| self.get(dump).is_none()).collect()
    }

    /// The growth of a series' usable dumps, with gaps where summaries are still to be made.
    pub fn growth(&self, series: &Series) -> Growth {
        let steps: Vec<Step<'_>> = series
            .usable()
            .map(|dump| Step {
                summary: self.get(dump).map(|summary| &**summary),
                time: dump.taken_at,
            })
            .collect();
        growth(&steps)
    }

    /// Whether the ids of two dumps, the earlier one first, mean the same objects; nothing where that is not known yet.
    pub fn comparable(&self, earlier: &Dump, later: &Dump) -> Option<Comparability> {
        let (a, b) = (self.get(earlier)?, self.get(later)?);
        Some(comparable(&a.fingerprint, &b.fingerprint))
    }

    /// Divides groups whose dumps cannot be of one process; see [`Folder::divide`].
    pub fn divide(&self, folder: &mut Folder) -> bool {
        folder.divide(|a, b| Some(self.comparable(a, b)?.is_comparable()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::discover;

    #[test]
    fn rungs_hold_as_long_as_their_files_do() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/emitter-small");
        let series = discover(&[folder]).unwrap();
        let mut summary_cache = SummaryCache::default();
        assert_eq!(
            summary_cache.missing(&series)[0].label.as_deref(),
            Some("s3")
        );
        for dump in series.usable().skip(1) {
            summary_cache.keep(dump, SummaryCache::load(&dump.path, &Task::new()).unwrap());
        }
        assert_eq!(summary_cache.missing(&series).len(), 1);
        let growth = summary_cache.growth(&series);
        assert_eq!((growth.totals.len(), growth.known()), (3, 2));
        let mut folder = Folder::of(series.clone());
        assert!(!summary_cache.divide(&mut folder));
        let mut dump = series.last().unwrap().clone();
        assert!(summary_cache.get(&dump).is_some());
        dump.bytes = Some(1);
        assert!(summary_cache.get(&dump).is_none());
    }
}
