//! What accumulates at a candidate: the classes that become more, the one that says most first.

use std::cmp::Reverse;

use super::candidate::GroupStats;
use super::classes::{ClassNo, Classes, Tier};
use super::measure::{Measurement, Measurements};
use super::steps::rise;
use super::thresholds::THRESHOLDS;
use super::totals::Totals;
use super::verdict::AccumulatingClass;
use super::weights::WEIGHTS;

/// Rows of what accumulates.
const ROWS: usize = 8;

/// The class of the entries that became more; `None` where hardly any did (a list, a tree, a rope).
pub(super) fn entry_class(measurements: &Measurements, classes: &Classes) -> Option<ClassNo> {
    let (first, last) = (measurements.all.first()?, measurements.all.last()?);
    if last.entry_count() < first.entry_count() + THRESHOLDS.more_entries {
        return None;
    }
    let growth = |class: ClassNo| {
        let owned = |one: &Measurement| one.owned.get(&class).copied().unwrap_or(0) as f64;
        let weight = match classes.tier(class) {
            Tier::Text => THRESHOLDS.text_as_members,
            _ => 1.0,
        };
        (owned(last) - owned(first)) * weight
    };
    let best = last
        .owned
        .keys()
        .copied()
        .max_by(|&a, &b| growth(a).total_cmp(&growth(b)).then(b.cmp(&a)))?;
    (growth(best) > 0.0).then_some(best)
}

/// How much a class that becomes more says about a leak; what says most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Relevance {
    /// The program's objects that are the members.
    ProgramsMembers,
    /// The program's objects that become about as many more as the members.
    AsManyAsMembers,
    /// The program's objects.
    Program,
    /// Nodes of a page.
    Page,
    /// Members that are not the program's objects.
    Members,
    /// Everything else.
    Other(Tier),
}

/// The classes of a candidate that become more.
pub(super) struct Accumulation<'a> {
    pub measurements: &'a Measurements,
    pub classes: &'a Classes,
    pub totals: &'a Totals,
    /// The class of the members: of the entries, else of the topmost new objects.
    pub members: Option<ClassNo>,
    /// The members are entries.
    pub by_entries: bool,
}

impl Accumulation<'_> {
    /// The classes that become more, the one that says most first.
    pub fn rows(&self) -> Vec<AccumulatingClass> {
        let Some(last) = self.measurements.all.last() else {
            return Vec::new();
        };
        let grown: Vec<(ClassNo, i64)> = last
            .freed
            .keys()
            .map(|&class| (class, self.rise(class)))
            .filter(|&(_, rise)| rise >= 2)
            .collect();
        let most = grown.iter().map(|&(_, rise)| rise).max().unwrap_or(0);
        let least = match self.by_entries {
            true => rise(&self.measurements.each(Measurement::entry_count)).min(most),
            false => most,
        };
        let mut ranked: Vec<_> = grown
            .into_iter()
            .filter_map(|(class, rise)| {
                let relevance = self.relevance(class, rise, least)?;
                let bytes = self.grown_bytes(class, rise);
                Some((relevance, Reverse(bytes), self.classes.tier(class), class))
            })
            .collect();
        ranked.sort_unstable();
        ranked.truncate(ROWS);
        ranked
            .into_iter()
            .map(|(relevance, .., class)| self.row(class, relevance))
            .collect()
    }

    fn rise(&self, class: ClassNo) -> i64 {
        rise(&self.measurements.counts(class))
    }

    /// What a class says that becomes so many more; `None` where that is nothing beside `least`.
    fn relevance(&self, class: ClassNo, rise: i64, least: i64) -> Option<Relevance> {
        let tier = self.classes.tier(class);
        let is_members = self.members == Some(class);
        let members_rise = || self.members.map_or(0, |members| self.rise(members));
        let is_near = |members: i64| rise * 2 >= members && rise <= members * 2;
        Some(match tier {
            Tier::Application | Tier::Package if is_members => Relevance::ProgramsMembers,
            Tier::Application | Tier::Package if is_near(members_rise()) => {
                Relevance::AsManyAsMembers
            }
            Tier::Application | Tier::Package => Relevance::Program,
            Tier::Dom => Relevance::Page,
            _ if is_members => Relevance::Members,
            _ if !THRESHOLDS.named_beside_members.is_reached(rise, least) => return None,
            _ => Relevance::Other(tier),
        })
    }

    /// By how many bytes a class grows, with what its objects keep where that is known.
    fn grown_bytes(&self, class: ClassNo, rise: i64) -> i64 {
        let bytes = |one: Option<&Measurement>| {
            let tally = one.and_then(|one| one.freed.get(&class));
            tally.map_or(0, |tally| tally.bytes) as i64
        };
        match self.measurements.weights.get(&class) {
            Some(&each) => each as i64 * rise,
            None => bytes(self.measurements.all.last()) - bytes(self.measurements.all.first()),
        }
    }

    fn row(&self, class: ClassNo, relevance: Relevance) -> AccumulatingClass {
        let own = match relevance {
            Relevance::Members if self.by_entries => {
                let owned = |one: &Measurement| one.owned.get(&class).copied().unwrap_or(0);
                self.measurements.each(owned)
            }
            _ => self.measurements.counts(class),
        };
        let totals = self.totals.counts(class);
        let held = own.last().copied().unwrap_or(0);
        let all = totals.last().copied().unwrap_or(0);
        let share = THRESHOLDS.whole_dump;
        let nearly_all = share.is_reached(held, all) && share.is_reached(rise(&own), rise(&totals));
        let whole_dump =
            self.classes.tier(class) <= Tier::Dom && nearly_all && totals.len() == own.len();
        AccumulatingClass {
            class,
            held,
            counts: if whole_dump { totals } else { own },
            whole_dump,
        }
    }
}

/// Entries that become more although others hold them, too.
pub(super) fn entries_only(measurements: &Measurements) -> Option<AccumulatingClass> {
    let counts =
        |class| measurements.each(|one| one.entries.get(&class).copied().unwrap_or_default());
    let classes = measurements.all.last()?.entries.keys();
    let rows = classes.map(|&class| (class, counts(class)));
    let (class, counts) = rows.max_by_key(|(class, counts)| (rise(counts), Reverse(*class)))?;
    is_enough(&counts).then(|| AccumulatingClass::of_holder(class, counts))
}

/// Objects of the topmost class that become more near the holder although others hold them, too: state that is
/// replaced.
pub(super) fn reached_only(
    measurements: &Measurements,
    stats: GroupStats,
) -> Option<AccumulatingClass> {
    let counts = measurements.each(|one| one.reached);
    let class = stats.top_class.filter(|_| is_enough(&counts))?;
    Some(AccumulatingClass::of_holder(class, counts))
}

fn is_enough(counts: &[u64]) -> bool {
    rise(counts) >= WEIGHTS.least_entries
}
