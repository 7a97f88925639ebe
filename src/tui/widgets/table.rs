//! Columns that drop out by importance, so that the first one, the name, keeps most of the room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::table::{self, Cell, Head, Stress};
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::units::percent;
use crate::text::width;
use crate::tui::theme::{Tone, bar};

/// A column of figures beside the name.
#[derive(Debug, Clone, Copy)]
pub struct Column<K> {
    /// Which.
    pub key: K,
    /// What stands above it.
    pub title: &'static str,
    /// How many terminal columns it takes, without the gap before it.
    pub width: u16,
    /// Columns of little importance go first where there is little room.
    pub importance: u8,
    /// Whether its cells are set to the left.
    pub left: bool,
}

impl<K: Copy> Column<K> {
    /// A column whose cells are set to the right, as figures are.
    pub const fn right(key: K, title: &'static str, width: u16, importance: u8) -> Self {
        Self {
            key,
            title,
            width,
            importance,
            left: false,
        }
    }
}

/// A column in its place.
#[derive(Debug, Clone, Copy)]
pub struct Placed<K> {
    /// The column.
    pub column: Column<K>,
    /// Terminal columns from the left end of the row.
    pub x: u16,
}

/// The columns that fit, in their places, and what is left for the name.
#[derive(Debug, Clone)]
pub struct Layout<K> {
    /// Terminal columns of the name, without the gap behind it.
    pub name: u16,
    /// The columns that stayed, in their order.
    pub columns: Vec<Placed<K>>,
}

/// The room that the name keeps in a row this wide.
pub fn name_room(row: u16) -> u16 {
    (row / 2).clamp(40.min(row * 3 / 5), 72)
}

/// Lays out a row of `row` terminal columns, of which the name keeps [`name_room`].
pub fn layout<K: Copy>(columns: &[Column<K>], row: u16) -> Layout<K> {
    layout_with(columns, row, name_room(row))
}

/// The room of functions with their places, which need more than most names.
pub fn functions_room(row: u16) -> u16 {
    if row < 60 { row / 2 } else { row * 3 / 5 }
}

/// Lays out a row of functions.
pub fn layout_of_functions<K: Copy>(columns: &[Column<K>], row: u16) -> Layout<K> {
    layout_with(columns, row, functions_room(row))
}

/// Lays out a row of `row` terminal columns, of which the name keeps `name`.
pub fn layout_with<K: Copy>(columns: &[Column<K>], row: u16, name: u16) -> Layout<K> {
    let room = row.saturating_sub(name);
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(columns[index].importance));
    let mut used = 0;
    let mut stays = vec![false; columns.len()];
    for index in order {
        let wanted = columns[index].width + 1;
        if used + wanted > room {
            break;
        }
        used += wanted;
        stays[index] = true;
    }
    let name = row - used;
    let mut x = name;
    let mut placed = Vec::new();
    for (column, stays) in columns.iter().zip(stays) {
        if stays {
            placed.push(Placed {
                column: *column,
                x: x + 1,
            });
            x += column.width + 1;
        }
    }
    Layout {
        name: name.saturating_sub(1).max(1),
        columns: placed,
    }
}

impl<K: Copy> Layout<K> {
    /// Writes a cell; text that is too long is cut.
    pub fn put(&self, buffer: &mut Buffer, row: Rect, at: &Placed<K>, text: &str, style: Style) {
        let columns = usize::from(at.column.width);
        let text = if at.column.left {
            width::fit(text, columns)
        } else {
            width::pad_left(&width::cut_end(text, columns), columns)
        };
        if at.x < row.width {
            buffer.set_stringn(
                row.x + at.x,
                row.y,
                text,
                usize::from(row.width - at.x),
                style,
            );
        }
    }
}

/// Lays out declared columns in a row of `row` terminal columns, of which the name keeps `name`; `width` gives the width
/// of those that are shown, from the declared one.
pub fn placed<R, C>(
    columns: &[table::Column<R, C>],
    width: impl Fn(&Head, u16) -> Option<u16>,
    (row, name): (u16, u16),
) -> Layout<usize> {
    let shown = columns.iter().enumerate().filter_map(|(key, column)| {
        let screen = column.head.screen?;
        Some(Column {
            key,
            title: screen.title,
            width: width(&column.head, screen.width)?,
            importance: screen.importance,
            left: screen.left,
        })
    });
    layout_with(&shown.collect::<Vec<_>>(), row, name)
}

/// A cell as a screen shows it in so many terminal columns.
fn shown<R, C>(column: &table::Column<R, C>, row: &R, context: &C, width: u16) -> (String, Tone) {
    let cell = column.cell(row, context);
    let (text, usual) = match &cell {
        // What rounds to nothing is not worth a figure.
        Cell::Percent(part, whole) => {
            let text = percent(*part, *whole);
            (if text == "0%" { String::new() } else { text }, Tone::Dim)
        }
        Cell::Count(0) | Cell::Size(0) | Cell::Change(0)
            if column.head.screen.is_some_and(|screen| screen.blank) =>
        {
            (String::new(), Tone::Plain)
        }
        Cell::Bar(part, whole) => (bar(*part, *whole, usize::from(width)), Tone::Bar),
        Cell::Distance(Some(steps)) => (in_short(*steps, usize::from(width)), Tone::Dim),
        Cell::Distance(None) => (cell.shown(Reveal::All), Tone::Dim),
        _ => (one_line(&cell.shown(Reveal::All)).into_owned(), Tone::Plain),
    };
    let tone = match column.stress(row, context) {
        Stress::Usual => usual,
        Stress::Faint => Tone::Dim,
        Stress::Strong => Tone::Heading,
        Stress::Alarm => Tone::Problem,
        Stress::Added => Tone::Added,
        Stress::Removed => Tone::Removed,
    };
    (text, tone)
}

/// The cells of a row that have a place, by their columns' numbers.
pub fn cells<R, C>(
    columns: &[table::Column<R, C>],
    layout: &Layout<usize>,
    row: &R,
    context: &C,
) -> Vec<(String, Tone)> {
    let mut cells = vec![(String::new(), Tone::Plain); columns.len()];
    for Placed { column, .. } in &layout.columns {
        cells[column.key] = shown(&columns[column.key], row, context, column.width);
    }
    cells
}

/// A number of steps in so many columns: `12`, `999k`, `2M`.
fn in_short(steps: u32, columns: usize) -> String {
    let text = steps.to_string();
    match steps {
        _ if text.len() <= columns => text,
        ..1_000_000 => format!("{}k", steps / 1_000),
        _ => format!("{}M", steps / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(key: char, width: u16, importance: u8) -> Column<char> {
        Column {
            key,
            title: "",
            width,
            importance,
            left: false,
        }
    }

    fn kept(row: u16) -> (u16, String) {
        let columns = [
            column('d', 5, 4),
            column('c', 9, 6),
            column('s', 8, 5),
            column('r', 8, 9),
            column('%', 4, 8),
            column('b', 12, 2),
        ];
        let layout = layout(&columns, row);
        let keys = layout.columns.iter().map(|placed| placed.column.key);
        (layout.name, keys.collect())
    }

    #[test]
    fn the_name_keeps_most_of_the_room() {
        assert_eq!(kept(80), (40, "dcsr%".into()));
        assert_eq!(kept(40), (25, "r%".into()));
        assert_eq!(kept(10), (9, "".into()));
        assert_eq!(kept(200).1, "dcsr%b");
    }
}
