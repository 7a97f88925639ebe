//! Damage of every kind gives one clear error, never a panic, and never a wrong number.

use heaptui::ErrorKind;
use heaptui::heap::Heap;
use heaptui::snapshot::Snapshot;
use heaptui::task::Task;
use serde_json::{Value, json};

use super::{made_up, pack, read, text};

fn dump() -> Value {
    made_up()
        .into_iter()
        .max_by_key(|dump| dump["edges"].as_array().unwrap().len())
        .unwrap()
}

fn error(dump: &Value) -> heaptui::Error {
    read(&text(dump).into_bytes()).unwrap_err()
}

#[test]
fn every_prefix_says_where_it_ends() {
    let text = text(&dump()).into_bytes();
    assert!(text.len() > 4000);
    for length in 1..text.len() {
        let error = read(&text[..length]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated, "{length}: {error}");
        assert_eq!(error.offset, Some(length as u64), "{error}");
        assert!(error.message.contains("cut short"), "{error}");
    }
}

#[test]
fn a_prefix_opens_without_names_where_only_they_are_missing() {
    let text = text(&dump()).into_bytes();
    let task = Task::new();
    let whole = Heap::build(read(&text).unwrap(), &task).unwrap();
    let (mut opened, step) = (0, 7);
    for length in (1..text.len()).step_by(step) {
        match Snapshot::read_cut(&text[..length], &task) {
            Ok(snapshot) => {
                opened += 1;
                assert!(!snapshot.warnings.is_empty(), "{length}");
                let heap = Heap::build(snapshot, &task).unwrap();
                assert_eq!(heap.statistics().total, whole.statistics().total);
                assert_eq!(heap.edge_count(), whole.edge_count());
                for node in heap.graph().nodes() {
                    assert_eq!(heap.id(node), whole.id(node));
                    assert!(!heap.class_name(node).is_empty());
                }
            }
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Truncated, "{length}: {error}");
                assert_eq!(opened, 0, "{length}: what was there before is there");
            }
        }
    }
    assert!(opened > 10, "{opened}");
}

#[test]
fn a_prefix_of_a_packed_file_says_so() {
    let text = text(&dump()).into_bytes();
    let packed = pack(&text);
    for length in [5, 20, packed.len() / 2, packed.len() - 1] {
        let error = read(&packed[..length]).unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Truncated | ErrorKind::Malformed),
            "{error}"
        );
    }
}

#[test]
fn no_single_wrong_byte_panics() {
    let mut texts: Vec<_> = made_up()
        .iter()
        .map(|dump| text(dump).into_bytes())
        .collect();
    texts.sort_by_key(Vec::len);
    let text = &texts[0];
    for at in 0..text.len() {
        for byte in [b'9', b'"', b']', b'-', 0xff] {
            let mut text = text.clone();
            text[at] = byte;
            // Whether it still reads depends on the byte; that it returns is what counts.
            let _ = read(&text);
        }
    }
}

#[test]
fn whatever_is_asked_of_damaged_heaps_is_answered() {
    let task = Task::new();
    let mut asked = 0;
    for (number, dump) in made_up().iter().enumerate().step_by(5) {
        let text = text(dump).into_bytes();
        // Every so many bytes another digit stands in the place of one: numbers that are wrong and look right.
        let digits = (0..text.len()).filter(|&at| text[at].is_ascii_digit());
        for at in digits.skip(number).step_by(97) {
            let mut damaged = text.clone();
            damaged[at] = b'0' + (damaged[at] - b'0' + 1 + (at % 9) as u8) % 10;
            if let Ok(heap) = read(&damaged).and_then(|read| Heap::build(read, &task)) {
                crate::ask::ask(&heap);
                asked += 1;
            }
        }
    }
    assert!(asked > 100, "{asked}");
}

#[test]
fn what_is_no_snapshot_is_named() {
    for (text, words) in [
        ("", "empty"),
        ("  \n ", "white space"),
        ("[1,2]", "array"),
        ("<html></html>", "HTML"),
        ("{}", "no \"snapshot\""),
        ("{\"a\": {\"b\": [1]}}", "no \"snapshot\""),
        ("{\"head\": {}, \"samples\": []}", "sampling"),
        ("hello", "`h`"),
        ("{\"snapshot\": 5}", "header"),
        ("{\"snapshot\": {\"node_count\": 1}}", "meta"),
    ] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(
            error.to_string().contains(words) || text.is_empty(),
            "{text:?}: {error}"
        );
    }
}

#[test]
fn missing_sections_are_named() {
    for key in ["nodes", "edges", "strings"] {
        let mut dump = dump();
        dump.as_object_mut().unwrap().remove(key);
        let error = error(&dump);
        assert!(error.message.contains(&format!("no \"{key}\"")), "{error}");
    }
}

#[test]
fn counts_that_lie_are_told_and_size_nothing() {
    let right = dump();
    for claim in [json!(4_000_000_000_000u64), json!(u64::MAX)] {
        let mut dump = right.clone();
        dump["snapshot"]["node_count"] = claim.clone();
        dump["snapshot"]["edge_count"] = claim;
        let snapshot = read(&text(&dump).into_bytes()).unwrap();
        assert_eq!(snapshot.warnings.len(), 2, "{:?}", snapshot.warnings);
    }
    // Another counts nothing.
    let mut dump = right.clone();
    dump["snapshot"]["node_count"] = 0.into();
    dump["snapshot"]["edge_count"] = 0.into();
    for text in [text(&dump).into_bytes(), pack(text(&dump).as_bytes())] {
        let snapshot = read(&text).unwrap();
        assert!(snapshot.warnings.is_empty(), "{:?}", snapshot.warnings);
        let rows = right["edges"].as_array().unwrap().len() / 3;
        assert_eq!(snapshot.edge_count(), rows);
    }
    // One engine counts the numbers instead of the rows.
    let mut dump = right.clone();
    let numbers = dump["nodes"].as_array().unwrap().len();
    dump["snapshot"]["node_count"] = numbers.into();
    assert!(read(&text(&dump).into_bytes()).unwrap().warnings.is_empty());
    let mut dump = right;
    dump["snapshot"]["node_count"] = 3.into();
    assert!(
        error(&dump)
            .message
            .contains("more rows than the header's count")
    );
}

#[test]
fn indices_out_of_range_are_found_with_their_place() {
    let right = dump();
    let fields = right["snapshot"]["meta"]["node_fields"]
        .as_array()
        .unwrap()
        .len();
    for (list, at, value, words) in [
        (
            "nodes",
            fields + 1,
            99_999,
            "node 1: its name is number 99,999",
        ),
        ("nodes", fields, 99, "node type 99"),
        ("edges", 3 * 4, 99, "edge type 99"),
        (
            "edges",
            3 * 4 + 2,
            99_999 * fields,
            "edge 4: its target is number 99,999",
        ),
        ("edges", 3 * 4 + 2, fields + 1, "no multiple"),
    ] {
        let mut dump = right.clone();
        dump[list][at] = value.into();
        let text = text(&dump);
        let error = error(&dump);
        assert!(error.message.contains(words), "{error}");
        // Types and offsets are found while reading, the others at the end: those give the place of their row.
        let row_start = match words.split(' ').next() {
            Some("node") if words.contains("name") => at - 1,
            Some("edge") if words.contains("target") => at - 2,
            _ => at,
        };
        let offset = error.offset.unwrap() as usize;
        let array = text.find(&format!("\"{list}\":[")).unwrap() + list.len() + 4;
        let numbers = text[array..offset].matches(',').count();
        assert_eq!(numbers, row_start, "{error}");
        assert!(text.as_bytes()[offset].is_ascii_digit() && text.as_bytes()[offset - 1] == b',');
    }
}

#[test]
fn edge_counts_have_to_add_up() {
    let mut dump = dump();
    let count = dump["nodes"][4].as_u64().unwrap();
    dump["nodes"][4] = (count + 5).into();
    assert!(error(&dump).message.contains("add up"));
}

#[test]
fn odd_sizes_are_taken_or_told() {
    let mut dump = dump();
    dump["nodes"][3] = (-5).into();
    dump["nodes"][10] = (5u64 << 32).into();
    let snapshot = read(&text(&dump).into_bytes()).unwrap();
    assert_eq!(snapshot.nodes.self_size.get(0), 0);
    assert_eq!(snapshot.nodes.self_size.get(1), 5 << 32);
    assert!(snapshot.warnings[0].contains("negative"));
    dump["nodes"][10] = u64::MAX.into();
    assert!(error(&dump).message.contains("2^53"));
    dump["nodes"][10] = json!(1.5);
    assert!(error(&dump).message.contains("whole number"));
}

#[test]
fn keys_that_stand_twice_are_refused() {
    let text = text(&dump());
    let twice = format!("{{\"strings\":[],{}", &text[1..]);
    assert!(
        read(twice.as_bytes())
            .unwrap_err()
            .message
            .contains("twice")
    );
}

#[test]
fn nesting_without_end_is_no_danger() {
    let text = text(&dump());
    let nested = format!(
        "{{\"deep\":{}{},{}",
        "[".repeat(100_000),
        "]".repeat(100_000),
        &text[1..]
    );
    read(nested.as_bytes()).unwrap();
    let open = format!("{{\"snapshot\":{}", "{\"a\":".repeat(100_000));
    assert_eq!(
        read(open.as_bytes()).unwrap_err().kind,
        ErrorKind::Truncated
    );
}

#[test]
fn reading_can_be_cancelled() {
    let task = Task::new();
    task.cancel();
    let text = text(&dump()).into_bytes();
    assert!(Snapshot::read(&text, &task).unwrap_err().is_cancelled());
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let task = Task::new();
    let error = Snapshot::open(folder.path(), &task).unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
    let link = folder.path().join("dangling.heapsnapshot");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    assert_eq!(
        Snapshot::open(&link, &task).unwrap_err().kind,
        ErrorKind::Io
    );
    let empty = folder.path().join("empty.heapsnapshot");
    std::fs::write(&empty, "").unwrap();
    assert_eq!(
        Snapshot::open(&empty, &task).unwrap_err().kind,
        ErrorKind::Empty
    );
}
