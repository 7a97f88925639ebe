//! Text drawings: paths as trees, sizes over time.

use std::time::Duration;

use crate::text::escape::one_line;
use crate::text::units::{bytes, duration};
use crate::text::width::pad_left;

use super::Hop;

/// A path of more steps has its middle left out.
const STEPS: usize = 24;
/// Steps that are shown of the beginning of a long path.
const BEGIN: usize = 6;
/// Columns and lines of a chart.
const CHART: (usize, usize) = (64, 8);

/// A path as a tree that grows downwards; `more` goes on below it, marked as what piles up there.
pub(super) fn tree(path: &[Hop], more: &[Hop]) -> Vec<String> {
    let mut lines = Vec::new();
    let left_out = path.len().saturating_sub(STEPS);
    let end_of_path = path.len().saturating_sub(1);
    let mut depth = 0;
    for (at, hop) in path.iter().enumerate() {
        if left_out > 0 && (BEGIN..BEGIN + left_out).contains(&at) {
            if at == BEGIN {
                lines.push(format!("{}… {left_out} steps more", "  ".repeat(depth)));
            }
            continue;
        }
        let mark = if at == end_of_path {
            "   ◀ the holder"
        } else {
            ""
        };
        lines.push(format!("{}{mark}", line(hop, depth)));
        depth += 1;
    }
    let piles = more.len().saturating_sub(1);
    for (at, hop) in more.iter().enumerate() {
        if more.len() > STEPS && at >= BEGIN && at < piles {
            if at == BEGIN {
                lines.push(format!(
                    "{}… {} steps more",
                    "  ".repeat(depth),
                    piles - BEGIN
                ));
            }
            continue;
        }
        let mark = if at == piles {
            "   ◀ one of those that pile up"
        } else {
            ""
        };
        lines.push(format!("{}{mark}", line(hop, depth)));
        depth += 1;
    }
    lines
}

fn line(hop: &Hop, depth: usize) -> String {
    let indent = match depth {
        0 => String::new(),
        depth => format!("{}└ ", "  ".repeat(depth - 1)),
    };
    let mut text = indent;
    if let Some(edge) = &hop.edge {
        text.push_str(&one_line(edge));
        text.push_str(" → ");
    }
    text.push_str(&one_line(&hop.object));
    if hop.times > 1 {
        text.push_str(&format!(" ×{}", hop.times));
    }
    text.push_str(&format!(" @{}", hop.id));
    if hop.retained_size > 0 {
        text.push_str(&format!("  {}", bytes(hop.retained_size)));
    }
    if let Some(place) = &hop.place {
        text.push_str(&format!("  {}", one_line(place)));
    }
    text
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
    let mut least: Vec<Option<f64>> = vec![None; columns];
    for &(at, size) in points {
        let column = (((at - start) / span) * (columns - 1) as f64) as usize;
        if let Some(place) = least.get_mut(column) {
            *place = Some(place.map_or(size, |other| other.min(size)));
        }
    }
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
    const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
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

    fn hop(edge: Option<&str>, object: &str, times: u32) -> Hop {
        Hop {
            edge: edge.map(str::to_owned),
            object: object.to_owned(),
            id: 7,
            retained_size: 2000,
            place: None,
            times,
        }
    }

    #[test]
    fn trees_grow_downwards() {
        let path = [hop(None, "(root)", 1), hop(Some(".list\u{1b}"), "List", 1)];
        let below = [hop(Some("._idleNext"), "Timeout", 755)];
        assert_eq!(
            tree(&path, &below),
            [
                "(root) @7  2.0 kB",
                "└ .list\\u{1b} → List @7  2.0 kB   ◀ the holder",
                "  └ ._idleNext → Timeout ×755 @7  2.0 kB   ◀ one of those that pile up",
            ]
        );
        let long: Vec<Hop> = (0..100).map(|_| hop(Some("x"), "y", 1)).collect();
        let lines = tree(&long, &[]);
        assert_eq!(lines.len(), STEPS + 1);
        assert!(lines[BEGIN].ends_with("… 76 steps more"));
    }

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
