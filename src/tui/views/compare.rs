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
use crate::task::Task;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, Subject};
use crate::tui::place::{PageKey, Side};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::compare_rows;
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, LazyTree, ROOT, Row};
use crate::tui::widgets::list::{Cursor, Motion};
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
pub enum Compared<'a> {
    /// A class.
    Class(&'a DiffRow),
    /// A new object, in the later dump.
    New(NodeId),
    /// A deleted object, in the base.
    Deleted(NodeId),
}

/// The page.
pub struct Compare {
    /// Which page this is.
    pub key: PageKey,
    /// The base.
    pub from: Arc<View>,
    /// The later dump.
    pub to: Arc<View>,
    /// Why the two are compared by class only.
    pub reason: Option<String>,
    /// The comparison; nothing while it is made.
    pub diff: Option<Arc<Diff>>,
    /// Why there is none.
    pub problem: Option<String>,
    /// By what the rows are ordered.
    pub order: DiffKey,
    /// The other way round.
    pub reverse: bool,
    /// What was typed to find constructors.
    pub filter: String,
    /// The rows and what is unfolded in them.
    pub tree: LazyTree<Listed>,
    at: At,
    /// Where the cursor is.
    pub cursor: Cursor,
    inbox: Inbox<Found>,
}

const ORDERS: [DiffKey; 7] = [
    DiffKey::AddedSize,
    DiffKey::RemovedSize,
    DiffKey::SizeDelta,
    DiffKey::AddedCount,
    DiffKey::RemovedCount,
    DiffKey::CountDelta,
    DiffKey::Name,
];

const TOP: At = At {
    branch: ROOT,
    index: 0,
};

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
            from,
            to,
            reason,
            diff: None,
            problem: None,
            order: DiffKey::default(),
            reverse: false,
            filter: String::new(),
            tree: LazyTree::new(Listed::Classes),
            at: TOP,
            cursor: Cursor::default(),
            inbox,
        }
    }

    /// What is on a row.
    pub fn compared(&self, row: Row) -> Option<Compared<'_>> {
        let diff = self.diff.as_ref()?;
        let value = row.value?;
        match self.tree.source(row.at.branch)? {
            Listed::Classes => diff.rows.get(value as usize).map(Compared::Class),
            Listed::Objects(class) => {
                let row = diff.rows.get(*class as usize)?;
                let (new, deleted) = (diff.added(row), diff.removed(row));
                let value = value as usize;
                match new.get(value) {
                    Some(&node) => Some(Compared::New(node)),
                    None => deleted
                        .get(value - new.len())
                        .map(|&n| Compared::Deleted(n)),
                }
            }
        }
    }

    fn row(&self) -> Option<Row> {
        self.tree.row(self.tree.position(self.at)?)
    }

    /// Whether the selected row can be unfolded, and whether it is.
    fn unfoldable(&self) -> (bool, bool) {
        let Some(row) = self.row() else {
            return (false, false);
        };
        let by_ids = self
            .diff
            .as_ref()
            .is_some_and(|diff| diff.basis == Basis::Ids);
        let class = matches!(self.compared(row), Some(Compared::Class(_)));
        (class && by_ids && !row.open, row.open)
    }

    /// The object of the selected row, and the dump that it is in.
    fn selected_object(&self) -> Option<(&Arc<View>, NodeId)> {
        match self.compared(self.row()?)? {
            Compared::Class(_) => None,
            Compared::New(node) => Some((&self.to, node)),
            Compared::Deleted(node) => Some((&self.from, node)),
        }
    }

    fn step(&mut self, motion: Motion) {
        self.cursor.go(motion, self.tree.rows());
        if let Some(row) = self.tree.row(self.cursor.selected) {
            self.at = row.at;
        }
    }

    fn obey(&mut self, command: Command, work: &mut Work) -> Option<Effect> {
        let open = self.tree.branch_at(self.at).is_some();
        match command {
            Command::Unfold if open => self.step(Motion::By(1)),
            Command::Toggle | Command::Fold if open => {
                work.abandon_lists(&self.key, Side::Main, self.tree.close(self.at));
                self.follow();
            }
            Command::Unfold | Command::Toggle => self.unfold(work),
            Command::Fold => {
                if let Some(parent) = self.tree.parent(self.at.branch) {
                    self.at = parent;
                    self.follow();
                }
            }
            Command::SortNext => {
                let now = ORDERS.iter().position(|&key| key == self.order);
                self.order = ORDERS[now.map_or(0, |now| (now + 1) % ORDERS.len())];
                self.reverse = false;
                self.arrange();
                return Some(Effect::Say(self.order_words(), Tone::Dim));
            }
            Command::SortReverse => {
                self.reverse = !self.reverse;
                self.arrange();
                return Some(Effect::Say(self.order_words(), Tone::Dim));
            }
            _ => {}
        }
        None
    }

    /// Unfolds a class into its objects, those that retain most first.
    fn unfold(&mut self, work: &mut Work) {
        let (Some(diff), Some(class)) = (&self.diff, self.tree.value(self.at)) else {
            return;
        };
        if diff.basis != Basis::Ids || self.tree.source(self.at.branch) != Some(&Listed::Classes) {
            return;
        }
        let diff = Arc::clone(diff);
        let Some(branch) = self.tree.open(self.at, Listed::Objects(class)) else {
            return;
        };
        self.follow();
        let (from, to) = (Arc::clone(&self.from), Arc::clone(&self.to));
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
        let Some(diff) = &self.diff else {
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
        let selected = (self.at.branch == ROOT).then(|| self.tree.value(self.at));
        self.tree.set(ROOT, Children::List(list.as_slice().into()));
        if let Some(value) = selected {
            let index = list.iter().position(|&other| Some(other) == value);
            self.at = At {
                branch: ROOT,
                index: index.unwrap_or(0) as u32,
            };
        }
        self.follow();
    }

    fn follow(&mut self) {
        if self.tree.position(self.at).is_none() {
            self.at = TOP;
        }
        let position = self.tree.position(self.at).unwrap_or(0);
        self.cursor.follow(position, self.tree.rows());
    }

    fn take_list(&mut self, branch: BranchId, outcome: Result<Vec<u32>>) {
        let children = Children::of(outcome);
        if self.tree.contains(branch) {
            self.tree.set(branch, children);
            self.follow();
        }
    }
}

impl Page for Compare {
    fn context(&self) -> Context {
        Context::COMPARE
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        compare_rows::draw(buffer, area, self, ctx);
    }

    fn header(&self, store: &DumpStore) -> Header {
        let label = |view: &View| store.label(&view.dump);
        let words = format!("{} compared with {}", label(&self.to), label(&self.from));
        Header {
            path: vec![words],
            facts: compare_rows::facts(self),
        }
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.step(motion);
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        self.obey(command, ctx.work)
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
                self.diff = Some(Arc::new(diff));
                self.arrange();
            }
            Found::Diff(Err(error)) => self.problem = Some(error.to_string()),
            Found::List(branch, found) => self.take_list(branch, found),
        }
        None
    }

    fn unsettled(&self, work: &Work) -> bool {
        let branches = [Some(self.at.branch), self.tree.branch_at(self.at)];
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
        vec![&self.from, &self.to]
    }

    fn searched(&self) -> Option<&str> {
        Some(&self.filter)
    }

    fn search(&mut self, text: &str, _: &mut PageCtx<'_>) {
        text.clone_into(&mut self.filter);
        self.arrange();
        if !text.is_empty() {
            self.step(Motion::To(0));
        }
    }

    fn found(&self) -> Option<(usize, usize)> {
        let diff = self.diff.as_ref()?;
        match self.tree.children(ROOT) {
            Some(Children::List(list)) if !self.filter.is_empty() => {
                Some((list.len(), diff.rows.len()))
            }
            _ => None,
        }
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
