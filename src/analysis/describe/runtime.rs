//! The runtime's own part of a path: what lies between the root and the first object of the application.

use crate::analysis::describe::{Scripts, is_context, is_global, root_words};
use crate::analysis::paths::Step;
use crate::graph::NodeId;
use crate::heap::{EdgeName, Heap};
use crate::snapshot::NodeKind;
use crate::text::span::Spans;
use crate::text::units::grouped;

/// As many steps of a path are looked at.
const LOOKED_AT: usize = 64;

/// Fewer steps are told one by one.
const LEAST: usize = 3;

/// The beginning of a path that is the runtime's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// How many steps of the path.
    pub steps: usize,
    /// The last of them.
    pub end: NodeId,
    /// What it is: "Node's module cache".
    pub what: Spans,
}

impl Stretch {
    /// The stretch in a text: "Node's module cache ⋯ 9 steps".
    pub fn words(&self) -> Spans {
        let steps = grouped(self.steps as u64);
        self.what.clone().note(" ⋯ ").number(steps).note(" steps")
    }
}

/// The stretch with which a path begins, if it is long enough to be worth a name.
pub fn runtime_stretch(heap: &Heap, scripts: &Scripts, path: &[Step]) -> Option<Stretch> {
    let mut end = None;
    let mut script = None;
    // The last entry is what the path is about.
    let looked_at = path.len().saturating_sub(1).min(LOOKED_AT);
    for (at, step) in path.iter().enumerate().take(looked_at) {
        let node = step.node;
        let is_code = heap.kind(node) == NodeKind::CLOSURE || is_context(heap, node);
        match scripts.script(heap, node) {
            Some(name) if is_runtime_script(&name) && is_code => {
                end = Some(at);
                script = Some(name);
            }
            Some(name) if is_runtime_script(&name) => {}
            // Here the application begins.
            Some(_) => break,
            None if is_engine(heap, node) => end = Some(at),
            None => {}
        }
    }
    let mut end = end?;
    let mut words = match &script {
        Some(script) => Spans::from("Node's own code, ").place(script.clone()),
        None => root_words(heap, path),
    };
    let loads = script.is_some_and(|name| name.starts_with("node:internal/modules"));
    if let Some(next) = path.get(end + 1).filter(|_| loads && end + 2 < path.len())
        && is_named(heap, next, "_cache")
    {
        end += 1;
        words = "Node's module cache".into();
    }
    let steps = end + 1;
    (steps >= LEAST).then(|| Stretch {
        steps,
        end: path[end].node,
        what: words,
    })
}

fn is_engine(heap: &Heap, node: NodeId) -> bool {
    heap.kind(node) == NodeKind::SYNTHETIC
        || is_global(heap, node)
        || heap.raw_name(node).starts_with("system / NativeContext")
}

fn is_named(heap: &Heap, step: &Step, name: &str) -> bool {
    step.edge
        .is_some_and(|edge| matches!(heap.edge_name(edge), EdgeName::Text(text) if text == name))
}

/// Whether a script is the runtime's: `node:events`, `internal/timers`, and in old versions of Node `events.js`.
pub(crate) fn is_runtime_script(name: &str) -> bool {
    name.starts_with("node:")
        || name.starts_with("internal/")
        || name.ends_with(".js") && !name.contains(['/', '\\', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::hops::folded;
    use crate::analysis::paths::path_from_root;
    use crate::heap::testing::Sketch;
    use crate::snapshot::EdgeKind;
    use crate::task::Task;

    #[test]
    fn what_lies_above_the_application_is_one_stretch() {
        let mut sketch = Sketch::new();
        let roots = sketch.node(NodeKind::SYNTHETIC, "(GC roots)", 0);
        let handles = sketch.node(NodeKind::SYNTHETIC, "(Global handles)", 0);
        let cache = sketch.node(NodeKind::OBJECT, "Cache", 8);
        let item = sketch.node(NodeKind::OBJECT, "Item", 8);
        sketch.edge(sketch.root, EdgeKind::ELEMENT, "1", roots);
        sketch.edge(roots, EdgeKind::ELEMENT, "2", handles);
        sketch.edge(handles, EdgeKind::ELEMENT, "3", cache);
        sketch.edge(cache, EdgeKind::PROPERTY, "item", item);
        let heap = sketch.heap();
        let task = Task::new();
        let scripts = Scripts::build(&heap, &task).unwrap();
        let path = path_from_root(&heap, item, &task).unwrap();
        let stretch = runtime_stretch(&heap, &scripts, &path).unwrap();
        assert_eq!((stretch.steps, stretch.end), (3, handles));
        assert_eq!(stretch.what.plain(), "a handle of native code");
        // Every path that is told begins with it.
        let words = folded(&heap, &scripts, &path).words();
        let words: Vec<String> = words.iter().map(Spans::plain).collect();
        assert_eq!(
            words,
            [
                "a handle of native code ⋯ 3 steps",
                "[3]: Cache",
                "item: Item"
            ]
        );
        // What the path is about is never part of it, and two steps are no stretch.
        assert_eq!(runtime_stretch(&heap, &scripts, &path[..3]), None);
    }
}
