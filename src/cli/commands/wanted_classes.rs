//! The classes that `--class` and `--search` leave of a table.

use crate::analysis::originals::Originals;
use crate::analysis::search::{Fuzzy, Matcher};
use crate::heap::Class;

/// The classes that are wanted; all where nothing is said.
pub(super) struct WantedClasses<'a> {
    /// The name of the only one.
    name: Option<&'a str>,
    /// Letters that its name has in this order.
    search: Option<&'a str>,
    matcher: Fuzzy,
}

impl<'a> WantedClasses<'a> {
    pub fn new(name: Option<&'a str>, search: Option<&'a str>) -> Self {
        Self {
            name,
            search,
            matcher: Fuzzy::default(),
        }
    }

    /// Whether a class is wanted, by its name in the dump or, where a source map tells it, as it was written.
    pub fn has(&self, class: &Class, originals: Option<&Originals>) -> bool {
        let is_called = |name: &str| match originals {
            Some(all) => all.is_called(class, name),
            None => class.name == name,
        };
        let is_like = |query: &str| {
            let name = originals.map(|all| all.class_words(class).plain());
            let name = name.as_ref().unwrap_or(&class.name);
            self.matcher.matches(name, query).is_some()
        };
        self.name.is_none_or(is_called) && self.search.is_none_or(is_like)
    }
}
