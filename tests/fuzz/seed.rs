//! Fills the corpora of the fuzz targets: the made-up snapshots of the tests, whole, cut and packed, and names of files.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

const NAMES: [&str; 6] = [
    "Heap.20261121.163200.4242.0.003.heapsnapshot",
    "v8-heap-1763742000000.heapsnapshot",
    "heapdump-1763742.123456.heapsnapshot.gz",
    "Heap-20261121T163200.heapsnapshot",
    "Dumpy_2026-11-21T16:32:00.000Z.heapsnapshot",
    "sample_1763742000000_132.heapprofile",
];

const TEXTS: [&str; 4] = [
    "\u{1b}[31mred\u{1b}[0m \u{202e}drawkcab",
    "👩\u{200d}👩\u{200d}👧 漢字 e\u{301}",
    "=HYPERLINK(\"http://x\") | `code` | <b>",
    "a\u{0}b\u{7}\r\n\t\u{9b}31m",
];

fn write(target: &str, name: &str, bytes: &[u8]) {
    let folder = Path::new("corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
}

fn main() {
    let packed = fs::read("../data/random.json.gz").unwrap();
    let mut text = String::new();
    GzDecoder::new(&*packed).read_to_string(&mut text).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    for (number, case) in file["cases"].as_array().unwrap().iter().enumerate() {
        let snapshot = case["snapshot"].to_string();
        write("loader", &format!("whole-{number}"), snapshot.as_bytes());
        if number % 8 == 0 {
            let cut = &snapshot.as_bytes()[..snapshot.len() * (number % 7 + 1) / 8];
            write("loader", &format!("cut-{number}"), cut);
            write("packed", &format!("plain-{number}"), snapshot.as_bytes());
            let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
            gzip.write_all(snapshot.as_bytes()).unwrap();
            write("packed", &format!("gzip-{number}"), &gzip.finish().unwrap());
        }
    }
    for (number, name) in NAMES.iter().enumerate() {
        write("names", &number.to_string(), name.as_bytes());
    }
    for (number, text) in TEXTS.iter().enumerate() {
        write("strings", &number.to_string(), text.as_bytes());
    }
}
