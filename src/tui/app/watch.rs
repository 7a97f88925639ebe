//! What the watcher tells, and what is read in the background because of it.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::series::{Change, Dump, Update};
use crate::text::units::percent;
use crate::tui::app::App;
use crate::tui::commands::Command;
use crate::tui::dump_store::id_of;
use crate::tui::place::{DumpId, PageKey};
use crate::tui::theme::Tone;
use crate::tui::views::growth::{Known, Table};
use crate::tui::work::{Answer, Measured, Slot, answer};

impl App {
    /// Takes what the watcher found. The first time the last dump is loaded, and the page is chosen; later nothing
    /// moves the user.
    pub(super) fn watched(&mut self, update: Update) {
        let first = !self.store.is_ready();
        for change in &update.changes {
            self.changed(change, first);
        }
        self.store.update(update.series);
        self.dumps.follow(&self.store);
        if first {
            self.begin();
        } else {
            for change in &update.changes {
                self.announce(change);
            }
        }
        self.grow();
        self.pursue();
        self.measure_next();
    }

    /// Forgets what was read of files that are others now.
    fn changed(&mut self, change: &Change, first: bool) {
        if first {
            return;
        }
        match change {
            Change::Replaced(dump) | Change::Removed(dump) => {
                let id = id_of(dump);
                self.stop(&id);
                self.store.forget(&id);
                self.forget_pages(&[id]);
            }
            Change::Renamed { from, dump } => {
                let from: DumpId = Arc::from(from.as_path());
                self.stop(&from);
                self.store.rename(&from, &id_of(dump));
                self.forget_pages(&[from]);
            }
            Change::Added(_) | Change::Changed(_) | Change::Problems => {}
        }
    }

    /// Stops reading a file that is not what it was.
    fn stop(&mut self, id: &DumpId) {
        self.work.abandon(&Slot::Load(Arc::clone(id)));
        self.work.abandon(&Slot::Measure(Arc::clone(id)));
        let wanted = self.wanted.as_ref();
        if wanted.is_some_and(|wanted| wanted.key.dumps().contains(&id)) {
            self.wanted = None;
        }
    }

    /// Says what has happened, in a line.
    fn announce(&mut self, change: &Change) {
        let in_view = |dump: &Dump| self.history.page().dumps().contains(&&id_of(dump));
        let words = match change {
            Change::Changed(dump) | Change::Added(dump) if dump.is_usable() => {
                let id = id_of(dump);
                let label = self.store.label(&id);
                match self.history.page() {
                    PageKey::Dumps if self.store.usable().len() > 2 => format!(
                        "{label} is complete · {} shows what grows, {} what survived until the selected dump",
                        self.keymap.key_of(Command::ShowGrowth),
                        self.keymap.key_of(Command::Narrow)
                    ),
                    _ => format!("{label} is complete: {}", dump.name),
                }
            }
            Change::Replaced(dump) if in_view(dump) => format!(
                "{} was replaced by another file; this is the old one, {} and {} open the new one",
                dump.name,
                self.keymap.key_of(Command::BackOut),
                self.keymap.key_of(Command::OpenDump)
            ),
            Change::Replaced(dump) => format!("{} was replaced by another file", dump.name),
            Change::Removed(dump) if in_view(dump) => format!(
                "{} was deleted; it stays readable until you leave it",
                dump.name
            ),
            Change::Removed(dump) => format!("{} was deleted", dump.name),
            Change::Renamed { from, dump } => {
                let from = from.file_name().unwrap_or_default().to_string_lossy();
                format!("{from} is called {} now", dump.name)
            }
            _ => return,
        };
        // What the user is being told already is more important.
        let is_news = |(_, tone): &(String, Tone)| *tone == Tone::Busy;
        if self.message.as_ref().is_none_or(is_news) {
            self.say(&words, Tone::Busy);
        }
    }

    /// The first dumps were found: the last one is loaded right away, and opens by itself when it is the only one.
    fn begin(&mut self) {
        self.dumps.go_to_last(&self.store);
        let usable = self.store.usable();
        if usable.len() > 2 {
            self.history = crate::tui::history::History::new(PageKey::Growth);
        }
        match (
            usable.last().cloned(),
            usable.len(),
            self.store.dumps().len(),
        ) {
            (Some(only), 1, 1) => self.want(PageKey::Summary(only), None, None),
            (Some(last), ..) => self.load(&last),
            (None, ..) => {}
        }
    }

    /// Takes what was read of a dump.
    pub(super) fn measured(&mut self, dump: &DumpId, outcome: Result<Answer>) {
        let found = answer(outcome).map(|Measured(figures, summary)| (figures, summary));
        let cancelled = found.as_ref().is_err_and(Error::is_cancelled);
        let groups = self.store.groups().len();
        self.store.measured(dump, found);
        self.dumps.follow(&self.store);
        if self.store.groups().len() > groups {
            let words = format!(
                "object ids tell the dumps of several processes: {} chooses one",
                self.keymap.key_of(Command::NextProcess)
            );
            self.say(&words, Tone::Problem);
        }
        self.grow();
        self.pursue();
        if !cancelled {
            self.measure_next();
        }
    }

    /// Reads the next dump that was not read yet, if nothing else is being loaded and there is room for it beside
    /// what the user looks at. Says whether something is being read.
    pub(super) fn measure_next(&mut self) -> bool {
        let series = self.store.groups().iter();
        let mut dumps = series.flat_map(|group| &group.series.dumps).map(id_of);
        let busy = dumps.any(|id| {
            self.work.status(&Slot::Load(Arc::clone(&id))).is_some()
                || self.work.status(&Slot::Measure(id)).is_some()
        });
        if busy || self.work.status(&Slot::Suspects).is_some() || self.look_for_suspects() {
            return true;
        }
        let in_view: Vec<DumpId> = self.history.page().dumps().into_iter().cloned().collect();
        for id in self.store.unmeasured() {
            if self.store.is_loaded(&id) {
                let heap = self.store.view(&id).map(|view| Arc::clone(&view.heap));
                self.work.measure(&id, heap);
                return true;
            }
            if self.work.uses_indexes() && !self.store.is_looked_up(&id) {
                self.work.look_up(&id, Default::default(), false);
                return true;
            }
            match self.store.make_room_beside(&id, &in_view) {
                Ok(Some(gone)) => {
                    self.forget_pages(&gone);
                    self.work.measure(&id, None);
                    return true;
                }
                Ok(None) => return false,
                Err(error) => self.store.refuse(&id, &error),
            }
        }
        false
    }

    /// Has the growth counted anew from the dumps that were read.
    pub(super) fn grow(&mut self) {
        let searched = self.suspects.found.as_ref();
        if searched.is_none_or(|found| found.dumps != self.store.usable()) {
            self.growth.suspects = None;
        }
        let dumps = self.store.dumps().iter();
        let known: Vec<Known> = dumps
            .filter(|dump| dump.label.is_some())
            .map(|dump| {
                let id = id_of(dump);
                let summary = self.store.known(&id).cloned();
                (id, summary, dump.time())
            })
            .collect();
        if known
            .iter()
            .filter(|(_, summary, _)| summary.is_some())
            .count()
            < 2
        {
            self.work.abandon(&Slot::Grow);
            return self.growth.take_table(None);
        }
        let same = self.growth.table.as_ref().is_some_and(|table| {
            let read = table.growth.totals.iter().map(Option::is_some);
            let now = known.iter().map(|(_, summary, _)| summary.is_some());
            table.dumps.iter().eq(known.iter().map(|(id, ..)| id)) && read.eq(now)
        });
        if !same || self.work.status(&Slot::Grow).is_some() {
            self.work.start(Slot::Grow, move |_| Ok(Table::of(known)));
        }
    }

    /// How far the reading of the series is: which dump, how many of how many.
    pub(super) fn reading(&self) -> Option<String> {
        let usable = self.store.usable();
        let (reading, status) = usable.iter().find_map(|id| {
            let load = self.work.status(&Slot::Load(id.clone()));
            let status = load.or_else(|| self.work.status(&Slot::Measure(id.clone())))?;
            Some((id, status))
        })?;
        let progress = status.progress;
        // Other stages have shares of their own.
        let share = match progress.stage.starts_with("reading") {
            true => format!(" {}", percent(progress.done, progress.total)),
            false => String::new(),
        };
        let read = usable
            .iter()
            .filter(|id| self.store.known(id).is_some())
            .count();
        Some(format!(
            "reading {}{share}, {} of {} done",
            self.store.label(reading),
            read,
            usable.len()
        ))
    }
}
