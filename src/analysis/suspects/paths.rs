//! Growth without ids: dumps of different processes are compared by the shapes of their paths.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::EdgeKind;
use crate::task::{CHECK_EVERY, Task};

use super::judge::{Basis, Course, Evidence, Pile, Verdict};
use super::view::{NOISE, PLUMBING, SYNTHETIC, View};

/// The names of an object's edges do not count where it has more than this many.
const DICTIONARY: usize = 40;
/// Ids that mean nothing: no more is claimed.
const CAP: f64 = 0.45;
const NONE: u32 = u32::MAX;

/// Objects whose paths read the same.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row {
    pub count: u64,
    /// Bytes below them in the tree of shortest ways.
    pub bytes: u64,
    /// The shape of the objects that hold them.
    above: u64,
    /// One of them, and what holds it, in the dump that was looked at.
    pub example: u32,
    pub holder: u32,
}

/// The shapes of one dump.
pub(super) type Rows = HashMap<u64, Row>;

/// The shapes of the shortest ways from the application's roots; linear.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn rows(view: &View<'_>, task: &Task) -> Result<Rows> {
    let heap = view.heap;
    let graph = heap.graph();
    let count = heap.node_count();
    let mut shape = vec![0u64; count];
    let mut last_step = vec![0u64; count];
    // The object above, plumbing passed over; the parent in the tree.
    let mut parent = vec![NONE; count];
    let mut above = vec![NONE; count];
    let mut order: Vec<u32> = Vec::new();
    for node in graph.nodes().filter(|&node| heap.distance(node) == 1) {
        shape[node.index()] = hash(&bare(heap.class_name(node)));
        parent[node.index()] = node.0;
        order.push(node.0);
    }
    let mut next = 0;
    let mut steps = 0usize;
    while let Some(&source) = order.get(next) {
        next += 1;
        let source = NodeId(source);
        let many = graph.edge_range(source).len() > DICTIONARY;
        let is_part = view.is(source, PLUMBING);
        for edge in graph.edges_from(source) {
            steps += 1;
            if steps.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let target = graph.target(edge);
            if parent[target.index()] != NONE
                || !view.holds(edge)
                || view.is(target, NOISE | SYNTHETIC)
            {
                continue;
            }
            parent[target.index()] = source.0;
            let holder = if is_part {
                above[source.index()]
            } else {
                source.0
            };
            above[target.index()] = holder;
            order.push(target.0);
            if view.is(target, PLUMBING) {
                shape[target.index()] = shape[source.index()];
                last_step[target.index()] = last_step[source.index()];
                continue;
            }
            let label = if is_part || many {
                None
            } else {
                named(heap, edge)
            };
            let step = hash(&(label, bare(heap.class_name(target))));
            last_step[target.index()] = step;
            shape[target.index()] = match step == last_step[source.index()] {
                true => shape[source.index()],
                false => hash(&(shape[source.index()], step)),
            };
        }
    }
    let mut bytes: Vec<u64> = (0..count)
        .map(|node| heap.shallow(NodeId(node as u32)))
        .collect();
    let mut rows = Rows::new();
    for &node in order.iter().rev() {
        let at = node as usize;
        let up = parent[at] as usize;
        if up != at {
            bytes[up] += bytes[at];
        }
        if view.is(NodeId(node), PLUMBING) || above[at] == NONE {
            continue;
        }
        let row = rows.entry(shape[at]).or_default();
        row.count += 1;
        let above_shape = shape[above[at] as usize];
        if above_shape != shape[at] {
            row.bytes += bytes[at];
            (row.above, row.example, row.holder) = (above_shape, node, above[at]);
        }
    }
    Ok(rows)
}

/// The frontier of growth: shapes that become more in every interval while those above them do not.
pub(super) fn growing(
    dumps: &[Rows],
    course: &Course,
    class_of: impl Fn(NodeId) -> u32,
) -> Vec<(NodeId, NodeId, Verdict)> {
    let Some(last) = dumps.last() else {
        return Vec::new();
    };
    let counts = |shape: &u64| -> Vec<u64> {
        dumps
            .iter()
            .map(|rows| rows.get(shape).map_or(0, |row| row.count))
            .collect()
    };
    let grows = |counts: &[u64]| {
        counts.windows(2).all(|pair| {
            let least = (pair[0] * 3 / 100).max(5);
            pair[1] >= pair[0] + least
        })
    };
    let mut found = Vec::new();
    for (shape, row) in last {
        let own = counts(shape);
        if row.above == 0 || !grows(&own) || grows(&counts(&row.above)) {
            continue;
        }
        let bytes: Vec<u64> = dumps
            .iter()
            .map(|rows| rows.get(shape).map_or(0, |row| row.bytes))
            .collect();
        let grown = row.bytes.saturating_sub(bytes[0]) as f64;
        let all = match (course.counted.first(), course.counted.last()) {
            (Some(&first), Some(&last)) => last.saturating_sub(first) as f64,
            _ => 0.0,
        };
        let share = (grown / all.max(grown).max(1.0)).clamp(0.0, 1.0);
        let intervals = own.len().saturating_sub(1) as u32;
        let sure = if intervals >= 2 { CAP } else { CAP / 2.0 };
        let verdict = Verdict {
            basis: Basis::Shape,
            piles: vec![Pile {
                class: class_of(NodeId(row.example)),
                counts: own,
                whole_dump: false,
            }],
            unit: None,
            bytes,
            evidence: Evidence {
                ups: intervals,
                intervals,
                share,
                ..Evidence::default()
            },
            confidence: sure * (0.5 + 0.5 * share.sqrt()),
        };
        found.push((NodeId(row.holder), NodeId(row.example), verdict));
    }
    found
}

fn named(heap: &Heap, edge: EdgeId) -> Option<String> {
    let named = matches!(heap.edge_kind(edge), EdgeKind::PROPERTY | EdgeKind::CONTEXT);
    named.then(|| bare(&heap.edge_name(edge).to_string()))
}

/// A name without what differs from run to run.
fn bare(name: &str) -> String {
    name.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
