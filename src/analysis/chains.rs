//! Chains with their repetitions folded: a list of a million elements is one step that is taken a million times.

use crate::analysis::paths::{EdgeShape, edge_shape};
use crate::graph::EdgeId;
use crate::heap::{ClassId, Heap};

/// A stretch of a chain that reads as one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first step.
    pub first: usize,
    /// How many steps; one where nothing is folded.
    pub count: usize,
    /// How many steps come again and again; 0 where the steps have nothing in common, and there are only too many.
    pub period: usize,
}

impl Span {
    /// How many times its steps come; once where nothing is folded or they have nothing in common.
    pub fn times(self) -> usize {
        self.count.checked_div(self.period).unwrap_or(1)
    }

    /// The last step.
    pub fn last(self) -> usize {
        self.first + self.count.max(1) - 1
    }
}

/// When steps are folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Least {
    /// A step alone: when it comes this often in a row.
    pub alone: usize,
    /// Steps that come in turn: when all of them come this often.
    pub in_turn: usize,
}

/// In trees, where a folded row costs one key more to look into.
pub const ROWS: Least = Least {
    alone: 4,
    in_turn: 3,
};

/// In sentences, where all that comes again is one time too many.
pub const WORDS: Least = Least {
    alone: 2,
    in_turn: 3,
};

/// So many steps can come in turn.
const PERIODS: usize = 4;

/// The most spans that a chain is folded to; beyond that its middle is folded, repeating or not.
const SPANS: usize = 200;

/// Folds the repetitions of a chain whose steps look like `shapes`. All steps are in exactly one span, in order, and
/// there are not more than some two hundred.
///
/// Linear: what does not repeat is given up after a few steps.
pub fn fold<T: PartialEq>(shapes: &[T]) -> Vec<Span> {
    let mut spans = repetitions(shapes, ROWS);
    if spans.len() > SPANS {
        let until = spans.len() - SPANS / 2;
        let (start, end) = (spans[SPANS / 2].first, spans[until].first);
        let middle = Span {
            first: start,
            count: end - start,
            period: 0,
        };
        spans.splice(SPANS / 2..until, [middle]);
    }
    spans
}

/// The same without a limit to the number of spans.
pub fn repetitions<T: PartialEq>(shapes: &[T], least: Least) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut first = 0;
    while first < shapes.len() {
        let (count, period) = (1..=PERIODS)
            .find_map(|period| repetition(&shapes[first..], period, least))
            .unwrap_or((1, 1));
        spans.push(Span {
            first,
            count,
            period,
        });
        first += count;
    }
    spans
}

/// How many steps at the beginning repeat with this period, if they do so often enough.
fn repetition<T: PartialEq>(shapes: &[T], period: usize, least: Least) -> Option<(usize, usize)> {
    let again = shapes.iter().skip(period).zip(shapes);
    let same = again.take_while(|(later, before)| later == before).count();
    let times = (same + period) / period;
    let least = if period == 1 {
        least.alone
    } else {
        least.in_turn
    };
    (times >= least).then_some((times * period, period))
}

/// What a step of a chain looks like: how an object is referred to, and the class of the one at the chain's far end.
pub type StepShape = (EdgeShape, ClassId);

/// What a step upwards looks like: the edge, and the class of the holder.
pub fn shape_of_holder(heap: &Heap, edge: EdgeId) -> StepShape {
    let holder = heap.graph().source(edge);
    (edge_shape(heap, edge), heap.class_id(holder))
}

/// What a step downwards looks like: the edge, and the class of what it leads to.
pub fn shape_of_held(heap: &Heap, edge: EdgeId) -> StepShape {
    let held = heap.graph().target(edge);
    (edge_shape(heap, edge), heap.class_id(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<(usize, usize)> {
        let spans = fold(text.as_bytes());
        let mut next = 0;
        for span in &spans {
            assert_eq!(span.first, next, "{text}");
            next = span.last() + 1;
        }
        assert_eq!(next, text.len());
        spans.iter().map(|span| (span.count, span.period)).collect()
    }

    #[test]
    fn repetitions_become_one_row() {
        assert_eq!(folded(""), []);
        assert_eq!(folded("aab"), [(1, 1); 3]);
        assert_eq!(folded("aaab"), [(1, 1); 4]);
        assert_eq!(folded("xaaaaay"), [(1, 1), (5, 1), (1, 1)]);
        assert_eq!(folded("xabababay"), [(1, 1), (6, 2), (1, 1), (1, 1)]);
        assert_eq!(folded("abcabcabcz"), [(9, 3), (1, 1)]);
        assert_eq!(folded(&"a".repeat(1_000_000)), [(1_000_000, 1)]);
    }

    #[test]
    fn sentences_fold_earlier() {
        let folded = |text: &str| -> Vec<(usize, usize)> {
            let spans = repetitions(text.as_bytes(), WORDS);
            spans
                .iter()
                .map(|span| (span.period, span.times()))
                .collect()
        };
        assert_eq!(folded("abc"), [(1, 1); 3]);
        assert_eq!(folded("abbbc"), [(1, 1), (1, 3), (1, 1)]);
        assert_eq!(folded("rababab"), [(1, 1), (2, 3)]);
        assert_eq!(folded("abab"), [(1, 1); 4]);
        assert_eq!(folded("aa"), [(1, 2)]);
        assert_eq!(folded(""), []);
    }

    #[test]
    fn what_does_not_repeat_is_folded_where_it_is_too_long() {
        let shapes: Vec<u32> = (0..100_000).collect();
        let spans = fold(&shapes);
        assert_eq!(spans.len(), SPANS + 1);
        let middle = spans[SPANS / 2];
        assert_eq!((middle.period, middle.count), (0, 100_000 - SPANS));
        assert_eq!(spans.last().map(|span| span.last()), Some(99_999));
    }
}
