//! Dumps of running processes: processes that a test makes up, and an inspector that stalls, lies and breaks off.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use heaptui::capture::inspector::{self, Inspector, Peer};
use heaptui::capture::series::forecast;
use heaptui::capture::way::{Way, no_way, ways};
use heaptui::capture::{Basis, Proc, Runtime, Verdict, dump as dumping};
use heaptui::task::Task;
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::{heaptui, json_of, refused, text};

// ---- A /proc tree that a test makes ----

const PID: u32 = 4711;
const SIGUSR1: u64 = 1 << 9;
const SIGUSR2: u64 = 1 << 11;

/// A process as `/proc` would show it.
struct Made {
    folder: tempfile::TempDir,
}

impl Made {
    fn new(args: &[&str], caught: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Self { folder };
        made.write(
            "proc/meminfo",
            "MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\n",
        );
        made.write("proc/self/status", "Uid:\t1000\t1000\t1000\t1000\n");
        made.of("cmdline", &args.join("\0"));
        made.of(
            "stat",
            &format!(
                "{PID} ({}) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 555 0 0",
                args[0]
            ),
        );
        made.of(
            "status",
            &format!("Uid:\t1000\t1000\t1000\t1000\nNSpid:\t{PID}\t7\nVmRSS:\t60000 kB\nRssAnon:\t40000 kB\nVmSize:\t900000 kB\nSigCgt:\t{caught:016x}\n"),
        );
        made
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn of(&self, name: &str, text: &str) {
        self.write(&format!("proc/{PID}/{name}"), text);
    }

    fn listens(&self, port: u16) {
        let inode = 81234;
        self.of("net/tcp", &format!("  sl  local_address\n   0: 0100007F:{port:04X} 00000000:0000 0A 0:0 00:0 0 1000 0 {inode} 1\n"));
        fs::create_dir_all(self.folder.path().join(format!("proc/{PID}/fd"))).unwrap();
        symlink(
            format!("socket:[{inode}]"),
            self.folder.path().join(format!("proc/{PID}/fd/19")),
        )
        .unwrap();
    }

    fn proc(&self) -> Proc {
        Proc::at(
            self.folder.path().join("proc"),
            self.folder.path().join("groups"),
        )
    }

    fn ways(&self) -> Vec<Way> {
        let process = self.proc().read(PID).unwrap();
        ways(&self.proc(), &process, Runtime::of(&process).unwrap())
    }
}

#[test]
fn only_signals_that_are_caught_are_a_way() {
    let hooked = ["node", "--heapsnapshot-signal=SIGUSR2", "a.js"];
    assert_eq!(
        Made::new(&hooked, SIGUSR1 | SIGUSR2).ways(),
        [Way::Signal(12), Way::OpenInspector]
    );
    // The option alone proves nothing: a wrapper passes it on, and would die of the signal.
    assert_eq!(Made::new(&hooked, 0).ways(), []);
    assert_eq!(
        Made::new(&["node", "a.js"], SIGUSR1).ways(),
        [Way::OpenInspector]
    );
    assert_eq!(Made::new(&["node", "a.js"], 0).ways(), []);
    assert_eq!(Made::new(&["deno", "run", "a.ts"], SIGUSR1).ways(), []);
    let shut = Made::new(&["node", "--disable-sigusr1", "a.js"], SIGUSR1);
    assert_eq!(shut.ways(), []);
    let environment = Made::new(&["node", "a.js"], SIGUSR2);
    environment.of(
        "environ",
        "A=b\0NODE_OPTIONS=--heapsnapshot-signal=SIGUSR2\0",
    );
    assert_eq!(environment.ways(), [Way::Signal(12)]);
}

#[test]
fn only_a_port_of_the_process_itself_is_a_way() {
    let made = Made::new(&["node", "--inspect=9333", "a.js"], 0);
    assert_eq!(made.ways(), [], "nobody listens there, or another process");
    made.listens(9333);
    assert_eq!(made.ways(), [Way::Inspector(9333)]);
    let service = Made::new(&["node", "a.js"], 0);
    service.listens(8080);
    assert_eq!(
        service.ways(),
        [],
        "the service's own port is not spoken to"
    );
}

#[test]
fn who_cannot_be_captured_is_told_how_to_start() {
    let message = |made: &Made| {
        let process = made.proc().read(PID).unwrap();
        no_way(&process, Runtime::of(&process)).to_string()
    };
    let node = message(&Made::new(&["node", "a.js"], 0));
    assert!(
        node.contains("nothing was sent") && node.contains("--heapsnapshot-signal=SIGUSR2"),
        "{node}"
    );
    let wrapper = message(&Made::new(&["npm", "start"], 0));
    assert!(
        wrapper.contains("no runtime with V8") && wrapper.contains("heaptui ps"),
        "{wrapper}"
    );
    let other = Made::new(&["node", "a.js"], SIGUSR1);
    other.write("proc/self/status", "Uid:\t1\t1\t1\t1\n");
    assert!(message(&other).contains("another user"));
    assert_eq!(other.ways(), []);
}

#[test]
fn the_room_is_that_of_the_process_and_its_group() {
    let made = Made::new(&["node", "a.js"], SIGUSR1);
    let forecast = |made: &Made| {
        let process = made.proc().read(PID).unwrap();
        forecast(&made.proc(), &process, Path::new("/no/such/folder")).unwrap()
    };
    let free = forecast(&made);
    assert_eq!(
        (free.verdict, free.room),
        (Verdict::Safe, Some(8_000_000 << 10))
    );
    assert!(matches!(free.basis, Basis::Memory(_)));
    made.of("cgroup", "0::/pod\n");
    made.write("groups/pod/memory.max", "100000000\n");
    made.write("groups/pod/memory.current", "90000000\n");
    let tight = forecast(&made);
    assert_eq!(
        (tight.verdict, tight.room),
        (Verdict::Refused, Some(10_000_000))
    );
    let process = made.proc().read(PID).unwrap();
    assert_eq!(process.memory_limit, Some(100_000_000));
    assert_eq!(process.inner_pid, 7, "its number in the container");
    made.of(
        "limits",
        "Max address space         950000000            950000000            bytes\n",
    );
    made.write("groups/pod/memory.max", "max\n");
    assert_eq!(forecast(&made).room, Some(950_000_000 - 900_000 * 1024));
}

#[test]
fn what_proc_says_is_read_whichever_way_it_says_it() {
    let args = ["node", "a.js"];
    let read = |made: &Made| made.proc().read(PID).unwrap();
    // The first version of control groups, in which other controllers have lines too.
    let old = Made::new(&args, SIGUSR1);
    old.of("cgroup", "7:cpu,cpuacct:/other\n5:memory:/pod\n");
    old.write("groups/memory/pod/memory.limit_in_bytes", "300000000\n");
    old.write("groups/memory/pod/memory.usage_in_bytes", "100000000\n");
    assert_eq!(read(&old).memory_limit, Some(300_000_000));
    assert_eq!(read(&old).available, Some(200_000_000));
    // No limits: what the machine has.
    old.of("cgroup", "0::/\n");
    old.of(
        "limits",
        "Max address space         unlimited            unlimited            bytes\n",
    );
    assert_eq!(read(&old).own_limit_left, None);
    assert_eq!(read(&old).available, Some(8_000_000 << 10));

    // A port over IPv6, and one that is connected rather than listened at.
    let six = Made::new(&["node", "--inspect=9333", "a.js"], 0);
    six.listens(8080);
    let row = |port: u16, state: &str| {
        let local = "00000000000000000000000001000000";
        format!("   0: {local}:{port:04X} {local}:0000 {state} 0:0 00:0 0 1000 0 81234 1\n")
    };
    six.of("net/tcp6", &format!("  sl\n{}", row(9333, "01")));
    assert_eq!(six.ways(), []);
    six.of("net/tcp6", &format!("  sl\n{}", row(9333, "0A")));
    assert_eq!(six.ways(), [Way::Inspector(9333)]);

    // Root reads the processes of others.
    let root = Made::new(&args, SIGUSR1);
    root.write("proc/self/status", "Uid:\t0\t0\t0\t0\n");
    root.of(
        "status",
        "Uid:\t33\t33\t33\t33\nSigCgt:\t0000000000000200\n",
    );
    assert_eq!(root.ways(), [Way::OpenInspector]);
    // Without a line for the namespace its number is the same everywhere; what is not told is 0.
    let process = read(&root);
    assert_eq!(
        (process.inner_pid, process.rss, process.rss_anonymous),
        (PID, 0, 0)
    );

    // It ended, became a zombie, or another process has its number.
    let proc = root.proc();
    assert!(proc.is_alive(&process));
    for stat in [
        format!("{PID} (node) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 555 0 0"),
        format!("{PID} (a) b) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 556 0 0"),
        String::new(),
    ] {
        root.of("stat", &stat);
        assert!(!proc.is_alive(&process), "{stat}");
    }
    let error = proc.read(1).unwrap_err().to_string();
    assert!(error.contains("there is no process 1"), "{error}");
    // Its folders, as they are seen from here.
    symlink(
        "/srv/app",
        root.folder.path().join(format!("proc/{PID}/cwd")),
    )
    .unwrap();
    assert_eq!(proc.working_folder(PID).unwrap(), Path::new("/srv/app"));
    let dumps = proc.folder_of(PID, Path::new("/srv/app/dumps"));
    assert!(
        dumps.ends_with(format!("proc/{PID}/root/srv/app/dumps")),
        "{}",
        dumps.display()
    );
    root.write("proc/not-a-process/stat", "");
    assert_eq!(proc.pids().unwrap(), [PID]);
}

// ---- Processes that are really there ----

pub(super) struct Running(pub Child);

impl Running {
    /// A Node that has said that it is ready; `None` where there is none on this host.
    pub(super) fn node<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Option<Self> {
        let node = Command::new("node")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(node) = node else {
            eprintln!("there is no node here");
            return None;
        };
        let mut node = Self(node);
        let out = node.0.stdout.as_mut().unwrap();
        out.read_exact(&mut [0; "ready\n".len()]).unwrap();
        Some(node)
    }

    fn sleep() -> Self {
        Self(
            Command::new("sleep")
                .arg("60")
                .stdin(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    pub fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_process_that_catches_nothing_survives_every_call() {
    let folder = tempfile::tempdir().unwrap();
    let mut sleeping = Running::sleep();
    let pid = sleeping.pid();
    let calls: [&[&str]; 5] = [
        &["capture", &pid, "-o", "dumps"],
        &["capture", &pid, "-o", "dumps", "--force", "--no-explorer"],
        &["capture", &pid, "--dry-run"],
        &["capture", &pid, "--workers"],
        &["live", &pid, "--for", "1s"],
    ];
    for call in calls {
        let message = refused(folder.path(), call);
        assert!(
            message.contains("no runtime with V8"),
            "{call:?}: {message}"
        );
    }
    assert!(sleeping.0.try_wait().unwrap().is_none(), "it still sleeps");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing was made"
    );
    let processes = json_of(folder.path(), &["ps"]);
    let pids = processes["processes"].as_array().unwrap().iter();
    assert!(
        pids.clone()
            .all(|process| process["pid"] != json!(sleeping.0.id()))
    );
}

// ---- An inspector that a test makes ----

/// What the inspector does when it is asked for a dump.
#[derive(Clone, Copy)]
enum Manner {
    /// Sends a whole dump.
    Honest,
    /// Closes the connection after so many chunks.
    BreaksAfter(usize),
    /// Says that all came when it did not.
    Cuts,
    /// Says nothing more.
    Stalls,
    /// Sends what is no message.
    Babbles,
    /// Refuses.
    Refuses,
}

const DUMP: &str = r#"{"snapshot":{"meta":{"node_fields":["type"]},"node_count":4711,"edge_count":0},"nodes":[],"edges":[],"strings":["secret é"]}"#;
const CHUNK: usize = 16;

/// Serves so many dumps at a port.
fn serve(manner: Manner, dumps: usize) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        list(&mut stream, port);
        let (stream, _) = listener.accept().unwrap();
        let mut socket = tungstenite::accept(stream).unwrap();
        let mut left = dumps;
        while left > 0 {
            let Ok(Message::Text(text)) = socket.read() else {
                return;
            };
            let call: Value = serde_json::from_str(&text).unwrap();
            if call["method"] == "HeapProfiler.takeHeapSnapshot" {
                left -= 1;
                if !dump(&mut socket, &call, manner) {
                    return;
                }
            } else if socket
                .send(Message::text(
                    json!({"id": call["id"], "result": {}}).to_string(),
                ))
                .is_err()
            {
                return;
            }
        }
    });
    (port, thread)
}

fn list(stream: &mut TcpStream, port: u16) {
    let mut asked = [0; 512];
    let _ = stream.read(&mut asked).unwrap();
    let body = json!([{"type": "node", "title": "service", "url": "file:///srv", "webSocketDebuggerUrl": format!("ws://127.0.0.1:{port}/abc")}]);
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
}

/// Answers the call for a dump; says whether the connection stays.
fn dump(socket: &mut WebSocket<TcpStream>, call: &Value, manner: Manner) -> bool {
    let mut send = |value: Value| socket.send(Message::text(value.to_string())).unwrap();
    send(
        json!({"method": "HeapProfiler.reportHeapSnapshotProgress", "params": {"done": 1, "total": 2}}),
    );
    let characters: Vec<char> = DUMP.chars().collect();
    let chunks: Vec<String> = characters
        .chunks(CHUNK)
        .map(|chunk| chunk.iter().collect())
        .collect();
    let sent = match manner {
        Manner::BreaksAfter(count) => count,
        Manner::Cuts => chunks.len() - 1,
        Manner::Honest => chunks.len(),
        Manner::Stalls | Manner::Babbles | Manner::Refuses => 2,
    };
    for chunk in &chunks[..sent.min(chunks.len())] {
        send(json!({"method": "HeapProfiler.addHeapSnapshotChunk", "params": {"chunk": chunk}}));
    }
    match manner {
        Manner::BreaksAfter(_) => return false,
        Manner::Stalls => std::thread::sleep(Duration::from_secs(2)),
        Manner::Babbles => socket.send(Message::text("{\"method\":")).unwrap(),
        Manner::Refuses => send(json!({"id": call["id"], "error": {"message": "not now"}})),
        Manner::Honest | Manner::Cuts => send(json!({"id": call["id"], "result": {}})),
    }
    true
}

/// What comes of a dump of an inspector with these manners, and what is in the folder then.
fn dumped(manner: Manner) -> (Result<u64, String>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let (port, thread) = serve(manner, 1);
    let targets = inspector::targets(port, None).unwrap();
    let mut inspector = Inspector::connect(port, &targets[0], None).unwrap();
    let waiting = (Duration::from_millis(600), &Task::new());
    let path = folder.path().join("a.heapsnapshot");
    let done = dumping::over_inspector(&mut inspector, &Peer::Main, &path, waiting, &mut |_| {});
    drop(inspector);
    thread.join().unwrap();
    if done.is_ok() {
        assert_eq!(fs::read_to_string(&path).unwrap(), DUMP);
    }
    let files = fs::read_dir(folder.path()).unwrap().count();
    (
        done.map(|(bytes, _)| bytes)
            .map_err(|error| error.to_string()),
        files,
    )
}

#[test]
fn a_dump_is_whole_or_not_there() {
    assert_eq!(dumped(Manner::Honest), (Ok(DUMP.len() as u64), 1));
    for (manner, words) in [
        (Manner::Cuts, "end before the dump does"),
        (Manner::Stalls, "stalls"),
        (Manner::Babbles, "nonsense"),
        (Manner::Refuses, "not now"),
    ] {
        let (done, files) = dumped(manner);
        let message = done.unwrap_err();
        assert!(message.contains(words) && files == 0, "{message}");
    }
    for count in 0..=DUMP.len().div_ceil(CHUNK) {
        let (done, files) = dumped(Manner::BreaksAfter(count));
        let message = done.unwrap_err();
        assert!(
            message.contains("is gone") && files == 0,
            "{count}: {message}"
        );
    }
}

#[test]
fn a_series_comes_over_one_session() {
    let folder = tempfile::tempdir().unwrap();
    let (port, thread) = serve(Manner::Honest, 2);
    let port = port.to_string();
    let call = [
        "capture", "--port", &port, "-o", "dumps", "--count", "2", "--every", "100ms",
    ];
    let taken = json_of(folder.path(), &call);
    thread.join().unwrap();
    let files = taken["files"].as_array().unwrap();
    assert_eq!((files.len(), &taken["problem"]), (2, &Value::Null));
    for file in files {
        let path = folder.path().join(file["path"].as_str().unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), DUMP);
        assert_eq!(
            (&file["nodes"], &file["bytes"]),
            (&json!(4711), &json!(DUMP.len()))
        );
        let beside = format!("{}.capture.json", path.display());
        let sidecar: Value = serde_json::from_slice(&fs::read(&beside).unwrap()).unwrap();
        assert_eq!(sidecar["nodes"], json!(4711));
        use std::os::unix::fs::PermissionsExt;
        for path in [&*path, Path::new(&beside)] {
            assert_eq!(
                fs::metadata(path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}

#[test]
fn what_is_no_inspector_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n");
    });
    let folder = tempfile::tempdir().unwrap();
    let message = refused(folder.path(), &["capture", "--port", &port]);
    thread.join().unwrap();
    assert!(message.contains("does not answer"), "{message}");
    // Nobody at all.
    let message = refused(folder.path(), &["live", "--port", "1", "--for", "1s"]);
    assert!(message.contains("does not answer"), "{message}");
    let output = heaptui(folder.path(), &["capture"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("PID"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_list_of_targets_that_is_cut_anywhere_is_refused() {
    let body = json!([{"type": "node", "title": "é", "url": "file:///srv", "webSocketDebuggerUrl": "ws://127.0.0.1:1/a"}]);
    let body = body.to_string();
    let head = format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let answer = [head.as_bytes(), body.as_bytes()].concat();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let whole = answer.clone();
    let thread = std::thread::spawn(move || {
        for count in 0..=whole.len() {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(&whole[..count]);
        }
    });
    for count in 0..=answer.len() {
        let found = inspector::targets(port, None);
        assert_eq!(found.is_ok(), count == answer.len(), "{count}: {found:?}");
    }
    thread.join().unwrap();
}

/// The ports that a process listens at.
fn listens(pid: u32) -> usize {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let links = links.filter_map(|link| fs::read_link(link.ok()?.path()).ok());
    let own: Vec<String> = links.map(|link| link.display().to_string()).collect();
    let tables = ["tcp", "tcp6"].map(|name| fs::read_to_string(format!("/proc/{pid}/net/{name}")));
    let lines: Vec<String> = tables
        .into_iter()
        .flatten()
        .flat_map(|table| table.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let is_own = |line: &&String| {
        let mut fields = line.split_whitespace();
        // The fourth field is the state, 0A of one that listens; the tenth the inode.
        fields.nth(3) == Some("0A")
            && fields
                .nth(5)
                .is_some_and(|inode| own.contains(&format!("socket:[{inode}]")))
    };
    lines.iter().filter(is_own).count()
}

#[test]
fn a_node_that_was_captured_lives_and_listens_no_more() {
    let script = "globalThis.kept = []; setInterval(() => kept.push({}), 50); console.log('ready')";
    let Some(mut node) = Running::node(["-e", script]) else {
        return;
    };
    assert_eq!(listens(node.0.id()), 0);
    let folder = tempfile::tempdir().unwrap();
    let pid = node.pid();
    let taken = json_of(
        folder.path(),
        &[
            "capture", &pid, "-o", "dumps", "--count", "2", "--every", "100ms",
        ],
    );
    assert_eq!(taken["files"].as_array().unwrap().len(), 2, "{taken}");
    assert!(node.0.try_wait().unwrap().is_none(), "it still runs");
    // Node closes the port on a thread of its own.
    let until = std::time::Instant::now() + Duration::from_secs(10);
    while listens(node.0.id()) > 0 {
        assert!(std::time::Instant::now() < until, "the port stays open");
        std::thread::sleep(Duration::from_millis(50));
    }
}
