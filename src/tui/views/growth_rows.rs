//! How growth is drawn: a chart of the heap over the columns of the dumps, and a row for each constructor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::growth::{GrowthRow, Measure, Point, Rates, Verdict};
use crate::series::State;
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
use crate::tui::views::growth_columns::{
    Columns, DELTA, MARK, RATE, VERDICT, block, eighths, sparks,
};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::wrap::wrap;

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
    /// What grows; nothing until two dumps were read.
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
    let card = draw_card(buffer, area, &page, ctx);
    let mut at = card.bottom();
    if area.height >= LEAST_FOR_CARD {
        buffer.set_string(area.x, at, &rule, theme.style(Tone::Dim));
        at += 1;
    }
    let told = (page.measure, &columns);
    draw_titles(buffer, (area.x, at), table, told, store, theme);
    at += 1;
    let height = match area.height {
        ..28 => 0,
        28..42 => 3,
        _ => 5,
    };
    draw_chart(buffer, (area.x, at), height, table, &columns, theme);
    at += height;
    draw_total(buffer, (area.x, at), table, told, theme);
    at += 1;
    for words in caveats(table, store) {
        let room = usize::from(area.width.saturating_sub(4));
        // A few rows are worth more than a reason in full.
        let most = area.bottom().saturating_sub(at + 4).min(4);
        for words in wrap(&words, room).into_iter().take(usize::from(most)) {
            buffer.set_string(area.x + 2, at, words, theme.style(Tone::Busy));
            at += 1;
        }
    }
    if area.height >= 28 {
        buffer.set_string(area.x, at, &rule, theme.style(Tone::Dim));
        at += 1;
    }
    let details = if area.height >= 16 { 2 } else { 0 };
    let list = Rect {
        y: at,
        height: area.bottom().saturating_sub(at + details),
        ..area
    };
    *page.drawn = (card, list);
    let rows = page.lines.len();
    page.cursor.fit(usize::from(list.height), rows);
    for line in 0..list.height {
        let index = page.cursor.top + usize::from(line);
        let Some(&content) = page.lines.get(index) else {
            break;
        };
        let at = (list.x, list.y + line);
        draw_line(buffer, at, content, table, told, theme);
        if index == page.cursor.selected && !page.on_card {
            select(buffer, Rect::new(at.0, at.1, area.width, 1), theme);
        }
    }
    if rows == 0 && list.height > 0 {
        let key = keys.key_of(Command::BackOut);
        let words = format!("No class matches; {key} shows all");
        buffer.set_string(area.x + 4, list.y, words, theme.style(Tone::Dim));
    }
    if details > 0 {
        let y = area.bottom() - details;
        buffer.set_string(area.x, y, rule, theme.style(Tone::Dim));
        let words = match (page.row(page.cursor.selected), page.on_card) {
            (_, true) => match page.measure {
                Measure::Retained => "Retained size: what would be freed with these objects",
                Measure::Shallow => "Shallow size: the bytes of the objects themselves",
                Measure::Count => "Count: how many objects there are",
            }
            .to_owned(),
            (Some(row), false) => in_full(row, table, store).plain(),
            (None, false) => match page.lines.get(page.cursor.selected) {
                Some(Line::Part(Part::Structures, ..)) => {
                    "What your classes consist of and keep; seldom the cause itself"
                }
                Some(Line::Part(Part::Steady, ..)) => "No growth, or no more than noise",
                _ => "",
            }
            .to_owned(),
        };
        let words = width::cut_end(&one_line(&words), usize::from(area.width - 3));
        buffer.set_string(area.x + 2, y + 1, words, theme.style(Tone::Plain));
    }
}

/// Draws the card with the finding; gives where it stands.
fn draw_card(buffer: &mut Buffer, area: Rect, page: &Shown<'_>, ctx: DrawCtx<'_>) -> Rect {
    let theme = ctx.theme;
    let room = usize::from(area.width.saturating_sub(MARK + 1));
    let lines = match area.height {
        ..LEAST_FOR_CARD => 1,
        LEAST_FOR_CARD..20 => 3,
        _ => 4,
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
        select(buffer, Rect { height: 1, ..card }, theme);
    }
    card
}

fn select(buffer: &mut Buffer, line: Rect, theme: Theme) {
    buffer.set_style(line, theme.selected(true));
    buffer.set_string(line.x, line.y, "▶", theme.selected(true));
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
            "Object ids of {} and {} cannot be compared, so classes are matched by name: {reason}",
            label(before),
            label(at)
        ));
    }
    if table.growth.known() == 2 && table.dumps.len() == 2 {
        words.push("Two dumps show a difference, not a trend: take a third".to_owned());
    }
    words
}

fn draw_titles(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    table: &Trend,
    (measure, columns): (Measure, &Columns),
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
        let text = width::pad_left("▼Δ", usize::from(DELTA) - 1);
        buffer.set_string(x + columns.delta_at(), y, text, style);
    }
    if columns.rate {
        let text = width::pad_left("per hour", usize::from(RATE) - 1);
        buffer.set_string(x + columns.rate_at(), y, text, style);
    }
    if columns.verdict {
        let text = width::pad_left("times", usize::from(VERDICT) - 1);
        buffer.set_string(x + columns.verdict_at(), y, text, style);
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
    (measure, columns): (Measure, &Columns),
    theme: Theme,
) {
    let style = theme.style(Tone::Heading);
    let name = match measure {
        Measure::Count => "All objects",
        Measure::Retained | Measure::Shallow => "Heap",
    };
    buffer.set_stringn(x + MARK, y, name, usize::from(columns.name), style);
    let growth = &table.growth;
    let figures = (growth.totals.as_slice(), growth.total_per_hour);
    let measure = match measure {
        Measure::Count => measure,
        // The total is not the sum of what classes retain.
        Measure::Retained | Measure::Shallow => Measure::Retained,
    };
    draw_figures(buffer, (x, y), figures, measure, columns, theme);
    if columns.verdict && growth.known() > 1 {
        let words = course(&growth.totals, measure, table.verdict);
        draw_course(buffer, (x + columns.verdict_at(), y), &words, theme);
    }
}

fn draw_line(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    line: Line,
    table: &Trend,
    (measure, columns): (Measure, &Columns),
    theme: Theme,
) {
    let (row, below) = match line {
        Line::Part(part, classes, open) => {
            let glyph = if open { "▾" } else { "▸" };
            let words = format!("{glyph} {}", part_in_words(part, classes));
            buffer.set_string(x + MARK, y, words, theme.style(Tone::Dim));
            return;
        }
        Line::Class(row, below) => (row, below),
    };
    let Some(row) = table.growth.rows.get(row) else {
        return;
    };
    let mut label = Label::of(Spans::new().name(row.class.name.clone()), Tone::Plain);
    if let Some(place) = &row.place {
        label.push_tail(placed(place.clone()), Tone::Dim);
    }
    let indent = u16::from(below) * 2;
    let room = columns.name.saturating_sub(indent);
    label.draw(buffer, (x + MARK + indent, y), room, theme, &[]);
    let figures = (row.points.as_slice(), row.per_hour);
    draw_figures(buffer, (x, y), figures, measure, columns, theme);
    if columns.verdict {
        let words = course(&row.points, measure, row.verdict);
        draw_course(buffer, (x + columns.verdict_at(), y), &words, theme);
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

fn draw_course(buffer: &mut Buffer, (x, y): (u16, u16), words: &str, theme: Theme) {
    let room = usize::from(VERDICT) - 1;
    let words = width::pad_left(&width::cut_end(words, room), room);
    buffer.set_string(x, y, words, theme.style(Tone::Dim));
}

/// How the figures go: of what grows how often as much there is, of everything else the verdict, in a word that the
/// figures beside it bear out.
fn course(points: &[Option<Point>], measure: Measure, verdict: Verdict) -> String {
    let figures: Vec<u64> = points
        .iter()
        .flatten()
        .map(|point| point.get(measure))
        .collect();
    let (Some(&first), Some(&last)) = (figures.first(), figures.last()) else {
        return String::new();
    };
    let rises = figures.is_sorted() && last > first;
    match verdict {
        Verdict::Growing if !rises => "noisy".to_owned(),
        Verdict::Growing if first == 0 => "new".to_owned(),
        Verdict::Growing => times(last as f64 / first as f64),
        Verdict::Noisy if rises => "uneven".to_owned(),
        // What rose or fell by so little, or in so few objects, that it says nothing.
        Verdict::Plateau if last.abs_diff(first) > first / 20 => "slight".to_owned(),
        Verdict::Plateau => "steady".to_owned(),
        Verdict::Shrinking if last > first => "noisy".to_owned(),
        other => other.as_str().to_owned(),
    }
}

fn times(factor: f64) -> String {
    match factor {
        ..9.95 => format!("×{factor:.1}"),
        _ => format!("×{}", grouped(factor.round() as u64)),
    }
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
    fn what_is_said_of_figures_is_borne_out_by_them() {
        let said = |counts: &[u64], verdict| {
            let point = |&count| Point {
                count,
                ..Point::default()
            };
            let points: Vec<_> = counts.iter().map(|count| Some(point(count))).collect();
            course(&points, Measure::Count, verdict)
        };
        for (counts, verdict, words) in [
            (&[39, 239, 439][..], Verdict::Growing, "×11"),
            (&[100, 130, 170], Verdict::Growing, "×1.7"),
            (&[0, 10, 20], Verdict::Growing, "new"),
            (&[10, 30, 20], Verdict::Growing, "noisy"),
            (&[10, 20, 30], Verdict::Noisy, "uneven"),
            (&[10, 30, 20], Verdict::Noisy, "noisy"),
            (&[100, 101, 101], Verdict::Plateau, "steady"),
            (&[3, 6, 9], Verdict::Plateau, "slight"),
            (&[10, 30, 30], Verdict::WarmUp, "warm-up"),
            (&[30, 20, 10], Verdict::Shrinking, "shrinking"),
        ] {
            assert_eq!(said(counts, verdict), words, "{counts:?}");
        }
    }
}
