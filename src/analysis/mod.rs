//! Questions asked of a heap, each in its file: pure functions from a [`Heap`](crate::heap::Heap) to rows.
//!
//! Lives here: filters, class rows, instances, fields, retainers, paths, dominators, duplicate strings, search, and
//! what a person wants to read of a node. Does not live here: anything about terminals, threads, files or formats of
//! output, and the rules by which sizes, distances and classes come about (they are the heap's).
//!
//! Orders are Chrome DevTools'. Nothing recurses and nothing is quadratic: what looks at the whole heap is linear, or
//! sorts once.

pub mod describe;
pub mod dominators;
pub mod fields;
pub mod filter;
mod groups;
pub mod objects;
pub mod order;
pub mod paths;
pub mod retainers;
pub mod search;
pub mod selection;
pub mod strings;
pub mod summary;
