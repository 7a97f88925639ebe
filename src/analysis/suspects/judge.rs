//! What accumulates at a candidate, and how sure it is that it will go on.

use foldhash::HashMap;

use super::accumulating::{Accumulation, entries_only, entry_class, reached_only};
use super::candidate::GroupStats;
use super::classes::{ClassNo, Classes};
use super::measure::Measurements;
use super::steps::{evenness, rise, steps};
use super::totals::Totals;
use super::verdict::{AccumulatingClass, Basis, Evidence, Verdict};
use super::weights::{SHOWN, WEIGHTS};

/// A verdict on what accumulates; `None` where nothing does.
pub(super) fn judge(
    measurements: &Measurements,
    classes: &Classes,
    totals: &Totals,
    stats: GroupStats,
) -> Option<Verdict> {
    let judge = Judge {
        measurements,
        totals,
        stats,
    };
    let bytes = measurements.each(|one| one.bytes);
    let entry_class = entry_class(measurements, classes);
    let accumulation = Accumulation {
        measurements,
        classes,
        totals,
        members: entry_class.or(stats.top_class),
        by_entries: entry_class.is_some(),
    };
    let accumulating = accumulation.rows();
    let grown = rise(&bytes);
    let accumulates = accumulating
        .first()
        .is_some_and(|row| rise(&row.counts) >= 2)
        && grown > 0;
    let found = accumulates
        .then(|| judge.objects(accumulating, entry_class, bytes.clone(), Basis::Objects));
    let is_enough = |verdict: &Verdict| verdict.confidence >= SHOWN;
    if stats.of_roots || found.as_ref().is_some_and(is_enough) {
        return found;
    }
    if let Some(entries) = entries_only(measurements).or_else(|| reached_only(measurements, stats))
    {
        let each = |&count: &u64| (count as f64 * stats.mean) as u64;
        let bytes = entries.counts.iter().map(each).collect();
        let entry_class = Some(entries.class);
        return Some(judge.objects(vec![entries], entry_class, bytes, Basis::Entries));
    }
    let least = WEIGHTS
        .least_bytes_only
        .max(totals.application() * WEIGHTS.least_bytes_only_share);
    match grown as f64 >= least {
        true => Some(judge.bytes_only(bytes)),
        false => found,
    }
}

/// A judgement of a table's own size.
pub(super) fn table(totals: &Totals, bytes: Vec<u64>) -> Verdict {
    let grown = rise(&bytes) as f64;
    let last = steps(&bytes).last().copied().unwrap_or(0.0);
    let mut verdict = by_bytes(
        totals,
        bytes,
        WEIGHTS.tables,
        WEIGHTS.table_up,
        Basis::Table,
    );
    let (grows, ended) = WEIGHTS.table_last;
    verdict.confidence *= if last >= WEIGHTS.table_up {
        grows
    } else {
        ended
    };
    let least = WEIGHTS
        .table_least
        .max(WEIGHTS.table_least_share * totals.application());
    if grown < least {
        verdict.confidence *= WEIGHTS.table_little;
    }
    verdict
}

/// A candidate that is judged.
struct Judge<'a> {
    measurements: &'a Measurements,
    totals: &'a Totals,
    stats: GroupStats,
}

/// What the intervals of a series show.
#[derive(Default)]
struct Intervals {
    evidence: Evidence,
    /// The steps of those that are up, by count and by bytes.
    up_counts: Vec<f64>,
    up_bytes: Vec<f64>,
}

impl Judge<'_> {
    fn objects(
        &self,
        accumulating: Vec<AccumulatingClass>,
        entry_class: Option<ClassNo>,
        bytes: Vec<u64>,
        basis: Basis,
    ) -> Verdict {
        let survivals = match basis {
            Basis::Entries => &self.measurements.entry_survival,
            _ => &self.measurements.survival,
        };
        let judged = judged(&accumulating, survivals);
        let counts = judged.map(|row| row.counts.clone()).unwrap_or_default();
        let Intervals {
            mut evidence,
            up_counts,
            up_bytes,
        } = self.intervals(&counts, &bytes);
        let class = judged.map(|row| row.class);
        evidence.share = self.totals.share(&bytes);
        evidence.heap_share = self.totals.heap_share(&bytes);
        evidence.survival = class.and_then(|class| survivals.get(&class).copied());
        let monotony = monotony(&evidence);
        let steady = &up_counts[usize::from(up_counts.len() >= 3)..];
        let factors = [
            base(evidence.ups, WEIGHTS.objects),
            monotony * monotony,
            survival(&evidence),
            WEIGHTS.share.at(evidence.share.sqrt()),
            WEIGHTS.evenness.at(evenness(steady)),
            WEIGHTS.homogeneity.at(self.stats.homogeneity),
            dying(&steps(&counts)),
            self.size(&bytes),
            self.last(&counts, &bytes),
            self.few(&up_counts, &up_bytes),
            match basis {
                Basis::Entries => WEIGHTS.shared,
                _ => 1.0,
            },
        ];
        Verdict {
            basis,
            accumulating,
            entry_class,
            bytes,
            evidence,
            confidence: factors.iter().product(),
            bounded: None,
        }
    }

    /// Which intervals are up, down, idle.
    fn intervals(&self, counts: &[u64], bytes: &[u64]) -> Intervals {
        let mut found = Intervals::default();
        let idle = self.totals.idle_intervals();
        let present = |at: usize| {
            let measurement = self.measurements.all.get(at);
            measurement.is_some_and(|measurement| measurement.present)
        };
        let (more, larger) = (steps(counts), steps(bytes));
        for (at, (&more, &larger)) in more.iter().zip(&larger).enumerate() {
            if !present(at) && !present(at + 1) {
                continue;
            }
            let evidence = &mut found.evidence;
            evidence.intervals += 1;
            let by_count = is_up(more, counts[at + 1]) && larger > 0.0;
            let share = WEIGHTS.up_share * bytes[at + 1] as f64;
            let by_bytes = larger >= share.max(WEIGHTS.up_bytes) && more > 0.0;
            let share = WEIGHTS.up_share * counts[at] as f64;
            if by_count || by_bytes {
                evidence.ups += 1;
                found.up_counts.push(more);
                found.up_bytes.push(larger);
            } else if more < -share.max(WEIGHTS.down_count) {
                evidence.downs += 1;
            } else if idle.get(at).copied().unwrap_or(false) {
                evidence.idle += 1;
            }
        }
        found
    }

    fn size(&self, bytes: &[u64]) -> f64 {
        let least = WEIGHTS.least_share * self.totals.application();
        match rise(bytes) as f64 >= least.max(WEIGHTS.least_bytes) {
            true => 1.0,
            false => WEIGHTS.little,
        }
    }

    fn last(&self, counts: &[u64], bytes: &[u64]) -> f64 {
        let last = |values: &[u64]| steps(values).last().copied().unwrap_or(0.0);
        let more = last(counts);
        let idle = self.totals.idle_intervals();
        let grows = is_up(more, counts.last().copied().unwrap_or(0))
            || last(bytes) >= WEIGHTS.up_bytes && more > 0.0;
        match (grows, idle.last()) {
            (true, _) => 1.0,
            (false, Some(true)) => WEIGHTS.last_idle,
            (false, _) => WEIGHTS.last_flat,
        }
    }

    fn few(&self, up_counts: &[f64], up_bytes: &[f64]) -> f64 {
        if up_counts.is_empty() {
            return WEIGHTS.few.least;
        }
        let least = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
        let enough = (WEIGHTS.enough_share * self.totals.application()).max(1.0);
        let by_count = (least(up_counts) / WEIGHTS.enough_count).clamp(0.0, 1.0);
        let by_bytes = (least(up_bytes) / enough).clamp(0.0, 1.0);
        WEIGHTS.few.at(by_count.max(by_bytes))
    }

    fn bytes_only(&self, bytes: Vec<u64>) -> Verdict {
        let (even, uneven) = WEIGHTS.bytes_evenness;
        let is_even = evenness(&steps(&bytes)) >= WEIGHTS.bytes_even;
        let (table, up) = (WEIGHTS.bytes, WEIGHTS.bytes_up);
        let mut verdict = by_bytes(self.totals, bytes, table, up, Basis::Bytes);
        verdict.confidence *= if is_even { even } else { uneven };
        let row = |class| AccumulatingClass::of_holder(class, self.measurements.counts(class));
        verdict.accumulating = self.stats.top_class.map(row).into_iter().collect();
        verdict
    }
}

/// Whether a step is one up, for so many objects behind it.
fn is_up(step: f64, count: u64) -> bool {
    step >= (WEIGHTS.up_share * count as f64).max(WEIGHTS.up_count)
}

fn base(ups: u32, table: [f64; 5]) -> f64 {
    table[(ups as usize).min(4)]
}

/// Where most members go again, it is load that rises rather than a heap that fills.
fn survival(evidence: &Evidence) -> f64 {
    let survival = evidence.survival.unwrap_or(1.0);
    if survival >= WEIGHTS.survives {
        return 1.0;
    }
    let (none, for_each, all) = WEIGHTS.survival;
    let more_ups = f64::from(evidence.ups.saturating_sub(2).min(6));
    let factor = (none + for_each * more_ups + all * survival).min(1.0);
    factor * (survival / WEIGHTS.drained).clamp(0.5, 1.0)
}

/// The row whose steps are judged: the first, or where that is of few large objects one that grows in more intervals
/// and stays.
fn judged<'a>(
    accumulating: &'a [AccumulatingClass],
    survival: &HashMap<ClassNo, f64>,
) -> Option<&'a AccumulatingClass> {
    let (first, others) = accumulating.split_first()?;
    let ups = |row: &AccumulatingClass| {
        let rises = steps(&row.counts).into_iter().zip(&row.counts[1..]);
        rises.filter(|&(step, &count)| is_up(step, count)).count()
    };
    let stays = |row: &&AccumulatingClass| {
        survival
            .get(&row.class)
            .is_some_and(|&share| share >= WEIGHTS.survives)
    };
    let rises = steps(&first.counts).iter().all(|&step| step > 0.0);
    let own = ups(first);
    let best = others
        .iter()
        .filter(stays)
        .find(|row| rises && ups(row) > own);
    Some(best.unwrap_or(first))
}

fn monotony(evidence: &Evidence) -> f64 {
    let steps =
        f64::from(evidence.ups) + f64::from(evidence.idle) / 2.0 - f64::from(evidence.downs);
    (steps / f64::from(evidence.intervals.max(1))).clamp(0.0, 1.0)
}

/// Less than 1 where the growth is dying down.
fn dying(changes: &[f64]) -> f64 {
    let is_dying = match changes {
        [first, second] => *second < WEIGHTS.dying_last * first,
        [_, between @ .., last] if !between.is_empty() => {
            let mut sorted = between.to_vec();
            sorted.sort_by(f64::total_cmp);
            let mut pairs = changes.windows(2);
            let falls = pairs.all(|pair| pair[1] <= WEIGHTS.dying_step * pair[0]);
            *last < WEIGHTS.dying_last * sorted[sorted.len() / 2] || falls
        }
        _ => false,
    };
    if is_dying { WEIGHTS.dying } else { 1.0 }
}

/// A judgement by bytes alone: `least_up` bytes in an interval are a rise.
fn by_bytes(
    totals: &Totals,
    bytes: Vec<u64>,
    table: [f64; 5],
    least_up: f64,
    basis: Basis,
) -> Verdict {
    let changes = steps(&bytes);
    let idle = totals.idle_intervals();
    let mut evidence = Evidence {
        share: totals.share(&bytes),
        heap_share: totals.heap_share(&bytes),
        intervals: changes.len() as u32,
        ..Evidence::default()
    };
    for (at, &change) in changes.iter().enumerate() {
        let threshold = (WEIGHTS.bytes_up_share * bytes[at + 1] as f64).max(least_up);
        if change >= threshold {
            evidence.ups += 1;
        } else if change < -threshold {
            evidence.downs += 1;
        } else if idle.get(at).copied().unwrap_or(false) {
            evidence.idle += 1;
        }
    }
    let monotony = monotony(&evidence);
    let share = WEIGHTS.share.at(evidence.share.sqrt());
    Verdict {
        basis,
        accumulating: Vec::new(),
        entry_class: None,
        bytes,
        evidence,
        confidence: base(evidence.ups, table) * monotony * monotony * share,
        bounded: None,
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
