//! Growth, and how fast that is.

use std::time::Duration;

use crate::analysis::growth::TELLING;
use crate::text::units::{bytes_delta, pace};

/// "+297 kB, +1.8 MB an hour".
pub(super) fn growth_words(growth: i64, span: Option<Duration>) -> String {
    match span {
        Some(span) if span >= TELLING => {
            format!("{}, {}", bytes_delta(growth), pace(growth, span, TELLING))
        }
        Some(span) => pace(growth, span, TELLING),
        None => bytes_delta(growth),
    }
}
