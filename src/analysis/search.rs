//! Finding classes by parts of their names, and objects by their ids.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

use crate::analysis::originals::Originals;
use crate::analysis::summary::ClassRow;
use crate::heap::Heap;

/// How well a text answers a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Greater is better; only comparable for one query.
    pub score: i64,
    /// The matched characters, as positions among the text's characters.
    pub positions: Vec<usize>,
}

/// Decides whether and how well texts answer a query.
pub trait Matcher {
    /// The match of `query` in `text`, if there is one. An empty query matches everything.
    fn matches(&self, text: &str, query: &str) -> Option<Match>;
}

/// The characters of the query in their order, with others between; upper case only where the query has it.
#[derive(Default)]
pub struct Fuzzy(SkimMatcherV2);

impl Matcher for Fuzzy {
    fn matches(&self, text: &str, query: &str) -> Option<Match> {
        let (score, positions) = self.0.fuzzy_indices(text, query)?;
        Some(Match { score, positions })
    }
}

/// The rows whose class answers `query`, in their order: index of the row, and the match in its name, which is that of
/// the sources with the dump's behind it where `originals` tell: `SessionStore (Zx)`.
pub fn match_classes(
    heap: &Heap,
    rows: &[ClassRow],
    originals: Option<&Originals>,
    query: &str,
    matcher: &impl Matcher,
) -> Vec<(usize, Match)> {
    rows.iter()
        .enumerate()
        .filter_map(|(index, row)| {
            let class = heap.class(row.class);
            let renamed = originals.filter(|originals| originals.class(class).is_some());
            let found = match renamed {
                Some(originals) => matcher.matches(&originals.class_words(class).plain(), query),
                None => matcher.matches(&class.name, query),
            };
            Some((index, found?))
        })
        .collect()
}

/// The object id in `@123`.
pub fn parse_id(query: &str) -> Option<u32> {
    query.trim().strip_prefix('@')?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_recognised() {
        assert_eq!(parse_id("@123"), Some(123));
        assert_eq!(parse_id(" @7 "), Some(7));
        for other in ["123", "@", "@x", "@-1", "@99999999999", ""] {
            assert_eq!(parse_id(other), None, "{other}");
        }
    }

    #[test]
    fn fuzzy_matches_parts_in_order() {
        let matcher = Fuzzy::default();
        let positions = |text, query| matcher.matches(text, query).map(|found| found.positions);
        assert_eq!(
            positions("ServerEnvironment", "senv"),
            Some(vec![0, 6, 7, 8])
        );
        assert_eq!(positions("ServerEnvironment", "vnes"), None);
        assert_eq!(positions("(string)", ""), Some(vec![]));
    }
}
