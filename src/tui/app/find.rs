//! Finding: what is typed narrows the page or searches the dump, and `n` walks through what was found.

use std::any::Any;
use std::sync::Arc;

use crate::analysis::find::{Hits, find};
use crate::analysis::pattern::Pattern;
use crate::analysis::search::parse_id;
use crate::error::Result;
use crate::text::units::grouped;
use crate::tui::app::{App, Overlay};
use crate::tui::commands::Command;
use crate::tui::place::{PageKey, Query};
use crate::tui::theme::Tone;
use crate::tui::views::finder::Finder;
use crate::tui::views::hits::HitsPage;
use crate::tui::widgets::prompt::Prompt;
use crate::tui::work::Slot;

/// How long a line is made by pasting, in characters.
const LONGEST_PASTE: usize = 1000;

impl App {
    /// Begins the line in which something to find is typed.
    pub(super) fn begin_find(&mut self, begin: Option<&str>) {
        let mut finder = Finder::new(self.page().searched());
        if let Some(begin) = begin {
            finder.prompt = Prompt::new(begin);
        }
        self.overlay = Some(Overlay::Find(finder));
    }

    /// Text was pasted: it goes into the line being typed, else into a new one that searches, and is never run as keys.
    pub fn paste(&mut self, text: &str) {
        self.message = None;
        self.typed.clear();
        self.count = None;
        match &mut self.overlay {
            Some(Overlay::Help(help)) => help.typing = true,
            Some(_) => {}
            None => self.begin_find(None),
        }
        let words: Vec<&str> = text.lines().map(str::trim).collect();
        let line = words.join(" ");
        self.edit(|prompt| {
            let room = LONGEST_PASTE.saturating_sub(prompt.text().len());
            let line = line.trim().chars().take(room);
            line.for_each(|character| prompt.push(character));
        });
    }

    /// What is typed has changed: the page is narrowed, or the dump is searched; the search before stops.
    pub(super) fn find_as_typed(&mut self) {
        let Some(Overlay::Find(finder)) = &mut self.overlay else {
            return;
        };
        finder.found = None;
        let (narrowing, what, how) = (finder.narrowing(), finder.what, finder.how);
        let text = finder.prompt.text().to_owned();
        let is_id = finder.is_id();
        if narrowing != self.searched() {
            self.search(&narrowing);
        }
        self.work.abandon(&Slot::Search);
        let (Some(what), Some(view)) = (what, self.page().views().pop().cloned()) else {
            return;
        };
        if text.is_empty() || is_id {
            return;
        }
        self.work.start(Slot::Search, move |task| {
            let pattern = Pattern::new(how, &text);
            let Hits { count, texts, .. } = find(&view.heap, what, &pattern, task)?;
            Ok((count, texts))
        });
    }

    /// A search while typing is through.
    pub(super) fn found_as_typed(&mut self, outcome: Result<(u64, u64)>) {
        if let (Some(Overlay::Find(finder)), Ok(found)) = (&mut self.overlay, outcome) {
            finder.found = Some(found);
        }
    }

    /// Looks in something else, or in another way.
    pub(super) fn find_otherwise(&mut self, command: Command) {
        if let Some(Overlay::Find(finder)) = &mut self.overlay {
            match command {
                Command::PromptWhat => finder.next_what(),
                _ => finder.next_how(),
            }
            self.find_as_typed();
        }
    }

    /// What was typed is taken: the page stays narrowed, the hits are listed, or an object is shown.
    pub(super) fn accept_find(&mut self, finder: &Finder) {
        self.work.abandon(&Slot::Search);
        let text = finder.prompt.text().trim();
        if let Some(id) = parse_id(text) {
            self.search(&finder.before);
            return self.find_object(id);
        }
        if finder.is_id() {
            if text != "@" {
                let words = format!("{text} is no object id: a number is expected after @");
                self.say(&words, Tone::Problem);
            }
            return;
        }
        let Some(what) = finder.what else { return };
        let view = self.page().views().pop().cloned();
        if let Some(view) = view.filter(|_| !finder.prompt.text().is_empty()) {
            let query = Query {
                what,
                how: finder.how,
                text: finder.prompt.text().into(),
            };
            let key = PageKey::Hits(Arc::clone(&view.dump), query);
            self.hits = Some(key.clone());
            self.visit(key);
        }
    }

    /// Goes to another hit: of the list where that is shown, among the rows that answer where the page is narrowed,
    /// else to the next object that was found.
    pub(super) fn walk_hits(&mut self, forward: bool) {
        let times = self.count.unwrap_or(1).min(1 << 20) as isize;
        let by = if forward { times } else { -times };
        let key = self.history.page().clone();
        if !self.searched().is_empty() {
            let (page, mut ctx) = self.page_mut();
            return page.go_to_hit(by, &mut ctx);
        }
        let listed = matches!(key, PageKey::Hits(..));
        let list = if listed { Some(key) } else { self.hits.clone() };
        let page = list.and_then(|key| self.pages.get_mut(&key));
        let page = page.map(|page| &mut **page as &mut dyn Any);
        let Some(page) = page.and_then(|page| page.downcast_mut::<HitsPage>()) else {
            let words = format!(
                "nothing was searched for; {} begins",
                self.keymap.key_of(Command::Filter)
            );
            return self.say(&words, Tone::Dim);
        };
        let Some((subject, number, count)) = page.walk_hits(by) else {
            return self.say("nothing was found", Tone::Dim);
        };
        if let (false, Some(node)) = (listed, subject.node) {
            self.want(PageKey::Object(subject.dump, node), None, None);
            let words = format!("hit {} of {}", grouped(number as u64), grouped(count));
            self.say(&words, Tone::Dim);
        }
    }
}
