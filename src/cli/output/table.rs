//! Aligned columns, fitted to the terminal: texts share the room that the numbers leave.

use std::io::Write;

use crate::cli::output::{Listing, safe};
use crate::cli::stop::Stop;
use crate::text::escape::one_line;
use crate::text::units::grouped;
use crate::text::width::{cut_end, pad_left, pad_right, width};

/// Between two columns.
const GAP: usize = 2;
/// The widest a text gets where no terminal sets a limit.
const WIDEST: usize = 100;
/// The narrowest a text gets, however little room there is.
const NARROWEST: usize = 8;

/// Writes the listing; `terminal` says whether stdout is one, whose width then counts.
pub(super) fn write(
    out: &mut impl Write,
    listing: &Listing<'_>,
    terminal: bool,
) -> Result<(), Stop> {
    let room = terminal
        .then(terminal_size::terminal_size)
        .flatten()
        .map(|(columns, _)| usize::from(columns.0));
    for line in &listing.heading {
        let line = one_line(line);
        match room {
            Some(room) => writeln!(out, "{}", cut_end(&line, room))?,
            None => writeln!(out, "{line}")?,
        }
    }
    let widths = widths(listing, room);
    let titles = listing.columns.iter().map(|column| column.title.to_owned());
    write_row(out, listing, &widths, titles)?;
    for row in 0..listing.rows {
        let cells = (listing.row)(row);
        write_row(out, listing, &widths, cells.iter().map(safe))?;
    }
    if listing.more > 0 {
        let more = grouped(listing.more as u64);
        writeln!(out, "… {more} more; --limit 0 prints all")?;
    }
    Ok(())
}

/// The width of each column.
fn widths(listing: &Listing<'_>, room: Option<usize>) -> Vec<usize> {
    let mut widths: Vec<usize> = listing
        .columns
        .iter()
        .map(|column| width(column.title))
        .collect();
    for row in 0..listing.rows {
        for (widest, cell) in widths.iter_mut().zip((listing.row)(row)) {
            *widest = (*widest).max(width(&safe(&cell)));
        }
    }
    let texts: Vec<usize> = (0..widths.len())
        .filter(|&index| !listing.columns[index].number)
        .collect();
    let Some(room) = room else {
        for index in texts {
            widths[index] = widths[index].min(WIDEST);
        }
        return widths;
    };
    let gaps = GAP * widths.len().saturating_sub(1);
    let numbers: usize = (0..widths.len())
        .filter(|index| !texts.contains(index))
        .map(|index| widths[index])
        .sum();
    share(&mut widths, texts, room.saturating_sub(gaps + numbers));
    widths
}

/// Divides `room` among the text columns: what one does not need is the others'.
fn share(widths: &mut [usize], mut texts: Vec<usize>, mut room: usize) {
    texts.sort_by_key(|&index| widths[index]);
    for (done, &index) in texts.iter().enumerate() {
        let fair = (room / (texts.len() - done)).max(NARROWEST);
        widths[index] = widths[index].min(fair);
        room = room.saturating_sub(widths[index]);
    }
}

fn write_row(
    out: &mut impl Write,
    listing: &Listing<'_>,
    widths: &[usize],
    cells: impl Iterator<Item = String>,
) -> Result<(), Stop> {
    let mut line = String::new();
    for ((index, cell), &width) in cells.enumerate().zip(widths) {
        if index > 0 {
            line.push_str(&" ".repeat(GAP));
        }
        let cell = cut_end(&cell, width);
        line.push_str(&if listing.columns[index].number {
            pad_left(&cell, width)
        } else {
            pad_right(&cell, width)
        });
    }
    writeln!(out, "{}", line.trim_end())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_share_the_room() {
        let mut widths = [100, 10, 30];
        share(&mut widths, vec![0, 1, 2], 70);
        assert_eq!(widths, [30, 10, 30]);
        let mut widths = [100, 3];
        share(&mut widths, vec![0], 0);
        assert_eq!(widths, [NARROWEST, 3]);
    }
}
