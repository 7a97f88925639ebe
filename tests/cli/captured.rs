//! What was noted when a dump was taken: a script is known by the hash of its text, whatever its file's time says.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::capture::Running;
use super::json_of;

const SERVER: &str = "class Session { constructor(id) { this.id = id; } }
const sessions = new Map();
setInterval(() => { for (let i = 0; i < 9; i++) sessions.set(sessions.size, new Session(i)); }, 20);
console.log('ready');
";

/// Where the first session's class was written, as far as that is known.
fn source(folder: &Path) -> Value {
    let found = json_of(
        folder,
        &["objects", "dumps", "--class", "Session", "--limit", "1"],
    );
    let id = found["objects"][0]["id"].to_string();
    json_of(folder, &["object", "dumps", "--id", &id])["source"].take()
}

#[test]
fn a_script_is_known_by_the_hash_that_capture_noted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let script = folder.join("server.js");
    fs::write(&script, SERVER).unwrap();
    // Another test has the usual port.
    let arguments = [OsStr::new("--inspect-port=0"), script.as_os_str()];
    let Some(node) = Running::node(arguments) else {
        return;
    };
    let pid = node.pid();
    let arguments = [
        "capture", &pid, "-o", "dumps", "--count", "2", "--every", "100ms",
    ];
    let taken = json_of(folder, &arguments);
    let sidecars = || {
        let all = fs::read_dir(folder.join("dumps")).unwrap();
        let paths = all.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.to_string_lossy().ends_with(".capture.json"))
    };
    assert_eq!(sidecars().count(), 2, "{taken}");
    let noted: Value =
        serde_json::from_slice(&fs::read(sidecars().next().unwrap()).unwrap()).unwrap();
    let scripts = noted["scripts"].as_array().unwrap();
    let of_server = |script: &&Value| script["url"].as_str().unwrap().ends_with("server.js");
    let hash = scripts.iter().find(of_server).unwrap()["hash"]
        .as_str()
        .unwrap();
    if hash.len() != 64 {
        eprintln!("this node has hashes of another kind");
        return;
    }
    let touch = |time: SystemTime| {
        let file = fs::File::options().append(true).open(&script).unwrap();
        file.set_modified(time).unwrap();
    };
    // The hash tells more than the time.
    touch(SystemTime::now() + Duration::from_secs(86_400));
    let same = source(folder);
    assert_eq!(
        (&same["certainty"], &same["note"]),
        (&"exact".into(), &Value::Null)
    );
    assert!(
        same["code"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("class Session")
    );
    // As does a change that neither the time nor the place shows.
    fs::write(&script, format!("{SERVER}// later")).unwrap();
    touch(SystemTime::UNIX_EPOCH);
    let changed = source(folder);
    assert_eq!(changed["note"], "server.js changed since it was loaded");
    assert_eq!(
        (&changed["certainty"], &changed["code"]),
        (&"unknown".into(), &Value::Null)
    );
    // Without what was noted it passes.
    sidecars().for_each(|path| fs::remove_file(path).unwrap());
    assert_eq!(source(folder)["certainty"], "exact");
}
