//! What was read of a file, section by section, before it is known whether the sections fit together.

use super::strings::Strings;
use super::{Edges, Location, Nodes, Sample};

/// The sections that were read, before they are checked against each other.
#[derive(Default)]
pub(super) struct Sections {
    pub nodes: Option<ReadNodes>,
    pub edges: Option<ReadEdges>,
    /// Part by part, as blocks of the file brought them.
    pub locations: Option<Vec<Vec<Location>>>,
    pub samples: Option<Vec<Sample>>,
    pub strings: Option<Strings>,
}

/// The node columns as read; `first_edge` still holds counts.
pub(super) struct ReadNodes {
    pub columns: Nodes,
    pub negative_sizes: u64,
    /// How many object ids do not fit 32 bits.
    pub wide_ids: u64,
    pub greatest_name: u32,
}

/// The edge columns as read.
pub(super) struct ReadEdges {
    pub columns: Edges,
    /// Of those that are indices into the string table.
    pub greatest_name: u32,
    pub greatest_target: u32,
}
