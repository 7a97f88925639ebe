//! Small made-up dumps.

use std::path::{Path, PathBuf};

use serde_json::json;

/// The class of the two leaves in [`write`]'s dumps, unless told otherwise.
pub const LEAF: &str = "Leaf";

/// Writes a dump: the root holds `global`, which holds a `Holder` and a leaf; the holder holds that leaf and another.
///
/// Object ids: global 3, holder 5, the shared leaf 7, the holder's own leaf `last_id`.
pub fn write(folder: &Path, name: &str, leaf: &str, last_id: u32) -> PathBuf {
    let strings = ["", "global", "Holder", leaf, "keep", "again", "a", "b"];
    let (object, synthetic, property, shortcut) = (3, 9, 2, 5);
    let node = |kind: u32, name: u32, id: u32, size: u32, edges: u32| [kind, name, id, size, edges];
    let edge = |kind: u32, name: u32, to: u32| [kind, name, to * 5];
    let nodes = [
        node(synthetic, 0, 1, 0, 1),
        node(object, 1, 3, 16, 2),
        node(object, 2, 5, 32, 2),
        node(object, 3, 7, 8, 0),
        node(object, 3, last_id, 8, 0),
    ];
    let edges = [
        edge(shortcut, 1, 1),
        edge(property, 4, 2),
        edge(property, 5, 3),
        edge(property, 6, 3),
        edge(property, 7, 4),
    ];
    write_of(folder, name, (&nodes.concat(), &edges.concat()), &strings)
}

/// Writes a dump of these nodes, edges and strings.
pub fn write_of(
    folder: &Path,
    name: &str,
    (nodes, edges): (&[u32], &[u32]),
    strings: &[&str],
) -> PathBuf {
    let dump = json!({
        "snapshot": {
            "meta": {
                "node_fields": ["type", "name", "id", "self_size", "edge_count"],
                "node_types": [["hidden", "array", "string", "object", "code", "closure", "regexp", "number", "native",
                    "synthetic"], "string", "number", "number", "number"],
                "edge_fields": ["type", "name_or_index", "to_node"],
                "edge_types": [["context", "element", "property", "internal", "hidden", "shortcut", "weak"],
                    "string_or_number", "node"],
            },
            "node_count": nodes.len() / 5,
            "edge_count": edges.len() / 3,
        },
        "nodes": nodes,
        "edges": edges,
        "strings": strings,
    });
    let path = folder.join(name);
    // The writer of V8 puts "strings" last; a map of serde_json sorts keys, which the reader takes as well.
    std::fs::write(&path, dump.to_string()).unwrap();
    path
}
