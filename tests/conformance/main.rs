//! Our numbers against Chrome DevTools' own, which were written down by running its code on the same snapshots.
//!
//! `tests/data` holds a few dumps and two hundred small made-up snapshots full of odd cases. To compare more, name a
//! folder of dumps with their `devtools.json.gz` files in `HEAPTUI_FIXTURES`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod comparisons;
mod data;
mod dumps;
mod oracle;
mod random;
mod rows;
mod trends;
