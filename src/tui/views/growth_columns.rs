//! The columns of the page of growth, and where they stand.

use crate::analysis::growth::{GrowthRow, Measure, Verdict};
use crate::table::{Cell, Column, Head, SCREEN, Stress};
use crate::text::span::Spans;
use crate::text::units::grouped;
use crate::tui::widgets::table::{self, Layout, Placed};

/// Terminal columns of a dump.
const DUMP: u16 = 9;
/// The same on narrow screens.
const SMALL_DUMP: u16 = 8;
/// Rows from this width on are wide.
const WIDE: u16 = 100;
/// Narrower rows have no room for the change.
const LEAST_FOR_DELTA: u16 = 40;
/// Narrower rows have no room for how it goes.
const LEAST_FOR_COURSE: u16 = 52;
/// Narrower rows have no room for a spark line.
const LEAST_FOR_SPARKS: u16 = 72;
/// Dumps in a spark line at most: the newest.
const SPARKS: u16 = 24;
/// The room that the name has at least and at most.
const NAME: (u16, u16) = (22, 64);
/// The mark of the selected row.
pub const MARK: u16 = 2;

/// The columns before the figures of dumps.
const FIRST_DUMP: usize = 3;
/// The columns behind them.
const TREND: &str = "trend";
const DELTA: &str = "change";
const RATE: &str = "growth_per_hour";
const COURSE: &str = "course";

/// The columns: a class, its figures in each dump, by their labels, and how it goes.
pub fn columns(
    dumps: impl Iterator<Item = String>,
    measure: Measure,
) -> Vec<Column<GrowthRow, Measure>> {
    let mut columns = vec![
        Head::text("Constructor", "class")
            .of(|row: &GrowthRow, _: &Measure| Cell::name(row.class.name.clone())),
        Head::text("Place", "place").of(|row, _| Cell::known(row.place.clone(), Cell::place)),
        Head::text("Verdict", "verdict").of(|row, _| Cell::note(row.verdict.as_str())),
    ];
    let field = match measure {
        Measure::Retained => "retained_size",
        Measure::Shallow => "shallow_size",
        Measure::Count => "count",
    };
    let dumps = dumps.enumerate().map(|(number, label)| {
        let field = format!("{field}_{label}");
        Column::nth((label, field), figure, number).shown(DUMP, 9)
    });
    columns.extend(dumps);
    columns.extend([
        Head::text("", TREND)
            .only_for(SCREEN)
            .on_screen("trend", SPARKS, 9)
            .left()
            .of(|row: &GrowthRow, measure: &Measure| {
                let figures = row.points.iter();
                let figures = figures.map(|point| point.map(|point| point.get(*measure)));
                Cell::Sparks(figures.collect())
            }),
        Head::text("", DELTA)
            .only_for(SCREEN)
            .on_screen("▼Δ", 9, 9)
            .of_stressed(
                |row, measure| match row.rise(*measure) {
                    0 => Cell::note("–"),
                    rise => change(rise, *measure),
                },
                |row, measure| match row.rise(*measure) {
                    0 => Stress::Faint,
                    _ => Stress::Usual,
                },
            ),
        Head::number("Per hour", RATE)
            .on_screen("per hour", 10, 9)
            .of(|row, measure| {
                Cell::known(row.per_hour, |rates| {
                    change(rates.get(*measure).round() as i64, *measure)
                })
            }),
        Head::text("", COURSE)
            .only_for(SCREEN)
            .on_screen("times", 9, 9)
            .of_stressed(
                |row, measure| Cell::Text(course(row, *measure)),
                |_, _| Stress::Faint,
            ),
    ]);
    columns
}

fn figure(row: &GrowthRow, measure: &Measure, number: usize) -> Cell {
    match row.points.get(number).copied().flatten() {
        None => Cell::Later,
        Some(point) => match measure {
            Measure::Count => Cell::Count(point.get(*measure)),
            Measure::Retained | Measure::Shallow => Cell::Size(point.get(*measure)),
        },
    }
}

fn change(change: i64, measure: Measure) -> Cell {
    match measure {
        Measure::Count => Cell::Change(change),
        Measure::Retained | Measure::Shallow => Cell::SizeChange(change),
    }
}

/// How the figures go: of what grows how often as much there is, of everything else the verdict, in a word that the
/// figures beside it bear out.
fn course(row: &GrowthRow, measure: Measure) -> Spans {
    let points = row.points.iter().flatten();
    let figures: Vec<u64> = points.map(|point| point.get(measure)).collect();
    let (Some(&first), Some(&last)) = (figures.first(), figures.last()) else {
        return Spans::new();
    };
    let rises = figures.is_sorted() && last > first;
    let word = match row.verdict {
        Verdict::Growing if !rises => "noisy",
        Verdict::Growing if first == 0 => "new",
        Verdict::Growing => return Spans::new().number(times(last as f64 / first as f64)),
        // What rose or fell by so little, or in so few objects, that it says nothing.
        Verdict::Plateau if last.abs_diff(first) > first / 20 => "slight",
        Verdict::Plateau => "steady",
        Verdict::Shrinking if last > first => "noisy",
        other => other.as_str(),
    };
    Spans::from(word)
}

fn times(factor: f64) -> String {
    match factor {
        ..9.95 => format!("×{factor:.1}"),
        _ => format!("×{}", grouped(factor.round() as u64)),
    }
}

/// Lays out the columns in a row of `row` terminal columns: the first of so many dumps, the newest, and what is said of all;
/// `rates` says whether there are any. Those without room lose their place.
pub fn layout(
    columns: &mut [Column<GrowthRow, Measure>],
    row: u16,
    dumps: usize,
    rates: bool,
) -> Layout {
    let is_wide = row >= WIDE;
    let sparks = u16::try_from(dumps).unwrap_or(u16::MAX);
    let sparks = sparks.min(if is_wide { SPARKS } else { 8 }).max(5);
    let mut behind = 0;
    for head in columns.iter_mut().map(|column| &mut column.head) {
        let has_room = match &*head.name {
            TREND => dumps > 1 && row >= LEAST_FOR_SPARKS,
            DELTA => dumps > 1 && row >= LEAST_FOR_DELTA,
            RATE => rates && is_wide,
            COURSE => row >= LEAST_FOR_COURSE,
            _ => continue,
        };
        head.screen = head.screen.filter(|_| has_room);
        if let Some(screen) = &mut head.screen {
            if head.name == TREND {
                screen.width = sparks;
            }
            behind += screen.width + 1;
        }
    }
    let cell = if is_wide { DUMP } else { SMALL_DUMP };
    let room = row.saturating_sub(behind + MARK + NAME.0);
    let fit = usize::from(room / (cell + 1)).max(1).min(dumps);
    let newest = dumps - fit.saturating_sub(1).max(1).min(dumps);
    let figures = columns.iter_mut().skip(FIRST_DUMP).take(dumps);
    for (number, column) in figures.enumerate() {
        let has_room = number >= newest || (number == 0 && fit > 1);
        column.head.screen = column.head.screen.filter(|_| has_room);
        if let Some(screen) = &mut column.head.screen {
            screen.width = cell;
        }
    }
    let used = behind + fit as u16 * (cell + 1);
    let name = MARK + row.saturating_sub(MARK + used).min(NAME.1);
    table::layout(columns, table::as_declared, (name + used, name))
}

/// The dump that a column is of.
pub fn dump_of(column: &Placed, dumps: usize) -> Option<usize> {
    let dump = column.key.checked_sub(FIRST_DUMP);
    dump.filter(|&dump| dump < dumps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::growth::{Origin, Point};
    use crate::heap::Class;

    fn laid_out(row: u16, dumps: usize) -> (Vec<usize>, Layout) {
        let mut columns = columns((0..dumps).map(|dump| format!("s{dump}")), Measure::Count);
        let layout = layout(&mut columns, row, dumps, true);
        let shown = layout.columns.iter();
        let shown = shown.filter_map(|placed| dump_of(placed, dumps)).collect();
        (shown, layout)
    }

    #[test]
    fn the_first_and_the_newest_dumps_have_columns() {
        assert_eq!(laid_out(80, 3).0, [0, 1, 2]);
        let (many, layout) = laid_out(80, 50);
        assert_eq!((many[0], many.last()), (0, Some(&49)));
        assert!(many.len() >= 2 && layout.name >= NAME.0, "{many:?}");
        for row in 30..250 {
            for dumps in 1..60 {
                let (shown, layout) = laid_out(row, dumps);
                assert!(shown.contains(&(dumps - 1)), "{dumps} dumps on {row}");
                let last = layout.columns.last().unwrap();
                let end = last.x + last.width;
                assert!(end <= row + 2, "{dumps} dumps on {row} columns: {end}");
            }
        }
    }

    #[test]
    fn what_is_said_of_figures_is_borne_out_by_them() {
        let said = |counts: &[u64], verdict| {
            let point = |&count| Point {
                count,
                ..Point::default()
            };
            let row = GrowthRow {
                class: Class::default(),
                place: None,
                origin: Origin::Application,
                points: counts.iter().map(|count| Some(point(count))).collect(),
                verdict,
                per_hour: None,
            };
            course(&row, Measure::Count).plain()
        };
        for (counts, verdict, words) in [
            (&[39, 239, 439][..], Verdict::Growing, "×11"),
            (&[100, 130, 170], Verdict::Growing, "×1.7"),
            (&[0, 10, 20], Verdict::Growing, "new"),
            (&[10, 30, 20], Verdict::Growing, "noisy"),
            (&[10, 20, 30], Verdict::Noisy, "noisy"),
            (&[10, 30, 20], Verdict::Noisy, "noisy"),
            (&[100, 101, 101], Verdict::Plateau, "steady"),
            (&[3, 6, 9], Verdict::Plateau, "slight"),
            (&[10, 30, 30], Verdict::WarmUp, "warm-up"),
            (&[30, 20, 10], Verdict::Shrinking, "shrinking"),
        ] {
            assert_eq!(said(counts, verdict), words, "{counts:?}");
        }
    }
}
