//! A file becomes columns.
//!
//! Lives here: where bytes come from (plain, gzip, zstd), the header, the scanners for numbers and strings, the checks
//! that a file is whole and consistent, and the way from a file to the same file without its texts (`redact`). Does not
//! live here: what the numbers mean — sizes, graphs and names of classes are the business of the floors above.
//!
//! Numbers are nine tenths of a file. `numbers` cuts their arrays into blocks for several threads, `spans` finds where
//! numbers end, `digits` makes values of them, and `tables` and `locations` put these into columns.
//!
//! Every field is found by its name in `snapshot.meta`; nothing of a file is trusted to size an allocation or to index
//! a slice before it was checked.

mod ahead;
mod check;
mod columns;
mod digits;
mod foreign;
pub mod kinds;
pub mod labels;
mod layout;
mod locations;
pub mod meta;
mod numbers;
pub(crate) mod opening;
pub mod pairs;
mod probe;
mod read;
mod redact;
mod sample;
pub mod scopes;
mod sections;
pub mod source;
mod spans;
pub(crate) mod stream;
pub mod strings;
mod tables;
pub(crate) mod text;
pub mod traces;
mod truncated;

pub use ahead::FirstNodes;
pub use kinds::{EdgeKind, NodeKind};
pub use labels::EdgeLabels;
pub use meta::Meta;
pub use probe::{Probe, probe};
pub use redact::{KeptNames, Redacted, redact, redact_into};
pub use strings::{StrId, Strings};

use bytemuck::{Pod, Zeroable};

use crate::column::{Column, Sizes};

/// A heap snapshot as columns, checked: every index in it is in range.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The header.
    pub meta: Meta,
    /// One entry per node.
    pub nodes: Nodes,
    /// One entry per edge.
    pub edges: Edges,
    /// Source places, ordered by node; the last one of a node counts.
    pub locations: Column<Location>,
    /// Allocation samples of a timeline: (time in µs, last assigned object id).
    pub samples: Vec<Sample>,
    /// The string table.
    pub strings: Strings,
    /// Oddities that were tolerated, in words for people.
    pub warnings: Vec<String>,
    /// Size of the JSON text in bytes, after decompression.
    pub bytes: u64,
}

/// The node columns.
#[derive(Debug, Default)]
pub struct Nodes {
    /// Type.
    pub kind: Column<NodeKind>,
    /// Raw name: an index into the string table.
    pub name: Column<u32>,
    /// Object id, stable over the dumps of one process.
    pub id: Column<u32>,
    /// Self size in bytes, as in the file.
    pub self_size: Sizes,
    /// Where the edges of each node begin; one entry more than there are nodes.
    pub first_edge: Column<u32>,
    /// DOM state (0 unknown, 1 attached, 2 detached), where the file has it.
    pub detachedness: Option<Column<u8>>,
    /// Allocation stack, where the file has any.
    pub trace_node: Option<Column<u32>>,
}

/// The edge columns, grouped by source node.
#[derive(Debug, Default)]
pub struct Edges {
    /// Type and name.
    pub labels: EdgeLabels,
    /// Target: a node ordinal (0, 1, 2, …), not the file's offset.
    pub to: Column<u32>,
}

/// Where in a script an object's constructor or a closure was written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Pod, Zeroable)]
#[repr(C)]
pub struct Location {
    /// Node ordinal.
    pub node: u32,
    /// V8's number of the script.
    pub script_id: u32,
    /// Line, from 0.
    pub line: u32,
    /// Column, from 0.
    pub column: u32,
}

/// One sample of an allocation timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Time in µs since the recording began.
    pub timestamp_us: u64,
    /// The largest object id given out until then.
    pub last_assigned_id: u32,
}

impl Snapshot {
    /// How many nodes.
    pub fn node_count(&self) -> usize {
        self.nodes.kind.len()
    }

    /// How many edges.
    pub fn edge_count(&self) -> usize {
        self.edges.to.len()
    }
}
