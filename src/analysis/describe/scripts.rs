//! Source places, the functions that contexts belong to, and what people called classes and functions: whatever stands in
//! a label, in the dump's words or in those of the source.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::analysis::describe::{edge_label, label, logical, preview};
use crate::analysis::originals::{Original, Originals, Scope, with_class};
use crate::analysis::strings::internal;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::well_known::Word;
use crate::heap::{Class, EdgeName, Heap, Place};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};
use crate::text::place::file_name;
use crate::text::span::Spans;

/// Edges from a function's shared part to its script, by age of the engine.
const TO_SCRIPT: [&str; 2] = ["script", "script_or_debug_info"];

/// How many references to a context are looked at to find a closure that uses it.
const USERS: usize = 4096;

/// Script names by number, and functions by scope; built once for a heap, then asked for every row.
#[derive(Debug, Clone, Default)]
pub struct Scripts {
    names: HashMap<u32, String>,
    /// The scripts themselves, by number.
    nodes: HashMap<u32, NodeId>,
    /// The shared part of the function whose variables a scope description describes.
    function_of_scope: HashMap<NodeId, NodeId>,
    /// One closure of each such function, where one is alive: it knows the place.
    closure_of_function: HashMap<NodeId, NodeId>,
    /// What was called otherwise where it was written, once that was looked for.
    originals: OnceLock<Originals>,
}

impl Scripts {
    /// Only the names, which are enough to show places.
    pub fn of_names(names: HashMap<u32, String>) -> Self {
        Self {
            names,
            ..Self::default()
        }
    }

    /// The names of the scripts, by number.
    pub fn names(&self) -> &HashMap<u32, String> {
        &self.names
    }

    /// From now on labels and places are those of the sources, as far as these tell. Only the first
    /// call counts; others found the same.
    pub fn learn_originals(&self, found: Originals) {
        let _ = self.originals.set(found);
    }

    /// What was called otherwise where it was written; `None` where nothing is known to be.
    pub fn originals(&self) -> Option<&Originals> {
        self.originals.get().filter(|known| !known.is_empty())
    }

    /// Collects scripts and functions. Linear in the edges of closures and code.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn build(heap: &Heap, task: &Task) -> Result<Self> {
        let graph = heap.graph();
        let mut scripts = Self::default();
        if !heap.words.has(Word::ScopeInfo) {
            return Ok(scripts);
        }
        let mut ahead = heap.kinds_ahead();
        for node in graph.nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            ahead.at(node);
            if heap.kind(node) != NodeKind::CODE {
                continue;
            }
            let scope = heap.internal(node, Word::ScopeInfo);
            // Functions that were never run have only their name there.
            if let Some(scope) = scope.filter(|&scope| !heap.kind(scope).is_string()) {
                scripts.function_of_scope.entry(scope).or_insert(node);
            }
        }
        for node in graph.nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            ahead.at(node);
            if heap.kind(node) == NodeKind::CLOSURE {
                scripts.learn(heap, node);
            }
        }
        Ok(scripts)
    }

    /// Learns from a closure which script its place is in.
    fn learn(&mut self, heap: &Heap, closure: NodeId) {
        let Some(function) = internal(heap, closure, "shared") else {
            return;
        };
        let Some(place) = heap.place(closure) else {
            return;
        };
        self.closure_of_function.entry(function).or_insert(closure);
        if !self.names.contains_key(&place.script_id)
            && let Some(name) = script_name(heap, function)
        {
            self.names.insert(place.script_id, name);
            self.nodes
                .extend(script_of(heap, function).map(|script| (place.script_id, script)));
        }
    }

    /// The name (path or URL) of a script, where a function of it is alive.
    pub fn name(&self, script_id: u32) -> Option<&str> {
        self.names.get(&script_id).map(String::as_str)
    }

    /// The script itself, where a function of it is alive.
    pub fn node(&self, script_id: u32) -> Option<NodeId> {
        self.nodes.get(&script_id).copied()
    }

    /// A place for people, counted from 1: file name only, `file.js:41:12`, or the source by a map, `src/file.ts:40:3`.
    pub fn show(&self, place: Place) -> String {
        if let Some(original) = self.originals().and_then(|all| all.at(place)) {
            return original.place();
        }
        let file = match self.name(place.script_id) {
            Some(name) => file_name(name),
            None => &format!("script {}", place.script_id),
        };
        format!(
            "{file}:{}:{}",
            u64::from(place.line) + 1,
            u64::from(place.column) + 1
        )
    }

    /// Where the function was written whose variables a context holds, where a closure of it is alive.
    pub fn place_of_context(&self, heap: &Heap, node: NodeId) -> Option<Place> {
        let function = self.function_of_context(heap, node)?;
        heap.place(*self.closure_of_function.get(&function)?)
    }

    /// What has the variables of a context.
    pub fn scope(&self, heap: &Heap, context: NodeId) -> Scope {
        match self.place_of_context(heap, context) {
            Some(place) => Scope::Function(place),
            None => Scope::Script(context),
        }
    }

    /// Where a closure, an object's constructor or a context's function was written, for people.
    pub fn place(&self, heap: &Heap, node: NodeId) -> Option<String> {
        let place = heap.place(node);
        match place.or_else(|| self.place_of_context(heap, node)) {
            Some(place) => Some(self.show(place)),
            None => self.file_of_context(heap, node),
        }
    }

    /// The file whose code uses a context: that of its function, or of a closure in it.
    fn file_of_context(&self, heap: &Heap, node: NodeId) -> Option<String> {
        let name = self.script_of_context(heap, node)?;
        Some(file_name(&name).to_owned())
    }

    fn script_of_context(&self, heap: &Heap, node: NodeId) -> Option<String> {
        if !is_context(heap, node) {
            return None;
        }
        let function = self.function_of_context(heap, node);
        function
            .and_then(|function| script_name(heap, function))
            .or_else(|| {
                // Functions that were never run may not know their script.
                let users = heap.graph().edges_into(node).take(USERS);
                users
                    .map(|edge| heap.graph().source(edge))
                    .filter(|&user| heap.kind(user) == NodeKind::CLOSURE)
                    .find_map(|closure| script_name(heap, internal(heap, closure, "shared")?))
            })
    }

    /// The script (path or URL) that a closure, an object's constructor or a context's function was written in.
    pub fn script(&self, heap: &Heap, node: NodeId) -> Option<String> {
        match heap.place(node) {
            Some(place) => self.name(place.script_id).map(str::to_owned),
            None => self.script_of_context(heap, node),
        }
    }

    /// Whether a context is of a function that only the bundle has, as the one around all of it.
    pub fn is_unwritten(&self, heap: &Heap, context: NodeId) -> bool {
        let place = self.place_of_context(heap, context);
        let original = place.and_then(|place| self.originals()?.at(place));
        original.is_none()
    }

    /// The same, or the source that it was written in where a map tells.
    pub fn source(&self, heap: &Heap, node: NodeId) -> Option<String> {
        let place = heap
            .place(node)
            .or_else(|| self.place_of_context(heap, node));
        let original = place.and_then(|place| self.originals()?.at(place));
        match original {
            Some(original) => Some(original.source.clone()),
            None => self.script(heap, node),
        }
    }

    /// What a row on a screen calls an object: its label, with values of fields and messages of errors.
    pub fn preview(&self, heap: &Heap, node: NodeId) -> Spans {
        match preview(heap, node) {
            Some(text) => self.as_written(heap, node, text),
            None => self.label(heap, node),
        }
    }

    /// The name of a class, as people gave it where a map tells: `SessionStore (Zx)`.
    pub fn class(&self, class: &Class) -> Spans {
        match self.originals() {
            Some(all) => all.class_words(class),
            None => Spans::new().name(class.name.clone()),
        }
    }

    /// The same of an object's class.
    pub fn class_of(&self, heap: &Heap, node: NodeId) -> Spans {
        self.class(heap.class(heap.class_id(node)))
    }

    /// A variable of a context, by the reference to its value, as it was written.
    pub fn variable(&self, heap: &Heap, edge: EdgeId) -> Option<&Original> {
        if heap.edge_kind(edge) != EdgeKind::CONTEXT {
            return None;
        }
        let EdgeName::Text(name) = heap.edge_name(edge) else {
            return None;
        };
        let scope = self.scope(heap, heap.graph().source(edge));
        self.originals()?.variable(scope, &name)
    }

    /// The name of a reference; that of a variable as it was written: `store (g)`.
    pub fn edge_label(&self, heap: &Heap, edge: EdgeId) -> Spans {
        match (self.variable(heap, edge), heap.edge_name(edge)) {
            (Some(original), EdgeName::Text(name)) => original.variable_words(&name),
            _ => edge_label(heap, edge),
        }
    }

    fn original(&self, heap: &Heap, node: NodeId) -> Option<&Original> {
        self.originals()?.of(heap, node)
    }

    /// What the source calls a closure; what the dump does where no map tells.
    pub fn function_name(&self, heap: &Heap, closure: NodeId) -> String {
        let original = self.original(heap, closure);
        let name = original.and_then(|original| original.name.clone());
        name.unwrap_or_else(|| heap.raw_name(closure).into_owned())
    }

    /// What an object is called, with the name of its class or function as it was written.
    fn as_written(&self, heap: &Heap, node: NodeId, text: Spans) -> Spans {
        let Some(original) = self.original(heap, node) else {
            return text;
        };
        let name = heap.raw_name(node);
        match heap.kind(node) {
            NodeKind::CLOSURE => original.function_words(&name),
            _ => with_class(text, &name, original),
        }
    }

    /// The name of an object, decorated; contexts named after their function, or else their file, and built-in objects
    /// with what is in them. Of texts only those that are strings' names.
    pub fn label(&self, heap: &Heap, node: NodeId) -> Spans {
        if !is_context(heap, node) {
            let logical = logical(heap, node);
            if let Some(bound) = logical
                .as_ref()
                .filter(|_| heap.kind(node) == NodeKind::CLOSURE)
            {
                return bound.clone();
            }
            let text = logical.unwrap_or_else(|| label(heap, node));
            return self.as_written(heap, node, text);
        }
        if let Some(words) = self.function_in_words(heap, node) {
            return Spans::new().note("Context of ").then(words);
        }
        match self.file_of_context(heap, node) {
            Some(file) => Spans::new().note("Context in ").place(file),
            None => label(heap, node),
        }
    }

    /// The function whose variables a context holds, if it has a name: `login()`, `createStore() (e)`.
    pub fn function_in_words(&self, heap: &Heap, context: NodeId) -> Option<Spans> {
        let function = self.function_of_context(heap, context)?;
        let name = function_name(heap, function)?;
        let closure = self.closure_of_function.get(&function);
        let original = closure.and_then(|&closure| self.original(heap, closure));
        Some(match original {
            Some(original) => original.function_words(&name),
            None => Spans::new().function(name).note("()"),
        })
    }

    /// The shared part of the function whose variables `node` holds, if it is a context.
    pub fn function_of_context(&self, heap: &Heap, node: NodeId) -> Option<NodeId> {
        if !is_context(heap, node) {
            return None;
        }
        let scope = internal(heap, node, "scope_info")?;
        self.function_of_scope.get(&scope).copied()
    }
}

/// Whether a node holds the variables of a function or block.
pub fn is_context(heap: &Heap, node: NodeId) -> bool {
    heap.kind(node) == NodeKind::OBJECT
        && heap
            .raw_name(node)
            .strip_prefix("system / Context")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(" / "))
}

/// The variables of a context: the edges to their values.
pub fn variables(heap: &Heap, context: NodeId) -> impl Iterator<Item = EdgeId> + '_ {
    heap.graph()
        .edges_from(context)
        .filter(|&edge| heap.edge_kind(edge) == EdgeKind::CONTEXT)
}

/// The name of a function by its shared part.
fn function_name(heap: &Heap, function: NodeId) -> Option<String> {
    let name = heap.raw_name(function);
    let is_engines = name == "(shared function info)" || name.starts_with("system / ");
    (!name.is_empty() && !is_engines).then(|| name.into_owned())
}

/// The name of the script that a function's shared part belongs to.
pub(crate) fn script_name(heap: &Heap, function: NodeId) -> Option<String> {
    let script = script_of(heap, function)?;
    let name = internal(heap, script, "name").filter(|&name| heap.kind(name).is_string())?;
    let name = heap.display_name(name);
    (!name.is_empty()).then_some(name)
}

fn script_of(heap: &Heap, function: NodeId) -> Option<NodeId> {
    TO_SCRIPT
        .iter()
        .find_map(|name| internal(heap, function, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::Location;

    #[test]
    fn contexts_are_named_after_their_functions() {
        let internal = EdgeKind::INTERNAL;
        let mut sketch = Sketch::new();
        let outer = sketch.rooted(NodeKind::CLOSURE, "outer", 8);
        let shared = sketch.node(NodeKind::CODE, "outer", 8);
        let script = sketch.node(NodeKind::CODE, "/srv/app.js", 8);
        let file = sketch.node(NodeKind::STRING, "/srv/app.js", 8);
        let scope = sketch.node(NodeKind::CODE, "system / ScopeInfo", 8);
        let context = sketch.rooted(NodeKind::OBJECT, "system / Context", 8);
        let block = sketch.rooted(NodeKind::OBJECT, "system / Context", 8);
        sketch.edge(outer, internal, "shared", shared);
        sketch.edge(outer, internal, "context", block);
        sketch.edge(shared, internal, "name_or_scope_info", scope);
        sketch.edge(shared, internal, "script", script);
        sketch.edge(script, internal, "name", file);
        sketch.edge(context, internal, "scope_info", scope);
        sketch.edge(context, EdgeKind::CONTEXT, "cache", file);
        sketch.locations = vec![Location {
            node: outer.0,
            script_id: 7,
            line: 40,
            column: 11,
        }];
        let heap = sketch.heap();
        let scripts = Scripts::build(&heap, &Task::new()).unwrap();
        assert_eq!(scripts.name(7), Some("/srv/app.js"));
        assert_eq!(scripts.label(&heap, outer).plain(), "outer()");
        assert_eq!(scripts.place(&heap, outer).unwrap(), "app.js:41:12");
        assert_eq!(scripts.label(&heap, context).plain(), "Context of outer()");
        assert_eq!(scripts.place(&heap, context).unwrap(), "app.js:41:12");
        assert_eq!(scripts.label(&heap, block).plain(), "Context in app.js");
        assert_eq!(scripts.place(&heap, file), None);
        assert_eq!(variables(&heap, context).count(), 1);
    }
}
