//! Going up and down: in lists over the page, else on the page.

use crate::tui::app::{App, Overlay};
use crate::tui::commands::Command;
use crate::tui::widgets::list::Motion;

impl App {
    /// How far a command goes, if it goes anywhere; a number typed before counts.
    pub(super) fn motion(&self, command: Command) -> Option<Motion> {
        let count = self.count.unwrap_or(1);
        let times = count as isize;
        Some(match command {
            Command::Down => Motion::By(times),
            Command::Up => Motion::By(-times),
            Command::HalfPageDown => Motion::HalfPages(times),
            Command::HalfPageUp => Motion::HalfPages(-times),
            Command::PageDown => Motion::HalfPages(times.saturating_mul(2)),
            Command::PageUp => Motion::HalfPages(times.saturating_mul(-2)),
            Command::First => Motion::To(count - 1),
            Command::Last => match self.count {
                Some(row) => Motion::To(row - 1),
                None => Motion::Last,
            },
            _ => return None,
        })
    }

    /// Moves in whatever has the keyboard.
    pub(super) fn go(&mut self, motion: Motion) {
        match &mut self.overlay {
            Some(Overlay::Help(help)) => return help.go(motion),
            Some(Overlay::Palette(palette)) => return palette.go(motion),
            Some(Overlay::Pick(picker)) => return picker.go(motion),
            _ => {}
        }
        let (page, mut ctx) = self.page_mut();
        page.go(motion, &mut ctx);
    }
}
