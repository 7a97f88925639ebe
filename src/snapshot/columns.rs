//! Columns while a file fills them.

use crate::available;
use crate::column::zeros;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::asking;

/// A column of `rows` zeros, which take memory only once they are written.
pub(super) fn zeroed<T: Clone + Default>(rows: usize) -> Result<Vec<T>> {
    available::check((rows * size_of::<T>()) as u64)?;
    let mut column: Vec<T> = Vec::new();
    asking(|| column.try_reserve_exact(rows)).map_err(|_| {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "not enough memory: one column needs {} bytes",
                crate::text::units::grouped((rows * size_of::<T>()) as u64)
            ),
        )
    })?;
    // The room was just granted; asking the allocator for zeros spares touching it.
    drop(column);
    Ok(zeros(rows))
}

/// Takes the first `rows` entries off a slice of a column.
pub(super) fn front<'c, T>(column: &mut &'c mut [T], rows: usize) -> &'c mut [T] {
    let (front, rest) = std::mem::take(column).split_at_mut(rows);
    *column = rest;
    front
}

/// Like [`front`], for columns that the file may not have.
pub(super) fn front_of_optional<'c, T>(column: &mut &'c mut [T], rows: usize) -> &'c mut [T] {
    let rows = rows.min(column.len());
    front(column, rows)
}
