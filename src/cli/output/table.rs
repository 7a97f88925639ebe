//! Aligned columns, fitted to the terminal: texts share the room that the numbers leave.

use std::io::Write;

use crate::cli::stop::Stop;
use crate::table::{Cell, PEOPLE, Table};
use crate::text::escape::one_line;
use crate::text::mask::Reveal;
use crate::text::units::grouped;
use crate::text::width::{cut_end, cut_path, pad_left, pad_right, width};

/// Between two columns.
const GAP: usize = 2;
/// The widest a text gets where no terminal sets a limit.
const WIDEST: usize = 100;
/// What a text wants before spare columns get room.
const READABLE: usize = 24;
/// The narrowest a text gets, however little room there is.
const NARROWEST: usize = 8;

/// Writes the table; `terminal` says whether stdout is one, whose width then counts.
pub(super) fn write(out: &mut impl Write, table: &Table<'_>, terminal: bool) -> Result<(), Stop> {
    let room = terminal
        .then(terminal_size::terminal_size)
        .flatten()
        .map(|(columns, _)| usize::from(columns.0));
    for line in &table.heading {
        let line = one_line(line);
        match room {
            Some(room) => writeln!(out, "{}", cut_end(&line, room))?,
            None => writeln!(out, "{line}")?,
        }
    }
    let columns = columns(table, room);
    write_row(out, &columns, |index| {
        Cell::note(table.columns[index].title.clone())
    })?;
    for row in 0..table.rows {
        let cells = (table.row)(row);
        write_row(out, &columns, |index| {
            cells.get(index).cloned().unwrap_or(Cell::Nothing)
        })?;
    }
    if table.more > 0 {
        let more = grouped(table.more as u64);
        writeln!(out, "… {more} more; --limit 0 prints all")?;
    }
    Ok(())
}

/// A column that is shown.
#[derive(Debug, Clone, Copy)]
struct Shown {
    index: usize,
    width: usize,
    number: bool,
}

/// The columns that there is room for, and their widths.
fn columns(table: &Table<'_>, room: Option<usize>) -> Vec<Shown> {
    let shown = table.columns_for(PEOPLE).into_iter();
    let mut columns: Vec<Shown> = shown
        .map(|index| Shown {
            index,
            width: width(&table.columns[index].title),
            number: table.columns[index].number,
        })
        .collect();
    for row in 0..table.rows {
        let cells = (table.row)(row);
        for column in &mut columns {
            let wide = cells.get(column.index).map_or(0, |cell| width(&safe(cell)));
            column.width = column.width.max(wide);
        }
    }
    let Some(room) = room else {
        for column in columns.iter_mut().filter(|column| !column.number) {
            column.width = column.width.min(WIDEST);
        }
        return columns;
    };
    while wanted(&columns) > room {
        let spare = columns
            .iter()
            .rposition(|column| table.columns[column.index].spare);
        match spare {
            Some(spare) => columns.remove(spare),
            None => break,
        };
    }
    let gaps = GAP * columns.len().saturating_sub(1);
    let numbers = columns.iter().filter(|column| column.number);
    let taken = gaps + numbers.map(|column| column.width).sum::<usize>();
    let texts = columns.iter_mut().filter(|column| !column.number);
    let mut widths: Vec<&mut usize> = texts.map(|column| &mut column.width).collect();
    share(&mut widths, room.saturating_sub(taken));
    columns
}

/// The room in which these columns can be read.
fn wanted(columns: &[Shown]) -> usize {
    let widths = columns.iter().map(|column| match column.number {
        true => column.width,
        false => column.width.min(READABLE),
    });
    widths.sum::<usize>() + GAP * columns.len().saturating_sub(1)
}

/// Divides `room` among texts: what one does not need is the others'.
fn share(widths: &mut [&mut usize], mut room: usize) {
    widths.sort_unstable();
    let count = widths.len();
    for (done, width) in widths.iter_mut().enumerate() {
        let fair = (room / (count - done)).max(NARROWEST);
        **width = (**width).min(fair);
        room = room.saturating_sub(**width);
    }
}

fn write_row(
    out: &mut impl Write,
    columns: &[Shown],
    cell: impl Fn(usize) -> Cell,
) -> Result<(), Stop> {
    let mut line = String::new();
    for (position, column) in columns.iter().enumerate() {
        if position > 0 {
            line.push_str(&" ".repeat(GAP));
        }
        let cell = cell(column.index);
        let text = match cell {
            Cell::Path(_) => cut_path(&safe(&cell), column.width),
            _ => cut_end(&safe(&cell), column.width),
        };
        line.push_str(&if column.number {
            pad_left(&text, column.width)
        } else {
            pad_right(&text, column.width)
        });
    }
    writeln!(out, "{}", line.trim_end())?;
    Ok(())
}

/// A cell as a table shows it, safe for a terminal.
fn safe(cell: &Cell) -> String {
    one_line(&cell.shown(Reveal::All)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Head;

    #[test]
    fn texts_share_the_room() {
        let (mut a, mut b, mut c) = (100, 10, 30);
        share(&mut [&mut a, &mut b, &mut c], 70);
        assert_eq!((a, b, c), (30, 10, 30));
        share(&mut [&mut a], 0);
        assert_eq!(a, NARROWEST);
    }

    #[test]
    fn narrow_tables_leave_spare_columns_out() {
        let table = Table {
            heading: Vec::new(),
            columns: vec![
                Head::text("Name", "name"),
                Head::text("Kind", "kind").spare(),
                Head::number("Size", "size"),
            ],
            row: Box::new(|_| {
                let text = |length: usize| Cell::note("x".repeat(length));
                vec![text(50), text(30), Cell::Count(1_234_567)]
            }),
            rows: 1,
            more: 0,
        };
        let widths = |room| -> Vec<usize> {
            let columns = columns(&table, room);
            columns.iter().map(|column| column.width).collect()
        };
        assert_eq!(widths(None), [50, 30, 9]);
        assert_eq!(widths(Some(80)), [37, 30, 9]);
        assert_eq!(widths(Some(50)), [39, 9]);
    }
}
