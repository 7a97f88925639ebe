//! Handing sets of owners on, from what has labels to what has none.

use std::collections::VecDeque;

use crate::column::BitSet;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};

use super::label::Labels;
use super::sets::{NOBODY, Sets};

/// The set of every node. A node's set only grows, and 18 times at most, so that each edge is looked at so often at most.
pub(super) fn hand_on(
    heap: &Heap,
    labels: &Labels,
    sets: &mut Sets,
    task: &Task,
) -> Result<Vec<u32>> {
    let graph = heap.graph();
    task.stage("handing owners on", 0);
    let mut set = labels.set.clone();
    let labelled = |node: NodeId| labels.set[node.index()] != NOBODY;
    let follow = Follow::of(heap);
    let mut waiting = BitSet::new(graph.node_count());
    let mut queue: VecDeque<NodeId> = graph.nodes().filter(|&node| labelled(node)).collect();
    let mut steps = 0usize;
    while let Some(node) = queue.pop_front() {
        waiting.remove(node.index());
        let own = set[node.index()];
        for edge in graph.edges_from(node) {
            steps += 1;
            if steps.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let target = graph.target(edge);
            let known = set[target.index()];
            if known == own || labelled(target) || !follow.leads_on(heap, edge, target) {
                continue;
            }
            let union = sets.union(known, own);
            if union != known {
                set[target.index()] = union;
                if waiting.insert(target.index()) {
                    queue.push_back(target);
                }
            }
        }
    }
    Ok(set)
}

/// Which references make an owner.
struct Follow {
    proto: Option<crate::snapshot::StrId>,
}

impl Follow {
    fn of(heap: &Heap) -> Self {
        Self {
            proto: heap.strings().find("__proto__"),
        }
    }

    /// Strong ones; not those to an object's class and what all of the class share.
    fn leads_on(&self, heap: &Heap, edge: EdgeId, target: NodeId) -> bool {
        heap.is_essential(edge)
            && heap.kind(target) != NodeKind::OBJECT_SHAPE
            && !(heap.edge_kind(edge) == EdgeKind::PROPERTY
                && self.proto.is_some()
                && heap.edge_name_id(edge) == self.proto)
    }
}
