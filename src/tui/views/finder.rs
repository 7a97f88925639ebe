//! The line in which something to find is typed: what is searched, how, and how much each of them finds.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::find::{What, find};
use crate::analysis::pattern::{How, Pattern};
use crate::analysis::search::parse_id;
use crate::error::Result;
use crate::series::jobs::Status;
use crate::task::Task;
use crate::text::units::{grouped, percent};
use crate::text::width::cut_end;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::keymap::Keymap;
use crate::tui::overlay::{Outcome, Overlay, OverlayCtx};
use crate::tui::page::{DrawCtx, Effect, Intent, Page};
use crate::tui::place::{DumpId, PageKey, Query};
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::View;
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::prompt::Prompt;
use crate::tui::work::{Inbox, Slot};

/// In what is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// The rows of the page where these can be narrowed, else the classes of the dump.
    Rows,
    Objects(What),
}

const WHERE: [Where; 3] = [
    Where::Rows,
    Where::Objects(What::Properties),
    Where::Objects(What::Strings),
];

/// How many answer what was typed: classes of the dump, properties, strings.
type Counts = [u64; 3];

/// Something to find is being typed.
pub struct Finder {
    prompt: Prompt,
    /// What was typed on the page before.
    before: String,
    at: Where,
    how: How,
    /// Whether the page's rows can be narrowed.
    narrows: bool,
    /// Nothing while they are counted.
    found: Option<Counts>,
    inbox: Inbox<Result<Counts>>,
    /// What was searched for before, the last one last; and which of it is in the line, from the end.
    history: Vec<String>,
    recalled: usize,
}

/// How far a search is, behind its words.
pub fn progress(status: &Status) -> String {
    let progress = status.progress;
    match progress.total {
        0 => String::new(),
        total => format!(" {}", percent(progress.done.min(total), total)),
    }
}

/// The dump that is searched: the one in view or selected, else the last one.
pub fn dump(page: &dyn Page, store: &DumpStore) -> Option<DumpId> {
    let view = page.views().pop().map(|view| Arc::clone(&view.dump));
    view.or_else(|| page.dump(store))
        .or_else(|| store.usable().pop())
}

/// Its heap, if it is loaded.
pub fn view(page: &dyn Page, store: &DumpStore) -> Option<Arc<View>> {
    let here = page.views().pop().filter(|view| !view.outline).cloned();
    here.or_else(|| store.view(&dump(page, store)?))
}

/// Letters in their order are of little use in long texts.
fn how(how: How, what: What) -> How {
    match (how, what) {
        (How::Fuzzy, What::Strings) => How::Text,
        (how, _) => how,
    }
}

fn count(view: &View, way: How, text: &str, task: &Task) -> Result<Counts> {
    let pattern = Pattern::new(way, text);
    let classes = view.classes.iter();
    let scripts = view.names.scripts();
    let names = classes.map(|row| scripts.class(view.heap.class(row.class)).plain());
    let classes = names.filter(|name| pattern.is_match(name));
    let mut counts = [classes.count() as u64, 0, 0];
    for (what, count) in [What::Properties, What::Strings]
        .into_iter()
        .zip(&mut counts[1..])
    {
        let pattern = Pattern::new(how(way, what), text);
        *count = find(&view.heap, what, &pattern, task)?.count;
    }
    Ok(counts)
}

impl Finder {
    /// A line that begins with what the page was narrowed by, as [`How::typed`] writes it; without one the page cannot
    /// be narrowed. `history` is what was searched for before.
    pub fn new(before: Option<&str>, history: Vec<String>) -> Self {
        let narrows = before.is_some();
        let before = before.unwrap_or_default();
        let (how, text) = How::of(before);
        Self {
            prompt: Prompt::new(text),
            before: before.to_owned(),
            at: Where::Rows,
            how,
            narrows,
            found: None,
            inbox: Inbox::default(),
            history,
            recalled: 0,
        }
    }

    /// A line that begins with `text` instead.
    pub fn beginning_with(mut self, text: &str) -> Self {
        self.prompt = Prompt::new(text);
        self
    }

    /// What the page is to be narrowed by: nothing of it while something else is searched.
    fn narrowing(&self) -> String {
        match self.at {
            Where::Rows if !self.is_id() => self.how.typed(self.prompt.text()),
            _ => self.before.clone(),
        }
    }

    /// Whether an object's id is being typed.
    fn is_id(&self) -> bool {
        self.prompt.text().trim_start().starts_with('@')
    }

    /// How the text is looked for where it is searched.
    fn way(&self) -> How {
        match self.at {
            Where::Rows => self.how,
            Where::Objects(what) => how(self.how, what),
        }
    }

    /// Where accepting goes: where the user chose, or where hits are if there are none among the rows.
    fn goes(&self, rows: Option<(usize, usize)>) -> Where {
        let Some([classes, properties, strings]) = self.found else {
            return self.at;
        };
        let here = match rows {
            Some((found, _)) if self.narrows => found as u64,
            // Such a page says itself what is found on it.
            None if self.narrows => return self.at,
            _ => classes,
        };
        match self.at {
            Where::Rows if here == 0 && properties > 0 => Where::Objects(What::Properties),
            Where::Rows if here == 0 && strings > 0 => Where::Objects(What::Strings),
            at => at,
        }
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
        let accept = ctx.keys.key_of(Command::PromptAccept);
        let pattern = Pattern::new(self.way(), self.prompt.text());
        let words = match (self.is_id(), pattern.problem()) {
            (true, _) => Some((format!("object id · {accept} goes there"), Tone::Dim)),
            (_, Some(problem)) => Some((
                format!("not yet a regular expression: {problem}"),
                Tone::Problem,
            )),
            _ => None,
        };
        let sign = if self.is_id() { "" } else { "/" };
        let (words, tone) = words.unwrap_or((String::new(), Tone::Dim));
        let x = self.prompt.draw(buffer, line, sign, (&words, tone), theme);
        if words.is_empty() {
            let rest = Rect {
                x,
                width: line.right().saturating_sub(x),
                ..line
            };
            let status = ctx.work.status(&Slot::Search);
            self.draw_counts(buffer, rest, (rows, status.as_ref()), (ctx.keys, theme));
        }
    }

    /// What is searched, with how much that finds; where the search goes stands out.
    fn draw_counts(
        &self,
        buffer: &mut Buffer,
        line: Rect,
        (rows, status): (Option<(usize, usize)>, Option<&Status>),
        (keys, theme): (&Keymap, Theme),
    ) {
        let counted = |at: usize| match (self.found, status) {
            (Some(found), _) => format!(" {}", grouped(found[at])),
            (None, Some(_)) => " …".to_owned(),
            (None, None) => String::new(),
        };
        let goes = self.goes(rows);
        let mut pieces = Vec::new();
        for (number, at) in WHERE.into_iter().enumerate() {
            let words = match (at, rows) {
                (Where::Rows, Some((found, all))) if self.narrows => {
                    let (found, all) = (grouped(found as u64), grouped(all as u64));
                    format!("rows {found} of {all}")
                }
                (Where::Rows, None) if self.narrows => "rows".to_owned(),
                (Where::Rows, _) => format!("classes{}", counted(number)),
                (Where::Objects(What::Properties), _) => format!("properties{}", counted(number)),
                (Where::Objects(What::Strings), _) => format!("strings{}", counted(number)),
            };
            let tone = if at == goes { Tone::Heading } else { Tone::Dim };
            pieces.push((words, tone));
        }
        let what = keys.key_of(Command::PromptWhat);
        let how = keys.key_of(Command::PromptHow);
        let word = self.way().word();
        pieces.push((format!("{what} next  {how} {word}"), Tone::Dim));
        let mut x = line.x + 3;
        for (words, tone) in pieces {
            let room = usize::from(line.right().saturating_sub(x));
            (x, _) = buffer.set_stringn(x, line.y, cut_end(&words, room), room, theme.style(tone));
            x += 2;
        }
    }
}

impl Overlay for Finder {
    fn prompt(&mut self) -> &mut Prompt {
        &mut self.prompt
    }

    /// The page is narrowed, and the dump is searched; the search before stops.
    fn typed(&mut self, ctx: &mut OverlayCtx<'_>) -> Vec<Effect> {
        self.found = None;
        let narrowing = self.narrowing();
        let is_new = ctx.page.searched().unwrap_or_default() != narrowing;
        let effects = is_new.then_some(Effect::Search(narrowing));
        ctx.work.abandon(&Slot::Search);
        let text = self.prompt.text().to_owned();
        if let Some(view) = view(ctx.page, ctx.store)
            && !text.is_empty()
            && !self.is_id()
        {
            let how = self.how;
            let job = move |task: &Task| count(&view, how, &text, task);
            ctx.work
                .start(Slot::Search, &self.inbox, job, |found| found);
        }
        effects.into_iter().collect()
    }

    /// The page stays narrowed, the hits are listed, or an object is shown; a dump is opened for it if need be.
    fn accept(&mut self, ctx: &mut OverlayCtx<'_>) -> Outcome {
        ctx.work.abandon(&Slot::Search);
        let before = Effect::Search(self.before.clone());
        let say = |words: String| Outcome::Goes(vec![Effect::Say(words, Tone::Problem)]);
        let text = self.prompt.text().trim();
        let id = parse_id(text);
        if self.is_id() && id.is_none() {
            let words = format!("{text} is not an object id: a number is expected after @");
            return match text {
                "@" => Outcome::Goes(Vec::new()),
                _ => say(words),
            };
        }
        let goes = self.goes(ctx.page.found());
        if self.prompt.text().is_empty() || goes == Where::Rows && self.narrows && id.is_none() {
            return Outcome::Goes(Vec::new());
        }
        let Some(dump) = dump(ctx.page, ctx.store) else {
            return say("there is no dump to search".to_owned());
        };
        let effect = match (id, goes) {
            (Some(id), _) if ctx.page.views().is_empty() => {
                Effect::Open(PageKey::Summary(dump), vec![Intent::Id(id)])
            }
            (Some(id), _) => Effect::FindId(id),
            (None, Where::Rows) => {
                let typed = self.how.typed(self.prompt.text());
                Effect::Open(PageKey::Summary(dump), vec![Intent::Resume(typed, None)])
            }
            (None, Where::Objects(what)) => {
                let (how, text) = (how(self.how, what), self.prompt.text().into());
                Effect::Visit(PageKey::Hits(dump, Query { what, how, text }))
            }
        };
        Outcome::Goes(vec![before, effect])
    }

    fn cancel(&mut self, ctx: &mut OverlayCtx<'_>) -> Outcome {
        ctx.work.abandon(&Slot::Search);
        Outcome::Goes(vec![Effect::Search(self.before.clone())])
    }

    fn remembers(&self) -> Option<&str> {
        let text = self.prompt.text();
        (!text.trim().is_empty()).then_some(text)
    }

    /// What was searched for before, as long as nothing else is in the line; then the page moves.
    fn recall(&mut self, motion: Motion) -> bool {
        let now = self.history.iter().rev().nth(self.recalled.wrapping_sub(1));
        let is_recalled = now.is_some_and(|now| now == self.prompt.text());
        if !self.prompt.text().is_empty() && !is_recalled {
            return false;
        }
        let to = match motion {
            Motion::By(-1) => self.recalled + 1,
            Motion::By(1) if is_recalled => self.recalled - 1,
            _ => return false,
        };
        let text = self.history.iter().rev().nth(to.wrapping_sub(1));
        if to > 0 && text.is_none() {
            return false;
        }
        self.prompt = Prompt::new(text.filter(|_| to > 0).cloned().unwrap_or_default());
        self.recalled = to;
        true
    }

    fn command(&mut self, command: Command, ctx: &mut OverlayCtx<'_>) -> Option<Vec<Effect>> {
        match command {
            Command::PromptWhat => {
                let at = WHERE.iter().position(|at| *at == self.at).unwrap_or(0);
                self.at = WHERE[(at + 1) % WHERE.len()];
            }
            Command::PromptHow => {
                self.how = self.way().next();
                if self.at == Where::Objects(What::Strings) && self.how == How::Fuzzy {
                    self.how = How::Text;
                }
            }
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
