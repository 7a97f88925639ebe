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

pub mod column;
pub mod json;

use std::borrow::Cow;
use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::text::escape::{csv_cell, markdown_cell};
use crate::text::mask::{self, Reveal};
use crate::text::span::Spans;
use crate::text::units::{bytes, bytes_delta, grouped, grouped_delta, percent};

pub use column::{Column, Records, Stress};

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

/// A column without its cells: what it is called, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// For people.
    pub title: Cow<'static, str>,
    /// For programs: its field in JSON and CSV; nothing for a column that is only drawn.
    pub name: Cow<'static, str>,
    /// Whether it holds numbers, and so stands on the right.
    pub number: bool,
    /// Whether a table leaves it out where there is little room.
    pub spare: bool,
    /// Where it stands on a screen; nothing for a column that is only written.
    pub screen: Option<OnScreen>,
}

/// Where a column stands on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnScreen {
    /// What stands above it, in short.
    pub title: &'static str,
    /// How many terminal columns it takes, without the gap before it.
    pub width: u16,
    /// Columns of little importance go first where there is little room.
    pub importance: u8,
    /// Whether its cells are set to the left.
    pub left: bool,
    /// Whether a cell of nothing at all stays empty.
    pub blank: bool,
}

impl Head {
    /// A column of texts.
    pub const fn text(title: &'static str, name: &'static str) -> Self {
        Self {
            title: Cow::Borrowed(title),
            name: Cow::Borrowed(name),
            number: false,
            spare: false,
            screen: None,
        }
    }

    /// A column of numbers.
    pub const fn number(title: &'static str, name: &'static str) -> Self {
        let mut head = Self::text(title, name);
        head.number = true;
        head
    }

    /// A column that is only drawn, as bars and shares are: files have the figures.
    pub const fn drawn(title: &'static str, width: u16, importance: u8) -> Self {
        Self::text("", "").on_screen(title, width, importance)
    }

    /// The same column, which has a place on screens.
    pub const fn on_screen(mut self, title: &'static str, width: u16, importance: u8) -> Self {
        self.screen = Some(OnScreen {
            title,
            width,
            importance,
            left: false,
            blank: false,
        });
        self
    }

    /// The same column, where screens leave out zeros.
    pub const fn without_zeros(mut self) -> Self {
        if let Some(screen) = &mut self.screen {
            screen.blank = true;
        }
        self
    }

    /// The same column, set to the left on screens.
    pub const fn left(mut self) -> Self {
        if let Some(screen) = &mut self.screen {
            screen.left = true;
        }
        self
    }

    /// The same column, which a narrow table leaves out.
    pub const fn spare(mut self) -> Self {
        self.spare = true;
        self
    }

    /// Whether files have the column.
    pub fn is_written(&self) -> bool {
        !self.name.is_empty()
    }

    /// The column with its cells.
    pub const fn of<R: ?Sized, C: ?Sized>(self, cell: fn(&R, &C) -> Cell) -> Column<R, C> {
        Column::new(self, cell, None)
    }

    /// The same, with cells that are louder or less loud on a screen than usual.
    pub const fn of_stressed<R: ?Sized, C: ?Sized>(
        self,
        cell: fn(&R, &C) -> Cell,
        stress: fn(&R, &C) -> Stress,
    ) -> Column<R, C> {
        Column::new(self, cell, Some(stress))
    }
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text, which is masked by its kinds.
    Text(Spans),
    /// A path of the user's, whose end says most; only credentials in it are masked.
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
    /// The same as a bar, on a screen.
    Bar(u64, u64),
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

    /// A count.
    pub fn count(count: impl Into<u64>) -> Self {
        Self::Count(count.into())
    }

    /// A figure that may not be known.
    pub fn known<T>(figure: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        figure.map_or(Self::Nothing, cell)
    }

    /// For people, as far as it may be shown; not escaped.
    pub fn shown(&self, reveal: Reveal) -> String {
        match self {
            Self::Text(text) => text.shown(reveal),
            Self::Path(path) => mask::words(path, reveal).into_owned(),
            Self::Count(count) => grouped(*count),
            Self::Id(id) => format!("@{id}"),
            Self::Size(size) => bytes(*size),
            Self::Change(change) => grouped_delta(*change),
            Self::SizeChange(change) => bytes_delta(*change),
            Self::Distance(Some(distance)) => distance.to_string(),
            Self::Distance(None) => "−".to_owned(),
            Self::Percent(part, total) => percent(*part, *total),
            Self::Bar(..) | Self::Nothing => String::new(),
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
            Self::Distance(None) | Self::Percent(..) | Self::Bar(..) | Self::Nothing => {
                String::new()
            }
        }
    }
}

/// Writes a table as CSV: bare numbers, the columns' names for programs; of texts what `reveal` allows.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_csv(out: &mut impl Write, table: &Table<'_>, reveal: Reveal) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(table.columns.iter().map(|column| &*column.name))?;
    for row in 0..table.rows {
        csv.write_record((table.row)(row).iter().map(|cell| cell.plain(reveal)))?;
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
    write_markdown_row(out, table.columns.iter().map(|column| &column.title))?;
    write_markdown_row(
        out,
        table
            .columns
            .iter()
            .map(|column| if column.number { "---:" } else { ":---" }),
    )?;
    for row in 0..table.rows {
        let cells = (table.row)(row);
        let cells = cells
            .iter()
            .map(|cell| markdown_cell(&cell.shown(reveal)).into_owned());
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
        serializer.collect_seq((0..table.rows).map(|row| Record {
            heads: &table.columns,
            cells: (table.row)(row),
            reveal,
        }))
    }
}

/// A row as JSON.
struct Record<'a> {
    heads: &'a [Head],
    cells: Vec<Cell>,
    reveal: Reveal,
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.heads.iter().zip(&self.cells);
        serializer.collect_map(pairs.map(|(head, cell)| (&*head.name, Shown(cell, self.reveal))))
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
            Cell::Percent(..) | Cell::Bar(..) | Cell::Nothing => serializer.serialize_none(),
        }
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
