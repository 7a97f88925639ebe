//! From paths and options to one heap, and to the objects of it that count.

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::analysis::allocations::Timeline;
use crate::analysis::columns::Naming;
use crate::analysis::comparable::Fingerprint;
use crate::analysis::describe::{Scripts, label};
use crate::analysis::filter::{Filter, Selection, select};
use crate::analysis::summary::ClassRow;
use crate::cli::args::{DumpArgs, FilterArgs, Format, Holder, Limit, Printed, Seconds};
use crate::cli::choose::{Chosen, Notes, choose, keep, load, note};
use crate::cli::output::{Output, print_text};
use crate::cli::progress::Shown;
use crate::cli::records::DumpRecord;
use crate::cli::stop::Stop;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::heap::{Class, ClassId, Heap};
use crate::index::{IndexHeader, Key, Loaded};
use crate::series::Dump;
use crate::snapshot::Snapshot;
use crate::source::Sources;
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::units::bytes;

/// One dump of a series, loaded.
pub(super) struct Opened {
    /// The series it is of.
    pub chosen: Chosen,
    /// The dump itself.
    of: Dump,
    /// Its label and path.
    pub dump: DumpRecord,
    /// Its heap; see [`open_outline`].
    pub heap: Heap,
    /// The class rows of all objects, where an index has them.
    pub rows: Option<Vec<ClassRow>>,
    /// What an index is to be written by.
    fresh: Option<Key>,
    /// What long work is to report to.
    pub task: Task,
    /// Names of functions and files, where people will read the output or maps may tell others.
    scripts: Option<Scripts>,
    /// Whether people will read the output.
    for_people: bool,
    sources: RefCell<Sources>,
    /// The same where a command asks for them all the same.
    built: OnceCell<Scripts>,
    progress: Cell<Option<Shown>>,
}

/// Loads the dump that the arguments name.
///
/// Dumps that cannot be used are noted on stderr. If the last dump only looked complete, the one before it is taken.
pub(super) fn open<F: Args + Printed>(arguments: &DumpArgs<F>) -> Result<Opened> {
    open_as(arguments, false)
}

/// The same for commands that show class rows and statistics of all objects, and no object: where there is an index
/// the heap has no more than that.
pub(super) fn open_outline(arguments: &DumpArgs) -> Result<Opened> {
    open_as(arguments, true)
}

/// What one dump is opened as.
enum Found {
    Outline(Box<IndexHeader>),
    Heap(Box<Loaded>),
}

fn open_as<F: Args + Printed>(arguments: &DumpArgs<F>, outline: bool) -> Result<Opened> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let mut chosen = choose(&arguments.series, &[arguments.at.as_deref()], &task)?;
    let (cache, memory) = (chosen.cache.clone(), chosen.memory());
    let open = |path: &Path| match cache.front(path).filter(|_| outline) {
        Some(front) => Ok(Found::Outline(Box::new(front))),
        None => Ok(Found::Heap(Box::new(load(&cache, path, memory, &task)?))),
    };
    let mut problem = None;
    let opened = match &arguments.at {
        Some(named) => chosen
            .find(named)
            .and_then(|dump| Ok((open(&dump.path)?, dump))),
        None => chosen.series.open_last(open),
    };
    let (found, dump) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let (heap, dump) = chosen.open_cut(arguments.at.as_deref(), error, &task)?;
            problem = heap.warnings().first().cloned();
            let loaded = Loaded { heap, fresh: None };
            (Found::Heap(Box::new(loaded)), dump)
        }
    };
    let for_people = matches!(arguments.format.listing(), Format::Table | Format::Markdown);
    let mut sources = dump.sources(arguments.source.options());
    let (heap, scripts, rows, fresh) = match found {
        Found::Outline(front) => {
            let (heap, scripts) = (front.outline(), front.scripts());
            scripts.learn_originals(sources.originals(&heap, &scripts, &task)?);
            (heap, Some(scripts), Some(front.rows), None)
        }
        Found::Heap(loaded) => {
            let wants = for_people || !arguments.source.no_source;
            let scripts = wants.then(|| sources.scripts(&loaded.heap, &task));
            (loaded.heap, scripts.transpose()?, None, loaded.fresh)
        }
    };
    chosen.notes().add_warnings(&dump.path, heap.warnings());
    chosen.say_notes();
    Ok(Opened {
        scripts,
        for_people,
        sources: RefCell::new(sources),
        built: OnceCell::new(),
        dump: DumpRecord {
            problem,
            ..DumpRecord::of(&dump)
        },
        of: dump,
        chosen,
        heap,
        rows,
        fresh,
        task,
        progress: Cell::new(Some(progress)),
    })
}

impl Drop for Opened {
    /// When everything is printed, what was computed is kept for the next time.
    fn drop(&mut self) {
        let notes = Notes::default();
        keep(
            &self.chosen.cache,
            &self.of.path,
            &self.heap,
            self.fresh,
            &notes,
        );
        notes.say();
    }
}

impl Opened {
    /// Where the result goes. Progress ends here, so that it does not get in between.
    pub(super) fn output<F: Args + Printed>(
        &self,
        arguments: &DumpArgs<F>,
        limit: Limit,
    ) -> Output {
        drop(self.progress.take());
        Output::new(arguments.format.listing(), limit)
    }

    /// Prints what is no list.
    pub(super) fn print(&self, text: &[u8]) -> std::result::Result<(), Stop> {
        drop(self.progress.take());
        print_text(text)
    }

    /// An object as a graph shows it: its name and id, and what it retains on a line of its own.
    pub(super) fn drawn(&self, node: NodeId) -> String {
        let name = self.naming().object(node).plain();
        let (id, size) = (self.heap.id(node), bytes(self.heap.retained(node)));
        format!("{} @{id}\n{size}", one_line(&name))
    }

    /// Names of functions and files, whoever reads the output. Looks for them where they are not known yet.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub(super) fn all_scripts(&self) -> Result<&Scripts> {
        if let Some(known) = self.scripts.as_ref().or(self.built.get()) {
            return Ok(known);
        }
        let built = Scripts::build(&self.heap, &self.task)?;
        Ok(self.built.get_or_init(|| built))
    }

    /// What cells are made with.
    pub(super) fn naming(&self) -> Naming<'_> {
        let scripts = self.scripts.as_ref();
        Naming {
            heap: &self.heap,
            scripts: scripts.filter(|_| self.for_people),
            originals: scripts.and_then(Scripts::originals),
        }
    }

    /// An object in a line above a listing, and where rows are searched: `Map(3) @123`.
    pub(super) fn titled(&self, node: NodeId) -> String {
        let (heap, scripts) = (&self.heap, &self.scripts);
        let name = scripts
            .as_ref()
            .map_or_else(|| label(heap, node), |all| all.label(heap, node));
        format!("{} @{}", name.plain(), heap.id(node))
    }

    /// All classes of this name, in the dump or where they were written: same-named ones of different places are several.
    pub(super) fn classes_named(&self, name: &str) -> Vec<ClassId> {
        let originals = self.naming().originals;
        let is_it = |class: &Class| match originals {
            Some(all) => all.is_called(class, name),
            None => class.name == name,
        };
        let classes = (0u32..).zip(self.heap.classes());
        let found = classes.filter(|(_, class)| is_it(class));
        found.map(|(index, _)| ClassId(index)).collect()
    }

    /// The same; an error where there are none.
    pub(super) fn some_classes_named(&self, name: &str) -> Result<Vec<ClassId>> {
        let classes = self.classes_named(name);
        match classes.is_empty() {
            true => {
                Err(Error::usage(format!("no class {name}"))
                    .advise("heaptui summary lists classes"))
            }
            false => Ok(classes),
        }
    }

    /// The code on this host.
    pub(super) fn sources(&self) -> RefMut<'_, Sources> {
        self.sources.borrow_mut()
    }

    /// The dump's file.
    pub(super) fn path(&self) -> &Path {
        &self.of.path
    }

    /// The object with this id.
    pub(super) fn object(&self, id: u32) -> Result<NodeId> {
        self.heap.find_id(id).ok_or_else(|| {
            Error::usage(format!("no object @{id}"))
                .in_file(self.path())
                .advise("heaptui objects lists ids; they differ from process to process")
        })
    }

    /// The same; the root where none is named.
    pub(super) fn object_or_root(&self, id: Option<u32>) -> Result<NodeId> {
        id.map_or(Ok(self.heap.root()), |id| self.object(id))
    }

    /// Why ids of another dump of the series mean nothing in this one; `None` where they mean the same.
    pub(super) fn incomparable(&self, dump: &Dump, heap: &Heap) -> Result<Option<String>> {
        let other = Fingerprint::of_heap(heap, &self.task)?;
        let own = Fingerprint::of_heap(&self.heap, &self.task)?;
        Ok(self.chosen.incomparable((dump, &other), (&self.of, &own)))
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
                note(&format!(
                    "{from} is not before {to}: nothing was allocated between them"
                ));
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
        if let Some(range) = arguments.allocated_during {
            return self.during(range).map(Some);
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
            ("unreachable", "no distance from the global objects", filter)
        } else {
            return Ok(None);
        };
        Ok(Some(FilterRecord::new(name, text.to_owned(), filter)))
    }

    /// The filter for a range of time of the recorded timeline.
    fn during(&self, range: Seconds) -> Result<FilterRecord> {
        let timeline = self.timeline()?;
        let micros = |seconds: f64| (seconds * 1e6).round() as u64;
        let filter = timeline.filter(micros(range.from), micros(range.to));
        let open = range.to.is_infinite();
        let (from, to) = (range.from.to_string(), range.to.to_string());
        let text = match open {
            true => format!("allocated from {from} s on"),
            false => format!("allocated from {from} s to {to} s"),
        };
        let record = FilterRecord::new("allocated-during", text, filter);
        Ok(record.ids(Some(from), Some(to).filter(|_| !open)))
    }

    /// The recorded timeline.
    pub(super) fn timeline(&self) -> Result<Timeline> {
        let timeline = Timeline::of(&self.heap, &self.task);
        let timeline = timeline.map_err(|error| error.in_file(self.path()));
        timeline?.ok_or_else(|| {
            Error::usage(format!("{} has no allocation timeline", self.dump.label))
                .advise("record one with HeapProfiler.startTrackingHeapObjects, or \"Allocations on timeline\" in DevTools")
        })
    }

    /// The label of the dump that is named, and the largest odd id in it. Says on stderr when that id means nothing in
    /// the dump that is looked at.
    pub(super) fn max_id(&self, named: &str) -> Result<(String, u32)> {
        let dump = self.chosen.find(named)?;
        let label = dump.title().to_owned();
        if dump.path == self.of.path {
            return Ok((label, self.heap.max_object_id()));
        }
        let other = match self.chosen.cache.front(&dump.path) {
            Some(front) => Arc::clone(front.fingerprint()),
            None => {
                let snapshot = Snapshot::open(&dump.path, &self.task)?;
                Arc::new(Fingerprint::of_snapshot(&snapshot, &self.task)?)
            }
        };
        let own = Fingerprint::of_heap(&self.heap, &self.task)?;
        if let Some(reason) = self.chosen.incomparable((&dump, &other), (&self.of, &own)) {
            note(&format!(
                "{reason}; what was allocated when cannot be told, and these rows mean nothing"
            ));
        }
        Ok((label, other.max_object_id()))
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
