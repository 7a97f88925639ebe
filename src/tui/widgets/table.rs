//! Columns that drop out by importance, so that the first one, the name, keeps most of the room.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::table::{Cell, Column, Head, Stress};
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::units::percent;
use crate::text::width;
use crate::tui::theme::{Theme, Tone, bar};

/// A column in its place.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Which of the declared ones, by its number.
    pub key: usize,
    /// What stands above it.
    pub title: Cow<'static, str>,
    /// Terminal columns from the left end of the row.
    pub x: u16,
    /// How many terminal columns it takes, without the gap before it.
    pub width: u16,
    /// Whether its cells are set to the left.
    pub left: bool,
}

/// The columns that fit, in their places, and what is left for the name.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Terminal columns of the name, without the gap behind it.
    pub name: u16,
    /// The columns that stayed, in their order.
    pub columns: Vec<Placed>,
}

/// The widest that names are on wide screens: figures far from their names are hard to follow.
const WIDEST: u16 = 112;

/// The room that the name keeps in a row this wide.
pub fn name_room(row: u16) -> u16 {
    (row / 2).clamp(40.min(row * 3 / 5), 72)
}

/// The room of functions with their places, which need more than most names.
pub fn functions_room(row: u16) -> u16 {
    if row < 60 { row / 2 } else { row * 3 / 5 }
}

/// Lays out declared columns in a row of `row` terminal columns, of which the name keeps `name`; `width` gives the width
/// of those that are shown, from the declared one. Of what does not fit, the least important goes first.
pub fn layout<R, C: ?Sized>(
    columns: &[Column<R, C>],
    width: impl Fn(&Head, u16) -> Option<u16>,
    (row, name): (u16, u16),
) -> Layout {
    let room = row.saturating_sub(name);
    let shown = columns.iter().enumerate().filter_map(|(key, column)| {
        let screen = column.head.screen?;
        let title = match screen.title {
            "" => column.head.title.clone(),
            title => Cow::Borrowed(title),
        };
        let placed = Placed {
            key,
            title,
            x: 0,
            width: width(&column.head, screen.width)?,
            left: screen.left,
        };
        Some((screen.importance, placed))
    });
    let shown: Vec<(u8, Placed)> = shown.collect();
    let mut order: Vec<usize> = (0..shown.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(shown[index].0));
    let mut used = 0;
    let mut stays = vec![false; shown.len()];
    for index in order {
        let wanted = shown[index].1.width + 1;
        if used + wanted > room {
            break;
        }
        used += wanted;
        stays[index] = true;
    }
    let name = (row - used).min(WIDEST);
    let mut x = name;
    let mut placed = Vec::new();
    for ((_, mut column), stays) in shown.into_iter().zip(stays) {
        if stays {
            column.x = x + 1;
            x += column.width + 1;
            placed.push(column);
        }
    }
    Layout {
        name: name.saturating_sub(1).max(1),
        columns: placed,
    }
}

/// Every column that has a place is shown as wide as it was declared.
pub fn as_declared(_: &Head, width: u16) -> Option<u16> {
    Some(width)
}

impl Layout {
    /// Writes the titles of the columns; of the one that rows are ordered by also whether it begins with the smallest.
    pub fn draw_titles(
        &self,
        buffer: &mut Buffer,
        row: Rect,
        sorted: Option<(usize, bool)>,
        theme: Theme,
    ) {
        let style = theme.style(Tone::Heading);
        for placed in &self.columns {
            match sorted {
                Some((column, ascending)) if column == placed.key => {
                    let arrow = if ascending { "▲" } else { "▼" };
                    let title = format!("{arrow}{}", placed.title);
                    let x = row.x + placed.x + placed.width;
                    let x = x.saturating_sub(width::width(&title) as u16);
                    buffer.set_string(x, row.y, title, style);
                }
                _ => self.put(buffer, row, placed, &placed.title, style),
            }
        }
    }

    /// Writes the cells of a row, by their columns' numbers.
    pub fn draw_cells(
        &self,
        buffer: &mut Buffer,
        row: Rect,
        cells: &[(String, Tone)],
        theme: Theme,
    ) {
        for placed in &self.columns {
            if let Some((text, tone)) = cells.get(placed.key) {
                self.put(buffer, row, placed, text, theme.style(*tone));
            }
        }
    }

    /// Writes a cell; text that is too long is cut. An empty one leaves what is there: a long name goes on into it.
    pub fn put(&self, buffer: &mut Buffer, row: Rect, at: &Placed, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        let columns = usize::from(at.width);
        let text = if at.left {
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

/// A cell as a screen shows it in so many terminal columns.
fn shown<R, C: ?Sized>(column: &Column<R, C>, row: &R, context: &C, width: u16) -> (String, Tone) {
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
        Cell::Time(time) => (local(*time, width), Tone::Plain),
        Cell::Sparks(figures) => {
            let newest = figures.len().saturating_sub(usize::from(width));
            (sparks(&figures[newest..]), Tone::Bar)
        }
        Cell::Later => ("…".to_owned(), Tone::Busy),
        _ => (one_line(&cell.shown(Reveal::All)).into_owned(), Tone::Plain),
    };
    let tone = match column.stress(row, context) {
        Stress::Rough => return (format!("~{text}"), usual),
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
pub fn cells<R, C: ?Sized>(
    columns: &[Column<R, C>],
    layout: &Layout,
    row: &R,
    context: &C,
) -> Vec<(String, Tone)> {
    let mut cells = vec![(String::new(), Tone::Plain); columns.len()];
    for placed in &layout.columns {
        cells[placed.key] = shown(&columns[placed.key], row, context, placed.width);
    }
    cells
}

/// A time in this host's zone; with its year where there is room.
fn local(time: Timestamp, columns: u16) -> String {
    let format = if columns < 20 {
        "%m-%d %H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M:%S"
    };
    let local = time.to_zoned_datetime(TimeZone::system());
    local.strftime(format).to_string()
}

/// Figures as blocks, from nothing to the largest; one that is not known leaves a gap.
fn sparks(figures: &[Option<u64>]) -> String {
    let largest = figures.iter().flatten().copied().max().unwrap_or(0);
    let spark = |figure: &Option<u64>| match figure {
        Some(figure) => block(eighths(*figure, largest, 8).max(1)),
        None => " ",
    };
    figures.iter().map(spark).collect()
}

/// So many of `most` eighths for `part` of `whole`; something is never nothing.
pub fn eighths(part: u64, whole: u64, most: u64) -> u64 {
    if whole == 0 || part == 0 || most == 0 {
        return 0;
    }
    let eighths = (part as f64 / whole as f64 * most as f64).round() as u64;
    eighths.clamp(1, most)
}

/// A block so many eighths high.
pub fn block(eighths: u64) -> &'static str {
    const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    BLOCKS[(eighths as usize).min(8)]
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

    const fn column(name: &'static str, width: u16, importance: u8) -> Column<()> {
        Head::number("", name)
            .on_screen("", width, importance)
            .of(|(), ()| Cell::Nothing)
    }

    fn kept(row: u16) -> (u16, String) {
        let columns = [
            column("d", 5, 4),
            column("c", 9, 6),
            column("s", 8, 5),
            column("r", 8, 9),
            column("%", 4, 8),
            column("b", 12, 2),
        ];
        let layout = layout(&columns, as_declared, (row, name_room(row)));
        let keys = layout.columns.iter();
        let names = keys.map(|placed| &*columns[placed.key].head.name);
        (layout.name, names.collect())
    }

    #[test]
    fn the_name_keeps_most_of_the_room() {
        assert_eq!(kept(80), (40, "dcsr%".into()));
        assert_eq!(kept(40), (25, "r%".into()));
        assert_eq!(kept(10), (9, "".into()));
        assert_eq!(kept(200).1, "dcsr%b");
    }
    #[test]
    fn sparks_begin_at_nothing() {
        assert_eq!(sparks(&[Some(0), Some(4), Some(8)]), "▁▄█");
        assert_eq!(sparks(&[Some(5), None, Some(5)]), "█ █");
        assert_eq!(sparks(&[Some(0)]), "▁");
    }
}
