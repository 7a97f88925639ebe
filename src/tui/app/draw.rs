//! Drawing a frame. Nothing here takes time that grows with the heap.

use std::time::Duration;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::heap::shown_distance;
use crate::series::State;
use crate::text::escape::one_line;
use crate::text::units::{bytes, grouped};
use crate::text::width;
use crate::tui::app::{App, Overlay};
use crate::tui::commands::{ALWAYS_HINTED, COMMANDS};
use crate::tui::naming::short_name;
use crate::tui::scope::Scope;
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::View;
use crate::tui::views::explorer::Explorer;
use crate::tui::views::rows::{self, About};
use crate::tui::views::{compare_rows, growth_rows};
use crate::tui::widgets::footer::{self, Hint};
use crate::tui::widgets::label::Label;
use crate::tui::widgets::wrap::wrap;
use crate::tui::work::{PageKey, Side, Slot};

/// Below this size one line says so.
const SMALLEST: (u16, u16) = (30, 8);

/// From this width on the retainers stand beside the tree, else below it.
const BESIDE: u16 = 160;

/// What the header's path keeps at least.
const LEAST_PATH: usize = 8;
/// A path this short does without its folder.
const SHORT_PATH: usize = 24;

/// How long the retainers of the row before stay before it is said that others are looked for.
const PATIENCE: Duration = Duration::from_millis(150);

impl App {
    /// Draws a frame.
    pub fn draw(&mut self, frame: &mut Frame) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        self.draw_on(buffer, area);
        self.theme.finish(buffer);
    }

    fn draw_on(&mut self, buffer: &mut Buffer, area: Rect) {
        let theme = self.theme;
        if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
            let (columns, lines) = SMALLEST;
            let words = format!("needs {columns}×{lines}");
            let words = width::cut_end(&words, usize::from(area.width));
            buffer.set_string(area.x, area.y, words, theme.style(Tone::Plain));
            return;
        }
        let line = |y| Rect::new(area.x, y, area.width, 1);
        let body = Rect {
            y: area.y + 1,
            height: area.height - 2,
            ..area
        };
        let (left, right) = self.header();
        let mark = self.watching(area.width);
        let title = Rect {
            width: area.width - width::width(&mark) as u16 - 1,
            ..line(area.y)
        };
        draw_header(buffer, title, &left, &right, theme);
        buffer.set_string(title.right(), area.y, mark, theme.style(Tone::Dim));
        let key = self.history.page().clone();
        match (&mut self.overlay, self.pages.get_mut(&key)) {
            (Some(Overlay::Help(help)), _) => help.draw(buffer, body, theme),
            (_, Some(page)) => {
                let slow = self
                    .work
                    .status(&Slot::Holders(key))
                    .is_some_and(|status| status.elapsed > PATIENCE);
                draw_page(buffer, body, page, slow, theme);
            }
            (_, None) => match (&key, self.comparisons.get_mut(&key)) {
                (_, Some(page)) => compare_rows::draw(buffer, body, page, theme),
                (PageKey::Growth, None) => {
                    growth_rows::draw(buffer, body, &mut self.growth, &self.shelf, theme);
                }
                _ => self
                    .dumps
                    .draw(buffer, body, (&self.shelf, &self.work), theme),
            },
        }
        let last = line(area.bottom() - 1);
        match &mut self.overlay {
            Some(Overlay::Palette(palette)) => return palette.draw(buffer, area, theme),
            Some(Overlay::Pick(picker)) => return picker.draw(buffer, area, theme),
            _ => {}
        }
        self.draw_footer(buffer, last);
    }

    /// What is in view: the path to it, and figures about it.
    fn header(&self) -> (Vec<String>, Vec<String>) {
        let Some(page) = self.explorer() else {
            return self.series_header();
        };
        let view = &page.view;
        let label = self
            .shelf
            .get(&view.dump)
            .and_then(|dump| dump.label.clone());
        let name = one_line(short_name(&view.file));
        let dump = match label {
            Some(label) => format!("{label} {name}"),
            None => name.into_owned(),
        };
        let mut path = vec![self.place.clone(), dump];
        if let PageKey::Object(_, node) = &page.key {
            let label = view.names.object(&view.heap, *node);
            path.push(width::cut_middle(&label.text(), 40));
        }
        let mut facts = Vec::new();
        let summary = matches!(page.key, PageKey::Summary(_));
        if let Some(waiting) = self.waiting_for().filter(|_| summary) {
            facts.push(waiting);
        }
        if view.scope != Scope::All && summary {
            let words = view.scope.words(|id| self.shelf.label(id));
            let counted = grouped(view.counted);
            facts.push(format!("{words}: {counted} of {}", grouped(view.countable)));
        }
        if let Some((found, all)) = page.filtered() {
            let filter = one_line(&page.order.filter).into_owned();
            facts.push(format!(
                "/{filter} {} of {}",
                grouped(found as u64),
                grouped(all as u64)
            ));
        }
        if let PageKey::Object(_, node) = &page.key {
            let heap = &view.heap;
            facts.push(format!("retains {}", bytes(heap.retained(*node))));
            let distance = shown_distance(heap.distance(*node));
            let distance = distance.map_or("−".to_owned(), |distance| distance.to_string());
            facts.push(format!("distance {distance}"));
        } else {
            facts.push(format!("{} heap", bytes(view.total)));
            facts.push(format!(
                "{} objects",
                grouped(view.heap.node_count() as u64)
            ));
            facts.push(format!("{} file", bytes(view.file_bytes)));
        }
        (path, facts)
    }

    /// The header of a page that is about several dumps.
    fn series_header(&self) -> (Vec<String>, Vec<String>) {
        let mut path = vec!["heaptui".to_owned(), self.place.clone()];
        let group = self.shelf.groups().get(self.shelf.active());
        if let Some(group) = group.filter(|group| !group.name.is_empty()) {
            path.push(one_line(&group.name).into_owned());
        }
        if let Some(page) = self.comparison() {
            let label = |view: &View| self.shelf.label(&view.dump);
            path.push(format!(
                "{} compared with {}",
                label(&page.to),
                label(&page.from)
            ));
            return (path, compare_rows::facts(page));
        }
        let mut facts = Vec::new();
        if self.shelf.is_ready() {
            facts.extend(self.reading());
            if let Some((found, all)) = self.found() {
                let filter = one_line(self.searched()).into_owned();
                facts.push(format!("/{filter} {found} of {all}"));
            }
            let usable = self.shelf.usable().len();
            let plural = if usable == 1 { "" } else { "s" };
            facts.push(format!("{usable} dump{plural}"));
            let states = |state: fn(State) -> bool| {
                let dumps = self.shelf.dumps().iter();
                dumps
                    .filter(|dump| dump.label.is_none() && state(dump.state))
                    .count()
            };
            let writing = states(|state| state == State::Writing);
            if writing > 0 {
                facts.push(format!("{writing} being written"));
            }
            let others = states(|state| state != State::Writing);
            if others > 0 {
                facts.push(format!("{others} unusable"));
            }
        }
        (path, facts)
    }

    /// How many constructors of how many what was typed has found.
    fn found(&self) -> Option<(usize, usize)> {
        if self.searched().is_empty() {
            return None;
        }
        if let Some(page) = self.explorer() {
            return page.filtered();
        }
        match self.comparison() {
            Some(page) => page.filtered(),
            None => Some(self.growth.rows()),
        }
    }

    /// That new dumps are watched for: a mark, and where there is room a word.
    fn watching(&self, columns: u16) -> String {
        let several = matches!(self.history.page(), PageKey::Dumps | PageKey::Growth);
        if several || columns >= BESIDE {
            "● watching ".to_owned()
        } else {
            "● ".to_owned()
        }
    }

    fn draw_footer(&self, buffer: &mut Buffer, line: Rect) {
        let theme = self.theme;
        let room = usize::from(line.width);
        if let Some(Overlay::Find(prompt, _)) = &self.overlay {
            let typed = if prompt.text().starts_with('@') {
                format!("go to object {}█", prompt.text())
            } else {
                format!("/{}█", prompt.text())
            };
            let typed = width::cut_start(&one_line(&typed), room);
            let (x, _) = buffer.set_stringn(line.x, line.y, &typed, room, theme.style(Tone::Key));
            let found = self.found();
            let words = match found {
                Some((found, all)) => format!(
                    "   {} of {}   Enter keeps it · Esc shows all · @123 goes to an object",
                    grouped(found as u64),
                    grouped(all as u64)
                ),
                None => "   letters of a constructor, or @ and an object's id".to_owned(),
            };
            let left = usize::from(line.right().saturating_sub(x));
            let words = width::cut_end(&words, left);
            buffer.set_string(x, line.y, words, theme.style(Tone::Dim));
            return;
        }
        if let Some((words, tone)) = &self.message {
            let lines = wrap(words, room.saturating_sub(2));
            // What is wrong is said in full, over the last rows if need be.
            let most = if *tone == Tone::Problem { 3 } else { 1 };
            let shown = lines.len().min(most);
            let first = line.y.saturating_sub(shown as u16 - 1);
            for (number, words) in lines.iter().take(shown).enumerate() {
                let words = match lines.get(number + 1) {
                    Some(next) if number + 1 == shown => {
                        width::cut_end(&format!("{words} {next}"), room.saturating_sub(1))
                    }
                    _ => words.clone(),
                };
                let y = first + number as u16;
                buffer.set_string(line.x, y, " ".repeat(room), theme.style(Tone::Plain));
                buffer.set_string(line.x + 1, y, words, theme.style(*tone));
            }
            return;
        }
        let context = self.context();
        let hints: Vec<Hint> = COMMANDS
            .iter()
            .filter(|spec| spec.context.meets(context) && self.works(spec.command))
            .filter_map(|spec| {
                Some(Hint {
                    key: spec.first_key(),
                    word: spec.hint?,
                    stays: ALWAYS_HINTED.contains(&spec.command),
                })
            })
            .collect();
        footer::draw(buffer, line, &hints, theme);
        let mut typed: String = self.count.map_or(String::new(), |count| count.to_string());
        for key in &self.typed {
            typed.push_str(&key.to_string());
        }
        if !typed.is_empty() {
            let x = line.right().saturating_sub(width::width(&typed) as u16 + 1);
            buffer.set_string(x, line.y, typed, theme.style(Tone::Key));
        }
    }
}

/// The path keeps its end and gets what room the facts leave; facts go from the last one.
fn draw_header(buffer: &mut Buffer, line: Rect, path: &[String], facts: &[String], theme: Theme) {
    let room = usize::from(line.width.saturating_sub(2));
    let whole = path.join(" › ");
    let least = width::width(&whole).min(room * 2 / 5);
    let mut facts = facts.to_vec();
    let mut behind = facts.join(" · ");
    // The first fact says what is counted: it stays, and the path gives way.
    while facts.len() > 1 && least + 2 + width::width(&behind) > room {
        facts.pop();
        behind = facts.join(" · ");
    }
    let behind = width::cut_end(&behind, room.saturating_sub(LEAST_PATH + 2));
    let left = room.saturating_sub(width::width(&behind) + 2);
    let mut parts = path.to_vec();
    if width::width(&whole) > left && (parts.len() > 2 || left < SHORT_PATH && parts.len() > 1) {
        parts.remove(0);
    }
    // The longest part gives way first.
    while width::width(&parts.join(" › ")) > left {
        let over = width::width(&parts.join(" › ")) - left;
        let Some(longest) = parts.iter_mut().max_by_key(|part| width::width(part)) else {
            break;
        };
        let now = width::width(longest);
        if now <= 4 {
            break;
        }
        *longest = width::cut_middle(longest, now.saturating_sub(over).max(4));
    }
    let text = width::cut_end(&parts.join(" › "), left);
    buffer.set_string(line.x + 1, line.y, text, theme.style(Tone::Heading));
    let x = line
        .right()
        .saturating_sub(width::width(&behind) as u16 + 1);
    buffer.set_string(x, line.y, behind, theme.style(Tone::Plain));
}

/// The tree and the retainers, below it or beside it.
fn draw_page(buffer: &mut Buffer, area: Rect, page: &mut Explorer, slow: bool, theme: Theme) {
    let (main, holders) = split(area, page);
    if let Some(main) = main {
        let (about, title) = match page.key {
            PageKey::Object(..) => (About::Object, "Object"),
            _ => (About::Classes, "Constructor"),
        };
        let columns = rows::columns(about, main.width);
        let line = Rect { height: 1, ..main };
        buffer.set_string(main.x + 4, main.y, title, theme.style(Tone::Heading));
        let ordered = !matches!(page.key, PageKey::Object(..));
        if ordered && page.order.key == crate::analysis::summary::SortKey::Name {
            let arrow = if page.order.reverse { "▼" } else { "▲" };
            buffer.set_string(main.x + 3, main.y, arrow, theme.style(Tone::Heading));
        }
        let order = ordered.then_some(&page.order);
        rows::draw_titles(buffer, line, &columns, order, theme);
        let below = Rect {
            y: main.y + 1,
            height: main.height - 1,
            ..main
        };
        let focused = page.focus == Side::Main;
        rows::draw(
            buffer,
            below,
            &mut page.main,
            &page.view,
            (&columns, focused),
            theme,
        );
    }
    if let Some(holders) = holders {
        draw_holders(buffer, holders, page, slow, theme);
    }
}

fn draw_holders(buffer: &mut Buffer, area: Rect, page: &mut Explorer, slow: bool, theme: Theme) {
    let columns = rows::columns(About::Holders, area.width);
    let line = Rect { height: 1, ..area };
    let rule = "─".repeat(usize::from(area.width));
    buffer.set_string(area.x, area.y, rule, theme.style(Tone::Dim));
    let mut title = Label::of(" Retainers", Tone::Heading);
    if page.order.weak {
        title.push(" (weak ones too)", Tone::Heading);
    }
    match page.held_node {
        _ if slow => title.push(": looking for them… ", Tone::Busy),
        Some(node) => {
            let of = match page
                .main
                .row()
                .and_then(|row| page.main.tree.source(row.at.branch))
            {
                Some(crate::tui::view::Source::Classes) => " of the largest: ",
                _ => " of ",
            };
            title.push(of, Tone::Heading);
            title = page.view.names.finish(&page.view.heap, node, title);
            title.push_tail(" ", Tone::Heading);
        }
        None => {}
    }
    let room = columns.name.saturating_sub(2);
    title.draw(buffer, (area.x + 2, area.y), room, theme, &[]);
    rows::draw_titles(buffer, line, &columns, None, theme);
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
                (&columns, focused),
                theme,
            );
        }
        (None, None) => {}
    }
}

/// The areas of the tree and of the retainers; zoomed, only one of them has any.
fn split(area: Rect, page: &Explorer) -> (Option<Rect>, Option<Rect>) {
    let small = area.height < 12 && area.width < BESIDE;
    if page.zoomed || small {
        return match page.focus {
            Side::Main => (Some(area), None),
            Side::Holders => (None, Some(area)),
        };
    }
    if area.width >= BESIDE {
        let left = area.width * 11 / 20;
        let main = Rect {
            width: left,
            ..area
        };
        let holders = Rect {
            x: area.x + left + 1,
            width: area.width - left - 1,
            ..area
        };
        return (Some(main), Some(holders));
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
    (Some(main), Some(holders))
}
