//! From the columns of a file to a heap: the rules, in the order in which they depend on each other.
//!
//! Detached nodes are renamed before names are tested, essential edges are chosen before sizes move, and everything
//! that adds sizes up does so after. What a first table needs (classes and shallow sizes) is ready before the longer
//! work on distances and dominators begins.

use std::path::Path;

use crate::column::{Column, Sizes};
use crate::error::Result;
use crate::graph::HeapGraph;
use crate::snapshot::Snapshot;
use crate::task::Task;

use super::ephemerons::Ephemerons;
use super::words::Words;
use super::{
    Heap, Statistics, classes, detached, distances, essential, interfaces, pages, retained,
    shallow, statistics,
};

impl Heap {
    /// Reads a snapshot file and computes everything.
    ///
    /// # Errors
    /// What [`Snapshot::open`] and [`Heap::build`] report.
    pub fn open(path: &Path, task: &Task) -> Result<Self> {
        let snapshot = Snapshot::open(path, task)?;
        Self::build(snapshot, task).map_err(|error| error.in_file(path))
    }

    /// Computes everything that DevTools computes of a snapshot when it loads it.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn build(snapshot: Snapshot, task: &Task) -> Result<Self> {
        let (mut heap, file) = Self::with_columns(snapshot, task)?;
        if heap.node_count() > 0 {
            let ephemerons = heap.classify_and_size(file, task)?;
            heap.measure(&ephemerons, task)?;
        }
        Ok(heap)
    }

    /// A heap that knows its graph and its strings, and the columns that still have to be turned into others.
    fn with_columns(snapshot: Snapshot, task: &Task) -> Result<(Self, FileColumns)> {
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
        let words = Words::find(&strings, task)?;
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
            edge_kind: edges.kind,
            edge_name: edges.name,
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
        Ok((heap, file))
    }

    /// Everything that does not wait for dominators: DOM states, essential edges, shallow sizes, classes, statistics.
    fn classify_and_size(&mut self, file: FileColumns, task: &Task) -> Result<Ephemerons> {
        self.dom_state = detached::states(self, file.detachedness, task)?;
        let ephemerons = Ephemerons::find(&self.strings, task)?;
        let pages = pages::owned(self, task)?;
        self.essential = essential::edges(self, &pages, &ephemerons, task)?;
        drop(pages);
        self.shallow = shallow::moved(self, file.self_size, task)?;
        self.interfaces = interfaces::infer(self, task)?;
        (self.class, self.classes) = classes::classify(self, &self.interfaces, task)?;
        self.statistics = statistics::of(self, task)?;
        Ok(ephemerons)
    }

    /// Distances, dominators and retained sizes.
    fn measure(&mut self, ephemerons: &Ephemerons, task: &Task) -> Result<()> {
        self.distance = distances::measure(self, ephemerons, task)?;
        (self.dominator, self.retained) = retained::sizes(self, task)?;
        Ok(())
    }
}

/// Columns of the file that are only read on the way to others.
struct FileColumns {
    self_size: Sizes,
    detachedness: Option<Column<u8>>,
}
