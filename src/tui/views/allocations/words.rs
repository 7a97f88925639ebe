//! What the page of allocations says above its chart.

use crate::text::units::{bytes, grouped};
use crate::tui::scope::seconds;

use super::{AllocationsPage, Allocator};

impl AllocationsPage {
    /// What was recorded, or what of that came in the range, in words.
    pub(super) fn words(&self) -> String {
        let Some(timeline) = &self.timeline else {
            return match self.looked {
                true => "no timeline was recorded with this dump".to_owned(),
                false => String::new(),
            };
        };
        // What was there before the recording began is in the first bar.
        let last = timeline.bars.len().saturating_sub(1);
        let (from, to) = self.range.unwrap_or((last.min(1), last));
        let when = match self.range {
            None => "recorded".to_owned(),
            Some(_) => {
                let (from, to) = timeline.window(from, to);
                format!("recorded from {} s to {} s", seconds(from), seconds(to))
            }
        };
        let Some(rows) = self.functions.as_deref() else {
            let bars = timeline.bars.get(from..=to).unwrap_or_default();
            let live = bars.iter().map(|bar| bar.live_count).sum();
            let size = bars.iter().map(|bar| bar.live_size).sum();
            return format!("{when}: {} objects alive, {}", grouped(live), bytes(size));
        };
        let sum = |figure: fn(&Allocator) -> u64| rows.iter().map(figure).sum::<u64>();
        let live = format!(
            "{} alive, {}",
            grouped(sum(|row| row.live_count)),
            bytes(sum(|row| row.live_size))
        );
        match self.range {
            Some(_) => format!("{when}: {live}"),
            None => {
                let own = rows.iter().filter(|row| row.is_profilers());
                let own = match own.map(|row| row.size).sum() {
                    0 => String::new(),
                    size => format!(" (profiler {})", bytes(size)),
                };
                format!(
                    "{when}: {} objects, {}{own}; {live}",
                    grouped(sum(|row| row.count)),
                    bytes(sum(|row| row.size))
                )
            }
        }
    }

    /// What the figures mean where they do not seem to fit.
    pub(super) fn note(&self) -> Option<String> {
        let rows = self.functions.as_deref()?;
        if self.range.is_some() {
            return Some(
                "What was freed has no time: allocations are counted for the whole recording only."
                    .to_owned(),
            );
        }
        let more = rows.iter().any(|row| row.live_count > row.count);
        more.then(|| {
            "Live counts an array and its elements apart, Count counts one allocation for both."
                .to_owned()
        })
    }
}
