//! The texts that rules ask for by name, looked up in the string table once.

use crate::error::Result;
use crate::snapshot::pairs::may_be_one;
use crate::snapshot::{StrId, Strings};
use crate::task::Task;

use super::pace::Pace;

/// A text that some rule compares names with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Object,
    Array,
    Proto,
    First,
    Second,
    Elements,
    Map,
    NativeContextEdge,
    NativeContext,
    SloppyFunctionMap,
    MapDescriptors,
    DocumentTrees,
    ExternalStringData,
    ArrayBufferData,
    ScopeInfo,
}

/// The texts, in the order of [`Word`].
const TEXTS: [&str; 15] = [
    "Object",
    "Array",
    "__proto__",
    "first",
    "second",
    "elements",
    "map",
    "native_context",
    "system / NativeContext",
    "sloppy_function_map",
    "(map descriptors)",
    "(Document DOM trees)",
    "system / ExternalStringData",
    "system / JSArrayBufferData",
    "name_or_scope_info",
];

/// No text above is longer than this when every character is written as `\uXXXX`.
const LONGEST_ESCAPED: usize = 6 * 27;

/// Which entries of a string table are which word. Usually one each; a producer may repeat strings.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// By word: the strings, ascending.
    ids: [Vec<u32>; TEXTS.len()],
}

/// Whether a word may begin like this JSON text, as it is or escaped. Spares most strings a closer look.
#[inline]
fn may_begin_word(raw: &[u8]) -> bool {
    const BEGINNINGS: [bool; 256] = {
        let mut table = [false; 256];
        table[b'\\' as usize] = true;
        let mut word = 0;
        while word < TEXTS.len() {
            table[TEXTS[word].as_bytes()[0] as usize] = true;
            word += 1;
        }
        table
    };
    raw.first()
        .is_some_and(|&first| BEGINNINGS[usize::from(first)])
}

impl Words {
    /// From the strings of each word, in the order of [`Word`]; nothing where there are not as many words.
    pub(crate) fn from_ids(ids: Vec<Vec<u32>>) -> Option<Self> {
        Some(Self {
            ids: ids.try_into().ok()?,
        })
    }

    /// The strings of each word, in the order of [`Word`].
    pub(crate) fn ids(&self) -> &[Vec<u32>] {
        &self.ids
    }

    /// Looks at every string once.
    #[cfg(test)]
    fn find(strings: &Strings, task: &Task) -> Result<Self> {
        Ok(Self::find_all(strings, task)?.0)
    }

    /// Looks at every string once; with the words come the strings that may name entries of weak maps.
    pub(super) fn find_all(strings: &Strings, task: &Task) -> Result<(Self, Vec<u32>)> {
        let mut words = Self::default();
        let mut candidates = Vec::new();
        let mut pace = Pace::stage(task, "looking up names", strings.len());
        for index in 0..strings.len() as u32 {
            pace.step(1)?;
            let raw = strings.raw(StrId(index));
            if may_be_one(raw) {
                candidates.push(index);
            }
            if raw.len() > LONGEST_ESCAPED || !may_begin_word(raw) {
                continue;
            }
            let word = if raw.contains(&b'\\') {
                let text = strings.get(StrId(index));
                TEXTS.iter().position(|&word| word == text)
            } else {
                TEXTS.iter().position(|word| word.as_bytes() == raw)
            };
            if let Some(word) = word {
                words.ids[word].push(index);
            }
        }
        Ok((words, candidates))
    }

    /// Whether any string is this word.
    pub(crate) fn has(&self, word: Word) -> bool {
        !self.ids[word as usize].is_empty()
    }

    /// Whether a string is this word.
    #[inline]
    pub(crate) fn is(&self, string: StrId, word: Word) -> bool {
        match self.ids[word as usize].as_slice() {
            [] => false,
            [only] => *only == string.0,
            several => several.binary_search(&string.0).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redacted_dumps_keep_what_rules_ask_for() {
        use crate::text::code::{Role, is_code, is_internal_edge};
        for text in TEXTS {
            let is_edge = || is_internal_edge(text) && is_code(text, Role::Property);
            assert!(is_code(text, Role::Class) || is_edge(), "{text}");
        }
    }

    #[test]
    fn words_and_texts_agree() {
        assert!(
            TEXTS
                .iter()
                .all(|text| 6 * text.encode_utf16().count() <= LONGEST_ESCAPED)
        );
        let strings = Strings::from_texts(["system / JSArrayBufferData", "Object", "x", "Object"]);
        let words = Words::find(&strings, &Task::new()).unwrap();
        assert!(words.is(StrId(0), Word::ArrayBufferData));
        assert!(words.is(StrId(1), Word::Object) && words.is(StrId(3), Word::Object));
        assert!(!words.is(StrId(2), Word::Object));
    }
}
