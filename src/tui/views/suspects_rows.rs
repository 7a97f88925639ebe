//! How suspects are drawn: a verdict, and a row for each.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::columns::{self, Ranked};
use crate::analysis::suspects::Suspect;
use crate::table::{Cell, Column};
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped, percent};
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::keymap::Keymap;
use crate::tui::page::DrawCtx;
use crate::tui::search::{Accused, Found, Search};
use crate::tui::theme::{Theme, Tone};
use crate::tui::views::suspects_words::{self, Words};
use crate::tui::widgets::list::Cursor;
use crate::tui::widgets::table;
use crate::tui::widgets::wrap::wrap;

/// Terminal columns before the holder's name: the mark, the rank, the confidence.
const BEFORE: u16 = 10;
/// The room that the holder's name keeps on a narrow screen.
const NAME_ROOM: u16 = 34;
/// In less room than this the holder is named alone.
const BOTH: usize = 30;

/// The columns in which a suspect has a figure: dumps seconds apart tell nothing per hour.
fn told(suspects: &[Accused]) -> Vec<Column<Ranked<'_>>> {
    let mut columns = columns::suspects();
    columns.retain(|column| {
        let mut cells = suspects.iter();
        cells.any(|of| column.cell(&(0, &of.suspect), &()) != Cell::Nothing)
    });
    columns
}

/// The confidence, cut and not rounded: 50% accuses.
pub fn sure(suspect: &Suspect) -> String {
    percent((suspect.confidence * 100.0) as u64, 100)
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
    let theme = ctx.theme;
    let room = usize::from(area.width.saturating_sub(4));
    let mut at = area.y;
    for (words, tone, most) in said(&page, ctx.store, ctx.keys) {
        let most = most.min(usize::from(area.bottom().saturating_sub(at)));
        for text in wrap(&one_line(&words), room).iter().take(most) {
            buffer.set_string(area.x + 2, at, text, theme.style(tone));
            at += 1;
        }
    }
    let Some(found) = page.found.filter(|found| !found.suspects.is_empty()) else {
        return;
    };
    at += u16::from(area.height >= 20);
    let left = area.bottom().saturating_sub(at);
    // Most of the room is for the words about one.
    let rows = found.suspects.len() as u16 + 1;
    let list = Rect {
        y: at,
        height: (left / 3).max(2).min(rows).min(left),
        ..area
    };
    draw_list(buffer, list, found, page.cursor, theme);
    let below = Rect {
        y: list.bottom(),
        height: area.bottom().saturating_sub(list.bottom()),
        ..area
    };
    if let Some(accused) = found.suspects.get(page.cursor.selected) {
        suspects_words::draw(buffer, below, (accused, found), page.words, ctx);
    }
}

/// What stands above the list: how far the search is, what it came to, and what limits that; each in so many lines at
/// most.
fn said(page: &Shown<'_>, store: &DumpStore, keys: &Keymap) -> Vec<(String, Tone, usize)> {
    let mut said = Vec::new();
    let now = store.usable();
    match (&page.searching, page.search.problem()) {
        (Some(words), _) => said.push((words.clone(), Tone::Busy, 1)),
        (None, Some(problem)) => said.push((problem.to_owned(), Tone::Problem, 4)),
        (None, None) if page.search.is_stopped() && page.found.is_none() => {
            let key = keys.key_of(Command::ShowSuspects);
            let words = format!("Search stopped; {key} starts it again");
            said.push((words, Tone::Dim, 1));
        }
        (None, None) if page.found.is_none() => {
            let words = match now.is_empty() {
                true => "No dumps yet. Three of them, a few minutes apart under load, show a leak.",
                false => "The search starts when the dump is loaded…",
            };
            said.push((words.to_owned(), Tone::Busy, 3));
        }
        _ => {}
    }
    let Some(found) = page.found else {
        return said;
    };
    if found.dumps != now {
        let words = "The dumps changed; these results are from before";
        said.push((words.to_owned(), Tone::Busy, 1));
    }
    let (words, tone) = verdict(found, store, keys);
    said.push((words, tone, 4));
    let caveats = found.caveats.iter().cloned();
    said.extend(caveats.map(|caveat| (caveat, Tone::Dim, 3)));
    let is_weak = found.accused().next().is_none() && found.dumps.len() > 1;
    if is_weak && !found.suspects.is_empty() {
        said.push(("Nearest to a leak, each under 50%:".to_owned(), tone, 1));
    }
    said
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
        1 => format!("in {} ({})", label(0), bytes(last)),
        _ => format!(
            "in {count} dumps ({} to {}, {} → {})",
            label(0),
            label(count - 1),
            bytes(first),
            bytes(last)
        ),
    };
    let accused = found.accused().count();
    let weaker = found.suspects.len() - accused;
    let weaker = match (weaker, accused) {
        (0, _) | (_, 0) => "",
        _ => " Those under 50% are weak.",
    };
    let healthy = |reason: &str| {
        let words = format!("No leak found {looked}{reason}.{weaker}");
        (words, Tone::Heading)
    };
    let (words, tone) = match (accused, count) {
        (0, 1) if found.suspects.is_empty() => {
            let key = keys.key_of(Command::ShowDominators);
            healthy(&format!(
                ": no object keeps many of one kind. {key} shows what is large"
            ))
        }
        (0, 1) => (
            format!("No leak found {looked}. One dump cannot show growth; these keep most:"),
            Tone::Heading,
        ),
        (0, 2) => healthy(""),
        (0, _) if !found.comparable => {
            healthy(": object ids do not match, and no holder with a name is sure to leak")
        }
        (0, _) if found.suspects.is_empty() => healthy(": no kind of object keeps accumulating"),
        (0, _) => healthy(""),
        (1, _) => (format!("1 likely leak {looked}.{weaker}"), Tone::Problem),
        (accused, _) => (
            format!("{accused} likely leaks {looked}.{weaker}"),
            Tone::Problem,
        ),
    };
    (words, tone)
}

fn draw_list(buffer: &mut Buffer, area: Rect, found: &Found, cursor: &mut Cursor, theme: Theme) {
    let told = told(&found.suspects);
    let name = (NAME_ROOM + BEFORE).max(area.width / 2).min(area.width);
    let columns = table::layout(&told, table::as_declared, (area.width, name));
    let heading = theme.style(Tone::Heading);
    let room = usize::from(columns.name);
    buffer.set_stringn(
        area.x + 2,
        area.y,
        "    Sure  Holder: what it keeps",
        room,
        heading,
    );
    columns.draw_titles(buffer, area, None, theme);
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
        let (tone, loud) = match suspect.is_likely_leak() {
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
        let mut cells = table::cells(&told, &columns, &(index, suspect), &());
        for cell in &mut cells {
            cell.1 = tone;
        }
        columns.draw_cells(buffer, row, &cells, theme);
        if index == cursor.selected {
            theme.select(buffer, row, true);
        }
    }
}

/// The holder and what piles up in it; what the holder is only where there is room for both.
fn named(suspect: &Suspect, columns: usize) -> String {
    let told = |name: &Spans| name.clone().without_ticks().told(Reveal::All);
    let holder = told(&suspect.holder_name);
    let Some(leaked) = suspect.leaked.first().filter(|_| columns >= BOTH) else {
        return holder;
    };
    let now = leaked.counts.last().copied().unwrap_or(0);
    let piled = format!(": {} {}", grouped(now), leaked.words().told(Reveal::All));
    let whole = format!("{holder}{piled}");
    if width::width(&whole) <= columns {
        return whole;
    }
    let short = told(&suspect.holder_short);
    let left = columns
        .saturating_sub(width::width(&piled))
        .max(columns / 2);
    format!("{}{piled}", width::cut_middle(&short, left))
}
