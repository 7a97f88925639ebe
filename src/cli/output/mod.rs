//! The writers: one result, four formats.
//!
//! A command hands over its JSON document and a [`Table`] of the same rows for the other formats. Texts come from
//! dumps and are escaped here, and nowhere else in the command line.

mod table;

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::cli::args::{Format, Limit};
use crate::cli::records::Document;
use crate::cli::stop::Stop;
use crate::save;
use crate::table::{json, write_csv, write_markdown};
use crate::text::mask::Reveal;

pub(super) use crate::table::{Cell, Column, Head, Records, Table};

/// Rows of a table on a terminal, unless the user says how many.
const ROWS_ON_TERMINAL: usize = 40;

/// Where a result goes, and in which format.
pub(super) struct Output {
    format: Format,
    limit: Limit,
    terminal: bool,
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
    pub(super) fn print<T: Serialize>(&self, content: T, table: &Table<'_>) -> Result<(), Stop> {
        save::check_stdout()?;
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        match self.format {
            Format::Json => json::write(&mut out, &Document::of(content))?,
            Format::Csv => write_csv(&mut out, table, Reveal::All)?,
            Format::Markdown => write_markdown(&mut out, table, Reveal::All)?,
            Format::Table => table::write(&mut out, table, self.terminal)?,
        }
        Ok(out.flush()?)
    }
}

/// A list, whatever its format: what it is about, and its rows.
pub(super) struct Listing<'a, R, C: ?Sized> {
    /// The lines above a table.
    pub heading: Vec<String>,
    /// What JSON has beside the rows: an object.
    pub about: Value,
    /// The field of the rows in JSON.
    pub field: &'static str,
    /// Their columns.
    pub columns: &'a [Column<R, C>],
    /// All rows, whatever is printed of them.
    pub rows: &'a [R],
    /// What the cells are made with.
    pub context: &'a C,
}

impl<'a, R, C: ?Sized> Listing<'a, R, C> {
    /// Prints it.
    pub(super) fn print(self, output: &Output) -> Result<(), Stop> {
        let shown = &self.rows[..output.rows(self.rows.len())];
        let records = Records::of(self.columns, shown, self.context);
        let table = Table::of(self.heading, records, self.rows.len() - shown.len());
        let content = Content {
            about: self.about,
            field: self.field,
            records,
        };
        output.print(content, &table)
    }
}

/// The JSON of a list.
struct Content<'a, R, C: ?Sized> {
    about: Value,
    field: &'static str,
    records: Records<'a, R, C>,
}

impl<R, C: ?Sized> Serialize for Content<'_, R, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_map(None)?;
        for (name, value) in self.about.as_object().into_iter().flatten() {
            document.serialize_entry(name, value)?;
        }
        document.serialize_entry(self.field, &self.records)?;
        document.end()
    }
}

/// Prints text as it is, trusted.
pub(super) fn print_text(text: &[u8]) -> Result<(), Stop> {
    save::check_stdout()?;
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    Ok(out.flush()?)
}
