//! Edge names that tell an entry of a weak map.
//!
//! V8 writes two internal edges to the value of each entry, one from the key and one from the table, both named
//! `N / part of key (… @ID) -> value (… @ID) pair in WeakMap (table @ID)`. A name with a line break in it does not
//! count, as in DevTools.

use crate::text::code::{self, Role};
use crate::text::span::{SpanKind, Spans};

/// What the name of a weak map's edge says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EphemeronName<'a> {
    /// The part that the edge from the key and the edge from the table share.
    pub shared: &'a str,
    /// Object id of the table; nothing when it is no possible id.
    pub table: Option<u32>,
    /// The digits of the ids of key, value and table.
    pub ids: [&'a str; 3],
}

/// What stands between the number and the key.
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
    let (key_and_value, value) = strip_id(inner.strip_suffix(PAIR)?)?;
    // Keys and values may have such texts in them: any place will do that has an id before it.
    let key = memchr::memchr_iter(b')', key_and_value.as_bytes()).find_map(|at| {
        key_and_value[at..]
            .starts_with(VALUE)
            .then(|| strip_id(&key_and_value[..at]))?
    });
    let (_, key) = key?;
    Some(EphemeronName {
        shared,
        table: table.parse().ok(),
        ids: [key, value, table],
    })
}

/// The name of a weak map's entry, of which the parts that name key and value are data; also in the form of older
/// engines, `N / key X in WeakMap`. `None` for other names.
pub fn spans(name: &str) -> Option<Spans> {
    let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, shared) = name.split_at(digits);
    let number = Spans::new().index(number.to_owned());
    if let Some(key) = shared
        .strip_prefix(" / key ")
        .and_then(|rest| rest.strip_suffix(" in WeakMap"))
    {
        let key = match key.starts_with("system / ") && code::is_code(key, Role::Class) {
            true => Spans::new().name(key.to_owned()),
            false => Spans::new().value(key.to_owned()),
        };
        return Some(number.note(" / key ").then(key).note(" in WeakMap"));
    }
    let pair = parse(name)?;
    let [key, value, table] = pair.ids;
    // Before the first id that is followed by a value's beginning is the key's name, before the last but one the value's.
    let inner = shared.strip_prefix(KEY)?;
    let (named, _) = inner.rsplit_once(PAIR)?;
    let named = named.strip_suffix(value)?.strip_suffix(" @")?;
    let between = format!(" @{key}{VALUE}");
    let (key_name, value_name) = named.split_once(&between)?;
    Some(
        number
            .note(KEY)
            .value(key_name.to_owned())
            .note(" ")
            .with(SpanKind::Id, format!("@{key}"))
            .note(VALUE)
            .value(value_name.to_owned())
            .note(" ")
            .with(SpanKind::Id, format!("@{value}"))
            .note(PAIR)
            .note(" ")
            .with(SpanKind::Id, format!("@{table}"))
            .note(")"),
    )
}

/// The same name without those of key and value.
pub fn without_names(name: &str) -> Option<String> {
    let digits = name.len() - name.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if spans(name).is_some() && parse(name).is_none() {
        return Some(format!("{} / key in WeakMap", &name[..digits]));
    }
    let pair = parse(name)?;
    let number = &name[..name.len() - pair.shared.len()];
    let [key, value, table] = pair.ids;
    Some(format!(
        "{number}{KEY}key @{key}{VALUE}value @{value}{PAIR} @{table})"
    ))
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

/// Whether a string may name an entry, by a look at its JSON text that spares nearly all strings the decoding.
pub(crate) fn may_be_one(raw: &[u8]) -> bool {
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
    use crate::text::mask::Reveal;

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
    fn names_of_key_and_value_are_data() {
        for name in [
            "12 / part of key (Foo @3) -> value (V @18) pair in WeakMap (table @7)",
            "1 / part of key (a) -> value (b @1) -> value (c @2) -> value (d @3) pair in WeakMap (table @9)",
            "1 / part of key ( @1) -> value ( @2) pair in WeakMap (table @3)",
            "5 / key Order in WeakMap",
        ] {
            let text = spans(name).unwrap();
            assert_eq!(text.plain(), name);
            let masked = text.shown(Reveal::Nothing);
            for part in ["Foo", "V ", "(a)", "(c ", "(d ", "Order"] {
                assert!(!masked.contains(part), "{masked}");
            }
        }
        assert_eq!(
            spans("5 / key system / Oddball in WeakMap")
                .unwrap()
                .shown(Reveal::Nothing),
            "5 / key system / Oddball in WeakMap"
        );
        assert_eq!(spans("context"), None);
    }

    #[test]
    fn names_go_and_ids_stay() {
        let name = "12 / part of key (Foo @3) -> value (secret @18) pair in WeakMap (table @7)";
        let plain = without_names(name).unwrap();
        assert_eq!(
            plain,
            "12 / part of key (key @3) -> value (value @18) pair in WeakMap (table @7)"
        );
        assert_eq!(parse(&plain).unwrap().ids, parse(name).unwrap().ids);
        assert_eq!(without_names("context"), None);
    }
}
