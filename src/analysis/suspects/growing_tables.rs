//! Growth without objects: numbers in an array, a Map or a Set only make its table larger.

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};

use super::first_seen::FirstSeen;
use super::identity::is_same;
use super::measure::Dump;
use super::thresholds::THRESHOLDS;
use super::view::{NOISY, PLUMBING, SYNTHETIC, View};

/// How many tables are followed at most.
const FOLLOWED: usize = 4096;

/// A table and its size in each dump, in bytes.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Its owner, in the last dump.
    pub owner: NodeId,
    pub bytes: Vec<u64>,
}

/// Large tables of old objects, to be followed through all dumps.
#[derive(Debug)]
pub(super) struct LargeTables(Vec<Table>);

impl LargeTables {
    /// The large tables of the last dump, largest first.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn find(last: &View<'_>, first_seen: &FirstSeen, task: &Task) -> Result<Self> {
        let heap = last.heap;
        let own = own_bytes(last, task)?;
        let is_large = |&node: &NodeId| {
            own[node.index()] >= THRESHOLDS.table_bytes
                && first_seen.is_old(node)
                && heap.kind(node) == NodeKind::OBJECT
                && !last.is(node, NOISY | SYNTHETIC | PLUMBING)
                && !is_weak(heap, node)
        };
        let mut owners: Vec<NodeId> = heap.graph().nodes().filter(is_large).collect();
        owners.sort_by_key(|owner| std::cmp::Reverse(own[owner.index()]));
        owners.truncate(FOLLOWED);
        let table = |owner| Table {
            owner,
            bytes: Vec::new(),
        };
        Ok(Self(owners.into_iter().map(table).collect()))
    }

    /// Adds the sizes in one dump.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn follow(&mut self, dump: &Dump<'_>, task: &Task) -> Result<()> {
        let (here, last) = (dump.view.heap, dump.last);
        let own = own_bytes(dump.view, task)?;
        for table in &mut self.0 {
            let found = dump.ids.find(last.id(table.owner));
            let same = found.filter(|&node| is_same(here, node, last, table.owner));
            table.bytes.push(same.map_or(0, |node| own[node.index()]));
        }
        Ok(())
    }

    /// The tables that grew, greatest growth first.
    pub fn grown(mut self) -> Vec<Table> {
        let growth = |table: &Table| match (table.bytes.first(), table.bytes.last()) {
            (Some(first), Some(last)) => last.saturating_sub(*first),
            _ => 0,
        };
        self.0
            .retain(|table| growth(table) >= THRESHOLDS.table_bytes);
        self.0.sort_by_key(|table| std::cmp::Reverse(growth(table)));
        self.0.truncate(THRESHOLDS.table_candidates);
        self.0
    }
}

/// The bytes of a container's own arrays, by owner.
fn own_bytes(view: &View<'_>, task: &Task) -> Result<Vec<u64>> {
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

/// A weak collection's table follows keys that others hold.
fn is_weak(heap: &Heap, node: NodeId) -> bool {
    heap.strings().raw(heap.name_id(node)).starts_with(b"Weak")
}
