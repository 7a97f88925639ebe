//! Paths become dumps.
//!
//! Directories are searched for names of dumps, into their folders only when asked; a file that is named by the user is
//! taken whatever its name. Everything found is listed, with a state and a problem where it cannot be opened.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Series;
use super::dump::Dump;
use super::look::{self, Prober};
use super::names;
use crate::error::{Error, ErrorKind, Result};
use crate::snapshot::opening::named_otherwise;
use crate::text::units::grouped;

/// Finds the dumps under `paths` (none: the current directory), looks at each briefly, and arranges them.
///
/// # Errors
/// When there is nothing at all at any of the paths. One bad path among good ones is listed instead.
pub fn discover(paths: &[PathBuf]) -> Result<Series> {
    discover_with(paths, false, &look::probe)
}

/// As [`discover`], into the folders of directories too. Links to directories are not followed.
///
/// # Errors
/// Those of [`discover`].
pub fn discover_below(paths: &[PathBuf]) -> Result<Series> {
    discover_with(paths, true, &look::probe)
}

fn discover_with(paths: &[PathBuf], recursive: bool, probe: &Prober) -> Result<Series> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let Found {
        files,
        mut problems,
        others,
        unlike,
        ..
    } = Found::search(paths, recursive, Contents::new());
    let mut dumps: Vec<Dump> = files.into_iter().map(dump_of).collect();
    for dump in &mut dumps {
        dump.look_with(probe);
    }
    let all_missing = paths.iter().all(|path| path.symlink_metadata().is_err());
    if all_missing
        && let Some(path) = paths.first()
        && let Err(error) = look::stat(path)
    {
        return Err(error.advise("name a .heapsnapshot file or a directory with some"));
    }
    if dumps.is_empty() && paths.len() == problems.len() && !problems.is_empty() {
        return Err(problems[0].clone());
    }
    if dumps.is_empty()
        && problems.is_empty()
        && let Some((path, more)) = paths.split_first()
    {
        problems.push(no_dumps(more, others, &unlike).in_file(path));
    }
    let mut series = Series::of(dumps, problems);
    series.arrange();
    Ok(series)
}

/// The error for directories without dumps, of which these are all but the first, and with so many other files; `unlike`
/// are some that may have been dumps, of which the first tells what it is.
fn no_dumps(more: &[PathBuf], others: usize, unlike: &[PathBuf]) -> Error {
    let more: String = more
        .iter()
        .map(|path| format!(", nor in {}", path.display()))
        .collect();
    let others = match others {
        0 => "there are no files at all".to_owned(),
        1 => "the only file there is not a dump".to_owned(),
        count => format!("none of its {} files is a dump", grouped(count as u64)),
    };
    let known = unlike.iter().find_map(|path| {
        let is_json = path.extension().is_some_and(|end| end == "json");
        Some((path.file_name()?, named_otherwise(path, is_json)?))
    });
    let message = format!("no dumps here{more}: {others}");
    let Some((name, error)) = known else {
        return Error::new(ErrorKind::Usage, message).advise(
            "name a .heapsnapshot file or a directory with some, or look below it with --recursive",
        );
    };
    let message = format!("{message}; {}: {}", name.display(), error.message);
    let advice = error.advice.unwrap_or_default();
    Error::new(ErrorKind::Usage, message).advise(advice)
}

/// A dump of which only the name was read.
pub(super) fn dump_of(file: File) -> Dump {
    let mut dump = Dump::named(file.path);
    dump.named = file.named;
    dump
}

/// A file that is to be looked at.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub path: PathBuf,
    /// How many paths the user named before it; nothing where only a directory that it is in was named.
    pub named: Option<usize>,
}

/// What was found so far; each file once.
#[derive(Default)]
pub(super) struct Found {
    pub files: Vec<File>,
    pub problems: Vec<Error>,
    /// The directories that were searched, or could not be.
    pub directories: Vec<PathBuf>,
    /// How many files of the directories are none.
    pub others: usize,
    /// The first of them that are archives or JSON.
    unlike: Vec<PathBuf>,
    /// Which JSON files of other names are dumps, as long as they stay as they are.
    pub contents: Contents,
    seen: HashSet<PathBuf>,
}

/// Size and time of a file, and whether it is a dump.
pub(super) type Contents = HashMap<PathBuf, (Option<(u64, Option<SystemTime>)>, bool)>;

/// What names of dumps may end with that are packed in a way that cannot be read here.
const PACKED: [&str; 12] = [
    ".zip", ".xz", ".bz2", ".7z", ".rar", ".lz4", ".br", ".z", ".tar", ".tar.gz", ".tgz", ".b64",
];

/// Of so many files without a dump it is looked what they are.
const MAX_UNLIKE: usize = 16;

impl Found {
    /// Lists files, without looking at any.
    /// `contents` is what is known of other files from the last time.
    pub(super) fn search(paths: &[PathBuf], recursive: bool, contents: Contents) -> Self {
        let mut found = Self {
            contents,
            ..Self::default()
        };
        for (number, path) in paths.iter().enumerate() {
            if !path.is_dir() {
                found.file(path.clone(), Some(number));
                continue;
            }
            let mut waiting = vec![path.clone()];
            while let Some(directory) = waiting.pop() {
                let below = found.directory(&directory, recursive);
                waiting.extend(below);
                found.directories.push(directory);
            }
        }
        found
    }

    fn file(&mut self, path: PathBuf, named: Option<usize>) {
        // Links that lead nowhere have no canonical form; they are told apart as they are written.
        let identity = path.canonicalize().unwrap_or_else(|_| path.clone());
        if self.seen.insert(identity) {
            self.files.push(File { path, named });
        }
    }

    /// Whether a file of a directory is a dump by its name, a packed one that has to be unpacked by hand, or a dump
    /// that is named as any other JSON.
    fn is_wanted(&mut self, name: &str, path: &Path) -> bool {
        let lower = name.to_ascii_lowercase();
        let packed = PACKED.iter().find_map(|end| lower.strip_suffix(end));
        if names::kind_of(packed.unwrap_or(name)).is_some() {
            return true;
        }
        let plain = [".gz", ".zst"]
            .iter()
            .find_map(|end| lower.strip_suffix(end));
        if !plain.unwrap_or(&lower).ends_with(".json") {
            return false;
        }
        let now = look::stat(path)
            .ok()
            .map(|seen| (seen.bytes, seen.modified));
        match self.contents.get(path) {
            Some((then, is_dump)) if *then == now => *is_dump,
            _ => {
                let is_dump = look::is_dump(path);
                self.contents.insert(path.to_owned(), (now, is_dump));
                is_dump
            }
        }
    }

    /// Adds the files of a directory; gives its folders, where they are wanted.
    fn directory(&mut self, directory: &Path, folders: bool) -> Vec<PathBuf> {
        let mut below = Vec::new();
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) => {
                let error = Error::io("cannot read this directory", &error).in_file(directory);
                self.problems.push(error);
                return below;
            }
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => {
                    if folders && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                        below.push(entry.path());
                    }
                    names.push(entry.file_name());
                }
                Err(error) => {
                    let error = Error::io("cannot read all of this directory", &error);
                    self.problems.push(error.in_file(directory));
                    break;
                }
            }
        }
        names.sort_unstable();
        for name in names {
            let path = if directory == Path::new(".") {
                PathBuf::from(&name)
            } else {
                directory.join(&name)
            };
            if self.is_wanted(&name.to_string_lossy(), &path) {
                self.file(path, None);
            } else {
                self.others += 1;
                let name = name.to_string_lossy().to_ascii_lowercase();
                let may = PACKED
                    .iter()
                    .chain(&[".json"])
                    .any(|end| name.ends_with(end));
                if may && self.unlike.len() < MAX_UNLIKE {
                    self.unlike.push(path);
                }
            }
        }
        below.sort_unstable_by(|a, b| b.cmp(a));
        below
    }
}

#[cfg(test)]
mod tests {
    use super::super::dump::{Figures, State, TimeSource};
    use super::*;
    use crate::series::look::Look;
    use crate::series::names::Kind;
    use std::fs::File;
    use std::time::Duration;

    /// Stands for the real first look: `{}` is whole, `{` cut short, anything else no dump.
    fn probe(path: &Path, kind: Option<Kind>) -> Result<Look> {
        let text = fs::read_to_string(path).unwrap();
        if text.is_empty() {
            return Err(Error::new(ErrorKind::Empty, "empty"));
        }
        if !text.starts_with('{') {
            return Err(Error::new(ErrorKind::NotASnapshot, "not a heap snapshot"));
        }
        Ok(Look {
            kind: kind.unwrap_or(Kind::HeapSnapshot),
            complete: text.ends_with('}'),
            claimed_nodes: None,
        })
    }

    fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn touch(path: &Path, ms: u64) {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(ms);
        File::options()
            .append(true)
            .open(path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    }

    fn names(series: &Series) -> Vec<&str> {
        series.dumps.iter().map(|dump| dump.name.as_str()).collect()
    }

    fn state<'a>(series: &'a Series, name: &str) -> (State, &'a str) {
        let dump = series.dumps.iter().find(|dump| dump.name == name).unwrap();
        (dump.state, dump.problem.as_deref().unwrap_or_default())
    }

    #[test]
    fn every_state_is_told_and_none_hides_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        write(at, "good.heapsnapshot", "{}");
        write(at, "profile.heapprofile", "{}");
        write(at, "zero.heapsnapshot", "");
        write(at, "html.heapsnapshot.gz", "<html>");
        write(at, "cut.heaptimeline", "{");
        write(at, "notes.txt", "{}");
        fs::create_dir(at.join("folder.heapsnapshot")).unwrap();
        fs::create_dir(at.join("deeper")).unwrap();
        write(&at.join("deeper"), "deep.heapsnapshot", "{}");
        let series = discover_with(&[at.to_owned()], false, &probe).unwrap();
        assert_eq!(series.dumps.len(), 6);
        assert_eq!(state(&series, "good.heapsnapshot"), (State::Complete, ""));
        assert_eq!(state(&series, "profile.heapprofile"), (State::Complete, ""));
        assert_eq!(state(&series, "zero.heapsnapshot").0, State::Empty);
        let (html, problem) = state(&series, "html.heapsnapshot.gz");
        assert_eq!(html, State::Invalid);
        assert!(
            problem.starts_with("not a heap snapshot; name"),
            "{problem}"
        );
        assert_eq!(state(&series, "cut.heaptimeline").0, State::Truncated);
        let (folder_state, problem) = state(&series, "folder.heapsnapshot");
        assert_eq!(folder_state, State::Invalid);
        assert!(problem.starts_with("a directory"), "{problem}");
        let labelled: Vec<_> = series.usable().map(|dump| dump.name.as_str()).collect();
        assert_eq!(
            labelled,
            ["good.heapsnapshot"],
            "no profile, nothing broken"
        );
        assert_eq!(series.find("s1").unwrap().name, "good.heapsnapshot");
    }

    #[cfg(unix)]
    #[test]
    fn pipes_devices_and_links_to_nothing_are_never_opened() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        write(at, "good.heapsnapshot", "{}");
        std::os::unix::fs::symlink("gone", at.join("dangling.heapsnapshot")).unwrap();
        std::os::unix::fs::symlink("good.heapsnapshot", at.join("other.heapsnapshot")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at.join("device.heapsnapshot")).unwrap();
        let fifo = at.join("fifo.heapsnapshot");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        let series = discover_with(&[at.to_owned()], false, &probe).unwrap();
        let (dangling, problem) = state(&series, "dangling.heapsnapshot");
        assert_eq!(dangling, State::Invalid);
        assert!(problem.contains("gone"), "{problem}");
        assert!(
            state(&series, "device.heapsnapshot")
                .1
                .starts_with("a device")
        );
        if made.is_ok_and(|status| status.success()) {
            let (fifo, problem) = state(&series, "fifo.heapsnapshot");
            assert_eq!(fifo, State::Invalid);
            assert!(problem.starts_with("a named pipe"), "{problem}");
        }
        assert_eq!(series.usable().count(), 1, "the link is the same file");
    }

    #[test]
    fn files_are_taken_once_and_whatever_their_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let a = write(at, "a.heapsnapshot", "{}");
        let odd = write(at, "odd.json", "{}");
        let paths = [
            a,
            at.to_owned(),
            odd.clone(),
            at.join("missing.heapsnapshot"),
        ];
        let series = discover_with(&paths, false, &probe).unwrap();
        assert_eq!(series.dumps.len(), 3);
        assert_eq!(series.find("odd.json").unwrap().path, odd);
        assert_eq!(series.find(odd.to_str().unwrap()).unwrap().path, odd);
        assert!(
            state(&series, "missing.heapsnapshot")
                .1
                .starts_with("no such file")
        );
        let none = discover_with(&[at.join("missing")], false, &probe).unwrap_err();
        assert_eq!(none.path, Some(at.join("missing")));
    }

    #[test]
    fn time_then_sequence_then_id_then_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        for name in [
            "Heap.20261121.064305.1.0.010.heapsnapshot",
            "Heap.20261121.064305.1.0.009.heapsnapshot",
            "Heap.20261121.064304.9.0.011.heapsnapshot",
        ] {
            write(at, name, "{}");
        }
        let early = write(at, "z.heapsnapshot", "{}");
        let same = [
            write(at, "x.heapsnapshot", "{}"),
            write(at, "y.heapsnapshot", "{}"),
        ];
        touch(&early, 1_000_000_000_000);
        for path in &same {
            touch(path, 1_000_000_000_001);
        }
        let mut series = discover_with(&[at.to_owned()], false, &probe).unwrap();
        let expected = [
            "z.heapsnapshot",
            "x.heapsnapshot",
            "y.heapsnapshot",
            "Heap.20261121.064304.9.0.011.heapsnapshot",
            "Heap.20261121.064305.1.0.009.heapsnapshot",
            "Heap.20261121.064305.1.0.010.heapsnapshot",
        ];
        assert_eq!(names(&series), expected);
        assert_eq!(series.dumps[0].time_source, Some(TimeSource::Mtime));
        assert_eq!(series.dumps[5].time_source, Some(TimeSource::Name));
        assert_eq!(series.dumps[5].label.as_deref(), Some("s6"));
        for (index, max_object_id) in [(1, 9), (2, 7)] {
            series.dumps[index].figures = Some(Figures {
                max_object_id,
                ..Figures::default()
            });
        }
        series.arrange();
        assert_eq!(names(&series)[1..3], ["y.heapsnapshot", "x.heapsnapshot"]);
    }

    #[test]
    fn a_clock_in_the_name_orders_within_a_second() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        for (name, ms) in [
            ("heapdump-4304.39207.heapsnapshot", 1_000_000_000_100),
            ("heapdump-4303.745542.heapsnapshot", 1_000_000_000_900),
            ("heapdump-1.5.heapsnapshot", 1_000_000_001_000),
        ] {
            touch(&write(at, name, "{}"), ms);
        }
        let series = discover_with(&[at.to_owned()], false, &probe).unwrap();
        assert_eq!(
            names(&series),
            [
                "heapdump-4303.745542.heapsnapshot",
                "heapdump-4304.39207.heapsnapshot",
                "heapdump-1.5.heapsnapshot"
            ]
        );
        assert_eq!(series.dumps[0].time_source, Some(TimeSource::Mtime));
    }

    #[test]
    fn a_broken_last_dump_gives_way_to_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        for (name, ms) in [("a", 1_000), ("b", 2_000), ("c", 3_000)] {
            touch(&write(at, &format!("{name}.heapsnapshot.gz"), "{}"), ms);
        }
        let mut series = discover_with(&[at.to_owned()], false, &probe).unwrap();
        let open = |path: &Path| {
            if path.ends_with("a.heapsnapshot.gz") {
                Ok(path.to_owned())
            } else {
                Err(Error::new(ErrorKind::Truncated, "cut short").in_file(path))
            }
        };
        let (opened, dump) = series.clone().open_last(open).unwrap();
        assert_eq!((opened, dump.label.as_deref()), (dump.path, Some("s1")));
        let error = series
            .open_last(|_| Err::<(), _>(Error::cancelled()))
            .unwrap_err();
        assert!(error.is_cancelled() && series.usable().count() == 3);
        let error = series
            .open_last(|path| Err::<(), _>(Error::malformed(1, "odd").in_file(path)))
            .unwrap_err();
        assert_eq!(error.path, Some(at.join("c.heapsnapshot.gz")));
        assert_eq!(series.usable().count(), 0);
    }

    #[test]
    fn errors_name_what_there_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        write(at, "a.heapsnapshot", "{}");
        write(at, "b.heapsnapshot", "{");
        let series = discover_with(&[at.to_owned()], false, &probe).unwrap();
        let error = series.find("s7").unwrap_err().to_string();
        assert!(error.contains("s7") && error.contains("s1 ("), "{error}");
        let error = series.find("b.heapsnapshot").unwrap_err().to_string();
        assert!(error.contains("truncated"), "{error}");
        let empty = tempfile::tempdir().unwrap();
        let series = discover_with(&[empty.path().to_owned()], false, &probe).unwrap();
        assert!(series.last().is_err());
    }

    #[test]
    fn a_folder_without_dumps_says_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "package.json", "{\"name\":\"a\"}");
        write(folder.path(), "list.json", "[1]");
        let told = || discover(&[folder.path().to_owned()]).unwrap().problems[0].to_string();
        assert!(
            told().contains("none of its 2 files is a dump; name a"),
            "{}",
            told()
        );
        write(folder.path(), "a.zip", "PK\x03\x04");
        let told = told();
        assert!(
            told.contains("none of its 3 files is a dump; a.zip: not"),
            "{told}"
        );
        assert!(
            told.ends_with("it is a zip archive; unpack it: unzip FILE"),
            "{told}"
        );
    }
}
