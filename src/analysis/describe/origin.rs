//! Where things begin in the source: variables, modules, globals, and the kinds of roots.

use crate::analysis::describe::Scripts;
use crate::analysis::paths::Step;
use crate::analysis::strings::internal;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::text::span::Spans;

/// Whose variable it is: "a variable of f() (file.js:1:2)".
pub fn variable_words(
    heap: &Heap,
    scripts: &Scripts,
    context: NodeId,
    edge: Option<EdgeId>,
) -> Spans {
    Spans::from("a variable").then(variable_owner(heap, scripts, context, edge))
}

/// The same without the variable: " of f() (file.js:1:2)", " at the top of a script". A bundle has the variables of many
/// modules in one scope; a map tells whose this one is.
pub fn variable_owner(
    heap: &Heap,
    scripts: &Scripts,
    context: NodeId,
    edge: Option<EdgeId>,
) -> Spans {
    let text = Spans::new();
    let original = edge.and_then(|edge| scripts.variable(heap, edge));
    let is_named = |words: &Spans| {
        let name = words.plain();
        !name.starts_with(['(', '<']) && !name.starts_with("system / ")
    };
    let function = scripts.function_in_words(heap, context).filter(is_named);
    // A function's own, where the module around it has no variables that anybody keeps.
    let is_of_module = is_module_level(heap, context) && function.is_none();
    if let Some(original) = original.filter(|_| is_of_module || scripts.is_unwritten(heap, context))
    {
        return text.note(" of the module ").place(original.source.clone());
    }
    let place = scripts.place(heap, context);
    if is_of_module {
        return match place {
            Some(place) => {
                let file = place.split(':').next().unwrap_or(&place);
                let file = if file == "node" { &place } else { file };
                text.note(" of the module ").place(file.to_owned())
            }
            None => text.note(" at the top of a script"),
        };
    }
    match (function, place) {
        (Some(function), Some(place)) => {
            let text = text.note(" of ").then(function).note(" (");
            text.place(place).note(")")
        }
        (Some(function), None) => text.note(" of ").then(function),
        (None, Some(place)) => text.note(" of a function in ").place(place),
        (None, None) => text.note(" of a function"),
    }
}

/// Whether a context is that of a module: the one around it is the engine's.
pub fn is_module_level(heap: &Heap, context: NodeId) -> bool {
    internal(heap, context, "previous").is_none_or(|previous| {
        let name = heap.raw_name(previous);
        name.contains("NativeContext")
            || name.contains("ScriptContext")
            || name == "system / Context / scope"
    })
}

/// The path of a CommonJS module.
pub fn module_path(heap: &Heap, module: NodeId) -> Option<String> {
    let graph = heap.graph();
    let path = graph.edges_from(module).find(|&edge| {
        heap.edge_kind(edge) == EdgeKind::PROPERTY
            && heap
                .edge_name_id(edge)
                .is_some_and(|name| heap.strings().equals(name, "filename"))
    })?;
    Some(heap.display_name(graph.target(path)))
}

/// The file of a CommonJS module.
pub fn module_file(heap: &Heap, module: NodeId) -> Option<String> {
    let name = module_path(heap, module)?;
    let mut parts = name.rsplit(['/', '\\']);
    let file = parts.next().unwrap_or(&name);
    // Of eighty index.js the folder says which.
    let file = match parts.next() {
        Some(folder) if file.starts_with("index.") => format!("{folder}/{file}"),
        _ => file.to_owned(),
    };
    (!file.is_empty()).then_some(file)
}

/// The kind of root that a path begins with.
pub fn root_words(heap: &Heap, path: &[Step]) -> Spans {
    let is_root = |step: &&Step| heap.kind(step.node) == NodeKind::SYNTHETIC;
    let last = path.iter().take_while(is_root).last();
    let first = path.iter().find(|step| !is_root(step));
    if first.is_some_and(|step| is_global(heap, step.node)) {
        return "the global object".into();
    }
    match last.map(|step| heap.raw_name(step.node)).as_deref() {
        Some("(Stack roots)") => "the stack of a running function".into(),
        Some("(Global handles)") => "a handle of native code".into(),
        Some("(Eternal handles)") => "a permanent handle of native code".into(),
        Some(name) if name.starts_with('(') && name.len() > 2 => {
            Spans::from("the root ").name(name.to_owned())
        }
        _ => "a root".into(),
    }
}

/// Whether a node is the global object of a process, page or worker.
pub fn is_global(heap: &Heap, node: NodeId) -> bool {
    let name = heap.raw_name(node);
    heap.kind(node) == NodeKind::OBJECT
        && (name == "global"
            || name.starts_with("global ")
            || name == "Window"
            || name.starts_with("Window /")
            || name.starts_with("Window [")
            // Of workers, by whatever name their embedder gave it.
            || name.contains(" [JSGlobal"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;

    #[test]
    fn global_objects_are_known_by_what_embedders_call_them() {
        let mut sketch = Sketch::new();
        let globals = [
            "global",
            "global / main",
            "Window",
            "Window / https://a.example",
            "Window [JSGlobalObject]",
            "ServiceWorkerGlobalScope [JSGlobalObject]",
            "DedicatedWorkerGlobalScope [JSGlobalProxy]",
        ];
        let globals = globals.map(|name| sketch.rooted(NodeKind::OBJECT, name, 8));
        let others = [
            "globals",
            "WindowProxy",
            "ServiceWorkerGlobalScope",
            "Object",
        ];
        let others = others.map(|name| sketch.rooted(NodeKind::OBJECT, name, 8));
        let heap = sketch.heap();
        assert!(globals.iter().all(|&node| is_global(&heap, node)));
        assert!(!others.iter().any(|&node| is_global(&heap, node)));
    }
}
