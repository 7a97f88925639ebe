//! The finding in a few lines, for the top of the first page: what leaks, who holds it and what to change; that no leak
//! was found; or what is still being read.

use crate::analysis::suspects::{Outcome, Suspect};
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::units::{grouped, grouped_delta};
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::page::DrawCtx;
use crate::tui::search::{Found, Search};
use crate::tui::theme::Tone;
use crate::tui::views::suspects::searching;
use crate::tui::views::suspects_rows::{steps, sure};
use crate::tui::widgets::wrap::wrap;

/// Lines at most.
const LINES: usize = 3;

/// A line of the card.
pub type Line = (String, Tone);

/// The card, in lines of at most `room` columns; one line where it has to be `short`.
pub fn card(search: &Search, ctx: DrawCtx<'_>, room: usize, short: bool) -> Vec<Line> {
    let DrawCtx {
        store, work, keys, ..
    } = ctx;
    let usable = store.usable();
    let found = search.found.as_deref();
    let key = keys.key_of(Command::ShowSuspects);
    let current = found.filter(|found| found.dumps == usable);
    let mut lines = match (current, searching(search, work, store), search.problem()) {
        (Some(found), ..) => concluded(found, &key, room),
        (None, Some(words), _) => vec![(format!("{words}\u{2026}"), Tone::Busy)],
        (None, None, Some(problem)) => paragraph(problem, Tone::Dim, room),
        (None, None, None) => {
            let dumps = store.unmeasured().len();
            let reading = dumps > 0 && work.is_busy() && !search.is_stopped();
            match reading {
                true => vec![(
                    format!(
                        "reading {}, then looking for a leak\u{2026}",
                        counted(dumps)
                    ),
                    Tone::Busy,
                )],
                false => vec![(format!("Press {key} to find the leak"), Tone::Dim)],
            }
        }
    };
    if current.is_none()
        && let Some(found) = found
        && let Some((before, tone)) = concluded(found, "", usize::MAX).into_iter().next()
    {
        lines.push((format!("Before: {before}"), tone));
    }
    lines.truncate(if short { 1 } else { LINES });
    for (words, _) in &mut lines {
        *words = width::cut_end(words, room);
    }
    lines
}

fn counted(dumps: usize) -> String {
    match dumps {
        1 => "1 dump".to_owned(),
        dumps => format!("{dumps} dumps"),
    }
}

fn paragraph(words: &str, tone: Tone, room: usize) -> Vec<Line> {
    let lines = wrap(words, room).into_iter();
    lines.map(|words| (words, tone)).collect()
}

/// What a search came to.
fn concluded(found: &Found, key: &str, room: usize) -> Vec<Line> {
    let dumps = counted(found.dumps.len());
    let mut accused = found.accused();
    match (found.conclusion, accused.next()) {
        (Outcome::Healthy, None) => {
            let words = format!("No leak found in {dumps}");
            vec![(
                with_key(words, key, "what came nearest", room),
                Tone::Heading,
            )]
        }
        (_, None) => {
            let why = found.doubt.as_deref().unwrap_or_default();
            paragraph(
                &format!("No leak found, but {dumps} cannot rule one out. {why}"),
                Tone::Busy,
                room,
            )
        }
        (_, Some(worst)) => {
            let suspect = &worst.suspect;
            let words = format!("Leak likely ({}): {}", sure(suspect), what(suspect));
            let first = with_key(words, key, "why, and the fix", room);
            let others = match accused.count() {
                0 => String::new(),
                1 => " (+1 other suspect)".to_owned(),
                others => format!(" (+{others} other suspects)"),
            };
            let held = match suspect.co_holders.as_slice() {
                [] => format!("Held by {}{others}", holder(suspect)),
                also => format!(
                    "Held in {}, all to be changed: {}{others}",
                    places(also.len()),
                    names(suspect).join(" \u{b7} ")
                ),
            };
            let mut lines = vec![(first, Tone::Problem), (held, Tone::Plain)];
            let remedy = bare(&suspect.told.remedy);
            if !remedy.is_empty() {
                lines.push((format!("Change: {remedy}"), Tone::Plain));
            }
            lines
        }
    }
}

/// The words with a key at the end of the line, where both fit.
fn with_key(words: String, key: &str, opens: &str, room: usize) -> String {
    let hint = format!("{key}: {opens}");
    let taken = width::width(&words) + width::width(&hint);
    if key.is_empty() || room == usize::MAX || taken + 2 > room {
        return words;
    }
    format!("{words}{}{hint}", " ".repeat(room - taken))
}

/// The holder, without what it is an object of.
fn holder(suspect: &Suspect) -> String {
    bare(&suspect.holder_short)
}

/// All holders, the one to blame first.
fn names(suspect: &Suspect) -> Vec<String> {
    let others = suspect.co_holders.iter().map(|holder| bare(&holder.short));
    std::iter::once(holder(suspect)).chain(others).collect()
}

/// Text in which code is not set apart.
fn bare(text: &Spans) -> String {
    one_line(&text.clone().without_ticks().in_short().plain()).into_owned()
}

/// What piles up, and how fast: `66 DerivedLogger, +30 per dump`.
fn what(suspect: &Suspect) -> String {
    let Some(leaked) = suspect.leaked.first() else {
        return format!("{} keeps growing", holder(suspect));
    };
    let counts = &leaked.counts;
    let now = counts.last().copied().unwrap_or(0);
    let rises = counts
        .windows(2)
        .map(|pair| pair[1] as i64 - pair[0] as i64);
    let rises: Vec<i64> = rises.collect();
    let pace = match rises.first() {
        Some(&rise) if rises.iter().all(|other| *other == rise) => {
            format!(", {} per dump", grouped_delta(rise))
        }
        Some(_) => format!(" ({})", steps(counts, grouped)),
        None => String::new(),
    };
    format!("{} {}{pace}", grouped(now), leaked.class)
}

/// In how many places the members are held. A suspect names only so many of its other holders, so that from there on
/// the number is not known here.
fn places(named: usize) -> String {
    const NAMED: usize = 3;
    match named {
        named if named < NAMED => format!("{} places", named + 1),
        _ => "several places".to_owned(),
    }
}
