//! What producers other than today's V8 write, and what stands around dumps.

use std::io::Write;

use heaptui::ErrorKind;
use heaptui::snapshot::{NodeKind, Snapshot};
use heaptui::task::Task;
use serde_json::Value;

use super::{facts, made_up, pack, read, text};

fn dump() -> Value {
    made_up()
        .into_iter()
        .max_by_key(|dump| dump["nodes"].as_array().unwrap().len())
        .unwrap()
}

fn row(dump: &Value) -> usize {
    let fields = &dump["snapshot"]["meta"]["node_fields"];
    fields.as_array().unwrap().len()
}

#[test]
fn types_behind_the_list_are_v8s_or_unknown() {
    let mut dump = dump();
    let names = dump["snapshot"]["meta"]["node_types"][0]
        .as_array_mut()
        .unwrap();
    names.truncate(12);
    assert_eq!(names[11], "sliced string");
    let nodes = dump["nodes"].as_array().unwrap().len() / row(&dump);
    let row = row(&dump);
    for node in 0..nodes {
        dump["nodes"][node * row] = 3.into();
    }
    for (node, kind) in [(0, 12), (1, 13), (2, 20)] {
        dump["nodes"][node * row] = kind.into();
    }
    let snapshot = read(text(&dump).as_bytes()).unwrap();
    let kind = |node: usize| snapshot.nodes.kind[node];
    assert_eq!((kind(0), kind(1)), (NodeKind::SYMBOL, NodeKind::BIGINT));
    assert_eq!(snapshot.meta.node_kind_name(kind(2)), "unknown");
    // Of somebody else's list nothing is known behind its end.
    dump["snapshot"]["meta"]["node_types"][0] =
        serde_json::json!(["synthetic", "object", "array", "string"]);
    let snapshot = read(text(&dump).as_bytes()).unwrap();
    assert_eq!(
        snapshot.meta.node_kind_name(snapshot.nodes.kind[0]),
        "unknown"
    );
    assert_eq!(snapshot.nodes.kind[3], NodeKind::STRING);
}

#[test]
fn ids_of_64_bits_keep_their_low_half() {
    let mut dump = dump();
    let row = row(&dump);
    dump["nodes"][row + 2] = 4_775_375_728u64.into();
    dump["nodes"][2 * row + 2] = u64::MAX.into();
    let snapshot = read(text(&dump).as_bytes()).unwrap();
    assert_eq!(snapshot.nodes.id[1], 480_408_432);
    assert_eq!(snapshot.nodes.id[2], u32::MAX);
    assert!(
        snapshot.warnings[0].contains("32 bits"),
        "{:?}",
        snapshot.warnings
    );
}

#[test]
fn samples_may_stand_first() {
    let mut dump = dump();
    dump.as_object_mut().unwrap().remove("samples");
    let text = text(&dump);
    let samples = format!("{{\"samples\":[1,2,3,4],{}", &text[1..]);
    dump["samples"] = serde_json::json!([1, 2, 3, 4]);
    let behind = read(super::text(&dump).as_bytes()).unwrap();
    let first = read(samples.as_bytes()).unwrap();
    assert!(facts(&first) == facts(&behind));
    assert_eq!(first.samples.len(), 2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.heapsnapshot");
    std::fs::write(&path, samples).unwrap();
    assert!(heaptui::snapshot::probe(&path).unwrap().complete);
}

#[test]
fn text_around_a_dump_is_skipped_and_told() {
    let text = text(&dump());
    let plain = read(text.as_bytes()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.heapsnapshot");
    for (before, behind, told) in [
        ("Debugger attached.\n", "", true),
        ("", "\nWaiting for the debugger to disconnect...\n", true),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n",
            "\r\n",
            true,
        ),
        ("{\"id\":7,\"result\":", "}", true),
        ("\0\0\0\0", "\0\0\0\0", false),
        ("", "]}", true),
    ] {
        let file = format!("{before}{text}{behind}");
        for bytes in [file.clone().into_bytes(), pack(file.as_bytes())] {
            let mut snapshot = read(&bytes).unwrap();
            let words = snapshot.warnings.pop();
            assert_eq!(words.is_some(), told, "{words:?}");
            assert!(words.is_none_or(|words| words.contains("skipped")));
            assert!(facts(&snapshot) == facts(&plain), "{before:?} {behind:?}");
            std::fs::write(&path, &bytes).unwrap();
            assert!(heaptui::snapshot::probe(&path).unwrap().complete);
        }
    }
    // Cut short is cut short, whatever stood before.
    let cut = format!("log\n{}", &text[..text.len() - 2]);
    std::fs::write(&path, &cut).unwrap();
    assert!(!heaptui::snapshot::probe(&path).unwrap().complete);
    let error = Snapshot::open(&path, &Task::new()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Truncated, "{error}");
}

#[test]
fn parts_of_packed_files_may_be_padded_and_skipped() {
    let text = text(&dump());
    let plain = read(text.as_bytes()).unwrap();
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    // As pzstd and seek tables have them.
    let skip = |length: usize| {
        let mut frame = b"\x5e\x2a\x4d\x18".to_vec();
        frame.extend((length as u32).to_le_bytes());
        frame.resize(8 + length, b'x');
        frame
    };
    let zeros = vec![0; 1000];
    let gzip = |bytes: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    for parts in [
        [gzip(first), gzip(second), zeros.clone()],
        [gzip(first), zeros.clone(), gzip(second)],
        [skip(4), pack(text.as_bytes()), zeros],
        [pack(first), skip(0), pack(second)],
        [pack(first), pack(second), skip(300_000)],
    ] {
        let snapshot = read(&parts.concat()).unwrap();
        assert!(facts(&snapshot) == facts(&plain));
    }
    let cut = [pack(text.as_bytes()), skip(100)].concat();
    let error = read(&cut[..cut.len() - 1]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Truncated, "{error}");
}

#[test]
fn dumps_in_pieces_are_named() {
    let text = text(&dump());
    let nodes = text.find("\"nodes\"").unwrap() + 30;
    let (first, second) = text.split_at(nodes);
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n";
    let chunked = format!("{head}{}{}0\r\n\r\n", chunk(first), chunk(second));
    let frame = |text: &str| {
        let length = (text.len() as u32).to_be_bytes();
        [b"\x01\0\0\0", &length[..], text.as_bytes()].concat()
    };
    let framed = [frame(first), frame(second)].concat();
    for (file, words) in [(chunked.as_bytes(), "in chunks"), (&framed, "Docker")] {
        let error = read(file).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotASnapshot, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // One piece alone is whole.
    for file in [format!("{head}{}", chunk(&text)).into_bytes(), frame(&text)] {
        let mut snapshot = read(&file).unwrap();
        assert!(snapshot.warnings.pop().unwrap().contains("skipped"));
        assert!(facts(&snapshot) == facts(&read(text.as_bytes()).unwrap()));
    }
}

#[test]
fn two_dumps_in_one_file_are_named_with_the_place() {
    let text = text(&dump());
    for between in ["", "\n", "\nanother\n"] {
        let both = format!("{text}{between}{text}");
        let error = read(both.as_bytes()).unwrap_err().to_string();
        let at = text.len() + between.len();
        assert!(error.contains("two dumps"), "{error}");
        assert!(error.contains(&format!("head -c {at} FILE")), "{error}");
        assert!(!error.contains("damaged"), "{error}");
    }
    // An archive is unpacked by its own tool.
    let mut head = vec![0; 512];
    head[..6].copy_from_slice(b"1.json");
    head[257..262].copy_from_slice(b"ustar");
    let archive = |dumps: usize| [&head, text.as_bytes(), &[0; 300]].concat().repeat(dumps);
    let error = read(&archive(2)).unwrap_err().to_string();
    assert!(error.contains("tar xf FILE"), "{error}");
    assert_eq!(
        read(&archive(1)).unwrap().nodes.id.len(),
        read(text.as_bytes()).unwrap().nodes.id.len()
    );
}
