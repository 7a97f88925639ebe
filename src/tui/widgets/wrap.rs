//! Sentences on several lines.

pub use crate::text::wrap::wrap;
