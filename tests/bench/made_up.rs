//! A dump of a heap that never was: sessions with their fields, strings and Maps, a long list, and one wide array.

use std::fmt::Write as _;
use std::path::PathBuf;

const META: &str = r#"{"meta":{"node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic","concatenated string","sliced string","symbol","bigint","object shape","wasm object"],"string","number","number","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],"trace_function_info_fields":[],"trace_node_fields":[],"sample_fields":[],"location_fields":["object_index","script_id","line","column"]}"#;

/// Node types by their numbers above.
const ARRAY: u32 = 1;
const STRING: u32 = 2;
const OBJECT: u32 = 3;
const SYNTHETIC: u32 = 9;

/// Writes a dump with `objects` session objects, and as many strings and list cells; gives its path.
pub fn dump(objects: u32) -> PathBuf {
    let path = std::env::temp_dir().join(format!("heaptui-bench-{objects}.heapsnapshot"));
    let strings = [
        "",
        "(GC roots)",
        "global",
        "Session",
        "all",
        "next",
        "name",
        "peer",
        "elements",
    ];
    let (mut nodes, mut edges, mut edge_count) = (String::new(), String::new(), 0u32);
    let mut node = |kind: u32, name: u32, ordinal: u32, size: u32, out: &[(u32, u32, u32)]| {
        let comma = if ordinal == 0 { "" } else { "," };
        let _ = write!(
            nodes,
            "{comma}{kind},{name},{},{size},{},0,0",
            ordinal * 2 + 1,
            out.len()
        );
        for (kind, name, to) in out {
            let comma = if edges.is_empty() { "" } else { "," };
            let _ = write!(edges, "{comma}{kind},{name},{}", to * 7);
        }
        edge_count += out.len() as u32;
    };
    // Ordinals: the root, the roots, the global, an array and its elements, then pairs of session and string.
    node(SYNTHETIC, 0, 0, 0, &[(1, 1, 1), (5, 2, 2)]);
    node(SYNTHETIC, 1, 1, 0, &[(1, 1, 2)]);
    node(OBJECT, 2, 2, 40, &[(2, 4, 3), (2, 5, 5)]);
    node(OBJECT, 2, 3, 16, &[(3, 8, 4)]);
    let elements: Vec<_> = (0..objects).map(|index| (3, 0, 5 + 2 * index)).collect();
    node(ARRAY, 0, 4, 16 + 8 * objects, &elements);
    let mut seed = 12345u32;
    for index in 0..objects {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let own = 5 + 2 * index;
        let peer = 5 + 2 * (seed % objects);
        let next = if index + 1 < objects { own + 2 } else { 2 };
        node(
            OBJECT,
            3,
            own,
            48,
            &[(2, 5, next), (2, 6, own + 1), (2, 7, peer)],
        );
        node(STRING, 9 + index, own + 1, 24 + index % 64, &[]);
    }
    let mut text = format!(
        "{{\"snapshot\":{META},\"node_count\":{},\"edge_count\":{edge_count},\"trace_function_count\":0}},\n\"nodes\":[{nodes}],\n\"edges\":[{edges}],\n\"trace_function_infos\":[],\"trace_tree\":[],\"samples\":[],\"locations\":[],\n\"strings\":[",
        5 + 2 * objects
    );
    for (index, name) in strings.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(text, "{comma}\"{name}\"");
    }
    for index in 0..objects {
        let _ = write!(
            text,
            ",\n\"session {index} of user-{}@example.com\"",
            index % 977
        );
    }
    text.push_str("]}\n");
    std::fs::write(&path, text).expect("room for the dump in the temporary folder");
    path
}
