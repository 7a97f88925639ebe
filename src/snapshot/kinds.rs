//! Node and edge types.
//!
//! A file numbers its types by the lists in its header. Here every known type has one fixed number, whatever the file
//! says; types that heaptui has never heard of get numbers behind these and keep their names in [`Meta`](super::Meta).

use bytemuck::{Pod, Zeroable};

/// Type of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Pod, Zeroable)]
#[repr(transparent)]
pub struct NodeKind(pub u8);

/// Type of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EdgeKind(pub u8);

/// The names of the known node types, in the order of their numbers here.
pub const NODE_KINDS: [&str; 16] = [
    "hidden",
    "array",
    "string",
    "object",
    "code",
    "closure",
    "regexp",
    "number",
    "native",
    "synthetic",
    "concatenated string",
    "sliced string",
    "symbol",
    "bigint",
    "object shape",
    "wasm object",
];

/// The names of the known edge types, in the order of their numbers here.
pub const EDGE_KINDS: [&str; 8] = [
    "context",
    "element",
    "property",
    "internal",
    "hidden",
    "shortcut",
    "weak",
    "invisible",
];

#[allow(missing_docs)]
impl NodeKind {
    pub const HIDDEN: Self = Self(0);
    pub const ARRAY: Self = Self(1);
    pub const STRING: Self = Self(2);
    pub const OBJECT: Self = Self(3);
    pub const CODE: Self = Self(4);
    pub const CLOSURE: Self = Self(5);
    pub const REGEXP: Self = Self(6);
    pub const NUMBER: Self = Self(7);
    pub const NATIVE: Self = Self(8);
    pub const SYNTHETIC: Self = Self(9);
    pub const CONCATENATED_STRING: Self = Self(10);
    pub const SLICED_STRING: Self = Self(11);
    pub const SYMBOL: Self = Self(12);
    pub const BIGINT: Self = Self(13);
    pub const OBJECT_SHAPE: Self = Self(14);
    pub const WASM_OBJECT: Self = Self(15);

    /// Whether this is one of the three types of strings.
    pub fn is_string(self) -> bool {
        matches!(
            self,
            Self::STRING | Self::CONCATENATED_STRING | Self::SLICED_STRING
        )
    }
}

#[allow(missing_docs)]
impl EdgeKind {
    pub const CONTEXT: Self = Self(0);
    pub const ELEMENT: Self = Self(1);
    pub const PROPERTY: Self = Self(2);
    pub const INTERNAL: Self = Self(3);
    pub const HIDDEN: Self = Self(4);
    pub const SHORTCUT: Self = Self(5);
    pub const WEAK: Self = Self(6);
    pub const INVISIBLE: Self = Self(7);

    /// Whether the name of such an edge is a string (else it is a number).
    #[inline]
    pub fn has_string_name(self) -> bool {
        !matches!(self, Self::ELEMENT | Self::HIDDEN)
    }
}
