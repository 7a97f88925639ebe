//! Tables: rows whose columns are declared once, for every screen and every file.
//!
//! Lives here: columns, cells, and the writers of CSV, Markdown and JSON. Does not live here: what rows there are, where
//! the output goes, how a table is fitted to a terminal (`cli::output`) or drawn on a screen (`tui::widgets::table`).
//! Texts come from dumps and are escaped here.
//!
//! # Adding a table
//!
//! A row type says once what its columns are. Files and the command line read their titles, field names and cells from
//! there; the screen shows those that have a place on it, most important first.
//!
//! ```
//! use heaptui::table::{Cell, Column, Head, Records, Table, write_csv};
//! use heaptui::text::mask::Reveal;
//!
//! struct Copies {
//!     text: &'static str,
//!     count: u64,
//!     size: u64,
//! }
//!
//! const COLUMNS: &[Column<Copies>] = &[
//!     Head::text("Value", "value").of(|row, ()| Cell::value(row.text)),
//!     // "Copies" on the screen, eight terminal columns wide; of two columns the more important one stays.
//!     Head::number("Count", "count").on_screen("Copies", 8, 5).of(|row, ()| Cell::Count(row.count)),
//!     Head::number("Shallow size", "shallow_size").on_screen("Shallow", 8, 9).of(|row, ()| Cell::Size(row.size)),
//! ];
//!
//! let rows = [Copies { text: "GET", count: 3, size: 96 }];
//! let table = Table::of(vec!["s1".to_owned()], Records::of(COLUMNS, &rows, &()), 0);
//! let mut csv = Vec::new();
//! write_csv(&mut csv, &table, Reveal::All)?;
//! assert_eq!(String::from_utf8_lossy(&csv), "value,count,shallow_size\nGET,3,96\n");
//! # Ok::<(), std::io::Error>(())
//! ```

mod cell;
pub mod column;
mod head;
pub mod json;

use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::text::escape::markdown_cell;
use crate::text::mask::Reveal;
use crate::text::units::grouped;
use cell::Record;

pub use cell::{Cell, Location, Nested, Unit};
pub use column::{Column, Records, Stress};
pub use head::{CSV, Head, JSON, OnScreen, PEOPLE, Readers, SCREEN};

/// A table to be written: rows for people and spreadsheets.
pub struct Table<'a> {
    /// What the rows are about: lines above a table.
    pub heading: Vec<String>,
    /// The columns.
    pub columns: Vec<Head>,
    /// Makes the cells of a row by its number.
    pub row: Box<dyn Fn(usize) -> Vec<Cell> + 'a>,
    /// How many rows there are to print.
    pub rows: usize,
    /// How many rows were left out.
    pub more: usize,
}

impl Table<'_> {
    /// The places of the columns for a reader.
    pub fn columns_for(&self, reader: Readers) -> Vec<usize> {
        let columns = (0..).zip(&self.columns);
        let columns = columns.filter(|(_, head)| head.is_for(reader));
        columns.map(|(place, _)| place).collect()
    }
}

/// Writes a table as CSV: bare numbers, the columns' names for programs; of texts what `reveal` allows.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_csv(out: &mut impl Write, table: &Table<'_>, reveal: Reveal) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let columns = table.columns_for(CSV);
    csv.write_record(columns.iter().map(|&at| &*table.columns[at].name))?;
    for row in 0..table.rows {
        let cells = (table.row)(row);
        let cells = columns.iter().filter_map(|&at| cells.get(at));
        csv.write_record(cells.map(|cell| cell.plain(reveal)))?;
    }
    csv.flush()
}

/// Writes a table as a Markdown table, under its heading; of texts what `reveal` allows.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_markdown(out: &mut impl Write, table: &Table<'_>, reveal: Reveal) -> io::Result<()> {
    for line in &table.heading {
        writeln!(out, "{}\n", markdown_cell(line))?;
    }
    let columns = table.columns_for(PEOPLE);
    let heads = || columns.iter().map(|&at| &table.columns[at]);
    write_markdown_row(out, heads().map(|head| &head.title))?;
    let rule = |head: &Head| if head.number { "---:" } else { ":---" };
    write_markdown_row(out, heads().map(rule))?;
    for row in 0..table.rows {
        let cells = (table.row)(row);
        let cells = columns.iter().filter_map(|&at| cells.get(at));
        let cells = cells.map(|cell| markdown_cell(&cell.shown(reveal)).into_owned());
        write_markdown_row(out, cells)?;
    }
    if table.more > 0 {
        writeln!(out, "\n… {} more", grouped(table.more as u64))?;
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

/// Writes a table as one JSON document: what it is about, its rows as objects with the columns' names for programs,
/// and how many rows were left out. Of texts what `reveal` allows.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_json(out: &mut impl Write, table: &Table<'_>, reveal: Reveal) -> io::Result<()> {
    json::write(out, &Rows(table, reveal))
}

/// The version of the shape that [`write_json`] writes.
const SCHEMA_VERSION: u32 = 1;

struct Rows<'a, 'b>(&'a Table<'b>, Reveal);

impl Serialize for Rows<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_map(Some(4))?;
        document.serialize_entry("schema_version", &SCHEMA_VERSION)?;
        document.serialize_entry("about", &self.0.heading)?;
        document.serialize_entry("rows", &Each(self.0, self.1))?;
        document.serialize_entry("more", &self.0.more)?;
        document.end()
    }
}

struct Each<'a, 'b>(&'a Table<'b>, Reveal);

impl Serialize for Each<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let &Self(table, reveal) = self;
        let columns = table.columns_for(JSON);
        let heads: Vec<Head> = columns
            .iter()
            .map(|&at| table.columns[at].clone())
            .collect();
        serializer.collect_seq((0..table.rows).map(|row| {
            let cells = (table.row)(row);
            let cells = columns.iter().filter_map(|&at| cells.get(at).cloned());
            Record {
                heads: &heads,
                cells: cells.collect(),
                reveal,
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_table_three_formats() {
        let table = Table {
            heading: vec!["s1 | a".to_owned()],
            columns: vec![Head::text("Name", "name"), Head::number("Size", "size")],
            row: Box::new(|row| vec![Cell::name(format!("=x{row}\u{1b}")), Cell::Size(2048)]),
            rows: 1,
            more: 2,
        };
        let text = |write: fn(&mut Vec<u8>, &Table<'_>, Reveal) -> io::Result<()>| {
            let mut out = Vec::new();
            write(&mut out, &table, Reveal::All).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(write_csv), "name,size\n'=x0\\u{1b},2048\n");
        assert_eq!(
            text(write_markdown),
            "s1 \\| a\n\n| Name | Size |\n| :--- | ---: |\n| =x0\\\\u{1b} | 2.0 kB |\n\n… 2 more\n"
        );
        assert_eq!(
            text(write_json),
            "{\"schema_version\":1,\"about\":[\"s1 | a\"],\"rows\":[{\"name\":\"=x0\\u001b\",\"size\":2048}],\"more\":2}\n"
        );
    }
}
