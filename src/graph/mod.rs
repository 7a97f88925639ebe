//! Compressed sparse rows in both directions, `petgraph`'s visit traits on them, reachability and dominators.
//!
//! This floor knows numbers: no names, no strings, no JavaScript. Parallel edges and self loops are kept. Nothing here
//! recurses, and nothing is quadratic on any shape.
//!
//! - `rows`: [`HeapGraph`], [`NodeId`], [`EdgeId`]; building the retaining rows.
//! - [`petgraph`]: what `petgraph` needs to walk a `&HeapGraph`.
//! - [`ahead`]: what a pass will use, read from the disk in time.
//! - [`bfs`]: what seeds reach.
//! - [`dominators`]: immediate dominators.
//! - [`hubs`]: the few nodes that a large part of all edges lead to.
//! - `pace`: how the loops of these look after cancellation.

pub mod ahead;
pub mod bfs;
pub mod dominators;
pub mod dot;
pub mod hubs;
mod pace;
pub mod petgraph;
mod rows;
#[cfg(test)]
pub(crate) mod testing;

pub use rows::{EdgeId, HeapGraph, NodeId};
