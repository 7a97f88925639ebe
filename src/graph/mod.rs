//! Compressed sparse rows in both directions, `petgraph`'s visit traits on them, and dominators.
//!
//! This floor knows numbers: no names, no strings, no JavaScript. Parallel edges and self loops are kept. Nothing here
//! recurses, and nothing is quadratic on any shape.

mod rows;

pub use rows::{EdgeId, HeapGraph, NodeId};
