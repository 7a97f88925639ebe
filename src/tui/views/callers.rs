//! Functions of a profile by size, and who calls a function and whom it calls, unfolded one level at a time.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::{Error, Result};
use crate::profile::rows::{Origin, rows};
use crate::profile::search::Found;
use crate::profile::tree::{Branch, Direction, Tree};
use crate::profile::{By, Frame, FunctionId, Grouping, Profile, Row};
use crate::table::{Cell, Column, Head};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::place::file_name;
use crate::text::span::Spans;
use crate::tui::commands::Command;
use crate::tui::export::{Export, Rows};
use crate::tui::naming::placed;
use crate::tui::page::DrawCtx;
use crate::tui::place::{PageKey, Side};
use crate::tui::theme::Tone;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::{self, BranchId, Children, ROOT};
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::outline::{Folding, Outline};
use crate::tui::widgets::table::{self, Layout};
use crate::tui::work::{Inbox, Slot, Work};

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// All functions, files or packages.
    Functions,
    /// Who calls one, or whom it calls.
    Around(u32, Direction),
}

/// The groups of a profile, as an answer.
#[derive(Debug)]
pub struct Grouped {
    /// What is one row.
    pub grouping: Grouping,
    rows: Vec<Row>,
}

/// The state of a file: when it was last written, and its length in bytes.
pub type Stamp = (SystemTime, u64);

/// The state of a file now.
///
/// # Errors
/// When it cannot be looked at.
pub fn stamp(path: &Path) -> Result<Stamp> {
    let failed = |error| Error::io("cannot be read", &error).in_file(path);
    let metadata = path.metadata().map_err(failed)?;
    Ok((metadata.modified().map_err(failed)?, metadata.len()))
}

/// What workers find for the page of a profile.
pub enum Message {
    /// The profile, and of which state of its file; `None` where that is the one that is known.
    Profile(Result<Option<(Stamp, Arc<Profile>)>>),
    /// Its functions.
    Grouped(Result<Grouped>),
    /// Who calls a function, or whom it calls.
    Branch(BranchId, Result<Vec<Branch>>),
    /// What answers what was typed.
    Hits(Result<(String, Found)>),
    /// The code of a function, where it is on this host.
    Code(FunctionId, Result<Option<Spans>>),
}

/// What is said behind a function that measures rather than being measured.
pub const PROFILER: &str = "  (profiler)";

/// Groups the functions of a profile, off the screen's thread.
pub fn group(slot: Slot, inbox: &Inbox<Message>, profile: &Arc<Profile>, by: By, work: &mut Work) {
    let profile = Arc::clone(profile);
    let job = move |task: &Task| {
        let grouping = Grouping::new(&profile, by);
        let rows = rows(&profile, &grouping, task)?;
        Ok(Grouped { grouping, rows })
    };
    work.start(slot, inbox, job, Message::Grouped);
}

/// A profile with its groups: what cells are made with.
#[derive(Clone)]
struct Sampled {
    profile: Arc<Profile>,
    grouped: Arc<Grouped>,
}

/// A row: how deep it is, and what of it was sampled in bytes.
#[derive(Debug, Clone, Copy)]
struct Called {
    depth: usize,
    group: u32,
    own: u64,
    total: u64,
}

/// What only functions have.
const PLACE: [&str; 3] = ["url", "line", "column"];

/// The columns of functions, files or packages; where a function was written is counted from 0 as in the file.
fn columns(by: By) -> Vec<Column<Called, Sampled>> {
    let mut columns = vec![
        Head::number("Level", "level")
            .of(|row: &Called, _: &Sampled| Cell::Count(row.depth as u64)),
        Head::text("Name", "name").of(|row, of| Cell::Text(of.name(row.group))),
        Head::text("URL", PLACE[0]).of(|row, of| Cell::place(of.frame(row.group).url.to_owned())),
        Head::number("Line", PLACE[1])
            .of(|row, of| Cell::known(u64::try_from(of.frame(row.group).line).ok(), Cell::Count)),
        Head::number("Column", PLACE[2])
            .of(|row, of| Cell::known(u64::try_from(of.frame(row.group).column).ok(), Cell::Count)),
        Head::number("Self size", "self_size")
            .on_screen("Self", 8, 9)
            .of(|row, _| Cell::Size(row.own)),
        Head::drawn("%", 4, 4).of(|row, of| Cell::Percent(row.own, of.profile.total())),
        Head::number("Total size", "total_size")
            .on_screen("Total", 8, 8)
            .of(|row, _| Cell::Size(row.total)),
        Head::drawn("%", 4, 5).of(|row, of| Cell::Percent(row.total, of.profile.total())),
    ];
    columns.retain(|column| by == By::Function || !PLACE.contains(&&*column.head.name));
    columns
}

impl Sampled {
    fn grouping(&self) -> &Grouping {
        &self.grouped.grouping
    }

    fn frame(&self, group: u32) -> Frame<'_> {
        self.profile.frame(self.grouping().function(group))
    }

    /// What a group is called: a function, or a file or package.
    fn name(&self, group: u32) -> Spans {
        let name = self.grouping().name(&self.profile, group).to_owned();
        match self.grouping().by {
            By::Function => Spans::new().function(name),
            By::File | By::Package => Spans::new().place(name),
        }
    }
}

/// A list or tree of functions with a cursor.
pub struct Functions {
    of: Sampled,
    /// What is listed.
    pub listed: Listed,
    /// By the bytes of what is called too, rather than by own ones.
    pub by_total: bool,
    outline: Outline<()>,
    branches: HashMap<BranchId, Vec<Branch>>,
}

impl Functions {
    /// All functions, by own bytes.
    pub fn new(profile: &Arc<Profile>, grouped: Grouped, by_total: bool) -> Self {
        let mut this = Self {
            of: Sampled {
                profile: Arc::clone(profile),
                grouped: Arc::new(grouped),
            },
            listed: Listed::Functions,
            by_total,
            outline: Outline::new(()),
            branches: HashMap::new(),
        };
        this.arrange();
        this
    }

    /// What is one row.
    pub fn grouping(&self) -> &Grouping {
        &self.of.grouped.grouping
    }

    fn arrange(&mut self) {
        let rows = &self.of.grouped.rows;
        let mut list: Vec<u32> = (0..rows.len() as u32).collect();
        if self.by_total {
            list.sort_by_key(|&row| {
                let row = rows[row as usize];
                std::cmp::Reverse((row.once_size, row.self_size))
            });
        }
        self.outline.set(ROOT, Children::List(list.into()));
    }

    /// Orders by the other size.
    pub fn sort(&mut self) {
        if self.listed == Listed::Functions {
            self.by_total = !self.by_total;
            self.outline = Outline::new(());
            self.arrange();
        }
    }

    /// Lists something else; gives what is no longer asked for.
    pub fn list(
        &mut self,
        listed: Listed,
        (key, inbox): (&PageKey, &Inbox<Message>),
        work: &mut Work,
    ) {
        let old: Vec<BranchId> = self.branches.keys().copied().collect();
        for branch in old {
            work.abandon(&slot(key, branch));
        }
        work.abandon(&slot(key, ROOT));
        (self.listed, self.outline) = (listed, Outline::new(()));
        self.branches.clear();
        match listed {
            Listed::Functions => self.arrange(),
            Listed::Around(group, direction) => {
                self.ask(ROOT, direction, (key, inbox), work, move |tree, task| {
                    let whole = tree.of_group(group, task)?;
                    tree.below(&whole, task)
                });
            }
        }
    }

    fn ask(
        &self,
        branch: BranchId,
        direction: Direction,
        (key, inbox): (&PageKey, &Inbox<Message>),
        work: &mut Work,
        find: impl FnOnce(&Tree<'_>, &Task) -> Result<Vec<Branch>> + Send + 'static,
    ) {
        let (profile, grouped) = (Arc::clone(&self.of.profile), Arc::clone(&self.of.grouped));
        let job = move |task: &Task| {
            let tree = Tree {
                profile: &profile,
                grouping: &grouped.grouping,
                direction,
            };
            find(&tree, task)
        };
        let message = move |found| Message::Branch(branch, found);
        work.start(slot(key, branch), inbox, job, message);
    }

    /// Takes the rows of a branch.
    pub fn take(&mut self, branch: BranchId, found: Result<Vec<Branch>>) {
        let children = match found {
            Ok(found) => {
                let list: Vec<u32> = (0..found.len() as u32).collect();
                self.branches.insert(branch, found);
                Children::List(list.into())
            }
            Err(error) => Children::Failed(error.to_string().into()),
        };
        self.outline.set(branch, children);
    }

    /// Moves the cursor.
    pub fn go(&mut self, motion: Motion) {
        self.outline.go(motion);
    }

    /// Goes to the next row that a search found.
    pub fn go_to_hit(&mut self, by: isize, found: &Found) {
        let rows = self.outline.tree().rows();
        let start = self.outline.cursor().selected;
        let step = if by < 0 { rows.saturating_sub(1) } else { 1 };
        let mut at = start;
        for _ in 0..rows {
            at = (at + step) % rows.max(1);
            let row = self.outline.row_at(at);
            let group = row.and_then(|row| self.group_of(row));
            if group.is_some_and(|group| self.is_found(group, found)) {
                return self.outline.go(Motion::To(at));
            }
        }
    }

    fn is_found(&self, group: u32, found: &Found) -> bool {
        found.contains(self.grouping().function(group))
    }

    /// Folds and unfolds.
    pub fn command(
        &mut self,
        command: Command,
        (key, inbox): (&PageKey, &Inbox<Message>),
        work: &mut Work,
    ) {
        match self.outline.obey(command) {
            Folding::Done => {}
            Folding::Gone(gone) => {
                for branch in gone {
                    self.branches.remove(&branch);
                    work.abandon(&slot(key, branch));
                }
            }
            Folding::Unfold => {
                let Listed::Around(_, direction) = self.listed else {
                    return;
                };
                let row = self.outline.row();
                let branch = row.and_then(|row| self.branch(row));
                let Some(below) = branch.filter(|branch| branch.has_more).cloned() else {
                    return;
                };
                if let Some(opened) = self.outline.open(()) {
                    self.ask(opened, direction, (key, inbox), work, move |tree, task| {
                        tree.below(&below, task)
                    });
                }
            }
        }
    }

    fn branch(&self, row: lazy_tree::Row) -> Option<&Branch> {
        let branches = self.branches.get(&row.at.branch)?;
        branches.get(row.value? as usize)
    }

    fn group_of(&self, row: lazy_tree::Row) -> Option<u32> {
        self.called(row).map(|called| called.group)
    }

    /// The selected group.
    pub fn selected(&self) -> Option<u32> {
        self.group_of(self.outline.row()?)
    }

    /// The name of the selected group, where all are listed.
    pub fn selected_name(&self) -> Option<String> {
        let group = self
            .selected()
            .filter(|_| self.listed == Listed::Functions)?;
        Some(self.grouping().name(&self.of.profile, group).to_owned())
    }

    /// Goes to a group among all; says whether it is there.
    pub fn select(&mut self, group: u32) -> bool {
        let rows = self.outline.tree().rows();
        let is_it = |&at: &usize| {
            let row = self.outline.row_at(at);
            row.and_then(|row| self.group_of(row)) == Some(group)
        };
        let place = (0..rows).find(is_it);
        if let Some(place) = place {
            self.outline.go(Motion::To(place));
        }
        place.is_some()
    }

    /// The same by what the group is called.
    pub fn select_named(&mut self, name: &str) -> bool {
        let named = |group: &&Row| self.grouping().name(&self.of.profile, group.group) == name;
        let group = self.of.grouped.rows.iter().find(named);
        group
            .map(|row| row.group)
            .is_some_and(|group| self.select(group))
    }

    fn called(&self, row: lazy_tree::Row) -> Option<Called> {
        let depth = row.depth;
        Some(match self.listed {
            Listed::Functions => {
                let row = self.of.grouped.rows.get(row.value? as usize)?;
                Called {
                    depth,
                    group: row.group,
                    own: row.self_size,
                    total: row.once_size,
                }
            }
            Listed::Around(..) => {
                let branch = self.branch(row)?;
                Called {
                    depth,
                    group: branch.group,
                    own: branch.self_size,
                    total: branch.total_size,
                }
            }
        })
    }

    /// All rows, as they are unfolded.
    pub fn export(&self, mut heading: Vec<Spans>) -> Export {
        let rows = (0..self.outline.tree().rows()).filter_map(|at| self.outline.row_at(at));
        let rows: Vec<Called> = rows.filter_map(|row| self.called(row)).collect();
        let of = self.of.clone();
        heading.push(self.title());
        Box::new(move |task| {
            let columns = columns(of.grouping().by);
            Rows::of(heading, &columns, rows.into_iter(), &of, task)
        })
    }

    /// What a group is called, and where it is.
    pub fn label(&self, group: u32) -> Label {
        let (grouping, profile) = (self.grouping(), &self.of.profile);
        let name = grouping.name(profile, group);
        match grouping.by {
            By::Function => {
                let frame = profile.frame(grouping.function(group));
                let label = Label::of(Spans::new().function(name.to_owned()), Tone::Function);
                match frame.shown_place() {
                    Some(place) => label.with(Spans::new().note(" ").place(place), Tone::Dim),
                    None => label,
                }
            }
            By::File if name.starts_with(['/', 'f', 'h']) => {
                Label::of(Spans::new().place(file_name(name).to_owned()), Tone::Plain)
                    .with(placed(name.to_owned()), Tone::Dim)
            }
            By::File | By::Package => Label::of(Spans::new().place(name.to_owned()), Tone::Plain),
        }
    }

    fn line(
        &self,
        index: usize,
        (columns, layout): (&[Column<Called, Sampled>], &Layout),
        found: Option<&Found>,
        key: &PageKey,
        ctx: DrawCtx<'_>,
    ) -> Option<Line> {
        let row = self.outline.row_at(index)?;
        let Some(called) = self.called(row) else {
            let line = match self.outline.tree().children(row.at.branch) {
                Some(Children::Failed(problem)) => Line::note(problem, Tone::Problem),
                Some(Children::List(_)) => Line::note(self.nothing(), Tone::Dim),
                _ => sheet::progress(
                    "following calls",
                    ctx.work.status(&slot(key, row.at.branch)),
                ),
            };
            return Some(line.at(row.depth, " "));
        };
        let more = self.branch(row).is_some_and(|branch| branch.has_more);
        let glyph = match (row.open, more) {
            (true, _) => "▾",
            (false, true) => "▸",
            (false, false) => "·",
        };
        let mut label = self.label(called.group);
        if found.is_some_and(|found| self.is_found(called.group, found)) {
            label = Label::of("● ", Tone::Match).with(label.spans(), Tone::Match);
        }
        if self.grouping().by == By::Function
            && self.of.frame(called.group).origin() == Origin::Profiler
        {
            label.push_minor(Spans::new().note(PROFILER), Tone::Dim);
        }
        if self.listed == Listed::Functions
            && let Some(row) = self.of.grouped.rows.get(row.value? as usize)
            && row.once_size < row.total_size
        {
            label.push_minor(Spans::new().note("  recursive"), Tone::Dim);
        }
        let cells = table::cells(columns, layout, &called, &self.of);
        Some(Line::named(label).with(cells).at(row.depth, glyph))
    }

    fn nothing(&self) -> &'static str {
        match self.listed {
            Listed::Functions => "no samples",
            Listed::Around(_, Direction::Callers) => "nobody: it is called from outside",
            Listed::Around(_, Direction::Callees) => "no allocations",
        }
    }

    /// What is listed, in words.
    fn title(&self) -> Spans {
        match self.listed {
            Listed::Functions => Spans::from(match self.grouping().by {
                By::Function => "Functions",
                By::File => "Files",
                By::Package => "Packages",
            }),
            Listed::Around(group, direction) => {
                let name = self.of.name(group);
                match direction {
                    Direction::Callers => Spans::from("Who calls ").then(name),
                    Direction::Callees => Spans::from("What ").then(name).note(" calls"),
                }
            }
        }
    }

    /// Draws titles and rows.
    pub fn draw(
        &mut self,
        buffer: &mut Buffer,
        area: Rect,
        (found, key): (Option<&Found>, &PageKey),
        ctx: DrawCtx<'_>,
        focused: bool,
    ) {
        let columns = columns(self.grouping().by);
        let room = (area.width, table::functions_room(area.width));
        let layout = table::layout(&columns, table::as_declared, room);
        let sorted = match (self.listed, self.by_total) {
            (Listed::Functions, false) => "self_size",
            _ => "total_size",
        };
        let sorted = columns.iter().position(|of| of.head.name == sorted);
        sheet::draw_titles(
            buffer,
            area,
            &one_line(&self.title().plain()),
            &layout,
            sorted.map(|column| (column, false)),
            ctx.theme,
        );
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        self.outline.fit(usize::from(below.height));
        let mut cursor = self.outline.cursor();
        if !focused {
            cursor.selected = usize::MAX;
        }
        let line = |row| self.line(row, (&columns, &layout), found, key, ctx);
        sheet::draw(buffer, below, &layout, cursor, line, ctx.theme);
    }
}

fn slot(key: &PageKey, branch: BranchId) -> Slot {
    Slot::List(key.clone(), Side::Main, branch)
}
