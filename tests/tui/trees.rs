//! Containment, dominators, folded hops and internals, holders that are left out.

use std::fmt::Write;

use crate::{Folder, below_tabs, data, open, selected, shows};

/// A dump of a list: a global object, `List`, and so many `Item`s, each of which refers to the next and to the maps of
/// its shape. The last one also holds a `Prize`, which the list's `spare` field holds, too, over two more objects.
fn list(items: usize) -> String {
    let names = [
        "",
        "(GC roots)",
        "Window",
        "List",
        "Item",
        "system / Map",
        "Prize",
        "list",
        "head",
        "next",
        "map",
        "__proto__",
        "prize",
        "Spare",
        "spare",
        "more",
    ];
    // Ids by node: root, GC roots, window, list, shape, prize, spare, more, then the items.
    let first = 8;
    let node = |kind: usize, name: usize, ordinal: usize, size: usize, edges: usize| {
        format!("{kind},{name},{},{size},{edges}", 2 * ordinal + 1)
    };
    let mut nodes = vec![
        node(9, 0, 0, 0, 2),
        node(9, 1, 1, 0, 1),
        node(3, 2, 2, 100, 1),
        node(3, 3, 3, 50, 3),
        node(11, 5, 4, 40, 0),
        node(3, 6, 5, 7000, 0),
        node(3, 13, 6, 16, 1),
        node(3, 13, 7, 16, 1),
    ];
    let mut edges = vec![
        (1, 1, 1),
        (5, 0, 2),
        (1, 0, 4),
        (2, 7, 3),
        (2, 8, first),
        (2, 14, 6),
        (3, 10, 4),
        (2, 15, 7),
        (2, 12, 5),
    ];
    for index in 0..items {
        let next = first + index + 1;
        let last = index + 1 == items;
        nodes.push(node(3, 4, first + index, 24, 3));
        edges.push(if last { (2, 12, 5) } else { (2, 9, next) });
        edges.push((3, 10, 4));
        edges.push((2, 11, 2));
    }
    let mut text = String::from(
        r#"{"snapshot":{"meta":{
"node_fields":["type","name","id","self_size","edge_count"],
"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic","symbol","object shape"],"string","number","number","number"],
"edge_fields":["type","name_or_index","to_node"],
"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],
"trace_function_info_fields":[],"trace_node_fields":[],"sample_fields":[],
"location_fields":["object_index","script_id","line","column"]},
"#,
    );
    let _ = write!(
        text,
        "\"node_count\":{},\"edge_count\":{},\"trace_function_count\":0}},\n\"nodes\":[{}],\n\"edges\":[",
        nodes.len(),
        edges.len(),
        nodes.join(",\n")
    );
    let edges: Vec<String> = edges
        .iter()
        .map(|(kind, name, to)| format!("{kind},{name},{}", to * 5))
        .collect();
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let _ = write!(
        text,
        "{}],\n\"trace_function_infos\":[],\"trace_tree\":[],\"samples\":[],\"locations\":[],\"strings\":[{}]}}",
        edges.join(",\n"),
        names.join(",")
    );
    text
}

fn list_folder(items: usize) -> Folder {
    Folder::with(&[("list.heapsnapshot", &list(items))])
}

#[test]
fn containment_begins_with_what_the_application_can_name() {
    let folder = Folder::small();
    let screen = folder.open((80, 24)).play("gc");
    let rows = below_tabs(&screen);
    shows(rows[0], "containment");
    shows(rows[1], "Containment, from the roots");
    shows(rows[2], "Window / https://example.com");
    shows(rows[3], "(GC roots)");
}

#[test]
fn an_object_is_shown_where_it_hangs_and_what_it_would_free() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 40));
    let screen = explorer.play("@13<Enter>gc");
    assert!(selected(&screen).contains("[2] :: Leaky @13"), "{screen}");
    shows(&screen, "cache :: Cache @7");
    shows(&screen, "Retainers of Leaky @13");
    let screen = explorer.play("gd");
    shows(&screen, "Dominator tree");
    assert!(selected(&screen).contains("Leaky @13"), "{screen}");
    shows(&screen, "removing @13 frees 3.0 kB: 1 object");
    let screen = explorer.play("h");
    assert!(selected(&screen).contains("Cache @7"), "{screen}");
    shows(&screen, "removing @7 frees 6.2 kB: 5 objects");
    // Back to where it was asked for, and from here to the summary.
    let screen = explorer.play("[[");
    shows(&screen, "Constructor");
    let screen = explorer.play("gdgs");
    shows(&screen, "Constructor");
    assert!(selected(&screen).contains("Leaky @13"), "{screen}");
}

#[test]
fn weak_references_are_marked_in_containment() {
    let folder = Folder::small();
    let screen = folder.open((100, 40)).play("@17<Enter>gcl");
    shows(&screen, "weakly (weak) :: Leaky @9");
}

#[test]
fn repeated_hops_are_one_row_that_unfolds() {
    let folder = list_folder(1000);
    let mut explorer = folder.open((80, 40));
    // The short way leads over the spares: the long one has to be asked for.
    let screen = explorer.play("/Item<Enter>lG<Tab>");
    shows(&screen, "next ×999 in Item");
    shows(&screen, "head in List");
    shows(&screen, "list in Window");
    // Unfolded, the steps are there one by one.
    let screen = explorer.play("l");
    assert!(
        selected(&screen).contains("999 steps, one by one"),
        "{screen}"
    );
    let screen = explorer.play("l<Alt-5>j");
    assert!(selected(&screen).contains("next in Item"), "{screen}");
    let screen = explorer.play("G");
    shows(&screen, "list in Window");
}

#[test]
fn a_list_is_unfolded_to_its_end_whatever_its_length() {
    let folder = list_folder(30_000);
    let mut explorer = folder.open((80, 24));
    let screen = explorer.play("/Item<Enter>lG");
    let last = selected(&screen).to_owned();
    let id = last.split('@').nth(1).unwrap();
    let id: String = id.chars().take_while(char::is_ascii_digit).collect();
    let screen = explorer.play("gc");
    shows(&screen, "containment");
    assert!(
        selected(&screen).contains("next ×29,999 :: Item"),
        "{screen}"
    );
    assert!(selected(&screen).contains(&format!("@{id}")), "{screen}");
    let screen = explorer.play("gd");
    assert!(
        selected(&screen).contains("Item ×30,000, down to"),
        "{screen}"
    );
    assert!(selected(&screen).contains(&format!("@{id}")), "{screen}");
    // And on from there.
    let screen = explorer.play("l");
    shows(&screen, "30,000 steps, one by one");
    let screen = explorer.play("hS");
    assert!(selected(&screen).contains("down to"), "{screen}");
}

#[test]
fn the_engines_own_folds_away_and_comes_back_in_place() {
    let folder = list_folder(3);
    let mut explorer = folder.open((80, 30));
    let screen = explorer.play("/Item<Enter>ll");
    shows(&screen, "Item @17");
    let screen = explorer.play("l");
    shows(&screen, "next :: Item @19");
    shows(&screen, "▸ … 2 internal references");
    assert!(!screen.contains("__proto__ ::"), "{screen}");
    // On its own, and all at once; the cursor stays with what it was on.
    let screen = explorer.play("ljl");
    shows(&screen, "__proto__ :: Window");
    shows(&screen, "map :: system / Map");
    let screen = explorer.play("j.");
    assert!(!screen.contains("internal references"), "{screen}");
    shows(&screen, "__proto__ :: Window");
    assert!(selected(&screen).contains("::"), "{screen}");
    let screen = explorer.play(".");
    shows(&screen, "… 2 internal references");
}

#[test]
fn a_holder_that_is_left_out_makes_room_for_the_next() {
    let folder = list_folder(3);
    let mut explorer = folder.open((80, 30));
    let screen = explorer.play("/Prize<Enter>l<Tab>");
    assert!(selected(&screen).contains("prize in Spare"), "{screen}");
    let screen = explorer.play("x");
    shows(&screen, "1 retainer ignored");
    let retainers = screen.split("Retainers of").nth(1).unwrap();
    let first = retainers.lines().nth(1).unwrap();
    assert!(first.contains("prize in Item"), "{screen}");
    shows(&screen, "Spare @15  left out");
    // Other pages say that it counts on them.
    shows(&explorer.play("gw"), "the ignored retainer counts here");
    explorer.play("<Backspace>");
    // Both: nothing else holds it.
    let screen = explorer.play("k<Tab>ggx");
    shows(&screen, "2 retainers ignored");
    shows(&screen, "Nothing else holds Prize @11");
    // The list brings them back.
    let screen = explorer.play("X");
    shows(&screen, "Ignored retainers · Enter restores");
    shows(&screen, "all of them");
    let screen = explorer.play("all<Enter>");
    assert!(!screen.contains("retainers ignored"), "{screen}");
    shows(&screen, "all retainers restored");
    let screen = explorer.play("X");
    shows(&screen, "no retainer is ignored");
}

#[test]
fn fields_and_retainers_are_sorted_like_everything_else() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 40));
    let fields = |screen: &str| -> Vec<String> {
        let rows = screen.lines().filter(|line| line.contains(" :: "));
        rows.map(|row| row.split("::").next().unwrap().trim().to_owned())
            .collect()
    };
    let screen = explorer.play("@7<Enter>oj");
    let by_size = fields(&screen);
    shows(&screen, "▼Retained");
    let screen = explorer.play("s");
    let by_name = fields(&screen);
    assert_ne!(by_size, by_name, "{screen}");
    let screen = explorer.play("S");
    assert_ne!(by_name, fields(&screen), "{screen}");
    // Retainers begin with the nearest, and go by other columns, too.
    shows(&screen, "▲Dist");
    let screen = explorer.play("<Tab>s");
    assert!(!screen.contains("▲Dist"), "{screen}");
}

#[test]
fn trees_at_all_sizes() {
    let folder = list_folder(50);
    for size in [(40, 10), (80, 24), (200, 50)] {
        let mut explorer = folder.open(size);
        for journey in ["gc", "lllll", ".", "gd", "l", "<Tab>", "<Tab>z"] {
            let screen = explorer.play(journey);
            assert_eq!(screen.lines().count(), usize::from(size.1), "{screen}");
            assert!(screen.contains('▶'), "{journey}\n{screen}");
        }
    }
}

#[test]
fn a_real_dump_has_its_containment_and_its_dominators() {
    let mut explorer = open(&data("emitter-small"), (80, 24));
    let screen = explorer.play("D<Enter>");
    shows(&screen, "Constructor");
    let screen = explorer.play("gc");
    shows(&screen, "Containment");
    let screen = explorer.play("gg");
    assert!(selected(&screen).contains("global"), "{screen}");
    let screen = explorer.play("gdgg");
    shows(&screen, " frees ");
}

#[test]
fn fields_roots_and_dominators_can_be_narrowed() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 30));
    let screen = explorer.play("@7<Enter>o/2<Enter>");
    shows(&screen, "/2 1 of ");
    shows(&screen, "[2] :: Leaky @13");
    assert!(!screen.contains("[1] :: Leaky @11"), "{screen}");
    let screen = explorer.play("<Esc>");
    shows(&screen, "[1] :: Leaky @11");
    for (page, typed) in [("gc", "Wind"), ("gd", "Wind")] {
        let screen = explorer.play(&format!("{page}/{typed}<Enter>"));
        shows(&screen, &format!("/{typed} 1 of "));
        explorer.play("<Esc>");
    }
}

#[test]
fn a_page_that_applies_no_filter_says_so() {
    let folder = Folder::small();
    let mut explorer = folder.open((120, 24));
    let screen = explorer.play("6fdetached<Enter>");
    shows(&screen, "retained by detached DOM nodes");
    for keys in ["7", "gc", "gb", "O"] {
        let screen = explorer.play(keys);
        shows(&screen, "all objects: the filter does not apply here");
        assert!(!screen.contains("retained by detached"), "{screen}");
        explorer.play("<Backspace>");
    }
}

#[test]
fn a_search_on_an_object_unfolds_it_and_says_what_it_hides() {
    let folder = Folder::small();
    let mut explorer = folder.open((100, 24));
    explorer.play("6/Cache<Enter>lj");
    shows(&explorer.play("o"), "› Cache @7");
    let screen = explorer.play("/2<Enter>");
    shows(&screen, "[2] :: Leaky @13");
    assert!(!screen.contains("[1] ::"), "{screen}");
    let screen = explorer.play("/nothing-like-it<Enter>");
    shows(&screen, "Nothing here matches; Esc shows all");
    assert!(!screen.contains("refers to nothing"), "{screen}");
}
