//! `mcp`: a scripted client talks to the server over its standard input and output.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::printed;

const DEMO: &str = "assets/demo";
const PLANTED: &str = "tests/data/planted";

/// A client that counts what it asks and reads.
struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    calls: u64,
    bytes: usize,
}

impl Client {
    fn new(dumps: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_heaptui"))
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["mcp", dumps])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut client = Self {
            child,
            input,
            output,
            calls: 0,
            bytes: 0,
        };
        let hello = json!({
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        });
        let found = client.ask("initialize", hello);
        assert_eq!(found["result"]["serverInfo"]["name"], "heaptui");
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        client
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input.as_mut().unwrap(), "{message}").unwrap();
    }

    /// The next message, which is one line of JSON as all of standard output.
    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }));
        let answer = self.next();
        assert_eq!(answer["id"], id);
        answer
    }

    /// The text of a tool's answer, and whether it is an error.
    fn call(&mut self, tool: &str, arguments: Value) -> (String, bool) {
        let answer = self.ask(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        );
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str();
        let text = text.unwrap_or_else(|| panic!("{answer}")).to_owned();
        self.bytes += text.len();
        (text, result["isError"] == true)
    }

    fn found(&mut self, tool: &str, arguments: Value) -> Value {
        let limit = arguments["max_bytes"].as_u64().unwrap_or(4000) as usize;
        let (text, is_error) = self.call(tool, arguments);
        assert!(!is_error, "{tool}: {text}");
        assert!(text.len() <= limit, "{tool}: {} bytes", text.len());
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // The server ends when nobody asks any more.
        drop(self.input.take());
        self.child.wait().unwrap();
    }
}

#[test]
fn an_agent_finds_the_leak_of_the_demo_in_five_calls_and_ten_kilobytes() {
    let mut client = Client::new(DEMO);
    let (before, start) = (client.calls, client.bytes);
    let overview = client.found("overview", json!({}));
    assert!(
        overview["dumps"].as_array().unwrap().len() >= 3,
        "{overview}"
    );
    let found = client.found("suspects", json!({}));
    assert_eq!(found["verdict"], "leak");
    let first = &found["suspects"][0];
    let report = printed(
        Path::new(env!("CARGO_MANIFEST_DIR")),
        &["suspects", DEMO, "--format", "json"],
    );
    let report: Value = serde_json::from_str(&report).unwrap();
    let expected = &report["suspects"][0];
    for field in [
        "signature",
        "pattern",
        "confidence",
        "growth_bytes",
        "retained_sizes",
    ] {
        assert_eq!(first[field], expected[field], "{field}");
    }
    assert_eq!(first["holder"]["id"], expected["holder"]["id"]);
    let why = client.found("why", json!({ "id": first["example_id"] }));
    assert!(why["summary"].as_str().unwrap().len() > 20, "{why}");
    let cut = client.found("retained_if_cut", json!({ "ids": [first["holder"]["id"]] }));
    assert!(cut["frees"]["bytes"].as_u64().unwrap() > 0);
    assert!(
        client.calls - before <= 5,
        "{} calls",
        client.calls - before
    );
    assert!(
        client.bytes - start <= 10_000,
        "{} bytes",
        client.bytes - start
    );
}

#[test]
fn every_answer_is_small_and_says_what_was_left_out() {
    let mut client = Client::new(PLANTED);
    let tools = client.ask("tools/list", json!({}));
    let tools = tools["result"]["tools"].as_array().unwrap().clone();
    assert_eq!(tools.len(), 12);
    let suspects = client.found("suspects", json!({}));
    let id = suspects["suspects"][0]["holder"]["id"].clone();
    for tool in &tools {
        let name = tool["name"].as_str().unwrap();
        let arguments = match name {
            "query" => json!({ "question": "| group shape" }),
            "object" | "why" => json!({ "id": id }),
            "paths" => json!({ "class": "Profile" }),
            "retained_if_cut" => json!({ "ids": [id] }),
            _ => json!({}),
        };
        let small = client.found(name, arguments.clone());
        assert!(
            small["same_as"].as_str().unwrap().starts_with("heaptui "),
            "{name}"
        );
        let rows = &small["rows"];
        let is_whole = rows["shown"] == rows["of"];
        assert_eq!(is_whole, small["left_out"].is_null(), "{name}: {small}");
        if !is_whole {
            // What was left out can be had as it says.
            let mut more = arguments.clone();
            more["offset"] = rows["shown"].clone();
            let next = client.found(name, more);
            assert_eq!(next["rows"]["from"], rows["shown"], "{name}");
            assert!(next["rows"]["shown"].as_u64().unwrap() > 0, "{name}");
        }
    }
    let counts = client.found("query", json!({ "question": "Profile new(s1,s2)" }));
    assert_eq!(counts["total"]["count"], 60);
}

#[test]
fn no_planted_secret_is_in_an_answer() {
    let mut client = Client::new(PLANTED);
    let suspects = client.found("suspects", json!({ "max_bytes": 100_000 }));
    let mut answers = vec![suspects.to_string()];
    let ids: Vec<Value> = suspects["suspects"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|suspect| {
            [
                suspect["holder"]["id"].clone(),
                suspect["example_id"].clone(),
            ]
        })
        .filter(|id| !id.is_null())
        .collect();
    for tool in [
        "overview", "owners", "trend", "strings", "compare", "report",
    ] {
        answers.push(
            client
                .found(tool, json!({ "max_bytes": 200_000 }))
                .to_string(),
        );
    }
    for question in [
        "value~. | top 300",
        "| group shape",
        "| group holder | top 300",
        "type=closure | top 100",
    ] {
        let found = client.found(
            "query",
            json!({ "question": question, "max_bytes": 200_000 }),
        );
        answers.push(found.to_string().replace(question, ""));
    }
    for id in &ids {
        for tool in ["object", "why"] {
            answers.push(
                client
                    .found(tool, json!({ "id": id, "max_bytes": 100_000 }))
                    .to_string(),
            );
        }
    }
    answers.push(
        client
            .found("paths", json!({ "class": "Profile", "max_bytes": 100_000 }))
            .to_string(),
    );
    for answer in &answers {
        let mut secrets = answer
            .match_indices("QZ")
            .map(|(at, _)| &answer[at..(at + 60).min(answer.len())]);
        let secret = secrets.find(|at| !at.starts_with("QZTAGWORD"));
        assert_eq!(secret, None);
    }
    assert!(answers.iter().any(|answer| answer.contains("byAddress")));
}

#[test]
fn wrong_calls_are_answered_and_calls_can_be_cancelled() {
    let mut client = Client::new(PLANTED);
    for (tool, arguments, words) in [
        ("why", json!({}), "id is missing"),
        ("why", json!({ "id": "x" }), "id is a whole number"),
        (
            "why",
            json!({ "id": 4_000_000_000u32 }),
            "no object @4000000000",
        ),
        (
            "object",
            json!({ "id": 1, "reveal": true }),
            "no parameter is called reveal",
        ),
        (
            "query",
            json!({ "question": "retaned>1" }),
            "column 1: no field is called retaned",
        ),
        ("compare", json!({ "from": "s9" }), "no such dump"),
        (
            "paths",
            json!({ "class": "Nothing" }),
            "no objects of this class",
        ),
        ("retained_if_cut", json!({}), "nothing goes"),
    ] {
        let (text, is_error) = client.call(tool, arguments);
        assert!(is_error && text.contains(words), "{tool}: {text}");
    }
    let unknown = client.ask("tools/call", json!({ "name": "shell", "arguments": {} }));
    assert!(
        unknown["error"]["message"]
            .as_str()
            .unwrap()
            .contains("no tool is called shell")
    );

    // A call that is cancelled is not answered, and the next one is.
    client.calls += 1;
    let id = client.calls;
    client.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "suspects", "arguments": {} } }));
    client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } }));
    client.calls += 1;
    let next = client.calls;
    client.send(&json!({ "jsonrpc": "2.0", "id": next, "method": "tools/call", "params": { "name": "overview", "arguments": {} } }));
    loop {
        let message = client.next();
        if message["id"] == next {
            assert!(
                message["result"]["content"][0]["text"]
                    .as_str()
                    .unwrap()
                    .contains("s1")
            );
            break;
        }
    }
}
