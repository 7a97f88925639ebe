//! A table as one file in Parquet: columns that are asked for their values, row group by row group.

use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::error::{Error, ErrorKind, Result};
use crate::save::{Replace, Unfinished};
use crate::task::Task;

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// Its path.
    pub path: PathBuf,
    /// The rows in it.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Rows that are written at once: what memory a table takes is bounded by them.
const ROWS: usize = 1 << 18;

/// A column.
pub(super) struct Field<'a> {
    name: &'static str,
    values: Values<'a>,
}

/// The values of a column, by row.
pub(super) enum Values<'a> {
    Int(&'a dyn Fn(usize) -> i64),
    IntOrNull(&'a dyn Fn(usize) -> Option<i64>),
    /// Milliseconds since 1970, UTC.
    Time(&'a dyn Fn(usize) -> Option<i64>),
    Float(&'a dyn Fn(usize) -> f64),
    Bool(&'a dyn Fn(usize) -> bool),
    Text(&'a dyn Fn(usize) -> ByteArray),
    TextOrNull(&'a dyn Fn(usize) -> Option<ByteArray>),
}

impl<'a> Field<'a> {
    pub fn new(name: &'static str, values: Values<'a>) -> Self {
        Self { name, values }
    }

    /// The column in a schema.
    fn schema(&self) -> String {
        let (kind, annotation) = match &self.values {
            Values::Int(_) => ("required int64", ""),
            Values::IntOrNull(_) => ("optional int64", ""),
            Values::Time(_) => ("optional int64", " (TIMESTAMP(MILLIS,true))"),
            Values::Float(_) => ("required double", ""),
            Values::Bool(_) => ("required boolean", ""),
            Values::Text(_) => ("required binary", " (STRING)"),
            Values::TextOrNull(_) => ("optional binary", " (STRING)"),
        };
        format!("{kind} {}{annotation};", self.name)
    }

    fn write(&self, column: &mut ColumnWriter<'_>, rows: Range<usize>) -> Result<(), ParquetError> {
        let wrong = || Err(ParquetError::General("a column of another type".to_owned()));
        let levels =
            |known: &mut dyn Iterator<Item = bool>| known.map(i16::from).collect::<Vec<_>>();
        match (&self.values, column) {
            (Values::Int(value), ColumnWriter::Int64ColumnWriter(column)) => {
                let values: Vec<i64> = rows.map(value).collect();
                column.write_batch(&values, None, None)?;
            }
            (
                Values::IntOrNull(value) | Values::Time(value),
                ColumnWriter::Int64ColumnWriter(column),
            ) => {
                let all: Vec<Option<i64>> = rows.map(value).collect();
                let levels = levels(&mut all.iter().map(Option::is_some));
                let values: Vec<i64> = all.into_iter().flatten().collect();
                column.write_batch(&values, Some(&levels), None)?;
            }
            (Values::Float(value), ColumnWriter::DoubleColumnWriter(column)) => {
                let values: Vec<f64> = rows.map(value).collect();
                column.write_batch(&values, None, None)?;
            }
            (Values::Bool(value), ColumnWriter::BoolColumnWriter(column)) => {
                let values: Vec<bool> = rows.map(value).collect();
                column.write_batch(&values, None, None)?;
            }
            (Values::Text(value), ColumnWriter::ByteArrayColumnWriter(column)) => {
                let values: Vec<ByteArray> = rows.map(value).collect();
                column.write_batch(&values, None, None)?;
            }
            (Values::TextOrNull(value), ColumnWriter::ByteArrayColumnWriter(column)) => {
                let all: Vec<Option<ByteArray>> = rows.map(value).collect();
                let levels = levels(&mut all.iter().map(Option::is_some));
                let values: Vec<ByteArray> = all.into_iter().flatten().collect();
                column.write_batch(&values, Some(&levels), None)?;
            }
            _ => return wrong(),
        }
        Ok(())
    }
}

/// Writes a table.
pub(super) fn write(
    path: &Path,
    replace: Replace,
    rows: usize,
    fields: &[Field<'_>],
    task: &Task,
) -> Result<Written> {
    let failed = |error: ParquetError| {
        Error::new(ErrorKind::Io, format!("cannot write: {error}")).in_file(path)
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| Error::io("cannot make the folder", &error).in_file(folder))?;
    }
    task.stage("writing tables", rows as u64);
    let mut schema = String::from("message table {");
    for field in fields {
        // Writing to a String cannot fail.
        let _ = write!(schema, " {}", field.schema());
    }
    schema.push_str(" }");
    let schema = parse_message_type(&schema).map_err(failed)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(format!("heaptui {}", env!("CARGO_PKG_VERSION")))
        .build();
    let file = Unfinished::begin(path, replace)?;
    let mut writer =
        SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
    let mut from = 0;
    while from < rows {
        task.reached(from)?;
        task.check()?;
        let to = (from + ROWS).min(rows);
        let mut group: SerializedRowGroupWriter<'_, _> = writer.next_row_group().map_err(failed)?;
        for field in fields {
            task.check()?;
            let column = group.next_column().map_err(failed)?;
            let Some(mut column) = column else {
                break;
            };
            field.write(column.untyped(), from..to).map_err(failed)?;
            column.close().map_err(failed)?;
        }
        group.close().map_err(failed)?;
        from = to;
    }
    writer.into_inner().map_err(failed)?.finish()?;
    let found =
        fs::metadata(path).map_err(|error| Error::io("cannot read", &error).in_file(path))?;
    Ok(Written {
        path: path.to_owned(),
        rows: rows as u64,
        bytes: found.len(),
    })
}
