//! The explorer without a terminal, for tests: keys in, the text of the screen out.

use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::error::{Error, ErrorKind, Result};
use crate::series::Exploration;
use crate::settings::Settings;
use crate::source::FilePlace;
use crate::tui::app::App;
use crate::tui::event::{Event, SETTLE, channel};
use crate::tui::keymap::Keymap;
use crate::tui::keys::{Key, parse_journey};
use crate::tui::theme::Theme;

/// The explorer on a made-up screen.
pub struct Harness {
    app: App,
    events: Receiver<Event>,
    terminal: Terminal<TestBackend>,
}

/// Longer than any worker takes; only a defect reaches it.
const EVER: Duration = Duration::from_secs(300);

impl Harness {
    /// The explorer as it starts, on a screen of `columns` × `lines`; nothing has been found yet.
    ///
    /// # Errors
    /// When no worker can be started.
    pub fn new(
        exploration: Exploration,
        theme: Theme,
        (columns, lines): (u16, u16),
    ) -> Result<Self> {
        Self::with_settings(exploration, theme, &Settings::default(), (columns, lines))
    }

    /// The same, as settings want it; looks are the theme's.
    ///
    /// # Errors
    /// When the settings are refused or no worker can be started.
    pub fn with_settings(
        exploration: Exploration,
        theme: Theme,
        settings: &Settings,
        (columns, lines): (u16, u16),
    ) -> Result<Self> {
        let (sender, events) = channel();
        let mut app = App::new(exploration, theme, &sender)?;
        app.follow(settings, Keymap::of(settings)?);
        let terminal = Terminal::new(TestBackend::new(columns, lines))
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        Ok(Self {
            app,
            events,
            terminal,
        })
    }

    /// Waits until no worker is busy.
    pub fn step_until_idle(&mut self) {
        while self.app.in_progress() {
            // The results may have been taken with an earlier event.
            self.app.take_results();
            if self.app.in_progress() && self.events.recv_timeout(EVER).is_err() {
                return;
            }
        }
    }

    /// Types a journey (`/Lea<Enter>l`), waiting after each key until no worker is busy; gives the screen.
    pub fn play(&mut self, journey: &str) -> String {
        self.step_until_idle();
        for key in parse_journey(journey) {
            self.draw();
            self.app.key(key);
            self.step_until_idle();
        }
        self.screen()
    }

    /// Presses a key and draws a frame as soon as the explorer itself would; gives the time that this took.
    pub fn press(&mut self, key: Key) -> Duration {
        let begin = Instant::now();
        self.app.key(key);
        while self.app.awaits_rows() {
            let left = SETTLE.saturating_sub(begin.elapsed());
            if self.events.recv_timeout(left).is_err() {
                break;
            }
            self.app.take_results();
        }
        self.draw();
        begin.elapsed()
    }

    /// Lets this much time pass, and takes what workers find in it.
    pub fn pass(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if self.events.recv_timeout(left).is_err() {
                return;
            }
            self.app.take_results();
        }
    }

    /// Waits until the screen is as it should be, whoever has to tell: workers, or the watcher. Gives the screen, as it
    /// is after an age if nothing came of it.
    pub fn until(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + EVER;
        loop {
            self.app.take_results();
            let screen = self.screen();
            if wanted(&screen) || Instant::now() > end {
                return screen;
            }
            // Nothing but the watcher's own pace is waited for.
            let _ = self.events.recv_timeout(Duration::from_millis(50));
        }
    }

    /// Types a journey without waiting between the keys; gives the screen when no worker is busy any more.
    pub fn type_ahead(&mut self, journey: &str) -> String {
        for key in parse_journey(journey) {
            self.app.key(key);
        }
        self.step_until_idle();
        self.screen()
    }

    /// Pastes a text; gives the screen when no worker is busy any more.
    pub fn paste(&mut self, text: &str) -> String {
        self.app.paste(text);
        self.step_until_idle();
        self.screen()
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, columns: u16, lines: u16) {
        self.terminal.backend_mut().resize(columns, lines);
    }

    /// What the terminal's clipboard was last given.
    pub fn copied(&mut self) -> Option<String> {
        self.app.take_asked().copy
    }

    /// What the user's editor was last to open.
    pub fn edited(&mut self) -> Option<FilePlace> {
        self.app.take_asked().edit
    }

    /// Presses the mouse at this column and line; gives the screen.
    pub fn click(&mut self, column: u16, line: u16) -> String {
        self.draw();
        self.app.click(column, line);
        self.step_until_idle();
        self.screen()
    }

    /// Whether the explorer has ended.
    pub fn ended(&self) -> bool {
        self.app.ended()
    }

    fn draw(&mut self) {
        // A made-up screen cannot fail.
        let _ = self.terminal.draw(|frame| self.app.draw(frame));
    }

    /// Draws, and gives the text on the screen, lines without the spaces at their ends.
    pub fn screen(&mut self) -> String {
        self.draw();
        let buffer = self.terminal.backend().buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let line: String = (0..buffer.area.width)
                .filter_map(|x| buffer.cell((x, y)).map(|cell| cell.symbol()))
                .collect();
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Draws, and gives the cells of the screen.
    pub fn buffer(&mut self) -> &Buffer {
        self.draw();
        self.terminal.backend().buffer()
    }

    /// The styles on the screen, without repetitions.
    pub fn styles(&mut self) -> Vec<Style> {
        self.draw();
        let mut styles = Vec::new();
        for cell in &self.terminal.backend().buffer().content {
            let style = cell.style();
            if !styles.contains(&style) {
                styles.push(style);
            }
        }
        styles
    }
}
