//! The finding in a few lines, for the top of the first page: what leaks, who holds it and what to change; that no leak
//! was found; or what is still being read.

use crate::analysis::suspects::{Outcome, Suspect};
use crate::series::Group;
use crate::source::CodePlace;
use crate::text::escape::one_line;
use crate::text::place::file_name;
use crate::text::span::Spans;
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::dump_store::id_of;
use crate::tui::page::DrawCtx;
use crate::tui::place::DumpId;
use crate::tui::search::{Accused, Found, Search};
use crate::tui::theme::Tone;
use crate::tui::views::suspects::searching;
use crate::tui::views::suspects_rows::sure;
use crate::tui::views::suspects_words;
use crate::tui::widgets::wrap::wrap;

/// From so many columns on the signature has room of its own.
const ROOMY: usize = 90;

/// A line of the card.
pub type Line = (String, Tone);

/// The card, in at most `most` lines of at most `room` columns; the command `opens` it.
pub fn card(
    search: &Search,
    (opens, most): (Command, usize),
    ctx: DrawCtx<'_>,
    room: usize,
) -> Vec<Line> {
    let DrawCtx {
        store, work, keys, ..
    } = ctx;
    let usable = store.usable();
    let found = search.found.as_deref();
    let key = keys.key_of(opens);
    let current = found.filter(|found| found.dumps == usable);
    let mut lines = match (current, searching(search, work, store), search.problem()) {
        (Some(found), ..) => {
            let (leaks, rest) = others(search, ctx, room);
            // A leak elsewhere comes before that there is none here.
            let here = concluded(found, &key, room);
            match found.conclusion {
                Outcome::Leak => [here, leaks, rest].concat(),
                _ => [leaks, here, rest].concat(),
            }
        }
        (None, Some(words), _) => vec![(words, Tone::Busy)],
        (None, None, Some(problem)) => paragraph(problem, Tone::Dim, room),
        (None, None, None) => {
            let dumps = store.unmeasured().len();
            let reading = dumps > 0 && work.is_busy() && !search.is_stopped();
            match reading {
                true => vec![(
                    format!(
                        "Reading {}, then looking for a leak\u{2026}",
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
    if lines.len() > most {
        lines.truncate(most);
        if let Some((words, _)) = lines.last_mut().filter(|_| most > 1) {
            words.push('\u{2026}');
            *words = width::cut_end(words, room);
        }
    }
    for (words, _) in &mut lines {
        *words = width::cut_end(words, room);
    }
    lines
}

/// What the dumps of the processes that are not in view come to: those that leak, and the rest.
fn others(search: &Search, ctx: DrawCtx<'_>, room: usize) -> (Vec<Line>, Vec<Line>) {
    let key = ctx.keys.key_of(Command::NextProcess);
    let (mut leaks, mut rest) = (Vec::new(), Vec::new());
    let (mut quiet, mut waiting) = (Vec::new(), Vec::new());
    for Group { name, series } in ctx.store.others() {
        let ids: Vec<DumpId> = series.usable().map(id_of).collect();
        match search.other(&ids) {
            _ if ids.is_empty() => {}
            Some(other) if other.outcome == Outcome::Leak => {
                let words = format!("In {name}: {}", other.words);
                let words = with_key(words, &key, ("choose that process", "choose"), room);
                leaks.push((words, Tone::Problem));
            }
            Some(other) if other.outcome == Outcome::Healthy => quiet.push(name.clone()),
            Some(other) => {
                let words = format!("In {name}: {}", other.words);
                rest.extend(paragraph(&words, Tone::Dim, room));
            }
            None => waiting.push(format!("{name} ({})", counted(ids.len()))),
        }
    }
    let lists = [("No leak found in ", quiet), ("Not looked at: ", waiting)];
    for (words, names) in lists.into_iter().filter(|(_, names)| !names.is_empty()) {
        let text = format!("{words}{}", names.join(", "));
        rest.extend(paragraph(&text, Tone::Dim, room));
    }
    (leaks, rest)
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
    match (found.conclusion, found.foremost()) {
        (Outcome::Healthy, None) => {
            let words = format!("No leak found in {dumps}");
            vec![(
                with_key(words, key, ("what came nearest", "more"), room),
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
            let others = found.accused().count().saturating_sub(1);
            leak((worst, others), key, room)
        }
    }
}

/// The likely leak that matters most, and that there are others.
fn leak((worst, others): (&Accused, usize), key: &str, room: usize) -> Vec<Line> {
    let suspect = &worst.suspect;
    let (likely, tone) = match worst.may_stay() {
        true => ("Known leak", Tone::Heading),
        false => ("Leak likely", Tone::Problem),
    };
    let words = format!("{likely} ({}): {}", sure(suspect), what(suspect));
    let first = with_key(words, key, ("why, and the fix", "why"), room);
    let held = held_in_words(suspect, others, room);
    let mut lines = vec![(first, tone), (held, Tone::Plain)];
    if let Some(known) = &worst.known {
        lines.extend(paragraph(&known.words, Tone::Plain, room));
    }
    if let Some(own) = &worst.allocated.own {
        lines.push((format!("Created in: {own}"), Tone::Plain));
    }
    let remedy = bare(&suspect.explanation.remedy);
    let known = worst.line.as_ref().filter(|place| place.code.is_some());
    let place = known.map(line);
    let change: Vec<String> = place
        .into_iter()
        .chain((!remedy.is_empty()).then_some(remedy))
        .collect();
    if !change.is_empty() {
        let change = format!("Change: {}", change.join(" \u{b7} "));
        lines.extend(paragraph(&change, Tone::Plain, room));
    }
    lines
}

/// Who holds it, with the leak's signature at the end of the line.
fn held_in_words(suspect: &Suspect, others: usize, room: usize) -> String {
    let others = match others {
        0 => String::new(),
        1 => " (+1 other suspect)".to_owned(),
        others => format!(" (+{others} other suspects)"),
    };
    // Names have the room of the signature where there is little.
    let id = suspect.signature.id.to_string();
    let named = match room < ROOMY {
        true => room,
        false => room.saturating_sub(id.len() + 2),
    };
    let held = match suspect.co_holders.as_slice() {
        [] => format!("Held by {}{others}", holder(suspect)),
        also => {
            let places = suspect.holders.len().max(also.len() + 1);
            let all = if places == 2 { "both" } else { "all" };
            let words = format!("Held in {places} places (change {all}): ");
            let left = named.saturating_sub(width::width(&words) + width::width(&others));
            format!("{words}{}{others}", some_of(&names(suspect), left))
        }
    };
    with_id(held, &id, room)
}

/// A place as its file and line; a script is one line where it is minified, so its column counts there.
fn line(place: &CodePlace) -> String {
    let (url, line) = match &place.original {
        Some(original) => (&original.source, original.line),
        None => (&place.url, place.line),
    };
    let name = one_line(file_name(url)).into_owned();
    match line {
        1 => format!("{name}:{line}:{}", place.column),
        _ => format!("{name}:{line}"),
    }
}

/// As many names as fit, whole; at least the first.
fn some_of(names: &[String], room: usize) -> String {
    let mut words = String::new();
    for (number, name) in names.iter().enumerate() {
        let more = number + 1 < names.len();
        let end = if more { " \u{b7} \u{2026}" } else { "" };
        let longer = match number {
            0 => name.clone(),
            _ => format!("{words} \u{b7} {name}"),
        };
        if number > 0 && width::width(&longer) + width::width(end) > room {
            return format!("{words} \u{b7} \u{2026}");
        }
        words = longer;
    }
    words
}

/// The words with a key at the end of the line and what it opens, in full or in short, as there is room.
fn with_key(words: String, key: &str, opens: (&str, &str), room: usize) -> String {
    if key.is_empty() || room == usize::MAX {
        return words;
    }
    for opens in [opens.0, opens.1] {
        let hint = format!("{key}: {opens}");
        let taken = width::width(&words) + width::width(&hint);
        if taken + 2 <= room {
            return format!("{words}{}{hint}", " ".repeat(room - taken));
        }
    }
    words
}

/// The words with the leak's signature at the end of the line, if there is room.
fn with_id(words: String, id: &str, room: usize) -> String {
    let taken = width::width(&words) + width::width(id);
    match room != usize::MAX && taken + 2 <= room {
        true => format!("{words}{}{id}", " ".repeat(room - taken)),
        false => words,
    }
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
    match suspects_words::what(suspect) {
        Some(words) => bare(&words),
        None => format!("{} keeps growing", holder(suspect)),
    }
}
