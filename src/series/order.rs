//! In which order the dumps of a series were taken, where their names do not say it.
//!
//! Files that are copied get the times of the copying, in whatever order that was. Stronger evidence than those times,
//! in this order: object ids, which only rise within a process; the order in which the files were named; numbers that
//! are all that their names differ in.

use std::collections::HashSet;

use jiff::Timestamp;

use super::dump::{Dump, TimeSource};
use crate::analysis::comparable::comparable;

/// What the order of a series is by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Times, in the names or of the files; nothing speaks against them.
    #[default]
    Times,
    /// Object ids.
    Ids,
    /// The order in which the files were named.
    Named,
    /// Numbers in the names.
    Numbers,
}

impl Order {
    /// What was done about times that cannot be right, for headers.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Times => None,
            Self::Ids => Some("in the order of their ids"),
            Self::Named => Some("in the order of the arguments"),
            Self::Numbers => Some("in the order of their numbers"),
        }
    }

    /// What was done about times that cannot be right, in words; nothing where nothing was.
    pub fn note(self) -> Option<&'static str> {
        match self {
            Self::Times => None,
            Self::Ids => Some(
                "the dumps are in the order that their object ids tell; the files' times, which say otherwise, are those of \
                 copies, so when each was taken is known approximately at best, and no rates are told",
            ),
            Self::Named => Some(
                "the dumps are in the order in which they were named; the files' times say otherwise, and copying changes \
                 those, so no rates are told",
            ),
            Self::Numbers => Some(
                "the dumps are in the order of the numbers in their names; the files' times say otherwise, and copying \
                 changes those, so no rates are told",
            ),
        }
    }
}

/// Whether the later of two dumps can be of the earlier one's process; nothing where their ids are not known.
pub(super) fn fits(earlier: &Dump, later: &Dump) -> Option<bool> {
    let (earlier, later) = (earlier.ids.as_ref()?, later.ids.as_ref()?);
    Some(comparable(earlier, later).is_comparable())
}

/// Puts the usable dumps, which are in the order of their times, into that for which there is better evidence.
pub(super) fn settle(dumps: &mut [Dump]) -> Order {
    for dump in dumps.iter_mut() {
        dump.is_copy_time = false;
    }
    let usable: Vec<usize> = (0..dumps.len())
        .filter(|&at| dumps[at].is_usable())
        .collect();
    let by_time: Vec<&Dump> = usable.iter().map(|&at| &dumps[at]).collect();
    let (order, found) = match evident(&by_time) {
        Some((order, found)) if found != (0..usable.len()).collect::<Vec<_>>() => (order, found),
        _ => {
            read_clocks(dumps, &usable);
            return Order::Times;
        }
    };
    let mut sorted: Vec<Dump> = found.iter().map(|&at| dumps[usable[at]].clone()).collect();
    let times: Vec<Option<Timestamp>> = sorted.iter().map(|dump| dump.taken_at).collect();
    if !times.is_sorted() {
        for dump in &mut sorted {
            dump.is_copy_time = dump.time_source == Some(TimeSource::Mtime);
        }
    }
    for (at, dump) in usable.iter().zip(sorted) {
        dumps[*at] = dump;
    }
    match read_clocks(dumps, &usable) {
        true => Order::Times,
        false => order,
    }
}

/// Whether it takes the object ids to know the order: what is known without them contradicts itself.
pub(super) fn is_doubtful(dumps: &[&Dump]) -> bool {
    if dumps.len() < 2 || dumps.iter().all(|dump| by_name(dump)) {
        return false;
    }
    let in_order: Vec<usize> = (0..dumps.len()).collect();
    let named = named(dumps).is_some_and(|named| named != in_order);
    let names = sorted_by_key(dumps, |dump| natural(&dump.name));
    named || names != in_order
}

/// Whether a dump's place is in its name.
fn by_name(dump: &Dump) -> bool {
    dump.time_source == Some(TimeSource::Name)
}

/// The places of the dumps in the order for which there is the best evidence; nothing where there is but their times.
fn evident(dumps: &[&Dump]) -> Option<(Order, Vec<usize>)> {
    if dumps.len() < 2 || dumps.iter().all(|dump| by_name(dump)) {
        return None;
    }
    let in_order: Vec<usize> = (0..dumps.len()).collect();
    let fit = |order: &[usize]| {
        let mut pairs = order.windows(2);
        pairs.all(|pair| fits(dumps[pair[0]], dumps[pair[1]]) == Some(true))
    };
    if fit(&in_order) {
        return None;
    }
    let by_ids = sorted_by_key(dumps, |dump| {
        dump.ids.as_ref().map(|ids| ids.max_object_id())
    });
    if fit(&by_ids) {
        return Some((Order::Ids, by_ids));
    }
    if dumps
        .iter()
        .any(|dump| by_name(dump) || dump.sequence.is_some())
    {
        return None;
    }
    let numbers = numbers(dumps);
    match (named(dumps), numbers) {
        // A shell lists `*` like this, whatever whoever typed it had in mind.
        (Some(named), numbers) if is_alphabetical(dumps, &named) && numbers.is_some() => {
            Some((Order::Numbers, numbers.unwrap_or(named)))
        }
        (Some(named), _) => Some((Order::Named, named)),
        (None, Some(numbers)) => Some((Order::Numbers, numbers)),
        (None, None) => None,
    }
}

/// The order in which all of the dumps were named, if they were.
fn named(dumps: &[&Dump]) -> Option<Vec<usize>> {
    let all = dumps.iter().all(|dump| dump.named.is_some());
    all.then(|| sorted_by_key(dumps, |dump| dump.named))
}

fn is_alphabetical(dumps: &[&Dump], order: &[usize]) -> bool {
    order.is_sorted_by_key(|&at| &dumps[at].path)
}

/// The order of the numbers in the names, if these differ in nothing else.
fn numbers(dumps: &[&Dump]) -> Option<Vec<usize>> {
    let parts: Vec<Vec<Part<'_>>> = dumps.iter().map(|dump| natural(&dump.name)).collect();
    let words = |parts: &[Part<'_>]| -> Vec<String> {
        let word = |part: &Part<'_>| match part {
            Part::Text(text) => (*text).to_owned(),
            Part::Number(_) => "0".to_owned(),
        };
        parts.iter().map(word).collect()
    };
    let alike = parts
        .windows(2)
        .all(|pair| words(&pair[0]) == words(&pair[1]));
    let distinct: HashSet<&Vec<Part<'_>>> = parts.iter().collect();
    (alike && distinct.len() == dumps.len())
        .then(|| sorted_by_key(dumps, |dump| natural(&dump.name)))
}

fn sorted_by_key<'a, K: Ord>(dumps: &[&'a Dump], key: impl Fn(&'a Dump) -> K) -> Vec<usize> {
    let mut order: Vec<usize> = (0..dumps.len()).collect();
    order.sort_by_key(|&at| key(dumps[at]));
    order
}

/// A part of a name as people count: 10 comes after 9. Numbers of any length, without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part<'a> {
    Number((usize, &'a str)),
    Text(&'a str),
}

fn natural(name: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != is_digit)
            .unwrap_or(rest.len());
        let (part, behind) = rest.split_at(end);
        parts.push(match is_digit {
            true => {
                let digits = part.trim_start_matches('0');
                Part::Number((digits.len(), digits))
            }
            false => Part::Text(part),
        });
        rest = behind;
    }
    parts
}

/// Gives dumps whose names have a clock of unknown beginning the times that it tells: the clock began no later than any of
/// the files says. Only where the clock rises throughout, as it begins anew with the host. Says whether it did.
fn read_clocks(dumps: &mut [Dump], usable: &[usize]) -> bool {
    let clocks: Vec<Option<u64>> = usable
        .iter()
        .map(|&at| dumps[at].sequence.filter(|_| dumps[at].coarse_time))
        .collect();
    if clocks.len() < 2 || clocks.iter().any(Option::is_none) || !clocks.is_sorted_by(|a, b| a < b)
    {
        return false;
    }
    let micros = |at: usize| {
        let written = Timestamp::try_from(dumps[at].modified?).ok()?;
        let clock = i64::try_from(dumps[at].sequence?).ok()?;
        written.as_microsecond().checked_sub(clock)
    };
    let Some(began) = usable.iter().filter_map(|&at| micros(at)).min() else {
        return false;
    };
    for &at in usable {
        let dump = &mut dumps[at];
        let clock = dump.sequence.and_then(|clock| i64::try_from(clock).ok());
        let time = clock
            .and_then(|clock| began.checked_add(clock))
            .and_then(|time| Timestamp::from_microsecond(time).ok());
        if let Some(time) = time {
            dump.taken_at = Some(time);
            dump.time_source = Some(TimeSource::Name);
            dump.is_copy_time = false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::comparable::Fingerprint;
    use crate::series::{Series, State};
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    /// A dump that was written to its file at a second, of a process whose objects count up to `ids`.
    fn dump(name: &str, second: u64, ids: Option<u32>) -> Dump {
        let mut dump = Dump::named(PathBuf::from(format!("{name}.heapsnapshot")));
        dump.state = State::Complete;
        dump.seen(
            1,
            Some(SystemTime::UNIX_EPOCH + Duration::from_secs(second)),
        );
        dump.ids = ids.map(|count| {
            let ids: Vec<u32> = (0..count).map(|index| 2 * index + 1).collect();
            Arc::new(Fingerprint {
                marks: ids.iter().map(|id| id | 1 << 31).collect(),
                max_object_id: 2 * count - 1,
                level: 0,
                ids,
            })
        });
        dump
    }

    /// The names in the order of a series, and what that is by.
    fn arranged(dumps: Vec<Dump>) -> (String, Order) {
        let series = series(dumps);
        let name = |dump: &Dump| dump.name.replace(".heapsnapshot", "");
        let names: Vec<String> = series.dumps.iter().map(name).collect();
        (names.join(" "), series.order)
    }

    fn series(dumps: Vec<Dump>) -> Series {
        let mut series = Series::of(dumps, Vec::new());
        series.arrange();
        series
    }

    fn in_arguments(mut dumps: Vec<Dump>) -> Vec<Dump> {
        for (place, dump) in dumps.iter_mut().enumerate() {
            dump.named = Some(place);
        }
        dumps
    }

    #[test]
    fn ids_tell_the_order_of_copies() {
        let copied = |ids: [Option<u32>; 3]| {
            let [a, b, c] = ids;
            vec![dump("a", 30, a), dump("b", 20, b), dump("c", 10, c)]
        };
        let (names, order) = arranged(copied([Some(10), Some(12), Some(14)]));
        assert_eq!((names.as_str(), order), ("a b c", Order::Ids));
        let times = series(copied([Some(10), Some(12), Some(14)]));
        assert!(times.dumps.iter().all(|dump| dump.time().is_none()));
        // Their times are right, or nothing says otherwise.
        let (names, order) = arranged(copied([Some(14), Some(12), Some(10)]));
        assert_eq!((names.as_str(), order), ("c b a", Order::Times));
        let (names, order) = arranged(copied([Some(10), None, Some(14)]));
        assert_eq!((names.as_str(), order), ("c b a", Order::Times));
        let unread = copied([None; 3]);
        let mut found: Vec<&Dump> = unread.iter().rev().collect();
        assert!(is_doubtful(&found));
        found.reverse();
        assert!(!is_doubtful(&found));
    }

    #[test]
    fn arguments_and_numbers_come_before_the_times_of_files() {
        let copied = || {
            vec![
                dump("x", 30, None),
                dump("a", 20, None),
                dump("m", 10, None),
            ]
        };
        assert_eq!(arranged(copied()).0, "m a x");
        let (names, order) = arranged(in_arguments(copied()));
        assert_eq!((names.as_str(), order), ("x a m", Order::Named));

        let numbered = || {
            vec![
                dump("h1", 30, None),
                dump("h10", 20, None),
                dump("h9", 10, None),
            ]
        };
        let (names, order) = arranged(numbered());
        assert_eq!((names.as_str(), order), ("h1 h9 h10", Order::Numbers));
        // This is how a shell lists them.
        assert_eq!(arranged(in_arguments(numbered())).0, "h1 h9 h10");
        let ids = vec![dump("h1", 30, Some(14)), dump("h2", 20, Some(10))];
        assert_eq!(arranged(in_arguments(ids)).0, "h2 h1");
        // Times in names are times.
        let named = |name: &str, second| dump(&format!("Heap-20261121T06425{name}"), second, None);
        let (names, _) = arranged(in_arguments(vec![named("9", 10), named("1", 20)]));
        assert!(names.starts_with("Heap-20261121T064251"), "{names}");
    }

    #[test]
    fn clocks_in_names_tell_how_far_dumps_are_apart() {
        let copied = vec![
            dump("heapdump-4403.7", 1_000_020, Some(12)),
            dump("heapdump-4303.7", 1_000_050, Some(10)),
        ];
        let series = series(copied);
        assert_eq!(series.order, Order::Times);
        let times: Vec<i64> = series
            .dumps
            .iter()
            .filter_map(|dump| Some(dump.time()?.as_second()))
            .collect();
        assert_eq!(times, [999_920, 1_000_020]);
    }
}
