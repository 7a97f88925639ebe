//! Questions asked of one heap or several, each in its file: pure functions from a [`Heap`](crate::heap::Heap) to rows.
//!
//! One heap: filters, class rows, instances, fields, retainers, engine internals, paths and their repetitions, why an object
//! is alive, dominators, strings, search, the details of a node. Several heaps: comparison, growth, suspects, whether ids
//! can be compared; these work on small extracts, so that a graph can be freed before the next is loaded. Terminals,
//! threads, files and output formats are elsewhere; sizes, distances and classes are computed in the heap.
//!
//! Orders are Chrome DevTools'. Nothing recurses and nothing is quadratic: what looks at the whole heap is linear, or
//! sorts once.

pub mod allocated;
pub mod allocations;
pub mod chains;
pub mod closures;
pub mod collections;
pub mod columns;
pub mod comparable;
pub mod composition;
pub mod describe;
pub mod diff;
pub mod dominator_profile;
pub mod dominators;
pub mod fields;
pub mod filter;
pub mod find;
pub mod groups;
pub mod growth;
pub mod hops;
pub mod inspect;
pub mod internals;
pub mod ledger;
pub mod makers;
pub mod objects;
pub mod of_function;
pub mod order;
pub mod originals;
pub mod owners;
pub mod paths;
pub mod pattern;
pub mod profiles;
pub(crate) mod retained_sums;
pub mod retainers;
pub mod search;
pub mod selection;
pub mod strings;
pub mod summary;
pub mod suspects;
pub mod texts;
pub mod unused;
pub mod what_if;
pub mod why;
