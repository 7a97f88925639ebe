//! What is known of a process when a dump of it is taken, noted beside the dump: whether the heap is what grows, and
//! which scripts ran.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::save::{self, Replace};
use crate::source::noted::{ENDING, LONGEST, LoadedScript, beside};

/// A header tells how many nodes there are within so many bytes.
const HEAD: u64 = 1 << 16;

/// A dump that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its nodes, by its header.
    pub nodes: Option<u64>,
    /// How long the process answered nobody.
    pub pause: Duration,
    /// The most resident memory that the process was seen to take meanwhile, bytes.
    pub peak_rss: u64,
}

/// What stands beside a dump.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sidecar {
    /// The version of this shape.
    pub schema_version: u32,
    /// The process.
    pub pid: u32,
    /// When it started, in clock ticks since the machine did.
    pub started: u64,
    /// The dump's nodes.
    pub nodes: Option<u64>,
    /// Resident memory before the dump, bytes.
    pub rss: u64,
    /// The most resident memory seen during the dump, bytes.
    pub peak_rss: u64,
    /// How long the process stood still, milliseconds.
    pub pause_ms: u64,
    /// The memory limit of its control group, bytes.
    pub memory_limit: Option<u64>,
    /// `process.memoryUsage()`, the heap's limit and the versions, as the process tells them; the inspector's way only.
    pub usage: Option<serde_json::Value>,
    /// The scripts that it had loaded; the inspector's way only.
    pub scripts: Vec<LoadedScript>,
}

impl Sidecar {
    /// Writes it beside a dump, for its owner only.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, dump: &Path) -> Result<()> {
        let path = beside(dump);
        let text = serde_json::to_vec(self);
        let text = text.map_err(|error| Error::io("cannot write", &error.into()).in_file(&path))?;
        save::write(&path, &text, Replace::Ordinary)
    }

    /// The newest sidecar in a folder of the same process.
    pub fn last_of(folder: &Path, pid: u32, started: u64) -> Option<Self> {
        let entries = fs::read_dir(folder).ok()?;
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let mut paths: Vec<PathBuf> = paths
            .filter(|path| path.to_string_lossy().ends_with(ENDING))
            .collect();
        // The names begin with the time.
        paths.sort_unstable();
        paths.iter().rev().find_map(|path| {
            let mut text = Vec::new();
            fs::File::open(path)
                .ok()?
                .take(LONGEST)
                .read_to_end(&mut text)
                .ok()?;
            let sidecar: Self = serde_json::from_slice(&text).ok()?;
            (sidecar.pid == pid && sidecar.started == started).then_some(sidecar)
        })
    }
}

/// The nodes that the header of a dump tells.
pub fn nodes_of(dump: &Path) -> Option<u64> {
    let mut head = Vec::new();
    fs::File::open(dump)
        .ok()?
        .take(HEAD)
        .read_to_end(&mut head)
        .ok()?;
    const KEY: &[u8] = b"\"node_count\":";
    let at = memchr::memmem::find(&head, KEY)? + KEY.len();
    let digits = head[at..]
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace());
    let digits: String = digits
        .take_while(|byte| byte.is_ascii_digit())
        .map(|&byte| char::from(byte))
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_the_same_process_counts() {
        let folder = tempfile::tempdir().unwrap();
        for (name, pid, nodes) in [("a.1", 7, 10), ("a.2", 7, 20), ("a.3", 8, 30)] {
            let sidecar = Sidecar {
                pid,
                started: 5,
                nodes: Some(nodes),
                ..Sidecar::default()
            };
            sidecar.write(&folder.path().join(name)).unwrap();
        }
        let last = Sidecar::last_of(folder.path(), 7, 5).unwrap();
        assert_eq!(last.nodes, Some(20));
        assert!(
            Sidecar::last_of(folder.path(), 7, 6).is_none(),
            "another process of that number"
        );
    }

    #[test]
    fn the_header_tells_the_nodes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(
            &path,
            r#"{"snapshot":{"meta":{},"node_count": 4711,"edge_count":1}"#,
        )
        .unwrap();
        assert_eq!(nodes_of(&path), Some(4711));
        fs::write(&path, "{}").unwrap();
        assert_eq!(nodes_of(&path), None);
    }
}
