//! A column, declared once: its titles, its field, how much it matters, and where its cells come from.

use serde::{Serialize, Serializer};

use crate::table::Table;
use crate::table::cell::{Cell, Nested, Record};
use crate::table::head::{Head, JSON, Readers};
use crate::text::mask::Reveal;

/// How loud a cell is on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stress {
    /// As its kind of figure usually is.
    Usual,
    /// Said in passing.
    Faint,
    /// What one came for.
    Strong,
    /// Something is wrong.
    Alarm,
    /// There is more than before.
    Added,
    /// There is less than before.
    Removed,
    /// Likely to change yet.
    Rough,
}

/// A column of rows `R`, whose cells may need to know `C`; see the [module](crate::table) for an example.
pub struct Column<R: ?Sized, C: ?Sized = ()> {
    /// What it is called, and where it stands.
    pub head: Head,
    cell: Get<R, C>,
    stress: Option<fn(&R, &C) -> Stress>,
}

enum Get<R: ?Sized, C: ?Sized> {
    Cell(fn(&R, &C) -> Cell),
    /// The cell of one of several like columns, by its number.
    Nth(fn(&R, &C, usize) -> Cell, usize),
}

impl<R: ?Sized, C: ?Sized> Column<R, C> {
    /// A column and its cells; [`Head::of`] reads better.
    pub const fn new(
        head: Head,
        cell: fn(&R, &C) -> Cell,
        stress: Option<fn(&R, &C) -> Stress>,
    ) -> Self {
        Self {
            head,
            cell: Get::Cell(cell),
            stress,
        }
    }

    /// One of several like columns of numbers, as there is one for each dump.
    pub fn nth(
        (title, field): (String, String),
        cell: fn(&R, &C, usize) -> Cell,
        number: usize,
    ) -> Self {
        let mut head = Head::number("", "");
        (head.title, head.name) = (title.into(), field.into());
        Self {
            head,
            cell: Get::Nth(cell, number),
            stress: None,
        }
    }

    /// The same column, which has a place on screens below its title for files.
    #[must_use]
    pub fn shown(mut self, width: u16, importance: u8) -> Self {
        self.head = self.head.on_screen("", width, importance);
        self
    }

    /// The cell of a row.
    pub fn cell(&self, row: &R, context: &C) -> Cell {
        match self.cell {
            Get::Cell(cell) => cell(row, context),
            Get::Nth(cell, number) => cell(row, context, number),
        }
    }

    /// How loud the cell of a row is.
    pub fn stress(&self, row: &R, context: &C) -> Stress {
        self.stress
            .map_or(Stress::Usual, |stress| stress(row, context))
    }
}

/// What stands above the columns that are written.
pub fn heads<R: ?Sized, C: ?Sized>(columns: &[Column<R, C>]) -> Vec<Head> {
    let heads = columns.iter().map(|column| &column.head);
    heads.filter(|head| head.is_written()).cloned().collect()
}

/// The cells of a row that are written.
pub fn cells<R: ?Sized, C: ?Sized>(columns: &[Column<R, C>], row: &R, context: &C) -> Vec<Cell> {
    let written = columns.iter().filter(|column| column.head.is_written());
    written.map(|column| column.cell(row, context)).collect()
}

/// What stands above the columns for a reader.
pub fn heads_for<R: ?Sized, C: ?Sized>(columns: &[Column<R, C>], reader: Readers) -> Vec<Head> {
    let heads = columns.iter().map(|column| &column.head);
    heads.filter(|head| head.is_for(reader)).cloned().collect()
}

/// The cells of a row for a reader.
pub fn cells_for<R: ?Sized, C: ?Sized>(
    columns: &[Column<R, C>],
    row: &R,
    context: &C,
    reader: Readers,
) -> Vec<Cell> {
    let written = columns.iter().filter(|column| column.head.is_for(reader));
    written.map(|column| column.cell(row, context)).collect()
}

/// Rows with their columns. As JSON a list of objects with nothing masked, made while they are written: there can be
/// millions.
pub struct Records<'a, R, C: ?Sized = ()> {
    pub(super) columns: &'a [Column<R, C>],
    pub(super) rows: &'a [R],
    pub(super) context: &'a C,
}

impl<R, C: ?Sized> Clone for Records<'_, R, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, C: ?Sized> Copy for Records<'_, R, C> {}

impl<'a, R, C: ?Sized> Records<'a, R, C> {
    /// These rows.
    pub fn of(columns: &'a [Column<R, C>], rows: &'a [R], context: &'a C) -> Self {
        Self {
            columns,
            rows,
            context,
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A row as a JSON object, as far as it may be shown; `None` behind the last row.
    pub fn value(&self, row: usize, reveal: Reveal) -> Option<serde_json::Value> {
        let row = self.rows.get(row)?;
        let record = Record {
            heads: &heads_for(self.columns, JSON),
            cells: cells_for(self.columns, row, self.context, JSON),
            reveal,
        };
        serde_json::to_value(record).ok()
    }
}

impl Head {
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

impl Cell {
    /// Rows within the row.
    pub fn rows<R, C: ?Sized>(records: Records<'_, R, C>) -> Self {
        let heads = heads_for(records.columns, JSON);
        let rows = records.rows.iter();
        let rows = rows.map(|row| cells_for(records.columns, row, records.context, JSON));
        Self::Rows(Nested {
            heads,
            rows: rows.collect(),
        })
    }
}

impl<'a> Table<'a> {
    /// A table of these rows under a heading; `more` rows are left out.
    pub fn of<R, C: ?Sized>(heading: Vec<String>, records: Records<'a, R, C>, more: usize) -> Self {
        let Records {
            columns,
            rows,
            context,
        } = records;
        Self {
            heading,
            columns: heads(columns),
            row: Box::new(move |row| cells(columns, &rows[row], context)),
            rows: rows.len(),
            more,
        }
    }
}

impl<R, C: ?Sized> Serialize for Records<'_, R, C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let heads = heads_for(self.columns, JSON);
        let rows = self.rows.iter();
        serializer.collect_seq(rows.map(|row| Record {
            heads: &heads,
            cells: cells_for(self.columns, row, self.context, JSON),
            reveal: Reveal::All,
        }))
    }
}
