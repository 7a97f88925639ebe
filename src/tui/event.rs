//! What can happen to the explorer. Keys, signals and the answers of workers come through one channel, in order.

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use crate::tui::keys::Key;

/// How long a frame waits for workers after a key: most lists are there by then, and nothing flickers.
pub(super) const SETTLE: Duration = Duration::from_millis(8);

/// Everything that can happen.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// Ctrl-C was pressed.
    Interrupt,
    /// Text was pasted.
    Paste(String),
    /// The left button was pressed, at this column and line.
    Click(u16, u16),
    /// The wheel was turned, by so many rows.
    Wheel(isize),
    /// The terminal said what its ground is: whether that is light.
    Ground(bool),
    /// The terminal has another size.
    Resize,
    /// A worker has finished something.
    Ready,
    /// Somebody wants the process to end, by this signal.
    End(i32),
    /// Somebody wants the process to stop for a while (SIGTSTP).
    Suspend,
    /// The process goes on after it was stopped (SIGCONT).
    Continue,
    /// There will be no more keys.
    InputClosed,
}

impl Event {
    /// What happened, without what was typed.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Interrupt => "Ctrl-C",
            Self::Paste(_) => "paste",
            Self::Click(..) => "click",
            Self::Wheel(_) => "wheel",
            Self::Ground(_) => "ground",
            Self::Resize => "resize",
            Self::Ready => "results",
            Self::End(_) => "signal that ends",
            Self::Suspend => "suspend",
            Self::Continue => "continue",
            Self::InputClosed => "input closed",
        }
    }
}

/// The channel that everything comes through.
pub fn channel() -> (Sender<Event>, Receiver<Event>) {
    mpsc::channel()
}
