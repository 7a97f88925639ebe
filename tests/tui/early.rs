//! Dumps that are looked at while they are being loaded.

use crate::{Folder, SMALL, below_tabs, shows};

/// A dump with so many classes and objects that loading it can be watched.
fn large() -> String {
    let mut nodes = String::from("9,0,1,0,60000");
    let mut edges = String::new();
    for number in 0..60_000u32 {
        let name = 12 + number % 40;
        nodes.push_str(&format!(",\n3,{name},{},{},0", 3 + number * 2, 16 + name));
        let comma = if number == 0 { "" } else { "," };
        edges.push_str(&format!("{comma}1,{number},{}", (number + 1) * 5));
    }
    let strings: Vec<String> = (12..52)
        .map(|number| format!("\"Class{number}\""))
        .collect();
    let (head, rest) = SMALL
        .split_once("\"node_count\":10,\"edge_count\":15")
        .unwrap();
    let (between, _) = rest.split_once("\"nodes\":[").unwrap();
    format!(
        "{head}\"node_count\":60001,\"edge_count\":60000{between}\"nodes\":[\n{nodes}],\n\"edges\":[\n{edges}],\n\
         \"trace_function_infos\":[],\"trace_tree\":[],\"samples\":[],\"locations\":[],\n\"strings\":[\"\",\
         \"(GC roots)\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",{}]}}\n",
        strings.join(",")
    )
}

#[test]
fn the_page_comes_before_the_heap_and_the_cursor_stays_on_its_class() {
    let folder = Folder::with(&[("large.heapsnapshot", &large())]);
    let mut explorer = folder.open((80, 24));
    // Whenever it is looked at: first the page alone, then classes, then all of it; and nothing is asked for twice.
    let screen =
        explorer.until(|screen| screen.contains("large") && !screen.contains("looking for"));
    shows(below_tabs(&screen)[0], "large");
    let done = explorer.play("");
    shows(&done, "Class51");
    assert!(!done.contains("still loading"), "{done}");
    assert!(!below_tabs(&done).concat().contains('…'), "{done}");
}

#[test]
fn leaving_while_it_loads_is_possible() {
    let folder = Folder::with(&[
        ("large.heapsnapshot", &large()),
        ("small.heapsnapshot", SMALL),
    ]);
    let mut explorer = folder.open((80, 24));
    explorer.until(|screen| screen.contains("large"));
    // Whether it is loaded by now or not: Enter opens, D leaves, Enter comes back.
    explorer.type_ahead("gg<Enter>D");
    let screen = explorer.play("gg<Enter>");
    shows(&screen, "Class51");
}
