use super::*;
use crate::snapshot::Snapshot;

/// A Map-like object, strings and names that are both, a weak map's pair, a regular expression, a class.
fn dump() -> String {
    let strings = [
        "<dummy>",
        "Order",
        "secret text",
        "name",
        "jane@example.com",
        "/jane.*/",
        "12 / part of key (Order @3) -> value (secret text @5) pair in WeakMap (table @9)",
        "unused secret",
        "onData",
        "eyJhbGciOiJIUzI1NiJ9.aaaaaaaaaaaa.bbbbbbbbbbbb",
        "ünï\u{1F600}\n\"x",
    ];
    let strings: Vec<String> = strings
        .iter()
        .map(|text| serde_json::to_string(text).unwrap())
        .collect();
    format!(
        r#"{{"snapshot":{{"title":"x","meta":{{"node_fields":["type","name","id","self_size","edge_count"],
"node_types":[["hidden","array","string","object","code","closure","regexp","synthetic"],"string","number","number","number"],
"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal"],"string_or_number","node"],
"trace_function_info_fields":["function_id","name"]}},"node_count":8,"edge_count":7,"trace_function_count":1}},
"nodes":[7,0,1,0,7
,3,1,3,16,0
,2,2,5,16,0
,2,3,7,16,0
,2,4,9,16,0
,6,5,11,16,0
,2,2,13,16,0
,5,9,15,16,0
],
"edges":[2,3,5
,2,4,10
,3,6,15
,1,1,20
,2,8,25
,2,3,30
,2,8,35],
"odd":{{"kept":["secret \" text",3,{{}}]}},"version":"secret","scopes":[1,2],
"trace_function_infos":[1,8],"trace_tree":[1,0,0,0,[]],"samples":[],"locations":[],
"strings":[{}]}}"#,
        strings.join(",\n")
    )
}

fn redacted(text: &str, kept: KeptNames) -> (Redacted, String) {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("a"), folder.path().join("b"));
    std::fs::write(&from, text).unwrap();
    let done = redact(&from, (&to, Replace::Ordinary), kept, &Task::new()).unwrap();
    (done, std::fs::read_to_string(&to).unwrap())
}

#[test]
fn texts_go_and_names_stay() {
    let (done, text) = redacted(&dump(), KeptNames::Identifiers);
    for gone in ["secret", "jane", "eyJ", "\u{1F600}"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    let snapshot = Snapshot::read(text.as_bytes(), &Task::new()).unwrap();
    let name = |node: usize| {
        let text = snapshot.nodes.name[node];
        snapshot
            .strings
            .get(crate::snapshot::StrId(text))
            .into_owned()
    };
    // No function is called so: it may be what a `Symbol.toStringTag` says.
    assert_eq!(name(1), "[redacted 5 chars, #1]");
    assert!(text.contains("\"onData\""));
    assert_eq!(name(2), "[redacted 11 chars, @5]");
    assert_eq!(
        snapshot.nodes.name[2], snapshot.nodes.name[6],
        "equal strings stay equal"
    );
    // The text `name` is a property's name and a string: the string has an entry of its own.
    assert_eq!(name(3), "[redacted 4 chars, @7]");
    assert_ne!(snapshot.nodes.name[3], 3);
    assert_eq!(name(4), "[redacted 16 chars, @9]");
    assert_eq!(name(5), "[redacted 8 chars, @11]");
    assert!(text.contains("\"name\""));
    assert!(text.contains(r#""odd":{"":["",3,{}]}"#), "{text}");
    assert!(text.contains(r#""version":"""#) && text.contains(r#""scopes":[1,2]"#));
    assert!(
        text.contains("12 / part of key (key @3) -> value (value @5) pair in WeakMap (table @9)")
    );
    assert_eq!(snapshot.strings.len(), 12);
    assert_eq!((done.texts, done.names), (4, 4));
    assert_eq!(done.bytes, text.len() as u64);
}

#[test]
fn elements_keep_their_class() {
    let element = dump().replace("\"Order\"", r#""<div id=\"jane\">""#);
    let name = |text: &str| redacted(text, KeptNames::Identifiers).1;
    let native = name(&element.replace(",3,1,3,16,0", ",0,1,3,16,0"));
    assert!(
        native.contains("\"<div [redacted 15 chars, #1]>\""),
        "{native}"
    );
    // An object may be called so by what it holds.
    let object = name(&element);
    assert!(object.contains("\"[redacted 15 chars, #1]\""), "{object}");
}

#[test]
fn the_graph_is_the_same() {
    let before = dump();
    let (_, after) = redacted(&before, KeptNames::Identifiers);
    let read = |text: &str| Snapshot::read(text.as_bytes(), &Task::new()).unwrap();
    let (before, after) = (read(&before), read(&after));
    assert_eq!(before.node_count(), after.node_count());
    assert!(before.nodes.id[..] == after.nodes.id[..]);
    assert!(before.nodes.kind[..] == after.nodes.kind[..]);
    assert!(before.edges.to[..] == after.edges.to[..]);
    assert!(before.nodes.first_edge[..] == after.nodes.first_edge[..]);
}

#[test]
fn all_names_stay_if_asked_for() {
    let (_, text) = redacted(&dump(), KeptNames::All);
    assert!(text.contains("\"jane@example.com\""), "a property's name");
    assert!(!text.contains("secret") && !text.contains("eyJ"));
}

#[test]
fn sections_may_come_in_any_order() {
    let dump = dump();
    let (head, strings) = dump.split_once("\"strings\":").unwrap();
    let strings = strings.strip_suffix('}').unwrap();
    let head = head
        .strip_prefix('{')
        .unwrap()
        .trim_end()
        .trim_end_matches(',');
    let turned = format!("{{\"strings\":{strings},{head}}}");
    let (_, text) = redacted(&turned, KeptNames::Identifiers);
    assert!(text.starts_with("{\"snapshot\":"));
    assert!(!text.contains("secret"));
    Snapshot::read(text.as_bytes(), &Task::new()).unwrap();
}

#[test]
fn what_stands_around_a_dump_goes() {
    let dump = dump();
    let (_, alone) = redacted(&dump, KeptNames::Identifiers);
    let (_, text) = redacted(
        &format!("secret log line\n{dump}\n{{\"secret\":1}}"),
        KeptNames::Identifiers,
    );
    assert_eq!(text, alone);
}

#[test]
fn what_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("a"), folder.path().join("b"));
    let dump = dump();
    for (text, word) in [
        (&dump[..dump.len() / 2], "cut short"),
        ("{\"x\":1}", "no heap snapshot"),
        (&*dump.replace("3,1,3,16,0", "3,99,3,16,0"), "text 99"),
        (&*dump.replace("3,1,3,16,0", "3,x,3,16,0"), "whole numbers"),
        (&*format!("{dump}\n{dump}"), "two dumps"),
        (
            &*dump.replacen("{\"snapshot\"", "{\"strings\":[],\"snapshot\"", 1),
            "stands twice",
        ),
    ] {
        std::fs::write(&from, text).unwrap();
        let error = redact(
            &from,
            (&to, Replace::Ordinary),
            KeptNames::Identifiers,
            &Task::new(),
        )
        .unwrap_err()
        .to_string();
        assert!(error.contains(word), "{error}");
        assert!(!to.exists(), "{word}");
    }
    std::fs::write(&from, &dump).unwrap();
    let over = (&*from, Replace::Anything);
    let error = redact(&from, over, KeptNames::Identifiers, &Task::new()).unwrap_err();
    assert!(error.to_string().contains("never written over"), "{error}");
}
