//! The incident report, as a job.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::report::{Beside, Report, Study, Template};
use crate::save::{self, Replace};
use crate::series::allocating::profile_of;
use crate::series::{Dump, Failure, growth_of, sources_of, suspicion};
use crate::task::Task;
use crate::tui::dump_store::DumpStore;
use crate::tui::search::Heaps;

/// The job that writes the report on `dumps`, the usable ones in the `store`, to a file; it gives the whole path.
pub fn job(
    dumps: Vec<Dump>,
    store: &DumpStore,
    mut heaps: Heaps,
    path: PathBuf,
) -> impl FnOnce(&Task) -> Result<PathBuf> + Send + use<> {
    let notes = store.dumps().iter().filter_map(Dump::left_out).collect();
    let beside = Beside {
        source: store.source.clone(),
        ..Beside::default()
    };
    let profile = profile_of(store.groups(), &dumps).cloned();
    move |task| {
        let mut sources = sources_of(dumps.last(), beside.source.clone());
        let fetch = |path: &Path| heaps.fetch(path, task);
        let found = suspicion(&dumps, fetch, &mut sources, true, task);
        let found = found.map_err(|Failure { error, .. }| error)?;
        let paths = dumps.iter().map(|dump| dump.path.to_string_lossy());
        let study = Study {
            growth: growth_of(&dumps, &found.summaries),
            notes,
            profile,
            arguments: paths.map(|path| path.into_owned()).collect(),
            findings: found.findings,
            heap: found.heap,
            scripts: found.scripts,
            dumps,
        };
        write(&study, &beside, &path, task)
    }
}

/// Writes the report on a study; gives the whole path.
fn write(study: &Study, beside: &Beside, path: &Path, task: &Task) -> Result<PathBuf> {
    let report = Report::of(study, beside, task)?;
    save::write(
        path,
        report.to_markdown(Template::Without).as_bytes(),
        Replace::Ordinary,
    )?;
    std::path::absolute(path).map_err(|error| Error::io("place unknown", &error))
}
