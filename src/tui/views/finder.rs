//! The line in which something to find is typed: what is searched, how, and what came of it.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::find::{Hits, What, find};
use crate::analysis::pattern::{How, Pattern};
use crate::analysis::search::parse_id;
use crate::error::Result;
use crate::series::jobs::Status;
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::units::{grouped, percent};
use crate::text::width;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::keymap::Keymap;
use crate::tui::overlay::{Outcome, Overlay, OverlayCtx};
use crate::tui::page::{DrawCtx, Effect, Page};
use crate::tui::place::{PageKey, Query};
use crate::tui::theme::Tone;
use crate::tui::widgets::prompt::Prompt;
use crate::tui::work::{Inbox, Slot};

/// Something to find is being typed.
pub struct Finder {
    prompt: Prompt,
    /// What was typed on the page before.
    before: String,
    /// In what to look; nothing: in the rows of the page.
    what: Option<What>,
    /// How to look.
    how: How,
    /// Whether the page's rows can be narrowed.
    rows: bool,
    /// How many objects were found, and how many different texts; nothing while they are looked for.
    found: Option<(u64, u64)>,
    inbox: Inbox<Result<(u64, u64)>>,
}

/// How far a search is, behind its words.
pub fn progress(status: &Status) -> String {
    let progress = status.progress;
    match progress.total {
        0 => String::new(),
        total => format!(" {}", percent(progress.done.min(total), total)),
    }
}

impl Finder {
    /// A line that begins with what the page was narrowed by, as [`How::typed`] writes it; without one the page cannot
    /// be narrowed, and strings are looked for.
    pub fn new(before: Option<&str>) -> Self {
        let rows = before.is_some();
        let before = before.unwrap_or_default();
        let (how, text) = How::of(before);
        Self {
            prompt: Prompt::new(text),
            before: before.to_owned(),
            what: (!rows).then_some(What::Strings),
            how: if rows { how } else { How::Text },
            rows,
            found: None,
            inbox: Inbox::default(),
        }
    }

    /// A line that begins with `text` instead.
    pub fn beginning_with(mut self, text: &str) -> Self {
        self.prompt = Prompt::new(text);
        self
    }

    /// What the page is to be narrowed by: nothing of it while something else is searched.
    fn narrowing(&self) -> String {
        match self.what {
            None if !self.is_id() => self.how.typed(self.prompt.text()),
            _ => self.before.clone(),
        }
    }

    /// Whether an object's id is being typed.
    fn is_id(&self) -> bool {
        self.prompt.text().trim_start().starts_with('@')
    }

    /// Looks in something else. Letters in their order are of little use in long texts, so that these begin otherwise.
    fn next_what(&mut self) {
        self.what = match self.what {
            None => Some(What::Properties),
            Some(What::Properties) => Some(What::Strings),
            Some(What::Strings) if self.rows => None,
            Some(What::Strings) => Some(What::Properties),
        };
        if self.what == Some(What::Strings) && self.how == How::Fuzzy {
            self.how = How::Text;
        }
        self.found = None;
    }

    /// Looks in another way.
    fn next_how(&mut self) {
        self.how = self.how.next();
        self.found = None;
    }

    /// Draws the line. `rows` is how many rows of how many answer.
    fn draw_line(
        &self,
        buffer: &mut Buffer,
        line: Rect,
        rows: Option<(usize, usize)>,
        ctx: DrawCtx<'_>,
    ) {
        let theme = ctx.theme;
        let status = ctx.work.status(&Slot::Search);
        let room = usize::from(line.width);
        let typed = if self.is_id() {
            format!("go to object {}█", self.prompt.text().trim_start())
        } else {
            format!("/{}█", self.prompt.text())
        };
        let typed = width::cut_start(&one_line(&typed), room);
        let (x, _) = buffer.set_stringn(line.x, line.y, &typed, room, theme.style(Tone::Key));
        let (words, tone) = self.words(rows, status, ctx.keys);
        let left = usize::from(line.right().saturating_sub(x));
        let words = width::cut_end(&format!("   {words}"), left);
        buffer.set_string(x, line.y, words, theme.style(tone));
    }

    fn words(
        &self,
        rows: Option<(usize, usize)>,
        status: Option<Status>,
        keys: &Keymap,
    ) -> (String, Tone) {
        let accept = keys.key_of(Command::PromptAccept);
        if self.is_id() {
            return (format!("{accept} goes there"), Tone::Dim);
        }
        let pattern = Pattern::new(self.how, self.prompt.text());
        if let Some(problem) = pattern.problem() {
            return (
                format!("no regular expression yet: {problem}"),
                Tone::Problem,
            );
        }
        let what = match self.what {
            None => "constructors",
            Some(What::Properties) => "properties",
            Some(What::Strings) => "strings",
        };
        let how = self.how.word();
        let id = keys.key_of(Command::GoToId);
        let keys = format!(
            "{}: in what · {}: how",
            keys.key_of(Command::PromptWhat),
            keys.key_of(Command::PromptHow)
        );
        let count = match (self.what, self.found) {
            (None, _) => rows.map(|(found, all)| {
                let found = grouped(found as u64);
                format!("{found} of {}", grouped(all as u64))
            }),
            (_, Some((count, _))) => Some(format!("{} found · {accept} lists", grouped(count))),
            _ => status.map(|status| format!("searching{}", progress(&status))),
        };
        let words = match count {
            Some(count) => format!("{what}, {how}: {count} · {keys}"),
            None => format!("{what}, {how} · {keys} · {id}123: by id"),
        };
        (words, Tone::Dim)
    }
}

impl Overlay for Finder {
    fn prompt(&mut self) -> &mut Prompt {
        &mut self.prompt
    }

    /// The page is narrowed, or the dump is searched; the search before stops.
    fn typed(&mut self, ctx: &mut OverlayCtx<'_>) -> Vec<Effect> {
        self.found = None;
        let narrowing = self.narrowing();
        let is_new = ctx.page.searched().unwrap_or_default() != narrowing;
        let effects = is_new.then_some(Effect::Search(narrowing));
        ctx.work.abandon(&Slot::Search);
        let text = self.prompt.text().to_owned();
        if let Some(what) = self.what
            && let Some(view) = ctx.page.views().pop().cloned()
            && !text.is_empty()
            && !self.is_id()
        {
            let how = self.how;
            let job = move |task: &Task| {
                let pattern = Pattern::new(how, &text);
                let Hits { count, texts, .. } = find(&view.heap, what, &pattern, task)?;
                Ok((count, texts))
            };
            ctx.work
                .start(Slot::Search, &self.inbox, job, |found| found);
        }
        effects.into_iter().collect()
    }

    /// The page stays narrowed, the hits are listed, or an object is shown.
    fn accept(&mut self, ctx: &mut OverlayCtx<'_>) -> Outcome {
        ctx.work.abandon(&Slot::Search);
        let text = self.prompt.text().trim();
        if let Some(id) = parse_id(text) {
            let before = Effect::Search(self.before.clone());
            return Outcome::Goes(vec![before, Effect::FindId(id)]);
        }
        if self.is_id() {
            let words = format!("{text} is no object id: a number is expected after @");
            let wrong = (text != "@").then_some(Effect::Say(words, Tone::Problem));
            return Outcome::Goes(wrong.into_iter().collect());
        }
        let view = ctx.page.views().pop();
        let view = view.filter(|_| !self.prompt.text().is_empty());
        let hits = self.what.zip(view).map(|(what, view)| {
            let query = Query {
                what,
                how: self.how,
                text: self.prompt.text().into(),
            };
            Effect::Visit(PageKey::Hits(Arc::clone(&view.dump), query))
        });
        Outcome::Goes(hits.into_iter().collect())
    }

    fn cancel(&mut self, ctx: &mut OverlayCtx<'_>) -> Outcome {
        ctx.work.abandon(&Slot::Search);
        let now = ctx.page.searched().unwrap_or_default();
        let narrowed = self.what.is_none() || now != self.before;
        let before = narrowed.then(|| Effect::Search(self.before.clone()));
        Outcome::Goes(before.into_iter().collect())
    }

    fn command(&mut self, command: Command, ctx: &mut OverlayCtx<'_>) -> Option<Vec<Effect>> {
        match command {
            Command::PromptWhat => self.next_what(),
            Command::PromptHow => self.next_how(),
            _ => return None,
        }
        Some(self.typed(ctx))
    }

    fn works(&self, _: Command) -> bool {
        true
    }

    fn take(&mut self, _: &DumpStore) {
        if let Some(Ok(found)) = self.inbox.next() {
            self.found = Some(found);
        }
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, page: &dyn Page, ctx: DrawCtx<'_>) -> bool {
        let line = Rect {
            y: area.bottom() - 1,
            height: 1,
            ..area
        };
        self.draw_line(buffer, line, page.found(), ctx);
        true
    }
}
