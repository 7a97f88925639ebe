//! Which parts of a range are free: a list of them, in order, of which the first that is long enough is taken.

use std::ops::Range;

/// So many parts may be free at most. What would make one more is lost, rather than that memory is taken to note it.
const PARTS: usize = 4096;

/// The free parts of `0..end`.
#[derive(Debug)]
pub(super) struct Extents {
    /// Ascending, and apart from each other.
    free: Vec<Range<usize>>,
}

impl Extents {
    /// All of `0..end`. Nothing else here takes memory.
    pub(super) fn all(end: usize) -> Self {
        let mut free = Vec::with_capacity(PARTS);
        free.push(0..end);
        Self { free }
    }

    /// The start of the first free part of this length, which is not free any more.
    pub(super) fn take(&mut self, length: usize) -> Option<usize> {
        let at = self.free.iter().position(|part| part.len() >= length)?;
        let start = self.free[at].start;
        self.shorten(at, length);
        Some(start)
    }

    /// Takes the part that begins at `start`, if it is free.
    pub(super) fn take_at(&mut self, start: usize, length: usize) -> bool {
        let at = self.free.binary_search_by_key(&start, |part| part.start);
        match at {
            Ok(at) if self.free[at].len() >= length => {
                self.shorten(at, length);
                true
            }
            _ => false,
        }
    }

    fn shorten(&mut self, at: usize, length: usize) {
        self.free[at].start += length;
        if self.free[at].is_empty() {
            self.free.remove(at);
        }
    }

    /// Gives a part back that was taken.
    pub(super) fn give(&mut self, part: Range<usize>) {
        let at = self.free.partition_point(|free| free.start < part.start);
        let joins_next = self.free.get(at).is_some_and(|next| next.start == part.end);
        let joins_last = at > 0 && self.free[at - 1].end == part.start;
        match (joins_last, joins_next) {
            (true, true) => self.free[at - 1].end = self.free.remove(at).end,
            (true, false) => self.free[at - 1].end = part.end,
            (false, true) => self.free[at].start = part.start,
            (false, false) if self.free.len() < PARTS => self.free.insert(at, part),
            (false, false) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_two_pieces_overlap_and_all_comes_back(steps in proptest::collection::vec((1..40usize, any::<u8>()), 1..200)) {
            let mut extents = Extents::all(1000);
            let mut taken: Vec<Range<usize>> = Vec::new();
            for (length, choice) in steps {
                if choice % 3 == 0 && !taken.is_empty() {
                    extents.give(taken.swap_remove(usize::from(choice) % taken.len()));
                    continue;
                }
                let whole = taken.iter().map(Range::len).sum::<usize>() + length > 1000;
                let grown = taken.last().filter(|_| choice % 3 == 1).map(|last| last.end);
                let start = match grown {
                    Some(end) => extents.take_at(end, length).then_some(end),
                    None => extents.take(length),
                };
                let Some(start) = start else {
                    continue;
                };
                prop_assert!(!whole && start + length <= 1000);
                for other in &taken {
                    prop_assert!(other.end <= start || start + length <= other.start);
                }
                taken.push(start..start + length);
            }
            for part in taken {
                extents.give(part);
            }
            prop_assert_eq!(extents.free, vec![0..1000]);
        }
    }

    #[test]
    fn no_memory_is_taken_for_many_parts() {
        let mut extents = Extents::all(usize::MAX);
        let starts: Vec<usize> = (0..3 * PARTS).map(|_| extents.take(1).unwrap()).collect();
        for start in starts.iter().step_by(2) {
            extents.give(*start..start + 1);
        }
        assert_eq!(
            (extents.free.len(), extents.free.capacity()),
            (PARTS, PARTS)
        );
        assert!(extents.take(2).unwrap() >= starts.len());
    }
}
