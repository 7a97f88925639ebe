//! Columns of numbers in fewer bits: blocks of 128, each with its smallest number and as many bits for the
//! distances from it as the greatest needs. What is near in a heap has near numbers, and what rises takes next to
//! nothing.
//!
//! A packed column: for each block the smallest number (four bytes) and the bits (one byte); then the blocks' bits one
//! behind the other, each block beginning with a whole byte; then eight bytes of nothing, so that a number can be read
//! as part of a whole word.

use std::io::{self, Write};

use bytemuck::Pod;

/// How many numbers make a block.
const BLOCK: usize = 128;
/// What a block takes beside its bits, in bytes.
const HEAD: usize = 5;
/// The bytes behind the last block.
const PADDING: usize = 8;

/// Numbers that can be packed.
pub(super) trait Packable: Pod + Into<u32> + TryFrom<u32> {}

impl Packable for u16 {}
impl Packable for u32 {}

/// The smallest number of a block, and how many bits the distances from it need.
fn range<T: Packable>(block: &[T]) -> (u32, u32) {
    let (mut least, mut greatest) = (u32::MAX, 0);
    for &number in block {
        let number: u32 = number.into();
        least = least.min(number);
        greatest = greatest.max(number);
    }
    (least, 32 - greatest.saturating_sub(least).leading_zeros())
}

/// How many bytes the numbers take when they are packed.
pub(super) fn packed_bytes<T: Packable>(numbers: &[T]) -> u64 {
    let blocks = numbers.chunks(BLOCK);
    let bits = blocks.map(|block| (block.len() as u64 * u64::from(range(block).1)).div_ceil(8));
    bits.sum::<u64>() + (numbers.len().div_ceil(BLOCK) * HEAD + PADDING) as u64
}

/// Writes the numbers packed.
pub(super) fn pack<T: Packable>(numbers: &[T], into: &mut impl Write) -> io::Result<()> {
    for block in numbers.chunks(BLOCK) {
        let (least, width) = range(block);
        into.write_all(&least.to_le_bytes())?;
        into.write_all(&[width as u8])?;
    }
    let mut packed = Vec::with_capacity(BLOCK * 4);
    for block in numbers.chunks(BLOCK) {
        let (least, width) = range(block);
        packed.clear();
        let (mut word, mut filled) = (0u64, 0);
        for &number in block {
            word |= u64::from(number.into() - least) << filled;
            filled += width;
            if filled >= 32 {
                packed.extend_from_slice(&(word as u32).to_le_bytes());
                word >>= 32;
                filled -= 32;
            }
        }
        let left = filled.div_ceil(8) as usize;
        packed.extend_from_slice(&word.to_le_bytes()[..left]);
        into.write_all(&packed)?;
    }
    into.write_all(&[0; PADDING])
}

/// Reads `count` packed numbers; nothing where the bytes are not as many as they need.
pub(super) fn unpack<T: Packable>(bytes: &[u8], count: usize) -> Option<Vec<T>> {
    let blocks = count.div_ceil(BLOCK);
    let (heads, mut rest) = bytes.split_at_checked(blocks.checked_mul(HEAD)?)?;
    // A block without bits has a head still, so that bytes bound the numbers.
    let mut numbers = crate::column::room(count);
    for head in heads.as_chunks::<HEAD>().0 {
        let &[a, b, c, d, width] = head;
        let least = u32::from_le_bytes([a, b, c, d]);
        let (width, len) = (u32::from(width), BLOCK.min(count - numbers.len()));
        if width > 32 {
            return None;
        }
        let used = (len * width as usize).div_ceil(8);
        let words = rest.get(..used + PADDING)?;
        let mask = (1u64 << width) - 1;
        let mut bit = 0;
        for _ in 0..len {
            let word = words.get(bit >> 3..)?.first_chunk::<8>()?;
            let distance = u64::from_le_bytes(*word) >> (bit & 7) & mask;
            numbers.push(T::try_from(least.wrapping_add(distance as u32)).ok()?);
            bit += width as usize;
        }
        rest = &rest[used..];
    }
    (rest.len() == PADDING).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(numbers: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack(numbers, &mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, packed_bytes(numbers));
        bytes
    }

    #[test]
    fn what_rises_takes_little() {
        let numbers: Vec<u32> = (0..1_000_000).map(|number| number * 3).collect();
        let bytes = packed(&numbers);
        assert!(bytes.len() * 3 < numbers.len() * 4);
        assert_eq!(unpack::<u32>(&bytes, numbers.len()).unwrap(), numbers);
    }

    #[test]
    fn damage_is_no_reason_to_panic() {
        let bytes = packed(&(0..300).collect::<Vec<u32>>());
        for count in [0, 1, 299, 301, 1000, usize::MAX] {
            // A count that is nearly right may pass; the checksum is there to tell.
            let _ = unpack::<u32>(&bytes, count);
        }
        for len in 0..bytes.len() {
            assert!(unpack::<u32>(&bytes[..len], 300).is_none());
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            let _ = unpack::<u16>(&damaged, 300);
        }
    }

    proptest! {
        #[test]
        fn numbers_come_back(numbers in proptest::collection::vec(
            prop_oneof![any::<u32>(), 0..300u32, Just(u32::MAX)], 0..400,
        )) {
            let bytes = packed(&numbers);
            prop_assert_eq!(unpack::<u32>(&bytes, numbers.len()), Some(numbers));
        }
    }
}
