//! Maps, Sets, arrays and objects used as dictionaries: how many entries they have, for how many they have room, and
//! what the empty rest costs.
//!
//! A dump has no reference for a small integer, so entries that hold nothing else are not seen: the entries are at least
//! so many, and the waste is at most so much. Where no entry is seen at all, nothing is said of either.

use crate::analysis::describe::{Collection, collection, last_entry, slots_of_table};
use crate::analysis::strings::internal;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;

/// What kind of collection it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CollectionKind {
    /// `Map` and its subclasses.
    Map,
    /// `Set` and its subclasses.
    Set,
    /// An array.
    Array,
    /// An array with few elements at large indices, which V8 keeps in a table.
    SparseArray,
    /// An object with so many properties, or so many deleted ones, that V8 keeps them in a table.
    Dictionary,
}

impl CollectionKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Set => "set",
            Self::Array => "array",
            Self::SparseArray => "sparse array",
            Self::Dictionary => "dictionary",
        }
    }

    /// Words of a slot, for one entry.
    fn words(self) -> u64 {
        match self {
            Self::Map | Self::SparseArray | Self::Dictionary => 3,
            Self::Set => 2,
            Self::Array => 1,
        }
    }
}

/// A collection and how full it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectionRow {
    /// The object.
    pub node: NodeId,
    /// What kind it is.
    pub kind: CollectionKind,
    /// Entries that hold an object or a text; nothing where none is in the dump.
    pub entries: Option<u64>,
    /// For how many entries it has room.
    pub slots: u64,
    /// Bytes of the slots without an entry; nothing where entries are not known.
    pub waste: Option<u64>,
}

/// Words of an array, Map or Set without what it holds, and of an object at least.
const ARRAY: u64 = 4;
const OBJECT: u64 = 3;
/// Words of a backing store before its elements.
const HEADER: u64 = 2;
/// Words of counters in front of a hash table: elements, deleted, capacity, and for names three more in newer V8s.
const TABLE: u64 = HEADER + 3;
/// The most words of an object with a dictionary that are not the dictionary's.
const BESIDE: u64 = 128;
/// The fewest slots of a dictionary: smaller ones look like lists of properties.
const LEAST: u64 = 64;

/// All collections that have room for an entry and own their store, in the order of the dump.
///
/// Linear in nodes and references.
///
/// # Errors
/// When the task is cancelled.
pub fn collections(heap: &Heap, task: &Task) -> Result<Vec<CollectionRow>> {
    task.stage("measuring collections", heap.node_count() as u64);
    let word = word(heap);
    let mut rows = Vec::new();
    for node in heap.graph().nodes() {
        task.reached(node.index())?;
        if heap.kind(node) == NodeKind::OBJECT {
            rows.extend(row(heap, node, word));
        }
    }
    Ok(rows)
}

/// Bytes of a word: four where pointers are compressed, as in Chrome.
fn word(heap: &Heap) -> u64 {
    let of_engine = [NodeKind::OBJECT, NodeKind::CLOSURE, NodeKind::ARRAY];
    let odd = |node: &NodeId| {
        !heap.shallow(*node).is_multiple_of(8) && of_engine.contains(&heap.kind(*node))
    };
    match heap.graph().nodes().any(|node| odd(&node)) {
        true => 4,
        false => 8,
    }
}

fn row(heap: &Heap, node: NodeId, word: u64) -> Option<CollectionRow> {
    let (kind, entries, slots) = match collection(heap, node) {
        Some(Collection::Array) => array(heap, node, word)?,
        Some(of) => {
            let table = internal(heap, node, "table")?;
            let slots = slots_of_table(heap, node, table, of, word)?;
            let entries =
                last_entry(heap, node, table, of, usize::MAX).and_then(|last| last.counted);
            let kind = match of {
                Collection::Map => CollectionKind::Map,
                _ => CollectionKind::Set,
            };
            (kind, entries, slots)
        }
        None => dictionary(heap, node, word)?,
    };
    if slots == 0 {
        return None;
    }
    let entries = entries.filter(|&entries| entries > 0);
    let empty = entries.map(|entries| slots.saturating_sub(entries));
    Some(CollectionRow {
        node,
        kind,
        entries,
        slots,
        waste: empty.map(|empty| empty * kind.words() * word),
    })
}

type Measured = (CollectionKind, Option<u64>, u64);

fn array(heap: &Heap, node: NodeId, word: u64) -> Option<Measured> {
    let store = internal(heap, node, "elements")?;
    // Its bytes are the array's by now, unless several arrays share it.
    if heap.shallow(store) > 0 {
        return None;
    }
    let words = (heap.shallow(node) / word).checked_sub(ARRAY + HEADER)?;
    let (mut entries, mut end) = (0, 0);
    for edge in heap.graph().edges_from(node) {
        if heap.edge_kind(edge) == EdgeKind::ELEMENT
            && let EdgeName::Index(index) = heap.edge_name(edge)
        {
            entries += 1;
            end = end.max(u64::from(index) + 1);
        }
    }
    Some(if end > words {
        let slots = slots_of_dictionary(words + HEADER)?;
        (CollectionKind::SparseArray, Some(entries), slots)
    } else {
        // Holes and small integers before the last element look alike.
        (CollectionKind::Array, Some(end), words)
    })
}

fn dictionary(heap: &Heap, node: NodeId, word: u64) -> Option<Measured> {
    let words = heap.shallow(node) / word;
    // Most objects are small.
    if words < 3 * LEAST {
        return None;
    }
    let store = |name| internal(heap, node, name).filter(|&store| heap.shallow(store) == 0);
    let (named, indexed) = (store("properties"), store("elements"));
    let kind = match (named, indexed) {
        (Some(named), None) if heap.raw_name(named) != "system / PropertyArray" => {
            EdgeKind::PROPERTY
        }
        (_, Some(_)) => EdgeKind::ELEMENT,
        _ => return None,
    };
    let edges = heap.graph().edges_from(node);
    let entries = edges.filter(|&edge| heap.edge_kind(edge) == kind).count() as u64;
    // A property of every object that is not in its table.
    let entries = entries.saturating_sub(u64::from(kind == EdgeKind::PROPERTY));
    let slots = slots_of_dictionary(words.checked_sub(OBJECT)?)?;
    let fits = slots >= LEAST && entries <= slots && words - 3 * slots <= BESIDE;
    fits.then_some((CollectionKind::Dictionary, Some(entries), slots))
}

/// The slots of a hash table of three words each that fits into so many words: a power of two.
fn slots_of_dictionary(words: u64) -> Option<u64> {
    let slots = words.checked_sub(TABLE)? / 3;
    slots.checked_ilog2().map(|bits| 1 << bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;

    /// An object whose store holds `entries` objects by these edges, and takes `words` words with the object.
    fn measured(
        class: &str,
        store: &str,
        words: u64,
        entries: &[(EdgeKind, &str)],
    ) -> Option<CollectionRow> {
        let mut sketch = Sketch::new();
        let object = sketch.rooted(NodeKind::OBJECT, class, words * 8);
        let held = sketch.node(NodeKind::ARRAY, "(store)", 0);
        let proto = sketch.node(NodeKind::OBJECT, "Proto", 8);
        sketch.edge(object, EdgeKind::PROPERTY, "__proto__", proto);
        sketch.edge(object, EdgeKind::INTERNAL, store, held);
        for &(kind, name) in entries {
            let value = sketch.node(NodeKind::OBJECT, "Value", 8);
            let from = if store == "table" { held } else { object };
            sketch.edge(from, kind, name, value);
        }
        let heap = sketch.heap();
        let all = collections(&heap, &Task::new()).unwrap();
        all.into_iter().find(|row| row.node == object)
    }

    fn told(row: Option<CollectionRow>) -> Option<(&'static str, Option<u64>, u64, Option<u64>)> {
        row.map(|row| (row.kind.as_str(), row.entries, row.slots, row.waste))
    }

    #[test]
    fn sizes_tell_the_room_and_references_the_entries() {
        let [element, internal, property] =
            [EdgeKind::ELEMENT, EdgeKind::INTERNAL, EdgeKind::PROPERTY];
        // As Node 20 lays them out: a Map of two buckets has room for four.
        let map = measured(
            "Map",
            "table",
            4 + 2 + 3 + 2 + 12,
            &[(internal, "5"), (internal, "6")],
        );
        assert_eq!(told(map), Some(("map", Some(1), 4, Some(3 * 24))));
        let numbers = measured("Map", "table", 4 + 2 + 3 + 2 + 12, &[]);
        assert_eq!(told(numbers), Some(("map", None, 4, None)));
        let set = measured(
            "Set",
            "table",
            4 + 2 + 3 + 4 + 16,
            &[(internal, "7"), (internal, "9")],
        );
        assert_eq!(told(set), Some(("set", Some(2), 8, Some(6 * 16))));
        let array = measured(
            "Array",
            "elements",
            4 + 2 + 17,
            &[(element, "0"), (element, "3")],
        );
        assert_eq!(told(array), Some(("array", Some(4), 17, Some(13 * 8))));
        let sparse = measured("Array", "elements", 4 + 6 + 12, &[(element, "1000000")]);
        assert_eq!(
            told(sparse),
            Some(("sparse array", Some(1), 4, Some(3 * 24)))
        );
        assert_eq!(told(measured("Array", "elements", 4 + 2, &[])), None);
        let named: Vec<(EdgeKind, String)> = (0..70).map(|n| (property, format!("p{n}"))).collect();
        let named: Vec<(EdgeKind, &str)> =
            named.iter().map(|(kind, name)| (*kind, &**name)).collect();
        let dictionary = measured("Object", "properties", 3 + 8 + 3 * 128, &named);
        assert_eq!(
            told(dictionary),
            Some(("dictionary", Some(70), 128, Some(58 * 24)))
        );
        assert_eq!(
            told(measured("Object", "properties", 3 + 2 + 30, &named[..30])),
            None
        );
    }
}
