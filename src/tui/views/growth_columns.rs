//! Where what stands in a row of the page of growth, and its bars.

use crate::analysis::growth::{Measure, Point};

/// Terminal columns of a dump, with the gap before it.
const CELL: u16 = 10;
/// The same on narrow screens.
const SMALL_CELL: u16 = 9;
/// Rows from this width on are wide.
const WIDE: u16 = 100;
/// Terminal columns of the change from the first dump to the last, with the gap before it.
pub const DELTA: u16 = 10;
/// Narrower rows have no room for the change.
const LEAST_FOR_DELTA: u16 = 40;
/// Terminal columns of the growth per hour, with the gap before it.
pub const RATE: u16 = 11;
/// Terminal columns of how often as much there is, or the verdict, with the gap before it.
pub const VERDICT: u16 = 10;
/// Dumps in a spark line at most: the newest.
const SPARKS: usize = 24;
/// The room that the name has at least and at most.
const NAME: (u16, u16) = (22, 64);
/// The mark of the selected row.
pub const MARK: u16 = 2;

/// Where what stands in a row.
pub struct Columns {
    /// Terminal columns of the name.
    pub name: u16,
    /// Terminal columns of a dump, with the gap before it.
    pub cell: u16,
    /// The dumps that have a column: the first one and the newest.
    pub dumps: Vec<usize>,
    /// How many dumps the spark line shows; nothing without one.
    pub sparks: usize,
    /// Whether the change has a column.
    pub delta: bool,
    /// Whether the growth per hour has one.
    pub rate: bool,
    /// Whether the verdict has one.
    pub verdict: bool,
}

impl Columns {
    /// Those of a row of `row` terminal columns over so many dumps; `rates` says whether there are any.
    pub fn of(row: u16, dumps: usize, rates: bool) -> Self {
        let cell = if row < WIDE { SMALL_CELL } else { CELL };
        let delta = dumps > 1 && row >= LEAST_FOR_DELTA;
        let (rate, verdict) = (rates && row >= WIDE, row >= 52);
        let mut behind =
            u16::from(delta) * DELTA + u16::from(rate) * RATE + u16::from(verdict) * VERDICT;
        let most = if row < WIDE { 8 } else { SPARKS };
        let sparks = if dumps > 1 && row >= 72 {
            dumps.min(most)
        } else {
            0
        };
        behind += spark_columns(sparks);
        let room = row.saturating_sub(behind + MARK + NAME.0);
        let fit = usize::from(room / cell).max(1).min(dumps);
        let shown: Vec<usize> = match fit {
            0 => Vec::new(),
            1 => vec![dumps - 1],
            _ => std::iter::once(0).chain(dumps - (fit - 1)..dumps).collect(),
        };
        let name = row.saturating_sub(behind + MARK + shown.len() as u16 * cell);
        Self {
            name: name.min(NAME.1),
            cell,
            dumps: shown,
            sparks,
            delta,
            rate,
            verdict,
        }
    }

    /// Where the column of the dump in this place begins, behind its gap.
    pub fn dump(&self, place: usize) -> u16 {
        MARK + self.name + place as u16 * self.cell + 1
    }

    pub fn sparks_at(&self) -> u16 {
        self.dump(self.dumps.len())
    }

    pub fn delta_at(&self) -> u16 {
        self.sparks_at() + spark_columns(self.sparks)
    }

    pub fn rate_at(&self) -> u16 {
        self.delta_at() + u16::from(self.delta) * DELTA
    }

    pub fn verdict_at(&self) -> u16 {
        self.rate_at() + u16::from(self.rate) * RATE
    }
}

pub fn spark_columns(sparks: usize) -> u16 {
    match sparks {
        0 => 0,
        sparks => (sparks as u16).max(5) + 1,
    }
}

/// A figure over the dumps, from nothing to the largest; a dump that is not known leaves a gap.
pub fn sparks(points: &[Option<Point>], measure: Measure) -> String {
    let figures = points.iter().flatten().map(|point| point.get(measure));
    let largest = figures.max().unwrap_or(0);
    let spark = |point: &Option<Point>| match point {
        Some(point) => block(eighths(point.get(measure), largest, 8).max(1)),
        None => " ",
    };
    points.iter().map(spark).collect()
}

/// So many of `most` eighths for `part` of `whole`; something is never nothing.
pub fn eighths(part: u64, whole: u64, most: u64) -> u64 {
    if whole == 0 || part == 0 || most == 0 {
        return 0;
    }
    let eighths = (part as f64 / whole as f64 * most as f64).round() as u64;
    eighths.clamp(1, most)
}

pub fn block(eighths: u64) -> &'static str {
    const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    BLOCKS[(eighths as usize).min(8)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_newest_dumps_have_columns() {
        assert_eq!(Columns::of(80, 3, true).dumps, [0, 1, 2]);
        let many = Columns::of(80, 50, true);
        assert_eq!(many.dumps[0], 0);
        assert_eq!(many.dumps.last(), Some(&49));
        assert!(
            many.dumps.len() >= 2 && many.name >= NAME.0,
            "{:?}",
            many.dumps
        );
        for row in 30..250 {
            for dumps in 1..60 {
                let columns = Columns::of(row, dumps, true);
                let end = columns.verdict_at() + u16::from(columns.verdict) * VERDICT;
                assert!(end <= row + 2, "{dumps} dumps on {row} columns: {end}");
            }
        }
    }

    #[test]
    fn sparks_begin_at_nothing() {
        let point = |count| {
            Some(Point {
                count,
                ..Point::default()
            })
        };
        let line = |points: &[Option<Point>]| sparks(points, Measure::Count);
        assert_eq!(line(&[point(0), point(4), point(8)]), "▁▄█");
        assert_eq!(line(&[point(5), None, point(5)]), "█ █");
        assert_eq!(line(&[point(0)]), "▁");
    }
}
