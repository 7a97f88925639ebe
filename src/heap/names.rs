//! Names of nodes as people know them: a rope's text, a plain object's properties.

use std::borrow::Cow;

use crate::graph::{EdgeId, NodeId};
use crate::snapshot::{EdgeKind, NodeKind, StrId};
use crate::text::order::utf16_len;

use super::Heap;
use super::well_known::Word;

/// How long the preview of an object may get, in UTF-16 code units.
const PREVIEW_LIMIT: usize = 100;

impl Heap {
    /// A node's name as DevTools shows it: the text of a concatenated string, `{a, b}` for a plain object, else the
    /// raw name. Of long texts only the beginning.
    pub fn display_name(&self, node: NodeId) -> String {
        match self.kind(node) {
            NodeKind::CONCATENATED_STRING => self.ropes().text(self, node),
            NodeKind::OBJECT if self.is_named(node, Word::Object) => self.preview(node),
            _ => self.raw_name(node).into_owned(),
        }
    }

    /// Whether a node is an object of no class but `Object`.
    #[inline]
    pub fn is_plain_object(&self, node: NodeId) -> bool {
        self.kind(node) == NodeKind::OBJECT && self.is_named(node, Word::Object)
    }

    /// Whether a node's raw name is this word.
    #[inline]
    pub(crate) fn is_named(&self, node: NodeId, word: Word) -> bool {
        self.words.is(self.name_id(node), word) && !self.is_renamed(node)
    }

    /// Target of a node's first internal edge of this name.
    pub(crate) fn internal(&self, node: NodeId, name: Word) -> Option<NodeId> {
        let edge = self.internal_edge(node, name)?;
        Some(self.graph.target(edge))
    }

    /// A node's first internal edge of this name.
    pub(super) fn internal_edge(&self, node: NodeId, name: Word) -> Option<EdgeId> {
        self.graph.edges_from(node).find(|&edge| {
            self.edge_kind(edge) == EdgeKind::INTERNAL
                && self
                    .words
                    .is(StrId(self.edge_labels.name(edge.index())), name)
        })
    }

    /// Names of properties, from the first and from the last in turns, as many as fit.
    fn preview(&self, object: NodeId) -> String {
        let properties = |edge: &_| self.is_own_property(*edge);
        let mut edges = self.graph.edges_from(object);
        let (mut start, mut end) = ("{".to_owned(), "}".to_owned());
        let (mut start_units, mut end_units) = (1, 1);
        let mut from_front = true;
        let mut cut = false;
        loop {
            let next = if from_front {
                edges.find(properties)
            } else {
                edges.rfind(properties)
            };
            let Some(edge) = next else { break };
            let name = self.strings.get(StrId(self.edge_labels.name(edge.index())));
            let name = format_property(&name);
            let units = utf16_len(&name);
            if start_units > 1 && start_units + end_units + units > PREVIEW_LIMIT {
                cut = true;
                break;
            }
            if from_front {
                if start_units > 1 {
                    start.push_str(", ");
                    start_units += 2;
                }
                start.push_str(&name);
                start_units += units;
            } else {
                if end_units > 1 {
                    end.insert_str(0, ", ");
                    end_units += 2;
                }
                end.insert_str(0, &name);
                end_units += units;
            }
            from_front = !from_front;
        }
        if cut {
            start.push_str(", …");
        }
        if end_units > 1 {
            start.push_str(", ");
        }
        start + &end
    }

    /// Whether an edge is a property that interfaces and previews count.
    #[inline]
    pub(super) fn is_own_property(&self, edge: crate::graph::EdgeId) -> bool {
        self.edge_kind(edge) == EdgeKind::PROPERTY
            && !self
                .words
                .is(StrId(self.edge_labels.name(edge.index())), Word::Proto)
    }
}

/// A property name as it stands between braces: as it is, or quoted when it could be misread.
pub(crate) fn format_property(name: &str) -> Cow<'_, str> {
    if name.contains([',', '\'', '"', '{', '}']) {
        Cow::Owned(serde_json::Value::from(name).to_string())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;

    fn preview(names: &[&str]) -> String {
        let mut sketch = Sketch::new();
        let object = sketch.rooted(NodeKind::OBJECT, "Object", 16);
        let value = sketch.node(NodeKind::NUMBER, "1", 0);
        for name in names {
            sketch.edge(object, EdgeKind::PROPERTY, name, value);
        }
        sketch.edge(object, EdgeKind::INTERNAL, "map", value);
        sketch.heap().display_name(object)
    }

    #[test]
    fn previews_take_names_from_both_ends() {
        assert_eq!(preview(&[]), "{}");
        assert_eq!(preview(&["a"]), "{a}");
        assert_eq!(preview(&["a", "b", "__proto__", "c"]), "{a, b, c}");
        assert_eq!(
            preview(&["it's", "a\"b", "né"]),
            "{\"it's\", \"a\\\"b\", né}"
        );
        let long: Vec<String> = (0..40).map(|at| format!("name{at:02}")).collect();
        let long: Vec<&str> = long.iter().map(String::as_str).collect();
        let preview = preview(&long);
        assert!(preview.starts_with("{name00, name01, "), "{preview}");
        assert!(
            preview.contains(", …, ") && preview.ends_with(", name38, name39}"),
            "{preview}"
        );
        assert!(utf16_len(&preview) <= PREVIEW_LIMIT + 8, "{preview}");
    }

    #[test]
    fn a_first_name_that_is_too_long_stays_whole() {
        let long = "n".repeat(200);
        assert_eq!(preview(&[&long]), format!("{{{long}}}"));
        assert_eq!(preview(&[&long, "b"]), format!("{{{long}, …}}"));
    }
}
