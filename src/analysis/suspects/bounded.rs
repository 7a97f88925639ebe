//! What the runtime keeps up to a limit: pools, caches and records of its own, which fill and then stay.

use crate::analysis::describe::Scripts;
use crate::graph::NodeId;
use crate::heap::{EdgeName, Heap};

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
    /// How many it keeps at most, where that is one number.
    pub limit: Option<u64>,
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
    /// The structure of the runtime that `holder` is, if it is one.
    pub fn of(view: &View<'_>, scripts: &Scripts, holder: NodeId) -> Option<Self> {
        let heap = view.heap;
        let mut above = holder;
        for _ in 0..=ABOVE {
            match heap.class_name(above) {
                // node:internal/freelist; Node makes one, of 1,000 parsers.
                "FreeList" => {
                    return Some(Self {
                        what: "Node's pool of HTTP parsers",
                        limit: Some(1000),
                    });
                }
                // Resource timings end at 250; the buffers of the other kinds are smaller.
                "Performance" => {
                    return Some(Self {
                        what: "the browser's record of requests and layout shifts",
                        limit: Some(250),
                    });
                }
                _ => above = view.owner_dominator(above),
            }
        }
        is_module_cache(heap, scripts, holder).then_some(Self {
            what: "the runtime's cache of modules",
            limit: None,
        })
    }
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
