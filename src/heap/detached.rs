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

/// DOM state of every node, with [`RENAMED`] where the name changes, or nothing when all are 0; `file` is the
/// column of the file.
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
        // DevTools keeps two bits of it.
        spread.states[node.index()] &= 3;
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
    Ok(unless_all_zero(spread.states))
}

/// The states as a column, which takes no memory where there is nothing to say, as in all of Node's heaps.
fn unless_all_zero(states: Vec<u8>) -> Column<u8> {
    if states.iter().all(|&state| state == 0) {
        Column::default()
    } else {
        states.into()
    }
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
    Ok(unless_all_zero(states))
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

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;

    #[test]
    fn states_spread_through_native_nodes_attached_first() {
        let mut sketch = Sketch::new();
        sketch.detachedness = true;
        let names = ["tree", "both", "div", "span", "seen"];
        let [tree, both, div, span, seen] =
            names.map(|name| sketch.rooted(NodeKind::NATIVE, name, 8));
        let object = sketch.rooted(NodeKind::OBJECT, "wrapper", 8);
        let beyond = sketch.rooted(NodeKind::NATIVE, "beyond", 8);
        let hidden = sketch.rooted(NodeKind::NATIVE, "hidden", 8);
        for (node, state) in [(tree, 1), (div, 2), (object, 2), (seen, 2)] {
            sketch.nodes[node.index()].3 = state;
        }
        for (from, to) in [
            (tree, both),
            (div, both),
            (div, span),
            (div, object),
            (object, beyond),
        ] {
            sketch.edge(from, EdgeKind::PROPERTY, "x", to);
        }
        sketch.edge(tree, EdgeKind::PROPERTY, "x", seen);
        sketch.edge(div, EdgeKind::HIDDEN, "1", hidden);
        let heap = sketch.heap();
        let told = |node| (heap.detachedness(node), heap.raw_name(node).into_owned());
        let native = [tree, both, div, span, seen, beyond, hidden].map(told);
        let expected = [
            (1, "tree"),
            (1, "both"),
            (2, "Detached div"),
            (2, "Detached span"),
            (2, "Detached seen"),
            (0, "beyond"),
            (0, "hidden"),
        ];
        assert_eq!(
            native,
            expected.map(|(state, name)| (state, name.to_owned()))
        );
        assert_eq!(told(object), (2, "wrapper".to_owned()));
    }

    #[test]
    fn without_the_field_the_name_tells() {
        let mut sketch = Sketch::new();
        let native = sketch.rooted(NodeKind::NATIVE, "Detached div", 8);
        let child = sketch.rooted(NodeKind::NATIVE, "child", 8);
        let object = sketch.rooted(NodeKind::OBJECT, "Detached thing", 8);
        sketch.edge(native, EdgeKind::PROPERTY, "x", child);
        let heap = sketch.heap();
        let states = [native, child, object].map(|node| heap.detachedness(node));
        assert_eq!(states, [2, 0, 0]);
        assert_eq!(heap.raw_name(native), "Detached div");
    }
}
