//! What was computed of a dump, written once and mapped into memory the next time.
//!
//! An index is one file in the user's cache folder: a front with everything that lists, first screens and growth show,
//! and behind it the heap's columns. The front is read and checked as a whole. A column is checked when the heap is
//! entered, and then read from the mapping; those that would make the file too long are packed, and unpacked into
//! memory. Strings stay in the dump where they stand there as V8 writes them.
//!
//! Lives here: the format, which dump an index is of, the folder and its limit. Does not live here: when indexes are
//! written and used, which is up to whoever loads heaps.
//!
//! An index is used only if it is whole, of this version and byte order, its user's own, and of the very dump: of the
//! same path, size, time and parts. A dump without one is loaded, so nothing here is an error that anybody has to see,
//! but for the reason why none was written.

mod bytes;
mod cache;
mod columns;
mod folder;
mod format;
mod hash;
mod header;
mod key;
mod packing;
mod sections;
mod shared;
#[cfg(test)]
mod tests;
mod write;

pub use cache::{Cache, Entry, Loaded};
pub use header::IndexHeader;
pub use key::Key;
pub use shared::SharedHeaps;
pub use write::Kept;
