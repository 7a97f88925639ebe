//! Growth per hour.

use jiff::Timestamp;
use std::time::Duration;

use super::dump_summary::Step;
use super::point::{Measure, Point};

/// Dumps within less than this show what came in that time; no rate is made of it, for people or programs, as it would
/// be hundreds of times what was seen. The times of copied files tell how fast they were copied.
pub const TELLING: Duration = Duration::from_secs(60);

/// How fast figures grow, each per hour; bytes for sizes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Retained bytes.
    pub retained: f64,
    /// Shallow bytes.
    pub shallow: f64,
    /// Objects.
    pub count: f64,
}

impl Rates {
    /// The rate of one figure.
    pub fn get(&self, measure: Measure) -> f64 {
        match measure {
            Measure::Retained => self.retained,
            Measure::Shallow => self.shallow,
            Measure::Count => self.count,
        }
    }
}

/// [`TELLING`] in hours.
const SHORTEST: f64 = TELLING.as_secs() as f64 / 3600.0;

/// The times of the dumps in hours since the first; nothing for dumps that are not known.
#[derive(Debug)]
pub(super) struct Clock(Vec<Option<f64>>);

impl Clock {
    /// The clock of these dumps. It stands still when a known dump has no time: its place on the line is a guess then.
    pub(super) fn of(steps: &[Step<'_>]) -> Self {
        let known = || steps.iter().filter(|step| step.summary.is_some());
        let Some(first) = known().find_map(|step| step.time) else {
            return Self(Vec::new());
        };
        if known().any(|step| step.time.is_none()) {
            return Self(Vec::new());
        }
        let hours = |step: &Step<'_>| {
            step.summary?;
            Some(step.time?.duration_since(first).as_secs_f64() / 3600.0)
        };
        Self(steps.iter().map(hours).collect())
    }

    /// The time between the first and the last known dump.
    pub(super) fn span(&self) -> Option<Duration> {
        let times = || self.0.iter().flatten().copied();
        let span = times().fold(f64::MIN, f64::max) - times().fold(f64::MAX, f64::min);
        Duration::try_from_secs_f64(span * 3600.0).ok()
    }

    /// How much came between the first and the last dump, as in every other sentence about growth. Nothing where all
    /// times are within [`TELLING`].
    pub(super) fn rates(&self, points: &[Option<Point>]) -> Option<Rates> {
        let known: Vec<(f64, &Point)> = self
            .0
            .iter()
            .zip(points)
            .filter_map(|(hours, point)| Some(((*hours)?, point.as_ref()?)))
            .collect();
        let times = || known.iter().map(|(hours, _)| *hours);
        let span = times().fold(f64::MIN, f64::max) - times().fold(f64::MAX, f64::min);
        if span < SHORTEST {
            return None;
        }
        let slope = |measure| {
            slope(
                known
                    .iter()
                    .map(|(hours, point)| (*hours, point.get(measure))),
            )
        };
        Some(Rates {
            retained: slope(Measure::Retained)?,
            shallow: slope(Measure::Shallow)?,
            count: slope(Measure::Count)?,
        })
    }
}

/// How fast a figure grows per hour between the first and the last time. Nothing where a time is not known, or all are
/// within [`TELLING`].
pub fn per_hour(times: &[Option<Timestamp>], figures: &[u64]) -> Option<f64> {
    let first = (*times.first()?)?;
    let hours = |time: &Option<Timestamp>| {
        let time = (*time)?;
        Some(time.duration_since(first).as_secs_f64() / 3600.0)
    };
    let hours: Vec<f64> = times.iter().map(hours).collect::<Option<_>>()?;
    let (early, late) = hours.iter().fold((0.0, 0.0), |(early, late), &at| {
        (at.min(early), at.max(late))
    });
    if late - early < SHORTEST {
        return None;
    }
    slope(hours.iter().copied().zip(figures.iter().copied()))
}

fn slope(values: impl Iterator<Item = (f64, u64)> + Clone) -> Option<f64> {
    let first = values.clone().min_by(|a, b| a.0.total_cmp(&b.0))?;
    let last = values.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let time = last.0 - first.0;
    (time > 0.0).then(|| (last.1 as f64 - first.1 as f64) / time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes() {
        let slope = |values: &[(f64, u64)]| slope(values.iter().copied());
        assert_eq!(slope(&[(0.0, 10), (2.0, 30)]), Some(10.0));
        assert_eq!(slope(&[(0.0, 10), (1.0, 10), (2.0, 10)]), Some(0.0));
        assert_eq!(slope(&[(0.0, 30), (1.0, 20), (2.0, 10)]), Some(-10.0));
        assert_eq!(slope(&[(0.0, 10), (1.0, 90), (2.0, 30)]), Some(10.0));
        assert_eq!(slope(&[(1.0, 10), (1.0, 30)]), None, "equal times");
        assert_eq!(slope(&[(1.0, 10)]), None);
        assert_eq!(slope(&[]), None);
    }
}
