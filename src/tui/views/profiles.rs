//! The page of all sampling profiles of a process against each other: what came, grew and went, and how fast.

use std::sync::Arc;

use crate::analysis::profiles::{Change, ProfileRow, Size, Subject, by_group, by_path};
use crate::error::Result;
use crate::profile::merge::Merged;
use crate::profile::{By, CallSite, Origin, Profile};
use crate::series::{ProfileFile, Profiles};
use crate::table::{Cell, Column, Head, Stress};
use crate::task::Task;
use crate::text::span::Spans;
use crate::text::units::{bytes, duration, grouped};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{self, Effect, Header, ProfileTarget, said};
use crate::tui::place::PageKey;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::callers::PROFILER;
use crate::tui::views::list_page::{Item, Job, List, ListPage, Then};
use crate::tui::views::profile::{in_heap, profiles};
use crate::tui::widgets::label::Label;
use crate::tui::work::Work;

/// Rows of a list; nobody reads further.
const ROWS: usize = 2_000;
/// Calls of a path that are told.
const CALLS: usize = 12;
/// Calls of a path that it is found by in a profile.
const WHOLE: usize = 64;

/// What is a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    Functions,
    Paths,
    Files,
    Packages,
}

/// The lists, in the order of Tab.
const LISTS: [(Rows, &str); 4] = [
    (Rows::Functions, "Functions"),
    (Rows::Paths, "Call paths"),
    (Rows::Files, "Files"),
    (Rows::Packages, "Packages"),
];

/// A row, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Row {
    name: String,
    place: Option<String>,
    /// Whether it is the profiler's own work, which says nothing of the program.
    is_profilers: bool,
    own: Vec<u64>,
    total: Vec<u64>,
    growth: Option<f64>,
    change: Change,
    /// What it is in a profile.
    meant: ProfileTarget,
}

/// A list, as an answer.
pub struct Made {
    rows: Rows,
    size: Size,
    read: Read,
    list: Vec<Row>,
    all: usize,
}

/// The profiles that could be read.
#[derive(Debug, Clone)]
pub struct Read {
    profiles: Arc<Vec<Profile>>,
    files: Arc<Vec<ProfileFile>>,
    /// What is wrong with the others.
    problems: Vec<String>,
}

impl Read {
    /// Reads profiles; those that are damaged take nothing from the others.
    fn all(files: &[ProfileFile], task: &Task) -> Result<Self> {
        let (mut profiles, mut read, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for file in files {
            match Profile::open(&file.dump.path, task) {
                Ok(profile) => {
                    profiles.push(profile);
                    read.push(file.clone());
                }
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) => problems.push(error.to_string()),
            }
        }
        Ok(Self {
            profiles: Arc::new(profiles),
            files: Arc::new(read),
            problems,
        })
    }
}

/// The page.
pub type ProfilesPage = ListPage<Compared>;

/// The profiles against each other.
#[derive(Clone)]
pub struct Compared {
    files: Profiles,
    which: usize,
    size: Size,
    read: Option<Read>,
    list: Arc<Vec<Row>>,
    all: usize,
}

/// Reads the profiles that were not read yet, and compares them.
fn make(
    files: &Profiles,
    known: Option<Read>,
    rows: Rows,
    size: Size,
    task: &Task,
) -> Result<Made> {
    let read = match known {
        Some(known) => known,
        None => Read::all(&files.files, task)?,
    };
    let times: Vec<_> = read.files.iter().map(|file| file.dump.taken_at).collect();
    let merged = Merged::new(&read.profiles, task)?;
    let mut found = match rows {
        Rows::Functions => by_group(&merged, By::Function, size, &times, task)?,
        Rows::Files => by_group(&merged, By::File, size, &times, task)?,
        Rows::Packages => by_group(&merged, By::Package, size, &times, task)?,
        Rows::Paths => by_path(&merged, size, &times, task)?,
    };
    let all = found.len();
    // What grows comes first; what went is told too, before what stayed as it was, and the profiler's own work.
    found.sort_by_key(|row| {
        let delta = row.delta(size);
        let is_profilers = is_profilers(&merged, row, rows);
        (is_profilers, delta == 0, std::cmp::Reverse(delta))
    });
    found.truncate(ROWS);
    let list = found.into_iter().map(|row| described(&merged, row, rows));
    let list = list.collect();
    Ok(Made {
        rows,
        size,
        list,
        all,
        read: read.clone(),
    })
}

/// Whether a row is the profiler's own work: a function or file of it, or a path that ends there.
fn is_profilers(merged: &Merged<'_>, row: &ProfileRow, rows: Rows) -> bool {
    let function = match row.subject {
        Subject::Function(function) => Some(function),
        Subject::Path(path) => merged.stack(path).next(),
    };
    let is_its = |function| merged.frame(function).origin() == Origin::Profiler;
    rows != Rows::Packages && function.is_some_and(is_its)
}

fn described(merged: &Merged<'_>, row: ProfileRow, rows: Rows) -> Row {
    let is_profilers = is_profilers(merged, &row, rows);
    let call_site = |function| CallSite::of(merged.frame(function));
    let (name, place, meant) = match row.subject {
        Subject::Function(function) => {
            let place = merged.frame(function).shown_place();
            let meant = match rows {
                Rows::Files => ProfileTarget::File(row.name.clone()),
                Rows::Packages => ProfileTarget::Package(row.name.clone()),
                Rows::Functions | Rows::Paths => ProfileTarget::Path(vec![call_site(function)]),
            };
            (row.name, place.filter(|_| rows == Rows::Functions), meant)
        }
        Subject::Path(path) => {
            let whole = merged.stack(path).take(WHOLE).map(call_site).collect();
            let mut names: Vec<&str> = merged
                .stack(path)
                .take(CALLS + 1)
                .map(|function| merged.frame(function).shown_name())
                .collect();
            if names.len() > CALLS {
                names.pop();
                names.push("…");
            }
            (names.join(" ← "), None, ProfileTarget::Path(whole))
        }
    };
    Row {
        name,
        place,
        is_profilers,
        own: row.self_sizes,
        total: row.once_sizes,
        growth: row.growth_per_hour,
        change: row.change,
        meant,
    }
}

impl ProfilesPage {
    /// The page of these profiles, which are being read.
    pub fn of(files: Profiles, work: &mut Work) -> Self {
        let list = Compared {
            files,
            which: 0,
            size: Size::Own,
            read: None,
            list: Arc::default(),
            all: 0,
        };
        Self::new(PageKey::Profiles, list, work)
    }
}

impl Row {
    /// The bytes in each profile.
    fn sizes(&self, size: Size) -> &[u64] {
        match size {
            Size::Own => &self.own,
            Size::Total => &self.total,
        }
    }

    fn growth(&self, size: Size) -> i64 {
        last(self.sizes(size)) as i64 - first(self.sizes(size)) as i64
    }

    fn stress(&self) -> Stress {
        match self.change {
            _ if self.is_profilers => Stress::Faint,
            Change::Added | Change::Grown => Stress::Alarm,
            Change::Shrunk | Change::Gone | Change::Same => Stress::Faint,
        }
    }
}

fn first(sizes: &[u64]) -> u64 {
    sizes.first().copied().unwrap_or(0)
}

fn last(sizes: &[u64]) -> u64 {
    sizes.last().copied().unwrap_or(0)
}

impl Compared {
    fn kind(&self) -> (Rows, &'static str) {
        LISTS.get(self.which).copied().unwrap_or(LISTS[0])
    }

    /// The profiles that are compared.
    fn read_files(&self) -> &[ProfileFile] {
        let read = self.read.as_ref();
        read.map_or(&self.files.files, |read| &read.files)
    }

    /// A row in full.
    fn in_full(&self, row: &Row) -> Spans {
        let files = self.read_files().iter();
        let course: Vec<String> = files
            .zip(row.sizes(self.size))
            .map(|(file, &size)| format!("{} {}", file.label, bytes(size)))
            .collect();
        let name = Spans::new().function(row.name.clone()).note(" ");
        let name = name.place(row.place.clone().unwrap_or_default());
        name.note(" · ").number(course.join(", "))
    }
}

impl List for Compared {
    type Row = Row;
    type Found = Made;

    const CONTEXT: Context = Context::PROFILES;
    const COLUMNS: &'static [Column<Row, Self>] = &[
        Head::text("Place", "place")
            .of(|row, _| Cell::known(row.place.as_ref(), |place| Cell::place(place.clone()))),
        Head::text("Change", "change")
            .on_screen("", 6, 3)
            .left()
            .of_stressed(
                |row, _| Cell::note(row.change.as_str()),
                |row, _| row.stress(),
            ),
        Head::drawn("First", 8, 5).of(|row, page| Cell::Size(first(row.sizes(page.size)))),
        Head::drawn("Last", 8, 6).of(|row, page| Cell::Size(last(row.sizes(page.size)))),
        Head::number("Growth", "growth")
            .on_screen("Growth", 8, 9)
            .of_stressed(
                |row, page| Cell::SizeChange(row.growth(page.size)),
                |row, _| row.stress(),
            ),
        Head::number("Per hour", "growth_per_hour")
            .on_screen("Per hour", 9, 8)
            .of(|row, _| Cell::known(row.growth, |rate| Cell::SizeChange(rate.round() as i64))),
        Head::number("First self size", "first_self_size").of(|row, _| Cell::Size(first(&row.own))),
        Head::number("Last self size", "last_self_size").of(|row, _| Cell::Size(last(&row.own))),
        Head::number("First total size", "first_total_size")
            .of(|row, _| Cell::Size(first(&row.total))),
        Head::number("Last total size", "last_total_size")
            .of(|row, _| Cell::Size(last(&row.total))),
    ];

    fn job(&self) -> Option<Job<Made>> {
        let (files, known, size) = (self.files.clone(), self.read.clone(), self.size);
        let (rows, _) = self.kind();
        Some(Box::new(move |task| make(&files, known, rows, size, task)))
    }

    fn take(&mut self, made: Made) -> Option<usize> {
        if made.rows == self.kind().0 && made.size == self.size {
            (self.list, self.all) = (Arc::new(made.list), made.all);
        }
        self.read = Some(made.read);
        None
    }

    fn rows(&self) -> usize {
        self.list.len()
    }

    fn item(&self, index: usize) -> Option<Item<Row>> {
        self.list.get(index).cloned().map(Item::Row)
    }

    fn label(&self, row: &Row) -> Label {
        let mut label = Label::of(Spans::new().function(row.name.clone()), Tone::Function);
        if let Some(place) = &row.place {
            label = label.with(Spans::from(" ").place(place.clone()), Tone::Dim);
        }
        if row.is_profilers {
            label.push_minor(Spans::from(PROFILER), Tone::Dim);
        }
        label
    }

    fn written(&self, row: &Row) -> Spans {
        Spans::new().function(row.name.clone())
    }

    fn mark(&self, item: &Item<Row>) -> (usize, &'static str) {
        let Item::Row(row) = item else {
            return (0, " ");
        };
        let glyph = match row.change {
            Change::Added => "+",
            Change::Grown => "↑",
            Change::Shrunk => "↓",
            Change::Gone => "−",
            Change::Same => " ",
        };
        (0, glyph)
    }

    fn title(&self, _: bool) -> String {
        let size = match self.size {
            Size::Own => "by own bytes",
            Size::Total => "with what they call",
        };
        format!("{} {size}", self.kind().1)
    }

    fn name_room(&self, width: u16) -> u16 {
        width / 2
    }

    fn doing(&self) -> String {
        "comparing profiles".to_owned()
    }

    fn nothing(&self) -> Option<String> {
        Some("no samples".to_owned())
    }

    fn words(&self, row: Option<&Row>) -> Spans {
        let words = row.map_or(Spans::new(), |row| self.in_full(row));
        let problems = self.read.as_ref().map_or(&[][..], |read| &read.problems);
        match problems {
            [] => words,
            problems => words.note(format!(" · left out: {}", problems.join("; "))),
        }
    }

    fn header(&self, _: &DumpStore) -> Header {
        let files = self.read_files();
        let mut facts = vec![format!("{} profiles", files.len())];
        let left_out = self.read.as_ref().map_or(0, |read| read.problems.len());
        if left_out > 0 {
            facts.push(format!("{left_out} damaged, left out"));
        }
        let time = |file: Option<&ProfileFile>| file?.dump.taken_at;
        if let (Some(first), Some(last)) = (time(files.first()), time(files.last()))
            && let Ok(span) = std::time::Duration::try_from(last.duration_since(first))
        {
            facts.push(duration(span));
        }
        let size = |file: Option<&ProfileFile>| file?.heap_mb;
        if let (Some(first), Some(last)) = (size(files.first()), size(files.last())) {
            facts.push(format!("heap {first} → {last} MB"));
        }
        if self.more() > 0 {
            let (shown, all) = (self.list.len() as u64, self.all as u64);
            facts.push(format!("{} of {} rows", grouped(shown), grouped(all)));
        }
        Header {
            path: vec!["profiles compared".into()],
            facts: facts.into_iter().map(said).collect(),
        }
    }

    fn heading(&self) -> Vec<Spans> {
        let files = self.read_files().iter();
        let profiles = files.map(|file| format!("{} {}", file.label, file.dump.name));
        [self.kind().1.to_owned()]
            .into_iter()
            .chain(profiles)
            .map(said)
            .collect()
    }

    fn more(&self) -> usize {
        self.all.saturating_sub(self.list.len())
    }

    fn view(&self) -> Option<&Arc<View>> {
        None
    }

    fn subject(&self, _: Option<&Row>) -> Option<page::Subject> {
        None
    }

    fn works(&self, command: Command, row: Option<&Row>) -> bool {
        match command {
            Command::Unfold | Command::Fold => false,
            Command::FunctionInHeap => {
                row.is_some_and(|row| matches!(row.meant, ProfileTarget::Path(_)))
            }
            _ => true,
        }
    }

    fn command(&mut self, command: Command, row: Option<&Row>, store: &DumpStore) -> Then<Made> {
        let effect = match command {
            Command::NextList => {
                self.which = (self.which + 1) % LISTS.len();
                (self.list, self.all) = (Arc::default(), 0);
                return Then::Anew;
            }
            Command::SortNext => {
                self.size = match self.size {
                    Size::Own => Size::Total,
                    Size::Total => Size::Own,
                };
                (self.list, self.all) = (Arc::default(), 0);
                return Then::Anew;
            }
            // What is gone is in the last profile that had it.
            Command::Open => row.and_then(|row| {
                let at = row.total.iter().rposition(|&size| size > 0)?;
                let profile = Arc::from(self.read_files().get(at)?.dump.path.as_path());
                Some(Effect::Profile(profile, row.meant.clone()))
            }),
            Command::FunctionInHeap => row.and_then(|row| match &row.meant {
                ProfileTarget::Path(path) => Some(in_heap(path.first()?.clone(), store)),
                _ => None,
            }),
            _ => None,
        };
        effect.map_or(Then::Stay, Then::Do)
    }

    fn is_current(&self, store: &DumpStore) -> bool {
        let path = |file: &ProfileFile| file.dump.path.clone();
        let own = self.files.files.iter().map(path);
        own.eq(profiles(store).files.iter().map(path))
    }

    fn line(&self, row: &Row) -> Option<Spans> {
        Some(self.in_full(row))
    }
}
