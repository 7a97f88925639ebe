//! How far long work is, on stderr, where that is a terminal.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::task::{Progress, Task};
use crate::text::units::percent;

/// Work that is done sooner shows nothing.
const EVERY: Duration = Duration::from_millis(150);

/// Shows a task's progress until dropped.
pub(super) struct Shown(Option<(Sender<()>, JoinHandle<()>)>);

impl Shown {
    /// Begins to show `task`, if anybody can see it.
    pub(super) fn of(task: &Task) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let task = task.clone();
        let (done, is_done) = channel();
        let thread = std::thread::spawn(move || {
            let mut shown = false;
            while is_done.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                let _ = write!(std::io::stderr(), "\r\x1b[K{}", line(task.progress()));
                shown = true;
            }
            if shown {
                let _ = write!(std::io::stderr(), "\r\x1b[K");
            }
        });
        Self(Some((done, thread)))
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.0.take() {
            drop(done);
            // The thread only writes; whatever became of it, the work is done.
            let _ = thread.join();
        }
    }
}

fn line(progress: Progress) -> String {
    if progress.total == 0 {
        return format!("{} …", progress.stage);
    }
    format!(
        "{} … {}",
        progress.stage,
        percent(progress.done, progress.total)
    )
}
