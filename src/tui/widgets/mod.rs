//! Pieces that screens are made of. They know rows, columns and keys; nothing of heaps and dumps.

pub mod footer;
pub mod icicle;
pub mod label;
pub mod lazy_tree;
pub mod list;
pub mod outline;
pub mod popup;
pub mod prompt;
pub mod table;
pub mod wrap;
