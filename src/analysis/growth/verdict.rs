//! How a class goes over the dumps.

use std::fmt;

use super::point::Point;

/// Changes of bytes below this are noise.
const NOISE_BYTES: u64 = 64 * 1024;

/// How a class goes over the dumps.
///
/// Two dumps show a difference, no trend: what rose is called growing and what fell shrinking, as it did so at every
/// step there is; whoever shows it has to say that a third dump is needed. One dump shows nothing but a plateau.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It rose at every step, by more than noise and without fading.
    Growing,
    /// It rose at first and then stayed, or rose less and less.
    WarmUp,
    /// It never changed by more than noise.
    Plateau,
    /// It fell, and never rose.
    Shrinking,
    /// It rose and fell, or rose late or with breaks.
    Noisy,
}

impl Verdict {
    /// The word for it in output and on the screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Growing => "growing",
            Self::WarmUp => "warm-up",
            Self::Plateau => "plateau",
            Self::Shrinking => "shrinking",
            Self::Noisy => "noisy",
        }
    }

    /// The verdict on a class with these figures, dump by dump.
    pub fn of(points: &[Point]) -> Self {
        let changes: Vec<Change> = points
            .windows(2)
            .map(|pair| change(pair[0], pair[1]))
            .collect();
        let rose = changes
            .iter()
            .filter(|&&change| change == Change::Up)
            .count();
        let fell = changes.contains(&Change::Down);
        let stayed = changes.contains(&Change::Flat);
        let rose_first = changes[..rose].iter().all(|&change| change == Change::Up);
        match (rose, fell, stayed) {
            (0, false, _) if creeps(points) => growing_unless_fading(points),
            (0, false, _) => Self::Plateau,
            (0, true, _) => Self::Shrinking,
            (_, false, false) => growing_unless_fading(points),
            (_, false, true) if rose_first => Self::WarmUp,
            (_, false, true) if creeps(points) => growing_unless_fading(points),
            _ => Self::Noisy,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Up,
    Down,
    Flat,
}

/// What happened from one dump to the next. More objects are what counts; where their number stays, so do the bytes
/// that they retain: one map can hold the leak.
fn change(before: Point, after: Point) -> Change {
    let noise = |amount: u64, floor: u64, percent: u64| floor.max(amount / 100 * percent);
    let added = after.count.saturating_sub(before.count);
    let removed = before.count.saturating_sub(after.count);
    let grown = after.retained.saturating_sub(before.retained);
    let shrunk = before.retained.saturating_sub(after.retained);
    let floor = before.count.div_ceil(50);
    let many = added >= floor.max(3) && (grown > 0 || after.shallow > before.shallow);
    let large = added > 0 && grown >= noise(before.retained, NOISE_BYTES, 2);
    let filled = added == 0 && removed == 0 && grown >= noise(before.retained, NOISE_BYTES, 5);
    let few = removed > floor.max(2);
    let emptied = added == 0 && shrunk >= noise(before.retained, NOISE_BYTES, 5);
    if many || large || filled {
        Change::Up
    } else if few || emptied {
        Change::Down
    } else {
        Change::Flat
    }
}

/// Whether there is some rise at each of three steps or more that comes to more than noise in all.
fn creeps(points: &[Point]) -> bool {
    let rises = points.windows(2).all(|pair| pair[1].count > pair[0].count);
    match points {
        [first, .., last] if points.len() > 3 && rises => change(*first, *last) == Change::Up,
        _ => false,
    }
}

fn growing_unless_fading(points: &[Point]) -> Verdict {
    let by = |figure: fn(&Point) -> u64| -> Vec<u64> {
        points
            .windows(2)
            .map(|pair| figure(&pair[1]).saturating_sub(figure(&pair[0])))
            .collect()
    };
    let mut steps = by(|point| point.count);
    if steps.contains(&0) {
        steps = by(|point| point.retained);
    }
    if fades(&steps) {
        Verdict::WarmUp
    } else {
        Verdict::Growing
    }
}

/// Whether steps become so small that they seem to come to an end: the last is a trifle, or each is at most two thirds
/// of the one before.
fn fades(steps: &[u64]) -> bool {
    let trifle = |last: u64, usual: u64| last.saturating_mul(100) < usual.saturating_mul(15);
    match steps {
        [] | [_] => false,
        [first, second] => trifle(*second, *first),
        [_, between @ .., last] => {
            let mut between = between.to_vec();
            between.sort_unstable();
            let falls = |pair: &[u64]| pair[1].saturating_mul(100) <= pair[0].saturating_mul(65);
            trifle(*last, between[between.len() / 2]) || steps.windows(2).all(falls)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Objects of a hundred bytes each.
    fn counts(counts: &[u64]) -> Verdict {
        let point = |&count: &u64| Point {
            count,
            shallow: count * 100,
            retained: count * 100,
        };
        Verdict::of(&counts.iter().map(point).collect::<Vec<_>>())
    }

    #[test]
    fn each_verdict() {
        assert_eq!(counts(&[100, 400, 700]), Verdict::Growing);
        assert_eq!(counts(&[0, 100, 250, 300]), Verdict::Growing);
        assert_eq!(counts(&[10, 500, 502]), Verdict::WarmUp);
        assert_eq!(counts(&[0, 1000, 1600, 1900, 2000]), Verdict::WarmUp);
        assert_eq!(counts(&[0, 5000, 5000, 5001, 5000]), Verdict::WarmUp);
        assert_eq!(counts(&[500, 501, 499, 500]), Verdict::Plateau);
        assert_eq!(counts(&[500, 400, 401, 300]), Verdict::Shrinking);
        assert_eq!(counts(&[500, 900, 400, 800]), Verdict::Noisy);
        assert_eq!(counts(&[500, 500, 500, 900]), Verdict::Noisy);
        assert_eq!(counts(&[100, 200, 200, 300]), Verdict::Noisy);
    }

    #[test]
    fn few_dumps() {
        assert_eq!(counts(&[]), Verdict::Plateau);
        assert_eq!(counts(&[7]), Verdict::Plateau);
        assert_eq!(counts(&[100, 200]), Verdict::Growing);
        assert_eq!(counts(&[200, 100]), Verdict::Shrinking);
        assert_eq!(counts(&[200, 201]), Verdict::Plateau);
    }

    #[test]
    fn a_step_within_noise_every_time_adds_up() {
        let creeping: Vec<u64> = (0..30).map(|k| 100_000 + 1_000 * k).collect();
        assert_eq!(counts(&creeping), Verdict::Growing);
        assert_eq!(
            counts(&[100_000, 100_001, 100_002, 100_003]),
            Verdict::Plateau
        );
    }

    #[test]
    fn one_object_that_fills() {
        let map = |retained: &[u64]| {
            let point = |&retained: &u64| Point {
                count: 1,
                shallow: 32,
                retained,
            };
            Verdict::of(&retained.iter().map(point).collect::<Vec<_>>())
        };
        assert_eq!(map(&[1_000, 1_000_000, 2_000_000]), Verdict::Growing);
        assert_eq!(map(&[1_000, 1_000_000, 1_000_100]), Verdict::WarmUp);
        assert_eq!(map(&[1_000, 2_000, 3_000]), Verdict::Plateau);
        assert_eq!(map(&[2_000_000, 1_000_000, 1_000]), Verdict::Shrinking);
    }

    proptest::proptest! {
        #[test]
        fn any_figures(counts in proptest::collection::vec(0u64..u64::MAX / 200, 0..8)) {
            self::counts(&counts);
        }
    }
}
