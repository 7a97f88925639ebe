//! Growth without objects: numbers in an array, a Map or a Set only make its table larger.

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};

use super::first_seen::{ById, is_same};
use super::view::{NOISY, PLUMBING, SYNTHETIC, View};

/// Tables that grew by less are not looked at, in bytes.
const LEAST: u64 = 8 << 10;
/// How many tables are followed at most.
const FOLLOWED: usize = 4096;
/// How many of those that grew become candidates.
const CANDIDATES: usize = 5;

/// A table and its size in each dump, in bytes.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Its owner, in the last dump.
    pub owner: NodeId,
    pub bytes: Vec<u64>,
}

/// The bytes of a container's own arrays, by owner.
pub(super) fn own_bytes(view: &View<'_>, task: &Task) -> Result<Vec<u64>> {
    let heap = view.heap;
    let mut bytes = vec![0u64; heap.node_count()];
    for node in heap.graph().nodes() {
        if node.index().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        match heap.kind(node) {
            // A container's arrays have given it their sizes, unless something else holds them too.
            NodeKind::OBJECT => bytes[node.index()] += heap.shallow(node),
            NodeKind::ARRAY => bytes[view.owner(node).index()] += heap.shallow(node),
            _ => {}
        }
    }
    Ok(bytes)
}

/// Large tables of old objects in the last dump, largest first, to be followed through the others.
pub(super) fn large(view: &View<'_>, births: &[u8], own: &[u64]) -> Vec<Table> {
    let heap = view.heap;
    let mut tables: Vec<Table> = heap
        .graph()
        .nodes()
        .filter(|&node| {
            own[node.index()] >= LEAST
                && births[node.index()] == 1
                && heap.kind(node) == NodeKind::OBJECT
                && !view.is(node, NOISY | SYNTHETIC | PLUMBING)
                && !is_weak(heap, node)
        })
        .map(|owner| Table {
            owner,
            bytes: Vec::new(),
        })
        .collect();
    tables.sort_by_key(|table| std::cmp::Reverse(own[table.owner.index()]));
    tables.truncate(FOLLOWED);
    tables
}

/// A weak collection's table follows keys that others hold.
fn is_weak(heap: &Heap, node: NodeId) -> bool {
    heap.strings().raw(heap.name_id(node)).starts_with(b"Weak")
}

/// Adds the sizes in one dump.
pub(super) fn follow(tables: &mut [Table], last: &Heap, here: &Heap, ids: &ById, own: &[u64]) {
    for table in tables {
        let found = ids.find(last.id(table.owner));
        let same = found.filter(|&node| is_same(here, node, last, table.owner));
        table.bytes.push(same.map_or(0, |node| own[node.index()]));
    }
}

/// The tables that grew, greatest growth first.
pub(super) fn grown(mut tables: Vec<Table>) -> Vec<Table> {
    let growth = |table: &Table| match (table.bytes.first(), table.bytes.last()) {
        (Some(first), Some(last)) => last.saturating_sub(*first),
        _ => 0,
    };
    tables.retain(|table| growth(table) >= LEAST);
    tables.sort_by_key(|table| std::cmp::Reverse(growth(table)));
    tables.truncate(CANDIDATES);
    tables
}
