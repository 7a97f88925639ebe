//! Which objects of two dumps are the same one.

use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::NodeKind;

/// The nodes of a heap by object id.
#[derive(Debug)]
pub(super) struct ById(
    /// Ascending: the id in the upper half, the node in the lower one.
    Vec<u64>,
);

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

    /// Ids and nodes, by ascending id.
    pub fn iter(&self) -> impl Iterator<Item = (u32, NodeId)> + '_ {
        let pair = |&key: &u64| ((key >> 32) as u32, NodeId(key as u32));
        self.0.iter().map(pair)
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
