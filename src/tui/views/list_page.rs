//! A page of rows that a worker finds: what all such pages do alike. What the rows are, and what their columns, tells who
//! implements [`List`]; the screen, the clipboard and files get them from there.
//!
//! A new page of rows is a type that implements [`List`], a [`PageKey`], and a line where pages are made:
//!
//! ```ignore
//! impl List for Closures {
//!     type Row = NodeId;
//!     type Found = Vec<NodeId>;
//!     const COLUMNS: &[Column<NodeId, Self>] = &[
//!         Head::number("Id", "id").of(|&node, page| Cell::Id(page.view.heap.id(node))),
//!         Head::number("Retained size", "retained_size")
//!             .on_screen("Retained", 9, 9)
//!             .of(|&node, page| Cell::Size(page.view.heap.retained(node))),
//!     ];
//!     fn job(&self) -> Option<Job<Vec<NodeId>>> { .. }
//!     fn take(&mut self, found: Vec<NodeId>) -> Option<usize> { .. }
//!     fn rows(&self) -> usize { .. }
//!     fn item(&self, index: usize) -> Option<Item<NodeId>> { .. }
//!     fn label(&self, row: &NodeId) -> Label { .. }
//!     ..
//! }
//! ```

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::Result;
use crate::table::column::{cells, heads};
use crate::table::{Cell, Column, Head};
use crate::task::Task;
use crate::text::span::Spans;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{self, Export, MOST, Rows};
use crate::tui::page::{DrawCtx, Effect, Header, News, Page, PageCtx, Subject, Walked};
use crate::tui::place::PageKey;
use crate::tui::theme::Tone;
use crate::tui::view::View;
use crate::tui::views::sheet::{self, Line};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::table::{self, Layout};
use crate::tui::work::{Inbox, Slot, Work};

/// What a worker does for a page.
pub type Job<Found> = Box<dyn FnOnce(&Task) -> Result<Found> + Send>;

/// What stands in a line of the list.
pub enum Item<Row> {
    /// A row: selected, opened, written.
    Row(Row),
    /// Words between rows: a title, a note, a blank line.
    Words(Label),
}

impl<Row> Item<Row> {
    /// Words of this program, in one tone.
    pub fn words(text: &str, tone: Tone) -> Self {
        Self::Words(Label::of(Spans::new().note(text.to_owned()), tone))
    }
}

/// What a command leads to.
pub enum Then<Found> {
    /// Nothing more.
    Stay,
    /// The rows are others: they are found anew, and the cursor goes to the first.
    Anew,
    /// A worker is to find something more.
    Ask(Job<Found>),
    /// The app is to do something.
    Do(Effect),
}

/// What is listed. Clones share what was found, so that a worker can write all rows.
pub trait List: Clone + Send + Sized + 'static {
    /// A row: a small handle into what was found.
    type Row: 'static;
    /// What a worker finds.
    type Found: Send + 'static;

    /// The columns beside the name.
    const COLUMNS: &'static [Column<Self::Row, Self>];
    /// Where the keyboard is.
    const CONTEXT: Context = Context::ROWS;
    /// What the names are called in a file.
    const NAME: Head = Head::text("Name", "name");

    /// Finds the rows; `None` where they are there already.
    fn job(&self) -> Option<Job<Self::Found>>;

    /// Takes what was found; gives the line where the cursor goes, if it is not to stay.
    fn take(&mut self, found: Self::Found) -> Option<usize>;

    /// How many lines there are.
    fn rows(&self) -> usize;

    /// A line.
    fn item(&self, index: usize) -> Option<Item<Self::Row>>;

    /// What a row is called.
    fn label(&self, row: &Self::Row) -> Label;

    /// The same for a file, where there is room for more.
    fn written(&self, row: &Self::Row) -> Spans {
        self.label(row).name()
    }

    /// How deep a line is, and the mark before it.
    fn mark(&self, _item: &Item<Self::Row>) -> (usize, &'static str) {
        (0, " ")
    }

    /// What stands above the names; `busy` while rows are being found.
    fn title(&self, busy: bool) -> String;

    /// The terminal columns of the name in a line this wide.
    fn name_room(&self, width: u16) -> u16;

    /// Whether a column is shown just now.
    fn shows(&self, _head: &Head) -> bool {
        true
    }

    /// How wide a column is in a line this wide.
    fn width(&self, _head: &Head, usual: u16, _line: u16) -> u16 {
        usual
    }

    /// The field of the column by which rows are ordered, and whether the other way round.
    fn sorted(&self) -> Option<(&'static str, bool)> {
        None
    }

    /// What the worker does, in a word or two.
    fn doing(&self) -> String;

    /// What an empty list says; `None` where its lines say it themselves.
    fn nothing(&self) -> Option<String> {
        None
    }

    /// Sentences below the rows.
    fn words(&self, _selected: Option<&Self::Row>) -> Spans {
        Spans::new()
    }

    /// Draws what stands above the rows; gives what is left below.
    fn draw_above(&mut self, _: &mut Buffer, area: Rect, _: DrawCtx<'_>) -> Rect {
        area
    }

    /// What stands in the first line of the screen.
    fn header(&self, store: &DumpStore) -> Header;

    /// What a file says of the rows beside that.
    fn heading(&self) -> Vec<Spans> {
        Vec::new()
    }

    /// The same with all that is folded, for files.
    fn unfolded(&self) -> Self {
        self.clone()
    }

    /// How many rows were found and are not listed.
    fn more(&self) -> usize {
        0
    }

    /// How many hits there are, where they are those of a search.
    fn hits(&self) -> Option<u64> {
        None
    }

    /// The dump in view.
    fn view(&self) -> Option<&Arc<View>>;

    /// What the page is about where no row is selected, or what a row is about.
    fn subject(&self, row: Option<&Self::Row>) -> Option<Subject>;

    /// What a row opens where that is no object.
    fn opens(&self, _row: Option<&Self::Row>) -> Option<Effect> {
        None
    }

    /// Whether a command can do something now: most lists have nothing to fold and one order, and all else is about a
    /// row.
    fn works(&self, command: Command, row: Option<&Self::Row>) -> bool {
        let turns = matches!(
            command,
            Command::Unfold
                | Command::Fold
                | Command::NextList
                | Command::SortNext
                | Command::SortReverse
        );
        !turns && row.is_some()
    }

    /// Does what a command asks for.
    fn command(
        &mut self,
        _command: Command,
        _row: Option<&Self::Row>,
        _store: &DumpStore,
    ) -> Then<Self::Found> {
        Then::Stay
    }

    /// Whether it still shows what it would show if it were made anew.
    fn is_current(&self, _store: &DumpStore) -> bool {
        true
    }

    /// Takes what has happened to dumps; gives how many lines more there are above the rows.
    fn hear(&mut self, _news: &News) -> isize {
        0
    }

    /// Backs out of what is nearest.
    fn back_out(&mut self) -> Option<Then<Self::Found>> {
        None
    }

    /// A row in full, to be copied; without one its name and figures are.
    fn line(&self, _row: &Self::Row) -> Option<Spans> {
        None
    }
}

/// The page.
pub struct ListPage<L: List> {
    key: PageKey,
    /// What is listed.
    pub list: L,
    problem: Option<String>,
    cursor: Cursor,
    inbox: Inbox<Result<L::Found>>,
}

impl<L: List> ListPage<L> {
    /// The page, whose rows are being found.
    pub fn new(key: PageKey, list: L, work: &mut Work) -> Self {
        let page = Self {
            key,
            list,
            problem: None,
            cursor: Cursor::default(),
            inbox: Inbox::default(),
        };
        page.ask(work);
        page
    }

    /// The same with something that nobody waits for, which a worker finds beside the rows.
    #[must_use]
    pub fn with(self, job: Job<L::Found>, work: &mut Work) -> Self {
        let slot = Slot::Page(self.key.clone(), 1);
        work.start(slot, &self.inbox, job, |found| found);
        self
    }

    /// The same with the cursor on a line.
    #[must_use]
    pub fn at(mut self, line: usize) -> Self {
        self.cursor.selected = line;
        self
    }

    fn slot(&self) -> Slot {
        Slot::Page(self.key.clone(), 0)
    }

    fn ask(&self, work: &mut Work) {
        if let Some(job) = self.list.job() {
            work.start(self.slot(), &self.inbox, job, |found| found);
        }
    }

    /// The selected row.
    pub fn selected(&self) -> Option<L::Row> {
        match self.list.item(self.cursor.selected)? {
            Item::Row(row) => Some(row),
            Item::Words(_) => None,
        }
    }

    fn then(&mut self, then: Then<L::Found>, work: &mut Work) -> Option<Effect> {
        match then {
            Then::Stay => {}
            Then::Anew => {
                (self.cursor, self.problem) = (Cursor::default(), None);
                self.ask(work);
            }
            Then::Ask(job) => work.start(self.slot(), &self.inbox, job, |found| found),
            Then::Do(effect) => return Some(effect),
        }
        None
    }

    /// What stands where no line does.
    fn notice(&self, work: &Work) -> Option<Line> {
        let status = work.status(&self.slot());
        Some(match (&self.problem, status) {
            (Some(problem), _) => Line::note(problem, Tone::Problem),
            (None, Some(status)) => sheet::progress(&self.list.doing(), Some(status)),
            (None, None) => Line::note(&self.list.nothing()?, Tone::Dim),
        })
    }

    fn line(&self, index: usize, columns: &Layout, work: &Work) -> Option<Line> {
        let Some(item) = self.list.item(index) else {
            return (index == 0).then(|| self.notice(work))?;
        };
        let (depth, glyph) = self.list.mark(&item);
        let line = match item {
            Item::Words(label) => Line::named(label),
            Item::Row(row) => {
                let cells = table::cells(L::COLUMNS, columns, &row, &self.list);
                Line::named(self.list.label(&row)).with(cells)
            }
        };
        Some(line.at(depth, glyph))
    }
}

impl<L: List> Page for ListPage<L> {
    fn context(&self) -> Context {
        L::CONTEXT
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let words = self.list.words(self.selected().as_ref()).plain();
        let area = sheet::draw_words(buffer, area, &words, ctx.theme);
        let area = self.list.draw_above(buffer, area, ctx);
        if area.height < 2 {
            return;
        }
        let list = &self.list;
        let columns = table::layout(
            L::COLUMNS,
            |head, usual| (list.shows(head)).then(|| list.width(head, usual, area.width)),
            (area.width, list.name_room(area.width)),
        );
        let title = list.title(ctx.work.status(&self.slot()).is_some());
        let sorted = list.sorted().and_then(|(field, reverse)| {
            let column = L::COLUMNS.iter().position(|of| of.head.name == field)?;
            Some((column, reverse))
        });
        sheet::draw_titles(buffer, area, &title, &columns, sorted, ctx.theme);
        let below = Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(1),
            ..area
        };
        self.cursor.fit(usize::from(below.height), self.list.rows());
        let line = |row| self.line(row, &columns, ctx.work);
        sheet::draw(buffer, below, &columns, self.cursor, line, ctx.theme);
    }

    fn header(&self, store: &DumpStore) -> Header {
        self.list.header(store)
    }

    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        self.cursor.go(motion, self.list.rows());
    }

    fn hear(&mut self, news: &News, _: &mut PageCtx<'_>) {
        let above = self.list.hear(news);
        self.cursor.go(Motion::By(above), self.list.rows());
    }

    fn walk(&mut self, by: isize) -> Option<Walked> {
        let (count, rows) = (self.list.hits()?, self.list.rows());
        let to = (self.cursor.selected as isize + by).rem_euclid(rows.max(1) as isize);
        self.cursor.go(Motion::To(to as usize), rows);
        Some(Walked {
            subject: self.subject()?,
            number: self.cursor.selected + 1,
            count,
        })
    }

    fn command(&mut self, command: Command, ctx: &mut PageCtx<'_>) -> Option<Effect> {
        let (row, before) = (self.selected(), self.list.rows());
        let then = self.list.command(command, row.as_ref(), ctx.store);
        let rows = self.list.rows();
        self.cursor.show_below(rows.saturating_sub(before), rows);
        self.then(then, ctx.work)
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        let is_of_texts = matches!(command, Command::NextPart | Command::PreviousPart);
        !is_of_texts && self.list.works(command, self.selected().as_ref())
    }

    fn opens(&self) -> Option<Effect> {
        self.list.opens(self.selected().as_ref())
    }

    fn take(&mut self, _: &mut PageCtx<'_>) -> Option<Effect> {
        match self.inbox.next()? {
            Ok(found) => {
                if let Some(line) = self.list.take(found) {
                    self.cursor.go_below(line, self.list.rows());
                }
            }
            Err(error) => self.problem = Some(error.to_string()),
        }
        None
    }

    fn unsettled(&self, work: &Work, _below: bool) -> bool {
        work.status(&self.slot()).is_some()
    }

    fn subject(&self) -> Option<Subject> {
        self.list.subject(self.selected().as_ref())
    }

    fn is_current(&self, store: &DumpStore) -> bool {
        self.list.is_current(store)
    }

    fn views(&self) -> Vec<&Arc<View>> {
        self.list.view().into_iter().collect()
    }

    fn back_out(&mut self, ctx: &mut PageCtx<'_>) -> bool {
        let then = self.list.back_out();
        let is_out = then.is_some();
        if let Some(then) = then {
            self.then(then, ctx.work);
        }
        is_out
    }

    fn line(&self, _: &DumpStore) -> Option<Spans> {
        match self.list.item(self.cursor.selected)? {
            Item::Row(row) => {
                let line = self.list.line(&row);
                Some(line.unwrap_or_else(|| {
                    let name = self.list.label(&row).spans();
                    export::line(name, L::COLUMNS, &row, &self.list)
                }))
            }
            Item::Words(label) => Some(label.spans()),
        }
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        if self.list.rows() == 0 {
            return None;
        }
        let mut heading = self.header(store).heading();
        heading.extend(self.list.heading());
        heading.retain(|line| !line.is_empty());
        let list = self.list.unfolded();
        Some(Box::new(move |task| {
            let all = list.rows();
            task.stage("writing rows", all.min(MOST) as u64);
            let (mut named, mut places) = (Vec::new(), Vec::new());
            for index in 0..all.min(MOST) {
                task.reached(index)?;
                if let Some(Item::Row(row)) = list.item(index) {
                    places.push(list.label(&row).place());
                    let name = Cell::Text(list.written(&row));
                    named.push((name, cells(L::COLUMNS, &row, &list)));
                }
            }
            let is_placed = places.iter().any(Option::is_some);
            let place = is_placed.then_some(Head::text("Place", "place"));
            let columns = [L::NAME].into_iter().chain(place).chain(heads(L::COLUMNS));
            let columns = columns.collect();
            let rows = named
                .into_iter()
                .zip(places)
                .map(|((name, figures), place)| {
                    let place = is_placed.then(|| Cell::known(place, Cell::Text));
                    [name].into_iter().chain(place).chain(figures).collect()
                });
            let rows = rows.collect();
            Ok(Rows {
                heading,
                columns,
                rows,
                more: list.more() + all.saturating_sub(MOST),
            })
        }))
    }

    fn mark(&self) -> Option<At> {
        Some(At::row(self.cursor.selected))
    }

    fn return_to(&mut self, at: At, _: &mut PageCtx<'_>) {
        self.cursor
            .go(Motion::To(at.index as usize), self.list.rows());
    }
}
