//! From paths to the one series that a command looks at.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::thread;

use crate::analysis::comparable::{Fingerprint, comparable};
use crate::cli::args::SeriesArgs;
use crate::error::{Error, ErrorKind, Result};
use crate::heap::Heap;
use crate::index::{Cache, Kept, Key, Loaded};
use crate::series::memory::Tables;
use crate::series::{
    Dump, Folder, LoadAhead, Series, State, discover, discover_below, memory, open_cut, state_of,
};
use crate::task::Task;
use crate::text::escape::one_line;

/// The series that was chosen, and the others.
pub(super) struct Chosen {
    /// The series to look at.
    pub series: Series,
    /// All series; the chosen one is among them, as it was when it was chosen.
    pub folder: Folder,
    /// What heaps may take, in bytes.
    memory: u64,
    /// What was computed before.
    pub cache: Cache,
    notes: Notes,
    /// The note that one of several processes is looked at, where nobody chose it.
    looking_at: Option<String>,
    /// The dump that was opened though it is cut short: what is missing is noted already.
    cut: RefCell<Option<PathBuf>>,
}

/// What is to be said on stderr when the command has done its work: one that fails says only why.
#[derive(Clone, Default)]
pub(super) struct Notes(Rc<RefCell<Vec<String>>>);

impl Notes {
    /// Notes something.
    pub(super) fn add(&self, text: String) {
        self.0.borrow_mut().push(text);
    }

    /// What was noted, to be said elsewhere.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.borrow_mut())
    }

    /// Says what was noted.
    pub(super) fn say(&self) {
        for text in self.0.take() {
            note(&text);
        }
    }

    /// Notes something, unless it was noted already.
    pub(super) fn add_once(&self, text: String) {
        if !self.0.borrow().contains(&text) {
            self.add(text);
        }
    }

    /// Notes what was odd about a dump.
    pub(super) fn add_warnings(&self, path: &Path, warnings: &[String]) {
        for warning in warnings {
            self.add(format!("{}: {warning}", path.display()));
        }
    }
}

/// Says something on stderr that does not keep the command from doing its work.
pub(super) fn note(text: &str) {
    // Nothing needs to be done when nobody reads it.
    let _ = writeln!(std::io::stderr(), "heaptui: note: {}", one_line(text));
}

/// Finds all dumps, of whatever kind and process.
pub(super) fn discover_series(arguments: &SeriesArgs, task: &Task) -> Result<Series> {
    task.stage("looking for dumps", 0);
    match arguments.recursive {
        true => discover_below(&arguments.paths),
        false => discover(&arguments.paths),
    }
}

/// Finds all dumps, told apart by process.
pub(super) fn find_all(arguments: &SeriesArgs, task: &Task) -> Result<Folder> {
    Ok(Folder::of(discover_series(arguments, task)?))
}

/// Finds the dumps and chooses the series: that of `--process`, else that of the first of the files that are `named`,
/// else the one with most dumps.
pub(super) fn choose(
    arguments: &SeriesArgs,
    named: &[Option<&str>],
    task: &Task,
) -> Result<Chosen> {
    let folder = find_all(arguments, task)?;
    if folder
        .groups
        .iter()
        .all(|group| group.series.dumps.is_empty())
        && folder.problems.is_empty()
    {
        return Err(nothing("heap snapshot", ".heapsnapshot", &arguments.paths));
    }
    let by_name = || {
        named.iter().flatten().find_map(|named| {
            let is = |dump: &Dump| dump.name == **named || dump.path == Path::new(named);
            let mut groups = folder.groups.iter();
            groups.position(|group| group.series.dumps.iter().any(is))
        })
    };
    let (at, asked) = match &arguments.process {
        Some(process) => (folder.find(process)?, true),
        None => match by_name() {
            Some(at) => (at, true),
            None => (0, false),
        },
    };
    let group = &folder.groups[at];
    let notes = Notes::default();
    let looking_at = (folder.is_divided() && !asked).then(|| {
        format!(
            "dumps of several processes: {}; looking at {}, choose with --process",
            folder.listing(),
            group.name
        )
    });
    if let Some(note) = &looking_at {
        notes.add(note.clone());
    }
    let mut series = group.series.clone();
    let cache = arguments.index.cache();
    series.settle_order(&cache, task)?;
    series.problems.clone_from(&folder.problems);
    if let Some(note) = series.order.note() {
        notes.add(note.to_owned());
    }
    Ok(Chosen {
        series,
        memory: memory_of(arguments.memory),
        cache,
        folder,
        notes,
        looking_at,
        cut: RefCell::default(),
    })
}

/// The error for paths with nothing of a kind.
pub(super) fn nothing(kind: &str, ending: &str, paths: &[PathBuf]) -> Error {
    let (message, first) = match paths {
        [one] => (format!("no {kind} here"), Some(one)),
        [first, others @ ..] => {
            let others: Vec<_> = others
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            (
                format!("no {kind} here, nor in {}", others.join(", ")),
                Some(first),
            )
        }
        [] => (format!("no {kind} here"), None),
    };
    let error =
        Error::usage(message).advise(format!("name a {ending} file or a directory with some"));
    match first {
        Some(path) => error.in_file(path),
        None => error,
    }
}

/// What a dump may need: what the user says, or what is available.
pub(super) fn memory_of(asked: Option<u64>) -> u64 {
    if let Some(asked) = asked {
        crate::memory::allow(asked);
    }
    asked.unwrap_or_else(|| memory::available().unwrap_or(u64::MAX))
}

/// Loads a dump out of its index, or else from its file unless it needs more memory than there is.
pub(super) fn load(cache: &Cache, path: &Path, memory: u64, task: &Task) -> Result<Loaded> {
    task.stage("reading the index", 0);
    let front = cache.front(path);
    if let Some(need) = front.as_ref().and_then(memory::Need::of_index) {
        announce(memory::settle(path, need, memory)?);
    }
    if let Some(heap) = cache.enter(path, task)? {
        return Ok(Loaded { heap, fresh: None });
    }
    announce(memory::check(path, memory)?);
    cache.load_anew(path, task)
}

/// Settles how tables of the classes of dumps can be made within `memory` bytes.
pub(super) fn settle_tables(
    dumps: &[&Path],
    tables: Tables,
    cache: &Cache,
    memory: u64,
) -> Result<()> {
    let need = memory::need_of_tables(dumps, tables, cache);
    if let (Some(need), Some(last)) = (need, dumps.last()) {
        announce(memory::settle(last, need, memory)?);
    }
    Ok(())
}

/// Says that the program works from disk.
pub(super) fn announce(words: Option<String>) {
    if let Some(words) = words {
        note(&words);
    }
}

/// Writes the index of a dump that was loaded, and notes why where that cannot be.
pub(super) fn keep(cache: &Cache, path: &Path, heap: &Heap, fresh: Option<Key>, notes: &Notes) {
    if let Some(why) = kept(cache, path, heap, fresh, &Task::new()) {
        notes.add_once(why);
    }
}

/// The same; says why where that cannot be.
fn kept(
    cache: &Cache,
    path: &Path,
    heap: &Heap,
    fresh: Option<Key>,
    task: &Task,
) -> Option<String> {
    let kept = fresh.and_then(|key| cache.keep(path, key, heap, task).ok());
    let reason = kept.as_ref().and_then(Kept::reason);
    let reason = reason.or(cache.missing())?;
    Some(format!(
        "no index was written: {reason}; --no-index asks for none"
    ))
}

/// Loads a dump of a series, and the next one beside it, if so many bytes are to spare for that; see [`LoadAhead`].
pub(super) type Loader<'a> = &'a mut dyn FnMut(&Path, u64) -> Result<Heap>;

fn loading_ahead<T>(
    cache: &Cache,
    memory: u64,
    notes: &Notes,
    order: Vec<PathBuf>,
    task: &Task,
    run: impl FnOnce(Loader<'_>) -> T,
) -> T {
    let load = |path: &Path, task: &Task| {
        let loaded = load(cache, path, memory, task)?;
        let why = kept(cache, path, &loaded.heap, loaded.fresh, task);
        Ok((loaded.heap, why))
    };
    thread::scope(|scope| {
        let mut ahead = LoadAhead::new(scope, &load, order, task);
        run(&mut |path, spare| {
            let (heap, why) = ahead.get(path, spare)?;
            if let Some(why) = why {
                notes.add_once(why);
            }
            Ok(heap)
        })
    })
}

impl Chosen {
    /// The dump that is named: of the series, or by file name or path of any other.
    pub(super) fn find(&self, named: &str) -> Result<Dump> {
        let error = match self.series.find(named) {
            Ok(dump) => return Ok(dump.clone()),
            Err(error) => error,
        };
        let is_label = named
            .strip_prefix('s')
            .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        if is_label {
            return Err(error);
        }
        let mut others = self.folder.groups.iter();
        others
            .find_map(|group| group.series.find(named).ok().cloned())
            .ok_or(error)
    }

    /// The dump that could not be opened because it is cut short, without the names that are missing: if it was asked for
    /// by its name, or is the only file that was.
    ///
    /// # Errors
    /// `error`, which is why it could not, where there is no such dump or even that fails.
    pub(super) fn open_cut(
        &self,
        named: Option<&str>,
        error: Error,
        task: &Task,
    ) -> Result<(Heap, Dump)> {
        let groups = &self.folder.groups;
        let alone = groups
            .iter()
            .map(|group| group.series.dumps.len())
            .sum::<usize>()
            == 1;
        let dump = match named {
            None if alone => self.series.cut(None).cloned(),
            None => None,
            Some(_) => {
                let found = groups.iter().find_map(|group| group.series.cut(named));
                // One that looked whole from its ends.
                let whole = || self.find(named?).ok();
                let cut = error.kind == ErrorKind::Truncated;
                found.cloned().or_else(|| whole().filter(|_| cut))
            }
        };
        let Some(dump) = dump else {
            return Err(error);
        };
        match open_cut(&dump.path, self.memory, task) {
            Ok(heap) => {
                self.cut.replace(Some(dump.path.clone()));
                Ok((heap, dump))
            }
            Err(other) if other.kind == ErrorKind::Truncated => Err(error),
            Err(other) => Err(other),
        }
    }

    /// Settles how tables of the classes of these dumps can be made; to be asked before the first of them is loaded.
    pub(super) fn settle_tables(&self, dumps: &[&Path], tables: Tables) -> Result<()> {
        settle_tables(dumps, tables, &self.cache, self.memory)
    }

    /// What heaps may take, in bytes.
    pub(super) fn memory(&self) -> u64 {
        self.memory
    }

    /// Loads a dump and writes its index, for when the series is borrowed otherwise.
    pub(super) fn loader<'a>(&self, task: &'a Task) -> impl Fn(&Path) -> Result<Heap> + use<'a> {
        let (memory, cache, notes) = (self.memory, self.cache.clone(), self.notes());
        move |path| {
            let loaded = load(&cache, path, memory, task)?;
            keep(&cache, path, &loaded.heap, loaded.fresh, &notes);
            Ok(loaded.heap)
        }
    }

    /// Runs what loads dumps in this order, and writes their indexes, for when the series is borrowed otherwise.
    pub(super) fn loading_ahead<T>(
        &self,
        order: Vec<PathBuf>,
        task: &Task,
        run: impl FnOnce(Loader<'_>) -> T,
    ) -> T {
        let notes = self.notes();
        loading_ahead(&self.cache, self.memory, &notes, order, task, run)
    }

    /// What `read` makes of each dump of the series, given what loads it. What cannot be read drops out of it.
    pub(super) fn each_usable<T>(
        &mut self,
        task: &Task,
        mut read: impl FnMut(&Path, &mut dyn FnMut() -> Result<Heap>, &Notes) -> Result<T>,
    ) -> Result<HashMap<PathBuf, T>> {
        let notes = self.notes();
        let mut found = HashMap::new();
        let mut first_error: Option<Error> = None;
        let (cache, memory) = (self.cache.clone(), self.memory);
        let dumps = self.series.dumps.iter();
        let order: Vec<PathBuf> = dumps
            .filter(|dump| dump.label.is_some())
            .map(|dump| dump.path.clone())
            .collect();
        let paths: Vec<&Path> = order.iter().map(|path| &**path).collect();
        let need = memory::need_of_tables(&paths, Tables::Growth, &cache);
        let spare = need.map_or(0, |need| memory.saturating_sub(need.building));
        let order = order.iter().filter(|path| cache.front(path).is_none());
        let order = order.cloned().collect();
        let mut dumps = self.series.dumps.iter_mut();
        loading_ahead(&cache, memory, &notes, order, task, |load| {
            dumps.try_for_each(|dump| {
                if dump.label.is_none() {
                    return Ok(());
                }
                let path = dump.path.clone();
                match read(&path, &mut || load(&path, spare), &notes) {
                    Ok(of_dump) => {
                        found.insert(path, of_dump);
                    }
                    Err(error) if state_of(&error).is_some() => {
                        dump.fail(&error);
                        first_error.get_or_insert(error);
                    }
                    Err(error) => return Err(error),
                }
                Ok(())
            })
        })?;
        self.series.arrange();
        if found.is_empty() {
            self.series.last()?;
        }
        match first_error {
            Some(error) if found.is_empty() => Err(error),
            _ => Ok(found),
        }
    }

    /// Whether one dump was taken before another, as far as their series say.
    pub(super) fn is_before(&self, a: &Dump, b: &Dump) -> bool {
        let at = |dump: &Dump| {
            let mut dumps = self.series.dumps.iter();
            dumps.position(|other| other.path == dump.path)
        };
        match (at(a), at(b)) {
            (Some(a), Some(b)) => a < b,
            _ => a.taken_at < b.taken_at,
        }
    }

    /// Why the ids of two dumps cannot be compared, in words that name them; `None` when they can.
    pub(super) fn incomparable(
        &self,
        (a, a_print): (&Dump, &Fingerprint),
        (b, b_print): (&Dump, &Fingerprint),
    ) -> Option<String> {
        let (earlier, later, found) = if self.is_before(b, a) {
            (b, a, comparable(b_print, a_print))
        } else {
            (a, b, comparable(a_print, b_print))
        };
        let reason = found.reason?;
        Some(format!(
            "object ids of {} and {} cannot be compared: {reason}",
            earlier.title(),
            later.title()
        ))
    }

    /// Leaves the dumps of other processes out of the series, as far as the ids that are known tell where names do not.
    /// Says so.
    pub(super) fn divide(&mut self) -> Option<String> {
        let mut folder = Folder::of(self.series.clone());
        if !folder.divide() {
            return None;
        }
        let problems = std::mem::take(&mut self.series.problems);
        let largest = &folder.groups[0];
        let words = format!(
            "object ids tell the dumps of several processes: {}; looking at {} from {}",
            folder.listing(),
            largest.name,
            largest.series.usable().next().map_or("", |dump| &dump.name)
        );
        self.series = largest.series.clone();
        self.series.problems = problems;
        self.folder = folder;
        Some(words)
    }

    /// The process in view, as the folder calls it.
    pub(super) fn name(&self) -> &str {
        let paths = || self.series.dumps.iter().map(|dump| &dump.path);
        let has = |dump: &Dump| paths().any(|path| *path == dump.path);
        let mut groups = self.folder.groups.iter();
        let group = groups.find(|group| group.series.dumps.iter().any(has));
        group.map_or("", |group| &group.name)
    }

    /// What to say to look at another process of the folder: its name where names tell processes apart, else its dumps.
    pub(super) fn arguments_for(&self, process: &str, arguments: &SeriesArgs) -> SeriesArgs {
        let mut arguments = arguments.clone();
        if self.looking_at.is_some() {
            arguments.process = Some(process.to_owned());
        } else if let Some(group) = self.folder.groups.iter().find(|it| it.name == process) {
            let dumps = group.series.dumps.iter();
            arguments.paths = dumps.map(|dump| dump.path.clone()).collect();
        }
        arguments
    }

    /// Takes the note back that one process is looked at.
    pub(super) fn all_are_looked_at(&mut self) {
        if let Some(words) = self.looking_at.take() {
            self.notes.0.borrow_mut().retain(|note| *note != words);
        }
    }

    /// What was done about the order of the series, for those who say it with the result rather than on stderr.
    pub(super) fn order_note(&self) -> Option<String> {
        let words = self.series.order.note()?;
        self.notes.0.borrow_mut().retain(|note| note != words);
        Some(words.to_owned())
    }

    /// Where to note what is to be said.
    pub(super) fn notes(&self) -> Notes {
        self.notes.clone()
    }

    /// Says on stderr which dumps of the series cannot be used, and what was noted.
    pub(super) fn say_notes(&self) {
        self.notes.say();
        for problem in &self.series.problems {
            note(&problem.to_string());
        }
        for dump in &self.series.dumps {
            let is_cut = self.cut.borrow().as_ref() == Some(&dump.path);
            if dump.state != State::Complete && !is_cut {
                let problem = dump.problem.as_deref().unwrap_or_default();
                note(&format!(
                    "{}: {}: {problem}",
                    dump.path.display(),
                    dump.state
                ));
            }
        }
    }
}

/// The error for a comparison that has no dump but this one.
pub(super) fn too_few(only: &Dump) -> Error {
    Error::usage("this is the only complete dump, and a comparison needs two")
        .in_file(&only.path)
        .advise("take another, or name the directory with both")
}
