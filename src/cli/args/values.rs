//! Values of arguments that take more than reading a number.

use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::text::size;

/// The name of a dump or process as it is shown: what is no UTF-8 in a file's name is replaced there too.
pub(super) fn name() -> impl TypedValueParser<Value = String> {
    OsStringValueParser::new().map(|name| name.to_string_lossy().into_owned())
}

/// An id, with or without the `@` that it is shown with.
pub(super) fn parse_id(text: &str) -> Result<u32, String> {
    text.strip_prefix('@')
        .unwrap_or(text)
        .parse()
        .map_err(|_| "an object id is a number, such as 1234 or @1234".to_owned())
}

/// A reference: the object that it is of, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct FromName {
    pub from: u32,
    pub name: String,
}

/// `ID:NAME`; names may have `:` in them.
pub(super) fn parse_from_name(text: &str) -> Result<FromName, String> {
    let wrong = || "write an object's id and a name, such as 1234:cache or 1234:*".to_owned();
    let (from, name) = text.split_once(':').ok_or_else(wrong)?;
    let from = parse_id(from).map_err(|_| wrong())?;
    match name {
        "" => Err(wrong()),
        name => Ok(FromName {
            from,
            name: name.to_owned(),
        }),
    }
}

/// A class and how many objects of it there may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct MaxCount {
    pub class: String,
    pub count: u64,
}

/// `CLASS=N`; class names may have `=` in them.
pub(super) fn parse_max_count(text: &str) -> Result<MaxCount, String> {
    let wrong = || "write a class and a number, such as Session=100".to_owned();
    let (class, count) = text.rsplit_once('=').ok_or_else(wrong)?;
    match count.trim().parse() {
        Ok(count) if !class.is_empty() => Ok(MaxCount {
            class: class.to_owned(),
            count,
        }),
        _ => Err(wrong()),
    }
}

pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    size::parse_size(text).map_err(|error| error.to_string())
}

pub(super) fn parse_seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|seconds| *seconds > 0.0)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "a number of seconds, such as 2 or 0.5".to_owned())
}

/// A span of time with its unit: `90s`, `5m`, `1h`; seconds without one.
pub(super) fn parse_span(text: &str) -> Result<Duration, String> {
    let wrong = || "a time such as 30s, 5m or 1h".to_owned();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit.trim() {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())
}

/// A range of seconds: `1.5..10`, `..10` or `1.5..`.
pub(super) fn parse_seconds_range(text: &str) -> Result<Seconds, String> {
    let wrong = || "write seconds since the recording began, such as 1.5..10".to_owned();
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let seconds = |text: &str, otherwise: f64| match text.trim() {
        "" => Ok(otherwise),
        text => text.parse::<f64>().map_err(|_| wrong()),
    };
    let (from, to) = (seconds(from, 0.0)?, seconds(to, f64::INFINITY)?);
    match from >= 0.0 && from <= to {
        true => Ok(Seconds { from, to }),
        false => Err(wrong()),
    }
}

/// A range of seconds since a recording began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::cli) struct Seconds {
    pub from: f64,
    pub to: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_seconds() {
        let range = |text| parse_seconds_range(text).map(|range| (range.from, range.to));
        assert_eq!(range("1.5..10"), Ok((1.5, 10.0)));
        assert_eq!(range(".."), Ok((0.0, f64::INFINITY)));
        assert_eq!(range("2.."), Ok((2.0, f64::INFINITY)));
        for wrong in ["", "5", "5..1", "-1..3", "a..b", "NaN..1"] {
            assert!(range(wrong).is_err(), "{wrong}");
        }
    }
}
