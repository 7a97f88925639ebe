//! What the runtime keeps up to a limit: pools, caches and records of its own, which fill and then stay.

use crate::analysis::describe::{Scripts, is_runtime_script};
use crate::graph::NodeId;
use crate::heap::{EdgeName, Heap};
use crate::snapshot::NodeKind;

use super::candidate::Candidate;
use super::view::View;

/// Retainers of a holder that are looked at.
const LOOKED_AT: usize = 64;
/// Steps above a holder that may be a pool's.
const ABOVE: usize = 2;

/// A structure of the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounded {
    /// What it is, for a sentence: "Node's pool of HTTP parsers".
    pub what: &'static str,
    /// Until when that is no leak.
    pub until: Until,
}

/// Until when what a structure keeps is no leak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// It keeps so many at most.
    Limit(u64),
    /// It has no limit, and fills while the program warms up.
    Steady,
    /// It follows what others do.
    Ever,
}

/// Names by which Node's loaders keep their caches.
const MODULE_CACHES: [&str; 8] = [
    "_cache",
    "_pathCache",
    "cache",
    "statCache",
    "packageJsonCache",
    "relativeResolveCache",
    "cascadedLoader",
    "loadCache",
];

impl Bounded {
    /// The structure of the runtime that the holder of a candidate is, if it is one.
    pub fn of(view: &View<'_>, scripts: &Scripts, candidate: &Candidate) -> Option<Self> {
        let heap = view.heap;
        let holder = candidate.holders().next()?;
        if heap.class_name(holder) == "TimersList" && !has_code(heap, scripts, candidate) {
            return Some(Self {
                what: "a list of timers that Node itself keeps of open connections",
                until: Until::Ever,
            });
        }
        let mut above = holder;
        for _ in 0..=ABOVE {
            match heap.class_name(above) {
                // node:internal/freelist; Node makes one, of 1,000 parsers.
                "FreeList" => {
                    return Some(Self {
                        what: "Node's pool of HTTP parsers",
                        until: Until::Limit(1000),
                    });
                }
                // Resource timings end at 250; the buffers of the other kinds are smaller.
                "Performance" => {
                    return Some(Self {
                        what: "the browser's record of requests and layout shifts",
                        until: Until::Limit(250),
                    });
                }
                _ => above = view.owner_dominator(above),
            }
        }
        is_module_cache(heap, scripts, holder).then_some(Self {
            what: "the runtime's cache of modules",
            until: Until::Steady,
        })
    }
}

/// Whether a function that is not the runtime's is among what a candidate keeps.
fn has_code(heap: &Heap, scripts: &Scripts, candidate: &Candidate) -> bool {
    let kept = candidate.measurements.classed.iter();
    let mut functions = kept
        .map(|&(_, node)| node)
        .filter(|&node| heap.kind(node) == NodeKind::CLOSURE)
        .filter_map(|node| scripts.script(heap, node));
    functions.any(|script| !is_runtime_script(&script))
}

/// Whether a holder is a cache of Node's module loaders.
fn is_module_cache(heap: &Heap, scripts: &Scripts, holder: NodeId) -> bool {
    let graph = heap.graph();
    graph.edges_into(holder).take(LOOKED_AT).any(|edge| {
        let EdgeName::Text(name) = heap.edge_name(edge) else {
            return false;
        };
        MODULE_CACHES.contains(&&*name)
            && scripts
                .script(heap, graph.source(edge))
                .is_some_and(|script| script.starts_with("node:internal/modules"))
    })
}
