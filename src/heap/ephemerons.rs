//! Entries of weak maps, as edge names tell them.
//!
//! V8 writes two internal edges to the value of each entry, one from the key and one from the table, both named
//! `N / part of key (… @ID) -> value (… @ID) pair in WeakMap (table @ID)`. Everything behind the number is the same on
//! both and so tells which edges are twins. A name with a line break in it does not count, as in DevTools.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use crate::column::{BitSet, room};
use crate::error::Result;
use crate::graph::NodeId;
use crate::graph::ahead::Ahead;
use crate::memory::near;
use crate::snapshot::pairs::{KEY, parse};
use crate::snapshot::{StrId, Strings};
use crate::task::Task;

use super::pace::Pace;

/// One of the strings that name a weak map's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ephemeron {
    /// Object id of the table.
    pub(super) table: Option<u32>,
    /// The same number for twins and only for them, below [`Ephemerons::pairs`].
    pub(super) pair: u32,
}

/// Which strings name entries of weak maps: decided once a string instead of once an edge.
#[derive(Debug, Default)]
pub(super) struct Ephemerons {
    is_one: BitSet,
    /// The strings, ascending.
    strings: Vec<u32>,
    /// What each of them says.
    entries: Vec<Ephemeron>,
    /// How many pairs there are.
    pub(super) pairs: usize,
}

impl Ephemerons {
    /// Looks at every string once.
    pub(super) fn find(strings: &Strings, task: &Task) -> Result<Self> {
        let mut ahead = ahead(strings);
        let mut pace = Pace::stage(task, "looking for weak maps", strings.len());
        let mut candidates = Vec::new();
        for index in 0..strings.len() as u32 {
            pace.step(1)?;
            ahead.at(NodeId(index));
            if may_be_one(strings.raw(StrId(index))) {
                candidates.push(index);
            }
        }
        Self::among(strings, &candidates, task)
    }

    /// Looks at those strings only that [may be one](may_be_one), which ascend.
    pub(super) fn among(strings: &Strings, candidates: &[u32], task: &Task) -> Result<Self> {
        let mut ahead = ahead(strings);
        let mut pace = Pace::stage(task, "looking for weak maps", candidates.len());
        let mut found = Self {
            is_one: BitSet::new(strings.len()),
            strings: near(|| room(candidates.len())),
            entries: near(|| room(candidates.len())),
            pairs: 0,
        };
        // Twins are told by a hash with a random key: no need to hold millions of texts.
        let hasher = RandomState::default();
        let mut hashes: Vec<(u64, u32)> = near(|| room(candidates.len()));
        for &index in candidates {
            pace.step(1)?;
            ahead.at(NodeId(index));
            if let Some(name) = parse(&strings.get(StrId(index))) {
                found.is_one.insert(index as usize);
                found.strings.push(index);
                found.entries.push(Ephemeron {
                    table: name.table,
                    pair: 0,
                });
                hashes.push((hasher.hash_one(name.shared), hashes.len() as u32));
            }
        }
        hashes.sort_unstable();
        for twins in hashes.chunk_by(|a, b| a.0 == b.0) {
            for &(_, entry) in twins {
                found.entries[entry as usize].pair = found.pairs as u32;
            }
            found.pairs += 1;
        }
        Ok(found)
    }

    /// What a string says, if it names such an entry.
    #[inline]
    pub(super) fn get(&self, string: StrId) -> Option<Ephemeron> {
        if !self.is_one.contains(string.0 as usize) {
            return None;
        }
        let at = self.strings.binary_search(&string.0).ok()?;
        self.entries.get(at).copied()
    }
}

/// For passes over strings, which read ahead as those over nodes do.
fn ahead(strings: &Strings) -> Ahead<'_> {
    let (text, ends) = strings.parts();
    Ahead::of_rows(ends).edges(text.unwrap_or_default())
}

/// A look at the JSON text that spares nearly all strings the decoding.
pub(super) fn may_be_one(raw: &[u8]) -> bool {
    // Digits come first, as they are or escaped; what is written in fewer characters has no room for the rest.
    if raw.len() <= KEY.len() || !matches!(raw.first(), Some(b'0'..=b'9' | b'\\')) {
        return false;
    }
    let digits = raw.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &raw[digits..];
    let start = &rest[..rest.len().min(KEY.len())];
    start.contains(&b'\\') || (digits > 0 && start == KEY.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_twins() {
        let part = " / part of key (F @3) -> value (V @5) pair in WeakMap (table @7)";
        let other = " / part of key (F @3) -> value (V @9) pair in WeakMap (table @7)";
        let texts = [
            "12".to_owned(),
            format!("1{part}"),
            format!("2{other}"),
            format!("33{part}"),
        ];
        let found = Ephemerons::find(&Strings::from_texts(texts), &Task::new()).unwrap();
        let pair = |index| found.get(StrId(index)).map(|entry| entry.pair);
        assert_eq!(pair(0), None);
        assert_eq!(pair(1), pair(3));
        assert_ne!(pair(1), pair(2));
        assert_eq!(found.pairs, 2);
    }
}
