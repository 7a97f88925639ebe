//! Sampling profiles of allocations (`.heapprofile`): who allocates what was alive when the profile was taken.
//!
//! Lives here: reading a profile into columns, its totals by function, file and package, callers and callees, the icicle
//! layout, search, several profiles merged into one tree, and exports to other tools. Does not live here: heaps and their objects, files'
//! names and times, and anything that knows a terminal.
//!
//! Node, the inspector's `HeapProfiler.stopSampling` and DevTools write the same JSON: a tree of call frames, each with
//! the bytes that were allocated in it and not yet collected. Stacks can be very deep and come from strangers: nothing
//! here recurses.

mod call_site;
pub mod export;
pub mod icicle;
pub mod merge;
mod model;
mod read;
pub mod rows;
pub mod search;
pub mod tree;

pub use call_site::CallSite;
pub use model::{Frame, FunctionId, Profile, ROOT};
pub use rows::{By, Grouping, Origin, Row};
