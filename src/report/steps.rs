//! Paths as a report shows them: masked, with places, repeated steps as one.

use crate::analysis::describe::{Scripts, label, told_edge_label};
use crate::analysis::paths::Step;
use crate::heap::Heap;
use crate::snapshot::EdgeKind;
use crate::text::mask::Reveal;
use crate::text::span::{SpanKind, Spans};

use super::{Hop, Said};

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
    let edge = step.edge.and_then(|edge| {
        let text = told_edge_label(heap, edge)?;
        Some(match heap.edge_kind(edge) {
            EdgeKind::PROPERTY => Spans::from(".").then(text),
            EdgeKind::CONTEXT => Spans::from("variable ").then(text),
            _ => text,
        })
    });
    // The name that holds a value decides with it what may be shown.
    let held = edge.clone().unwrap_or_default().then(label(heap, node));
    let length = edge.as_ref().map_or(0, |edge| edge.iter().count());
    let object: Spans = held.masked(reveal).into_iter().skip(length).collect();
    Hop {
        edge: edge.map(|edge| Said::of(&edge, reveal)),
        object: Said::masked(object),
        id: heap.id(node),
        retained_size: heap.retained(node),
        place: scripts
            .place(heap, node)
            .map(|place| Said::name(SpanKind::Place, &place, reveal)),
        times: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::NodeKind;
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
                .plain()
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
        assert_eq!(list[0].object.plain(), "User");
        let edge = list[1].edge.as_ref().map(Said::plain);
        assert_eq!((edge.as_deref(), list[1].times), (Some(".next"), 2));
        assert_eq!(list[1].id, heap.id(deeper));
    }
}
