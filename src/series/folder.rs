//! The processes whose dumps lie together.
//!
//! Object ids, and script numbers with them, are a process's own (more exactly: a thread's that runs JavaScript). So
//! dumps of several processes are several series.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Series;
use super::dump::Dump;
use super::order::fits;
use crate::error::{Error, Result};

/// The series that were found, the one with most usable dumps first; of equal ones the newest.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// At least one, though it may have no dumps.
    pub groups: Vec<Group>,
    /// What went wrong with paths that are no dumps.
    pub problems: Vec<Error>,
}

/// The dumps of one process, as far as that can be told.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// What tells it apart from the others: `process 4711`, `thread 2`, a folder. Empty where there is only one.
    pub name: String,
    /// Its dumps, with labels of their own.
    pub series: Series,
}

/// What a dump's name and place say about the process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Process {
    pid: Option<u32>,
    thread: Option<u32>,
    folder: Option<PathBuf>,
}

impl Process {
    fn of(dump: &Dump) -> Self {
        let known = dump.pid.is_some();
        Self {
            pid: dump.pid,
            thread: dump.tid.filter(|_| known),
            // Containers number their processes from 1, each for itself.
            folder: dump.path.parent().filter(|_| known).map(Path::to_owned),
        }
    }
}

impl Folder {
    /// Tells processes apart by what the names of their dumps say.
    ///
    /// Dumps whose names tell no process go with the only one there is, or make up a series. Files that were named one
    /// by one stay together unless each process has two of them or more: whoever names two files wants to compare them.
    pub fn of(series: Series) -> Self {
        let Series {
            dumps, problems, ..
        } = series;
        let mut processes: Vec<(Process, Vec<Dump>)> = Vec::new();
        for dump in dumps {
            let process = Process::of(&dump);
            match processes.iter_mut().find(|(other, _)| *other == process) {
                Some((_, dumps)) => dumps.push(dump),
                None => processes.push((process, vec![dump])),
            }
        }
        let known = processes
            .iter()
            .filter(|(process, _)| process.pid.is_some())
            .count();
        let chosen = processes
            .iter()
            .all(|(_, dumps)| dumps.iter().all(Dump::is_named));
        let alone = |dumps: &[Dump]| dumps.iter().filter(|dump| dump.is_usable()).count() < 2;
        let together = known <= 1 || chosen && processes.iter().any(|(_, dumps)| alone(dumps));
        if together {
            let dumps = processes.into_iter().flat_map(|(_, dumps)| dumps).collect();
            return Self::from_groups(vec![(String::new(), dumps)], problems);
        }
        let names = names(&processes);
        let dumps = processes.into_iter().map(|(_, dumps)| dumps);
        Self::from_groups(names.into_iter().zip(dumps).collect(), problems)
    }

    fn from_groups(groups: Vec<(String, Vec<Dump>)>, problems: Vec<Error>) -> Self {
        let group = |(name, dumps)| {
            let mut series = Series::of(dumps, Vec::new());
            series.arrange();
            Group { name, series }
        };
        let mut groups: Vec<Group> = groups.into_iter().map(group).collect();
        if groups.is_empty() {
            groups.push(Group::default());
        }
        groups.sort_by_cached_key(|group| {
            let usable = group.series.usable().count();
            let newest = group
                .series
                .dumps
                .iter()
                .filter_map(|dump| dump.taken_at)
                .max();
            (Reverse((usable, newest)), group.name.clone())
        });
        if let [only] = groups.as_mut_slice() {
            // Whoever looks at the only series reads of its problems there.
            only.series.problems.clone_from(&problems);
        }
        Self { groups, problems }
    }

    /// Whether there are several series.
    pub fn is_divided(&self) -> bool {
        self.groups.len() > 1
    }

    /// The place of the group that has this name, or this process's number.
    ///
    /// # Errors
    /// When there is none, or several; the message lists the groups.
    pub fn find(&self, named: &str) -> Result<usize> {
        let pid: Option<u32> = named.parse().ok();
        let matches = |group: &Group| {
            group.name == named
                || pid.is_some() && group.series.dumps.iter().any(|dump| dump.pid == pid)
        };
        let mut found = (0..self.groups.len()).filter(|&index| matches(&self.groups[index]));
        match (found.next(), found.next()) {
            (Some(index), None) => Ok(index),
            (Some(_), Some(_)) => Err(Error::usage(format!("several series are of {named}"))
                .advise(format!("name one of {}", self.listing()))),
            (None, _) => Err(Error::usage(format!("no dumps of process {named}"))
                .advise(format!("there are {}", self.listing()))),
        }
    }

    /// The groups in words: `process 7 (3 dumps), process 9 (2 dumps)`.
    pub fn listing(&self) -> String {
        let entry = |group: &Group| {
            let count = group.series.usable().count();
            let dumps = if count == 1 { "dump" } else { "dumps" };
            let name = if group.name.is_empty() {
                "all"
            } else {
                &group.name
            };
            format!("{name} ({count} {dumps})")
        };
        self.groups.iter().map(entry).collect::<Vec<_>>().join(", ")
    }

    /// Divides further what the objects' ids tell apart, as far as they are known. Says whether anything changed.
    ///
    /// Each dump goes with the first earlier ones whose last it fits. What comes of that are several processes where their
    /// dumps alternate. Where they follow one upon the other, the process may as well be the same, and its ids begin
    /// anew because another inspector was attached: then the series is only divided where a part of it is long enough
    /// to stand for itself. Files that were named one by one stay together.
    pub fn divide(&mut self) -> bool {
        let mut changed = false;
        let mut groups: Vec<(String, Vec<Dump>)> = Vec::new();
        for group in std::mem::take(&mut self.groups) {
            let Group { name, series } = group;
            let parts = parts(&series.dumps);
            let count = parts.iter().max().map_or(1, |&part| part + 1);
            let alternate = !parts.is_sorted();
            let is_series = |part| parts.iter().filter(|&&other| other == part).count() >= 3;
            let is_named = series.dumps.iter().all(Dump::is_named);
            if is_named || !alternate && !(0..count).any(is_series) || count == 1 {
                groups.push((name, series.dumps));
                continue;
            }
            changed = true;
            let mut chains: Vec<Vec<Dump>> = vec![Vec::new(); count];
            let mut places = parts.into_iter();
            for dump in series.dumps {
                let at = match dump.is_usable() {
                    true => places.next().unwrap_or(0),
                    false => 0,
                };
                chains[at].push(dump);
            }
            for (number, chain) in chains.into_iter().enumerate() {
                let name = match (alternate, name.is_empty()) {
                    (true, true) => format!("process {}", letter(number)),
                    (false, true) => format!("part {}", letter(number)),
                    (_, false) => format!("{name}, part {}", letter(number)),
                };
                groups.push((name, chain));
            }
        }
        let problems = std::mem::take(&mut self.problems);
        *self = Self::from_groups(groups, problems);
        changed
    }
}

/// For each usable dump, in order, the number of those whose ids it fits; what is not known goes with the first.
fn parts(dumps: &[Dump]) -> Vec<usize> {
    let mut last: Vec<&Dump> = Vec::new();
    let usable = dumps.iter().filter(|dump| dump.is_usable());
    let mut part = |dump| {
        let at = last
            .iter()
            .position(|last| fits(last, dump) != Some(false))
            .unwrap_or(last.len());
        match last.get_mut(at) {
            Some(last) => *last = dump,
            None => last.push(dump),
        }
        at
    };
    usable.map(&mut part).collect()
}

/// `A`, `B`, …, `Z`, then numbers: what stands for a process whose number is not known.
fn letter(number: usize) -> String {
    match u8::try_from(number) {
        Ok(number @ 0..26) => char::from(b'A' + number).to_string(),
        _ => (number + 1).to_string(),
    }
}

/// The shortest names that tell processes apart.
fn names(processes: &[(Process, Vec<Dump>)]) -> Vec<String> {
    let differ = |part: fn(&Process) -> Option<String>| {
        let parts: HashSet<Option<String>> = processes
            .iter()
            .filter(|(process, _)| process.pid.is_some())
            .map(|(process, _)| part(process))
            .collect();
        parts.len() > 1
    };
    let folder = |process: &Process| Some(process.folder.as_ref()?.display().to_string());
    let (pids, threads) = (
        differ(|process| process.pid.map(|pid| pid.to_string())),
        differ(|process| process.thread.map(|thread| thread.to_string())),
    );
    let mut numbers = HashSet::new();
    let folders = processes
        .iter()
        .filter(|(process, _)| process.pid.is_some())
        .any(|(process, _)| !numbers.insert((process.pid, process.thread)));
    let name = |process: &Process| {
        let mut parts = Vec::new();
        let Some(pid) = process.pid else {
            return "no process named".to_owned();
        };
        if pids {
            parts.push(format!("process {pid}"));
        }
        if let Some(thread) = process.thread.filter(|_| threads) {
            parts.push(format!("thread {thread}"));
        }
        if let Some(folder) = folder(process).filter(|_| folders) {
            parts.push(if folder.is_empty() {
                ".".to_owned()
            } else {
                folder
            });
        }
        parts.join(", ")
    };
    processes.iter().map(|(process, _)| name(process)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::comparable::Fingerprint;
    use crate::series::State;
    use std::sync::Arc;

    fn dump(path: &str) -> Dump {
        let mut dump = Dump::named(PathBuf::from(path));
        dump.state = State::Complete;
        dump
    }

    fn node(second: u32, pid: u32, tid: u32) -> String {
        format!("Heap.20261121.0643{second:02}.{pid}.{tid}.001.heapsnapshot")
    }

    fn folder(paths: &[String]) -> Folder {
        Folder::of(Series::of(
            paths.iter().map(|path| dump(path)).collect(),
            Vec::new(),
        ))
    }

    fn shape(folder: &Folder) -> Vec<(&str, usize)> {
        let groups = folder.groups.iter();
        groups
            .map(|group| (group.name.as_str(), group.series.usable().count()))
            .collect()
    }

    #[test]
    fn one_process_is_one_series_whatever_else_is_there() {
        let all = folder(&[node(1, 7, 0), node(2, 7, 0), "oom.heapsnapshot".to_owned()]);
        assert_eq!(shape(&all), [("", 3)]);
        assert!(!all.is_divided());
        assert_eq!(shape(&folder(&[])), [("", 0)]);
        let unnamed = ["a.heapsnapshot".to_owned(), "x/b.heapsnapshot".to_owned()];
        assert_eq!(shape(&folder(&unnamed)), [("", 2)]);
    }

    #[test]
    fn processes_threads_and_folders() {
        let all = folder(&[
            node(1, 7, 0),
            node(2, 9, 0),
            node(3, 7, 0),
            node(4, 9, 0),
            node(5, 9, 0),
            "x.heapsnapshot".to_owned(),
        ]);
        assert_eq!(
            shape(&all),
            [("process 9", 3), ("process 7", 2), ("no process named", 1)]
        );
        let labels: Vec<_> = all.groups[1].series.usable().map(Dump::title).collect();
        assert_eq!(labels, ["s1", "s2"]);
        assert_eq!(all.find("7").unwrap(), 1);
        assert_eq!(all.find("process 9").unwrap(), 0);
        let error = all.find("8").unwrap_err().to_string();
        assert!(error.contains("process 9 (3 dumps)"), "{error}");

        let threads = folder(&[node(1, 7, 0), node(2, 7, 3)]);
        assert_eq!(shape(&threads), [("thread 3", 1), ("thread 0", 1)]);
        let pods = folder(&[
            format!("a/{}", node(1, 1, 0)),
            format!("b/{}", node(2, 1, 0)),
        ]);
        assert_eq!(shape(&pods), [("b", 1), ("a", 1)]);
    }

    #[test]
    fn files_named_one_by_one_stay_together_to_be_compared() {
        let chosen = |paths: &[String]| {
            let mut dumps: Vec<Dump> = paths.iter().map(|path| dump(path)).collect();
            for (number, dump) in dumps.iter_mut().enumerate() {
                dump.named = Some(number);
            }
            Folder::of(Series::of(dumps, Vec::new()))
        };
        assert_eq!(shape(&chosen(&[node(1, 7, 0), node(2, 9, 0)])), [("", 2)]);
        let four = [node(1, 7, 0), node(2, 9, 0), node(3, 7, 0), node(4, 9, 0)];
        assert_eq!(shape(&chosen(&four)), [("process 9", 2), ("process 7", 2)]);
    }

    #[test]
    fn ids_divide_what_names_do_not() {
        let divided = |ids: &[Option<(u32, u32)>]| {
            let mut dumps: Vec<Dump> = (0..ids.len())
                .map(|k| dump(&format!("{k}.heapsnapshot")))
                .collect();
            for (dump, ids) in dumps.iter_mut().zip(ids) {
                dump.ids = ids.map(|(process, count)| Arc::new(fingerprint(process, count)));
            }
            let mut folder = Folder::of(Series::of(dumps, Vec::new()));
            let changed = folder.divide();
            assert!(!folder.divide(), "dividing again changes nothing");
            let shape: Vec<(String, usize)> = shape(&folder)
                .into_iter()
                .map(|(name, count)| (name.to_owned(), count))
                .collect();
            (changed, shape)
        };
        let whole = |count| (false, vec![(String::new(), count)]);
        assert_eq!(divided(&[None; 5]), whole(5));
        let (a, b) = (|count| Some((1, count)), |count| Some((2, count)));
        let alternate = [a(10), b(10), a(11), b(11), a(12)];
        let named = |name: &str, count| (name.to_owned(), count);
        let two = vec![named("process A", 3), named("process B", 2)];
        assert_eq!(divided(&alternate), (true, two));
        // Two sessions of one process look just like this.
        let sessions = [a(10), a(11), b(10), Some((3, 10))];
        assert_eq!(divided(&sessions), whole(4));
        let long = [a(10), a(11), a(12), b(10)];
        let parts = vec![named("part A", 3), named("part B", 1)];
        assert_eq!(divided(&long), (true, parts));
    }

    /// The ids of a process that has made so many objects.
    fn fingerprint(process: u32, count: u32) -> Fingerprint {
        let ids: Vec<u32> = (0..count).map(|index| 2 * index + 1).collect();
        Fingerprint {
            marks: ids
                .iter()
                .map(|id| (id * 10 + process) | (1 << 31))
                .collect(),
            max_object_id: 2 * count - 1,
            level: 0,
            ids,
        }
    }
}
