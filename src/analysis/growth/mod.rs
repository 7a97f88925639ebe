//! What grows over the dumps of a series, how fast, and how steadily.
//!
//! Lives here: what is kept of each dump ([`DumpSummary`]), the rows over all of them, verdicts and rates. Does not live here:
//! which dumps make up a series, and when they are loaded.

mod dump_summary;
mod point;
mod rate;
mod verdict;

pub(crate) use dump_summary::origin;
pub use dump_summary::{ClassSummary, DumpSummary, Origin, Step};
pub use point::{Measure, Point};
pub use rate::{Rates, TELLING, per_hour};
pub use verdict::Verdict;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use rate::Clock;

use crate::analysis::comparable::{Comparability, comparable};
use crate::heap::{Class, Place};
use crate::text::order::utf16_cmp;

/// By what classes of different dumps are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Join {
    /// By name and constructor's place.
    Place,
    /// By name alone: scripts have other numbers in other processes.
    Name,
}

/// A class over the dumps.
#[derive(Debug, Clone, PartialEq)]
pub struct GrowthRow {
    /// The class; without a place where classes are joined by name.
    pub class: Class,
    /// Where its constructor was written, for people, by the last dump that has it: `file.js:41:12`.
    pub place: Option<String>,
    /// Whose class it is.
    pub origin: Origin,
    /// Its figures in each dump; nothing where the dump is not known, zeros where it has no such object.
    pub points: Vec<Option<Point>>,
    /// How it goes.
    pub verdict: Verdict,
    /// How fast each figure grows in an hour; nothing without times that differ.
    pub per_hour: Option<Rates>,
}

impl GrowthRow {
    /// Last known figure less first known figure.
    pub fn rise(&self, measure: Measure) -> i64 {
        let mut known = self.points.iter().flatten();
        let first = known.next().map_or(0, |point| point.get(measure));
        let last = known.next_back().map_or(first, |point| point.get(measure));
        last as i64 - first as i64
    }
}

/// The growth of a series.
#[derive(Debug, Clone)]
pub struct Growth {
    /// The classes, worst first; see [`growth`].
    pub rows: Vec<GrowthRow>,
    /// All objects of each dump; the retained size is DevTools' total, native memory with it.
    pub totals: Vec<Option<Point>>,
    /// How fast the heap grows in an hour.
    pub total_per_hour: Option<Rates>,
    /// The time between the first and the last known dump; nothing where a time is not known.
    pub span: Option<Duration>,
    /// By what the classes were joined.
    pub join: Join,
    /// For each known dump but the first: whether its ids can be compared with those of the known one before.
    pub comparable: Vec<(usize, Comparability)>,
}

impl Growth {
    /// How many dumps are known.
    pub fn known(&self) -> usize {
        self.totals.iter().flatten().count()
    }

    /// Whether there are enough dumps for verdicts to mean more than "this is the difference".
    pub fn is_conclusive(&self) -> bool {
        self.known() >= 3
    }

    /// Whether the dumps are far enough apart to tell rates; see [`TELLING`].
    pub fn tells_rates(&self) -> bool {
        self.span.is_some_and(|span| span >= TELLING)
    }

    /// The first reason why ids cannot be compared throughout, with the place of the later dump.
    pub fn incomparable(&self) -> Option<(usize, &str)> {
        self.comparable
            .iter()
            .find_map(|(at, found)| Some((*at, found.reason.as_deref()?)))
    }
}

/// The classes of all dumps, worst first.
///
/// Where the ids of all neighbours fit, classes are joined by name and place, else by name. Worst first means: what
/// grows at every step before what was noisy on the way up, then what warmed up, stayed, fell. Of what grows, classes
/// of the application that make up at least a hundredth of the heap's growth come first, then the runtime's, then the
/// engine's and all small ones. Within these, the larger growth of the retained size comes first, then that of the
/// shallow size, then that of the count, then the larger retained size in the last dump, then the name.
pub fn growth(steps: &[Step<'_>]) -> Growth {
    let comparable = neighbours(steps);
    let join = if comparable.iter().all(|(_, found)| found.is_comparable()) {
        Join::Place
    } else {
        Join::Name
    };
    let clock = Clock::of(steps);
    let totals: Vec<Option<Point>> = steps
        .iter()
        .map(|step| step.summary.map(|summary| summary.total))
        .collect();
    let mut rows = joined(steps, join);
    for row in &mut rows {
        row.verdict = Verdict::of(&row.points.iter().flatten().copied().collect::<Vec<_>>());
        row.per_hour = clock.rates(&row.points);
    }
    sort(&mut rows, heap_rise(&totals));
    Growth {
        total_per_hour: clock.rates(&totals),
        span: clock.span(),
        rows,
        totals,
        join,
        comparable,
    }
}

fn neighbours(steps: &[Step<'_>]) -> Vec<(usize, Comparability)> {
    let known: Vec<(usize, &DumpSummary)> = steps
        .iter()
        .enumerate()
        .filter_map(|(at, step)| Some((at, step.summary?)))
        .collect();
    known
        .windows(2)
        .map(|pair| {
            let (before, after) = (&pair[0].1.fingerprint, &pair[1].1.fingerprint);
            (pair[1].0, comparable(before, after))
        })
        .collect()
}

/// The classes of all dumps in the order in which they come up, without verdicts.
fn joined(steps: &[Step<'_>], join: Join) -> Vec<GrowthRow> {
    let mut places: HashMap<(&str, Option<Place>), usize> = HashMap::new();
    let mut rows: Vec<GrowthRow> = Vec::new();
    let nothing: Vec<Option<Point>> = steps
        .iter()
        .map(|step| step.summary.map(|_| Point::default()))
        .collect();
    for (at, step) in steps.iter().enumerate() {
        for class in step.summary.iter().flat_map(|summary| &summary.classes) {
            let place = class.class.place.filter(|_| join == Join::Place);
            let row = *places.entry((&class.class.name, place)).or_insert_with(|| {
                rows.push(GrowthRow {
                    class: Class {
                        name: class.class.name.clone(),
                        place,
                    },
                    place: None,
                    origin: class.origin,
                    points: nothing.clone(),
                    verdict: Verdict::Plateau,
                    per_hour: None,
                });
                rows.len() - 1
            });
            let row = &mut rows[row];
            row.origin = row.origin.min(class.origin);
            if class.place.is_some() {
                row.place.clone_from(&class.place);
            }
            if let Some(point) = &mut row.points[at] {
                // Same-named classes of several places may hold each other: their sum is an upper bound then.
                point.count += class.point.count;
                point.shallow += class.point.shallow;
                point.retained += class.point.retained;
            }
        }
    }
    rows
}

fn heap_rise(totals: &[Option<Point>]) -> i64 {
    let mut known = totals.iter().flatten();
    let first = known.next().map_or(0, |point| point.retained);
    let last = known.next_back().map_or(first, |point| point.retained);
    last as i64 - first as i64
}

fn sort(rows: &mut [GrowthRow], heap_rise: i64) {
    rows.sort_by(|a, b| {
        let key = |row: &GrowthRow| {
            let rises = [Measure::Retained, Measure::Shallow, Measure::Count];
            let last = row.points.iter().rev().flatten().next();
            (
                tier(row, heap_rise),
                rises.map(|measure| Reverse(row.rise(measure))),
                Reverse(last.map(|point| point.retained)),
            )
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| utf16_cmp(&a.class.name, &b.class.name))
            .then(a.class.place.cmp(&b.class.place))
    });
}

/// How far behind a row stands.
fn tier(row: &GrowthRow, heap_rise: i64) -> u8 {
    let rise = row.rise(Measure::Retained);
    let matters = rise.saturating_mul(100) >= heap_rise;
    match (row.verdict, row.origin) {
        (Verdict::Growing, Origin::Application) if matters => 0,
        (Verdict::Growing, Origin::Runtime) if matters => 1,
        (Verdict::Growing, _) => 2,
        (Verdict::Noisy, _) if rise > 0 => 3,
        (Verdict::WarmUp, _) => 4,
        (Verdict::Plateau, _) => 5,
        (Verdict::Noisy, _) => 6,
        (Verdict::Shrinking, _) => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn summary(classes: &[(&str, Origin, u64, u64)]) -> DumpSummary {
        let classes: Vec<ClassSummary> = classes
            .iter()
            .map(|&(name, origin, count, retained)| ClassSummary {
                class: Class {
                    name: name.to_owned(),
                    place: Some(Place {
                        script_id: 1,
                        line: 2,
                        column: 3,
                    }),
                },
                place: None,
                origin,
                point: Point {
                    count,
                    shallow: count * 16,
                    retained,
                },
            })
            .collect();
        DumpSummary {
            total: Point {
                count: classes.iter().map(|class| class.point.count).sum(),
                shallow: 0,
                retained: classes.iter().map(|class| class.point.retained).sum(),
            },
            classes,
            ..DumpSummary::default()
        }
    }

    fn of(summaries: &[Option<DumpSummary>], seconds: &[Option<i64>]) -> Growth {
        let steps: Vec<Step<'_>> = summaries
            .iter()
            .zip(seconds)
            .map(|(summary, second)| Step {
                summary: summary.as_ref(),
                time: second.map(|second| Timestamp::from_second(second).unwrap()),
            })
            .collect();
        growth(&steps)
    }

    fn names(growth: &Growth) -> Vec<&str> {
        growth
            .rows
            .iter()
            .map(|row| row.class.name.as_str())
            .collect()
    }

    #[test]
    fn worst_first() {
        let dump = |k: u64| {
            Some(summary(&[
                ("(array)", Origin::Engine, 100 + 50 * k, 9_000_000 * (k + 1)),
                ("Tiny", Origin::Application, 10 + 5 * k, 100 * k),
                ("Session", Origin::Application, 10 + 10 * k, 1_000_000 * k),
                ("Map", Origin::Runtime, 10 + 10 * k, 2_000_000 * k),
                ("Cache", Origin::Application, 500, 5_000_000),
                (
                    "Pool",
                    Origin::Application,
                    100 - 20 * k,
                    5_000_000 - 1_000_000 * k,
                ),
            ]))
        };
        let summaries = [dump(0), dump(1), dump(2)];
        let growth = of(&summaries, &[Some(0), Some(1800), Some(3600)]);
        assert_eq!(
            names(&growth),
            ["Session", "Map", "(array)", "Tiny", "Cache", "Pool"]
        );
        let session = &growth.rows[0];
        assert_eq!(session.verdict, Verdict::Growing);
        assert_eq!(session.rise(Measure::Count), 20);
        assert_eq!(
            session.per_hour.unwrap().get(Measure::Retained),
            2_000_000.0
        );
        assert!(growth.is_conclusive());
    }

    #[test]
    fn gaps_are_not_zeros() {
        let dump = |count| {
            Some(summary(&[(
                "A",
                Origin::Application,
                count,
                count * 100_000,
            )]))
        };
        let summaries = [dump(10), None, dump(30), dump(50)];
        let growth = of(&summaries, &[Some(0), Some(1), Some(2), Some(3)]);
        let row = &growth.rows[0];
        assert_eq!(row.verdict, Verdict::Growing);
        assert_eq!(row.points[1], None);
        assert_eq!(growth.totals[1], None);
        assert_eq!((growth.known(), growth.comparable.len()), (3, 2));
    }

    #[test]
    fn absence_is_zero() {
        let summaries = [
            Some(summary(&[])),
            Some(summary(&[("A", Origin::Application, 50, 5_000)])),
            Some(summary(&[("A", Origin::Application, 100, 10_000)])),
        ];
        let growth = of(&summaries, &[None, None, None]);
        assert_eq!(growth.rows[0].points[0], Some(Point::default()));
        assert_eq!(growth.rows[0].verdict, Verdict::Growing);
        assert_eq!(growth.rows[0].per_hour, None);
    }

    #[test]
    fn one_dump_and_none() {
        let summaries = [Some(summary(&[("A", Origin::Application, 1, 1)]))];
        let growth = of(&summaries, &[Some(5)]);
        assert_eq!(growth.rows[0].verdict, Verdict::Plateau);
        assert_eq!(growth.rows[0].per_hour, None);
        assert!(!growth.is_conclusive());
        assert!(super::growth(&[]).rows.is_empty());
    }

    #[test]
    fn other_processes_are_joined_by_name() {
        let mut later = summary(&[("A", Origin::Application, 20, 2_000)]);
        later.classes[0].class.place = Some(Place {
            script_id: 77,
            line: 0,
            column: 0,
        });
        // Empty fingerprints share nothing, which is how two processes look.
        let summaries = [
            Some(summary(&[("A", Origin::Application, 10, 1_000)])),
            Some(later),
        ];
        let growth = of(&summaries, &[None, None]);
        assert_eq!((growth.rows.len(), growth.join), (1, Join::Name));
        assert_eq!(growth.rows[0].class.place, None);
        assert_eq!(growth.incomparable().unwrap().0, 1);
    }
}
