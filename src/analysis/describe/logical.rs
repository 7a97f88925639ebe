//! What built-in objects are, in a name: how many entries, how many bytes, which message.
//!
//! A name is asked for every row on the screen, so each looks at a few references only, however many there are.

use crate::analysis::describe::entries::{Collection, collection, last_entry};
use crate::analysis::describe::label;
use crate::analysis::objects::name;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::text::span::{SpanKind, Spans};
use crate::text::units::{bytes, grouped};

/// So many references from either end of an object's are looked at.
const NEAR: usize = 64;
/// Entries of a Map or Set are counted one by one as long as its table has at most so many references.
const COUNTED: usize = 512;
/// So many fields of a plain object are previewed.
const FIELDS: usize = 8;
/// A preview ends when it is this long, in characters.
const PREVIEW: usize = 80;
/// Values in a preview are cut after so many characters.
const VALUE: usize = 24;
/// Messages are cut after so many characters.
const MESSAGE: usize = 120;
/// A function may be bound again and again; so many are told.
const BOUND: usize = 4;

/// The name of an object with what the dump tells of its contents, without texts: `Array(66)`, `Map(12)`,
/// `Promise (pending)`, `ArrayBuffer(8.2 kB)`, `bound f()`. Nothing where there is no more to say than its name.
///
/// Constant time. An array's length is that of its last element that is in the dump, and small integers are not; of
/// large Maps and Sets from which entries were deleted, the number is marked with `~`.
pub fn logical(heap: &Heap, node: NodeId) -> Option<Spans> {
    match heap.kind(node) {
        NodeKind::CLOSURE => bound(heap, node),
        NodeKind::OBJECT => contents(heap, node),
        _ => None,
    }
}

/// The same with texts: `TypeError: no such user` for errors, `{id: 7, name: "x"}` for plain objects with strings or
/// numbers in them. Texts come from the dump.
pub fn preview(heap: &Heap, node: NodeId) -> Option<Spans> {
    if heap.kind(node) != NodeKind::OBJECT {
        return None;
    }
    if heap.is_plain_object(node) {
        return fields(heap, node);
    }
    let class = heap.raw_name(node);
    if !class.ends_with("Error") && !class.ends_with("Exception") {
        return None;
    }
    let text = |name: &str| {
        let text = near(heap, node, EdgeKind::PROPERTY, name)?;
        let text = heap
            .kind(text)
            .is_string()
            .then(|| self::name(heap, text))?;
        let line = text.lines().next().filter(|line| !line.is_empty())?;
        Some(cut(line, MESSAGE))
    };
    let told = |text: String| {
        let class = Spans::new().name(class.clone().into_owned());
        class.note(": ").value(text)
    };
    if let Some(message) = text("message") {
        return Some(told(message));
    }
    // A stack begins with the class and the message.
    let stack = text("stack").filter(|stack| stack.contains("Error"));
    stack
        .map(|stack| Spans::new().value(stack))
        .or_else(|| text("code").map(told))
}

fn contents(heap: &Heap, node: NodeId) -> Option<Spans> {
    let class = heap.raw_name(node);
    let named = || Spans::new().name(class.clone().into_owned());
    let of = |content: String| named().note("(").number(content).note(")");
    if class == "Array" {
        let length = elements(heap, node)?;
        return Some(of(grouped(length)));
    }
    let internal = |node, name| near(heap, node, EdgeKind::INTERNAL, name);
    if class == "Promise" {
        let reactions = internal(node, "reactions_or_result")?;
        let pending = heap.raw_name(reactions) == "system / PromiseReaction";
        return Some(named().note(match pending {
            true => " (pending)",
            false => " (settled)",
        }));
    }
    if let Some(table) = internal(node, "table") {
        let kind = collection(heap, node)?;
        let (count, is_exact) = members(heap, node, table, kind)?;
        let about = if is_exact { "" } else { "~" };
        return Some(of(format!("{about}{}", grouped(count))));
    }
    let data = |buffer| {
        let store = internal(buffer, "backing_store")?;
        (heap.kind(store) == NodeKind::NATIVE).then(|| bytes(heap.shallow(store)))
    };
    if let Some(size) = data(node) {
        return Some(of(size));
    }
    let buffer = internal(node, "buffer")?;
    let size = data(buffer)?;
    let over = named()
        .note(" over ")
        .name(heap.raw_name(buffer).into_owned());
    Some(over.note("(").number(size).note(")"))
}

/// One more than the index of an array's last element in the dump.
fn elements(heap: &Heap, array: NodeId) -> Option<u64> {
    let edges = heap.graph().edges_from(array).rev().take(NEAR * 2);
    edges
        .filter(|&edge| heap.edge_kind(edge) == EdgeKind::ELEMENT)
        .filter_map(|edge| match heap.edge_name(edge) {
            EdgeName::Index(index) => Some(index),
            EdgeName::Text(_) => None,
        })
        .max()
        .map(|index| u64::from(index) + 1)
}

/// How many entries a Map or Set has that the dump knows of, and whether that is exact.
fn members(heap: &Heap, node: NodeId, table: NodeId, kind: Collection) -> Option<(u64, bool)> {
    let found = last_entry(heap, node, table, kind, COUNTED)?;
    let all = u64::from(found.index) + 1;
    Some(match found.counted {
        Some(counted) => (counted, true),
        None => {
            // Nothing is missing where there are as many references as so many entries have.
            let references = heap.graph().edge_range(table).len() as u64;
            (all, references >= all * found.parts)
        }
    })
}

fn bound(heap: &Heap, node: NodeId) -> Option<Spans> {
    let target = |node| near(heap, node, EdgeKind::INTERNAL, "bound_function");
    let mut function = target(node)?;
    let mut words = Spans::new().note("bound ");
    for _ in 1..BOUND {
        let Some(next) = target(function) else { break };
        words.push(SpanKind::Note, "bound ");
        function = next;
    }
    Some(words.then(label(heap, function)))
}

/// The first fields of a plain object, those that are strings or numbers with their values.
fn fields(heap: &Heap, node: NodeId) -> Option<Spans> {
    let mut edges = heap.graph().edges_from(node).take(NEAR).filter(|&edge| {
        heap.edge_kind(edge) == EdgeKind::PROPERTY
            && heap.edge_name(edge).to_string() != "__proto__"
    });
    let mut text = Spans::new().note("{");
    let mut length = 1;
    let mut has_values = false;
    for edge in edges.by_ref().take(FIELDS) {
        if length > 1 {
            text.push(SpanKind::Note, ", ");
            length += 2;
        }
        if length > PREVIEW {
            return has_values.then(|| text.note("…}"));
        }
        let mut field = Spans::new().edge(heap.edge_name(edge).to_string());
        if let Some(value) = value(heap, edge) {
            has_values = true;
            field = field.note(": ").then(value);
        }
        length += field
            .iter()
            .map(|span| span.text.chars().count())
            .sum::<usize>();
        text.append(field);
    }
    let more = edges.next().is_some() || heap.graph().edge_range(node).len() > NEAR;
    has_values.then(|| text.note(if more { ", …}" } else { "}" }))
}

/// A value that is told in few characters.
fn value(heap: &Heap, edge: EdgeId) -> Option<Spans> {
    let node = heap.graph().target(edge);
    match heap.kind(node) {
        kind if kind.is_string() => Some(Spans::new().quoted(cut(&name(heap, node), VALUE))),
        NodeKind::NUMBER => Some(label(heap, node)),
        NodeKind::HIDDEN => {
            let value = label(heap, node);
            ["undefined", "null", "true", "false"]
                .contains(&value.plain().as_str())
                .then_some(value)
        }
        _ => None,
    }
}

/// The target of an edge of this kind and name among the first and the last of an object's.
fn near(heap: &Heap, node: NodeId, kind: EdgeKind, wanted: &str) -> Option<NodeId> {
    let is_it = |edge: &EdgeId| {
        heap.edge_kind(*edge) == kind
            && heap
                .edge_name_id(*edge)
                .is_some_and(|name| heap.strings().equals(name, wanted))
    };
    let edges = || heap.graph().edges_from(node);
    let edge = edges()
        .take(NEAR)
        .find(is_it)
        .or_else(|| edges().rev().take(NEAR).find(is_it))?;
    Some(heap.graph().target(edge))
}

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::text::mask::Reveal;

    fn told(heap: &Heap, node: NodeId) -> Option<String> {
        logical(heap, node).map(|text| text.plain())
    }

    #[test]
    fn containers_tell_how_many() {
        let mut sketch = Sketch::new();
        let array = sketch.rooted(NodeKind::OBJECT, "Array", 8);
        let item = sketch.node(NodeKind::OBJECT, "Item", 8);
        for index in 0..200 {
            sketch.edge(array, EdgeKind::ELEMENT, &index.to_string(), item);
        }
        sketch.edge(array, EdgeKind::PROPERTY, "__proto__", item);
        let empty = sketch.rooted(NodeKind::OBJECT, "Array", 8);
        // Two buckets of a Map: entries begin at slot 5, and are three slots each.
        let map = sketch.rooted(NodeKind::OBJECT, "Map", 32);
        let table = sketch.node(NodeKind::ARRAY, "", (2 + 3 + 2 + 12) * 8);
        sketch.edge(map, EdgeKind::INTERNAL, "table", table);
        for slot in [5, 6, 11, 12] {
            sketch.edge(table, EdgeKind::INTERNAL, &slot.to_string(), item);
        }
        let heap = sketch.heap();
        assert_eq!(told(&heap, array).as_deref(), Some("Array(200)"));
        assert_eq!(logical(&heap, empty), None);
        assert_eq!(told(&heap, map).as_deref(), Some("Map(2)"));
        assert_eq!(logical(&heap, item), None);
    }

    #[test]
    fn a_large_map_is_not_counted_entry_by_entry() {
        let mut sketch = Sketch::new();
        let item = sketch.rooted(NodeKind::OBJECT, "Item", 8);
        let mut map = |gap: u32| {
            let map = sketch.rooted(NodeKind::OBJECT, "Map", 32);
            let table = sketch.node(NodeKind::ARRAY, "", (2 + 3 + 512 + 1024 * 3) * 8);
            sketch.edge(map, EdgeKind::INTERNAL, "table", table);
            for entry in (0..1000).filter(|entry| gap == 0 || entry % gap == 0 || *entry == 999) {
                for part in 0..2 {
                    let slot = 3 + 512 + entry * 3 + part;
                    sketch.edge(table, EdgeKind::INTERNAL, &slot.to_string(), item);
                }
            }
            map
        };
        let (full, gaps) = (map(0), map(3));
        let heap = sketch.heap();
        assert_eq!(told(&heap, full).as_deref(), Some("Map(1,000)"));
        assert_eq!(told(&heap, gaps).as_deref(), Some("Map(~1,000)"));
    }

    #[test]
    fn built_ins_are_told_as_what_they_are() {
        let internal = EdgeKind::INTERNAL;
        let mut sketch = Sketch::new();
        let view = sketch.rooted(NodeKind::OBJECT, "Uint8Array", 104);
        let buffer = sketch.node(NodeKind::OBJECT, "ArrayBuffer", 80);
        let data = sketch.node(NodeKind::NATIVE, "system / JSArrayBufferData", 4096);
        sketch.edge(view, internal, "buffer", buffer);
        sketch.edge(buffer, internal, "backing_store", data);
        let waits = sketch.rooted(NodeKind::OBJECT, "Promise", 8);
        let reaction = sketch.node(NodeKind::OBJECT, "system / PromiseReaction", 8);
        sketch.edge(waits, internal, "reactions_or_result", reaction);
        let done = sketch.rooted(NodeKind::OBJECT, "Promise", 8);
        sketch.edge(done, internal, "reactions_or_result", view);
        let f = sketch.rooted(NodeKind::CLOSURE, "onData", 8);
        let once = sketch.rooted(NodeKind::CLOSURE, "native_bind", 8);
        let twice = sketch.rooted(NodeKind::CLOSURE, "native_bind", 8);
        sketch.edge(once, internal, "bound_function", f);
        sketch.edge(twice, internal, "bound_function", once);
        let heap = sketch.heap();
        let words = |node| told(&heap, node).unwrap_or_default();
        assert_eq!(words(view), "Uint8Array over ArrayBuffer(4.1 kB)");
        assert_eq!(words(buffer), "ArrayBuffer(4.1 kB)");
        assert_eq!(words(waits), "Promise (pending)");
        assert_eq!(words(done), "Promise (settled)");
        assert_eq!(words(once), "bound onData()");
        assert_eq!(words(twice), "bound bound onData()");
        assert_eq!(words(f), "");
    }

    #[test]
    fn functions_that_are_bound_to_themselves_come_to_an_end() {
        let mut sketch = Sketch::new();
        let f = sketch.rooted(NodeKind::CLOSURE, "f", 8);
        sketch.edge(f, EdgeKind::INTERNAL, "bound_function", f);
        let heap = sketch.heap();
        assert!(told(&heap, f).is_some_and(|words| words.len() < 100));
    }

    #[test]
    fn fields_and_messages_are_previewed() {
        let property = EdgeKind::PROPERTY;
        let mut sketch = Sketch::new();
        let text = sketch.node(NodeKind::STRING, "x", 8);
        let long = sketch.node(NodeKind::STRING, &"y".repeat(500), 8);
        let number = sketch.node(NodeKind::NUMBER, "int", 8);
        let seven = sketch.node(NodeKind::STRING, "7", 8);
        sketch.edge(number, EdgeKind::INTERNAL, "value", seven);
        let plain = sketch.rooted(NodeKind::OBJECT, "Object", 8);
        let other = sketch.rooted(NodeKind::OBJECT, "Object", 8);
        for (name, target) in [("id", number), ("name", text), ("next", other)] {
            sketch.edge(plain, property, name, target);
        }
        sketch.edge(other, property, "next", plain);
        let many = sketch.rooted(NodeKind::OBJECT, "Object", 8);
        for at in 0..100 {
            sketch.edge(many, property, &format!("f{at:02}"), long);
        }
        let error = sketch.rooted(NodeKind::OBJECT, "TypeError", 8);
        let message = sketch.node(NodeKind::STRING, "no such user\nat f", 8);
        sketch.edge(error, property, "message", message);
        let heap = sketch.heap();
        let words = |node| preview(&heap, node).unwrap_or_default().plain();
        assert_eq!(words(plain), "{id: 7, name: \"x\", next}");
        assert_eq!(words(other), "");
        assert!(words(many).ends_with(", …}") && words(many).chars().count() < 150);
        assert_eq!(words(error), "TypeError: no such user");
        let masked = |node| preview(&heap, node).unwrap().shown(Reveal::Nothing);
        assert_eq!(
            masked(plain),
            "{id: [masked, 1 character], name: \"[masked, 1 character]\", next}"
        );
        assert_eq!(masked(error), "TypeError: [masked, 12 characters]");
        assert_eq!(logical(&heap, error), None);
    }
}
