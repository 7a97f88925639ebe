//! Finding objects by the names of their properties and by the values of strings.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::analysis::pattern::Pattern;
use crate::column::BitSet;
use crate::error::Result;
use crate::graph::{EdgeId, NodeId};
use crate::heap::Heap;
use crate::snapshot::{EdgeKind, NodeKind, StrId};
use crate::task::Task;

/// In what to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// The names of properties and of variables that closures captured.
    Properties,
    /// The texts of strings; of concatenated ones each piece by itself.
    Strings,
}

/// Something that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The string, or what the property refers to.
    pub node: NodeId,
    /// The property.
    pub edge: Option<EdgeId>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hits {
    /// How many there are.
    pub count: u64,
    /// How many different texts or names that are.
    pub texts: u64,
    /// Those that retain most, at most [`KEPT`]; what retains most first.
    pub hits: Vec<Hit>,
}

/// How many hits are kept; all are counted.
pub const KEPT: usize = 10_000;
/// After how many bytes of text somebody may want to cancel.
const BYTES: usize = 1 << 22;

/// Looks through all objects of the heap. Each text of the string table is looked at once at most, however many
/// objects share it; what is kept does not grow with what is found.
///
/// # Errors
/// When the task is cancelled.
pub fn find(heap: &Heap, what: What, pattern: &Pattern, task: &Task) -> Result<Hits> {
    let mut search = Search {
        heap,
        pattern,
        task,
        known: BitSet::new(heap.strings().len()),
        found: BitSet::new(heap.strings().len()),
        texts: 0,
        bytes: 0,
    };
    let mut kept = Kept::default();
    match what {
        What::Strings => {
            task.stage("searching strings", heap.node_count() as u64);
            for node in heap.graph().nodes() {
                task.reached(node.index())?;
                if heap.kind(node) == NodeKind::STRING && search.answers(heap.name_id(node))? {
                    kept.take(heap.retained(node), Hit { node, edge: None });
                }
            }
        }
        What::Properties => {
            task.stage("searching properties", heap.edge_count() as u64);
            for edge in (0..heap.edge_count() as u32).map(EdgeId) {
                task.reached(edge.index())?;
                let named = matches!(heap.edge_kind(edge), EdgeKind::PROPERTY | EdgeKind::CONTEXT);
                let name = heap.edge_name_id(edge).filter(|_| named);
                if let Some(name) = name
                    && search.answers(name)?
                {
                    let node = heap.graph().target(edge);
                    let edge = Some(edge);
                    kept.take(heap.retained(node), Hit { node, edge });
                }
            }
        }
    }
    Ok(Hits {
        count: kept.count,
        texts: search.texts,
        hits: kept.finish(),
    })
}

struct Search<'a> {
    heap: &'a Heap,
    pattern: &'a Pattern,
    task: &'a Task,
    /// The texts that were looked at.
    known: BitSet,
    /// Those of them that answer.
    found: BitSet,
    texts: u64,
    bytes: usize,
}

impl Search<'_> {
    fn answers(&mut self, text: StrId) -> Result<bool> {
        let index = text.0 as usize;
        if index >= self.known.len() {
            return Ok(false);
        }
        if self.known.contains(index) {
            return Ok(self.found.contains(index));
        }
        let text = self.heap.strings().get(text);
        self.bytes += text.len();
        if self.bytes > BYTES {
            self.bytes = 0;
            self.task.check()?;
        }
        let found = self.pattern.is_match(&text);
        self.known.insert(index);
        if found {
            self.found.insert(index);
            self.texts += 1;
        }
        Ok(found)
    }
}

/// Those that retain most; of equals those that come first in the dump.
#[derive(Default)]
struct Kept {
    count: u64,
    /// The least on top.
    best: BinaryHeap<Reverse<(u64, Reverse<Hit>)>>,
}

impl Kept {
    fn take(&mut self, retained: u64, hit: Hit) {
        self.count += 1;
        let ranked = Reverse((retained, Reverse(hit)));
        if self.best.len() < KEPT {
            self.best.push(ranked);
        } else if let Some(mut least) = self.best.peek_mut()
            && ranked.0 > least.0
        {
            *least = ranked;
        }
    }

    fn finish(self) -> Vec<Hit> {
        let ranked = self.best.into_sorted_vec().into_iter();
        ranked.map(|Reverse((_, Reverse(hit)))| hit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::pattern::How;
    use crate::heap::testing::Sketch;

    fn heap() -> Heap {
        let mut sketch = Sketch::new();
        let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
        for (name, size) in [
            ("session 1", 10),
            ("session 2", 30),
            ("session 1", 20),
            ("other", 5),
        ] {
            let string = sketch.node(NodeKind::STRING, name, size);
            sketch.edge(global, EdgeKind::PROPERTY, "user", string);
            sketch.edge(global, EdgeKind::WEAK, "user", string);
        }
        let list = sketch.node(NodeKind::OBJECT, "session 3", 8);
        sketch.edge(global, EdgeKind::CONTEXT, "userList", list);
        sketch.heap()
    }

    #[test]
    fn strings_are_found_by_their_values_and_properties_by_their_names() {
        let heap = heap();
        let found = |what, how, query: &str| {
            let found = find(&heap, what, &Pattern::new(how, query), &Task::new()).unwrap();
            let sizes: Vec<u64> = found
                .hits
                .iter()
                .map(|hit| heap.shallow(hit.node))
                .collect();
            (found.count, found.texts, sizes)
        };
        assert_eq!(
            found(What::Strings, How::Text, "session"),
            (3, 2, vec![30, 20, 10])
        );
        assert_eq!(found(What::Strings, How::Regex, "n 2$"), (1, 1, vec![30]));
        assert_eq!(found(What::Strings, How::Fuzzy, "ssn1").0, 2);
        assert_eq!(found(What::Properties, How::Text, "user").0, 5);
        assert_eq!(found(What::Properties, How::Fuzzy, "uL"), (1, 1, vec![8]));
        assert_eq!(found(What::Strings, How::Text, "nothing"), (0, 0, vec![]));
    }

    #[test]
    fn a_search_can_be_cancelled() {
        let task = Task::new();
        task.cancel();
        let pattern = Pattern::new(How::Text, "x");
        assert!(find(&heap(), What::Strings, &pattern, &task).is_err());
    }

    #[test]
    fn the_largest_are_kept_whatever_the_order() {
        let mut kept = Kept::default();
        for number in 0..3 * KEPT as u32 {
            let hit = Hit {
                node: NodeId(number),
                edge: None,
            };
            kept.take(u64::from(number % 7), hit);
        }
        assert_eq!(kept.count, 3 * KEPT as u64);
        let hits = kept.finish();
        assert_eq!(hits.len(), KEPT);
        assert_eq!(hits[0].node, NodeId(6));
        assert_eq!(hits[1].node, NodeId(13));
    }
}
