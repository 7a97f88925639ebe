//! The page of leak suspects.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::analysis::columns;
use crate::graph::NodeId;
use crate::series::jobs::Status;
use crate::table::Cell;
use crate::task::Task;
use crate::text::mask::Reveal;
use crate::text::span::Spans;
use crate::tui::clipboard::Text;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::{Export, Rows};
use crate::tui::page::{DrawCtx, Effect, Header, News, Page, PageCtx, Subject, said};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::scope::Scope;
use crate::tui::search::{Accused, Found, Search};
use crate::tui::theme::Tone;
use crate::tui::views::progress::progress_in_short;
use crate::tui::views::suspects_rows::{self, Shown, sure};
use crate::tui::views::suspects_words::Words;
use crate::tui::widgets::list::{Cursor, Motion};
use crate::tui::work::{Slot, Work};

/// The page.
#[derive(Default)]
pub struct SuspectsPage {
    /// What was found last.
    pub found: Option<Arc<Found>>,
    /// How the search stands.
    pub search: Search,
    /// Which suspect.
    pub cursor: Cursor,
    /// Where the words about the selected one are.
    pub words: Words,
}

/// How far the search is, in words; `None` while nothing is searched.
pub fn searching(search: &Search, work: &Work, store: &DumpStore) -> Option<String> {
    let status: Status = work.status(&Slot::Suspects)?;
    let dumps = store.usable().len();
    // The last one, the others back to the first, and those between once more.
    let all = (dumps * 2).saturating_sub(2).max(1);
    let now = search.fetched().clamp(1, all);
    let doing = progress_in_short(status);
    let doing = doing.trim_end_matches('…');
    Some(match all {
        1 => format!("Looking for a leak: {doing}…"),
        _ => format!("Looking for a leak, step {now} of {all}: {doing}…"),
    })
}

/// Opens the line to change in the user's editor.
pub fn edited(accused: &Accused) -> Effect {
    match &accused.line {
        Some(place) => Effect::Edit(Box::new(place.clone())),
        None => Effect::Say(
            "the dumps have no source line for this suspect".to_owned(),
            Tone::Problem,
        ),
    }
}

/// Copies the signature of a leak.
pub fn copied(accused: &Accused) -> Effect {
    Effect::Copy(Text {
        text: accused.suspect.signature.id.to_string(),
        what: "the signature".to_owned(),
    })
}

impl SuspectsPage {
    /// Takes how the search stands; the cursor stays on its suspect.
    fn take(&mut self, search: &Search) {
        self.search = search.clone();
        let same = match (&self.found, &search.found) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (_, None) => true,
            _ => false,
        };
        let Some(found) = search.found.clone().filter(|_| !same) else {
            return;
        };
        let name = self
            .selected()
            .map(|accused| accused.suspect.holder_name.clone());
        let mut names = found.suspects.iter();
        let row = names.position(|accused| Some(&accused.suspect.holder_name) == name.as_ref());
        self.cursor.follow(row.unwrap_or(0), found.suspects.len());
        self.words.scroll = 0;
        self.found = Some(found);
    }

    /// The selected suspect.
    pub fn selected(&self) -> Option<&Accused> {
        self.found.as_ref()?.suspects.get(self.cursor.selected)
    }

    fn rows(&self) -> usize {
        self.found.as_ref().map_or(0, |found| found.suspects.len())
    }

    /// The objects that pile up, among those of their class; where these are not known, the holder.
    fn objects(&self) -> Option<Effect> {
        let (accused, found) = (self.selected()?, self.found.as_ref()?);
        let last = found.dumps.last()?.clone();
        Some(match &accused.class {
            Some((_, class)) => Effect::Summary(last, Scope::All, Some(class.clone())),
            None => Effect::Visit(PageKey::Object(last, accused.suspect.holder)),
        })
    }

    fn holder(&self) -> Option<(DumpId, NodeId)> {
        let last = self.found.as_ref()?.dumps.last()?;
        Some((last.clone(), self.selected()?.suspect.holder))
    }
}

impl Page for SuspectsPage {
    fn context(&self) -> Context {
        Context::SUSPECTS
    }

    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>) {
        let shown = Shown {
            found: self.found.as_deref(),
            search: &self.search,
            searching: searching(&self.search, ctx.work, ctx.store),
            cursor: &mut self.cursor,
            words: &mut self.words,
        };
        suspects_rows::draw(buffer, area, shown, ctx);
    }

    fn header(&self, store: &DumpStore) -> Header {
        Header {
            path: vec!["suspects".into()],
            facts: store.facts().into_iter().map(said).collect(),
        }
    }

    fn hear(&mut self, news: &News, _: &mut PageCtx<'_>) {
        match news {
            News::Process => *self = Self::default(),
            News::Search(search) => self.take(search),
            _ => {}
        }
    }

    /// Single steps go from suspect to suspect, pages through the words about one.
    fn go(&mut self, motion: Motion, _: &mut PageCtx<'_>) {
        if let Motion::HalfPages(pages) = motion
            && self.words.most > 0
        {
            let by = (self.words.page as isize / 2).max(1).saturating_mul(pages);
            let scroll = self.words.scroll.saturating_add_signed(by);
            self.words.scroll = scroll.min(self.words.most);
            return;
        }
        let before = self.cursor.selected;
        self.cursor.go(motion, self.rows());
        if self.cursor.selected != before {
            self.words.scroll = 0;
        }
    }

    fn command(&mut self, command: Command, _: &mut PageCtx<'_>) -> Option<Effect> {
        match command {
            Command::Open => self.objects(),
            Command::CopySignature => Some(copied(self.selected()?)),
            Command::EditSource => Some(edited(self.selected()?)),
            _ => None,
        }
    }

    fn word(&self, command: Command) -> Option<&'static str> {
        match command {
            Command::Open => Some("objects"),
            Command::OpenObject => Some("holder"),
            _ => None,
        }
    }

    fn works(&self, command: Command, _: &DumpStore) -> bool {
        let needs_row = matches!(
            command,
            Command::Open | Command::OpenObject | Command::CopySignature | Command::EditSource
        );
        !needs_row || self.selected().is_some()
    }

    fn subject(&self) -> Option<Subject> {
        let (dump, node) = self.holder()?;
        let class = self.selected()?.class.as_ref();
        Some(Subject {
            dump,
            node: Some(node),
            class: class.map(|(id, _)| *id),
        })
    }

    /// What piles up, rather than its holder.
    fn made(&self) -> Option<Subject> {
        let (dump, holder) = self.holder()?;
        let accused = self.selected()?;
        let class = accused.class.as_ref().map(|(id, _)| *id);
        let alone = class.is_none().then_some(holder);
        Some(Subject {
            dump,
            node: accused.suspect.example.or(alone),
            class,
        })
    }

    fn line(&self, _: &DumpStore) -> Option<Spans> {
        let suspect = &self.selected()?.suspect;
        let words = Spans::new().number(sure(suspect)).note(" ");
        let words = words.then(suspect.holder_name.clone());
        Some(match suspect.leaked.first() {
            Some(leaked) => {
                let counts = Cell::counts(&leaked.counts).shown(Reveal::Nothing);
                let words = words.note(": ").then(leaked.words());
                words.note(" ").number(counts)
            }
            None => words,
        })
    }

    fn export(&self, store: &DumpStore) -> Option<Export> {
        let found = self.found.as_ref()?;
        let mut heading = self.header(store).heading();
        heading.extend(found.caveats.iter().cloned().map(said));
        // There are a few dozen at most.
        let suspects = found.suspects.iter().map(|accused| &accused.suspect);
        let rows = suspects.enumerate();
        let rows = Rows::of(heading, &columns::suspects(), rows, &(), &Task::new());
        Some(Box::new(move |_| rows))
    }
}
