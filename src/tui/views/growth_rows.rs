//! How growth is drawn: a chart of the heap over the columns of the dumps, and a row for each constructor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::growth::{GrowthRow, Measure, Origin, Point, Rates};
use crate::heap::Class;
use crate::series::State;
use crate::table::Column;
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::{bytes_delta, grouped, grouped_delta};
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::naming::placed;
use crate::tui::page::DrawCtx;
use crate::tui::search::Search;
use crate::tui::theme::{Theme, Tone};
use crate::tui::trend::Trend;
use crate::tui::views::finding;
use crate::tui::views::growth_columns::{MARK, columns, dump_of, layout};
use crate::tui::views::suspects_words::{self, Words};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::table::{self, Layout, Placed, block, eighths};
use crate::tui::widgets::wrap::wrap;

/// From this height on there is room for a chart.
const ROOMY: u16 = 28;
/// So many lines below the rows are worth an excerpt of what is said of the worst suspect.
const EXCERPT: u16 = 8;
/// Lines beside those of the finding and the rows on a screen of medium height.
const BESIDE_ROWS: usize = 5;
/// On pages of fewer lines the finding takes one.
const LEAST_FOR_CARD: u16 = 14;

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// A class, as its place in the table; whether it stands below a part.
    Class(usize, bool),
    /// A part that folds: what it is, how many classes it has, whether it is unfolded.
    Part(Part, usize, bool),
}

/// Classes that are folded into a line, as they are seldom what one looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Plain objects, containers and the engine's own, which grow with what the application keeps.
    Structures,
    /// What does not grow, or by no more than noise.
    Steady,
}

/// What the page shows.
pub struct Shown<'a> {
    /// What grows; `None` until two dumps were read.
    pub table: Option<&'a Trend>,
    /// Which figure.
    pub measure: Measure,
    /// The lines.
    pub lines: &'a [Line],
    /// Where the cursor is.
    pub cursor: &'a mut Cursor,
    /// How the search for suspects stands.
    pub search: &'a Search,
    /// Whether the card with the finding is selected instead of a row.
    pub on_card: bool,
    /// Takes where the card and the rows are drawn.
    pub drawn: &'a mut (Rect, Rect),
}

impl<'a> Shown<'a> {
    fn row(&self, line: usize) -> Option<&'a GrowthRow> {
        match *self.lines.get(line)? {
            Line::Class(row, _) => self.table?.growth.rows.get(row),
            Line::Part(..) => None,
        }
    }
}

impl Shown<'_> {
    /// What is selected, in words below the list.
    fn selected_in_words(&self, table: &Trend, store: &DumpStore) -> String {
        let words = match (self.row(self.cursor.selected), self.on_card) {
            (_, true) => match self.measure {
                Measure::Retained => "Retained size: what would be freed with these objects",
                Measure::Shallow => "Shallow size: the bytes of the objects themselves",
                Measure::Count => "Count: how many objects there are",
            },
            (Some(row), false) => return in_full(row, table, self.search, store).plain(),
            (None, false) => match self.lines.get(self.cursor.selected) {
                Some(Line::Part(Part::Structures, ..)) => {
                    "What your classes consist of and keep; seldom the cause itself"
                }
                Some(Line::Part(Part::Steady, ..)) => "No growth, or no more than noise",
                _ => "",
            },
        };
        words.to_owned()
    }
}

/// Draws the page.
pub fn draw(buffer: &mut Buffer, area: Rect, page: Shown<'_>, ctx: DrawCtx<'_>) {
    let DrawCtx {
        store, theme, keys, ..
    } = ctx;
    let Some(table) = page.table else {
        return nothing_yet(buffer, area, store, theme);
    };
    let rates = table.growth.tells_rates();
    let dumps = table.dumps.iter().map(|id| store.label(id));
    let mut told = columns(dumps, page.measure);
    let placed = layout(&mut told, area.width, table.dumps.len(), rates);
    let list = Listing {
        table,
        measure: page.measure,
        search: page.search,
        columns: &told,
        placed: &placed,
        theme,
    };
    let card = draw_card(buffer, area, &page, ctx);
    let at = draw_heap(buffer, area, card.bottom(), &list);
    let at = draw_caveats(buffer, area, at, (table, page.search), ctx);
    let rule = "─".repeat(usize::from(area.width));
    let ruled = u16::from(area.height >= ROOMY);
    if ruled > 0 {
        buffer.set_string(area.x, at, &rule, theme.style(Tone::Dim));
    }
    let at = at + ruled;
    let details = if area.height >= 16 { 2 } else { 0 };
    let below = Rect {
        y: at,
        height: area.bottom().saturating_sub(at + details),
        ..area
    };
    *page.drawn = (card, below);
    draw_rows(
        buffer,
        below,
        &list,
        (page.lines, page.cursor, page.on_card),
    );
    // Rows that were searched for are what one wants to see.
    let is_narrowed = !page.lines.iter().any(|line| matches!(line, Line::Part(..)));
    if !is_narrowed {
        draw_excerpt(buffer, below, (page.lines.len(), page.search), ctx);
    }
    if page.lines.is_empty() && below.height > 0 {
        let key = keys.key_of(Command::BackOut);
        let find = keys.key_of(Command::Filter);
        let words = format!(
            "No class matches; {key} shows all, {find} and Tab search properties and strings"
        );
        buffer.set_string(area.x + 4, below.y, words, theme.style(Tone::Dim));
    }
    if details > 0 {
        let y = area.bottom() - details;
        buffer.set_string(area.x, y, rule, theme.style(Tone::Dim));
        let words = page.selected_in_words(table, store);
        let words = width::cut_end(&one_line(&words), usize::from(area.width - 3));
        buffer.set_string(area.x + 2, y + 1, words, theme.style(Tone::Plain));
    }
}

/// The titles, the heap's size as a chart where there is room, and its figures; returns the line below.
fn draw_heap(buffer: &mut Buffer, area: Rect, at: u16, list: &Listing<'_>) -> u16 {
    let mut at = at;
    let line = |y| Rect::new(area.x, y, area.width, 1);
    if area.height >= LEAST_FOR_CARD {
        let rule = "─".repeat(usize::from(area.width));
        buffer.set_string(area.x, at, rule, list.theme.style(Tone::Dim));
        at += 1;
    }
    list.draw_titles(buffer, line(at));
    at += 1;
    let height = match area.height {
        ..ROOMY => 0,
        ROOMY..42 => 3,
        _ => 5,
    };
    list.draw_chart(buffer, (area.x, at), height);
    at += height;
    list.draw_total(buffer, line(at));
    at + 1
}

/// The rows from the cursor's first one on.
fn draw_rows(
    buffer: &mut Buffer,
    area: Rect,
    list: &Listing<'_>,
    (lines, cursor, on_card): (&[Line], &mut Cursor, bool),
) {
    cursor.fit(usize::from(area.height), lines.len());
    for y in area.y..area.bottom() {
        let index = cursor.top + usize::from(y - area.y);
        let Some(&content) = lines.get(index) else {
            break;
        };
        let row = Rect::new(area.x, y, area.width, 1);
        list.draw_line(buffer, row, content);
        if index == cursor.selected && !on_card {
            list.theme.select(buffer, row, true);
        }
    }
}

/// What is said of the worst suspect, where there is room for it below so many rows.
fn draw_excerpt(
    buffer: &mut Buffer,
    area: Rect,
    (rows, search): (usize, &Search),
    ctx: DrawCtx<'_>,
) {
    let left = usize::from(area.height).saturating_sub(rows + 1) as u16;
    if let Some(found) = search.found.as_deref()
        && let Some(accused) = found.foremost().filter(|_| left >= EXCERPT)
    {
        let rest = Rect {
            y: area.bottom() - left,
            height: left,
            ..area
        };
        let mut words = Words {
            is_excerpt: true,
            ..Words::default()
        };
        suspects_words::draw(buffer, rest, (accused, found), &mut words, ctx);
    }
}

/// Draws what limits the figures; returns the line below.
fn draw_caveats(
    buffer: &mut Buffer,
    area: Rect,
    at: u16,
    (table, search): (&Trend, &Search),
    DrawCtx { store, theme, .. }: DrawCtx<'_>,
) -> u16 {
    let mut at = at;
    for words in caveats(table, search, store) {
        let room = usize::from(area.width.saturating_sub(4));
        // A few rows are worth more than a reason in full.
        let most = area.bottom().saturating_sub(at + 4).min(4);
        for words in wrap(&words, room).into_iter().take(usize::from(most)) {
            buffer.set_string(area.x + 2, at, words, theme.style(Tone::Busy));
            at += 1;
        }
    }
    at
}

/// Draws the card with the finding; gives where it stands.
fn draw_card(buffer: &mut Buffer, area: Rect, page: &Shown<'_>, ctx: DrawCtx<'_>) -> Rect {
    let theme = ctx.theme;
    let room = usize::from(area.width.saturating_sub(MARK + 1));
    let lines = match area.height {
        ..LEAST_FOR_CARD => 1,
        LEAST_FOR_CARD..20 => 3,
        // Where few classes grow there is room for more of the finding.
        height => {
            let left = usize::from(height).saturating_sub(page.lines.len() + BESIDE_ROWS);
            left.clamp(if height < 30 { 4 } else { 7 }, 9)
        }
    };
    let opens = match page.on_card {
        true => Command::Open,
        false => Command::ShowSuspects,
    };
    let lines = finding::card(page.search, (opens, lines), ctx, room);
    let card = Rect {
        height: (lines.len() as u16).min(area.height),
        ..area
    };
    for (y, (words, tone)) in (card.y..card.bottom()).zip(&lines) {
        let words = one_line(words);
        buffer.set_stringn(area.x + MARK, y, words, room, theme.style(*tone));
    }
    if page.on_card {
        // The first line says which it is; reversed as a whole, four lines would hide what they say.
        theme.select(buffer, Rect { height: 1, ..card }, true);
    }
    card
}

fn nothing_yet(buffer: &mut Buffer, area: Rect, store: &DumpStore, theme: Theme) {
    let written = store.dumps().iter();
    let written = written.filter(|dump| dump.state == State::Writing).count();
    let words = match (store.usable().len(), written) {
        (0, 0) => "No dumps yet. Growth needs two; three tell a leak from a warm-up.".to_owned(),
        (0 | 1, 1) => "1 dump is still being written…".to_owned(),
        (0 | 1, written) if written > 1 => format!("{written} dumps are still being written…"),
        (1, _) => {
            "One dump shows no growth. Take two more, a few minutes apart, under load.".to_owned()
        }
        _ => "Reading the dumps. Growth appears after two of them are read…".to_owned(),
    };
    let room = usize::from(area.width.saturating_sub(4));
    for (offset, text) in (0..area.height).zip(wrap(&words, room)) {
        buffer.set_string(area.x + 2, area.y + offset, text, theme.style(Tone::Busy));
    }
}

/// What limits the figures, in sentences.
fn caveats(table: &Trend, search: &Search, store: &DumpStore) -> Vec<String> {
    let mut words = Vec::new();
    if let Some((at, reason)) = table.growth.incomparable() {
        let label = |at: usize| {
            table
                .dumps
                .get(at)
                .map_or(String::new(), |id| store.label(id))
        };
        let before = at.saturating_sub(1);
        words.push(format!(
            "Object ids of {} and {} cannot be compared, so classes are matched by name: {reason}",
            label(before),
            label(at)
        ));
    }
    // The card says it, too, where it comes to no verdict.
    let doubt = search
        .found
        .as_ref()
        .and_then(|found| found.doubt.as_deref());
    let is_doubted = doubt.is_some_and(|doubt| doubt.starts_with("Two dumps"));
    if table.growth.known() == 2 && table.dumps.len() == 2 && !is_doubted {
        words.push("Two dumps show a difference, not a trend: take a third".to_owned());
    }
    words
}

/// The list with its columns in their places.
struct Listing<'a> {
    table: &'a Trend,
    measure: Measure,
    search: &'a Search,
    columns: &'a [Column<GrowthRow, Measure>],
    placed: &'a Layout,
    theme: Theme,
}

impl Listing<'_> {
    /// The room of a name: figures stand to the right, so that it goes up to their column.
    fn room(&self) -> u16 {
        (self.placed.name + 1).saturating_sub(MARK)
    }

    fn draw_titles(&self, buffer: &mut Buffer, line: Rect) {
        let style = self.theme.style(Tone::Heading);
        let title = format!("Constructor · {}", measure_name(self.measure));
        let room = usize::from(self.room());
        let title = width::cut_end(&title, room);
        buffer.set_stringn(line.x + MARK, line.y, title, room, style);
        self.placed.draw_titles(buffer, line, None, self.theme);
        let mut dumps = self.dumps();
        if let (Some((0, _)), Some((2.., second))) = (dumps.next(), dumps.next()) {
            let style = self.theme.style(Tone::Dim);
            buffer.set_string(line.x + second.x, line.y, "…", style);
        }
    }

    /// The dumps that have a column, and these.
    fn dumps(&self) -> impl Iterator<Item = (usize, &Placed)> {
        let dumps = self.table.dumps.len();
        let columns = self.placed.columns.iter();
        columns.filter_map(move |placed| Some((dump_of(placed, dumps)?, placed)))
    }

    /// The heap's size over each dump's column.
    fn draw_chart(&self, buffer: &mut Buffer, (x, y): (u16, u16), height: u16) {
        let totals = &self.table.growth.totals;
        let largest = totals.iter().flatten().map(|total| total.retained);
        let largest = largest.max().unwrap_or(0);
        for (dump, placed) in self.dumps() {
            let Some(total) = totals.get(dump).copied().flatten() else {
                continue;
            };
            let eighths = eighths(total.retained, largest, u64::from(height) * 8);
            for line in 0..height {
                let below = u64::from(height - 1 - line) * 8;
                let glyph = block(eighths.saturating_sub(below).min(8));
                let bar = glyph.repeat(usize::from(placed.width) - 1);
                let style = self.theme.style(Tone::Bar);
                buffer.set_string(x + placed.x + 1, y + line, bar, style);
            }
        }
    }

    fn draw_total(&self, buffer: &mut Buffer, line: Rect) {
        // The total is not the sum of what classes retain.
        let (name, measure) = match self.measure {
            Measure::Count => ("All objects", Measure::Count),
            Measure::Retained | Measure::Shallow => ("Heap", Measure::Retained),
        };
        let style = self.theme.style(Tone::Heading);
        let room = usize::from(self.room());
        buffer.set_stringn(line.x + MARK, line.y, name, room, style);
        let growth = &self.table.growth;
        let total = GrowthRow {
            class: Class::default(),
            place: None,
            origin: Origin::Application,
            points: growth.totals.clone(),
            verdict: self.table.verdict,
            per_hour: growth.total_per_hour,
        };
        self.draw_figures(buffer, line, &total, measure);
    }

    fn draw_figures(&self, buffer: &mut Buffer, line: Rect, row: &GrowthRow, measure: Measure) {
        let cells = table::cells(self.columns, self.placed, row, &measure);
        self.placed.draw_cells(buffer, line, &cells, self.theme);
    }

    fn draw_line(&self, buffer: &mut Buffer, at: Rect, line: Line) {
        let theme = self.theme;
        let (row, below) = match line {
            Line::Part(part, classes, open) => {
                let glyph = if open { "▾" } else { "▸" };
                let words = format!("{glyph} {}", part_in_words(part, classes));
                buffer.set_string(at.x + MARK, at.y, words, theme.style(Tone::Dim));
                return;
            }
            Line::Class(row, below) => (row, below),
        };
        let Some(row) = self.table.growth.rows.get(row) else {
            return;
        };
        let (name, place) = named(row, self.search);
        let mut label = Label::of(name, Tone::Plain);
        if let Some(place) = place {
            label.push_tail(placed(place), Tone::Dim);
        }
        let indent = u16::from(below) * 2;
        let room = self.room().saturating_sub(indent);
        label.draw(buffer, (at.x + MARK + indent, at.y), room, theme, &[]);
        self.draw_figures(buffer, at, row, self.measure);
    }
}

/// A row's class and where it was written: in the sources, where a map tells.
pub fn named(row: &GrowthRow, search: &Search) -> (Spans, Option<String>) {
    let found = search.found.as_ref();
    let originals = found.and_then(|found| found.scripts.originals());
    match originals.and_then(|all| all.class(&row.class)) {
        Some(original) => (
            original.class_words(&row.class.name),
            Some(original.place()),
        ),
        None => (Spans::new().name(row.class.name.clone()), row.place.clone()),
    }
}

fn part_in_words(part: Part, classes: usize) -> String {
    let count = grouped(classes as u64);
    match (part, classes) {
        (Part::Structures, 1) => "1 plain object, container or engine type that grows".to_owned(),
        (Part::Structures, _) => {
            format!("{count} plain objects, containers and engine types that grow")
        }
        (Part::Steady, _) => format!("{count} steady"),
    }
}

fn rate(rates: Rates, measure: Measure) -> String {
    delta(rates.get(measure).round() as i64, measure)
}

fn delta(change: i64, measure: Measure) -> String {
    match measure {
        Measure::Count => grouped_delta(change),
        _ => bytes_delta(change),
    }
}

/// The selected row in words: what the columns cut or leave out.
pub fn in_full(row: &GrowthRow, table: &Trend, search: &Search, store: &DumpStore) -> Spans {
    let (mut words, place) = named(row, search);
    if let Some(place) = place {
        words.append(placed(place));
    }
    let known = |point: &&Option<Point>| point.is_some();
    let since = table
        .growth
        .totals
        .iter()
        .take_while(|point| !known(point))
        .count();
    let since = table
        .dumps
        .get(since)
        .map_or(String::new(), |id| store.label(id));
    let objects = match row.rise(Measure::Count) {
        0 => "same count".to_owned(),
        rise => format!("{} objects", grouped_delta(rise)),
    };
    let retained = bytes_delta(row.rise(Measure::Retained));
    let pace = row.per_hour.filter(|_| table.growth.tells_rates());
    let pace = pace.map_or(String::new(), |rates| {
        format!(", {} per hour", rate(rates, Measure::Retained))
    });
    words.note(format!(
        " · since {since}: {objects}, {retained} retained{pace}"
    ))
}

/// What a figure is called.
pub fn measure_name(measure: Measure) -> &'static str {
    match measure {
        Measure::Retained => "retained",
        Measure::Shallow => "shallow",
        Measure::Count => "count",
    }
}
