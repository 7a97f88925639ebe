//! Native contexts: which page, frame or realm an object belongs to.
//!
//! Computed when asked for. Objects belong to the context that their map leads to, and what only one context's
//! objects lead to belongs to it as well.

use crate::column::BitSet;
use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::EdgeKind;
use crate::task::Task;

use super::Heap;
use super::pace::Pace;
use super::well_known::Word;

/// Whose a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextOwner {
    /// No context's objects lead to it.
    Nobody,
    /// The context at this place of [`Attribution::contexts`].
    Context(u32),
    /// Several contexts' objects lead to it.
    Shared,
}

/// A native context and what is attributed to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NativeContext {
    /// Its node.
    pub node: NodeId,
    /// Sum of the shallow sizes of its nodes, in bytes.
    pub size: u64,
}

/// Which native context each node belongs to.
#[derive(Debug, Clone, Default)]
pub struct Attribution {
    /// The contexts, in the order of their nodes.
    pub contexts: Vec<NativeContext>,
    /// Bytes that several contexts share.
    pub shared: u64,
    /// Bytes that belong to no context.
    pub unattributed: u64,
    owners: Vec<u32>,
}

const NOBODY: u32 = u32::MAX;
const SHARED: u32 = u32::MAX - 1;

impl Attribution {
    /// Whose a node is. Panics, as slices do, when there is no such node.
    pub fn owner(&self, node: NodeId) -> ContextOwner {
        match self.owners[node.index()] {
            NOBODY => ContextOwner::Nobody,
            SHARED => ContextOwner::Shared,
            context => ContextOwner::Context(context),
        }
    }
}

/// Attributes every node to a native context.
///
/// # Errors
/// When the task is cancelled.
pub fn attribute(heap: &Heap, task: &Task) -> Result<Attribution> {
    let graph = heap.graph();
    let mut pace = Pace::stage(task, "attributing objects to contexts", graph.edge_count());
    let mut contexts = Vec::new();
    let mut owners = vec![NOBODY; graph.node_count()];
    for node in graph.nodes() {
        pace.step(1)?;
        if is_native_context(heap, node) {
            owners[node.index()] = contexts.len() as u32;
            contexts.push(NativeContext { node, size: 0 });
        }
    }
    let mut fixed = BitSet::new(graph.node_count());
    let by_node = owners.clone();
    for node in graph.nodes() {
        pace.step(1)?;
        if owners[node.index()] == NOBODY {
            owners[node.index()] = own_context(heap, node, &by_node).unwrap_or(NOBODY);
        }
        if owners[node.index()] != NOBODY {
            fixed.insert(node.index());
        }
    }
    drop(by_node);
    spread(heap, &mut owners, &fixed, &mut pace)?;
    let mut result = Attribution {
        contexts,
        ..Attribution::default()
    };
    for node in graph.nodes() {
        pace.step(1)?;
        let size = heap.shallow(node);
        match owners[node.index()] {
            NOBODY => result.unattributed += size,
            SHARED => result.shared += size,
            context => result.contexts[context as usize].size += size,
        }
    }
    result.owners = owners;
    Ok(result)
}

/// Passes owners on from the nodes whose owner is fixed; each node changes at most twice.
fn spread(heap: &Heap, owners: &mut [u32], fixed: &BitSet, pace: &mut Pace) -> Result<()> {
    let graph = heap.graph();
    let mut pending = Vec::new();
    for start in fixed.iter() {
        pending.push(NodeId(start as u32));
        while let Some(node) = pending.pop() {
            pace.step(graph.edge_range(node).len())?;
            let owner = owners[node.index()];
            for edge in graph.edges_from(node) {
                let target = graph.target(edge);
                let known = owners[target.index()];
                if matches!(heap.edge_kind(edge), EdgeKind::SHORTCUT | EdgeKind::WEAK)
                    || fixed.contains(target.index())
                    || known == owner
                    || known == SHARED
                {
                    continue;
                }
                owners[target.index()] = if known == NOBODY { owner } else { SHARED };
                pending.push(target);
            }
        }
    }
    Ok(())
}

/// Whether a node is a native context: by its name, alone or with a description behind it.
pub fn is_native_context(heap: &Heap, node: NodeId) -> bool {
    let name = heap.raw_name(node);
    let name = name.strip_prefix("Detached ").unwrap_or(&name);
    name.strip_prefix("system / NativeContext")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(" / "))
}

/// The context that an object's map leads to.
fn own_context(heap: &Heap, node: NodeId, contexts: &[u32]) -> Option<u32> {
    let meta_map = heap.internal(heap.internal(node, Word::Map)?, Word::Map)?;
    heap.graph()
        .edges_from(meta_map)
        .filter(|&edge| {
            heap.edge_kind(edge) == EdgeKind::INTERNAL
                && heap
                    .edge_name_id(edge)
                    .is_some_and(|name| heap.words.is(name, Word::NativeContextEdge))
        })
        .map(|edge| contexts[heap.graph().target(edge).index()])
        .find(|&context| context != NOBODY)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;
    use crate::snapshot::NodeKind;

    #[test]
    fn objects_belong_to_the_context_of_their_map_or_of_their_holders() {
        let mut sketch = Sketch::new();
        let mut realm = |name: &str| {
            let context = sketch.rooted(NodeKind::HIDDEN, name, 100);
            let [object, map, meta] =
                ["o", "m", "mm"].map(|name| sketch.node(NodeKind::OBJECT, name, 8));
            sketch.edge(sketch.root, EdgeKind::PROPERTY, "x", object);
            sketch.edge(object, EdgeKind::INTERNAL, "map", map);
            sketch.edge(map, EdgeKind::INTERNAL, "map", meta);
            sketch.edge(meta, EdgeKind::INTERNAL, "native_context", context);
            (context, object)
        };
        let (first, a) = realm("system / NativeContext");
        let (second, b) = realm("Detached system / NativeContext / https://example.com");
        let [of_a, below, shared, weak] =
            ["1", "2", "3", "4"].map(|name| sketch.node(NodeKind::STRING, name, 16));
        for (from, to) in [(a, of_a), (of_a, below), (a, shared), (b, shared), (a, b)] {
            sketch.edge(from, EdgeKind::PROPERTY, "x", to);
        }
        sketch.edge(a, EdgeKind::WEAK, "x", weak);
        let other = sketch.rooted(NodeKind::OBJECT, "system / NativeContextual", 1);
        let heap = sketch.heap();
        let found = attribute(&heap, &Task::new()).unwrap();
        let nodes: Vec<NodeId> = found.contexts.iter().map(|context| context.node).collect();
        assert_eq!(nodes, [first, second]);
        let owners = |nodes: &[NodeId]| {
            nodes
                .iter()
                .map(|&node| found.owner(node))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            owners(&[first, a, of_a, below]),
            [ContextOwner::Context(0); 4]
        );
        assert_eq!(owners(&[second, b]), [ContextOwner::Context(1); 2]);
        assert_eq!(owners(&[shared]), [ContextOwner::Shared]);
        assert_eq!(owners(&[weak, other]), [ContextOwner::Nobody; 2]);
        let sum: u64 = found.contexts.iter().map(|context| context.size).sum();
        assert_eq!(
            sum + found.shared + found.unattributed,
            heap.statistics().total
        );
    }
}
