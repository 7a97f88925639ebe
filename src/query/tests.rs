//! Every filter equals a pass over the nodes that asks each one.

use proptest::prelude::*;

use super::*;
use crate::analysis::describe::Scripts;
use crate::analysis::filter::Selection;
use crate::analysis::strings::text;
use crate::analysis::summary::summary;
use crate::heap::testing::Sketch;
use crate::heap::{NO_DISTANCE, shown_distance};
use crate::snapshot::{EdgeKind, NodeKind};

const PACKAGE_FILE: &str = "/srv/node_modules/mitt/index.js";
const CLASSES: [&str; 9] = [
    "Session",
    "Map",
    "Item",
    "a b",
    "or",
    "system / Context",
    "V8EventListener",
    "Module",
    PACKAGE_FILE,
];
const CONSOLE: &str = "7 / DevTools console";
const PROPERTIES: [&str; 7] = ["user", "items", "next", "x", "code", "filename", CONSOLE];

type Edge = (usize, u8, usize, usize);

fn heap(nodes: &[(u8, usize, u64)], edges: &[Edge]) -> Heap {
    let mut sketch = Sketch::new();
    sketch.detachedness = true;
    for &(kind, name, size) in nodes {
        let kinds = [
            NodeKind::OBJECT,
            NodeKind::STRING,
            NodeKind::NATIVE,
            NodeKind::ARRAY,
            NodeKind::SYNTHETIC,
        ];
        let kind = kinds[usize::from(kind) % kinds.len()];
        let node = sketch.node(kind, CLASSES[name % CLASSES.len()], size);
        if kind == NodeKind::NATIVE {
            sketch.nodes[node.index()].3 = (size % 3) as u8;
        }
    }
    let count = sketch.nodes.len();
    for &(from, kind, name, to) in edges {
        let kinds = [
            EdgeKind::PROPERTY,
            EdgeKind::ELEMENT,
            EdgeKind::WEAK,
            EdgeKind::INTERNAL,
        ];
        let kind = kinds[usize::from(kind) % kinds.len()];
        let number = name.to_string();
        let name = match kind {
            EdgeKind::ELEMENT => number.as_str(),
            _ => PROPERTIES[name % PROPERTIES.len()],
        };
        let (from, to) = (NodeId((from % count) as u32), NodeId((to % count) as u32));
        sketch.edge(from, kind, name, to);
    }
    sketch.heap()
}

fn max_id(name: &str) -> Result<u32> {
    match name {
        "s1" => Ok(9),
        "s2" => Ok(21),
        _ => Err(Error::usage("no such dump")),
    }
}

fn run(heap: &Heap, question: &str) -> Answer {
    let task = Task::new();
    let scripts = Scripts::build(heap, &task).unwrap();
    let mut asked = Asked {
        heap,
        scripts: &scripts,
        max_id: &mut max_id,
    };
    let query = Query::parse(question).unwrap_or_else(|problem| panic!("{problem}"));
    query.run(&mut asked, &task).unwrap()
}

/// The ids of the objects that a question finds, sorted.
fn found(heap: &Heap, question: &str) -> Vec<NodeId> {
    let Rows::Objects(mut nodes) = run(heap, question).rows else {
        panic!("groups")
    };
    nodes.sort_unstable();
    nodes
}

/// A test of one node by the definition of its words.
type ByHand = fn(&Heap, NodeId) -> bool;

fn dominators(heap: &Heap, node: NodeId) -> Vec<NodeId> {
    let mut all = Vec::new();
    let mut at = node;
    while heap.dominator(at) != at {
        at = heap.dominator(at);
        all.push(at);
    }
    all
}

fn has(heap: &Heap, node: NodeId, is: impl Fn(&str) -> bool) -> bool {
    heap.graph().edges_from(node).any(|edge| {
        heap.edge_kind(edge) == EdgeKind::PROPERTY && is(&heap.edge_name(edge).to_string())
    })
}

/// Whether a node has a distance, but no path of strong edges from the root without those that `is_cut` names by their two
/// ends and their name: the set of what is reached grows until nothing is added.
fn cut_off(heap: &Heap, node: NodeId, is_cut: impl Fn(NodeId, &str, NodeId) -> bool) -> bool {
    let mut reached = vec![false; heap.node_count()];
    reached[heap.root().index()] = true;
    loop {
        let before = reached.clone();
        for from in heap.graph().nodes().filter(|node| before[node.index()]) {
            for edge in heap.graph().edges_from(from) {
                let to = heap.graph().target(edge);
                let name = heap.edge_name(edge).to_string();
                if heap.edge_kind(edge) != EdgeKind::WEAK && !is_cut(from, &name, to) {
                    reached[to.index()] = true;
                }
            }
        }
        if reached == before {
            return heap.distance(node) != NO_DISTANCE && !reached[node.index()];
        }
    }
}

/// The node at the end of the first edge of this name.
fn named(heap: &Heap, node: NodeId, name: &str) -> Option<NodeId> {
    let edges: Vec<_> = heap.graph().edges_from(node).collect();
    let at = edges
        .iter()
        .position(|&edge| heap.edge_name(edge).to_string() == name)?;
    Some(heap.graph().target(edges[at]))
}

/// Whether a node is what an event listener calls: its callback, or the callback's first child with code.
fn is_handler(heap: &Heap, node: NodeId) -> bool {
    let callbacks = heap
        .graph()
        .nodes()
        .filter(|&listener| heap.raw_name(listener) == "V8EventListener")
        .filter_map(|listener| named(heap, listener, "1"));
    callbacks
        .map(|callback| match named(heap, callback, "code") {
            Some(_) => callback,
            None => {
                let children = heap.graph().edges_from(callback);
                let mut children = children.map(|edge| heap.graph().target(edge));
                let function = children.find(|&child| named(heap, child, "code").is_some());
                function.unwrap_or(callback)
            }
        })
        .any(|handler| handler == node)
}

/// The owner that a node's own code gives it: here, that of a module's file.
fn label(heap: &Heap, node: NodeId) -> Option<&'static str> {
    if heap.kind(node) != NodeKind::OBJECT || heap.class_name(node) != "Module" {
        return None;
    }
    let properties = heap.graph().edges_from(node).filter(|&edge| {
        heap.edge_kind(edge) == EdgeKind::PROPERTY && heap.edge_name(edge).to_string() == "filename"
    });
    let file = properties.map(|edge| heap.graph().target(edge)).next()?;
    if !heap.kind(file).is_string() {
        return None;
    }
    Some(match text(heap, file) == PACKAGE_FILE {
        true => "mitt",
        false => "(own code)",
    })
}

/// Whether a node has an owner: its label, or that of a labelled node which leads to it past no other label.
fn is_owned(heap: &Heap, node: NodeId, owner: &str) -> bool {
    if let Some(own) = label(heap, node) {
        return own == owner;
    }
    let mut back = vec![node];
    let mut seen = vec![false; heap.node_count()];
    while let Some(to) = back.pop() {
        for from in heap.graph().nodes() {
            let leads_on = heap
                .graph()
                .edges_from(from)
                .any(|edge| heap.graph().target(edge) == to && heap.is_essential(edge));
            if !leads_on || std::mem::replace(&mut seen[from.index()], true) {
                continue;
            }
            match label(heap, from) {
                Some(own) if own == owner => return true,
                Some(_) => {}
                None => back.push(from),
            }
        }
    }
    false
}

const TESTS: [(&str, ByHand); 35] = [
    ("Session", |heap, node| heap.class_name(node) == "Session"),
    ("\"a b\"", |heap, node| heap.class_name(node) == "a b"),
    ("class=\"or\"", |heap, node| heap.class_name(node) == "or"),
    ("~^(Map|It)", |heap, node| {
        heap.class_name(node).starts_with("Map") || heap.class_name(node).starts_with("It")
    }),
    ("class~(?i)SESS", |heap, node| {
        heap.class_name(node).contains("Sess")
    }),
    ("type=string", |heap, node| {
        heap.kind(node) == NodeKind::STRING
    }),
    ("type~^(nat|arr)", |heap, node| {
        [NodeKind::NATIVE, NodeKind::ARRAY].contains(&heap.kind(node))
    }),
    ("value=Map", |heap, node| {
        heap.kind(node).is_string() && text(heap, node) == "Map"
    }),
    ("value~e", |heap, node| {
        heap.kind(node).is_string() && text(heap, node).contains('e')
    }),
    ("name~ss", |heap, node| {
        heap.display_name(node).contains("ss")
    }),
    ("has(user)", |heap, node| {
        has(heap, node, |name| name == "user")
    }),
    ("has(~^(n|x))", |heap, node| {
        has(heap, node, |name| name.starts_with(['n', 'x']))
    }),
    ("shallow>1kB", |heap, node| heap.shallow(node) > 1000),
    ("shallow=10..500", |heap, node| {
        (10..=500).contains(&heap.shallow(node))
    }),
    ("retained<=2k", |heap, node| heap.retained(node) <= 2000),
    ("retained<1", |heap, node| heap.retained(node) < 1),
    ("distance<3", |heap, node| {
        shown_distance(heap.distance(node)).is_some_and(|at| at < 3)
    }),
    ("distance=2..", |heap, node| {
        shown_distance(heap.distance(node)).is_some_and(|at| at >= 2)
    }),
    ("count>2", |heap, node| {
        let same = |other: &NodeId| {
            heap.class_id(*other) == heap.class_id(node) && heap.shallow(*other) > 0
        };
        heap.graph().nodes().filter(same).count() > 2
    }),
    ("detached", |heap, node| heap.detachedness(node) == 2),
    ("unreachable", |heap, node| {
        shown_distance(heap.distance(node)).is_none()
    }),
    ("id=5..15", |heap, node| (5..=15).contains(&heap.id(node))),
    ("id>20", |heap, node| heap.id(node) > 20),
    ("duplicate", |heap, node| {
        let same = |other: &NodeId| {
            heap.kind(*other).is_string()
                && heap.shallow(*other) > 0
                && text(heap, *other) == text(heap, node)
        };
        heap.kind(node).is_string() && heap.graph().nodes().filter(same).count() > 1
    }),
    ("retained-by(detached-dom)", |heap, node| {
        cut_off(heap, node, |_, _, to| heap.detachedness(to) == 2)
    }),
    ("retained-by(contexts)", |heap, node| {
        cut_off(heap, node, |_, _, to| {
            heap.raw_name(to) == "system / Context"
        })
    }),
    ("retained-by(console)", |heap, node| {
        cut_off(heap, node, |from, name, _| {
            heap.kind(from) == NodeKind::SYNTHETIC && name == CONSOLE
        })
    }),
    ("retained-by(event-handlers)", |heap, node| {
        cut_off(heap, node, |_, _, to| is_handler(heap, to))
    }),
    ("owner=mitt", |heap, node| is_owned(heap, node, "mitt")),
    ("owner~own", |heap, node| is_owned(heap, node, "(own code)")),
    ("owners=mitt", |heap, node| {
        is_owned(heap, node, "mitt") && !is_owned(heap, node, "(own code)")
    }),
    ("owners=\"(own code), mitt\"", |heap, node| {
        is_owned(heap, node, "mitt") && is_owned(heap, node, "(own code)")
    }),
    ("new(s1,s2)", |heap, node| {
        (10..=21).contains(&heap.id(node))
    }),
    ("retained-by(Map)", |heap, node| {
        dominators(heap, node)
            .iter()
            .any(|&above| heap.class_name(above) == "Map")
    }),
    ("retained-by(@3)", |heap, node| {
        dominators(heap, node)
            .iter()
            .any(|&above| heap.id(above) == 3)
    }),
];

/// A condition in words, and the same as a tree.
#[derive(Debug, Clone)]
enum Tree {
    Test(usize),
    Not(Box<Tree>),
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

impl Tree {
    fn words(&self) -> String {
        let joined = |parts: &[Self], with: &str| {
            let parts: Vec<String> = parts.iter().map(Self::words).collect();
            format!("({})", parts.join(with))
        };
        match self {
            Self::Test(test) => TESTS[*test].0.to_owned(),
            Self::Not(part) => format!("not {}", part.words()),
            // Both ways of writing it.
            Self::All(parts) => joined(parts, if parts.len() % 2 == 0 { " " } else { " and " }),
            Self::Any(parts) => joined(parts, " or "),
        }
    }

    fn is(&self, heap: &Heap, node: NodeId) -> bool {
        match self {
            Self::Test(test) => TESTS[*test].1(heap, node),
            Self::Not(part) => !part.is(heap, node),
            Self::All(parts) => parts.iter().all(|part| part.is(heap, node)),
            Self::Any(parts) => parts.iter().any(|part| part.is(heap, node)),
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = (0..TESTS.len()).prop_map(Tree::Test);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|tree| Tree::Not(Box::new(tree))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::All),
            prop::collection::vec(inner, 1..4).prop_map(Tree::Any),
        ]
    })
}

fn nodes() -> impl Strategy<Value = Vec<(u8, usize, u64)>> {
    prop::collection::vec(
        (0..5u8, 0..9usize, prop_oneof![0..40u64, 400..3000u64]),
        1..24,
    )
}

fn edges() -> impl Strategy<Value = Vec<Edge>> {
    prop::collection::vec((0..24usize, 0..4u8, 0..7usize, 0..24usize), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_filter_equals_a_pass_by_hand(nodes in nodes(), edges in edges(), tree in trees()) {
        let heap = heap(&nodes, &edges);
        // Each test alone, too.
        let alone = (0..TESTS.len()).map(Tree::Test);
        for tree in alone.chain([tree]) {
            let question = tree.words();
            if question.contains("@3") && heap.find_id(3).is_none() {
                continue;
            }
            let is = |node: &NodeId| heap.shallow(*node) > 0 && tree.is(&heap, *node);
            let by_hand: Vec<NodeId> = heap.graph().nodes().filter(is).collect();
            prop_assert_eq!(found(&heap, &question), by_hand, "{}", question);
        }
    }

    #[test]
    fn groups_by_class_are_the_summary(nodes in nodes(), edges in edges()) {
        let heap = heap(&nodes, &edges);
        let Rows::Groups(groups) = run(&heap, "| group by class").rows else { panic!() };
        let rows = summary(&heap, &Selection::All, &Task::new()).unwrap();
        let mut ours: Vec<_> = groups
            .iter()
            .map(|group| (group.key.plain(), group.count, group.shallow, group.retained))
            .collect();
        let mut theirs: Vec<_> = rows
            .iter()
            .map(|row| {
                let name = heap.class(row.class).name.clone();
                (name, u64::from(row.count), row.shallow, row.retained)
            })
            .collect();
        ours.sort();
        theirs.sort();
        prop_assert_eq!(ours, theirs);
        for key in ["type", "owner", "holder", "shape", "dominator"] {
            let answer = run(&heap, &format!("| group {key}"));
            let Rows::Groups(groups) = &answer.rows else { panic!() };
            let count: u64 = groups.iter().map(|group| group.count).sum();
            let shallow: u64 = groups.iter().map(|group| group.shallow).sum();
            prop_assert_eq!((count, shallow), (answer.count, answer.shallow));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,60}", cursor in 0..80usize) {
        if let Err(problem) = Query::parse(&text) {
            prop_assert!(problem.at.end <= text.len(), "{problem:?}");
            problem.caret(&text);
        }
        complete(&text, cursor, &["Session", "(string)"]);
    }
}

fn problem(question: &str) -> (usize, String) {
    let problem = Query::parse(question).unwrap_err();
    (problem.at.start, problem.to_string())
}

#[test]
fn what_is_wrong_is_shown_where_it_is() {
    for (question, at, words) in [
        (
            "Session retaned>1MB",
            8,
            "no field is called retaned; expected one of class, type",
        ),
        (
            "retained>big",
            9,
            "big is not a number; expected a size such as 10kB",
        ),
        (
            "retained",
            8,
            "the question ends here; expected an operator",
        ),
        ("(Session", 8, "the question ends here; expected )"),
        ("Session)", 7, "this was not expected here"),
        (
            "Session | group color",
            16,
            "no group “color”; expected one of class, type",
        ),
        (
            "Session | grop",
            10,
            "no step is called grop; expected one of group, where",
        ),
        ("Session | top many", 14, "many is not a number"),
        (
            "Session | top 3 | group class",
            18,
            "group stands first, once",
        ),
        ("class~\"(\"", 6, "not a regular expression: "),
        ("\"Session", 0, "the quotes are not closed"),
        ("or Session", 0, "nothing stands before or"),
        ("has(user", 8, "the question ends here; expected )"),
        ("retained-by(@x)", 12, "@x is not an object id"),
        ("Session and", 11, "the question ends here"),
    ] {
        let (place, message) = problem(question);
        assert_eq!(place, at, "{question}: {message}");
        assert!(message.contains(words), "{question}: {message}");
        assert!(
            message.starts_with(&format!("column {}: ", at + 1)),
            "{message}"
        );
    }
    let problem = Query::parse("größe retaned>1").unwrap_err();
    assert_eq!(
        problem.caret("größe retaned>1"),
        "größe retaned>1\n      ^^^^^^^"
    );
    let question = "retained\u{1b}[31m>\u{202e}1";
    let problem = Query::parse(question).unwrap_err();
    for told in [problem.to_string(), problem.caret(question)] {
        assert!(!told.contains(['\u{1b}', '\u{202e}']), "{told:?}");
    }
    assert!(Query::parse(&"(".repeat(1000)).is_err());
    assert!(Query::parse(&"not ".repeat(1000)).is_err());
}

#[test]
fn steps_are_done_in_their_order() {
    let nodes: Vec<(u8, usize, u64)> = (0..10)
        .map(|number| (0, number % 2, 10 + number as u64))
        .collect();
    let heap = heap(&nodes, &[]);
    let objects = |question: &str| match run(&heap, question).rows {
        Rows::Objects(nodes) => nodes,
        Rows::Groups(_) => panic!(),
    };
    assert_eq!(
        objects("Session | sort shallow | top 2"),
        [NodeId(9), NodeId(7)]
    );
    assert_eq!(objects("Session | sort shallow asc | top 1"), [NodeId(1)]);
    let answer = run(&heap, "| group class | where count>4 | sort name | top 1");
    let Rows::Groups(groups) = &answer.rows else {
        panic!()
    };
    assert_eq!(
        (groups[0].key.plain().as_str(), groups[0].count),
        ("Map", 5)
    );
    assert_eq!((answer.of, answer.count, answer.len()), (2, 10, 1));
    let task = Task::new();
    task.cancel();
    let scripts = Scripts::default();
    let mut asked = Asked {
        heap: &heap,
        scripts: &scripts,
        max_id: &mut max_id,
    };
    let cancelled = Query::parse("has(x)").unwrap().run(&mut asked, &task);
    assert!(cancelled.unwrap_err().is_cancelled());
}

#[test]
fn what_can_follow_is_offered() {
    let classes = ["(string)", "Session", "SessionStore", "Map"];
    let offered = |text: &str| -> Vec<String> {
        let found = complete(text, text.len(), &classes).into_iter();
        let replaced = found.map(|one| format!("{}{}", &text[..one.at.start], one.text));
        replaced.collect()
    };
    assert_eq!(offered("ret"), ["retained>", "retained-by("]);
    assert_eq!(offered("Sess"), ["Session", "SessionStore"]);
    assert_eq!(offered("\"(st"), ["\"(string)\""]);
    assert_eq!(offered("class=\"(s"), ["class=\"(string)\""]);
    assert_eq!(offered("Session | g"), ["Session | group "]);
    assert_eq!(offered("Session | group ow"), ["Session | group owner"]);
    assert_eq!(offered("Session | sort by na"), ["Session | sort by name"]);
    assert_eq!(offered("type=clo"), ["type=closure"]);
    assert_eq!(
        offered("retained-by(con"),
        ["retained-by(contexts", "retained-by(console"]
    );
    assert!(offered("has(").is_empty());
    // All that is offered for a whole word can be read.
    for text in offered("Sess")
        .into_iter()
        .chain(offered("Session | group "))
    {
        assert!(Query::parse(&text).is_ok(), "{text}");
    }
}
