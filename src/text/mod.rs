//! Text for people: figures with units, escaping of untrusted text, widths and cutting.
pub mod escape;
pub mod units;
