//! Several profiles as one: the same functions and the same call paths found again in each.
//!
//! Functions are the same when name, URL, line and column are; numbers of scripts do not count, since another process has
//! others. In a profile alone they do, as in DevTools.

use std::collections::HashMap;

use super::model::{Frame, FunctionId, Profile, ROOT};
use super::rows::{By, Grouping, MOST, outermost};
use crate::error::Result;
use crate::task::{CHECK_EVERY, Task};

/// A tree of the call paths of several profiles.
#[derive(Debug)]
pub struct Merged<'p> {
    profiles: &'p [Profile],
    /// One of the profiles that know the function, and its number there.
    functions: Vec<(u32, FunctionId)>,
    /// For each profile and each of its functions, the function here.
    of: Vec<Vec<u32>>,
    parent: Vec<u32>,
    function: Vec<u32>,
    /// Own bytes, for each node those in the first profile, in the second, and so on.
    self_sizes: Vec<u64>,
    total_sizes: Vec<u64>,
}

/// A function, file or package in several profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedRow {
    /// A function of it, of [`Merged::frame`].
    pub function: u32,
    /// Own bytes in each profile.
    pub self_sizes: Vec<u64>,
    /// Bytes with all that was called, in each profile, as [`Row::total_size`](super::Row) counts them.
    pub total_sizes: Vec<u64>,
    /// The same with each stack counted once.
    pub once_sizes: Vec<u64>,
}

impl<'p> Merged<'p> {
    /// Merges profiles, in the order in which they were taken.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn new(profiles: &'p [Profile], task: &Task) -> Result<Self> {
        let mut merged = Self {
            profiles,
            functions: Vec::new(),
            of: Vec::new(),
            parent: vec![ROOT],
            function: vec![0],
            self_sizes: vec![0; profiles.len()],
            total_sizes: Vec::new(),
        };
        merged.functions(profiles);
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        for (at, profile) in profiles.iter().enumerate() {
            merged.add(at, profile, &mut known, task)?;
        }
        merged.sum();
        Ok(merged)
    }

    fn functions(&mut self, profiles: &'p [Profile]) {
        let alone = profiles.len() == 1;
        let mut known: HashMap<Frame<'_>, u32> = HashMap::new();
        for (at, profile) in (0u32..).zip(profiles) {
            let functions = profile.functions().map(|function| {
                let mut frame = profile.frame(function);
                if !alone {
                    frame.script_id = "";
                }
                *known.entry(frame).or_insert_with(|| {
                    self.functions.push((at, function));
                    self.functions.len() as u32 - 1
                })
            });
            self.of.push(functions.collect());
        }
    }

    fn add(
        &mut self,
        at: usize,
        profile: &Profile,
        known: &mut HashMap<(u32, u32), u32>,
        task: &Task,
    ) -> Result<()> {
        let width = self.profiles.len();
        let mut here: Vec<u32> = Vec::with_capacity(profile.len());
        for node in 0..profile.len() as u32 {
            if (node as usize).is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let function = self.number(at, profile.function(node));
            let merged = match profile.parent(node) {
                None => {
                    self.function[0] = function;
                    ROOT
                }
                Some(above) => {
                    let above = here.get(above as usize).copied().unwrap_or(ROOT);
                    *known.entry((above, function)).or_insert_with(|| {
                        self.parent.push(above);
                        self.function.push(function);
                        self.self_sizes.extend(std::iter::repeat_n(0, width));
                        self.parent.len() as u32 - 1
                    })
                }
            };
            self.self_sizes[merged as usize * width + at] += profile.self_size(node);
            here.push(merged);
        }
        Ok(())
    }

    fn number(&self, at: usize, function: FunctionId) -> u32 {
        let functions = self.of.get(at).map_or(&[][..], Vec::as_slice);
        functions.get(function.index()).copied().unwrap_or(0)
    }

    fn sum(&mut self) {
        let width = self.profiles.len();
        self.total_sizes = self.self_sizes.clone();
        for node in (1..self.parent.len()).rev() {
            let above = self.parent[node] as usize;
            for at in 0..width {
                self.total_sizes[above * width + at] += self.total_sizes[node * width + at];
            }
        }
    }

    /// The profiles, in their order.
    pub fn profiles(&self) -> &'p [Profile] {
        self.profiles
    }

    /// How many call paths there are; path 0 is the root.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.len() <= 1
    }

    /// What a function is.
    pub fn frame(&self, function: u32) -> Frame<'p> {
        let (at, function) = self
            .functions
            .get(function as usize)
            .copied()
            .unwrap_or((0, FunctionId(0)));
        self.profiles[at as usize].frame(function)
    }

    /// The function at the end of a call path.
    pub fn function(&self, path: u32) -> u32 {
        self.function[path as usize]
    }

    /// The functions of a call path, the last one first, the root left out.
    pub fn stack(&self, path: u32) -> impl Iterator<Item = u32> + '_ {
        let above = |&path: &u32| (path != ROOT).then(|| self.parent[path as usize]);
        std::iter::successors(Some(path), above)
            .filter(|&path| path != ROOT)
            .map(|path| self.function(path))
    }

    /// The own bytes of the last function of a call path, in each profile.
    pub fn self_sizes(&self, path: u32) -> &[u64] {
        row(&self.self_sizes, path, self.profiles.len())
    }

    /// The bytes of a call path and of all below, in each profile.
    pub fn total_sizes(&self, path: u32) -> &[u64] {
        row(&self.total_sizes, path, self.profiles.len())
    }

    /// The call paths that have bytes in any profile.
    pub fn paths(&self) -> impl Iterator<Item = u32> + '_ {
        (ROOT + 1..self.len() as u32)
            .filter(|&path| self.total_sizes(path).iter().any(|&size| size > 0))
    }

    /// Functions, files or packages that have bytes in any profile, the heaviest in the last profile first.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn rows(&self, by: By, task: &Task) -> Result<Vec<MergedRow>> {
        let (group_of, first) = self.groups(by);
        let width = self.profiles.len();
        let mut rows: Vec<MergedRow> = first
            .iter()
            .map(|&function| MergedRow {
                function,
                self_sizes: vec![0; width],
                total_sizes: vec![0; width],
                once_sizes: vec![0; width],
            })
            .collect();
        for (at, profile) in self.profiles.iter().enumerate() {
            let functions = profile.functions();
            let groups = functions.map(|function| group_of[self.number(at, function) as usize]);
            let names = vec![FunctionId(0); first.len()];
            let grouping = Grouping::from_parts(by, groups.collect(), names);
            outermost(profile, &grouping, task, |node, group, outer| {
                let row = &mut rows[group as usize];
                let total = profile.total_size(node);
                row.self_sizes[at] += profile.self_size(node);
                if outer {
                    row.once_sizes[at] += total;
                }
                if outer || by.counts_every_level() {
                    let sum = &mut row.total_sizes[at];
                    *sum = sum.saturating_add(total).min(MOST);
                }
            })?;
        }
        rows.retain(|row| row.total_sizes.iter().any(|&size| size > 0));
        rows.sort_by_key(|row| {
            let last = |sizes: &[u64]| sizes.last().copied().unwrap_or(0);
            std::cmp::Reverse((last(&row.self_sizes), last(&row.total_sizes)))
        });
        Ok(rows)
    }

    /// The group of each function, and the first function of each group.
    fn groups(&self, by: By) -> (Vec<u32>, Vec<u32>) {
        let mut first = Vec::new();
        let mut known: HashMap<&str, u32> = HashMap::new();
        let groups = (0u32..)
            .zip(&self.functions)
            .map(|(number, &(at, function))| {
                let next = first.len() as u32;
                let profile = &self.profiles[at as usize];
                let group = match by {
                    By::Function => next,
                    By::File | By::Package => {
                        *known.entry(by.name_of(profile, function)).or_insert(next)
                    }
                };
                if group == next {
                    first.push(number);
                }
                group
            });
        let groups = groups.collect();
        (groups, first)
    }

    /// What the group of a row is called.
    pub fn name(&self, by: By, row: &MergedRow) -> &'p str {
        match self.functions.get(row.function as usize) {
            Some(&(at, function)) => by.name_of(&self.profiles[at as usize], function),
            None => "",
        }
    }
}

fn row(sizes: &[u64], path: u32, width: usize) -> &[u64] {
    let start = path as usize * width;
    sizes.get(start..start + width).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::model::testing::profile;

    #[test]
    fn the_same_functions_and_paths_are_found_again() {
        let task = Task::new();
        let profiles = [
            profile(&[("a;f", 10), ("b;f", 1), ("old", 4)]),
            profile(&[("b;f", 2), ("a", 5), ("a;f", 40), ("a;f;f", 100)]),
        ];
        let merged = Merged::new(&profiles, &task).unwrap();
        let rows = merged.rows(By::Function, &task).unwrap();
        let shown: Vec<_> = rows
            .iter()
            .map(|row| {
                let name = merged.name(By::Function, row);
                (name, row.self_sizes.as_slice(), row.total_sizes.as_slice())
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("f", &[11, 142][..], &[11, 242][..]),
                ("a", &[0, 5][..], &[10, 145][..]),
                ("b", &[0, 0][..], &[1, 2][..]),
                ("old", &[4, 0][..], &[4, 0][..]),
            ]
        );
        let grown: Vec<_> = merged
            .paths()
            .map(|path| {
                let names = merged
                    .stack(path)
                    .map(|function| merged.frame(function).name);
                (
                    names.collect::<Vec<_>>().join("<"),
                    merged.self_sizes(path).to_vec(),
                )
            })
            .collect();
        assert!(grown.contains(&("f<f<a".to_owned(), vec![0, 100])));
        assert!(grown.contains(&("f<a".to_owned(), vec![10, 40])));
        assert!(grown.contains(&("old".to_owned(), vec![4, 0])));
        assert_eq!(merged.total_sizes(ROOT), [15, 147]);
        let files = merged.rows(By::File, &task).unwrap();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].total_sizes, [15, 147]);
        assert_eq!(rows[0].once_sizes, [11, 142]);
    }
}
