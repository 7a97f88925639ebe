//! The logical contents of Maps, Sets and arrays, read from V8's backing stores.
//!
//! A Map or Set keeps its entries in one array: three counters, a bucket for every two entries, then the entries in
//! the order of insertion — key, value, chain in a Map; key, chain in a Set. A dump has an edge for each slot that
//! holds an object, named by the slot. Small integers and deleted entries have none, and the number of buckets is not
//! in the dump; it is a power of two and follows from slots and sizes.

use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::{CHECK_EVERY, Task};
use crate::text::span::Spans;

use crate::analysis::strings::internal;

/// A container that is shown by its contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Collection {
    /// `Map` and its subclasses.
    Map,
    /// `Set` and its subclasses.
    Set,
    /// Arrays.
    Array,
}

/// One logical entry of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Position in the order of insertion, counting deleted entries; the index in an array.
    pub index: u32,
    /// The key of a Map's entry, the member of a Set; nothing when it is a small integer.
    pub key: Option<EdgeId>,
    /// The value of a Map's entry, the element of an array; nothing when it is a small integer.
    pub value: Option<EdgeId>,
}

/// What a slot of a backing store is for its container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// The Map, Set or array.
    pub container: NodeId,
    /// What kind it is.
    pub collection: Collection,
    /// Which entry.
    pub index: u32,
    /// Which part of the entry.
    pub part: Part,
}

/// A part of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The key of a Map's entry, or the member of a Set.
    Key,
    /// The value of a Map's entry.
    Value,
    /// An element of an array.
    Element,
}

impl Role {
    /// For people: `value 3 of Map @5`, `[7] of Array @5`.
    pub fn in_words(&self, heap: &Heap) -> Spans {
        let index = self.index;
        let part = match (self.part, self.collection) {
            (Part::Key, Collection::Set) => format!("entry {index}"),
            (Part::Key, _) => format!("key {index}"),
            (Part::Value, _) => format!("value {index}"),
            (Part::Element, _) => format!("[{index}]"),
        };
        let container = self.container;
        let class = heap.raw_name(container).into_owned();
        let part = Spans::new().index(part).note(" of ").name(class);
        part.note(" ").id(heap.id(container))
    }
}

/// How many references of a store are looked at for its first and its last slot.
const NEAR: usize = 64;
/// How many prototypes are asked whether they are Map's or Set's.
const PROTOTYPES: usize = 16;

/// What kind of container a node is, if it is one.
pub fn collection(heap: &Heap, node: NodeId) -> Option<Collection> {
    if heap.kind(node) != NodeKind::OBJECT {
        return None;
    }
    if heap.raw_name(node) == "Array" {
        return Some(Collection::Array);
    }
    internal(heap, node, "table")?;
    match &*heap.raw_name(node) {
        "Map" => return Some(Collection::Map),
        "Set" => return Some(Collection::Set),
        _ => {}
    }
    let mut prototype = property(heap, node, "__proto__")?;
    for _ in 0..PROTOTYPES {
        if let Some(constructor) = property(heap, prototype, "constructor") {
            match &*heap.raw_name(constructor) {
                "Map" => return Some(Collection::Map),
                "Set" => return Some(Collection::Set),
                _ => {}
            }
        }
        prototype = property(heap, prototype, "__proto__")?;
    }
    None
}

/// The entries of a Map, Set or array that hold an object, in order; nothing for other nodes.
///
/// # Errors
/// When the task is cancelled.
pub fn entries(heap: &Heap, node: NodeId, task: &Task) -> Result<Option<Vec<Entry>>> {
    match collection(heap, node) {
        None => Ok(None),
        Some(Collection::Array) => elements(heap, node, task).map(Some),
        Some(kind) => match internal(heap, node, "table") {
            Some(table) => table_entries(heap, node, table, kind, task).map(Some),
            None => Ok(None),
        },
    }
}

fn elements(heap: &Heap, node: NodeId, task: &Task) -> Result<Vec<Entry>> {
    let mut found = Vec::new();
    for edge in heap.graph().edges_from(node) {
        if found.len().is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        if heap.edge_kind(edge) == EdgeKind::ELEMENT
            && let EdgeName::Index(index) = heap.edge_name(edge)
        {
            found.push(Entry {
                index,
                key: None,
                value: Some(edge),
            });
        }
    }
    Ok(found)
}

fn table_entries(
    heap: &Heap,
    node: NodeId,
    table: NodeId,
    kind: Collection,
    task: &Task,
) -> Result<Vec<Entry>> {
    let Some(layout) = Layout::of(heap, node, table, kind) else {
        return Ok(Vec::new());
    };
    let mut found: Vec<Entry> = Vec::new();
    for (step, edge) in heap.graph().edges_from(table).enumerate() {
        if step.is_multiple_of(CHECK_EVERY) {
            task.check()?;
        }
        let Some((index, part)) = slot(heap, edge).and_then(|slot| layout.place(slot)) else {
            continue;
        };
        if found.last().is_none_or(|entry| entry.index != index) {
            found.push(Entry {
                index,
                key: None,
                value: None,
            });
        }
        if let Some(entry) = found.last_mut() {
            match part {
                Part::Key => entry.key = Some(edge),
                Part::Value | Part::Element => entry.value = Some(edge),
            }
        }
    }
    Ok(found)
}

/// The last entry of a Map's or Set's table.
pub(in crate::analysis) struct Last {
    /// Its position, counting deleted entries.
    pub(super) index: u32,
    /// How many entries there are, where they were counted.
    pub(in crate::analysis) counted: Option<u64>,
    /// How many of its parts are in the dump.
    pub(super) parts: u64,
}

/// Finds the last entry, and counts all where the table has no more than `limit` references. Constant time.
pub(in crate::analysis) fn last_entry(
    heap: &Heap,
    node: NodeId,
    table: NodeId,
    kind: Collection,
    limit: usize,
) -> Option<Last> {
    let layout = Layout::of(heap, node, table, kind)?;
    let edges = heap.graph().edges_from(table);
    let counts = edges.len() <= limit;
    let places = edges
        .rev()
        .take(limit)
        .filter_map(|edge| layout.place(slot(heap, edge)?));
    let mut last = None;
    let (mut counted, mut before) = (0, None);
    for (index, _) in places {
        let found = last.get_or_insert(Last {
            index,
            counted: None,
            parts: 0,
        });
        found.parts += u64::from(found.index == index);
        counted += u64::from(before != Some(index));
        before = Some(index);
    }
    let mut last = last?;
    last.counted = counts.then_some(counted);
    Some(last)
}

/// For how many entries the table of a Map or Set has room; words are of `word` bytes.
pub(in crate::analysis) fn slots_of_table(
    heap: &Heap,
    container: NodeId,
    table: NodeId,
    kind: Collection,
    word: u64,
) -> Option<u64> {
    if let Some(layout) = Layout::of(heap, container, table, kind) {
        return Some(u64::from((layout.start - COUNTERS) * LOAD));
    }
    let width = match kind {
        Collection::Map => 3,
        Collection::Set => 2,
        Collection::Array => return None,
    };
    let words = match heap.shallow(table) {
        0 => (heap.shallow(container) / word).checked_sub(u64::from(CONTAINER))?,
        own => own / word,
    };
    let buckets = words.checked_sub(u64::from(HEADER + COUNTERS))? / (1 + u64::from(LOAD) * width);
    let bits = buckets.checked_ilog2()?;
    Some(u64::from(LOAD) << bits)
}

/// What an edge out of a backing store is for the Map, Set or array that owns the store. For many edges of one store,
/// ask [`Store::of`] once.
pub fn role(heap: &Heap, edge: EdgeId) -> Option<Role> {
    Store::of(heap, heap.graph().source(edge))?.role(heap, edge)
}

/// The backing store of a Map, Set or array.
#[derive(Debug, Clone, Copy)]
pub struct Store {
    container: NodeId,
    collection: Collection,
    /// Where the entries of a Map or Set are; `None` for arrays.
    layout: Option<Layout>,
}

impl Store {
    /// What container a node is the store of, if it is one.
    pub fn of(heap: &Heap, store: NodeId) -> Option<Self> {
        if heap.kind(store) != NodeKind::ARRAY {
            return None;
        }
        if let Some(container) = owner(heap, store, "table") {
            let collection = collection(heap, container)?;
            return Some(Self {
                container,
                collection,
                layout: Some(Layout::of(heap, container, store, collection)?),
            });
        }
        let container = owner(heap, store, "elements")?;
        let collection = collection(heap, container)?;
        (collection == Collection::Array).then_some(Self {
            container,
            collection,
            layout: None,
        })
    }

    /// What one of its edges is.
    pub fn role(&self, heap: &Heap, edge: EdgeId) -> Option<Role> {
        let slot = slot(heap, edge)?;
        let (index, part) = match self.layout {
            Some(layout) => layout.place(slot)?,
            None => (slot, Part::Element),
        };
        Some(Role {
            container: self.container,
            collection: self.collection,
            index,
            part,
        })
    }
}

/// The object that has a store under this name. A store has one; one that is shared (copied on write) belongs to nobody
/// in particular.
fn owner(heap: &Heap, store: NodeId, name: &str) -> Option<NodeId> {
    let graph = heap.graph();
    let mut owners = graph.edges_into(store).take(4).filter(|&edge| {
        heap.edge_kind(edge) == EdgeKind::INTERNAL
            && heap
                .edge_name_id(edge)
                .is_some_and(|id| heap.strings().equals(id, name))
    });
    owners.next().map(|edge| graph.source(edge))
}

/// The edge to the key of the Map entry whose value `edge` leads to; nothing where the key is a small integer.
pub fn key_of(heap: &Heap, edge: EdgeId) -> Option<EdgeId> {
    let value = role(heap, edge)?;
    let before = EdgeId(edge.0.checked_sub(1)?);
    let key = role(heap, before)?;
    let same = key.container == value.container && key.index == value.index;
    (same && value.part == Part::Value && key.part == Part::Key).then_some(before)
}

/// The slot that an edge out of a backing store is named after.
fn slot(heap: &Heap, edge: EdgeId) -> Option<u32> {
    match heap.edge_kind(edge) {
        EdgeKind::INTERNAL | EdgeKind::HIDDEN | EdgeKind::ELEMENT => {}
        _ => return None,
    }
    match heap.edge_name(edge) {
        EdgeName::Index(index) => Some(index),
        EdgeName::Text(name) => name.parse().ok(),
    }
}

/// Where the entries of a Map's or Set's table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    /// Slot of the first entry.
    start: u32,
    /// Slots of one entry.
    width: u32,
}

/// Slots of the counters in front of the buckets.
const COUNTERS: u32 = 3;
/// Slots that a table's header takes, in words.
const HEADER: u32 = 2;
/// Size of a Map or Set without its table, in words.
const CONTAINER: u32 = 4;
/// Entries for each bucket.
const LOAD: u32 = 2;

impl Layout {
    fn of(heap: &Heap, container: NodeId, table: NodeId, kind: Collection) -> Option<Self> {
        let width = match kind {
            Collection::Map => 3,
            Collection::Set => 2,
            Collection::Array => return None,
        };
        let slots = || heap.graph().edges_from(table);
        let first = slots().take(NEAR).find_map(|edge| slot(heap, edge))?;
        let last = slots().rev().take(NEAR).find_map(|edge| slot(heap, edge))?;
        // The table's bytes are the container's by now, unless something else holds the table too.
        let (bytes, words) = match heap.shallow(table) {
            0 => (heap.shallow(container), CONTAINER),
            own => (own, 0),
        };
        Self::guess(width, (first, last), (bytes, words))
    }

    /// The layout that fits the slots in use, and best the size: `bytes` for the table and `words` more.
    fn guess(width: u32, (first, last): (u32, u32), (bytes, words): (u64, u32)) -> Option<Self> {
        let length = |buckets: u32| COUNTERS + buckets + buckets * LOAD * width;
        let fits = |&buckets: &u32| {
            let start = COUNTERS + buckets;
            start <= first
                && last < length(buckets)
                && (first - start) % width < width - 1
                && (last - start) % width < width - 1
        };
        let exact = |buckets: u32| {
            let all = u64::from(words + HEADER + length(buckets));
            bytes == all * 8 || bytes == all * 4
        };
        let candidates = || (1..26).map(|bits| 1u32 << bits).filter(fits);
        let buckets = candidates()
            .find(|&buckets| exact(buckets))
            .or_else(|| candidates().next_back())?;
        Some(Self {
            start: COUNTERS + buckets,
            width,
        })
    }

    /// Which entry and part a slot is; nothing for counters, buckets and chains.
    fn place(self, slot: u32) -> Option<(u32, Part)> {
        let offset = slot.checked_sub(self.start)?;
        let part = match (offset % self.width, self.width) {
            (0, _) => Part::Key,
            (1, 3) => Part::Value,
            _ => return None,
        };
        Some((offset / self.width, part))
    }
}

fn property(heap: &Heap, node: NodeId, wanted: &str) -> Option<NodeId> {
    heap.graph()
        .edges_from(node)
        .find(|&edge| {
            heap.edge_kind(edge) == EdgeKind::PROPERTY
                && heap
                    .edge_name_id(edge)
                    .is_some_and(|name| heap.strings().equals(name, wanted))
        })
        .map(|edge| heap.graph().target(edge))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;

    #[test]
    fn tables_are_told_from_slots_and_sizes() {
        // (width, slots, bytes with the container's four words, start), as Node 20 lays them out.
        let cases = [
            (3, (11, 36), 32 + 488, 11),
            (3, (7, 20), 32 + 264, 7),
            (2, (7, 15), 32 + 200, 7),
            (2, (19, 59), 32 + 680, 19),
            // The first entries were deleted: the size decides.
            (3, (26, 36), 32 + 488, 11),
            // Properties of the container's own: the first slot decides.
            (2, (11, 37), 112 + 360, 11),
        ];
        for (width, slots, bytes, start) in cases {
            let layout = Layout::guess(width, slots, (bytes, CONTAINER));
            assert_eq!(layout, Some(Layout { start, width }), "{slots:?}");
        }
        assert_eq!(Layout::guess(3, (1, 2), (100, CONTAINER)), None);
    }

    #[test]
    fn slots_become_keys_and_values() {
        let map = Layout {
            start: 11,
            width: 3,
        };
        assert_eq!(map.place(10), None);
        assert_eq!(map.place(11), Some((0, Part::Key)));
        assert_eq!(map.place(12), Some((0, Part::Value)));
        assert_eq!(map.place(13), None);
        assert_eq!(map.place(15), Some((1, Part::Value)));
        let set = Layout { start: 7, width: 2 };
        assert_eq!(set.place(9), Some((1, Part::Key)));
        assert_eq!(set.place(10), None);
    }

    #[test]
    fn entries_of_a_subclass_and_their_roles() {
        let mut sketch = Sketch::new();
        let map = sketch.rooted(NodeKind::OBJECT, "Registry", 32);
        let table = sketch.node(NodeKind::ARRAY, "", 152);
        let prototype = sketch.node(NodeKind::OBJECT, "Map", 8);
        let constructor = sketch.node(NodeKind::CLOSURE, "Map", 8);
        let key = sketch.node(NodeKind::STRING, "key", 8);
        let value = sketch.node(NodeKind::OBJECT, "Value", 8);
        sketch.edge(map, EdgeKind::PROPERTY, "__proto__", prototype);
        sketch.edge(map, EdgeKind::INTERNAL, "table", table);
        sketch.edge(prototype, EdgeKind::PROPERTY, "constructor", constructor);
        // Two buckets: entries begin at slot 5. The second entry's key is a small integer.
        sketch.edge(table, EdgeKind::INTERNAL, "5", key);
        sketch.edge(table, EdgeKind::INTERNAL, "6", value);
        sketch.edge(table, EdgeKind::INTERNAL, "9", value);
        sketch.edge(table, EdgeKind::INTERNAL, "map", prototype);
        let heap = sketch.heap();
        assert_eq!(collection(&heap, map), Some(Collection::Map));
        assert_eq!(collection(&heap, value), None);
        let found = entries(&heap, map, &Task::new()).unwrap().unwrap();
        let target = |edge: Option<EdgeId>| edge.map(|edge| heap.graph().target(edge));
        let pairs: Vec<_> = found
            .iter()
            .map(|entry| (entry.index, target(entry.key), target(entry.value)))
            .collect();
        assert_eq!(pairs, [(0, Some(key), Some(value)), (1, None, Some(value))]);
        let role = role(&heap, found[1].value.unwrap()).unwrap();
        assert_eq!(role.in_words(&heap).plain(), "value 1 of Registry @3");
    }
}
