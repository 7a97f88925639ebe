//! Real dumps: totals, class rows in order, filters, and single objects with their retainers and dominators.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use heaptui::analysis::filter::Filter;
use heaptui::analysis::{dominators, retainers};
use heaptui::graph::NodeId;
use heaptui::heap::Heap;
use heaptui::snapshot::Snapshot;
use heaptui::task::Task;
use serde::Deserialize;
use serde_json::Value;

use crate::comparisons::{self, Comparison};
use crate::data::{self, Row, Statistics};
use crate::{oracle, rows, trends};

#[derive(Deserialize)]
struct Series {
    dumps: Vec<Dump>,
    #[serde(default)]
    between: Vec<Between>,
    #[serde(default)]
    before: Option<Vec<Row>>,
    #[serde(default)]
    diff: Option<Comparison>,
}

#[derive(Deserialize)]
struct Dump {
    file: String,
    lost: u32,
    nodes: usize,
    edges: usize,
    max_id: u32,
    total: u64,
    statistics: Statistics,
    summary: Vec<Row>,
    #[serde(default)]
    filters: BTreeMap<String, Vec<Row>>,
    #[serde(default)]
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    id: u32,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "self")]
    shallow: u64,
    retained: u64,
    distance: i32,
    /// The first of them: edge name, edge type, id of the retaining node.
    retainers: Vec<(Value, String, u32)>,
    retainer_count: usize,
    /// Ids from the object itself to the root.
    dominators: Vec<u32>,
}

#[derive(Deserialize)]
struct Between {
    /// Dumps by number, from 1.
    from: usize,
    to: usize,
    rows: Vec<Row>,
}

/// The files with DevTools' numbers in a folder and in its folders.
fn series_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with("devtools.json.gz") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The file of a dump, which may be gzipped, beside that of DevTools' numbers.
fn dump_path(numbers: &Path, file: &str) -> PathBuf {
    let plain = numbers.with_file_name(file);
    match plain.exists() {
        true => plain,
        false => numbers.with_file_name(format!("{file}.gz")),
    }
}

/// Checks that the loader reads what the oracle reads.
fn check_loader(path: &Path) {
    let loaded = Snapshot::open(path, &Task::new()).unwrap();
    let expected = oracle::snapshot(&data::json(path));
    oracle::assert_same(&loaded, &expected, &path.display().to_string());
}

fn check_series(path: &Path) {
    let series: Series = data::json(path);
    let what = path.display();
    let max_id = |number: usize| series.dumps[number - 1].max_id;
    let mut heaps = Vec::new();
    for dump in &series.dumps {
        heaps.push(check_dump(&dump_path(path, &dump.file), dump));
    }
    if let Some(Comparison { from, to, rows }) = &series.diff {
        let (base, later) = (from - 1, to - 1);
        if series.dumps[base].lost + series.dumps[later].lost == 0 {
            let what = what.to_string();
            comparisons::check(&heaps[base], &heaps[later], rows, &what);
        }
    }
    if series.dumps.iter().all(|dump| dump.lost == 0) {
        let summaries: Vec<&[Row]> = series.dumps.iter().map(|dump| &*dump.summary).collect();
        trends::check(&heaps, &summaries, &what.to_string());
    }
    let heap = heaps.pop().unwrap();
    if series.dumps.last().unwrap().lost > 0 {
        return;
    }
    for between in &series.between {
        let filter = Filter::Allocated {
            after: max_id(between.from),
            up_to: max_id(between.to),
        };
        rows::check(&heap, filter, &between.rows, &what.to_string());
    }
    if let Some(before) = &series.before {
        let filter = Filter::allocated_before(series.dumps[0].max_id);
        rows::check(&heap, filter, before, &what.to_string());
    }
}

fn check_dump(path: &Path, dump: &Dump) -> Heap {
    let what = path.display().to_string();
    let heap = Heap::open(path, &Task::new()).unwrap();
    assert_eq!(heap.node_count(), dump.nodes, "{what}");
    assert_eq!(heap.edge_count(), dump.edges, "{what}");
    assert_eq!(heap.max_object_id(), dump.max_id, "{what}");
    assert_eq!(heap.statistics().total, dump.total, "{what}");
    let statistics = Statistics::from(heap.statistics());
    assert_eq!(statistics, dump.statistics, "{what}");
    if dump.lost == 0 {
        rows::check(&heap, Filter::All, &dump.summary, &what);
        rows::check_filters(&heap, &dump.filters, &what);
    }
    for object in &dump.objects {
        check_object(&heap, object, &what);
    }
    heap
}

fn check_object(heap: &Heap, expected: &Object, what: &str) {
    let what = format!("{what} @{}", expected.id);
    let node = heap.find_id(expected.id).expect(&what);
    assert_eq!(heap.kind_name(node), expected.kind, "{what}");
    assert_eq!(heap.shallow(node), expected.shallow, "{what}");
    assert_eq!(heap.retained(node), expected.retained, "{what}");
    assert_eq!(heap.distance(node), expected.distance, "{what}");

    let ids = |nodes: &[NodeId]| nodes.iter().map(|&node| heap.id(node)).collect::<Vec<_>>();
    let dominators = dominators::chain(heap, node);
    assert_eq!(ids(&dominators), expected.dominators[1..], "{what}");

    let retainers = retainers::retainers(heap, node, false, &Task::new()).unwrap();
    assert_eq!(retainers.len(), expected.retainer_count, "{what}");
    for (at, (&edge, expected)) in retainers.iter().zip(&expected.retainers).enumerate() {
        let name = match &expected.0 {
            Value::String(name) => name.clone(),
            other => other.to_string(),
        };
        let ours = (
            heap.edge_name(edge).to_string(),
            heap.edge_kind_name(edge).to_owned(),
            heap.id(heap.graph().source(edge)),
        );
        assert_eq!(
            ours,
            (name, expected.1.clone(), expected.2),
            "{what}: retainer {at}"
        );
    }
}

#[test]
fn dumps_are_devtools() {
    let series = series_in(&data::folder());
    assert!(series.len() >= 3, "{series:?}");
    for path in series {
        check_series(&path);
    }
}

/// The same over a folder that is not part of the repository.
#[test]
fn other_dumps_are_devtools() {
    let Some(folder) = std::env::var_os("HEAPTUI_FIXTURES") else {
        return;
    };
    let series = series_in(Path::new(&folder));
    assert!(!series.is_empty(), "no devtools.json.gz in {folder:?}");
    for path in series {
        println!("{}", path.display());
        check_series(&path);
        for dump in data::json::<Series>(&path).dumps {
            check_loader(&dump_path(&path, &dump.file));
        }
    }
}

#[test]
fn the_loader_reads_what_the_oracle_reads() {
    for name in ["node12.s1", "chromium.s1"] {
        let path = data::folder().join("versions").join(name);
        check_loader(&path.with_extension("s1.heapsnapshot.gz"));
    }
}
