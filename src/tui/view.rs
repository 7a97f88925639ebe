//! A dump in view: its heap, its class rows, and which of its objects count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::analysis::filter::{Filter, Selection, select};
use crate::analysis::growth::{Origin, origin};
use crate::analysis::pattern::Pattern;
use crate::analysis::search::match_classes;
use crate::analysis::summary::{self, ClassRow, SortKey};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Class, ClassId, Detour, Heap};
use crate::index::IndexHeader;
use crate::task::{CHECK_EVERY, Task};
use crate::text::span::Spans;
use crate::text::units::{bytes, grouped};
use crate::tui::naming::{Names, short_name};
use crate::tui::place::DumpId;
use crate::tui::realms::{Realm, realms};
use crate::tui::scope::Scope;
use crate::tui::source::Source;

/// A dump in view; made once by the worker that loads it, then shared.
pub struct View {
    /// Which dump.
    pub dump: DumpId,
    /// The dump's file name; untrusted.
    pub file: String,
    /// The dump's size on disk, in bytes.
    pub file_bytes: u64,
    /// The heap; without any object where this is an outline.
    pub heap: Arc<Heap>,
    /// Whether only the classes are known, as the front of an index has them.
    pub outline: bool,
    /// Which objects count, as the user chose it.
    pub scope: Scope,
    /// Which objects count.
    pub selection: Selection,
    /// How many of these have a size of their own, so that a class counts them.
    pub counted: u64,
    /// How many there are of those whatever was chosen.
    pub countable: u64,
    /// All class rows, in DevTools' default order.
    pub classes: Vec<ClassRow>,
    /// Where a class stands in `classes`.
    row_of_class: HashMap<ClassId, u32>,
    /// What sizes are a share of, in bytes.
    pub total: u64,
    /// What objects are called.
    pub names: Arc<Names>,
    /// The ways around the holders that are left out, wherever this dump is looked at.
    detour: Arc<Mutex<Option<Arc<Detour>>>>,
    /// The native contexts as choices of what counts, once somebody has asked.
    realms: Arc<OnceLock<Vec<Realm>>>,
}

/// How trees are ordered and narrowed.
#[derive(Debug, Clone)]
pub struct Order {
    /// By which column.
    pub key: SortKey,
    /// The other way round.
    pub reverse: bool,
    /// By which column retainers are.
    pub holders: SortKey,
    /// The other way round.
    pub holders_reverse: bool,
    /// What was typed to find constructors, or rows of the branch that it narrows.
    pub filter: String,
    /// The branch that what was typed narrows, where there are no constructors.
    pub narrows: Option<Source>,
    /// Whether weak retainers are listed too.
    pub weak: bool,
    /// Whether the engine's own stands among the rest instead of in a row of its own.
    pub internals: bool,
    /// The ways around the holders that are left out.
    pub detour: Option<Arc<Detour>>,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            key: SortKey::Retained,
            reverse: false,
            holders: SortKey::Distance,
            holders_reverse: false,
            filter: String::new(),
            narrows: None,
            weak: false,
            internals: false,
            detour: None,
        }
    }
}

impl Order {
    /// Whether lists by the two read alike as long as nothing is typed.
    pub fn reads_like(&self, other: &Self) -> bool {
        let choice = |order: &Self| (order.key, order.reverse, order.weak, order.internals);
        choice(self) == choice(other)
    }
}

/// Matched characters of the class rows that a filter found.
pub type Marks = HashMap<ClassId, Vec<usize>>;

impl View {
    /// Prepares a loaded heap for the screen.
    ///
    /// # Errors
    /// When cancelled.
    pub fn new(
        dump: DumpId,
        (file, file_bytes): (String, u64),
        heap: Arc<Heap>,
        task: &Task,
    ) -> Result<Self> {
        let names = Arc::new(Names::new(&heap, task)?);
        let mut view = Self {
            dump,
            file,
            file_bytes,
            scope: Scope::All,
            selection: Selection::All,
            counted: 0,
            countable: 0,
            classes: Vec::new(),
            row_of_class: HashMap::new(),
            total: heap.statistics().total,
            outline: false,
            heap,
            names,
            detour: Arc::default(),
            realms: Arc::default(),
        };
        view.count(task)?;
        view.countable = view.counted;
        Ok(view)
    }

    /// Whether the file is still the one that was loaded, as far as its size tells: what is read of it later has to be
    /// about the same objects.
    pub fn is_of_the_file(&self) -> bool {
        let file = std::fs::metadata(&self.dump);
        self.file_bytes == 0 || file.is_ok_and(|file| file.len() == self.file_bytes)
    }

    /// What the front of a dump's index has for the screen.
    pub fn of_front(dump: DumpId, (file, file_bytes): (String, u64), front: IndexHeader) -> Self {
        let mut view = Self {
            dump,
            file,
            file_bytes,
            scope: Scope::All,
            selection: Selection::All,
            counted: 0,
            countable: 0,
            row_of_class: HashMap::new(),
            total: front.statistics.total,
            outline: true,
            heap: Arc::new(front.outline()),
            names: Arc::new(Names::of_scripts(front.scripts())),
            classes: front.rows,
            detour: Arc::default(),
            realms: Arc::default(),
        };
        view.number_rows();
        view.countable = view.counted;
        view
    }

    /// The same dump with only those objects counting that a filter lets through.
    ///
    /// # Errors
    /// When cancelled.
    pub fn narrowed(&self, scope: Scope, filter: &Filter, task: &Task) -> Result<Self> {
        let mut view = Self {
            dump: Arc::clone(&self.dump),
            file: self.file.clone(),
            heap: Arc::clone(&self.heap),
            names: Arc::clone(&self.names),
            detour: Arc::clone(&self.detour),
            realms: Arc::clone(&self.realms),
            scope,
            selection: select(&self.heap, filter, task)?,
            classes: Vec::new(),
            row_of_class: HashMap::new(),
            ..*self
        };
        view.count(task)?;
        Ok(view)
    }

    fn count(&mut self, task: &Task) -> Result<()> {
        self.classes = summary::summary(&self.heap, &self.selection, task)?;
        self.number_rows();
        Ok(())
    }

    fn number_rows(&mut self) {
        self.row_of_class = (0u32..)
            .zip(&self.classes)
            .map(|(row, class)| (class.class, row))
            .collect();
        let counts = self.classes.iter().map(|row| u64::from(row.count));
        self.counted = counts.sum();
    }

    /// The ways around the holders that are left out, if any are.
    pub fn detour(&self) -> Option<Arc<Detour>> {
        let detour = self.detour.lock();
        detour.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Leaves these holders out from now on, on all pages of the dump.
    pub fn take_detour(&self, detour: Option<Arc<Detour>>) {
        *self.detour.lock().unwrap_or_else(PoisonError::into_inner) = detour;
    }

    /// The native contexts as choices of what counts; `None` before [`View::find_realms`].
    pub fn realms(&self) -> Option<&[Realm]> {
        self.realms.get().map(Vec::as_slice)
    }

    /// Finds the native contexts.
    ///
    /// # Errors
    /// When cancelled.
    pub fn find_realms(&self, task: &Task) -> Result<()> {
        if self.realms.get().is_none() {
            let _ = self.realms.set(realms(&self.heap, task)?);
        }
        Ok(())
    }

    /// The dump's label, if it has one, and its name, which whoever runs this program gave it.
    pub fn title(&self, label: Option<&str>) -> Spans {
        let name = short_name(&self.file);
        Spans::new().note(match label {
            Some(label) => format!("{label} {name}"),
            None => name.to_owned(),
        })
    }

    /// Figures about the dump, for headers.
    pub fn facts(&self) -> [Spans; 3] {
        [
            format!("{} heap", bytes(self.total)),
            format!("{} objects", grouped(self.countable)),
            format!("{} file", bytes(self.file_bytes)),
        ]
        .map(|fact| Spans::new().number(fact))
    }

    /// The class here that another dump's class is, if any of its objects count; by name alone where the places of
    /// constructors are of different processes.
    pub fn class_like(&self, class: &Class) -> Option<ClassId> {
        let mut rows = self.classes.iter();
        let found = rows.find(|row| {
            let own = self.heap.class(row.class);
            own.name == class.name && (class.place.is_none() || own.place == class.place)
        });
        found.map(|row| row.class)
    }

    /// The row of a class; `None` for classes none of whose objects count.
    pub fn class_row(&self, class: ClassId) -> Option<&ClassRow> {
        self.classes.get(*self.row_of_class.get(&class)? as usize)
    }

    /// Whether the application's classes come before all others: among what came between dumps these tell most.
    pub fn is_yours_first(&self, order: &Order) -> bool {
        let is_of_some = matches!(self.scope, Scope::Between(..) | Scope::After(_));
        is_of_some && order.key == SortKey::Retained && !order.reverse
    }

    /// The classes that pass the filter. Names that contain what was typed come before those that have its letters
    /// only; within both the columns' order holds.
    pub fn class_list(&self, order: &Order) -> (Vec<u32>, Marks) {
        let mut rows = self.classes.clone();
        summary::sort(&self.heap, &mut rows, order.key, order.reverse);
        if self.is_yours_first(order) {
            let (heap, scripts) = (&*self.heap, self.names.scripts());
            let whose = |row: &ClassRow| origin(heap, scripts, heap.class(row.class), row.first);
            rows.sort_by_cached_key(|row| whose(row) != Origin::Application);
        }
        let query = order.filter.trim();
        if query.is_empty() {
            return (rows.iter().map(|row| row.class.0).collect(), Marks::new());
        }
        let mut found = match_classes(
            &self.heap,
            &rows,
            self.names.originals(),
            query,
            &Pattern::typed(query),
        );
        let lower = query.to_lowercase();
        let contains = |row: usize| {
            let class = self.heap.class(rows[row].class);
            let name = self.names.scripts().class(class).plain();
            name.to_lowercase().contains(&lower)
        };
        found.sort_by_cached_key(|(row, found)| {
            if contains(*row) {
                (0, 0, *row)
            } else {
                (1, -found.score, *row)
            }
        });
        let list = found.iter().map(|(row, _)| rows[*row].class.0).collect();
        let marks = found
            .into_iter()
            .map(|(row, found)| (rows[row].class, found.positions))
            .collect();
        (list, marks)
    }

    /// The object of a class that retains most; of several the one with the smallest id.
    ///
    /// # Errors
    /// When cancelled.
    pub fn largest(&self, class: ClassId, task: &Task) -> Result<Option<NodeId>> {
        let heap = &*self.heap;
        let mut best = None;
        for node in heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if heap.class_id(node) == class
                && heap.shallow(node) > 0
                && self.selection.contains(node)
            {
                let rank = (heap.retained(node), std::cmp::Reverse(heap.id(node)));
                if best.is_none_or(|(other, _)| rank > other) {
                    best = Some((rank, node));
                }
            }
        }
        Ok(best.map(|(_, node)| node))
    }
}
