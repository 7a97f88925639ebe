//! DevTools' model of a heap: what the columns of a snapshot mean.
//!
//! Lives here: detachedness, page ownership, essential edges, moved shallow sizes, distances, dominators' sizes, names
//! and classes, statistics; each rule in its file. [`Heap`] ties columns and graph together and answers questions
//! about one node or one edge at a time. Does not live here: questions over many nodes that a screen or a command asks
//! (they are analysis), and anything that formats for people.
//!
//! Numbers equal Chrome DevTools'; where a rule looks odd, it is DevTools' own.

mod ahead;
mod beside;
mod build;
mod classes;
pub mod contexts;
mod detached;
mod distance_column;
mod distances;
mod dominated;
mod early;
pub mod ephemerons;
mod essential;
mod footprint;
mod interfaces;
mod names;
mod pace;
mod pages;
mod reclassify;
mod retained;
mod rope_texts;
mod ropes;
mod shallow;
mod sorted;
mod statistics;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod well_known;

pub(crate) use distance_column::Distances;
pub use distance_column::{NO_DISTANCE, SYSTEM_DISTANCE, shown_distance};
pub use distances::Detour;
pub use dominated::Dominated;
pub(crate) use early::Looks;
pub use early::{Early, EarlyRow, Stage};
pub use interfaces::Interface;
pub use reclassify::{Classing, Definition};

use std::borrow::Cow;
use std::sync::OnceLock;

use rope_texts::Ropes;

use crate::column::{Bits, Column, Numbers, Sizes};
use crate::graph::{EdgeId, HeapGraph, NodeId};
use crate::snapshot::{EdgeKind, EdgeLabels, Location, Meta, NodeKind, Sample, StrId, Strings};

/// A snapshot with everything that DevTools computes of it.
#[derive(Debug, Default)]
pub struct Heap {
    pub(crate) meta: Meta,
    pub(crate) graph: HeapGraph,
    pub(crate) strings: Strings,
    pub(crate) node_kind: Column<NodeKind>,
    pub(crate) node_name: Column<u32>,
    pub(crate) node_id: Column<u32>,
    pub(crate) trace_node: Option<Column<u32>>,
    pub(crate) edge_labels: EdgeLabels,
    pub(crate) locations: Column<Location>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) warnings: Vec<String>,
    pub(crate) bytes: u64,
    /// DOM state after propagation: 0 unknown, 1 attached, 2 detached; plus [`RENAMED`]. Empty when all are 0.
    pub(crate) dom_state: Column<u8>,
    pub(crate) shallow: Sizes,
    pub(crate) retained: Sizes,
    pub(crate) dominator: Column<u32>,
    pub(crate) distance: Distances,
    pub(crate) class: Numbers,
    pub(crate) classes: Vec<Class>,
    pub(crate) statistics: Statistics,
    /// The edges that dominators see.
    pub(crate) essential: Bits,
    /// Definitions of plain objects' classes, most frequent first.
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) words: well_known::Words,
    /// Built when a rope's text is first asked for.
    pub(crate) ropes: OnceLock<Ropes>,
    /// Built when somebody first asks whom a node dominates.
    pub(crate) dominated: OnceLock<Dominated>,
}

/// Flag in the DOM-state column: the node's name has `Detached ` put before it.
pub(crate) const RENAMED: u8 = 0x80;

/// A class: what DevTools makes one row of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Class {
    /// The constructor, type or interface: `Array`, `(string)`, `{a, b}`.
    pub name: String,
    /// Where the constructor was written, for objects that have it. Same-named classes of other places are others.
    pub place: Option<Place>,
}

/// Index into [`Heap::classes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

/// A place in a script, as the file has it: line and column from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// V8's number of the script.
    pub script_id: u32,
    /// Line, from 0.
    pub line: u32,
    /// Column, from 0.
    pub column: u32,
}

/// The name of an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EdgeName<'a> {
    /// An element's index or a hidden edge's number.
    Index(u32),
    /// A property, variable or internal name.
    Text(Cow<'a, str>),
}

impl std::fmt::Display for EdgeName<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Index(index) => index.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// The figures of DevTools' Statistics view, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Everything, with `extra_native_bytes`.
    pub total: u64,
    /// Everything but native.
    pub v8_heap: u64,
    /// Compiled code.
    pub code: u64,
    /// Strings of all kinds.
    pub strings: u64,
    /// Arrays and their backing stores.
    pub js_arrays: u64,
    /// Buffers' data.
    pub typed_arrays: u64,
    /// Hidden nodes.
    pub system: u64,
    /// What is left of the V8 heap.
    pub other_js: u64,
    /// Native nodes and `extra_native_bytes`.
    pub native: u64,
    /// Native without typed arrays.
    pub other_native: u64,
}

/// One node or edge at a time.
impl Heap {
    /// The header.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The graph, for petgraph's algorithms and for walking.
    pub fn graph(&self) -> &HeapGraph {
        &self.graph
    }

    /// The string table.
    pub fn strings(&self) -> &Strings {
        &self.strings
    }

    /// Oddities that were tolerated when the file was read.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Size of the snapshot's JSON text, in bytes.
    pub fn file_bytes(&self) -> u64 {
        self.bytes
    }

    /// How many nodes.
    pub fn node_count(&self) -> usize {
        self.node_kind.len()
    }

    /// How many edges.
    pub fn edge_count(&self) -> usize {
        self.edge_labels.len()
    }

    /// The root.
    pub fn root(&self) -> NodeId {
        NodeId(self.meta.root)
    }

    /// A node's type.
    #[inline]
    pub fn kind(&self, node: NodeId) -> NodeKind {
        self.node_kind[node.index()]
    }

    /// The name of a node's type, as in the file: `object`, `concatenated string`.
    pub fn kind_name(&self, node: NodeId) -> &str {
        self.meta.node_kind_name(self.kind(node))
    }

    /// A node's object id.
    #[inline]
    pub fn id(&self, node: NodeId) -> u32 {
        self.node_id[node.index()]
    }

    /// The string index of a node's name, before any renaming.
    #[inline]
    pub fn name_id(&self, node: NodeId) -> StrId {
        StrId(self.node_name[node.index()])
    }

    /// A node's raw name, with `Detached ` before it where the DOM state calls for it.
    pub fn raw_name(&self, node: NodeId) -> Cow<'_, str> {
        let name = self.strings.get(self.name_id(node));
        if self.is_renamed(node) {
            Cow::Owned(format!("Detached {name}"))
        } else {
            name
        }
    }

    /// DOM state: 0 unknown, 1 attached, 2 detached.
    pub fn detachedness(&self, node: NodeId) -> u8 {
        self.dom_state_of(node) & !RENAMED
    }

    /// Whether `Detached ` is put before a node's name.
    #[inline]
    pub(crate) fn is_renamed(&self, node: NodeId) -> bool {
        self.dom_state_of(node) & RENAMED != 0
    }

    #[inline]
    fn dom_state_of(&self, node: NodeId) -> u8 {
        self.dom_state.get(node.index()).copied().unwrap_or(0)
    }

    /// Shallow size in bytes, after engine internals gave theirs to their owners.
    #[inline]
    pub fn shallow(&self, node: NodeId) -> u64 {
        self.shallow.get(node.index())
    }

    /// Retained size in bytes.
    #[inline]
    pub fn retained(&self, node: NodeId) -> u64 {
        self.retained.get(node.index())
    }

    /// Raw distance; see [`NO_DISTANCE`], [`SYSTEM_DISTANCE`] and [`shown_distance`].
    #[inline]
    pub fn distance(&self, node: NodeId) -> i32 {
        self.distance.get(node.index())
    }

    /// The immediate dominator; the root's is the root.
    #[inline]
    pub fn dominator(&self, node: NodeId) -> NodeId {
        NodeId(self.dominator[node.index()])
    }

    /// The class of a node.
    #[inline]
    pub fn class_id(&self, node: NodeId) -> ClassId {
        ClassId(self.class.get(node.index()))
    }

    /// A class.
    #[inline]
    pub fn class(&self, class: ClassId) -> &Class {
        &self.classes[class.0 as usize]
    }

    /// All classes, by [`ClassId`].
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// A node's class name.
    pub fn class_name(&self, node: NodeId) -> &str {
        &self.class(self.class_id(node)).name
    }

    /// Where a closure, or an object's constructor, was written.
    pub fn place(&self, node: NodeId) -> Option<Place> {
        let end = self
            .locations
            .partition_point(|location| location.node <= node.0);
        let location = self.locations.get(end.checked_sub(1)?)?;
        (location.node == node.0).then_some(Place {
            script_id: location.script_id,
            line: location.line,
            column: location.column,
        })
    }

    /// An edge's type.
    #[inline]
    pub fn edge_kind(&self, edge: EdgeId) -> EdgeKind {
        self.edge_labels.kind(edge.index())
    }

    /// The name of an edge's type, as in the file.
    pub fn edge_kind_name(&self, edge: EdgeId) -> &str {
        self.meta.edge_kind_name(self.edge_kind(edge))
    }

    /// An edge's name.
    pub fn edge_name(&self, edge: EdgeId) -> EdgeName<'_> {
        let kind = self.edge_kind(edge);
        let number = self.edge_labels.name(edge.index());
        if !kind.has_string_name() {
            return EdgeName::Index(number);
        }
        let text = self.strings.get(StrId(number));
        if kind == EdgeKind::SHORTCUT {
            let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if let Ok(index) = text[..digits].parse() {
                return EdgeName::Index(index);
            }
        }
        EdgeName::Text(text)
    }

    /// The string index of an edge's name; nothing for edges that have numbers.
    #[inline]
    pub fn edge_name_id(&self, edge: EdgeId) -> Option<StrId> {
        self.edge_kind(edge)
            .has_string_name()
            .then(|| StrId(self.edge_labels.name(edge.index())))
    }

    /// Whether an edge keeps its target alive as far as dominators and retained sizes are concerned.
    #[inline]
    pub fn is_essential(&self, edge: EdgeId) -> bool {
        self.essential.contains(edge.index())
    }

    /// The definitions that plain objects of this heap are classed by, most frequent first.
    pub fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// DevTools' Statistics view.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// The largest odd object id, which bounds what was allocated before this snapshot.
    pub fn max_object_id(&self) -> u32 {
        self.node_id
            .iter()
            .copied()
            .filter(|id| id % 2 == 1)
            .max()
            .unwrap_or(0)
    }

    /// The node with this object id; of several the first.
    pub fn find_id(&self, id: u32) -> Option<NodeId> {
        self.node_id
            .iter()
            .position(|&candidate| candidate == id)
            .map(|index| NodeId(index as u32))
    }

    /// Allocation samples of a timeline.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// The allocation stack that a node was made by, where that was recorded.
    pub fn trace_node(&self, node: NodeId) -> Option<u32> {
        self.trace_node.as_ref().map(|column| column[node.index()])
    }
}
