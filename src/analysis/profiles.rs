//! Profiles of a series against each other: what came, grew and went, and how fast.

use std::cmp::Reverse;

use jiff::Timestamp;

use crate::analysis::growth::per_hour;
use crate::error::Result;
use crate::profile::By;
use crate::profile::merge::Merged;
use crate::task::Task;

/// What became of a function or call path between the first and the last profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// It had no bytes at first.
    Added,
    /// It has more bytes than at first.
    Grown,
    /// It has fewer.
    Shrunk,
    /// It has none any more.
    Gone,
    /// It has as many.
    Same,
}

impl Change {
    /// What became of a figure.
    pub fn of(first: u64, last: u64) -> Self {
        match (first, last) {
            (0, 1..) => Self::Added,
            (1.., 0) => Self::Gone,
            (first, last) if last > first => Self::Grown,
            (first, last) if last < first => Self::Shrunk,
            _ => Self::Same,
        }
    }

    /// The word for it in output and on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Grown => "grown",
            Self::Shrunk => "shrunk",
            Self::Gone => "gone",
            Self::Same => "same",
        }
    }
}

/// Which size counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Size {
    /// What was allocated in the frames themselves.
    #[default]
    Own,
    /// With what was called from them.
    Total,
}

/// What a row of a comparison is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A function, or the file or package that it is the first of: a number of [`Merged::frame`].
    Function(u32),
    /// A call path of [`Merged`].
    Path(u32),
}

/// A row of a comparison of two profiles or more.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileRow {
    /// What it is about.
    pub subject: Subject,
    /// What the group is called, as in [`Merged::name`]; nothing for call paths.
    pub name: String,
    /// Own bytes in each profile.
    pub self_sizes: Vec<u64>,
    /// Bytes with those of all that was called, in each profile. Of functions every level of a recursion counts, as in
    /// DevTools.
    pub total_sizes: Vec<u64>,
    /// The same with each stack counted once: never more than the profile.
    pub once_sizes: Vec<u64>,
    /// Growth of own bytes (or all, if those count) per hour; nothing where times do not tell.
    pub growth_per_hour: Option<f64>,
    /// What became of it, by the size that counts.
    pub change: Change,
}

impl ProfileRow {
    /// The sizes of one kind.
    pub fn sizes(&self, size: Size) -> &[u64] {
        match size {
            Size::Own => &self.self_sizes,
            Size::Total => &self.once_sizes,
        }
    }

    /// Bytes of the last profile less those of the first.
    pub fn delta(&self, size: Size) -> i64 {
        let sizes = self.sizes(size);
        let (first, last) = ends(sizes);
        last as i64 - first as i64
    }
}

fn ends(sizes: &[u64]) -> (u64, u64) {
    let end = |size: Option<&u64>| size.copied().unwrap_or(0);
    (end(sizes.first()), end(sizes.last()))
}

/// Compares profiles by function, file or package. Most growth first.
///
/// # Errors
/// When the task is cancelled.
pub fn by_group(
    merged: &Merged<'_>,
    by: By,
    size: Size,
    times: &[Option<Timestamp>],
    task: &Task,
) -> Result<Vec<ProfileRow>> {
    let rows = merged.rows(by, task)?.into_iter().map(|row| {
        let name = merged.name(by, &row).to_owned();
        let subject = Subject::Function(row.function);
        let sizes = [row.self_sizes, row.total_sizes, row.once_sizes];
        finished(subject, name, sizes, size, times)
    });
    Ok(sorted(rows.collect(), size))
}

/// Compares profiles by call path: those whose last function allocated something itself (with [`Size::Total`]: all).
/// Most growth first.
///
/// # Errors
/// When the task is cancelled.
pub fn by_path(
    merged: &Merged<'_>,
    size: Size,
    times: &[Option<Timestamp>],
    task: &Task,
) -> Result<Vec<ProfileRow>> {
    task.check()?;
    let counts = |path: &u32| {
        let sizes = match size {
            Size::Own => merged.self_sizes(*path),
            Size::Total => merged.total_sizes(*path),
        };
        sizes.iter().any(|&size| size > 0)
    };
    let rows = merged.paths().filter(counts).map(|path| {
        let (own, total) = (merged.self_sizes(path), merged.total_sizes(path));
        let subject = Subject::Path(path);
        let sizes = [own.to_vec(), total.to_vec(), total.to_vec()];
        finished(subject, String::new(), sizes, size, times)
    });
    Ok(sorted(rows.collect(), size))
}

fn finished(
    subject: Subject,
    name: String,
    [self_sizes, total_sizes, once_sizes]: [Vec<u64>; 3],
    size: Size,
    times: &[Option<Timestamp>],
) -> ProfileRow {
    let mut row = ProfileRow {
        subject,
        name,
        self_sizes,
        total_sizes,
        once_sizes,
        growth_per_hour: None,
        change: Change::Same,
    };
    let sizes = row.sizes(size);
    let (first, last) = ends(sizes);
    // From the same two figures as the growth beside it.
    let ends = times.first().zip(times.last());
    let rate = ends.and_then(|(&from, &to)| per_hour(&[from, to], &[first, last]));
    (row.growth_per_hour, row.change) = (rate, Change::of(first, last));
    row
}

fn sorted(mut rows: Vec<ProfileRow>, size: Size) -> Vec<ProfileRow> {
    rows.sort_by_key(|row| {
        let last = row.sizes(size).last().copied();
        Reverse((row.delta(size), last))
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn profile(sizes: [u64; 3]) -> Profile {
        let node = |name: &str, size: u64, below: &str| {
            format!(
                r#"{{"callFrame":{{"functionName":"{name}","scriptId":"1","url":"/a.js","lineNumber":1,"columnNumber":1}},
                "selfSize":{size},"children":[{below}]}}"#
            )
        };
        let leaf = node("leaf", sizes[0], "");
        let other = node("other", sizes[2], "");
        let middle = node("middle", sizes[1], &leaf);
        let text = format!(
            "{{\"head\":{}}}",
            node("(root)", 0, &format!("{middle},{other}"))
        );
        Profile::read(text.as_bytes(), &Task::new()).unwrap()
    }

    #[test]
    fn what_grows_comes_first_and_what_is_gone_last() {
        let profiles = [
            profile([0, 10, 7]),
            profile([50, 12, 7]),
            profile([100, 20, 0]),
        ];
        let task = Task::new();
        let merged = Merged::new(&profiles, &task).unwrap();
        let hour = |hours: i64| Timestamp::from_second(1_795_000_000 + hours * 3600).ok();
        let times = [hour(0), hour(1), hour(2)];
        let rows = by_group(&merged, By::Function, Size::Own, &times, &task).unwrap();
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.name.as_str(), row.change, row.delta(Size::Own)))
            .collect();
        assert_eq!(
            shown,
            [
                ("leaf", Change::Added, 100),
                ("middle", Change::Grown, 10),
                ("other", Change::Gone, -7),
            ]
        );
        assert_eq!(rows[0].growth_per_hour, Some(50.0));
        assert_eq!(rows[1].delta(Size::Total), 110);
        let paths = by_path(&merged, Size::Own, &times, &task).unwrap();
        let Subject::Path(path) = paths[0].subject else {
            panic!("a path");
        };
        let names: Vec<_> = merged
            .stack(path)
            .map(|function| merged.frame(function).name)
            .collect();
        assert_eq!(names, ["leaf", "middle"]);
    }

    #[test]
    fn the_rate_is_that_of_the_growth_beside_it() {
        let profiles = [[5, 10, 7], [5, 0, 7], [5, 0, 7], [5, 10, 1007]].map(profile);
        let task = Task::new();
        let merged = Merged::new(&profiles, &task).unwrap();
        let hour = |hours: i64| Timestamp::from_second(1_795_000_000 + hours * 3600).ok();
        let times = [hour(0), hour(1), hour(3), hour(4)];
        let rows = by_group(&merged, By::Function, Size::Own, &times, &task).unwrap();
        for row in rows {
            let rate = row.growth_per_hour.unwrap();
            assert_eq!(rate, row.delta(Size::Own) as f64 / 4.0, "{}", row.name);
        }
    }
}
