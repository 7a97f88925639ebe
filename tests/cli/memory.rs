//! Dumps that need more memory than they may take.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// What the dump may take: less than two thirds of what it needs, in bytes.
const ALLOWED: u64 = 18_000_000;
/// The limit for memory that is the process's own, in kilobytes: that, and stacks of threads.
const LIMIT: u64 = 24_000;

/// A dump of `nodes` objects, in groups that refer to each other and to shared ones, of many classes; the second is the
/// table of a weak map with many entries.
fn write_dump(file: &Path, nodes: u64) {
    const NAMES: u64 = 5000;
    let mut entries = Vec::new();
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
        if node % 50 == 7 {
            let value = below(nodes);
            for from in [1, node] {
                edge(from, 3, NAMES + entries.len() as u64, value);
                let [key, value] = [2 * node + 1, 2 * value + 1];
                entries.push(format!(
                    "{} / part of key (K @{key}) -> value (V @{value}) pair in WeakMap (table @3)",
                    entries.len()
                ));
            }
        }
    }
    edges.sort_unstable();
    let mut text = String::from(
        r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["hidden","array","string","object","synthetic"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property","internal"],"string_or_number","node"]},"#,
    );
    write!(
        text,
        "\"node_count\":{nodes},\"edge_count\":{}}},\n\"nodes\":[",
        edges.len()
    )
    .unwrap();
    for (node, count) in (0..).zip(&counts) {
        let kind = if node == 0 { 4 } else { 1 + node % 3 };
        let (name, id, size) = (node % NAMES, 2 * node + 1, 16 + 8 * (node % 9));
        let comma = if node == 0 { "" } else { "\n," };
        write!(text, "{comma}{kind},{name},{id},{size},{count}").unwrap();
    }
    text.push_str("],\n\"edges\":[");
    for (at, (_, kind, name, to)) in edges.iter().enumerate() {
        let comma = if at == 0 { "" } else { "\n," };
        write!(text, "{comma}{kind},{name},{}", 5 * to).unwrap();
    }
    text.push_str("],\n\"strings\":[\"\"");
    for name in 1..NAMES {
        write!(text, ",\n\"Name {name} of something\"").unwrap();
    }
    for entry in entries {
        write!(text, ",\n\"{entry}\"").unwrap();
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
        .args(["-c", &format!("{limits} exec \"$0\" {arguments}")])
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
    let index = if arguments.starts_with("redact") {
        ""
    } else {
        " --no-index"
    };
    command(folder, limits, &format!("{arguments}{index}"))
        .output()
        .unwrap()
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

        assert_eq!(left(folder), 0, "{arguments}");
    }
    let refused = run(
        folder,
        "",
        &format!("summary a.heapsnapshot --memory {ALLOWED} --no-spill"),
    );
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("heaps may take 18.0 MB"), "{said}");
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

    let mut child: Child = command(folder, "", &format!("{arguments} --no-index"))
        .spawn()
        .unwrap();
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

/// A dump of which each object has a class of its own.
fn write_many_classes(file: &Path, objects: u64) {
    let mut text = String::from(
        r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["object","synthetic"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["element"],"string_or_number","node"]},"#,
    );
    write!(
        text,
        "\"node_count\":{},\"edge_count\":{objects}}},",
        objects + 1
    )
    .unwrap();
    write!(text, "\"nodes\":[1,0,1,0,{objects}").unwrap();
    for object in 1..=objects {
        write!(text, ",0,{object},{},16,0", 2 * object + 1).unwrap();
    }
    text.push_str("],\"edges\":[0,0,5");
    for object in 2..=objects {
        write!(text, ",0,{object},{}", 5 * object).unwrap();
    }
    text.push_str("],\"strings\":[\"\"");
    for object in 1..=objects {
        write!(text, ",\"Class{object}\"").unwrap();
    }
    text.push_str("]}");
    fs::write(file, text).unwrap();
}

/// A string may be as long as it likes: a copy without it holds its length only, and nobody decodes the whole of it to
/// tell dumps apart.
#[test]
fn a_string_is_not_held_twice() {
    // A column that grows by doubling takes little more.
    const LENGTH: usize = 33_000_000;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("temporary")).unwrap();
    write_long_string(&folder.join("a.heapsnapshot.gz"), LENGTH);
    for (command, kilobytes) in [
        ("redact a.heapsnapshot.gz -o -", 24_000),
        ("info a.heapsnapshot.gz", 60_000),
    ] {
        let output = run(folder, &format!("ulimit -d {kilobytes};"), command);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command}: {said}");
        if command.starts_with("redact") {
            let text = String::from_utf8_lossy(&output.stdout);
            let there = format!("[redacted {} chars, @3]", LENGTH + 1);
            assert!(text.contains(&there), "{}", &text[text.len() - 200..]);
        }
    }
}

/// A small file that unpacks to one string of so many bytes and a line's end.
fn write_long_string(file: &Path, length: usize) {
    let begin = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["string"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["element"],"string_or_number","node"]},"node_count":2,"edge_count":1},"nodes":[0,0,1,0,1,0,1,3,16,0],"edges":[0,0,5],"strings":["",""#;
    let file = fs::File::create(file).unwrap();
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packed.write_all(begin.as_bytes()).unwrap();
    packed.write_all(&vec![b'x'; length]).unwrap();
    packed.write_all(b"\\n\"]}").unwrap();
    packed.finish().unwrap();
}

/// Whatever the limit, a command does its work or says in one line why not: it is never aborted, and takes no more.
#[test]
fn limits_of_memory_end_in_a_message() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("temporary")).unwrap();
    for shape in ["mixed", "classes", "string"] {
        fs::create_dir(folder.join(shape)).unwrap();
    }
    for number in 1..3 {
        let name = format!("{number}.heapsnapshot");
        write_dump(&folder.join("mixed").join(&name), 20_000 * number);
        write_many_classes(&folder.join("classes").join(&name), 10_000 * number);
        let packed = folder.join("string").join(name + ".gz");
        write_long_string(&packed, 12_000_000 * number as usize);
    }
    // Where there are fewer, the system ends the program before it begins.
    let program = fs::metadata(env!("CARGO_BIN_EXE_heaptui")).unwrap().len();
    let few_addresses = format!("ulimit -v {};", program / 1000 + 14_000);
    // In kilobytes: of addresses, and of memory of its own, refused by the system; and as it is told to.
    let limits = [
        (&*few_addresses, ""),
        ("ulimit -v 250000;", ""),
        ("ulimit -d 6000;", ""),
        ("ulimit -d 16000;", ""),
        ("ulimit -d 26000;", "--memory 20M"),
        ("ulimit -d 26000;", "--memory 20M --no-spill"),
        ("", ""),
    ];
    let commands = ["summary --limit 1", "suspects", "report", "redact -o -"];
    let (mut refused, mut done) = (0, 0);
    for shape in ["mixed", "classes", "string"] {
        for command in commands {
            for (limits, allowed) in limits {
                let redacts = command.starts_with("redact");
                let (file, allowed) = match (redacts, shape) {
                    (true, "string") => ("/2.heapsnapshot.gz", ""),
                    (true, _) => ("/2.heapsnapshot", ""),
                    (false, _) => ("", allowed),
                };
                let arguments = format!("{command} {shape}{file} {allowed}");
                let output = run(folder, limits, &arguments);
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                let what = format!("{limits} {arguments}: {:?} {said}", output.status);
                match output.status.code() {
                    Some(0) => done += 1,
                    Some(2) => {
                        let last = said.lines().last();
                        assert!(
                            last.is_some_and(|line| line.starts_with("heaptui: ")),
                            "{what}"
                        );
                        assert!(!limits.is_empty(), "{what}");
                        refused += 1;
                    }
                    // The system could not even load the program.
                    Some(126 | 127) => {}
                    _ => panic!("{what}"),
                }
            }
        }
    }
    assert!(refused > 10 && done > 30, "{refused} refused, {done} done");
}
