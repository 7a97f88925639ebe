//! What accumulates at a candidate: the classes that become more, the one that says most first.

use super::candidate::GroupStats;
use super::classes::{Classes, Tier};
use super::measure::Measurements;
use super::steps::rise;
use super::totals::Totals;
use super::verdict::AccumulatingClass;
use super::weights::WEIGHTS;

/// Rows of what accumulates.
const ROWS: usize = 8;

/// The class of the entries that became more; nothing where hardly any did (a list, a tree, a rope).
pub(super) fn entry_class(measurements: &Measurements, classes: &Classes) -> Option<u32> {
    let (first, last) = (measurements.all.first()?, measurements.all.last()?);
    if last.entry_count() < first.entry_count() + 3 {
        return None;
    }
    let growth = |class: u32| {
        let before = first.owned.get(&class).copied().unwrap_or(0);
        let weight = if classes.tier(class) == Tier::Text {
            0.4
        } else {
            1.0
        };
        (last.owned.get(&class).copied().unwrap_or(0) as f64 - before as f64) * weight
    };
    let best = last
        .owned
        .keys()
        .copied()
        .max_by(|&a, &b| growth(a).total_cmp(&growth(b)).then(b.cmp(&a)))?;
    (growth(best) > 0.0).then_some(best)
}

/// The classes that become more, the one that says most first.
pub(super) fn accumulating(
    measurements: &Measurements,
    classes: &Classes,
    totals: &Totals,
    entry_class: u32,
    by_entries: bool,
) -> Vec<AccumulatingClass> {
    let Some(last) = measurements.all.last() else {
        return Vec::new();
    };
    let counts = |class: u32| -> Vec<u64> {
        measurements
            .all
            .iter()
            .map(|measurement| measurement.count(class))
            .collect()
    };
    let bytes_rise = |class: u32| {
        let bytes = |measurement: &super::measure::Measurement| {
            measurement.freed.get(&class).map_or(0, |tally| tally.bytes) as i64
        };
        bytes(last) - measurements.all.first().map_or(0, bytes)
    };
    let grown: Vec<(u32, i64)> = last
        .freed
        .keys()
        .map(|&class| (class, rise(&counts(class))))
        .filter(|&(_, rise)| rise >= 2)
        .collect();
    let entry_rise = last.entry_count() as i64
        - measurements
            .all
            .first()
            .map_or(0, |measurement| measurement.entry_count()) as i64;
    let unit_rise = rise(&counts(entry_class));
    let most = grown.iter().map(|&(_, rise)| rise).max().unwrap_or(0);
    let least = match by_entries {
        true => entry_rise.min(most),
        false => most,
    };
    let mut ranked: Vec<_> = grown
        .into_iter()
        .filter_map(|(class, rise)| {
            let tier = classes.tier(class);
            let near = rise * 2 >= unit_rise && rise <= unit_rise * 2;
            let rank = match tier {
                Tier::Application | Tier::Package if class == entry_class => 0,
                Tier::Application | Tier::Package if near => 1,
                Tier::Application | Tier::Package => 2,
                Tier::Dom => 3,
                _ if class == entry_class => 4,
                _ if rise * 100 < least * 15 => return None,
                _ => 5,
            };
            let bytes = measurements
                .weights
                .get(&class)
                .map_or_else(|| bytes_rise(class), |&each| each as i64 * rise);
            Some((rank, (rank == 5).then_some(tier), -bytes, tier, class))
        })
        .collect();
    ranked.sort_unstable();
    ranked.truncate(ROWS);
    let row = |(rank, .., tier, class): (u32, Option<Tier>, i64, Tier, u32)| {
        let own = match rank {
            4 if by_entries => measurements
                .all
                .iter()
                .map(|measurement| measurement.owned.get(&class).copied().unwrap_or(0))
                .collect(),
            _ => counts(class),
        };
        let totals: Vec<u64> = totals
            .by_class
            .iter()
            .map(|totals| totals.get(class as usize).copied().unwrap_or(0))
            .collect();
        let nearly_all = own.last().copied().unwrap_or(0) * 10
            >= totals.last().copied().unwrap_or(0) * 8
            && rise(&own) * 10 >= rise(&totals) * 8;
        let whole_dump = tier <= Tier::Dom && nearly_all && totals.len() == own.len();
        AccumulatingClass {
            class,
            held: own.last().copied().unwrap_or(0),
            counts: if whole_dump { totals } else { own },
            whole_dump,
        }
    };
    ranked.into_iter().map(row).collect()
}

/// Entries that become more although others hold them, too.
pub(super) fn entries_only(measurements: &Measurements) -> Option<AccumulatingClass> {
    let last = measurements.all.last()?;
    let counts = |class: u32| -> Vec<u64> {
        let of = |measurement: &super::measure::Measurement| {
            measurement.entries.get(&class).copied().unwrap_or(0)
        };
        measurements.all.iter().map(of).collect()
    };
    let rows = last.entries.keys().map(|&class| (class, counts(class)));
    let (class, counts) =
        rows.max_by_key(|(class, counts)| (rise(counts), std::cmp::Reverse(*class)))?;
    (rise(&counts) >= WEIGHTS.least_entries).then(|| AccumulatingClass {
        class,
        held: counts.last().copied().unwrap_or(0),
        counts,
        whole_dump: false,
    })
}

/// Objects of the topmost class that become more near the holder although others hold them, too: state that is
/// replaced.
pub(super) fn reached_only(
    measurements: &Measurements,
    stats: GroupStats,
) -> Option<AccumulatingClass> {
    let counts: Vec<u64> = measurements
        .all
        .iter()
        .map(|measurement| measurement.reached)
        .collect();
    (rise(&counts) >= WEIGHTS.least_entries).then(|| AccumulatingClass {
        class: stats.top_class,
        held: counts.last().copied().unwrap_or(0),
        counts,
        whole_dump: false,
    })
}
