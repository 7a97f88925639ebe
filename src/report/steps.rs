//! Paths as a report shows them: masked, with places, repeated steps as one.

use crate::analysis::describe::{Scripts, label, told_edge_label};
use crate::analysis::paths::Step;
use crate::heap::{EdgeName, Heap};
use crate::snapshot::{EdgeKind, NodeKind};
use crate::text::mask::{Reveal, value, words};
use crate::text::width::cut_end;

use super::Hop;

/// A name longer than this is cut, in columns.
const NAME: usize = 80;

/// The steps of a path, from its first to its last.
pub(super) fn hops(heap: &Heap, scripts: &Scripts, path: &[Step], reveal: Reveal) -> Vec<Hop> {
    let mut hops: Vec<Hop> = Vec::new();
    for step in path {
        let hop = hop(heap, scripts, step, reveal);
        match hops.last_mut() {
            Some(last)
                if last.edge.is_some() && last.edge == hop.edge && last.object == hop.object =>
            {
                last.times += 1;
                last.id = hop.id;
                last.retained_size = hop.retained_size;
            }
            _ => hops.push(hop),
        }
    }
    hops
}

fn hop(heap: &Heap, scripts: &Scripts, step: &Step, reveal: Reveal) -> Hop {
    let node = step.node;
    let name = step.edge.map(|edge| heap.edge_name(edge).to_string());
    let kind = heap.kind(node);
    let object = match kind {
        // What these are called is their content.
        _ if kind.is_string() => format!(
            "\"{}\"",
            value(&heap.raw_name(node), name.as_deref(), reveal)
        ),
        NodeKind::REGEXP => format!("/{}/", value(&heap.raw_name(node), name.as_deref(), reveal)),
        NodeKind::NUMBER => heap.raw_name(node).into_owned(),
        _ => words(&label(heap, node), reveal).into_owned(),
    };
    let edge = step.edge.and_then(|edge| {
        let text = told_edge_label(heap, edge)?;
        let shown = match (heap.edge_kind(edge), heap.edge_name(edge)) {
            // A weak map's entry tells the names of its key and value, which may be strings.
            (EdgeKind::INTERNAL, EdgeName::Text(name)) => {
                crate::snapshot::pairs::without_names(&name).unwrap_or(text)
            }
            (EdgeKind::PROPERTY, _) => format!(".{text}"),
            (EdgeKind::CONTEXT, _) => format!("variable {text}"),
            _ => text,
        };
        Some(cut_end(&words(&shown, reveal), NAME))
    });
    Hop {
        edge,
        object: cut_end(&object, NAME),
        id: heap.id(node),
        retained_size: heap.retained(node),
        place: scripts
            .place(heap, node)
            .map(|place| words(&place, reveal).into_owned()),
        times: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::task::Task;

    #[test]
    fn contents_are_masked_and_names_are_not() {
        let mut sketch = Sketch::new();
        let user = sketch.rooted(NodeKind::OBJECT, "User", 8);
        let password = sketch.node(NodeKind::STRING, "hunter2", 8);
        let name = sketch.node(NodeKind::STRING, "Jane", 8);
        let nested = sketch.node(NodeKind::OBJECT, "User", 8);
        let deeper = sketch.node(NodeKind::OBJECT, "User", 8);
        sketch.edge(user, EdgeKind::PROPERTY, "password", password);
        sketch.edge(user, EdgeKind::PROPERTY, "name", name);
        sketch.edge(user, EdgeKind::PROPERTY, "next", nested);
        sketch.edge(nested, EdgeKind::PROPERTY, "next", deeper);
        let heap = sketch.heap();
        let scripts = Scripts::build(&heap, &Task::new()).unwrap();
        let step = |node| {
            let edge = heap.graph().edges_into(node).next();
            Step { edge, node }
        };
        let object = |node, reveal| {
            hops(&heap, &scripts, &[step(node)], reveal)[0]
                .object
                .clone()
        };
        assert_eq!(object(name, Reveal::Nothing), "\"[masked, 4 characters]\"");
        assert_eq!(object(name, Reveal::Values), "\"Jane\"");
        assert_eq!(
            object(password, Reveal::Values),
            "\"[masked, by its name]\""
        );
        assert_eq!(object(password, Reveal::All), "\"hunter2\"");
        let list = hops(
            &heap,
            &scripts,
            &[step(user), step(nested), step(deeper)],
            Reveal::Nothing,
        );
        assert_eq!(list[0].object, "User");
        assert_eq!((list[1].edge.as_deref(), list[1].times), (Some(".next"), 2));
        assert_eq!(list[1].id, heap.id(deeper));
    }
}
