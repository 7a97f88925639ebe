//! What the passes keep of each number: an ancestor and a label in one word.

/// The immediate dominator of a node that is not reached; no node has this ordinal.
pub const UNREACHED: u32 = u32::MAX;

/// How many links are fetched at once, ahead of the climbs that begin with them.
pub(super) const AHEAD: usize = 64;

/// An ancestor (depth-first number), or something else, and a label in one word: one cache line per hop.
#[inline]
pub(super) fn link(high: u32, label: u32) -> u64 {
    u64::from(high) << 32 | u64::from(label)
}

/// What the upper half of a word is while it is no ancestor.
#[inline]
pub(super) fn high(link: u64) -> u32 {
    (link >> 32) as u32
}

#[inline]
pub(super) fn ancestor(link: u64) -> u32 {
    (link >> 32) as u32
}

#[inline]
pub(super) fn label(link: u64) -> u32 {
    link as u32
}
