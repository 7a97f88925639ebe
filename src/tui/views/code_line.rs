//! The line of code of what is selected in a list, below its rows.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::error::Result;
use crate::task::Task;
use crate::text::escape::one_line;
use crate::text::span::Spans;
use crate::text::width;
use crate::tui::theme::{Theme, Tone};
use crate::tui::work::{Inbox, Slot, Work};

/// From this height on there is a line for code.
const ROOM: u16 = 5;

/// The job that finds a line; `None` where the code is neither on this host nor in the dump.
pub type Job = Box<dyn FnOnce(&Task) -> Result<Option<Spans>> + Send>;

/// What is selected, and its line of code once a worker has found that.
pub struct CodeLine<K> {
    of: Option<K>,
    found: Option<Spans>,
    inbox: Inbox<(K, Result<Option<Spans>>)>,
}

impl<K> Default for CodeLine<K> {
    fn default() -> Self {
        Self {
            of: None,
            found: None,
            inbox: Inbox::default(),
        }
    }
}

impl<K: Copy + PartialEq + Send + 'static> CodeLine<K> {
    /// Looks for the line of what is selected, unless that is known or being looked for.
    pub fn look(
        &mut self,
        selected: Option<K>,
        slot: Slot,
        work: &mut Work,
        job: impl FnOnce(K) -> Option<Job>,
    ) {
        if self.of == selected {
            return;
        }
        (self.of, self.found) = (selected, None);
        let job = selected.and_then(|of| Some((of, job(of)?)));
        match job {
            Some((of, job)) => work.start(slot, &self.inbox, job, move |found| (of, found)),
            None => work.abandon(&slot),
        }
    }

    /// Takes what a worker found.
    pub fn take(&mut self) {
        while let Some((of, found)) = self.inbox.next() {
            if self.of == Some(of) {
                self.found = found.unwrap_or_default();
            }
        }
    }

    /// Draws the line, if there is one and room for it; gives what is left above.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: Theme) -> Rect {
        let Some(code) = self.found.as_ref().filter(|_| area.height >= ROOM) else {
            return area;
        };
        let room = usize::from(area.width.saturating_sub(4));
        let words = code.plain();
        let words = width::cut_end(&one_line(&words), room);
        let y = area.bottom() - 1;
        buffer.set_string(area.x + 2, y, words, theme.style(Tone::Text));
        Rect {
            height: area.height - 1,
            ..area
        }
    }
}
