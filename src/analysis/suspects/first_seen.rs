//! In which dump each object of the last one appeared.

use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;
use crate::task::{CHECK_EVERY, Task};

use super::view::View;

/// The nodes of a heap by object id.
#[derive(Debug)]
pub(super) struct ById(Vec<u64>);

impl ById {
    /// Sorts the nodes by id; of equal ids the first node counts.
    pub fn new(heap: &Heap) -> Self {
        let key = |node: NodeId| u64::from(heap.id(node)) << 32 | u64::from(node.0);
        let mut keys: Vec<u64> = heap.graph().nodes().map(key).collect();
        keys.sort_unstable();
        keys.dedup_by_key(|key| *key >> 32);
        Self(keys)
    }

    /// The node with this id.
    pub fn find(&self, id: u32) -> Option<NodeId> {
        let at = self.0.partition_point(|&key| key >> 32 < u64::from(id));
        let key = *self.0.get(at)?;
        (key >> 32 == u64::from(id)).then_some(NodeId(key as u32))
    }
}

/// Whether two nodes of one id in two dumps are the same object, as far as can be told.
///
/// The engine gives the id of a dead object to a new one at the same address, so type and name must agree, where the
/// name says anything: arrays, code and the like have names that change.
pub(super) fn is_same(earlier: &Heap, a: NodeId, later: &Heap, b: NodeId) -> bool {
    let kind = earlier.kind(a);
    if kind != later.kind(b) {
        return false;
    }
    match kind {
        NodeKind::ARRAY
        | NodeKind::HIDDEN
        | NodeKind::CODE
        | NodeKind::OBJECT_SHAPE
        | NodeKind::NUMBER => true,
        _ => bare_name(earlier, a) == bare_name(later, b),
    }
}

/// The name as the file has it, without the mark of detached nodes.
fn bare_name(heap: &Heap, node: NodeId) -> &[u8] {
    let name = heap.strings().raw(heap.name_id(node));
    name.strip_prefix(b"Detached ").unwrap_or(name)
}

/// Births of the last dump's nodes, found dump by dump from the last but one back to the first.
#[derive(Debug)]
pub(super) struct Births {
    /// The number of the dump in which each node appeared, the first being 1.
    pub of: Vec<u8>,
    /// The last dump's nodes.
    pub ids: ById,
    /// Whether even ids are addresses, which tell nothing; known after the last but one dump.
    even_are_addresses: bool,
}

impl Births {
    /// Every node as if it were new in the last dump, number `dumps`.
    pub fn new(last: &View<'_>, dumps: u8) -> Self {
        let is_made_up = |node| last.heap.kind(node) == NodeKind::SYNTHETIC;
        let nodes = last.heap.graph().nodes();
        Self {
            of: nodes
                .map(|node| if is_made_up(node) { 1 } else { dumps })
                .collect(),
            ids: ById::new(last.heap),
            even_are_addresses: false,
        }
    }

    /// Looks the objects that are at least as old as dump `number + 1` up in dump `number`.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn look_into(
        &mut self,
        number: u8,
        last: &Heap,
        earlier: &Heap,
        task: &Task,
    ) -> Result<()> {
        let others = ById::new(earlier);
        let (mut even, mut even_found) = (0u64, 0u64);
        let mut at = 0;
        for (step, &key) in others.0.iter().enumerate() {
            if step.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let (id, other) = ((key >> 32) as u32, NodeId(key as u32));
            if earlier.kind(other) == NodeKind::SYNTHETIC {
                continue;
            }
            while self
                .ids
                .0
                .get(at)
                .is_some_and(|&own| own >> 32 < u64::from(id))
            {
                at += 1;
            }
            let own = self
                .ids
                .0
                .get(at)
                .filter(|&&own| own >> 32 == u64::from(id));
            even += u64::from(id % 2 == 0);
            let Some(node) = own.map(|&own| NodeId(own as u32)) else {
                continue;
            };
            even_found += u64::from(id % 2 == 0);
            if self.of[node.index()] == number + 1 && is_same(earlier, other, last, node) {
                self.of[node.index()] = number;
            }
        }
        self.even_are_addresses |= even_found * 2 < even;
        Ok(())
    }

    /// Gives nodes whose ids are addresses the birth of their dominators; to be called last.
    pub fn settle(&mut self, last: &View<'_>) {
        if !self.even_are_addresses {
            return;
        }
        for &node in &last.order {
            let node = NodeId(node);
            if last.heap.id(node).is_multiple_of(2) && last.heap.kind(node) != NodeKind::SYNTHETIC {
                self.of[node.index()] = self.of[last.dominator(node).index()];
            }
        }
    }
}
