//! Paths as a report has them: the hops that the explorer shows, masked.

use crate::analysis::describe::Scripts;
use crate::analysis::hops::{self, folded};
use crate::analysis::paths::Step;
use crate::heap::Heap;
use crate::text::mask::Reveal;
use crate::text::span::{SpanKind, Spans};

use super::{Hop, Said};

/// The steps of a path, from its first to its last.
pub(super) fn hops(heap: &Heap, scripts: &Scripts, path: &[Step], reveal: Reveal) -> Vec<Hop> {
    let path = folded(heap, scripts, path);
    let runtime = path.runtime.iter().map(|stretch| Hop {
        edge: None,
        object: Said::of(&stretch.words(), reveal),
        id: heap.id(stretch.end),
        retained_size: heap.retained(stretch.end),
        place: None,
        steps: stretch.steps,
        times: 1,
        left_out: 0,
    });
    let mut all: Vec<Hop> = runtime.collect();
    for (number, run) in path.runs.iter().enumerate() {
        let mut left_out = path.left_out_before(number);
        for one in &run.hops {
            all.push(Hop {
                times: run.times,
                left_out: std::mem::take(&mut left_out),
                ..hop(heap, one, reveal)
            });
        }
    }
    all
}

fn hop(heap: &Heap, hop: &hops::Hop, reveal: Reveal) -> Hop {
    // The name that holds a value decides with it what may be shown.
    let held = hop.by.clone().then(hop.object.clone());
    let length = hop.by.iter().count();
    let object: Spans = held.masked(reveal).into_iter().skip(length).collect();
    Hop {
        edge: (!hop.by.is_empty()).then(|| Said::of(&hop.by, reveal)),
        object: Said::masked(object),
        id: heap.id(hop.node),
        retained_size: heap.retained(hop.node),
        place: hop
            .place
            .as_ref()
            .map(|place| Said::name(SpanKind::Place, place, reveal)),
        steps: 1,
        times: 1,
        left_out: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::{EdgeKind, NodeKind};
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
        assert_eq!((edge.as_deref(), list[1].times), (Some("next"), 2));
        assert_eq!(list[1].id, heap.id(nested));
    }
}
