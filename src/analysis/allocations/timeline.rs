//! The allocation timeline: bars over time, and ranges of time as ranges of object ids.

use crate::analysis::filter::Filter;
use crate::error::{Error, ErrorKind, Result};
use crate::heap::Heap;
use crate::snapshot::Sample;
use crate::task::{CHECK_EVERY, Task};

/// What was allocated between a sample and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bar {
    /// When the sample was taken, in µs since the first one.
    pub time_us: u64,
    /// Object ids above this one, up to and including `up_to_id`.
    pub after_id: u32,
    /// The last object id that had been given out.
    pub up_to_id: u32,
    /// Objects with such ids that are alive in the dump; native ones, which have even ids, do not count.
    pub live_count: u64,
    /// Their shallow sizes in bytes.
    pub live_size: u64,
}

impl Bar {
    /// How many objects got an id in this time and are gone. Their sizes are not known.
    pub fn gone_count(&self) -> u64 {
        let given = u64::from(self.up_to_id.saturating_sub(self.after_id)) / 2;
        given.saturating_sub(self.live_count)
    }
}

/// The samples of a dump, in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    /// A bar for each sample. The first one holds all that was there when the recording began.
    pub bars: Vec<Bar>,
}

impl Timeline {
    /// The timeline of a heap; nothing where none was recorded. Linear in the objects.
    ///
    /// An object belongs to the first sample whose last id is not below its own.
    ///
    /// # Errors
    /// When samples are not in the order of time, or the task is cancelled.
    pub fn of(heap: &Heap, task: &Task) -> Result<Option<Self>> {
        let samples = heap.samples();
        let Some(first) = samples.first() else {
            return Ok(None);
        };
        let is_back = |pair: &[Sample]| {
            pair[1].timestamp_us < pair[0].timestamp_us
                || pair[1].last_assigned_id < pair[0].last_assigned_id
        };
        if let Some(at) = samples.windows(2).position(is_back) {
            let number = at + 2;
            return Err(Error::new(
                ErrorKind::Malformed,
                format!(
                    "sample {number} of \"samples\" goes back in time or in object ids, where each follows the one before"
                ),
            )
            .advise("the timeline is damaged: record again; the objects can be looked at all the same"));
        }
        let mut bars: Vec<Bar> = Vec::with_capacity(samples.len());
        for sample in samples {
            bars.push(Bar {
                time_us: sample.timestamp_us.saturating_sub(first.timestamp_us),
                after_id: bars.last().map_or(0, |bar| bar.up_to_id),
                up_to_id: sample.last_assigned_id,
                ..Bar::default()
            });
        }
        for node in heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let id = heap.id(node);
            if id.is_multiple_of(2) {
                continue;
            }
            let at = bars.partition_point(|bar| bar.up_to_id < id);
            if let Some(bar) = bars.get_mut(at) {
                bar.live_count += 1;
                bar.live_size += heap.shallow(node);
            }
        }
        Ok(Some(Self { bars }))
    }

    /// How long the recording was, in µs.
    pub fn span_us(&self) -> u64 {
        self.bars.last().map_or(0, |bar| bar.time_us)
    }

    /// A range of time, in µs, whose filter lets exactly the bars from `first` to `last` through: it begins behind the
    /// sample before them and ends before their last one, in whole milliseconds where that is possible. What came behind
    /// the last sample of all belongs to its bar.
    pub fn window(&self, first: usize, last: usize) -> (u64, u64) {
        let time = |bar: usize| self.bars.get(bar).map_or(0, |bar| bar.time_us);
        let (begin, end) = (time(first), time(last));
        let before = |bar: usize| bar.checked_sub(1).map(time);
        // Samples of one time cannot be told apart by it.
        let left = before(first).map_or(0, |before| (before + 1).min(begin));
        let is_last = last + 1 >= self.bars.len();
        let right = match is_last {
            true => end,
            false => end.saturating_sub(1).max(before(last).unwrap_or(0)),
        };
        let (rounded_left, rounded_right) = match is_last {
            true => (left.div_ceil(1000) * 1000, right.div_ceil(1000) * 1000),
            false => (left.div_ceil(1000) * 1000, right / 1000 * 1000),
        };
        let fits = rounded_left <= begin
            && rounded_left <= rounded_right
            && rounded_right >= before(last).unwrap_or(0);
        if fits {
            return (rounded_left, rounded_right);
        }
        (left, right.max(left))
    }

    /// The filter for what was allocated from `from_us` to `to_us`: whole bars, those at both ends among them, as
    /// DevTools does when the range is chosen there (`HeapTimelineOverview.updateGrid`). A range that ends at the very
    /// time of a sample takes the bar behind it along; see [`Timeline::window`].
    pub fn filter(&self, from_us: u64, to_us: u64) -> Filter {
        let first = self.bars.partition_point(|bar| bar.time_us < from_us);
        let behind = self.bars.partition_point(|bar| bar.time_us <= to_us);
        let after = first
            .checked_sub(1)
            .and_then(|before| self.bars.get(before));
        Filter::Allocated {
            after: after.map_or(0, |bar| bar.up_to_id),
            up_to: self.bars.get(behind).map_or(u32::MAX, |bar| bar.up_to_id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::testing::Sketch;
    use crate::snapshot::NodeKind;

    #[test]
    fn objects_belong_to_the_sample_that_ends_behind_them() {
        let mut sketch = Sketch::new();
        for size in [8, 16, 32, 64] {
            // Ids 3, 5, 7, 9.
            sketch.rooted(NodeKind::OBJECT, "Thing", size);
        }
        let mut snapshot = sketch.snapshot();
        let sample = |timestamp_us, last_assigned_id| Sample {
            timestamp_us,
            last_assigned_id,
        };
        snapshot.samples = vec![sample(1_000, 3), sample(2_000, 3), sample(3_000, 7)];
        let heap = Heap::build(snapshot, &Task::new()).unwrap();
        let timeline = Timeline::of(&heap, &Task::new()).unwrap().unwrap();
        let sizes: Vec<u64> = timeline.bars.iter().map(|bar| bar.live_size).collect();
        assert_eq!(
            sizes,
            [8, 0, 48],
            "the last object came after the last sample"
        );
        assert_eq!(timeline.span_us(), 2_000);
        assert_eq!(timeline.bars[2].gone_count(), 0);
        let range = |from, to| timeline.filter(from, to);
        let ids = |after, up_to| Filter::Allocated { after, up_to };
        assert_eq!(range(0, 0), ids(0, 3));
        assert_eq!(range(1_500, 9_999), ids(3, u32::MAX));
        assert_eq!(range(500, 1_000), ids(3, 7));
        for (first, last, expected) in [
            (1, 1, ids(3, 3)),
            (1, 2, ids(3, u32::MAX)),
            (2, 2, ids(3, u32::MAX)),
            (0, 1, ids(0, 3)),
        ] {
            let (from, to) = timeline.window(first, last);
            assert_eq!(
                range(from, to),
                expected,
                "{first} to {last}: {from} to {to}"
            );
        }
        let mut back = Sketch::new().snapshot();
        back.samples = vec![sample(2_000, 3), sample(1_000, 5)];
        let heap = Heap::build(back, &Task::new()).unwrap();
        let error = Timeline::of(&heap, &Task::new()).unwrap_err().to_string();
        assert!(
            error.contains("sample 2") && error.contains("record again"),
            "{error}"
        );
        let none = Sketch::new().heap();
        assert_eq!(Timeline::of(&none, &Task::new()).unwrap(), None);
    }
}
