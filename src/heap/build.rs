//! From the columns of a file to a heap: the rules, in the order in which they depend on each other.
//!
//! Detached nodes are renamed before names are tested, and whatever adds sizes up does so after they moved. What a
//! first table needs (classes and shallow sizes) is computed first and can be shown while dominators are on their way.
//! They take most memory of all, so what does not have to be there by then is not: the retaining rows and the texts of
//! ropes are found out when somebody asks for them.

use std::path::Path;

use crate::column::{Column, Sizes};
use crate::error::Result;
use crate::graph::HeapGraph;
use crate::graph::hubs::Hubs;
use crate::snapshot::{FirstNodes, Snapshot};
use crate::task::Task;

use super::beside::both;
use super::early::{Early, Looks};
use super::ephemerons::Ephemerons;
use super::sorted::Sorted;
use super::well_known::Words;
use super::{Heap, Statistics, detached, distances, essential, retained, shallow};

impl Heap {
    /// Reads a snapshot file and computes everything.
    ///
    /// # Errors
    /// What [`Snapshot::open`] and [`Heap::build`] report.
    pub fn open(path: &Path, task: &Task) -> Result<Self> {
        Self::open_for(path, task, None)
    }

    /// Like [`Heap::open`], and hands out what is known on the way: see [`Stage`](super::Stage).
    ///
    /// `early` is called on this thread, which goes on when it returns, at most once for each stage.
    ///
    /// # Errors
    /// As [`Heap::open`]; `early` may have been called by then.
    pub fn open_staged(path: &Path, task: &Task, mut early: impl FnMut(Early)) -> Result<Self> {
        Self::open_for(path, task, Some(&mut early))
    }

    /// [`Heap::open_staged`] where somebody looks, else [`Heap::open`], which is spared the work for it.
    pub(crate) fn open_for(path: &Path, task: &Task, early: Option<Looks<'_>>) -> Result<Self> {
        let Some(early) = early else {
            let snapshot = Snapshot::open(path, task)?;
            return Self::build(snapshot, task).map_err(|error| error.in_file(path));
        };
        let first = |nodes: FirstNodes<'_>| {
            if let Ok(first) = Early::counted(&nodes, task) {
                early(first);
            }
        };
        let snapshot = Snapshot::open_staged(path, task, first)?;
        Self::build_staged(snapshot, task, early).map_err(|error| error.in_file(path))
    }

    /// Reads a snapshot file that may be cut short behind its edges, and computes what can be without names.
    ///
    /// # Errors
    /// What [`Snapshot::open_cut`] and [`Heap::build`] report.
    pub fn open_cut(path: &Path, task: &Task) -> Result<Self> {
        let snapshot = Snapshot::open_cut(path, task)?;
        Self::build(snapshot, task).map_err(|error| error.in_file(path))
    }

    /// Computes everything that DevTools computes of a snapshot when it loads it.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn build(snapshot: Snapshot, task: &Task) -> Result<Self> {
        Self::build_for(snapshot, task, None)
    }

    /// Like [`Heap::build`], and hands out what is known before the long work on dominators begins.
    ///
    /// `early` is called once, on this thread, which goes on when it returns.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn build_staged(
        snapshot: Snapshot,
        task: &Task,
        mut early: impl FnMut(Early),
    ) -> Result<Self> {
        Self::build_for(snapshot, task, Some(&mut early))
    }

    fn build_for(snapshot: Snapshot, task: &Task, early: Option<Looks<'_>>) -> Result<Self> {
        let (mut heap, file, weak_names) = Self::with_columns(snapshot, task)?;
        if heap.node_count() > 0 {
            heap.compute(file, &weak_names, early, task)?;
        }
        Ok(heap)
    }

    /// A heap that knows its graph and its strings, the columns that still have to be turned into others, and the
    /// strings that may name entries of weak maps.
    fn with_columns(snapshot: Snapshot, task: &Task) -> Result<(Self, FileColumns, Vec<u32>)> {
        let Snapshot {
            meta,
            nodes,
            edges,
            locations,
            samples,
            strings,
            warnings,
            bytes,
        } = snapshot;
        task.stage("linking nodes both ways", 0);
        task.check()?;
        let graph = HeapGraph::from_rows(nodes.first_edge, edges.to);
        let (words, weak_names) = Words::find_all(&strings, task)?;
        let extra = meta.extra_native_bytes;
        let heap = Self {
            meta,
            graph,
            strings,
            words,
            node_kind: nodes.kind,
            node_name: nodes.name,
            node_id: nodes.id,
            trace_node: nodes.trace_node,
            edge_labels: edges.labels,
            locations,
            samples,
            warnings,
            bytes,
            statistics: Statistics {
                total: extra,
                native: extra,
                other_native: extra,
                ..Statistics::default()
            },
            ..Self::default()
        };
        let file = FileColumns {
            self_size: nodes.self_size,
            detachedness: nodes.detachedness,
        };
        Ok((heap, file, weak_names))
    }

    /// All that is computed. What retains is found beside what the first table needs: neither waits for the other before
    /// dominators, which take more memory than both together.
    fn compute(
        &mut self,
        file: FileColumns,
        weak_names: &[u32],
        early: Option<Looks<'_>>,
        task: &Task,
    ) -> Result<()> {
        self.dom_state = detached::states(self, file.detachedness, task)?;
        let heap = &*self;
        let (shallow, (ephemerons, hubs)) = both(
            task,
            heap.node_count(),
            |task| Ok(shallow::moved(heap, file.self_size, task)?.packed()),
            |task| {
                let ephemerons = Ephemerons::among(heap, weak_names, task)?;
                Ok((ephemerons, Hubs::find(&heap.graph, task)?))
            },
        )?;
        self.shallow = shallow;
        let heap = &*self;
        let (sorted, (distance, essential)) = both(
            task,
            heap.node_count(),
            |task| {
                let sorted = Sorted::of(heap, task)?;
                if let Some(early) = early {
                    early(Early::of(heap, &sorted, task)?);
                }
                Ok(sorted)
            },
            |task| {
                let (distance, pages) = distances::measure(heap, &ephemerons, &hubs, task)?;
                let essential = essential::edges(heap, &pages, &ephemerons, task)?;
                Ok((distance, essential))
            },
        )?;
        drop(ephemerons);
        self.interfaces = sorted.interfaces;
        self.class = sorted.class;
        self.classes = sorted.classes;
        self.statistics = sorted.statistics;
        self.distance = distance;
        (self.dominator, self.retained) = retained::sizes(self, &essential, &hubs, task)?;
        self.essential = essential.into();
        Ok(())
    }
}

/// Columns of the file that are only read on the way to others.
struct FileColumns {
    self_size: Sizes,
    detachedness: Option<Column<u8>>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pages;
    use super::super::testing::Sketch;
    use super::*;
    use crate::column::BitSet;
    use crate::graph::NodeId;
    use crate::snapshot::{EdgeKind, NodeKind};

    const NODE_NAMES: [&str; 9] = [
        "",
        "Object",
        "Array",
        "<p a>",
        "Detached X",
        "(Document DOM trees)",
        "system / ExternalStringData",
        "system / NativeContext",
        "(map descriptors)",
    ];
    const EDGE_NAMES: [&str; 6] = ["0", "4", "7", "11", "12", "100"];

    /// Heaps of up to 12 nodes and 40 edges, with every mix of types, any root and any DOM states.
    fn sketches() -> impl Strategy<Value = Sketch> {
        let nodes = (0..16u8, 0..NODE_NAMES.len(), 0..100u64, 0..4u8);
        let edges = (any::<u8>(), 0..8u8, 0..EDGE_NAMES.len(), any::<u8>());
        (
            proptest::collection::vec(nodes, 1..12),
            proptest::collection::vec(edges, 0..40),
            any::<u8>(),
            any::<bool>(),
        )
            .prop_map(|(nodes, edges, root, detachedness)| {
                let mut sketch = Sketch::rootless();
                for (kind, name, size, state) in nodes {
                    let node = sketch.node(NodeKind(kind), NODE_NAMES[name], size);
                    sketch.nodes[node.index()].3 = state;
                }
                let any_node = |number: u8| NodeId(u32::from(number) % sketch.nodes.len() as u32);
                sketch.root = any_node(root);
                let edges = edges.into_iter().map(|(from, kind, name, to)| {
                    let name = match (kind, name) {
                        // Ropes need parts; rings of them come about by themselves.
                        (3, 0) => "first",
                        (3, 1) => "second",
                        _ => EDGE_NAMES[name],
                    };
                    (
                        any_node(from),
                        EdgeKind(kind),
                        name.to_owned(),
                        any_node(to),
                    )
                });
                sketch.edges = edges.collect();
                sketch.detachedness = detachedness;
                sketch
            })
    }

    proptest! {
        #[test]
        fn pages_own_the_same_whether_found_on_the_way_or_not(sketch in sketches()) {
            let (heap, task) = (sketch.heap(), Task::new());
            let ephemerons = Ephemerons::find(&heap, &task).unwrap();
            let hubs = Hubs::find(&heap.graph, &task).unwrap();
            let (_, found) = distances::measure(&heap, &ephemerons, &hubs, &task).unwrap();
            let none = BitSet::new(heap.node_count());
            let alone = pages::owned(&heap, none, pages::seeds(&heap), &task).unwrap();
            prop_assert!(found.iter().eq(alone.iter()));
        }

        #[test]
        fn no_byte_is_lost_and_no_shape_goes_wrong(sketch in sketches()) {
            let heap = sketch.heap();
            let total: u64 = sketch.nodes.iter().map(|node| node.2).sum();
            prop_assert_eq!(heap.shallow.total(), total);
            prop_assert_eq!(heap.retained(heap.root()), total);
            prop_assert_eq!(heap.dominator(heap.root()), heap.root());
            let below_root: u64 = heap
                .graph()
                .nodes()
                .filter(|&node| node != heap.root() && heap.dominator(node) == heap.root())
                .map(|node| heap.retained(node))
                .sum();
            prop_assert_eq!(below_root + heap.shallow(heap.root()), total);
            for node in heap.graph().nodes() {
                prop_assert!(heap.retained(node) >= heap.shallow(node));
                prop_assert!(heap.retained(heap.dominator(node)) >= heap.retained(node));
                prop_assert!((heap.class_id(node).0 as usize) < heap.classes().len());
                prop_assert!(heap.display_name(node).len() < 1100);
            }
            let found = super::super::contexts::attribute(&heap, &Task::new()).unwrap();
            let attributed: u64 = found.contexts.iter().map(|context| context.size).sum();
            prop_assert_eq!(attributed + found.shared + found.unattributed, total);
        }
    }
}
