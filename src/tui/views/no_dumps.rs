//! What the list of dumps says while there are none: which processes here can be captured, and how dumps get here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::Result;
use crate::text::escape::one_line;
use crate::text::units::bytes;
use crate::text::width::{cut_end, width};
use crate::tui::dump_store::DumpStore;
use crate::tui::page::PageCtx;
use crate::tui::place::PageKey;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widgets::wrap::wrap;
use crate::tui::work::{Inbox, Slot};

/// Processes that are listed.
const MOST: usize = 6;

/// A process that a dump can be had of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Running {
    pid: u32,
    /// Its memory in bytes, and its command line: untrusted.
    rss: u64,
    command: String,
}

/// What is known of processes here.
#[derive(Default)]
pub struct NoDumps {
    running: Vec<Running>,
    asked: bool,
    inbox: Inbox<Result<Vec<Running>>>,
}

/// The V8 processes of this host that belong to the user, the largest first.
#[cfg(feature = "capture")]
fn running() -> Result<Vec<Running>> {
    use crate::capture::{Proc, Runtime};

    let proc = Proc::of_system();
    let processes = proc.pids()?.into_iter();
    let processes = processes.filter_map(|pid| proc.read(pid).ok());
    let processes = processes.filter(|process| process.is_ours && Runtime::of(process).is_some());
    let mut running: Vec<Running> = processes
        .map(|process| Running {
            pid: process.pid,
            rss: process.rss,
            command: process.args.join(" "),
        })
        .collect();
    running.sort_by_key(|process| (std::cmp::Reverse(process.rss), process.pid));
    Ok(running)
}

#[cfg(not(feature = "capture"))]
fn running() -> Result<Vec<Running>> {
    Ok(Vec::new())
}

impl NoDumps {
    /// Looks for processes, once.
    pub fn look(&mut self, ctx: &mut PageCtx<'_>) {
        if !std::mem::replace(&mut self.asked, true) {
            let slot = Slot::Page(PageKey::Dumps, 0);
            ctx.work
                .start(slot, &self.inbox, |_| running(), |found| found);
        }
    }

    /// Takes what was found.
    pub fn take(&mut self) {
        while let Some(found) = self.inbox.next() {
            self.running = found.unwrap_or_default();
        }
    }

    /// Says why there is nothing, or how to get something.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, store: &DumpStore, theme: Theme) {
        let room = usize::from(area.width.saturating_sub(4));
        let mut y = area.y + 1;
        let mut say = |words: &str, tone: Tone| {
            for text in wrap(&one_line(words), room) {
                if y < area.bottom() {
                    buffer.set_string(area.x + 2, y, text, theme.style(tone));
                    y += 1;
                }
            }
        };
        if let Some(problem) = store.problem() {
            return say(&problem, Tone::Problem);
        }
        say(
            "No dumps here yet. New ones appear as they are written.",
            Tone::Heading,
        );
        say("", Tone::Plain);
        if !self.running.is_empty() {
            say("Capture a process that runs here:", Tone::Plain);
        }
        for process in self.running.iter().take(MOST) {
            let Running { pid, rss, command } = process;
            let call = format!("heaptui capture {pid}");
            let left = room.saturating_sub(width(&call) + 14);
            let command = cut_end(&one_line(command), left);
            say(&format!("{call}   {}  {command}", bytes(*rss)), Tone::Key);
        }
        if self.running.len() > MOST {
            say("heaptui ps lists all of them", Tone::Dim);
        }
        if self.running.is_empty() && cfg!(feature = "capture") {
            say(
                "Capture a running process; heaptui ps lists them:",
                Tone::Plain,
            );
            say("heaptui capture PID", Tone::Key);
        }
        say("", Tone::Plain);
        say("In a Kubernetes pod, with the static binary:", Tone::Plain);
        say("kubectl cp heaptui POD:/tmp/heaptui", Tone::Key);
        say(
            "kubectl exec POD -- /tmp/heaptui capture 1 -o /tmp/dumps --every 5m",
            Tone::Key,
        );
        say("kubectl cp POD:/tmp/dumps .", Tone::Key);
        say("", Tone::Plain);
        say("From the program itself:", Tone::Plain);
        say("require('v8').writeHeapSnapshot()", Tone::Key);
        say(
            "node --heapsnapshot-signal=SIGUSR2 app.js, then kill -USR2 PID",
            Tone::Key,
        );
        say("", Tone::Plain);
        say(
            "Three dumps a few minutes apart show what grows.",
            Tone::Dim,
        );
    }
}
