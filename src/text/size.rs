//! Sizes as people write them.

use crate::error::{Error, Result};

/// Reads a size as people write it: `512M`, `1.5G`, `800k`, `1073741824`. Letters stand for powers of 1000, as in all
/// sizes that are shown; `Mi`, `MiB` and the like stand for powers of 1024.
///
/// # Errors
/// When it is no such size.
pub fn parse_size(text: &str) -> Result<u64> {
    let wrong = || {
        Error::usage(format!("{text:?} is no size"))
            .advise("write for example 500M, 1.5G or 512MiB")
    };
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = unit.trim().to_ascii_lowercase();
    let (letter, base) = match unit.as_str() {
        "" | "b" => ("", 1.0),
        _ => {
            let unit = unit.strip_suffix('b').unwrap_or(&unit);
            match unit.strip_suffix('i') {
                Some(letter) => (letter, 1024.0),
                None => (unit, 1000.0),
            }
        }
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
    fn what_is_said_is_what_is_shown() {
        for (said, shown) in [("500M", "500 MB"), ("1.5G", "1.5 GB"), ("512MiB", "537 MB")] {
            assert_eq!(crate::text::units::bytes(parse_size(said).unwrap()), shown);
        }
    }

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("500M", 500_000_000),
            ("1.5G", 1_500_000_000),
            ("1g", 1_000_000_000),
            ("512Mi", 512 << 20),
            ("1.5GiB", 3 << 29),
            ("800 kB", 800_000),
            ("2GiB", 2 << 30),
            ("1073741824", 1 << 30),
            ("7B", 7),
        ] {
            assert_eq!(parse_size(text).unwrap(), expected, "{text}");
        }
        for text in [
            "",
            "G",
            "-1G",
            "1.2.3M",
            "5 parsecs",
            "i",
            "ib",
            "0",
            "1e3",
            "NaN",
        ] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
