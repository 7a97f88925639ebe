//! Allocation stacks: which functions allocated what is alive.

use std::cmp::Reverse;
use std::path::Path;

use crate::analysis::selection::Selection;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::profile::Profile;
use crate::snapshot::traces::{TraceFunction, Traces};
use crate::task::{CHECK_EVERY, Task};

/// The stacks of a dump, with what is alive of each.
#[derive(Debug)]
pub struct Stacks {
    traces: Traces,
    live_count: Vec<u32>,
    live_size: Vec<u64>,
}

/// A function with what it allocated itself, in all its traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocator {
    /// Number of the function, of [`Stacks::function`].
    pub function: u32,
    /// Objects, those that are gone among them.
    pub count: u64,
    /// Their bytes.
    pub size: u64,
    /// Objects that are alive.
    pub live_count: u64,
    /// Their shallow sizes in bytes.
    pub live_size: u64,
}

/// Which bytes a profile of stacks is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bytes {
    /// Shallow sizes of what is alive.
    Live,
    /// All that was allocated.
    Allocated,
}

impl Stacks {
    /// Reads the stacks of the dump at `path`, whose heap is loaded, and counts the selected objects; nothing where
    /// allocations were not recorded.
    ///
    /// # Errors
    /// Those of [`Traces::open`].
    pub fn open(
        path: &Path,
        heap: &Heap,
        selected: &Selection,
        task: &Task,
    ) -> Result<Option<Self>> {
        match Traces::open(path, task)? {
            Some(traces) => Ok(Some(Self::of(traces, heap, selected, task)?)),
            None => Ok(None),
        }
    }

    /// Counts the selected objects by their stacks.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of(traces: Traces, heap: &Heap, selected: &Selection, task: &Task) -> Result<Self> {
        let mut stacks = Self {
            live_count: vec![0; traces.len()],
            live_size: vec![0; traces.len()],
            traces,
        };
        for node in heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if !selected.contains(node) {
                continue;
            }
            let trace = heap.trace_node(node).and_then(|id| stacks.traces.find(id));
            if let Some(trace) = trace {
                stacks.live_count[trace as usize] += 1;
                stacks.live_size[trace as usize] += heap.shallow(node);
            }
        }
        Ok(stacks)
    }

    /// The functions that allocated anything, most bytes first: DevTools' Allocation view.
    pub fn functions(&self) -> Vec<Allocator> {
        let mut rows: Vec<Allocator> = (0..self.traces.functions.len() as u32)
            .map(|function| Allocator {
                function,
                count: 0,
                size: 0,
                live_count: 0,
                live_size: 0,
            })
            .collect();
        for trace in 0..self.traces.len() {
            let count = self.traces.count[trace];
            // Objects of a trace that counts no allocation are not shown there either.
            if count > 0 {
                let row = &mut rows[self.traces.function[trace] as usize];
                row.count += u64::from(count);
                row.size += self.traces.size[trace];
                row.live_count += u64::from(self.live_count[trace]);
                row.live_size += self.live_size[trace];
            }
        }
        rows.retain(|row| row.count > 0);
        rows.sort_by_key(|row| Reverse(row.size));
        rows
    }

    /// The traces that allocated what is alive, most live bytes first.
    pub fn live(&self) -> Vec<u32> {
        let mut traces: Vec<u32> = (0..self.traces.len() as u32)
            .filter(|&trace| self.live_count[trace as usize] > 0)
            .collect();
        traces.sort_by_key(|&trace| {
            let (count, size) = self.live_of(trace);
            Reverse((size, count))
        });
        traces
    }

    /// How many objects of a trace are alive, and their bytes.
    pub fn live_of(&self, trace: u32) -> (u64, u64) {
        let at = trace as usize;
        let count = self.live_count.get(at).copied().unwrap_or(0);
        (
            u64::from(count),
            self.live_size.get(at).copied().unwrap_or(0),
        )
    }

    /// A function.
    pub fn function(&self, function: u32) -> TraceFunction {
        self.traces
            .functions
            .get(function as usize)
            .copied()
            .unwrap_or_default()
    }

    /// The functions on the stack of a trace, the allocating one first, the root left out.
    pub fn stack(&self, trace: u32) -> Vec<u32> {
        let mut stack: Vec<u32> = self.traces.stack(trace).collect();
        stack.pop();
        let functions = stack
            .iter()
            .map(|&trace| self.traces.function[trace as usize]);
        functions.collect()
    }

    /// The trace that allocated an object, where the dump knows it. Objects from before the recording have none.
    pub fn trace_of(&self, heap: &Heap, node: NodeId) -> Option<u32> {
        self.traces.find(heap.trace_node(node)?)
    }

    /// The trace with this id, which objects carry.
    pub fn find(&self, id: u32) -> Option<u32> {
        self.traces.find(id)
    }

    /// The stacks as a profile, for trees, icicles, search and exports.
    pub fn profile(&self, heap: &Heap, bytes: Bytes) -> Profile {
        let sizes = match bytes {
            Bytes::Live => self.live_size.clone(),
            Bytes::Allocated => self.traces.size.to_vec(),
        };
        let strings = heap.strings();
        let functions = self.traces.functions.iter().map(|function| {
            let (name, script) = (
                strings.get(function.name),
                strings.get(function.script_name),
            );
            (
                name,
                script,
                function.script_id,
                function.line,
                function.column,
            )
        });
        Profile::from_columns(&self.traces.parent, &self.traces.function, sizes, functions)
    }
}
