//! Where the user is, was, and is about to be: the pages, the history, and the one thing that waits for dumps.

use std::sync::Arc;

use crate::error::Result;
use crate::graph::NodeId;
use crate::task::Task;
use crate::text::units::grouped;
use crate::tui::commands::Command;
use crate::tui::dump_store::DumpStore;
use crate::tui::effect::{Effect, Intent, News};
use crate::tui::history::{History, Mark};
use crate::tui::page::Page;
use crate::tui::pages::Pages;
use crate::tui::pending::Pending;
use crate::tui::place::{DumpId, PageKey, Subject};
use crate::tui::scope::Scope;
use crate::tui::session::Session;
use crate::tui::theme::Tone;
use crate::tui::view::{Order, View};
use crate::tui::widgets::lazy_tree::At;
use crate::tui::work::{Inbox, Slot};

/// Where the user is, was, and is about to be.
pub struct Navigator {
    history: History,
    pages: Pages,
    /// What is shown as soon as what it needs is read.
    pending: Option<Pending>,
    /// The list of what was found last.
    hits: Option<PageKey>,
    /// Ids that were looked for.
    inbox: Inbox<Result<Sought>>,
}

/// What stands between the page that is wanted and the user.
enum Obstacle {
    /// A dump is being read.
    Reading,
    /// Nothing can be done about it; this is said.
    Final(String),
}

/// An id that was looked for in a dump, and its object.
type Sought = (u32, DumpId, Option<NodeId>);

impl Navigator {
    /// At the list of dumps.
    pub fn new(session: &mut Session) -> Self {
        Self {
            history: History::new(PageKey::Dumps),
            pages: Pages::new(&mut session.ctx()),
            pending: None,
            hits: None,
            inbox: Inbox::default(),
        }
    }

    /// Orders lists at first as settings ask for.
    pub fn begin_with(&mut self, order: Order) {
        self.pages.order = order;
    }

    /// Which page the user is on.
    pub fn key(&self) -> &PageKey {
        self.history.page()
    }

    /// The page where the user is.
    pub fn page(&self) -> &dyn Page {
        self.pages.here(self.history.page())
    }

    /// The same, to be changed.
    pub fn page_mut(&mut self) -> &mut dyn Page {
        self.pages.here_mut(self.history.page())
    }

    /// The dumps in view.
    pub fn in_view(&self) -> Vec<DumpId> {
        self.key().dumps().into_iter().cloned().collect()
    }

    /// Whether there is a place to go back to.
    pub fn can_go_back(&self) -> bool {
        self.history.can_go_back()
    }

    /// Whether something waits for dumps.
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// The dump that a question is about: the one in view or selected, or the last one.
    pub fn dump_in_question(&self, session: &Session) -> Option<DumpId> {
        let store = &session.store;
        match self.key().dump() {
            Some(dump) => Some(Arc::clone(dump)),
            None => self
                .page()
                .dump(store)
                .filter(|dump| store.labelled(dump).is_some()),
        }
    }

    /// The dump that a question is about, without an object or class of it.
    pub fn subject_of_dump(&self, session: &Session) -> Option<Subject> {
        let dump = self.dump_in_question(session)?;
        let (node, class) = (None, None);
        Some(Subject { dump, node, class })
    }

    /// The heap of a dump: that of the page in view where it is one's, so that a dump that was replaced or deleted
    /// stays as it was, and what counts here counts on the pages that are opened from here.
    fn view(&self, dump: &DumpId, plain: bool, session: &Session) -> Option<Arc<View>> {
        let here = self.page().views().into_iter();
        let mut here = here.filter(|view| view.dump == *dump && (plain || !view.outline));
        let loaded = match (session.store.view(dump), here.next()) {
            (Some(new), Some(old)) if Arc::ptr_eq(&new.heap, &old.heap) => Some(Arc::clone(old)),
            (Some(new), _) => Some(new),
            (None, old) => old.cloned(),
        };
        let outline = || session.store.outline(dump).filter(|_| plain);
        loaded.or_else(outline)
    }

    /// Notes the place to come back to before leaving it.
    fn note(&mut self) {
        let at = self.page().mark();
        self.history.note(at);
    }

    /// The page that the explorer begins with.
    pub fn begin(&mut self, key: PageKey) {
        self.history = History::new(key);
    }

    /// Wants a page, and something done there; it is shown as soon as what it needs is there.
    pub fn open(&mut self, page: PageKey, then: Vec<Intent>) {
        self.pending = Some(Pending::new(page, then));
    }

    /// Goes to a page that can be made.
    fn visit(&mut self, key: PageKey) {
        if let PageKey::Hits(..) = key {
            self.hits = Some(key.clone());
        }
        if *self.key() != key {
            self.note();
            self.history.go(key);
        }
    }

    /// Makes sure that a page is there; says whether it is.
    fn prepare(&mut self, key: &PageKey, session: &mut Session) -> bool {
        let plain = matches!(key, PageKey::Summary(_));
        let dumps = key.dumps().into_iter();
        let views: Option<Vec<_>> = dumps.map(|dump| self.view(dump, plain, session)).collect();
        let Some(views) = views else { return false };
        self.pages
            .prepare(key, &views, self.history.page(), &mut session.ctx())
    }

    /// Goes on with what is wanted: has read what it needs, and shows it when that is there. Gives what is to be done
    /// then.
    pub fn pursue(&mut self, session: &mut Session) -> Vec<Effect> {
        let Some(mut pending) = self.pending.take() else {
            return Vec::new();
        };
        match self.step(&mut pending, session) {
            Ok(effects) => effects,
            Err(Obstacle::Reading) => {
                self.stand_in(&pending, session);
                self.pending = Some(pending);
                Vec::new()
            }
            Err(Obstacle::Final(words)) if words.is_empty() => Vec::new(),
            Err(Obstacle::Final(words)) => vec![Effect::Say(words, Tone::Problem)],
        }
    }

    fn step(
        &mut self,
        pending: &mut Pending,
        session: &mut Session,
    ) -> std::result::Result<Vec<Effect>, Obstacle> {
        let key = pending.page.clone();
        let plain = pending.is_plain();
        let missing = key.dumps().into_iter();
        let mut missing = missing.filter(|dump| self.view(dump, plain, session).is_none());
        if let Some(missing) = missing.next().cloned() {
            if session.is_loading(&missing) {
                return Err(Obstacle::Reading);
            }
            if pending.loaded.contains(&missing) {
                // It had to go for the other one.
                let words = "both dumps together exceed the memory limit: allow more with --memory, or use heaptui diff";
                return Err(Obstacle::Final(words.to_owned()));
            }
            pending.loaded.push(Arc::clone(&missing));
            return match session.load(&missing) {
                true => Err(Obstacle::Reading),
                // The session has said why.
                false => Err(Obstacle::Final(String::new())),
            };
        }
        if let PageKey::Compare(from, to) = &key
            && session.store.incomparable(from, to).is_none()
        {
            // Loaded dumps are read first, so this takes a moment only.
            return Err(Obstacle::Reading);
        }
        if !self.prepare(&key, session) {
            return Err(Obstacle::Final(String::new()));
        }
        // Some objects are shown elsewhere.
        if let Some(Intent::Show(_)) = pending.then.first()
            && let Some(page) = self.pages.get_mut(&key)
        {
            let effects = page.intend(pending.then.remove(0), &mut session.ctx());
            if !effects.is_empty() {
                return Ok(effects);
            }
        }
        self.visit(key);
        let mut effects = Vec::new();
        while !pending.then.is_empty() {
            let intent = self.ready(pending.then.remove(0), pending, session)?;
            effects.extend(self.intend(intent, session));
        }
        Ok(effects)
    }

    /// What is meant, if the dumps are read that it is about; else it stays what is wanted.
    fn ready(
        &mut self,
        intent: Intent,
        pending: &mut Pending,
        session: &mut Session,
    ) -> std::result::Result<Intent, Obstacle> {
        let (Intent::Narrow(scope, class), PageKey::Summary(dump)) = (&intent, &pending.page)
        else {
            return Ok(intent);
        };
        let store = &session.store;
        let bounds = scope.bounds();
        let answers = bounds.iter().map(|bound| store.incomparable(bound, dump));
        let answers: Vec<Option<Option<String>>> = answers.collect();
        if let Some(reason) = answers.iter().flatten().flatten().next() {
            let key = session.keys.key_of(Command::Compare);
            let words = format!("{reason} ({key} compares them by class)");
            if let Some(class) = class.clone() {
                self.intend(Intent::Narrow(Scope::All, Some(class)), session);
            }
            return Err(Obstacle::Final(words));
        }
        if !answers.contains(&None) && scope.filter(|id| store.max_id(id)).is_some() {
            return Ok(intent);
        }
        // When a bound cannot be read, nothing is waited for.
        let mut refused = bounds.iter().filter_map(|id| {
            let problem = store.refusal(id)?;
            Some(format!("{} cannot be read: {problem}", store.label(id)))
        });
        if let Some(words) = refused.next() {
            return Err(Obstacle::Final(words));
        }
        pending.then.insert(0, intent);
        Err(Obstacle::Reading)
    }

    /// Nothing is being read, so that who waits for other dumps than his own waits in vain.
    pub fn starve(&mut self) -> Option<Effect> {
        let pending = self.pending.as_ref()?;
        let Some(Intent::Narrow(..)) = pending.then.first() else {
            return None;
        };
        self.pending = None;
        let words =
            "the other dumps do not fit into memory beside this one; allow more with --memory";
        Some(Effect::Say(words.to_owned(), Tone::Problem))
    }

    /// Does something on the page in view.
    pub fn intend(&mut self, intent: Intent, session: &mut Session) -> Vec<Effect> {
        match intent {
            Intent::Run(command) => vec![Effect::Run(command)],
            Intent::Id(id) => self.object_by_id(id),
            Intent::Follow(link) => {
                let view = self.page().views().pop();
                view.map(|view| link.of_object(view)).into_iter().collect()
            }
            intent => self.page_mut().intend(intent, &mut session.ctx()),
        }
    }

    fn object_by_id(&self, id: u32) -> Vec<Effect> {
        let Some(view) = self.page().views().pop() else {
            return Vec::new();
        };
        vec![match view.heap.find_id(id) {
            Some(node) => Effect::Visit(PageKey::Object(Arc::clone(&view.dump), node)),
            None => not_there(id),
        }]
    }

    /// What is still waited for, in words.
    pub fn waiting_for(&self, store: &DumpStore) -> Option<String> {
        self.pending.as_ref()?.words(store)
    }

    /// Whatever waits for this dump waits in vain.
    pub fn give_up(&mut self, dump: &DumpId) {
        self.pending.take_if(|pending| pending.is_of(dump));
    }

    /// Stops waiting; says whether anything was waited for, and gives the dump that is being loaded for it.
    pub fn stop_waiting(&mut self, session: &Session) -> (bool, Option<DumpId>) {
        let pending = self.pending.take();
        let waited = pending.is_some();
        let dumps = pending.map_or(Vec::new(), |pending| {
            pending.page.dumps().into_iter().cloned().collect()
        });
        let mut dumps = dumps.into_iter();
        (waited, dumps.find(|dump| session.is_loading(dump)))
    }

    /// Shows the page of a dump that is wanted and being loaded, as far as it can be shown.
    fn stand_in(&mut self, pending: &Pending, session: &Session) {
        let PageKey::Summary(dump) = &pending.page else {
            return;
        };
        if !pending.may_stand_in() || !session.is_loading(dump) {
            return;
        }
        let file = session.store.get(dump).map(|found| found.name.clone());
        let early = session.early(dump);
        self.pages.stand_in(dump, file.unwrap_or_default(), early);
        self.visit(pending.page.clone());
    }

    /// Has all pages take what has happened to dumps.
    pub fn hear(&mut self, news: &News, session: &mut Session) {
        match news {
            News::Loaded(view) => self.replace_stand_in(&view.dump, session),
            News::Outlined(dump) => {
                if let Some(pending) = &mut self.pending {
                    // It was looked up only: it may still have to be loaded.
                    pending.loaded.retain(|loaded| loaded != dump);
                }
                self.replace_stand_in(dump, session);
            }
            _ => {}
        }
        self.pages.hear(news, &mut session.ctx());
    }

    /// A dump is loaded: its page takes the place of the one that stood in, with the same filter and cursor.
    fn replace_stand_in(&mut self, dump: &DumpId, session: &mut Session) {
        let key = PageKey::Summary(Arc::clone(dump));
        let Some(left) = self.pages.get(&key).and_then(Page::stands_in) else {
            return;
        };
        self.pages.remove(&key);
        if *self.key() == key && self.prepare(&key, session) {
            self.intend(left, session);
        }
    }

    /// Leaves pages that stand in for dumps that are not being loaded any more: loading cancelled, or failed.
    pub fn drop_stand_ins(&mut self, session: &mut Session) -> Vec<Effect> {
        let gone = self.pages.vain(|dump| session.is_loading(dump));
        let mut effects = Vec::new();
        for key in gone {
            self.pages.remove(&key);
            if *self.key() == key {
                effects.push(match self.can_go_back() {
                    true => Effect::Run(Command::Back),
                    false => Effect::Visit(session.home()),
                });
            }
        }
        effects
    }

    /// Forgets the pages of dumps that are not loaded any more, but for the one where the user is.
    pub fn forget(&mut self, gone: &[DumpId]) {
        if gone.is_empty() {
            return;
        }
        self.history.forget(gone);
        self.pages.forget(gone, self.history.page());
    }

    /// Forgets a page whose rows count other objects than the page where the user is.
    fn forget_other_filter(&mut self, key: &PageKey) {
        let page = self.pages.get(key);
        let Some(page) = page.filter(|page| page.is_filtered() && self.key() != key) else {
            return;
        };
        let here = self.page().views().pop().map(|view| &view.scope);
        let there = page.views().pop().map(|view| &view.scope);
        if here.is_some() && there.is_some() && here != there {
            self.pages.remove(key);
        }
    }

    /// Goes back to where the user was, or forward again; says `end` where there is nothing.
    fn travel(
        &mut self,
        step: fn(&mut History) -> Option<Mark>,
        end: &str,
        session: &mut Session,
    ) -> Option<Effect> {
        self.note();
        let Some(mark) = step(&mut self.history) else {
            return Some(Effect::Say(end.to_owned(), Tone::Dim));
        };
        self.arrive(&mark.key, mark.at, session);
        None
    }

    fn arrive(&mut self, key: &PageKey, at: Option<At>, session: &mut Session) {
        self.pending = None;
        if !self.prepare(key, session) {
            return self.open(key.clone(), Vec::new());
        }
        if let Some(at) = at {
            self.page_mut().return_to(at, &mut session.ctx());
        }
    }

    /// Has the page that waited for this job take what was found.
    pub fn take(&mut self, slot: &Slot, session: &mut Session) -> Vec<Effect> {
        match slot {
            Slot::Find(key) => {
                let found = self.inbox.next().filter(|_| key == self.key());
                found.map(sought).into_iter().collect()
            }
            slot => {
                let page = slot.page().and_then(|key| self.pages.get_mut(key));
                let effect = page.and_then(|page| page.take(&mut session.ctx()));
                effect.into_iter().collect()
            }
        }
    }

    /// Looks for the object with this id in the dump in view.
    pub fn find(&self, id: u32, session: &mut Session) -> Option<Effect> {
        let view = Arc::clone(self.page().views().pop()?);
        if view.outline {
            let words = "the dump is still loading: try again".to_owned();
            return Some(Effect::Say(words, Tone::Busy));
        }
        let job = move |_: &Task| {
            let found = view.heap.find_id(id);
            Ok((id, Arc::clone(&view.dump), found))
        };
        let slot = Slot::Find(self.key().clone());
        session.work.start(slot, &self.inbox, job, |found| found);
        None
    }

    /// Does what a command asks for that goes somewhere; `None` for others. `count` is the number typed before.
    pub fn run(
        &mut self,
        command: Command,
        count: Option<usize>,
        session: &mut Session,
    ) -> Option<Vec<Effect>> {
        let effect = match command {
            Command::ShowDumps => Some(Effect::Visit(PageKey::Dumps)),
            Command::ShowGrowth => Some(Effect::Visit(PageKey::Growth)),
            Command::ShowSuspects => {
                session.ask_for_suspects();
                Some(Effect::Visit(PageKey::Suspects))
            }
            Command::Open => {
                let effect = self.page_mut().command(command, &mut session.ctx());
                effect.or_else(|| self.opened())
            }
            Command::OpenObject => {
                let selected = self.selected_object();
                selected.map(|(dump, node)| Effect::Visit(PageKey::Object(dump, node)))
            }
            Command::ShowSummary => match self.dump_in_question(session) {
                Some(dump) => Some(Effect::Summary(dump, Scope::All, None)),
                None => Some(choose_a_dump()),
            },
            Command::ShowInSummary => {
                let selected = self.selected_object();
                selected.map(|(dump, node)| {
                    Effect::Open(PageKey::Summary(dump), vec![Intent::Show(node)])
                })
            }
            Command::SearchNext | Command::SearchPrevious => {
                let times = count.unwrap_or(1).min(1 << 20) as isize;
                let forward = command == Command::SearchNext;
                self.walk_hits(if forward { times } else { -times }, session)
            }
            Command::Back => self.travel(History::back, "no previous page", session),
            Command::Forward => self.travel(History::forward, "no next page", session),
            command => {
                let opens = command.spec()?.opens?;
                self.show((command, opens), session)
            }
        };
        Some(effect.into_iter().collect())
    }

    /// Shows the selected object, its class or its dump in another view.
    fn show(
        &mut self,
        (command, opens): (Command, fn(Subject) -> Option<PageKey>),
        session: &Session,
    ) -> Option<Effect> {
        let subject = match command {
            Command::ShowMakers | Command::ShowWhy => self.page().made(),
            _ => self.page().subject(),
        };
        let Some(subject) = subject.or_else(|| self.subject_of_dump(session)) else {
            return Some(choose_a_dump());
        };
        let node = subject.node;
        let Some(key) = opens(subject) else {
            let words = "select an object first".to_owned();
            return Some(Effect::Say(words, Tone::Problem));
        };
        self.forget_other_filter(&key);
        let reveal = node.map(|node| Intent::Reveal(node, command));
        self.open(key, reveal.into_iter().collect());
        None
    }

    /// What opening the selected row does.
    fn opened(&self) -> Option<Effect> {
        self.page().opens().or_else(|| {
            let (dump, node) = self.selected_object()?;
            Some(Effect::Visit(PageKey::Object(dump, node)))
        })
    }

    /// Goes to another hit: of the list where that is shown, among the rows that answer where the page is narrowed,
    /// else to the next object that was found.
    fn walk_hits(&mut self, by: isize, session: &mut Session) -> Option<Effect> {
        let say = |words: String| Some(Effect::Say(words, Tone::Dim));
        let page = self.page_mut();
        if page.searched().is_some_and(|text| !text.is_empty()) {
            page.go_to_hit(by, &mut session.ctx());
            return None;
        }
        let key = self.history.page();
        let listed = matches!(key, PageKey::Hits(..));
        let list = self.hits.as_ref().filter(|_| !listed);
        let Some(list) = list
            .or(listed.then_some(key))
            .and_then(|key| self.pages.get_mut(key))
        else {
            let key = session.keys.key_of(Command::Filter);
            return say(format!("no search yet; {key} starts one"));
        };
        let Some(hit) = list.walk(by) else {
            return say("nothing was found".to_owned());
        };
        let node = hit.subject.node.filter(|_| !listed)?;
        self.open(PageKey::Object(hit.subject.dump, node), Vec::new());
        let number = grouped(hit.number as u64);
        say(format!("hit {number} of {}", grouped(hit.count)))
    }

    /// The object of the selected row, and its dump.
    pub fn selected_object(&self) -> Option<(DumpId, NodeId)> {
        let subject = self.page().subject()?;
        Some((subject.dump, subject.node?))
    }

    /// The heap of a dump that is on the page in view, or loaded.
    pub fn view_of(&self, dump: &DumpId, session: &Session) -> Option<Arc<View>> {
        self.view(dump, true, session)
    }
}

fn choose_a_dump() -> Effect {
    Effect::Say("choose a dump first".to_owned(), Tone::Problem)
}

/// What to do about an id that was looked for.
fn sought(found: Result<Sought>) -> Effect {
    match found {
        Ok((_, dump, Some(node))) => Effect::Open(PageKey::Summary(dump), vec![Intent::Show(node)]),
        Ok((id, _, None)) => not_there(id),
        Err(error) => Effect::Say(error.to_string(), Tone::Problem),
    }
}

/// There is no object with this id.
fn not_there(id: u32) -> Effect {
    Effect::Say(format!("no object @{id} in this dump"), Tone::Problem)
}
