//! Finding functions by parts of their names, files or packages.

use super::model::{FunctionId, Profile, ROOT};
use super::rows::{By, Grouping, outermost};
use crate::error::Result;
use crate::task::Task;

/// The functions that a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// One entry for each function.
    functions: Vec<bool>,
    /// Bytes that were allocated in the functions and below, each stack once.
    pub bytes: u64,
    /// How many frames of the profile are of the functions.
    pub frames: usize,
}

impl Found {
    /// Whether a function was found.
    pub fn contains(&self, function: FunctionId) -> bool {
        self.functions
            .get(function.index())
            .copied()
            .unwrap_or(false)
    }

    /// The next frame behind `node`, in the order of the file, whose function was found; begins anew at the end.
    pub fn next(&self, profile: &Profile, node: u32) -> Option<u32> {
        let is_found = |&node: &u32| self.contains(profile.function(node));
        let behind = (node + 1..profile.len() as u32).find(is_found);
        behind.or_else(|| (ROOT + 1..=node).find(is_found))
    }

    /// The next one before `node`; goes on from the end.
    pub fn previous(&self, profile: &Profile, node: u32) -> Option<u32> {
        let is_found = |&node: &u32| self.contains(profile.function(node));
        let before = (ROOT + 1..node).rev().find(is_found);
        before.or_else(|| {
            (node.max(ROOT + 1)..profile.len() as u32)
                .rev()
                .find(is_found)
        })
    }
}

/// Finds the functions whose name or script has `text` in it. Capitals in `text` are looked for as they are; without any,
/// case does not count.
///
/// # Errors
/// When the task is cancelled.
pub fn find(profile: &Profile, text: &str, task: &Task) -> Result<Found> {
    let exact = text.chars().any(char::is_uppercase);
    let has = |within: &str| match exact {
        true => within.contains(text),
        false => within.to_lowercase().contains(text),
    };
    let functions: Vec<bool> = profile
        .functions()
        .map(|function| {
            let frame = profile.frame(function);
            !text.is_empty() && (has(frame.shown_name()) || has(frame.url))
        })
        .collect();
    let mut found = Found {
        functions,
        ..Found::default()
    };
    // All that is found is one group, all else another.
    let grouping = Grouping::of_two(&found.functions);
    let (mut bytes, mut frames) = (0, 0);
    outermost(profile, &grouping, task, |node, group, outer| {
        if group == 1 {
            frames += 1;
            if outer {
                bytes += profile.total_size(node);
            }
        }
    })?;
    (found.bytes, found.frames) = (bytes, frames);
    Ok(found)
}

impl Grouping {
    /// Group 1: the functions that are marked; group 0: the others.
    fn of_two(marked: &[bool]) -> Self {
        let groups = marked.iter().map(|&marked| u32::from(marked)).collect();
        Self::from_parts(By::Function, groups, vec![FunctionId(0); 2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::model::testing::profile;

    #[test]
    fn names_and_files_are_found_and_stacks_count_once() {
        let lib = "/node_modules/Lib/i.js!run";
        let profile = profile(&[
            ("handleRequest", 1),
            (&format!("handleRequest;{lib}"), 10),
            (&format!("handleRequest;{lib};Handle"), 100),
            ("other", 1000),
        ]);
        let task = Task::new();
        let found = find(&profile, "handle", &task).unwrap();
        assert_eq!((found.bytes, found.frames), (111, 2));
        let found = find(&profile, "Handle", &task).unwrap();
        assert_eq!((found.bytes, found.frames), (100, 1));
        let found = find(&profile, "lib/", &task).unwrap();
        assert_eq!((found.bytes, found.frames), (110, 1));
        let first = found.next(&profile, ROOT).unwrap();
        assert_eq!(found.next(&profile, first), Some(first));
        assert_eq!(found.previous(&profile, first), Some(first));
        assert_eq!(found.previous(&profile, ROOT), Some(first));
        assert_eq!(find(&profile, "", &task).unwrap().frames, 0);
        let none = find(&profile, "zebra", &task).unwrap();
        assert_eq!(none.next(&profile, ROOT), None);
    }
}
