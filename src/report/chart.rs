//! Sizes over time, drawn as text.

use std::time::Duration;

use crate::text::units::{bytes, duration};
use crate::text::width::pad_left;

/// Columns and lines of a chart.
const CHART: (usize, usize) = (64, 8);

const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The least size in the time of each column.
fn least(points: &[(f64, f64)], start: f64, span: f64) -> Vec<Option<f64>> {
    let (columns, _) = CHART;
    let mut least: Vec<Option<f64>> = vec![None; columns];
    for &(at, size) in points {
        let column = (((at - start) / span) * (columns - 1) as f64) as usize;
        if let Some(place) = least.get_mut(column) {
            *place = Some(place.map_or(size, |other| other.min(size)));
        }
    }
    least
}

/// Bytes over time (in ms), as columns; each shows the least of its time, which what is only garbage does not raise.
pub(super) fn chart(points: &[(f64, f64)]) -> Vec<String> {
    let (columns, lines) = CHART;
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let start = points.iter().map(|point| point.0).fold(first.0, f64::min);
    let end = points.iter().map(|point| point.0).fold(last.0, f64::max);
    let span = (end - start).max(1.0);
    let least = least(points, start, span);
    let known = || least.iter().flatten().copied();
    let (low, high) = (
        known().fold(f64::MAX, f64::min),
        known().fold(0.0, f64::max),
    );
    // From zero, unless the columns would all look the same.
    let base = if low > high * 0.7 {
        low - (high - low) * 0.25
    } else {
        0.0
    };
    let unit = ((high - base) / (lines * 8) as f64).max(f64::MIN_POSITIVE);
    let mut height = 0;
    let heights: Vec<usize> = least
        .iter()
        .map(|size| {
            if let Some(size) = size {
                height = (((size - base) / unit).round() as usize).max(1);
            }
            height
        })
        .collect();
    let mut drawn = Vec::with_capacity(lines + 2);
    for line in (0..lines).rev() {
        let label = match line {
            _ if line + 1 == lines => bytes(high as u64),
            0 => bytes(base.max(0.0) as u64),
            _ => String::new(),
        };
        let bar: String = heights
            .iter()
            .map(|&height| EIGHTHS[height.saturating_sub(line * 8).min(8)])
            .collect();
        drawn.push(format!("{} ┤{}", pad_left(&label, 8), bar.trim_end()));
    }
    let time = |ms: f64| duration(Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default());
    let (from, to) = (time(start), time(end));
    let gap = columns.saturating_sub(from.chars().count() + to.chars().count());
    drawn.push(format!("{} └{}", pad_left("", 8), "─".repeat(columns)));
    drawn.push(format!(
        "{}  {from}{}{to}",
        pad_left("", 8),
        " ".repeat(gap)
    ));
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_have_axes() {
        let points: Vec<(f64, f64)> = (0..200)
            .map(|n| (f64::from(n) * 100.0, f64::from(n) * 1e5))
            .collect();
        let lines = chart(&points);
        assert_eq!(lines.len(), CHART.1 + 2);
        assert!(
            lines[0].trim_start().starts_with("19.9 MB ┤"),
            "{}",
            lines[0]
        );
        assert!(lines[0].ends_with('█'));
        assert!(lines[7].starts_with("     0 B ┤"));
        assert!(lines[9].ends_with("19 s"));
        assert!(chart(&[]).is_empty());
        assert_eq!(chart(&[(0.0, 0.0)]).len(), CHART.1 + 2);
    }
}
