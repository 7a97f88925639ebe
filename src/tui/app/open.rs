//! Opening dumps and objects, going back and forward, and taking what workers found.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::graph::NodeId;
use crate::series::{Done, Dump, Kind};
use crate::tui::app::App;
use crate::tui::commands::Command;
use crate::tui::dump_store::id_of;
use crate::tui::page::{Effect, PageCtx, ProfileTarget};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::theme::Tone;
use crate::tui::views;
use crate::tui::views::explorer::Explorer;
use crate::tui::views::profile::{ProfilePage, profiles};
use crate::tui::views::profiles::ProfilesPage;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::work::{Answer, Loaded, Slot, answer};

/// How long a key waits for the rows that it is meant for.
const TYPE_AHEAD: Duration = Duration::from_millis(250);

/// How many object pages are kept beside the summaries.
const OBJECT_PAGES: usize = 64;

/// The paths asked for, in a word.
pub(super) fn place(paths: &[PathBuf]) -> String {
    let word = match paths {
        [] => "./".to_owned(),
        [path] => {
            let name = path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy();
            if path.is_dir() {
                format!("{}/", name.trim_end_matches('/'))
            } else if !path.exists() {
                path.to_string_lossy().into_owned()
            } else {
                path.parent()
                    .and_then(|parent| parent.file_name())
                    .map_or(String::new(), |parent| {
                        format!("{}/", parent.to_string_lossy())
                    })
            }
        }
        paths => format!("{} paths", paths.len()),
    };
    crate::text::escape::one_line(&word).into_owned()
}

impl App {
    /// Takes the results that are ready; says whether there were any.
    pub fn take_results(&mut self) -> bool {
        let mut any = false;
        while let Some(update) = self.watcher.try_recv() {
            any = true;
            self.watched(update);
        }
        while let Some((dump, early)) = self.work.take_early() {
            any = true;
            self.take_early(dump, early);
        }
        while let Some(done) = self.work.take() {
            any = true;
            self.take(done);
        }
        if any {
            self.drop_early();
            self.look_for_suspects();
        }
        any
    }

    /// Waits a moment for the rows that the next key is meant for: who types ahead means the rows to come.
    pub(super) fn settle(&mut self) {
        let until = Instant::now() + TYPE_AHEAD;
        while self.page().unsettled(&self.work) {
            let left = until.saturating_duration_since(Instant::now());
            match self.work.wait_for_list(left) {
                Some(done) => self.take(done),
                None => return,
            }
        }
    }

    fn take(&mut self, done: Done<Slot, Answer>) {
        match &done.slot {
            Slot::Load(dump) => match answer(done.outcome) {
                Ok(Loaded::Heap(view, figures, fresh)) => {
                    self.keep(dump, fresh, &view.heap);
                    let gone = self.store.loaded(Arc::clone(&view), figures);
                    self.forget_pages(&gone);
                    self.dumps.follow(&self.store);
                    self.replace_early(dump);
                    self.entered(&view);
                    self.pursue();
                    self.pursue_bookmark();
                    let warnings = view.heap.warnings();
                    if !warnings.is_empty() {
                        let words = format!("{}: {}", self.store.label(dump), warnings.join("; "));
                        self.say(&words, Tone::Problem);
                    }
                    self.measure_next();
                }
                Ok(Loaded::IndexHeader(found, wanted)) => self.looked_up(dump, found, wanted),
                Err(error) => {
                    self.load_failed(dump, &error);
                    self.measure_next();
                }
            },
            Slot::Measure(dump) => self.measured(dump, done.outcome),
            Slot::Grow => {
                if let Ok(table) = answer(done.outcome) {
                    self.growth.take_table(Some(table));
                }
            }
            Slot::Suspects => self.take_suspects(done.outcome),
            Slot::Report => self.wrote_report(answer(done.outcome)),
            Slot::Keep(_) => {
                if let Ok(kept) = answer(done.outcome) {
                    self.kept(&kept);
                }
            }
            Slot::Search => self.found_as_typed(answer(done.outcome)),
            Slot::Copy => self.copied(answer(done.outcome)),
            Slot::Write => self.wrote(answer(done.outcome)),
            Slot::Find(key) => self.found_object(key, answer(done.outcome)),
            Slot::Realms(dump) => self.found_realms(dump),
            Slot::List(key, ..)
            | Slot::Holders(key)
            | Slot::Narrow(key)
            | Slot::Compare(key)
            | Slot::Page(key, _) => {
                let mut ctx = PageCtx {
                    work: &mut self.work,
                    store: &self.store,
                };
                let page = self.pages.get_mut(key);
                let effect = page.and_then(|page| page.take(done, &mut ctx));
                self.grant(effect);
            }
        }
    }

    /// Does what a page wants done.
    pub(super) fn grant(&mut self, effect: Option<Effect>) {
        match effect {
            None => {}
            Some(Effect::Say(words, tone)) => self.say(&words, tone),
            Some(Effect::Visit(key)) => self.want(key, None, None),
            Some(Effect::Profile(profile, meant)) => self.show_in_profile(profile, meant),
            Some(Effect::Summary(dump, scope, class)) => {
                self.want(PageKey::Summary(dump), Some(scope), class);
            }
        }
    }

    /// Loads a dump, if there is room for it.
    pub(super) fn load(&mut self, dump: &DumpId) {
        if self.work.status(&Slot::Load(Arc::clone(dump))).is_some() {
            return;
        }
        // Whoever waits for a dump does not wait for figures.
        for other in self.store.unmeasured() {
            self.work.abandon(&Slot::Measure(other));
        }
        self.work.abandon(&Slot::Suspects);
        let facts = self.store.get(dump).map_or_else(Default::default, |found| {
            (found.name.clone(), found.bytes.unwrap_or(0))
        });
        if self.work.uses_indexes() && !self.store.is_looked_up(dump) && !self.is_cut(dump) {
            return self.work.look_up(dump, facts, true);
        }
        match self.store.make_room(dump) {
            Ok(gone) => self.forget_pages(&gone),
            Err(error) => {
                self.wanted = None;
                self.store.refuse(dump, &error);
                return self.say(&error.to_string(), Tone::Problem);
            }
        }
        if self.is_cut(dump) {
            return self.work.load_cut(dump, facts, self.store.budget());
        }
        self.work.load(dump, facts);
    }

    /// Whether a dump was cut short, and is opened only because somebody wants to see what there is of it.
    pub(super) fn is_cut(&self, dump: &DumpId) -> bool {
        self.store.get(dump).is_some_and(Dump::is_cut)
    }

    fn load_failed(&mut self, dump: &DumpId, error: &Error) {
        self.put_off = None;
        let waited = self.wanted.as_ref();
        if waited.is_some_and(|wanted| wanted.key.dumps().contains(&dump)) {
            self.wanted = None;
        }
        if error.is_cancelled() {
            return self.say("loading was cancelled", Tone::Dim);
        }
        self.store.failed(dump, error);
        self.dumps.follow(&self.store);
        self.grow();
        self.say(&error.to_string(), Tone::Problem);
    }

    /// Forgets the pages of dumps that are not loaded any more, but for the one where the user is.
    pub(super) fn forget_pages(&mut self, gone: &[DumpId]) {
        if gone.is_empty() {
            return;
        }
        self.history.forget(gone);
        let now = self.history.page().clone();
        let stays =
            |key: &PageKey| *key == now || !key.dumps().iter().any(|dump| gone.contains(dump));
        self.pages.retain(|key, _| stays(key));
    }

    /// Opens the selected dump, now or when it is loaded.
    pub(super) fn open_selected(&mut self) {
        let Some(dump) = self.dumps.selected(&self.store).cloned() else {
            return;
        };
        if dump.is_cut() {
            return self.want(PageKey::Summary(id_of(&dump)), None, None);
        }
        if let Some(problem) = &dump.problem {
            let words = format!("{}: {problem}", dump.name);
            return self.say(&words, Tone::Problem);
        }
        if dump.kind == Kind::HeapProfile {
            return self.visit(PageKey::Profile(id_of(&dump)));
        }
        if !dump.is_usable() {
            let words = format!("{}: a {} has no objects to look at", dump.name, dump.kind);
            return self.say(&words, Tone::Problem);
        }
        self.want(PageKey::Summary(id_of(&dump)), None, None);
    }

    /// The dump that is being loaded: the selected one, or else any.
    pub(super) fn loading(&self) -> Option<DumpId> {
        self.dumps
            .selected(&self.store)
            .into_iter()
            .chain(
                self.store
                    .groups()
                    .iter()
                    .flat_map(|group| &group.series.dumps),
            )
            .map(id_of)
            .find(|id| self.work.status(&Slot::Load(Arc::clone(id))).is_some())
    }

    /// The page that answers the first question: what grows, where there are dumps enough to tell.
    pub(super) fn go_home(&mut self) {
        let home = if self.store.usable().len() > 2 {
            PageKey::Growth
        } else {
            PageKey::Dumps
        };
        self.visit(home);
    }

    /// Cancels what is waited for, and the loading of the selected dump, or else of whichever is being loaded.
    pub(super) fn cancel_load(&mut self) {
        let wanted = self.wanted.take();
        let waited = wanted.is_some();
        let loads = |id: &&DumpId| self.work.status(&Slot::Load((*id).clone())).is_some();
        let wanted = wanted.and_then(|wanted| wanted.key.dumps().into_iter().find(loads).cloned());
        if let Some(id) = wanted.or_else(|| self.loading()) {
            self.work.abandon(&Slot::Load(id));
            self.drop_early();
            let key = self.keymap.key_of(Command::OpenDump);
            self.say(
                &format!("loading was cancelled; {key} begins again"),
                Tone::Dim,
            );
            self.measure_next();
        } else if waited {
            self.say("cancelled", Tone::Dim);
        }
    }

    /// The place to come back to is noted before leaving it.
    fn note(&mut self) {
        let at = self.page().mark();
        self.history.note(at);
    }

    /// Goes to a page.
    pub(super) fn visit(&mut self, key: PageKey) {
        self.wanted = None;
        if *self.history.page() != key && self.prepare(&key) {
            self.note();
            self.history.go(key);
            self.measure_next();
        }
    }

    /// Makes sure that a page is there; says whether it is.
    pub(super) fn prepare(&mut self, key: &PageKey) -> bool {
        if let PageKey::Profile(file) = key {
            if !self.pages.contains_key(key) {
                self.make_room();
                let page = ProfilePage::new(key.clone(), Arc::clone(file), &mut self.work);
                self.pages.insert(key.clone(), Box::new(page));
            }
            return true;
        }
        if *key == PageKey::Profiles {
            let files = profiles(&self.store);
            let known = self.pages.get(key).map(|page| &**page as &dyn Any);
            let known = known.and_then(|page| page.downcast_ref::<ProfilesPage>());
            if known.is_none_or(|page| !page.is_of(&files)) {
                let page = ProfilesPage::new(files, &mut self.work);
                self.pages.insert(key.clone(), Box::new(page));
            }
            return true;
        }
        let dumps = key.dumps();
        let [dump] = dumps[..] else {
            let always = matches!(key, PageKey::Dumps | PageKey::Growth | PageKey::Suspects);
            return always || self.pages.contains_key(key);
        };
        // A dump that was replaced or deleted stays as it was on the page that shows it.
        let here = self.page().views().into_iter();
        let plain = matches!(key, PageKey::Summary(_));
        let mut here = here.filter(|view| view.dump == *dump && (plain || !view.outline));
        // What counts here, counts on the pages that are opened from here.
        let loaded = match (self.store.view(dump), here.next()) {
            (Some(new), Some(old)) if Arc::ptr_eq(&new.heap, &old.heap) => Some(Arc::clone(old)),
            (Some(new), _) => Some(new),
            (None, old) => old.cloned(),
        };
        let outline = || self.store.outline(dump).filter(|_| plain);
        let Some(view) = loaded.or_else(outline) else {
            return false;
        };
        if let Some(page) = self.pages.get(key) {
            let views = page.views();
            if views.iter().all(|old| Arc::ptr_eq(&old.heap, &view.heap)) {
                return true;
            }
            self.pages.remove(key);
        }
        self.make_room();
        let mut ctx = PageCtx {
            work: &mut self.work,
            store: &self.store,
        };
        let Some(mut page) = views::make(key, view, &mut ctx) else {
            return false;
        };
        let made = &mut *page as &mut dyn Any;
        if let Some(made) = made.downcast_mut::<Explorer>() {
            made.begin_with(&self.order, ctx.work);
        }
        self.pages.insert(key.clone(), page);
        true
    }

    /// Forgets some object page when there are many; going back there makes it anew.
    fn make_room(&mut self) {
        let mut objects = self.pages.keys().filter(|key| key.is_of_an_object());
        if objects.clone().count() > OBJECT_PAGES {
            let now = self.history.page();
            let doomed = objects.find(|key| *key != now).cloned();
            if let Some(doomed) = doomed {
                self.pages.remove(&doomed);
            }
        }
    }

    pub(super) fn back(&mut self) {
        self.note();
        if let Some(mark) = self.history.back() {
            self.arrive(&mark.key, mark.at);
        } else {
            self.say("this is where you began", Tone::Dim);
        }
    }

    pub(super) fn forward(&mut self) {
        self.note();
        if let Some(mark) = self.history.forward() {
            self.arrive(&mark.key, mark.at);
        } else {
            self.say("there is nothing ahead", Tone::Dim);
        }
    }

    fn arrive(&mut self, key: &PageKey, at: Option<At>) {
        self.wanted = None;
        if !self.prepare(key) {
            return self.want(key.clone(), None, None);
        }
        if let Some(at) = at {
            let (page, mut ctx) = self.page_mut();
            page.return_to(at, &mut ctx);
        }
    }

    /// The object of the selected row, and its dump.
    pub(super) fn selected_object(&self) -> Option<(DumpId, NodeId)> {
        let subject = self.page().subject()?;
        Some((subject.dump, subject.node?))
    }

    /// Shows something of a profile.
    fn show_in_profile(&mut self, profile: DumpId, meant: ProfileTarget) {
        let key = PageKey::Profile(profile);
        self.want(key.clone(), None, None);
        let page = self.pages.get_mut(&key);
        let page = page.map(|page| &mut **page as &mut dyn Any);
        if let Some(page) = page.and_then(|page| page.downcast_mut::<ProfilePage>()) {
            let effect = page.mean(meant, &mut self.work);
            self.grant(effect);
        }
    }

    /// Shows the selected object, its class or its dump in another view.
    pub(super) fn show(&mut self, command: Command) {
        let subject = match command {
            Command::ShowMakers => self.page().made(),
            _ => self.page().subject(),
        };
        let dump = subject.as_ref().map(|subject| subject.dump.clone());
        let Some(dump) = dump.or_else(|| self.dump_in_question()) else {
            return self.say("choose a dump first", Tone::Problem);
        };
        let node = subject.as_ref().and_then(|subject| subject.node);
        let class = subject.as_ref().and_then(|subject| subject.class);
        let key = match (command, node, class) {
            (Command::ShowContainment, ..) => PageKey::Containment(dump),
            (Command::ShowDominators, ..) => PageKey::Dominators(dump),
            (Command::ShowStatistics, ..) => PageKey::Statistics(dump),
            (Command::ShowStrings, ..) => PageKey::Strings(dump),
            (Command::ShowContexts, ..) => PageKey::Contexts(dump),
            (Command::ShowAllocations, ..) => PageKey::Allocations(dump),
            (Command::ShowMakers, node, class) if node.is_some() || class.is_some() => {
                PageKey::Makers(dump, node, class)
            }
            (Command::ShowWhy, Some(node), _) => PageKey::Why(dump, node),
            (Command::Inspect, Some(node), _) => PageKey::Inspect(dump, node),
            (Command::ShowRetainers, Some(node), _) => PageKey::Object(dump, node),
            (Command::ShowPaths, _, Some(class)) => PageKey::Paths(dump, class),
            _ => return self.say("select an object first", Tone::Problem),
        };
        self.forget_other_filter(&key);
        self.want(key.clone(), None, None);
        // The page shows the object that it was asked for.
        if *self.history.page() == key
            && let Some(node) = node
        {
            let (page, mut ctx) = self.page_mut();
            page.reveal(node, command, &mut ctx);
        }
    }

    /// Forgets a page of rows that counts other objects than the page where the user is.
    fn forget_other_filter(&mut self, key: &PageKey) {
        if !key.is_filtered() || *self.history.page() == *key {
            return;
        }
        let here = self.page().views().pop().map(|view| view.scope.clone());
        let there = self.pages.get(key).map(|page| page.views());
        let there = there.and_then(|mut views| views.pop());
        if here.is_some() && there.is_some_and(|view| Some(&view.scope) != here.as_ref()) {
            self.pages.remove(key);
        }
    }

    /// Opens the selected object on a page of its own.
    pub(super) fn open_object(&mut self) {
        if let Some(effect) = self.page().opens() {
            self.grant(Some(effect));
        } else if let Some((dump, node)) = self.selected_object() {
            self.visit(PageKey::Object(dump, node));
        }
    }

    /// Shows the selected object among its class.
    pub(super) fn show_in_summary(&mut self) {
        if let Some((dump, node)) = self.selected_object() {
            self.reveal(&dump, node);
        }
    }

    /// Shows an object among its class in the summary, or on its own page where it counts in no class.
    fn reveal(&mut self, dump: &DumpId, node: NodeId) {
        self.note();
        let key = PageKey::Summary(Arc::clone(dump));
        if !self.prepare(&key) {
            return;
        }
        let page = self
            .pages
            .get_mut(&key)
            .map(|page| &mut **page as &mut dyn Any);
        let Some(page) = page.and_then(|page| page.downcast_mut::<Explorer>()) else {
            return;
        };
        if page.show(node, &mut self.work) {
            if *self.history.page() != key {
                self.history.go(key);
            }
            return;
        }
        let words = if page.view.selection.contains(node) {
            "this object has no size of its own, so no class counts it"
        } else {
            "the filter of the summary leaves this object out"
        };
        self.visit(PageKey::Object(Arc::clone(dump), node));
        self.say(words, Tone::Dim);
    }

    /// Looks for the object with this id in the dump in view.
    pub(super) fn find_object(&mut self, id: u32) {
        let key = self.history.page().clone();
        let (page, ctx) = self.page_mut();
        let Some(view) = page.views().pop().cloned() else {
            return;
        };
        if view.outline {
            return self.say("the dump is still being opened: try again", Tone::Busy);
        }
        ctx.work.start(Slot::Find(key), move |_| {
            Ok((id, Arc::clone(&view.dump), view.heap.find_id(id)))
        });
    }

    fn found_object(
        &mut self,
        key: &PageKey,
        outcome: Result<(u32, DumpId, Option<NodeId>), Error>,
    ) {
        if self.history.page() != key {
            return;
        }
        match outcome {
            Ok((_, dump, Some(node))) => self.reveal(&dump, node),
            Ok((id, _, None)) => {
                let words = format!("no object @{id} in this dump");
                self.say(&words, Tone::Problem);
            }
            Err(error) => self.say(&error.to_string(), Tone::Problem),
        }
    }
}
