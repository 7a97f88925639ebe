//! Paths in words, hop by hop: what the engine puts between is passed, and hops that come again and again are folded,
//! as in `_idleNext: Timeout ×755`. However long a path is, what is told of it is short.

use crate::analysis::chains::{Span, WORDS, repetitions};
use crate::analysis::describe::{
    Collection, Part, Scripts, Stretch, is_context, role, runtime_stretch, told_edge_label,
};
use crate::analysis::paths::Step;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::text::span::Spans;
use crate::text::units::grouped;

/// One hop of a path. Texts come from the dump: whoever shows them escapes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// By what the object is reached: `cache`, `[3]`, `value of entry 7`; empty at the start.
    pub by: Spans,
    /// What the object is.
    pub object: Spans,
    /// Where its function was written, where that says more than its name.
    pub place: Option<String>,
    /// The object; of hops that come again the first one's.
    pub node: NodeId,
}

/// Hops that come so many times in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run<H = Hop> {
    /// The hops.
    pub hops: Vec<H>,
    /// How many times; mostly once.
    pub times: usize,
}

/// A path as hops. The page of suspects, reports and copies show this and nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folded {
    /// The hops, from the start of the path on.
    pub runs: Vec<Run>,
    /// What is left out of a long path, if anything is.
    pub gap: Option<Gap>,
    /// The steps before the hops that are the runtime's own, if there are enough to be worth a name.
    pub runtime: Option<Stretch>,
}

/// Hops in the middle of a path that are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Before which run they are.
    pub before: usize,
    /// How many.
    pub hops: usize,
}

/// As many runs are told from each end of a path.
const ENDS: usize = 16;

/// What makes two hops the same: kind and name of the reference, whatever its number, and the class.
pub(super) type Sameness = (EdgeKind, u32, u32);

/// A path in words, from its start on.
pub fn folded(heap: &Heap, scripts: &Scripts, path: &[Step]) -> Folded {
    let runtime = runtime_stretch(heap, scripts, path);
    let entries = runtime.as_ref().map_or(0, |stretch| stretch.steps);
    let path = path.get(entries..).unwrap_or_default();
    let steps: Vec<Step> = shown(heap, path).map(|at| path[at]).collect();
    let same: Vec<Sameness> = steps.iter().map(|&step| sameness(heap, step)).collect();
    let runs = runs(&steps, &same, Told::First);
    let left_out = runs.len().saturating_sub(ENDS * 2);
    let middle = match left_out {
        0 => 0..0,
        left_out => ENDS..ENDS + left_out,
    };
    let gap = (left_out > 0).then(|| Gap {
        before: ENDS,
        hops: runs[middle.clone()].iter().map(Run::len).sum(),
    });
    let told = runs
        .iter()
        .enumerate()
        .filter(|(at, _)| !middle.contains(at));
    let words = |run: &Run<Step>| Run {
        hops: run
            .hops
            .iter()
            .map(|&step| hop(heap, scripts, step))
            .collect(),
        times: run.times,
    };
    Folded {
        runs: told.map(|(_, run)| words(run)).collect(),
        gap,
        runtime,
    }
}

/// The places of a path's steps that are shown: all but the engine's tables between an object and what it holds. The
/// last step always is.
pub(super) fn shown<'p>(heap: &'p Heap, path: &'p [Step]) -> impl Iterator<Item = usize> + 'p {
    (0..path.len()).filter(move |&at| at + 1 == path.len() || !is_table(heap, path[at]))
}

/// Which of the hops that repeat stand for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    First,
    Last,
}

/// Folds hops that repeat; `same` has what makes each the same as another.
pub(super) fn runs<H: Clone>(hops: &[H], same: &[Sameness], told: Told) -> Vec<Run<H>> {
    let run = |span: Span| {
        let first = match told {
            Told::First => span.first,
            Told::Last => span.first + span.count - span.period,
        };
        Run {
            hops: hops[first..first + span.period].to_vec(),
            times: span.times(),
        }
    };
    repetitions(same, WORDS).into_iter().map(run).collect()
}

impl Folded {
    /// The path in texts, one for each run: what is the runtime's first, and what is left out in its place.
    pub fn words(&self) -> Vec<Spans> {
        let mut texts: Vec<Spans> = self.runtime.iter().map(Stretch::words).collect();
        for (number, run) in self.runs.iter().enumerate() {
            match self.left_out_before(number) {
                0 => {}
                hops => {
                    let hops = grouped(hops as u64);
                    texts.push(Spans::from("… ").number(hops).note(" hops …"));
                }
            }
            texts.push(run.words());
        }
        texts
    }

    /// How many hops are left out before a run.
    pub fn left_out_before(&self, run: usize) -> usize {
        let gap = self.gap.filter(|gap| gap.before == run);
        gap.map_or(0, |gap| gap.hops)
    }
}

impl<H> Run<H> {
    /// How many hops it stands for.
    fn len(&self) -> usize {
        self.hops.len() * self.times
    }
}

impl Run {
    /// The run in a text: "list: Array(66)", "next: Node ×755", "(next: Link → value: Node) ×3".
    pub fn words(&self) -> Spans {
        let words = Spans::list(self.hops.iter().map(Hop::words), " → ");
        let times = grouped(self.times as u64);
        match (self.times, self.hops.len()) {
            (1, _) => words,
            (_, 1) => words.note(" ×").number(times),
            _ => {
                let words = Spans::from("(").then(words).note(") ×");
                words.number(times)
            }
        }
    }
}

impl Hop {
    /// The hop in a text: "cache: Map(3)", "onData() stream.js:41:12".
    pub fn words(&self) -> Spans {
        let object = self.object.clone();
        let words = match self.by.is_empty() || self.by == self.object {
            true => object,
            false => self.by.clone().note(": ").then(object),
        };
        match &self.place {
            Some(place) => words.note(" ").place(place.clone()),
            None => words,
        }
    }
}

/// Whether a hop is the engine's own: the table behind a collection or an object, or Blink's lists between an element and
/// its listeners.
pub(super) fn is_table(heap: &Heap, step: Step) -> bool {
    let Some(edge) = step.edge else {
        return false;
    };
    if heap.kind(step.node) == NodeKind::NATIVE {
        let name = heap.raw_name(step.node);
        return name.starts_with("blink::") || name == "EventListener";
    }
    heap.edge_kind(edge) == EdgeKind::INTERNAL
        && heap.kind(step.node) == NodeKind::ARRAY
        && !is_context(heap, step.node)
}

pub(super) fn sameness(heap: &Heap, step: Step) -> Sameness {
    let class = heap.class_id(step.node).0;
    let Some(edge) = step.edge else {
        return (EdgeKind::HIDDEN, u32::MAX, class);
    };
    let name = heap.edge_name_id(edge).map_or(u32::MAX, |name| name.0);
    (heap.edge_kind(edge), name, class)
}

fn hop(heap: &Heap, scripts: &Scripts, step: Step) -> Hop {
    let node = step.node;
    let by = step.edge.map_or(Spans::new(), |edge| {
        match role(heap, edge).filter(|role| role.collection != Collection::Array) {
            Some(role) => match role.part {
                Part::Key => Spans::new().index(format!("key of entry {}", role.index)),
                Part::Value => Spans::new().index(format!("value of entry {}", role.index)),
                _ => Spans::new().index(format!("member {}", role.index)),
            },
            None if is_context(heap, heap.graph().source(edge)) => scripts.edge_label(heap, edge),
            None => told_edge_label(heap, edge).unwrap_or_default(),
        }
    });
    let placed = heap.kind(node) == NodeKind::CLOSURE || is_context(heap, node);
    let object = scripts.label(heap, node);
    Hop {
        by,
        place: placed
            .then(|| scripts.place(heap, node))
            .flatten()
            .filter(|place| {
                object
                    .iter()
                    .all(|span| !span.text.contains(place.as_str()))
            }),
        object,
        node,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::paths::path_from_root;
    use crate::heap::testing::Sketch;
    use crate::task::Task;

    #[test]
    fn a_list_is_one_run_however_long() {
        let mut sketch = Sketch::new();
        let head = sketch.rooted(NodeKind::OBJECT, "Head", 10);
        let mut before = head;
        let mut last = head;
        for _ in 0..500 {
            last = sketch.node(NodeKind::OBJECT, "Item", 10);
            sketch.edge(before, EdgeKind::PROPERTY, "next", last);
            before = last;
        }
        let heap = sketch.heap();
        let path = path_from_root(&heap, last, &Task::new()).unwrap();
        let scripts = Scripts::build(&heap, &Task::new()).unwrap();
        let Folded { runs, gap, .. } = folded(&heap, &scripts, &path);
        assert_eq!(gap, None);
        let last = runs.last().unwrap();
        assert_eq!(
            (last.times, last.hops[0].by.plain().as_str()),
            (500, "next")
        );
        assert_eq!(runs[runs.len() - 2].hops[0].object.plain(), "Head");
    }

    #[test]
    fn the_number_of_a_global_object_is_not_told() {
        let mut sketch = Sketch::new();
        let global = sketch.node(NodeKind::OBJECT, "global", 10);
        sketch.edge(sketch.root, EdgeKind::SHORTCUT, "2", global);
        let list = sketch.node(NodeKind::OBJECT, "Array", 10);
        sketch.edge(global, EdgeKind::PROPERTY, "cache", list);
        let item = sketch.node(NodeKind::OBJECT, "Item", 10);
        sketch.edge(list, EdgeKind::ELEMENT, "2", item);
        let heap = sketch.heap();
        let path = path_from_root(&heap, item, &Task::new()).unwrap();
        let scripts = Scripts::build(&heap, &Task::new()).unwrap();
        let runs = folded(&heap, &scripts, &path).runs;
        let told: Vec<String> = runs.iter().map(|run| run.hops[0].by.plain()).collect();
        assert_eq!(told, ["", "", "cache", "[2]"]);
    }

    #[test]
    fn ends_stay_of_what_cannot_be_folded() {
        let mut sketch = Sketch::new();
        let mut last = sketch.rooted(NodeKind::OBJECT, "Head", 10);
        for number in 0..100 {
            let next = sketch.node(NodeKind::OBJECT, &format!("Class{number}"), 10);
            sketch.edge(last, EdgeKind::PROPERTY, "next", next);
            last = next;
        }
        let heap = sketch.heap();
        let path = path_from_root(&heap, last, &Task::new()).unwrap();
        let scripts = Scripts::build(&heap, &Task::new()).unwrap();
        let all = folded(&heap, &scripts, &path);
        let runs = &all.runs;
        assert_eq!(runs.len(), ENDS * 2);
        assert_eq!(all.left_out_before(ENDS), path.len() - ENDS * 2);
        assert_eq!(all.left_out_before(ENDS - 1), 0);
        assert_eq!(runs.last().unwrap().hops[0].object.plain(), "Class99");
    }
}
