//! Which row is selected, and which row is the first on the screen: for lists that change under the cursor.

/// A place in a list: the selected row, and how far below the top of the screen it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// The selected row.
    pub selected: usize,
    /// The first row on the screen.
    pub top: usize,
    /// Rows on the screen when it was last drawn.
    pub height: usize,
}

/// A motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// Down (or up, below zero) so many rows.
    By(isize),
    /// So many halves of a screen.
    HalfPages(isize),
    /// To this row.
    To(usize),
    /// To the last row.
    Last,
}

/// Rows that a list is taken to have on the screen before it is drawn.
const UNDRAWN: usize = 10;

impl Cursor {
    /// Moves in a list of `rows` rows.
    pub fn go(&mut self, motion: Motion, rows: usize) {
        let last = rows.saturating_sub(1);
        let half = (self.height / 2).max(1) as isize;
        match motion {
            Motion::By(by) => self.selected = self.selected.saturating_add_signed(by).min(last),
            Motion::HalfPages(pages) => {
                let by = half.saturating_mul(pages);
                self.selected = self.selected.saturating_add_signed(by).min(last);
                self.top = self.top.saturating_add_signed(by);
            }
            Motion::To(row) => self.selected = row.min(last),
            Motion::Last => self.selected = last,
        }
        self.settle(rows);
    }

    /// The selected row is another one now because rows came or went above it: it keeps its place on the screen.
    pub fn follow(&mut self, selected: usize, rows: usize) {
        let below_top = self.selected.saturating_sub(self.top);
        self.selected = selected.min(rows.saturating_sub(1));
        self.top = self.selected.saturating_sub(below_top);
        self.settle(rows);
    }

    /// To this row, with as much above it on the screen as can be: what leads to it.
    pub fn go_below(&mut self, row: usize, rows: usize) {
        // What was never drawn will have room for a few rows at least.
        let height = if self.height == 0 {
            UNDRAWN
        } else {
            self.height
        };
        self.height = height;
        let most = height.saturating_sub(1 + height / 4);
        self.selected = row.min(rows.saturating_sub(1));
        self.top = self.selected.saturating_sub(most);
        self.settle(rows);
    }

    /// So many rows appeared below the selected one: as many of them as half a screen has room for come into sight.
    pub fn show_below(&mut self, below: usize, rows: usize) {
        let wanted = below.min(self.height / 2);
        let last = self.selected + wanted + 1;
        if wanted > 0 {
            self.top = self.top.max(last.saturating_sub(self.height));
        }
        self.settle(rows);
    }

    /// The screen shows `height` rows of `rows`: the selected one is made visible and no room is wasted.
    pub fn fit(&mut self, height: usize, rows: usize) {
        self.height = height;
        self.settle(rows);
    }

    fn settle(&mut self, rows: usize) {
        let height = self.height.max(1);
        self.selected = self.selected.min(rows.saturating_sub(1));
        self.top = self
            .top
            .min(self.selected)
            .max((self.selected + 1).saturating_sub(height))
            .min(rows.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn motions() {
        let start = Cursor {
            selected: 10,
            top: 5,
            height: 10,
        };
        // (motion, rows, selected, top)
        let table = [
            (Motion::By(1), 100, 11, 5),
            (Motion::By(5), 100, 15, 6),
            (Motion::By(-6), 100, 4, 4),
            (Motion::By(1000), 100, 99, 90),
            (Motion::By(-1000), 100, 0, 0),
            (Motion::HalfPages(1), 100, 15, 10),
            (Motion::HalfPages(-1), 100, 5, 0),
            (Motion::HalfPages(2), 100, 20, 15),
            (Motion::To(0), 100, 0, 0),
            (Motion::To(50), 100, 50, 41),
            (Motion::Last, 100, 99, 90),
            (Motion::Last, 3, 2, 0),
            (Motion::Last, 0, 0, 0),
        ];
        for (motion, rows, selected, top) in table {
            let mut cursor = start;
            cursor.go(motion, rows);
            assert_eq!((cursor.selected, cursor.top), (selected, top), "{motion:?}");
        }
    }

    #[test]
    fn what_leads_to_a_row_is_above_it() {
        let mut cursor = Cursor {
            selected: 0,
            top: 0,
            height: 12,
        };
        cursor.go_below(50, 100);
        assert_eq!((cursor.selected, cursor.top), (50, 42));
        cursor.go_below(3, 100);
        assert_eq!((cursor.selected, cursor.top), (3, 0));
        cursor.go_below(200, 100);
        assert_eq!((cursor.selected, cursor.top), (99, 88));
    }

    #[test]
    fn what_is_unfolded_comes_into_sight() {
        let shown = |selected, below, rows| {
            let mut cursor = Cursor {
                selected,
                top: 5,
                height: 10,
            };
            cursor.show_below(below, rows);
            (cursor.selected, cursor.top)
        };
        assert_eq!(shown(14, 3, 100), (14, 8));
        assert_eq!(shown(14, 300, 400), (14, 10));
        assert_eq!(shown(6, 3, 100), (6, 5));
        let mut undrawn = Cursor::default();
        undrawn.show_below(7, 8);
        assert_eq!(undrawn, Cursor::default());
    }

    #[test]
    fn rows_that_come_above_do_not_move_the_selected_one_on_the_screen() {
        let mut cursor = Cursor {
            selected: 10,
            top: 5,
            height: 10,
        };
        cursor.follow(510, 1000);
        assert_eq!((cursor.selected, cursor.top), (510, 505));
        cursor.follow(2, 1000);
        assert_eq!((cursor.selected, cursor.top), (2, 0));
    }
}
