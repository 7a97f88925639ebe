//! Sizes as people write them.

use crate::error::{Error, Result};

/// Reads a size as people write it: `512M`, `1.5G`, `800k`, `1073741824`. The letters stand for powers of 1024, as in
/// the limits of containers; `MB` and the like stand for powers of 1000.
///
/// # Errors
/// When it is no such size.
pub fn parse_size(text: &str) -> Result<u64> {
    let wrong =
        || Error::usage(format!("{text:?} is no size")).advise("write for example 512M or 1.5G");
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.trim().to_ascii_lowercase();
    let (letter, base) = match unit.as_str() {
        "" | "b" => ("", 1.0),
        _ => match (unit.strip_suffix("ib"), unit.strip_suffix('b')) {
            (Some(letter), _) => (letter, 1024.0),
            (None, Some(letter)) => (letter, 1000.0),
            (None, None) => (unit.as_str(), 1024.0),
        },
    };
    let power = ["", "k", "m", "g", "t"]
        .iter()
        .position(|known| *known == letter)
        .ok_or_else(wrong)?;
    let size = number * f64::powi(base, power as i32);
    // A float converts to the nearest number that there is.
    if size >= 1.0 {
        Ok(size as u64)
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("512M", 512 << 20),
            ("1.5G", 3 << 29),
            ("1g", 1 << 30),
            ("800 kB", 800_000),
            ("2GiB", 2 << 30),
            ("1073741824", 1 << 30),
            ("7B", 7),
        ] {
            assert_eq!(parse_size(text).unwrap(), expected, "{text}");
        }
        for text in ["", "G", "-1G", "1.2.3M", "5 parsecs", "0", "1e3", "NaN"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
