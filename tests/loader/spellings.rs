//! One dump in many spellings gives the same columns.

use std::io::Write;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{facts, made_up, read, text};

/// The dump with its top-level keys in another order, one unknown key added.
fn reordered(dump: &Value, order: &[usize]) -> Value {
    let mut entries: Vec<(String, Value)> = dump
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let tricky = serde_json::json!({"nodes": [1, {"]": "}\"\\"}], "x": -1.5e-3});
    entries.push(("surplus".into(), tricky));
    let mut reordered = Map::new();
    for &from in order {
        let at = from % entries.len();
        let (key, value) = entries.remove(at);
        reordered.insert(key, value);
        if entries.is_empty() {
            break;
        }
    }
    reordered.extend(entries);
    Value::Object(reordered)
}

#[test]
fn white_space_and_a_byte_order_mark_make_no_difference() {
    for dump in made_up() {
        let plain = text(&dump);
        let wanted = facts(&read(plain.as_bytes()).unwrap());
        let pretty = serde_json::to_string_pretty(&dump).unwrap();
        assert_eq!(facts(&read(pretty.as_bytes()).unwrap()), wanted);
        let marked = format!("\u{feff}  {plain}\r\n");
        assert_eq!(facts(&read(marked.as_bytes()).unwrap()), wanted);
    }
}

#[test]
fn packing_makes_no_difference() {
    for dump in made_up().iter().take(20) {
        let plain = text(dump).into_bytes();
        let wanted = facts(&read(&plain).unwrap());
        let gzip = |text: &[u8]| {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(facts(&read(&gzip(&plain)).unwrap()), wanted);
        // Parallel compressors write several members, or frames, one behind the other.
        let (front, back) = plain.split_at(plain.len() / 3);
        let members = [gzip(front), gzip(back)].concat();
        assert_eq!(facts(&read(&members).unwrap()), wanted);
        let zstd = |text: &[u8]| {
            ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
        };
        assert_eq!(facts(&read(&zstd(&plain)).unwrap()), wanted);
        let frames = [zstd(front), zstd(back)].concat();
        assert_eq!(facts(&read(&frames).unwrap()), wanted);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_keys_makes_no_difference(
        case in 0usize..200,
        order in prop::collection::vec(0usize..16, 16),
        pretty: bool,
    ) {
        let dumps = made_up();
        let dump = &dumps[case % dumps.len()];
        let wanted = facts(&read(&text(dump).into_bytes()).unwrap());
        let other = reordered(dump, &order);
        let other_text = if pretty { serde_json::to_vec_pretty(&other) } else { serde_json::to_vec(&other) };
        prop_assert_eq!(facts(&read(&other_text.unwrap()).unwrap()), wanted);
    }
}

#[test]
fn fields_are_found_by_their_names() {
    for dump in made_up().iter().take(50) {
        let wanted = read(&text(dump).into_bytes()).unwrap();
        // Node fields back to front with one more that nobody knows.
        let mut turned = dump.clone();
        let width = dump["snapshot"]["meta"]["node_fields"]
            .as_array()
            .unwrap()
            .len();
        let turn = |row: &[Value]| {
            let mut row: Vec<Value> = row.iter().rev().cloned().collect();
            row.push(Value::from(7));
            row
        };
        let meta = &mut turned["snapshot"]["meta"];
        let mut fields: Vec<Value> = meta["node_fields"].as_array().unwrap().clone();
        fields.reverse();
        fields.push("colour".into());
        meta["node_fields"] = fields.into();
        let mut types: Vec<Value> = meta["node_types"].as_array().unwrap().clone();
        types.resize(width, "number".into());
        types.reverse();
        types.push("number".into());
        meta["node_types"] = types.into();
        let nodes = dump["nodes"].as_array().unwrap();
        turned["nodes"] = nodes
            .chunks(width)
            .flat_map(turn)
            .collect::<Vec<_>>()
            .into();
        let scale = |offset: &Value| {
            Value::from(offset.as_u64().unwrap() / width as u64 * (width as u64 + 1))
        };
        for (list, stride, at) in [("edges", 3, 2), ("locations", 4, 0)] {
            for row in turned[list].as_array_mut().unwrap().chunks_mut(stride) {
                row[at] = scale(&row[at]);
            }
        }
        let read = read(&text(&turned).into_bytes()).unwrap();
        assert_eq!(facts(&read), facts(&wanted));
    }
}

#[test]
fn strings_keep_their_oddities_until_they_are_shown() {
    let dump = made_up().swap_remove(0);
    let plain = text(&dump);
    let long = "x".repeat(3 << 20);
    let odd = format!(r#"["\ud800 half","nul \u0000","😀 \ud83d\ude00","{long}","#);
    let text = plain.replacen("\"strings\":[", &format!("\"strings\":{odd}"), 1);
    let snapshot = read(text.as_bytes()).unwrap();
    let string = |index| {
        snapshot
            .strings
            .get(heaptui::snapshot::StrId(index))
            .into_owned()
    };
    assert_eq!(string(0), "\u{fffd} half");
    assert_eq!(string(1), "nul \0");
    assert_eq!(string(2), "😀 😀");
    assert_eq!(string(3).len(), 3 << 20);
    assert_eq!(string(4), "<dummy>");
}
