//! The explorer without a terminal, for tests: keys in, the text of the screen out.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::error::{Error, ErrorKind, Result};
use crate::series::Exploration;
use crate::tui::app::App;
use crate::tui::event::{Event, channel};
use crate::tui::keys::parse_journey;
use crate::tui::theme::Theme;

/// The explorer on a made-up screen.
pub struct Harness {
    app: App,
    events: Receiver<Event>,
    terminal: Terminal<TestBackend>,
}

/// Longer than any worker takes; only a defect reaches it.
const EVER: Duration = Duration::from_secs(60);

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
        let (sender, events) = channel();
        let app = App::new(exploration, theme, &sender)?;
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

    /// Types a journey without waiting between the keys; gives the screen when no worker is busy any more.
    pub fn type_ahead(&mut self, journey: &str) -> String {
        for key in parse_journey(journey) {
            self.app.key(key);
        }
        self.step_until_idle();
        self.screen()
    }

    /// Gives the screen another size.
    pub fn resize(&mut self, columns: u16, lines: u16) {
        self.terminal.backend_mut().resize(columns, lines);
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
