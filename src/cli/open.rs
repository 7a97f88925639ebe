//! From paths and options to one heap, and to the objects of it that count.

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use crate::analysis::describe::Scripts;
use crate::analysis::filter::{Filter, Selection, select};
use crate::cli::args::{DumpArgs, FilterArgs, Format, Holder};
use crate::cli::progress::Shown;
use crate::cli::records::DumpRecord;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::series::dump::Figures;
use crate::series::{Series, State, discover};
use crate::task::Task;
use crate::text::escape::one_line;

/// One dump of a series, loaded.
pub(super) struct Opened {
    /// The series it is of.
    pub series: Series,
    /// Its label and path.
    pub dump: DumpRecord,
    /// Its heap.
    pub heap: Heap,
    /// What long work is to report to.
    pub task: Task,
    /// Names of functions and files, where people will read the output.
    pub scripts: Option<Scripts>,
    _progress: Shown,
}

/// Finds the dumps at `paths`, in time order.
pub(super) fn find(paths: &[PathBuf], task: &Task) -> Result<Series> {
    task.stage("looking for dumps", 0);
    let mut series = discover(paths)?;
    series.settle_ties(task)?;
    Ok(series)
}

/// Loads the dump that the arguments name.
///
/// Dumps that cannot be used are noted on stderr. If the last dump only looked complete, the one before it is taken.
pub(super) fn open(arguments: &DumpArgs) -> Result<Opened> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let mut series = find(&arguments.paths, &task)?;
    let (dump, heap) = match &arguments.at {
        Some(named) => {
            let dump = series.find(named)?.clone();
            let heap = Heap::open(&dump.path, &task)?;
            (dump, heap)
        }
        None => {
            let (heap, dump) = series.open_last(|path| Heap::open(path, &task))?;
            (dump, heap)
        }
    };
    let scripts = match arguments.format.format {
        Format::Table | Format::Markdown => Some(Scripts::build(&heap, &task)?),
        Format::Json | Format::Csv => None,
    };
    let opened = Opened {
        scripts,
        dump: DumpRecord::of(&dump),
        series,
        heap,
        task,
        _progress: progress,
    };
    opened.note_unusable();
    Ok(opened)
}

impl Opened {
    /// Says on stderr which dumps of the series cannot be used.
    fn note_unusable(&self) {
        let mut stderr = std::io::stderr();
        for problem in &self.series.problems {
            let _ = writeln!(stderr, "heaptui: note: {problem}");
        }
        for dump in &self.series.dumps {
            if dump.state != State::Complete {
                let path = dump.path.to_string_lossy();
                let problem = dump.problem.as_deref().unwrap_or_default();
                let _ = writeln!(
                    stderr,
                    "heaptui: note: {}: {}: {}",
                    one_line(&path),
                    dump.state,
                    one_line(problem)
                );
            }
        }
        for warning in self.heap.warnings() {
            let path = self.dump.path.as_str();
            let _ = writeln!(
                stderr,
                "heaptui: note: {}: {}",
                one_line(path),
                one_line(warning)
            );
        }
    }

    /// The object with this id.
    pub(super) fn object(&self, id: u32) -> Result<NodeId> {
        self.heap.find_id(id).ok_or_else(|| {
            let label = &self.dump.label;
            Error::usage(format!("no object @{id} in {label}"))
                .advise("heaptui objects lists ids; they differ from process to process")
        })
    }

    /// The objects that the options let through, and what to call them.
    pub(super) fn filter(
        &self,
        arguments: &FilterArgs,
    ) -> Result<(Selection, Option<FilterRecord>)> {
        let Some(record) = self.resolve(arguments)? else {
            return Ok((Selection::All, None));
        };
        Ok((
            select(&self.heap, &record.filter, &self.task)?,
            Some(record),
        ))
    }

    fn resolve(&self, arguments: &FilterArgs) -> Result<Option<FilterRecord>> {
        if let Some([from, to]) = arguments.allocated_between.as_deref() {
            let (from, after) = self.max_id(from)?;
            let (to, up_to) = self.max_id(to)?;
            if after > up_to {
                let _ = writeln!(
                    std::io::stderr(),
                    "heaptui: note: {from} is not before {to}: nothing was allocated between them"
                );
            }
            let text = format!("allocated between {from} and {to}");
            let filter = Filter::Allocated { after, up_to };
            let record = FilterRecord::new("allocated-between", text, filter);
            return Ok(Some(record.ids(Some(from), Some(to))));
        }
        if let Some(named) = &arguments.allocated_before {
            let (to, max) = self.max_id(named)?;
            let text = format!("allocated before {to}");
            let filter = Filter::allocated_before(max);
            let record = FilterRecord::new("allocated-before", text, filter);
            return Ok(Some(record.ids(None, Some(to))));
        }
        if let Some(named) = &arguments.allocated_after {
            let (from, max) = self.max_id(named)?;
            let text = format!("allocated after {from}");
            let filter = Filter::allocated_after(max);
            let record = FilterRecord::new("allocated-after", text, filter);
            return Ok(Some(record.ids(Some(from), None)));
        }
        if let Some(holder) = arguments.retained_by {
            let (name, text) = match holder {
                Holder::DetachedDom => ("detached-dom", "retained by detached DOM nodes"),
                Holder::Contexts => ("contexts", "retained by contexts"),
                Holder::Console => ("console", "retained by the console"),
                Holder::EventHandlers => ("event-handlers", "retained by event handlers"),
            };
            let filter = Filter::RetainedBy(holder.into());
            let mut record = FilterRecord::new("retained-by", text.to_owned(), filter);
            record.holder = Some(name);
            return Ok(Some(record));
        }
        let (name, text, filter) = if arguments.duplicate_strings {
            let filter = Filter::DuplicateStrings;
            ("duplicate-strings", "duplicate strings", filter)
        } else if arguments.unreachable {
            let filter = Filter::Unreachable;
            ("unreachable", "not reached from the roots", filter)
        } else {
            return Ok(None);
        };
        Ok(Some(FilterRecord::new(name, text.to_owned(), filter)))
    }

    /// The label of the dump that is named, and the largest odd id in it.
    fn max_id(&self, named: &str) -> Result<(String, u32)> {
        let dump = self.series.find(named)?;
        let label = dump.title().to_owned();
        if dump.path.as_os_str() == self.dump.path.as_str() {
            return Ok((label, self.heap.max_object_id()));
        }
        let max_object_id = match &dump.figures {
            Some(figures) => figures.max_object_id,
            None => Figures::read(&dump.path, &self.task)?.max_object_id,
        };
        Ok((label, max_object_id))
    }
}

/// The filter of a command, as JSON and for people.
#[derive(Debug, Serialize)]
pub(super) struct FilterRecord {
    /// The option's name.
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_id: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    up_to_id: Option<u32>,
    /// In words.
    #[serde(skip)]
    pub text: String,
    #[serde(skip)]
    filter: Filter,
}

impl FilterRecord {
    fn new(name: &'static str, text: String, filter: Filter) -> Self {
        Self {
            name,
            holder: None,
            from: None,
            to: None,
            after_id: None,
            up_to_id: None,
            text,
            filter,
        }
    }

    /// Adds the dumps, and the range of ids that they stand for.
    fn ids(mut self, from: Option<String>, to: Option<String>) -> Self {
        if let Filter::Allocated { after, up_to } = self.filter {
            self.after_id = from.as_ref().map(|_| after);
            self.up_to_id = to.as_ref().map(|_| up_to);
        }
        self.from = from;
        self.to = to;
        self
    }
}
