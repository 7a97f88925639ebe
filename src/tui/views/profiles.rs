//! The page of all sampling profiles of a process against each other: what came, grew and went, and how fast.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::profiles::{Change, ProfileRow, Size, Subject, by_group, by_path};
use crate::error::Result;
use crate::profile::merge::Merged;
use crate::profile::{By, CallSite, Profile};
use crate::series::{ProfileFile, Profiles};
use crate::table::{Cell, Head};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::units::{bytes, bytes_delta, duration, grouped};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{Export, Rows as Written, quoted};
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, ProfileTarget};
use crate::tui::place::PageKey;
use crate::tui::theme::Tone;
use crate::tui::views::profile::{in_heap, profiles};
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{Column, Layout, layout_with};
use crate::tui::work::{Inbox, Slot, Work};

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
#[derive(Debug)]
struct Row {
    name: String,
    place: Option<String>,
    own: Vec<u64>,
    total: Vec<u64>,
    growth: Option<f64>,
    change: Change,
    /// What it is in a profile.
    meant: ProfileTarget,
}

/// A list, as an answer.
struct Made {
    rows: Rows,
    size: Size,
    read: Read,
    list: Vec<Row>,
    all: usize,
}

/// The profiles that could be read.
#[derive(Debug, Clone)]
struct Read {
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
pub struct ProfilesPage {
    files: Profiles,
    which: usize,
    size: Size,
    read: Option<Read>,
    list: Vec<Row>,
    all: usize,
    problem: Option<String>,
    cursor: Cursor,
    inbox: Inbox<Result<Made>>,
}

fn slot() -> Slot {
    Slot::Page(PageKey::Profiles, 0)
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
    // What grows comes first; what went is told too, before what stayed as it was.
    found.sort_by_key(|row| {
        let delta = row.delta(size);
        (delta == 0, std::cmp::Reverse(delta))
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

fn described(merged: &Merged<'_>, row: ProfileRow, rows: Rows) -> Row {
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
        own: row.self_sizes,
        total: row.total_sizes,
        growth: row.growth_per_hour,
        change: row.change,
        meant,
    }
}

impl ProfilesPage {
    /// The page of these profiles, which are being read.
    pub fn new(files: Profiles, work: &mut Work) -> Self {
        let mut page = Self {
            files,
            which: 0,
            size: Size::Own,
            read: None,
            list: Vec::new(),
            all: 0,
            problem: None,
            cursor: Cursor::default(),
            inbox: Inbox::default(),
        };
        page.make(work);
        page
    }

    fn rows(&self) -> (Rows, &'static str) {
        LISTS.get(self.which).copied().unwrap_or(LISTS[0])
    }

    fn make(&mut self, work: &mut Work) {
        let (files, known, size) = (self.files.clone(), self.read.clone(), self.size);
        let (rows, _) = self.rows();
        (self.list, self.all, self.cursor) = (Vec::new(), 0, Cursor::default());
        let job = move |task: &Task| make(&files, known, rows, size, task);
        work.start(slot(), &self.inbox, job, |made| made);
    }

    /// The profiles that are compared.
    fn read_files(&self) -> &[ProfileFile] {
        self.read
            .as_ref()
            .map_or(&self.files.files, |read| &read.files)
    }

    fn line(&self, index: usize, work: &Work) -> Option<Line> {
        let Some(row) = self.list.get(index) else {
            return (index == 0).then(|| match (&self.problem, work.status(&slot())) {
                (Some(problem), _) => Line::note(problem, Tone::Problem),
                (None, None) => Line::note("nothing was sampled", Tone::Dim),
                (None, status) => sheet::progress("comparing profiles", status),
            });
        };
        let sizes = match self.size {
            Size::Own => &row.own,
            Size::Total => &row.total,
        };
        let (first, last) = (sizes.first().copied(), sizes.last().copied());
        let (first, last) = (first.unwrap_or(0), last.unwrap_or(0));
        let mut label = Label::of(&row.name, Tone::Function);
        if let Some(place) = &row.place {
            label.push(&format!(" {place}"), Tone::Dim);
        }
        let (glyph, tone) = match row.change {
            Change::Added => ("+", Tone::Problem),
            Change::Grown => ("↑", Tone::Problem),
            Change::Shrunk => ("↓", Tone::Dim),
            Change::Gone => ("−", Tone::Dim),
            Change::Same => (" ", Tone::Dim),
        };
        let growth = row
            .growth
            .map_or(String::new(), |growth| bytes_delta(growth.round() as i64));
        let line = Line::named(label).with(vec![
            (row.change.as_str().to_owned(), tone),
            sheet::size(first),
            sheet::size(last),
            (bytes_delta(last as i64 - first as i64), tone),
            (growth, Tone::Plain),
        ]);
        Some(line.at(0, glyph))
    }

    /// The selected row in full.
    fn words(&self) -> String {
        let Some(row) = self.list.get(self.cursor.selected) else {
            return String::new();
        };
        let sizes = match self.size {
            Size::Own => &row.own,
            Size::Total => &row.total,
        };
        let files = self.read_files().iter();
        let course: Vec<String> = files
            .zip(sizes)
            .map(|(file, &size)| format!("{} {}", file.label, bytes(size)))
            .collect();
        let place = row.place.as_deref().unwrap_or_default();
        format!("{} {place} · {}", row.name, course.join(", "))
    }
}

fn columns(row: u16) -> Layout<usize> {
    let columns = [
        Column {
            key: 0,
            title: "",
            width: 6,
            importance: 3,
            left: true,
        },
        Column::right(1, "First", 8, 5),
        Column::right(2, "Last", 8, 6),
        Column::right(3, "Growth", 8, 9),
        Column::right(4, "Per hour", 9, 8),
    ];
    layout_with(&columns, row, row / 2)
}

impl Page for ProfilesPage {
    fn context(&self) -> Context {
        Context::PROFILE
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let problems = self.read.as_ref().map_or(&[][..], |read| &read.problems);
        let words = match problems {
            [] => self.words(),
            problems => format!("{} · left out: {}", self.words(), problems.join("; ")),
        };
        let area = sheet::draw_words(buffer, area, &words, ctx.theme);
        let columns = columns(area.width);
        let (_, name) = self.rows();
        let size = match self.size {
            Size::Own => "by own bytes",
            Size::Total => "with what they call",
        };
        let title = format!("{name} {size}");
        sheet::draw_titles(buffer, area, &title, &columns, None, ctx.theme);
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        self.cursor.fit(usize::from(below.height), self.list.len());
        let line = |row| self.line(row, ctx.work);
        sheet::draw(buffer, below, &columns, self.cursor, line, ctx.theme);
    }

    fn header(&self, _: &DumpStore) -> Header {
        let files = self.read_files();
        let mut facts = vec![format!("{} profiles", files.len())];
        let left_out = self.read.as_ref().map_or(0, |read| read.problems.len());
        if left_out > 0 {
            facts.push(format!("{left_out} damaged, left out"));
        }
        let time = |file: Option<&crate::series::ProfileFile>| file?.dump.taken_at;
        if let (Some(first), Some(last)) = (time(files.first()), time(files.last()))
            && let Ok(span) = std::time::Duration::try_from(last.duration_since(first))
        {
            facts.push(duration(span));
        }
        let size = |file: Option<&ProfileFile>| file?.heap_mb;
        if let (Some(first), Some(last)) = (size(files.first()), size(files.last())) {
            facts.push(format!("heap {first} → {last} MB"));
        }
        if self.all > self.list.len() {
            let (shown, all) = (self.list.len() as u64, self.all as u64);
            facts.push(format!("{} of {} rows", grouped(shown), grouped(all)));
        }
        Header {
            path: vec![one_line("profiles compared").into_owned()],
            facts,
        }
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.cursor.go(motion, self.list.len());
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::NextList => {
                self.which = (self.which + 1) % LISTS.len();
                self.make(ctx.work);
            }
            Command::SortNext => {
                self.size = match self.size {
                    Size::Own => Size::Total,
                    Size::Total => Size::Own,
                };
                self.make(ctx.work);
            }
            Command::Toggle => {
                let row = self.list.get(self.cursor.selected)?;
                // What is gone is in the last profile that had it.
                let sizes = row.total.iter().rposition(|&size| size > 0);
                let last = self.read_files().get(sizes?)?;
                let profile = Arc::from(last.dump.path.as_path());
                return Some(Effect::Profile(profile, row.meant.clone()));
            }
            Command::ShowInSummary => {
                let row = self.list.get(self.cursor.selected)?;
                let ProfileTarget::Path(path) = &row.meant else {
                    return None;
                };
                return Some(in_heap(path.first()?.clone(), ctx.store));
            }
            _ => {}
        }
        None
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        let row = self.list.get(self.cursor.selected);
        match command {
            Command::ZoomOut | Command::GroupBy | Command::Compare => false,
            Command::Unfold | Command::Fold => false,
            Command::ShowInSummary => {
                row.is_some_and(|row| matches!(row.meant, ProfileTarget::Path(_)))
            }
            // The footer calls it zooming, which it is not here.
            Command::Toggle => false,
            _ => true,
        }
    }

    fn take(&mut self, _: &mut PageCtx<'_>) -> Option<Effect> {
        match self.inbox.next()? {
            Ok(made) if made.rows == self.rows().0 && made.size == self.size => {
                (self.list, self.all) = (made.list, made.all);
                self.read = Some(made.read);
            }
            Ok(made) => self.read = Some(made.read),
            Err(error) => self.problem = Some(error.to_string()),
        }
        None
    }

    fn unsettled(&self, work: &Work) -> bool {
        work.status(&slot()).is_some()
    }

    fn line(&self, _: &DumpStore) -> Option<String> {
        Some(one_line(&self.words()).into_owned())
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let header = self.header(store);
        let (_, name) = self.rows();
        let mut heading = vec![header.path.join(" › "), header.facts.join(" · ")];
        heading.push(name.to_owned());
        let files = self.read_files().iter();
        let profiles = files
            .clone()
            .map(|file| format!("{} {}", file.label, file.dump.name));
        heading.extend(profiles);
        let mut columns = vec![
            Head::text("Name", "name"),
            Head::text("Place", "place"),
            Head::text("Change", "change"),
            Head::number("Growth", "growth"),
            Head::number("Per hour", "growth_per_hour"),
        ];
        columns.extend([
            Head::number("First self size", "first_self_size"),
            Head::number("Last self size", "last_self_size"),
            Head::number("First total size", "first_total_size"),
            Head::number("Last total size", "last_total_size"),
        ]);
        let ends = |sizes: &[u64]| {
            let end = |size: Option<&u64>| Cell::Size(size.copied().unwrap_or(0));
            [end(sizes.first()), end(sizes.last())]
        };
        let rows = self.list.iter().map(|row| {
            let sizes = if self.size == Size::Own {
                &row.own
            } else {
                &row.total
            };
            let (first, last) = (sizes.first().copied(), sizes.last().copied());
            let growth = last.unwrap_or(0) as i64 - first.unwrap_or(0) as i64;
            let per_hour = row.growth.map(|growth| growth.round() as i64);
            let mut cells = vec![
                Cell::note(quoted(&row.name)),
                row.place
                    .as_ref()
                    .map_or(Cell::Nothing, |place| Cell::note(quoted(place))),
                Cell::note(row.change.as_str().to_owned()),
                Cell::SizeChange(growth),
                per_hour.map_or(Cell::Nothing, Cell::SizeChange),
            ];
            cells.extend(ends(&row.own));
            cells.extend(ends(&row.total));
            cells
        });
        let written = Written {
            heading,
            columns,
            rows: rows.collect(),
            more: self.all.saturating_sub(self.list.len()),
        };
        Some(Box::new(move |_| Ok(written)))
    }

    fn is_current(&self, store: &DumpStore) -> bool {
        let path = |file: &ProfileFile| file.dump.path.clone();
        let now = profiles(store);
        let known = self.files.files.iter().map(path);
        known.eq(now.files.iter().map(path))
    }

    fn mark(&self) -> Option<At> {
        Some(At::row(self.cursor.selected))
    }

    fn return_to(&mut self, at: At, _: &mut PageCtx<'_>) {
        self.cursor
            .go(Motion::To(at.index as usize), self.list.len());
    }
}
