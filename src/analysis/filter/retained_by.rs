//! Objects that would be out of reach without one kind of holder.
//!
//! The heap is searched from the root as if nothing of that kind held anything; what has a distance and is not found
//! is kept by it.

use petgraph::visit::{Dfs, EdgeFiltered, EdgeRef, Walker};

use crate::analysis::selection::matching;
use crate::column::BitSet;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap, NO_DISTANCE};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};

/// DOM state of nodes that are in no document.
const DETACHED: u8 = 2;

/// A kind of holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetainedBy {
    /// DOM nodes outside their document.
    DetachedDom,
    /// Variables of closures.
    Contexts,
    /// The console of the developer tools.
    Console,
    /// Listeners of DOM events.
    EventHandlers,
}

pub(super) fn select(heap: &Heap, holder: RetainedBy, task: &Task) -> Result<BitSet> {
    let found = match holder {
        RetainedBy::DetachedDom => search(heap, task, |_, _, to| heap.detachedness(to) == DETACHED),
        RetainedBy::Contexts => {
            let contexts = matching(heap, task, |node| is_context(heap, node))?;
            search(heap, task, |_, _, to| contexts.contains(to.index()))
        }
        RetainedBy::Console => search(heap, task, |from, edge, _| {
            heap.kind(from) == NodeKind::SYNTHETIC
                && matches!(heap.edge_name(edge), EdgeName::Text(name)
                    if name.ends_with(" / DevTools console"))
        }),
        RetainedBy::EventHandlers => {
            let handlers = event_handlers(heap, task)?;
            search(heap, task, |_, _, to| handlers.contains(to.index()))
        }
    }?;
    matching(heap, task, |node| {
        heap.distance(node) != NO_DISTANCE && !found.contains(node.index())
    })
}

/// The nodes that the root reaches over edges that are neither weak nor refused.
fn search(
    heap: &Heap,
    task: &Task,
    refuse: impl Fn(NodeId, EdgeId, NodeId) -> bool,
) -> Result<BitSet> {
    let mut found = BitSet::new(heap.node_count());
    if heap.node_count() == 0 {
        return Ok(found);
    }
    let graph = EdgeFiltered::from_fn(heap.graph(), |edge| {
        heap.edge_kind(edge.id()) != EdgeKind::WEAK
            && !refuse(edge.source(), edge.id(), edge.target())
    });
    for (steps, node) in Dfs::new(&graph, heap.root()).iter(&graph).enumerate() {
        if steps.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        found.insert(node.index());
    }
    Ok(found)
}

/// Whether a node holds the variables of a function.
fn is_context(heap: &Heap, node: NodeId) -> bool {
    let name = heap.raw_name(node);
    name.strip_prefix("system / Context")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(" / "))
}

/// The functions behind DOM event listeners.
fn event_handlers(heap: &Heap, task: &Task) -> Result<BitSet> {
    let graph = heap.graph();
    let named = |node: NodeId, name: &str| {
        graph
            .edges_from(node)
            .find(|&edge| edge_is_named(heap, edge, name))
            .map(|edge| graph.target(edge))
    };
    let mut handlers = BitSet::new(heap.node_count());
    for node in graph.nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if heap.raw_name(node) != "V8EventListener" {
            continue;
        }
        let Some(callback) = named(node, "1") else {
            continue;
        };
        let function = if named(callback, "code").is_some() {
            callback
        } else {
            graph
                .edges_from(callback)
                .map(|edge| graph.target(edge))
                .find(|&child| named(child, "code").is_some())
                .unwrap_or(callback)
        };
        handlers.insert(function.index());
    }
    Ok(handlers)
}

fn edge_is_named(heap: &Heap, edge: EdgeId, name: &str) -> bool {
    match heap.edge_name(edge) {
        EdgeName::Text(text) => text == name,
        EdgeName::Index(number) => name.parse() == Ok(number),
    }
}
