//! The dumps that there are, by process, and what is known and loaded of them.
//!
//! Lives here: what the watcher told, labels, figures, loaded views within the budget, and whether ids can be compared.
//! Does not live here: when anything is loaded, and what is on the screen.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::analysis::comparable::comparable;
use crate::analysis::growth::DumpSummary;
use crate::error::{Error, Result};
use crate::heap::Heap;
use crate::series::memory::{Need, settle};
use crate::series::{Dump, Figures, Folder, Group, Kind, Made, Opened, Series, State};
use crate::source::Options;
use crate::text::escape::one_line;
use crate::tui::naming::short_name;
use crate::tui::place::DumpId;
use crate::tui::view::View;

/// The dumps that there are.
pub struct DumpStore {
    /// All dumps as one series; `None` until the first look.
    all: Option<Series>,
    /// The same by process.
    folder: Folder,
    /// The process in view.
    active: usize,
    opened: Opened,
    views: HashMap<DumpId, Arc<View>>,
    /// Dumps of which only the classes are known, out of the fronts of their indexes.
    outlines: HashMap<DumpId, Arc<View>>,
    /// Whose indexes were looked for.
    looked_up: HashSet<DumpId>,
    summaries: HashMap<DumpId, Arc<DumpSummary>>,
    /// Why a dump cannot be read though nothing is wrong with it.
    refused: HashMap<DumpId, String>,
    /// Why the ids of two dumps cannot be compared, where that was asked before.
    answers: RefCell<HashMap<(DumpId, DumpId), Option<String>>>,
    /// That the program works from disk from now on, until somebody says so.
    words: Option<String>,
    /// Where to look for code.
    pub source: Options,
}

/// Loaded heaps by path, how many bytes others may take, and the dumps that had to go.
pub type Lent = (HashMap<PathBuf, Arc<Heap>>, u64, Vec<DumpId>);

/// The id of a dump.
pub fn id_of(dump: &Dump) -> DumpId {
    Arc::from(dump.path.as_path())
}

impl DumpStore {
    /// Nothing yet; loaded heaps may take `budget` bytes, or a share of what is available.
    pub fn new(budget: Option<u64>) -> Self {
        Self {
            all: None,
            folder: Folder {
                groups: vec![Group::default()],
                ..Folder::default()
            },
            active: 0,
            opened: budget.map_or_else(Opened::default, Opened::with_budget),
            views: HashMap::new(),
            outlines: HashMap::new(),
            looked_up: HashSet::new(),
            summaries: HashMap::new(),
            refused: HashMap::new(),
            answers: RefCell::default(),
            words: None,
            source: Options::default(),
        }
    }

    /// Whether anybody has looked yet.
    pub fn is_ready(&self) -> bool {
        self.all.is_some()
    }

    /// The processes; at least one, though it may have no dumps.
    pub fn groups(&self) -> &[Group] {
        &self.folder.groups
    }

    /// Which of them is in view.
    pub fn active(&self) -> usize {
        self.active
    }

    /// Puts another process in view.
    pub fn activate(&mut self, group: usize) {
        self.active = group.min(self.folder.groups.len().saturating_sub(1));
    }

    /// The dumps of the process in view.
    pub fn dumps(&self) -> &[Dump] {
        let group = self.folder.groups.get(self.active);
        group.map_or(&[], |group| &group.series.dumps)
    }

    /// The usable ones of these, in order.
    pub fn usable(&self) -> Vec<DumpId> {
        let usable = self.dumps().iter().filter(|dump| dump.label.is_some());
        usable.map(id_of).collect()
    }

    /// Whether growth is what one wants to see first: there are two dumps, or three where the list of dumps has to say
    /// that there are several processes. Dumps count while they are being written: a folder that was just copied looks
    /// as if all of it were.
    pub fn begins_with_growth(&self) -> bool {
        let dumps = self.dumps().iter();
        let is_expected = |dump: &&Dump| dump.label.is_some() || dump.state == State::Writing;
        let least = if self.groups().len() > 1 { 3 } else { 2 };
        dumps.filter(is_expected).count() >= least
    }

    /// The same with all that is known of them.
    pub fn usable_dumps(&self) -> Vec<Dump> {
        let usable = self.dumps().iter().filter(|dump| dump.label.is_some());
        usable.cloned().collect()
    }

    /// The processes that are not in view.
    pub fn others(&self) -> impl Iterator<Item = &Group> {
        let groups = self.groups().iter().enumerate();
        groups
            .filter(|(at, _)| *at != self.active)
            .map(|(_, group)| group)
    }

    /// How many dumps there are, for headers.
    pub fn facts(&self) -> Vec<String> {
        if !self.is_ready() {
            return Vec::new();
        }
        let usable = self.usable().len();
        let plural = if usable == 1 { "" } else { "s" };
        let mut facts = vec![format!("{usable} dump{plural}")];
        let states = |state: fn(State) -> bool| {
            let dumps = self.dumps().iter();
            dumps
                .filter(|dump| dump.label.is_none() && state(dump.state))
                .count()
        };
        let writing = states(|state| state == State::Writing);
        if writing > 0 {
            facts.push(format!("{writing} being written"));
        }
        let profiles = self.dumps().iter();
        let is_profile =
            |dump: &&Dump| dump.kind == Kind::HeapProfile && dump.state == State::Complete;
        let profiles = profiles.filter(is_profile).count();
        if profiles > 0 {
            let plural = if profiles == 1 { "" } else { "s" };
            facts.push(format!("{profiles} profile{plural}"));
        }
        let others = states(|state| state != State::Writing) - profiles;
        if others > 0 {
            facts.push(format!("{others} unusable"));
        }
        let group = self.folder.groups.get(self.active);
        facts.extend(
            group
                .and_then(|group| group.series.order.words())
                .map(str::to_owned),
        );
        facts
    }

    /// What is wrong with the paths themselves.
    pub fn problem(&self) -> Option<String> {
        self.folder.problems.first().map(Error::to_string)
    }

    /// A dump, of whichever process.
    pub fn get(&self, id: &DumpId) -> Option<&Dump> {
        let groups = self.folder.groups.iter();
        let mut dumps = groups.flat_map(|group| group.series.dumps.iter());
        dumps.find(|dump| *dump.path == **id)
    }

    /// A dump's label, if it has one.
    pub fn labelled(&self, id: &DumpId) -> Option<&str> {
        self.get(id)?.label.as_deref()
    }

    /// A dump's label, or its name; safe for a terminal.
    pub fn label(&self, id: &DumpId) -> String {
        if let Some(label) = self.get(id).and_then(|dump| dump.label.clone()) {
            return label;
        }
        let name = id.file_name().unwrap_or_default().to_string_lossy();
        one_line(short_name(&name)).into_owned()
    }

    /// Takes what is there now.
    pub fn update(&mut self, mut series: Series) {
        if let Some(known) = &self.all {
            series.carry_over(known);
        }
        self.all = Some(series);
        self.regroup();
    }

    /// Tells the processes apart anew: by what names say, and by ids as far as dumps were read.
    fn regroup(&mut self) {
        let Some(all) = &self.all else {
            return;
        };
        let mut folder = Folder::of(all.clone());
        folder.divide();
        let before: Vec<DumpId> = self.dumps().iter().map(id_of).collect();
        let shared = |group: &Group| {
            let dumps = group.series.dumps.iter();
            dumps.filter(|dump| before.contains(&id_of(dump))).count()
        };
        let most = folder.groups.iter().map(shared).max().unwrap_or(0);
        let active = folder.groups.iter().position(|group| shared(group) == most);
        self.active = active.unwrap_or(0);
        self.folder = folder;
    }

    /// Why the ids of two dumps cannot be compared, whichever is the earlier; `None` while that is not known.
    pub fn incomparable(&self, a: &DumpId, b: &DumpId) -> Option<Option<String>> {
        if a == b {
            return Some(None);
        }
        let place = |id: &DumpId| {
            let mut all = self.all.iter().flat_map(|all| &all.dumps);
            all.position(|dump| *dump.path == **id)
        };
        let (earlier, later) = if place(b) < place(a) { (b, a) } else { (a, b) };
        let key = (earlier.clone(), later.clone());
        if let Some(answer) = self.answers.borrow().get(&key) {
            return Some(answer.clone());
        }
        let found = comparable(
            &self.known(earlier)?.fingerprint,
            &self.known(later)?.fingerprint,
        );
        let reason = found.reason.map(|reason| {
            format!(
                "object ids of {} and {} cannot be compared: {reason}",
                self.label(earlier),
                self.label(later)
            )
        });
        self.answers.borrow_mut().insert(key, reason.clone());
        Some(reason)
    }

    /// What growth needs of a dump, when it was read.
    pub fn known(&self, id: &DumpId) -> Option<&Arc<DumpSummary>> {
        self.summaries.get(id)
    }

    /// The largest id in a dump, when it was read.
    pub fn max_id(&self, id: &DumpId) -> Option<u32> {
        Some(self.get(id)?.figures.as_ref()?.max_object_id)
    }

    /// Why a dump cannot be read though it is whole.
    pub fn refusal(&self, id: &DumpId) -> Option<&str> {
        self.refused.get(id).map(String::as_str)
    }

    fn change(&mut self, id: &DumpId, change: impl FnOnce(&mut Dump)) {
        let Some(all) = &mut self.all else {
            return;
        };
        if let Some(dump) = all.dumps.iter_mut().find(|dump| *dump.path == **id) {
            change(dump);
        }
        all.arrange();
        self.regroup();
    }

    /// Takes what was read of a dump.
    pub fn measured(&mut self, id: &DumpId, found: Result<(Figures, Arc<DumpSummary>)>) {
        match found {
            Ok((figures, summary)) => {
                self.change(id, |dump| {
                    dump.figures = Some(figures);
                    dump.know_ids(&summary.fingerprint);
                });
                self.summaries.insert(Arc::clone(id), summary);
            }
            Err(error) => self.failed(id, &error),
        }
    }

    /// Notes that a dump could not be read.
    pub fn failed(&mut self, id: &DumpId, error: &Error) {
        if error.is_cancelled() {
            return;
        }
        self.change(id, |dump| dump.fail(error));
        if self.get(id).is_some_and(Dump::is_usable) {
            self.refused.insert(Arc::clone(id), error.without_path());
        }
    }

    /// Notes that a whole dump is not read, and why.
    pub fn refuse(&mut self, id: &DumpId, error: &Error) {
        self.refused.insert(Arc::clone(id), error.without_path());
    }

    /// The usable dumps that were not read yet: loaded ones first, as that costs little, then the first one, then
    /// the others in order; those of the process in view before the others.
    pub fn unmeasured(&self) -> Vec<DumpId> {
        let mut groups: Vec<&Group> = self.folder.groups.iter().collect();
        if self.active < groups.len() {
            let active = groups.remove(self.active);
            groups.insert(0, active);
        }
        let usable = groups.iter().flat_map(|group| group.series.usable());
        let mut waiting: Vec<DumpId> = usable
            .map(id_of)
            .filter(|id| !self.summaries.contains_key(id) && !self.refused.contains_key(id))
            .collect();
        waiting.sort_by_key(|id| !self.views.contains_key(id));
        waiting
    }

    /// A loaded dump; that it was asked for counts as use.
    pub fn view(&self, id: &DumpId) -> Option<Arc<View>> {
        self.opened.get(id)?;
        self.views.get(id).cloned()
    }

    /// What the front of a dump's index has for the screen, if it was read for that.
    pub fn outline(&self, id: &DumpId) -> Option<Arc<View>> {
        self.outlines.get(id).cloned()
    }

    /// Takes what the front of a dump's index has for the screen.
    pub fn outlined(&mut self, view: Arc<View>) {
        self.outlines.insert(Arc::clone(&view.dump), view);
    }

    /// Whether the index of a dump was looked for.
    pub fn is_looked_up(&self, id: &DumpId) -> bool {
        self.looked_up.contains(id)
    }

    /// Notes that the index of a dump was looked for, and what entering the dump by it needs.
    pub fn was_looked_up(&mut self, id: &DumpId, need: Option<Need>) {
        self.looked_up.insert(Arc::clone(id));
        if let Some(need) = need {
            self.opened.expect(id.to_path_buf(), need);
        }
    }

    /// Whether a dump is loaded.
    pub fn is_loaded(&self, id: &DumpId) -> bool {
        self.views.contains_key(id)
    }

    /// Takes a loaded dump; gives the ones that had to go for it.
    pub fn loaded(&mut self, view: Arc<View>, figures: Figures) -> Vec<DumpId> {
        let id = Arc::clone(&view.dump);
        self.refused.remove(&id);
        self.outlines.remove(&id);
        self.change(&id, |dump| {
            // One that was cut short is no member of the series, and is not counted as one.
            dump.figures = Some(figures).filter(|_| dump.is_usable());
        });
        let gone = self.opened.keep(id.to_path_buf(), Arc::clone(&view.heap));
        self.views.insert(id, view);
        self.drop_views(gone.iter().map(|path| Arc::from(path.as_path())))
    }

    /// How many bytes loaded heaps may take.
    pub fn budget(&self) -> u64 {
        self.opened.budget()
    }

    /// Makes room for a dump that is to be loaded; gives the ones that had to go for it.
    ///
    /// # Errors
    /// When it needs more than there may be.
    pub fn make_room(&mut self, id: &DumpId) -> Result<Vec<DumpId>> {
        let Made { gone, words } = self.opened.make_room(id, 0)?;
        self.words = words.or(self.words.take());
        Ok(self.drop_views(gone.iter().map(|path| Arc::from(path.as_path()))))
    }

    /// That the program works from disk from now on, if nobody has said so yet.
    pub fn take_words(&mut self) -> Option<String> {
        self.words.take()
    }

    /// Makes room for a dump that is to be read in passing: not at the cost of those that are `in_view`, in which
    /// case nothing is the answer.
    ///
    /// # Errors
    /// When it needs more than there may be whatever goes.
    pub fn make_room_beside(
        &mut self,
        id: &DumpId,
        in_view: &[DumpId],
    ) -> Result<Option<Vec<DumpId>>> {
        let taken = in_view.iter().filter_map(|id| self.opened.get(id));
        let taken: u64 = taken.map(|heap| heap.bytes()).sum();
        let need = self.opened.need(id).map_or(0, |need| need.building);
        if taken > 0 && need <= self.opened.budget() && need + taken > self.opened.budget() {
            return Ok(None);
        }
        self.make_room(id).map(Some)
    }

    /// What a search over these dumps takes at most, in bytes: to load the largest dump that is not loaded, and to hold
    /// the last one meanwhile. `None` where all are loaded.
    fn demand<'a>(&self, dumps: &'a [DumpId]) -> Option<(u64, u64, &'a DumpId)> {
        let last = dumps.last()?;
        let needs = |id: &DumpId| self.opened.need(id).ok();
        let missing = dumps.iter().filter(|id| !self.opened.contains(id));
        let (building, largest) = missing
            .filter_map(|id| Some((needs(id)?.building, id)))
            .max_by_key(|(building, _)| *building)?;
        let apart = match self.opened.get(last) {
            _ if largest == last => 0,
            Some(heap) => heap.bytes(),
            None => needs(last).map_or(0, |need| need.loaded),
        };
        Some((building, apart, largest))
    }

    /// Whether a search over these dumps can be made without those `in_view` having to go; also where it cannot be made
    /// whatever goes, which [`Self::lend`] has words for.
    pub fn can_lend_beside(&self, dumps: &[DumpId], in_view: &[DumpId]) -> bool {
        let Some((building, apart, _)) = self.demand(dumps) else {
            return true;
        };
        let others = in_view.iter().filter(|id| Some(*id) != dumps.last());
        let taken: u64 = others
            .filter_map(|id| self.opened.get(id))
            .map(|heap| heap.bytes())
            .sum();
        let (need, budget) = (building + apart, self.opened.budget());
        taken == 0 || need > budget || need + taken <= budget
    }

    /// The loaded heaps of a series, lent to a search that will hold the last one and load others one by one; how many
    /// bytes those may take; and which had to go for that.
    ///
    /// # Errors
    /// When two heaps at once are more than there may be.
    pub fn lend(&mut self, dumps: &[DumpId]) -> Result<Lent> {
        let budget = self.opened.budget();
        let Some(last) = dumps.last() else {
            return Ok((HashMap::new(), budget, Vec::new()));
        };
        let mut gone = Vec::new();
        if let Some((building, apart, largest)) = self.demand(dumps) {
            // Two heaps at a time.
            let need = Need {
                building: building + apart,
                loaded: apart,
            };
            self.words = settle(largest, need, budget)?.or(self.words.take());
            let others = match self.opened.contains(last) {
                true => 0,
                false => apart,
            };
            gone = self.opened.make_room(largest, others)?.gone;
        }
        let gone = self.drop_views(gone.iter().map(|path| Arc::from(path.as_path())));
        let lent = dumps.iter().filter_map(|id| {
            let heap = &self.views.get(id)?.heap;
            Some((id.to_path_buf(), Arc::clone(heap)))
        });
        let room = budget.saturating_sub(self.opened.bytes());
        Ok((lent.collect(), room, gone))
    }

    fn drop_views(&mut self, gone: impl Iterator<Item = DumpId>) -> Vec<DumpId> {
        let gone: Vec<DumpId> = gone.collect();
        for id in &gone {
            self.views.remove(id);
        }
        gone
    }

    /// Forgets everything that was read of a file, because it is another one now.
    pub fn forget(&mut self, id: &DumpId) {
        self.opened.forget(id);
        self.views.remove(id);
        self.outlines.remove(id);
        self.looked_up.remove(id);
        self.summaries.remove(id);
        self.refused.remove(id);
        let mut answers = self.answers.borrow_mut();
        answers.retain(|(a, b), _| a != id && b != id);
    }

    /// Notes that a file has another name now. What is loaded of it has to be loaded again under that.
    pub fn rename(&mut self, from: &DumpId, to: &DumpId) {
        let summary = self.summaries.remove(from);
        self.forget(from);
        if let Some(summary) = summary {
            self.summaries.insert(Arc::clone(to), summary);
        }
    }
}
