//! The processes whose dumps lie together.
//!
//! Object ids, and script numbers with them, are a process's own (more exactly: a thread's that runs JavaScript). So
//! dumps of several processes are several series.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::Series;
use super::dump::Dump;
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
        let Series { dumps, problems } = series;
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
            .all(|(_, dumps)| dumps.iter().all(|dump| dump.chosen));
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
            let mut series = Series {
                dumps,
                problems: Vec::new(),
            };
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

    /// Divides further what the objects' ids tell apart: `fits` says of two dumps, the earlier one first, whether the
    /// later one can be of the same process; nothing where that is not known.
    ///
    /// Each dump goes with the first earlier ones whose last it fits; what is not known stays. Files that were named
    /// one by one stay together. Says whether anything changed.
    pub fn divide(&mut self, fits: impl Fn(&Dump, &Dump) -> Option<bool>) -> bool {
        let mut changed = false;
        let mut groups: Vec<(String, Vec<Dump>)> = Vec::new();
        for group in std::mem::take(&mut self.groups) {
            let Group { name, series } = group;
            if series.dumps.iter().all(|dump| dump.chosen) {
                groups.push((name, series.dumps));
                continue;
            }
            let mut chains: Vec<Vec<Dump>> = vec![Vec::new()];
            for dump in series.dumps {
                let at = if dump.is_usable() {
                    chains.iter().position(|chain| {
                        let last = chain.iter().rev().find(|other| other.is_usable());
                        last.is_none_or(|last| fits(last, &dump) != Some(false))
                    })
                } else {
                    Some(0)
                };
                match at {
                    Some(at) => chains[at].push(dump),
                    None => chains.push(vec![dump]),
                }
            }
            changed |= chains.len() > 1;
            let several = chains.len() > 1;
            for (number, chain) in chains.into_iter().enumerate() {
                let name = match (several, name.is_empty()) {
                    (false, _) => name.clone(),
                    (true, true) => format!("process {}", letter(number)),
                    (true, false) => format!("{name}, part {}", letter(number)),
                };
                groups.push((name, chain));
            }
        }
        let problems = std::mem::take(&mut self.problems);
        *self = Self::from_groups(groups, problems);
        changed
    }
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
    use crate::series::State;

    fn dump(path: &str) -> Dump {
        let mut dump = Dump::named(PathBuf::from(path));
        dump.state = State::Complete;
        dump
    }

    fn node(second: u32, pid: u32, tid: u32) -> String {
        format!("Heap.20261121.0643{second:02}.{pid}.{tid}.001.heapsnapshot")
    }

    fn folder(paths: &[String]) -> Folder {
        Folder::of(Series {
            dumps: paths.iter().map(|path| dump(path)).collect(),
            problems: Vec::new(),
        })
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
            for dump in &mut dumps {
                dump.chosen = true;
            }
            let problems = Vec::new();
            Folder::of(Series { dumps, problems })
        };
        assert_eq!(shape(&chosen(&[node(1, 7, 0), node(2, 9, 0)])), [("", 2)]);
        let four = [node(1, 7, 0), node(2, 9, 0), node(3, 7, 0), node(4, 9, 0)];
        assert_eq!(shape(&chosen(&four)), [("process 9", 2), ("process 7", 2)]);
    }

    #[test]
    fn ids_divide_what_names_do_not() {
        let paths: Vec<String> = (0..5).map(|k| format!("{k}.heapsnapshot")).collect();
        let mut all = folder(&paths);
        let process = |dump: &Dump| dump.name.as_bytes()[0] % 2;
        assert!(!all.divide(|_, _| None));
        assert!(all.divide(|a, b| Some(process(a) == process(b))));
        assert_eq!(shape(&all), [("process A", 3), ("process B", 2)]);
        assert!(!all.divide(|a, b| Some(process(a) == process(b))));
        assert_eq!(shape(&all).len(), 2);
    }
}
