//! The search for suspects and the report: when they begin, with which heaps, and what they come to.

use std::path::PathBuf;

use crate::error::Result;
use crate::series::{Dump, Process, state_of};
use crate::text::units::grouped;
use crate::tui::commands::Command;
use crate::tui::dump_store::id_of;
use crate::tui::effect::News;
use crate::tui::incident;
use crate::tui::place::DumpId;
use crate::tui::search::{self, Failed, Heaps, Outcome, of_other};
use crate::tui::theme::Tone;
use crate::tui::work::{Found, Slot};

use super::Session;

impl Session {
    /// Has the suspects looked for, if that was not done.
    pub fn ask_for_suspects(&mut self) {
        self.search.ask();
        self.tell_search();
    }

    /// Stops the search for suspects, if there is one; says whether there was.
    pub fn stop_search(&mut self) -> bool {
        let searching = self.is_searching();
        if searching {
            self.work.abandon(&Slot::Suspects);
            self.search.stop();
            self.tell_search();
        }
        searching
    }

    /// Whether suspects are being looked for.
    pub fn is_searching(&self) -> bool {
        self.work.status(&Slot::Suspects).is_some()
    }

    /// Begins the search that the user waits for, unless something is being loaded that the user waits for more.
    pub(super) fn begin_search(&mut self, awaited: bool) {
        if !self.search.is_asked() {
            return;
        }
        let ids = self.store.usable();
        if !self.search.wants(&ids) || self.is_searching() && self.search.is_over(&ids) {
            return;
        }
        if awaited || self.loading(None).is_some() {
            return;
        }
        self.stop_measuring();
        self.search_now(&ids);
    }

    /// Begins the search that nobody asked for when there is nothing else to read, if there is room for it beside the
    /// dumps `in_view`. Says whether it was begun.
    pub(super) fn search_in_passing(&mut self, in_view: &[DumpId], awaited: bool) -> bool {
        let ids = self.store.usable();
        let wanted = ids.len() > 1 && self.search.wants(&ids);
        if !wanted || awaited || !self.store.can_lend_beside(&ids, in_view) {
            return false;
        }
        self.search_now(&ids);
        self.is_searching()
    }

    /// Searches the next process that is not in view when the one in view was searched and there is nothing else to read.
    /// Says whether that was begun, or goes on.
    pub(super) fn search_others(&mut self, in_view: &[DumpId], awaited: bool) -> bool {
        if self.work.status(&Slot::OtherSuspects).is_some() {
            return true;
        }
        let usable = self.store.usable();
        let found = self.search.found.as_ref();
        if awaited || self.search.is_stopped() || found.is_none_or(|found| found.dumps != usable) {
            return false;
        }
        let next = self.store.others().find_map(|group| {
            let dumps: Vec<Dump> = group.series.usable().cloned().collect();
            let ids: Vec<DumpId> = dumps.iter().map(id_of).collect();
            let wanted = ids.len() > 1
                && self.search.other(&ids).is_none()
                && self.store.can_lend_beside(&ids, in_view);
            wanted.then(|| (group.name.clone(), dumps, ids))
        });
        let Some((name, dumps, ids)) = next else {
            return false;
        };
        match self.lend(&ids) {
            Ok(heaps) => {
                let job = of_other((name, dumps), heaps, self.store.source.clone());
                let message = |found| Found::OtherProcess(ids, found);
                self.start(Slot::OtherSuspects, job, message);
                true
            }
            Err(error) => {
                self.search.take_other(ids, Process::unread(name, &error));
                self.tell_search();
                false
            }
        }
    }

    /// Takes what the dumps of a process that is not in view come to.
    pub(super) fn take_other(&mut self, dumps: Vec<DumpId>, found: Result<Process>) {
        if let Ok(process) = found {
            self.search.take_other(dumps, process);
            self.tell_search();
        }
    }

    /// A search that nobody asked for ends when other dumps are there, which are read before they are searched.
    pub(super) fn give_way_to_new_dumps(&mut self) {
        let is_old = || !self.search.is_over(&self.store.usable());
        if !self.search.is_asked() && self.is_searching() && is_old() {
            self.work.abandon(&Slot::Suspects);
        }
    }

    fn search_now(&mut self, ids: &[DumpId]) {
        match self.lend(ids) {
            Ok(heaps) => {
                let groups = (self.store.groups(), self.store.active());
                let source = self.store.source.clone();
                let dumps = self.store.usable_dumps();
                let job = self.search.begin(dumps, heaps, groups, source);
                self.start(Slot::Suspects, job, Found::Search);
            }
            Err(error) => self.search.fail(Some(ids.to_vec()), error.to_string()),
        }
        self.tell_search();
    }

    /// The heaps of a series, for a job that goes through all of them.
    fn lend(&mut self, dumps: &[DumpId]) -> Result<Heaps> {
        let (lent, room, gone) = self.store.lend(dumps)?;
        self.gone.extend(gone);
        self.say_where_it_works();
        let cache = self.work.cache().clone();
        Ok(Heaps::new(dumps.last().cloned(), lent, room, cache))
    }

    /// Takes what a search came to. A dump that turns out to be broken leaves the series, and the search begins anew.
    pub(super) fn take_search(&mut self, outcome: Result<Outcome>) {
        match outcome {
            Ok(Ok(found)) => {
                // What comes to light while dumps land would else be seen on two pages only.
                let before = self.search.found.as_ref();
                let was_clean = before.is_some_and(|found| found.accused().next().is_none());
                if let Some(words) = announced(&found).filter(|_| was_clean) {
                    let key = self.keys.key_of(Command::ShowSuspects);
                    self.say(format!("{words} · {key} shows it"), Tone::Busy);
                }
                self.search.take(found);
            }
            Ok(Err(Failed {
                dumps,
                broken,
                error,
            })) => {
                let broken = broken.filter(|_| state_of(&error).is_some());
                if let Some(broken) = &broken {
                    self.store.failed(broken, &error);
                    self.tell(News::Dumps);
                }
                if broken.is_none() || self.store.usable() == dumps {
                    self.search.fail(Some(dumps), error.to_string());
                }
            }
            Err(error) if error.is_cancelled() => {}
            Err(error) => self.search.fail(None, error.to_string()),
        }
        self.tell_search();
    }

    /// Begins to write the incident report to a file.
    pub fn start_report(&mut self, path: PathBuf) {
        let dumps = self.store.usable_dumps();
        let ids: Vec<DumpId> = dumps.iter().map(id_of).collect();
        self.stop_measuring();
        if !self.search.is_asked() {
            self.work.abandon(&Slot::Suspects);
        }
        match self.lend(&ids) {
            Ok(heaps) => {
                let job = incident::job(dumps, &self.store, heaps, path);
                self.start(Slot::Report, job, Found::Report);
            }
            Err(error) => self.say(error.to_string(), Tone::Problem),
        }
    }

    /// Whether a report is being written.
    pub fn is_reporting(&self) -> bool {
        self.work.status(&Slot::Report).is_some()
    }

    /// Gives the report up, if one is being written. Says whether there was one.
    pub fn stop_report(&mut self) -> bool {
        let writing = self.is_reporting();
        if writing {
            self.work.abandon(&Slot::Report);
            self.say("the report was not written", Tone::Dim);
        }
        writing
    }

    /// The report is written, or not.
    pub(super) fn wrote_report(&mut self, outcome: Result<PathBuf>) {
        match outcome {
            Ok(path) => {
                let words = format!("wrote the report to {}, strings masked", path.display());
                self.say(words, Tone::Busy);
            }
            Err(error) => self.say_unless_cancelled(&error),
        }
    }
}

/// A likely leak, in a few words.
fn announced(found: &search::Found) -> Option<String> {
    let leaked = found.foremost()?.suspect.leaked.first()?;
    let count = grouped(leaked.counts.last().copied().unwrap_or(0));
    Some(format!("likely leak: {count} {}", leaked.words().plain()))
}
