//! The array of source places.

use super::Location;
use super::layout::{Field, Ordinal};
use super::numbers::{Rows, Table};
use super::spans::{Batch, number, number32};
use crate::available;
use crate::column::room;
use crate::error::Result;

/// Source places.
pub struct LocationTable<'c> {
    pub fields: &'c [Field],
    pub node_fields: u32,
}

impl<'c> Table for LocationTable<'c> {
    type Part = (&'c [Field], u32);
    type Yield = Vec<Location>;

    fn fields(&self) -> usize {
        self.fields.len()
    }

    fn part(&mut self, _: usize) -> Option<Self::Part> {
        Some((self.fields, self.node_fields))
    }

    fn read((fields, node_fields): Self::Part, mut rows: Rows<'_>) -> Result<Vec<Location>> {
        // Nothing tells how many there are; later they are put in order in as much memory again.
        available::check((rows.first + rows.count as u64) * size_of::<Location>() as u64)?;
        let mut reading = Locations {
            fields,
            ordinal: Ordinal::new(node_fields),
            read: room(rows.count),
        };
        match fields {
            [Field::Node, Field::ScriptId, Field::Line, Field::Column] => {
                rows.each::<_, 4>(&mut reading, Locations::usual, Locations::unusual)?;
            }
            [
                Field::Node,
                Field::ScriptId,
                Field::Unknown,
                Field::Line,
                Field::Column,
            ] => rows.each::<_, 5>(&mut reading, Locations::usual, Locations::unusual)?,
            _ => {
                for row in 0..rows.count {
                    reading.unusual(row, &mut rows)?;
                }
            }
        }
        Ok(reading.read)
    }
}

/// Source places while they are read.
struct Locations<'c> {
    fields: &'c [Field],
    ordinal: Ordinal,
    read: Vec<Location>,
}

impl Locations<'_> {
    /// Rows of node, script and perhaps another number, line and column; gives how many there are before one that
    /// holds something else.
    #[inline(always)]
    fn usual<const N: usize>(&mut self, _: usize, batch: Batch<'_, N>) -> usize {
        let text = batch.text;
        let mut start = batch.start;
        for (row, ends) in batch.rows.iter().enumerate() {
            let end = |field: usize| usize::from(ends[field]);
            let read = || {
                Some(Location {
                    node: self.ordinal.exactly(number(text, start, end(0))?)?,
                    script_id: number32(text, end(0) + 1, end(1))?,
                    line: number32(text, end(N - 3) + 1, end(N - 2))?,
                    column: number32(text, end(N - 2) + 1, end(N - 1))?,
                })
            };
            let Some(location) = read() else {
                return row;
            };
            self.read.push(location);
            start = end(N - 1) + batch.gap;
        }
        batch.rows.len()
    }

    /// A row of any fields, spelled in any way.
    fn unusual(&mut self, _: usize, rows: &mut Rows<'_>) -> Result<()> {
        let mut location = Location {
            node: 0,
            script_id: 0,
            line: 0,
            column: 0,
        };
        for &field in self.fields {
            let at = rows.offset();
            let mut small = || {
                Ok(rows
                    .signed()?
                    .map_or(0, |n| n.min(u64::from(u32::MAX)) as u32))
            };
            match field {
                Field::Node => location.node = self.ordinal.of(rows.number()?, at)?,
                Field::ScriptId => location.script_id = small()?,
                Field::Line => location.line = small()?,
                Field::Column => location.column = small()?,
                _ => {
                    small()?;
                }
            }
        }
        self.read.push(location);
        Ok(())
    }
}
