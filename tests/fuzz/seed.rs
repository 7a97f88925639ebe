//! Fills the corpora of the fuzz targets: the made-up snapshots of the tests, whole, cut and packed, names of files, and a few
//! texts of each other kind that is read.

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

const PROFILES: [&str; 2] = [
    r#"{"head":{"callFrame":{"functionName":"(root)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1},"selfSize":0,"id":1,"children":[{"callFrame":{"functionName":"grow","scriptId":"7","url":"file:///a.js","lineNumber":3,"columnNumber":9},"selfSize":4096,"id":2,"children":[]}]},"samples":[{"size":4096,"nodeId":2,"ordinal":1}]}"#,
    r#"{"head":{"functionName":"(root)","url":"","lineNumber":1,"columnNumber":1,"selfSize":5,"children":[]}}"#,
];

const SETTINGS: [&str; 3] = [
    "theme = \"dark\"\ncolour = 256\nascii = \"auto\"\nmouse = true\n",
    "sort = \"retained\"\nmemory = \"512M\"\ncolumns = [\"count\", \"retained\"]\nweak = false\n",
    "[keys]\nquit = \"Ctrl-d\"\ndown = [\"j\", \"Down\"]\nup = []\n",
];

const MAPS: [&str; 3] = [
    r#"{"version":3,"sources":["../src/a.ts"],"names":["Session"],"sourcesContent":["class Session {}"],"mappings":"AAAA,IASaA;;AAAA"}"#,
    r#"{"version":3,"sections":[{"offset":{"line":2,"column":100},"map":{"version":3,"sources":["a"],"names":[],"mappings":"AAAA"}}]}"#,
    "class A { constructor(a) {} }\n//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozfQ==",
];

const LOGS: [&str; 3] = [
    "[1234:0x5581d40]      123 ms: Scavenge 10.1 (12.3) -> 9.0 (13.3) MB, 1.2 / 0.0 ms  (average mu = 1.000, current mu = 1.000) allocation failure; \n",
    "[1234:0x5581d40]     4567 ms: Mark-sweep (reduce) 90.5 (120.0) -> 80.1 (121.0) MB, 45.6 / 0.1 ms  (+ 3.0 ms in 10 steps since start of marking) (average mu = 0.3) finalize incremental marking via stack guard GC in old space requested\n",
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n",
];

const QUESTIONS: [&str; 6] = [
    "Session retained>10kB new(s1,s2) owner~winston | group holder | top 20",
    "class=\"a b\" and not (type=string or has(key)) | sort shallow | top 3",
    "!detached distance<5 | group by class | where count>2 | sort by retained",
    "retained-by(detached-dom) value~\"x\" shallow=1..2MB",
    "id=3 or new(s2) | group type | top 1",
    "name~a* | sort id",
];

const KNOWN: [&str; 2] = [
    "[[leak]]\nsignature = \"LK-7f3a90c1\"\nreason = \"a cache\"\nuntil = \"2027-01-31\"\nmax_growth_per_hour = \"10M\"\n",
    "# none\n[[leak]]\nsignature = \"LK-00000001\"\nreason = \"-\"\nuntil = 2099-12-31\n",
];

const SIDECARS: [&str; 2] = [
    r#"{"schema_version":1,"pid":7,"started":5,"nodes":4711,"rss":1,"peak_rss":2,"pause_ms":3,"memory_limit":null,"usage":{"heapUsed":1},"scripts":[{"scriptId":"1","url":"file:///a.js","hash":"ab","sourceMapURL":"a.js.map"}]}"#,
    r#"{"snapshot":{"meta":{},"node_count": 4711,"edge_count":1}"#,
];

/// The first byte says what is asked for.
const INSPECTOR: [&str; 7] = [
    "0HTTP/1.1 200 OK\r\nContent-Length: 57\r\n\r\n[{\"type\":\"node\",\"webSocketDebuggerUrl\":\"ws://localhost/a\"}]",
    "4{\"id\":1,\"result\":{\"profile\":{\"head\":{}}}}",
    "1{\"method\":\"Debugger.scriptParsed\",\"params\":{\"scriptId\":\"1\",\"url\":\"file:///a.js\",\"hash\":\"ab\"}}\n{\"id\":1,\"result\":{}}\n{\"id\":2,\"result\":{}}\n{\"id\":3,\"result\":{\"result\":{\"value\":\"1\"}}}",
    "2{\"id\":1,\"result\":{}}\n{\"method\":\"HeapProfiler.addHeapSnapshotChunk\",\"params\":{\"chunk\":\"{\\\"a\\\":1}\"}}\n{\"method\":\"HeapProfiler.reportHeapSnapshotProgress\",\"params\":{\"done\":1,\"total\":2}}\n{\"id\":2,\"result\":{}}",
    "3{\"method\":\"NodeWorker.receivedMessageFromWorker\",\"params\":{\"sessionId\":\"w\",\"message\":\"{\\\"id\\\":1,\\\"result\\\":{}}\"}}",
    "2{\"id\":1,\"error\":{\"message\":\"no\"}}",
    "2{\"id\":1,\"result\":{}}\n{\"id\":2,\"result\":{}}",
];

const CALLS: [(&str, &str); 13] = [
    ("overview", "{}"),
    ("suspects", "{}"),
    ("owners", r#"{"by":"package"}"#),
    ("trend", r#"{"offset":1,"max_bytes":1000}"#),
    ("query", r#"{"question":"retained>10 | group class"}"#),
    ("object", r#"{"id":3}"#),
    ("why", r#"{"id":5}"#),
    ("paths", r#"{"class":"Session"}"#),
    ("retained_if_cut", r#"{"id":3,"ids":[5,7]}"#),
    ("strings", "{}"),
    ("compare", r#"{"from":"s1","to":"s2"}"#),
    ("report", "{}"),
    ("nothing", r#"{"a":[]}"#),
];

/// Calls `add` for each input, with the target, a name, and its bytes.
pub fn each(mut add: impl FnMut(&str, &str, &[u8])) {
    let packed = &include_bytes!("../data/random.json.gz")[..];
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    for (number, case) in file["cases"].as_array().unwrap().iter().enumerate() {
        let snapshot = case["snapshot"].to_string();
        add("loader", &format!("whole-{number}"), snapshot.as_bytes());
        if number % 8 == 0 {
            let cut = &snapshot.as_bytes()[..snapshot.len() * (number % 7 + 1) / 8];
            add("loader", &format!("cut-{number}"), cut);
            add("packed", &format!("plain-{number}"), snapshot.as_bytes());
            let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
            gzip.write_all(snapshot.as_bytes()).unwrap();
            add("packed", &format!("gzip-{number}"), &gzip.finish().unwrap());
        }
    }
    for (number, name) in NAMES.iter().enumerate() {
        add("names", &number.to_string(), name.as_bytes());
    }
    for (number, map) in MAPS.iter().enumerate() {
        add("source_map", &number.to_string(), map.as_bytes());
    }
    for (number, text) in TEXTS.iter().enumerate() {
        add("strings", &number.to_string(), text.as_bytes());
    }
    for (target, texts) in [
        ("profile", &PROFILES[..]),
        ("settings", &SETTINGS),
        ("gc", &LOGS),
        ("query", &QUESTIONS),
        ("known", &KNOWN),
        ("sidecar", &SIDECARS),
        ("cdp", &INSPECTOR),
    ] {
        for (number, text) in texts.iter().enumerate() {
            add(target, &number.to_string(), text.as_bytes());
        }
    }
    for (number, (name, arguments)) in CALLS.iter().enumerate() {
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"{name}","arguments":{arguments}}}}}"#,
            number + 1
        );
        add("mcp", name, call.as_bytes());
    }
    let others = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}\n{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}\n{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}";
    add("mcp", "others", others.as_bytes());
    for case in 0..4 {
        add("index", &format!("as-it-is-{case}"), &[case]);
        add(
            "index",
            &format!("changed-{case}"),
            &[case, 40, 0, 7, 0, 0, 4, 255, 255],
        );
    }
}

fn main() {
    each(|target, name, bytes| {
        let folder = Path::new("corpus").join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    });
}
