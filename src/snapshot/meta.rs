//! The header: what the numbers of a file are called.

use super::kinds::{EDGE_KINDS, EdgeKind, NODE_KINDS, NodeKind};

/// What the header (`snapshot`) says.
#[derive(Debug, Clone, Default)]
pub struct Meta {
    /// `node_count` as the header has it; never trusted.
    pub node_count: u64,
    /// `edge_count` as the header has it; never trusted.
    pub edge_count: u64,
    /// `trace_function_count`; above 0 when allocation stacks were recorded.
    pub trace_function_count: u64,
    /// Ordinal of the root node.
    pub root: u32,
    /// `extra_native_bytes`: bytes outside the heap that count to native and total.
    pub extra_native_bytes: u64,
    /// Whether nodes carry a `detachedness` field.
    pub has_detachedness: bool,
    /// Names of node types that heaptui does not know, from number 16 on.
    pub other_node_kinds: Vec<String>,
    /// Names of edge types that heaptui does not know, from number 8 on.
    pub other_edge_kinds: Vec<String>,
}

impl Meta {
    /// The name of a node type.
    pub fn node_kind_name(&self, kind: NodeKind) -> &str {
        name(&NODE_KINDS, &self.other_node_kinds, kind.0)
    }

    /// The name of an edge type.
    pub fn edge_kind_name(&self, kind: EdgeKind) -> &str {
        name(&EDGE_KINDS, &self.other_edge_kinds, kind.0)
    }
}

fn name<'a>(known: &[&'a str], others: &'a [String], number: u8) -> &'a str {
    let number = usize::from(number);
    known
        .get(number)
        .copied()
        .or_else(|| others.get(number - known.len()).map(String::as_str))
        .unwrap_or("unknown")
}
