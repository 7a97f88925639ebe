//! The writers: one result, four formats.
//!
//! A command hands over its JSON document and a [`Table`] of the same rows for the other formats. Texts come from
//! dumps and are escaped here, and nowhere else in the command line.

mod table;

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

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

/// Prints text as it is, trusted.
pub(super) fn print_text(text: &[u8]) -> Result<(), Stop> {
    save::check_stdout()?;
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    Ok(out.flush()?)
}
