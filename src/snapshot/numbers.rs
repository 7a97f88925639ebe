//! Arrays of numbers, straight into columns, by several threads.
//!
//! Number arrays make up nine tenths of a snapshot. They are cut into blocks of whole rows: finding the end of the
//! array and counting commas is far cheaper than reading numbers, so one thread at a time takes a block off the text
//! and cuts it at the last whole row, and all of them read the numbers of their blocks at once.

use std::sync::{Mutex, PoisonError};

use super::digits::eight_digits;
use super::spans::{Batch, SPAN, Spans};
use super::stream::{BLOCK, Stream, shown_byte};
use crate::error::{Error, Result};
use crate::task::Task;

/// What becomes of the rows of one array.
pub trait Table: Send {
    /// Where the rows of one block go; several threads hold different ones.
    type Part: Send;
    /// What a block leaves behind for the end.
    type Yield: Send;

    /// Numbers in a row; at least 1.
    fn fields(&self) -> usize;

    /// The place for the next `rows` rows, or nothing when there are more rows than the table can hold.
    fn part(&mut self, rows: usize) -> Option<Self::Part>;

    /// Reads the rows of one block. The first of them is row `first_row` of the table.
    ///
    /// # Errors
    /// Anything that is wrong with a number, with the byte offset within the block.
    fn read(part: Self::Part, rows: Rows<'_>) -> Result<Self::Yield>;
}

/// What came out of an array.
pub struct Scanned<Y> {
    /// How many rows there were.
    pub rows: u64,
    /// What the blocks left behind, in order.
    pub yields: Vec<Y>,
}

/// The rows of one block, to be read number by number.
pub struct Rows<'b> {
    /// Whole rows, and eight bytes behind them that are no digits, so that numbers can be read eight bytes at a time.
    text: &'b [u8],
    /// The same and what happens to be behind it.
    room: &'b [u8],
    at: usize,
    /// How many rows there are.
    pub count: usize,
    /// Ordinal of the first.
    pub first: u64,
    /// Offset in the text of the block's first byte.
    base: u64,
    section: &'b str,
}

/// Bytes behind the text of a block, none of them a digit.
const MARGIN: usize = 8;

impl Rows<'_> {
    /// Reads the rows that are spelled as V8 spells them, and all others with `odd`.
    ///
    /// `usual` is given the state, the ordinal of the first row within the block, and some rows with the ends of their
    /// numbers. It gives how many of them it has read; one that it stops at is read by `odd`, which is given the
    /// row's ordinal.
    ///
    /// # Errors
    /// Those of `odd`.
    #[inline(always)]
    pub fn each<S, const N: usize>(
        &mut self,
        state: &mut S,
        usual: impl Fn(&mut S, usize, Batch<'_, N>) -> usize,
        odd: impl Fn(&mut S, usize, &mut Self) -> Result<()>,
    ) -> Result<()> {
        let (text, room) = (self.text, self.room);
        let mut spans = Spans::new(N);
        let (mut row, mut origin) = (0, 0);
        while let Some(mut batch) = spans.next::<N>(text, room) {
            while !batch.rows.is_empty() {
                let Batch { start, gap, .. } = batch;
                let (text, rows) = (batch.text, batch.rows);
                let read = usual(state, row, batch);
                row += read;
                let Some((before, [stopped, rest @ ..])) = rows.split_at_checked(read) else {
                    break;
                };
                let behind = |row: &[u16; N]| usize::from(row[N - 1]) + gap;
                self.at = origin + before.last().map_or(start, behind);
                odd(state, row, self)?;
                row += 1;
                batch = Batch {
                    text,
                    start: behind(stopped),
                    gap,
                    rows: rest,
                };
            }
            origin = spans.behind();
        }
        self.at = spans.start();
        for row in row..self.count {
            odd(state, row, self)?;
        }
        Ok(())
    }
}

impl Rows<'_> {
    /// The next number, and the comma and white space behind it.
    ///
    /// # Errors
    /// When there is something else.
    #[inline(always)]
    pub fn number(&mut self) -> Result<u64> {
        match self.quick_number() {
            Some(number) => Ok(number),
            None => self.odd_number(),
        }
    }

    /// The next number when it has up to 15 digits and what V8 writes behind it.
    #[inline(always)]
    fn quick_number(&mut self) -> Option<u64> {
        let word = self.word(self.at)?;
        let (value, count) = leading_digits(word);
        if count == 8 {
            return self.long_number(value);
        }
        if count == 0 {
            return None;
        }
        self.at = self.behind(self.at + count as usize)?;
        Some(value)
    }

    /// The rest of a number that begins with eight digits of this value.
    #[inline]
    fn long_number(&mut self, value: u64) -> Option<u64> {
        let word = self.word(self.at + 8)?;
        let (rest, count) = leading_digits(word);
        if count == 8 {
            return None;
        }
        self.at = self.behind(self.at + 8 + count as usize)?;
        Some(value * 10u64.pow(count) + rest)
    }

    /// The place behind a comma at `end`, or behind the line break and the comma there: V8 breaks the line after each
    /// row, before the comma.
    #[inline(always)]
    fn behind(&self, end: usize) -> Option<usize> {
        match self.text.get(end..end + 2)? {
            [b',', _] => Some(end + 1),
            [b'\n', b','] => Some(end + 2),
            _ => None,
        }
    }

    /// The next number as 32 bits.
    ///
    /// # Errors
    /// When it does not fit, or is none.
    #[inline]
    pub fn number32(&mut self) -> Result<u32> {
        let at = self.offset();
        let number = self.number()?;
        match u32::try_from(number) {
            Ok(number) => Ok(number),
            Err(_) => Err(self.too_wide(number, at)),
        }
    }

    #[cold]
    fn too_wide(&self, number: u64, at: u64) -> Error {
        Error::malformed(
            at,
            format!(
                "{number} in {} does not fit 32 bits: V8 writes no such number there",
                self.section
            ),
        )
    }

    /// Offset in the text of the next number.
    pub fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    #[inline(always)]
    fn word(&self, at: usize) -> Option<u64> {
        let bytes = self.text.get(at..at + 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    /// Numbers behind or before white space, long ones, the last one of a block, and what is no number.
    #[cold]
    #[inline(never)]
    fn odd_number(&mut self) -> Result<u64> {
        self.skip_white_space();
        let start = self.at;
        let mut value = 0u64;
        while let Some(digit) = self.text.get(self.at).map(|byte| byte.wrapping_sub(b'0'))
            && digit < 10
        {
            value = value.saturating_mul(10).saturating_add(u64::from(digit));
            self.at += 1;
        }
        if self.at == start {
            return Err(self.not_a_number());
        }
        self.separator()?;
        Ok(value)
    }

    /// A number that may be negative: those below zero become `None`.
    ///
    /// # Errors
    /// When there is no number.
    #[inline]
    pub fn signed(&mut self) -> Result<Option<u64>> {
        if let Some(number) = self.quick_number() {
            return Ok(Some(number));
        }
        let mut at = self.at;
        while matches!(self.text.get(at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            at += 1;
        }
        if self.text.get(at) != Some(&b'-') {
            return self.number().map(Some);
        }
        self.at = at + 1;
        // Minus nothing is nothing.
        self.number().map(|number| (number == 0).then_some(0))
    }

    /// Goes no further than the block: what is behind it is not of the file.
    fn skip_white_space(&mut self) {
        let end = self.text.len().saturating_sub(MARGIN);
        let text = self.text.get(self.at..end).unwrap_or_default();
        let white = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += text.iter().take_while(white).count();
    }

    /// The comma and the white space around it, or the end of the block.
    fn separator(&mut self) -> Result<()> {
        self.skip_white_space();
        match self.text.get(self.at) {
            Some(b',') => {
                self.at += 1;
                Ok(())
            }
            _ if self.at + MARGIN >= self.text.len() => Ok(()),
            _ => Err(self.not_a_number()),
        }
    }

    fn not_a_number(&self) -> Error {
        let found = match self.text.get(self.at) {
            Some(_) if self.at + MARGIN >= self.text.len() => "the end of the array".to_owned(),
            Some(&byte) => shown_byte(byte),
            None => "the end of the array".to_owned(),
        };
        Error::malformed(
            self.offset(),
            format!("expected a whole number in {}, found {found}", self.section),
        )
    }
}

/// The value of the decimal digits that eight bytes begin with, and how many there are.
#[inline(always)]
fn leading_digits(word: u64) -> (u64, u32) {
    // Which of the bytes are no digits: only ASCII digits stay below 0x80 here.
    let digits = word ^ 0x3030_3030_3030_3030;
    let stops = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080;
    let count = stops.trailing_zeros() / 8;
    if count == 0 {
        return (0, 0);
    }
    (eight_digits(digits << (64 - 8 * count)), count)
}

/// What the threads share: the text and the table, from which blocks and places are taken in order.
struct Feed<'s, 'r, T: Table> {
    stream: &'s mut Stream<'r>,
    table: T,
    /// The beginning of a row whose end is in the next block.
    carry: Vec<u8>,
    rows: u64,
    ended: bool,
    yields: Vec<Option<T::Yield>>,
    error: Option<Error>,
}

/// Reads an array, whose opening bracket is next, into `table`.
///
/// # Errors
/// When the text is cut short, holds something else than numbers, or a part of a row.
pub fn scan<T: Table>(
    stream: &mut Stream<'_>,
    table: T,
    threads: usize,
    task: &Task,
) -> Result<Scanned<T::Yield>> {
    stream.expect(b'[')?;
    let section = stream.section().to_owned();
    let feed = Mutex::new(Feed {
        stream,
        table,
        carry: Vec::new(),
        rows: 0,
        ended: false,
        yields: Vec::new(),
        error: None,
    });
    std::thread::scope(|scope| {
        for _ in 1..threads.max(1) {
            // Where no more threads are to be had, this one does it all.
            let _ = std::thread::Builder::new().spawn_scoped(scope, || work(&feed, &section, task));
        }
        work(&feed, &section, task);
    });
    let feed = feed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = feed.error {
        return Err(error);
    }
    task.check()?;
    Ok(Scanned {
        rows: feed.rows,
        yields: feed.yields.into_iter().flatten().collect(),
    })
}

/// Takes blocks and reads them until there are no more, or something is wrong.
fn work<T: Table>(feed: &Mutex<Feed<'_, '_, T>>, section: &str, task: &Task) {
    let mut buffer = Vec::new();
    loop {
        let taken = {
            let mut feed = feed.lock().unwrap_or_else(PoisonError::into_inner);
            if feed.ended || feed.error.is_some() || task.is_cancelled() {
                return;
            }
            match feed.next_block(&mut buffer) {
                Ok(taken) => taken,
                Err(error) => {
                    feed.error = Some(error);
                    return;
                }
            }
        };
        let Some(taken) = taken else { continue };
        let rows = Rows {
            text: &buffer[..taken.bytes + MARGIN],
            room: &buffer,
            at: 0,
            count: taken.rows,
            first: taken.first,
            base: taken.base,
            section,
        };
        let result = T::read(taken.part, rows);
        let mut feed = feed.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(value) => feed.yields[taken.index] = Some(value),
            Err(error) => {
                // Of several, the first in the file is the one to tell.
                let first = |known: &Error| known.offset > error.offset;
                if feed.error.as_ref().is_none_or(first) {
                    feed.error = Some(error);
                }
                return;
            }
        }
    }
}

/// A block of whole rows that one thread took.
struct Taken<P> {
    part: P,
    bytes: usize,
    rows: usize,
    first: u64,
    base: u64,
    index: usize,
}

impl<T: Table> Feed<'_, '_, T> {
    /// Moves the next whole rows into `buffer`; nothing when a block brought none.
    fn next_block(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Taken<T::Part>>> {
        let fields = self.table.fields();
        let base = self.stream.offset() - self.carry.len() as u64;
        let held = self.carry.len();
        if buffer.len() < held + BLOCK + SPAN {
            buffer.resize(held + BLOCK + SPAN, 0);
        }
        buffer[..held].copy_from_slice(&self.carry);
        self.carry.clear();
        let filled = self.stream.fill(&mut buffer[..held + BLOCK], held)?;
        let mut text = &buffer[..filled];
        let end = memchr::memchr(b']', &text[held..]).map(|at| held + at);
        if let Some(end) = end {
            self.stream.put_back(&text[end + 1..]);
            text = &text[..end];
            self.ended = true;
        } else if filled < held + BLOCK {
            return Err(self.stream.truncated());
        }
        let commas = memchr::memchr_iter(b',', text).count();
        let rows = if self.ended {
            let blank = text.iter().all(u8::is_ascii_whitespace);
            if blank && self.rows > 0 {
                return Err(Error::malformed(
                    base,
                    format!("{} ends with a comma", self.stream.section()),
                ));
            }
            let numbers = if blank { 0 } else { commas + 1 };
            if !numbers.is_multiple_of(fields) {
                let all = self.rows * fields as u64 + numbers as u64;
                return Err(Error::malformed(
                    base + text.len() as u64,
                    format!(
                        "{} holds {all} numbers, which is no multiple of the {fields} fields that the header names",
                        self.stream.section()
                    ),
                ));
            }
            numbers / fields
        } else {
            let rows = commas / fields;
            let cut = memchr::memrchr_iter(b',', text)
                .nth(commas - rows * fields)
                .map_or(0, |comma| comma + 1);
            self.carry.extend_from_slice(&text[cut..]);
            text = &text[..cut];
            if rows == 0 && self.carry.len() > 4 * BLOCK {
                return Err(Error::malformed(
                    base,
                    format!(
                        "no numbers in {} where they should be",
                        self.stream.section()
                    ),
                ));
            }
            rows
        };
        if rows == 0 {
            return Ok(None);
        }
        let Some(part) = self.table.part(rows) else {
            return Err(Error::malformed(
                base,
                format!(
                    "{} holds more rows than the header's count, at least {}",
                    self.stream.section(),
                    crate::text::units::grouped(self.rows + rows as u64)
                ),
            ));
        };
        let bytes = text.len();
        let taken = Taken {
            part,
            bytes,
            rows,
            first: self.rows,
            base,
            index: self.yields.len(),
        };
        self.yields.push(None);
        self.rows += rows as u64;
        buffer[bytes..bytes + MARGIN].fill(b' ');
        Ok(Some(taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// Keeps the rows as they are.
    struct Plain(usize);

    impl Table for Plain {
        type Part = usize;
        type Yield = Vec<u64>;

        fn fields(&self) -> usize {
            self.0
        }

        fn part(&mut self, rows: usize) -> Option<usize> {
            Some(rows * self.0)
        }

        fn read(numbers: usize, mut rows: Rows<'_>) -> Result<Vec<u64>> {
            (0..numbers).map(|_| rows.number()).collect()
        }
    }

    fn read(text: &str, fields: usize, threads: usize) -> Result<(u64, Vec<u64>)> {
        let task = Task::new();
        let mut stream = Stream::new(
            Box::new(Cursor::new(text.as_bytes().to_vec())),
            task.clone(),
        );
        let scanned = scan(&mut stream, Plain(fields), threads, &task)?;
        assert_eq!(stream.token()?, b'}', "what follows the array stays");
        Ok((scanned.rows, scanned.yields.concat()))
    }

    #[test]
    fn reads_any_spacing() {
        for text in [
            "[1,2,3,4]}",
            "[ 1 , 2,\n3,4 ] }",
            "[1,2,3,4\n]}",
            "[1,2\n,3,4]}",
        ] {
            assert_eq!(read(text, 2, 1).unwrap(), (2, vec![1, 2, 3, 4]), "{text}");
        }
        assert_eq!(read("[]}", 3, 1).unwrap(), (0, vec![]));
        assert_eq!(read("[ \n ]}", 3, 2).unwrap(), (0, vec![]));
    }

    #[test]
    fn reads_numbers_of_every_length() {
        let numbers: Vec<u64> = (0..20)
            .map(|power| 10u64.pow(power) - u64::from(power % 2 == 0))
            .collect();
        let text: Vec<String> = numbers.iter().map(u64::to_string).collect();
        let (_, read) = read(&format!("[{}]}}", text.join(",")), 1, 1).unwrap();
        assert_eq!(read, numbers);
    }

    #[test]
    fn blocks_are_cut_at_rows_and_keep_their_order() {
        let numbers: Vec<u64> = (0..700_000).map(|n| n * 7919 % 1_000_003).collect();
        let text: Vec<String> = numbers.iter().map(u64::to_string).collect();
        let text = format!("[{}]}}", text.join(","));
        assert!(text.len() > 5 * BLOCK);
        for threads in [1, 3] {
            let (rows, read) = read(&text, 7, threads).unwrap();
            assert_eq!(rows, 100_000);
            assert!(read == numbers);
        }
    }

    #[test]
    fn says_where_it_is_wrong() {
        for (text, offset) in [
            ("[1,2,x,4]}", 5),
            ("[1,,3,4]}", 3),
            ("[1,2,3.5,4]}", 6),
            ("[1,2,\"\",4]}", 5),
            ("[1,2,3]}", 6),
            ("[1,2,3,4", 8),
            ("[1,2,3,4,]}", 9),
            ("[1,2,3,\n]}", 8),
        ] {
            let error = read(text, 2, 1).unwrap_err();
            assert_eq!(error.offset, Some(offset), "{text}: {error}");
        }
    }
}
