//! The mouse, where it is listened to: a click selects, the wheel scrolls.

use crate::tui::app::App;
use crate::tui::widgets::list::Motion;

impl App {
    /// The wheel was turned.
    pub fn wheel(&mut self, rows: isize) {
        self.message = None;
        self.go(Motion::By(rows));
    }

    /// The left button was pressed. Lists have one row on a line, so that the selected row, which was drawn last, tells
    /// where the others are.
    pub fn click(&mut self, column: u16, line: u16) {
        self.message = None;
        if self.overlay.is_some() {
            return;
        }
        let Some((x, y)) = self.marked else { return };
        let (page, mut ctx) = self.page_mut();
        if page.click((column, line), &mut ctx) {
            return;
        }
        if column >= x {
            page.go(
                Motion::By(isize::from(line as i16) - isize::from(y as i16)),
                &mut ctx,
            );
        }
    }
}
