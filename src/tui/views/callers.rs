//! Functions of a profile by size, and who calls a function and whom it calls, unfolded one level at a time.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::{Error, Result};
use crate::profile::rows::rows;
use crate::profile::search::Found;
use crate::profile::tree::{Branch, Direction, Tree};
use crate::profile::{By, Grouping, Profile, Row};
use crate::table::{Cell, Head};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::place::file_name;
use crate::text::span::Spans;
use crate::text::units::bytes;
use crate::tui::commands::Command;
use crate::tui::export::{Export, MOST, Rows};
use crate::tui::naming::placed;
use crate::tui::page::DrawCtx;
use crate::tui::place::{PageKey, Side};
use crate::tui::theme::Tone;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::{self, BranchId, Children, ROOT};
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::outline::{Folding, Outline};
use crate::tui::widgets::table::{Column, Layout, layout_of_functions};
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
    /// The profile, and of which state of its file; nothing where that is the one that is known.
    Profile(Result<Option<(Stamp, Arc<Profile>)>>),
    /// Its functions.
    Grouped(Result<Grouped>),
    /// Who calls a function, or whom it calls.
    Branch(BranchId, Result<Vec<Branch>>),
    /// What answers what was typed.
    Hits(Result<(String, Found)>),
}

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

/// A list or tree of functions with a cursor.
pub struct Functions {
    profile: Arc<Profile>,
    grouped: Arc<Grouped>,
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
            profile: Arc::clone(profile),
            grouped: Arc::new(grouped),
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
        &self.grouped.grouping
    }

    fn arrange(&mut self) {
        let rows = &self.grouped.rows;
        let mut list: Vec<u32> = (0..rows.len() as u32).collect();
        if self.by_total {
            list.sort_by_key(|&row| {
                let row = rows[row as usize];
                std::cmp::Reverse((row.total_size, row.self_size))
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
        let (profile, grouped) = (Arc::clone(&self.profile), Arc::clone(&self.grouped));
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
        match self.listed {
            Listed::Functions => Some(self.grouped.rows.get(row.value? as usize)?.group),
            Listed::Around(..) => Some(self.branch(row)?.group),
        }
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
        Some(self.grouping().name(&self.profile, group).to_owned())
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
        let named = |group: &&Row| self.grouping().name(&self.profile, group.group) == name;
        let group = self.grouped.rows.iter().find(named);
        group
            .map(|row| row.group)
            .is_some_and(|group| self.select(group))
    }

    /// All rows, as they are unfolded.
    pub fn export(&self, mut heading: Vec<Spans>) -> Export {
        let rows = self.outline.tree().rows();
        let rows = (0..rows.min(MOST)).filter_map(|at| {
            let row = self.outline.row_at(at)?;
            let group = self.group_of(row)?;
            let sizes = match self.branch(row) {
                Some(branch) => (branch.self_size, branch.total_size),
                None => {
                    let row = self.grouped.rows.get(row.value? as usize)?;
                    (row.self_size, row.total_size)
                }
            };
            Some((row.depth, group, sizes))
        });
        let rows: Vec<(usize, u32, (u64, u64))> = rows.collect();
        let (profile, grouped) = (Arc::clone(&self.profile), Arc::clone(&self.grouped));
        heading.push(self.title());
        Box::new(move |_| Ok(export(&profile, &grouped.grouping, heading, &rows)))
    }

    /// What a group is called, and where it is.
    pub fn label(&self, group: u32) -> Label {
        let (grouping, profile) = (self.grouping(), &self.profile);
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
        found: Option<&Found>,
        key: &PageKey,
        ctx: DrawCtx<'_>,
    ) -> Option<Line> {
        let row = self.outline.row_at(index)?;
        let Some(group) = self.group_of(row) else {
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
        let (own, total, more) = match self.branch(row) {
            Some(branch) => (branch.self_size, branch.total_size, branch.has_more),
            None => {
                let row = self.grouped.rows.get(row.value? as usize)?;
                (row.self_size, row.total_size, false)
            }
        };
        let glyph = match (row.open, more) {
            (true, _) => "▾",
            (false, true) => "▸",
            (false, false) => "·",
        };
        let mut label = self.label(group);
        if found.is_some_and(|found| self.is_found(group, found)) {
            label = Label::of("● ", Tone::Match).with(label.spans(), Tone::Match);
        }
        // Of what calls itself, every level is in the total.
        if self.listed == Listed::Functions
            && let Some(row) = self.grouped.rows.get(row.value? as usize)
            && row.once_size < total
        {
            let words = format!("  recursive, {} once", bytes(row.once_size));
            label.push(Spans::new().note(words), Tone::Dim);
        }
        let all = self.profile.total();
        let line = Line::named(label).with(vec![
            sheet::size(own),
            sheet::share(own, all),
            sheet::size(total),
            sheet::share(total, all),
        ]);
        Some(line.at(row.depth, glyph))
    }

    fn nothing(&self) -> &'static str {
        match self.listed {
            Listed::Functions => "nothing was sampled",
            Listed::Around(_, Direction::Callers) => "nobody: it is called from outside",
            Listed::Around(_, Direction::Callees) => "nothing that allocates",
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
                let name = self.named(group);
                match direction {
                    Direction::Callers => Spans::from("Who calls ").then(name),
                    Direction::Callees => Spans::from("What ").then(name).note(" calls"),
                }
            }
        }
    }

    /// What a group is called.
    fn named(&self, group: u32) -> Spans {
        name(self.grouping(), &self.profile, group)
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
        let columns = columns(area.width);
        let sorted = match (self.listed, self.by_total) {
            (Listed::Functions, false) => (0, false),
            _ => (2, false),
        };
        sheet::draw_titles(
            buffer,
            area,
            &one_line(&self.title().plain()),
            &columns,
            Some(sorted),
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
        let line = |row| self.line(row, found, key, ctx);
        sheet::draw(buffer, below, &columns, cursor, line, ctx.theme);
    }
}

/// Rows as cells: level, group, own and total bytes.
fn export(
    profile: &Profile,
    grouping: &Grouping,
    heading: Vec<Spans>,
    rows: &[(usize, u32, (u64, u64))],
) -> Rows {
    let of_functions = grouping.by == By::Function;
    let mut columns = vec![Head::number("Level", "level"), Head::text("Name", "name")];
    if of_functions {
        columns.extend([
            Head::text("URL", "url"),
            Head::number("Line", "line"),
            Head::number("Column", "column"),
        ]);
    }
    columns.extend([
        Head::number("Self size", "self_size"),
        Head::number("Total size", "total_size"),
    ]);
    let cells = rows.iter().map(|&(depth, group, (own, total))| {
        let mut cells = vec![
            Cell::Count(depth as u64),
            Cell::Text(name(grouping, profile, group)),
        ];
        if of_functions {
            let frame = profile.frame(grouping.function(group));
            // Counted from 0 as in the file.
            cells.extend([
                Cell::place(frame.url.to_owned()),
                u64::try_from(frame.line).map_or(Cell::Nothing, Cell::Count),
                u64::try_from(frame.column).map_or(Cell::Nothing, Cell::Count),
            ]);
        }
        cells.extend([Cell::Size(own), Cell::Size(total)]);
        cells
    });
    Rows {
        heading,
        columns,
        rows: cells.collect(),
        more: 0,
    }
}

fn slot(key: &PageKey, branch: BranchId) -> Slot {
    Slot::List(key.clone(), Side::Main, branch)
}

fn columns(row: u16) -> Layout<usize> {
    let columns = [
        Column::right(0, "Self", 8, 9),
        Column::right(1, "%", 4, 4),
        Column::right(2, "Total", 8, 8),
        Column::right(3, "%", 4, 5),
    ];
    layout_of_functions(&columns, row)
}

/// What a group is called: a function, or a file or package.
fn name(grouping: &Grouping, profile: &Profile, group: u32) -> Spans {
    let name = grouping.name(profile, group).to_owned();
    match grouping.by {
        By::Function => Spans::new().function(name),
        By::File | By::Package => Spans::new().place(name),
    }
}
