//! How much memory heaps may take, and how much a dump will need before it is loaded.

use std::path::Path;

use super::look;
pub use crate::available::available;
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Cache, IndexHeader};
use crate::memory;
use crate::snapshot::{self, Probe};
use crate::text::units::bytes;

/// The share of the available memory that heaps may take unless the user says otherwise, in percent. The rest is for
/// what a screen computes, and for the system's cache of files.
const SHARE_PERCENT: u64 = 75;
/// What there is to be had where that cannot be told, in bytes.
const UNKNOWN: u64 = 4 << 30;

/// Bytes that a loaded heap takes for a node and for an edge, without strings.
const NODE: u64 = 34;
const EDGE: u64 = 12;
/// What a node and an edge take at the most while the heap is built, in tenths of bytes: columns, and what dominators
/// are computed with. Measured over lists, trees, wide arrays, random references and what programs hold, and as much as
/// the most of them take; the others take up to a tenth less.
const NODE_BUILDING: u64 = 376;
const EDGE_BUILDING: u64 = 89;
/// What the program and its readers take, whatever they read.
const READING: u64 = 15_000_000;
/// The least that a node's and an edge's numbers take in a file, in bytes of JSON.
const NODE_TEXT: u64 = 14;
const EDGE_TEXT: u64 = 8;
/// What they usually take in dumps that are large enough to matter, in tenths of bytes.
const USUAL_NODE_TEXT: u64 = 240;
const USUAL_EDGE_TEXT: u64 = 148;
/// What is left of a file then, and is no strings, is places of functions: so much of a place's text is kept.
const PLACES_PERCENT: u64 = 70;
/// How much of a packed file that does not say so unpacks to strings, in bytes for a byte.
const STRINGS_PACKED: u64 = 3;
/// What the program takes at least when it works from disk, in bytes: names of classes, and what is read just now.
const LEAST: u64 = 16 << 20;
/// How much an ordinary disk reads or writes in a second, in bytes.
const DISK_A_SECOND: f64 = 150e6;
/// How often what a dump needs is read or written from the disk if nearly all of it is allowed, and how much more often
/// for each time that what is allowed is less. Measured: 3.6 times with three tenths, 5.1 with a quarter, 6.9 with a seventh.
const PASSES: f64 = 1.0;
const PASSES_FOR_LESS: f64 = 0.9;
/// What the search for suspects takes for a node of the last dump, in bytes, besides that dump: of one alone, and of several.
const SEARCH_ONE: u64 = 36;
const SEARCH_SEVERAL: u64 = 85;
/// What the program takes besides, when it searches a dump alone.
const SEARCHING: u64 = 15_000_000;
/// What a class takes, in bytes: its name while objects are sorted into classes, its name afterwards, its rows in the
/// search for suspects.
const CLASS_BUILDING: u64 = 110;
const CLASS: u64 = 72;
const CLASS_SEARCH: u64 = 400;
/// What tables of classes take for a class, in bytes: the growth over dumps, once and for each dump, or for each dump
/// beside a search for suspects; the comparison of two dumps; an index while it is written.
const CLASS_GROWTH: u64 = 120;
const CLASS_GROWTH_DUMP: u64 = 160;
const CLASS_GROWTH_SEARCHED: u64 = 125;
const CLASS_DIFF: u64 = 255;
const CLASS_INDEX: u64 = 290;
/// What a class takes that is read from an index, in bytes.
const CLASS_INDEXED: u64 = 200;

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
            building: loaded
                .saturating_add(front.nodes.saturating_mul(8))
                .saturating_add(front.rows.len() as u64 * CLASS_INDEXED),
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
    Ok(estimate(size, &snapshot::probe(path)?))
}

/// Tables of classes that are made of dumps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// The growth over the dumps.
    Growth,
    /// The comparison of two.
    Diff,
    /// An index, while it is written.
    Index,
}

/// What is known of a dump before it is loaded.
struct Known {
    need: Need,
    nodes: u64,
    classes: u64,
}

/// What the index of a dump tells, or else its file; nothing where that cannot be told.
fn known(path: &Path, cache: &Cache) -> Option<Known> {
    if let Some(front) = cache.front(path)
        && let Some(need) = Need::of_index(&front)
    {
        let (nodes, classes) = (front.nodes, front.rows.len() as u64);
        return Some(Known {
            need,
            nodes,
            classes,
        });
    }
    let probe = snapshot::probe(path).ok()?;
    Some(Known {
        need: estimate(look::stat(path).ok()?.bytes, &probe),
        nodes: probe.node_count,
        classes: probe.object_names.min(probe.node_count),
    })
}

/// Estimates what tables of the classes of `dumps` need, of which one at a time is loaded; nothing where that cannot be
/// told.
pub fn need_of_tables(dumps: &[&Path], tables: Tables, cache: &Cache) -> Option<Need> {
    let known: Vec<Known> = dumps.iter().filter_map(|path| known(path, cache)).collect();
    let largest = known.iter().max_by_key(|known| known.need.building)?;
    let classes = known.iter().map(|known| known.classes).max()?;
    let for_class = match tables {
        Tables::Growth => CLASS_GROWTH + CLASS_GROWTH_DUMP * known.len() as u64,
        Tables::Diff => CLASS_DIFF,
        Tables::Index => CLASS_INDEX,
    };
    let rows = classes.saturating_mul(for_class);
    Some(Need {
        building: largest.need.building.saturating_add(rows),
        loaded: largest.need.loaded,
    })
}

/// Estimates what the search for suspects needs in a series, whose last dump stays loaded while the others are read one
/// by one, out of their indexes where there are some, and their growth if it is asked for; nothing where that cannot be
/// told.
pub fn need_of_search(dumps: &[&Path], with_growth: bool, cache: &Cache) -> Option<Need> {
    let (last, others) = dumps.split_last()?;
    let last = known(last, cache)?;
    let loaded = last.need.loaded;
    let mut for_class = CLASS_SEARCH;
    if with_growth {
        for_class += CLASS_GROWTH_SEARCHED * dumps.len() as u64;
    }
    let rows = last.classes.min(last.nodes).saturating_mul(for_class);
    let search = |for_node: u64| loaded + last.nodes.saturating_mul(for_node) + rows;
    let size = |path: &&&Path| look::stat(path).ok().map(|found| found.bytes);
    let building = match others.iter().max_by_key(size) {
        None => SEARCHING + search(SEARCH_ONE),
        Some(largest) => search(SEARCH_SEVERAL) + known(largest, cache)?.need.building,
    };
    Some(Need {
        building: last.need.building.max(building),
        loaded,
    })
}

/// The estimate for a file of this size.
fn estimate(size: u64, probe: &Probe) -> Need {
    let packed = probe.compressed.is_some();
    // Deflate makes at most a thousandth of anything; that bounds what a header can make us believe.
    let most = if packed {
        size.saturating_mul(1000)
    } else {
        size
    };
    let nodes = probe.node_count.min(most / NODE_TEXT);
    let edges = probe.edge_count.min(most / EDGE_TEXT);
    let numbers = (nodes * USUAL_NODE_TEXT + edges * USUAL_EDGE_TEXT) / 10;
    let text = probe.text.map(|mut text| {
        // What gzip says of long texts is what is left of a multiple of 4 GiB.
        while packed && text < numbers / 2 {
            text += 1 << 32;
        }
        text.min(most)
    });
    let (strings, places) = match (text, probe.strings) {
        (Some(text), Some(strings)) => {
            let places = text.saturating_sub(strings + numbers);
            (strings, places * PLACES_PERCENT / 100)
        }
        (Some(text), None) => (text.saturating_sub(numbers), 0),
        (None, _) => (size.saturating_mul(STRINGS_PACKED), 0),
    };
    let classes = probe.object_names.min(nodes);
    let loaded = nodes * NODE + edges * EDGE + strings + places + classes * CLASS;
    let columns = (nodes * NODE_BUILDING + edges * EDGE_BUILDING) / 10;
    Need {
        building: READING + columns + strings + places + classes * CLASS_BUILDING,
        loaded,
    }
}

/// Estimates what a dump needs, and settles how it can be had, as [`settle`] does. A file that cannot be looked at
/// passes: whoever loads it tells why.
///
/// # Errors
/// Those of [`settle`].
pub fn check(path: &Path, budget: u64) -> Result<Option<String>> {
    need(path).map_or(Ok(None), |need| settle(path, need, budget))
}

/// Settles how to load a dump that needs so much: in memory if that fits into `budget` bytes, else from disk, if that is
/// allowed. Then words say so, for whoever looks, where the program has not worked from disk before.
///
/// # Errors
/// [`ErrorKind::Unsupported`] with all figures, where it can be had neither way.
pub fn settle(path: &Path, need: Need, budget: u64) -> Result<Option<String>> {
    if need.building <= budget {
        return Ok(None);
    }
    let refuse = |more: &str, advice: &str| {
        let error = Error::new(
            ErrorKind::Unsupported,
            format!(
                "loading it needs about {} of memory, but heaps may take {}{more}",
                bytes(need.building),
                bytes(budget)
            ),
        );
        Err(error.advise(advice).in_file(path))
    };
    const MORE: &str = "close what else needs memory, or allow more with --memory SIZE";
    match memory::beyond(need.building) {
        None => refuse("", MORE),
        Some(_) if budget < LEAST => {
            let more = format!(", and {} are the least for working from disk", bytes(LEAST));
            refuse(&more, MORE)
        }
        Some(Err(why)) => refuse(
            &format!(", and it cannot be on a disk: {why}"),
            "set TMPDIR to a folder on a disk with more room, or allow more with --memory SIZE",
        ),
        Some(Ok(room)) => {
            let size = look::stat(path).map_or(0, |found| found.bytes);
            let words = format!(
                "{} needs {} of memory, and {} are allowed: works from disk, about {} s where that moves {} a second, up to {} in {}",
                path.file_name().unwrap_or_default().to_string_lossy(),
                bytes(need.building),
                bytes(budget),
                seconds_from_disk(size, need.building, budget),
                bytes(DISK_A_SECOND as u64),
                bytes(need.building),
                room.folder.display(),
            );
            Ok(memory::work_from_disk(room).then_some(words))
        }
    }
}

/// How long it takes to read a file of `size` bytes and to work with so many bytes where so many are allowed, in seconds.
fn seconds_from_disk(size: u64, need: u64, budget: u64) -> u64 {
    let times = need as f64 / budget.max(1) as f64;
    let moved = size as f64 + need as f64 * (PASSES + PASSES_FOR_LESS * times);
    (moved / DISK_A_SECOND).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_cannot_ask_for_more_than_the_file_holds() {
        let lie = |compressed| Probe {
            compressed,
            node_count: u64::MAX,
            edge_count: u64::MAX,
            complete: true,
            has_samples: false,
            text: Some(u64::MAX),
            strings: None,
            object_names: u64::MAX,
        };
        let plain = estimate(1000, &lie(None));
        assert!(plain.building < READING + 20_000, "{plain:?}");
        let packed = estimate(1000, &lie(Some("gzip")));
        assert!(packed.building < READING + 20_000_000, "{packed:?}");
    }

    #[test]
    fn tables_of_classes_need_memory_of_their_own() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/versions");
        let dump = data.join("node12.s1.heapsnapshot.gz");
        let (cache, paths) = (Cache::none(), [dump.as_path(); 3]);
        let classes = known(&dump, &cache).unwrap().classes;
        assert!(classes > 100);
        let alone = need(&dump).unwrap();
        let tables = |dumps: &[&Path], tables| {
            let need = need_of_tables(dumps, tables, &cache).unwrap();
            assert_eq!(need.loaded, alone.loaded);
            (need.building - alone.building) / classes
        };
        assert_eq!(tables(&paths[..2], Tables::Growth), 440);
        assert_eq!(tables(&paths, Tables::Growth), 600);
        assert_eq!(tables(&paths[..2], Tables::Diff), CLASS_DIFF);
        assert_eq!(tables(&paths[..1], Tables::Index), CLASS_INDEX);
        let search = |with_growth| need_of_search(&paths, with_growth, &cache).unwrap();
        let more = search(true).building - search(false).building;
        assert_eq!(more / classes, 3 * CLASS_GROWTH_SEARCHED);
    }
}
