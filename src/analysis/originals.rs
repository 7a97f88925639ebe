//! What classes and functions were called before a bundler or a compiler renamed them, and where they were written: for
//! people, beside the names that the dump has.
//!
//! [`Scripts`](crate::analysis::describe::Scripts) have them, and make labels of them.

use std::collections::HashMap;

use serde::Serialize;

use crate::graph::NodeId;
use crate::heap::{Class, Heap, Place};
use crate::snapshot::NodeKind;
use crate::text::span::{SpanKind, Spans};

/// A place in a source that a script was made of. Texts are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Original {
    /// What the function or class was called there.
    pub name: Option<String>,
    /// The source's name by the map, without what only says where the map is.
    pub source: String,
    /// From 1.
    pub line: u64,
    /// From 1, in UTF-16 code units.
    pub column: u64,
}

impl Original {
    /// Where it was written: `src/shop.ts:15:7`.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.source, self.line, self.column)
    }

    /// The class's name, with the dump's behind it where that is another: `SessionStore (Zx)`.
    pub fn class_words(&self, in_dump: &str) -> Spans {
        let text = Spans::new();
        match self.name.as_deref().filter(|name| *name != in_dump) {
            Some(name) => text
                .name(name.to_owned())
                .note(" (")
                .name(in_dump.to_owned())
                .note(")"),
            None => text.name(in_dump.to_owned()),
        }
    }

    /// The same of a variable: `store (g)`.
    pub fn variable_words(&self, in_dump: &str) -> Spans {
        let text = Spans::new();
        match self.name.as_deref().filter(|name| *name != in_dump) {
            Some(name) => text
                .edge(name.to_owned())
                .note(" (")
                .edge(in_dump.to_owned())
                .note(")"),
            None => text.edge(in_dump.to_owned()),
        }
    }

    /// The same of a function: `createStore() (e)`.
    pub fn function_words(&self, in_dump: &str) -> Spans {
        let name = self.name.as_deref().unwrap_or(in_dump);
        let text = Spans::new().function(name.to_owned()).note("()");
        match name == in_dump {
            true => text,
            false => text.note(" (").function(in_dump.to_owned()).note(")"),
        }
    }
}

/// A class or function of a dump whose script was made of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// Where the script has it.
    pub place: Place,
    /// What the dump calls it; empty for a function without a name.
    pub in_dump: String,
    /// Whether it is a class.
    pub is_class: bool,
    /// Where it was written, and what it was called.
    pub original: Original,
}

/// What has variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The function that was written at a place.
    Function(Place),
    /// A script, by the context of its variables: what ran it is gone, and with that its place.
    Script(NodeId),
}

/// The classes and functions of a heap whose scripts were made of others, as far as maps of this host tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Originals {
    by_place: HashMap<Place, Renamed>,
    /// Variables, by their names in the dump.
    variables: HashMap<Scope, HashMap<String, Original>>,
    /// Where the class of a name is; `None` where several have it and were written differently.
    by_class: HashMap<String, Option<Place>>,
}

impl Originals {
    /// Adds a class or function.
    pub fn add(&mut self, renamed: Renamed) {
        if renamed.is_class {
            let known = self.by_class.get(&renamed.in_dump).copied();
            let is_other = known.is_some_and(|place| {
                let known = place.and_then(|place| self.at(place));
                known.is_none_or(|known| known.name != renamed.original.name)
            });
            let place = Some(renamed.place).filter(|_| !is_other);
            self.by_class.insert(renamed.in_dump.clone(), place);
        }
        self.by_place.insert(renamed.place, renamed);
    }

    /// Adds a variable.
    pub fn add_variable(&mut self, scope: Scope, in_dump: String, original: Original) {
        self.variables
            .entry(scope)
            .or_default()
            .insert(in_dump, original);
    }

    /// A variable as it was written.
    pub fn variable(&self, scope: Scope, in_dump: &str) -> Option<&Original> {
        self.variables.get(&scope)?.get(in_dump)
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.by_place.is_empty() && self.variables.is_empty()
    }

    /// Where what is at a place of a script was written.
    pub fn at(&self, place: Place) -> Option<&Original> {
        self.by_place.get(&place).map(|renamed| &renamed.original)
    }

    /// The class or function of this name at a place of a script, as it was written.
    pub fn named(&self, place: Place, in_dump: &str) -> Option<&Original> {
        let found = self.by_place.get(&place);
        let found = found.filter(|renamed| renamed.in_dump == in_dump);
        found.map(|renamed| &renamed.original)
    }

    /// A closure, or an object's class, as it was written.
    pub fn of(&self, heap: &Heap, node: NodeId) -> Option<&Original> {
        let place = heap.place(node)?;
        match heap.kind(node) {
            NodeKind::CLOSURE => self.named(place, &heap.raw_name(node)),
            _ => self.named(place, heap.class_name(node)),
        }
    }

    /// A class as it was written; one whose place is not told by its name, unless several have it and were written
    /// differently.
    pub fn class(&self, class: &Class) -> Option<&Original> {
        let place = match class.place {
            Some(place) => place,
            None => (*self.by_class.get(&class.name)?)?,
        };
        self.named(place, &class.name)
    }

    /// Whether a class is called so, in the dump or where it was written.
    pub fn is_called(&self, class: &Class, name: &str) -> bool {
        let original = || self.class(class)?.name.as_deref();
        class.name == name || original() == Some(name)
    }

    /// A class's name: `SessionStore (Zx)` where the dump's is another than people gave.
    pub fn class_words(&self, class: &Class) -> Spans {
        match self.class(class) {
            Some(original) => original.class_words(&class.name),
            None => Spans::new().name(class.name.clone()),
        }
    }
}

/// `text`, which names an object by its class, with the class as it was written.
pub(in crate::analysis) fn with_class(text: Spans, in_dump: &str, original: &Original) -> Spans {
    let mut text = text.into_iter();
    let mut renamed = Spans::new();
    for span in text.by_ref() {
        if span.kind == SpanKind::Name && span.text == in_dump {
            renamed.append(original.class_words(in_dump));
            break;
        }
        renamed.push(span.kind, span.text);
    }
    renamed.append(text.collect());
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(script_id: u32, in_dump: &str, name: &str, is_class: bool) -> Renamed {
        Renamed {
            place: Place {
                script_id,
                line: 0,
                column: 0,
            },
            in_dump: in_dump.to_owned(),
            is_class,
            original: Original {
                name: Some(name.to_owned()),
                source: "a.ts".to_owned(),
                line: 1,
                column: 2,
            },
        }
    }

    #[test]
    fn classes_are_known_by_name_where_only_one_has_it() {
        let of_name = |name: &str| Class {
            name: name.to_owned(),
            place: None,
        };
        let all = [
            renamed(1, "n", "Session", true),
            renamed(2, "n", "Session", true),
            renamed(3, "i", "Order", true),
            renamed(4, "i", "Item", true),
            renamed(5, "i", "Order", true),
            renamed(6, "f", "login", false),
        ];
        let mut originals = Originals::default();
        all.into_iter().for_each(|renamed| originals.add(renamed));
        let words = |class: &Class| originals.class_words(class).plain();
        assert_eq!(words(&of_name("n")), "Session (n)");
        assert_eq!(words(&of_name("i")), "i");
        assert_eq!(words(&of_name("f")), "f", "a function is no class");
        let item = Class {
            place: Some(renamed(4, "", "", true).place),
            ..of_name("i")
        };
        assert_eq!(words(&item), "Item (i)");
        assert!(originals.is_called(&item, "Item") && originals.is_called(&item, "i"));
        assert!(!originals.is_called(&item, "Order"));
        let other = Class {
            name: "Detached i".to_owned(),
            ..item
        };
        assert_eq!(words(&other), "Detached i", "not what was written there");
    }

    #[test]
    fn the_dumps_name_stands_behind_the_original() {
        let original = renamed(1, "e", "createStore", false).original;
        assert_eq!(original.function_words("e").plain(), "createStore() (e)");
        assert_eq!(
            original.function_words("createStore").plain(),
            "createStore()"
        );
        assert_eq!(original.place(), "a.ts:1:2");
        let map = Spans::new().name("e").note("(").number("12").note(")");
        assert_eq!(
            with_class(map, "e", &original).plain(),
            "createStore (e)(12)"
        );
    }
}
