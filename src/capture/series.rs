//! A series of dumps of one process, with room asked for before each.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::ZonedDateTime;
use serde_json::{Value, json};

use crate::capture::dump::{self, Progress};
use crate::capture::inspector::{self, Inspector, PATIENCE, Peer};
use crate::capture::process::{Proc, Process};
use crate::capture::room::{self, Basis, Cost, Verdict};
use crate::capture::runtime::Runtime;
use crate::capture::sidecar::{self, Sidecar, Taken};
use crate::capture::way::{self, Way};
use crate::error::{Error, ErrorKind, Result};
use crate::save::free_bytes;
use crate::source::noted::LoadedScript;
use crate::task::Task;
use crate::text::units::{bytes, duration};

/// How long a process may take to open its inspector after the signal.
const OPENS_WITHIN: Duration = Duration::from_secs(5);
/// How often waits look up.
const LOOK: Duration = Duration::from_millis(100);
/// What the process tells of its memory; nothing is changed by it.
const USAGE: &str = "JSON.stringify(typeof process === 'undefined' ? null : {memory: process.memoryUsage(), versions: process.versions, heap_limit: typeof require === 'function' ? require('v8').getHeapStatistics().heap_size_limit : null})";
/// Closes Node's inspector from within.
const CLOSE: &str = "process._debugEnd()";

/// Whom to capture.
#[derive(Debug, Clone)]
pub enum Target {
    /// A process.
    Process(u32),
    /// What listens at a port of this host; of several targets the one whose title or URL holds the text.
    Port(u16, Option<String>),
}

/// What is to be captured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where the dumps go.
    pub folder: PathBuf,
    /// How many.
    pub count: u32,
    /// How long from the beginning of one to the next.
    pub every: Duration,
    /// The longest pause that the process may be given.
    pub max_pause: Option<Duration>,
    /// Worker threads too, each into its own file.
    pub workers: bool,
    /// Whether to dump where there is no room.
    pub force: bool,
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum Event<'a> {
    /// A dump begins: its number, what it may cost, the room there is.
    Begins(u32, Cost, Option<u64>),
    /// It is so far.
    Goes(Progress),
    /// It is done.
    Done(&'a Taken),
    /// The next one comes in so long.
    Waits(Duration),
    /// Something to know.
    Note(String),
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The dumps that were taken.
    pub taken: Vec<Taken>,
    /// Why there are no more.
    pub ended: Option<Error>,
}

/// What would be done, and what it needs.
#[derive(Debug)]
pub struct Forecast {
    /// The way.
    pub way: Way,
    /// What the estimate is made from.
    pub basis: Basis,
    /// What one dump may cost.
    pub cost: Cost,
    /// The room of the process.
    pub room: Option<u64>,
    /// Whether it fits.
    pub verdict: Verdict,
}

/// Foretells a capture of a process; sends nothing.
///
/// # Errors
/// When there is no way to a dump.
pub fn forecast(proc: &Proc, process: &Process, folder: &Path) -> Result<Forecast> {
    let runtime = Runtime::of(process);
    let none = || way::no_way(process, runtime);
    let ways = way::ways(proc, process, runtime.ok_or_else(none)?);
    let way = *ways.first().ok_or_else(none)?;
    let basis = basis(process, folder);
    let cost = basis.cost();
    Ok(Forecast {
        way,
        basis,
        cost,
        room: process.available,
        verdict: cost.verdict(process.available),
    })
}

fn basis(process: &Process, folder: &Path) -> Basis {
    let last = Sidecar::last_of(folder, process.inner_pid, process.started);
    let nodes = last.and_then(|last| last.nodes);
    nodes.map_or_else(|| Basis::of(process), Basis::Nodes)
}

/// Opens the inspector of a target, for whoever wants to sample.
///
/// # Errors
/// When there is no way to an inspector.
pub fn attach<'p>(proc: &'p Proc, target: &Target, task: &Task) -> Result<Attached<'p>> {
    let (capture, title) = match target {
        Target::Process(pid) => {
            let process = proc.read(*pid)?;
            let runtime = Runtime::of(&process);
            let none = || way::no_way(&process, runtime);
            let ways = way::ways(proc, &process, runtime.ok_or_else(none)?);
            let way = ways.into_iter().find(|way| !matches!(way, Way::Signal(_)));
            let way = way.ok_or_else(none)?;
            (Capture::new(proc, Some(process), way), None)
        }
        Target::Port(port, title) => (
            Capture::new(proc, None, Way::Inspector(*port)),
            title.as_deref(),
        ),
    };
    // Dropped on an error, it closes what the signal has opened.
    let mut attached = Attached(capture);
    attached.0.attach(title, task)?;
    Ok(attached)
}

/// An inspector that was attached to; closed again when dropped, if it was opened for this.
pub struct Attached<'p>(Capture<'p>);

impl Attached<'_> {
    /// The inspector.
    pub fn inspector(&mut self) -> Option<&mut Inspector> {
        self.0.inspector.as_mut()
    }

    /// The process, where it is known.
    pub fn process(&self) -> Option<&Process> {
        self.0.process.as_ref()
    }
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Captures a series. What was finished stays, whatever happens then.
///
/// # Errors
/// When not even the first dump can be begun.
pub fn capture(
    proc: &Proc,
    target: &Target,
    plan: &Plan,
    task: &Task,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<Outcome> {
    let mut capture = Attached(Capture::new(proc, None, Way::OpenInspector));
    capture.0.begin(target, plan, task, tell)?;
    fs::create_dir_all(&plan.folder)
        .map_err(|error| Error::io("cannot make the folder", &error).in_file(&plan.folder))?;
    let mut taken = Vec::new();
    let ended = capture.0.run(plan, task, &mut taken, tell).err();
    match ended {
        Some(error) if taken.is_empty() && !error.is_cancelled() => Err(error),
        ended => Ok(Outcome { taken, ended }),
    }
}

/// A capture that goes on.
struct Capture<'p> {
    proc: &'p Proc,
    /// The process, where it is known.
    process: Option<Process>,
    way: Way,
    inspector: Option<Inspector>,
    /// Whether the inspector was opened for this, and is to be closed.
    opened: bool,
    scripts: Vec<LoadedScript>,
    workers: Vec<(String, u32)>,
    /// The nodes of the last dump.
    nodes: Option<u64>,
}

impl<'p> Capture<'p> {
    /// Finds the process and the way, asks for room, and attaches.
    fn begin(
        &mut self,
        target: &Target,
        plan: &Plan,
        task: &Task,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<()> {
        let title = match target {
            Target::Process(pid) => {
                let process = self.proc.read(*pid)?;
                let forecast = forecast(self.proc, &process, &plan.folder)?;
                check_room(&process, forecast.basis, plan)?;
                tell(Event::Note(forecast.way.doing()));
                (self.process, self.way) = (Some(process), forecast.way);
                None
            }
            Target::Port(port, title) => {
                let pids = self.proc.pids().unwrap_or_default();
                let owner = pids
                    .into_iter()
                    .find(|&pid| self.proc.listening(pid).contains(port));
                self.process = owner.and_then(|pid| self.proc.read(pid).ok());
                self.way = Way::Inspector(*port);
                title.as_deref()
            }
        };
        self.attach(title, task)?;
        if plan.workers {
            self.find_workers(task)?;
        }
        Ok(())
    }

    fn new(proc: &'p Proc, process: Option<Process>, way: Way) -> Self {
        Self {
            proc,
            process,
            way,
            inspector: None,
            opened: false,
            scripts: Vec::new(),
            workers: Vec::new(),
            nodes: None,
        }
    }

    /// Opens the inspector where the way goes over it.
    fn attach(&mut self, title: Option<&str>, task: &Task) -> Result<()> {
        let port = match self.way {
            Way::Signal(_) => return Ok(()),
            Way::Inspector(port) => port,
            Way::OpenInspector => self.open(task)?,
        };
        let network = match self
            .process
            .as_ref()
            .and_then(|process| self.proc.other_network(process.pid))
        {
            Some(Ok(network)) => Some(network),
            Some(Err(error)) => {
                let error = Error::io("cannot enter the container's network", &error);
                return Err(error.advise("run as root, or run heaptui within the container"));
            }
            None => None,
        };
        let targets = inspector::targets(port, network.as_ref())?;
        let wanted = |target: &&inspector::Target| match title {
            Some(text) => target.title.contains(text) || target.url.contains(text),
            None => matches!(target.kind.as_str(), "node" | "page" | "deno" | ""),
        };
        let chosen = targets
            .iter()
            .find(wanted)
            .or_else(|| targets.first().filter(|_| title.is_none()));
        let chosen = chosen.ok_or_else(|| {
            let names: Vec<&str> = targets.iter().map(|target| target.title.as_str()).collect();
            Error::usage(format!("the inspector at port {port} has no such target"))
                .advise(format!("it has: {}", names.join(", ")))
        })?;
        self.inspector = Some(Inspector::connect(port, chosen, network.as_ref())?);
        Ok(())
    }

    /// Lets Node open its inspector; gives the port.
    fn open(&mut self, task: &Task) -> Result<u16> {
        let Some(process) = &self.process else {
            return Err(Error::usage("no process to send a signal to"));
        };
        let before = self.proc.listening(process.pid);
        dump::send(self.proc, process, way::OPENS_INSPECTOR)?;
        let begun = Instant::now();
        while begun.elapsed() < OPENS_WITHIN {
            task.check()?;
            std::thread::sleep(LOOK);
            let now = self.proc.listening(process.pid);
            if let Some(&port) = now.iter().find(|port| !before.contains(port)) {
                self.opened = true;
                return Ok(port);
            }
        }
        Err(Error::new(ErrorKind::Io, format!("process {} caught SIGUSR1 and opened no inspector", process.pid))
            .advise("port 9229 may be another's, or the service uses SIGUSR1 for itself; start it with --heapsnapshot-signal=SIGUSR2"))
    }

    fn find_workers(&mut self, task: &Task) -> Result<()> {
        let Some(inspector) = &mut self.inspector else {
            return Err(
                Error::usage("worker threads can be dumped over the inspector only")
                    .advise("start the service with --inspect=127.0.0.1:9229"),
            );
        };
        let mut found = Vec::new();
        let params = json!({"waitForDebuggerOnStart": false});
        inspector.call(
            &Peer::Main,
            "NodeWorker.enable",
            &params,
            (PATIENCE, task),
            &mut |_, event, params| {
                if event == "NodeWorker.attachedToWorker"
                    && let Ok(value) = serde_json::from_str::<Value>(params.get())
                    && let (Some(session), Some(id)) = (
                        value["sessionId"].as_str(),
                        value["workerInfo"]["workerId"].as_str(),
                    )
                {
                    found.push((session.to_owned(), id.parse().unwrap_or(0)));
                }
                Ok(())
            },
        )?;
        self.workers = found;
        Ok(())
    }

    fn run(
        &mut self,
        plan: &Plan,
        task: &Task,
        taken: &mut Vec<Taken>,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<()> {
        let begun = Instant::now();
        for number in 0..plan.count {
            let due = plan.every.saturating_mul(number);
            self.wait(due.saturating_sub(begun.elapsed()), task, tell)?;
            let peers = self.peers();
            for (peer, thread) in peers {
                self.one(number, (&peer, thread), plan, task, taken, tell)?;
            }
        }
        Ok(())
    }

    fn peers(&self) -> Vec<(Peer, u32)> {
        let workers = self.workers.iter();
        let workers = workers.map(|(session, id)| (Peer::Worker(session.clone()), *id));
        std::iter::once((Peer::Main, 0)).chain(workers).collect()
    }

    fn wait(&self, span: Duration, task: &Task, tell: &mut dyn FnMut(Event<'_>)) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < span {
            task.check()?;
            if let Some(process) = &self.process
                && !self.proc.is_alive(process)
            {
                return Err(dump::ended(process));
            }
            tell(Event::Waits(span - begun.elapsed()));
            std::thread::sleep(LOOK.min(span - begun.elapsed().min(span)));
        }
        Ok(())
    }

    /// Takes one dump, if there is room for it.
    fn one(
        &mut self,
        number: u32,
        (peer, thread): (&Peer, u32),
        plan: &Plan,
        task: &Task,
        taken: &mut Vec<Taken>,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<()> {
        let usage = self
            .inspector
            .as_mut()
            .and_then(|inspector| inspector.evaluate(USAGE, task));
        let heap = usage
            .as_ref()
            .and_then(|usage| usage["memory"]["heapUsed"].as_u64());
        let now = match &self.process {
            Some(process) if !self.proc.is_alive(process) => return Err(dump::ended(process)),
            Some(process) => Some(self.proc.read(process.pid)?),
            None => None,
        };
        let basis = match (self.nodes, heap, &now) {
            (Some(nodes), ..) => Basis::Nodes(nodes),
            (None, Some(heap), _) => Basis::Heap(heap),
            (None, None, Some(process)) => basis(process, &plan.folder),
            (None, None, None) => Basis::Heap(0),
        };
        if let Some(process) = &now {
            check_room(process, basis, plan)?;
        }
        let cost = basis.cost();
        check_disk(&plan.folder, cost.file)?;
        tell(Event::Begins(
            number,
            cost,
            now.as_ref().and_then(|process| process.available),
        ));
        if self.scripts.is_empty()
            && let Some(inspector) = &mut self.inspector
        {
            self.scripts = dump::scripts(inspector, task);
        }
        let pid = now.as_ref().map_or(0, |process| process.inner_pid);
        let path = name(&plan.folder, (pid, thread), number + 1);
        let watched = Watched::of(self.proc, now.as_ref());
        let waiting = (dump::patience(cost.pause), task);
        let mut goes = |progress| tell(Event::Goes(progress));
        let (size, pause) = match (&mut self.inspector, self.way, &now) {
            (Some(inspector), ..) => {
                dump::over_inspector(inspector, peer, &path, waiting, &mut goes)?
            }
            (None, Way::Signal(signal), Some(process)) => {
                dump::by_signal(self.proc, process, signal, &path, waiting, &mut goes)?
            }
            _ => return Err(Error::usage("there is no way to a dump")),
        };
        let peak_rss = watched.end();
        self.nodes = sidecar::nodes_of(&path);
        let done = Taken {
            path,
            bytes: size,
            nodes: self.nodes,
            pause,
            peak_rss,
        };
        self.note(&done, now.as_ref(), usage)?;
        tell(Event::Done(&done));
        taken.push(done);
        Ok(())
    }

    fn note(&self, taken: &Taken, process: Option<&Process>, usage: Option<Value>) -> Result<()> {
        let sidecar = Sidecar {
            schema_version: 1,
            pid: process.map_or(0, |process| process.inner_pid),
            started: process.map_or(0, |process| process.started),
            nodes: taken.nodes,
            rss: process.map_or(0, |process| process.rss),
            peak_rss: taken.peak_rss,
            pause_ms: taken.pause.as_millis() as u64,
            memory_limit: process.and_then(|process| process.memory_limit),
            usage: usage.filter(|usage| !usage.is_null()),
            scripts: self.scripts.clone(),
        };
        sidecar.write(&taken.path)
    }

    /// Closes the inspector, if it was opened for this.
    fn close(&mut self) {
        if let Some(inspector) = &mut self.inspector
            && self.opened
        {
            // The answer does not come: the connection goes with the inspector.
            let params = json!({"expression": CLOSE, "includeCommandLineAPI": true});
            let _ = inspector.send(&Peer::Main, "Runtime.evaluate", &params);
        }
    }
}

fn check_room(process: &Process, basis: Basis, plan: &Plan) -> Result<()> {
    let cost = basis.cost();
    if plan.force {
        return Ok(());
    }
    if cost.verdict(process.available) == Verdict::Refused {
        return Err(room::refusal(process, basis));
    }
    match plan.max_pause {
        Some(most) if cost.pause > most => Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "a dump may stop process {} for {}, longer than --max-pause {}",
                process.pid,
                duration(cost.pause),
                duration(most)
            ),
        )
        .advise("allow more, or take the instance out of rotation first")),
        _ => Ok(()),
    }
}

fn check_disk(folder: &Path, needed: u64) -> Result<()> {
    match free_bytes(folder) {
        Some(free) if free < needed => {
            let words = format!(
                "a dump may take {} on the disk, and {} is free",
                bytes(needed),
                bytes(free)
            );
            Err(Error::new(ErrorKind::Io, words)
                .in_file(folder)
                .advise("name a folder on another disk"))
        }
        _ => Ok(()),
    }
}

/// A name as Node gives its dumps, which is not taken yet.
fn name(folder: &Path, (pid, thread): (u32, u32), mut number: u32) -> PathBuf {
    let time = ZonedDateTime::now().strftime("%Y%m%d.%H%M%S").to_string();
    loop {
        let path = folder.join(format!(
            "Heap.{time}.{pid}.{thread}.{number:03}.heapsnapshot"
        ));
        if path.symlink_metadata().is_err() {
            return path;
        }
        number += 1;
    }
}

/// Watches the memory of a process until it is told to end.
struct Watched(Option<(std::sync::mpsc::Sender<()>, std::thread::JoinHandle<u64>)>);

impl Watched {
    fn of(proc: &Proc, process: Option<&Process>) -> Self {
        let Some(process) = process else {
            return Self(None);
        };
        let (proc, pid) = (proc.clone(), process.pid);
        let (done, is_done) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("memory".to_owned())
            .spawn(move || {
                let mut most = 0;
                loop {
                    most = most.max(proc.read(pid).map_or(0, |process| process.rss));
                    match is_done.recv_timeout(LOOK) {
                        Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                        _ => return most,
                    }
                }
            });
        Self(thread.ok().map(|thread| (done, thread)))
    }

    fn end(self) -> u64 {
        let Some((done, thread)) = self.0 else {
            return 0;
        };
        drop(done);
        thread.join().unwrap_or(0)
    }
}
