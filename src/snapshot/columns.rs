//! Columns while a file fills them.

use bytemuck::Zeroable;
use bytemuck::allocation::try_zeroed_vec;

use crate::available;
use crate::error::{Error, ErrorKind, Result};
use crate::memory::asking;
use crate::text::units::bytes;

/// A column of `rows` zeros, which take memory only once they are written.
pub(super) fn zeroed<T: Zeroable>(rows: usize) -> Result<Vec<T>> {
    let size = (rows * size_of::<T>()) as u64;
    available::check(size)?;
    asking(|| try_zeroed_vec(rows)).map_err(|()| {
        Error::new(
            ErrorKind::Unsupported,
            format!("not enough memory: one column needs {}", bytes(size)),
        )
    })
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
