//! A page of rows that unfold one level at a time: what all such pages of a dump do alike. What stands in the rows, and
//! where it comes from, tells who implements [`Rows`].

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::ClassId;
use crate::table::{Cell, Column, Head};
use crate::task::Task;
use crate::text::span::Spans;
use crate::text::width;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{self, Export};
use crate::tui::keymap::Keymap;
use crate::tui::page::{DrawCtx, Effect, Header, Page, PageCtx, Subject};
use crate::tui::place::{PageKey, Side};
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::code::line_of_object;
use crate::tui::views::code_line::CodeLine;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::{At, BranchId, Children, ROOT, Row};
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::outline::{Folding, Outline};
use crate::tui::widgets::table::{self, Layout};
use crate::tui::work::{Inbox, Slot, Work};

/// The columns of the rows, which share `whole` with what they are a part of; every list begins with [`named`].
pub type ToldColumn = Column<Told, u64>;

/// How many columns [`named`] gives.
const NAMED: usize = 4;

/// The columns with which every file begins, before those of figures.
pub fn named(figures: impl IntoIterator<Item = ToldColumn>) -> Vec<ToldColumn> {
    let named: [ToldColumn; NAMED] = [
        Head::number("Level", "level").of(|row, _| Cell::Count(row.depth as u64)),
        Head::text("Name", "name").of(|row, _| Cell::Text(row.label.name())),
        Head::text("Place", "place").of(|row, _| Cell::known(row.label.place(), Cell::Text)),
        Head::number("Id", "id").of(|row, _| Cell::known(row.id, Cell::Id)),
    ];
    named.into_iter().chain(figures).collect()
}

/// What a page shows, and what was typed on it.
pub struct Stand {
    /// The page.
    pub key: PageKey,
    /// The dump.
    pub view: Arc<View>,
    /// What the rows at the top have to have in them.
    pub filter: String,
}

impl Stand {
    /// The slot of one of the page's own jobs.
    pub fn slot(&self, number: u32) -> Slot {
        Slot::Page(self.key.clone(), number)
    }
}

/// What a row says.
#[derive(Default)]
pub struct Told {
    /// How deep it is, in a file.
    pub depth: usize,
    /// Its name.
    pub label: Label,
    /// The id of the object that it is, where it is one.
    pub id: Option<u32>,
    /// How many it stands for.
    pub count: Option<u64>,
    /// Shallow size in bytes.
    pub shallow: Option<u64>,
    /// Retained size in bytes.
    pub retained: Option<u64>,
    /// A word behind the figures.
    pub note: String,
}

impl Told {
    /// A row of a name alone.
    pub fn named(label: Label) -> Self {
        Self {
            label,
            ..Self::default()
        }
    }

    /// An object with what it retains.
    pub fn object(view: &View, node: NodeId, label: Label) -> Self {
        Self {
            label,
            id: Some(view.heap.id(node)),
            retained: Some(view.heap.retained(node)),
            ..Self::default()
        }
    }
}

/// What a worker does for a row that is unfolded.
pub type Job<Found> = Box<dyn FnOnce(&Task) -> Result<Found> + Send>;

/// What is below a row.
pub enum Below<R: Rows> {
    /// Rows that are known.
    Known(R::Listed, Vec<u32>),
    /// Rows that a worker finds.
    Asked(R::Listed, Job<R::Found>),
}

/// What is listed, and how its rows look. Clones share what was found.
pub trait Rows: Clone + Send + 'static {
    /// What the numbers of a branch's rows mean.
    type Listed: Copy + Send + 'static;
    /// What workers make for the page.
    type Made: Send + 'static;
    /// What a worker finds below a row.
    type Found: Send + 'static;

    /// What stands at the top.
    fn top(&self) -> Self::Listed;

    /// The title of the page.
    fn name(&self, view: &View) -> Spans;

    /// The title of the list; `turn` is the key that turns to the next one.
    fn title(&self, view: &View, turn: &str) -> String;

    /// Figures for the first line of the screen; `found` of how many rows answer the filter, where there is one.
    fn facts(&self, stand: &Stand, found: Option<(usize, usize)>) -> Vec<Spans>;

    /// The columns.
    fn columns(&self) -> Vec<ToldColumn>;

    /// The terminal columns of the name in a line this wide.
    fn name_room(&self, width: u16) -> u16;

    /// What shares are shares of.
    fn whole(&self, view: &View) -> u64;

    /// The field of the column by which the rows are ordered.
    fn sorted(&self) -> &'static str;

    /// Orders by the next column.
    fn sort_next(&mut self);

    /// Turns to the next list; says whether there is one.
    fn turn(&mut self) -> bool {
        false
    }

    /// The number of the job that makes what is listed.
    fn job(&self) -> u32 {
        0
    }

    /// What that job does, in a word or two.
    fn doing(&self) -> &'static str;

    /// Has made what is listed, where it is not known yet.
    fn ask(&self, stand: &Stand, made: &Inbox<Self::Made>, work: &mut Work);

    /// Takes what a job of the page found; says whether the rows are others now.
    ///
    /// # Errors
    /// The job's.
    fn take(&mut self, made: Self::Made) -> Result<bool>;

    /// The rows at the top in their order; `None` until they are known for this filter.
    fn list(&self, filter: &str) -> Option<Vec<u32>>;

    /// How many rows there are without a filter.
    fn all(&self) -> Option<usize>;

    /// Whether the rows can be narrowed by what is typed.
    fn narrows(&self) -> bool {
        true
    }

    /// What an empty list says; `back` shows all again.
    fn nothing(&self, depth: usize, filter: &str, back: &str) -> String;

    /// Whether a row has something below it.
    fn unfolds(&self, view: &View, listed: Self::Listed, value: u32) -> bool;

    /// What is below a row.
    fn below(&self, view: &Arc<View>, listed: Self::Listed, value: u32) -> Option<Below<Self>>;

    /// Keeps what was found below a row; gives the rows.
    fn keep(&mut self, listed: Self::Listed, found: Self::Found) -> Vec<u32>;

    /// What a row says.
    fn tell(&self, view: &View, listed: Self::Listed, value: u32) -> Option<Told>;

    /// The object that a row is about; of a group its example.
    fn node(&self, view: &View, listed: Self::Listed, value: u32) -> Option<NodeId>;

    /// Whether the selected row is told in full below, where its name is cut.
    fn tells_in_full(&self) -> bool {
        false
    }

    /// Whether the first row is unfolded at once.
    fn begins_unfolded(&self) -> bool {
        false
    }

    /// Whether the code of the selected row stands below the rows.
    fn shows_code(&self) -> bool {
        false
    }

    /// The class that all rows are about.
    fn class(&self) -> Option<ClassId> {
        None
    }

    /// Whether a command makes sense here; `None` where that is not special to these rows.
    fn works(&self, command: Command, subject: Option<&Subject>) -> Option<bool>;
}

/// The page.
pub struct Outlined<R: Rows> {
    stand: Stand,
    rows: R,
    problem: Option<String>,
    outline: Outline<R::Listed>,
    reverse: bool,
    /// What workers made for the page.
    pub(super) made: Inbox<R::Made>,
    /// What they found below rows.
    below: Inbox<(BranchId, Result<R::Found>)>,
    code: CodeLine<NodeId>,
}

/// The job that looks for the code of the selected row; rows have others of small numbers.
const CODE: u32 = 99;

impl<R: Rows> Outlined<R> {
    /// The page of a dump, whose rows are being made.
    pub fn new(key: PageKey, view: Arc<View>, rows: R, work: &mut Work) -> Self {
        let stand = Stand {
            key,
            view,
            filter: String::new(),
        };
        let made = Inbox::default();
        rows.ask(&stand, &made, work);
        Self {
            made,
            below: Inbox::default(),
            code: CodeLine::default(),
            problem: None,
            outline: Outline::new(rows.top()),
            reverse: false,
            stand,
            rows,
        }
    }

    /// Looks for the code of the selected row.
    fn look_for_code(&mut self, ctx: &mut PageCtx<'_>) {
        let row = self.outline.row().filter(|_| self.rows.shows_code());
        let node = row.and_then(|row| self.node(row));
        let (view, store) = (&self.stand.view, ctx.store);
        let job = |node| line_of_object(view, node, store);
        self.code.look(node, self.stand.slot(CODE), ctx.work, job);
    }

    /// Makes the list at the top anew, in order.
    fn arrange(&mut self) {
        if let Some(mut list) = self.rows.list(&self.stand.filter) {
            if self.reverse {
                list.reverse();
            }
            self.outline.set(ROOT, Children::List(list.into()));
        }
    }

    /// Forgets all rows and what is unfolded.
    fn begin(&mut self, work: &mut Work) {
        let branches: Vec<BranchId> = self.outline.tree().branches().map(|(id, _)| id).collect();
        work.abandon_lists(&self.stand.key, Side::Main, branches);
        self.outline = Outline::new(self.rows.top());
    }

    fn list(&self, branch: BranchId) -> Slot {
        Slot::List(self.stand.key.clone(), Side::Main, branch)
    }

    fn node(&self, row: Row) -> Option<NodeId> {
        let (&listed, value) = self.outline.item(row)?;
        self.rows.node(&self.stand.view, listed, value)
    }

    fn unfolds(&self, row: Row) -> bool {
        let item = self.outline.item(row);
        item.is_some_and(|(&listed, value)| self.rows.unfolds(&self.stand.view, listed, value))
    }

    fn unfold(&mut self, work: &mut Work) {
        let row = self.outline.row().filter(|&row| self.unfolds(row));
        let item = row.and_then(|row| self.outline.item(row));
        let below =
            item.and_then(|(&listed, value)| self.rows.below(&self.stand.view, listed, value));
        match below {
            Some(Below::Known(listed, list)) => {
                if let Some(branch) = self.outline.open(listed) {
                    self.outline.set(branch, Children::List(list.into()));
                }
            }
            Some(Below::Asked(listed, job)) => {
                if let Some(branch) = self.outline.open(listed) {
                    work.start(self.list(branch), &self.below, job, move |found| {
                        (branch, found)
                    });
                }
            }
            None => {}
        }
    }

    fn line(
        &self,
        index: usize,
        (columns, layout): (&[ToldColumn], &Layout),
        (work, keys): (&Work, &Keymap),
    ) -> Option<Line> {
        let row = self.outline.row_at(index)?;
        let Some((&listed, value)) = self.outline.item(row) else {
            return Some(self.notice(row, work, keys).at(row.depth, " "));
        };
        let view = &self.stand.view;
        let told = self.rows.tell(view, listed, value)?;
        let cells = table::cells(columns, layout, &told, &self.rows.whole(view));
        let is_bare = told.count.is_none() && told.shallow.is_none() && told.retained.is_none();
        let glyph = match (row.open, self.unfolds(row)) {
            (true, _) => "▾",
            (false, true) => "▸",
            (false, false) => "·",
        };
        let line = Line::named(told.label);
        let line = if is_bare { line } else { line.with(cells) };
        Some(line.at(row.depth, glyph))
    }

    /// The name of the selected row, if its column cuts it.
    fn selected_in_full(&self, layout: &Layout) -> Option<String> {
        let row = self.outline.row()?;
        let (&listed, value) = self.outline.item(row)?;
        let told = self.rows.tell(&self.stand.view, listed, value)?;
        let room = usize::from(layout.name).saturating_sub(row.depth * 2 + 4);
        let words = told.label.spans().plain();
        (width::width(&words) > room).then_some(words)
    }

    /// What stands where there are no rows.
    fn notice(&self, row: Row, work: &Work, keys: &Keymap) -> Line {
        match (self.outline.tree().children(row.at.branch), &self.problem) {
            (Some(Children::Failed(problem)), _) => Line::note(problem, Tone::Problem),
            (Some(Children::List(_)), _) => {
                let back = keys.key_of(Command::BackOut);
                let words = self.rows.nothing(row.depth, &self.stand.filter, &back);
                Line::note(&words, Tone::Dim)
            }
            (_, Some(problem)) => Line::note(problem, Tone::Problem),
            _ if row.depth > 0 => sheet::progress("loading", None),
            _ => {
                let slot = self.stand.slot(self.rows.job());
                sheet::progress(self.rows.doing(), work.status(&slot))
            }
        }
    }
}

impl<R: Rows> Page for Outlined<R> {
    fn context(&self) -> Context {
        Context::ROWS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let columns = self.rows.columns();
        let room = (area.width, self.rows.name_room(area.width));
        let layout = table::layout(&columns, table::as_declared, room);
        let turn = ctx.keys.key_of(Command::NextList);
        let title = self.rows.title(&self.stand.view, &turn);
        let told = self
            .rows
            .tells_in_full()
            .then(|| self.selected_in_full(&layout));
        let area = match told.flatten() {
            Some(words) => sheet::draw_words(buffer, area, &words, ctx.theme),
            None => area,
        };
        let area = self.code.draw(buffer, area, ctx.theme);
        let sorted = self.rows.sorted();
        let sorted = columns.iter().position(|of| of.head.name == sorted);
        let sorted = sorted.map(|column| (column, self.reverse));
        sheet::draw_titles(buffer, area, &title, &layout, sorted, ctx.theme);
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        self.outline.fit(usize::from(below.height));
        let cursor = self.outline.cursor();
        let line = |row| self.line(row, (&columns, &layout), (ctx.work, ctx.keys));
        sheet::draw(buffer, below, &layout, cursor, line, ctx.theme);
    }

    fn header(&self, store: &DumpStore) -> Header {
        let facts = self.rows.facts(&self.stand, self.found());
        let view = &self.stand.view;
        sheet::header(view, store, self.rows.name(view), facts)
    }

    fn go(&mut self, motion: Motion, ctx: &mut PageCtx<'_>) {
        self.outline.go(motion);
        self.look_for_code(ctx);
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::NextList => {
                if self.rows.turn() {
                    self.begin(ctx.work);
                    self.arrange();
                    self.rows.ask(&self.stand, &self.made, ctx.work);
                }
            }
            Command::SortNext => {
                self.rows.sort_next();
                self.reverse = false;
                self.arrange();
            }
            Command::SortReverse => {
                self.reverse = !self.reverse;
                self.arrange();
            }
            _ => match self.outline.obey(command) {
                Folding::Done => {}
                Folding::Unfold => self.unfold(ctx.work),
                Folding::Gone(branches) => {
                    let key = &self.stand.key;
                    ctx.work.abandon_lists(key, Side::Main, branches);
                }
            },
        }
        self.look_for_code(ctx);
        None
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        if let Some(works) = self.rows.works(command, self.subject().as_ref()) {
            return works;
        }
        let row = self.outline.row();
        match command {
            Command::Unfold => row.is_some_and(|row| !row.open && self.unfolds(row)),
            Command::Fold => row.is_some_and(|row| row.open || row.depth > 0),
            Command::Open | Command::ShowWhy | Command::ShowInSummary => {
                row.is_some_and(|row| self.node(row).is_some())
            }
            _ => true,
        }
    }

    fn take(&mut self, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        self.code.take();
        if let Some((branch, found)) = self.below.next() {
            let listed = self.outline.tree().source(branch).copied()?;
            let rows = found.map(|found| self.rows.keep(listed, found));
            self.outline.set(branch, Children::of(rows));
        }
        match self.rows.take(self.made.next()?) {
            Ok(true) => {
                let selected = self.outline.cursor().selected;
                self.begin(ctx.work);
                self.arrange();
                if self.stand.filter.is_empty() {
                    self.outline.go(Motion::To(selected));
                }
                if selected == 0 && self.rows.begins_unfolded() {
                    self.unfold(ctx.work);
                }
            }
            Ok(false) => {}
            Err(error) => self.problem = Some(error.to_string()),
        }
        self.look_for_code(ctx);
        None
    }

    fn unsettled(&self, work: &Work, below: bool) -> bool {
        let unfolding = self.outline.tree().branch_at(self.outline.at());
        let unfolding = unfolding.filter(|_| below);
        work.status(&self.stand.slot(self.rows.job())).is_some()
            || unfolding.is_some_and(|branch| work.status(&self.list(branch)).is_some())
    }

    fn subject(&self) -> Option<Subject> {
        let view = &self.stand.view;
        let row = self.outline.row();
        match (row.and_then(|row| self.node(row)), self.rows.class()) {
            (Some(node), _) => Some(Subject::of(view, node)),
            (None, class) => Some(Subject {
                dump: Arc::clone(&view.dump),
                node: None,
                class: Some(class?),
            }),
        }
    }

    fn views(&self) -> Vec<&Arc<View>> {
        vec![&self.stand.view]
    }

    fn searched(&self) -> Option<&str> {
        self.rows.narrows().then_some(&*self.stand.filter)
    }

    fn search(&mut self, text: &str, ctx: &mut PageCtx<'_>) {
        if self.stand.filter == text {
            return;
        }
        text.clone_into(&mut self.stand.filter);
        self.rows.ask(&self.stand, &self.made, ctx.work);
        self.arrange();
        if !text.is_empty() {
            self.outline.go(Motion::To(0));
        }
    }

    fn found(&self) -> Option<(usize, usize)> {
        let all = self.rows.all()?;
        match self.outline.tree().children(ROOT) {
            Some(Children::List(list)) if !self.stand.filter.is_empty() => Some((list.len(), all)),
            _ => None,
        }
    }

    fn line(&self, _: &DumpStore) -> Option<Spans> {
        let (&listed, value) = self.outline.item(self.outline.row()?)?;
        let view = &self.stand.view;
        let told = self.rows.tell(view, listed, value)?;
        let (columns, whole) = (self.rows.columns(), self.rows.whole(view));
        let figures = columns.get(NAMED..).unwrap_or_default();
        Some(export::line(told.label.spans(), figures, &told, &whole))
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let heading = self.header(store).heading();
        let all = self.outline.tree().rows();
        let rows = (0..all).filter_map(|index| self.outline.row_at(index));
        let items: Vec<(usize, R::Listed, u32)> = rows
            .filter_map(|row| {
                let (&listed, value) = self.outline.item(row)?;
                Some((row.depth, listed, value))
            })
            .collect();
        let (view, rows) = (Arc::clone(&self.stand.view), self.rows.clone());
        Some(Box::new(move |task| {
            let whole = rows.whole(&view);
            let told = items.into_iter().filter_map(|(depth, listed, value)| {
                let told = rows.tell(&view, listed, value)?;
                Some(Told { depth, ..told })
            });
            export::Rows::of(heading, &rows.columns(), told, &whole, task)
        }))
    }

    fn is_filtered(&self) -> bool {
        true
    }

    fn mark(&self) -> Option<At> {
        Some(self.outline.at())
    }

    fn return_to(&mut self, at: At, ctx: &mut PageCtx<'_>) {
        self.outline.select(at);
        self.look_for_code(ctx);
    }
}

/// The numbers of those whose name has `filter` in it, in any case.
pub fn matching<N: AsRef<str>>(names: impl IntoIterator<Item = N>, filter: &str) -> Vec<u32> {
    let wanted = filter.trim().to_lowercase();
    let answers = |name: &str| wanted.is_empty() || name.to_lowercase().contains(&wanted);
    let names = (0..).zip(names);
    let found = names.filter(|(_, name)| answers(name.as_ref()));
    found.map(|(number, _)| number).collect()
}
