use proptest::prelude::*;

use super::*;
use crate::analysis::suspects::LIKELY_LEAK;
use crate::analysis::suspects::classes::Tier;
use crate::analysis::suspects::measure::{Measurement, Tally};

/// The class of the members.
const MEMBER: usize = 0;
/// A class of the same holder's whose objects stay as many as they are.
const STEADY: usize = 1;

/// A made-up series: members of one class at one holder.
#[derive(Debug, Clone)]
struct Series {
    counts: Vec<u64>,
    /// Bytes of a member.
    size: u64,
    /// Bytes of the rest of the application in each dump.
    rest: u64,
    /// Share of the members that stay.
    survival: f64,
    /// Objects of another class, as many in each dump, that do not belong to the holder.
    steady: u64,
}

impl Series {
    fn verdict(&self) -> Option<Verdict> {
        let measurement = |&count: &u64| {
            let bytes = count * self.size;
            Measurement {
                present: true,
                bytes,
                freed: HashMap::from_iter([(
                    ClassNo::at(MEMBER),
                    Tally {
                        count,
                        bytes,
                        ..Tally::default()
                    },
                )]),
                entries: HashMap::from_iter([(ClassNo::at(MEMBER), count)]),
                owned: HashMap::from_iter([(ClassNo::at(MEMBER), count)]),
                largest: self.size,
                ..Measurement::default()
            }
        };
        let measurements = Measurements {
            all: self.counts.iter().map(measurement).collect(),
            survival: HashMap::from_iter([(ClassNo::at(MEMBER), self.survival)]),
            entry_survival: HashMap::from_iter([(ClassNo::at(MEMBER), self.survival)]),
            ..Measurements::default()
        };
        let totals = Totals {
            heap_bytes: Vec::new(),
            max_ids: (1..).step_by(10_000).take(self.counts.len()).collect(),
            application_bytes: self
                .counts
                .iter()
                .map(|count| self.rest + count * self.size)
                .collect(),
            by_class: self
                .counts
                .iter()
                .map(|&count| vec![count, self.steady])
                .collect(),
        };
        let stats = GroupStats {
            top_class: Some(ClassNo::at(MEMBER)),
            homogeneity: 1.0,
            mean: self.size as f64,
            of_roots: false,
        };
        let classes = Classes::of_tiers(&[Tier::Application, Tier::Application]);
        judge(&measurements, &classes, &totals, stats)
    }

    /// Whether both are read in the same: what is hardly anything by objects is read by entries or bytes instead, whose
    /// confidences are not to be compared with it.
    fn is_read_as(&self, other: &Self) -> bool {
        let basis = |series: &Self| series.verdict().map(|verdict| verdict.basis);
        basis(self) == basis(other)
    }

    fn confidence(&self) -> f64 {
        self.verdict().map_or(0.0, |verdict| verdict.confidence)
    }
}

prop_compose! {
    /// A series that grows at every step.
    fn growing()(
        first in 0u64..2000,
        steps in prop::collection::vec(1u64..500, 1..7),
        size in 16u64..20_000,
        rest in 0u64..(1 << 28),
        survival in 0.0..=1.0f64,
    ) -> Series {
        let mut counts = vec![first];
        for step in steps {
            counts.push(counts[counts.len() - 1] + step);
        }
        Series { counts, size, rest, survival, steady: 0 }
    }
}

impl Series {
    /// Whether each interval is up, so that more growth changes nothing about which are.
    fn is_up_throughout(&self) -> bool {
        let intervals = (self.counts.len() - 1) as u32;
        self.verdict()
            .is_some_and(|verdict| verdict.evidence.ups == intervals)
    }
}

proptest! {
    #[test]
    fn more_growth_never_lowers_a_confidence(series in growing(), times in 1u64..20) {
        prop_assume!(series.is_up_throughout());
        let mut more = series.clone();
        let first = series.counts[0];
        for count in &mut more.counts {
            *count = first + (*count - first) * times;
        }
        prop_assume!(more.is_read_as(&series));
        prop_assert!(more.confidence() >= series.confidence() - 1e-9);
    }

    #[test]
    fn more_survivors_never_lower_a_confidence(series in growing(), survival in 0.0..=1.0f64) {
        let more = Series { survival: series.survival.max(survival), ..series.clone() };
        prop_assume!(more.is_read_as(&series));
        prop_assert!(more.confidence() >= series.confidence() - 1e-9);
    }

    #[test]
    fn a_smaller_heap_around_it_never_lowers_a_confidence(series in growing(), part in 0.0..=1.0f64) {
        let rest = (series.rest as f64 * part) as u64;
        let smaller = Series { rest, ..series.clone() };
        prop_assume!(smaller.is_read_as(&series));
        prop_assert!(smaller.confidence() >= series.confidence() - 1e-9);
    }

    #[test]
    fn another_interval_that_grows_alike_never_lowers_a_confidence(
        first in 0u64..2000, step in 1u64..500, intervals in 1u64..4, size in 16u64..20_000, rest in 0u64..(1 << 28),
    ) {
        let series = |intervals: u64| Series {
            counts: (0..=intervals).map(|at| first + at * step).collect(),
            size, rest, survival: 1.0, steady: 0,
        };
        let (fewer, more) = (series(intervals), series(intervals + 1));
        prop_assume!(more.is_up_throughout());
        prop_assert!(more.confidence() >= fewer.confidence() - 1e-9);
    }

    #[test]
    fn a_steady_class_elsewhere_changes_nothing(series in growing(), steady in 0u64..100_000) {
        let beside = Series { steady, ..series.clone() };
        prop_assert_eq!(beside.confidence(), series.confidence());
        let accumulating = |series: &Series| series.verdict().map(|verdict| verdict.accumulating);
        prop_assert_eq!(accumulating(&beside), accumulating(&series));
    }

    #[test]
    fn two_dumps_and_what_does_not_grow_are_never_likely_leaks(series in growing()) {
        let two = Series { counts: series.counts[..2].to_vec(), ..series.clone() };
        prop_assert!(two.confidence() < LIKELY_LEAK);
        let mut shrinks = series.clone();
        shrinks.counts.reverse();
        prop_assert!(shrinks.confidence() < LIKELY_LEAK);
        let flat = Series { counts: vec![series.counts[0]; 4], ..series };
        prop_assert!(flat.confidence() < LIKELY_LEAK);
    }

    #[test]
    fn a_confidence_is_a_share(series in growing()) {
        prop_assert!((0.0..=1.0).contains(&series.confidence()));
    }
}

#[test]
fn what_stays_as_it_is_beside_the_members_does_not_accumulate() {
    let series = Series {
        counts: vec![100, 200, 300],
        size: 400,
        rest: 1 << 20,
        survival: 1.0,
        steady: 70,
    };
    let verdict = series.verdict().unwrap();
    assert!(verdict.confidence > LIKELY_LEAK, "{}", verdict.confidence);
    assert_eq!(verdict.accumulating.len(), 1);
    assert_eq!(verdict.accumulating[0].counts, [100, 200, 300]);
    assert!(
        verdict
            .accumulating
            .iter()
            .all(|row| row.class != ClassNo::at(STEADY))
    );
}

#[test]
fn growth_that_dies_down_is_worth_less() {
    assert_eq!(dying(&[100.0, 100.0]), 1.0);
    assert_eq!(dying(&[100.0, 10.0]), 0.5);
    assert_eq!(dying(&[100.0, 50.0, 25.0]), 0.5);
    assert_eq!(dying(&[100.0, 100.0, 100.0, 10.0]), 0.5);
    assert_eq!(dying(&[100.0, 80.0, 90.0]), 1.0);
    assert_eq!(dying(&[100.0]), 1.0);
}

#[test]
fn two_dumps_never_accuse() {
    let totals = Totals {
        heap_bytes: Vec::new(),
        max_ids: vec![1000, 9000],
        application_bytes: vec![1 << 20, 9 << 20],
        by_class: Vec::new(),
    };
    assert!(table(&totals, vec![1 << 20, 9 << 20]).confidence < 0.5);
    let totals = Totals {
        heap_bytes: Vec::new(),
        max_ids: vec![1000, 9000, 17000],
        application_bytes: vec![1 << 20, 9 << 20, 17 << 20],
        by_class: Vec::new(),
    };
    assert!(table(&totals, vec![1 << 20, 9 << 20, 17 << 20]).confidence > 0.5);
}
