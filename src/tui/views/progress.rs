//! How far a job is, in words.

use std::time::Duration;

use crate::series::jobs::Status;
use crate::text::units::{bytes, duration, percent, rate};
use crate::text::width;
use crate::tui::theme::bar;

/// What takes less is not announced.
const WORTH_SAYING: Duration = Duration::from_secs(1);

/// Stage, share, bytes, rate and time left, and a bar, in at most `room` columns; what says least goes first.
pub fn progress(status: Status, room: usize) -> String {
    let progress = status.progress;
    if progress.stage.is_empty() {
        return "waiting".to_owned();
    }
    let mut text = progress.stage.to_owned();
    if progress.total == 0 {
        return text;
    }
    text.push_str(&format!("  {}", percent(progress.done, progress.total)));
    if progress.stage.starts_with("reading") {
        let speed = rate(progress.done, status.elapsed);
        text.push_str(&format!(" of {}  {speed}", bytes(progress.total)));
        if let Some(left) = time_left(status) {
            add(&mut text, &format!("  {} left", duration(left)), room);
        }
    }
    let left = room.saturating_sub(width::width(&text) + 2);
    if left >= 4 {
        let bar = bar(progress.done, progress.total, left.min(20));
        text.push_str(&format!("  {bar}"));
    }
    text
}

/// The same without the bar, for headers.
pub fn progress_in_short(status: Status) -> String {
    let progress = status.progress;
    match (progress.stage, progress.total) {
        ("", _) => "waiting".to_owned(),
        (stage, 0) => format!("{stage}…"),
        (stage, total) => {
            let mut text = format!("{stage} {}", percent(progress.done, total));
            if stage.starts_with("reading") {
                text.push_str(&format!(" of {}", bytes(total)));
                if let Some(left) = time_left(status) {
                    text.push_str(&format!(", {} left", duration(left)));
                }
            }
            text
        }
    }
}

fn add(text: &mut String, more: &str, room: usize) {
    if width::width(text) + width::width(more) <= room {
        text.push_str(more);
    }
}

/// How long a stage that began with the job will take yet, at its pace so far; `None` where that is soon.
fn time_left(status: Status) -> Option<Duration> {
    let (done, total) = (status.progress.done, status.progress.total);
    let left = total.checked_sub(done).filter(|_| done > 0)?;
    let left = status.elapsed.mul_f64(left as f64 / done as f64);
    (left >= WORTH_SAYING).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Progress;

    fn at(stage: &'static str, done: u64, total: u64, seconds: u64) -> Status {
        Status {
            progress: Progress { stage, done, total },
            elapsed: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn reading_says_what_is_left() {
        let status = at("reading", 25_000_000, 100_000_000, 2);
        assert_eq!(
            progress(status, 50),
            "reading  25% of 100 MB  12.5 MB/s  6.0 s left"
        );
        assert_eq!(progress(status, 36), "reading  25% of 100 MB  12.5 MB/s");
        assert_eq!(
            progress_in_short(status),
            "reading 25% of 100 MB, 6.0 s left"
        );
        let soon = at("reading", 90, 100, 2);
        assert!(!progress(soon, 80).contains("left"));
        assert_eq!(progress(at("", 0, 0, 1), 80), "waiting");
        assert_eq!(progress_in_short(at("linking", 0, 0, 1)), "linking…");
        assert_eq!(progress_in_short(at("counting", 1, 2, 1)), "counting 50%");
    }
}
