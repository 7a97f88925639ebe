//! What a reference is, in the words of the source: a variable of a function, an entry of a Map, a listener.

use crate::analysis::describe::{
    Collection, Part, Role, Scripts, edge_label, is_context, is_global, key_of, module_file, role,
    variable_words,
};
use crate::analysis::paths::Step;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, pairs};
use crate::text::width::{cut_middle, width};

use super::hops::{Hop, Start, event};

/// Columns that a name from the dump gets within a sentence.
const NAME: usize = 60;

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
pub fn of_hops(heap: &Heap, scripts: &Scripts, path: &[Step], hops: &[Hop]) -> String {
    let words: Vec<String> = hops
        .iter()
        .map(|hop| of_hop(heap, scripts, path, hop))
        .collect();
    words.join(" → ")
}

/// The same for whatever numbers and keys: "an element", "a value of the Map".
pub fn of_shape(heap: &Heap, scripts: &Scripts, path: &[Step], hops: &[Hop]) -> String {
    let words: Vec<String> = hops
        .iter()
        .map(|hop| match hop.edge.and_then(|edge| role(heap, edge)) {
            _ if event(heap, path, hop).is_some() => {
                let words = event(heap, path, hop).map(|(event, _)| short(&event));
                format!("a listener of the event `{}`", words.unwrap_or_default())
            }
            Some(role) => match (role.collection, role.part) {
                (Collection::Map, Part::Key) => "a key of the Map".to_owned(),
                (Collection::Map, _) => "a value of the Map".to_owned(),
                (Collection::Set, _) => "a member of the Set".to_owned(),
                (Collection::Array, _) => "an element".to_owned(),
            },
            None if hop
                .edge
                .is_some_and(|edge| heap.edge_kind(edge) == EdgeKind::ELEMENT) =>
            {
                "an element".to_owned()
            }
            None => of_hop(heap, scripts, path, hop),
        })
        .collect();
    words.join(" → ")
}

fn of_hop(heap: &Heap, scripts: &Scripts, path: &[Step], hop: &Hop) -> String {
    if let Some((event, which)) = event(heap, path, hop) {
        return match which {
            Some(which) => format!("listener {which} of the event `{}`", short(&event)),
            None => format!("listener of the event `{}`", short(&event)),
        };
    }
    match hop.edge {
        Some(edge) => of_edge(heap, scripts, edge),
        None => "the beginning".to_owned(),
    }
}

/// What a reference is for the object that has it.
pub fn of_edge(heap: &Heap, scripts: &Scripts, edge: EdgeId) -> String {
    if let Some(role) = role(heap, edge) {
        return entry(heap, scripts, edge, role);
    }
    let source = heap.graph().source(edge);
    let name = short(&edge_label(heap, edge).plain());
    let known = |table: &[(&str, &str)]| {
        let found = table.iter().find(|(known, _)| *known == name);
        found.map(|(_, words)| (*words).to_owned())
    };
    match heap.edge_kind(edge) {
        EdgeKind::CONTEXT => variable(heap, scripts, source, &name),
        EdgeKind::ELEMENT => format!("element {name}"),
        EdgeKind::PROPERTY if is_global(heap, source) => format!("global variable `{name}`"),
        EdgeKind::PROPERTY => {
            known(&PROPERTIES).unwrap_or_else(|| Property::of(heap, source, name).words())
        }
        EdgeKind::INTERNAL if name == "context" && is_context(heap, heap.graph().target(edge)) => {
            "its captured variables".to_owned()
        }
        EdgeKind::INTERNAL => weak_map_value(heap, edge)
            .or_else(|| known(&INTERNAL))
            .unwrap_or_else(|| format!("the engine's `{name}`")),
        EdgeKind::SHORTCUT => format!("global `{name}`"),
        EdgeKind::WEAK => format!("weakly, `{name}`"),
        _ if is_context(heap, source) => {
            let whose = variable_words(heap, scripts, source).plain();
            format!("{whose} whose name the dump does not tell").replacen(
                "a variable",
                "variable",
                1,
            )
        }
        _ => format!("the engine's reference {name}"),
    }
}

/// "variable `cache` of f() (file.js:1:2)".
fn variable(heap: &Heap, scripts: &Scripts, context: NodeId, name: &str) -> String {
    let whose = variable_words(heap, scripts, context).plain();
    let whose = whose.strip_prefix("a variable").unwrap_or(&whose);
    format!("variable `{name}`{whose}")
}

/// A property that programs write by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    name: String,
    /// Of which module, where that is known.
    module: Option<String>,
}

impl Property {
    /// The property that a single hop goes over.
    pub fn of_hop(heap: &Heap, path: &[Step], hops: &[Hop]) -> Option<Self> {
        let [hop] = hops else { return None };
        let edge = hop.edge?;
        let source = heap.graph().source(edge);
        let name = short(&edge_label(heap, edge).plain());
        let plain = hop.start == Start::Step
            && heap.edge_kind(edge) == EdgeKind::PROPERTY
            && role(heap, edge).is_none()
            && !is_global(heap, source)
            && PROPERTIES.iter().all(|(known, _)| *known != name)
            && event(heap, path, hop).is_none();
        plain.then(|| Self::of(heap, source, name))
    }

    fn of(heap: &Heap, source: NodeId, name: String) -> Self {
        let module = (heap.raw_name(source) == "Module").then(|| module_file(heap, source));
        let module = module.flatten();
        Self { name, module }
    }

    /// "property `exports` of the module server.js".
    pub fn words(&self) -> String {
        match &self.module {
            Some(file) => format!("property `{}` of the module {file}", self.name),
            None => format!("property `{}`", self.name),
        }
    }

    /// The property `inner` of this one's value: `queue.items`. Nothing where that would be too long to read.
    pub fn then(&self, inner: &Self) -> Option<Self> {
        let name = format!("{}.{}", self.name, inner.name);
        let fits = inner.module.is_none() && width(&name) <= NAME;
        fits.then(|| Self {
            name,
            module: self.module.clone(),
        })
    }
}

/// "value of the key "a" in the Map".
fn entry(heap: &Heap, scripts: &Scripts, edge: EdgeId, role: Role) -> String {
    match (role.collection, role.part) {
        (Collection::Map, Part::Key) => format!("key of the Map's entry {}", role.index),
        (Collection::Map, _) => {
            let key = key_of(heap, edge).map(|key| {
                let key = heap.graph().target(key);
                short(&scripts.label(heap, key).plain())
            });
            match key {
                Some(key) => format!("value of the Map's key {key}"),
                None => format!("value of the Map's entry {}", role.index),
            }
        }
        (Collection::Set, _) => format!("member of the Set, entry {}", role.index),
        (Collection::Array, _) => format!("element [{}]", role.index),
    }
}

/// The value of a WeakMap's entry, which lives as long as its key.
fn weak_map_value(heap: &Heap, edge: EdgeId) -> Option<String> {
    let name = heap.edge_name(edge).to_string();
    let table = pairs::parse(&name)?.table;
    let source = heap.graph().source(edge);
    Some(match table == Some(heap.id(source)) {
        true => "value in the WeakMap, while its key lives".to_owned(),
        false => "value in a WeakMap of which this is the key".to_owned(),
    })
}

fn short(name: &str) -> String {
    cut_middle(name, NAME)
}
