//! What the name of a dump says: kind, time, process, thread, number.
//!
//! Names are hints by whoever wrote the file. Nothing here touches the file itself.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// What kind of dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A heap snapshot.
    HeapSnapshot,
    /// An allocation timeline: a heap snapshot with samples and allocation stacks.
    HeapTimeline,
    /// A sampling profile of allocations; it has no objects.
    HeapProfile,
}

impl Kind {
    /// The word for it, which is also the extension of its files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HeapSnapshot => "heapsnapshot",
            Self::HeapTimeline => "heaptimeline",
            Self::HeapProfile => "heapprofile",
        }
    }

    /// Whether dumps of this kind hold objects, and so belong to a series.
    pub fn has_objects(self) -> bool {
        self != Self::HeapProfile
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// From the extension; nothing when the name is not a dump's.
    pub kind: Option<Kind>,
    /// When it was taken; nothing unless the name has a plausible time.
    pub taken_at: Option<Timestamp>,
    /// Process.
    pub pid: Option<u32>,
    /// Thread; 0 is a Node process's main thread.
    pub tid: Option<u32>,
    /// What puts dumps of the same time in order: Node's number within the process, or microseconds on a clock of
    /// unknown beginning.
    pub sequence: Option<u64>,
}

/// The kind of dump that a file name's extension tells; nothing when the name is not a dump's.
pub fn kind_of(name: &str) -> Option<Kind> {
    split(name).1
}

/// The size of the heap in MB that the name of a profile tells: `sample_<milliseconds>_<MB>`.
pub fn heap_mb(name: &str) -> Option<u64> {
    let (stem, _) = split(name);
    let mut last = stem.rsplit('_');
    let size = digits(last.next()?)?;
    let time = last.next()?;
    (time.len() == 13 && digits(time).is_some()).then_some(size)
}

/// Reads a file name, by the system's time zone.
pub fn read(name: &str) -> Facts {
    read_in(name, &TimeZone::system())
}

/// Reads a file name; times without a zone are local times of `zone`.
pub fn read_in(name: &str, zone: &TimeZone) -> Facts {
    let (stem, kind) = split(name);
    let mut facts = node(stem, zone)
        .or_else(|| heapdump(stem))
        .unwrap_or_default();
    if facts.taken_at.is_none() && facts.sequence.is_none() {
        facts.taken_at = calendar_time(stem, zone).or_else(|| epoch_ms(stem));
    }
    facts.kind = kind;
    facts
}

/// The name without the extensions of dumps and of compression, and the kind that they tell.
fn split(name: &str) -> (&str, Option<Kind>) {
    let plain = [".gz", ".zst"]
        .iter()
        .find_map(|end| strip_end(name, end))
        .unwrap_or(name);
    [Kind::HeapSnapshot, Kind::HeapTimeline, Kind::HeapProfile]
        .into_iter()
        .find_map(|kind| {
            let stem = strip_end(plain, kind.as_str())?.strip_suffix('.')?;
            Some((stem, Some(kind)))
        })
        .unwrap_or((plain, None))
}

/// `name` without `end`, whatever the case of its letters; `end` is ASCII.
fn strip_end<'a>(name: &'a str, end: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(end.len())?;
    let (stem, tail) = (name.get(..at)?, name.get(at..)?);
    tail.eq_ignore_ascii_case(end).then_some(stem)
}

/// Node's own: `Heap.YYYYMMDD.HHMMSS.PID.TID.SEQ`, in local time.
fn node(stem: &str, zone: &TimeZone) -> Option<Facts> {
    let mut last = stem.rsplit('.');
    let sequence = digits(last.next()?)?;
    let tid = digits(last.next()?)?;
    let pid = digits(last.next()?)?;
    let (time, day) = (last.next()?, last.next()?);
    last.next()?; // `Heap`, or whatever somebody put before it
    if day.len() != 8 || time.len() != 6 {
        return None;
    }
    let local = civil(day, time, "")?;
    Some(Facts {
        kind: None,
        taken_at: plausible(zone.to_timestamp(local).ok()?),
        pid: u32::try_from(pid).ok(),
        tid: u32::try_from(tid).ok(),
        sequence: Some(sequence),
    })
}

/// The `heapdump` package's: `heapdump-SEC.USEC`, the microseconds without leading zeros.
fn heapdump(stem: &str) -> Option<Facts> {
    let (seconds, micros) = stem.strip_prefix("heapdump-")?.split_once('.')?;
    let (seconds, micros) = (digits(seconds)?, digits(micros)?);
    let clock = seconds.checked_mul(1_000_000)?.checked_add(micros)?;
    let epoch = i64::try_from(clock)
        .ok()
        .and_then(|clock| Timestamp::from_microsecond(clock).ok())
        .and_then(plausible);
    Some(Facts {
        taken_at: epoch,
        sequence: Some(clock),
        ..Facts::default()
    })
}

/// A calendar time anywhere in the name: `20261121T064259`, `2026-11-21T06:42:59.123Z`, with any of `:`, `-`, `_`,
/// `.` in the time. Local unless it ends with `Z` or an offset.
fn calendar_time(stem: &str, zone: &TimeZone) -> Option<Timestamp> {
    let bytes = stem.as_bytes();
    (0..bytes.len())
        .filter(|&at| at == 0 || !bytes[at - 1].is_ascii_digit())
        .find_map(|at| calendar_time_at(stem.get(at..)?, zone))
}

fn calendar_time_at(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let mut rest = text;
    let mut day = take(&mut rest, 4)?;
    for _ in 0..2 {
        skip(&mut rest, "-");
        day.push_str(&take(&mut rest, 2)?);
    }
    if !skip(&mut rest, "Tt") {
        return None;
    }
    let mut time = take(&mut rest, 2)?;
    for _ in 0..2 {
        skip(&mut rest, ":-_.");
        time.push_str(&take(&mut rest, 2)?);
    }
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut fraction = String::new();
    let mut behind = rest;
    if skip(&mut behind, ".,_-") {
        let length = behind.bytes().take_while(u8::is_ascii_digit).count();
        // An offset such as `-0500` has four digits; fractions have three, six or nine.
        if matches!(length, 3 | 6 | 9) {
            fraction = take(&mut behind, length)?;
            rest = behind;
        }
    }
    let local = civil(&day, &time, &fraction)?;
    let zone = offset(rest).map_or_else(|| zone.clone(), TimeZone::fixed);
    plausible(zone.to_timestamp(local).ok()?)
}

/// `Z`, `+05:30` or `-0500` at the beginning of `text`.
fn offset(text: &str) -> Option<Offset> {
    let mut rest = text;
    if skip(&mut rest, "Zz") {
        return Some(Offset::UTC);
    }
    let sign = if rest.starts_with('-') { -1 } else { 1 };
    if !skip(&mut rest, "+-") {
        return None;
    }
    let hours: i32 = take(&mut rest, 2)?.parse().ok()?;
    skip(&mut rest, ":");
    let minutes: i32 = take(&mut rest, 2)?.parse().ok()?;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Milliseconds since the epoch: thirteen digits on their own, anywhere in the name.
fn epoch_ms(stem: &str) -> Option<Timestamp> {
    stem.split(|c: char| !c.is_ascii_digit())
        .filter(|number| number.len() == 13)
        .find_map(|number| {
            let ms = number.parse().ok()?;
            plausible(Timestamp::from_millisecond(ms).ok()?)
        })
}

/// A time at which dumps can have been taken: since V8 exists, and not in a later century.
fn plausible(time: Timestamp) -> Option<Timestamp> {
    const FIRST: i64 = 1_220_227_200; // 2008-09-01
    const LAST: i64 = 4_102_444_800; // 2100-01-01
    (FIRST..LAST).contains(&time.as_second()).then_some(time)
}

/// `YYYYMMDD`, `HHMMSS` and up to nine digits of a second's fraction.
fn civil(day: &str, time: &str, fraction: &str) -> Option<DateTime> {
    let day: i32 = day.parse().ok()?;
    let time: i32 = time.parse().ok()?;
    let part = |number: i32| i8::try_from(number % 100).ok();
    let nanoseconds: i32 = format!("{fraction:0<9}").parse().ok()?;
    let date = Date::new(
        i16::try_from(day / 10_000).ok()?,
        part(day / 100)?,
        part(day)?,
    )
    .ok()?;
    // A leap second in a name is the second after.
    let (second, leap) = match part(time)? {
        60 => (59, 1),
        second => (second, 0),
    };
    let time = Time::new(part(time / 10_000)?, part(time / 100)?, second, nanoseconds).ok()?;
    date.to_datetime(time).checked_add(leap.seconds()).ok()
}

fn digits(text: &str) -> Option<u64> {
    let only_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| text.parse().ok()).flatten()
}

/// Takes `count` digits off the beginning.
fn take(rest: &mut &str, count: usize) -> Option<String> {
    let taken = rest.get(..count)?;
    digits(taken)?;
    *rest = &rest[count..];
    Some(taken.to_owned())
}

/// Takes one of the (ASCII) characters off the beginning, if it is there.
fn skip(rest: &mut &str, any: &str) -> bool {
    let found = rest.starts_with(|c| any.contains(c));
    if found {
        *rest = &rest[1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_utc(name: &str) -> Facts {
        read_in(name, &TimeZone::UTC)
    }

    fn time(name: &str) -> Option<String> {
        read_utc(name).taken_at.map(|time| time.to_string())
    }

    #[test]
    fn kinds_by_extension() {
        let kind = |name| read_utc(name).kind;
        assert_eq!(kind("a.heapsnapshot"), Some(Kind::HeapSnapshot));
        assert_eq!(kind("a.HeapSnapshot.GZ"), Some(Kind::HeapSnapshot));
        assert_eq!(kind("a.heaptimeline.zst"), Some(Kind::HeapTimeline));
        assert_eq!(kind("a.heapprofile"), Some(Kind::HeapProfile));
        assert_eq!(kind("a.heapsnapshot.tmp"), None);
        assert_eq!(kind("heapsnapshot"), None);
        assert_eq!(kind("a.json.gz"), None);
        assert_eq!(kind("ä.gz"), None);
    }

    #[test]
    fn node_names() {
        let facts = read_utc("Heap.20261121.064305.12736.2.003.heapsnapshot.gz");
        assert_eq!(
            facts.taken_at.map(|t| t.to_string()).as_deref(),
            Some("2026-11-21T06:43:05Z")
        );
        assert_eq!(
            (facts.pid, facts.tid, facts.sequence),
            (Some(12736), Some(2), Some(3))
        );
        let profile = read_utc("Heap.20261121.064305.7.0.001.heapprofile");
        assert_eq!(profile.kind, Some(Kind::HeapProfile));
        assert_eq!(profile.pid, Some(7));
        // No such day: no time, but still the rest of the name.
        assert_eq!(time("Heap.20261321.064305.7.0.001.heapsnapshot"), None);
    }

    #[test]
    fn node_names_are_local_time() {
        let zone = TimeZone::fixed(Offset::constant(2));
        let facts = read_in("Heap.20260701.120000.1.0.001.heapsnapshot", &zone);
        assert_eq!(
            facts.taken_at.map(|t| t.to_string()).as_deref(),
            Some("2026-07-01T10:00:00Z")
        );
    }

    #[test]
    fn epoch_names() {
        for name in [
            "v8-heap-1763706179123.heapsnapshot",
            "heap-1763706179123.heapsnapshot.zst",
            "sample_1763706179123_512.heapprofile",
        ] {
            assert_eq!(time(name).as_deref(), Some("2025-11-21T06:22:59.123Z"));
        }
        // Not since the epoch, or not a time at all.
        assert_eq!(time("heap-1000000000000.heapsnapshot"), None);
        assert_eq!(time("heap-9999999999999.heapsnapshot"), None);
        assert_eq!(time("heap-17637061791234.heapsnapshot"), None);
    }

    #[test]
    fn heap_sizes_in_names() {
        assert_eq!(
            heap_mb("sample_1763706179123_512.heapprofile.zst"),
            Some(512)
        );
        assert_eq!(heap_mb("sample_512.heapprofile"), None);
        assert_eq!(heap_mb("sample_1763706179123.heapprofile"), None);
    }

    #[test]
    fn heapdump_names_count_on_some_clock() {
        let first = read_utc("heapdump-4303.745542.heapsnapshot.gz");
        let second = read_utc("heapdump-4304.39207.heapsnapshot.gz");
        assert_eq!(first.taken_at, None);
        assert_eq!(first.sequence, Some(4_303_745_542));
        assert!(first.sequence < second.sequence);
        assert_eq!(
            time("heapdump-1763706179.5000.heapsnapshot").as_deref(),
            Some("2025-11-21T06:22:59.005Z")
        );
    }

    #[test]
    fn calendar_names() {
        for (name, expected) in [
            (
                "Heap-20261121T064259.heapsnapshot.gz",
                "2026-11-21T06:42:59Z",
            ),
            ("Heap-20261121T070000.heaptimeline", "2026-11-21T07:00:00Z"),
            (
                "Dumpy_2026-11-21T06:42:59.123Z.heapsnapshot",
                "2026-11-21T06:42:59.123Z",
            ),
            (
                "Dumpy_2026-11-21T06-42-59-123Z.heapsnapshot",
                "2026-11-21T06:42:59.123Z",
            ),
            (
                "Dumpy_2026-11-21T06_42_59+02:00.heapsnapshot",
                "2026-11-21T04:42:59Z",
            ),
            (
                "Dumpy_2026-11-21T06:42:59-0500.heapsnapshot",
                "2026-11-21T11:42:59Z",
            ),
        ] {
            assert_eq!(time(name).as_deref(), Some(expected), "{name}");
        }
        for name in [
            "Heap-sampling.heapprofile",
            "Heap-20261121.heapsnapshot",
            "x120261121T064259.heapsnapshot",
            "20261121T0642591.heapsnapshot",
            "20261121T250000.heapsnapshot",
            "日本2026T.heapsnapshot",
        ] {
            assert_eq!(time(name), None, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_read(name in "\\PC{0,12}[0-9T.:_+-]{0,30}\\PC{0,4}(\\.heapsnapshot)?(\\.gz)?") {
            let facts = read_utc(&name);
            let from_when = facts.taken_at.map(|time| time.as_second());
            proptest::prop_assert!(from_when.is_none_or(|second| second > 1_200_000_000));
        }
    }
}
