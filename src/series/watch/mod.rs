//! Watching folders of dumps while processes write into them.
//!
//! Events of the file system are hints only: whatever they say, names, sizes and times are looked at again. What is
//! found goes to a channel, as the whole series and as what changed. Where there are no events, or they would not tell
//! of changes made on another machine, the folders are looked at now and then instead.

mod mounts;
mod scan;
mod update;

pub use update::{Change, Update};

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode};

use crate::error::Result;
use scan::{Scan, no_thread};

/// How long to gather hints before looking.
const DEBOUNCE: Duration = Duration::from_millis(200);
/// How often to look while something is being written.
const BUSY: Duration = Duration::from_millis(250);
/// How often to look without any hint: events can get lost.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How often to look where there are no events, unless the user says otherwise.
pub const POLL: Duration = Duration::from_secs(2);

/// How to watch.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Folders within the folders too.
    pub recursive: bool,
    /// Look this often instead of waiting for events.
    pub poll: Option<Duration>,
}

/// How changes are noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// By the system's events.
    Events,
    /// By looking now and then.
    Polling {
        /// How often.
        every: Duration,
        /// Why, where nobody asked for it.
        because: Option<String>,
    },
}

/// Watches in the background until it is dropped.
pub struct Watcher {
    updates: Receiver<Update>,
    hints: Sender<Hint>,
    means: Means,
}

enum Hint {
    Look,
    Stop,
}

impl Watcher {
    /// Begins to watch directories and files (none: the current directory). The first update, with everything that is
    /// there, comes at once.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(paths: &[PathBuf], options: &Options) -> Result<Self> {
        Self::start_with(paths, options, || {})
    }

    /// As [`Watcher::start`]; `wake` is called from the watcher's thread whenever an update can be taken.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start_with(
        paths: &[PathBuf],
        options: &Options,
        wake: impl Fn() + Send + 'static,
    ) -> Result<Self> {
        let mut paths = paths.to_vec();
        if paths.is_empty() {
            paths.push(PathBuf::from("."));
        }
        let (hints, received) = channel();
        let (means, events) = choose(&paths, options, &hints);
        let (sender, updates) = channel();
        let watching = Watching {
            scan: Scan::new(paths.clone(), options.recursive),
            events,
            paths,
            recursive: options.recursive,
            every: match &means {
                Means::Events => HEARTBEAT,
                Means::Polling { every, .. } => *every,
            },
            hints: received,
            updates: sender,
        };
        thread::Builder::new()
            .name("heaptui-watcher".to_owned())
            .spawn(move || watching.run(&wake))
            .map_err(|error| no_thread(&error))?;
        Ok(Self {
            updates,
            hints,
            means,
        })
    }

    /// How changes are noticed.
    pub fn means(&self) -> &Means {
        &self.means
    }

    /// The next update, if there is one.
    pub fn try_recv(&self) -> Option<Update> {
        self.updates.try_recv().ok()
    }

    /// The next update, waiting for it as long as `timeout`.
    pub fn recv_timeout(&self, timeout: Duration) -> Option<Update> {
        self.updates.recv_timeout(timeout).ok()
    }

    /// Looks now, whatever the events say.
    pub fn look(&self) {
        // When the thread is gone, there is nobody to look.
        let _ = self.hints.send(Hint::Look);
    }
}

impl Drop for Watcher {
    /// The thread ends after the look that it is at; a network that does not answer must not hold up whoever leaves.
    fn drop(&mut self) {
        let _ = self.hints.send(Hint::Stop);
    }
}

/// Subscribes to events where they can be had and trusted.
fn choose(
    paths: &[PathBuf],
    options: &Options,
    hints: &Sender<Hint>,
) -> (Means, Option<RecommendedWatcher>) {
    let polling = |every, because| (Means::Polling { every, because }, None);
    if let Some(every) = options.poll {
        return polling(every.max(DEBOUNCE), None);
    }
    if let Some(kind) = paths.iter().find_map(|path| mounts::remote(path)) {
        return polling(
            POLL,
            Some(format!(
                "a file system of type {kind} tells nothing of changes made elsewhere"
            )),
        );
    }
    match subscribe(paths, options.recursive, hints) {
        Ok(events) => (Means::Events, Some(events)),
        Err(error) => polling(POLL, Some(format!("the system gives no events: {error}"))),
    }
}

fn subscribe(
    paths: &[PathBuf],
    recursive: bool,
    hints: &Sender<Hint>,
) -> notify::Result<RecommendedWatcher> {
    let hints = hints.clone();
    let mut events = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !is_a_change(event.kind)) {
            return;
        }
        let _ = hints.send(Hint::Look);
    })?;
    for path in paths {
        watch(&mut events, path, recursive)?;
    }
    Ok(events)
}

/// Watches a directory, or the one that a file is in: files come and go under one name.
fn watch(events: &mut RecommendedWatcher, path: &Path, recursive: bool) -> notify::Result<()> {
    use notify::Watcher as _;
    if path.is_dir() {
        let mode = if recursive {
            RecursiveMode::Recursive
        } else {
            RecursiveMode::NonRecursive
        };
        return events.watch(path, mode);
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    events.watch(
        folder.unwrap_or(Path::new(".")),
        RecursiveMode::NonRecursive,
    )
}

/// Whether an event can mean that a file is another now. Reading a dump raises events too.
fn is_a_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// The watcher's thread.
struct Watching {
    scan: Scan,
    events: Option<RecommendedWatcher>,
    paths: Vec<PathBuf>,
    recursive: bool,
    every: Duration,
    hints: Receiver<Hint>,
    updates: Sender<Update>,
}

impl Watching {
    fn run(mut self, wake: &impl Fn()) {
        let mut first = true;
        let mut directories = Vec::new();
        loop {
            let look = || self.scan.look(Instant::now());
            let Ok(update) = catch_unwind(AssertUnwindSafe(look)) else {
                // A defect; the next look may find the file that it stumbled over gone.
                if !self.wait() {
                    return;
                }
                continue;
            };
            if first || !update.changes.is_empty() {
                if self.updates.send(update).is_err() {
                    return;
                }
                wake();
            }
            if !first && directories != self.scan.directories {
                self.subscribe_again();
            }
            directories.clone_from(&self.scan.directories);
            first = false;
            if !self.wait() {
                return;
            }
        }
    }

    /// A directory that was deleted and made again is another one to the system.
    fn subscribe_again(&mut self) {
        if let Some(events) = &mut self.events {
            for path in &self.paths {
                // Where it fails, the heartbeat still sees what changes.
                let _ = watch(events, path, self.recursive);
            }
        }
    }

    /// Waits until it is time to look again; false when nobody wants to know any more.
    fn wait(&self) -> bool {
        let timeout = if self.scan.is_waiting() {
            BUSY.min(self.every)
        } else {
            self.every
        };
        match self.hints.recv_timeout(timeout) {
            Ok(Hint::Look) => self.gather(),
            Err(RecvTimeoutError::Timeout) => true,
            Ok(Hint::Stop) | Err(RecvTimeoutError::Disconnected) => false,
        }
    }

    /// Lets more hints come in, so that a burst of them costs one look.
    fn gather(&self) -> bool {
        let until = Instant::now() + DEBOUNCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.hints.recv_timeout(left) {
                Ok(Hint::Look) => {}
                Err(RecvTimeoutError::Timeout) => return true,
                Ok(Hint::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests;
