//! How much memory heaps may take, and how much a dump will need before it is loaded.

use std::path::Path;

use super::look;
pub use crate::available::available;
use crate::error::{Error, ErrorKind, Result};
use crate::index::IndexHeader;
use crate::snapshot;
use crate::text::units::bytes;

/// The share of the available memory that heaps may take unless the user says otherwise, in percent. The rest is for
/// what a screen computes, and for the system's cache of files.
const SHARE_PERCENT: u64 = 75;
/// What there is to be had where that cannot be told, in bytes.
const UNKNOWN: u64 = 4 << 30;

/// Bytes that a loaded heap takes for a node and for an edge, without strings.
const NODE: u64 = 32;
const EDGE: u64 = 12;
/// What more a node takes while the heap is built: what dominators and sizes are computed with.
const NODE_BUILDING: u64 = 36;
/// What an edge takes more while the heap is built.
const EDGE_BUILDING: u64 = 1;
/// The least that a node's and an edge's numbers take in a file, in bytes of JSON.
const NODE_TEXT: u64 = 14;
const EDGE_TEXT: u64 = 8;
/// What they usually take in dumps that are large enough to matter; what is left of a file is strings.
const USUAL_NODE_TEXT: u64 = 22;
const USUAL_EDGE_TEXT: u64 = 14;
/// How much of a packed file unpacks to strings, in bytes for a byte; generous, as names pack well.
const STRINGS_PACKED: u64 = 3;

/// The memory that heaps may take by default: a share of what is available now, in bytes.
pub fn default_budget() -> u64 {
    available().unwrap_or(UNKNOWN) / 100 * SHARE_PERCENT
}

/// What a dump needs, in bytes; estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// While it is loaded.
    pub building: u64,
    /// When it is loaded.
    pub loaded: u64,
}

impl Need {
    /// What a dump needs that is entered by its index; nothing where that has no more than figures.
    pub fn of_index(front: &IndexHeader) -> Option<Self> {
        let loaded = front.entered_bytes()?;
        Some(Self {
            // Holders are gathered in one more list of nodes, and a packed column is read whole.
            building: loaded.saturating_add(front.nodes.saturating_mul(8)),
            loaded,
        })
    }
}

/// Estimates from the header and the file's size what a dump needs; reads next to nothing.
///
/// # Errors
/// Those of [`snapshot::probe`], and where there is no such file.
pub fn need(path: &Path) -> Result<Need> {
    let size = look::stat(path)?.bytes;
    let probe = snapshot::probe(path)?;
    let packed = probe.compressed.is_some();
    Ok(estimate(size, packed, probe.node_count, probe.edge_count))
}

fn estimate(size: u64, packed: bool, nodes: u64, edges: u64) -> Need {
    let (nodes, edges) = if packed {
        // Deflate makes at most a thousandth of anything; that bounds what a header can make us believe.
        let most = size.saturating_mul(1000) / NODE_TEXT;
        (nodes.min(most), edges.min(most))
    } else {
        (nodes.min(size / NODE_TEXT), edges.min(size / EDGE_TEXT))
    };
    let numbers = nodes * USUAL_NODE_TEXT + edges * USUAL_EDGE_TEXT;
    let strings = if packed {
        size.saturating_mul(STRINGS_PACKED)
    } else {
        size.saturating_sub(numbers)
    };
    let loaded = nodes * NODE + edges * EDGE + strings;
    Need {
        building: loaded + nodes * NODE_BUILDING + edges * EDGE_BUILDING,
        loaded,
    }
}

/// Estimates what a dump needs, and refuses it when that is more than `budget` bytes. A file that cannot be looked at
/// passes: whoever loads it tells why.
///
/// # Errors
/// [`ErrorKind::Unsupported`] with both figures.
pub fn check(path: &Path, budget: u64) -> Result<()> {
    match need(path) {
        Ok(need) if need.building > budget => Err(too_large(path, need, budget)),
        _ => Ok(()),
    }
}

/// The error for a dump that needs more than heaps may take.
pub fn too_large(path: &Path, need: Need, budget: u64) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "loading it needs about {} of memory, but heaps may take {}",
            bytes(need.building),
            bytes(budget)
        ),
    )
    .advise("close what else needs memory, or allow more with --memory SIZE")
    .in_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_cannot_ask_for_more_than_the_file_holds() {
        let lie = estimate(1000, false, u64::MAX, u64::MAX);
        assert!(lie.building < 20_000, "{lie:?}");
        let lie = estimate(1000, true, u64::MAX, u64::MAX);
        assert!(lie.building < 20_000_000, "{lie:?}");
    }
}
