//! Where the numbers of a text end, found 64 bytes at a time.
//!
//! Reading numbers one after the other waits for each to tell where the next begins. Here separators are found
//! first, as bits of a word, so that a processor can read many numbers at once. Only the spelling that V8 writes is
//! known: digits, one comma between two numbers, and a line break before the comma that ends a row. Anything else is
//! left to whoever reads byte by byte.

use super::numbers::eight_digits;

/// Bytes of text that are looked at together: the ends of their numbers stay in the nearest cache.
const STRETCH: usize = 1 << 13;

/// Bytes whose separators make one word of bits.
const WORD: usize = 64;

/// The ends of the numbers in a stretch of a text.
pub(super) struct Spans {
    ends: Vec<u32>,
    len: usize,
    /// Of these, how many were handed out.
    used: usize,
    /// How much of the text has been looked at.
    seen: usize,
    /// Where the row begins that comes next.
    start: usize,
    /// 1 if the byte before `seen` is no digit.
    separated: u64,
    /// 1 if it is a line break.
    broken: u64,
    odd: bool,
}

/// Some whole rows of a text.
pub(super) struct Batch<'t> {
    /// Where the first row begins.
    pub start: usize,
    /// Where the rows' numbers end; as many for each row as there are fields.
    pub ends: &'t [u32],
}

impl Spans {
    /// For a text whose first byte begins a row of so many fields.
    pub(super) fn new(fields: usize) -> Self {
        Self {
            ends: vec![0; STRETCH / 2 + fields + WORD],
            len: 0,
            used: 0,
            seen: 0,
            start: 0,
            separated: 1,
            broken: 0,
            odd: false,
        }
    }

    /// Where the row begins that no batch has.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The next whole rows of the text; nothing when what follows is spelled otherwise, or too short to be looked at.
    pub(super) fn next(&mut self, text: &[u8], fields: usize) -> Option<Batch<'_>> {
        if let Some(&last) = self.ends.get(self.used.wrapping_sub(1)) {
            self.start = row_behind(text, last);
        }
        self.ends.copy_within(self.used..self.len, 0);
        self.len -= self.used;
        self.used = 0;
        let mut breaks = 0;
        while self.len < fields {
            breaks += self.look(text)?;
        }
        let whole = self.len - self.len % fields;
        let ends = self.ends.get(..whole)?;
        // Line breaks are at the ends of rows, or this is something else.
        let is_break = |row: &&[u32]| {
            let last = row.last().map_or(0, |&end| end as usize);
            text.get(last) == Some(&b'\n')
        };
        if ends.chunks_exact(fields).filter(is_break).count() != breaks as usize {
            return None;
        }
        self.used = whole;
        Some(Batch {
            start: self.start,
            ends,
        })
    }

    /// Looks at the next stretch; gives the number of line breaks in it.
    fn look(&mut self, text: &[u8]) -> Option<u32> {
        if self.odd {
            return None;
        }
        let before = self.seen;
        let stretch = text.get(before..)?;
        let stretch = &stretch[..stretch.len().min(STRETCH)];
        let mut breaks = 0;
        for word in stretch.chunks_exact(WORD) {
            let found = separators(word.try_into().ok()?);
            let behind_break = found.breaks << 1 | self.broken;
            let behind_separator = found.any << 1 | self.separated;
            // A line break has a comma behind it; anything else that separates has a digit before it.
            let commas = found.any & !found.breaks;
            if found.odd
                || behind_break & !commas != 0
                || found.any & !behind_break & behind_separator != 0
            {
                self.odd = true;
                break;
            }
            let mut ends = found.any & !behind_break;
            let base = self.seen as u32;
            while ends != 0 {
                *self.ends.get_mut(self.len)? = base + ends.trailing_zeros();
                self.len += 1;
                ends &= ends - 1;
            }
            self.separated = found.any >> (WORD - 1);
            self.broken = found.breaks >> (WORD - 1);
            self.seen += WORD;
            breaks += found.breaks.count_ones();
        }
        (self.seen > before).then_some(breaks)
    }
}

/// Where the row begins that follows one whose last number ends here.
#[inline]
pub(super) fn row_behind(text: &[u8], end: u32) -> usize {
    let end = end as usize;
    end + 1 + usize::from(text.get(end) == Some(&b'\n'))
}

/// A row whose numbers' places are known.
pub struct Row<'b, 's> {
    pub(super) text: &'b [u8],
    /// Ends of the numbers, one per field.
    pub(super) ends: &'s [u32],
    pub(super) start: usize,
}

impl Row<'_, '_> {
    /// The row's next number; nothing when it has more than 15 digits.
    #[inline(always)]
    pub fn number(&mut self) -> Option<u64> {
        let (&end, rest) = self.ends.split_first()?;
        self.ends = rest;
        let (start, end) = (self.start, end as usize);
        self.start = end + 1;
        let word = |at: usize| {
            let bytes = self.text.get(at..at + 8)?;
            Some(u64::from_le_bytes(bytes.try_into().ok()?))
        };
        match end.wrapping_sub(start) {
            count @ 1..=8 => Some(eight_digits(word(start)? << (64 - 8 * count))),
            count @ 9..=15 => {
                let high = eight_digits(word(start)? << (128 - 8 * count));
                Some(high * 100_000_000 + eight_digits(word(end - 8)?))
            }
            _ => None,
        }
    }

    /// The next number as 32 bits, if it fits.
    #[inline(always)]
    pub fn number32(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    /// The next number, of which one digit is usual.
    #[inline(always)]
    pub fn digit(&mut self) -> Option<u64> {
        let &end = self.ends.first()?;
        if end as usize != self.start + 1 {
            return self.number();
        }
        self.ends = &self.ends[1..];
        let digit = self.text.get(self.start)? & 0x0f;
        self.start = end as usize + 1;
        Some(u64::from(digit))
    }

    /// Passes the next number over.
    #[inline(always)]
    pub fn skip(&mut self) -> Option<()> {
        let (&end, rest) = self.ends.split_first()?;
        self.ends = rest;
        self.start = end as usize + 1;
        Some(())
    }
}

/// What separates numbers, one bit per byte, the first byte's lowest.
#[derive(Debug, PartialEq, Eq)]
struct Separators {
    /// Bytes that are no digits.
    any: u64,
    /// Line breaks among them.
    breaks: u64,
    /// Whether there is anything but digits, commas and line breaks.
    odd: bool,
}

/// Plain loops over a word's bytes: compilers make several bytes' worth of work at once of them.
#[inline]
fn separators(bytes: &[u8; WORD]) -> Separators {
    let (mut digits, mut breaks, mut odd) = ([0; WORD], [0; WORD], 0);
    for ((&byte, digit), line_break) in bytes.iter().zip(&mut digits).zip(&mut breaks) {
        *digit = u8::from(byte.wrapping_sub(b'0') < 10);
        *line_break = u8::from(byte == b'\n');
        odd |= 1 ^ (*digit | *line_break | u8::from(byte == b','));
    }
    Separators {
        any: !bits(&digits),
        breaks: bits(&breaks),
        odd: odd != 0,
    }
}

/// The lowest bits of all bytes, side by side.
#[inline]
fn bits(bytes: &[u8; WORD]) -> u64 {
    let mut bits = 0;
    for (at, eight) in bytes.chunks_exact(8).enumerate() {
        let word = eight.try_into().map_or(0, u64::from_le_bytes);
        bits |= word.wrapping_mul(0x0102_0408_1020_4080) >> 56 << (8 * at);
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_of_every_byte() {
        for byte in 0..=255 {
            for at in [0, 7, 8, 15, 16, 63] {
                let mut bytes = [b'7'; WORD];
                (bytes[3], bytes[40]) = (b'\n', b',');
                bytes[at] = byte;
                let mask = |is: fn(&u8) -> bool| {
                    let found = bytes.iter().enumerate().filter(|(_, byte)| is(byte));
                    found.fold(0u64, |bits, (at, _)| bits | 1 << at)
                };
                let expected = Separators {
                    any: mask(|byte| !byte.is_ascii_digit()),
                    breaks: mask(|&byte| byte == b'\n'),
                    odd: !byte.is_ascii_digit() && byte != b',' && byte != b'\n',
                };
                assert_eq!(separators(&bytes), expected, "{byte:#x} at {at}");
            }
        }
    }

    /// All numbers that batches hold, and where they stop.
    fn batches(text: &str, fields: usize) -> (Vec<String>, usize) {
        let (mut spans, mut numbers) = (Spans::new(fields), Vec::new());
        while let Some(batch) = spans.next(text.as_bytes(), fields) {
            let mut start = batch.start;
            for row in batch.ends.chunks_exact(fields) {
                for &end in row {
                    numbers.push(text[start..end as usize].to_owned());
                    start = end as usize + 1;
                }
                start = row_behind(text.as_bytes(), row[fields - 1]);
            }
        }
        (numbers, spans.start())
    }

    #[test]
    fn rows_of_any_length_come_whole() {
        for (fields, between) in [(3, "\n,"), (3, ","), (7, "\n,"), (1, "\n,")] {
            let numbers: Vec<String> = (0..fields as u64 * 9000)
                .map(|n| (n.wrapping_mul(n) % 10u64.pow(1 + (n % 9) as u32)).to_string())
                .collect();
            let rows: Vec<String> = numbers.chunks(fields).map(|row| row.join(",")).collect();
            let text = rows.join(between) + between;
            let (found, stop) = batches(&text, fields);
            assert!(numbers.starts_with(&found));
            assert_eq!(found.len() % fields, 0);
            assert!(text.len() - stop < WORD + fields * 12, "{stop}");
        }
    }

    #[test]
    fn stops_at_what_v8_does_not_write() {
        let good = "12,3,4567\n,".repeat(100);
        for bad in [
            "1 ,2,3\n,",
            "-1,2,3\n,",
            "1,,3\n,",
            "1,2\n3,4\n,",
            "1.5,2,3\n,",
            "1,\n,2,3,",
        ] {
            let text = format!("{good}{bad}{good}");
            let (found, stop) = batches(&text, 3);
            assert!(
                stop <= good.len() && good.len() - stop < 2 * WORD,
                "{bad}: {stop}"
            );
            assert_eq!(found.len(), stop / 11 * 3);
        }
        // Well spelled, but the lines are no rows.
        let (found, _) = batches(&"1,2\n,3,4\n,5,6\n,".repeat(100), 3);
        assert_eq!(found, [] as [&str; 0]);
    }
}
