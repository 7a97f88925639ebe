//! What every page can do. The explorer's state asks pages through this alone, so that a new page is a new file, a key
//! and a line where pages are made.

use std::any::Any;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::graph::NodeId;
use crate::heap::{Class, ClassId};
use crate::profile::CallSite;
use crate::series::Done;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::export::Export;
use crate::tui::keymap::Keymap;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::scope::Scope;
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::View;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::widgets::list::Motion;
use crate::tui::work::{Answer, Slot, Work};

/// What pages may use when something happens.
pub struct PageCtx<'a> {
    /// The workers.
    pub work: &'a mut Work,
    /// What is known of the dumps.
    pub store: &'a DumpStore,
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

/// What a page wants done that is not its own business.
#[derive(Debug)]
pub enum Effect {
    /// Something is to be said in the last line.
    Say(String, Tone),
    /// Another page is to be shown, as soon as the dumps that it needs are loaded.
    Visit(PageKey),
    /// A profile is to be shown, and in it what is meant.
    Profile(DumpId, ProfileTarget),
    /// The classes of a dump are to be shown, with only these objects counting, and the cursor on a class.
    Summary(DumpId, Scope, Option<Class>),
}

/// What is meant in a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileTarget {
    /// A function, by itself or behind those that called it: the last function first.
    Path(Vec<CallSite>),
    /// All functions of a file, by its URL.
    File(String),
    /// All functions of a package.
    Package(String),
}

/// What the selected row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The dump.
    pub dump: DumpId,
    /// The object; of a class the one that retains most, once that is known.
    pub node: Option<NodeId>,
    /// The class, of the object or by itself.
    pub class: Option<ClassId>,
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
    pub path: Vec<String>,
    /// Figures about it, what matters most first.
    pub facts: Vec<String>,
}

/// A page.
pub trait Page: Any {
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

    /// Whether a command of this page can do something now; the footer shows those that can.
    fn works(&self, _command: Command, _shelf: &DumpStore) -> bool {
        true
    }

    /// What the selected row opens where that is no object.
    fn opens(&self) -> Option<Effect> {
        None
    }

    /// Takes what a worker found for this page.
    fn take(&mut self, _done: Done<Slot, Answer>, _desk: &mut PageCtx<'_>) -> Option<Effect> {
        None
    }

    /// Whether the rows that the next key is meant for are still being made.
    fn unsettled(&self, _work: &Work) -> bool {
        false
    }

    /// What the selected row is about.
    fn subject(&self) -> Option<Subject> {
        None
    }

    /// What to ask for who allocates it; of holders that is what they hold.
    fn made(&self) -> Option<Subject> {
        self.subject()
    }

    /// The loaded dumps that the page shows.
    fn views(&self) -> Vec<&Arc<View>> {
        Vec::new()
    }

    /// Takes the heap of a dump of which the page knew the classes only.
    fn entered(&mut self, _view: &Arc<View>, _desk: &mut PageCtx<'_>) {}

    /// What was typed to find rows; nothing where rows cannot be narrowed.
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

    /// The selected row in full, to be copied; nothing: as it is drawn.
    fn line(&self, _shelf: &DumpStore) -> Option<String> {
        None
    }

    /// All rows, to be written to a file; nothing: as the page is drawn.
    fn export(&self, _shelf: &DumpStore) -> Option<Export> {
        None
    }

    /// Shows an object that the page was opened for, by the command that opened it.
    fn reveal(&mut self, _node: NodeId, _command: Command, _desk: &mut PageCtx<'_>) {}

    /// The selected item, to come back to.
    fn mark(&self) -> Option<At> {
        None
    }

    /// Comes back to an item.
    fn return_to(&mut self, _at: At, _desk: &mut PageCtx<'_>) {}
}
