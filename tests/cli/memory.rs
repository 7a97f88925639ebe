//! Dumps that need more memory than they may take.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// What the dump may take: less than two thirds of what it needs, in bytes.
const ALLOWED: u64 = 18_000_000;
/// The limit for memory that is the process's own, in kilobytes: that, and stacks of threads.
const LIMIT: u64 = 24_000;

/// A dump of `nodes` objects, in groups that refer to each other and to shared ones, of many classes.
fn write_dump(file: &Path, nodes: u64) {
    let mut edges = Vec::new();
    let mut counts = vec![0u64; nodes as usize];
    let mut edge = |from: u64, kind: u64, name: u64, to: u64| {
        counts[from as usize] += 1;
        edges.push((from, kind, name, to));
    };
    let mut random = 1u64;
    let mut below = |limit: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) % limit
    };
    for node in 1..nodes {
        // The parent, in a tree ten wide, and what it has to do with others.
        edge((node - 1) / 10, 2, 1 + node % 50, node);
        if node % 2 == 0 {
            edge(node, 1, below(1000), below(nodes));
            edge(node, 2, 60 + below(40), (node + below(100)) % nodes);
        }
    }
    edges.sort_unstable();
    let mut text = String::from(
        r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["hidden","array","string","object","synthetic"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property"],"string_or_number","node"]},"#,
    );
    write!(
        text,
        "\"node_count\":{nodes},\"edge_count\":{}}},\n\"nodes\":[",
        edges.len()
    )
    .unwrap();
    for (node, count) in (0..).zip(&counts) {
        let kind = if node == 0 { 4 } else { 1 + node % 3 };
        let (name, id, size) = (node % 5000, 2 * node + 1, 16 + 8 * (node % 9));
        let comma = if node == 0 { "" } else { "\n," };
        write!(text, "{comma}{kind},{name},{id},{size},{count}").unwrap();
    }
    text.push_str("],\n\"edges\":[");
    for (at, (_, kind, name, to)) in edges.iter().enumerate() {
        let comma = if at == 0 { "" } else { "\n," };
        write!(text, "{comma}{kind},{name},{}", 5 * to).unwrap();
    }
    text.push_str("],\n\"strings\":[\"\"");
    for name in 1..5000 {
        write!(text, ",\n\"Name {name} of something\"").unwrap();
    }
    text.push_str("]}");
    fs::write(file, text).unwrap();
}

/// A folder with a dump, and one for temporary files in it.
fn folder(nodes: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    write_dump(&folder.path().join("a.heapsnapshot"), nodes);
    write_dump(&folder.path().join("b.heapsnapshot"), nodes + 5000);
    fs::create_dir(folder.path().join("temporary")).unwrap();
    folder
}

fn command(folder: &Path, limits: &str, arguments: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("{limits} exec \"$0\" {arguments} --no-index"),
        ])
        .arg(env!("CARGO_BIN_EXE_heaptui"))
        .current_dir(folder)
        .env("TMPDIR", folder.join("temporary"))
        .env("XDG_CACHE_HOME", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(folder: &Path, limits: &str, arguments: &str) -> Output {
    command(folder, limits, arguments).output().unwrap()
}

fn left(folder: &Path) -> usize {
    fs::read_dir(folder.join("temporary")).unwrap().count()
}

#[test]
fn what_does_not_fit_into_memory_is_worked_out_from_disk_with_the_same_numbers() {
    let folder = folder(250_000);
    let folder = folder.path();
    let commands = [
        "summary a.heapsnapshot --format json",
        "dominators a.heapsnapshot --id 400001 --limit 1000 --format csv",
        "retainers a.heapsnapshot --id 4001 --format json",
        "path a.heapsnapshot --id 400001 --format json",
        "diff a.heapsnapshot b.heapsnapshot --format json",
        "report a.heapsnapshot",
    ];
    let strict = format!("ulimit -d {LIMIT};");
    for arguments in commands {
        let in_memory = run(folder, "", arguments);
        let allowed = format!("{arguments} --memory {ALLOWED}");
        let from_disk = run(folder, &strict, &allowed);
        let said = String::from_utf8_lossy(&from_disk.stderr).into_owned();
        assert!(from_disk.status.success(), "{arguments}: {said}");
        assert!(said.contains("works from disk"), "{arguments}: {said}");
        assert!(said.contains("18.0 MB are allowed"), "{arguments}: {said}");
        assert!(in_memory.stdout.len() > 20, "{arguments}");
        assert!(
            in_memory.stdout == from_disk.stdout,
            "{arguments}: other numbers"
        );

        let refused = run(folder, "", &format!("{allowed} --no-spill"));
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{arguments}: {said}");
        assert!(
            said.contains("heaps may take 18.0 MB"),
            "{arguments}: {said}"
        );
        assert_eq!(left(folder), 0, "{arguments}");
    }
}

#[test]
fn a_disk_that_is_full_and_a_kill_leave_nothing() {
    let folder = folder(250_000);
    let folder = folder.path();
    let arguments = format!("summary a.heapsnapshot --memory {ALLOWED}");
    // No file may be longer than 5 MB.
    let full = run(folder, "ulimit -f 10000;", &arguments);
    let said = String::from_utf8_lossy(&full.stderr).into_owned();
    assert_eq!(full.status.code(), Some(2), "{said}");
    assert!(said.lines().last().unwrap().contains("memory"), "{said}");
    assert_eq!(left(folder), 0);

    let mut child: Child = command(folder, "", &arguments).spawn().unwrap();
    let maps = format!("/proc/{}/maps", child.id());
    let is_on_disk = || {
        let maps = fs::read_to_string(&maps).unwrap_or_default();
        maps.lines()
            .any(|line| line.contains("temporary") && line.contains("deleted"))
    };
    while !is_on_disk() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it never worked from disk"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(left(folder), 0, "the file has no name");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(left(folder), 0);
}
