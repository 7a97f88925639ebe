//! Ropes: concatenated strings, whose text lies in their parts.
//!
//! A program that appends in a loop leaves a rope as deep as the loop was long. Only the first part of its text is
//! ever shown, and that lies at the bottom. So once per heap every rope learns which node's text begins like its own;
//! after that the beginning of any text is a few steps away, whatever the shape.

use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::NodeKind;
use crate::task::Task;
use crate::text::order::utf16_len;

use super::Heap;
use super::pace::Pace;
use super::rope_texts::{LIMIT, Made, NO_TEXT, Ropes};
use super::well_known::Word;

impl Heap {
    /// What is known of the ropes; found out now unless it was before.
    pub(super) fn ropes(&self) -> &Ropes {
        self.ropes
            .get_or_init(|| Ropes::find(self, &Task::new()).unwrap_or_default())
    }
}

impl Ropes {
    /// Looks at every rope once.
    fn find(heap: &Heap, task: &Task) -> Result<Self> {
        let ropes: Vec<u32> = (0..heap.node_count() as u32)
            .filter(|&node| heap.kind(NodeId(node)) == NodeKind::CONCATENATED_STRING)
            .collect();
        let mut pace = Pace::stage(task, "following ropes", ropes.len());
        let mut search = Search {
            heap,
            known: vec![Known::UNSEEN; ropes.len()],
            ropes,
        };
        let mut pending = Vec::new();
        for start in 0..search.ropes.len() {
            pending.push(start);
            while let Some(&rope) = pending.last() {
                pace.step(1)?;
                search.visit(rope, &mut pending);
            }
        }
        let both = search.ropes.into_iter().zip(search.known);
        Ok(Self::new(
            both.map(|(rope, known)| (rope, known.same))
                .filter(|&(rope, same)| rope != same)
                .collect(),
        ))
    }

    /// The text of a rope, cut at the limit.
    pub(super) fn text(&self, heap: &Heap, rope: NodeId) -> String {
        let Some(rope) = self.same(rope) else {
            return String::new();
        };
        if let Some(known) = self.made.get(rope) {
            return known.text.clone();
        }
        let mut made = Made::default();
        let mut pending = vec![rope];
        while made.units() < u32::from(LIMIT)
            && let Some(part) = pending.pop()
        {
            if heap.kind(part) != NodeKind::CONCATENATED_STRING {
                made.push(&heap.raw_name(part));
            } else if let Some(known) = self.made.get(part) {
                made.push_made(&known);
            } else {
                let [first, second] = parts(heap, part);
                pending.extend(self.same(second));
                pending.extend(self.same(first));
            }
        }
        let text = made.text.clone();
        self.made.keep(rope, made);
        text
    }
}

/// The two parts of a rope. One that is missing is the first node to DevTools: the root, which has no name.
fn parts(heap: &Heap, rope: NodeId) -> [NodeId; 2] {
    [Word::First, Word::Second].map(|name| heap.internal(rope, name).unwrap_or_default())
}

/// What is known of a rope's text.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Length in UTF-16 code units, up to the limit; or one of the marks below.
    units: u16,
    /// The node that stands for it.
    same: u32,
}

impl Known {
    const UNSEEN: Self = Self {
        units: u16::MAX,
        same: NO_TEXT,
    };
    /// Being looked at: a rope that meets itself among its parts takes that one for empty.
    const OPEN: Self = Self {
        units: u16::MAX - 1,
        same: NO_TEXT,
    };
}

struct Search<'a> {
    heap: &'a Heap,
    ropes: Vec<u32>,
    known: Vec<Known>,
}

impl Search<'_> {
    /// Looks at the rope on top of `pending`: first sends for its parts, and when they are known, settles it.
    fn visit(&mut self, rope: usize, pending: &mut Vec<usize>) {
        let units = self.known[rope].units;
        if units <= LIMIT {
            pending.pop();
            return;
        }
        let node = self.ropes[rope];
        let parts = parts(self.heap, NodeId(node));
        if units == Known::UNSEEN.units {
            self.known[rope] = Known::OPEN;
            let before = pending.len();
            for part in parts.iter().rev() {
                if let Ok(part) = self.ropes.binary_search(&part.0)
                    && self.known[part].units == Known::UNSEEN.units
                {
                    pending.push(part);
                }
            }
            if pending.len() > before {
                return;
            }
        }
        let [first, second] = parts.map(|part| self.part(part));
        self.known[rope] = if first.units == LIMIT || second.units == 0 {
            first
        } else if first.units == 0 {
            second
        } else {
            Known {
                units: (first.units + second.units).min(LIMIT),
                same: node,
            }
        };
        pending.pop();
    }

    fn part(&self, part: NodeId) -> Known {
        let known = match self.ropes.binary_search(&part.0) {
            Ok(rope) => self.known[rope],
            Err(_) => Known {
                units: utf16_len(&self.heap.raw_name(part)).min(usize::from(LIMIT)) as u16,
                same: part.0,
            },
        };
        if known.units == 0 || known.units > LIMIT {
            Known {
                units: 0,
                same: NO_TEXT,
            }
        } else {
            known
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use proptest::prelude::*;

    use super::*;
    use crate::snapshot::EdgeKind;

    fn rope(sketch: &mut Sketch, first: NodeId, second: NodeId) -> NodeId {
        let rope = sketch.rooted(NodeKind::CONCATENATED_STRING, "", 32);
        sketch.edge(rope, EdgeKind::INTERNAL, "first", first);
        sketch.edge(rope, EdgeKind::INTERNAL, "second", second);
        rope
    }

    #[test]
    fn joins_parts_in_order_and_stops_behind_the_limit() {
        let mut sketch = Sketch::new();
        let [a, b, empty] = ["a", "b", ""].map(|text| sketch.node(NodeKind::STRING, text, 16));
        let long = sketch.node(NodeKind::STRING, &"x".repeat(1023), 2000);
        let ab = rope(&mut sketch, a, b);
        let nested = rope(&mut sketch, ab, ab);
        let flat = rope(&mut sketch, nested, empty);
        let front = rope(&mut sketch, empty, flat);
        let nothing = rope(&mut sketch, empty, empty);
        let cut = rope(&mut sketch, long, nested);
        let over = rope(&mut sketch, a, cut);
        let half = sketch.rooted(NodeKind::CONCATENATED_STRING, "", 32);
        sketch.edge(half, EdgeKind::INTERNAL, "second", b);
        let heap = sketch.heap();
        let text = |node| heap.display_name(node);
        assert_eq!(text(ab), "ab");
        assert_eq!(
            [text(nested), text(flat), text(front)],
            ["abab", "abab", "abab"]
        );
        assert_eq!(text(nothing), "");
        assert_eq!(text(cut), "x".repeat(1023) + "a");
        assert_eq!(text(over), "a".to_owned() + &"x".repeat(1023));
        assert_eq!(text(half), "b");
    }

    #[test]
    fn deep_ropes_and_rings_end() {
        let mut sketch = Sketch::new();
        let bit = sketch.node(NodeKind::STRING, "0123456789", 24);
        let mut deep = bit;
        for _ in 0..20_000 {
            deep = rope(&mut sketch, deep, bit);
        }
        let first = NodeId(sketch.nodes.len() as u32);
        let ring: Vec<NodeId> = (0..100)
            .map(|at| rope(&mut sketch, NodeId(first.0 + (at + 1) % 100), bit))
            .collect();
        let itself = NodeId(sketch.nodes.len() as u32);
        let itself = rope(&mut sketch, itself, itself);
        let heap = sketch.heap();
        // Every one of them: quadratic work would show.
        for node in heap.graph().nodes().skip(2) {
            let text = heap.display_name(node);
            assert!(text.len() <= 1030 && text.starts_with("0123456789") == (node != itself));
        }
        assert_eq!(heap.display_name(deep).len(), 1030);
        assert_eq!(heap.display_name(ring[0]).len() % 10, 0);
        assert_eq!(heap.display_name(itself), "");
    }

    /// The text as one finds it part by part: strings are added until the limit is reached.
    fn naive(heap: &Heap, rope: NodeId) -> String {
        let (mut text, mut pending) = (String::new(), vec![rope]);
        while utf16_len(&text) < usize::from(LIMIT)
            && let Some(part) = pending.pop()
        {
            if heap.kind(part) == NodeKind::CONCATENATED_STRING {
                let [first, second] = parts(heap, part);
                pending.extend([second, first]);
            } else {
                text.push_str(&heap.raw_name(part));
            }
        }
        text
    }

    proptest! {
        #[test]
        fn texts_are_those_of_the_parts(
            lengths in proptest::collection::vec(0..400usize, 1..5),
            joins in proptest::collection::vec((any::<u16>(), any::<u16>(), 0..4u8), 1..60),
            backwards: bool,
        ) {
            let mut sketch = Sketch::new();
            let mut all: Vec<NodeId> = (0..)
                .zip(&lengths)
                .map(|(at, &length)| {
                    let text = ["a", "\u{e9}", "\u{1f600}", "z"][at % 4].repeat(length);
                    sketch.node(NodeKind::STRING, &text, 16)
                })
                .collect();
            for (first, second, shape) in joins {
                let any = |number: u16| all[usize::from(number) % all.len()];
                let last = all[all.len() - 1];
                let (first, second) = match shape {
                    0 => (last, any(second)),
                    1 => (any(first), last),
                    2 => (last, last),
                    _ => (any(first), any(second)),
                };
                all.push(rope(&mut sketch, first, second));
            }
            let heap = sketch.heap();
            if backwards {
                all.reverse();
            }
            for node in all {
                if heap.kind(node) == NodeKind::CONCATENATED_STRING {
                    prop_assert_eq!(heap.display_name(node), naive(&heap, node));
                }
            }
        }
    }
}
