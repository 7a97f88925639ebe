//! Properties of whole searches, over made-up programs: what must not matter does not.

use std::ops::Range;
use std::sync::Arc;

use proptest::prelude::*;

use crate::analysis::describe::Scripts;
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::heap::testing::Sketch;
use crate::snapshot::{EdgeKind, NodeKind};
use crate::task::Task;

use super::suspect::Findings;
use super::{Pattern, find};

/// How many objects of a list have ids of their own; no list has more.
const MEMBERS: u32 = 200;
/// Objects that stay as they are: so that ids fit.
const STEADY: u32 = 900;
/// Lists that a program has at most.
const LISTS: usize = 4;

/// A list of a program: its members in each dump.
#[derive(Debug, Clone)]
struct List {
    members: Vec<Range<u32>>,
    size: u64,
}

/// A program that has some lists, each with members of a class of its own.
#[derive(Debug, Clone)]
struct Program {
    lists: Vec<List>,
    classes: [&'static str; LISTS],
}

const CLASSES: [&str; LISTS] = ["Order", "Session", "Ticket", "Invoice"];

prop_compose! {
    /// Members that come at the end, and go at the beginning.
    fn list()(
        moves in prop::collection::vec((0u32..24, 0u32..24), 3),
        first in 1u32..8,
        size in 16u64..4000,
    ) -> List {
        let mut members: Vec<Range<u32>> = std::iter::once(0..first).collect();
        for (come, go) in moves {
            let before = &members[members.len() - 1];
            let end = before.end + come;
            members.push((before.start + go).min(end - 1)..end);
        }
        List { members, size }
    }
}

fn program() -> impl Strategy<Value = Program> {
    let growing = (1u32..8, 4u32..20, 100u64..4000).prop_map(|(first, step, size)| List {
        members: (0..4).map(|dump| 0..first + dump * step).collect(),
        size,
    });
    (growing, prop::collection::vec(list(), 0..LISTS)).prop_map(|(growing, others)| Program {
        lists: [vec![growing], others].concat(),
        classes: CLASSES,
    })
}

impl Program {
    fn dumps(&self) -> usize {
        self.lists[0].members.len()
    }

    /// A dump of it; what is not there leaves a gap in the ids.
    fn sketch(&self, dump: usize) -> Sketch {
        let mut sketch = Sketch::new();
        let global = sketch.node(NodeKind::OBJECT, "global", 16);
        sketch.edge(sketch.root, EdgeKind::SHORTCUT, "1", global);
        for (number, list) in self.lists.iter().enumerate() {
            let holder = sketch.node(NodeKind::OBJECT, "Array", 16);
            sketch.edge(global, EdgeKind::PROPERTY, &format!("list{number}"), holder);
            for at in 0..MEMBERS {
                if list.members[dump].contains(&at) {
                    let node = sketch.node(NodeKind::OBJECT, self.classes[number], list.size);
                    sketch.edge(holder, EdgeKind::ELEMENT, &at.to_string(), node);
                } else {
                    sketch.node(NodeKind::CODE, "gone", 0);
                }
            }
        }
        for at in 0..STEADY {
            let steady = sketch.node(NodeKind::OBJECT, "Config", 40);
            sketch.edge(global, EdgeKind::PROPERTY, &format!("config{at}"), steady);
        }
        sketch
    }

    /// What is found, when the objects of each dump are written in the order that `order` gives.
    fn found(&self, order: impl Fn(&Sketch) -> Vec<u32>) -> Vec<Row> {
        let dump = |dump| {
            let sketch = self.sketch(dump);
            let order = order(&sketch);
            Arc::new(sketch.in_order(&order).heap())
        };
        let dumps: Vec<Arc<Heap>> = (0..self.dumps()).map(dump).collect();
        let task = Task::new();
        let scripts = |heap: &Heap| Scripts::build(heap, &task).map(Arc::new);
        let times = vec![None; dumps.len()];
        let found = find(&times, |at| Ok(Arc::clone(&dumps[at])), scripts, &task).unwrap();
        assert!(found.comparable, "{:?}", found.caveats);
        rows(&found, dumps.last().unwrap())
    }
}

fn as_it_is(sketch: &Sketch) -> Vec<u32> {
    (0..sketch.nodes.len() as u32).collect()
}

/// What is said of a suspect, but for names of classes.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    holder: u32,
    name: String,
    counts: Vec<Vec<u64>>,
    bytes: Vec<u64>,
    confidence: f64,
    pattern: Pattern,
    frees: u64,
}

fn rows(found: &Findings, last: &Heap) -> Vec<Row> {
    let row = |suspect: &super::Suspect| Row {
        holder: last.id(suspect.holder),
        name: suspect.holder_name.plain(),
        counts: suspect
            .leaked
            .iter()
            .map(|row| row.counts.clone())
            .collect(),
        bytes: suspect.retained_sizes.clone(),
        confidence: suspect.confidence,
        pattern: suspect.pattern,
        frees: suspect.frees,
    };
    found.suspects.iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn the_order_of_objects_in_the_file_changes_nothing(program in program(), seed in any::<u64>()) {
        // The root stays the first one: a file begins with it.
        let shuffled = |sketch: &Sketch| {
            let mut order = as_it_is(sketch);
            order[1..].sort_by_key(|&node| (u64::from(node) + 1).wrapping_mul(seed | 1).rotate_left(29));
            order
        };
        let found = program.found(as_it_is);
        prop_assert!(!found.is_empty());
        prop_assert_eq!(program.found(shuffled), found);
    }

    #[test]
    fn other_names_of_classes_change_nothing(program in program()) {
        let renamed = Program { classes: ["Zebra", "Alpha", "Muller", "Beta"], ..program.clone() };
        let found = program.found(as_it_is);
        prop_assert!(!found.is_empty());
        prop_assert_eq!(renamed.found(as_it_is), found);
    }

    #[test]
    fn a_list_that_grows_more_is_no_less_a_leak(program in program(), times in 1u32..4) {
        let mut more = program.clone();
        for members in &mut more.lists[0].members {
            let first = program.lists[0].members[0].end;
            members.end = first + (members.end - first) * times;
        }
        let confidence = |program: &Program| {
            let found = program.found(as_it_is);
            let first = found.iter().find(|row| row.name.contains("list0"));
            first.map_or(0.0, |row| row.confidence)
        };
        let (less, more) = (confidence(&program), confidence(&more));
        prop_assert!(less > 0.0 && more >= less - 1e-9, "{less} {more}");
    }
}

/// The nodes of a sketch in another order, with their ids.
impl Sketch {
    fn in_order(&self, order: &[u32]) -> Self {
        let mut place = vec![NodeId(0); order.len()];
        for (new, &old) in (0u32..).zip(order) {
            place[old as usize] = NodeId(new);
        }
        let moved = |node: NodeId| place[node.index()];
        let edges = self.edges.iter();
        Self {
            root: moved(self.root),
            nodes: order
                .iter()
                .map(|&old| self.nodes[old as usize].clone())
                .collect(),
            ids: order.iter().map(|&old| 2 * old + 1).collect(),
            edges: edges
                .map(|(from, kind, name, to)| (moved(*from), *kind, name.clone(), moved(*to)))
                .collect(),
            locations: Vec::new(),
            detachedness: self.detachedness,
        }
    }
}
