//! Entries of weak maps, as edge names tell them.
//!
//! V8 writes two internal edges to the value of each entry, one from the key and one from the table, both named
//! `N / part of key (… @ID) -> value (… @ID) pair in WeakMap (table @ID)`. Everything behind the number is the same on
//! both and so tells which edges are twins. A name with a line break in it does not count, as in DevTools.

use std::hash::{BuildHasher, RandomState};

use crate::column::{BitSet, room};
use crate::error::Result;
use crate::snapshot::{StrId, Strings};
use crate::task::Task;

use super::pace::Pace;

/// What the name of a weak map's edge says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EphemeronName<'a> {
    /// The part that the edge from the key and the edge from the table share.
    pub shared: &'a str,
    /// Object id of the table; nothing when it is no possible id.
    pub table: Option<u32>,
}

const KEY: &str = " / part of key (";
const VALUE: &str = ") -> value (";
const PAIR: &str = ") pair in WeakMap (table";

/// Reads an edge name; nothing when it is not that of a weak map's entry.
pub fn parse(name: &str) -> Option<EphemeronName<'_>> {
    let shared = name.trim_start_matches(|c: char| c.is_ascii_digit());
    if shared.len() == name.len() || has_line_break(shared) {
        return None;
    }
    let inner = shared.strip_prefix(KEY)?.strip_suffix(')')?;
    let (inner, table) = strip_id(inner)?;
    let (key_and_value, _) = strip_id(inner.strip_suffix(PAIR)?)?;
    // Keys and values may have such texts in them: any place will do that has an id before it.
    memchr::memchr_iter(b')', key_and_value.as_bytes()).find(|&at| {
        key_and_value[at..].starts_with(VALUE) && strip_id(&key_and_value[..at]).is_some()
    })?;
    Some(EphemeronName {
        shared,
        table: table.parse().ok(),
    })
}

/// Whether there is a line break as JavaScript has them: the usual ones, U+2028 and U+2029.
fn has_line_break(text: &str) -> bool {
    memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_some()
        || (!text.is_ascii() && text.contains(['\u{2028}', '\u{2029}']))
}

/// Takes ` @DIGITS` off the end; gives the rest and the digits.
fn strip_id(text: &str) -> Option<(&str, &str)> {
    let rest = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &text[rest.len()..];
    (!digits.is_empty()).then_some((rest.strip_suffix(" @")?, digits))
}

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
        let mut pace = Pace::stage(task, "looking for weak maps", strings.len());
        let mut found = Self {
            is_one: BitSet::new(strings.len()),
            strings: room(strings.len()),
            entries: room(strings.len()),
            pairs: 0,
        };
        // Twins are told by a hash with a random key: no need to hold millions of texts.
        let hasher = RandomState::new();
        let mut hashes: Vec<(u64, u32)> = room(strings.len());
        for index in 0..strings.len() as u32 {
            pace.step(1)?;
            if !may_be_one(strings.raw(StrId(index))) {
                continue;
            }
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

/// A look at the JSON text that spares nearly all strings the decoding.
fn may_be_one(raw: &[u8]) -> bool {
    // Digits come first, as they are or escaped.
    if !matches!(raw.first(), Some(b'0'..=b'9' | b'\\')) {
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
    fn reads_the_pattern_and_nothing_else() {
        let table = |name| parse(name).map(|name| name.table);
        let good = "12 / part of key (Foo @3) -> value (V @18) pair in WeakMap (table @7)";
        assert_eq!(table(good), Some(Some(7)));
        assert_eq!(parse(good).unwrap().shared, &good[2..]);
        let nested = "1 / part of key (a) -> value (b @1) -> value (c @2) -> value (d @3) pair in WeakMap (table @9)";
        assert_eq!(table(nested), Some(Some(9)));
        let empty = "1 / part of key ( @1) -> value ( @2) pair in WeakMap (table @3)";
        assert_eq!(table(empty), Some(Some(3)));
        let huge = "1 / part of key (a @1) -> value (b @2) pair in WeakMap (table @99999999999)";
        assert_eq!(table(huge), Some(None));
        for bad in [
            "",
            " / part of key (Foo @3) -> value (V @18) pair in WeakMap (table @7)",
            "1 / part of key (Fo\no @3) -> value (V @18) pair in WeakMap (table @7)",
            "1 / part of key (Foo @3) -> value (V\u{2028} @18) pair in WeakMap (table @7)",
            "1 / part of key (Foo @) -> value (V @18) pair in WeakMap (table @7)",
            "1 / part of key (Foo @3) -> value (V) pair in WeakMap (table @7)",
            "1 / part of key (Foo @3) -> value (V @18) pair in WeakMap (table @7) ",
            "1 / part of key (Foo @3) pair in WeakMap (table @7)",
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

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
