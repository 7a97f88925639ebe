//! Figures of the dumps of a series, and the steps between them.

/// From the first to the last.
pub(super) fn rise(values: &[u64]) -> i64 {
    match (values.first(), values.last()) {
        (Some(&first), Some(&last)) => last as i64 - first as i64,
        _ => 0,
    }
}

/// Differences of neighbours.
pub(super) fn steps(values: &[u64]) -> Vec<f64> {
    values
        .windows(2)
        .map(|pair| pair[1] as f64 - pair[0] as f64)
        .collect()
}

/// The smallest by the largest, 1 for fewer than two.
pub(super) fn evenness(values: &[f64]) -> f64 {
    let most = values.iter().copied().fold(0.0, f64::max);
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    if values.len() < 2 || most <= 0.0 {
        1.0
    } else {
        (least / most).clamp(0.0, 1.0)
    }
}
