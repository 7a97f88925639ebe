use super::*;
use crate::heap::testing::Sketch;
use crate::snapshot::NodeKind;
use crate::text::mask::Reveal;

fn told(sketch: &Sketch, node: NodeId) -> (Heap, Why) {
    let heap = sketch.heap();
    let task = Task::new();
    let scripts = Scripts::build(&heap, &task).unwrap();
    let why = why(&heap, &scripts, node, &task).unwrap();
    (heap, why)
}

fn words(why: &Why) -> Vec<String> {
    let steps = why.steps.iter();
    steps.map(|step| step.phrase.words.plain()).collect()
}

#[test]
fn one_way_is_cut_next_to_the_object() {
    let mut sketch = Sketch::new();
    let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
    let cache = sketch.node(NodeKind::OBJECT, "Cache", 100);
    let item = sketch.node(NodeKind::OBJECT, "Item", 1000);
    sketch.edge(global, EdgeKind::PROPERTY, "cache", cache);
    sketch.edge(cache, EdgeKind::ELEMENT, "3", item);
    // What it holds itself is no other way.
    let part = sketch.node(NodeKind::OBJECT, "Part", 10);
    sketch.edge(item, EdgeKind::PROPERTY, "part", part);
    sketch.edge(part, EdgeKind::PROPERTY, "owner", item);
    let (heap, why) = told(&sketch, item);
    assert_eq!(
        words(&why),
        [
            "the global object",
            "global variable `cache`",
            "element [3]"
        ]
    );
    assert!(why.steps.iter().all(|step| step.only && step.others == 0));
    assert_eq!(why.steps[1].frees, Some(1110));
    assert_eq!((why.cut, why.steps[2].frees), (Some(2), Some(1010)));
    let summary = why.summary(&heap).plain();
    assert!(
        summary.starts_with("Kept alive only by element [3], in global variable `cache`."),
        "{summary}"
    );
    assert!(
        summary.contains("Removing that reference frees 1.0 kB."),
        "{summary}"
    );
}

#[test]
fn other_ways_are_counted_and_the_cut_goes_above_them() {
    let mut sketch = Sketch::new();
    let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
    let hub = sketch.node(NodeKind::OBJECT, "Hub", 8);
    let [left, right] = ["Left", "Right"].map(|name| sketch.node(NodeKind::OBJECT, name, 8));
    let item = sketch.node(NodeKind::OBJECT, "Item", 100);
    sketch.edge(global, EdgeKind::PROPERTY, "hub", hub);
    sketch.edge(hub, EdgeKind::PROPERTY, "left", left);
    sketch.edge(hub, EdgeKind::PROPERTY, "right", right);
    sketch.edge(left, EdgeKind::PROPERTY, "item", item);
    sketch.edge(right, EdgeKind::PROPERTY, "item", item);
    let (heap, why) = told(&sketch, item);
    assert_eq!(why.others.len(), 1);
    let only: Vec<bool> = why.steps.iter().map(|step| step.only).collect();
    assert_eq!(only, [true, true, false, true]);
    assert_eq!((why.cut, why.steps[3].frees), (Some(1), None));
    let summary = why.summary(&heap).plain();
    assert!(summary.contains("Another reference"), "{summary}");
    assert!(
        summary.contains("remove global variable `hub`, 124 B"),
        "{summary}"
    );
}

#[test]
fn repeated_hops_fold_and_no_list_is_too_long() {
    let mut sketch = Sketch::new();
    let mut last = sketch.rooted(NodeKind::OBJECT, "global", 8);
    for _ in 0..5000 {
        let [link, next] = ["Link", "Next"].map(|name| sketch.node(NodeKind::OBJECT, name, 8));
        sketch.edge(last, EdgeKind::PROPERTY, "link", link);
        sketch.edge(link, EdgeKind::PROPERTY, "next", next);
        last = next;
    }
    for _ in 0..3000 {
        let next = sketch.node(NodeKind::OBJECT, "Tail", 8);
        sketch.edge(last, EdgeKind::PROPERTY, "tail", next);
        last = next;
    }
    let (_, why) = told(&sketch, last);
    assert_eq!(
        words(&why),
        [
            "the global object",
            "property `link` → property `next`",
            "property `tail`"
        ]
    );
    let repeats: Vec<u32> = why.steps.iter().map(|step| step.repeats).collect();
    assert_eq!(repeats, [1, 5000, 3000]);
}

#[test]
fn listeners_are_told_by_their_event() {
    let mut sketch = Sketch::new();
    let bus = sketch.rooted(NodeKind::OBJECT, "EventEmitter", 8);
    let events = sketch.node(NodeKind::OBJECT, "Object", 8);
    let list = sketch.node(NodeKind::OBJECT, "Array", 8);
    let [single, of_many] = ["a", "b"].map(|name| sketch.node(NodeKind::CLOSURE, name, 8));
    sketch.edge(bus, EdgeKind::PROPERTY, "_events", events);
    sketch.edge(events, EdgeKind::PROPERTY, "close", single);
    sketch.edge(events, EdgeKind::PROPERTY, "drain", list);
    sketch.edge(list, EdgeKind::ELEMENT, "7", of_many);
    let (_, why) = told(&sketch, single);
    assert_eq!(words(&why)[1..], ["listener of the event `close`"]);
    let (_, why) = told(&sketch, of_many);
    assert_eq!(words(&why)[1..], ["listener [7] of the event `drain`"]);
    assert_eq!(why.cut, Some(1));
}

#[test]
fn what_no_root_reaches_says_so() {
    let mut sketch = Sketch::new();
    sketch.rooted(NodeKind::OBJECT, "global", 8);
    let [a, b] = ["A", "B"].map(|name| sketch.node(NodeKind::OBJECT, name, 8));
    sketch.edge(a, EdgeKind::PROPERTY, "b", b);
    sketch.edge(b, EdgeKind::PROPERTY, "a", a);
    let (heap, why) = told(&sketch, b);
    assert!(!why.reached && why.cut.is_none());
    assert!(
        why.summary(&heap)
            .plain()
            .starts_with("No root leads to it")
    );
    let task = Task::new();
    let scripts = Scripts::build(&heap, &task).unwrap();
    let root = super::why(&heap, &scripts, heap.root(), &task).unwrap();
    assert!(root.summary(&heap).plain().starts_with("This is the root"));
}

#[test]
fn properties_of_properties_are_one_name() {
    let mut sketch = Sketch::new();
    let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
    let mut holder = global;
    for name in ["Client", "queue", "replay", "items", "first", "part"] {
        let next = sketch.node(NodeKind::OBJECT, name, 10);
        sketch.edge(holder, EdgeKind::PROPERTY, name, next);
        holder = next;
    }
    let item = sketch.node(NodeKind::OBJECT, "Item", 10);
    sketch.edge(holder, EdgeKind::ELEMENT, "7", item);
    let (heap, why) = told(&sketch, item);
    let summary = why.summary(&heap).plain();
    let expected = "Kept alive only by element [7], in property `queue.replay.items.first.part`, in global variable `Client`. ";
    assert!(summary.starts_with(expected), "{summary}");
    let scripts = Scripts::build(&heap, &Task::new()).unwrap();
    let shape = shape_words(&heap, &scripts, item, &Task::new()).unwrap();
    assert_eq!(
        shape.plain(),
        "an element, in property `queue.replay.items.first.part`, in global variable `Client`"
    );
}

#[test]
fn keys_values_and_events_that_are_data_are_masked_wherever_a_chain_is_written() {
    let mut sketch = Sketch::new();
    let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
    let users = sketch.node(NodeKind::OBJECT, "Object", 8);
    let bus = sketch.node(NodeKind::OBJECT, "EventEmitter", 8);
    let events = sketch.node(NodeKind::OBJECT, "Object", 8);
    let listener = sketch.node(NodeKind::CLOSURE, "reload", 8);
    let text = sketch.node(NodeKind::STRING, "QZ \"quoted\" `ticks` \\\"", 24);
    sketch.edge(global, EdgeKind::PROPERTY, "users", users);
    sketch.edge(users, EdgeKind::PROPERTY, "QZ@example.com `x`", bus);
    sketch.edge(bus, EdgeKind::PROPERTY, "_events", events);
    sketch.edge(events, EdgeKind::PROPERTY, "QZ joined room 7", listener);
    sketch.edge(listener, EdgeKind::PROPERTY, "text", text);
    for node in [bus, listener, text] {
        let (heap, why) = told(&sketch, node);
        let scripts = Scripts::build(&heap, &Task::new()).unwrap();
        let mut lines = why.lines(&heap, &scripts);
        lines.push(shape_words(&heap, &scripts, node, &Task::new()).unwrap());
        for line in lines {
            let shown = line.shown(Reveal::Nothing);
            assert!(!shown.contains("QZ"), "{shown}");
            assert!(!shown.contains("ticks"), "{shown}");
        }
        assert!(why.summary(&heap).plain().contains("QZ"));
        assert!(words(&why).concat().contains("`users`"));
    }
}

#[test]
fn the_store_of_an_array_is_no_reference_of_its_own() {
    let mut sketch = Sketch::new();
    let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
    let items = sketch.node(NodeKind::OBJECT, "Array", 16);
    let store = sketch.node(NodeKind::ARRAY, "(object elements)", 16);
    let item = sketch.node(NodeKind::OBJECT, "Item", 100);
    sketch.edge(global, EdgeKind::PROPERTY, "items", items);
    sketch.edge(items, EdgeKind::INTERNAL, "elements", store);
    sketch.edge(items, EdgeKind::PROPERTY, "0", item);
    sketch.edge(store, EdgeKind::INTERNAL, "0", item);
    let back = sketch.node(NodeKind::OBJECT, "Back", 8);
    sketch.edge(item, EdgeKind::PROPERTY, "back", back);
    sketch.edge(back, EdgeKind::PROPERTY, "of", item);
    let (heap, why) = told(&sketch, item);
    assert!(why.others.is_empty(), "{:?}", why.others);
    assert_eq!(why.inside, 2, "the store, and what the item keeps alive");
    assert_eq!(why.steps.last().unwrap().frees, Some(108));
    let summary = why.summary(&heap).plain();
    assert!(summary.starts_with("Kept alive only by "), "{summary}");
}
