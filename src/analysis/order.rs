//! By what rows are ordered.

use std::cmp::Ordering;

/// By what rows or objects are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SortKey {
    /// Largest retained size first.
    #[default]
    Retained,
    /// Largest shallow size first.
    Shallow,
    /// Most objects first.
    Count,
    /// Nearest to the application's roots first.
    Distance,
    /// By name.
    Name,
}

impl SortKey {
    /// What settings, questions and options call them.
    pub const NAMED: [(&str, Self); 5] = [
        ("retained", Self::Retained),
        ("shallow", Self::Shallow),
        ("count", Self::Count),
        ("distance", Self::Distance),
        ("name", Self::Name),
    ];
}

/// An ordering, turned round when asked.
pub(crate) fn turned(ordering: Ordering, reverse: bool) -> Ordering {
    if reverse {
        ordering.reverse()
    } else {
        ordering
    }
}
