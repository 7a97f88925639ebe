//! Figures for people: counts, bytes, shares, times and rates.
//!
//! Rounding is DevTools' own, so that a figure here can be compared with one there by eye.

use std::time::Duration;

/// The minus sign of figures; a hyphen is narrower than the plus sign and reads as a dash.
const MINUS: char = '−';

/// A number with thousands separators: `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A difference of counts: `+1,234`, `−1,234`, `0`.
pub fn grouped_delta(number: i64) -> String {
    signed(number, grouped)
}

/// A size: `999 B`, `1.2 kB`, `123 kB`, `99.9 MB`, `1.2 GB`. A kB is 1000 bytes.
///
/// One decimal below a hundred of the unit, none from there on; halves round up.
pub fn bytes(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (amount, unit) = scaled(bytes as f64);
    format!("{amount} {unit}")
}

/// A difference of sizes: `+1.2 MB`, `−1.2 MB`, `0 B`.
pub fn bytes_delta(delta: i64) -> String {
    signed(delta, bytes)
}

/// A share in whole percent: `12%`; `0%` of nothing.
pub fn percent(part: u64, total: u64) -> String {
    if total == 0 {
        return "0%".to_owned();
    }
    format!("{:.0}%", (part as f64 / total as f64 * 100.0).round())
}

/// A time span in two units at most: `350 ms`, `1.2 s`, `42 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
pub fn duration(span: Duration) -> String {
    let ms = span.as_millis();
    let seconds = span.as_secs();
    match seconds {
        0 => format!("{ms} ms"),
        1..10 => format!("{}.{} s", seconds, ms % 1000 / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => two_units(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => two_units(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => two_units(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

/// How fast bytes grow, for people: `+1.8 MB an hour`; `+3.2 MB in 4 s` where `span` is shorter than `telling`, as an
/// hour would be made of seconds then.
pub fn pace(delta: i64, span: Duration, telling: Duration) -> String {
    let seconds = span.as_secs_f64();
    // Files that were copied at once have times that tell nothing.
    if span.as_millis() == 0 {
        return bytes_delta(delta);
    }
    if span < telling || seconds <= 0.0 {
        return format!("{} in {}", bytes_delta(delta), duration(span));
    }
    let an_hour = delta as f64 * 3600.0 / seconds;
    format!("{} an hour", bytes_delta(an_hour.round() as i64))
}

/// How fast bytes are handled: `123 MB/s`; nothing to say (`–`) before any time has passed.
pub fn rate(bytes: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    if seconds <= 0.0 {
        return "–".to_owned();
    }
    format!("{}/s", self::bytes((bytes as f64 / seconds) as u64))
}

fn signed(number: i64, show: impl Fn(u64) -> String) -> String {
    let figure = show(number.unsigned_abs());
    match number {
        0 => figure,
        1.. => format!("+{figure}"),
        _ => format!("{MINUS}{figure}"),
    }
}

fn two_units(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

/// The amount in the largest unit of which there is at least one, and that unit; `bytes` is at least 1000.
fn scaled(bytes: f64) -> (String, &'static str) {
    let mut amount = bytes / 1e3;
    let mut unit = "kB";
    for next in ["MB", "GB", "TB"] {
        // What rounds to 1000 is one of the next unit.
        if amount < 999.5 {
            break;
        }
        amount /= 1000.0;
        unit = next;
    }
    if amount >= 100.0 {
        // Rust's formatting rounds halves to even, JavaScript's up.
        return (format!("{:.0}", amount.round()), unit);
    }
    if (amount * 4.0).fract() == 0.0 {
        amount = (amount * 10.0).round() / 10.0;
    }
    (format!("{amount:.1}"), unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paces() {
        let telling = Duration::from_secs(60);
        let of = |seconds| pace(3_200_000, Duration::from_secs(seconds), telling);
        assert_eq!(of(4), "+3.2 MB in 4.0 s");
        assert_eq!(of(0), "+3.2 MB");
        assert_eq!(of(1800), "+6.4 MB an hour");
        assert_eq!(pace(0, telling, telling), "0 B an hour");
    }

    #[test]
    fn counts() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(grouped_delta(1234), "+1,234");
        assert_eq!(grouped_delta(-1234), "−1,234");
        assert_eq!(grouped_delta(0), "0");
        assert_eq!(grouped_delta(i64::MIN), "−9,223,372,036,854,775,808");
    }

    #[test]
    fn sizes() {
        for (size, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1_250, "1.3 kB"),
            (1_750, "1.8 kB"),
            (99_940, "99.9 kB"),
            (99_960, "100.0 kB"),
            (100_500, "101 kB"),
            (102_500, "103 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (999_499_999, "999 MB"),
            (999_500_000, "1.0 GB"),
            (1_234_567, "1.2 MB"),
            (123_456_789, "123 MB"),
            (1_500_000_000, "1.5 GB"),
            (2_000_000_000_000, "2.0 TB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(bytes(size), text);
        }
        assert_eq!(bytes_delta(-1_234_567), "−1.2 MB");
        assert_eq!(bytes_delta(40), "+40 B");
        assert_eq!(bytes_delta(0), "0 B");
    }

    #[test]
    fn shares() {
        assert_eq!(percent(1, 3), "33%");
        assert_eq!(percent(1, 200), "1%");
        assert_eq!(percent(1, 1000), "0%");
        assert_eq!(percent(5, 5), "100%");
        assert_eq!(percent(5, 0), "0%");
    }

    #[test]
    fn times_and_rates() {
        for (ms, text) in [
            (0, "0 ms"),
            (350, "350 ms"),
            (1_250, "1.2 s"),
            (42_900, "42 s"),
            (200_000, "3 min 20 s"),
            (180_000, "3 min"),
            (7_500_000, "2 h 5 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(duration(Duration::from_millis(ms)), text);
        }
        assert_eq!(rate(250_000_000, Duration::from_secs(2)), "125 MB/s");
        assert_eq!(rate(5, Duration::ZERO), "–");
    }
}
