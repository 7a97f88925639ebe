//! DOM state: which nodes belong to the page, and which were taken out of it but live on.
//!
//! The state that the file gives some nodes spreads through native nodes: first attached, then detached. A native node
//! found detached is renamed `Detached …`, which its class and every test of its raw name see. Files without the field
//! have the word in the name already; nothing spreads there.

use crate::column::{BitSet, Column};
use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;

use super::pace::Pace;
use super::{Heap, RENAMED};

const ATTACHED: u8 = 1;
const DETACHED: u8 = 2;

/// DOM state of every node, with [`RENAMED`] where the name changes; `file` is the column of the file.
pub(super) fn states(heap: &Heap, file: Option<Column<u8>>, task: &Task) -> Result<Column<u8>> {
    let mut pace = Pace::stage(task, "finding detached nodes", heap.node_count());
    let Some(file) = file else {
        return named_detached(heap, &mut pace);
    };
    let mut spread = Spread {
        heap,
        states: file.into_vec(),
        touched: BitSet::new(heap.node_count()),
        attached: Vec::new(),
        detached: Vec::new(),
    };
    for node in heap.graph.nodes() {
        pace.step(1)?;
        let state = spread.states[node.index()];
        if state != 0 {
            spread.touch(node, state);
        }
    }
    while let Some(node) = spread.attached.pop() {
        pace.step(heap.graph.edge_range(node).len())?;
        spread.touch_children(node, ATTACHED);
    }
    while let Some(node) = spread.detached.pop() {
        pace.step(heap.graph.edge_range(node).len())?;
        spread.touch_children(node, DETACHED);
    }
    Ok(spread.states.into())
}

/// States of a file that has no such field.
fn named_detached(heap: &Heap, pace: &mut Pace) -> Result<Column<u8>> {
    let mut states = vec![0; heap.node_count()];
    for node in heap.graph.nodes() {
        pace.step(1)?;
        if heap.kind(node) == NodeKind::NATIVE
            && heap
                .strings
                .get(heap.name_id(node))
                .starts_with("Detached ")
        {
            states[node.index()] = DETACHED;
        }
    }
    Ok(states.into())
}

struct Spread<'a> {
    heap: &'a Heap,
    states: Vec<u8>,
    touched: BitSet,
    attached: Vec<NodeId>,
    detached: Vec<NodeId>,
}

impl Spread<'_> {
    /// The first touch decides; nodes that are not native keep what the file says and pass nothing on.
    fn touch(&mut self, node: NodeId, state: u8) {
        if !self.touched.insert(node.index()) || self.heap.kind(node) != NodeKind::NATIVE {
            return;
        }
        self.states[node.index()] = state;
        match state {
            ATTACHED => self.attached.push(node),
            DETACHED => {
                self.states[node.index()] |= RENAMED;
                self.detached.push(node);
            }
            _ => {}
        }
    }

    fn touch_children(&mut self, node: NodeId, state: u8) {
        for edge in self.heap.graph.edges_from(node) {
            let spreads = !matches!(
                self.heap.edge_kind(edge),
                EdgeKind::HIDDEN | EdgeKind::INVISIBLE | EdgeKind::WEAK
            );
            if spreads {
                self.touch(self.heap.graph.target(edge), state);
            }
        }
    }
}
