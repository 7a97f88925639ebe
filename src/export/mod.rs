//! Dumps as tables in Parquet, to be asked with DuckDB, Spark or Polars, over the dumps of many processes.
//!
//! Lives here: which tables there are and what is in their columns ([`write_dump`], [`write_suspects`]), and the writer
//! (`file`). Does not live here: loading dumps. A table is a folder with one file for each dump, below partitions by
//! process and label: `nodes/process=4711/label=s1/part-0.parquet`. Rows go out in groups, so that memory stays bounded
//! however large a heap is; texts are dictionaries. What may be data is masked.

mod file;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;

use parquet::data_type::ByteArray;

use crate::analysis::selection::Selection;
use crate::analysis::summary::{ClassRow, summary};
use crate::analysis::suspects::{Findings, Suspect};
use crate::error::{Error, ErrorKind, Result};
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap, shown_distance};
use crate::save::Replace;
use crate::series::Dump;
use crate::snapshot::{EdgeKind, NodeKind, StrId};
use crate::task::Task;
use crate::text::code::{Role, is_internal_edge, shown};
use crate::text::mask::{Reveal, words};

pub use file::Written;
use file::{Field, Values, write};

/// The tables that a dump is written to.
const TABLES: [&str; 5] = ["nodes", "edges", "dominators", "classes", "dumps"];

/// Where the tables of a dump go, and what is in them.
#[derive(Debug, Clone)]
pub struct Target {
    /// The folder of all tables.
    pub folder: PathBuf,
    /// The process, as the name of a partition.
    pub process: String,
    /// The dump's label in its process.
    pub label: String,
    /// Whether files that are there already are written over.
    pub force: bool,
    /// What of texts is shown.
    pub reveal: Reveal,
}

impl Target {
    /// The file of a table.
    pub fn file(&self, table: &str) -> PathBuf {
        let folder = self.folder.join(table);
        let folder = folder.join(format!("process={}", self.process));
        folder
            .join(format!("label={}", self.label))
            .join("part-0.parquet")
    }

    /// Makes sure that no file is there that must stay.
    ///
    /// # Errors
    /// When there is one.
    pub fn check(&self) -> Result<()> {
        let all = TABLES.iter().chain(&["suspects"]);
        let mut files = all.map(|table| self.file(table));
        match files.find(|file| !self.force && file.exists()) {
            None => Ok(()),
            Some(file) => Err(Error::new(ErrorKind::Io, "this file is there already")
                .in_file(&file)
                .advise("name another folder, or say --force")),
        }
    }

    fn replace(&self) -> Replace {
        Replace::with_force(self.force)
    }
}

/// Names of partitions: letters, digits, `-`, `_` and `.`; other characters become `-`.
pub fn partition_name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = text
        .chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect();
    match name.trim_matches(['-', '.']) {
        "" => "unknown".to_owned(),
        name => name.to_owned(),
    }
}

/// Texts, each made once as long as it is remembered.
struct Texts<K>(RefCell<HashMap<K, ByteArray>>);

/// As many texts are remembered; then they are forgotten, so that memory stays bounded.
const REMEMBERED: usize = 1 << 16;

impl<K: std::hash::Hash + Eq> Texts<K> {
    fn new() -> Self {
        Self(RefCell::new(HashMap::new()))
    }

    fn get(&self, key: K, make: impl FnOnce() -> String) -> ByteArray {
        let mut known = self.0.borrow_mut();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let text = known.entry(key);
        text.or_insert_with(|| ByteArray::from(make().into_bytes()))
            .clone()
    }
}

/// Writes the tables of a dump.
///
/// # Errors
/// When a file cannot be written, is there already, or the task is cancelled.
pub fn write_dump(heap: &Heap, dump: &Dump, target: &Target, task: &Task) -> Result<Vec<Written>> {
    target.check()?;
    let classes: Vec<ByteArray> = heap
        .classes()
        .iter()
        .map(|class| shown(&class.name, Role::Class, target.reveal).into_owned())
        .map(|name| ByteArray::from(name.into_bytes()))
        .collect();
    Ok(vec![
        nodes(heap, &classes, target, task)?,
        edges(heap, target, task)?,
        dominators(heap, target, task)?,
        class_rows(heap, &classes, target, task)?,
        dumps(heap, dump, target, task)?,
    ])
}

fn nodes(heap: &Heap, classes: &[ByteArray], target: &Target, task: &Task) -> Result<Written> {
    let node = |row: usize| NodeId(row as u32);
    let kinds = Texts::new();
    let names: Texts<(StrId, bool, bool)> = Texts::new();
    let reveal = target.reveal;
    let name = |row: usize| {
        let node = node(row);
        let kind = heap.kind(node);
        let is_data = kind.is_string()
            || matches!(
                kind,
                NodeKind::NUMBER | NodeKind::BIGINT | NodeKind::REGEXP | NodeKind::SYMBOL
            );
        if is_data && reveal == Reveal::Nothing {
            return None;
        }
        if kind == NodeKind::CONCATENATED_STRING {
            return Some(ByteArray::from(heap.display_name(node).into_bytes()));
        }
        let role = match kind {
            NodeKind::CLOSURE => Role::Function,
            _ => Role::Class,
        };
        let key = (
            heap.name_id(node),
            role == Role::Function,
            heap.is_renamed(node),
        );
        Some(names.get(key, || match is_data {
            true => heap.raw_name(node).into_owned(),
            false => shown(&heap.raw_name(node), role, reveal).into_owned(),
        }))
    };
    write(
        &target.file("nodes"),
        target.replace(),
        heap.node_count(),
        &[
            Field::new("id", Values::Int(&|row| i64::from(heap.id(node(row))))),
            Field::new(
                "type",
                Values::Text(&|row| {
                    let kind = heap.kind(node(row));
                    kinds.get(kind.0, || heap.kind_name(node(row)).to_owned())
                }),
            ),
            Field::new("name", Values::TextOrNull(&name)),
            Field::new(
                "class",
                Values::Text(&|row| classes[heap.class_id(node(row)).0 as usize].clone()),
            ),
            Field::new(
                "shallow_size",
                Values::Int(&|row| heap.shallow(node(row)) as i64),
            ),
            Field::new(
                "retained_size",
                Values::Int(&|row| heap.retained(node(row)) as i64),
            ),
            Field::new(
                "distance",
                Values::IntOrNull(&|row| shown_distance(heap.distance(node(row))).map(i64::from)),
            ),
            Field::new(
                "detached",
                Values::Bool(&|row| heap.detachedness(node(row)) == 2),
            ),
        ],
        task,
    )
}

fn edges(heap: &Heap, target: &Target, task: &Task) -> Result<Written> {
    let graph = heap.graph();
    let edge = |row: usize| EdgeId(row as u32);
    let kinds = Texts::new();
    let names: Texts<(StrId, bool)> = Texts::new();
    let reveal = target.reveal;
    let name = |row: usize| {
        let edge = edge(row);
        let EdgeName::Text(text) = heap.edge_name(edge) else {
            return None;
        };
        let is_code = matches!(heap.edge_kind(edge), EdgeKind::PROPERTY | EdgeKind::CONTEXT);
        let key = (heap.edge_name_id(edge)?, is_code);
        Some(
            names.get(key, || match !is_code && is_internal_edge(&text) {
                true => text.into_owned(),
                false => shown(&text, Role::Property, reveal).into_owned(),
            }),
        )
    };
    write(
        &target.file("edges"),
        target.replace(),
        heap.edge_count(),
        &[
            Field::new(
                "from_id",
                Values::Int(&|row| i64::from(heap.id(graph.source(edge(row))))),
            ),
            Field::new(
                "to_id",
                Values::Int(&|row| i64::from(heap.id(graph.target(edge(row))))),
            ),
            Field::new(
                "type",
                Values::Text(&|row| {
                    let kind = heap.edge_kind(edge(row));
                    kinds.get(kind.0, || heap.edge_kind_name(edge(row)).to_owned())
                }),
            ),
            Field::new("name", Values::TextOrNull(&name)),
            Field::new(
                "index",
                Values::IntOrNull(&|row| match heap.edge_name(edge(row)) {
                    EdgeName::Index(index) => Some(i64::from(index)),
                    EdgeName::Text(_) => None,
                }),
            ),
            Field::new(
                "keeps_alive",
                Values::Bool(&|row| heap.is_essential(edge(row))),
            ),
        ],
        task,
    )
}

fn dominators(heap: &Heap, target: &Target, task: &Task) -> Result<Written> {
    let node = |row: usize| NodeId(row as u32);
    write(
        &target.file("dominators"),
        target.replace(),
        heap.node_count(),
        &[
            Field::new("id", Values::Int(&|row| i64::from(heap.id(node(row))))),
            Field::new(
                "dominator_id",
                Values::IntOrNull(&|row| {
                    let above = heap.dominator(node(row));
                    (above != node(row)).then(|| i64::from(heap.id(above)))
                }),
            ),
        ],
        task,
    )
}

fn class_rows(heap: &Heap, classes: &[ByteArray], target: &Target, task: &Task) -> Result<Written> {
    let rows = summary(heap, &Selection::All, task)?;
    let class = |row: usize| heap.class(rows[row].class);
    let figure = |of: fn(&ClassRow) -> u64| move |row: &ClassRow| of(row) as i64;
    let (count, shallow, retained) = (
        figure(|row| u64::from(row.count)),
        figure(|row| row.shallow),
        figure(|row| row.retained),
    );
    write(
        &target.file("classes"),
        target.replace(),
        rows.len(),
        &[
            Field::new(
                "class",
                Values::Text(&|row| classes[rows[row].class.0 as usize].clone()),
            ),
            Field::new(
                "script_id",
                Values::IntOrNull(&|row| class(row).place.map(|place| i64::from(place.script_id))),
            ),
            Field::new(
                "line",
                Values::IntOrNull(&|row| class(row).place.map(|place| i64::from(place.line) + 1)),
            ),
            Field::new(
                "column",
                Values::IntOrNull(&|row| class(row).place.map(|place| i64::from(place.column) + 1)),
            ),
            Field::new("count", Values::Int(&|row| count(&rows[row]))),
            Field::new(
                "distance",
                Values::IntOrNull(&|row| shown_distance(rows[row].distance).map(i64::from)),
            ),
            Field::new("shallow_size", Values::Int(&|row| shallow(&rows[row]))),
            Field::new("retained_size", Values::Int(&|row| retained(&rows[row]))),
        ],
        task,
    )
}

fn dumps(heap: &Heap, dump: &Dump, target: &Target, task: &Task) -> Result<Written> {
    let name = words(&dump.name, target.reveal).into_owned();
    write(
        &target.file("dumps"),
        target.replace(),
        1,
        &[
            Field::new(
                "file",
                Values::Text(&|_| ByteArray::from(name.clone().into_bytes())),
            ),
            Field::new(
                "taken_at",
                Values::Time(&|_| dump.time().map(|time| time.as_millisecond())),
            ),
            Field::new("objects", Values::Int(&|_| heap.node_count() as i64)),
            Field::new("edges", Values::Int(&|_| heap.edge_count() as i64)),
            Field::new(
                "total_size",
                Values::Int(&|_| heap.statistics().total as i64),
            ),
            Field::new(
                "max_object_id",
                Values::Int(&|_| i64::from(heap.max_object_id())),
            ),
        ],
        task,
    )
}

/// Writes the suspects of a process, whose objects are those of its last dump.
///
/// # Errors
/// When the file cannot be written or is there already.
pub fn write_suspects(
    findings: &Findings,
    heap: &Heap,
    target: &Target,
    task: &Task,
) -> Result<Written> {
    let of = |row: usize| &findings.suspects[row];
    let text = |make: fn(&Suspect, Reveal) -> String| {
        let reveal = target.reveal;
        move |suspect: &Suspect| ByteArray::from(make(suspect, reveal).into_bytes())
    };
    let signature = text(|suspect, _| suspect.signature.id.to_string());
    let pattern = text(|suspect, _| suspect.pattern.as_str().to_owned());
    let holder = text(|suspect, reveal| suspect.holder_name.shown(reveal));
    let class = text(|suspect, reveal| {
        let class = suspect
            .leaked
            .first()
            .map_or("", |leaked| leaked.class.as_str());
        shown(class, Role::Class, reveal).into_owned()
    });
    write(
        &target.file("suspects"),
        target.replace(),
        findings.suspects.len(),
        &[
            Field::new("rank", Values::Int(&|row| row as i64 + 1)),
            Field::new("signature", Values::Text(&|row| signature(of(row)))),
            Field::new("likely_leak", Values::Bool(&|row| of(row).is_likely_leak())),
            Field::new("confidence", Values::Float(&|row| of(row).confidence)),
            Field::new("pattern", Values::Text(&|row| pattern(of(row)))),
            Field::new(
                "holder_id",
                Values::Int(&|row| i64::from(heap.id(of(row).holder))),
            ),
            Field::new("holder_name", Values::Text(&|row| holder(of(row)))),
            Field::new("class", Values::Text(&|row| class(of(row)))),
            Field::new("growth_bytes", Values::Int(&|row| of(row).growth_bytes)),
            Field::new(
                "growth_per_hour",
                Values::IntOrNull(&|row| of(row).growth_per_hour.map(|rate| rate.round() as i64)),
            ),
            Field::new("frees_bytes", Values::Int(&|row| of(row).frees as i64)),
        ],
        task,
    )
}
