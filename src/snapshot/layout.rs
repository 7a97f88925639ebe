//! How the rows of a file's arrays are laid out, as its header names the fields.

use crate::error::{Error, Result};

/// How the rows of a file's arrays are laid out.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub node: Vec<Field>,
    pub edge: Vec<Field>,
    pub location: Vec<Field>,
    pub sample: Vec<Field>,
    /// The file's numbers of node types, as [`NodeKind`](super::NodeKind)s.
    pub node_kinds: Vec<u8>,
    /// The file's numbers of edge types, as [`EdgeKind`](super::EdgeKind)s.
    pub edge_kinds: Vec<u8>,
}

/// What a number in a row means; fields that nobody needs are read over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Kind,
    Name,
    Id,
    SelfSize,
    EdgeCount,
    TraceNode,
    Detachedness,
    To,
    Node,
    ScriptId,
    Line,
    Column,
    Timestamp,
    LastId,
    Unknown,
}

impl Field {
    /// The field of this name in the header's lists.
    pub fn named(name: &str) -> Self {
        match name {
            "type" => Self::Kind,
            "name" | "name_or_index" => Self::Name,
            "id" => Self::Id,
            "self_size" => Self::SelfSize,
            "edge_count" => Self::EdgeCount,
            "trace_node_id" => Self::TraceNode,
            "detachedness" => Self::Detachedness,
            "to_node" => Self::To,
            "object_index" => Self::Node,
            "script_id" => Self::ScriptId,
            "line" => Self::Line,
            "column" => Self::Column,
            "timestamp_us" => Self::Timestamp,
            "last_assigned_id" => Self::LastId,
            _ => Self::Unknown,
        }
    }
}

/// Turns offsets into the flat array of nodes into ordinals.
pub(super) struct Ordinal {
    fields: u64,
    /// The number whose product with the fields' odd part is 1 modulo 2⁶⁴.
    inverse: u64,
    /// How often 2 divides the fields.
    twos: u32,
}

impl Ordinal {
    pub(super) fn new(fields: u32) -> Self {
        let fields = u64::from(fields.max(1));
        let twos = fields.trailing_zeros();
        let odd = fields >> twos;
        // Newton's way: right in three bits at first, in twice as many with each step.
        let better =
            |inverse: u64, _| inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
        Self {
            fields,
            inverse: (0..5).fold(odd, better),
            twos,
        }
    }

    /// The ordinal.
    ///
    /// # Errors
    /// One that tells where this is no multiple.
    #[inline]
    pub(super) fn of(&self, offset: u64, at: u64) -> Result<u32> {
        self.exactly(offset)
            .ok_or_else(|| self.no_multiple(offset, at))
    }

    /// The ordinal, unless this is no multiple.
    #[inline(always)]
    pub(super) fn exactly(&self, offset: u64) -> Option<u32> {
        // Of a multiple this is the quotient. What is no multiple gives more than 2⁶⁴ divided by the fields, which is
        // more than 32 bits. A division takes several times as long.
        let ordinal = offset.wrapping_mul(self.inverse).rotate_right(self.twos);
        u32::try_from(ordinal).ok()
    }

    #[cold]
    fn no_multiple(&self, offset: u64, at: u64) -> Error {
        Error::malformed(
            at,
            format!(
                "an edge's to_node is {offset}, which is no multiple of the {} fields of a node",
                self.fields
            ),
        )
    }
}
