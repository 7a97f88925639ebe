//! Rows of numbers as they stand in the file, one after the other, to be looked at or written with a number changed.

use crate::error::Result;
use crate::snapshot::stream::Stream;

/// A row: its text with the separators before each number, and its numbers.
pub(super) struct Row {
    /// The text, from behind the row before up to the end of the last number.
    pub text: Vec<u8>,
    /// The numbers; those below zero as 0.
    pub numbers: Vec<u64>,
    /// Where each number begins and ends in the text.
    pub spans: Vec<(usize, usize)>,
}

impl Row {
    /// A number of the row; 0 where the row has no such field.
    pub fn number(&self, field: usize) -> u64 {
        self.numbers.get(field).copied().unwrap_or(0)
    }
}

/// Calls `each` for every row of `fields` numbers of the array that is next, and gives the text behind the last one, up
/// to and with the closing bracket.
///
/// # Errors
/// Those of `each`; when something else than whole numbers is there, or the text ends.
pub(super) fn rows(
    stream: &mut Stream<'_>,
    fields: usize,
    mut each: impl FnMut(&Row) -> Result<()>,
) -> Result<Vec<u8>> {
    stream.expect(b'[')?;
    let mut row = Row {
        text: Vec::with_capacity(128),
        numbers: Vec::with_capacity(fields),
        spans: Vec::with_capacity(fields),
    };
    let mut number: Option<(u64, usize)> = None;
    let mut comma = false;
    loop {
        let block = stream.block()?;
        if block.is_empty() {
            return Err(stream.truncated());
        }
        let mut used = 0;
        let mut wrong = None;
        let mut ended = false;
        let mut failed = Ok(());
        for &byte in block {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 {
                let (value, start) = number.unwrap_or((0, row.text.len()));
                number = Some((
                    value.saturating_mul(10).saturating_add(u64::from(digit)),
                    start,
                ));
                row.text.push(byte);
                used += 1;
                continue;
            }
            if let Some((value, start)) = number.take() {
                let negative = start > 0 && row.text.get(start - 1) == Some(&b'-');
                row.numbers.push(if negative { 0 } else { value });
                row.spans.push((start, row.text.len()));
                comma = false;
                if row.numbers.len() == fields {
                    failed = each(&row);
                    row.text.clear();
                    row.numbers.clear();
                    row.spans.clear();
                    if failed.is_err() {
                        break;
                    }
                }
            }
            match byte {
                b',' if !comma => comma = true,
                b'-' | b' ' | b'\n' | b'\r' | b'\t' => {}
                b']' => ended = true,
                _ => {
                    wrong = Some(byte);
                    break;
                }
            }
            row.text.push(byte);
            used += 1;
            if ended {
                break;
            }
        }
        failed?;
        stream.take(used);
        if let Some(byte) = wrong {
            return Err(stream.unexpected(byte, "whole numbers"));
        }
        if ended {
            if !row.numbers.is_empty() {
                return Err(stream.unexpected(b']', "the rest of a row"));
            }
            return Ok(row.text);
        }
    }
}
