//! The page of a comparison: what is new in a dump and what is gone since another one, class by class.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::diff::{self, DiffKey, DiffRow};
use crate::analysis::ledger::Ledger;
use crate::error::Result;
use crate::graph::NodeId;
use crate::table::Head;
use crate::task::Task;
use crate::text::mask::Reveal;
use crate::text::span::Spans;
use crate::text::units::{bytes, bytes_delta, grouped};
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{Export, Rows};
use crate::tui::keymap::Keymap;
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, Subject, said};
use crate::tui::place::{PageKey, Side};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::compare_rows::{
    Both, COLUMNS, Compared, Listed, ORDERS, Order, Told, objects,
};
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, ROOT, Row};
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::outline::{Folding, Outline};
use crate::tui::widgets::table::{self, Layout};
use crate::tui::widgets::wrap::wrap;
use crate::tui::work::{Inbox, Slot, Work};

/// What workers find for the page.
enum Found {
    Diff(Result<Told>),
    List(BranchId, Result<Vec<u32>>),
}

/// The page.
pub struct Compare {
    key: PageKey,
    both: Both,
    /// Why the two are compared by class only.
    reason: Option<String>,
    /// Why there is no comparison.
    problem: Option<String>,
    order: Order,
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
        let views = (Arc::clone(&from), Arc::clone(&to));
        let job = move |task: &Task| {
            let diff = match by_class {
                true => {
                    let base = Ledger::by_definitions(&base, &later.definitions(), task)?;
                    diff::diff_by_class(&base, &Ledger::of(&later, task)?)
                }
                false => diff::between(&base, &later, task)?,
            };
            Told::of(diff, &views.0, &views.1, task)
        };
        let inbox = Inbox::default();
        work.start(Slot::Compare(key.clone()), &inbox, job, Found::Diff);
        Self {
            key,
            both: Both {
                from,
                to,
                told: None,
            },
            reason,
            problem: None,
            order: Order::Retained,
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
        let Some(told) = self.both.told.clone().filter(|_| self.both.by_ids()) else {
            return;
        };
        let Some(branch) = self.tree.open(Listed::Objects(class)) else {
            return;
        };
        let (from, to) = (Arc::clone(&self.both.from), Arc::clone(&self.both.to));
        let slot = Slot::List(self.key.clone(), Side::Main, branch);
        let job = move |task: &Task| objects(&told.diff, class, (&from, &to), task);
        work.start(slot, &self.inbox, job, move |found| {
            Found::List(branch, found)
        });
    }

    /// By what the rows are ordered, in words.
    fn order_words(&self) -> String {
        let order = ORDERS.iter().find(|(order, ..)| *order == self.order);
        let name = order.map_or("", |(.., words)| *words);
        let reverse = if self.reverse { ", reversed" } else { "" };
        format!("sorted by {name}{reverse}")
    }

    /// Puts the rows in order; the cursor stays on its item.
    fn arrange(&mut self) {
        let query = self.filter.trim();
        if let Some(list) = self.both.arranged(self.order, self.reverse, query) {
            self.tree.set(ROOT, Children::List(list.into()));
        }
    }

    fn line(&self, index: usize, columns: &Layout, keys: &Keymap) -> Option<Line> {
        let row = self.tree.row_at(index)?;
        let Some(compared) = self.compared(row) else {
            return Some(self.notice(row, keys).at(row.depth, " "));
        };
        let (glyph, tone) = match (compared, self.both.by_ids(), row.open) {
            (Compared::New(_), ..) => ("+", Tone::Added),
            (Compared::Deleted(_), ..) => ("−", Tone::Removed),
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
            Some(Children::List(_)) if self.filter.is_empty() => Line::note(
                "No difference: nothing is new and nothing is gone",
                Tone::Dim,
            ),
            Some(Children::List(_)) => {
                let key = keys.key_of(Command::BackOut);
                let words = format!("No class matches; {key} shows all");
                Line::note(&words, Tone::Dim)
            }
            _ if row.depth > 0 => Line::note("loading…", Tone::Busy),
            _ => Line::note("comparing…", Tone::Busy),
        }
    }

    /// What the comparison comes to.
    fn facts(&self) -> Vec<String> {
        let Some(told) = &self.both.told else {
            return Vec::new();
        };
        let found = self.found();
        let found = found.map(|(found, all)| format!("{found} of {all} classes"));
        let rows = &told.diff.rows;
        let sum = |part: fn(&DiffRow) -> u64| rows.iter().map(part).sum::<u64>();
        let new = grouped(sum(|row| u64::from(row.added_count)));
        let gone = grouped(sum(|row| u64::from(row.removed_count)));
        let (allocated, freed) = (sum(|row| row.added_size), sum(|row| row.removed_size));
        let sums = [
            format!("net {}", bytes_delta(allocated as i64 - freed as i64)),
            format!("new {new} ({})", bytes(allocated)),
            format!("gone {gone} ({})", bytes(freed)),
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
        let title = ORDERS.iter().find(|(order, ..)| *order == self.order);
        let title = title.map_or("", |(_, title, _)| *title);
        let room = (area.width, (area.width * 2 / 5).clamp(24, 72));
        let is_it = |placed: &&table::Placed| placed.title == title;
        let mut columns = table::layout(COLUMNS, table::as_declared, room);
        if !title.is_empty() && !columns.columns.iter().any(|placed| is_it(&placed)) {
            // Without room for all, the bar gives way to what the rows are ordered by.
            let kept = [title, "New", "Gone", "Retained Δ"];
            let width = |head: &Head, width| {
                let shown = head.screen.map_or("", |screen| screen.title);
                let shown = if shown.is_empty() {
                    &*head.title
                } else {
                    shown
                };
                kept.contains(&shown).then_some(width)
            };
            columns = table::layout(COLUMNS, width, room);
        }
        let sorted = columns.columns.iter().find(is_it);
        let sorted = sorted.filter(|_| !title.is_empty());
        let sorted = sorted.map(|placed| (placed.key, self.reverse));
        let names = match self.order {
            Order::Retained => "Constructor, engine's last",
            Order::By(_) => "Constructor",
        };
        sheet::draw_titles(buffer, area, names, &columns, sorted, theme);
        if self.order == Order::By(DiffKey::Name) {
            let arrow = if self.reverse { "▼" } else { "▲" };
            buffer.set_string(area.x + 3, area.y, arrow, theme.style(Tone::Heading));
        }
        let mut list = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
        if let Some(reason) = &self.reason {
            let words = format!("Compared by class only: {reason}");
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
            path: vec![said(format!("diff {from} → {to}"))],
            facts: self.facts().into_iter().map(said).collect(),
        }
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.tree.go(motion);
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::SortNext => {
                let now = ORDERS.iter().position(|&(order, ..)| order == self.order);
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
            Found::Diff(Ok(told)) => {
                self.both.told = Some(Arc::new(told));
                self.arrange();
            }
            Found::Diff(Err(error)) => self.problem = Some(error.to_string()),
            Found::List(branch, found) => self.tree.set(branch, Children::of(found)),
        }
        None
    }

    fn unsettled(&self, work: &Work, below: bool) -> bool {
        let at = self.tree.at();
        let unfolding = self.tree.tree().branch_at(at).filter(|_| below);
        let branches = [Some(at.branch), unfolding];
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
        let diff = &self.both.told.as_ref()?.diff;
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
        self.both.told.as_ref()?;
        let mut heading = self.header(store).heading();
        let reason = self.reason.as_ref();
        heading.extend(reason.map(|reason| said(format!("Compared by class only: {reason}"))));
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
