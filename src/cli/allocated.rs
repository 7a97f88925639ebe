//! Who allocates what piles up, where sampling profiles of the same process lie beside the dumps.

use serde::Serialize;

use crate::analysis::allocated::{Allocation, Allocators, of_suspect};
use crate::analysis::describe::Scripts;
use crate::analysis::suspects::Suspect;
use crate::cli::choose::Chosen;
use crate::error::Result;
use crate::heap::Heap;
use crate::profile::Profile;
use crate::series::{Dump, Kind, State};
use crate::task::Task;
use crate::text::units::bytes;

/// How many functions are told for a suspect.
const MOST: usize = 3;

/// A function that allocates what piles up, most likely; line and column from 0.
#[derive(Debug, Serialize)]
pub(super) struct AllocatedBy {
    /// The profile's path.
    profile: String,
    function: String,
    url: String,
    line: i64,
    column: i64,
    role: &'static str,
    certainty: &'static str,
    self_size: u64,
    total_size: u64,
    /// For people.
    #[serde(skip)]
    pub words: String,
}

/// The functions that allocate what each suspect keeps, an entry for each; empty without a profile of the process.
///
/// A profile that cannot be read is noted and takes nothing else away.
pub(super) fn find(
    chosen: &Chosen,
    dumps: &[Dump],
    heap: &Heap,
    suspects: &[Suspect],
    task: &Task,
) -> Result<Vec<Vec<AllocatedBy>>> {
    let Some(dump) = profile_of(chosen, dumps).filter(|_| !suspects.is_empty()) else {
        return Ok(Vec::new());
    };
    let profile = match Profile::open(&dump.path, task) {
        Ok(profile) => profile,
        Err(error) if error.is_cancelled() => return Err(error),
        Err(error) => {
            chosen.notes().add(error.to_string());
            return Ok(Vec::new());
        }
    };
    let scripts = Scripts::build(heap, task)?;
    let allocators = Allocators::new(&profile, task)?;
    let mut all = Vec::with_capacity(suspects.len());
    for suspect in suspects {
        let classes: Vec<&str> = suspect
            .leaked
            .iter()
            .map(|leaked| leaked.class.as_str())
            .collect();
        let found = of_suspect(&allocators, heap, &scripts, suspect.example, &classes, task)?;
        let told = found
            .iter()
            .take(MOST)
            .map(|found| told(&profile, dump, found));
        all.push(told.collect());
    }
    Ok(all)
}

/// The last profile that is not known to be of another process.
fn profile_of<'a>(chosen: &'a Chosen, dumps: &[Dump]) -> Option<&'a Dump> {
    let process = |dump: &Dump| Some((dump.pid?, dump.tid));
    let own = dumps.iter().find_map(process);
    let groups = chosen.folder.groups.iter();
    groups
        .flat_map(|group| &group.series.dumps)
        .filter(|dump| dump.kind == Kind::HeapProfile && dump.state == State::Complete)
        .filter(|dump| own.is_none() || process(dump).is_none() || process(dump) == own)
        .max_by_key(|dump| dump.taken_at)
}

fn told(profile: &Profile, dump: &Dump, found: &Allocation) -> AllocatedBy {
    let frame = profile.frame(found.function);
    let place = frame.shown_place().unwrap_or_default();
    AllocatedBy {
        profile: dump.path.to_string_lossy().into_owned(),
        function: frame.name.to_owned(),
        url: frame.url.to_owned(),
        line: frame.line,
        column: frame.column,
        role: found.role.as_str(),
        certainty: found.certainty.as_str(),
        self_size: found.self_size,
        total_size: found.total_size,
        words: format!(
            "{} {place} ({}; {}), {} in {}",
            frame.shown_name(),
            found.role.words(),
            found.certainty.words(),
            bytes(found.total_size),
            dump.name
        ),
    }
}
