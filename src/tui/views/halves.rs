//! The two halves of a page: a tree of objects, and beside or below it the retainers of the selected one.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::analysis::summary::SortKey;
use crate::text::width;
use crate::tui::page::DrawCtx;
use crate::tui::place::{PageKey, Side};
use crate::tui::source::Source;
use crate::tui::theme::{Theme, Tone};
use crate::tui::views::explorer::Explorer;
use crate::tui::views::pane_columns::About;
use crate::tui::views::rows;
use crate::tui::widgets::label::Label;
use crate::tui::work::Slot;

/// From this width on the retainers stand beside the tree, else below it.
const BESIDE: u16 = 160;

/// How long the retainers of the row before stay before it is said that others are looked for.
const PATIENCE: Duration = Duration::from_millis(150);

/// The tree and the retainers, below it or beside it.
pub fn draw(buffer: &mut Buffer, area: Rect, page: &mut Explorer, ctx: DrawCtx<'_>) {
    let theme = ctx.theme;
    let holders = ctx.work.status(&Slot::Holders(page.key.clone()));
    let opening = Slot::Load(page.view.dump.clone());
    let opening = ctx.work.status(&opening).is_some();
    let slow = holders.is_some_and(|status| status.elapsed > PATIENCE);
    let (main, holders) = split(area, page);
    page.areas = (main, holders);
    if let Some(main) = main {
        let about = page.about(Side::Main);
        let title = match page.key {
            PageKey::Object(..) => "Object",
            PageKey::Containment(_) => "Containment, from the roots",
            PageKey::Dominators(_) => "Dominator tree: who frees what",
            _ if page.view.is_yours_first(&page.order) => "Constructor, engine's last",
            _ => "Constructor",
        };
        let columns = about.layout(main.width, theme);
        let line = Rect { height: 1, ..main };
        buffer.set_string(main.x + 4, main.y, title, theme.style(Tone::Heading));
        let order = (page.order.key, page.order.reverse);
        draw_name_order(buffer, (main.x + 3, main.y), order, theme);
        columns.draw_titles(buffer, line, about.sorted(order), theme);
        let told = page.freed_in_words().filter(|_| main.height > 4);
        let below = Rect {
            y: main.y + 1,
            height: main.height - 1 - u16::from(told.is_some()),
            ..main
        };
        if let Some(words) = told {
            let words = width::cut_end(&words, usize::from(main.width.saturating_sub(3)));
            buffer.set_string(
                main.x + 2,
                below.bottom(),
                words,
                theme.style(Tone::Heading),
            );
        }
        let focused = page.focus == Side::Main;
        rows::draw(
            buffer,
            below,
            &mut page.main,
            &page.view,
            (about, &columns),
            focused,
            ctx,
        );
    }
    if let Some(holders) = holders {
        draw_holders(buffer, holders, page, (slow, opening), ctx);
    }
}

/// Marks the names' title where rows are ordered by name.
fn draw_name_order(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    (key, reverse): (SortKey, bool),
    theme: Theme,
) {
    if key == SortKey::Name {
        let arrow = if reverse { "▼" } else { "▲" };
        buffer.set_string(x, y, arrow, theme.style(Tone::Heading));
    }
}

/// What stands above the retainers: of what they are.
fn holders_title(page: &Explorer, (slow, opening): (bool, bool)) -> Label {
    let mut title = Label::of(" Retainers", Tone::Heading);
    if page.order.weak {
        title.push(" (weak ones too)", Tone::Heading);
    }
    match page.held_node {
        _ if page.view.outline && opening => title.push(": opening the dump… ", Tone::Busy),
        _ if page.view.outline => title.push(": any move opens the dump ", Tone::Dim),
        _ if slow => title.push(": looking for them… ", Tone::Busy),
        Some(node) => {
            let of = match page
                .main
                .row()
                .and_then(|row| page.main.tree.source(row.at.branch))
            {
                _ if page.released => " Nothing else holds ",
                Some(Source::Classes) => " of the largest: ",
                _ => " of ",
            };
            if page.released {
                title = Label::default();
            }
            title.push(of, Tone::Heading);
            title = page.view.names.finish(&page.view.heap, node, title);
            title.push_tail(" ", Tone::Heading);
        }
        None => {}
    }
    title
}

fn draw_holders(
    buffer: &mut Buffer,
    area: Rect,
    page: &mut Explorer,
    (slow, opening): (bool, bool),
    ctx: DrawCtx<'_>,
) {
    let theme = ctx.theme;
    let about = About::Retainers;
    let columns = about.layout(area.width, theme);
    let line = Rect { height: 1, ..area };
    // Not on between the titles of the columns.
    let rule = "─".repeat(usize::from(columns.name.min(area.width)));
    buffer.set_string(area.x, area.y, rule, theme.style(Tone::Dim));
    let title = holders_title(page, (slow, opening));
    let room = columns.name.saturating_sub(2);
    title.draw(buffer, (area.x + 2, area.y), room, theme, &[]);
    let order = (page.order.holders, page.order.holders_reverse);
    columns.draw_titles(buffer, line, about.sorted(order), theme);
    draw_name_order(buffer, (area.x + 1, area.y), order, theme);
    let below = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    let focused = page.focus == Side::Holders;
    match (page.held_node, &page.holders_problem) {
        (_, Some(problem)) => {
            let text = width::cut_end(problem, usize::from(area.width.saturating_sub(4)));
            buffer.set_string(below.x + 4, below.y, text, theme.style(Tone::Problem));
        }
        (Some(_), None) => {
            rows::draw(
                buffer,
                below,
                &mut page.holders,
                &page.view,
                (about, &columns),
                focused,
                ctx,
            );
        }
        (None, None) => {}
    }
}

/// The areas of the tree and of the retainers; zoomed, only one of them has any.
fn split(area: Rect, page: &Explorer) -> (Option<Rect>, Option<Rect>) {
    let is_object = matches!(page.key, PageKey::Object(..));
    match areas(area, is_object).filter(|_| !page.zoomed) {
        Some((main, holders)) => (Some(main), Some(holders)),
        None => match page.focus {
            Side::Main => (Some(area), None),
            Side::Holders => (None, Some(area)),
        },
    }
}

/// The areas of both, where there is room for two; retainers of a single object have most of the width, as their names
/// are long and the tree goes deep.
pub fn areas(area: Rect, is_object: bool) -> Option<(Rect, Rect)> {
    if area.height < 12 && area.width < BESIDE {
        return None;
    }
    if area.width >= BESIDE {
        let left = area.width * if is_object { 9 } else { 11 } / 20;
        let main = Rect {
            width: left,
            ..area
        };
        let holders = Rect {
            x: area.x + left + 1,
            width: area.width - left - 1,
            ..area
        };
        return Some((main, holders));
    }
    let above = area.height * 11 / 20;
    let main = Rect {
        height: above,
        ..area
    };
    let holders = Rect {
        y: area.y + above,
        height: area.height - above,
        ..area
    };
    Some((main, holders))
}

/// Which half was drawn here, and the row of it, if one was.
pub fn at(page: &Explorer, column: u16, line: u16) -> Option<(Side, Option<usize>)> {
    let sides = [(Side::Main, page.areas.0), (Side::Holders, page.areas.1)];
    sides.into_iter().find_map(|(side, area)| {
        let area = area.filter(|area| area.contains(Position::new(column, line)))?;
        let pane = page.pane(side);
        // The first line is the columns' titles.
        let below = usize::from(line - area.y).checked_sub(1);
        let row = below.map(|below| pane.cursor().top + below);
        Some((side, row.filter(|&row| row < pane.tree.rows())))
    })
}
