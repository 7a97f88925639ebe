//! What is said of the selected suspect: what piles up, what to change, the path to it, and what speaks against it; on a
//! wide screen with bars and the path as a tree beside it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::hops::Folded;
use crate::analysis::suspects::{Leaked, Suspect, joined};
use crate::table::Cell;
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::span::{SpanKind, Spans};
use crate::text::units::{bytes, grouped, grouped_delta};
use crate::text::width;
use crate::text::wrap::{capital, wrap_spans};
use crate::tui::commands::Command;
use crate::tui::page::DrawCtx;
use crate::tui::search::{Accused, Found};
use crate::tui::theme::{Theme, Tone, bar};
use crate::tui::views::sheet::PROSE;

/// Terminal columns of the questions beside the answers.
const QUESTIONS: u16 = 9;
/// On narrower screens the questions stand above.
const BESIDE: u16 = 56;
/// From this width on the path and bars have a column of their own.
const WIDE: u16 = 150;
/// Dumps that have a bar at most: the newest.
const BARS: usize = 8;

/// Where the words about a suspect are.
#[derive(Debug, Default)]
pub struct Words {
    /// How many lines are above the screen.
    pub scroll: usize,
    /// How many there could be.
    pub most: usize,
    /// How many fit the screen.
    pub page: usize,
    /// Whether this is an excerpt: the key that leads to the rest is told.
    pub is_excerpt: bool,
}

/// A line of words: what stands between backticks in another tone.
struct Line {
    question: Option<&'static str>,
    text: Spans,
    /// Whether the line begins within backticks.
    quoted: bool,
}

/// Draws all that is to be said of a suspect.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    (accused, found): (&Accused, &Found),
    words: &mut Words,
    ctx: DrawCtx<'_>,
) {
    let DrawCtx { theme, keys, .. } = ctx;
    if area.height == 0 {
        return;
    }
    let is_wide = area.width >= WIDE;
    let beside = area.width >= BESIDE;
    let indent = if beside { 2 + QUESTIONS } else { 4 };
    let room = area.width.saturating_sub(indent + 2).min(PROSE);
    let makers = keys.key_of(Command::ShowMakers);
    let copies = keys.key_of(Command::CopySignature);
    let edits = keys.key_of(Command::EditSource);
    let lines = lines(
        accused,
        usize::from(room),
        (beside, is_wide),
        [&makers, &copies, &edits],
    );
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
        _ if words.is_excerpt => format!(" {}: more ", keys.key_of(Command::ShowSuspects)),
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
        draw_line(buffer, (area.x + indent, y), area.right(), line, theme);
    }
    if is_wide {
        let x = area.x + indent + PROSE + 3;
        let aside = Rect::new(x, area.y + 1, area.right().saturating_sub(x + 1), height);
        draw_aside(buffer, aside, (accused, found), ctx);
    }
}

fn draw_line(buffer: &mut Buffer, (x, y): (u16, u16), end: u16, line: &Line, theme: Theme) {
    let (mut x, mut quoted) = (x, line.quoted);
    for span in &line.text {
        let is_tick = span.kind == SpanKind::Tick;
        quoted ^= is_tick;
        // Where colour does not set names apart, the marks do.
        if is_tick && theme.colour {
            continue;
        }
        let tone = match quoted && !is_tick {
            true => Tone::Edge,
            false => Tone::Plain,
        };
        let left = usize::from(end.saturating_sub(x));
        (x, _) = buffer.set_stringn(x, y, &span.text, left, theme.style(tone));
    }
}

/// Bars of what there was in each dump, and the path, a line for each step.
fn draw_aside(
    buffer: &mut Buffer,
    area: Rect,
    (accused, found): (&Accused, &Found),
    DrawCtx { theme, store, .. }: DrawCtx<'_>,
) {
    let labels = found.dumps.iter().map(|id| store.label(id));
    let used = match area.height > 12 {
        true => draw_bars(buffer, area, &accused.suspect, (labels, theme)),
        false => 0,
    };
    let rest = Rect {
        y: area.y + used,
        height: area.height.saturating_sub(used),
        ..area
    };
    draw_path(buffer, rest, accused, theme);
}

/// How much there was in each of the newest dumps, where there are several; gives how many lines that takes.
fn draw_bars(
    buffer: &mut Buffer,
    area: Rect,
    suspect: &Suspect,
    (labels, theme): (impl Iterator<Item = String>, Theme),
) -> u16 {
    let leaked = suspect.leaked.first();
    let counts = leaked.map(|leaked| &leaked.counts);
    let figures = counts.unwrap_or(&suspect.retained_sizes);
    if figures.len() < 2 {
        return 0;
    }
    let title = leaked.map_or_else(|| Spans::from("Retained"), Leaked::words);
    let title = width::cut_end(&one_line(&title.plain()), usize::from(area.width));
    buffer.set_string(area.x, area.y, title, theme.style(Tone::Heading));
    let most = figures.iter().copied().max().unwrap_or(0);
    let newest = figures.len().saturating_sub(BARS);
    let room = usize::from(area.width).saturating_sub(34).min(40);
    let (bars, behind) = (area.x + 17, area.x + 18 + room as u16);
    let labels = labels.chain(std::iter::repeat(String::new()));
    let labelled = figures.iter().zip(labels).enumerate().skip(newest);
    for (y, (number, (&figure, label))) in (area.y + 1..).zip(labelled) {
        let text = match counts {
            Some(_) => grouped(figure),
            None => bytes(figure),
        };
        let text = width::pad_left(&text, 9);
        buffer.set_string(area.x, y, width::fit(&label, 6), theme.style(Tone::Dim));
        buffer.set_string(area.x + 7, y, text, theme.style(Tone::Plain));
        let drawn = width::fit(&bar(figure, most, room), room);
        buffer.set_string(bars, y, drawn, theme.style(Tone::Bar));
        if let Some(&size) = suspect.retained_sizes.get(number)
            && counts.is_some()
        {
            let size = width::pad_left(&bytes(size), 9);
            let left = usize::from(area.right().saturating_sub(behind));
            buffer.set_stringn(behind, y, size, left, theme.style(Tone::Dim));
        }
    }
    (figures.len() - newest) as u16 + 2
}

fn draw_path(buffer: &mut Buffer, area: Rect, accused: &Accused, theme: Theme) {
    if area.height == 0 {
        return;
    }
    buffer.set_string(area.x, area.y, "Path", theme.style(Tone::Heading));
    let to_holder = accused.way.words().len();
    let lines = area.y + 1..area.bottom();
    for (y, (depth, hop)) in lines.zip(path(accused).into_iter().enumerate()) {
        let is_runtime = depth == 0 && accused.way.runtime.is_some();
        let indent = (depth.min(12) * 2) as u16;
        let tone = match (is_runtime, depth + 1 == to_holder) {
            (true, _) => Tone::Dim,
            (false, true) => Tone::Edge,
            (false, false) => Tone::Plain,
        };
        let mark = if depth == 0 { "" } else { "└ " };
        let x = area.x + indent;
        let (x, _) = buffer.set_stringn(x, y, mark, 2, theme.style(Tone::Dim));
        let room = usize::from(area.right().saturating_sub(x));
        let text = hop.without_ticks().plain();
        let text = width::cut_middle(&one_line(&text), room);
        buffer.set_stringn(x, y, text, room, theme.style(tone));
    }
}

/// All that is to be said of a suspect, in lines of at most `room` columns.
fn lines(
    accused: &Accused,
    room: usize,
    (beside, has_aside): (bool, bool),
    keys: [&str; 3],
) -> Vec<Line> {
    let mut lines = Vec::new();
    for (question, answers) in sections(accused, keys) {
        if answers.is_empty() || has_aside && question == "PATH" {
            continue;
        }
        if !beside {
            lines.push(Line {
                question: Some(question),
                text: Spans::new(),
                quoted: false,
            });
        }
        let mut is_first = beside;
        let texts: Vec<Vec<Spans>> = match question {
            "PATH" => vec![flowed(&answers, room)],
            // Places are not to be cut.
            "CODE" | "MADE BY" => answers
                .iter()
                .map(|answer| wrap_spans(answer, room))
                .collect(),
            _ => answers
                .into_iter()
                .map(|answer| wrap_spans(&answer.in_short(), room))
                .collect(),
        };
        for text in texts {
            let mut quoted = false;
            for text in text {
                let ticks = text.iter().filter(|span| span.kind == SpanKind::Tick);
                let odd = ticks.count() % 2 == 1;
                lines.push(Line {
                    question: std::mem::take(&mut is_first).then_some(question),
                    text,
                    quoted,
                });
                quoted ^= odd;
            }
        }
    }
    lines
}

/// Where to change what.
fn change(accused: &Accused) -> Vec<Spans> {
    let suspect = &accused.suspect;
    let told = &suspect.explanation;
    let mut change = vec![told.remedy.clone()];
    if suspect.co_holders.is_empty() {
        change.insert(0, suspect.holder_name.clone());
        change.push(told.way.clone());
    } else {
        change.extend(suspect.places());
    }
    let own = accused.allocated.own.iter();
    change.extend(own.map(|own| {
        let words = Spans::from("Your code that creates them: ");
        words.value(own.clone())
    }));
    change
}

/// The line to change.
fn code(accused: &Accused, edits: &str) -> Vec<Spans> {
    let Some(place) = &accused.line else {
        return Vec::new();
    };
    let words = Spans::new().value(place.in_words());
    let words = match place.file {
        Some(_) => words.note(format!(" · {edits} opens it")),
        None => words,
    };
    // The lines around it are in the report: here the rest of the answer is to stay in sight.
    let mut lines = place.listing().into_iter();
    let marked = lines.find(|line| line.starts_with('▶'));
    let marked = marked.map(|line| Spans::new().value(line));
    std::iter::once(words).chain(marked).collect()
}

/// Who creates what accumulates, where a profile tells.
fn creators(accused: &Accused, makers: &str) -> Vec<Spans> {
    let words = accused.allocated.words.iter();
    let mut words: Vec<Spans> = words
        .map(|words| Spans::new().value(words.clone()))
        .collect();
    if !words.is_empty() {
        words.push(Spans::from("").note(format!("{makers} lists all.")));
    }
    words
}

/// Questions and their answers, each of which begins a line. What to do comes before the evidence: a small screen shows
/// that much.
fn sections(
    accused: &Accused,
    [makers, copies, edits]: [&str; 3],
) -> Vec<(&'static str, Vec<Spans>)> {
    let suspect = &accused.suspect;
    let told = &suspect.explanation;
    let piled = what(suspect).map(|words| match suspect.is_likely_leak() {
        true => words.note(", never freed"),
        false => words,
    });
    let piled = piled.unwrap_or_else(|| {
        let holder = suspect.holder_short.clone();
        match suspect.retained_sizes.len() {
            0 | 1 => holder,
            _ => holder.note(" keeps growing"),
        }
    });
    let value = |words: String| Spans::new().value(words);
    let pattern = Spans::new()
        .note(capital(suspect.pattern.words()))
        .note(".");
    let known = accused.known.iter();
    let mut sections = vec![
        ("WHAT", vec![piled, told.how_much.clone()]),
        (
            "KNOWN",
            known.map(|known| value(known.words.clone())).collect(),
        ),
        ("CHANGE", change(accused)),
        ("CODE", code(accused, edits)),
        ("MADE BY", creators(accused, makers)),
        ("PATH", path(accused)),
        (
            "WHY",
            vec![told.why.clone(), joined([&pattern, &told.evidence])],
        ),
        ("DOUBT", vec![told.against.clone()]),
        (
            "MORE",
            vec![joined([&told.what, &told.also, &told.package])],
        ),
        (
            "ID",
            vec![Spans::new().note(format!("{}: {copies} copies it.", suspect.signature.id))],
        ),
    ];
    for (_, answers) in &mut sections {
        answers.retain(|answer| !answer.is_empty());
    }
    sections
}

/// From the root to the holder, and on to what piles up.
fn path(accused: &Accused) -> Vec<Spans> {
    let mut path = to_holder(&accused.way);
    path.extend(accused.below.words().into_iter().skip(1));
    path.into_iter().map(Spans::in_short).collect()
}

/// The hops of a path, each in a text of its own, the holder set apart: the path is about it.
fn to_holder(way: &Folded) -> Vec<Spans> {
    let mut texts = way.words();
    if let Some(last) = texts.pop() {
        texts.push(Spans::new().code(last));
    }
    texts
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

/// What piles up, and how fast: `66 DerivedLogger, +30 per dump`; `None` where that is no class of objects.
pub fn what(suspect: &Suspect) -> Option<Spans> {
    let leaked = suspect.leaked.first()?;
    let counts = &leaked.counts;
    let now = counts.last().copied().unwrap_or(0);
    let rises = counts
        .windows(2)
        .map(|pair| pair[1] as i64 - pair[0] as i64);
    let rises: Vec<i64> = rises.collect();
    let words = Spans::new().number(grouped(now)).note(" ");
    let words = words.then(leaked.words());
    Some(match rises.first() {
        Some(&rise) if rises.iter().all(|other| *other == rise) => words
            .note(", ")
            .number(grouped_delta(rise))
            .note(" per dump"),
        Some(_) => words
            .note(" (")
            .number(Cell::counts(counts).shown(Reveal::All))
            .note(")"),
        None => words,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
