//! Callers and callees, unfolded one level at a time.
//!
//! A [`Branch`] stands for many frames of one group at once. What is below it is found when it is asked for, so that a
//! tree of callers, which is far larger than the profile, never exists as a whole.

use std::collections::HashMap;

use super::model::{Profile, ROOT};
use super::rows::{By, Grouping, outermost};
use crate::error::Result;
use crate::task::{CHECK_EVERY, Task};

/// Which way a tree unfolds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From a function to those that called it; sizes are what the first function allocated when called so.
    Callers,
    /// From a function to those that it called; sizes are what those allocated.
    Callees,
}

/// A row of a tree of callers or callees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Which group, of the tree's [`Grouping`].
    pub group: u32,
    /// Bytes: own ones of the frames that are meant.
    pub self_size: u64,
    /// Bytes: those of the frames and of all below, each stack once.
    pub total_size: u64,
    /// Whether there is anything to unfold.
    pub has_more: bool,
    frames: Vec<Place>,
}

/// A frame that a branch stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    /// Where in the profile this branch is.
    at: u32,
    /// The frame whose sizes count. It is `at` itself, except above the first level of a tree of callers.
    meant: u32,
    /// No frame above it is of the tree's first group too.
    outer: bool,
}

impl Branch {
    /// The frames of the profile that it stands for: in a tree of callers those of the first function.
    pub fn nodes(&self) -> impl Iterator<Item = u32> + '_ {
        self.frames.iter().map(|frame| frame.meant)
    }
}

/// A tree over one profile.
#[derive(Debug, Clone, Copy)]
pub struct Tree<'p> {
    /// The profile.
    pub profile: &'p Profile,
    /// What its functions are put together by.
    pub grouping: &'p Grouping,
    /// Which way it unfolds.
    pub direction: Direction,
}

impl Tree<'_> {
    /// The branch of one group as a whole. Looks at every frame of the profile.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of_group(&self, group: u32, task: &Task) -> Result<Branch> {
        let mut frames = Vec::new();
        outermost(self.profile, self.grouping, task, |node, of, outer| {
            if of == group {
                frames.push(Place {
                    at: node,
                    meant: node,
                    outer,
                });
            }
        })?;
        Ok(self.branch(group, frames))
    }

    /// The first level: of callees what was called from outside, of callers every group.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn tops(&self, task: &Task) -> Result<Vec<Branch>> {
        let mut by_group: HashMap<u32, Vec<Place>> = HashMap::new();
        match self.direction {
            Direction::Callees => {
                for node in self.profile.children(ROOT) {
                    let group = self.grouping.of_node(self.profile, node);
                    by_group.entry(group).or_default().push(Place {
                        at: node,
                        meant: node,
                        outer: true,
                    });
                }
            }
            Direction::Callers => {
                outermost(self.profile, self.grouping, task, |node, group, outer| {
                    by_group.entry(group).or_default().push(Place {
                        at: node,
                        meant: node,
                        outer,
                    });
                })?;
            }
        }
        Ok(self.branches(by_group))
    }

    /// What is below a branch, largest total first.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn below(&self, branch: &Branch, task: &Task) -> Result<Vec<Branch>> {
        let mut by_group: HashMap<u32, Vec<Place>> = HashMap::new();
        for (count, &frame) in branch.frames.iter().enumerate() {
            if count.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            match self.direction {
                Direction::Callers => {
                    if let Some(at) = self.caller(frame.at) {
                        let group = self.grouping.of_node(self.profile, at);
                        by_group
                            .entry(group)
                            .or_default()
                            .push(Place { at, ..frame });
                    }
                }
                Direction::Callees => self.callees(frame.at, branch.group, task, |node| {
                    let group = self.grouping.of_node(self.profile, node);
                    let outer = frame.outer || group != branch.group;
                    by_group.entry(group).or_default().push(Place {
                        at: node,
                        meant: node,
                        outer,
                    });
                })?,
            }
        }
        Ok(self.branches(by_group))
    }

    /// The frame that called one: the next one above; of files and packages the next of another one.
    fn caller(&self, at: u32) -> Option<u32> {
        let group = self.grouping.of_node(self.profile, at);
        let mut above = self.profile.parent(at)?;
        while self.is_inside()
            && above != ROOT
            && self.grouping.of_node(self.profile, above) == group
        {
            above = self.profile.parent(above)?;
        }
        (above != ROOT).then_some(above)
    }

    /// Whether calls inside a group are no calls: those inside a file or package.
    fn is_inside(&self) -> bool {
        self.grouping.by != By::Function
    }

    /// Visits the frames that one called; of files and packages the first ones of others.
    fn callees(&self, at: u32, group: u32, task: &Task, mut visit: impl FnMut(u32)) -> Result<()> {
        let mut node = at + 1;
        let end = self.profile.end(at);
        while node < end {
            if (node as usize).is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if self.is_inside() && self.grouping.of_node(self.profile, node) == group {
                node += 1;
            } else {
                visit(node);
                node = self.profile.end(node);
            }
        }
        Ok(())
    }

    fn branches(&self, by_group: HashMap<u32, Vec<Place>>) -> Vec<Branch> {
        let mut branches: Vec<Branch> = by_group
            .into_iter()
            .map(|(group, frames)| self.branch(group, frames))
            .filter(|branch| branch.total_size > 0)
            .collect();
        branches.sort_by_key(|branch| {
            (
                std::cmp::Reverse((branch.total_size, branch.self_size)),
                branch.group,
            )
        });
        branches
    }

    fn branch(&self, group: u32, frames: Vec<Place>) -> Branch {
        let profile = self.profile;
        let sum = |sizes: &mut dyn Iterator<Item = u64>| sizes.fold(0u64, u64::saturating_add);
        let own = match self.direction {
            Direction::Callees if self.is_inside() => self.own_of_group(group, &frames),
            _ => sum(&mut frames.iter().map(|frame| profile.self_size(frame.meant))),
        };
        let by_callers = self.direction == Direction::Callers && !self.is_inside();
        // Frames come in the order of the profile, what is inside of one right behind it.
        let mut end = 0;
        let counts = |frame: &&Place| match by_callers {
            true if frame.meant < end => false,
            true => {
                end = profile.end(frame.meant);
                true
            }
            false => frame.outer,
        };
        let counted = frames.iter().filter(counts);
        let total = sum(&mut counted.map(|frame| profile.total_size(frame.meant)));
        let more = |frame: &Place| match self.direction {
            Direction::Callers => self.caller(frame.at).is_some(),
            Direction::Callees => profile.total_size(frame.at) > profile.self_size(frame.at),
        };
        Branch {
            group,
            self_size: own,
            total_size: total,
            has_more: match self.direction {
                Direction::Callees if self.is_inside() => total > own,
                _ => frames.iter().any(more),
            },
            frames,
        }
    }

    /// What the frames of a file or package allocated, with those that it called in itself.
    fn own_of_group(&self, group: u32, frames: &[Place]) -> u64 {
        let profile = self.profile;
        let mut own = 0u64;
        for frame in frames.iter().filter(|frame| frame.outer) {
            let mut node = frame.at;
            while node < profile.end(frame.at) {
                if self.grouping.of_node(profile, node) == group {
                    own = own.saturating_add(profile.self_size(node));
                    node += 1;
                } else {
                    node = profile.end(node);
                }
            }
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::model::testing::profile;

    fn shown(tree: &Tree<'_>, branches: &[Branch]) -> Vec<(String, u64, u64, bool)> {
        let name = |branch: &Branch| tree.grouping.name(tree.profile, branch.group).to_owned();
        branches
            .iter()
            .map(|branch| {
                (
                    name(branch),
                    branch.self_size,
                    branch.total_size,
                    branch.has_more,
                )
            })
            .collect()
    }

    #[test]
    fn callers_keep_the_sizes_of_the_first_function() {
        let profile = profile(&[("a;f", 10), ("a;f;f", 5), ("b;f", 3), ("b", 1)]);
        let grouping = Grouping::new(&profile, By::Function);
        let tree = Tree {
            profile: &profile,
            grouping: &grouping,
            direction: Direction::Callers,
        };
        let task = Task::new();
        let tops = tree.tops(&task).unwrap();
        assert_eq!(
            shown(&tree, &tops),
            [
                ("f".to_owned(), 18, 18, true),
                ("a".to_owned(), 0, 15, false),
                ("b".to_owned(), 1, 4, false),
            ]
        );
        let below = tree.below(&tops[0], &task).unwrap();
        assert_eq!(
            shown(&tree, &below),
            [
                ("a".to_owned(), 10, 15, false),
                ("f".to_owned(), 5, 5, true),
                ("b".to_owned(), 3, 3, false)
            ],
            "the inner frame of a recursion is a caller, too"
        );
        let f = tree.of_group(tops[0].group, &task).unwrap();
        assert_eq!(f, tops[0]);
    }

    #[test]
    fn callees_of_the_same_function_are_one_row() {
        let profile = profile(&[("a;f;x", 10), ("a;f;y", 5), ("b;f;x", 3)]);
        let grouping = Grouping::new(&profile, By::Function);
        let tree = Tree {
            profile: &profile,
            grouping: &grouping,
            direction: Direction::Callees,
        };
        let task = Task::new();
        let tops = tree.tops(&task).unwrap();
        assert_eq!(tops.len(), 2);
        let f = tree.below(&tops[0], &task).unwrap();
        let f = tree.of_group(f[0].group, &task).unwrap();
        assert_eq!(
            shown(&tree, &tree.below(&f, &task).unwrap()),
            [
                ("x".to_owned(), 13, 13, false),
                ("y".to_owned(), 5, 5, false)
            ]
        );
    }

    #[test]
    fn calls_inside_a_package_are_passed_over() {
        let lib = |name: &str| format!("/node_modules/lib/i.js!{name}");
        let stack = format!("main;{};{};handler", lib("a"), lib("b"));
        let profile = profile(&[
            (&stack, 10),
            (&format!("main;{};{}", lib("a"), lib("b")), 2),
        ]);
        let grouping = Grouping::new(&profile, By::Package);
        let task = Task::new();
        let callers = Tree {
            profile: &profile,
            grouping: &grouping,
            direction: Direction::Callers,
        };
        let tops = callers.tops(&task).unwrap();
        let lib = tops
            .iter()
            .find(|top| callers.grouping.name(&profile, top.group) == "lib")
            .unwrap();
        assert_eq!((lib.self_size, lib.total_size), (2, 12));
        let above = callers.below(lib, &task).unwrap();
        assert_eq!(shown(&callers, &above)[0].0, "(application)");
        let callees = Tree {
            direction: Direction::Callees,
            ..callers
        };
        let tops = callees.tops(&task).unwrap();
        let below = callees.below(&tops[0], &task).unwrap();
        assert_eq!(shown(&callees, &below), [("lib".to_owned(), 2, 12, true)]);
    }
}
