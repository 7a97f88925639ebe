//! The front of an index: what lists of dumps, first screens and growth show, and where the columns are.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bytes::{Decoder, Encoder};
use super::key::Key;
use super::packing;
use super::sections::Section;
use crate::analysis::comparable::Fingerprint;
use crate::analysis::describe::Scripts;
use crate::analysis::filter::Selection;
use crate::analysis::growth::{ClassSummary, DumpSummary, Origin, Point};
use crate::analysis::summary::{ClassRow, summary};
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Class, ClassId, Heap, Place, Statistics};
use crate::snapshot::Meta;
use crate::snapshot::text::TextPlace;
use crate::task::Task;

/// What is known of a dump without its columns.
#[derive(Debug, Default)]
pub struct IndexHeader {
    /// Which dump this is of.
    pub(super) key: Option<Key>,
    /// Where the dump was.
    pub path: PathBuf,
    /// When the index was built, in seconds since 1970.
    pub built: u64,
    /// Size of the dump's JSON text, in bytes.
    pub text_bytes: u64,
    /// Nodes.
    pub nodes: u64,
    /// Edges.
    pub edges: u64,
    /// Strings in the table.
    pub strings: u64,
    /// Largest odd object id.
    pub max_object_id: u32,
    /// Oddities that were tolerated.
    pub warnings: Vec<String>,
    /// The header.
    pub(super) meta: Meta,
    /// DevTools' Statistics view.
    pub statistics: Statistics,
    /// All classes, by number.
    pub(super) classes: Vec<Class>,
    /// The class rows of all objects, in DevTools' default order.
    pub rows: Vec<ClassRow>,
    /// For each row where the constructor was written, for people, and whose class it is.
    origins: Vec<(Option<String>, Origin)>,
    fingerprint: Arc<Fingerprint>,
    /// Names of scripts.
    scripts: HashMap<u32, String>,
    /// Where the dump has its strings; nothing where they are in the index.
    pub(super) text: Option<TextPlace>,
    /// How long the strings are together, in bytes.
    pub(super) strings_bytes: u64,
    /// The columns; none where only this front was kept.
    pub(super) sections: Vec<Section>,
}

impl IndexHeader {
    /// What the front says of a heap.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub(super) fn of(heap: &Heap, dump: &Path, key: Key, task: &Task) -> Result<Self> {
        let rows = summary(heap, &Selection::All, task)?;
        let scripts = Scripts::build(heap, task)?;
        let summary = DumpSummary::of_rows(heap, &rows, &scripts, task)?;
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Ok(Self {
            key: Some(key),
            path: dump.to_owned(),
            built: now.map_or(0, |time| time.as_secs()),
            text_bytes: heap.file_bytes(),
            nodes: heap.node_count() as u64,
            edges: heap.edge_count() as u64,
            strings: heap.strings().len() as u64,
            max_object_id: heap.max_object_id(),
            warnings: heap.warnings().to_vec(),
            meta: heap.meta().clone(),
            statistics: *heap.statistics(),
            classes: heap.classes().to_vec(),
            rows,
            origins: summary
                .classes
                .into_iter()
                .map(|class| (class.place, class.origin))
                .collect(),
            fingerprint: summary.fingerprint,
            scripts: scripts.names().clone(),
            text: None,
            strings_bytes: heap.strings().text_bytes() as u64,
            sections: Vec::new(),
        })
    }

    /// Whether the heap itself can be entered.
    pub fn has_columns(&self) -> bool {
        !self.sections.is_empty()
    }

    /// Memory that a heap takes which is entered by this index, in bytes: what of it is not mapped, with who holds what,
    /// which no index has. Nothing where it cannot be entered.
    pub fn entered_bytes(&self) -> Option<u64> {
        // Nothing in a file is believed to add up.
        let unpacked = self.sections.iter().map(Section::unpacked_bytes);
        let unpacked = unpacked.fold(0, u64::saturating_add);
        let rows = self.nodes.saturating_add(self.edges).saturating_add(1);
        let sources = self.edges / 16;
        let holders = rows.saturating_mul(4).saturating_add(sources);
        self.has_columns()
            .then_some(unpacked.saturating_add(holders))
    }

    /// What the dump's growth needs.
    pub fn summary(&self) -> DumpSummary {
        let rows = self.rows.iter().zip(&self.origins);
        let classes = rows.filter_map(|(row, (place, origin))| {
            Some(ClassSummary {
                class: self.classes.get(row.class.0 as usize)?.clone(),
                place: place.clone(),
                origin: *origin,
                point: Point {
                    count: u64::from(row.count),
                    shallow: row.shallow,
                    retained: row.retained,
                },
            })
        });
        DumpSummary::of_classes(
            classes.collect(),
            self.statistics.total,
            Arc::clone(&self.fingerprint),
        )
    }

    /// By which ids are seen to be comparable.
    pub fn fingerprint(&self) -> &Arc<Fingerprint> {
        &self.fingerprint
    }

    /// A heap without any object that knows its classes, statistics and warnings: enough to show `rows` of.
    pub fn outline(&self) -> Heap {
        Heap {
            meta: self.meta.clone(),
            warnings: self.warnings.clone(),
            bytes: self.text_bytes,
            classes: self.classes.clone(),
            statistics: self.statistics,
            ..Heap::default()
        }
    }

    /// The names of the scripts.
    pub fn scripts(&self) -> Scripts {
        Scripts::of_names(self.scripts.clone())
    }

    /// As bytes; as many whatever the columns' places are.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut into = Encoder::default();
        into.text(PROGRAM);
        into.u64(probe());
        into.option(self.key.as_ref(), |into, key| key.encode(into));
        into.bytes(self.path.as_os_str().as_encoded_bytes());
        for number in [
            self.built,
            self.text_bytes,
            self.nodes,
            self.edges,
            self.strings,
            u64::from(self.max_object_id),
            self.strings_bytes,
        ] {
            into.u64(number);
        }
        into.list(self.warnings.iter(), |into, text| into.text(text));
        encode_meta(&self.meta, &mut into);
        for number in statistics(&self.statistics) {
            into.u64(number);
        }
        into.list(self.classes.iter(), |into, class| {
            into.text(&class.name);
            into.option(class.place, |into, place| {
                into.u32(place.script_id);
                into.u32(place.line);
                into.u32(place.column);
            });
        });
        into.list(
            self.rows.iter().zip(&self.origins),
            |into, (row, origin)| {
                into.u32(row.class.0);
                into.u32(row.count);
                into.u32(row.distance as u32);
                into.u64(row.shallow);
                into.u64(row.retained);
                into.u32(row.first.0);
                into.option(origin.0.as_ref(), |into, place| into.text(place));
                into.u8(origin.1 as u8);
            },
        );
        let print = &self.fingerprint;
        into.u64(print.ids.len() as u64);
        let mut ids = Vec::new();
        // Writing to memory does not fail.
        let _ = packing::pack(&print.ids, &mut ids);
        into.bytes(&ids);
        into.bytes(bytemuck::cast_slice(&print.marks));
        into.u32(print.level);
        into.u32(print.max_object_id);
        into.list(self.scripts.iter(), |into, (number, name)| {
            into.u32(*number);
            into.text(name);
        });
        into.option(self.text, |into, place| {
            into.u64(place.base);
            into.u64(place.gap);
        });
        into.list(self.sections.iter(), |into, section| section.encode(into));
        into.0
    }

    /// From bytes; nothing where they make no sense.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let from = &mut Decoder(bytes);
        if from.text()? != PROGRAM || from.u64()? != probe() {
            return None;
        }
        let key = from.option(Key::decode)?;
        let path = path_of(from.bytes()?);
        let mut numbers = [0; 7];
        for number in &mut numbers {
            *number = from.u64()?;
        }
        let [
            built,
            text_bytes,
            nodes,
            edges,
            strings,
            max_id,
            strings_bytes,
        ] = numbers;
        let warnings = from.list(Decoder::text)?;
        let meta = decode_meta(from)?;
        let mut figures = [0; 10];
        for figure in &mut figures {
            *figure = from.u64()?;
        }
        let classes = from.list(|from| {
            Some(Class {
                name: from.text()?,
                place: from.option(|from| {
                    Some(Place {
                        script_id: from.u32()?,
                        line: from.u32()?,
                        column: from.u32()?,
                    })
                })?,
            })
        })?;
        let rows = from.list(|from| {
            let row = ClassRow {
                class: ClassId(from.u32()?),
                count: from.u32()?,
                distance: from.u32()? as i32,
                shallow: from.u64()?,
                retained: from.u64()?,
                first: NodeId(from.u32()?),
            };
            let place = from.option(Decoder::text)?;
            let origin = match from.u8()? {
                0 => Origin::Application,
                1 => Origin::Runtime,
                _ => Origin::Engine,
            };
            Some((row, (place, origin)))
        })?;
        let (rows, origins): (Vec<ClassRow>, Vec<_>) = rows.into_iter().unzip();
        let known = rows.iter().all(|row| {
            let class = row.class.0 as usize;
            class < classes.len() && row.retained < MOST_BYTES
        });
        let mut sizes = figures.into_iter().chain([meta.extra_native_bytes]);
        if !known
            || !adds_up(rows.iter().map(|row| row.shallow))
            || sizes.any(|size| size >= MOST_BYTES)
        {
            return None;
        }
        let sample = usize::try_from(from.u64()?).ok()?;
        let ids = packing::unpack(from.bytes()?, sample)?;
        let marks = bytemuck::pod_collect_to_vec(from.bytes()?);
        if marks.len() != ids.len() {
            return None;
        }
        let fingerprint = Fingerprint {
            ids,
            marks,
            level: from.u32()?,
            max_object_id: from.u32()?,
        };
        let scripts = from.list(|from| Some((from.u32()?, from.text()?)))?;
        Some(Self {
            key,
            path,
            built,
            text_bytes,
            nodes,
            edges,
            strings,
            max_object_id: u32::try_from(max_id).ok()?,
            warnings,
            meta,
            statistics: statistics_of(figures),
            classes,
            rows,
            origins,
            fingerprint: Arc::new(fingerprint),
            scripts: scripts.into_iter().collect(),
            text: from.option(|from| {
                Some(TextPlace {
                    base: from.u64()?,
                    gap: from.u64()?,
                })
            })?,
            strings_bytes,
            sections: from.list(Section::decode)?,
        })
    }
}

/// Another version of the program may compute other numbers.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// What fingerprints are made with: the standard library may hash otherwise in another version.
fn probe() -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    PROGRAM.hash(&mut hasher);
    hasher.finish()
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

fn encode_meta(meta: &Meta, into: &mut Encoder) {
    into.u64(meta.node_count);
    into.u64(meta.edge_count);
    into.u64(meta.trace_function_count);
    into.u32(meta.root);
    into.u64(meta.extra_native_bytes);
    into.u8(u8::from(meta.has_detachedness));
    into.list(meta.other_node_kinds.iter(), |into, name| into.text(name));
    into.list(meta.other_edge_kinds.iter(), |into, name| into.text(name));
}

/// No heap has so many bytes; as many of them as there can be are added up without care.
const MOST_BYTES: u64 = 1 << 53;

/// Whether the sum of these sizes is one of a heap.
pub(super) fn adds_up(mut sizes: impl Iterator<Item = u64>) -> bool {
    let sum = sizes.try_fold(0u64, |sum, size| sum.checked_add(size));
    sum.is_some_and(|sum| sum < MOST_BYTES)
}

/// Whether each of these sizes is one of a heap.
pub(super) fn are_sizes(sizes: &[u64]) -> bool {
    sizes.iter().all(|&size| size < MOST_BYTES)
}

fn decode_meta(from: &mut Decoder<'_>) -> Option<Meta> {
    Some(Meta {
        node_count: from.u64()?,
        edge_count: from.u64()?,
        trace_function_count: from.u64()?,
        root: from.u32()?,
        extra_native_bytes: from.u64()?,
        has_detachedness: from.u8()? != 0,
        other_node_kinds: from.list(Decoder::text)?,
        other_edge_kinds: from.list(Decoder::text)?,
    })
}

fn statistics(figures: &Statistics) -> [u64; 10] {
    [
        figures.total,
        figures.v8_heap,
        figures.code,
        figures.strings,
        figures.js_arrays,
        figures.typed_arrays,
        figures.system,
        figures.other_js,
        figures.native,
        figures.other_native,
    ]
}

fn statistics_of(figures: [u64; 10]) -> Statistics {
    let [
        total,
        v8_heap,
        code,
        strings,
        js_arrays,
        typed_arrays,
        system,
        other_js,
        native,
        other_native,
    ] = figures;
    Statistics {
        total,
        v8_heap,
        code,
        strings,
        js_arrays,
        typed_arrays,
        system,
        other_js,
        native,
        other_native,
    }
}
