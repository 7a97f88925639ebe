//! What closures captured: the contexts, by the function whose variables they hold.

use crate::analysis::describe::{is_context, variables};
use crate::analysis::groups::{Groups, group_by};
use crate::analysis::selection::Selection;
use crate::analysis::strings::internal;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::heap::contexts::is_native_context;
use crate::task::{CHECK_EVERY, Task};

/// The selected contexts, those of one function or block together; what retains most first, in groups too.
///
/// # Errors
/// When the task is cancelled.
pub fn contexts(heap: &Heap, selection: &Selection, task: &Task) -> Result<Groups> {
    task.stage("looking for contexts", heap.node_count() as u64);
    let mut nodes = Vec::new();
    for node in heap.graph().nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if is_context(heap, node)
            && !is_native_context(heap, node)
            && heap.shallow(node) > 0
            && selection.contains(node)
        {
            nodes.push(node);
        }
    }
    nodes.sort_by_cached_key(|&node| (std::cmp::Reverse(heap.retained(node)), node));
    // A context that does not tell its scope is like no other.
    let key = |node| Ok(internal(heap, node, "scope_info").unwrap_or(node));
    group_by(heap, nodes, key, task)
}

/// The variables of a context, those whose values retain most first.
///
/// # Errors
/// When the task is cancelled.
pub fn captured(heap: &Heap, context: NodeId, task: &Task) -> Result<Vec<EdgeId>> {
    task.check()?;
    let mut edges: Vec<EdgeId> = variables(heap, context).collect();
    edges.sort_by_key(|&edge| {
        let target = heap.graph().target(edge);
        (std::cmp::Reverse(heap.retained(target)), edge)
    });
    Ok(edges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::{EdgeKind, NodeKind};

    #[test]
    fn contexts_of_one_scope_are_one_group() {
        let mut sketch = Sketch::new();
        let scope = sketch.node(NodeKind::CODE, "system / ScopeInfo", 8);
        let contexts = [(); 3].map(|()| sketch.rooted(NodeKind::OBJECT, "system / Context", 32));
        for context in &contexts[..2] {
            sketch.edge(*context, EdgeKind::INTERNAL, "scope_info", scope);
        }
        let [small, large] = [8, 800].map(|size| sketch.node(NodeKind::OBJECT, "Thing", size));
        sketch.edge(contexts[1], EdgeKind::CONTEXT, "small", small);
        sketch.edge(contexts[1], EdgeKind::CONTEXT, "large", large);
        sketch.rooted(NodeKind::OBJECT, "system / NativeContext", 900);
        let (heap, task) = (sketch.heap(), Task::new());
        let found = super::contexts(&heap, &Selection::All, &task).unwrap();
        assert_eq!(found.groups.len(), 2);
        assert_eq!(found.members(0), [contexts[1], contexts[0]]);
        assert_eq!(found.groups[0].retained, 64 + 808);
        let captured = captured(&heap, contexts[1], &task).unwrap();
        let targets: Vec<NodeId> = captured
            .iter()
            .map(|&edge| heap.graph().target(edge))
            .collect();
        assert_eq!(targets, [large, small]);
    }
}
