//! The writers: one result, four formats.
//!
//! A command hands over its JSON document and a [`Listing`] of the same rows for the other formats. Texts come from
//! dumps and are escaped here, and nowhere else in the command line.

mod json;
mod table;

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use crate::cli::args::{Format, Limit};
use crate::cli::records::Document;
use crate::cli::stop::Stop;
use crate::text::escape::{csv_cell, markdown_cell, one_line};
use crate::text::units::{bytes, bytes_delta, grouped, grouped_delta, percent};

/// Rows of a table on a terminal, unless the user says how many.
const ROWS_ON_TERMINAL: usize = 40;

/// Where a result goes, and in which format.
pub(super) struct Output {
    format: Format,
    limit: Limit,
    terminal: bool,
}

/// Rows for people and spreadsheets.
pub(super) struct Listing<'a> {
    /// What the rows are about: lines above a table.
    pub heading: Vec<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// Makes the cells of a row by its number.
    pub row: Box<dyn Fn(usize) -> Vec<Cell> + 'a>,
    /// How many rows there are to print.
    pub rows: usize,
    /// How many rows were left out.
    pub more: usize,
}

/// A column of a listing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// For people.
    pub title: &'static str,
    /// For CSV: the name that the JSON output has for it.
    pub name: &'static str,
    /// Whether it holds numbers, and so stands on the right.
    pub number: bool,
    /// Whether a table leaves it out where there is little room.
    pub spare: bool,
}

impl Column {
    /// A column of texts.
    pub(super) const fn text(title: &'static str, name: &'static str) -> Self {
        Self {
            title,
            name,
            number: false,
            spare: false,
        }
    }

    /// A column of numbers.
    pub(super) const fn number(title: &'static str, name: &'static str) -> Self {
        Self {
            title,
            name,
            number: true,
            spare: false,
        }
    }

    /// The same column, which a narrow table leaves out.
    pub(super) const fn spare(self) -> Self {
        Self {
            spare: true,
            ..self
        }
    }
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// Untrusted text.
    Text(String),
    /// A path, whose end says most.
    Path(String),
    /// A count.
    Count(u64),
    /// An object id.
    Id(u32),
    /// Bytes.
    Size(u64),
    /// A change of a count.
    Change(i64),
    /// A change in bytes.
    SizeChange(i64),
    /// A distance, if it is shown.
    Distance(Option<u32>),
    /// A part of a total, both in bytes.
    Percent(u64, u64),
    /// Nothing known.
    Nothing,
}

impl Cell {
    /// For people; not escaped.
    fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Path(text) => text.clone(),
            Self::Count(count) => grouped(*count),
            Self::Id(id) => format!("@{id}"),
            Self::Size(size) => bytes(*size),
            Self::Change(change) => grouped_delta(*change),
            Self::SizeChange(change) => bytes_delta(*change),
            Self::Distance(Some(distance)) => distance.to_string(),
            Self::Distance(None) => "−".to_owned(),
            Self::Percent(part, total) => percent(*part, *total),
            Self::Nothing => String::new(),
        }
    }

    /// For programs; escaped for CSV.
    fn plain(&self) -> String {
        match self {
            Self::Text(text) | Self::Path(text) => csv_cell(text).into_owned(),
            Self::Count(number) | Self::Size(number) => number.to_string(),
            Self::Change(number) | Self::SizeChange(number) => number.to_string(),
            Self::Id(id) => id.to_string(),
            Self::Distance(Some(distance)) => distance.to_string(),
            Self::Percent(part, total) if *total > 0 => {
                format!("{:.2}", *part as f64 * 100.0 / *total as f64)
            }
            Self::Distance(None) | Self::Percent(..) | Self::Nothing => String::new(),
        }
    }
}

impl Output {
    /// Standard output in `format`, at most `limit` rows.
    pub(super) fn new(format: Format, limit: Limit) -> Self {
        Self {
            format,
            limit,
            terminal: io::stdout().is_terminal(),
        }
    }

    /// Whether cells are to be plain figures.
    pub(super) fn is_for_programs(&self) -> bool {
        matches!(self.format, Format::Csv | Format::Json)
    }

    /// How many of `rows` rows to print.
    pub(super) fn rows(&self, rows: usize) -> usize {
        let limit = match self.limit.limit {
            Some(0) => rows,
            Some(limit) => limit,
            None if self.terminal && self.format == Format::Table => ROWS_ON_TERMINAL,
            None => rows,
        };
        rows.min(limit)
    }

    /// Prints a result.
    pub(super) fn print<T: Serialize>(
        &self,
        content: T,
        listing: &Listing<'_>,
    ) -> Result<(), Stop> {
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        match self.format {
            Format::Json => json::write(&mut out, &Document::of(content))?,
            Format::Csv => write_csv(&mut out, listing)?,
            Format::Markdown => write_markdown(&mut out, listing)?,
            Format::Table => table::write(&mut out, listing, self.terminal)?,
        }
        Ok(out.flush()?)
    }
}

/// Prints text as it is, trusted.
pub(super) fn print_text(text: &[u8]) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    Ok(out.flush()?)
}

fn write_csv(out: &mut impl Write, listing: &Listing<'_>) -> Result<(), Stop> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(listing.columns.iter().map(|column| column.name))?;
    for row in 0..listing.rows {
        csv.write_record((listing.row)(row).iter().map(Cell::plain))?;
    }
    Ok(csv.flush()?)
}

fn write_markdown(out: &mut impl Write, listing: &Listing<'_>) -> Result<(), Stop> {
    for line in &listing.heading {
        writeln!(out, "{}\n", markdown_cell(line))?;
    }
    write_markdown_row(out, listing.columns.iter().map(|column| column.title))?;
    write_markdown_row(
        out,
        listing
            .columns
            .iter()
            .map(|column| if column.number { "---:" } else { ":---" }),
    )?;
    for row in 0..listing.rows {
        let cells = (listing.row)(row);
        let cells = cells
            .iter()
            .map(|cell| markdown_cell(&cell.shown()).into_owned());
        write_markdown_row(out, cells)?;
    }
    if listing.more > 0 {
        writeln!(out, "\n… {} more", grouped(listing.more as u64))?;
    }
    Ok(())
}

fn write_markdown_row<T: AsRef<str>>(
    out: &mut impl Write,
    cells: impl Iterator<Item = T>,
) -> io::Result<()> {
    out.write_all(b"|")?;
    for cell in cells {
        write!(out, " {} |", cell.as_ref())?;
    }
    out.write_all(b"\n")
}

/// A cell as a table shows it, safe for a terminal.
fn safe(cell: &Cell) -> String {
    one_line(&cell.shown()).into_owned()
}
