//! What piles up at a candidate, and how sure it is that it will go on.

use std::collections::HashMap;

use crate::error::Result;
use crate::task::{CHECK_EVERY, Task};

use super::bounded::Bounded;
use super::classes::Classes;
use super::measure::{Dump, Readings};
use super::piles::{Pile, entries_only, piles, reached_only, unit};
use super::suspect::SHOWN;

/// Steps whose smallest has this share of the largest are even.
const EVEN: f64 = 0.6;
/// What is the runtime's and within its limit is worth no more.
const WITHIN_LIMIT: f64 = 0.3;
const KIB: f64 = 1024.0;

/// What is known of the series as a whole.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// The largest object id of each dump.
    pub max_ids: Vec<u32>,
    /// Bytes of each dump that count for the application.
    pub counted: Vec<u64>,
    /// Objects of each class in each dump.
    pub totals: Vec<Vec<u64>>,
}

impl Course {
    /// Notes what a dump says as a whole.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub(super) fn count(&mut self, dump: &Dump<'_>, task: &Task) -> Result<()> {
        let heap = dump.view.heap;
        self.max_ids.push(heap.max_object_id());
        self.counted.push(dump.view.counted_bytes());
        let mut totals: Vec<u64> = Vec::new();
        for node in heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if heap.shallow(node) == 0 {
                continue;
            }
            let class = dump.numbers.of(heap, node) as usize;
            if class >= totals.len() {
                totals.resize(class + 1, 0);
            }
            totals[class] += 1;
        }
        self.totals.push(totals);
        Ok(())
    }
}

/// In what a suspicion is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Objects of some class become more, and nothing else holds them.
    Objects,
    /// Bytes grow without any class that does: a string or buffer that is replaced by larger ones.
    Bytes,
    /// The holder's entries become more, but others hold them too.
    Entries,
    /// The holder's own table grows: numbers, which are no objects.
    Table,
    /// One dump: what holds much, its growth unknown.
    Size,
}

/// The ingredients of a confidence.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// Intervals in which it grew.
    pub ups: u32,
    /// Intervals in which it shrank.
    pub downs: u32,
    /// Intervals in which hardly anything was allocated.
    pub idle: u32,
    /// Intervals in which the holder existed.
    pub intervals: u32,
    /// Share of the earlier members that are still there, 0 to 1; nothing where it was not measured.
    pub survival: Option<f64>,
    /// Share of the application's growth that it explains, 0 to 1.
    pub share: f64,
}

/// A judgement.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub basis: Basis,
    pub piles: Vec<Pile>,
    /// The class of the entries, if there is one.
    pub unit: Option<u32>,
    /// Bytes in each dump.
    pub bytes: Vec<u64>,
    pub evidence: Evidence,
    pub confidence: f64,
    /// The holder is the runtime's, and below its limit.
    pub bounded: Option<Bounded>,
}

impl Verdict {
    /// Takes into account that the holder is a structure of the runtime.
    pub fn bound(&mut self, bounded: Option<Bounded>) {
        let counts = self.piles.first().map_or(&[][..], |pile| &pile.counts);
        // What has no limit to be compared with is a warm-up as long as it does not grow evenly.
        let steady = counts.len() > 2 && evenness(&steps(counts)) >= EVEN;
        let within = |bounded: &Bounded| match (bounded.limit, counts.last()) {
            (Some(limit), Some(&count)) => count <= limit,
            _ => !steady,
        };
        self.bounded = bounded.filter(within);
        if self.bounded.is_some() {
            self.confidence = self.confidence.min(WITHIN_LIMIT);
        }
    }
}

/// What is judged beside the readings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traits {
    pub top_class: u32,
    pub homogeneity: f64,
    /// New bytes an entry, on average.
    pub mean: f64,
    /// Only roots hold it, which hold much else.
    pub of_roots: bool,
}

pub(super) fn rise(values: &[u64]) -> i64 {
    match (values.first(), values.last()) {
        (Some(&first), Some(&last)) => last as i64 - first as i64,
        _ => 0,
    }
}

/// What piles up, or nothing if nothing does.
pub(super) fn judge(
    readings: &Readings,
    classes: &Classes,
    course: &Course,
    traits: Traits,
) -> Option<Verdict> {
    let bytes: Vec<u64> = readings.all.iter().map(|reading| reading.bytes).collect();
    let unit = unit(readings, classes);
    let piles = piles(
        readings,
        classes,
        course,
        unit.unwrap_or(traits.top_class),
        unit.is_some(),
    );
    let grown = rise(&bytes);
    let application = course.counted.last().copied().unwrap_or(0) as f64;
    let mut found = None;
    if piles.first().is_some_and(|pile| rise(&pile.counts) >= 2) && grown > 0 {
        let basis = Basis::Objects;
        found = Some(objects(
            readings,
            course,
            traits,
            piles,
            unit,
            bytes.clone(),
            basis,
        ));
    }
    if traits.of_roots
        || found
            .as_ref()
            .is_some_and(|verdict| verdict.confidence >= SHOWN)
    {
        return found;
    }
    let held = entries_only(readings).or_else(|| reached_only(readings, traits));
    if let Some(entries) = held {
        let each = |&count: &u64| (count as f64 * traits.mean) as u64;
        let bytes = entries.counts.iter().map(each).collect();
        let unit = Some(entries.class);
        let basis = Basis::Entries;
        return Some(objects(
            readings,
            course,
            traits,
            vec![entries],
            unit,
            bytes,
            basis,
        ));
    }
    if grown as f64 >= (64.0 * KIB).max(application / 100.0) {
        return Some(bytes_only(course, traits, bytes, readings));
    }
    found
}

/// Differences of neighbours.
fn steps(values: &[u64]) -> Vec<f64> {
    values
        .windows(2)
        .map(|pair| pair[1] as f64 - pair[0] as f64)
        .collect()
}

fn base(ups: u32, table: [f64; 5]) -> f64 {
    table[(ups as usize).min(4)]
}

fn share(bytes: &[u64], course: &Course) -> f64 {
    let own = rise(bytes) as f64;
    let all = rise(&course.counted) as f64;
    (own / all.max(own).max(1.0)).clamp(0.0, 1.0)
}

/// Whether hardly anything was allocated in each interval.
fn idle_intervals(course: &Course) -> Vec<bool> {
    let rises = steps(
        &course
            .max_ids
            .iter()
            .map(|&id| u64::from(id))
            .collect::<Vec<_>>(),
    );
    let mut sorted = rises.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    rises
        .iter()
        .map(|&rise| rise < median / 10.0 || rise < 60.0)
        .collect()
}

fn objects(
    readings: &Readings,
    course: &Course,
    traits: Traits,
    piles: Vec<Pile>,
    unit: Option<u32>,
    bytes: Vec<u64>,
    basis: Basis,
) -> Verdict {
    let survivals = match basis {
        Basis::Entries => &readings.entry_survival,
        _ => &readings.survival,
    };
    let judged = judged(&piles, survivals);
    let counts = judged.map(|pile| pile.counts.clone()).unwrap_or_default();
    let (dc, db) = (steps(&counts), steps(&bytes));
    let application = course.counted.last().copied().unwrap_or(0) as f64;
    let is_idle = idle_intervals(course);
    let mut evidence = Evidence {
        share: share(&bytes, course),
        ..Evidence::default()
    };
    let (mut up_counts, mut up_bytes) = (Vec::new(), Vec::new());
    for at in 0..dc.len() {
        let present = |at: usize| readings.all.get(at).is_some_and(|reading| reading.present);
        if !present(at) && !present(at + 1) {
            continue;
        }
        evidence.intervals += 1;
        let (count, size) = (counts[at + 1] as f64, bytes[at + 1] as f64);
        let by_count = dc[at] >= (0.02 * count).max(3.0) && db[at] > 0.0;
        let by_bytes = db[at] >= (0.02 * size).max(64.0 * KIB) && dc[at] > 0.0;
        if by_count || by_bytes {
            evidence.ups += 1;
            up_counts.push(dc[at]);
            up_bytes.push(db[at]);
        } else if dc[at] < -(0.02 * counts[at] as f64).max(2.0) {
            evidence.downs += 1;
        } else if is_idle.get(at).copied().unwrap_or(false) {
            evidence.idle += 1;
        }
    }
    let class = judged.map(|pile| pile.class);
    evidence.survival = class.and_then(|class| survivals.get(&class).copied());
    let survival = evidence.survival.unwrap_or(1.0);
    let more_ups = f64::from(evidence.ups.saturating_sub(2).min(6));
    let fsurv = match survival >= 0.9 {
        true => 1.0,
        // Where most members go again, it is load that rises rather than a heap that fills.
        false => {
            (0.30 + 0.05 * more_ups + 0.65 * survival).min(1.0) * (survival / 0.45).clamp(0.5, 1.0)
        }
    };
    let mono = monotony(&evidence);
    let steady = &up_counts[usize::from(up_counts.len() >= 3)..];
    let even = evenness(steady);
    let grown = rise(&bytes) as f64;
    let size = if grown >= (4.0 * KIB).max(0.0005 * application) {
        1.0
    } else {
        0.4
    };
    let (last_count, last_dc) = (
        counts.last().copied().unwrap_or(0) as f64,
        dc.last().copied().unwrap_or(0.0),
    );
    let last_db = db.last().copied().unwrap_or(0.0);
    let last = if last_dc >= (0.02 * last_count).max(3.0) || last_db >= 64.0 * KIB && last_dc > 0.0
    {
        1.0
    } else if is_idle.last().copied().unwrap_or(false) {
        0.6
    } else {
        0.3
    };
    let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let few = if up_counts.is_empty() {
        0.55
    } else {
        let by_count = (least(&up_counts) / 20.0).clamp(0.0, 1.0);
        let by_bytes = (least(&up_bytes) / (0.02 * application).max(1.0)).clamp(0.0, 1.0);
        0.55 + 0.45 * by_count.max(by_bytes)
    };
    let held = if basis == Basis::Entries { 0.9 } else { 1.0 };
    let confidence = base(evidence.ups, [0.05, 0.45, 0.85, 0.92, 0.96])
        * mono
        * mono
        * fsurv
        * (0.7 + 0.3 * evidence.share.sqrt())
        * (0.85 + 0.15 * even)
        * (0.85 + 0.15 * traits.homogeneity)
        * slow(&dc)
        * size
        * last
        * few
        * held;
    Verdict {
        basis,
        piles,
        unit,
        bytes,
        evidence,
        confidence,
        bounded: None,
    }
}

/// The row whose steps are judged: the first, or where that is of few large objects one that grows in more intervals
/// and stays.
fn judged<'a>(piles: &'a [Pile], survival: &HashMap<u32, f64>) -> Option<&'a Pile> {
    let (first, others) = piles.split_first()?;
    let ups = |pile: &Pile| {
        let rises = steps(&pile.counts).into_iter().zip(&pile.counts[1..]);
        rises
            .filter(|&(step, &count)| step >= (0.02 * count as f64).max(3.0))
            .count()
    };
    let rises = steps(&first.counts).iter().all(|&step| step > 0.0);
    let own = ups(first);
    let best = others
        .iter()
        .filter(|pile| survival.get(&pile.class).is_some_and(|&share| share >= 0.9))
        .find(|pile| rises && ups(pile) > own);
    Some(best.unwrap_or(first))
}

fn monotony(evidence: &Evidence) -> f64 {
    let steps =
        f64::from(evidence.ups) + f64::from(evidence.idle) / 2.0 - f64::from(evidence.downs);
    (steps / f64::from(evidence.intervals.max(1))).clamp(0.0, 1.0)
}

/// The smallest by the largest, 1 for fewer than two.
fn evenness(values: &[f64]) -> f64 {
    let most = values.iter().copied().fold(0.0, f64::max);
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    if values.len() < 2 || most <= 0.0 {
        1.0
    } else {
        (least / most).clamp(0.0, 1.0)
    }
}

/// Half where the growth is dying down.
fn slow(changes: &[f64]) -> f64 {
    let dying = match changes {
        [first, second] => *second < 0.15 * first,
        [_, between @ .., last] if !between.is_empty() => {
            let mut sorted = between.to_vec();
            sorted.sort_by(f64::total_cmp);
            let falling = changes.windows(2).all(|pair| pair[1] <= 0.65 * pair[0]);
            *last < 0.15 * sorted[sorted.len() / 2] || falling
        }
        _ => false,
    };
    if dying { 0.5 } else { 1.0 }
}

/// A judgement by bytes alone: `least_up` bytes in an interval are a rise.
fn by_bytes(
    course: &Course,
    bytes: Vec<u64>,
    table: [f64; 5],
    least_up: f64,
    basis: Basis,
) -> Verdict {
    let db = steps(&bytes);
    let is_idle = idle_intervals(course);
    let mut evidence = Evidence {
        share: share(&bytes, course),
        intervals: db.len() as u32,
        ..Evidence::default()
    };
    for (at, &change) in db.iter().enumerate() {
        let threshold = (0.05 * bytes[at + 1] as f64).max(least_up);
        if change >= threshold {
            evidence.ups += 1;
        } else if change < -threshold {
            evidence.downs += 1;
        } else if is_idle.get(at).copied().unwrap_or(false) {
            evidence.idle += 1;
        }
    }
    let mono = monotony(&evidence);
    let confidence = base(evidence.ups, table) * mono * mono * (0.7 + 0.3 * evidence.share.sqrt());
    Verdict {
        basis,
        piles: Vec::new(),
        unit: None,
        bytes,
        evidence,
        confidence,
        bounded: None,
    }
}

fn bytes_only(course: &Course, traits: Traits, bytes: Vec<u64>, readings: &Readings) -> Verdict {
    let even = evenness(&steps(&bytes));
    let table = [0.05, 0.40, 0.80, 0.88, 0.92];
    let mut verdict = by_bytes(course, bytes, table, 16.0 * KIB, Basis::Bytes);
    verdict.confidence *= if even >= 0.4 { 0.9 } else { 0.6 };
    let counts = readings
        .all
        .iter()
        .map(|reading| reading.count(traits.top_class));
    verdict.piles = vec![Pile {
        class: traits.top_class,
        held: readings
            .all
            .last()
            .map_or(0, |reading| reading.count(traits.top_class)),
        counts: counts.collect(),
        whole_dump: false,
    }];
    verdict
}

/// A judgement of a table's own size.
pub(super) fn table(course: &Course, bytes: Vec<u64>) -> Verdict {
    let grown = rise(&bytes) as f64;
    let application = course.counted.last().copied().unwrap_or(0) as f64;
    let last = steps(&bytes).last().copied().unwrap_or(0.0);
    let ups = [0.05, 0.40, 0.85, 0.92, 0.96];
    let mut verdict = by_bytes(course, bytes, ups, KIB, Basis::Table);
    verdict.confidence *= if last >= KIB { 0.9 } else { 0.3 };
    verdict.confidence *= if grown >= (16.0 * KIB).max(0.001 * application) {
        1.0
    } else {
        0.5
    };
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_that_dies_down_is_slow() {
        assert_eq!(slow(&[100.0, 100.0]), 1.0);
        assert_eq!(slow(&[100.0, 10.0]), 0.5);
        assert_eq!(slow(&[100.0, 50.0, 25.0]), 0.5);
        assert_eq!(slow(&[100.0, 100.0, 100.0, 10.0]), 0.5);
        assert_eq!(slow(&[100.0, 80.0, 90.0]), 1.0);
        assert_eq!(slow(&[100.0]), 1.0);
    }

    #[test]
    fn two_dumps_never_accuse() {
        let course = Course {
            max_ids: vec![1000, 9000],
            counted: vec![1 << 20, 9 << 20],
            totals: Vec::new(),
        };
        assert!(table(&course, vec![1 << 20, 9 << 20]).confidence < 0.5);
        let course = Course {
            max_ids: vec![1000, 9000, 17000],
            counted: vec![1 << 20, 9 << 20, 17 << 20],
            totals: Vec::new(),
        };
        assert!(table(&course, vec![1 << 20, 9 << 20, 17 << 20]).confidence > 0.5);
    }
}
