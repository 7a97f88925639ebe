//! Where the numbers of a text end, found 64 bytes at a time.
//!
//! Reading numbers one after the other waits for each to tell where the next begins. Here separators are found
//! first, as bits of a word, so that a processor can read many numbers at once. Only the spelling that V8 writes is
//! known: digits, one comma between two numbers, and a line break before the comma that ends a row. Anything else is
//! left to whoever reads byte by byte.

use super::digits::eight_digits;

/// Bytes of text that are looked at together: the ends of their numbers stay in the nearest cache.
const STRETCH: usize = 1 << 13;

/// Bytes whose separators make one word of bits.
const WORD: usize = 64;

/// Bytes of a text in which a batch of rows lies. So long that a place that 16 bits tell has eight bytes behind it:
/// compilers know then that no number needs to be checked for lying within.
pub(super) const SPAN: usize = (1 << 16) + 16;

/// The ends of the numbers in a stretch of a text.
pub(super) struct Spans {
    /// Counted from `origin`.
    ends: Vec<u16>,
    len: usize,
    /// Of these, how many were handed out.
    used: usize,
    /// How much of the text has been looked at.
    seen: usize,
    /// Where the row begins that was the first to come when ends were last asked for.
    origin: usize,
    /// Where the row begins that no batch has.
    behind: usize,
    /// 1 if the byte before `seen` is no digit.
    separated: u64,
    /// 1 if it is a line break.
    broken: u64,
    odd: bool,
}

/// Some whole rows of a text.
pub(super) struct Batch<'t, const N: usize> {
    /// The rows and what is behind them.
    pub text: &'t [u8; SPAN],
    /// Where the first row begins in it.
    pub start: usize,
    /// Bytes from the end of each row's last number to the beginning of the next row.
    pub gap: usize,
    /// Where the numbers of each row end.
    pub rows: &'t [[u16; N]],
}

impl Spans {
    /// For a text whose first byte begins a row of so many fields.
    pub(super) fn new(fields: usize) -> Self {
        Self {
            ends: vec![0; STRETCH / 2 + fields + 2 * WORD],
            len: 0,
            used: 0,
            seen: 0,
            origin: 0,
            behind: 0,
            separated: 1,
            broken: 0,
            odd: false,
        }
    }

    /// Where the row begins that no batch had when it was last asked for one.
    pub(super) fn start(&self) -> usize {
        self.origin
    }

    /// Where the row begins that no batch has.
    pub(super) fn behind(&self) -> usize {
        self.behind
    }

    /// The next whole rows of the text, which lies in `room`; nothing when what follows is spelled otherwise, or too
    /// short to be looked at.
    pub(super) fn next<'t, const N: usize>(
        &'t mut self,
        text: &[u8],
        room: &'t [u8],
    ) -> Option<Batch<'t, N>> {
        let moved = (self.behind - self.origin) as u16;
        self.origin = self.behind;
        self.ends.copy_within(self.used..self.len, 0);
        self.len -= self.used;
        self.used = 0;
        for end in self.ends.get_mut(..self.len)? {
            *end = end.wrapping_sub(moved);
        }
        let mut breaks = 0;
        while self.len < N {
            breaks += self.look(text)?;
        }
        let text = room.get(self.origin..)?.first_chunk()?;
        let (rows, _) = self.ends.get(..self.len)?.as_chunks::<N>();
        let last = rows.last()?.last()?;
        let is_broken = |row: &[u16; N]| text[usize::from(row[N - 1])] == b'\n';
        // Line breaks are at the ends of rows, of all of them, or this is something else.
        let gap = match breaks as usize {
            0 => 1,
            count if count == rows.len() && rows.iter().all(is_broken) => 2,
            _ => return None,
        };
        self.used = rows.as_flattened().len();
        self.behind = self.origin + usize::from(*last) + gap;
        Some(Batch {
            text,
            start: 0,
            gap,
            rows,
        })
    }

    /// Looks at the next stretch; gives the number of line breaks in it.
    fn look(&mut self, text: &[u8]) -> Option<u32> {
        if self.odd || self.seen + STRETCH - self.origin > 1 << 16 {
            return None;
        }
        // The comma that ends a row may not have been looked at yet: then this is below zero, and no end is.
        let base = self.seen.wrapping_sub(self.origin) as u16;
        let stretch = text.get(self.seen..)?;
        let (words, _) = stretch[..stretch.len().min(STRETCH)].as_chunks::<WORD>();
        let (mut len, mut breaks, mut seen) = (self.len, 0, 0);
        let (mut separated, mut broken) = (self.separated, self.broken);
        for word in words {
            let found = separators(word);
            let behind_break = found.breaks << 1 | broken;
            let behind_separator = found.any << 1 | separated;
            // A line break has a comma behind it; anything else that separates has a digit before it.
            let commas = found.any & !found.breaks;
            let ends = found.any & !behind_break;
            if found.odd | behind_break & !commas | ends & behind_separator != 0 {
                self.odd = true;
                break;
            }
            let room = self.ends.get_mut(len..)?.first_chunk_mut()?;
            len += places(ends, base.wrapping_add(seen as u16), room);
            separated = found.any >> (WORD - 1);
            broken = found.breaks >> (WORD - 1);
            seen += WORD;
            if found.breaks != 0 {
                breaks += found.breaks.count_ones();
            }
        }
        (self.separated, self.broken) = (separated, broken);
        self.len = len;
        self.seen += seen;
        (seen > 0).then_some(breaks)
    }
}

/// The places of the bits of each byte, the lowest first.
static PLACES: [[u8; 8]; 256] = {
    let mut all = [[0; 8]; 256];
    let mut byte = 0;
    while byte < all.len() {
        let (mut bit, mut count) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 != 0 {
                all[byte][count] = bit as u8;
                count += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    all
};

/// How many bits of each byte are set.
static COUNTS: [u8; 256] = {
    let mut all = [0; 256];
    let mut byte = 0;
    while byte < all.len() {
        all[byte] = byte.count_ones() as u8;
        byte += 1;
    }
    all
};

/// Writes the places of the bits that are set, counted from `base`, to the beginning of `room`; gives how many they are.
/// What is behind them in `room` has no meaning afterwards.
///
/// Eight bits at a time, whatever they are: a loop that ends with the last bit is guessed wrong for nearly every word.
#[inline(always)]
fn places(bits: u64, base: u16, room: &mut [u16; WORD + 8]) -> usize {
    let (mut base, mut len) = (Base::new(base), 0);
    for byte in bits.to_le_bytes().map(usize::from) {
        let places = base.next(PLACES[byte]);
        // There is always room; this way compilers know.
        if let Some(room) = room[len & (WORD - 1)..].first_chunk_mut() {
            *room = places;
        }
        len += usize::from(COUNTS[byte]);
    }
    len
}

/// Counts the places of bytes that follow each other from where the first one stands.
#[cfg(target_arch = "x86_64")]
struct Base(safe_arch::m128i);

#[cfg(target_arch = "x86_64")]
impl Base {
    #[inline(always)]
    fn new(base: u16) -> Self {
        Self(safe_arch::set_splat_i16_m128i(base as i16))
    }

    /// The places in the next byte.
    #[inline(always)]
    fn next(&mut self, places: [u8; 8]) -> [u16; 8] {
        use safe_arch as simd;
        let places = simd::set_i64_m128i_s(i64::from_le_bytes(places));
        let places = simd::unpack_low_i8_m128i(places, simd::m128i::default());
        let counted = simd::add_i16_m128i(places, self.0);
        self.0 = simd::add_i16_m128i(self.0, simd::set_splat_i16_m128i(8));
        counted.into()
    }
}

/// The same without such instructions.
#[cfg(any(test, not(target_arch = "x86_64")))]
struct PlainBase(u16);

#[cfg(not(target_arch = "x86_64"))]
use PlainBase as Base;

#[cfg(any(test, not(target_arch = "x86_64")))]
impl PlainBase {
    #[inline(always)]
    fn new(base: u16) -> Self {
        Self(base)
    }

    /// The places in the next byte.
    #[inline(always)]
    fn next(&mut self, places: [u8; 8]) -> [u16; 8] {
        let base = self.0;
        self.0 = base.wrapping_add(8);
        places.map(|place| base.wrapping_add(u16::from(place)))
    }
}

/// The digits that stand between `start` and `end`, behind zeros that make them eight; nothing when they are none or
/// more.
#[inline(always)]
pub(super) fn digits(text: &[u8; SPAN], start: usize, end: usize) -> Option<u64> {
    let count = end.wrapping_sub(start);
    let digits = word(text, start)?;
    (count.wrapping_sub(1) < 8).then(|| digits << (64 - 8 * count))
}

/// The number that stands between `start` and `end`, of digits alone; nothing when it has none, or more than 15.
#[inline(always)]
pub(super) fn number(text: &[u8; SPAN], start: usize, end: usize) -> Option<u64> {
    match digits(text, start, end) {
        Some(digits) => Some(eight_digits(digits)),
        None => long_number(text, start, end),
    }
}

/// The same, if it fits 32 bits.
#[inline(always)]
pub(super) fn number32(text: &[u8; SPAN], start: usize, end: usize) -> Option<u32> {
    match digits(text, start, end) {
        Some(digits) => Some(eight_digits(digits) as u32),
        None => u32::try_from(long_number(text, start, end)?).ok(),
    }
}

/// The same as [`number`], of which one digit is usual.
#[inline(always)]
pub(super) fn digit(text: &[u8; SPAN], start: usize, end: usize) -> Option<u64> {
    if end.wrapping_sub(start) == 1 {
        return Some(u64::from(text.get(start)? & 0x0f));
    }
    number(text, start, end)
}

#[inline(never)]
fn long_number(text: &[u8; SPAN], start: usize, end: usize) -> Option<u64> {
    let count @ 9..=15 = end.wrapping_sub(start) else {
        return None;
    };
    let high = eight_digits(word(text, start)? << (128 - 8 * count));
    Some(high * 100_000_000 + eight_digits(word(text, end - 8)?))
}

#[inline(always)]
fn word(text: &[u8; SPAN], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*text.get(at..)?.first_chunk()?))
}

/// What separates numbers, one bit per byte, the first byte's lowest.
#[derive(Debug, PartialEq, Eq)]
struct Separators {
    /// Bytes that are no digits.
    any: u64,
    /// Line breaks among them.
    breaks: u64,
    /// Not 0 if there is anything but digits, commas and line breaks.
    odd: u64,
}

/// Sixteen bytes at a time, with what every such processor can do.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn separators(bytes: &[u8; WORD]) -> Separators {
    use safe_arch as simd;
    let all = |byte: u8| simd::set_splat_i8_m128i(byte as i8);
    let bits = |lanes| u64::from(simd::move_mask_i8_m128i(lanes) as u16);
    let (mut any, mut breaks, mut odd) = (0, 0, simd::m128i::default());
    for (at, &sixteen) in bytes.as_chunks::<16>().0.iter().enumerate() {
        let text = simd::m128i::from(sixteen);
        // Signed, as these comparisons are: what is not ASCII is below all digits, and odd.
        let below_digits = simd::cmp_lt_mask_i8_m128i(text, all(b'0'));
        let above_digits = simd::cmp_gt_mask_i8_m128i(text, all(b'9'));
        let line_breaks = simd::cmp_eq_mask_i8_m128i(text, all(b'\n'));
        let commas = simd::cmp_eq_mask_i8_m128i(text, all(b','));
        let known = simd::bitor_m128i(line_breaks, commas);
        let unknown = simd::bitor_m128i(simd::bitxor_m128i(below_digits, known), above_digits);
        odd = simd::bitor_m128i(odd, unknown);
        any |= bits(below_digits) << (16 * at);
        breaks |= bits(line_breaks) << (16 * at);
    }
    Separators {
        any,
        breaks,
        odd: bits(odd),
    }
}

/// Plain loops over a word's bytes: compilers make several bytes' worth of work at once of them.
#[cfg(any(test, not(target_arch = "x86_64")))]
#[inline]
fn separators_anywhere(bytes: &[u8; WORD]) -> Separators {
    let (mut digits, mut breaks, mut odd) = ([0; WORD], [0; WORD], 0);
    for ((&byte, digit), line_break) in bytes.iter().zip(&mut digits).zip(&mut breaks) {
        *digit = u8::from(byte.wrapping_sub(b'0') < 10);
        *line_break = u8::from(byte == b'\n');
        odd |= 1 ^ (*digit | *line_break | u8::from(byte == b','));
    }
    Separators {
        any: !bits(&digits),
        breaks: bits(&breaks),
        odd: u64::from(odd),
    }
}

#[cfg(not(target_arch = "x86_64"))]
use separators_anywhere as separators;

/// The lowest bits of all bytes, side by side.
#[cfg(any(test, not(target_arch = "x86_64")))]
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
                let known = byte.is_ascii_digit() || byte == b',' || byte == b'\n';
                for found in [separators(&bytes), separators_anywhere(&bytes)] {
                    assert_eq!(found.odd == 0, known, "{byte:#x} at {at}");
                    if known {
                        assert_eq!(found.any, mask(|byte| !byte.is_ascii_digit()));
                        assert_eq!(found.breaks, mask(|&byte| byte == b'\n'));
                    }
                }
            }
        }
    }

    /// All numbers that batches hold, and where they stop.
    fn batches<const N: usize>(text: &str) -> (Vec<String>, usize) {
        let (mut spans, mut numbers) = (Spans::new(N), Vec::new());
        let room = [text.as_bytes(), &[b'9'; SPAN]].concat();
        while let Some(batch) = spans.next::<N>(text.as_bytes(), &room) {
            let text = std::str::from_utf8(batch.text).unwrap();
            let mut start = batch.start;
            for row in batch.rows {
                for &end in row {
                    let end = usize::from(end);
                    let number = &text[start..end];
                    if number.len() <= 15 {
                        let expected = number.parse().unwrap();
                        assert_eq!(super::number(batch.text, start, end), Some(expected));
                    }
                    numbers.push(number.to_owned());
                    start = end + 1;
                }
                start = usize::from(row[N - 1]) + batch.gap;
            }
        }
        (numbers, spans.start())
    }

    #[test]
    fn places_of_any_bits() {
        for bits in [
            0,
            1,
            u64::MAX,
            0x5555_5555_5555_5555,
            1 << 63,
            0x00ff_ffff_0000_0000,
        ] {
            let mut room = [0; WORD + 8];
            let count = places(bits, 100, &mut room);
            let expected: Vec<u16> = (0..64).filter(|at| bits >> at & 1 != 0).collect();
            let found: Vec<u16> = room[..count].iter().map(|place| place - 100).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn places_are_counted_alike_everywhere() {
        for first in [0, 100, 0x7fff, u16::MAX] {
            let (mut base, mut plain) = (Base::new(first), PlainBase::new(first));
            for places in PLACES {
                assert_eq!(base.next(places), plain.next(places));
            }
        }
    }

    #[test]
    fn rows_of_any_length_come_whole() {
        rows_come_whole::<3>("\n,");
        rows_come_whole::<3>(",");
        rows_come_whole::<7>("\n,");
        rows_come_whole::<1>("\n,");
    }

    fn rows_come_whole<const N: usize>(between: &str) {
        let fields = N;
        let numbers: Vec<String> = (0..fields as u64 * 9000)
            .map(|n| (n.wrapping_mul(n) % 10u64.pow(1 + (n % 9) as u32)).to_string())
            .collect();
        let rows: Vec<String> = numbers.chunks(fields).map(|row| row.join(",")).collect();
        let text = rows.join(between) + between;
        let (found, stop) = batches::<N>(&text);
        assert!(numbers.starts_with(&found));
        assert_eq!(found.len() % fields, 0);
        assert!(text.len() - stop < WORD + fields * 12, "{stop}");
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
            let (found, stop) = batches::<3>(&text);
            assert!(
                stop <= good.len() && good.len() - stop < 2 * WORD,
                "{bad}: {stop}"
            );
            assert_eq!(found.len(), stop / 11 * 3);
        }
        // Well spelled, but the lines are no rows.
        let (found, _) = batches::<3>(&"1,2\n,3,4\n,5,6\n,".repeat(100));
        assert_eq!(found, [] as [&str; 0]);
    }
}
