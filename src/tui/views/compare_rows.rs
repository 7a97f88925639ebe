//! How a comparison is drawn.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::diff::{Basis, DiffKey};
use crate::text::units::{bytes, bytes_delta, grouped, grouped_delta};
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::page::DrawCtx;
use crate::tui::page::Page;
use crate::tui::theme::Tone;
use crate::tui::views::compare::{Compare, Compared};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::lazy_tree::{Children, Row};
use crate::tui::widgets::table::{Column, Layout, layout_with};
use crate::tui::widgets::wrap::wrap;

const COLUMNS: [Column<DiffKey>; 6] = [
    Column::right(DiffKey::AddedCount, "New", 7, 8),
    Column::right(DiffKey::RemovedCount, "Deleted", 8, 5),
    Column::right(DiffKey::CountDelta, "Delta", 8, 6),
    Column::right(DiffKey::AddedSize, "Alloc.", 8, 9),
    Column::right(DiffKey::RemovedSize, "Freed", 8, 4),
    Column::right(DiffKey::SizeDelta, "Size Δ", 9, 7),
];

/// Terminal columns before the name: the mark of the selected row.
const MARK: u16 = 2;

/// Draws the page.
pub fn draw(buffer: &mut Buffer, area: Rect, page: &mut Compare, ctx: DrawCtx<'_>) {
    let theme = ctx.theme;
    let columns = layout_with(&COLUMNS, area.width, (area.width * 3 / 8).clamp(24, 72));
    let line = Rect { height: 1, ..area };
    let style = theme.style(Tone::Heading);
    buffer.set_string(area.x + 4, area.y, "Constructor", style);
    let arrow = if page.reverse { "▲" } else { "▼" };
    if page.order == DiffKey::Name {
        let arrow = if page.reverse { "▼" } else { "▲" };
        buffer.set_string(area.x + 3, area.y, arrow, style);
    }
    for placed in &columns.columns {
        let title = placed.column.title;
        if placed.column.key == page.order {
            columns.put(buffer, line, placed, &format!("{arrow}{title}"), style);
        } else {
            columns.put(buffer, line, placed, title, style);
        }
    }
    let mut list = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    if let Some(reason) = &page.reason {
        let words = format!("compared by class only: {reason}");
        let room = usize::from(area.width.saturating_sub(4));
        for text in wrap(&words, room).into_iter().take(3) {
            buffer.set_string(area.x + 2, list.y, text, theme.style(Tone::Problem));
            list.y += 1;
            list.height = list.height.saturating_sub(1);
        }
    }
    if page.diff.is_none() {
        let (words, tone) = match &page.problem {
            Some(problem) => (problem.as_str(), Tone::Problem),
            None => ("comparing…", Tone::Busy),
        };
        buffer.set_string(area.x + 4, list.y, words, theme.style(tone));
        return;
    }
    page.cursor.fit(usize::from(list.height), page.tree.rows());
    for line in 0..list.height {
        let index = page.cursor.top + usize::from(line);
        let Some(row) = page.tree.row(index) else {
            break;
        };
        let at = Rect {
            y: list.y + line,
            height: 1,
            ..list
        };
        draw_row(buffer, at, page, row, &columns, ctx);
        if index == page.cursor.selected {
            buffer.set_style(at, theme.selected(true));
            buffer.set_string(at.x, at.y, "▶", theme.selected(true));
        }
    }
}

fn draw_row(
    buffer: &mut Buffer,
    area: Rect,
    page: &Compare,
    row: Row,
    columns: &Layout<DiffKey>,
    DrawCtx { theme, keys, .. }: DrawCtx<'_>,
) {
    let x = area.x + MARK + row.depth as u16 * 2;
    let room = (area.x + columns.name).saturating_sub(x + 2);
    let name = |buffer: &mut Buffer, glyph: &str, tone: Tone, label: &Label| {
        buffer.set_string(x, area.y, glyph, theme.style(tone));
        label.draw(buffer, (x + 2, area.y), room, theme, &[]);
    };
    let put = |buffer: &mut Buffer, key: DiffKey, text: &str| {
        let placed = columns.columns.iter().find(|at| at.column.key == key);
        if let Some(placed) = placed {
            columns.put(buffer, area, placed, text, theme.style(Tone::Plain));
        }
    };
    match page.compared(row) {
        None => {
            let key = keys.key_of(Command::BackOut);
            let none = format!("no constructor has these letters; {key} shows all");
            let (words, tone) = match page.tree.children(row.at.branch) {
                Some(Children::Loading) => ("loading…", Tone::Busy),
                Some(Children::Failed(problem)) => (&**problem, Tone::Problem),
                _ if row.depth > 0 => ("no objects", Tone::Dim),
                _ if page.filter.is_empty() => ("nothing is new, and nothing is gone", Tone::Dim),
                _ => (&*none, Tone::Dim),
            };
            Label::of(words, tone).draw(buffer, (x + 2, area.y), area.width - 6, theme, &[]);
        }
        Some(Compared::Class(class)) => {
            let by_ids = page
                .diff
                .as_ref()
                .is_some_and(|diff| diff.basis == Basis::Ids);
            let glyph = match (by_ids, row.open) {
                (true, true) => "▾",
                (true, false) => "▸",
                (false, _) => "·",
            };
            let mut label = Label::of(&class.class.name, Tone::Plain);
            // Both dumps know the script's name when they are of one process.
            if let Some(place) = class.class.place {
                let place = page.to.names.place(place);
                label.push_tail(&format!("  {place}"), Tone::Dim);
            }
            name(buffer, glyph, Tone::Plain, &label);
            let count = |count: u32| match count {
                0 => String::new(),
                count => grouped(u64::from(count)),
            };
            let size = |size: u64| match size {
                0 => String::new(),
                size => bytes(size),
            };
            put(buffer, DiffKey::AddedCount, &count(class.added_count));
            put(buffer, DiffKey::RemovedCount, &count(class.removed_count));
            let delta = grouped_delta(class.count_delta());
            put(buffer, DiffKey::CountDelta, &delta);
            put(buffer, DiffKey::AddedSize, &size(class.added_size));
            put(buffer, DiffKey::RemovedSize, &size(class.removed_size));
            let delta = bytes_delta(class.size_delta());
            put(buffer, DiffKey::SizeDelta, &delta);
        }
        Some(Compared::New(node)) => {
            let label = page.to.names.object(&page.to.heap, node);
            name(buffer, "+", Tone::Text, &label);
            let size = bytes(page.to.heap.shallow(node));
            put(buffer, DiffKey::AddedSize, &size);
        }
        Some(Compared::Deleted(node)) => {
            let label = page.from.names.object(&page.from.heap, node);
            name(buffer, "−", Tone::Problem, &label);
            let size = bytes(page.from.heap.shallow(node));
            put(buffer, DiffKey::RemovedSize, &size);
        }
    }
}

/// What a comparison comes to, for the header.
pub fn facts(page: &Compare) -> Vec<String> {
    let Some(diff) = &page.diff else {
        return Vec::new();
    };
    let mut facts = Vec::new();
    if let Some((found, all)) = page.found() {
        facts.push(format!("{found} of {all} classes"));
    }
    let sum = |part: fn(&crate::analysis::diff::DiffRow) -> u64| diff.rows.iter().map(part).sum();
    let new: u64 = sum(|row| u64::from(row.added_count));
    let deleted: u64 = sum(|row| u64::from(row.removed_count));
    let (allocated, freed) = (sum(|row| row.added_size), sum(|row| row.removed_size));
    facts.push(format!("+{}, {}", grouped(new), bytes(allocated)));
    facts.push(format!("−{}, {}", grouped(deleted), bytes(freed)));
    let facts: Vec<String> = facts.iter().map(|text| width::cut_end(text, 40)).collect();
    facts
}
