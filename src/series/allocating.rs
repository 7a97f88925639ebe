//! Which functions allocate what suspects keep, where a sampling profile of the same process lies in the folder.

use super::dump::{Dump, State};
use super::folder::Group;
use super::names::Kind;
use crate::analysis::allocated::{Allocation, Allocators, Certainty, Role, of_suspect};
use crate::analysis::describe::Scripts;
use crate::analysis::suspects::Suspect;
use crate::error::Result;
use crate::heap::Heap;
use crate::profile::Profile;
use crate::task::Task;
use crate::text::place::package;
use crate::text::span::Spans;
use crate::text::units::bytes;

/// The last profile among `groups` that is not known to be of another process than `dumps`.
pub fn profile_of<'a>(groups: &'a [Group], dumps: &[Dump]) -> Option<&'a Dump> {
    let process = |dump: &Dump| Some((dump.pid?, dump.tid));
    let own = dumps.iter().find_map(process);
    groups
        .iter()
        .flat_map(|group| &group.series.dumps)
        .filter(|dump| dump.kind == Kind::HeapProfile && dump.state == State::Complete)
        .filter(|dump| own.is_none() || process(dump).is_none() || process(dump) == own)
        .max_by_key(|dump| dump.taken_at)
}

/// The functions of the profile in `dump` that allocate what each suspect keeps, the likeliest first.
///
/// # Errors
/// When the profile cannot be read, or the task is cancelled.
pub fn allocations_of<'s>(
    dump: &Dump,
    heap: &Heap,
    suspects: impl Iterator<Item = &'s Suspect>,
    task: &Task,
) -> Result<(Profile, Vec<Vec<Allocation>>)> {
    let profile = Profile::open(&dump.path, task)?;
    let scripts = Scripts::build(heap, task)?;
    let allocators = Allocators::new(&profile, task)?;
    let of = |suspect: &Suspect| {
        let leaked = suspect.leaked.iter();
        let classes: Vec<&str> = leaked.map(|leaked| leaked.class.as_str()).collect();
        of_suspect(&allocators, heap, &scripts, suspect.example, &classes, task)
    };
    let found: Result<Vec<Vec<Allocation>>> = suspects.map(of).collect();
    let found = found?;
    drop(allocators);
    Ok((profile, found))
}

/// A function that allocates, for people: where it is, how sure that is, how much. Untrusted.
pub fn allocation_in_words(profile: &Profile, dump: &Dump, found: &Allocation) -> String {
    let frame = profile.frame(found.function);
    format!(
        "{} {} ({}; {}), {} in {}",
        frame.shown_name(),
        frame.shown_place().unwrap_or_default(),
        found.role.words(),
        found.certainty.words(),
        bytes(found.total_size),
        dump.name
    )
}

/// The application's own function among those that create what piles up, and its place: `renderEmail relay.js:39:22`.
pub fn own_creator(profile: &Profile, found: &[Allocation]) -> Option<Spans> {
    found.iter().find_map(|found| {
        let frame = profile.frame(found.function);
        let is_own = !frame.url.is_empty()
            && !frame.url.starts_with("node:")
            && package(frame.url).is_none();
        let creates = found.role == Role::Creator && found.certainty != Certainty::Name;
        let place = frame.shown_place().filter(|_| is_own && creates)?;
        let name = frame.shown_name().to_owned();
        Some(Spans::new().function(name).note(" ").place(place))
    })
}
