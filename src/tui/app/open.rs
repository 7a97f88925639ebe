//! Opening dumps and objects, going back and forward, and taking what workers found.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::graph::NodeId;
use crate::series::Done;
use crate::tui::app::App;
use crate::tui::theme::Tone;
use crate::tui::views::explorer::Explorer;
use crate::tui::widgets::lazy_tree::At;
use crate::tui::work::{Answer, DumpId, PageKey, Side, Slot};

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
        while let Some(done) = self.work.take() {
            any = true;
            self.take(done);
        }
        any
    }

    /// Waits a moment for the rows that the next key is meant for: who types ahead means the rows to come.
    pub(super) fn settle(&mut self) {
        let until = Instant::now() + TYPE_AHEAD;
        while self
            .explorer()
            .is_some_and(|page| page.unsettled(&self.work))
        {
            let left = until.saturating_duration_since(Instant::now());
            match self.work.wait_for_list(left) {
                Some(done) => self.take(done),
                None => return,
            }
        }
    }

    fn take(&mut self, done: Done<Slot, Answer>) {
        match (done.slot, done.outcome) {
            (Slot::Discover, outcome) => self.found(outcome),
            (Slot::Load(dump), Ok(Answer::Loaded(view))) => {
                let gone = self.dumps.loaded(view);
                self.history.forget(&gone);
                self.pages.retain(|key, _| match key {
                    PageKey::Dumps => true,
                    PageKey::Summary(dump) | PageKey::Object(dump, _) => !gone.contains(dump),
                });
                if self.wanted.as_ref() == Some(&dump) {
                    self.wanted = None;
                    self.visit(PageKey::Summary(dump));
                }
                self.measure_next();
            }
            (Slot::Load(dump), outcome) => {
                if self.wanted.as_ref() == Some(&dump) {
                    self.wanted = None;
                }
                if let Err(error) = outcome {
                    self.load_failed(&dump, &error);
                }
                self.measure_next();
            }
            (Slot::Measure(dump), outcome) => {
                let figures = outcome.and_then(|answer| match answer {
                    Answer::Measured(figures) => Ok(figures),
                    _ => Err(Error::cancelled()),
                });
                let cancelled = figures.as_ref().is_err_and(Error::is_cancelled);
                self.dumps.measured(&dump, figures);
                if !cancelled {
                    self.measure_next();
                }
            }
            (Slot::Find(key), outcome) => self.found_object(&key, outcome),
            (slot @ (Slot::List(..) | Slot::Holders(_)), outcome) => {
                let (Slot::List(key, ..) | Slot::Holders(key)) = &slot else {
                    return;
                };
                if let Some(page) = self.pages.get_mut(key) {
                    let done = Done {
                        slot,
                        generation: done.generation,
                        outcome,
                    };
                    page.take(done, &mut self.work);
                }
            }
        }
    }

    /// Dumps were found: the last one is loaded right away, and opens by itself when it is the only one.
    fn found(&mut self, outcome: Result<Answer, Error>) {
        self.dumps.found(outcome.and_then(|answer| match answer {
            Answer::Found(series) => Ok(series),
            _ => Err(Error::cancelled()),
        }));
        let (last, count) = self.dumps.last();
        if let Some(last) = last {
            if count == 1 && self.dumps.rows() == 1 {
                self.wanted = Some(Arc::clone(&last));
            }
            self.load(&last);
        }
    }

    fn load(&mut self, dump: &DumpId) {
        if self.work.status(&Slot::Load(Arc::clone(dump))).is_some() {
            return;
        }
        // Whoever waits for a dump does not wait for figures.
        for other in self.dumps.unmeasured() {
            self.work.abandon(&Slot::Measure(other));
        }
        let facts = self.dumps.get(dump).map_or_else(Default::default, |found| {
            (found.name.clone(), found.bytes.unwrap_or(0))
        });
        self.work.load(dump, facts);
    }

    fn load_failed(&mut self, dump: &DumpId, error: &Error) {
        if error.is_cancelled() {
            self.say("loading was cancelled", Tone::Dim);
            return;
        }
        self.dumps.failed(dump, error);
        self.say(&error.to_string(), Tone::Problem);
    }

    /// Measures the next dump whose figures are not known, if nothing else is being loaded.
    fn measure_next(&mut self) {
        let busy = |dump: &DumpId| {
            self.work.status(&Slot::Load(Arc::clone(dump))).is_some()
                || self.work.status(&Slot::Measure(Arc::clone(dump))).is_some()
        };
        let unmeasured = self.dumps.unmeasured();
        if unmeasured.iter().any(busy) {
            return;
        }
        if let Some(next) = unmeasured.first() {
            self.work.measure(next);
        }
    }

    /// Opens the selected dump, now or when it is loaded.
    pub(super) fn open_selected(&mut self) {
        let Some(dump) = self.dumps.selected() else {
            return;
        };
        if let Some(problem) = &dump.problem {
            let words = format!("{}: {problem}", dump.name);
            return self.say(&words, Tone::Problem);
        }
        if !dump.is_usable() {
            let words = format!("{}: a {} has no objects to look at", dump.name, dump.kind);
            return self.say(&words, Tone::Problem);
        }
        let id: DumpId = Arc::from(dump.path.as_path());
        if self.dumps.view(&id).is_some() {
            self.wanted = None;
            self.visit(PageKey::Summary(id));
        } else {
            self.wanted = Some(Arc::clone(&id));
            self.load(&id);
        }
    }

    /// The dump that is being loaded: the selected one, or else any.
    pub(super) fn loading(&self) -> Option<DumpId> {
        let series = self.dumps.series();
        self.dumps
            .selected()
            .into_iter()
            .chain(series.iter().flat_map(|series| series.dumps.iter()))
            .map(|dump| Arc::from(dump.path.as_path()))
            .find(|id: &DumpId| self.work.status(&Slot::Load(Arc::clone(id))).is_some())
    }

    /// Cancels the loading of the selected dump, or else of whichever is being loaded.
    pub(super) fn cancel_load(&mut self) {
        self.wanted = None;
        if let Some(id) = self.loading() {
            self.work.abandon(&Slot::Load(id));
            self.say("loading was cancelled; Enter begins again", Tone::Dim);
            self.measure_next();
        }
    }

    /// The place to come back to is noted before leaving it.
    fn note(&mut self) {
        let at = self.explorer().map(|page| page.main.at());
        self.history.note(at);
    }

    /// Goes to a page.
    pub(super) fn visit(&mut self, key: PageKey) {
        if *self.history.page() != key && self.prepare(&key) {
            self.note();
            self.history.go(key);
        }
    }

    /// Makes sure that a page is there; says whether it is.
    fn prepare(&mut self, key: &PageKey) -> bool {
        let (PageKey::Summary(dump) | PageKey::Object(dump, _)) = key else {
            return true;
        };
        if self.pages.contains_key(key) {
            return true;
        }
        let Some(view) = self.dumps.view(dump) else {
            return false;
        };
        self.make_room();
        let page = Explorer::new(key.clone(), view, &mut self.work);
        self.pages.insert(key.clone(), page);
        true
    }

    /// Forgets some object page when there are many; going back there makes it anew.
    fn make_room(&mut self) {
        let mut objects = self
            .pages
            .keys()
            .filter(|key| matches!(key, PageKey::Object(..)));
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
        self.prepare(key);
        if let (Some((page, work)), Some(at)) = (self.explorer_mut(), at) {
            page.main.select(at);
            page.focus = Side::Main;
            page.go(crate::tui::widgets::list::Motion::By(0), work);
        }
    }

    fn dump_in_view(&self) -> Option<DumpId> {
        match self.history.page() {
            PageKey::Dumps => None,
            PageKey::Summary(dump) | PageKey::Object(dump, _) => Some(Arc::clone(dump)),
        }
    }

    /// Opens the selected object on a page of its own.
    pub(super) fn open_object(&mut self) {
        let node = self.explorer().and_then(Explorer::selected_object);
        if let (Some(dump), Some(node)) = (self.dump_in_view(), node) {
            self.visit(PageKey::Object(dump, node));
        }
    }

    /// Shows the selected object among its class.
    pub(super) fn show_in_summary(&mut self) {
        if let Some(node) = self.explorer().and_then(Explorer::selected_object) {
            self.reveal(node);
        }
    }

    /// Shows an object among its class in the summary, or on its own page where it counts in no class.
    fn reveal(&mut self, node: NodeId) {
        let Some(dump) = self.dump_in_view() else {
            return;
        };
        self.note();
        let key = PageKey::Summary(Arc::clone(&dump));
        if !self.prepare(&key) {
            return;
        }
        let revealed = self
            .pages
            .get_mut(&key)
            .is_some_and(|page| page.reveal(node, &mut self.work));
        if revealed {
            self.history.go(key);
        } else {
            self.visit(PageKey::Object(dump, node));
            self.say(
                "this object has no size of its own, so no class counts it",
                Tone::Dim,
            );
        }
    }

    /// Looks for the object with this id.
    pub(super) fn find_object(&mut self, id: u32) {
        let Some((page, work)) = self.explorer_mut() else {
            return;
        };
        let heap = Arc::clone(&page.view.heap);
        work.start(Slot::Find(page.key.clone()), move |_| {
            Ok(Answer::Object(id, heap.find_id(id)))
        });
    }

    fn found_object(&mut self, key: &PageKey, outcome: Result<Answer, Error>) {
        if self.history.page() != key {
            return;
        }
        match outcome {
            Ok(Answer::Object(_, Some(node))) => self.reveal(node),
            Ok(Answer::Object(id, None)) => {
                let words = format!("no object @{id} in this dump");
                self.say(&words, Tone::Problem);
            }
            Ok(_) => {}
            Err(error) => self.say(&error.to_string(), Tone::Problem),
        }
    }
}
