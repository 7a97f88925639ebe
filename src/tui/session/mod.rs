//! What the explorer works on: the dumps that there are, what is loaded of them, and all that is read in the background.
//!
//! Lives here: when anything is read, measured, searched or written. Does not live here: pages, and where the user is;
//! these are told by [`Effect`]s.

mod suspects;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::error::{Error, Result};
use crate::heap::{Early, Heap};
use crate::index::Kept;
use crate::series::{Change, Dump, Exploration, Kind, Update, Watcher, watch as watching};
use crate::settings::KnownLeaks;
use crate::source::Sources;
use crate::task::Task;
use crate::tui::commands::Command;
use crate::tui::dump_store::{DumpStore, id_of};
use crate::tui::effect::{Effect, News};
use crate::tui::event::Event;
use crate::tui::keymap::Keymap;
use crate::tui::link::Link;
use crate::tui::page::{DrawCtx, PageCtx};
use crate::tui::place::{DumpId, PageKey};
use crate::tui::search::Search;
use crate::tui::theme::{Theme, Tone};
use crate::tui::trend::{Known, Trend};
use crate::tui::view::View;
use crate::tui::work::{Found, Inbox, IndexedDump, Loaded, Measured, Slot, Work};

/// What the explorer works on.
pub struct Session {
    /// The workers.
    pub work: Work,
    /// What there is, and what is known of it.
    pub store: DumpStore,
    /// Which keys do what, for sentences that name one.
    pub keys: Arc<Keymap>,
    /// What workers found for it.
    inbox: Inbox<Found>,
    /// Tells what comes and goes.
    watcher: Watcher,
    /// What is known early of dumps that are being loaded.
    early: HashMap<DumpId, Arc<Early>>,
    /// The dumps from which growth is counted, and whether each was read.
    counted: Vec<(DumpId, bool)>,
    search: Search,
    /// Dumps that are not loaded any more since pages were told last.
    gone: Vec<DumpId>,
    /// What is to be done elsewhere because of what happened.
    effects: Vec<Effect>,
    /// Whether it was said why an index cannot be written.
    said_why_no_index: bool,
    /// What the explorer was asked to open.
    pub paths: Vec<PathBuf>,
    /// The place to begin at, until the first dumps are found.
    link: Option<Link>,
}

impl Session {
    /// The session at its start: dumps are being looked for.
    ///
    /// # Errors
    /// When no worker can be started.
    pub fn new(exploration: Exploration, events: &Sender<Event>) -> Result<Self> {
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
        let known = exploration.known.as_deref().map(KnownLeaks::load);
        let search = Search::knowing(known.transpose()?.unwrap_or_default());
        let mut store = DumpStore::new(exploration.memory);
        store.source = exploration.source;
        Ok(Self {
            work: Work::new(events, exploration.full_speed, exploration.cache)?,
            store,
            keys: Arc::default(),
            inbox: Inbox::default(),
            watcher: Watcher::start_with(&exploration.paths, &options, wake)?,
            early: HashMap::new(),
            counted: Vec::new(),
            search,
            gone: Vec::new(),
            effects: Vec::new(),
            said_why_no_index: false,
            link: exploration.open.as_deref().map(str::parse).transpose()?,
            paths: exploration.paths,
        })
    }

    /// What pages may use.
    pub fn ctx(&mut self) -> PageCtx<'_> {
        PageCtx {
            work: &mut self.work,
            store: &self.store,
            keys: &self.keys,
            found: self.search.found.as_ref(),
        }
    }

    /// What pages may use while they are drawn.
    pub fn draw_ctx(&self, theme: Theme) -> DrawCtx<'_> {
        DrawCtx {
            work: &self.work,
            store: &self.store,
            theme,
            keys: &self.keys,
        }
    }

    /// What is to be done elsewhere because of what happened; asked once.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The page that answers the first question: what grows, where there are dumps enough to tell.
    pub fn home(&self) -> PageKey {
        match self.store.begins_with_growth() {
            true => PageKey::Growth,
            false => PageKey::Dumps,
        }
    }

    /// Whether nothing is left to be done elsewhere.
    pub fn is_settled(&self) -> bool {
        self.effects.is_empty() && self.gone.is_empty()
    }

    /// The dumps that are not loaded any more since this was asked last.
    pub fn take_gone(&mut self) -> Vec<DumpId> {
        std::mem::take(&mut self.gone)
    }

    fn say(&mut self, words: impl Into<String>, tone: Tone) {
        self.effects.push(Effect::Say(words.into(), tone));
    }

    /// Says once that the program works from disk.
    fn say_where_it_works(&mut self) {
        if let Some(words) = self.store.take_words() {
            self.say(words, Tone::Plain);
        }
    }

    fn say_unless_cancelled(&mut self, error: &Error) {
        if !error.is_cancelled() {
            self.say(error.to_string(), Tone::Problem);
        }
    }

    fn tell(&mut self, news: News) {
        self.effects.push(Effect::Tell(news));
    }

    fn tell_search(&mut self) {
        self.tell(News::Search(Box::new(self.search.clone())));
    }

    /// Whether a dump is being loaded.
    pub fn is_loading(&self, dump: &DumpId) -> bool {
        self.work.status(&Slot::Load(Arc::clone(dump))).is_some()
    }

    fn all(&self) -> impl Iterator<Item = DumpId> + '_ {
        let groups = self.store.groups().iter();
        groups.flat_map(|group| &group.series.dumps).map(id_of)
    }

    /// The dump that is being loaded: `first`, or else any.
    pub fn loading(&self, first: Option<DumpId>) -> Option<DumpId> {
        let mut dumps = first.into_iter().chain(self.all());
        dumps.find(|id| self.is_loading(id))
    }

    /// Whether any of these was cut short, and is opened only because somebody wants to see what there is of it.
    pub fn is_any_cut(&self, dumps: &[DumpId]) -> bool {
        let mut dumps = dumps.iter().filter_map(|dump| self.store.get(dump));
        dumps.any(Dump::is_cut)
    }

    /// What is known early of a dump that is being loaded.
    pub fn early(&self, dump: &DumpId) -> Option<Arc<Early>> {
        self.early.get(dump).cloned()
    }

    /// Takes what the watcher and early readers have; says whether there was anything.
    pub fn take_news(&mut self) -> bool {
        let mut any = false;
        while let Some(update) = self.watcher.try_recv() {
            any = true;
            self.watched(update);
        }
        while let Some((dump, early)) = self.work.take_early() {
            any = true;
            if self.is_loading(&dump) {
                let early = Arc::new(early);
                self.early.insert(Arc::clone(&dump), Arc::clone(&early));
                self.tell(News::Early(dump, early));
            }
        }
        any
    }

    /// Takes what the watcher found. The first time the last dump is loaded, and the page is chosen; later nothing
    /// moves the user.
    fn watched(&mut self, update: Update) {
        let first = !self.store.is_ready();
        if !first {
            for change in &update.changes {
                self.forget_changed(change);
            }
        }
        self.store.update(update.series);
        self.tell(News::Dumps);
        if first {
            return self.begin();
        }
        for change in update.changes {
            self.effects.push(Effect::Announce(Box::new(change)));
        }
    }

    /// Forgets what was read of files that are others now.
    fn forget_changed(&mut self, change: &Change) {
        let id = match change {
            Change::Replaced(dump) | Change::Removed(dump) => id_of(dump),
            Change::Renamed { from, .. } => Arc::from(from.as_path()),
            Change::Added(_) | Change::Changed(_) | Change::Problems => return,
        };
        self.work.abandon(&Slot::Load(Arc::clone(&id)));
        self.work.abandon(&Slot::Measure(Arc::clone(&id)));
        self.effects.push(Effect::GiveUp(Arc::clone(&id)));
        match change {
            Change::Renamed { dump, .. } => self.store.rename(&id, &id_of(dump)),
            _ => self.store.forget(&id),
        }
        self.gone.push(id);
    }

    /// The first dumps were found: the last one is loaded right away, and opens by itself when it is the only one.
    fn begin(&mut self) {
        self.tell(News::Process);
        let usable = self.store.usable();
        if self.store.begins_with_growth() {
            self.effects.push(Effect::Begin(PageKey::Growth));
        }
        if let Some(link) = self.link.take() {
            self.effects.extend(link.follow(&self.store));
            if link.names_dumps() {
                return;
            }
        }
        let all = self.store.dumps().len();
        match (usable.last().cloned(), usable.len(), all) {
            (Some(only), 1, 1) => self.effects.push(Effect::Visit(PageKey::Summary(only))),
            (Some(last), ..) => {
                self.load(&last);
            }
            (None, ..) => {
                // A profile alone is what was asked for.
                if let [only] = self.store.dumps()
                    && only.kind == Kind::HeapProfile
                {
                    let page = PageKey::Profile(id_of(only));
                    self.effects.push(Effect::Visit(page));
                }
            }
        }
    }

    /// Puts another process in view.
    pub fn activate(&mut self, group: usize) {
        self.store.activate(group);
        self.work.abandon(&Slot::Suspects);
        self.work.abandon(&Slot::OtherSuspects);
        self.work.abandon(&Slot::Grow);
        self.counted = Vec::new();
        self.search = self.search.of_another();
        self.tell(News::Process);
    }

    /// Loads a dump, if there is room for it; says whether there is.
    pub fn load(&mut self, dump: &DumpId) -> bool {
        if self.is_loading(dump) {
            return true;
        }
        // Whoever waits for a dump does not wait for figures.
        self.stop_measuring();
        self.work.abandon(&Slot::Suspects);
        self.work.abandon(&Slot::OtherSuspects);
        let facts = self.store.get(dump).map_or_else(Default::default, |found| {
            (found.name.clone(), found.bytes.unwrap_or(0))
        });
        let cut = self.is_any_cut(std::slice::from_ref(dump));
        if self.work.uses_indexes() && !self.store.is_looked_up(dump) && !cut {
            self.start_loading(dump, self.work.look_up(dump, facts, true));
            return true;
        }
        match self.store.make_room(dump) {
            Ok(gone) => {
                self.gone.extend(gone);
                self.say_where_it_works();
            }
            Err(error) => {
                self.store.refuse(dump, &error);
                self.say(error.to_string(), Tone::Problem);
                return false;
            }
        }
        match cut {
            true => {
                let budget = self.store.budget();
                self.start_loading(dump, Work::load_cut(dump, facts, budget));
            }
            false => self.start_loading(dump, self.work.load(dump, facts)),
        }
        true
    }

    fn stop_measuring(&mut self) {
        for other in self.store.unmeasured() {
            self.work.abandon(&Slot::Measure(other));
        }
    }

    /// Takes what workers found for the session.
    pub fn take(&mut self) {
        while let Some(found) = self.inbox.next() {
            self.take_found(found);
        }
    }

    /// Looks for what a dump's classes are called in their sources; rows show it as soon as it is known.
    fn find_originals(&mut self, view: &Arc<View>) {
        let options = self.store.source.clone();
        if options.off {
            return;
        }
        let slot = Slot::Originals(Arc::clone(&view.dump));
        let view = Arc::clone(view);
        let job = move |task: &Task| {
            let mut sources = Sources::new(options, None).of_dump(&view.dump);
            view.names.find_originals(&view.heap, &mut sources, task)
        };
        self.start(slot, job, Found::Originals);
    }

    fn take_found(&mut self, found: Found) {
        match found {
            Found::Loaded(dump, Ok(Loaded::Heap(view, figures, fresh))) => {
                self.early.remove(&dump);
                if let Some(key) = fresh {
                    let job = self.work.keep(&dump, key, Arc::clone(&view.heap));
                    let slot = Slot::Keep(Arc::clone(&dump));
                    self.start(slot, job, Found::Kept);
                }
                self.find_originals(&view);
                let gone = self.store.loaded(Arc::clone(&view), figures);
                self.gone.extend(gone);
                self.tell(News::Dumps);
                let warnings = view.heap.warnings().join("; ");
                self.tell(News::Loaded(view));
                if !warnings.is_empty() {
                    let words = format!("{}: {warnings}", self.store.label(&dump));
                    self.say(words, Tone::Problem);
                }
            }
            Found::Loaded(dump, Ok(Loaded::IndexHeader(found, wanted))) => {
                self.looked_up(&dump, found, wanted);
            }
            Found::Loaded(dump, Err(error)) => self.load_failed(&dump, &error),
            Found::Measured(dump, found) => self.measured(&dump, found),
            Found::Trend(Ok(trend)) => self.tell(News::Trend(Some(trend))),
            Found::Search(outcome) => self.take_search(outcome),
            Found::OtherProcess(dumps, found) => self.take_other(dumps, found),
            Found::Report(outcome) => self.wrote_report(outcome),
            Found::Copied(Ok(text)) => self.effects.push(Effect::Copy(text)),
            Found::Place(Ok(place)) => self.effects.push(Effect::Edit(Box::new(place))),
            Found::Written(Ok(words)) => self.say(words, Tone::Dim),
            Found::Copied(Err(error)) | Found::Written(Err(error)) | Found::Place(Err(error)) => {
                self.say_unless_cancelled(&error);
            }
            Found::Kept(Ok(kept)) => self.kept(&kept),
            Found::Trend(Err(_)) | Found::Kept(Err(_)) | Found::Originals(_) => {}
        }
    }

    /// Starts a job whose outcome the session takes.
    pub fn start<T: 'static>(
        &mut self,
        slot: Slot,
        job: impl FnOnce(&Task) -> Result<T> + Send + 'static,
        message: impl FnOnce(Result<T>) -> Found + Send + 'static,
    ) {
        self.work.start(slot, &self.inbox, job, message);
    }

    fn start_loading(
        &mut self,
        dump: &DumpId,
        job: impl FnOnce(&Task) -> Result<Loaded> + Send + 'static,
    ) {
        let (slot, id) = (Slot::Load(Arc::clone(dump)), Arc::clone(dump));
        let message = move |found| Found::Loaded(id, found);
        self.start(slot, job, message);
    }

    fn start_measuring(&mut self, dump: &DumpId, heap: Option<Arc<Heap>>) {
        let (slot, id) = (Slot::Measure(Arc::clone(dump)), Arc::clone(dump));
        let job = self.work.measure(dump, heap);
        let message = move |found| Found::Measured(id, found);
        self.start(slot, job, message);
    }

    /// Takes what the header of a dump's index says, or that there is none; `load` if somebody waits for the dump.
    fn looked_up(&mut self, dump: &DumpId, found: Option<IndexedDump>, load: bool) {
        let need = found.as_ref().and_then(|found| found.need);
        self.store.was_looked_up(dump, need);
        match found {
            Some(IndexedDump {
                figures,
                summary,
                view,
                ..
            }) => {
                self.early.remove(dump);
                if let Some(view) = view {
                    self.store.outlined(view);
                }
                self.store.measured(dump, Ok((figures, summary)));
                self.tell(News::Dumps);
                self.tell(News::Outlined(Arc::clone(dump)));
            }
            None if load && !self.load(dump) => {
                self.effects.push(Effect::GiveUp(Arc::clone(dump)));
            }
            None => {}
        }
    }

    fn load_failed(&mut self, dump: &DumpId, error: &Error) {
        self.effects.push(Effect::GiveUp(Arc::clone(dump)));
        if error.is_cancelled() {
            return self.say("loading cancelled", Tone::Dim);
        }
        self.store.failed(dump, error);
        self.tell(News::Dumps);
        self.say(error.to_string(), Tone::Problem);
    }

    /// Takes what was read of a dump.
    fn measured(&mut self, dump: &DumpId, found: Result<Measured>) {
        let found = found.map(|Measured(figures, summary)| (figures, summary));
        let groups = self.store.groups().len();
        self.store.measured(dump, found);
        self.tell(News::Dumps);
        if self.store.groups().len() > groups {
            let words = format!(
                "object ids tell the dumps of several processes: {} chooses one",
                self.keys.key_of(Command::NextProcess)
            );
            self.say(words, Tone::Problem);
        }
    }

    /// Says why an index was not written, once.
    fn kept(&mut self, kept: &Kept) {
        if let Some(reason) = kept.reason()
            && !std::mem::replace(&mut self.said_why_no_index, true)
        {
            self.effects.push(Effect::Mention(
                format!("no index was written: {reason}"),
                Tone::Dim,
            ));
        }
    }

    /// Decides what is read next, after everything that happens: what the user waits for is being loaded already, so
    /// that it is the search that was asked for, then the figures of dumps that were not read yet, as far as there is
    /// room beside those `in_view`, then the search that nobody asked for. `awaited` if the user waits for a page. Says
    /// whether anything is being read.
    pub fn schedule(&mut self, in_view: &[DumpId], awaited: bool) -> bool {
        self.follow_trend();
        self.begin_search(awaited);
        self.give_way_to_new_dumps();
        let reads = |slot: &Slot| self.work.status(slot).is_some();
        let busy = reads(&Slot::Suspects)
            || reads(&Slot::Report)
            || self
                .all()
                .any(|id| reads(&Slot::Load(Arc::clone(&id))) || reads(&Slot::Measure(id)));
        busy || self.measure_next(in_view)
            || self.search_in_passing(in_view, awaited)
            || self.search_others(in_view, awaited)
    }

    /// Reads the next dump that was not read yet, if there is room for it. Says whether one is being read.
    fn measure_next(&mut self, in_view: &[DumpId]) -> bool {
        for id in self.store.unmeasured() {
            if self.store.is_loaded(&id) {
                let heap = self.store.view(&id).map(|view| Arc::clone(&view.heap));
                self.start_measuring(&id, heap);
                return true;
            }
            if self.work.uses_indexes() && !self.store.is_looked_up(&id) {
                let job = self.work.look_up(&id, Default::default(), false);
                self.start_loading(&id, job);
                return true;
            }
            match self.store.make_room_beside(&id, in_view) {
                Ok(Some(gone)) => {
                    self.gone.extend(gone);
                    self.say_where_it_works();
                    self.start_measuring(&id, None);
                    return true;
                }
                Ok(None) => return false,
                Err(error) => self.store.refuse(&id, &error),
            }
        }
        false
    }

    /// Has the growth counted anew if other dumps were read than those that it was counted from.
    fn follow_trend(&mut self) {
        let known = Trend::known(&self.store).unwrap_or_default();
        let read = |(id, summary, _): &Known| (Arc::clone(id), summary.is_some());
        let read: Vec<(DumpId, bool)> = known.iter().map(read).collect();
        if read == self.counted {
            return;
        }
        if known.is_empty() {
            self.work.abandon(&Slot::Grow);
            self.tell(News::Trend(None));
        } else {
            let job = move |_: &Task| Ok(Arc::new(Trend::of(known)));
            self.start(Slot::Grow, job, Found::Trend);
        }
        self.counted = read;
    }
}
