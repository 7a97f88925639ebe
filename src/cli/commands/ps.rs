//! `ps`: the V8 processes of this host, and what a dump of each would cost.

use std::path::Path;

use serde::Serialize;

use crate::capture::way::ways;
use crate::capture::{Basis, Cost, Proc, Process, Runtime, Way};
use crate::cli::args::{Limit, Ps};
use crate::cli::output::{Cell, Column, Head, Output, Records, Table};
use crate::cli::stop::Stop;
use crate::text::units::duration;

#[derive(Serialize)]
struct Content {
    processes: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    pid: u32,
    command: String,
    runtime: &'static str,
    version: Option<String>,
    rss: u64,
    /// Nobody is asked, so nobody tells.
    heap_used: Option<u64>,
    memory_limit: Option<u64>,
    available: Option<u64>,
    ways: Vec<&'static str>,
    estimate: Estimate,
    verdict: &'static str,
}

/// What a dump may cost.
#[derive(Serialize)]
pub(super) struct Estimate {
    memory: u64,
    pause_ms: u64,
    file: u64,
}

impl From<Cost> for Estimate {
    fn from(cost: Cost) -> Self {
        Self {
            memory: cost.memory,
            pause_ms: cost.pause.as_millis() as u64,
            file: cost.file,
        }
    }
}

/// A process with V8 in it.
struct Found {
    process: Process,
    runtime: Runtime,
    version: Option<String>,
    ways: Vec<Way>,
    cost: Cost,
}

const COLUMNS: &[Column<Found>] = &[
    Head::number("PID", "pid").of(|found, ()| Cell::name(found.process.pid.to_string())),
    Head::text("Runtime", "runtime").of(|found, ()| Cell::name(found.runtime())),
    Head::number("Memory", "rss").of(|found, ()| Cell::Size(found.process.rss)),
    Head::number("Room", "available")
        .of(|found, ()| found.process.available.map_or(Cell::Nothing, Cell::Size)),
    Head::number("A dump takes", "estimate_memory").of(|found, ()| Cell::Size(found.cost.memory)),
    Head::text("Pause up to", "estimate_pause")
        .spare()
        .of(|found, ()| Cell::name(duration(found.cost.pause))),
    Head::text("Verdict", "verdict").of(|found, ()| Cell::name(found.verdict())),
    Head::text("Way", "ways").of(|found, ()| Cell::name(found.ways().join(", "))),
    Head::text("Command", "command").of(|found, ()| Cell::name(found.command())),
];

pub(super) fn run(arguments: &Ps) -> Result<(), Stop> {
    let proc = Proc::of_system();
    let me = std::process::id();
    let others = proc.pids()?.into_iter().filter(|&pid| pid != me);
    let found: Vec<Found> = others.filter_map(|pid| look(&proc, pid)).collect();
    let heading = match found.len() {
        0 => "no V8 process here".to_owned(),
        1 => "1 V8 process".to_owned(),
        count => format!("{count} V8 processes"),
    };
    let table = Table::of(vec![heading], Records::of(COLUMNS, &found, &()), 0);
    let processes = found.iter().map(record).collect();
    let output = Output::new(arguments.format.format, Limit { limit: Some(0) });
    output.print(Content { processes }, &table)
}

fn look(proc: &Proc, pid: u32) -> Option<Found> {
    // Processes come and go.
    let process = proc.read(pid).ok()?;
    let runtime = Runtime::of(&process)?;
    Some(Found {
        version: version(proc, &process),
        ways: ways(proc, &process, runtime),
        cost: Basis::of(&process).cost(),
        process,
        runtime,
    })
}

/// The version of a Node installation, by what lies beside its program.
fn version(proc: &Proc, process: &Process) -> Option<String> {
    let exe = process.exe.as_deref()?;
    let header = exe.parent()?.parent()?.join("include/node/node_version.h");
    let text = std::fs::read_to_string(proc.folder_of(process.pid, &header)).ok();
    text.and_then(|text| version_of_header(&text))
        .or_else(|| version_of_path(exe))
}

fn version_of_header(text: &str) -> Option<String> {
    let number = |name: &str| -> Option<u32> {
        let start = format!("#define NODE_{name}_VERSION ");
        let mut lines = text.lines();
        lines.find_map(|line| line.strip_prefix(&start)?.trim().parse().ok())
    };
    let [major, minor, patch] = [number("MAJOR")?, number("MINOR")?, number("PATCH")?];
    Some(format!("{major}.{minor}.{patch}"))
}

/// A version that is the name of a folder: `~/.nvm/versions/node/v20.1.0/bin/node`.
fn version_of_path(exe: &Path) -> Option<String> {
    let mut names = exe
        .components()
        .filter_map(|part| part.as_os_str().to_str());
    names.find_map(|name| {
        let version = name
            .strip_prefix("node-")
            .unwrap_or(name)
            .strip_prefix('v')?;
        let version = version.split('-').next().unwrap_or(version);
        let parts: Vec<_> = version.split('.').map(str::parse::<u32>).collect();
        (parts.len() == 3 && parts.iter().all(Result::is_ok)).then(|| version.to_owned())
    })
}

impl Found {
    fn verdict(&self) -> &'static str {
        if self.process.is_ours {
            self.cost.verdict(self.process.available).as_str()
        } else {
            "not-ours"
        }
    }

    fn command(&self) -> String {
        self.process.args.join(" ")
    }

    fn runtime(&self) -> String {
        let version = self.version.as_deref().unwrap_or_default();
        format!("{} {version}", self.runtime.as_str())
            .trim_end()
            .to_owned()
    }

    fn ways(&self) -> Vec<&'static str> {
        self.ways.iter().map(|way| way.as_str()).collect()
    }
}

fn record(found: &Found) -> Record {
    Record {
        pid: found.process.pid,
        command: found.command(),
        runtime: found.runtime.as_str(),
        version: found.version.clone(),
        rss: found.process.rss,
        heap_used: None,
        memory_limit: found.process.memory_limit,
        available: found.process.available,
        ways: found.ways(),
        estimate: found.cost.into(),
        verdict: found.verdict(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_by_the_installation() {
        let of = |path: &str| version_of_path(Path::new(path));
        assert_eq!(
            of("/root/.nvm/versions/node/v20.1.0/bin/node").as_deref(),
            Some("20.1.0")
        );
        assert_eq!(
            of("/opt/node-v22.3.1-linux-x64/bin/node").as_deref(),
            Some("22.3.1")
        );
        assert_eq!(of("/usr/bin/node"), None);
        let header = "#define NODE_MAJOR_VERSION 24\n#define NODE_MINOR_VERSION 1\n#define NODE_PATCH_VERSION 0\n";
        assert_eq!(version_of_header(header).as_deref(), Some("24.1.0"));
        assert_eq!(version_of_header(""), None);
    }
}
