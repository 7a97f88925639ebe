//! What the explorer's pages show, by commands: containment, dominated, why, contexts, realms; what would be freed;
//! collections.

use std::path::Path;

use heaptui::analysis::closures::{captured, contexts};
use heaptui::analysis::collections::collections;
use heaptui::analysis::describe::Scripts;
use heaptui::analysis::fields::fields;
use heaptui::analysis::selection::Selection;
use heaptui::analysis::why::why;
use heaptui::graph::NodeId;
use heaptui::heap::Heap;
use heaptui::heap::contexts::attribute;
use heaptui::snapshot::Snapshot;
use heaptui::task::Task;
use serde_json::{Value, json};

use super::{json_of, object, printed, refused, root, series, text};

/// A real dump.
const NODE_12: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/versions/node12.s1.heapsnapshot.gz"
);

fn heap_of(path: &str) -> Heap {
    let task = Task::new();
    let snapshot = Snapshot::open(Path::new(path), &task).unwrap();
    Heap::build(snapshot, &task).unwrap()
}

fn numbers(rows: &Value, field: &str) -> Vec<u64> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row.pointer(field).and_then(Value::as_u64).unwrap())
        .collect()
}

#[test]
fn containment_and_dominated_begin_at_the_root() {
    let folder = series();
    let folder = folder.path();
    let global = object(3, "global", 16, 64, 1);
    let roots = json_of(folder, &["roots", "."]);
    assert_eq!(roots["object"], root());
    assert_eq!(
        roots["fields"],
        json!([{"edge": {"type": "shortcut", "name": "global"}, "object": global}])
    );
    assert_eq!(json_of(folder, &["containment", "."]), roots);
    let of_holder = json_of(
        folder,
        &[
            "containment",
            ".",
            "--id",
            "@5",
            "--sort",
            "name",
            "--limit",
            "1",
        ],
    );
    assert_eq!(
        of_holder["fields"],
        json!([{"edge": {"type": "property", "name": "a"}, "object": object(7, "Leaf", 8, 8, 2)}])
    );
    let dominated = json_of(folder, &["dominated", "."]);
    assert_eq!(dominated["dominated"], json!([global]));
    let below = json_of(folder, &["dominated", ".", "--id", "3"]);
    assert_eq!(
        below["dominated"],
        json!([object(5, "Holder", 32, 40, 2), object(7, "Leaf", 8, 8, 2)])
    );
    assert!(printed(folder, &["dominated", ".", "--id", "3"]).contains("what global @3 dominates"));
    assert!(refused(folder, &["dominated", ".", "--id", "4711"]).contains("@4711"));
}

#[test]
fn why_has_steps_and_what_a_cut_frees() {
    let folder = series();
    let folder = folder.path();
    let document = json_of(folder, &["why", ".", "--id", "21"]);
    assert_eq!(document["object"]["id"], 21);
    assert_eq!(document["reached"], true);
    assert_eq!(document["cut"], 2);
    let steps = &document["steps"];
    assert_eq!(numbers(steps, "/object/id"), [3, 5, 21]);
    assert_eq!(steps[1]["cut_frees"], 40);
    assert_eq!(steps[2]["cut_frees"], 8);
    assert_eq!(steps[2]["only"], true);
    assert_eq!(document["also_held_by"], json!([]));
    // The shared leaf is held twice: no single cut frees it alone.
    let shared = json_of(folder, &["why", ".", "--id", "7"]);
    assert_eq!(shared["also_held_by"].as_array().unwrap().len(), 1);
    assert!(printed(folder, &["why", ".", "--id", "7"]).contains("also held by"));
}

#[test]
fn pages_and_commands_tell_the_same_of_a_real_dump() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (heap, task) = (heap_of(NODE_12), Task::new());
    let id = |node: NodeId| u64::from(heap.id(node));

    let found = contexts(&heap, &Selection::All, &task).unwrap();
    let groups = &json_of(folder, &["contexts", NODE_12])["groups"];
    let retained: Vec<u64> = found.groups.iter().map(|group| group.retained).collect();
    assert!(retained.len() > 10);
    assert_eq!(numbers(groups, "/retained_size"), retained);
    let largest = found.groups[0].example;
    let variables = json_of(
        folder,
        &["contexts", NODE_12, "--id", &id(largest).to_string()],
    );
    let edges = captured(&heap, largest, &task).unwrap();
    let targets: Vec<u64> = edges
        .iter()
        .map(|&edge| id(heap.graph().target(edge)))
        .collect();
    assert_eq!(numbers(&variables["variables"], "/object/id"), targets);
    assert_eq!(
        variables["variables"][0]["unused"],
        Value::Null,
        "Node 12 does not tell"
    );
    assert!(refused(folder, &["contexts", NODE_12, "--unused"]).contains("Chromium"));
    assert!(refused(folder, &["contexts", NODE_12, "--id", "1"]).contains("no context"));

    let attribution = attribute(&heap, &task).unwrap();
    let realms = &json_of(folder, &["realms", NODE_12])["realms"];
    let sizes: u64 = numbers(realms, "/size").iter().sum();
    assert_eq!(sizes, heap.retained(heap.root()));
    assert_eq!(realms[0]["size"], attribution.contexts[0].size);

    let top = fields(&heap, heap.root(), &task).unwrap();
    let top: Vec<u64> = top
        .iter()
        .map(|&edge| id(heap.graph().target(edge)))
        .collect();
    let roots = json_of(folder, &["roots", NODE_12]);
    assert_eq!(numbers(&roots["fields"], "/object/id"), top);

    let scripts = Scripts::build(&heap, &task).unwrap();
    let expected = why(&heap, &scripts, largest, &task).unwrap();
    let told = json_of(folder, &["why", NODE_12, "--id", &id(largest).to_string()]);
    let nodes: Vec<u64> = expected.steps.iter().map(|step| id(step.node)).collect();
    assert_eq!(numbers(&told["steps"], "/object/id"), nodes);
    assert_eq!(told["summary"], expected.summary(&heap).plain());

    let rows = collections(&heap, &task).unwrap();
    let waste: u64 = rows.iter().filter_map(|row| row.waste).sum();
    let told = json_of(folder, &["collections", NODE_12]);
    assert_eq!(told["waste"], waste);
    assert_eq!(told["collections"].as_array().unwrap().len(), rows.len());
}

#[test]
fn what_if_frees_what_nothing_else_holds() {
    let folder = series();
    let folder = folder.path();
    let frees = |arguments: &[&str]| {
        let document = json_of(folder, &[&["what-if", "."], arguments].concat());
        let frees = &document["frees"];
        let held = document["still_held_by"].as_array().unwrap().len();
        (
            frees["count"].as_u64().unwrap(),
            frees["bytes"].as_u64().unwrap(),
            held,
        )
    };
    assert_eq!(frees(&["--id", "5"]), (2, 40, 1), "what it retains");
    assert_eq!(frees(&["--id", "@5,7"]), (3, 48, 2));
    assert_eq!(frees(&["--id", "5", "--id", "7"]), (3, 48, 2));
    assert_eq!(frees(&["--class", "Leaf"]), (2, 16, 3));
    assert_eq!(
        frees(&["--class", "Leaf", "--allocated-after", "s1"]),
        (1, 8, 1)
    );
    assert_eq!(
        frees(&["--edge", "5:a"]),
        (0, 0, 1),
        "global holds the shared leaf"
    );
    assert_eq!(frees(&["--edge", "5:a", "--edge", "3:again"]), (1, 8, 0));
    assert_eq!(frees(&["--edge", "3:*"]), (3, 48, 0));
    let document = json_of(folder, &["what-if", ".", "--edge", "5:a"]);
    assert_eq!(document["still_held_by_count"], 1);
    assert_eq!(
        document["still_held_by"],
        json!([{"edge": {"type": "property", "name": "again"}, "object": object(3, "global", 16, 64, 1)}])
    );
    let table = printed(folder, &["what-if", ".", "--id", "5"]);
    assert!(
        table.contains("if 1 object were removed\nfrees 40 B in 2 objects\n"),
        "{table}"
    );
    assert!(refused(folder, &["what-if", "."]).contains("--edge"));
    assert!(refused(folder, &["what-if", ".", "--edge", "5:z"]).contains("@5 has no reference z"));
    assert!(refused(folder, &["what-if", ".", "--edge", "5"]).contains("1234:cache"));
    assert!(refused(folder, &["what-if", ".", "--class", "Nobody"]).contains("Nobody"));
}

/// A dump of an array with room for `slots` elements, of which `entries` are there.
fn array_dump(folder: &Path, name: &str, slots: u32, entries: u32) {
    let mut nodes = vec![
        [9, 0, 1, 0, 1],
        [3, 1, 3, (4 + 2 + slots) * 8, entries + 1],
        [1, 2, 5, 0, 0],
    ];
    let mut edges = vec![[5, 1, 5], [3, 3, 10]];
    for index in 0..entries {
        edges.push([1, index, 5 * nodes.len() as u32]);
        nodes.push([3, 4, 7 + 2 * index, 8, 0]);
    }
    let strings = ["", "Array", "(object elements)", "elements", "Item"];
    super::dump::write_of(folder, name, (&nodes.concat(), &edges.concat()), &strings);
}

#[test]
fn collections_have_entries_room_waste_and_growth() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    array_dump(folder, super::EARLIER, 17, 3);
    array_dump(folder, super::LATER, 41, 20);
    let document = json_of(folder, &["collections", ".", "--since", "s1"]);
    let row = &document["collections"][0];
    assert_eq!(row["object"]["id"], 3);
    assert_eq!(
        [
            &row["kind"],
            &row["entries"],
            &row["slots"],
            &row["waste"],
            &row["growth"]
        ],
        [
            &json!("array"),
            &json!(20),
            &json!(41),
            &json!(21 * 8),
            &json!(17)
        ]
    );
    let document = json_of(folder, &["collections", ".", "--at", "s1", "--kind", "map"]);
    assert_eq!(document["collections"], json!([]));
    let csv = printed(
        folder,
        &["collections", ".", "--at", "s1", "--format", "csv"],
    );
    assert!(
        csv.lines()
            .nth(1)
            .unwrap()
            .contains(",array,3,17,17.65,112,"),
        "{csv}"
    );
}

#[test]
fn every_command_has_every_format() {
    let folder = series();
    for command in ["roots", "dominated", "contexts", "realms", "collections"] {
        for format in ["table", "csv", "markdown", "json"] {
            let printed = super::heaptui(folder.path(), &[command, ".", "--format", format]);
            assert_eq!(
                printed.status.code(),
                Some(0),
                "{command}: {}",
                text(&printed.stderr)
            );
            assert!(!printed.stdout.is_empty());
        }
    }
}

#[test]
fn paths_and_dominators_are_drawn() {
    let folder = series();
    let folder = folder.path();
    let nodes = [
        "digraph {",
        "    rankdir=\"TB\"",
        "    0 [ label = \"(root) @1\\l64 B\" shape=box]",
        "    1 [ label = \"global @3\\l64 B\" shape=box]",
        "    2 [ label = \"Holder @5\\l40 B\" shape=box]",
        "    3 [ label = \"Leaf @21\\l8 B\" shape=box]",
    ];
    let path = printed(folder, &["path", ".", "--id", "21", "--format", "dot"]);
    let edges = [
        "    0 -> 1 [ label = \"global\" ]",
        "    1 -> 2 [ label = \"keep\" ]",
        "    2 -> 3 [ label = \"b\" ]",
        "}",
    ];
    assert_eq!(
        path.lines().collect::<Vec<_>>(),
        [&nodes[..], &edges].concat()
    );
    let chain = printed(
        folder,
        &["dominators", ".", "--id", "21", "--format", "dot"],
    );
    assert!(chain.starts_with(&nodes.join("\n")), "{chain}");
    assert_eq!(chain.matches("->").count(), 3);
    // Each object and each reference once, whatever paths there are.
    let class = printed(
        folder,
        &["paths", ".", "--class", "Leaf", "--format", "dot"],
    );
    assert_eq!(
        (
            class.matches("global @3").count(),
            class.matches("->").count()
        ),
        (1, 4),
        "{class}"
    );

    let stacks = printed(folder, &["dominators", ".", "--format", "collapsed"]);
    assert_eq!(
        stacks,
        "global 16\nglobal;Holder 32\nglobal;Holder;Leaf 8\nglobal;Leaf 8\n"
    );
    let below = printed(
        folder,
        &["dominators", ".", "--id", "5", "--format", "collapsed"],
    );
    assert_eq!(below, "Holder 32\nHolder;Leaf 8\n");
    let speedscope = printed(folder, &["dominators", ".", "--format", "speedscope"]);
    let speedscope: Value = serde_json::from_str(&speedscope).unwrap();
    assert_eq!(speedscope["profiles"][0]["endValue"], 64);
    let graph = printed(
        folder,
        &["dominators", ".", "--format", "dot", "--limit", "2"],
    );
    assert!(
        graph.contains("global\\l64 B") && !graph.contains("Leaf"),
        "{graph}"
    );
    assert!(refused(folder, &["dominators", "."]).contains("--id"));

    let whole = json_of(folder, &["statistics", NODE_12])["total"]
        .as_u64()
        .unwrap();
    for by in ["class", "package", "script"] {
        let stacks = printed(
            folder,
            &["dominators", NODE_12, "--format", "collapsed", "--by", by],
        );
        let sizes = stacks.lines().filter_map(|line| line.rsplit_once(' '));
        let sum: u64 = sizes.map(|(_, size)| size.parse::<u64>().unwrap()).sum();
        assert_eq!(sum, whole, "{by}");
    }
}
