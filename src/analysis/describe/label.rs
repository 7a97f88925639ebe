//! Names of objects and edges, decorated as DevTools' trees do it.

use crate::analysis::objects::name;
use crate::analysis::strings::internal;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};

/// How many characters of a text a label carries; script sources are strings too.
const LABEL_CHARACTERS: usize = 2000;

/// The name of an object as DevTools' trees show it: strings quoted, regular expressions between slashes, `()` behind
/// functions, `[]` behind arrays. Numbers whose value the dump has show it.
///
/// The text is the dump's, not escaped; long ones are cut.
pub fn label(heap: &Heap, node: NodeId) -> String {
    let name = name(heap, node);
    let name = cut(&name);
    match heap.kind(node) {
        kind if kind.is_string() => format!("\"{name}\""),
        NodeKind::REGEXP => format!("/{name}/"),
        NodeKind::CLOSURE => format!("{name}()"),
        NodeKind::ARRAY if name.is_empty() => "(internal array)[]".to_owned(),
        NodeKind::ARRAY => format!("{name}[]"),
        NodeKind::SYNTHETIC if node == heap.root() && name.is_empty() => "(root)".to_owned(),
        NodeKind::NUMBER => match internal(heap, node, "value") {
            Some(value) => cut(&self::name(heap, value)).into_owned(),
            None => name.into_owned(),
        },
        _ if name == "system / Oddball" => oddball(heap, node).unwrap_or_else(|| name.into_owned()),
        _ => name.into_owned(),
    }
}

/// What one of V8's oddballs stands for: `undefined`, `null`, `true`, `false`.
///
/// It refers to its text by `to_string` or, in versions that do not name the edge, by its first field.
fn oddball(heap: &Heap, node: NodeId) -> Option<String> {
    let edges = || heap.graph().edges_from(node);
    let named = |wanted: &str| {
        edges().find(|&edge| {
            let name = heap.edge_name(edge);
            matches!(name, EdgeName::Text(text) if text == wanted)
        })
    };
    let first_field = || {
        edges().find(|&edge| {
            heap.edge_kind(edge) == EdgeKind::HIDDEN && heap.edge_name(edge) == EdgeName::Index(0)
        })
    };
    let text = heap
        .graph()
        .target(named("to_string").or_else(first_field)?);
    let values = ["undefined", "null", "true", "false"];
    let text = heap.kind(text).is_string().then(|| heap.raw_name(text))?;
    values.contains(&&*text).then(|| text.into_owned())
}

fn cut(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(LABEL_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// The name of an edge as DevTools' trees show it: elements in brackets, `(empty)` for no name.
pub fn edge_label(heap: &Heap, edge: EdgeId) -> String {
    match heap.edge_name(edge) {
        EdgeName::Index(index) if heap.edge_kind(edge) == EdgeKind::ELEMENT => format!("[{index}]"),
        EdgeName::Index(index) => index.to_string(),
        EdgeName::Text(name) if name.is_empty() => "(empty)".to_owned(),
        EdgeName::Text(name) => cut(&name).into_owned(),
    }
}

/// The name of an edge where it says something: not the number under which the root holds a global object, which no
/// source code has.
pub fn told_edge_label(heap: &Heap, edge: EdgeId) -> Option<String> {
    let numbered = heap.graph().source(edge) == heap.root()
        && matches!(heap.edge_kind(edge), EdgeKind::SHORTCUT | EdgeKind::ELEMENT);
    (!numbered).then(|| edge_label(heap, edge))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;

    #[test]
    fn oddballs_are_shown_as_what_they_stand_for() {
        let mut sketch = Sketch::new();
        let odd =
            ["yes", "old", "hole"].map(|_| sketch.rooted(NodeKind::HIDDEN, "system / Oddball", 8));
        let texts =
            ["undefined", "true", "hole"].map(|text| sketch.node(NodeKind::STRING, text, 8));
        sketch.edge(odd[0], EdgeKind::INTERNAL, "to_string", texts[0]);
        sketch.edge(odd[1], EdgeKind::INTERNAL, "to_string", texts[1]);
        sketch.edge(odd[2], EdgeKind::INTERNAL, "to_string", texts[2]);
        let heap = sketch.heap();
        assert_eq!(
            odd.map(|node| label(&heap, node)),
            ["undefined", "true", "system / Oddball"]
        );
    }
}
