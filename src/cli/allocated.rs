//! Who allocates what piles up, where sampling profiles of the same process lie beside the dumps.

use serde::Serialize;

use crate::analysis::allocated::Allocation;
use crate::analysis::suspects::Suspect;
use crate::cli::choose::Chosen;
use crate::error::Result;
use crate::heap::Heap;
use crate::profile::Profile;
use crate::series::Dump;
use crate::series::allocating::{allocation_in_words, allocations_of, profile_of};
use crate::task::Task;

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
    let Some(dump) = profile_of(&chosen.folder.groups, dumps).filter(|_| !suspects.is_empty())
    else {
        return Ok(Vec::new());
    };
    match allocations_of(dump, heap, suspects.iter(), task) {
        Ok((profile, all)) => {
            let told = |found: &Vec<Allocation>| {
                let most = found.iter().take(MOST);
                most.map(|found| told(&profile, dump, found)).collect()
            };
            Ok(all.iter().map(told).collect())
        }
        Err(error) if error.is_cancelled() => Err(error),
        Err(error) => {
            chosen.notes().add(error.to_string());
            Ok(Vec::new())
        }
    }
}

fn told(profile: &Profile, dump: &Dump, found: &Allocation) -> AllocatedBy {
    let frame = profile.frame(found.function);
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
        words: allocation_in_words(profile, dump, found),
    }
}
