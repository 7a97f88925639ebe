//! The table of the classes that grow, in Markdown.

use crate::text::units::{grouped, grouped_delta};

use super::document::{Document, code_cell, columns, prose, shown};
use super::{Growing, Taken};

/// A table of classes by intervals: how many more objects, and how much more they retain.
pub(super) fn growing(text: &mut Document, rows: &[Growing], dumps: &[Taken]) {
    if rows.is_empty() {
        text.line("No class grows at every step.");
        return;
    }
    let labels: Vec<String> = dumps
        .windows(2)
        .map(|pair| format!("{} → {}", pair[0].label, pair[1].label))
        .collect();
    let places = columns(labels.len());
    let first = dumps
        .first()
        .map_or(String::new(), |dump| dump.label.clone());
    let header = ["Class".to_owned(), first]
        .into_iter()
        .chain(places.iter().map(|place| shown(place, &labels)))
        .chain(["In all".to_owned()]);
    text.table(header.collect(), 1);
    for row in rows {
        let sizes = || row.retained_sizes.iter().flatten();
        let unit = Unit::of(sizes().copied().max().unwrap_or(0));
        let change = |from: usize, to: usize| -> String {
            let at = |values: &[Option<u64>], index: usize| values.get(index).copied().flatten();
            let counts = at(&row.counts, from).zip(at(&row.counts, to));
            let sizes = at(&row.retained_sizes, from).zip(at(&row.retained_sizes, to));
            match counts.zip(sizes) {
                Some(((was, is), (small, large))) => format!(
                    "{}, {}",
                    grouped_delta(is as i64 - was as i64),
                    unit.change(large as i64 - small as i64)
                ),
                None => "?".to_owned(),
            }
        };
        let steps: Vec<String> = (1..dumps.len()).map(|to| change(to - 1, to)).collect();
        let begin = match (row.counts.first(), row.retained_sizes.first()) {
            (Some(Some(count)), Some(Some(size))) => {
                format!("{}, {}", grouped(*count), unit.size(*size))
            }
            _ => "?".to_owned(),
        };
        let name = match &row.place {
            Some(place) => format!("{} {}", code_cell(&row.name.plain()), prose(place)),
            None => code_cell(&row.name.plain()),
        };
        let cells = [name, begin]
            .into_iter()
            .chain(places.iter().map(|place| shown(place, &steps)))
            .chain([change(0, dumps.len() - 1)]);
        text.cells(cells);
    }
    text.line("");
    text.line("Each cell: instances and retained size. What one class retains may be counted again in another.");
}

/// The unit of the sizes in a row of a table, so that they can be compared at a glance.
#[derive(Debug, Clone, Copy)]
struct Unit {
    name: &'static str,
    bytes: f64,
    decimals: usize,
}

impl Unit {
    /// The unit in which the largest of them is read best.
    fn of(largest: u64) -> Self {
        let (name, bytes, decimals) = match largest {
            0..1_000 => ("B", 1.0, 0),
            1_000..1_000_000 => ("kB", 1e3, 1),
            1_000_000..1_000_000_000 => ("MB", 1e6, 2),
            _ => ("GB", 1e9, 2),
        };
        Self {
            name,
            bytes,
            decimals,
        }
    }

    fn size(self, size: u64) -> String {
        let (value, decimals) = (size as f64 / self.bytes, self.decimals);
        format!("{value:.decimals$} {}", self.name)
    }

    fn change(self, delta: i64) -> String {
        match delta {
            0 => self.size(0),
            _ => {
                let sign = if delta < 0 { '−' } else { '+' };
                format!("{sign}{}", self.size(delta.unsigned_abs()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn megabytes_have_two_decimals() {
        assert_eq!(Unit::of(1_200_000).change(148_000), "+0.15 MB");
        assert_eq!(Unit::of(2_500_000).change(-2_500_000), "−2.50 MB");
        assert_eq!(Unit::of(39_000).size(900), "0.9 kB");
        assert_eq!(Unit::of(900).change(0), "0 B");
    }
}
