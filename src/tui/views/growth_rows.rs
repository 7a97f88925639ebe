//! How growth is drawn: a chart of the heap over the columns of the dumps, and a row for each constructor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::growth::{GrowthRow, Measure, Point, Rates, Verdict};
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::{bytes, bytes_delta, grouped, grouped_delta};
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::naming::placed;
use crate::tui::page::DrawCtx;
use crate::tui::search::Search;
use crate::tui::theme::{Theme, Tone};
use crate::tui::trend::Trend;
use crate::tui::views::finding;
use crate::tui::widgets::label::Label;
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::wrap::wrap;

/// Terminal columns of a dump, with the gap before it.
const CELL: u16 = 10;
/// The same on narrow screens.
const SMALL_CELL: u16 = 9;
/// Rows from this width on are wide.
const WIDE: u16 = 100;
/// Terminal columns of the change from the first dump to the last, with the gap before it.
const DELTA: u16 = 10;
/// Narrower rows have no room for the change.
const LEAST_FOR_DELTA: u16 = 40;
/// Terminal columns of the growth per hour, with the gap before it.
const RATE: u16 = 11;
/// Terminal columns of the verdict, with the gap before it.
const VERDICT: u16 = 10;
/// Dumps in a spark line at most: the newest.
const SPARKS: usize = 24;
/// The room that the name has at least and at most.
const NAME: (u16, u16) = (22, 64);
/// On pages of fewer lines the finding takes one.
const LEAST_FOR_CARD: u16 = 14;
/// The mark of the selected row.
const MARK: u16 = 2;

/// Where what stands in a row.
struct Columns {
    name: u16,
    cell: u16,
    /// The dumps that have a column: the first one and the newest.
    dumps: Vec<usize>,
    /// How many dumps the spark line shows; nothing without one.
    sparks: usize,
    delta: bool,
    rate: bool,
    verdict: bool,
}

impl Columns {
    fn of(row: u16, dumps: usize, rates: bool) -> Self {
        let cell = if row < WIDE { SMALL_CELL } else { CELL };
        let delta = dumps > 1 && row >= LEAST_FOR_DELTA;
        let (rate, verdict) = (rates && row >= WIDE, row >= 52);
        let mut behind =
            u16::from(delta) * DELTA + u16::from(rate) * RATE + u16::from(verdict) * VERDICT;
        let most = if row < WIDE { 8 } else { SPARKS };
        let sparks = if dumps > 1 && row >= 72 {
            dumps.min(most)
        } else {
            0
        };
        behind += spark_columns(sparks);
        let room = row.saturating_sub(behind + MARK + NAME.0);
        let fit = usize::from(room / cell).max(1).min(dumps);
        let shown: Vec<usize> = match fit {
            0 => Vec::new(),
            1 => vec![dumps - 1],
            _ => std::iter::once(0).chain(dumps - (fit - 1)..dumps).collect(),
        };
        let name = row.saturating_sub(behind + MARK + shown.len() as u16 * cell);
        Self {
            name: name.min(NAME.1),
            cell,
            dumps: shown,
            sparks,
            delta,
            rate,
            verdict,
        }
    }

    /// Where the column of the dump in this place begins, behind its gap.
    fn dump(&self, place: usize) -> u16 {
        MARK + self.name + place as u16 * self.cell + 1
    }

    fn sparks_at(&self) -> u16 {
        self.dump(self.dumps.len())
    }

    fn delta_at(&self) -> u16 {
        self.sparks_at() + spark_columns(self.sparks)
    }

    fn rate_at(&self) -> u16 {
        self.delta_at() + u16::from(self.delta) * DELTA
    }

    fn verdict_at(&self) -> u16 {
        self.rate_at() + u16::from(self.rate) * RATE
    }
}

fn spark_columns(sparks: usize) -> u16 {
    match sparks {
        0 => 0,
        sparks => (sparks as u16).max(5) + 1,
    }
}

/// What the page shows.
pub struct Shown<'a> {
    /// What grows; nothing until two dumps were read.
    pub table: Option<&'a Trend>,
    /// Which figure.
    pub measure: Measure,
    /// The rows, as places in the table.
    pub rows: &'a [usize],
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
        self.table?.growth.rows.get(*self.rows.get(line)?)
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
    let columns = Columns::of(area.width, table.dumps.len(), rates);
    let rule = "─".repeat(usize::from(area.width));
    let short = area.height < LEAST_FOR_CARD;
    let room = usize::from(area.width.saturating_sub(MARK + 1));
    let lines = finding::card(page.search, ctx, room, short);
    let card = Rect {
        height: (lines.len() as u16).min(area.height),
        ..area
    };
    for (y, (words, tone)) in (card.y..card.bottom()).zip(&lines) {
        let words = one_line(words);
        buffer.set_stringn(area.x + MARK, y, words, room, theme.style(*tone));
    }
    if page.on_card {
        buffer.set_style(card, theme.selected(true));
        buffer.set_string(card.x, card.y, "▶", theme.selected(true));
    }
    let mut at = card.bottom();
    if !short {
        buffer.set_string(area.x, at, &rule, theme.style(Tone::Dim));
        at += 1;
    }
    draw_titles(
        buffer,
        (area.x, at),
        table,
        page.measure,
        &columns,
        store,
        theme,
    );
    at += 1;
    let height = match area.height {
        0..10 => 0,
        10..28 => 1,
        28..42 => 3,
        _ => 5,
    };
    if height > 0 {
        draw_chart(buffer, (area.x, at), height, table, &columns, theme);
    }
    at += height;
    draw_total(buffer, (area.x, at), table, &columns, theme);
    at += 1;
    for words in caveats(table, store) {
        let room = usize::from(area.width.saturating_sub(4));
        // A few rows are worth more than a reason in full.
        let most = area.bottom().saturating_sub(at + 4).min(4);
        for words in wrap(&words, room).into_iter().take(usize::from(most)) {
            buffer.set_string(area.x + 2, at, words, theme.style(Tone::Problem));
            at += 1;
        }
    }
    buffer.set_string(area.x, at, &rule, theme.style(Tone::Dim));
    at += 1;
    let details = if area.height >= 16 { 2 } else { 0 };
    let list = Rect {
        y: at,
        height: area.bottom().saturating_sub(at + details),
        ..area
    };
    *page.drawn = (card, list);
    let rows = page.rows.len();
    page.cursor.fit(usize::from(list.height), rows);
    for line in 0..list.height {
        let index = page.cursor.top + usize::from(line);
        let Some(row) = page.row(index) else { break };
        let y = list.y + line;
        draw_row(buffer, (area.x, y), row, page.measure, &columns, theme);
        if index == page.cursor.selected && !page.on_card {
            let whole = Rect::new(area.x, y, area.width, 1);
            buffer.set_style(whole, theme.selected(true));
            buffer.set_string(area.x, y, "▶", theme.selected(true));
        }
    }
    if rows == 0 && list.height > 0 {
        let key = keys.key_of(Command::BackOut);
        let words = format!("no constructor has these letters; {key} shows all");
        buffer.set_string(area.x + 4, list.y, words, theme.style(Tone::Dim));
    }
    if details > 0 {
        let y = area.bottom() - details;
        buffer.set_string(area.x, y, rule, theme.style(Tone::Dim));
        if let Some(row) = page.row(page.cursor.selected) {
            let words = in_full(row, table, store).plain();
            let words = width::cut_end(&one_line(&words), usize::from(area.width - 3));
            buffer.set_string(area.x + 2, y + 1, words, theme.style(Tone::Plain));
        }
    }
}

fn nothing_yet(buffer: &mut Buffer, area: Rect, store: &DumpStore, theme: Theme) {
    let words = match store.usable().len() {
        0 => "no dumps yet; growth needs two, and says more with each one after that",
        1 => "one dump shows no growth: take two more, some minutes apart",
        _ => "reading the dumps; growth is here when two of them are read…",
    };
    let room = usize::from(area.width.saturating_sub(4));
    for (offset, text) in (0..area.height).zip(wrap(words, room)) {
        buffer.set_string(area.x + 2, area.y + offset, text, theme.style(Tone::Busy));
    }
}

/// What whoever reads the figures has to know.
fn caveats(table: &Trend, store: &DumpStore) -> Vec<String> {
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
            "object ids of {} and {} cannot be compared, so classes are matched by name: {reason}",
            label(before),
            label(at)
        ));
    }
    if table.growth.known() == 2 && table.dumps.len() == 2 {
        words.push("two dumps show a difference, no trend: take a third".to_owned());
    }
    words
}

fn draw_titles(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    table: &Trend,
    measure: Measure,
    columns: &Columns,
    store: &DumpStore,
    theme: Theme,
) {
    let style = theme.style(Tone::Heading);
    let title = format!("Constructor · {}", measure_name(measure));
    let room = usize::from(columns.name);
    buffer.set_stringn(x + MARK, y, width::cut_end(&title, room), room, style);
    for (place, &dump) in columns.dumps.iter().enumerate() {
        let label = store.label(&table.dumps[dump]);
        let skipped = place == 1 && dump > 1;
        let room = usize::from(columns.cell) - 1;
        let text = width::pad_left(&width::cut_end(&label, room - 2), room);
        buffer.set_string(x + columns.dump(place), y, text, style);
        if skipped {
            buffer.set_string(x + columns.dump(place), y, "…", theme.style(Tone::Dim));
        }
    }
    if columns.sparks > 0 {
        buffer.set_string(x + columns.sparks_at(), y, "trend", style);
    }
    if columns.delta {
        let text = width::pad_left("Δ", usize::from(DELTA) - 1);
        buffer.set_string(x + columns.delta_at(), y, text, style);
    }
    if columns.rate {
        let text = width::pad_left("per hour", usize::from(RATE) - 1);
        buffer.set_string(x + columns.rate_at(), y, text, style);
    }
    if columns.verdict {
        buffer.set_string(x + columns.verdict_at(), y, "verdict", style);
    }
}

/// The heap's size over each dump's column.
fn draw_chart(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    height: u16,
    table: &Trend,
    columns: &Columns,
    theme: Theme,
) {
    let sizes = |dump: usize| table.growth.totals.get(dump).copied().flatten();
    let largest = table.growth.totals.iter().flatten();
    let largest = largest.map(|total| total.retained).max().unwrap_or(0);
    for (place, &dump) in columns.dumps.iter().enumerate() {
        let Some(total) = sizes(dump) else { continue };
        let eighths = eighths(total.retained, largest, u64::from(height) * 8);
        for line in 0..height {
            let below = u64::from(height - 1 - line) * 8;
            let glyph = block(eighths.saturating_sub(below).min(8));
            let bar = glyph.repeat(usize::from(columns.cell) - 2);
            let x = x + columns.dump(place) + 1;
            buffer.set_string(x, y + line, bar, theme.style(Tone::Bar));
        }
    }
}

fn draw_total(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    table: &Trend,
    columns: &Columns,
    theme: Theme,
) {
    let style = theme.style(Tone::Heading);
    buffer.set_stringn(x + MARK, y, "Heap", usize::from(columns.name), style);
    let growth = &table.growth;
    let figures = (growth.totals.as_slice(), growth.total_per_hour);
    draw_figures(buffer, (x, y), figures, Measure::Retained, columns, theme);
    if columns.verdict && growth.known() > 1 {
        draw_verdict(buffer, (x + columns.verdict_at(), y), table.verdict, theme);
    }
}

fn draw_row(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    row: &GrowthRow,
    measure: Measure,
    columns: &Columns,
    theme: Theme,
) {
    let mut label = Label::of(Spans::new().name(row.class.name.clone()), Tone::Plain);
    if let Some(place) = &row.place {
        label.push_tail(placed(place.clone()), Tone::Dim);
    }
    label.draw(buffer, (x + MARK, y), columns.name, theme, &[]);
    let figures = (row.points.as_slice(), row.per_hour);
    draw_figures(buffer, (x, y), figures, measure, columns, theme);
    // Most rows grow: the word stands where one does not.
    if columns.verdict && row.verdict != Verdict::Growing {
        draw_verdict(buffer, (x + columns.verdict_at(), y), row.verdict, theme);
    }
}

fn draw_figures(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    (points, per_hour): (&[Option<Point>], Option<Rates>),
    measure: Measure,
    columns: &Columns,
    theme: Theme,
) {
    let room = usize::from(columns.cell) - 1;
    for (place, &dump) in columns.dumps.iter().enumerate() {
        let point = points.get(dump).copied().flatten();
        let (text, tone) = match point {
            Some(point) => (figure(point, measure), Tone::Plain),
            None => ("…".to_owned(), Tone::Busy),
        };
        let text = width::pad_left(&width::cut_end(&text, room), room);
        buffer.set_string(x + columns.dump(place), y, text, theme.style(tone));
    }
    if columns.sparks > 0 {
        let newest = points.len().saturating_sub(columns.sparks);
        let text = sparks(&points[newest..], measure);
        buffer.set_string(x + columns.sparks_at(), y, text, theme.style(Tone::Bar));
    }
    if columns.delta {
        let mut known = points.iter().flatten().map(|point| point.get(measure));
        let first = known.next().unwrap_or(0);
        let rise = known.next_back().unwrap_or(first) as i64 - first as i64;
        let (text, tone) = match rise {
            0 => ("–".to_owned(), Tone::Dim),
            rise => (delta(rise, measure), Tone::Plain),
        };
        let text = width::pad_left(&text, usize::from(DELTA) - 1);
        buffer.set_string(x + columns.delta_at(), y, text, theme.style(tone));
    }
    if columns.rate
        && let Some(rates) = per_hour
    {
        let text = rate(rates, measure);
        let text = width::pad_left(&text, usize::from(RATE) - 1);
        buffer.set_string(x + columns.rate_at(), y, text, theme.style(Tone::Plain));
    }
}

fn draw_verdict(buffer: &mut Buffer, (x, y): (u16, u16), verdict: Verdict, theme: Theme) {
    let tone = match verdict {
        Verdict::Growing => Tone::Problem,
        Verdict::Noisy => Tone::Plain,
        Verdict::WarmUp | Verdict::Plateau | Verdict::Shrinking => Tone::Dim,
    };
    let room = usize::from(VERDICT) - 1;
    buffer.set_stringn(x, y, verdict.as_str(), room, theme.style(tone));
}

fn figure(point: Point, measure: Measure) -> String {
    let figure = point.get(measure);
    match measure {
        Measure::Count => grouped(figure),
        _ => bytes(figure),
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

/// A figure over the dumps, from nothing to the largest; a dump that is not known leaves a gap.
fn sparks(points: &[Option<Point>], measure: Measure) -> String {
    let figures = points.iter().flatten().map(|point| point.get(measure));
    let largest = figures.max().unwrap_or(0);
    let spark = |point: &Option<Point>| match point {
        Some(point) => block(eighths(point.get(measure), largest, 8).max(1)),
        None => " ",
    };
    points.iter().map(spark).collect()
}

/// So many of `most` eighths for `part` of `whole`; something is never nothing.
fn eighths(part: u64, whole: u64, most: u64) -> u64 {
    if whole == 0 || part == 0 {
        return 0;
    }
    let eighths = (part as f64 / whole as f64 * most as f64).round() as u64;
    eighths.clamp(1, most)
}

fn block(eighths: u64) -> &'static str {
    const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    BLOCKS[(eighths as usize).min(8)]
}

/// The selected row in words: what the columns cut or leave out.
pub fn in_full(row: &GrowthRow, table: &Trend, store: &DumpStore) -> Spans {
    let mut words = Spans::new().name(row.class.name.clone());
    if let Some(place) = &row.place {
        words.append(placed(place.clone()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_newest_dumps_have_columns() {
        assert_eq!(Columns::of(80, 3, true).dumps, [0, 1, 2]);
        let many = Columns::of(80, 50, true);
        assert_eq!(many.dumps[0], 0);
        assert_eq!(many.dumps.last(), Some(&49));
        assert!(
            many.dumps.len() >= 2 && many.name >= NAME.0,
            "{:?}",
            many.dumps
        );
        for row in 30..250 {
            for dumps in 1..60 {
                let columns = Columns::of(row, dumps, true);
                let end = columns.verdict_at() + u16::from(columns.verdict) * VERDICT;
                assert!(end <= row + 2, "{dumps} dumps on {row} columns: {end}");
            }
        }
    }

    #[test]
    fn sparks_begin_at_nothing() {
        let point = |count| {
            Some(Point {
                count,
                ..Point::default()
            })
        };
        let line = |points: &[Option<Point>]| sparks(points, Measure::Count);
        assert_eq!(line(&[point(0), point(4), point(8)]), "▁▄█");
        assert_eq!(line(&[point(5), None, point(5)]), "█ █");
        assert_eq!(line(&[point(0)]), "▁");
    }
}
