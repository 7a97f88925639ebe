//! The page of what grows: constructors × dumps.

use std::cmp::Reverse;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::growth::{GrowthRow, Measure, Origin, Verdict};
use crate::analysis::pattern::Pattern;
use crate::heap::Class;
use crate::text::span::Spans;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{Export, Rows};
use crate::tui::page::{DrawCtx, Effect, Header, News, Page, PageCtx, said, typed};
use crate::tui::place::PageKey;
use crate::tui::scope::Scope;
use crate::tui::search::{Found, Search};
use crate::tui::trend::Trend;
use crate::tui::views::growth_columns::columns;
use crate::tui::views::growth_rows::{self, Line, Part, Shown, measure_name, named};
use crate::tui::views::suspects::{copied, edited};
use crate::tui::widgets::list::{Cursor, Motion};

/// With fewer classes of the application than this, what grows with them is unfolded at the start.
const FEW: usize = 5;

/// The page.
pub struct GrowthPage {
    /// What grows; `None` until two dumps were read.
    pub table: Option<Arc<Trend>>,
    /// Which figure is shown.
    pub measure: Measure,
    /// What was typed to find constructors.
    pub filter: String,
    /// The lines of the list.
    lines: Vec<Line>,
    /// Which parts the user unfolded or folded, in the order of [`Part`].
    unfolded: [Option<bool>; 2],
    /// Where the cursor is.
    pub cursor: Cursor,
    /// How the search for suspects stands.
    pub search: Search,
    /// Whether the card with the finding is selected instead of a row.
    pub on_card: bool,
    /// Where the card and the rows were drawn last.
    pub drawn: (Rect, Rect),
}

impl Default for GrowthPage {
    /// The finding is selected at first: it is what one came for.
    fn default() -> Self {
        Self {
            table: None,
            measure: Measure::default(),
            filter: String::new(),
            lines: Vec::new(),
            unfolded: [None; 2],
            cursor: Cursor::default(),
            search: Search::default(),
            on_card: true,
            drawn: <(Rect, Rect)>::default(),
        }
    }
}

/// Whether a class grows so that it matters.
fn grows(row: &GrowthRow, measure: Measure) -> bool {
    let judged = matches!(row.verdict, Verdict::Growing | Verdict::Noisy);
    judged && row.rise(measure) > 0
}

impl GrowthPage {
    /// Takes another table; the cursor stays on its class.
    pub fn take_table(&mut self, table: Option<Arc<Trend>>) {
        let class = self.selected().map(|row| row.class.clone());
        self.table = table;
        self.narrow();
        // Who has not moved wants to see the worst.
        let at_top = self.cursor.selected == 0;
        self.follow(class.filter(|_| !at_top));
    }

    /// Puts the cursor on the row of a class, if there is one.
    fn follow(&mut self, class: Option<Class>) {
        let again = class.and_then(|class| {
            let mut lines = 0..self.lines.len();
            lines.find(|&line| self.row(line).is_some_and(|row| row.class == class))
        });
        match again {
            Some(line) => self.cursor.follow(line, self.lines.len()),
            None => self.cursor.go(Motion::By(0), self.lines.len()),
        }
    }

    /// Makes the lines: the application's classes by their growth, then the parts that fold. What was typed finds classes
    /// in all of them.
    fn narrow(&mut self) {
        let Some(table) = &self.table else {
            self.lines.clear();
            return;
        };
        let (measure, all) = (self.measure, &table.growth.rows);
        let query = self.filter.trim();
        let pattern = Pattern::typed(query);
        let name = |row: &GrowthRow| named(row, &self.search).0.plain();
        let answers = |row: &GrowthRow| query.is_empty() || pattern.find(&name(row)).is_some();
        let mut rows: Vec<usize> = (0..all.len()).filter(|&row| answers(&all[row])).collect();
        let leaking: Vec<&str> = self.leaking().collect();
        // Another class of the same name may be steady.
        let is_leaking =
            |row: &GrowthRow| leaking.contains(&&*row.class.name) && row.rise(Measure::Count) > 0;
        let is_own = |row: &GrowthRow| row.origin == Origin::Application || is_leaking(row);
        // What the card names is told below it, be it as little as noise.
        let grows = |row: &GrowthRow| grows(row, measure) || is_leaking(row);
        rows.sort_by_key(|&row| {
            let row = &all[row];
            let grows = grows(row);
            (!grows, grows && !is_own(row), Reverse(row.rise(measure)))
        });
        if !query.is_empty() {
            let lower = query.to_lowercase();
            rows.sort_by_cached_key(|&row| !name(&all[row]).to_lowercase().contains(&lower));
            self.lines = rows
                .into_iter()
                .map(|row| Line::Class(row, false))
                .collect();
            return;
        }
        let steady = rows.partition_point(|&row| grows(&all[row]));
        let steady = rows.split_off(steady);
        let own = rows.partition_point(|&row| is_own(&all[row]));
        let structures = rows.split_off(own);
        let growing = own + structures.len();
        self.lines = rows
            .into_iter()
            .map(|row| Line::Class(row, false))
            .collect();
        for (part, rows, usual) in [
            (Part::Structures, structures, own < FEW),
            (Part::Steady, steady, growing == 0),
        ] {
            let open = self.unfolded[part as usize].unwrap_or(usual);
            if !rows.is_empty() {
                self.lines.push(Line::Part(part, rows.len(), open));
            }
            if open {
                self.lines
                    .extend(rows.into_iter().map(|row| Line::Class(row, true)));
            }
        }
    }

    /// The classes of which likely leaks have more in every dump, whoseever they are.
    fn leaking(&self) -> impl Iterator<Item = &str> {
        let found = self.search.found.iter();
        let leaked = found.flat_map(|found| found.accused());
        leaked.filter_map(|accused| Some(&*accused.suspect.leaked.first()?.class))
    }

    /// Unfolds the selected part, or folds it; says whether one is selected.
    fn toggle(&mut self) -> bool {
        let Some(&Line::Part(part, classes, open)) = self.lines.get(self.cursor.selected) else {
            return false;
        };
        self.unfolded[part as usize] = Some(!open);
        self.narrow();
        let below = if open { 0 } else { classes };
        self.cursor.show_below(below, self.lines.len());
        true
    }

    /// The class on this line of the list.
    pub fn row(&self, line: usize) -> Option<&GrowthRow> {
        match *self.lines.get(line)? {
            Line::Class(row, _) => self.table.as_ref()?.growth.rows.get(row),
            Line::Part(..) => None,
        }
    }

    /// The selected row.
    pub fn selected(&self) -> Option<&GrowthRow> {
        self.row(self.cursor.selected)
    }

    /// The objects behind what grows: of the last dump those that came after the first one, as the row counts them.
    fn objects(&self) -> Option<Effect> {
        let (row, table) = (self.selected()?, self.table.as_ref()?);
        let scope = match &table.dumps[..] {
            // What grows are the objects that were there already.
            _ if row.rise(Measure::Count) <= 0 => Scope::All,
            [first, _, ..] => Scope::After(first.clone()),
            _ => Scope::All,
        };
        let last = table.dumps.last()?.clone();
        Some(Effect::Summary(last, scope, Some(row.class.clone())))
    }

    fn next_measure(&mut self) {
        let class = self.selected().map(|row| row.class.clone());
        self.measure = match self.measure {
            Measure::Retained => Measure::Count,
            Measure::Count => Measure::Shallow,
            Measure::Shallow => Measure::Retained,
        };
        self.narrow();
        let at_top = self.cursor.selected == 0;
        self.follow(class.filter(|_| !at_top));
    }
}

impl Page for GrowthPage {
    fn context(&self) -> Context {
        Context::GROWTH
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let shown = Shown {
            table: self.table.as_deref(),
            measure: self.measure,
            lines: &self.lines,
            cursor: &mut self.cursor,
            search: &self.search,
            on_card: self.on_card,
            drawn: &mut self.drawn,
        };
        growth_rows::draw(buffer, area, shown, ctx);
    }

    fn header(&self, store: &DumpStore) -> Header {
        let mut facts = Vec::new();
        if let Some((found, all)) = self.found() {
            facts.push(typed(&self.filter, format!("{found} of {all}")));
        }
        facts.extend(store.facts().into_iter().map(said));
        Header {
            path: Vec::new(),
            facts,
        }
    }

    fn hear(&mut self, news: &News, _: &mut PageCtx<'_>) {
        match news {
            News::Process => *self = Self::default(),
            News::Trend(trend) => self.take_table(trend.clone()),
            News::Search(search) => {
                self.search = Search::clone(search);
                self.take_table(self.table.clone());
            }
            _ => {}
        }
    }

    /// The card stands above the first row.
    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        let motion = match (motion, self.on_card) {
            (Motion::By(0), _) => return,
            (Motion::By(by), false) if by < 0 && self.cursor.selected == 0 => {
                self.on_card = self.table.is_some();
                return;
            }
            (Motion::By(by), true) if by < 0 => return,
            (Motion::By(by), true) => Motion::By(by - 1),
            (other, _) => other,
        };
        self.on_card = false;
        self.cursor.go(motion, self.lines.len());
    }

    fn click(&mut self, at: (u16, u16), _: &mut PageCtx<'_>) -> bool {
        let (card, list) = self.drawn;
        let row = self.cursor.top + usize::from(at.1.saturating_sub(list.y));
        if card.contains(at.into()) {
            self.on_card = true;
        } else if list.contains(at.into()) && row < self.lines.len() {
            self.on_card = false;
            self.cursor.go(Motion::To(row), self.lines.len());
        }
        true
    }

    fn command(&mut self, command: Command, _: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::NextMeasure => {
                self.next_measure();
                None
            }
            Command::Open if self.on_card => Some(Effect::Visit(PageKey::Suspects)),
            Command::Open if self.toggle() => None,
            Command::Open => self.objects(),
            Command::CopySignature => {
                let found = self.search.found.as_ref()?;
                Some(copied(found.foremost()?))
            }
            Command::EditSource => {
                let found = self.search.found.as_ref()?;
                Some(edited(found.foremost()?))
            }
            _ => None,
        }
    }

    fn word(&self, command: Command) -> Option<&'static str> {
        let line = self.lines.get(self.cursor.selected);
        match (command, line) {
            // The card itself says what it opens.
            (Command::Open, _) if self.on_card => Some("suspects"),
            (Command::Open, Some(Line::Part(.., open))) => {
                Some(if *open { "fold" } else { "unfold" })
            }
            (Command::Open, _) => Some("objects"),
            _ => None,
        }
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        match command {
            Command::Open => self.on_card || self.cursor.selected < self.lines.len(),
            Command::NextMeasure => self.selected().is_some(),
            Command::EditSource => {
                let found = self.search.found.as_deref();
                found.and_then(Found::foremost).is_some()
            }
            _ => true,
        }
    }

    fn searched(&self) -> Option<&str> {
        Some(&self.filter)
    }

    fn search(&mut self, text: &str, _: &mut PageCtx<'_>) {
        text.clone_into(&mut self.filter);
        self.narrow();
        self.on_card = false;
        self.cursor.go(Motion::To(0), self.lines.len());
    }

    fn found(&self) -> Option<(usize, usize)> {
        let all = self.table.as_ref()?.growth.rows.len();
        (!self.filter.is_empty()).then_some((self.lines.len(), all))
    }

    fn line(&self, store: &DumpStore) -> Option<Spans> {
        let (row, table) = (self.selected()?, self.table.as_ref()?);
        Some(growth_rows::in_full(row, table, &self.search, store))
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let table = Arc::clone(self.table.as_ref()?);
        let mut heading = self.header(store).heading();
        let measure = self.measure;
        heading.push(said(format!("growth, {}", measure_name(measure))));
        let dumps = table.dumps.iter().map(|id| store.label(id));
        let columns = columns(dumps, measure);
        // A file has what is folded, too.
        let mut all = Self {
            table: Some(Arc::clone(&table)),
            filter: self.filter.clone(),
            measure,
            unfolded: [Some(true); 2],
            ..Self::default()
        };
        all.narrow();
        let lines = std::mem::take(&mut all.lines);
        Some(Box::new(move |task| {
            let rows = lines.into_iter().filter_map(|line| match line {
                Line::Class(row, _) => table.growth.rows.get(row),
                Line::Part(..) => None,
            });
            Rows::of(heading, &columns, rows.cloned(), &measure, task)
        }))
    }
}
