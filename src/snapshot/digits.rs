//! Decimal digits become numbers, eight at a time, and several times eight.
//!
//! The steps are always the same: two digits make a number below a hundred, two of these one below ten thousand, and
//! two of those one below a hundred million. Each step is one multiplication for all of them.

/// Eight decimal digits (values 0–9, or the characters), the first in the lowest byte.
#[inline(always)]
pub(super) fn eight_digits(digits: u64) -> u64 {
    let pairs = (digits & 0x0f0f_0f0f_0f0f_0f0f).wrapping_mul(2561) >> 8;
    let fours = (pairs & 0x00ff_00ff_00ff_00ff).wrapping_mul(6_553_601) >> 16;
    (fours & 0x0000_ffff_0000_ffff).wrapping_mul(42_949_672_960_001) >> 32
}

#[cfg(target_arch = "x86_64")]
mod lanes {
    //! With instructions that every such processor has.

    use safe_arch::{
        bitand_m128i, get_i64_from_m128i_s, m128i, mul_i16_horizontal_add_m128i,
        mul_i16_keep_low_m128i, pack_i32_to_i16_m128i, set_i64_m128i, shr_imm_u16_m128i,
    };

    /// Four numbers below ten thousand of two times eight digits.
    #[inline(always)]
    fn fours(first: u64, second: u64) -> m128i {
        let digits = set_i64_m128i(second as i64, first as i64);
        let digits = bitand_m128i(digits, m128i::from([0x0fu8; 16]));
        // A pair's first digit is its low byte: ten times that comes to lie on the other one.
        let pairs = mul_i16_keep_low_m128i(digits, m128i::from([2561i16; 8]));
        let pairs = shr_imm_u16_m128i::<8>(pairs);
        mul_i16_horizontal_add_m128i(pairs, m128i::from([100, 1, 100, 1, 100, 1, 100, 1i16]))
    }

    /// The same of all digits.
    #[inline(always)]
    fn eights(first: m128i, second: m128i) -> m128i {
        let fours = pack_i32_to_i16_m128i(first, second);
        let weights = [10_000, 1, 10_000, 1, 10_000, 1, 10_000, 1i16];
        mul_i16_horizontal_add_m128i(fours, m128i::from(weights))
    }

    /// Two times [`eight_digits`](super::eight_digits).
    #[inline(always)]
    pub fn two_numbers([first, second]: [u64; 2]) -> [u32; 2] {
        let fours = fours(first, second);
        let both = get_i64_from_m128i_s(eights(fours, fours));
        [both as u32, (both >> 32) as u32]
    }

    /// Four times [`eight_digits`](super::eight_digits).
    #[inline(always)]
    pub fn four_numbers([first, second, third, fourth]: [u64; 4]) -> [u32; 4] {
        eights(fours(first, second), fours(third, fourth)).into()
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
mod plain {
    //! One after the other.

    use super::eight_digits;

    /// Two times [`eight_digits`].
    #[inline(always)]
    pub fn two_numbers(digits: [u64; 2]) -> [u32; 2] {
        digits.map(|digits| eight_digits(digits) as u32)
    }

    /// Four times [`eight_digits`].
    #[inline(always)]
    pub fn four_numbers(digits: [u64; 4]) -> [u32; 4] {
        digits.map(|digits| eight_digits(digits) as u32)
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use lanes::{four_numbers, two_numbers};
#[cfg(not(target_arch = "x86_64"))]
pub(super) use plain::{four_numbers, two_numbers};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_all_numbers_are_told() {
        let mut seed = 1u32;
        let edges = [0, 1, 9, 10, 99, 100, 9999, 10_000, 32_767_999, 99_999_999];
        let numbers = edges.into_iter().chain((0..10_000).map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed % 100_000_000
        }));
        let digits = |number: u32| {
            let text = format!("{number:08}");
            u64::from_le_bytes(text.as_bytes().try_into().unwrap())
        };
        let mut before = [0; 3];
        for number in numbers {
            assert_eq!(eight_digits(digits(number)), u64::from(number));
            let all = [number, before[0], before[1], before[2]];
            assert_eq!(four_numbers(all.map(digits)), all);
            let two = [number, before[0]];
            assert_eq!(two_numbers(two.map(digits)), two);
            assert_eq!(plain::four_numbers(all.map(digits)), all);
            assert_eq!(plain::two_numbers(two.map(digits)), two);
            before = [number, before[0], before[1]];
        }
        // What is left of a short number is nothing at all.
        assert_eq!(two_numbers([u64::from(b'7') << 56, 0]), [7, 0]);
    }
}
