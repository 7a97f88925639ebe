//! What every page can do. Pages are known through this alone: a new page is a file, a row in the table of commands and
//! a line where pages are made.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::graph::NodeId;
use crate::text::span::Spans;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
pub use crate::tui::effect::{Effect, Intent, News, ProfileTarget};
use crate::tui::export::Export;
use crate::tui::keymap::Keymap;
use crate::tui::place::DumpId;
pub use crate::tui::place::Subject;
use crate::tui::search::Found;
use crate::tui::theme::Theme;
use crate::tui::view::View;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::widgets::list::Motion;
use crate::tui::work::Work;

/// What pages may use when something happens.
pub struct PageCtx<'a> {
    /// The workers.
    pub work: &'a mut Work,
    /// What is known of the dumps.
    pub store: &'a DumpStore,
    /// Which keys do what, for sentences that name one.
    pub keys: &'a Keymap,
    /// What the search for suspects found last.
    pub found: Option<&'a Arc<Found>>,
}

/// What pages may use while they are drawn.
#[derive(Clone, Copy)]
pub struct DrawCtx<'a> {
    /// The workers.
    pub work: &'a Work,
    /// What is known of the dumps.
    pub store: &'a DumpStore,
    /// How things look.
    pub theme: Theme,
    /// Which keys do what, for sentences that name one.
    pub keys: &'a Keymap,
}

impl Subject {
    /// An object of a loaded dump.
    pub fn of(view: &View, node: NodeId) -> Self {
        Self {
            dump: Arc::clone(&view.dump),
            node: Some(node),
            class: Some(view.heap.class_id(node)),
        }
    }
}

/// What stands in the first line.
#[derive(Debug, Default)]
pub struct Header {
    /// The path to what is in view, behind the folder.
    pub path: Vec<Spans>,
    /// Figures about it, what matters most first.
    pub facts: Vec<Spans>,
}

impl Header {
    /// The first lines of a file: the path and the figures.
    pub fn heading(self) -> Vec<Spans> {
        let line = |parts: Vec<Spans>, between: &'static str| {
            let joined = parts
                .into_iter()
                .reduce(|line, part| line.note(between).then(part));
            joined.unwrap_or_default()
        };
        let mut heading = vec![line(self.path, " › "), line(self.facts, " · ")];
        heading.retain(|line| !line.is_empty());
        heading
    }
}

/// What was typed to find rows, and how much that finds: `/Map 3 of 12`.
pub fn typed(text: &str, found: String) -> Spans {
    Spans::from("/")
        .value(text.to_owned())
        .note(" ")
        .number(found)
}

/// Words of this program.
pub fn said(words: String) -> Spans {
    Spans::new().note(words)
}

/// A hit of a search that was gone to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walked {
    /// What it is about.
    pub subject: Subject,
    /// Which one it is, from 1.
    pub number: usize,
    /// How many there are.
    pub count: u64,
}

/// A page.
pub trait Page {
    /// Where the keyboard is.
    fn context(&self) -> Context;

    /// Draws the page. No work that grows with the heap.
    fn draw(&mut self, buffer: &mut Buffer, area: Rect, ctx: DrawCtx<'_>);

    /// What stands in the first line.
    fn header(&self, store: &DumpStore) -> Header;

    /// Moves the cursor.
    fn go(&mut self, motion: Motion, ctx: &mut PageCtx<'_>);

    /// The mouse was pressed at this column and line; says whether the page knows what to do about it. Where it does
    /// not, the row of its list is selected that was drawn there.
    fn click(&mut self, _at: (u16, u16), _desk: &mut PageCtx<'_>) -> bool {
        false
    }

    /// Does what a command asks for, if it is this page's.
    fn command(&mut self, _command: Command, _desk: &mut PageCtx<'_>) -> Option<Effect> {
        None
    }

    /// What the footer calls a command here, where that says more than its usual word.
    fn word(&self, _command: Command) -> Option<&'static str> {
        None
    }

    /// Whether a command of this page can do something now; the footer shows those that can.
    fn works(&self, _command: Command, _shelf: &DumpStore) -> bool {
        true
    }

    /// What the selected row opens where that is no object.
    fn opens(&self) -> Option<Effect> {
        None
    }

    /// Takes what has happened to dumps.
    fn hear(&mut self, _news: &News, _desk: &mut PageCtx<'_>) {}

    /// Does what the page was opened for, now that it is there. What cannot be done here is left to the effects.
    fn intend(&mut self, _intent: Intent, _desk: &mut PageCtx<'_>) -> Vec<Effect> {
        Vec::new()
    }

    /// What the page of a loaded dump goes on with that takes the place of this one; `None` for pages that stay.
    fn stands_in(&self) -> Option<Intent> {
        None
    }

    /// Whether it still shows what it would show if it were made anew.
    fn is_current(&self, _shelf: &DumpStore) -> bool {
        true
    }

    /// Whether the rows depend on which objects count.
    fn is_filtered(&self) -> bool {
        false
    }

    /// The dump that is selected or in view, on pages that are of no dump.
    fn dump(&self, store: &DumpStore) -> Option<DumpId> {
        store.usable().pop()
    }

    /// Goes to another hit, where the page lists what a search found, round at the ends.
    fn walk(&mut self, _by: isize) -> Option<Walked> {
        None
    }

    /// Takes what workers found for this page, out of its own inbox.
    fn take(&mut self, _desk: &mut PageCtx<'_>) -> Option<Effect> {
        None
    }

    /// Whether the rows that the next key is meant for are still being made; those below the selected one, which is
    /// being unfolded, only with `below`.
    fn unsettled(&self, _work: &Work, _below: bool) -> bool {
        false
    }

    /// What the selected row is about.
    fn subject(&self) -> Option<Subject> {
        None
    }

    /// What to ask for why it is alive, and who allocates it; of suspects that is what piles up.
    fn made(&self) -> Option<Subject> {
        self.subject()
    }

    /// The loaded dumps that the page shows.
    fn views(&self) -> Vec<&Arc<View>> {
        Vec::new()
    }

    /// What was typed to find rows; `None` where rows cannot be narrowed.
    fn searched(&self) -> Option<&str> {
        None
    }

    /// Narrows the rows to those that answer `text`.
    fn search(&mut self, _text: &str, _desk: &mut PageCtx<'_>) {}

    /// How many rows of how many answer what was typed.
    fn found(&self) -> Option<(usize, usize)> {
        None
    }

    /// Goes to the next row that answers what was typed, or to one before.
    fn go_to_hit(&mut self, by: isize, ctx: &mut PageCtx<'_>) {
        self.go(Motion::By(by), ctx);
    }

    /// Backs out of what is nearest within the page; says whether there was anything.
    fn back_out(&mut self, _desk: &mut PageCtx<'_>) -> bool {
        false
    }

    /// The selected row in full, to be copied.
    fn line(&self, _shelf: &DumpStore) -> Option<Spans> {
        None
    }

    /// All rows, to be written to a file; `None` while there are none.
    fn export(&self, _shelf: &DumpStore) -> Option<Export> {
        None
    }

    /// The selected item, to come back to.
    fn mark(&self) -> Option<At> {
        None
    }

    /// Comes back to an item.
    fn return_to(&mut self, _at: At, _desk: &mut PageCtx<'_>) {}
}
