//! Effects: what pages, overlays and workers want done outside themselves. The app carries them out, one by one.

use std::path::PathBuf;
use std::sync::Arc;

use crate::graph::NodeId;
use crate::heap::{Class, Early};
use crate::profile::CallSite;
use crate::series::Change;
use crate::source::CodePlace;
use crate::tui::clipboard::Text;
use crate::tui::commands::Command;
use crate::tui::export::Format;
use crate::tui::link::Link;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::scope::Scope;
use crate::tui::search::Search;
use crate::tui::theme::Tone;
use crate::tui::trend::Trend;
use crate::tui::view::View;

/// An effect that the app carries out for a page, an overlay or a worker.
#[derive(Clone)]
pub enum Effect {
    /// Something is to be said in the last line.
    Say(String, Tone),
    /// Another page is to be shown, as soon as the dumps that it needs are loaded.
    Visit(PageKey),
    /// A profile is to be shown, and in it what is meant.
    Profile(DumpId, ProfileTarget),
    /// The classes of a dump are to be shown, with only these objects counting, and the cursor on a class.
    Summary(DumpId, Scope, Option<Class>),
    /// A page is to be shown as soon as the heaps that it needs are loaded; what follows is done there.
    Open(PageKey, Vec<Intent>),
    /// Something is to be done on the page in view.
    Here(Intent),
    /// The page that the explorer begins with, before anybody has pressed a key.
    Begin(PageKey),
    /// The rows of the page in view are to be narrowed to those that answer this.
    Search(String),
    /// A question that begins so is to be typed.
    Ask(String),
    /// The object with this id is looked for in the dump in view.
    FindId(u32),
    /// A command was chosen otherwise than by its key.
    Run(Command),
    /// Another process is to be in view, by its number.
    Process(usize),
    /// The page in view is to be written to a file.
    Write(PathBuf, Format),
    /// The profile in view is to be kept as a file of its own.
    KeepProfile(PathBuf),
    /// The incident report is to be written to a file.
    Report(PathBuf),
    /// The user's editor is to open this place.
    Edit(Box<CodePlace>),
    /// The terminal's clipboard is to have this.
    Copy(Text),
    /// The same, if nothing else is being said that matters more.
    Mention(String, Tone),
    /// The watcher saw this; it is announced if nothing else is being said.
    Announce(Box<Change>),
    /// Whatever waits for this dump waits in vain.
    GiveUp(DumpId),
    /// All pages are to know this.
    Tell(News),
}

/// What is meant to happen on a page, once it is there and its heap is loaded.
#[derive(Debug, Clone)]
pub enum Intent {
    /// Only these objects are to count; then the cursor goes to a class.
    Narrow(Scope, Option<Class>),
    /// The cursor is to be on an object, or the page is to say more about it; by the command that opened the page.
    Reveal(NodeId, Command),
    /// An object is to be shown among its class.
    Show(NodeId),
    /// The object with this id is to be shown on a page of its own.
    Id(u32),
    /// The object that a link names is to be shown on the link's page.
    Follow(Link),
    /// What is meant in a profile is to be gone to.
    Profile(ProfileTarget),
    /// The rows are to be as on the page that stood in until the dump was loaded: what was typed, and the class under
    /// the cursor.
    Resume(String, Option<Class>),
    /// A holder that is left out is to count again; all of them if none is named.
    BringBack(Option<NodeId>),
    /// A command that waited for the heap is to be done.
    Run(Command),
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

/// What has happened to dumps, for all pages to know.
#[derive(Clone)]
pub enum News {
    /// Dumps came, went, changed places, or were read.
    Dumps,
    /// The dumps of another process are in view.
    Process,
    /// What grows was counted anew, or cannot be told.
    Trend(Option<Arc<Trend>>),
    /// The search for suspects went on.
    Search(Box<Search>),
    /// Classes of a dump that is being loaded are known.
    Early(DumpId, Arc<Early>),
    /// The classes of a dump are known from the header of its index.
    Outlined(DumpId),
    /// The heap of a dump is loaded.
    Loaded(Arc<View>),
}
