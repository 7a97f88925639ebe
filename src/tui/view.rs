//! A dump in view: its heap, its class rows, and the lists that trees are unfolded into.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use crate::analysis::describe::entries;
use crate::analysis::filter::{Filter, Selection, select};
use crate::analysis::objects::instances;
use crate::analysis::pattern::Pattern;
use crate::analysis::search::match_classes;
use crate::analysis::summary::{ClassRow, SortKey};
use crate::analysis::{fields, retainers, summary};
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{Class, ClassId, Heap, NO_DISTANCE};
use crate::index::Front;
use crate::task::{CHECK_EVERY, Task};
use crate::text::escape::one_line;
use crate::text::units::{bytes, grouped};
use crate::tui::naming::{Names, short_name};
use crate::tui::place::DumpId;
use crate::tui::scope::Scope;

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
    /// How many objects there are.
    pub objects: u64,
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
}

/// What the numbers of a branch mean, and what the branch lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Class rows, as class numbers.
    Classes,
    /// The objects of a class, as node numbers.
    Instances(ClassId),
    /// One object by itself, as its node number.
    Object(NodeId),
    /// What an object refers to, as edge numbers.
    Fields(NodeId),
    /// Who refers to an object, as edge numbers.
    Retainers(NodeId),
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A class.
    Class(ClassId),
    /// An object, and the edge that it was reached by.
    Object(NodeId, Option<EdgeId>),
}

/// How a tree is ordered and narrowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// By which column.
    pub key: SortKey,
    /// The other way round.
    pub reverse: bool,
    /// What was typed to find constructors.
    pub filter: String,
    /// Whether weak retainers are listed too.
    pub weak: bool,
}

/// The chain of retainers that unfolds by itself: for each level the list of retaining edges.
#[derive(Debug, Clone)]
pub struct Holders {
    /// Whose retainers they are.
    pub node: NodeId,
    /// The retainers of `node`, of the first of these, and so on.
    pub levels: Vec<Arc<[u32]>>,
}

/// Matched characters of the class rows that a filter found.
pub type Marks = HashMap<ClassId, Vec<usize>>;

/// How many levels of retainers unfold by themselves. DevTools stops at 20; whoever wants more than this unfolds on.
const CHAIN_LEVELS: usize = 500;

impl Source {
    /// What the row with this number is about.
    pub fn subject(self, heap: &Heap, value: u32) -> Subject {
        match self {
            Self::Classes => Subject::Class(ClassId(value)),
            Self::Instances(_) | Self::Object(_) => Subject::Object(NodeId(value), None),
            Self::Fields(_) => {
                let edge = EdgeId(value);
                Subject::Object(heap.graph().target(edge), Some(edge))
            }
            Self::Retainers(_) => {
                let edge = EdgeId(value);
                Subject::Object(heap.graph().source(edge), Some(edge))
            }
        }
    }

    /// What the row unfolds into, if into anything.
    pub fn below(self, heap: &Heap, value: u32) -> Option<Self> {
        match (self, self.subject(heap, value)) {
            (_, Subject::Class(class)) => Some(Self::Instances(class)),
            (Self::Retainers(_), Subject::Object(node, _)) => {
                let mut holders = heap
                    .graph()
                    .edges_into(node)
                    .map(|edge| heap.graph().source(edge));
                let held = node != heap.root() && holders.any(|holder| holder != heap.root());
                held.then_some(Self::Retainers(node))
            }
            (_, Subject::Object(node, _)) => {
                (!heap.graph().edge_range(node).is_empty()).then_some(Self::Fields(node))
            }
        }
    }
}

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
            objects: heap.node_count() as u64,
            heap,
            names,
        };
        view.count(task)?;
        view.countable = view.counted;
        Ok(view)
    }

    /// What the front of a dump's index has for the screen.
    pub fn of_front(dump: DumpId, (file, file_bytes): (String, u64), front: Front) -> Self {
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
            objects: front.nodes,
            heap: Arc::new(front.outline()),
            names: Arc::new(Names::of_scripts(front.scripts())),
            classes: front.rows,
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

    /// The dump's label, if it has one, and its name; safe for a terminal.
    pub fn title(&self, label: Option<&str>) -> String {
        let name = one_line(short_name(&self.file));
        match label {
            Some(label) => format!("{label} {name}"),
            None => name.into_owned(),
        }
    }

    /// Figures about the dump, for headers.
    pub fn facts(&self) -> [String; 3] {
        [
            format!("{} heap", bytes(self.total)),
            format!("{} objects", grouped(self.objects)),
            format!("{} file", bytes(self.file_bytes)),
        ]
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

    /// The row of a class; nothing for classes none of whose objects count.
    pub fn class_row(&self, class: ClassId) -> Option<&ClassRow> {
        self.classes.get(*self.row_of_class.get(&class)? as usize)
    }

    /// Makes the list of a branch, in the order asked for.
    ///
    /// # Errors
    /// When cancelled.
    pub fn list(&self, source: Source, order: &Order, task: &Task) -> Result<(Vec<u32>, Marks)> {
        let heap = &*self.heap;
        let plain = |edges: Vec<EdgeId>| edges.into_iter().map(|edge| edge.0).collect();
        let list = match source {
            Source::Classes => return Ok(self.class_list(order)),
            Source::Object(node) => vec![node.0],
            Source::Instances(class) => {
                let nodes =
                    instances(heap, class, &self.selection, order.key, order.reverse, task)?;
                nodes.into_iter().map(|node| node.0).collect()
            }
            Source::Fields(node) => {
                let mut list = self.entries(node, task)?;
                let fields = fields::fields(heap, node, task)?;
                list.extend(fields.into_iter().map(|edge| edge.0));
                list
            }
            Source::Retainers(node) => plain(retainers::retainers(heap, node, order.weak, task)?),
        };
        Ok((list, Marks::new()))
    }

    /// The entries of a Map, Set or array that are not among its own references, as edges of its backing store.
    fn entries(&self, node: NodeId, task: &Task) -> Result<Vec<u32>> {
        let own = self.heap.graph().edge_range(node);
        let entries = entries(&self.heap, node, task)?.unwrap_or_default();
        let edges = entries.iter().filter_map(|entry| entry.value.or(entry.key));
        Ok(edges
            .filter(|edge| !own.contains(&edge.index()))
            .map(|edge| edge.0)
            .collect())
    }

    /// The classes that pass the filter. Names that contain what was typed come before those that have its letters
    /// only; within both the columns' order holds.
    pub fn class_list(&self, order: &Order) -> (Vec<u32>, Marks) {
        let mut rows = self.classes.clone();
        summary::sort(&self.heap, &mut rows, order.key, order.reverse);
        let query = order.filter.trim();
        if query.is_empty() {
            return (rows.iter().map(|row| row.class.0).collect(), Marks::new());
        }
        let mut found = match_classes(&self.heap, &rows, query, &Pattern::typed(query));
        let lower = query.to_lowercase();
        let contains = |row: usize| {
            let name = &self.heap.class(rows[row].class).name;
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

    /// The retainers of a node along the chain that DevTools unfolds: first row, its first row, and so on while
    /// there are steps to the root left and the row is not above itself.
    ///
    /// # Errors
    /// When cancelled.
    pub fn holders(&self, node: NodeId, weak: bool, task: &Task) -> Result<Holders> {
        let heap = &*self.heap;
        let mut levels = Vec::new();
        let mut above = HashSet::from([node]);
        let mut current = node;
        while levels.len() < CHAIN_LEVELS {
            let list = retainers::retainers(heap, current, weak, task)?;
            let first = list.first().map(|&edge| heap.graph().source(edge));
            levels.push(list.into_iter().map(|edge| edge.0).collect());
            let Some(holder) = first else { break };
            let distance = heap.distance(holder);
            if distance <= 1 || distance == NO_DISTANCE || !above.insert(holder) {
                break;
            }
            current = holder;
        }
        Ok(Holders { node, levels })
    }
}
