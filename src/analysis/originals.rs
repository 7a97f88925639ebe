//! What classes were called before a bundler or a compiler renamed them: names by source maps, for people, beside those
//! that the dump has.

use std::collections::HashMap;

use serde::Serialize;

use crate::analysis::suspects::Suspect;
use crate::heap::{Class, ClassId, Heap};
use crate::text::span::Spans;

/// Classes of a suspect whose names are told.
const TOLD: usize = 4;

/// A class as it was written. Texts are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OriginalClass {
    /// Its name there.
    pub name: String,
    /// The source's name by the map.
    pub source: String,
    /// From 1.
    pub line: u64,
    /// From 1, in UTF-16 code units.
    pub column: u64,
}

impl OriginalClass {
    /// Its name, with the dump's behind it where that is another: `SessionStore (Zx)`.
    pub fn words(&self, in_dump: &str) -> Spans {
        let name = Spans::new().name(self.name.clone());
        match self.name == in_dump {
            true => name,
            false => name.note(" (").name(in_dump.to_owned()).note(")"),
        }
    }

    /// Where it was written: `shop.ts:15:7`.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.source, self.line, self.column)
    }
}

/// The classes of a heap whose scripts were made of others, as far as maps of this host tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Originals(HashMap<ClassId, OriginalClass>);

impl FromIterator<(ClassId, OriginalClass)> for Originals {
    fn from_iter<I: IntoIterator<Item = (ClassId, OriginalClass)>>(classes: I) -> Self {
        Self(classes.into_iter().collect())
    }
}

impl Originals {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A class as it was written.
    pub fn get(&self, class: ClassId) -> Option<&OriginalClass> {
        self.0.get(&class)
    }

    /// All of them, by what the dump has.
    pub fn by_class(&self, heap: &Heap) -> HashMap<Class, OriginalClass> {
        let classes = self.0.iter();
        classes
            .map(|(&class, original)| (heap.class(class).clone(), original.clone()))
            .collect()
    }

    /// The class of this name in the dump, as it was written; `None` where several have the name and were written
    /// differently.
    pub fn named(&self, heap: &Heap, name: &str) -> Option<&OriginalClass> {
        let mut same = self
            .0
            .iter()
            .filter(|(class, _)| heap.class(**class).name == name)
            .map(|(_, original)| original);
        let first = same.next()?;
        same.all(|other| other.name == first.name).then_some(first)
    }

    /// A class's name: `SessionStore (Zx)` where the dump's is another than people gave.
    pub fn words(&self, heap: &Heap, class: ClassId) -> Spans {
        let name = &heap.class(class).name;
        match self.get(class) {
            Some(original) => original.words(name),
            None => Spans::new().name(name.clone()),
        }
    }

    /// What the classes of a suspect are called in their sources, in a sentence; `None` where the dump's names are those.
    pub fn of_suspect(&self, heap: &Heap, suspect: &Suspect) -> Option<Spans> {
        let renamed = suspect.leaked.iter().take(TOLD).filter_map(|leaked| {
            let original = self.named(heap, &leaked.class)?;
            (original.name != leaked.class).then(|| {
                Spans::new()
                    .code(Spans::new().name(leaked.class.clone()))
                    .note(" is ")
                    .code(Spans::new().name(original.name.clone()))
                    .note(" (")
                    .place(original.place())
                    .note(")")
            })
        });
        let words = Spans::list(renamed, ", ");
        (!words.is_empty()).then(|| Spans::from("In the sources ").then(words).note("."))
    }
}
