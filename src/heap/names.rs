//! Names of nodes as people know them: a rope's text, a plain object's properties.

use std::borrow::Cow;

use crate::graph::NodeId;
use crate::snapshot::{EdgeKind, NodeKind, StrId};

use super::Heap;
use super::words::Word;

/// How much of a rope's text is put together, in UTF-16 code units; the part that passes the limit stays whole.
const ROPE_LIMIT: usize = 1024;
/// How long the preview of an object may get, in UTF-16 code units.
const PREVIEW_LIMIT: usize = 100;

impl Heap {
    /// A node's name as DevTools shows it: the text of a concatenated string, `{a, b}` for a plain object, else the
    /// raw name.
    ///
    /// A rope of many parts takes as long as it takes to find its beginning: not for loops over all strings.
    pub fn display_name(&self, node: NodeId) -> String {
        match self.kind(node) {
            NodeKind::CONCATENATED_STRING => self.rope_text(node),
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
        self.words.is(self.name_id(node), word)
            && self.dom_state[node.index()] & super::RENAMED == 0
    }

    /// Target of a node's first internal edge of this name.
    pub(crate) fn internal(&self, node: NodeId, name: Word) -> Option<NodeId> {
        self.graph
            .edges_from(node)
            .find(|&edge| {
                self.edge_kind(edge) == EdgeKind::INTERNAL
                    && self.words.is(StrId(self.edge_name[edge.index()]), name)
            })
            .map(|edge| self.graph.target(edge))
    }

    fn rope_text(&self, rope: NodeId) -> String {
        let (mut text, mut units) = (String::new(), 0);
        let mut pending = vec![rope];
        // Parts that contain themselves would go round for ever, and shared empty parts nearly so.
        let mut steps = 2 * self.node_count() + 1;
        while let Some(part) = pending.pop() {
            if units >= ROPE_LIMIT || steps == 0 {
                break;
            }
            steps -= 1;
            if self.kind(part) == NodeKind::CONCATENATED_STRING {
                // A part that is missing is the first node to DevTools: the root, which has no name.
                let child = |name| self.internal(part, name).unwrap_or_default();
                pending.push(child(Word::Second));
                pending.push(child(Word::First));
            } else {
                let name = self.raw_name(part);
                units += utf16_len(&name);
                text.push_str(&name);
            }
        }
        text
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
            let name = self.strings.get(StrId(self.edge_name[edge.index()]));
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
                .is(StrId(self.edge_name[edge.index()]), Word::Proto)
    }
}

/// Length as JavaScript counts it.
pub(crate) fn utf16_len(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
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
