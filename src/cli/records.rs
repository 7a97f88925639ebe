//! The shapes of the JSON output.

use serde::{Serialize, Serializer};

use crate::analysis::columns::Naming;
use crate::analysis::originals::Original;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{Heap, shown_distance};
use crate::series::Dump;

/// The version of the shapes; first in every document.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// A document: the version, then whatever the command says.
#[derive(Debug, Serialize)]
pub(super) struct Document<T> {
    schema_version: u32,
    #[serde(flatten)]
    content: T,
}

impl<T> Document<T> {
    pub(super) fn of(content: T) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            content,
        }
    }
}

/// Which dump a document is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct DumpRecord {
    pub label: String,
    pub path: String,
    /// What of the file is missing, where it was looked at even so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl DumpRecord {
    pub(super) fn of(dump: &Dump) -> Self {
        Self {
            label: dump.title().to_owned(),
            path: dump.path.to_string_lossy().into_owned(),
            problem: None,
        }
    }
}

/// An object.
#[derive(Debug, Serialize)]
pub(super) struct ObjectRecord<'a> {
    id: u32,
    class: &'a str,
    /// The class, or the function, as it was written, where a map tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<&'a Original>,
    r#type: &'a str,
    name: String,
    shallow_size: u64,
    retained_size: u64,
    distance: Option<u32>,
}

impl<'a> ObjectRecord<'a> {
    pub(super) fn of(naming: &Naming<'a>, node: NodeId) -> Self {
        let heap = naming.heap;
        Self {
            id: heap.id(node),
            class: heap.class_name(node),
            original: naming.originals.and_then(|all| all.of(heap, node)),
            r#type: heap.kind_name(node),
            name: heap.display_name(node),
            shallow_size: heap.shallow(node),
            retained_size: heap.retained(node),
            distance: shown_distance(heap.distance(node)),
        }
    }
}

/// An edge, without its ends.
#[derive(Debug, Serialize)]
pub(super) struct EdgeRecord<'a> {
    r#type: &'a str,
    name: String,
}

impl<'a> EdgeRecord<'a> {
    pub(super) fn of(heap: &'a Heap, edge: EdgeId) -> Self {
        Self {
            r#type: heap.edge_kind_name(edge),
            name: heap.edge_name(edge).to_string(),
        }
    }
}

/// An edge and the object at its other end.
#[derive(Debug, Serialize)]
pub(super) struct LinkRecord<'a> {
    edge: Option<EdgeRecord<'a>>,
    object: ObjectRecord<'a>,
}

impl<'a> LinkRecord<'a> {
    pub(super) fn of(naming: &Naming<'a>, edge: Option<EdgeId>, node: NodeId) -> Self {
        Self {
            edge: edge.map(|edge| EdgeRecord::of(naming.heap, edge)),
            object: ObjectRecord::of(naming, node),
        }
    }
}

/// An array whose items are made while they are written: a class can have millions of objects.
pub(super) struct Each<'a, T>(Box<dyn Fn() -> Box<dyn Iterator<Item = T> + 'a> + 'a>);

impl<'a, T> Each<'a, T> {
    /// What `record` makes of each of `items`.
    pub(super) fn of<I: Copy + 'a>(items: &'a [I], record: impl Fn(I) -> T + Copy + 'a) -> Self {
        Self(Box::new(move || {
            Box::new(items.iter().map(move |&item| record(item)))
        }))
    }
}

impl<T: Serialize> Serialize for Each<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}
