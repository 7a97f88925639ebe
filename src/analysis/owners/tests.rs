use crate::heap::testing::Sketch;
use crate::snapshot::{EdgeKind, NodeKind};

use super::*;

const INTERNAL: EdgeKind = EdgeKind::INTERNAL;

/// A closure of a script, rooted.
fn closure(sketch: &mut Sketch, name: &str, script: Option<&str>) -> crate::graph::NodeId {
    let closure = sketch.rooted(NodeKind::CLOSURE, name, 8);
    let shared = sketch.node(NodeKind::CODE, name, 8);
    sketch.edge(closure, INTERNAL, "shared", shared);
    if let Some(path) = script {
        let script = sketch.node(NodeKind::CODE, path, 8);
        let file = sketch.node(NodeKind::STRING, path, 8);
        sketch.edge(shared, INTERNAL, "script", script);
        sketch.edge(script, INTERNAL, "name", file);
    }
    closure
}

fn of(sketch: &Sketch, by: By) -> Vec<Owned> {
    let heap = sketch.heap();
    let task = Task::new();
    let scripts = Scripts::build(&heap, &task).unwrap();
    owned(&heap, &scripts, by, &mut |_, _, _| None, &task).unwrap()
}

fn size(owned: &[Owned], owners: &[&str]) -> u64 {
    let of = owned.iter().find(|set| set.owners == owners);
    of.map_or(0, |set| set.shallow)
}

#[test]
fn sets_are_handed_on_until_the_next_label() {
    let mut sketch = Sketch::new();
    let own = closure(&mut sketch, "main", Some("/srv/app.js"));
    let theirs = closure(&mut sketch, "log", Some("/srv/node_modules/winston/log.js"));
    let realm = closure(&mut sketch, "push", None);
    let mine = sketch.node(NodeKind::OBJECT, "Cache", 1000);
    let inner = sketch.node(NodeKind::OBJECT, "Entry", 500);
    let both = sketch.node(NodeKind::OBJECT, "Shared", 3000);
    let proto = sketch.node(NodeKind::OBJECT, "Cache", 70);
    let weak = sketch.node(NodeKind::OBJECT, "Gone", 90);
    sketch.edge(own, INTERNAL, "cache", mine);
    sketch.edge(mine, EdgeKind::PROPERTY, "entry", inner);
    sketch.edge(inner, EdgeKind::PROPERTY, "back", mine);
    sketch.edge(inner, EdgeKind::PROPERTY, "log", theirs);
    sketch.edge(inner, EdgeKind::PROPERTY, "shared", both);
    sketch.edge(theirs, EdgeKind::PROPERTY, "shared", both);
    sketch.edge(mine, EdgeKind::PROPERTY, "__proto__", proto);
    sketch.edge(realm, EdgeKind::PROPERTY, "prototype", proto);
    sketch.edge(mine, EdgeKind::WEAK, "weak", weak);
    let owned_by = of(&sketch, By::Package);
    // The closure, its shared part, and its cache; the script's own node and name are held by the shared part.
    assert_eq!(size(&owned_by, &[OWN]), 8 + 8 + 8 + 8 + 1000 + 500);
    assert_eq!(size(&owned_by, &["winston"]), 8 + 8 + 8 + 8);
    assert_eq!(size(&owned_by, &[OWN, "winston"]), 3000);
    assert_eq!(size(&owned_by, &[REALM]), 8 + 8 + 70);
    assert_eq!(size(&owned_by, &[]), 90);
    let by_script = of(&sketch, By::Script);
    assert_eq!(
        size(
            &by_script,
            &["/srv/app.js", "/srv/node_modules/winston/log.js"]
        ),
        3000
    );
    let by_folder = of(&sketch, By::Folder);
    assert_eq!(
        size(&by_folder, &["/srv", "/srv/node_modules/winston"]),
        3000
    );
}

#[test]
fn contexts_and_modules_have_labels_and_realms_end_sets() {
    let mut sketch = Sketch::new();
    let main = closure(&mut sketch, "main", Some("/srv/app.js"));
    let context = sketch.node(NodeKind::OBJECT, "system / NativeContext", 100);
    let global = sketch.node(NodeKind::OBJECT, "global", 40);
    let kept = sketch.node(NodeKind::OBJECT, "Kept", 700);
    let module = sketch.rooted(NodeKind::OBJECT, "Module", 50);
    let file = sketch.node(NodeKind::STRING, "/srv/node_modules/a/index.js", 8);
    let exports = sketch.node(NodeKind::OBJECT, "Object", 300);
    sketch.edge(main, INTERNAL, "context", context);
    sketch.edge(context, INTERNAL, "global_object", global);
    sketch.edge(global, EdgeKind::PROPERTY, "kept", kept);
    sketch.edge(module, EdgeKind::PROPERTY, "filename", file);
    sketch.edge(module, EdgeKind::PROPERTY, "exports", exports);
    let owned = of(&sketch, By::Package);
    assert_eq!(size(&owned, &[REALM]), 100 + 40 + 700);
    assert_eq!(size(&owned, &["a"]), 50 + 8 + 300);
}

#[test]
fn bundles_are_divided_by_their_map() {
    let mut sketch = Sketch::new();
    let main = closure(&mut sketch, "a", Some("/srv/bundle.js"));
    sketch.locations = vec![crate::snapshot::Location {
        node: main.0,
        script_id: 3,
        line: 0,
        column: 7,
    }];
    let cache = sketch.node(NodeKind::OBJECT, "Cache", 1000);
    sketch.edge(main, INTERNAL, "cache", cache);
    let heap = sketch.heap();
    let task = Task::new();
    let scripts = Scripts::build(&heap, &task).unwrap();
    let mut by_map = |url: &str, line, column| {
        assert_eq!((url, line, column), ("/srv/bundle.js", 0, 7));
        Some("node_modules/mitt/src/index.ts".to_owned())
    };
    let owned = owned(&heap, &scripts, By::Package, &mut by_map, &task).unwrap();
    assert!(size(&owned, &["mitt"]) >= 1000);
}

#[test]
fn owners_of_paths() {
    for (path, package, folder) in [
        ("/srv/app/src/a.js", OWN, "/srv/app/src"),
        ("node:internal/fs/utils", "node:", "node:internal/fs"),
        ("node:fs", "node:", "node:"),
        (
            "/srv/node_modules/.pnpm/mitt@3.0.1/node_modules/mitt/dist/mitt.js",
            "mitt",
            "/srv/node_modules/.pnpm/mitt@3.0.1/node_modules/mitt/dist",
        ),
        (
            "/srv/.yarn/cache/mitt-npm-3.0.1-aa.zip/node_modules/@a/mitt/m.js",
            "@a/mitt",
            "/srv/.yarn/cache/mitt-npm-3.0.1-aa.zip/node_modules/@a/mitt",
        ),
        ("src/server.ts", OWN, "src"),
        ("a.js", OWN, "."),
    ] {
        assert_eq!(owner_of(path, By::Package), package);
        assert_eq!(owner_of(path, By::Folder), folder);
    }
}

#[test]
fn groups_of_a_series() {
    let set = |owners: &[&str], count, shallow| Owned {
        owners: owners.iter().map(|&owner| owner.to_owned()).collect(),
        count,
        shallow,
        largest: None,
    };
    let dumps = [
        vec![set(&["a"], 1, 10), set(&["b"], 5, 900)],
        vec![
            set(&["b"], 5, 900),
            set(&["a"], 3, 40),
            set(&["a", "b"], 1, 5),
        ],
    ];
    let groups = groups(&dumps);
    let told: Vec<(String, i64)> = groups
        .iter()
        .map(|group| (group.owners.join("+"), group.growth()))
        .collect();
    assert_eq!(
        told,
        [
            ("a".to_owned(), 30),
            ("a+b".to_owned(), 5),
            ("b".to_owned(), 0)
        ]
    );
    assert_eq!(groups[1].counts, [0, 1]);
}
