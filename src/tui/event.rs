//! The event loop: keys, signals, answers of workers and ticks come through one channel, in order.
//!
//! A frame is drawn only when something changed. Ticks come only while something is in progress.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event::{
    self as terminal_event, KeyEventKind, MouseButton, MouseEvent, MouseEventKind,
};

use crate::error::{Error, Result};
use crate::signals;
use crate::tui::app::App;
use crate::tui::keys::Key;
use crate::tui::terminal::{Screen, gone};

/// Everything that can happen.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// The left button was pressed, at this column and line.
    Click(u16, u16),
    /// The wheel was turned, by so many rows.
    Wheel(isize),
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

/// Rows that a turn of the wheel scrolls.
const WHEEL: isize = 3;

/// How often progress is drawn.
const TICK: Duration = Duration::from_millis(120);

/// How long a frame waits for workers after a key: most lists are there by then, and nothing flickers.
pub(super) const SETTLE: Duration = Duration::from_millis(8);

/// How many events are handled before a frame is drawn at the latest.
const BATCH: usize = 64;

/// Runs the explorer until it ends.
///
/// # Errors
/// When the terminal fails; what goes wrong with dumps is shown on the screen instead.
pub fn run(app: &mut App, screen: &mut Screen, events: &Receiver<Event>) -> Result<()> {
    let mut changed = true;
    screen.listen_to_mouse(app.wants_mouse())?;
    loop {
        if changed {
            screen.draw(|frame| app.draw(frame))?;
        }
        let first = if app.in_progress() {
            match events.recv_timeout(TICK) {
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        } else {
            match events.recv() {
                Ok(event) => Some(event),
                Err(_) => return Ok(()),
            }
        };
        let Some(first) = first else {
            app.tick();
            changed = true;
            continue;
        };
        changed = handle(app, screen, first)?;
        let settle = Instant::now() + SETTLE;
        for _ in 0..BATCH {
            if app.ended() {
                return Ok(());
            }
            let wait = if app.awaits_rows() {
                settle.saturating_duration_since(Instant::now())
            } else {
                Duration::ZERO
            };
            match events.recv_timeout(wait) {
                Ok(event) => changed |= handle(app, screen, event)?,
                Err(_) => break,
            }
        }
        if app.ended() {
            return Ok(());
        }
    }
}

/// Handles one event; says whether the screen may look different now.
fn handle(app: &mut App, screen: &mut Screen, event: Event) -> Result<bool> {
    match event {
        Event::Key(key) => app.key(key),
        Event::Ready => {
            let changed = app.take_results();
            if let Some(text) = app.take_copy() {
                screen.copy(&text)?;
            }
            return Ok(changed);
        }
        Event::Click(column, line) => app.click(column, line),
        Event::Wheel(rows) => app.wheel(rows),
        Event::Resize => {}
        Event::End(signal) => app.end(Some(signal)),
        Event::Suspend => screen.suspend()?,
        Event::Continue => screen.take()?,
        Event::InputClosed => return Err(gone()),
    }
    if let Some(text) = app.take_copy() {
        screen.copy(&text)?;
    }
    if app.take_suspend() {
        screen.suspend()?;
    }
    if app.take_repaint() {
        screen.forget()?;
    }
    screen.listen_to_mouse(app.wants_mouse())?;
    Ok(true)
}

/// Starts the threads that wait for keys and for signals.
///
/// # Errors
/// When a thread or a signal handler cannot be set up.
pub fn listen(events: &Sender<Event>) -> Result<()> {
    listen_for_signals(events.clone())?;
    let events = events.clone();
    thread::Builder::new()
        .name("keys".into())
        .spawn(move || {
            let _told = TellsEnd(&events);
            while let Ok(event) = terminal_event::read() {
                let event = match event {
                    terminal_event::Event::Key(key) if key.kind != KeyEventKind::Release => {
                        Key::from_event(&key).map(Event::Key)
                    }
                    terminal_event::Event::Mouse(mouse) => of_mouse(mouse),
                    terminal_event::Event::Resize(..) => Some(Event::Resize),
                    _ => None,
                };
                if let Some(event) = event
                    && events.send(event).is_err()
                {
                    return;
                }
            }
        })
        .map_err(|error| Error::io("starting a thread", &error))?;
    Ok(())
}

/// Says that there will be no more keys, or signals, however their thread ends: nobody sits before a deaf screen.
struct TellsEnd<'a>(&'a Sender<Event>);

impl Drop for TellsEnd<'_> {
    fn drop(&mut self) {
        let _ = self.0.send(Event::InputClosed);
    }
}

/// What the mouse means, of what the explorer has a use for.
fn of_mouse(mouse: MouseEvent) -> Option<Event> {
    match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Some(Event::Click(mouse.column, mouse.row)),
        MouseEventKind::ScrollDown => Some(Event::Wheel(WHEEL)),
        MouseEventKind::ScrollUp => Some(Event::Wheel(-WHEEL)),
        _ => None,
    }
}

#[cfg(unix)]
fn listen_for_signals(events: Sender<Event>) -> Result<()> {
    use signal_hook::consts::{SIGCONT, SIGTSTP};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGTSTP, SIGCONT])
        .map_err(|error| Error::io("listening for signals", &error))?;
    for signal in signals::ending() {
        // One that cannot be caught does what it always did.
        let _ = signals.add_signal(signal);
    }
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let _told = TellsEnd(&events);
            for signal in signals.forever() {
                let event = match signal {
                    SIGTSTP => Event::Suspend,
                    SIGCONT => Event::Continue,
                    signal => Event::End(signal),
                };
                if events.send(event).is_err() {
                    return;
                }
            }
        })
        .map_err(|error| Error::io("starting a thread", &error))?;
    Ok(())
}

#[cfg(not(unix))]
fn listen_for_signals(_: Sender<Event>) -> Result<()> {
    Ok(())
}

/// The channel that everything comes through.
pub fn channel() -> (Sender<Event>, Receiver<Event>) {
    mpsc::channel()
}
