//! Dumps of one shape each, of any size.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

const META: &str = r#"{"meta":{"node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic","concatenated string","sliced string","symbol","bigint","object shape"],"string","number","number","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],"trace_function_info_fields":[],"trace_node_fields":[],"sample_fields":[],"location_fields":["object_index","script_id","line","column"]}"#;

/// Numbers of the types above.
const ARRAY: u32 = 1;
const STRING: u32 = 2;
const OBJECT: u32 = 3;
const CODE: u32 = 4;
const CLOSURE: u32 = 5;
const NATIVE: u32 = 8;
const SYNTHETIC: u32 = 9;
const ROPE: u32 = 10;
const CONTEXT: u32 = 0;
const ELEMENT: u32 = 1;
const PROPERTY: u32 = 2;
const INTERNAL: u32 = 3;
const SHORTCUT: u32 = 5;

/// A heap that is being made: the root, the roots, the global object and a holder, then what the shape adds.
pub struct Made {
    /// Type, name, size, detachedness.
    nodes: Vec<(u32, u32, u32, u32)>,
    /// From, type, name or index, to.
    edges: Vec<(u32, u32, u32, u32)>,
    strings: Vec<String>,
}

const ROOTS: u32 = 1;
const HOLDER: u32 = 3;

impl Made {
    fn new() -> Self {
        let mut made = Self {
            nodes: Vec::new(),
            edges: Vec::new(),
            strings: vec![String::new()],
        };
        let root = made.node(SYNTHETIC, 0, 0);
        let roots = made.text("(GC roots)");
        let roots = made.node(SYNTHETIC, roots, 0);
        let global = made.text("global");
        let global_object = made.node(OBJECT, global, 16);
        made.edge(root, ELEMENT, 1, roots);
        made.edge(root, SHORTCUT, global, global_object);
        let name = made.text("Holder");
        let holder = made.node(OBJECT, name, 16);
        let name = made.text("holder");
        made.edge(global_object, PROPERTY, name, holder);
        made
    }

    fn text(&mut self, text: impl Into<String>) -> u32 {
        self.strings.push(text.into());
        self.strings.len() as u32 - 1
    }

    fn node(&mut self, kind: u32, name: u32, size: u32) -> u32 {
        self.nodes.push((kind, name, size, 0));
        self.nodes.len() as u32 - 1
    }

    fn edge(&mut self, from: u32, kind: u32, name: u32, to: u32) {
        self.edges.push((from, kind, name, to));
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The id of the node that was made last.
    pub fn last_id(&self) -> usize {
        2 * self.nodes.len() - 1
    }

    /// Writes the dump.
    pub fn write(mut self, path: &Path) {
        self.edges.sort_by_key(|&(from, ..)| from);
        let mut counts = vec![0u32; self.nodes.len()];
        for &(from, ..) in &self.edges {
            counts[from as usize] += 1;
        }
        let file = File::create(path).expect("room for a dump in the temporary folder");
        let mut out = BufWriter::new(file);
        let mut text = format!(
            "{{\"snapshot\":{META},\"node_count\":{},\"edge_count\":{},\"trace_function_count\":0}},\n\"nodes\":[",
            self.nodes.len(),
            self.edges.len()
        );
        for (at, &(kind, name, size, state)) in self.nodes.iter().enumerate() {
            let comma = if at == 0 { "" } else { "\n," };
            let (id, count) = (2 * at + 1, counts[at]);
            write!(text, "{comma}{kind},{name},{id},{size},{count},0,{state}").unwrap();
            flush(&mut text, &mut out);
        }
        text.push_str("],\n\"edges\":[");
        for (at, &(_, kind, name, to)) in self.edges.iter().enumerate() {
            let comma = if at == 0 { "" } else { "\n," };
            write!(text, "{comma}{kind},{name},{}", 7 * u64::from(to)).unwrap();
            flush(&mut text, &mut out);
        }
        text.push_str(
            "],\n\"trace_function_infos\":[],\"trace_tree\":[],\"samples\":[],\"locations\":[],\n\"strings\":[",
        );
        for (at, string) in self.strings.iter().enumerate() {
            let comma = if at == 0 { "" } else { ",\n" };
            write!(text, "{comma}\"{string}\"").unwrap();
            flush(&mut text, &mut out);
        }
        text.push_str("]}");
        out.write_all(text.as_bytes()).unwrap();
        out.flush().unwrap();
    }
}

fn flush(text: &mut String, out: &mut BufWriter<File>) {
    if text.len() > 1 << 16 {
        out.write_all(text.as_bytes()).unwrap();
        text.clear();
    }
}

/// A shape: its name, the class that most of its objects have, and how it is made with about so many nodes.
pub struct Shape {
    pub name: &'static str,
    pub class: &'static str,
    pub make: fn(u32) -> Made,
}

pub const SHAPES: [Shape; 11] = [
    Shape {
        name: "list",
        class: "Cell",
        make: list,
    },
    Shape {
        name: "wide array",
        class: "Item",
        make: wide,
    },
    Shape {
        name: "bipartite",
        class: "Left",
        make: bipartite,
    },
    Shape {
        name: "roots",
        class: "Item",
        make: roots,
    },
    Shape {
        name: "retainers of one",
        class: "Item",
        make: retainers,
    },
    Shape {
        name: "ephemerons",
        class: "Key",
        make: ephemerons,
    },
    Shape {
        name: "detached",
        class: "Detached HTMLDivElement",
        make: detached,
    },
    Shape {
        name: "classes",
        class: "Class7",
        make: classes,
    },
    Shape {
        name: "contexts",
        class: "Value",
        make: contexts,
    },
    Shape {
        name: "ropes",
        class: "(string)",
        make: ropes,
    },
    Shape {
        name: "random",
        class: "Item",
        make: random,
    },
];

fn list(count: u32) -> Made {
    let mut made = Made::new();
    let (class, next) = (made.text("Cell"), made.text("next"));
    let mut last = HOLDER;
    for _ in 0..count {
        let cell = made.node(OBJECT, class, 24);
        made.edge(last, PROPERTY, next, cell);
        last = cell;
    }
    made
}

fn wide(count: u32) -> Made {
    let mut made = Made::new();
    let (class, elements) = (made.text("Item"), made.text("elements"));
    let array = made.node(ARRAY, 0, 16 + 8 * count);
    made.edge(HOLDER, INTERNAL, elements, array);
    for index in 0..count {
        let item = made.node(OBJECT, class, 24);
        made.edge(array, ELEMENT, index, item);
    }
    made
}

fn bipartite(count: u32) -> Made {
    let mut made = Made::new();
    let (left, right) = (made.text("Left"), made.text("Right"));
    let side = f64::from(count).sqrt() as u32;
    let all: Vec<u32> = (0..side).map(|_| made.node(OBJECT, right, 16)).collect();
    for index in 0..side {
        let node = made.node(OBJECT, left, 16);
        made.edge(HOLDER, ELEMENT, index, node);
        for (at, &to) in all.iter().enumerate() {
            made.edge(node, ELEMENT, at as u32, to);
        }
    }
    made
}

fn roots(count: u32) -> Made {
    let mut made = Made::new();
    let class = made.text("Item");
    for index in 0..count {
        let item = made.node(OBJECT, class, 24);
        made.edge(ROOTS, ELEMENT, index, item);
    }
    made
}

fn retainers(count: u32) -> Made {
    let mut made = Made::new();
    let (class, target) = (made.text("Item"), made.text("target"));
    let first = made.len() as u32;
    for index in 0..count {
        let item = made.node(OBJECT, class, 24);
        made.edge(HOLDER, ELEMENT, index, item);
    }
    let one = made.node(OBJECT, target, 64);
    for item in first..one {
        made.edge(item, PROPERTY, target, one);
    }
    made
}

fn ephemerons(count: u32) -> Made {
    let mut made = Made::new();
    let (class, map) = (made.text("Key"), made.text("WeakMap"));
    let (table, name) = (made.text("table"), made.text("system / EphemeronHashTable"));
    let map = made.node(OBJECT, map, 16);
    let hash = made.node(ARRAY, name, 16);
    made.edge(HOLDER, PROPERTY, table, map);
    made.edge(map, INTERNAL, table, hash);
    let mut key = made.node(OBJECT, class, 16);
    made.edge(HOLDER, PROPERTY, class, key);
    for index in 0..count {
        let value = made.node(OBJECT, class, 16);
        let (of_key, of_value, of_table) = (2 * key + 1, 2 * value + 1, 2 * hash + 1);
        let pair = made.text(format!(
            "{} / part of key (Key @{of_key}) -> value (Key @{of_value}) pair in WeakMap (table @{of_table})",
            index + 1
        ));
        made.edge(hash, INTERNAL, pair, value);
        made.edge(key, INTERNAL, pair, value);
        key = value;
    }
    made
}

fn detached(count: u32) -> Made {
    let mut made = Made::new();
    let (class, parent) = (made.text("HTMLDivElement"), made.text("parent"));
    let mut last = None;
    for index in 0..count / 2 {
        let native = made.node(NATIVE, class, 40);
        let wrapper = made.node(OBJECT, class, 20);
        made.nodes[native as usize].3 = 2;
        made.nodes[wrapper as usize].3 = 2;
        made.edge(wrapper, INTERNAL, class, native);
        made.edge(native, INTERNAL, class, wrapper);
        made.edge(HOLDER, ELEMENT, index, wrapper);
        if let Some(last) = last {
            made.edge(native, INTERNAL, parent, last);
        }
        last = Some(native);
    }
    made
}

fn classes(count: u32) -> Made {
    let mut made = Made::new();
    for index in 0..count {
        let class = made.text(format!("Class{index}"));
        let object = made.node(OBJECT, class, 16);
        made.edge(HOLDER, ELEMENT, index, object);
    }
    made
}

fn contexts(count: u32) -> Made {
    let mut made = Made::new();
    let (context, shared) = (made.text("system / Context"), made.text("shared"));
    let (held, previous, class) = (
        made.text("context"),
        made.text("previous"),
        made.text("Value"),
    );
    let names: Vec<u32> = (0..100).map(|at| made.text(format!("fn{at}"))).collect();
    let mut last = HOLDER;
    for index in 0..count / 4 {
        let name = names[index as usize % names.len()];
        let own = made.node(OBJECT, context, 32);
        let closure = made.node(CLOSURE, name, 32);
        let code = made.node(CODE, name, 40);
        let value = made.node(OBJECT, class, 16);
        made.edge(closure, INTERNAL, shared, code);
        made.edge(closure, INTERNAL, held, own);
        made.edge(own, CONTEXT, name, value);
        made.edge(HOLDER, ELEMENT, index, closure);
        let kind = if last == HOLDER { PROPERTY } else { INTERNAL };
        made.edge(last, kind, previous, own);
        last = own;
    }
    made
}

fn ropes(count: u32) -> Made {
    let mut made = Made::new();
    let (rope, part) = (made.text("(concatenated string)"), made.text("ab"));
    let (first, second) = (made.text("first"), made.text("second"));
    let mut last = HOLDER;
    for _ in 0..count / 2 {
        let own = made.node(ROPE, rope, 32);
        let leaf = made.node(STRING, part, 16);
        let kind = if last == HOLDER { PROPERTY } else { INTERNAL };
        made.edge(last, kind, first, own);
        made.edge(own, INTERNAL, second, leaf);
        last = own;
    }
    made
}

fn random(count: u32) -> Made {
    let mut made = Made::new();
    let (class, peer) = (made.text("Item"), made.text("peer"));
    let first = made.len() as u32;
    let mut seed = 12345u32;
    for index in 0..count {
        let item = made.node(OBJECT, class, 24);
        if index % 16 == 0 {
            made.edge(HOLDER, ELEMENT, index, item);
        }
    }
    for item in first..first + count {
        for _ in 0..3 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            made.edge(item, PROPERTY, peer, first + (seed >> 4) % count);
        }
    }
    made
}
