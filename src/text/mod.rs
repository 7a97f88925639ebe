//! Text for people: untrusted text made safe, figures with units, terminal columns, JavaScript's string order.
//!
//! Lives here: pure functions from text or numbers to text. Does not live here: anything that knows what a heap, a
//! dump or a terminal is.
//!
//! Text from a dump passes [`escape`] before it is printed or measured; [`width`] then cuts what is safe already.

pub mod code;
pub(crate) mod engine;
pub mod escape;
pub mod literals;
pub mod mask;
pub mod order;
pub mod place;
pub mod size;
pub mod span;
pub mod units;
pub mod width;
mod words;
pub mod wrap;
