//! The line in which a question is typed: what may come next, what is wrong and where, and how much it finds.

use std::ops::Range;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::Result;
use crate::query::{Completion, Problem, Query, complete};
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::width::{cut_end, fit, width};
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::overlay::{Outcome, Overlay, OverlayCtx};
use crate::tui::page::{DrawCtx, Effect, Page};
use crate::tui::place::PageKey;
use crate::tui::theme::{Theme, Tone};
use crate::tui::views::answer::{self, Question};
use crate::tui::views::finder::{dump, view};
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::widgets::popup;
use crate::tui::widgets::prompt::Prompt;
use crate::tui::work::{Inbox, Slot};

/// Completions on the screen.
const ROWS: u16 = 8;
/// Terminal columns of what is offered, before what it is.
const OFFERED: usize = 28;
/// What stands before the line that is typed.
const SIGN: &str = ":";

/// A question is being typed.
#[derive(Default)]
pub struct Asker {
    prompt: Prompt,
    offered: Vec<Completion>,
    cursor: Cursor,
    /// Whether the user went to one of those that are offered.
    chosen: bool,
    problem: Option<Problem>,
    /// What is found, in words; `None` while it is counted.
    found: Option<Result<String>>,
    inbox: Inbox<Result<String>>,
    history: Vec<String>,
    /// Which of it is in the line, from the end.
    recalled: usize,
}

impl Asker {
    /// A line that begins with `text`; `history` is what was asked before, the last one last.
    pub fn new(text: &str, history: Vec<String>) -> Self {
        Self {
            prompt: Prompt::new(text),
            history,
            ..Self::default()
        }
    }

    /// Puts what is selected into the line.
    fn complete(&mut self) {
        if let Some(completion) = self.offered.get(self.cursor.selected) {
            self.prompt.replace(completion.at.clone(), &completion.text);
        }
    }

    /// What the last line says: where something is wrong, that, else what is found.
    fn status(&self, ctx: DrawCtx<'_>) -> (String, Tone) {
        let keys = ctx.keys;
        let accept = keys.key_of(Command::PromptAccept);
        let offer = match self.offered.is_empty() {
            true => String::new(),
            false => format!(" · {} completes", keys.key_of(Command::PromptComplete)),
        };
        match &self.found {
            Some(Ok(words)) => (format!("{words} · {accept} lists them{offer}"), Tone::Dim),
            Some(Err(error)) => (error.message.clone(), Tone::Problem),
            None if self.prompt.text().trim().is_empty() => (
                format!("a class, a filter, | and a step{offer} · heaptui help queries"),
                Tone::Dim,
            ),
            None if ctx.work.status(&Slot::Search).is_some() => {
                (format!("counting…{offer}"), Tone::Busy)
            }
            None => (format!("{accept} asks{offer}"), Tone::Dim),
        }
    }

    /// Draws carets under what is wrong, and beside them why.
    fn draw_problem(&self, buffer: &mut Buffer, line: Rect, problem: &Problem, theme: Theme) {
        // Who is still typing is told what may come.
        let unfinished = problem.at.start >= self.prompt.text().trim_end().len();
        let tone = if unfinished { Tone::Dim } else { Tone::Problem };
        let style = theme.style(tone);
        let words = match problem.expected.is_empty() {
            true => one_line(&problem.message).into_owned(),
            false => one_line(&format!(
                "{}; expected {}",
                problem.message, problem.expected
            ))
            .into_owned(),
        };
        let room = usize::from(line.width);
        let text = self.prompt.text();
        let columns = |range: Range<usize>| text.get(range).map_or(0, width);
        let before = width(SIGN) + columns(0..problem.at.start);
        let under = columns(problem.at.clone()).max(1);
        if width(SIGN) + width(text) >= room {
            // The line has scrolled.
            buffer.set_stringn(line.x, line.y, words, room, style);
            return;
        }
        let under = "^".repeat(under.min(room - before));
        buffer.set_string(line.x + before as u16, line.y, &under, style);
        let behind = room - before - under.len();
        let (x, room) = match behind > before || width(&words) < behind {
            true => (before + under.len() + 1, behind.saturating_sub(1)),
            false => (0, before.saturating_sub(1)),
        };
        let words = cut_end(&words, room);
        buffer.set_string(line.x + x as u16, line.y, words, style);
    }

    fn draw_offered(&mut self, buffer: &mut Buffer, area: Rect, rows: u16, theme: Theme) {
        let room = usize::from(area.width);
        let rule = "─".repeat(room);
        buffer.set_string(area.x, area.y, rule, theme.style(Tone::Dim));
        let style = theme.style(Tone::Heading);
        buffer.set_stringn(
            area.x + 2,
            area.y,
            " Question ",
            room.saturating_sub(2),
            style,
        );
        self.cursor.fit(usize::from(rows), self.offered.len());
        let seen = self.offered.iter().enumerate().skip(self.cursor.top);
        for (y, (index, completion)) in (area.y + 1..).zip(seen.take(usize::from(rows))) {
            let name = fit(&one_line(&completion.text), OFFERED.min(room / 2));
            let style = theme.style(Tone::Plain);
            let (x, _) = buffer.set_stringn(area.x + 2, y, name, room.saturating_sub(2), style);
            let left = usize::from(area.right().saturating_sub(x + 2));
            let about = cut_end(completion.about, left);
            buffer.set_string(x + 2, y, about, theme.style(Tone::Dim));
            if index == self.cursor.selected && self.chosen {
                let row = Rect::new(area.x, y, area.width, 1);
                theme.select(buffer, row, true);
            }
        }
    }
}

impl Overlay for Asker {
    fn context(&self) -> Context {
        Context::QUESTION
    }

    fn prompt(&mut self) -> &mut Prompt {
        &mut self.prompt
    }

    /// The question is read, what may come next is offered, and what it finds is counted; the count before stops.
    fn typed(&mut self, ctx: &mut OverlayCtx<'_>) -> Vec<Effect> {
        (self.found, self.chosen, self.cursor) = (None, false, Cursor::default());
        ctx.work.abandon(&Slot::Search);
        let text = self.prompt.text();
        self.problem = Query::parse(text).err();
        let view = view(ctx.page, ctx.store);
        let rows = view.iter().flat_map(|view| &view.classes);
        let classes =
            rows.filter_map(|row| Some(view.as_ref()?.heap.class(row.class).name.as_str()));
        let classes: Vec<&str> = classes.collect();
        self.offered = complete(text, self.prompt.at(), &classes);
        // What is there already is not offered.
        self.offered
            .retain(|offer| text.get(offer.at.clone()) != Some(&offer.text));
        if let Some(view) = view.filter(|_| self.problem.is_none() && !text.trim().is_empty()) {
            let question = Question::new(text.into(), view, ctx.store);
            let job = move |task: &Task| Ok(answer::figures(&question.answer(task)?));
            ctx.work
                .start(Slot::Search, &self.inbox, job, |found| found);
        }
        Vec::new()
    }

    /// What is chosen among what is offered goes into the line; else the answer is shown.
    fn accept(&mut self, ctx: &mut OverlayCtx<'_>) -> Outcome {
        if self.chosen {
            self.complete();
            self.typed(ctx);
            return Outcome::Stays;
        }
        let text = self.prompt.text().trim();
        if text.is_empty() {
            return Outcome::Goes(Vec::new());
        }
        if self.problem.is_some() {
            return Outcome::Stays;
        }
        ctx.work.abandon(&Slot::Search);
        let effect = match dump(ctx.page, ctx.store) {
            Some(dump) => Effect::Visit(PageKey::Answer(dump, Arc::from(text))),
            None => Effect::Say("there is no dump to ask".to_owned(), Tone::Problem),
        };
        Outcome::Goes(vec![effect])
    }

    fn cancel(&mut self, ctx: &mut OverlayCtx<'_>) -> Outcome {
        ctx.work.abandon(&Slot::Search);
        Outcome::Goes(Vec::new())
    }

    fn go(&mut self, motion: Motion) -> bool {
        match (self.chosen, motion) {
            // The first step goes to the first.
            (false, Motion::By(1)) => self.chosen = !self.offered.is_empty(),
            (true, Motion::By(-1)) if self.cursor.selected == 0 => self.chosen = false,
            (true, motion) => self.cursor.go(motion, self.offered.len()),
            (false, _) => {}
        }
        true
    }

    fn remembers(&self) -> Option<&str> {
        let text = self.prompt.text().trim();
        (!text.is_empty() && !self.chosen && self.problem.is_none()).then_some(text)
    }

    /// What was asked before, upwards from an empty line.
    fn recall(&mut self, motion: Motion) -> bool {
        let text = self.prompt.text();
        let now = self.history.iter().rev().nth(self.recalled.wrapping_sub(1));
        let is_recalled = now.is_some_and(|now| now == text);
        let to = match motion {
            Motion::By(-1) if !self.chosen && (text.is_empty() || is_recalled) => self.recalled + 1,
            _ => return false,
        };
        let Some(text) = self.history.iter().rev().nth(to - 1) else {
            return false;
        };
        self.prompt = Prompt::new(text.clone());
        self.recalled = to;
        true
    }

    fn command(&mut self, command: Command, ctx: &mut OverlayCtx<'_>) -> Option<Vec<Effect>> {
        if command != Command::PromptComplete {
            return None;
        }
        self.complete();
        Some(self.typed(ctx))
    }

    fn take(&mut self, _: &DumpStore) {
        while let Some(found) = self.inbox.next() {
            self.found = Some(found);
        }
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, _: &dyn Page, ctx: DrawCtx<'_>) -> bool {
        let rows = ROWS
            .min(self.offered.len() as u16)
            .min(area.height.saturating_sub(6));
        let top = area.bottom().saturating_sub(rows + 3);
        let whole = Rect {
            y: top,
            height: area.bottom() - top,
            ..area
        };
        popup::wipe(buffer, whole);
        let above = Rect { y: top, ..area };
        self.draw_offered(buffer, above, rows, ctx.theme);
        let line = |above: u16| Rect {
            y: area.bottom().saturating_sub(above),
            height: 1,
            ..area
        };
        let nothing = ("", Tone::Dim);
        self.prompt.draw(buffer, line(2), SIGN, nothing, ctx.theme);
        match &self.problem {
            Some(problem) => self.draw_problem(buffer, line(1), problem, ctx.theme),
            None => {
                let (words, tone) = self.status(ctx);
                let words = cut_end(&one_line(&words), usize::from(area.width) - 1);
                let style = ctx.theme.style(tone);
                buffer.set_string(area.x + 1, line(1).y, words, style);
            }
        }
        true
    }
}
