//! Totals: bytes by function, by file, by package.
//!
//! The self size of a function is what its frames allocated themselves; its total what was allocated in them and below.
//! People are shown totals in which each stack counts once: no function has more than the profile. DevTools' "Heavy
//! (bottom up)" counts every level of a function that calls itself (`BottomUpProfileDataGridTree`; the comment there means
//! otherwise); JSON and CSV have both figures. Files and packages, which DevTools does not put together, have one.

use std::collections::HashMap;

use super::model::{Frame, FunctionId, Profile, ROOT};
use crate::error::Result;
use crate::task::{CHECK_EVERY, Task};
use crate::text::place::package;

/// What functions are put together by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum By {
    /// Each on its own.
    #[default]
    Function,
    /// Those of one script.
    File,
    /// Those of one package; the application itself is one, and so is each module that is built in.
    Package,
}

/// The group of what no script contains: the engine's own work.
const ENGINE: &str = "(engine)";
/// The group of built-in modules without a package.
const BUILT_IN: &str = "(Node)";
/// The group of scripts outside packages.
const APPLICATION: &str = "(application)";

/// The largest total that is told: recursion can count the bytes of a profile as often as it is deep.
pub(super) const MOST: u64 = i64::MAX as u64;

/// Whose code a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// Outside packages.
    Application,
    /// A package, by its name; untrusted.
    Package(&'a str),
    /// A built-in module, or the engine itself.
    Runtime,
    /// The profiler, or the inspector that asked for the profile.
    Profiler,
}

impl Frame<'_> {
    /// Whose code it is.
    pub fn origin(&self) -> Origin<'_> {
        let profiler = ["node:inspector", "node:internal/inspector", "inspector.js"];
        match package(self.url) {
            _ if profiler.iter().any(|url| self.url.starts_with(url)) => Origin::Profiler,
            _ if !self.has_place() || self.url.starts_with("node:") => Origin::Runtime,
            Some(package) => Origin::Package(package),
            None => Origin::Application,
        }
    }
}

impl By {
    /// Whether a total has every level of a recursion in it, as in DevTools.
    pub(super) fn counts_every_level(self) -> bool {
        self == Self::Function
    }

    /// What a function's group is called: its own name, its script's path or URL, its package's name. Untrusted.
    pub(super) fn name_of(self, profile: &Profile, function: FunctionId) -> &str {
        let frame = profile.frame(function);
        match self {
            Self::Function => frame.shown_name(),
            _ if !frame.has_place() => ENGINE,
            Self::File if frame.url.is_empty() => "(no file)",
            Self::File => frame.url,
            Self::Package => match package(frame.url) {
                Some(package) => package,
                None if frame.url.starts_with("node:") => BUILT_IN,
                None => APPLICATION,
            },
        }
    }
}

/// Which group each function belongs to.
#[derive(Debug, Clone)]
pub struct Grouping {
    /// What was put together.
    pub by: By,
    of: Vec<u32>,
    /// The first function of each group, which names it.
    first: Vec<FunctionId>,
}

/// A group's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The group, of a [`Grouping`].
    pub group: u32,
    /// What its frames allocated themselves.
    pub self_size: u64,
    /// What was allocated in its frames and below. Of functions every frame counts, as in DevTools, so that recursion
    /// makes it larger than the profile; of files and packages each stack once.
    pub total_size: u64,
    /// The same with each stack counted once.
    pub once_size: u64,
}

impl Grouping {
    /// Groups the functions of a profile.
    pub fn new(profile: &Profile, by: By) -> Self {
        let (mut of, mut first) = (Vec::new(), Vec::new());
        let mut known: HashMap<&str, u32> = HashMap::new();
        for function in profile.functions() {
            let next = first.len() as u32;
            let group = match by {
                By::Function => next,
                By::File | By::Package => {
                    *known.entry(by.name_of(profile, function)).or_insert(next)
                }
            };
            if group == next {
                first.push(function);
            }
            of.push(group);
        }
        Self { by, of, first }
    }

    /// A grouping by other means.
    pub(super) fn from_parts(by: By, of: Vec<u32>, first: Vec<FunctionId>) -> Self {
        Self { by, of, first }
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// The group of a function.
    pub fn of(&self, function: FunctionId) -> u32 {
        self.of.get(function.index()).copied().unwrap_or(0)
    }

    /// The group of a node's function.
    pub fn of_node(&self, profile: &Profile, node: u32) -> u32 {
        self.of(profile.function(node))
    }

    /// The function that names a group: the function itself, or the first of the file or package.
    pub fn function(&self, group: u32) -> FunctionId {
        self.first
            .get(group as usize)
            .copied()
            .unwrap_or(FunctionId(0))
    }

    /// What a group is called: a function's name, a script's path or URL, a package's name. Untrusted.
    pub fn name<'p>(&self, profile: &'p Profile, group: u32) -> &'p str {
        self.by.name_of(profile, self.function(group))
    }
}

/// The groups that allocated anything, most own bytes first, as in DevTools. The root is none of them.
///
/// # Errors
/// When the task is cancelled.
pub fn rows(profile: &Profile, grouping: &Grouping, task: &Task) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = (0..grouping.len() as u32)
        .map(|group| Row {
            group,
            self_size: 0,
            total_size: 0,
            once_size: 0,
        })
        .collect();
    outermost(profile, grouping, task, |node, group, outer| {
        if let Some(row) = rows.get_mut(group as usize) {
            let total = profile.total_size(node);
            row.self_size += profile.self_size(node);
            if outer {
                row.once_size += total;
            }
            if outer || grouping.by.counts_every_level() {
                row.total_size = row.total_size.saturating_add(total).min(MOST);
            }
        }
    })?;
    rows.retain(|row| row.total_size > 0);
    rows.sort_by_key(|row| std::cmp::Reverse((row.self_size, row.total_size)));
    Ok(rows)
}

/// Visits all nodes but the root, with their groups, and says of each whether no node above it is of its group.
pub(super) fn outermost(
    profile: &Profile,
    grouping: &Grouping,
    task: &Task,
    mut visit: impl FnMut(u32, u32, bool),
) -> Result<()> {
    let mut open: Vec<(u32, u32)> = Vec::new();
    let mut times = vec![0u32; grouping.len()];
    for node in ROOT + 1..profile.len() as u32 {
        if (node as usize).is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        while let Some(&(end, group)) = open.last()
            && end <= node
        {
            open.pop();
            if let Some(times) = times.get_mut(group as usize) {
                *times -= 1;
            }
        }
        let group = grouping.of_node(profile, node);
        let Some(times) = times.get_mut(group as usize) else {
            continue;
        };
        visit(node, group, *times == 0);
        *times += 1;
        open.push((profile.end(node), group));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::model::testing::profile;

    fn shown(profile: &Profile, by: By) -> Vec<(String, u64, u64)> {
        let grouping = Grouping::new(profile, by);
        let rows = rows(profile, &grouping, &Task::new()).unwrap();
        rows.iter()
            .map(|row| {
                let name = grouping.name(profile, row.group).to_owned();
                (name, row.self_size, row.total_size)
            })
            .collect()
    }

    #[test]
    fn every_level_of_a_recursion_counts_as_in_devtools() {
        let profile = profile(&[("f", 10), ("f;g", 5), ("f;g;f", 100), ("g", 1), ("h", 0)]);
        assert_eq!(
            shown(&profile, By::Function),
            [("f".to_owned(), 110, 215), ("g".to_owned(), 6, 106)]
        );
        let grouping = Grouping::new(&profile, By::Function);
        let rows = rows(&profile, &grouping, &Task::new()).unwrap();
        assert_eq!((rows[0].once_size, rows[1].once_size), (115, 106));
        assert_eq!(shown(&profile, By::File)[0].2, 116, "files count once");
    }

    #[test]
    fn files_and_packages() {
        let express = "/srv/node_modules/express/index.js!use";
        let profile = profile(&[
            ("main", 1),
            (&format!("main;{express}"), 20),
            (&format!("main;{express};handler"), 300),
            ("node:fs!read", 4000),
        ]);
        assert_eq!(
            shown(&profile, By::Package),
            [
                ("(Node)".to_owned(), 4000, 4000),
                ("(application)".to_owned(), 301, 321),
                ("express".to_owned(), 20, 320),
            ]
        );
        assert_eq!(shown(&profile, By::File)[1].0, "/app.js");
    }
}
