//! The summary of a dump that growth over a series needs, so that its graph can be dropped.

use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::comparable::Fingerprint;
use crate::analysis::describe::{Scripts, is_own_name, is_runtime_script};
use crate::analysis::filter::Selection;
use crate::analysis::summary::{ClassRow, summary};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Class, Heap};
use crate::snapshot::NodeKind;
use crate::task::Task;

use super::point::Point;

/// One dump: its classes and its fingerprint, some hundred kilobytes.
#[derive(Debug, Clone, Default)]
pub struct DumpSummary {
    /// The classes with their figures, as in the dump's own Summary and in its order.
    pub classes: Vec<ClassSummary>,
    /// All objects; the retained size is DevTools' total, native memory with it.
    pub total: Point,
    /// By which ids are seen to be comparable.
    pub fingerprint: Arc<Fingerprint>,
}

/// One dump of a series, in time order.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// What is known of it; nothing where it is not loaded yet or cannot be.
    pub summary: Option<&'a DumpSummary>,
    /// When it was taken.
    pub time: Option<Timestamp>,
}

/// A class in one dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassSummary {
    /// The class.
    pub class: Class,
    /// Where its constructor was written, for people: `file.js:41:12`.
    pub place: Option<String>,
    /// Whose class it is.
    pub origin: Origin,
    /// Its figures.
    pub point: Point,
}

/// Whose class it is: how much its growth says about the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The application's or its packages': a constructor in a script that is not the runtime's; detached DOM nodes.
    Application,
    /// The language's or the runtime's: plain objects, collections, functions, strings, DOM nodes.
    Runtime,
    /// The engine's own: backing arrays, code, hidden things.
    Engine,
}

impl DumpSummary {
    /// What is kept of a heap.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of(heap: &Heap, task: &Task) -> Result<Self> {
        let rows = summary(heap, &Selection::All, task)?;
        let scripts = Scripts::build(heap, task)?;
        Self::of_rows(heap, &rows, &scripts, task)
    }

    /// The same where the class rows of all objects, in their default order, and the scripts are there already.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of_rows(heap: &Heap, rows: &[ClassRow], scripts: &Scripts, task: &Task) -> Result<Self> {
        let classes: Vec<ClassSummary> = rows
            .iter()
            .map(|row| {
                let class = heap.class(row.class).clone();
                ClassSummary {
                    place: class.place.map(|place| scripts.show(place)),
                    origin: origin(heap, scripts, &class, row.first),
                    class,
                    point: Point {
                        count: u64::from(row.count),
                        shallow: row.shallow,
                        retained: row.retained,
                    },
                }
            })
            .collect();
        let fingerprint = Arc::new(Fingerprint::of_heap(heap, task)?);
        Ok(Self::of_classes(
            classes,
            heap.statistics().total,
            fingerprint,
        ))
    }

    /// A summary from its parts; `total` is DevTools' total of the dump, in bytes.
    pub fn of_classes(
        classes: Vec<ClassSummary>,
        total: u64,
        fingerprint: Arc<Fingerprint>,
    ) -> Self {
        Self {
            total: Point {
                count: classes.iter().map(|class| class.point.count).sum(),
                shallow: classes.iter().map(|class| class.point.shallow).sum(),
                retained: total,
            },
            classes,
            fingerprint,
        }
    }
}

/// Whose class it is; `first` is any of its objects.
pub(crate) fn origin(heap: &Heap, scripts: &Scripts, class: &Class, first: NodeId) -> Origin {
    let name = class.name.as_str();
    match heap.kind(first) {
        NodeKind::OBJECT | NodeKind::NATIVE if name.starts_with("system / ") => Origin::Engine,
        NodeKind::OBJECT => {
            let of_application = match class.place {
                Some(place) => !scripts.name(place.script_id).is_some_and(is_runtime_script),
                // Old engines give no places; then the name has to do.
                None => heap.locations.is_empty() && is_own_name(name),
            };
            if of_application {
                Origin::Application
            } else {
                Origin::Runtime
            }
        }
        NodeKind::NATIVE if name.starts_with("Detached ") => Origin::Application,
        NodeKind::NATIVE | NodeKind::CLOSURE | NodeKind::REGEXP => Origin::Runtime,
        kind if kind.is_string() => Origin::Runtime,
        NodeKind::SYMBOL | NodeKind::BIGINT | NodeKind::NUMBER => Origin::Runtime,
        _ => Origin::Engine,
    }
}
