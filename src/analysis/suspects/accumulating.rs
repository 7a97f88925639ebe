//! What piles up at a candidate: the classes that become more, the one that says most first.

use super::candidate::Traits;
use super::classes::{Classes, Tier};
use super::measure::Readings;
use super::steps::rise;
use super::totals::Course;
use super::verdict::Pile;
use super::weights::WEIGHTS;

/// Rows of what piles up.
const ROWS: usize = 8;

/// The class of the entries that became more; nothing where hardly any did (a list, a tree, a rope).
pub(super) fn unit(readings: &Readings, classes: &Classes) -> Option<u32> {
    let (first, last) = (readings.all.first()?, readings.all.last()?);
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
pub(super) fn piles(
    readings: &Readings,
    classes: &Classes,
    course: &Course,
    unit: u32,
    by_entries: bool,
) -> Vec<Pile> {
    let Some(last) = readings.all.last() else {
        return Vec::new();
    };
    let counts = |class: u32| -> Vec<u64> {
        readings
            .all
            .iter()
            .map(|reading| reading.count(class))
            .collect()
    };
    let bytes_rise = |class: u32| {
        let bytes = |reading: &super::measure::Reading| {
            reading.freed.get(&class).map_or(0, |tally| tally.bytes) as i64
        };
        bytes(last) - readings.all.first().map_or(0, bytes)
    };
    let grown: Vec<(u32, i64)> = last
        .freed
        .keys()
        .map(|&class| (class, rise(&counts(class))))
        .filter(|&(_, rise)| rise >= 2)
        .collect();
    let entry_rise = last.entry_count() as i64
        - readings
            .all
            .first()
            .map_or(0, |reading| reading.entry_count()) as i64;
    let unit_rise = rise(&counts(unit));
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
                Tier::Application | Tier::Package if class == unit => 0,
                Tier::Application | Tier::Package if near => 1,
                Tier::Application | Tier::Package => 2,
                Tier::Dom => 3,
                _ if class == unit => 4,
                _ if rise * 100 < least * 15 => return None,
                _ => 5,
            };
            let bytes = readings
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
            4 if by_entries => readings
                .all
                .iter()
                .map(|reading| reading.owned.get(&class).copied().unwrap_or(0))
                .collect(),
            _ => counts(class),
        };
        let totals: Vec<u64> = course
            .totals
            .iter()
            .map(|totals| totals.get(class as usize).copied().unwrap_or(0))
            .collect();
        let nearly_all = own.last().copied().unwrap_or(0) * 10
            >= totals.last().copied().unwrap_or(0) * 8
            && rise(&own) * 10 >= rise(&totals) * 8;
        let whole_dump = tier <= Tier::Dom && nearly_all && totals.len() == own.len();
        Pile {
            class,
            held: own.last().copied().unwrap_or(0),
            counts: if whole_dump { totals } else { own },
            whole_dump,
        }
    };
    ranked.into_iter().map(row).collect()
}

/// Entries that become more although others hold them, too.
pub(super) fn entries_only(readings: &Readings) -> Option<Pile> {
    let last = readings.all.last()?;
    let counts = |class: u32| -> Vec<u64> {
        let of =
            |reading: &super::measure::Reading| reading.entries.get(&class).copied().unwrap_or(0);
        readings.all.iter().map(of).collect()
    };
    let rows = last.entries.keys().map(|&class| (class, counts(class)));
    let (class, counts) =
        rows.max_by_key(|(class, counts)| (rise(counts), std::cmp::Reverse(*class)))?;
    (rise(&counts) >= WEIGHTS.least_entries).then(|| Pile {
        class,
        held: counts.last().copied().unwrap_or(0),
        counts,
        whole_dump: false,
    })
}

/// Objects of the topmost class that become more near the holder although others hold them, too: state that is
/// replaced.
pub(super) fn reached_only(readings: &Readings, traits: Traits) -> Option<Pile> {
    let counts: Vec<u64> = readings.all.iter().map(|reading| reading.reached).collect();
    (rise(&counts) >= WEIGHTS.least_entries).then(|| Pile {
        class: traits.top_class,
        held: counts.last().copied().unwrap_or(0),
        counts,
        whole_dump: false,
    })
}
