//! Names of objects and edges, decorated as DevTools' trees do it.

use crate::analysis::objects::name;
use crate::analysis::strings::internal;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind, pairs};
use crate::text::code::{self, Role};
use crate::text::span::Spans;

/// How many characters of a text a label carries; script sources are strings too.
const LABEL_CHARACTERS: usize = 2000;
/// So many bytes of JSON have more characters: at most twelve are for one, as two escapes are.
const LABEL_BYTES: usize = 12 * (LABEL_CHARACTERS + 2);

/// The name of an object as DevTools' trees show it: strings quoted, regular expressions between slashes, `()` behind
/// functions, `[]` behind arrays. Numbers whose value the dump has show it.
///
/// The text is the dump's, not escaped; long ones are cut.
pub fn label(heap: &Heap, node: NodeId) -> Spans {
    let name = beginning(heap, node);
    let text = Spans::new();
    match heap.kind(node) {
        kind if kind.is_string() => text.quoted(name),
        NodeKind::REGEXP => text.note("/").value(name).note("/"),
        NodeKind::CLOSURE => text.function(name).note("()"),
        NodeKind::ARRAY if name.is_empty() => text.note("(internal array)[]"),
        NodeKind::ARRAY => text.name(name).note("[]"),
        NodeKind::SYNTHETIC if node == heap.root() && name.is_empty() => text.note("(root)"),
        NodeKind::NUMBER | NodeKind::BIGINT => match internal(heap, node, "value") {
            Some(value) => text.value(beginning(heap, value)),
            None => text.name(name),
        },
        NodeKind::CODE if name.is_empty() => {
            let code = text.note(heap.class_name(node).to_owned());
            match function_of_code(heap, node) {
                Some(function) => code.note(" of ").function(function),
                None => code,
            }
        }
        NodeKind::CODE if code::is_code(&name, Role::Function) => text.function(name),
        NodeKind::CODE if name.contains(['/', '\\']) && !name.starts_with("system / ") => {
            text.place(name)
        }
        _ if name == "system / Oddball" => match oddball(heap, node) {
            Some(value) => text.note(value),
            None => text.name(name),
        },
        _ if name.is_empty() => text.name(heap.class_name(node).to_owned()),
        _ => text.name(name),
    }
}

/// References to code that are looked at for a function: built-in code has one from every function that it is of.
const LOOKED_AT: usize = 8;

/// The function whose code a node without a name is, if one with a name refers to it.
fn function_of_code(heap: &Heap, node: NodeId) -> Option<String> {
    let mut edges = heap.graph().edges_into(node).take(LOOKED_AT);
    edges.find_map(|edge| {
        let source = heap.graph().source(edge);
        let name = heap.raw_name(source);
        let is_function = matches!(heap.kind(source), NodeKind::CLOSURE | NodeKind::CODE)
            && code::is_code(&name, Role::Function);
        (is_function && !name.is_empty()).then(|| name.into_owned())
    })
}

/// What one of V8's oddballs stands for: `undefined`, `null`, `true`, `false`.
///
/// It refers to its text by `to_string` or, in versions that do not name the edge, by its first field.
fn oddball(heap: &Heap, node: NodeId) -> Option<&'static str> {
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
    values.into_iter().find(|value| *value == text)
}

/// What an object is called, cut. Of a text of hundreds of megabytes no more is decoded than is shown.
fn beginning(heap: &Heap, node: NodeId) -> String {
    let name = match heap.kind(node) {
        NodeKind::STRING => heap.strings().beginning(heap.name_id(node), LABEL_BYTES),
        _ => name(heap, node),
    };
    cut(&name).into_owned()
}

fn cut(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(LABEL_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// The name of an edge as DevTools' trees show it: elements in brackets, `(empty)` for no name.
///
/// References of the engine have names that the engine gives; those of a WeakMap's entries say what key and value are
/// called, which may be the contents of strings.
pub fn edge_label(heap: &Heap, edge: EdgeId) -> Spans {
    let text = Spans::new();
    let name = match heap.edge_name(edge) {
        EdgeName::Index(index) if heap.edge_kind(edge) == EdgeKind::ELEMENT => {
            return text.index(format!("[{index}]"));
        }
        EdgeName::Index(index) => return text.index(index.to_string()),
        EdgeName::Text(name) if name.is_empty() => return text.index("(empty)"),
        EdgeName::Text(name) => name,
    };
    match heap.edge_kind(edge) {
        EdgeKind::INTERNAL | EdgeKind::HIDDEN | EdgeKind::WEAK => {
            if let Some(pair) = pairs::spans(&name) {
                return pair;
            }
            let name = cut(&name).into_owned();
            match code::is_internal_edge(&name) {
                true => text.index(name),
                false => text.value(name),
            }
        }
        _ => text.edge(cut(&name).into_owned()),
    }
}

/// The name of an edge where it says something: not the number under which the root holds a global object, which no
/// source code has.
pub fn told_edge_label(heap: &Heap, edge: EdgeId) -> Option<Spans> {
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
            odd.map(|node| label(&heap, node).plain()),
            ["undefined", "true", "system / Oddball"]
        );
    }
}
