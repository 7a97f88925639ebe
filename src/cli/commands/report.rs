//! `report`: what was found, as a document.

use std::path::{Path, PathBuf};

use crate::cli::args::{Report as Arguments, ReportFormat, SeriesArgs};
use crate::cli::output::print_text;
use crate::cli::progress::Shown;
use crate::cli::records::Document;
use crate::cli::stop::Stop;
use crate::cli::suspicion::study;
use crate::error::Result;
use crate::report::gc::GcLog;
use crate::report::{Beside, Report, Study, Template};
use crate::save::{self, Replace};
use crate::table::json;
use crate::task::Task;

pub(super) fn run(arguments: &Arguments) -> std::result::Result<(), Stop> {
    let task = Task::new();
    let log = match &arguments.gc_log {
        Some(path) => Some((name(path), GcLog::open(path, &task)?)),
        None => None,
    };
    let source = arguments.source.options();
    let main = study(&arguments.series, &source, &task)?;
    let before = other(arguments, &arguments.before, &task)?;
    let after = other(arguments, &arguments.after, &task)?;
    let beside = Beside {
        gc: log.as_ref().map(|(name, log)| (name.as_str(), log)),
        before: before.as_ref(),
        after: after.as_ref(),
        reveal: arguments.reveal.into(),
        source: arguments.source.options(),
    };
    let progress = Shown::of(&task);
    let report = Report::of(&main, &beside, &task)?;
    drop(progress);
    let text = match arguments.format {
        ReportFormat::Markdown => report
            .to_markdown(match arguments.template {
                true => Template::ToFillIn,
                false => Template::Without,
            })
            .into_bytes(),
        ReportFormat::Json => {
            let mut text = Vec::new();
            json::write(&mut text, &Document::of(report))?;
            text
        }
    };
    match arguments.output.as_deref() {
        Some(path) if path != Path::new("-") => Ok(save::write(
            path,
            &text,
            Replace::with_force(arguments.force),
        )?),
        _ => print_text(&text),
    }
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The series before or after a fix, if one is given.
fn other(arguments: &Arguments, paths: &[PathBuf], task: &Task) -> Result<Option<Study>> {
    if paths.is_empty() {
        return Ok(None);
    }
    let series = SeriesArgs {
        paths: paths.to_vec(),
        process: None,
        recursive: arguments.series.recursive,
        memory: arguments.series.memory,
        index: arguments.series.index.clone(),
    };
    study(&series, &arguments.source.options(), task).map(Some)
}
