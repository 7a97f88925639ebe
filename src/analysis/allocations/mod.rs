//! Recorded allocations: what was allocated when, and by which functions.
//!
//! Lives here: the allocation timeline ([`timeline`]) and the stacks that a dump with recorded allocations has
//! ([`stacks`]), both by DevTools' rules. Sampling profiles are [`profile`](crate::profile)'s; stacks become one, so
//! that trees, icicles and exports are the same for both.

pub mod stacks;
pub mod timeline;

pub use stacks::{Allocator, Stacks};
pub use timeline::{Bar, Timeline};
