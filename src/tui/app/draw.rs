//! Drawing a frame. Nothing here takes time that grows with the heap.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::text::escape::one_line;
use crate::text::width;
use crate::tui::app::write::draw_prompt;
use crate::tui::app::{App, Overlay};
use crate::tui::commands::{ALWAYS_HINTED, COMMANDS, Command, Context};
use crate::tui::page::{DrawCtx, Header};
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::footer::{self, Hint};
use crate::tui::widgets::wrap::wrap;
use crate::tui::work::Slot;

/// Below this size one line says so.
const SMALLEST: (u16, u16) = (30, 8);

/// From this width on there is room for words about the watcher everywhere.
const BESIDE: u16 = 160;

/// From this width on there is room for more words behind what is typed.
const WIDE_PROMPT: u16 = 120;

/// What the header's path keeps at least.
const LEAST_PATH: usize = 8;
/// A path this short does without its folder.
const SHORT_PATH: usize = 24;

impl App {
    /// Draws a frame.
    pub fn draw(&mut self, frame: &mut Frame) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        self.draw_on(buffer, area);
        if self.wants_mouse() {
            let mut places = buffer.content.iter().enumerate();
            let mark = places.find(|(_, cell)| cell.symbol() == "▶");
            self.marked = mark.map(|(index, _)| buffer.pos_of(index));
        }
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
        let right_end = title.right();
        let title = self.draw_cut(buffer, title);
        draw_header(buffer, title, &left, &right, theme);
        buffer.set_string(right_end, area.y, mark, theme.style(Tone::Dim));
        if let Some(Overlay::Help(help)) = &mut self.overlay {
            help.draw(buffer, body, theme);
        } else {
            let keys = Arc::clone(&self.keymap);
            let (page, ctx) = self.page_mut();
            let ctx = DrawCtx {
                work: ctx.work,
                store: ctx.store,
                theme,
                keys: &keys,
            };
            page.draw(buffer, body, ctx);
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
        let key = self.history.page();
        let Header {
            path: inner,
            facts: known,
        } = self.page().header(&self.store);
        let mut path = vec![self.place.clone()];
        let mut facts = Vec::new();
        if key.dumps().len() == 1 {
            facts.extend(self.waiting_for());
        } else {
            path.insert(0, "heaptui".to_owned());
            let group = self.store.groups().get(self.store.active());
            if let Some(group) = group.filter(|group| !group.name.is_empty()) {
                path.push(one_line(&group.name).into_owned());
            }
            if key.dumps().is_empty() {
                facts.extend(self.reading());
            }
        }
        path.extend(inner);
        facts.extend(known);
        (path, facts)
    }

    /// That new dumps are watched for: a mark, and where there is room a word.
    fn watching(&self, columns: u16) -> String {
        let several = self.history.page().is_of_series();
        if several || columns >= BESIDE {
            "● watching ".to_owned()
        } else {
            "● ".to_owned()
        }
    }

    /// Says on every page of a dump that was cut short that it is one, at the end of the line; gives what is left of it.
    fn draw_cut(&self, buffer: &mut Buffer, line: Rect) -> Rect {
        if !self.shows_cut() {
            return line;
        }
        let words = match line.width {
            ..BESIDE => "CUT SHORT ",
            _ => "CUT SHORT, not all is known ",
        };
        let left = line.width - width::width(words) as u16;
        let style = self.theme.style(Tone::Problem);
        buffer.set_string(line.x + left, line.y, words, style);
        Rect {
            width: left,
            ..line
        }
    }

    /// Whether a dump in view was cut short.
    pub(super) fn shows_cut(&self) -> bool {
        let dumps = self.history.page().dumps();
        dumps.iter().any(|dump| self.is_cut(dump))
    }

    /// What can be pressed now: behind keys that begin something their continuations, else what the page offers.
    fn hints(&self, context: Context) -> Vec<Hint> {
        if !self.typed.is_empty() {
            let behind = self.keymap.continuations(context, &self.typed);
            let works = behind
                .into_iter()
                .filter(|(_, command)| self.works(*command));
            return works
                .map(|(key, command)| Hint {
                    key,
                    word: command.word(),
                    stays: false,
                })
                .collect();
        }
        let here = COMMANDS.iter().filter(|spec| spec.context.meets(context));
        here.filter(|spec| self.works(spec.command))
            .filter_map(|spec| {
                Some(Hint {
                    key: self.keymap.first_key(spec)?,
                    word: spec.hint?,
                    stays: ALWAYS_HINTED.contains(&spec.command),
                })
            })
            .collect()
    }

    fn draw_footer(&self, buffer: &mut Buffer, line: Rect) {
        let theme = self.theme;
        let room = usize::from(line.width);
        match &self.overlay {
            Some(Overlay::Find(finder)) => {
                let status = self.work.status(&Slot::Search);
                return finder.draw(buffer, line, self.page().found(), status, theme);
            }
            Some(Overlay::Write(prompt)) => {
                let key = self.keymap.key_of(Command::PromptAccept);
                let hint = format!(".md .csv .json · strings are masked · {key} writes");
                let asked = ("write to", prompt, &*hint);
                return draw_prompt(buffer, line, asked, self.message.as_ref(), theme);
            }
            Some(Overlay::Report(prompt)) => {
                let key = self.keymap.key_of(Command::PromptAccept);
                let hint = match line.width {
                    ..WIDE_PROMPT => format!("strings are masked · {key} writes"),
                    _ => format!(
                        "strings are masked (`heaptui report --reveal` shows them) · {key} writes"
                    ),
                };
                let asked = ("report to", prompt, &*hint);
                return draw_prompt(buffer, line, asked, self.message.as_ref(), theme);
            }
            _ => {}
        }
        if let Some(Overlay::Help(help)) = &self.overlay
            && help.typing
        {
            let typed = width::cut_start(&format!("/{}█", help.prompt.text()), room);
            buffer.set_string(line.x, line.y, typed, theme.style(Tone::Key));
            return;
        }
        if let Some(words) = self.reporting() {
            let words = width::cut_end(&words, room.saturating_sub(2));
            buffer.set_string(line.x + 1, line.y, words, theme.style(Tone::Busy));
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
        let hints = self.hints(context);
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
