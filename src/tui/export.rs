//! What a page gives to be written to a file: its rows in their order, all of them.

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};
use crate::save::{Replace, Unfinished};
use crate::table::column::{cells, heads};
use crate::table::{Cell, Column, Head, Table, write_csv, write_json, write_markdown};
use crate::task::Task;
use crate::text::mask::Reveal;
use crate::text::span::Spans;
use crate::text::units::grouped;

/// Makes the rows; run by a worker.
pub type Export = Box<dyn FnOnce(&Task) -> Result<Rows> + Send>;

/// Rows to be written.
pub struct Rows {
    /// What they are about.
    pub heading: Vec<Spans>,
    /// Their columns.
    pub columns: Vec<Head>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// How many were left out.
    pub more: usize,
}

impl Rows {
    /// These rows with their columns.
    ///
    /// # Errors
    /// When cancelled.
    pub fn of<R, C: ?Sized>(
        heading: Vec<Spans>,
        columns: &[Column<R, C>],
        rows: impl Iterator<Item = R>,
        context: &C,
        task: &Task,
    ) -> Result<Self> {
        let mut written = Vec::new();
        let mut more = 0;
        for (number, row) in rows.enumerate() {
            task.reached(number)?;
            if number < MOST {
                written.push(cells(columns, &row, context));
            } else {
                more += 1;
            }
        }
        Ok(Self {
            heading,
            columns: heads(columns),
            rows: written,
            more,
        })
    }
}

/// A row in a line, to be copied: its name, then those of these columns that files have and that are known.
pub fn line<R, C: ?Sized>(name: Spans, columns: &[Column<R, C>], row: &R, context: &C) -> Spans {
    let mut words = name;
    let written = columns.iter().filter(|column| column.head.is_written());
    for column in written {
        let shown = match column.cell(row, context) {
            Cell::Id(_) => Spans::new(),
            Cell::Text(text) => text,
            figure => Spans::new().number(figure.shown(Reveal::Nothing)),
        };
        if !shown.is_empty() {
            let title = column.head.title.to_lowercase();
            words = words.note("  ").note(title).note(" ").then(shown);
        }
    }
    words
}

/// The most rows that are written.
pub const MOST: usize = 1_000_000;

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A Markdown table.
    Markdown,
    /// CSV.
    Csv,
    /// JSON.
    Json,
}

impl Format {
    /// The format that a file's ending asks for.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "md" | "markdown" => Self::Markdown,
            "csv" => Self::Csv,
            "json" => Self::Json,
            _ => return None,
        })
    }
}

/// Writes rows to a file of their owner's alone, whole or not at all.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, format: Format, rows: &Rows) -> Result<()> {
    let table = Table {
        heading: rows
            .heading
            .iter()
            .map(|line| line.shown(Reveal::Nothing))
            .collect(),
        columns: rows.columns.clone(),
        row: Box::new(|row| rows.rows.get(row).cloned().unwrap_or_default()),
        rows: rows.rows.len(),
        more: rows.more,
    };
    let file = Unfinished::begin(path, Replace::Ordinary)?;
    let mut out = std::io::BufWriter::new(file);
    let done = match format {
        Format::Markdown => write_markdown(&mut out, &table, Reveal::Nothing),
        Format::Csv => write_csv(&mut out, &table, Reveal::Nothing),
        Format::Json => write_json(&mut out, &table, Reveal::Nothing),
    };
    done.and_then(|()| out.flush())
        .map_err(|error| Error::io("cannot write", &error).in_file(path))?;
    let file = out
        .into_inner()
        .map_err(|error| Error::io("cannot write", error.error()).in_file(path))?;
    file.finish()
}

/// How many rows were written, in words.
pub fn count(rows: &Rows) -> String {
    let number = grouped(rows.rows.len() as u64);
    match rows.more {
        0 if rows.rows.len() == 1 => "1 row".to_owned(),
        0 => format!("{number} rows"),
        more => format!(
            "the first {number} rows of {}",
            grouped((rows.rows.len() + more) as u64)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_choose_the_format() {
        assert_eq!(Format::of(Path::new("a.MD")), Some(Format::Markdown));
        assert_eq!(Format::of(Path::new("a/b.csv")), Some(Format::Csv));
        assert_eq!(Format::of(Path::new("x.json")), Some(Format::Json));
        assert_eq!(Format::of(Path::new("json")), None);
    }
}
