//! The event loop: keys, signals, answers of workers and ticks come through one channel, in order.
//!
//! A frame is drawn only when something changed. Ticks come only while something is in progress.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::log;
use crate::tui::app::App;
use crate::tui::editor;
use crate::tui::event::{Event, SETTLE};
use crate::tui::keys::{Code, Key};
use crate::tui::terminal::{Screen, gone};
use crate::tui::theme::Tone;

/// How many keys and clicks wait for a busy screen at most.
const MOST_WAITING: usize = 4096;

/// Ends the explorer wherever it is, unless the user's settings say otherwise.
const CTRL_C: Key = Key {
    ctrl: true,
    ..Key::plain(Code::Char('c'))
};

/// How often progress is drawn.
const TICK: Duration = Duration::from_millis(120);

/// How many events are handled before a frame is drawn at the latest.
const BATCH: usize = 64;

/// Runs the explorer until it ends.
///
/// # Errors
/// When the terminal fails; what goes wrong with dumps is shown on the screen instead.
pub fn run(
    app: &mut App,
    screen: &mut Screen,
    events: &Receiver<Event>,
    keyboard: &Keyboard,
) -> Result<()> {
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
            changed = true;
            continue;
        };
        changed = handle(app, screen, first, keyboard)?;
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
                Ok(event) => changed |= handle(app, screen, event, keyboard)?,
                Err(_) => break,
            }
        }
        if app.ended() {
            return Ok(());
        }
    }
}

/// Handles one event; says whether the screen may look different now.
fn handle(app: &mut App, screen: &mut Screen, event: Event, keyboard: &Keyboard) -> Result<bool> {
    log::write("event", event.kind());
    keyboard.took(&event);
    if keyboard.take_interrupt() {
        app.key(CTRL_C);
        if app.ended() {
            return Ok(true);
        }
    }
    match event {
        Event::Key(key) => app.key(key),
        // It did not wait for its turn.
        Event::Interrupt => {}
        Event::Paste(text) => app.paste(&text),
        Event::Ready => {
            let changed = app.take_results();
            follow(app, screen, keyboard)?;
            return Ok(changed);
        }
        Event::Click(column, line) => app.click(column, line),
        Event::Wheel(rows) => app.wheel(rows),
        Event::Ground(is_light) => app.see_ground(is_light),
        Event::Resize => {}
        Event::End(signal) => app.end(signal),
        Event::Suspend => screen.suspend()?,
        Event::Continue => screen.take()?,
        Event::InputClosed => return Err(gone()),
    }
    follow(app, screen, keyboard)?;
    screen.listen_to_mouse(app.wants_mouse())?;
    Ok(true)
}

/// Does with the terminal what the explorer asks for.
fn follow(app: &mut App, screen: &mut Screen, keyboard: &Keyboard) -> Result<()> {
    let asked = app.take_asked();
    if let Some(text) = asked.copy {
        screen.copy(&text)?;
    }
    if let Some(at) = asked.edit {
        let _lent = keyboard.lend();
        if let Err(words) = screen.lend(|| editor::open(&at))? {
            app.say(&words, Tone::Problem);
        }
    }
    if asked.suspend {
        screen.suspend()?;
    }
    if asked.repaint {
        screen.forget()?;
    }
    Ok(())
}

/// What was typed and is still to be handled.
///
/// More than [`MOST_WAITING`] keys are not kept, and Ctrl-C does not wait behind them: whatever floods the terminal, the
/// way out stays open.
#[derive(Debug, Default)]
pub struct Keyboard {
    waiting: AtomicUsize,
    interrupted: AtomicBool,
    /// Locked by whoever reads what is typed.
    reader: Mutex<()>,
    /// Whether another program has the terminal.
    lent: AtomicBool,
}

impl Keyboard {
    /// Passes on what was typed; says whether anybody is there to take it.
    fn send(&self, event: Event, events: &Sender<Event>) -> bool {
        match event {
            Event::Interrupt => self.interrupted.store(true, Ordering::SeqCst),
            _ if self.waiting.load(Ordering::SeqCst) >= MOST_WAITING => return true,
            _ => {}
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        events.send(event).is_ok()
    }

    /// One of those that waited is handled.
    fn took(&self, event: &Event) {
        if matches!(
            event,
            Event::Key(_)
                | Event::Click(..)
                | Event::Wheel(_)
                | Event::Paste(_)
                | Event::Ground(_)
                | Event::Interrupt
        ) {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Leaves what is typed, and the signals that keys send, to another program until this is dropped.
    fn lend(&self) -> Lent<'_> {
        let reader = self.reading();
        self.lent.store(true, Ordering::SeqCst);
        Lent {
            keyboard: self,
            _reader: reader,
        }
    }

    fn reading(&self) -> MutexGuard<'_, ()> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(unix)]
    fn is_lent(&self) -> bool {
        self.lent.load(Ordering::SeqCst)
    }

    /// Whether Ctrl-C was pressed; once for each time.
    fn take_interrupt(&self) -> bool {
        self.interrupted.swap(false, Ordering::SeqCst)
    }
}

/// The keyboard is another program's.
struct Lent<'a> {
    keyboard: &'a Keyboard,
    _reader: MutexGuard<'a, ()>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.keyboard.lent.store(false, Ordering::SeqCst);
    }
}

/// Starts the threads that wait for keys and for signals.
///
/// # Errors
/// When a thread or a signal handler cannot be set up.
pub fn listen(events: &Sender<Event>) -> Result<Arc<Keyboard>> {
    let keyboard = Arc::new(Keyboard::default());
    listen_for_signals(events.clone(), Arc::clone(&keyboard))?;
    let events = events.clone();
    let ours = Arc::clone(&keyboard);
    thread::Builder::new()
        .name("keys".into())
        .spawn(move || {
            let _told = TellsEnd(&events);
            listen_for_keys(&ours, |event| ours.send(event, &events));
        })
        .map_err(|error| Error::io("starting a thread", &error))?;
    Ok(keyboard)
}

/// Reads what is typed until nobody takes it any more or the terminal is gone.
#[cfg(unix)]
fn listen_for_keys(keyboard: &Keyboard, send: impl Fn(Event) -> bool) {
    use crate::tui::input::Parser;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;

    const NOW: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let input = std::io::stdin();
    let mut parser = Parser::default();
    let mut buffer = [0; 4096];
    let mut taken = true;
    while taken {
        let patience = parser.patience().map(|wait| Timespec {
            tv_sec: 0,
            tv_nsec: wait.subsec_nanos().into(),
        });
        let mut tell = |event| taken &= send(event);
        match poll(&mut [PollFd::new(&input, PollFlags::IN)], patience.as_ref()) {
            Ok(0) => {
                parser.give_up(&mut tell);
                continue;
            }
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return,
        }
        // Who waited for another program to give the keyboard back looks whether that left anything.
        let reading = keyboard.reading();
        match poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&NOW)) {
            Ok(0) | Err(Errno::INTR) => continue,
            Ok(_) => {}
            Err(_) => return,
        }
        let read = rustix::io::read(&input, &mut buffer);
        drop(reading);
        match read {
            Ok(0) => return,
            Ok(count) => {
                for &byte in &buffer[..count] {
                    parser.take(byte, &mut tell);
                }
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return,
        }
    }
}

/// Reads what is typed as `crossterm` understands the console.
#[cfg(not(unix))]
fn listen_for_keys(keyboard: &Keyboard, send: impl Fn(Event) -> bool) {
    use crossterm::event::{self as console, KeyEventKind, MouseButton, MouseEventKind};

    /// It is looked again then.
    const EVER: Duration = Duration::from_secs(3600);

    while console::poll(EVER).is_ok() {
        let reading = keyboard.reading();
        if !console::poll(Duration::ZERO).unwrap_or_default() {
            continue;
        }
        let Ok(event) = console::read() else { return };
        drop(reading);
        let event = match event {
            console::Event::Key(key) if key.kind != KeyEventKind::Release => Key::from_event(&key)
                .map(|key| match key == CTRL_C {
                    true => Event::Interrupt,
                    false => Event::Key(key),
                }),
            console::Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => {
                    Some(Event::Click(mouse.column, mouse.row))
                }
                MouseEventKind::ScrollDown => Some(Event::Wheel(3)),
                MouseEventKind::ScrollUp => Some(Event::Wheel(-3)),
                _ => None,
            },
            console::Event::Paste(text) => Some(Event::Paste(text)),
            console::Event::Resize(..) => Some(Event::Resize),
            _ => None,
        };
        if event.is_some_and(|event| !send(event)) {
            return;
        }
    }
}

/// Says that there will be no more keys, or signals, however their thread ends: nobody sits before a deaf screen.
struct TellsEnd<'a>(&'a Sender<Event>);

impl Drop for TellsEnd<'_> {
    fn drop(&mut self) {
        let _ = self.0.send(Event::InputClosed);
    }
}

#[cfg(unix)]
fn listen_for_signals(events: Sender<Event>, keyboard: Arc<Keyboard>) -> Result<()> {
    use crate::signals;
    use signal_hook::consts::{SIGCONT, SIGINT, SIGQUIT, SIGTSTP, SIGWINCH};
    use signal_hook::iterator::Signals;

    let mut signals = Signals::new([SIGTSTP, SIGCONT, SIGWINCH])
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
                    // The keys of a program that was started from here: it stops, and so does this one, as the shell
                    // expects; what interrupts it is its own.
                    SIGTSTP if keyboard.is_lent() => {
                        let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
                        continue;
                    }
                    SIGCONT | SIGINT | SIGQUIT if keyboard.is_lent() => continue,
                    SIGTSTP => Event::Suspend,
                    SIGCONT => Event::Continue,
                    SIGWINCH => Event::Resize,
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
fn listen_for_signals(_: Sender<Event>, _: Arc<Keyboard>) -> Result<()> {
    Ok(())
}
