//! What a reference is, in the words of the source: a variable of a function, an entry of a Map, a listener.

use crate::analysis::describe::{
    Collection, Part, Role, Scripts, edge_label, is_context, is_global, key_of, module_file, role,
    variable_owner,
};
use crate::analysis::paths::Step;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, pairs};
use crate::text::span::Spans;
use crate::text::width::width;

use super::hops::{Hop, Start, event};

/// Properties of properties are told as one name up to this many columns.
const NAME: usize = 60;

/// What a reference is, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The words.
    pub words: Spans,
    /// Whether it is a variable or a global, so that a reader can find it in the source without what is above.
    pub is_named: bool,
}

impl From<Spans> for Phrase {
    fn from(words: Spans) -> Self {
        let is_named = false;
        Self { words, is_named }
    }
}

impl From<&'static str> for Phrase {
    fn from(words: &'static str) -> Self {
        Spans::new().prose(words).into()
    }
}

impl Phrase {
    fn named(words: Spans) -> Self {
        let is_named = true;
        Self { words, is_named }
    }

    /// Hops in a row.
    fn row(phrases: impl IntoIterator<Item = Self>) -> Self {
        let mut phrases = phrases.into_iter().peekable();
        let is_named = phrases.peek().is_some_and(|first| first.is_named);
        let words = Spans::list(phrases.map(|phrase| phrase.words), " → ");
        Self { words, is_named }
    }
}

/// References of the engine that have a meaning in the source, by their names.
const INTERNAL: [(&str, &str); 17] = [
    ("bound_function", "the function that was bound"),
    ("bound_this", "the bound `this`"),
    ("bound_arguments", "a bound argument"),
    (
        "reactions_or_result",
        "what waits for the promise, or its result",
    ),
    ("fulfill_handler", "what runs when the promise is fulfilled"),
    ("reject_handler", "what runs when the promise is rejected"),
    ("promise_or_capability", "the promise that then() gave"),
    ("promise", "the promise"),
    (
        "parameters_and_registers",
        "a local variable of a suspended function",
    ),
    ("generator_object", "the suspended function"),
    ("previous", "the scope around"),
    ("prototype", "the prototype"),
    ("shared", "the code of the function"),
    ("script", "the script"),
    ("backing_store", "the memory outside the heap"),
    ("getter", "the getter"),
    ("setter", "the setter"),
];

/// Properties that programs do not write themselves.
const PROPERTIES: [(&str, &str); 8] = [
    ("_onTimeout", "timer callback (`_onTimeout`)"),
    ("_onImmediate", "immediate's callback (`_onImmediate`)"),
    ("_timerArgs", "timer arguments (`_timerArgs`)"),
    ("_idleNext", "next timer (`_idleNext`)"),
    ("_idlePrev", "previous timer (`_idlePrev`)"),
    ("__proto__", "the prototype"),
    (
        "<symbol kResourceStore>",
        "AsyncLocalStorage store of the resource",
    ),
    ("_events", "listeners (`_events`)"),
];

/// The words of hops that repeat together.
pub fn of_hops(heap: &Heap, scripts: &Scripts, path: &[Step], hops: &[Hop]) -> Phrase {
    let phrases = hops.iter().map(|hop| of_hop(heap, scripts, path, hop));
    Phrase::row(phrases)
}

/// The same for whatever numbers and keys: "an element", "a value of the Map".
pub fn of_shape(heap: &Heap, scripts: &Scripts, path: &[Step], hops: &[Hop]) -> Phrase {
    let is_element = |edge: EdgeId| heap.edge_kind(edge) == EdgeKind::ELEMENT;
    let phrases = hops.iter().map(|hop| {
        if let Some((event, _)) = event(heap, path, hop) {
            return Spans::from("a listener of the event ").code(event).into();
        }
        match hop.edge.and_then(|edge| role(heap, edge)) {
            Some(role) => match (role.collection, role.part) {
                (Collection::Map, Part::Key) => "a key of the Map".into(),
                (Collection::Map, _) => "a value of the Map".into(),
                (Collection::Set, _) => "a member of the Set".into(),
                (Collection::Array, _) => "an element".into(),
            },
            None if hop.edge.is_some_and(is_element) => "an element".into(),
            None => of_hop(heap, scripts, path, hop),
        }
    });
    Phrase::row(phrases)
}

fn of_hop(heap: &Heap, scripts: &Scripts, path: &[Step], hop: &Hop) -> Phrase {
    if let Some((event, which)) = event(heap, path, hop) {
        let text = Spans::from("listener ");
        let text = match which {
            Some(which) => text.then(which).note(" of the event "),
            None => text.note("of the event "),
        };
        return text.code(event).into();
    }
    match hop.edge {
        Some(edge) => of_edge(heap, scripts, edge),
        None => "the beginning".into(),
    }
}

/// What a reference is for the object that has it.
fn of_edge(heap: &Heap, scripts: &Scripts, edge: EdgeId) -> Phrase {
    if let Some(role) = role(heap, edge) {
        return entry(heap, scripts, edge, role).into();
    }
    let source = heap.graph().source(edge);
    let label = scripts.edge_label(heap, edge);
    let known = |table: &[(&str, &'static str)]| {
        let name = heap.edge_name_id(edge)?;
        let found = table
            .iter()
            .find(|(known, _)| heap.strings().equals(name, known));
        found.map(|(_, words)| Phrase::from(*words))
    };
    match heap.edge_kind(edge) {
        EdgeKind::CONTEXT => {
            Phrase::named(Spans::from("variable ").code(label).then(variable_owner(
                heap,
                scripts,
                source,
                Some(edge),
            )))
        }
        EdgeKind::ELEMENT => Spans::from("element ").then(label).into(),
        EdgeKind::PROPERTY if is_global(heap, source) => {
            Phrase::named(Spans::from("global variable ").code(label))
        }
        EdgeKind::PROPERTY => {
            known(&PROPERTIES).unwrap_or_else(|| Property::of(heap, source, label).words().into())
        }
        EdgeKind::INTERNAL
            if label.plain() == "context" && is_context(heap, heap.graph().target(edge)) =>
        {
            "its captured variables".into()
        }
        EdgeKind::INTERNAL => weak_map_value(heap, edge)
            .or_else(|| known(&INTERNAL))
            .unwrap_or_else(|| Spans::from("the engine's ").code(label).into()),
        EdgeKind::SHORTCUT => Phrase::named(Spans::from("global ").code(label)),
        EdgeKind::WEAK => Spans::from("weakly, ").code(label).into(),
        _ if is_context(heap, source) => Phrase::named(
            Spans::from("variable")
                .then(variable_owner(heap, scripts, source, None))
                .note(" whose name the dump does not tell"),
        ),
        _ => Spans::from("the engine's reference ").then(label).into(),
    }
}

/// A property that programs write by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    name: Spans,
    /// Of which module, where that is known.
    module: Option<String>,
}

impl Property {
    /// The property that a single hop goes over.
    pub fn of_hop(heap: &Heap, path: &[Step], hops: &[Hop]) -> Option<Self> {
        let [hop] = hops else { return None };
        let edge = hop.edge?;
        let source = heap.graph().source(edge);
        let name = heap.edge_name_id(edge);
        let is = |known: &str| name.is_some_and(|name| heap.strings().equals(name, known));
        let plain = hop.start == Start::Step
            && heap.edge_kind(edge) == EdgeKind::PROPERTY
            && role(heap, edge).is_none()
            && !is_global(heap, source)
            && PROPERTIES.iter().all(|(known, _)| !is(known))
            && event(heap, path, hop).is_none();
        plain.then(|| Self::of(heap, source, edge_label(heap, edge)))
    }

    fn of(heap: &Heap, source: NodeId, name: Spans) -> Self {
        let module = (heap.raw_name(source) == "Module").then(|| module_file(heap, source));
        let module = module.flatten();
        Self { name, module }
    }

    /// "property `exports` of the module server.js".
    pub fn words(&self) -> Spans {
        let text = Spans::from("property ").code(self.name.clone());
        match &self.module {
            Some(file) => text.note(" of the module ").place(file.clone()),
            None => text,
        }
    }

    /// The property `inner` of this one's value: `queue.items`. `None` where that would be too long to read.
    pub fn then(&self, inner: &Self) -> Option<Self> {
        let name = self.name.clone().note(".").then(inner.name.clone());
        let fits = inner.module.is_none() && width(&name.plain()) <= NAME;
        fits.then(|| Self {
            name,
            module: self.module.clone(),
        })
    }
}

/// "value of the key "a" in the Map".
fn entry(heap: &Heap, scripts: &Scripts, edge: EdgeId, role: Role) -> Spans {
    let key = || {
        let key = heap.graph().target(key_of(heap, edge)?);
        Some(scripts.label(heap, key))
    };
    let (words, key) = match (role.collection, role.part) {
        (Collection::Map, Part::Key) => ("key of the Map's entry ", None),
        (Collection::Map, _) => match key() {
            Some(key) => ("value of the Map's key ", Some(key)),
            None => ("value of the Map's entry ", None),
        },
        (Collection::Set, _) => ("member of the Set, entry ", None),
        (Collection::Array, _) => {
            let index = Spans::new().index(format!("[{}]", role.index));
            ("element ", Some(index))
        }
    };
    let index = || Spans::new().index(role.index.to_string());
    Spans::from(words).then(key.unwrap_or_else(index))
}

/// The value of a WeakMap's entry, which lives as long as its key.
fn weak_map_value(heap: &Heap, edge: EdgeId) -> Option<Phrase> {
    let name = heap.edge_name(edge).to_string();
    let table = pairs::parse(&name)?.table;
    let source = heap.graph().source(edge);
    Some(match table == Some(heap.id(source)) {
        true => "value in the WeakMap, while its key lives".into(),
        false => "value in a WeakMap of which this is the key".into(),
    })
}
