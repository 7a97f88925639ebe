//! About how many names the objects of a dump have, by a sample of its nodes: each makes a class, which takes as much
//! memory as several nodes. To estimate by, before the dump is read.

use foldhash::{HashMap, HashMapExt};

use super::kinds::NodeKind;
use super::layout::{Field, Layout};
use super::source::Source;
use super::stream::Stream;

/// Of smaller files all classes together take next to nothing.
const WORTH_A_LOOK: u64 = 1 << 22;
/// How many places are looked at.
const PLACES: u64 = 16;
/// Bytes of text at each of them.
const BLOCK: usize = 1 << 14;
/// The text of a node and of an edge, as they compare.
const NODE_TEXT: u64 = 24;
const EDGE_TEXT: u64 = 15;

/// Estimates how many different names the objects have. `stream` is behind the header, in whose file `strings` is where
/// the strings begin, if that is known; `counts` are how many nodes and edges there are.
pub(super) fn object_names(
    source: &Source<'_>,
    stream: &mut Stream<'_>,
    layout: &Layout,
    strings: Option<u64>,
    counts: (u64, u64),
) -> u64 {
    let (nodes, edges) = counts;
    if source.stored_bytes() < WORTH_A_LOOK && strings.is_some() || nodes == 0 {
        return 0;
    }
    // Nodes are told from edges by how many numbers stand on a line.
    if layout.node.len() == layout.edge.len() {
        return 0;
    }
    let mut sample = Sample::new(layout);
    match strings {
        Some(strings) => {
            let numbers = strings.saturating_sub(stream.offset()) as u128;
            let (nodes, edges) = (
                nodes.saturating_mul(NODE_TEXT),
                edges.saturating_mul(EDGE_TEXT),
            );
            let all = u128::from(nodes) + u128::from(edges);
            let of_nodes = (numbers * u128::from(nodes) / all.max(1)) as u64;
            let mut block = vec![0; BLOCK];
            for place in 0..PLACES {
                let at = stream.offset() + of_nodes / PLACES * place;
                if source.read_exactly(&mut block, at).is_ok() {
                    sample.add(&block);
                }
            }
        }
        None => {
            let Ok(block) = stream.block() else { return 0 };
            let length = (block.len() / PLACES as usize).max(1);
            block.chunks(length).for_each(|part| sample.add(part));
        }
    }
    sample.names(nodes)
}

/// Rows of nodes at several places.
struct Sample<'a> {
    layout: &'a Layout,
    /// How many places were looked at.
    places: u32,
    rows: u64,
    /// By the name of objects: the last place where it was found, and at how many.
    found: HashMap<u64, (u32, u32)>,
}

impl<'a> Sample<'a> {
    fn new(layout: &'a Layout) -> Self {
        Self {
            layout,
            places: 0,
            rows: 0,
            found: HashMap::new(),
        }
    }

    /// Looks at the whole lines of a piece of text.
    fn add(&mut self, text: &[u8]) {
        let fields = &self.layout.node;
        let place = |field| fields.iter().position(|&one| one == field);
        let (Some(kind), Some(name)) = (place(Field::Kind), place(Field::Name)) else {
            return;
        };
        let mut lines = text.split(|&byte| byte == b'\n').skip(1).peekable();
        let mut row = Vec::with_capacity(fields.len());
        while let Some(line) = lines.next() {
            if lines.peek().is_none() {
                break;
            }
            row.clear();
            let numbers = line.split(|&byte| byte == b',');
            row.extend(numbers.filter(|text| !text.is_empty()).map(number));
            if row.len() != fields.len() {
                continue;
            }
            self.rows += 1;
            let (Some(kind), Some(name)) = (row[kind], row[name]) else {
                continue;
            };
            if self.layout.node_kinds.get(kind as usize) == Some(&NodeKind::OBJECT.0) {
                let (last, count) = self.found.entry(name).or_insert((u32::MAX, 0));
                if *last != self.places {
                    (*last, *count) = (self.places, *count + 1);
                }
            }
        }
        self.places += 1;
    }

    /// How many names so many nodes have: those that were found, and as many more as those that were found at one place
    /// and at two tell (Chao's estimate of species), but no more than if each node goes on to bring as many new ones.
    fn names(&self, nodes: u64) -> u64 {
        let at = |places| {
            let counts = self.found.values();
            counts.filter(|(_, count)| *count == places).count() as u64
        };
        let (once, twice) = (at(1), at(2));
        let unseen = match twice {
            0 => once.saturating_mul(once.saturating_sub(1)) / 2,
            twice => once.saturating_mul(once) / (2 * twice),
        };
        let each_new = (u128::from(nodes) * u128::from(once) / u128::from(self.rows.max(1))) as u64;
        self.found.len() as u64 + unseen.min(each_new)
    }
}

/// A whole number; nothing for any other text.
fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout {
            node: vec![Field::Kind, Field::Name, Field::Id, Field::SelfSize],
            edge: vec![Field::Kind, Field::Name, Field::To],
            node_kinds: vec![NodeKind::HIDDEN.0, NodeKind::OBJECT.0],
            ..Layout::default()
        }
    }

    /// What a tenth of these rows, in 16 pieces of their text, says of all.
    fn estimate(rows: &[(u64, u64)]) -> u64 {
        let text: String = rows
            .iter()
            .map(|(kind, name)| format!(",{kind},{name},1,16\n"))
            .collect();
        let layout = layout();
        let mut sample = Sample::new(&layout);
        let (length, each) = (text.len() / 160, text.len() / 16);
        for at in 0..16 {
            sample.add(&text.as_bytes()[at * each..][..length]);
        }
        sample.names(rows.len() as u64)
    }

    #[test]
    fn names_are_estimated_by_a_tenth_of_the_rows() {
        let count = 60_000u64;
        let close = |rows: &[(u64, u64)], names: u64| {
            let found = estimate(rows);
            assert!(
                found.abs_diff(names) * 5 <= names,
                "{found} instead of {names}"
            );
        };
        let all_new: Vec<_> = (0..count).map(|row| (1, row)).collect();
        close(&all_new, count);
        let half_new: Vec<_> = (0..count).map(|row| (1, row * (row % 2))).collect();
        close(&half_new, count / 2);
        // Classes of other types have a name together.
        let few: Vec<_> = (0..count).map(|row| (row % 2, row % 100)).collect();
        close(&few, 50);
        let none: Vec<_> = (0..count).map(|row| (0, row)).collect();
        assert_eq!(estimate(&none), 0);
    }

    #[test]
    fn other_lines_are_passed_over() {
        let layout = layout();
        let mut sample = Sample::new(&layout);
        sample.add(b"1,5,1,16\n,1,7,1,16\n,1,2,3\n\"a\",x,1,1\n1,8,1,16\n,1,9,1");
        let mut names: Vec<u64> = sample.found.keys().copied().collect();
        names.sort_unstable();
        assert_eq!((sample.rows, names), (3, vec![7, 8]));
    }
}
