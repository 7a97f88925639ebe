//! Exports of ES modules: V8 keeps each in a cell, whose name is beside it in a table of the module.

use super::Scripts;
use crate::graph::NodeId;
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};

/// Retainers and slots that are looked at.
const LOOKED_AT: usize = 256;

/// Whether a node is the cell of an exported variable.
pub fn is_cell(heap: &Heap, node: NodeId) -> bool {
    heap.strings().equals(heap.name_id(node), "system / Cell")
}

/// The name under which a cell is exported, and the file of its module where a function tells it.
pub fn export_name(heap: &Heap, cell: NodeId) -> Option<(String, NodeId)> {
    let graph = heap.graph();
    graph.edges_into(cell).take(LOOKED_AT).find_map(|edge| {
        let table = graph.source(edge);
        let EdgeName::Index(slot) = slot_of(heap, edge)? else {
            return None;
        };
        // The key stands before its cell.
        let key = graph.edges_from(table).take(LOOKED_AT).find(
            |&edge| matches!(slot_of(heap, edge), Some(EdgeName::Index(at)) if at + 1 == slot),
        )?;
        let key = graph.target(key);
        heap.kind(key)
            .is_string()
            .then(|| (heap.raw_name(key).into_owned(), table))
    })
}

/// The slot of a table that an edge leaves.
fn slot_of(heap: &Heap, edge: crate::graph::EdgeId) -> Option<EdgeName<'_>> {
    let graph = heap.graph();
    if heap.kind(graph.source(edge)) != NodeKind::ARRAY {
        return None;
    }
    match heap.edge_name(edge) {
        EdgeName::Text(name) => name.parse().ok().map(EdgeName::Index),
        index => Some(index),
    }
}

/// The script of the module that has a table of exports.
pub fn script_of_exports(heap: &Heap, scripts: &Scripts, table: NodeId) -> Option<String> {
    scripts.script(heap, function_of_exports(heap, table)?)
}

/// The function that runs the module that has a table of exports.
pub fn function_of_exports(heap: &Heap, table: NodeId) -> Option<NodeId> {
    let graph = heap.graph();
    let module = graph
        .edges_into(table)
        .map(|edge| graph.source(edge))
        .find(|&node| heap.raw_name(node) == "system / SourceTextModule")?;
    graph.edges_from(module).find_map(|edge| {
        let generator = graph.target(edge);
        let function = graph.edges_from(generator).find(|&edge| {
            heap.edge_kind(edge) == EdgeKind::INTERNAL
                && heap
                    .edge_name_id(edge)
                    .is_some_and(|name| heap.strings().equals(name, "function"))
        })?;
        Some(graph.target(function))
    })
}
