//! Writing the incident report to a file.

use std::path::{Path, PathBuf};

use jiff::ZonedDateTime;

use crate::analysis::growth::{Step, growth};
use crate::error::{Error, Result};
use crate::report::{Beside, Report, Study};
use crate::save::{self, Replace};
use crate::series::{Failure, suspicion};
use crate::task::Task;
use crate::tui::app::suspects::Heaps;
use crate::tui::app::{App, Overlay};
use crate::tui::commands::Command;
use crate::tui::dump_store::id_of;
use crate::tui::theme::Tone;
use crate::tui::views::progress::progress_in_short;
use crate::tui::widgets::prompt::Prompt;
use crate::tui::work::Slot;

impl App {
    /// Asks for the name of the report's file.
    pub(super) fn ask_for_report(&mut self) {
        if self.store.usable().is_empty() {
            return self.say("a report needs dumps", Tone::Problem);
        }
        if self.work.status(&Slot::Report).is_some() {
            let key = self.keymap.key_of(Command::BackOut);
            let words = format!("a report is being written; {key} cancels it");
            return self.say(&words, Tone::Problem);
        }
        let name = format!(
            "heaptui-report-{}.md",
            ZonedDateTime::now().strftime("%Y-%m-%d")
        );
        let path = self.folder_to_write().join(name);
        self.overwrite = None;
        self.overlay = Some(Overlay::Report(Prompt::new(path.to_string_lossy())));
    }

    /// Has the report written to the file that was typed; asks again before that goes over another.
    pub(super) fn write_report(&mut self, typed: &str) {
        match self.may_be_written(typed) {
            Ok(path) => self.start_report(path),
            Err(words) => {
                self.say(&words, Tone::Problem);
                self.overlay = Some(Overlay::Report(Prompt::new(typed)));
            }
        }
    }

    fn start_report(&mut self, path: PathBuf) {
        let dumps = self.store.usable_dumps();
        let ids: Vec<_> = dumps.iter().map(id_of).collect();
        for other in self.store.unmeasured() {
            self.work.abandon(&Slot::Measure(other));
        }
        let (lent, room) = match self.store.lend(&ids) {
            Ok((lent, room, gone)) => {
                self.forget_pages(&gone);
                (lent, room)
            }
            Err(error) => return self.say(&error.to_string(), Tone::Problem),
        };
        let left_out = self.store.dumps().iter();
        let left_out = left_out.filter(|dump| dump.label.is_none());
        let notes = left_out
            .map(|dump| {
                let problem = dump.problem.clone().unwrap_or_default();
                format!(
                    "{} was left out, as it is {}: {problem}",
                    dump.name, dump.state
                )
            })
            .collect();
        let mut heaps = Heaps::new(ids.last().cloned(), lent, room, self.work.cache().clone());
        self.work.start(Slot::Report, move |task| {
            let found = suspicion(&dumps, |path| heaps.fetch(path, task), true, task);
            let found = found.map_err(|Failure { error, .. }| error)?;
            let steps: Vec<Step<'_>> = dumps
                .iter()
                .zip(&found.summaries)
                .map(|(dump, summary)| Step {
                    summary: summary.as_ref(),
                    time: dump.time(),
                })
                .collect();
            let paths = dumps.iter().map(|dump| dump.path.to_string_lossy());
            let study = Study {
                growth: growth(&steps),
                notes,
                arguments: paths.map(|path| path.into_owned()).collect(),
                findings: found.findings,
                heap: found.heap,
                dumps,
            };
            write(&study, &path, task)
        });
    }

    /// How far the report is, while it is being written.
    pub(super) fn reporting(&self) -> Option<String> {
        let status = self.work.status(&Slot::Report)?;
        let words = progress_in_short(status);
        let key = self.keymap.key_of(Command::BackOut);
        Some(format!(
            "the report is being written: {words} · {key} cancels"
        ))
    }

    /// Gives the report up, if one is being written. Says whether there was one.
    pub(super) fn cancel_report(&mut self) -> bool {
        let writing = self.work.status(&Slot::Report).is_some();
        if writing {
            self.work.abandon(&Slot::Report);
            self.say("no report was written", Tone::Dim);
        }
        writing
    }

    /// The report is written, or not.
    pub(super) fn wrote_report(&mut self, outcome: Result<PathBuf>) {
        match outcome {
            Ok(path) => {
                let words = format!(
                    "the report is in {}, values of strings masked",
                    path.display()
                );
                self.say(&words, Tone::Busy);
            }
            Err(error) if error.is_cancelled() => {}
            Err(error) => self.say(&error.to_string(), Tone::Problem),
        }
        self.measure_next();
    }
}

/// Writes the report on a study; gives the whole path.
fn write(study: &Study, path: &Path, task: &Task) -> Result<PathBuf> {
    let report = Report::of(study, &Beside::default(), task)?;
    save::write(path, report.to_markdown().as_bytes(), Replace::Ordinary)?;
    std::path::absolute(path).map_err(|error| Error::io("cannot tell where it is", &error))
}
