//! The loop: keys and what workers found become effects, and effects are done.
//!
//! Lives here: which part of the explorer a command or an effect is for. Does not live here: what is read ([`Session`]),
//! where the user is ([`Navigator`]), what is typed into a line (`prompts`), and what pages hold.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use ratatui::layout::Position;

use crate::error::Result;
use crate::series::{Change, Exploration};
use crate::settings::Settings;
use crate::text::escape::one_line;
use crate::tui::announce;
use crate::tui::asked::Asked;
use crate::tui::bookmarks::Bookmarks;
use crate::tui::commands::{Command, Context};
use crate::tui::copy;
use crate::tui::editor;
use crate::tui::effect::{Effect, Intent, News};
use crate::tui::event::Event;
use crate::tui::frame::Frame;
use crate::tui::key_sequence::{KeySequence, Pressed};
use crate::tui::keymap::Keymap;
use crate::tui::keys::Key;
use crate::tui::naming::place;
use crate::tui::navigator::Navigator;
use crate::tui::path_prompt::PathPrompt;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::prompts::Prompts;
use crate::tui::questions;
use crate::tui::session::Session;
use crate::tui::tabs::Zone;
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::Order;
use crate::tui::views::finder::Finder;
use crate::tui::views::help::Help;
use crate::tui::widgets::list::Motion;
use crate::tui::widgets::prompt::Prompt;
use crate::tui::work::Slot;

/// The explorer.
pub struct App {
    session: Session,
    nav: Navigator,
    prompts: Prompts,
    keys: KeySequence,
    bookmarks: Bookmarks,
    theme: Theme,
    /// What was asked for, in short: `dumps/`.
    place: String,
    message: Option<(String, Tone)>,
    asked: Asked,
    /// Whether the mouse is listened to.
    mouse: bool,
    /// Where the mark of the selected row was drawn last.
    marked: Option<(u16, u16)>,
    /// Where commands can be clicked.
    zones: Vec<Zone>,
    end: Option<End>,
}

/// Why the explorer ended.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The user said so.
    Quit,
    /// A signal did.
    Signal(i32),
}

/// How long a key waits for the rows that it is meant for.
const TYPE_AHEAD: Duration = Duration::from_millis(250);

/// How often effects may call for more before a frame is drawn; only a defect reaches it.
const ROUNDS: usize = 32;

impl App {
    /// The explorer at its start: dumps are being looked for.
    ///
    /// # Errors
    /// When no worker can be started.
    pub fn new(exploration: Exploration, theme: Theme, events: &Sender<Event>) -> Result<Self> {
        let place = place(&exploration.paths);
        let mut session = Session::new(exploration, events)?;
        Ok(Self {
            nav: Navigator::new(&mut session),
            session,
            prompts: Prompts::default(),
            keys: KeySequence::default(),
            bookmarks: Bookmarks::default(),
            theme,
            place,
            message: None,
            asked: Asked::default(),
            mouse: false,
            marked: None,
            zones: Vec::new(),
            end: None,
        })
    }

    /// The terminal said whether its ground is light.
    pub fn see_ground(&mut self, is_light: bool) {
        self.theme = self.theme.on_ground(is_light);
    }

    /// Does as the settings say, with the keys that they make; looks are the theme's.
    pub fn follow(&mut self, settings: &Settings, keymap: Keymap) {
        self.session.keys = Arc::new(keymap);
        self.nav.begin_with(Order {
            key: settings.sort,
            weak: settings.weak,
            ..Order::default()
        });
        self.mouse = settings.mouse;
    }

    /// Whether the mouse is to be listened to.
    pub fn wants_mouse(&self) -> bool {
        self.mouse
    }

    /// Whether the explorer has ended.
    pub fn ended(&self) -> bool {
        self.end.is_some()
    }

    /// Ends the explorer, because of a signal.
    pub fn end(&mut self, signal: i32) {
        self.end = Some(End::Signal(signal));
    }

    /// Stops what is still being written, when the screen is given back.
    pub fn finish(&mut self) {
        self.session.work.finish();
    }

    /// The signal that ended the explorer, if one did.
    pub fn signal(&self) -> Option<i32> {
        match self.end {
            Some(End::Signal(signal)) => Some(signal),
            _ => None,
        }
    }

    /// What is to be done with the terminal; asked once.
    pub fn take_asked(&mut self) -> Asked {
        std::mem::take(&mut self.asked)
    }

    /// Whether anything is in progress, so that there is progress to show.
    pub fn in_progress(&self) -> bool {
        self.session.work.is_busy() || !self.session.store.is_ready()
    }

    /// Whether rows are being made that will mostly be there in a moment.
    pub fn awaits_rows(&self) -> bool {
        self.session.work.makes_lists()
    }

    /// Draws a frame.
    pub fn draw(&mut self, frame: &mut ratatui::Frame) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        let mut drawn = Frame {
            session: &self.session,
            nav: &mut self.nav,
            overlay: self.prompts.over(),
            keys: &self.keys,
            message: self.message.as_ref(),
            place: &self.place,
            theme: self.theme,
        };
        self.zones = drawn.draw(buffer, area);
        if self.mouse {
            let mut places = buffer.content.iter().enumerate();
            let mark = places.find(|(_, cell)| cell.symbol() == "▶");
            self.marked = mark.map(|(index, _)| buffer.pos_of(index));
        }
        self.theme.finish(buffer);
    }

    /// Where the keyboard is.
    fn context(&self) -> Context {
        let over = self.prompts.context();
        over.unwrap_or_else(|| self.nav.page().context())
    }

    /// A key was pressed.
    pub fn key(&mut self, key: Key) {
        self.message = None;
        if self.context().is_within(Context::TYPING)
            && let Some(character) = key.character()
        {
            let push = |prompt: &mut Prompt| prompt.push(character);
            let effects = self.prompts.edit(push, &mut self.session, &self.nav);
            self.apply_all(effects);
            return self.follow_up();
        }
        let would_be = self.keys.would_be(key, self.context(), &self.session.keys);
        if let Some(command) = would_be.filter(|command| command.needs().rows()) {
            // What is folded goes, whether it is there yet or not.
            self.settle(command != Command::Fold);
        }
        let context = self.context();
        match self.keys.press(key, context, &self.session.keys) {
            Pressed::Nothing => {}
            Pressed::Command(command) => {
                self.run(command);
                self.keys.forget_count();
            }
            Pressed::Unbound(keys) => {
                if let Some(words) = announce::unbound(&keys, context, &self.session.keys) {
                    self.say(&words, Tone::Dim);
                }
            }
        }
        self.follow_up();
    }

    /// Text was pasted: it goes into the line being typed, else into a new one that searches, and is never run as keys.
    pub fn paste(&mut self, text: &str) {
        self.message = None;
        self.keys = KeySequence::default();
        if self.prompts.is_empty() {
            self.begin_find(None);
        }
        let effects = self.prompts.paste(text, &mut self.session, &self.nav);
        self.apply_all(effects);
        self.follow_up();
    }

    /// The wheel was turned.
    pub fn wheel(&mut self, rows: isize) {
        self.message = None;
        self.go(Motion::By(rows));
        self.follow_up();
    }

    /// The left button was pressed. Tabs and hints are pressed as their keys. Lists have one row on a line, so that the selected row, which was drawn last, tells
    /// where the others are.
    pub fn click(&mut self, column: u16, line: u16) {
        self.message = None;
        let at = Position::new(column, line);
        let zone = self.zones.iter().find(|(zone, _)| zone.contains(at));
        if let Some(&(_, command)) = zone.filter(|_| self.prompts.is_empty()) {
            self.keys = KeySequence::default();
            self.run(command);
            return self.follow_up();
        }
        let Some((x, y)) = self.marked.filter(|_| self.prompts.is_empty()) else {
            return;
        };
        let (page, mut ctx) = (self.nav.page_mut(), self.session.ctx());
        if !page.click((column, line), &mut ctx) && column >= x {
            let by = isize::from(line as i16) - isize::from(y as i16);
            page.go(Motion::By(by), &mut ctx);
        }
        self.follow_up();
    }

    /// Takes the results that are ready; says whether there were any.
    pub fn take_results(&mut self) -> bool {
        let mut any = self.session.take_news();
        if any {
            self.follow_up();
        }
        while let Some(slot) = self.session.work.take() {
            any = true;
            self.take(&slot);
            self.follow_up();
        }
        any
    }

    /// Waits a moment for the rows that the next key is meant for: who types ahead means the rows to come; those below
    /// the selected one only if they matter to the key.
    fn settle(&mut self, below: bool) {
        let until = Instant::now() + TYPE_AHEAD;
        while self.nav.page().unsettled(&self.session.work, below) {
            let left = until.saturating_duration_since(Instant::now());
            match self.session.work.wait_for_list(left) {
                Some(slot) => self.take(&slot),
                None => return,
            }
        }
    }

    /// Hands the result of a finished job to its owner.
    fn take(&mut self, slot: &Slot) {
        match slot {
            Slot::Search | Slot::Realms(_) => self.prompts.take(&self.session.store),
            slot if slot.is_of_a_page() => {
                let effects = self.nav.take(slot, &mut self.session);
                self.apply_all(effects);
            }
            _ => self.session.take(),
        }
    }

    /// Does what follows from what has happened: effects, the page that waits for dumps, and what is read next.
    fn follow_up(&mut self) {
        for _ in 0..ROUNDS {
            self.nav.forget(&self.session.take_gone());
            let mut effects = self.session.take_effects();
            if effects.is_empty() {
                effects = self.nav.drop_stand_ins(&mut self.session);
            }
            if effects.is_empty() {
                effects = self.nav.pursue(&mut self.session);
            }
            if effects.is_empty() && self.session.is_settled() {
                let dumps = self.nav.in_view();
                let reads = self.session.schedule(&dumps, self.nav.is_pending());
                effects = self.session.take_effects();
                if effects.is_empty() && !reads {
                    effects.extend(self.nav.starve());
                }
                if effects.is_empty() {
                    return self.nav.forget(&self.session.take_gone());
                }
            }
            self.apply_all(effects);
        }
    }

    fn apply_all(&mut self, effects: impl IntoIterator<Item = Effect>) {
        for effect in effects {
            self.apply(effect);
        }
    }

    /// Carries out an effect.
    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Say(words, tone) => self.say(&words, tone),
            Effect::Mention(words, tone) => self.mention(&words, tone),
            Effect::Visit(key) => self.nav.open(key, Vec::new()),
            Effect::Profile(profile, meant) => {
                let then = vec![Intent::Profile(meant)];
                self.nav.open(PageKey::Profile(profile), then);
            }
            Effect::Summary(dump, scope, class) => {
                let then = vec![Intent::Narrow(scope, class)];
                self.nav.open(PageKey::Summary(dump), then);
            }
            Effect::Open(key, then) => self.nav.open(key, then),
            Effect::Here(intent) => {
                let effects = self.nav.intend(intent, &mut self.session);
                self.apply_all(effects);
            }
            Effect::Begin(key) => self.nav.begin(key),
            Effect::Search(text) => self.search(&text),
            Effect::Ask(text) => self.prompts.ask(&text, &mut self.session, &self.nav),
            Effect::FindId(id) => {
                let effect = self.nav.find(id, &mut self.session);
                self.apply_all(effect);
            }
            Effect::Run(command) => {
                self.message = None;
                self.run(command);
            }
            Effect::Process(group) => self.activate(group),
            Effect::Write(path, format) => {
                let said = copy::page(&self.nav, (path, format), &mut self.session);
                self.apply(said);
            }
            Effect::KeepProfile(path) => {
                let said = copy::profile(&self.nav, path, &mut self.session);
                self.apply(said);
            }
            Effect::Report(path) => self.session.start_report(path),
            Effect::Copy(copied) => match copy::words(&copied, &self.session.keys) {
                Ok(words) => {
                    self.say(&words, Tone::Dim);
                    self.asked.copy = Some(copied.text);
                }
                Err(words) => self.say(&words, Tone::Problem),
            },
            Effect::Edit(place) => match editor::place(*place, &self.session.store.source) {
                Ok((at, words)) => {
                    self.say(&words, Tone::Dim);
                    self.asked.edit = Some(at);
                }
                Err(words) => self.say(&words, Tone::Problem),
            },
            Effect::Announce(change) => self.announce(&change),
            Effect::GiveUp(dump) => self.nav.give_up(&dump),
            Effect::Tell(news) => self.tell(&news),
        }
    }

    fn tell(&mut self, news: &News) {
        self.nav.hear(news, &mut self.session);
    }

    /// Says something in the last line.
    pub fn say(&mut self, words: &str, tone: Tone) {
        self.message = Some((one_line(words).into_owned(), tone));
    }

    /// Says something if the user is not being told anything that matters more.
    fn mention(&mut self, words: &str, tone: Tone) {
        if self
            .message
            .as_ref()
            .is_none_or(|(_, tone)| *tone == Tone::Busy)
        {
            self.say(words, tone);
        }
    }

    fn announce(&mut self, change: &Change) {
        if let Some(words) = announce::change(change, self.nav.key(), &self.session) {
            self.mention(&words, Tone::Busy);
        }
    }

    /// Puts another process in view.
    fn activate(&mut self, group: usize) {
        self.session.activate(group);
        match self.nav.key() {
            PageKey::Suspects => self.session.ask_for_suspects(),
            key if key.is_of_series() => {}
            _ => self.nav.open(PageKey::Dumps, Vec::new()),
        }
    }

    /// Narrows the page where the user is to rows that answer `text`.
    fn search(&mut self, text: &str) {
        let page = self.nav.page_mut();
        if page.searched().is_some_and(|now| now != text) {
            page.search(text, &mut self.session.ctx());
        }
    }

    /// Does what a command asks for.
    fn run(&mut self, command: Command) {
        if let Some(motion) = command.motion(self.keys.count()) {
            return self.go(motion);
        }
        if command.needs().heap() && self.nav.page().views().iter().any(|view| view.outline) {
            let then = vec![Intent::Run(command)];
            self.nav.open(self.nav.key().clone(), then);
            return self.say("opening the dump…", Tone::Busy);
        }
        if let Some(effects) = self.prompts.run(command, &mut self.session, &self.nav) {
            return self.apply_all(effects);
        }
        let marks = &self.bookmarks;
        match questions::asked(command, marks, &self.nav, &mut self.session) {
            Some(Ok(picker)) => return self.prompts.show(picker),
            Some(Err(effect)) => return self.apply(effect),
            None => {}
        }
        let count = self.keys.count();
        if let Some(effects) = self.nav.run(command, count, &mut self.session) {
            return self.apply_all(effects);
        }
        match command {
            Command::Filter => self.begin_find(None),
            Command::GoToId => self.begin_find(Some("@")),
            Command::CopyRow => {
                let effect = copy::row(self.nav.page(), &self.session.store);
                self.apply(effect);
            }
            Command::WhatIf => self.apply(self.bookmarks.what_if(&self.nav, &self.session)),
            Command::CopyLink => self.apply(copy::link(&self.nav, &self.session)),
            Command::CopyPath | Command::CopyWhy => {
                let effect = copy::path(command, &self.nav, &mut self.session);
                self.apply_all(effect);
            }
            // Findings have places of their own.
            Command::EditSource if !self.nav.key().is_of_series() => {
                let effect = editor::find(&self.nav, &mut self.session);
                self.apply_all(effect);
            }
            Command::WriteView => {
                let prompt = PathPrompt::for_page(self.nav.key(), &self.session.store);
                self.prompts.show(prompt);
            }
            Command::WriteReport => match PathPrompt::for_report(&self.session) {
                Ok(prompt) => self.prompts.show(prompt),
                Err(words) => self.say(&words, Tone::Problem),
            },
            Command::Bookmark => {
                let effect = self.bookmarks.toggle(&self.nav, &self.session);
                self.apply_all(effect);
            }
            Command::BackOut => self.back_out(),
            Command::NextTheme => {
                let words = format!("theme: {}", self.theme.turn());
                self.say(&words, Tone::Dim);
            }
            Command::ToggleMouse => {
                self.mouse = !self.mouse;
                let words = if self.mouse {
                    "mouse on: click and scroll; hold Shift to select text"
                } else {
                    "mouse off: the terminal selects text"
                };
                self.say(words, Tone::Dim);
            }
            Command::Help => {
                let keymap = Keymap::clone(&self.session.keys);
                self.prompts.show(Help::new(keymap, self.context()));
            }
            Command::Repaint => self.asked.repaint = true,
            Command::Suspend => self.asked.suspend = true,
            Command::Quit | Command::QuitNow => self.end = Some(End::Quit),
            _ => {
                let effect = self
                    .nav
                    .page_mut()
                    .command(command, &mut self.session.ctx());
                self.apply_all(effect);
            }
        }
    }

    /// Moves in whatever has the keyboard.
    fn go(&mut self, motion: Motion) {
        if let Some(effects) = self.prompts.go(motion, &mut self.session, &self.nav) {
            return self.apply_all(effects);
        }
        // Who moves among classes will want their objects.
        let outlines = self.nav.page().views().into_iter();
        let outlines = outlines.filter(|view| view.outline);
        let dumps: Vec<DumpId> = outlines.map(|view| Arc::clone(&view.dump)).collect();
        for dump in dumps {
            self.session.load(&dump);
        }
        self.nav.page_mut().go(motion, &mut self.session.ctx());
    }

    /// Backs out of what is nearest: what is written, loaded, filtered, zoomed; then the pane, then the page.
    fn back_out(&mut self) {
        if self.session.stop_report() {
            return;
        }
        if self.nav.is_pending() {
            return self.cancel_load();
        }
        if self
            .nav
            .page()
            .searched()
            .is_some_and(|text| !text.is_empty())
        {
            return self.search("");
        }
        if *self.nav.key() == PageKey::Suspects && self.session.stop_search() {
            return;
        }
        if self.nav.page_mut().back_out(&mut self.session.ctx()) {
            return;
        }
        match self.nav.key() {
            PageKey::Dumps | PageKey::Growth => self.cancel_load(),
            PageKey::Summary(_) => self.nav.open(self.session.home(), Vec::new()),
            _ if self.nav.can_go_back() => self.run(Command::Back),
            _ => self.nav.open(self.session.home(), Vec::new()),
        }
    }

    /// Cancels what is waited for, and the loading of the selected dump, or else of whichever is being loaded.
    fn cancel_load(&mut self) {
        let (waited, awaited) = self.nav.stop_waiting(&self.session);
        let selected = self.nav.page().dump(&self.session.store);
        if let Some(id) = awaited.or_else(|| self.session.loading(selected)) {
            self.session.work.abandon(&Slot::Load(id));
            let key = self.session.keys.key_of(Command::Open);
            let words = format!("loading cancelled; {key} starts it again");
            self.say(&words, Tone::Dim);
        } else if waited {
            self.say("cancelled", Tone::Dim);
        }
    }

    /// Begins the line in which something to find is typed.
    fn begin_find(&mut self, begin: Option<&str>) {
        let finder = Finder::new(self.nav.page().searched(), self.prompts.searched());
        self.prompts.show(match begin {
            Some(begin) => finder.beginning_with(begin),
            None => finder,
        });
    }
}
