//! The state of the explorer, and what keys and workers do to it.

mod draw;
mod open;

use std::collections::HashMap;
use std::sync::mpsc::Sender;

use crate::analysis::search::parse_id;
use crate::error::Result;
use crate::series::{Exploration, discover};
use crate::tui::commands::{COMMANDS, Command, Context, Keymap, Meaning};
use crate::tui::event::Event;
use crate::tui::history::History;
use crate::tui::keys::{Code, Key};
use crate::tui::theme::{Theme, Tone};
use crate::tui::views::dumps::Dumps;
use crate::tui::views::explorer::Explorer;
use crate::tui::views::help::Help;
use crate::tui::views::palette::Palette;
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::prompt::Prompt;
use crate::tui::work::{Answer, DumpId, PageKey, Side, Slot, Work};

/// The state of the explorer.
pub struct App {
    theme: Theme,
    keymap: Keymap,
    work: Work,
    /// What was asked for, in short: `dumps/`.
    place: String,
    /// The number typed before a command.
    count: Option<usize>,
    /// The keys of a command that is not finished.
    typed: Vec<Key>,
    overlay: Option<Overlay>,
    message: Option<(String, Tone)>,
    dumps: Dumps,
    pages: HashMap<PageKey, Explorer>,
    history: History,
    /// The dump whose summary opens as soon as it is loaded.
    wanted: Option<DumpId>,
    ended: bool,
    signal: Option<i32>,
    suspend: bool,
    repaint: bool,
}

/// What lies over the page and has the keyboard.
enum Overlay {
    Help(Help),
    Palette(Palette),
    /// Letters of constructors are typed, or `@` and an id; what was there before.
    Find(Prompt, String),
}

/// Counts above this are mistakes.
const LARGEST_COUNT: usize = 1_000_000_000;

impl App {
    /// The explorer at its start: dumps are being looked for.
    ///
    /// # Errors
    /// When no worker can be started.
    pub fn new(exploration: Exploration, theme: Theme, events: &Sender<Event>) -> Result<Self> {
        let mut work = Work::new(events)?;
        let place = open::place(&exploration.paths);
        work.start(Slot::Discover, move |task| {
            let mut series = discover(&exploration.paths)?;
            series.settle_ties(task)?;
            Ok(Answer::Found(series))
        });
        Ok(Self {
            theme,
            keymap: Keymap::default(),
            work,
            place,
            count: None,
            typed: Vec::new(),
            overlay: None,
            message: None,
            dumps: Dumps::default(),
            pages: HashMap::new(),
            history: History::new(PageKey::Dumps),
            wanted: None,
            ended: false,
            signal: None,
            suspend: false,
            repaint: false,
        })
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
        self.work.is_busy()
    }

    /// Whether rows are being made that will mostly be there in a moment.
    pub fn awaits_rows(&self) -> bool {
        self.work.makes_lists()
    }

    /// Time has passed.
    pub fn tick(&mut self) {}

    fn explorer(&self) -> Option<&Explorer> {
        self.pages.get(self.history.page())
    }

    /// The page where the user is, and the workers, unless it is the list of dumps.
    fn explorer_mut(&mut self) -> Option<(&mut Explorer, &mut Work)> {
        let page = self.pages.get_mut(self.history.page())?;
        Some((page, &mut self.work))
    }

    /// Where the keyboard is.
    fn context(&self) -> Context {
        match (&self.overlay, self.explorer()) {
            (Some(Overlay::Help(_)), _) => Context::HELP,
            (Some(Overlay::Palette(_) | Overlay::Find(..)), _) => Context::PROMPT,
            (None, None) => Context::DUMPS,
            (None, Some(page)) => self.page_context(page),
        }
    }

    fn page_context(&self, page: &Explorer) -> Context {
        match page.focus {
            Side::Main => Context::TREE,
            Side::Holders => Context::RETAINERS,
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
        self.settle();
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

    /// Does what a command asks for.
    pub fn update(&mut self, command: Command) {
        if let Some(motion) = self.motion(command) {
            return self.go(motion);
        }
        match command {
            Command::OpenDump => self.open_selected(),
            Command::OpenObject => self.open_object(),
            Command::ShowInSummary => self.show_in_summary(),
            Command::Filter => {
                let before = self.explorer().map(|page| page.order.filter.clone());
                let before = before.unwrap_or_default();
                self.overlay = Some(Overlay::Find(Prompt::new(before.clone()), before));
            }
            Command::GoToId => {
                let before = self.explorer().map(|page| page.order.filter.clone());
                self.overlay = Some(Overlay::Find(Prompt::new("@"), before.unwrap_or_default()));
            }
            Command::Back => self.back(),
            Command::Forward => self.forward(),
            Command::ShowDumps => self.visit(PageKey::Dumps),
            Command::BackOut => self.back_out(),
            Command::Help => self.overlay = Some(Overlay::Help(Help::default())),
            Command::Palette => self.overlay = Some(Overlay::Palette(Palette::new(self.context()))),
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
                if let Some((page, work)) = self.explorer_mut() {
                    page.command(command, work);
                }
                if matches!(command, Command::ToggleWeak)
                    && let Some(page) = self.explorer()
                {
                    let words = if page.order.weak {
                        "weak holders are listed too, behind the others"
                    } else {
                        "weak holders are left out"
                    };
                    self.message = Some((words.to_owned(), Tone::Dim));
                }
            }
        }
    }

    fn motion(&self, command: Command) -> Option<Motion> {
        let count = self.count.unwrap_or(1);
        let times = count as isize;
        Some(match command {
            Command::Down => Motion::By(times),
            Command::Up => Motion::By(-times),
            Command::HalfPageDown => Motion::HalfPages(times),
            Command::HalfPageUp => Motion::HalfPages(-times),
            Command::PageDown => Motion::HalfPages(times.saturating_mul(2)),
            Command::PageUp => Motion::HalfPages(times.saturating_mul(-2)),
            Command::First => Motion::To(count - 1),
            Command::Last => match self.count {
                Some(row) => Motion::To(row - 1),
                None => Motion::Last,
            },
            _ => return None,
        })
    }

    fn go(&mut self, motion: Motion) {
        match &mut self.overlay {
            Some(Overlay::Help(help)) => return help.go(motion),
            Some(Overlay::Palette(palette)) => return palette.go(motion),
            _ => {}
        }
        match self.explorer_mut() {
            Some((page, work)) => page.go(motion, work),
            None => self.dumps.go(motion),
        }
    }

    fn type_character(&mut self, character: char) {
        self.edit(|prompt| prompt.push(character));
    }

    /// Changes what is being typed, and whatever follows from it.
    fn edit<T>(&mut self, edit: impl FnOnce(&mut Prompt) -> T) -> Option<T> {
        match &mut self.overlay {
            Some(Overlay::Palette(palette)) => {
                let result = edit(&mut palette.prompt);
                palette.typed();
                Some(result)
            }
            Some(Overlay::Find(prompt, _)) => {
                let result = edit(prompt);
                let text = prompt.text().to_owned();
                if let Some((page, work)) = self.explorer_mut()
                    && !text.trim_start().starts_with('@')
                {
                    page.filter(&text, work);
                }
                Some(result)
            }
            _ => None,
        }
    }

    /// What was typed is taken.
    fn accept(&mut self) {
        match self.overlay.take() {
            Some(Overlay::Palette(palette)) => {
                if let Some(spec) = palette.selected() {
                    self.update(spec.command);
                }
            }
            Some(Overlay::Find(prompt, before)) => {
                let text = prompt.text().trim();
                if let Some(id) = parse_id(text) {
                    if let Some((page, work)) = self.explorer_mut() {
                        page.filter(&before, work);
                    }
                    self.find_object(id);
                } else if text.starts_with('@') && text != "@" {
                    let words = format!("{text} is no object id: a number is expected after @");
                    self.say(&words, Tone::Problem);
                }
            }
            other => self.overlay = other,
        }
    }

    /// Backs out of what is nearest: what is typed, loaded, filtered, zoomed; then the pane, then the page.
    fn back_out(&mut self) {
        match self.overlay.take() {
            Some(Overlay::Find(_, before)) => {
                if let Some((page, work)) = self.explorer_mut() {
                    let before = if before.is_empty() { "" } else { &before };
                    page.filter(before, work);
                }
                return;
            }
            Some(_) => return,
            None => {}
        }
        let Some((page, work)) = self.explorer_mut() else {
            return self.cancel_load();
        };
        if page.focus == Side::Holders {
            page.focus = Side::Main;
            page.zoomed = false;
        } else if page.zoomed {
            page.zoomed = false;
        } else if !page.order.filter.is_empty() {
            page.filter("", work);
        } else if matches!(page.key, PageKey::Object(..)) && self.history.can_go_back() {
            self.back();
        } else {
            self.visit(PageKey::Dumps);
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
                Context::DUMPS => self.loading().is_some(),
                context => context == Context::PROMPT,
            },
            Command::OpenDump => self.dumps.selected().is_some(),
            Command::Unfold | Command::Fold => self.explorer().is_some_and(|page| {
                let pane = page.pane(page.focus);
                let open = pane.row().is_some_and(|row| row.open);
                match command {
                    Command::Unfold => !open && pane.below(&page.view.heap, pane.at()).is_some(),
                    _ => open || pane.tree.parent(pane.at().branch).is_some(),
                }
            }),
            Command::OpenObject | Command::ShowInSummary => self
                .explorer()
                .is_some_and(|page| page.selected_object().is_some()),
            Command::Filter | Command::SortNext => self
                .explorer()
                .is_some_and(|page| matches!(page.key, PageKey::Summary(_))),
            _ => COMMANDS.iter().any(|spec| spec.command == command),
        }
    }
}
