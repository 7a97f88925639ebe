//! How much memory heaps may take, and how much a dump will need before it is loaded.

use std::fs;
use std::path::Path;

use super::look;
use crate::error::{Error, ErrorKind, Result};
use crate::index::Front;
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

/// The memory that this process can still get without the system swapping or killing it, in bytes: what the machine
/// has available, what is left of the container's limit, or of the process's own (`ulimit -v`), whichever is least.
/// Nothing where the system does not say.
pub fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| kilobytes(&text, "MemAvailable:"));
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let container = limits(&groups, |path| {
        fs::read_to_string(Path::new("/sys/fs/cgroup").join(path)).ok()
    });
    [machine, container, own_limit()]
        .into_iter()
        .flatten()
        .min()
}

/// What is left of the addresses that the process may use, where somebody set a limit.
fn own_limit() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let limit = rustix::process::getrlimit(rustix::process::Resource::As).current?;
        let status = fs::read_to_string("/proc/self/status").ok()?;
        Some(limit.saturating_sub(kilobytes(&status, "VmSize:")?))
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// A line of `/proc/meminfo`, in bytes.
fn kilobytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024)
}

/// The least that control groups leave. Each group up to the top may have a limit; within a container the paths of
/// the host may lead nowhere, and the top is the container's own.
fn limits(groups: &str, read: impl Fn(&str) -> Option<String>) -> Option<u64> {
    let mut least = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let (folder, limit, usage, of_all) = if controllers.is_empty() {
            ("", "memory.max", "memory.current", "")
        } else if controllers.split(',').any(|name| name == "memory") {
            let (limit, usage) = ("memory.limit_in_bytes", "memory.usage_in_bytes");
            ("memory/", limit, usage, "total_")
        } else {
            continue;
        };
        let mut path = path.trim_matches('/');
        loop {
            let file = |name: &str| {
                let slash = if path.is_empty() { "" } else { "/" };
                read(&format!("{folder}{path}{slash}{name}"))
            };
            // `max`, which is no number, means that there is no limit.
            let number = |text: Option<String>| text?.trim().parse::<u64>().ok();
            if let (Some(limit), Some(usage)) = (number(file(limit)), number(file(usage))) {
                let stat = file("memory.stat").unwrap_or_default();
                let left = limit.saturating_sub(usage.saturating_sub(cached(&stat, of_all)));
                least = Some(least.map_or(left, |least: u64| least.min(left)));
            }
            if path.is_empty() {
                break;
            }
            path = path.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }
    least
}

/// What of a group's usage the system gives back when somebody needs it, in bytes: files that it keeps in memory, those
/// that were used of late only by half. A container that has just written a dump has its limit full of them.
fn cached(stat: &str, of_all: &str) -> u64 {
    let number = |name: &str| -> u64 {
        let line = stat.lines().find_map(|line| {
            let (key, number) = line.split_once(' ')?;
            let is = key.strip_prefix(of_all) == Some(name);
            is.then_some(number)
        });
        line.and_then(|number| number.trim().parse().ok())
            .unwrap_or(0)
    };
    number("inactive_file").saturating_add(number("active_file") / 2)
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
    pub fn of_index(front: &Front) -> Option<Self> {
        let loaded = front.entered_bytes()?;
        Some(Self {
            // Holders are gathered in one more list of nodes, and a packed column is read whole.
            building: loaded + 8 * front.nodes,
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
    fn machines_and_containers() {
        let text = "MemTotal:       100 kB\nMemAvailable:    70 kB\n";
        assert_eq!(kilobytes(text, "MemAvailable:"), Some(70 * 1024));
        assert_eq!(kilobytes(text, "Nothing:"), None);
        let two = limits("0::/a/b\n", |path| {
            let text = match path {
                "a/memory.max" => "1000\n",
                "a/memory.current" => "400\n",
                "a/b/memory.max" => "max\n",
                "a/b/memory.current" => "300\n",
                _ => return None,
            };
            Some(text.to_owned())
        });
        assert_eq!(two, Some(600));
        let one = limits("9:name=systemd:/\n4:cpu,memory:/x\n0::/\n", |path| {
            let text = match path {
                "memory/memory.limit_in_bytes" => "9223372036854771712",
                "memory/memory.usage_in_bytes" => "1",
                "memory/x/memory.limit_in_bytes" => "50",
                "memory/x/memory.usage_in_bytes" => "60",
                _ => return None,
            };
            Some(text.to_owned())
        });
        assert_eq!(one, Some(0));
        assert_eq!(limits("", |_| None), None);
        // What is only kept of files is there to be had.
        for (groups, folder, [max, current], of_all) in [
            ("0::/a\n", "a/", ["memory.max", "memory.current"], ""),
            (
                "4:memory:/a\n",
                "memory/a/",
                ["memory.limit_in_bytes", "memory.usage_in_bytes"],
                "total_",
            ),
        ] {
            let left = limits(groups, |path| {
                let name = path.strip_prefix(folder)?;
                let text = match name {
                    _ if name == max => "1000".to_owned(),
                    _ if name == current => "990".to_owned(),
                    "memory.stat" => {
                        format!("anon 90\n{of_all}inactive_file 700\n{of_all}active_file 200\n")
                    }
                    _ => return None,
                };
                Some(text)
            });
            assert_eq!(left, Some(10 + 700 + 100), "{groups}");
        }
    }

    #[test]
    fn headers_cannot_ask_for_more_than_the_file_holds() {
        let lie = estimate(1000, false, u64::MAX, u64::MAX);
        assert!(lie.building < 20_000, "{lie:?}");
        let lie = estimate(1000, true, u64::MAX, u64::MAX);
        assert!(lie.building < 20_000_000, "{lie:?}");
    }
}
