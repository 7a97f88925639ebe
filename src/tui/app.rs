//! The state of the explorer, and what keys and workers do to it.

mod ask;
mod bookmarks;
mod copy;
mod draw;
mod early;
mod find;
mod index;
mod motion;
mod mouse;
mod open;
mod report;
mod suspects;
mod unbound;
mod watch;
mod write;

use std::any::Any;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::error::Result;
use crate::heap::Early;
use crate::series::{Exploration, Watcher, watch as watching};
use crate::settings::Settings;
use crate::tui::app::ask::{Ask, Wanted};
use crate::tui::app::bookmarks::Mark;
use crate::tui::commands::{Command, Context};
use crate::tui::dump_store::DumpStore;
use crate::tui::event::Event;
use crate::tui::history::History;
use crate::tui::keymap::{Keymap, Meaning};
use crate::tui::keys::{Code, Key};
use crate::tui::page::{Page, PageCtx};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::Order;
use crate::tui::views::dumps::Dumps;
use crate::tui::views::explorer::Explorer;
use crate::tui::views::finder::Finder;
use crate::tui::views::growth::GrowthPage;
use crate::tui::views::help::Help;
use crate::tui::views::palette::Palette;
use crate::tui::views::picker::Picker;
use crate::tui::views::suspects::SuspectsPage;
use crate::tui::widgets::prompt::Prompt;
use crate::tui::work::{Slot, Work};

/// The state of the explorer.
pub struct App {
    theme: Theme,
    keymap: Arc<Keymap>,
    /// The list of what was found last.
    hits: Option<PageKey>,
    /// Objects to come back to.
    bookmarks: Vec<Mark>,
    /// A bookmark whose dump is being loaded.
    awaited_mark: Option<(DumpId, u32)>,
    /// A file that is there already, and may be written over when its name is given again.
    overwrite: Option<PathBuf>,
    /// Text for the terminal's clipboard.
    clipboard: Option<String>,
    /// How lists are ordered at first.
    order: Order,
    /// Whether the mouse is listened to.
    mouse: bool,
    /// Where the mark of the selected row was drawn last.
    marked: Option<(u16, u16)>,
    work: Work,
    /// What was asked for, in short: `dumps/`.
    place: String,
    /// The number typed before a command.
    count: Option<usize>,
    /// The keys of a command that is not finished.
    typed: Vec<Key>,
    overlay: Option<Overlay>,
    message: Option<(String, Tone)>,
    /// Tells what comes and goes.
    watcher: Watcher,
    /// What there is.
    store: DumpStore,
    dumps: Dumps,
    growth: GrowthPage,
    suspects: SuspectsPage,
    /// The dumps of the search for suspects that was begun last.
    searched_dumps: Vec<DumpId>,
    pages: HashMap<PageKey, Box<dyn Page>>,
    /// What is known early of dumps that are being loaded.
    early: HashMap<DumpId, Arc<Early>>,
    history: History,
    /// What is shown as soon as what it needs is read.
    wanted: Option<Wanted>,
    /// A command that waits for the heap of a page that knows its classes only.
    put_off: Option<Command>,
    /// Whether it was said why an index cannot be written.
    said_why_no_index: bool,
    ended: bool,
    signal: Option<i32>,
    suspend: bool,
    repaint: bool,
}

/// What lies over the page and has the keyboard.
enum Overlay {
    Help(Help),
    Palette(Palette),
    /// Something to find is typed, or `@` and an id.
    Find(Finder),
    /// The name of a file to write is typed.
    Write(Prompt),
    /// Something is chosen from a list.
    Pick(Picker<Ask>),
    /// The name of the report's file is typed.
    Report(Prompt),
}

/// Counts above this are mistakes.
const LARGEST_COUNT: usize = 1_000_000_000;

impl App {
    /// The explorer at its start: dumps are being looked for.
    ///
    /// # Errors
    /// When no worker can be started.
    pub fn new(exploration: Exploration, theme: Theme, events: &Sender<Event>) -> Result<Self> {
        let options = watching::Options {
            recursive: exploration.recursive,
            poll: exploration.poll,
        };
        let wake = {
            let events = events.clone();
            move || {
                // Nobody is there to be woken when this fails.
                let _ = events.send(Event::Ready);
            }
        };
        Ok(Self {
            theme,
            keymap: Arc::default(),
            work: Work::new(events, exploration.full_speed, exploration.cache)?,
            hits: None,
            bookmarks: Vec::new(),
            overwrite: None,
            awaited_mark: None,
            clipboard: None,
            order: Order::default(),
            mouse: false,
            marked: None,
            place: open::place(&exploration.paths),
            count: None,
            typed: Vec::new(),
            overlay: None,
            message: None,
            watcher: Watcher::start_with(&exploration.paths, &options, wake)?,
            store: DumpStore::new(exploration.memory),
            dumps: Dumps::default(),
            growth: GrowthPage::default(),
            suspects: SuspectsPage::default(),
            searched_dumps: Vec::new(),
            pages: HashMap::new(),
            early: HashMap::new(),
            history: History::new(PageKey::Dumps),
            wanted: None,
            put_off: None,
            said_why_no_index: false,
            ended: false,
            signal: None,
            suspend: false,
            repaint: false,
        })
    }

    /// Does as the settings say, with the keys that they make; looks are the theme's.
    pub fn follow(&mut self, settings: &Settings, keymap: Keymap) {
        self.keymap = Arc::new(keymap);
        self.order.key = settings.sort;
        self.order.weak = settings.weak;
        self.mouse = settings.mouse;
    }

    /// Whether the mouse is to be listened to.
    pub fn wants_mouse(&self) -> bool {
        self.mouse
    }

    /// Whether the explorer has ended.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Ends the explorer, because of a signal or because the user said so.
    pub fn end(&mut self, signal: Option<i32>) {
        self.ended = true;
        self.signal = signal;
    }

    /// Stops what is still being written, when the screen is given back.
    pub fn finish(&mut self) {
        self.work.finish();
    }

    /// The signal that ended the explorer, if one did.
    pub fn signal(&self) -> Option<i32> {
        self.signal
    }

    /// Whether the process is to stop for a while; asked once.
    pub fn take_suspend(&mut self) -> bool {
        std::mem::take(&mut self.suspend)
    }

    /// Whether the screen is to be drawn from nothing; asked once.
    pub fn take_repaint(&mut self) -> bool {
        std::mem::take(&mut self.repaint)
    }

    /// Whether anything is in progress, so that there is progress to show.
    pub fn in_progress(&self) -> bool {
        self.work.is_busy() || !self.store.is_ready()
    }

    /// Whether rows are being made that will mostly be there in a moment.
    pub fn awaits_rows(&self) -> bool {
        self.work.makes_lists()
    }

    /// Time has passed.
    pub fn tick(&mut self) {}

    /// The page where the user is.
    fn page(&self) -> &dyn Page {
        match self.history.page() {
            PageKey::Growth => &self.growth,
            PageKey::Suspects => &self.suspects,
            key => match self.pages.get(key) {
                Some(page) => &**page,
                None => &self.dumps,
            },
        }
    }

    /// The same, to be changed, and what it may use for that.
    fn page_mut(&mut self) -> (&mut dyn Page, PageCtx<'_>) {
        let ctx = PageCtx {
            work: &mut self.work,
            store: &self.store,
        };
        let page: &mut dyn Page = match self.history.page() {
            PageKey::Growth => &mut self.growth,
            PageKey::Suspects => &mut self.suspects,
            key => match self.pages.get_mut(key) {
                Some(page) => &mut **page,
                None => &mut self.dumps,
            },
        };
        (page, ctx)
    }

    fn explorer(&self) -> Option<&Explorer> {
        (self.page() as &dyn Any).downcast_ref()
    }

    /// The page where the user is, if it is a tree with retainers.
    fn explorer_mut(&mut self) -> Option<(&mut Explorer, PageCtx<'_>)> {
        let (page, ctx) = self.page_mut();
        let page = (page as &mut dyn Any).downcast_mut()?;
        Some((page, ctx))
    }

    /// What was typed to find rows on the page where the user is.
    fn searched(&self) -> &str {
        self.page().searched().unwrap_or_default()
    }

    /// Narrows the page where the user is to rows that answer `text`.
    fn search(&mut self, text: &str) {
        let (page, mut ctx) = self.page_mut();
        if page.searched().is_some() {
            page.search(text, &mut ctx);
        }
    }

    /// Where the keyboard is.
    fn context(&self) -> Context {
        match &self.overlay {
            Some(Overlay::Help(help)) if !help.typing => Context::HELP,
            Some(_) => Context::PROMPT,
            None => self.page().context(),
        }
    }

    /// A key was pressed.
    pub fn key(&mut self, key: Key) {
        self.message = None;
        if self.context() == Context::PROMPT
            && let Some(character) = key.character()
        {
            return self.type_character(character);
        }
        if self.needs_rows(key) {
            self.settle();
        }
        let context = self.context();
        if context != Context::PROMPT
            && self.typed.is_empty()
            && let Some(digit) = key.digit()
            && (digit > 0 || self.count.is_some())
        {
            let count = self.count.unwrap_or(0) * 10 + digit as usize;
            self.count = Some(count.min(LARGEST_COUNT));
            return;
        }
        self.typed.push(key);
        match self.keymap.meaning(context, &self.typed) {
            Meaning::Beginning => {}
            Meaning::Nothing => {
                self.say_what_it_means(context);
                self.typed.clear();
                self.count = None;
            }
            Meaning::Command(command) => {
                self.typed.clear();
                let had_count = self.count.is_some();
                if key.code == Code::Esc && had_count {
                    self.count = None;
                    return;
                }
                self.update(command);
                self.count = None;
            }
        }
    }

    /// Whether what a key means depends on rows that may still be on their way.
    fn needs_rows(&self, key: Key) -> bool {
        let mut keys = self.typed.clone();
        keys.push(key);
        match self.keymap.meaning(self.context(), &keys) {
            Meaning::Command(command) => !command.is_without_row(),
            Meaning::Beginning | Meaning::Nothing => false,
        }
    }

    /// Does what a command asks for.
    pub fn update(&mut self, command: Command) {
        if let Some(motion) = self.motion(command) {
            self.deepen();
            return self.go(motion);
        }
        if self.put_off(command) {
            return;
        }
        match command {
            Command::OpenDump => self.open_selected(),
            Command::Narrow => self.ask_for_scope(),
            Command::NarrowPrevious => self.between_previous(),
            // Profiles are compared all at once.
            Command::Compare if self.context() != Context::PROFILE => self.ask_for_base(),
            Command::NextProcess => self.ask_for_process(),
            Command::ShowIgnored => self.ask_for_ignored(),
            Command::ShowGrowth => self.visit(PageKey::Growth),
            Command::OpenObject => self.open_object(),
            Command::ShowSuspects => self.show_suspects(),
            Command::WriteReport => self.ask_for_report(),
            Command::ShowRetainers
            | Command::ShowWhy
            | Command::ShowPaths
            | Command::Inspect
            | Command::ShowDominators
            | Command::ShowContainment
            | Command::ShowStatistics
            | Command::ShowStrings
            | Command::ShowContexts
            | Command::ShowMakers
            | Command::ShowAllocations => self.show(command),
            Command::ShowInSummary if self.context() != Context::PROFILE => self.show_in_summary(),
            Command::Filter if matches!(self.overlay, Some(Overlay::Help(_))) => {
                if let Some(Overlay::Help(help)) = &mut self.overlay {
                    help.typing = true;
                }
            }
            Command::Filter => self.begin_find(None),
            Command::GoToId => self.begin_find(Some("@")),
            Command::PromptWhat | Command::PromptHow => self.find_otherwise(command),
            Command::SearchNext => self.walk_hits(true),
            Command::SearchPrevious => self.walk_hits(false),
            Command::CopyRow => self.copy_row(),
            Command::CopyPath | Command::CopyWhy => self.copy_path(command),
            Command::WriteView => self.ask_for_file(),
            Command::Bookmark => self.bookmark(),
            Command::Bookmarks => self.ask_for_bookmark(),
            Command::Back => self.back(),
            Command::Forward => self.forward(),
            Command::ShowDumps => self.visit(PageKey::Dumps),
            Command::BackOut => self.back_out(),
            Command::NextTheme => {
                let words = format!("theme: {}", self.theme.turn());
                self.say(&words, Tone::Dim);
            }
            Command::ToggleMouse => {
                self.mouse = !self.mouse;
                let words = if self.mouse {
                    "the mouse selects and scrolls; with Shift the terminal selects text"
                } else {
                    "the mouse is the terminal's again"
                };
                self.say(words, Tone::Dim);
            }
            Command::Help => {
                let keymap = Keymap::clone(&self.keymap);
                self.overlay = Some(Overlay::Help(Help::new(keymap, self.context())));
            }
            Command::Palette => {
                let palette = Palette::new(self.context(), Keymap::clone(&self.keymap));
                self.overlay = Some(Overlay::Palette(palette));
            }
            Command::Repaint => self.repaint = true,
            Command::Suspend => self.suspend = true,
            Command::Quit if self.overlay.is_some() => self.overlay = None,
            Command::Quit | Command::QuitNow => self.end(None),
            Command::PromptAccept => self.accept(),
            Command::PromptErase => {
                let left = self.edit(|prompt| prompt.erase());
                if left == Some(false) {
                    self.back_out();
                }
            }
            Command::PromptEraseWord => {
                self.edit(Prompt::erase_word);
            }
            Command::PromptClear => {
                self.edit(Prompt::clear);
            }
            _ => {
                let (page, mut ctx) = self.page_mut();
                let effect = page.command(command, &mut ctx);
                self.grant(effect);
            }
        }
    }

    fn type_character(&mut self, character: char) {
        self.edit(|prompt| prompt.push(character));
    }

    /// Changes what is being typed, and whatever follows from it.
    pub(super) fn edit<T>(&mut self, edit: impl FnOnce(&mut Prompt) -> T) -> Option<T> {
        match &mut self.overlay {
            Some(Overlay::Help(help)) => {
                let result = edit(&mut help.prompt);
                help.typed();
                Some(result)
            }
            Some(Overlay::Palette(palette)) => {
                let result = edit(&mut palette.prompt);
                palette.typed();
                Some(result)
            }
            Some(Overlay::Find(finder)) => {
                let result = edit(&mut finder.prompt);
                self.find_as_typed();
                Some(result)
            }
            Some(Overlay::Write(prompt)) => Some(edit(prompt)),
            Some(Overlay::Pick(picker)) => {
                let result = edit(&mut picker.prompt);
                picker.typed();
                Some(result)
            }
            Some(Overlay::Report(prompt)) => Some(edit(prompt)),
            _ => None,
        }
    }

    /// What was typed is taken.
    fn accept(&mut self) {
        match self.overlay.take() {
            Some(Overlay::Help(mut help)) => {
                help.typing = false;
                self.overlay = Some(Overlay::Help(help));
            }
            Some(Overlay::Palette(palette)) => {
                if let Some(spec) = palette.selected() {
                    self.update(spec.command);
                }
            }
            Some(Overlay::Pick(picker)) => {
                if let Some(ask) = picker.selected().cloned() {
                    self.answer(ask);
                }
            }
            Some(Overlay::Find(finder)) => self.accept_find(&finder),
            Some(Overlay::Write(prompt)) => self.write_file(prompt.text()),
            Some(Overlay::Report(prompt)) => self.write_report(prompt.text()),
            other => self.overlay = other,
        }
    }

    /// Backs out of what is nearest: what is typed, loaded, filtered, zoomed; then the pane, then the page.
    fn back_out(&mut self) {
        match self.overlay.take() {
            Some(Overlay::Find(finder)) => {
                self.work.abandon(&Slot::Search);
                if finder.what.is_none() || self.searched() != finder.before {
                    self.search(&finder.before);
                }
                return;
            }
            Some(Overlay::Help(mut help)) => {
                if help.back_out() {
                    self.overlay = Some(Overlay::Help(help));
                }
                return;
            }
            Some(_) => return,
            None => {}
        }
        if self.cancel_report() {
            return;
        }
        if self.wanted.is_some() {
            return self.cancel_load();
        }
        if !self.searched().is_empty() {
            return self.search("");
        }
        let (page, mut ctx) = self.page_mut();
        if page.back_out(&mut ctx) {
            return;
        }
        match self.history.page() {
            PageKey::Dumps | PageKey::Growth => self.cancel_load(),
            PageKey::Summary(_) => self.go_home(),
            _ if self.history.can_go_back() => self.back(),
            _ => self.go_home(),
        }
    }

    fn say(&mut self, words: &str, tone: Tone) {
        let words = crate::text::escape::one_line(words).into_owned();
        self.message = Some((words, tone));
    }

    /// The commands that work where the keyboard is, for the footer.
    fn works(&self, command: Command) -> bool {
        match command {
            Command::Back => self.history.can_go_back(),
            // Elsewhere it is what everybody expects of it.
            Command::BackOut => match self.context() {
                Context::PROMPT => true,
                Context::DUMPS => self.loading().is_some(),
                Context::SUSPECTS => self.work.status(&Slot::Suspects).is_some(),
                _ => self.wanted.is_some(),
            },
            Command::NextProcess => self.store.groups().len() > 1,
            Command::NarrowPrevious => self.store.usable().len() > 2,
            Command::Compare if self.context() != Context::PROFILE => self.store.usable().len() > 1,
            Command::Narrow => {
                self.context() != Context::PROFILE && self.dump_in_question().is_some()
            }
            Command::ShowGrowth => self.store.usable().len() > 1,
            Command::WriteReport => *self.history.page() == PageKey::Suspects,
            // Where growth is in view it is the next question; elsewhere the footer has no room for it.
            Command::ShowSuspects => {
                matches!(self.history.page(), PageKey::Growth | PageKey::Dumps)
            }
            Command::Filter => {
                let page = self.page();
                self.overlay.is_some() || page.searched().is_some() || !page.views().is_empty()
            }
            Command::PromptWhat | Command::PromptHow => {
                matches!(self.overlay, Some(Overlay::Find(_)))
            }
            Command::ShowWhy | Command::ShowInSummary | Command::ShowMakers
                if self.context() != Context::PROFILE && self.page().subject().is_none() =>
            {
                false
            }
            _ => self.page().works(command, &self.store),
        }
    }
}
