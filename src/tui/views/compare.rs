//! The page of a comparison: what is new in a dump and what is gone since another one, class by class.

use std::collections::HashMap;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::diff::{self, Basis, Diff, DiffKey, DiffRow};
use crate::analysis::ledger::Ledger;
use crate::analysis::pattern::Pattern;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Class;
use crate::table::{Cell, Column, Head};
use crate::task::Task;
use crate::text::mask::Reveal;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{Export, Rows};
use crate::tui::keymap::Keymap;
use crate::tui::naming::placed;
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, Subject, said};
use crate::tui::place::{PageKey, Side};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, ROOT, Row};
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::outline::{Folding, Outline};
use crate::tui::widgets::table::{self, Layout};
use crate::tui::widgets::wrap::wrap;
use crate::tui::work::{Inbox, Slot, Work};

/// What the numbers of a branch mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Rows of the comparison.
    Classes,
    /// The objects of a row: new ones first, deleted ones behind them.
    Objects(u32),
}

/// What workers find for the page.
enum Found {
    Diff(Result<Diff>),
    List(BranchId, Result<Vec<u32>>),
}

/// What a row is about.
#[derive(Debug, Clone, Copy)]
pub enum Compared {
    /// A class, as its number among the rows of the comparison.
    Class(u32),
    /// A new object, in the later dump.
    New(NodeId),
    /// A deleted object, in the base.
    Deleted(NodeId),
}

/// What is compared, and what came of it.
#[derive(Clone)]
pub struct Both {
    /// The base.
    from: Arc<View>,
    /// The later dump.
    to: Arc<View>,
    /// The comparison; nothing while it is made.
    diff: Option<Arc<Diff>>,
}

/// A row at its depth.
type Entry = (usize, Compared);

/// The columns, in the order of [`ORDERS`] behind the name.
const COLUMNS: &[Column<Entry, Both>] = &[
    Head::number("Level", "level").of(|(depth, _), _| Cell::Count(*depth as u64)),
    Head::text("Change", "change").of(|(_, row), _| match row {
        Compared::Class(_) => Cell::Nothing,
        Compared::New(_) => Cell::note("new"),
        Compared::Deleted(_) => Cell::note("deleted"),
    }),
    Head::text("Name", "name").of(|(_, row), both| both.name(*row)),
    Head::number("Id", "id").of(|(_, row), both| {
        Cell::known(both.object(*row), |(view, node)| {
            Cell::Id(view.heap.id(node))
        })
    }),
    Head::number("New", "added_count")
        .on_screen("New", 7, 8)
        .without_zeros()
        .of(|(_, row), both| Cell::known(both.class(*row), |row| Cell::count(row.added_count))),
    Head::number("Deleted", "removed_count")
        .on_screen("Deleted", 8, 5)
        .without_zeros()
        .of(|(_, row), both| Cell::known(both.class(*row), |row| Cell::count(row.removed_count))),
    Head::number("Delta", "count_delta")
        .on_screen("Delta", 8, 6)
        .of(|(_, row), both| Cell::known(both.class(*row), |row| Cell::Change(row.count_delta()))),
    Head::number("Allocated", "added_size")
        .on_screen("Alloc.", 8, 9)
        .without_zeros()
        .of(|(_, row), both| match row {
            Compared::New(node) => Cell::Size(both.to.heap.shallow(*node)),
            _ => Cell::known(both.class(*row), |row| Cell::Size(row.added_size)),
        }),
    Head::number("Freed", "removed_size")
        .on_screen("Freed", 8, 4)
        .without_zeros()
        .of(|(_, row), both| match row {
            Compared::Deleted(node) => Cell::Size(both.from.heap.shallow(*node)),
            _ => Cell::known(both.class(*row), |row| Cell::Size(row.removed_size)),
        }),
    Head::number("Size delta", "size_delta")
        .on_screen("Size Δ", 9, 7)
        .of(|(_, row), both| {
            Cell::known(both.class(*row), |row| Cell::SizeChange(row.size_delta()))
        }),
];

/// The orders and the columns that show them.
const ORDERS: [(DiffKey, &str); 7] = [
    (DiffKey::AddedSize, "added_size"),
    (DiffKey::RemovedSize, "removed_size"),
    (DiffKey::SizeDelta, "size_delta"),
    (DiffKey::AddedCount, "added_count"),
    (DiffKey::RemovedCount, "removed_count"),
    (DiffKey::CountDelta, "count_delta"),
    (DiffKey::Name, "name"),
];

impl Both {
    fn class(&self, row: Compared) -> Option<&DiffRow> {
        match row {
            Compared::Class(number) => self.diff.as_ref()?.rows.get(number as usize),
            Compared::New(_) | Compared::Deleted(_) => None,
        }
    }

    /// The object of a row, and the dump that it is in.
    fn object(&self, row: Compared) -> Option<(&Arc<View>, NodeId)> {
        match row {
            Compared::Class(_) => None,
            Compared::New(node) => Some((&self.to, node)),
            Compared::Deleted(node) => Some((&self.from, node)),
        }
    }

    fn label(&self, row: Compared) -> Label {
        if let Some((view, node)) = self.object(row) {
            return view.names.object(&view.heap, node);
        }
        let Some(row) = self.class(row) else {
            return Label::default();
        };
        let name = Spans::new().name(row.class.name.clone());
        let mut label = Label::of(name, Tone::Plain);
        // Both dumps know the script's name when they are of one process.
        if let Some(place) = row.class.place {
            let place = self.to.names.place(place);
            label.push_tail(placed(place), Tone::Dim);
        }
        label
    }

    fn name(&self, row: Compared) -> Cell {
        Cell::Text(self.label(row).spans())
    }

    fn by_ids(&self) -> bool {
        let diff = self.diff.as_ref();
        diff.is_some_and(|diff| diff.basis == Basis::Ids)
    }

    /// What is on a row of a branch.
    fn compared(&self, listed: Listed, value: u32) -> Option<Compared> {
        let Listed::Objects(class) = listed else {
            return Some(Compared::Class(value));
        };
        let diff = self.diff.as_ref()?;
        let row = diff.rows.get(class as usize)?;
        let (new, value) = (diff.added(row), value as usize);
        match new.get(value) {
            Some(&node) => Some(Compared::New(node)),
            None => {
                let deleted = diff.removed(row).get(value - new.len());
                deleted.map(|&node| Compared::Deleted(node))
            }
        }
    }
}

/// The page.
pub struct Compare {
    key: PageKey,
    both: Both,
    /// Why the two are compared by class only.
    reason: Option<String>,
    /// Why there is no comparison.
    problem: Option<String>,
    order: DiffKey,
    reverse: bool,
    /// What was typed to find constructors.
    filter: String,
    tree: Outline<Listed>,
    inbox: Inbox<Found>,
}

impl Compare {
    /// The page of two loaded dumps, whose comparison is begun; by class only where there is a `reason`.
    pub fn new(from: Arc<View>, to: Arc<View>, reason: Option<String>, work: &mut Work) -> Self {
        let key = PageKey::Compare(Arc::clone(&from.dump), Arc::clone(&to.dump));
        let (base, later) = (Arc::clone(&from.heap), Arc::clone(&to.heap));
        let by_class = reason.is_some();
        let job = move |task: &Task| {
            if by_class {
                let (base, later) = (Ledger::of(&base, task)?, Ledger::of(&later, task)?);
                return Ok(diff::diff_by_class(&base, &later));
            }
            diff::between(&base, &later, task)
        };
        let inbox = Inbox::default();
        work.start(Slot::Compare(key.clone()), &inbox, job, Found::Diff);
        Self {
            key,
            both: Both {
                from,
                to,
                diff: None,
            },
            reason,
            problem: None,
            order: DiffKey::default(),
            reverse: false,
            filter: String::new(),
            tree: Outline::new(Listed::Classes),
            inbox,
        }
    }

    fn compared(&self, row: Row) -> Option<Compared> {
        let (&listed, value) = self.tree.item(row)?;
        self.both.compared(listed, value)
    }

    /// Whether the selected row can be unfolded, and whether it is.
    fn unfoldable(&self) -> (bool, bool) {
        let Some(row) = self.tree.row() else {
            return (false, false);
        };
        let class = matches!(self.compared(row), Some(Compared::Class(_)));
        (class && self.both.by_ids() && !row.open, row.open)
    }

    fn selected_object(&self) -> Option<(&Arc<View>, NodeId)> {
        self.both.object(self.compared(self.tree.row()?)?)
    }

    /// Unfolds a class into its objects, those that retain most first.
    fn unfold(&mut self, work: &mut Work) {
        let Some(Compared::Class(class)) = self.tree.row().and_then(|row| self.compared(row))
        else {
            return;
        };
        let Some(diff) = self.both.diff.clone().filter(|_| self.both.by_ids()) else {
            return;
        };
        let Some(branch) = self.tree.open(Listed::Objects(class)) else {
            return;
        };
        let (from, to) = (Arc::clone(&self.both.from), Arc::clone(&self.both.to));
        let slot = Slot::List(self.key.clone(), Side::Main, branch);
        let job = move |task: &Task| objects(&diff, class, (&from, &to), task);
        work.start(slot, &self.inbox, job, move |found| {
            Found::List(branch, found)
        });
    }

    /// By what the rows are ordered, in words.
    fn order_words(&self) -> String {
        let name = match self.order {
            DiffKey::AddedSize => "bytes of new objects",
            DiffKey::RemovedSize => "bytes of deleted objects",
            DiffKey::SizeDelta => "change of bytes",
            DiffKey::AddedCount => "new objects",
            DiffKey::RemovedCount => "deleted objects",
            DiffKey::CountDelta => "change of objects",
            DiffKey::Name => "name",
        };
        let reverse = if self.reverse {
            ", the other way round"
        } else {
            ""
        };
        format!("sorted by {name}{reverse}")
    }

    /// Puts the rows in order; the cursor stays on its item.
    fn arrange(&mut self) {
        let Some(diff) = &self.both.diff else {
            return;
        };
        let place = |class: &Class| (class.name.clone(), class.place);
        let numbers: HashMap<_, u32> = diff
            .rows
            .iter()
            .zip(0u32..)
            .map(|(row, number)| (place(&row.class), number))
            .collect();
        let mut rows = diff.rows.clone();
        let query = self.filter.trim();
        if !query.is_empty() {
            let pattern = Pattern::typed(query);
            rows.retain(|row| pattern.find(&row.class.name).is_some());
        }
        diff::sort(&mut rows, self.order, self.reverse);
        let number = |row: &DiffRow| numbers.get(&place(&row.class)).copied();
        let list: Vec<u32> = rows.iter().filter_map(number).collect();
        self.tree.set(ROOT, Children::List(list.into()));
    }

    fn line(&self, index: usize, columns: &Layout<usize>, keys: &Keymap) -> Option<Line> {
        let row = self.tree.row_at(index)?;
        let Some(compared) = self.compared(row) else {
            return Some(self.notice(row, keys).at(row.depth, " "));
        };
        let (glyph, tone) = match (compared, self.both.by_ids(), row.open) {
            (Compared::New(_), ..) => ("+", Tone::Text),
            (Compared::Deleted(_), ..) => ("−", Tone::Problem),
            (Compared::Class(_), true, true) => ("▾", Tone::Plain),
            (Compared::Class(_), true, false) => ("▸", Tone::Plain),
            (Compared::Class(_), false, _) => ("·", Tone::Plain),
        };
        let cells = table::cells(COLUMNS, columns, &(row.depth, compared), &self.both);
        let line = Line::named(self.both.label(compared)).with(cells);
        Some(line.at(row.depth, glyph).marked(tone))
    }

    /// What stands where there are no rows.
    fn notice(&self, row: Row, keys: &Keymap) -> Line {
        if let Some(problem) = &self.problem {
            return Line::note(problem, Tone::Problem);
        }
        match self.tree.tree().children(row.at.branch) {
            Some(Children::Failed(problem)) => Line::note(problem, Tone::Problem),
            Some(Children::List(_)) if row.depth > 0 => Line::note("no objects", Tone::Dim),
            Some(Children::List(_)) if self.filter.is_empty() => {
                Line::note("nothing is new, and nothing is gone", Tone::Dim)
            }
            Some(Children::List(_)) => {
                let key = keys.key_of(Command::BackOut);
                let words = format!("no constructor has these letters; {key} shows all");
                Line::note(&words, Tone::Dim)
            }
            _ if row.depth > 0 => Line::note("loading…", Tone::Busy),
            _ => Line::note("comparing…", Tone::Busy),
        }
    }

    /// What the comparison comes to.
    fn facts(&self) -> Vec<String> {
        let Some(diff) = &self.both.diff else {
            return Vec::new();
        };
        let found = self.found();
        let found = found.map(|(found, all)| format!("{found} of {all} classes"));
        let sum = |part: fn(&DiffRow) -> u64| diff.rows.iter().map(part).sum::<u64>();
        let new = grouped(sum(|row| u64::from(row.added_count)));
        let deleted = grouped(sum(|row| u64::from(row.removed_count)));
        let allocated = bytes(sum(|row| row.added_size));
        let freed = bytes(sum(|row| row.removed_size));
        let sums = [
            format!("+{new}, {allocated}"),
            format!("−{deleted}, {freed}"),
        ];
        let facts = found.into_iter().chain(sums);
        facts.map(|text| width::cut_end(&text, 40)).collect()
    }
}

impl Page for Compare {
    fn context(&self) -> Context {
        Context::COMPARE
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let theme = ctx.theme;
        let columns = table::placed(
            COLUMNS,
            |_, usual| Some(usual),
            (area.width, (area.width * 3 / 8).clamp(24, 72)),
        );
        let field = ORDERS.iter().find(|(key, _)| *key == self.order);
        let field = field.map_or("", |(_, field)| *field);
        let sorted = COLUMNS.iter().position(|column| column.head.name == field);
        let sorted = sorted.map(|column| (column, self.reverse));
        sheet::draw_titles(buffer, area, "Constructor", &columns, sorted, theme);
        if self.order == DiffKey::Name {
            let arrow = if self.reverse { "▼" } else { "▲" };
            buffer.set_string(area.x + 3, area.y, arrow, theme.style(Tone::Heading));
        }
        let mut list = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
        if let Some(reason) = &self.reason {
            let words = format!("compared by class only: {reason}");
            let room = usize::from(area.width.saturating_sub(4));
            for text in wrap(&words, room).into_iter().take(3) {
                buffer.set_string(area.x + 2, list.y, text, theme.style(Tone::Problem));
                list.y += 1;
                list.height = list.height.saturating_sub(1);
            }
        }
        self.tree.fit(usize::from(list.height));
        let cursor = self.tree.cursor();
        let line = |row| self.line(row, &columns, ctx.keys);
        sheet::draw(buffer, list, &columns, cursor, line, theme);
    }

    fn header(&self, store: &DumpStore) -> Header {
        let label = |view: &View| store.label(&view.dump);
        let (from, to) = (label(&self.both.from), label(&self.both.to));
        Header {
            path: vec![said(format!("{to} compared with {from}"))],
            facts: self.facts().into_iter().map(said).collect(),
        }
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.tree.go(motion);
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::SortNext => {
                let now = ORDERS.iter().position(|&(key, _)| key == self.order);
                self.order = ORDERS[now.map_or(0, |now| (now + 1) % ORDERS.len())].0;
                self.reverse = false;
            }
            Command::SortReverse => self.reverse = !self.reverse,
            _ => {
                match self.tree.obey(command) {
                    Folding::Done => {}
                    Folding::Unfold => self.unfold(ctx.work),
                    Folding::Gone(gone) => ctx.work.abandon_lists(&self.key, Side::Main, gone),
                }
                return None;
            }
        }
        self.arrange();
        Some(Effect::Say(self.order_words(), Tone::Dim))
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        let (unfoldable, open) = self.unfoldable();
        match command {
            Command::Unfold => unfoldable,
            Command::Fold => open,
            Command::OpenObject | Command::ShowInSummary => self.selected_object().is_some(),
            _ => true,
        }
    }

    fn take(&mut self, _: &mut PageCtx<'_>) -> Option<Effect> {
        match self.inbox.next()? {
            Found::Diff(Ok(diff)) => {
                self.both.diff = Some(Arc::new(diff));
                self.arrange();
            }
            Found::Diff(Err(error)) => self.problem = Some(error.to_string()),
            Found::List(branch, found) => self.tree.set(branch, Children::of(found)),
        }
        None
    }

    fn unsettled(&self, work: &Work) -> bool {
        let at = self.tree.at();
        let branches = [Some(at.branch), self.tree.tree().branch_at(at)];
        let list = |branch| Slot::List(self.key.clone(), Side::Main, branch);
        let mut slots = branches.into_iter().flatten().map(list);
        slots.any(|slot| work.status(&slot).is_some())
            || work.status(&Slot::Compare(self.key.clone())).is_some()
    }

    fn subject(&self) -> Option<Subject> {
        let (view, node) = self.selected_object()?;
        Some(Subject::of(view, node))
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.both.from, &self.both.to]
    }

    fn searched(&self) -> Option<&str> {
        Some(&self.filter)
    }

    fn search(&mut self, text: &str, _: &mut PageCtx<'_>) {
        text.clone_into(&mut self.filter);
        self.arrange();
        if !text.is_empty() {
            self.tree.go(Motion::To(0));
        }
    }

    fn found(&self) -> Option<(usize, usize)> {
        let diff = self.both.diff.as_ref()?;
        match self.tree.tree().children(ROOT) {
            Some(Children::List(list)) if !self.filter.is_empty() => {
                Some((list.len(), diff.rows.len()))
            }
            _ => None,
        }
    }

    fn line(&self, _: &DumpStore) -> Option<Spans> {
        let row = self.tree.row()?;
        let entry = (row.depth, self.compared(row)?);
        let mut words = self.both.label(entry.1).spans();
        for column in COLUMNS.iter().filter(|column| column.head.screen.is_some()) {
            let shown = column.cell(&entry, &self.both).shown(Reveal::Nothing);
            if !shown.is_empty() {
                words = words.note(format!("  {} {shown}", column.head.title.to_lowercase()));
            }
        }
        Some(words)
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        self.both.diff.as_ref()?;
        let mut heading = self.header(store).heading();
        let reason = self.reason.as_ref();
        heading.extend(reason.map(|reason| said(format!("compared by class only: {reason}"))));
        let (tree, both) = (self.tree.tree().clone(), self.both.clone());
        Some(Box::new(move |task| {
            let rows = (0..tree.rows()).filter_map(|index| {
                let row = tree.row(index)?;
                let &listed = tree.source(row.at.branch)?;
                Some((row.depth, both.compared(listed, row.value?)?))
            });
            Rows::of(heading, COLUMNS, rows, &both, task)
        }))
    }

    fn mark(&self) -> Option<At> {
        Some(self.tree.at())
    }

    fn return_to(&mut self, at: At, _: &mut PageCtx<'_>) {
        self.tree.select(at);
    }
}

fn objects(diff: &Diff, class: u32, (from, to): (&View, &View), task: &Task) -> Result<Vec<u32>> {
    let Some(row) = diff.rows.get(class as usize) else {
        return Ok(Vec::new());
    };
    task.check()?;
    let (new, deleted) = (diff.added(row), diff.removed(row));
    let mut numbers: Vec<u32> = (0..(new.len() + deleted.len()) as u32).collect();
    let (first, second) = numbers.split_at_mut(new.len());
    let largest = |size: u64, number: u32| (std::cmp::Reverse(size), number);
    first.sort_by_cached_key(|&n| largest(to.heap.retained(new[n as usize]), n));
    task.check()?;
    second.sort_by_cached_key(|&n| {
        let node = deleted[n as usize - new.len()];
        largest(from.heap.retained(node), n)
    });
    Ok(numbers)
}
