//! The terminal: taken over on entry, given back on every way out.
//!
//! Ways out: the guard is dropped (quit, error), the screen's thread panics (hook), the process is suspended, or a
//! signal ends it (the event loop turns signals into an ordinary end). Frames go through one buffer and are wrapped in
//! a synchronized update, so a frame costs one write and is never seen half drawn.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use crossterm::{cursor, execute, queue, terminal};
use ratatui::backend::{Backend, ClearType, CrosstermBackend};
use ratatui::{Frame, Terminal};

use crate::error::{Error, ErrorKind, Result};
use crate::tui::clipboard::Between;

/// Whether the terminal is ours just now; whoever sets it to false restores it.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// How much of a frame is gathered before it is written: more than a large screen takes.
const FRAME_BYTES: usize = 1 << 18;

/// Standard output, which may be gone when it is left: `ratatui` would print a complaint about that, and printing where
/// nobody is left is a panic.
struct Output(Stdout);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(_) if !TAKEN.load(Ordering::SeqCst) => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(_) if !TAKEN.load(Ordering::SeqCst) => Ok(()),
            flushed => flushed,
        }
    }
}

/// The terminal while it is ours.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Output>>>,
    /// Whether the mouse is listened to.
    mouse: bool,
    between: Between,
}

impl Screen {
    /// Takes the terminal over: raw mode, the alternate screen, no cursor.
    ///
    /// # Errors
    /// When standard input or output is not a terminal, or when it refuses.
    pub fn enter() -> Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(Error::usage("the explorer needs a terminal").advise(
                "to print instead, use a command: heaptui info PATH, heaptui summary PATH, heaptui --help",
            ));
        }
        restore_on_panic();
        let backend =
            CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, Output(io::stdout())));
        let terminal = Terminal::new(backend).map_err(|error| failed(&error))?;
        let mut screen = Self {
            terminal,
            mouse: false,
            between: Between::here(),
        };
        screen.take()?;
        Ok(screen)
    }

    /// Takes the terminal (again) and forgets what was on it, so that the next frame is drawn in full.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn take(&mut self) -> Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        terminal::enable_raw_mode().map_err(|error| failed(&error))?;
        execute!(
            self.terminal.backend_mut(),
            EnterAlternateScreen,
            EnableBracketedPaste,
            cursor::Hide
        )
        .map_err(|error| failed(&error))?;
        if self.mouse {
            execute!(self.terminal.backend_mut(), EnableMouseCapture)
                .map_err(|error| failed(&error))?;
        }
        self.forget()
    }

    /// Listens to the mouse, or leaves it to the terminal.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn listen_to_mouse(&mut self, listen: bool) -> Result<()> {
        if self.mouse == listen {
            return Ok(());
        }
        self.mouse = listen;
        let out = self.terminal.backend_mut();
        let done = if listen {
            execute!(out, EnableMouseCapture)
        } else {
            execute!(out, DisableMouseCapture)
        };
        done.map_err(|error| failed(&error))
    }

    /// Asks the terminal for the colour of its ground (OSC 11). Nobody waits: an answer is an event like any other, and
    /// terminals that do not know the question say nothing.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn ask_for_ground(&mut self) -> Result<()> {
        let out = self.terminal.backend_mut();
        let done = out.write_all(b"\x1b]11;?\x1b\\");
        done.and_then(|()| Write::flush(out))
            .map_err(|error| failed(&error))
    }

    /// Gives the terminal's clipboard a text.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn copy(&mut self, text: &str) -> Result<()> {
        let sequence = self.between.sequence(text);
        let out = self.terminal.backend_mut();
        let done = out.write_all(sequence.as_bytes());
        done.and_then(|()| Write::flush(out))
            .map_err(|error| failed(&error))
    }

    /// Forgets what is on the screen: the next frame is drawn in full.
    ///
    /// Not by `Terminal::clear`: that asks the terminal for its cursor, and the answer would be read as keys.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn forget(&mut self) -> Result<()> {
        self.terminal
            .backend_mut()
            .clear_region(ClearType::All)
            .map_err(|error| failed(&error))?;
        // Both buffers are blank behind this: the one of the last frame, and the one for the next.
        self.terminal.swap_buffers();
        Ok(())
    }

    /// Draws one frame; only the cells that differ from the last one are written.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame)) -> Result<()> {
        let frame = || -> io::Result<()> {
            queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
            self.terminal.draw(draw)?;
            queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
            Write::flush(self.terminal.backend_mut())
        };
        frame().map_err(|error| failed(&error))
    }

    /// Gives the terminal back while another program has it, and takes it again.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn lend<T>(&mut self, run: impl FnOnce() -> T) -> Result<T> {
        restore();
        #[cfg(unix)]
        let modes = rustix::termios::tcgetattr(io::stdin());
        let outcome = run();
        // Of a program that was killed the terminal is left as that had it.
        #[cfg(unix)]
        if let Ok(modes) = modes {
            use rustix::termios::{OptionalActions, tcsetattr};
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
        }
        self.take()?;
        Ok(outcome)
    }

    /// Gives the terminal back, stops the process as Ctrl-Z does, and takes the terminal again when it goes on.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn suspend(&mut self) -> Result<()> {
        restore();
        #[cfg(unix)]
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
            .map_err(|error| failed(&error))?;
        self.take()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back, once; failures are of no use to anybody by then.
fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let _ = execute!(
            out,
            EndSynchronizedUpdate,
            DisableMouseCapture,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = terminal::disable_raw_mode();
        let _ = out.flush();
    }
}

/// A panic of this thread gives the terminal back before it is reported. That of any other one is silent here: a
/// worker's becomes an error of its job, whoever listens says that it ended, and printing would scribble over the screen.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let screen = thread::current().id();
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if thread::current().id() == screen {
                restore();
                report(info);
            }
        }));
    });
}

fn failed(error: &io::Error) -> Error {
    Error::io("the terminal", error).advise("is it still open?")
}

/// An error of kind [`ErrorKind::Io`] that the terminal is gone.
pub(super) fn gone() -> Error {
    Error::new(ErrorKind::Io, "the terminal was closed")
}
