//! How suspects are drawn: a verdict, a row for each, and in words all that is known of the selected one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::hops::{Hop, Run};
use crate::analysis::suspects::{Suspect, joined};
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::span::{SpanKind, Spans};
use crate::text::units::{bytes, bytes_delta, grouped, percent};
use crate::text::width;
use crate::text::wrap::wrap_spans;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::keymap::Keymap;
use crate::tui::page::DrawCtx;
use crate::tui::search::{Accused, Found, Search, Way};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::table::{Column, Layout, layout_with};
use crate::tui::widgets::wrap::wrap;

/// Terminal columns before the holder's name: the mark, the rank, the confidence.
const BEFORE: u16 = 10;
/// The room that the holder's name keeps on a narrow screen.
const NAME_ROOM: u16 = 34;
/// Terminal columns of the questions beside the answers.
const QUESTIONS: u16 = 15;
/// On narrower screens the questions stand above.
const BESIDE: u16 = 64;
/// In less room than this the holder is named alone.
const BOTH: usize = 40;
/// As many dumps' figures fit a cell.
const STEPS: usize = 5;
#[derive(Debug, Clone, Copy)]
enum Figure {
    Pattern,
    Steps,
    Growth,
    PerHour,
}

/// The columns in which a suspect has a figure: dumps seconds apart tell nothing per hour.
fn columns(row: u16, suspects: &[Accused]) -> Layout<Figure> {
    let left = |key, title, width, importance| Column {
        key,
        title,
        width,
        importance,
        left: true,
    };
    let told = |column: &Column<Figure>| {
        let mut figures = suspects.iter().map(|of| figure(column.key, &of.suspect));
        figures.any(|figure| !figure.is_empty())
    };
    let mut columns = vec![
        left(Figure::Pattern, "Pattern", 28, 3),
        left(Figure::Steps, "In each dump", 30, 4),
        Column::right(Figure::Growth, "Growth", 8, 8),
        Column::right(Figure::PerHour, "Per hour", 9, 7),
    ];
    columns.retain(told);
    layout_with(&columns, row, (NAME_ROOM + BEFORE).max(row / 2).min(row))
}

/// The confidence, cut and not rounded: 50% accuses.
pub fn sure(suspect: &Suspect) -> String {
    percent((suspect.confidence * 100.0) as u64, 100)
}

/// Where the words about a suspect are.
#[derive(Debug, Default)]
pub struct Words {
    /// How many lines are above the screen.
    pub scroll: usize,
    /// How many there could be.
    pub most: usize,
    /// How many fit the screen.
    pub page: usize,
}

/// What the page shows.
pub struct Shown<'a> {
    /// What was found last.
    pub found: Option<&'a Found>,
    /// How the search stands.
    pub search: &'a Search,
    /// How far it is, in words.
    pub searching: Option<String>,
    /// Which suspect.
    pub cursor: &'a mut Cursor,
    /// Where the words about it are.
    pub words: &'a mut Words,
}

/// Draws the page.
pub fn draw(buffer: &mut Buffer, area: Rect, page: Shown<'_>, ctx: DrawCtx<'_>) {
    let DrawCtx {
        store, theme, keys, ..
    } = ctx;
    let room = usize::from(area.width.saturating_sub(4));
    let mut at = area.y;
    let mut say = |words: &str, tone: Tone, most: u16| {
        let most = most.min(area.bottom().saturating_sub(at));
        for text in wrap(&one_line(words), room).iter().take(usize::from(most)) {
            buffer.set_string(area.x + 2, at, text, theme.style(tone));
            at += 1;
        }
    };
    let now = store.usable();
    match (&page.searching, page.search.problem()) {
        (Some(words), _) => say(words, Tone::Busy, 1),
        (None, Some(problem)) => say(problem, Tone::Problem, 4),
        (None, None) if page.search.is_stopped() && page.found.is_none() => {
            let key = keys.key_of(Command::ShowSuspects);
            say(
                &format!("the search was stopped; {key} begins again"),
                Tone::Dim,
                1,
            );
        }
        (None, None) if page.found.is_none() => {
            let words = match now.is_empty() {
                true => {
                    "no dumps yet; with three of them, minutes apart under load, suspects can be told"
                }
                false => {
                    "suspects are looked for as soon as the dump that is being loaded is there"
                }
            };
            say(words, Tone::Busy, 3);
        }
        _ => {}
    }
    let Some(found) = page.found else {
        return;
    };
    if found.dumps != now {
        let words = "the dumps are others now; this is what was found before";
        say(words, Tone::Busy, 1);
    }
    let (words, tone) = verdict(found, store, keys);
    say(&words, tone, 4);
    for caveat in &found.caveats {
        say(caveat, Tone::Dim, 3);
    }
    let rows = found.suspects.len();
    if rows == 0 {
        return;
    }
    at += u16::from(area.height >= 20);
    let left = area.bottom().saturating_sub(at);
    // Most of the room is for the words about one.
    let height = (left / 3).max(2).min(rows as u16 + 1).min(left);
    let list = Rect {
        y: at,
        height,
        ..area
    };
    draw_list(buffer, list, found, page.cursor, theme);
    let below = Rect {
        y: list.bottom(),
        height: area.bottom().saturating_sub(list.bottom()),
        ..area
    };
    if let Some(accused) = found.suspects.get(page.cursor.selected) {
        draw_words(buffer, below, accused, page.words, (theme, keys));
    }
}

/// What the search came to, in a sentence.
fn verdict(found: &Found, store: &DumpStore, keys: &Keymap) -> (String, Tone) {
    let label = |at: usize| {
        let dump = found.dumps.get(at);
        dump.map_or(String::new(), |id| store.label(id))
    };
    let count = found.dumps.len();
    let (first, last) = found.totals;
    let looked = match count {
        1 => format!("in {}, {}", label(0), bytes(last)),
        _ => format!(
            "in {count} dumps, {} to {}, {} → {}",
            label(0),
            label(count - 1),
            bytes(first),
            bytes(last)
        ),
    };
    let accused = found.accused().count();
    let weaker = found.suspects.len() - accused;
    let weaker = match (weaker, accused) {
        (0, _) => "",
        (_, 0) => " Below, under 50%, is what came nearest.",
        _ => " Those under 50% are not accused.",
    };
    let healthy = |reason: &str| {
        let words = format!("Nobody is accused {looked}{reason}.{weaker}");
        (words, Tone::Heading)
    };
    match (accused, count) {
        (0, 1) if found.suspects.is_empty() => {
            let key = keys.key_of(Command::ShowDominators);
            let words = "and no holder of many like objects stands out";
            let words = format!("Nobody is accused {looked}, {words}; {key} shows what is large.");
            (words, Tone::Heading)
        }
        (0, 1) => (
            format!("Nobody is accused {looked}: below is what holds much."),
            Tone::Heading,
        ),
        (0, 2) => healthy(""),
        (0, _) if !found.comparable => {
            healthy(": object ids do not fit, and no holder that can be named is sure to leak")
        }
        (0, _) => healthy(": nothing that is new and still held piles up at every step"),
        (1, _) => (format!("1 suspect {looked}.{weaker}"), Tone::Problem),
        (accused, _) => (
            format!("{accused} suspects {looked}.{weaker}"),
            Tone::Problem,
        ),
    }
}

fn draw_list(buffer: &mut Buffer, area: Rect, found: &Found, cursor: &mut Cursor, theme: Theme) {
    let columns = columns(area.width, &found.suspects);
    let heading = theme.style(Tone::Heading);
    let room = usize::from(columns.name);
    buffer.set_stringn(
        area.x + 2,
        area.y,
        "    Sure  Holder: what it keeps",
        room,
        heading,
    );
    for placed in &columns.columns {
        columns.put(buffer, area, placed, placed.column.title, heading);
    }
    let height = area.height.saturating_sub(1);
    cursor.fit(usize::from(height), found.suspects.len());
    for line in 0..height {
        let index = cursor.top + usize::from(line);
        let Some(accused) = found.suspects.get(index) else {
            break;
        };
        let row = Rect {
            y: area.y + 1 + line,
            height: 1,
            ..area
        };
        let suspect = &accused.suspect;
        let (tone, loud) = match suspect.is_accused() {
            true => (Tone::Plain, Tone::Problem),
            false => (Tone::Dim, Tone::Dim),
        };
        let rank = format!("{:>2}", index + 1);
        buffer.set_string(row.x + 2, row.y, rank, theme.style(tone));
        let sure = width::pad_left(&sure(suspect), 4);
        buffer.set_string(row.x + 5, row.y, sure, theme.style(loud));
        let room = usize::from(columns.name.saturating_sub(BEFORE + 1));
        let name = width::cut_end(&one_line(&named(suspect, room)), room);
        buffer.set_string(row.x + BEFORE + 1, row.y, name, theme.style(tone));
        for placed in &columns.columns {
            let text = figure(placed.column.key, suspect);
            columns.put(buffer, row, placed, &text, theme.style(tone));
        }
        if index == cursor.selected {
            buffer.set_style(row, theme.selected(true));
            buffer.set_string(row.x, row.y, "▶", theme.selected(true));
        }
    }
}

/// The holder and what piles up in it; what the holder is only where there is room for both.
fn named(suspect: &Suspect, columns: usize) -> String {
    let holder = suspect.holder_name.told(Reveal::All);
    let Some(leaked) = suspect.leaked.first().filter(|_| columns >= BOTH) else {
        return holder;
    };
    let now = leaked.counts.last().copied().unwrap_or(0);
    let piled = format!(": {} `{}`", grouped(now), leaked.class);
    let whole = format!("{holder}{piled}");
    if width::width(&whole) <= columns {
        return whole;
    }
    let short = suspect.holder_short.told(Reveal::All);
    let left = columns
        .saturating_sub(width::width(&piled))
        .max(columns / 2);
    format!("{}{piled}", width::cut_middle(&short, left))
}

fn figure(figure: Figure, suspect: &Suspect) -> String {
    match figure {
        Figure::Pattern => suspect.pattern.words().to_owned(),
        Figure::Steps => match suspect.leaked.first() {
            Some(leaked) => steps(&leaked.counts, grouped),
            None => steps(&suspect.retained_sizes, bytes),
        },
        Figure::Growth if suspect.retained_sizes.len() < 2 => String::new(),
        Figure::Growth => bytes_delta(suspect.growth_bytes),
        Figure::PerHour => suspect
            .growth_per_hour
            .map_or(String::new(), |rate| bytes_delta(rate.round() as i64)),
    }
}

/// Figures of the dumps: the first and the newest.
pub fn steps(figures: &[u64], show: impl Fn(u64) -> String) -> String {
    let newest = figures.len().saturating_sub(STEPS - 1).max(1);
    let first = figures.first().into_iter();
    let shown = first.chain(figures.get(newest..).unwrap_or_default());
    let mut texts: Vec<String> = shown.map(|&figure| show(figure)).collect();
    if newest > 1 {
        texts.insert(1, "…".to_owned());
    }
    texts.join(" → ")
}

/// A line of words: indented or not, in a tone, what stands between backticks in another.
struct Line {
    question: Option<&'static str>,
    text: Spans,
    /// Whether the line begins within backticks.
    quoted: bool,
    tone: Tone,
}

fn draw_words(
    buffer: &mut Buffer,
    area: Rect,
    accused: &Accused,
    words: &mut Words,
    (theme, keys): (Theme, &Keymap),
) {
    if area.height == 0 {
        return;
    }
    let beside = area.width >= BESIDE;
    let indent = if beside { 2 + QUESTIONS } else { 4 };
    let room = usize::from(area.width.saturating_sub(indent + 2));
    let lines = lines(accused, room, beside, &keys.key_of(Command::ShowMakers));
    let height = area.height - 1;
    words.page = usize::from(height);
    words.most = lines.len().saturating_sub(words.page);
    words.scroll = words.scroll.min(words.most);
    let rule = "─".repeat(usize::from(area.width));
    buffer.set_string(area.x, area.y, rule, theme.style(Tone::Dim));
    let (up, down) = (
        keys.key_of(Command::HalfPageUp),
        keys.key_of(Command::HalfPageDown),
    );
    let more = match (words.scroll, words.most) {
        (_, 0) => String::new(),
        (0, _) => format!(" {down}: more ▼ "),
        (scroll, most) if scroll == most => format!(" ▲ {up} "),
        _ => format!(" ▲ {up} · {down} ▼ "),
    };
    let x = area.right().saturating_sub(width::width(&more) as u16 + 2);
    buffer.set_string(x, area.y, more, theme.style(Tone::Key));
    for (offset, line) in (1..=height).zip(lines.iter().skip(words.scroll)) {
        let y = area.y + offset;
        if let Some(question) = line.question {
            buffer.set_string(area.x + 2, y, question, theme.style(Tone::Heading));
        }
        let mut x = area.x + indent;
        let mut quoted = line.quoted;
        for span in &line.text {
            let is_tick = span.kind == SpanKind::Tick;
            quoted ^= is_tick;
            // Where colour does not set names apart, the marks do.
            if is_tick && theme.colour {
                continue;
            }
            let tone = match quoted && !is_tick {
                true => Tone::Edge,
                false => line.tone,
            };
            let left = usize::from(area.right().saturating_sub(x));
            (x, _) = buffer.set_stringn(x, y, &span.text, left, theme.style(tone));
        }
    }
}

/// All that is to be said of a suspect, in lines of at most `room` columns.
fn lines(accused: &Accused, room: usize, beside: bool, makers: &str) -> Vec<Line> {
    let suspect = &accused.suspect;
    let told = &suspect.told;
    let mut path = chain(&accused.way, false);
    path.extend(chain(&accused.below, true).into_iter().skip(1));
    let pattern = Spans::new().note(suspect.pattern.words()).note(".");
    let allocated = match accused.allocated.join("; ") {
        words if words.is_empty() => Spans::new(),
        words => Spans::new()
            .value(words)
            .note(format!(". {makers} goes there.")),
    };
    // What to do comes before the evidence: a small screen shows that much.
    let answers = [
        (
            "What grows",
            joined([&told.what, &told.how_much, &told.also]),
        ),
        (
            "Why it stays",
            joined([&told.why, &told.way, &told.package]),
        ),
        ("What to change", told.remedy.clone()),
        ("Allocated by", allocated),
        ("Who holds it", Spans::new()),
        ("Pattern", joined([&pattern, &told.evidence])),
        ("Against it", told.against.clone()),
    ];
    let mut lines = Vec::new();
    for (question, answer) in answers {
        let texts = match question {
            "Who holds it" => flowed(&path, room),
            _ => wrap_spans(&answer.in_short(), room),
        };
        if texts.iter().all(Spans::is_empty) {
            continue;
        }
        let line = |text: Spans, quoted| Line {
            question: None,
            text,
            quoted,
            tone: Tone::Plain,
        };
        if !beside {
            lines.push(Line {
                question: Some(question),
                ..line(Spans::new(), false)
            });
        }
        let mut quoted = false;
        for (number, text) in texts.into_iter().enumerate() {
            let ticks = text.iter().filter(|span| span.kind == SpanKind::Tick);
            let odd = ticks.count() % 2 == 1;
            lines.push(Line {
                question: (beside && number == 0).then_some(question),
                ..line(text, quoted)
            });
            quoted ^= odd;
        }
    }
    lines
}

/// The hops of a way, each in a text of its own.
fn chain((runs, left_out): &Way, below: bool) -> Vec<Spans> {
    let mut texts = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        if let Some((hops, before)) = left_out
            && *before == number
        {
            let hops = grouped(*hops as u64);
            texts.push(Spans::from("… ").number(hops).note(" hops …"));
        }
        texts.push(run_in_words(run));
    }
    // The holder is what the path is about.
    if !below && let Some(last) = texts.pop() {
        texts.push(Spans::new().code(last));
    }
    texts
}

fn run_in_words(run: &Run) -> Spans {
    let words = Spans::list(run.hops.iter().map(hop_in_words), " → ");
    match (run.times, run.hops.len()) {
        (1, _) => words,
        (times, 1) => words.note(" ×").number(grouped(times as u64)),
        (times, _) => {
            let words = Spans::from("(").then(words).note(") ×");
            words.number(grouped(times as u64))
        }
    }
}

fn hop_in_words(hop: &Hop) -> Spans {
    let object = hop.object.clone();
    let words = match hop.by.is_empty() || hop.by == hop.object {
        true => object,
        false => hop.by.clone().note(": ").then(object),
    };
    let place = hop.place.as_ref();
    let words = words.in_short();
    place.map_or(words.clone(), |place| words.note(" ").place(place.clone()))
}

/// Texts with arrows between, in lines of at most `columns` columns; one is broken only where it is too long itself.
fn flowed(texts: &[Spans], columns: usize) -> Vec<Spans> {
    let mut lines: Vec<(Spans, usize)> = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let last = number + 1 == texts.len();
        let text = match last {
            true => text.clone(),
            false => text.clone().note(" →"),
        };
        let wide = |text: &Spans| width::width(&one_line(&text.plain()));
        let more = wide(&text);
        match lines.last_mut() {
            Some((line, used)) if *used + 1 + more <= columns => {
                *line = std::mem::take(line).note(" ").then(text.one_line());
                *used += 1 + more;
            }
            _ => {
                let broken = wrap_spans(&text, columns).into_iter();
                lines.extend(broken.map(|line| {
                    let used = wide(&line);
                    (line, used)
                }));
            }
        }
    }
    lines.into_iter().map(|(line, _)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_newest_steps_are_shown() {
        let show = |figures: &[u64]| steps(figures, grouped);
        assert_eq!(show(&[6, 36, 66]), "6 → 36 → 66");
        assert_eq!(show(&[1, 2, 3, 4, 5]), "1 → 2 → 3 → 4 → 5");
        assert_eq!(show(&[1, 2, 3, 4, 5, 6]), "1 → … → 3 → 4 → 5 → 6");
        assert_eq!(show(&[7]), "7");
        assert_eq!(show(&[]), "");
    }

    #[test]
    fn hops_flow_and_are_broken_between() {
        let texts: Vec<Spans> = ["root", "cache: Map", "value of entry 7: Session"]
            .map(Spans::from)
            .into();
        let flowed = |columns| -> Vec<String> {
            let lines = super::flowed(&texts, columns);
            lines.iter().map(Spans::plain).collect()
        };
        assert_eq!(
            flowed(30),
            ["root → cache: Map →", "value of entry 7: Session"]
        );
        assert_eq!(
            flowed(80),
            ["root → cache: Map → value of entry 7: Session"]
        );
    }
}
