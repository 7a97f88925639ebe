//! How JavaScript orders and measures strings.

use std::cmp::Ordering;

/// Compares by UTF-16 code units, as JavaScript's `<` does.
///
/// This differs from Rust's order in one place only: characters above U+FFFF sort before U+E000–U+FFFF, since their
/// surrogates do. Nothing is allocated.
pub fn utf16_cmp(a: &str, b: &str) -> Ordering {
    a.bytes()
        .zip(b.bytes())
        .find(|(x, y)| x != y)
        .map_or_else(|| a.len().cmp(&b.len()), |(x, y)| rank(x).cmp(&rank(y)))
}

/// The order of UTF-8 bytes, with the leading bytes of U+E000–U+FFFF (0xEE, 0xEF) behind those of four-byte characters.
fn rank(byte: u8) -> u8 {
    if matches!(byte, 0xee | 0xef) {
        byte + 0x10
    } else {
        byte
    }
}

/// Length as JavaScript counts it.
pub(crate) fn utf16_len(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn surrogates_sort_before_private_use() {
        assert_eq!(utf16_cmp("😀", "\u{e000}"), Ordering::Less);
        assert_eq!(utf16_cmp("😀", "\u{d7ff}"), Ordering::Greater);
        assert_eq!(utf16_cmp("a", "ab"), Ordering::Less);
        assert_eq!(utf16_cmp("B", "a"), Ordering::Less);
        assert_eq!(utf16_cmp("x", "x"), Ordering::Equal);
    }

    proptest! {
        #[test]
        fn equals_the_order_of_code_units(
            prefix in "[a\u{e000}😀]{0,3}",
            a in "[ab\u{7f}\u{e9}\u{d7ff}\u{e000}\u{ffff}\u{10000}😀\u{10ffff}]{0,4}",
            b in "[ab\u{7f}\u{e9}\u{d7ff}\u{e000}\u{ffff}\u{10000}😀\u{10ffff}]{0,4}",
        ) {
            let (a, b) = (format!("{prefix}{a}"), format!("{prefix}{b}"));
            let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
            prop_assert_eq!(utf16_cmp(&a, &b), units(&a).cmp(&units(&b)));
        }
    }
}
