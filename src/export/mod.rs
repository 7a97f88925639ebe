//! Rows as CSV, Markdown and JSON, for whoever prints or writes a file.
//!
//! Lives here: cells, columns and the writers. Does not live here: what rows there are, where the output goes, and tables
//! that are fitted to a terminal. Texts come from dumps and are escaped here.

pub mod json;

use std::borrow::Cow;
use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::text::escape::{csv_cell, markdown_cell};
use crate::text::mask::Reveal;
use crate::text::span::{SpanKind, Spans};
use crate::text::units::{bytes, bytes_delta, grouped, grouped_delta, percent};

/// Rows for people and spreadsheets.
pub struct Listing<'a> {
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
pub struct Column {
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
    pub const fn text(title: &'static str, name: &'static str) -> Self {
        Self {
            title,
            name,
            number: false,
            spare: false,
        }
    }

    /// A column of numbers.
    pub const fn number(title: &'static str, name: &'static str) -> Self {
        Self {
            title,
            name,
            number: true,
            spare: false,
        }
    }

    /// The same column, which a narrow table leaves out.
    pub const fn spare(self) -> Self {
        Self {
            spare: true,
            ..self
        }
    }
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text, which is masked by its kinds.
    Text(Spans),
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
    /// Words of this program. Text of a dump is never a note.
    pub fn note(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(Spans::new().note(text))
    }

    /// The name of a class.
    pub fn name(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(Spans::new().name(text))
    }

    /// The name of a function.
    pub fn function(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(Spans::new().function(text))
    }

    /// Data of the program.
    pub fn value(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(Spans::new().value(text))
    }

    /// A place in the source.
    pub fn place(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(Spans::new().place(text))
    }

    /// For people, as far as it may be shown; not escaped.
    pub fn shown(&self, reveal: Reveal) -> String {
        match self {
            Self::Text(text) => text.shown(reveal),
            Self::Path(path) => Spans::of(SpanKind::Place, path.clone()).shown(reveal),
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

    /// For programs, as far as it may be shown; escaped for CSV.
    pub fn plain(&self, reveal: Reveal) -> String {
        match self {
            Self::Text(_) | Self::Path(_) => csv_cell(&self.shown(reveal)).into_owned(),
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

/// Writes a listing as CSV: bare numbers, the columns' names for programs; of texts what `reveal` allows.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_csv(out: &mut impl Write, listing: &Listing<'_>, reveal: Reveal) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(listing.columns.iter().map(|column| column.name))?;
    for row in 0..listing.rows {
        csv.write_record((listing.row)(row).iter().map(|cell| cell.plain(reveal)))?;
    }
    csv.flush()
}

/// Writes a listing as a Markdown table, under its heading; of texts what `reveal` allows.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_markdown(
    out: &mut impl Write,
    listing: &Listing<'_>,
    reveal: Reveal,
) -> io::Result<()> {
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
            .map(|cell| markdown_cell(&cell.shown(reveal)).into_owned());
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

/// Writes a listing as one JSON document: what it is about, its rows as objects with the columns' names for programs,
/// and how many rows were left out. Of texts what `reveal` allows.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_json(out: &mut impl Write, listing: &Listing<'_>, reveal: Reveal) -> io::Result<()> {
    json::write(out, &Rows(listing, reveal))
}

/// The version of the shape that [`write_json`] writes.
const SCHEMA_VERSION: u32 = 1;

struct Rows<'a, 'b>(&'a Listing<'b>, Reveal);

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

struct Each<'a, 'b>(&'a Listing<'b>, Reveal);

impl Serialize for Each<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let record = |row| Record(self.0, (self.0.row)(row), self.1);
        serializer.collect_seq((0..self.0.rows).map(record))
    }
}

struct Record<'a, 'b>(&'a Listing<'b>, Vec<Cell>, Reveal);

impl Serialize for Record<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.0.columns.iter().zip(&self.1);
        serializer.collect_map(pairs.map(|(column, cell)| (column.name, Shown(cell, self.2))))
    }
}

/// A cell, as far as it may be shown.
struct Shown<'a>(&'a Cell, Reveal);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            cell @ (Cell::Text(_) | Cell::Path(_)) => serializer.serialize_str(&cell.shown(self.1)),
            Cell::Count(number) | Cell::Size(number) => serializer.serialize_u64(*number),
            Cell::Change(number) | Cell::SizeChange(number) => serializer.serialize_i64(*number),
            Cell::Id(id) => serializer.serialize_u32(*id),
            Cell::Distance(distance) => distance.serialize(serializer),
            Cell::Percent(part, total) if *total > 0 => {
                serializer.serialize_f64(*part as f64 * 100.0 / *total as f64)
            }
            Cell::Percent(..) | Cell::Nothing => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_listing_three_formats() {
        let listing = Listing {
            heading: vec!["s1 | a".to_owned()],
            columns: vec![Column::text("Name", "name"), Column::number("Size", "size")],
            row: Box::new(|row| vec![Cell::name(format!("=x{row}\u{1b}")), Cell::Size(2048)]),
            rows: 1,
            more: 2,
        };
        let text = |write: fn(&mut Vec<u8>, &Listing<'_>, Reveal) -> io::Result<()>| {
            let mut out = Vec::new();
            write(&mut out, &listing, Reveal::All).unwrap();
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
