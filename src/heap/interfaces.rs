//! Interfaces: classes for plain objects, after the properties that many of them share.
//!
//! Every plain object proposes the list of its first properties. Lists that enough objects propose become
//! definitions; then each plain object gets the largest definition whose properties it has.
//!
//! Properties are the same when their texts are. V8 keeps strings apart that a file spells alike (halves of surrogate
//! pairs become question marks), so equal numbers are not enough.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use foldhash::{HashMap, HashMapExt};

use crate::column::{Numbers, NumbersBuilder, filled, zeros};
use crate::error::Result;
use crate::graph::NodeId;
use crate::graph::ahead::Ahead;
use crate::memory::near;
use crate::snapshot::{EdgeKind, StrId};
use crate::task::Task;
use crate::text::order::utf16_len;

use super::Heap;
use super::names::format_property;
use super::pace::Pace;

/// How long a definition's text may get before its closing brace, in UTF-16 code units.
const TEXT_LIMIT: usize = 120;
/// How many shapes the matcher remembers; bounds its memory where every object has a shape of its own.
const MEMORY: usize = 1 << 20;

/// A set of properties that makes a class of plain objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The class name: `{a, b}`.
    pub name: String,
    /// The properties, as strings of the snapshot; one that comes twice is wanted twice.
    pub properties: Vec<StrId>,
}

/// Which list each plain object proposed, in the order of the nodes; 0 where the list does not tell all its properties.
pub(super) struct Shapes(Numbers);

/// Shapes beyond these have no number, which bounds what is remembered of them.
const NUMBERED: usize = u16::MAX as usize;

/// Finds the definitions, most frequent first, and what they were found by. Calls `other` for each node that is no plain
/// object, with types and names of its edges at hand.
pub(super) fn infer(
    heap: &Heap,
    mut other: impl FnMut(NodeId),
    task: &Task,
) -> Result<(Vec<Interface>, Shapes)> {
    let mut pace = Pace::stage(task, "looking for interfaces", heap.node_count());
    let mut lengths = NameLengths::new(heap);
    // Proposals are counted by a hash with a random key: holding the lists of all objects would cost too much.
    let hasher = RandomState::default();
    let mut proposals: HashMap<u64, u32> = HashMap::new();
    // How many proposed a list, and the first that did.
    let mut shapes: Vec<(u32, NodeId)> = Vec::new();
    let mut of_objects = NumbersBuilder::new(heap.node_count());
    let mut total = 0u64;
    let mut list = Vec::new();
    // The object before: its edges, its shape, and that as it was noted.
    let (mut row, mut shape, mut noted) = (0..0, None, 0);
    let (mut ahead, mut labels_ahead) = (heap.names_ahead(), heap.labels_ahead());
    for node in heap.graph.nodes() {
        pace.step(1)?;
        ahead.at(node);
        labels_ahead.at(node);
        if !heap.is_plain_object(node) {
            other(node);
            continue;
        }
        total += 1;
        // Objects that were made by one line of code often stand in a row, with the same edges all.
        let edges = heap.graph.edge_range(node);
        if total == 1 || !heap.edge_labels.are_same(row, edges.clone()) {
            let is_whole = lengths.propose(node, &mut list);
            shape = (!list.is_empty()).then(|| {
                let next = shapes.len() as u32;
                let found = *proposals.entry(hasher.hash_one(&list)).or_insert(next);
                if found == next {
                    shapes.push((0, node));
                }
                found as usize
            });
            noted = match shape {
                Some(shape) if is_whole && shape < NUMBERED => shape as u32 + 1,
                _ => 0,
            };
        }
        if let Some(shape) = shape {
            shapes[shape].0 += 1;
        }
        of_objects.push(noted);
        row = edges;
    }
    drop(proposals);
    let mut kept: Vec<(u32, NodeId)> = shapes
        .into_iter()
        .filter(|&(count, _)| count >= 2 && u64::from(count) * 1000 >= total)
        .collect();
    kept.sort_unstable_by_key(|&(count, first)| (std::cmp::Reverse(count), first));
    let found = kept
        .into_iter()
        .map(|(_, first)| {
            lengths.propose(first, &mut list);
            let names: Vec<String> = list
                .iter()
                .map(|&name| format_property(&heap.strings.get(StrId(name))).into_owned())
                .collect();
            Interface {
                name: format!("{{{}}}", names.join(", ")),
                properties: list.iter().copied().map(StrId).collect(),
            }
        })
        .collect();
    Ok((found, Shapes(of_objects.finish())))
}

/// Lengths of property names as they would be written in a definition, measured once a name.
struct NameLengths<'a> {
    heap: &'a Heap,
    /// One more than the length, at most 255; 0 where it was not measured.
    known: Vec<u8>,
    hasher: RandomState,
    /// The first name of each text that was measured.
    by_text: HashMap<u64, u32>,
    /// Names that an earlier one has the text of; hardly ever any.
    twins: HashMap<u32, u32>,
}

impl<'a> NameLengths<'a> {
    fn new(heap: &'a Heap) -> Self {
        Self {
            heap,
            known: near(|| zeros(heap.strings.len())),
            hasher: RandomState::default(),
            by_text: HashMap::new(),
            twins: HashMap::new(),
        }
    }

    /// The length of a name; beyond 254 nothing depends on how long it is.
    fn of(&mut self, name: StrId) -> usize {
        let known = &mut self.known[name.0 as usize];
        if *known == 0 {
            let text = self.heap.strings.get(name);
            *known = utf16_len(&format_property(&text)).min(254) as u8 + 1;
            let hash = self.hasher.hash_one(&text);
            let first = *self.by_text.entry(hash).or_insert(name.0);
            if first != name.0 {
                self.twins.insert(name.0, first);
            }
        }
        usize::from(*known) - 1
    }

    /// The first name with the text of this one, which was measured.
    fn first_of(&self, name: u32) -> u32 {
        if self.twins.is_empty() {
            return name;
        }
        self.twins.get(&name).copied().unwrap_or(name)
    }

    /// Fills `list` with what an object proposes: its first properties, as many as fit a definition. Says whether these
    /// are all.
    fn propose(&mut self, object: NodeId, list: &mut Vec<u32>) -> bool {
        list.clear();
        let mut text = 1;
        for edge in self.heap.graph.edges_from(object) {
            if !self.heap.is_own_property(edge) {
                continue;
            }
            let name = self.heap.edge_labels.name(edge.index());
            let length = self.of(StrId(name));
            if text > 1 && text + length > TEXT_LIMIT {
                return false;
            }
            text += length + if text > 1 { 2 } else { 0 };
            list.push(self.first_of(name));
        }
        true
    }
}

/// Finds the definitions that all plain objects fall under, one after the other in the order of the nodes.
pub(super) struct InOrder<'a> {
    matcher: Matcher<'a>,
    shapes: Option<Shapes>,
    next: usize,
    /// By shape, once an object of it was looked at.
    known: Vec<Option<Option<u32>>>,
}

impl<'a> InOrder<'a> {
    pub(super) fn new(matcher: Matcher<'a>, shapes: Option<Shapes>) -> Self {
        Self {
            matcher,
            shapes,
            next: 0,
            known: Vec::new(),
        }
    }

    /// The definition that the next plain object, which is this one, falls under.
    pub(super) fn find(&mut self, object: NodeId) -> Option<u32> {
        let next = self.next;
        self.next += 1;
        let shape = match &self.shapes {
            Some(Shapes(numbers)) => numbers.get(next) as usize,
            None => 0,
        };
        if shape == 0 {
            return self.matcher.find(object);
        }
        if self.known.len() < shape {
            self.known.resize(shape, None);
        }
        *self.known[shape - 1].get_or_insert_with(|| self.matcher.find(object))
    }
}

/// Finds the definition that an object falls under.
pub(super) struct Matcher<'a> {
    heap: &'a Heap,
    ahead: Ahead<'a>,
    definitions: Vec<Definition>,
    /// For each string that some definition wants, its number; else [`UNWANTED`], or [`UNSEEN`] so far.
    numbers: Vec<u32>,
    /// The numbers of the wanted texts, by their hash.
    by_text: HashMap<u64, u32>,
    /// By number: the definitions that are looked up by this property, best first.
    by_property: Vec<Vec<u32>>,
    /// By number: how often the object at hand has the property.
    present: Vec<u32>,
    /// The numbers of the object at hand's wanted properties.
    wanted: Vec<u32>,
    hasher: RandomState,
    seen: HashMap<u64, Option<u32>>,
}

struct Definition {
    /// How many properties, repeated ones counted each time.
    size: usize,
    /// Numbers of the properties and how often each is wanted.
    wants: Vec<(u32, u32)>,
}

const UNWANTED: u32 = u32::MAX;
const UNSEEN: u32 = u32::MAX - 1;

impl<'a> Matcher<'a> {
    /// Prepares these definitions, whose properties are strings of `heap`.
    pub(super) fn new(heap: &'a Heap, interfaces: &[Interface]) -> Self {
        let hasher = RandomState::default();
        let mut by_text: HashMap<u64, u32> = HashMap::new();
        let strings = match interfaces {
            [] => 0,
            _ => heap.strings.len(),
        };
        let numbers = near(|| filled(strings, UNSEEN));
        let mut uses: Vec<u32> = Vec::new();
        let mut definitions = Vec::new();
        for interface in interfaces {
            let mut list: Vec<u32> = Vec::new();
            for property in &interface.properties {
                let hash = hasher.hash_one(heap.strings.get(*property));
                let number = *by_text.entry(hash).or_insert(uses.len() as u32);
                if number as usize == uses.len() {
                    uses.push(0);
                }
                list.push(number);
            }
            list.sort_unstable();
            let wants: Vec<(u32, u32)> = list
                .chunk_by(|a, b| a == b)
                .map(|same| (same[0], same.len() as u32))
                .collect();
            for &(number, _) in &wants {
                uses[number as usize] += 1;
            }
            definitions.push(Definition {
                size: list.len(),
                wants,
            });
        }
        // Each definition is looked up by its rarest property, so that few objects look at it in vain.
        let mut by_property = vec![Vec::new(); uses.len()];
        for (index, definition) in (0u32..).zip(&definitions) {
            let rarest = definition
                .wants
                .iter()
                .map(|&(number, _)| number)
                .min_by_key(|&number| uses[number as usize]);
            if let Some(rarest) = rarest {
                by_property[rarest as usize].push(index);
            }
        }
        for list in &mut by_property {
            list.sort_by_key(|&index| std::cmp::Reverse(definitions[index as usize].size));
        }
        Self {
            heap,
            ahead: heap.labels_ahead(),
            definitions,
            numbers,
            by_text,
            present: vec![0; uses.len()],
            wanted: Vec::new(),
            by_property,
            hasher,
            seen: HashMap::new(),
        }
    }

    /// The best definition for an object: of those it satisfies the one with most properties, then the earliest.
    pub(super) fn find(&mut self, object: NodeId) -> Option<u32> {
        if self.definitions.is_empty() {
            return None;
        }
        self.wanted.clear();
        self.ahead.at(object);
        for edge in self.heap.graph.edges_from(object) {
            if self.heap.edge_kind(edge) == EdgeKind::PROPERTY {
                let name = self.heap.edge_labels.name(edge.index());
                let mut number = self.numbers[name as usize];
                if number == UNSEEN {
                    let hash = self.hasher.hash_one(self.heap.strings.get(StrId(name)));
                    number = self.by_text.get(&hash).copied().unwrap_or(UNWANTED);
                    self.numbers[name as usize] = number;
                }
                if number != UNWANTED {
                    self.wanted.push(number);
                }
            }
        }
        let shape = self.hasher.hash_one(&self.wanted);
        if self.seen.len() >= MEMORY {
            self.seen.clear();
        }
        if let Some(&known) = self.seen.get(&shape) {
            return known;
        }
        for &number in &self.wanted {
            self.present[number as usize] += 1;
        }
        let best = self.best();
        for &number in &self.wanted {
            self.present[number as usize] = 0;
        }
        self.seen.insert(shape, best);
        best
    }

    fn best(&self) -> Option<u32> {
        let mut best: Option<(usize, u32)> = None;
        for &number in &self.wanted {
            for &index in &self.by_property[number as usize] {
                let definition = &self.definitions[index as usize];
                let better = best.is_none_or(|(size, earliest)| {
                    definition.size > size || (definition.size == size && index < earliest)
                });
                if !better {
                    break;
                }
                let satisfied = definition
                    .wants
                    .iter()
                    .all(|&(number, times)| self.present[number as usize] >= times);
                if satisfied {
                    best = Some((definition.size, index));
                    break;
                }
            }
        }
        best.map(|(_, index)| index)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use crate::heap::Heap;
    use crate::snapshot::{EdgeKind, NodeKind, StrId, Strings};
    use crate::task::Task;

    fn classes(objects: &[&[&str]]) -> Vec<String> {
        let mut sketch = Sketch::new();
        let value = sketch.node(NodeKind::NUMBER, "1", 0);
        let mut nodes = Vec::new();
        for properties in objects {
            let object = sketch.rooted(NodeKind::OBJECT, "Object", 16);
            for name in *properties {
                sketch.edge(object, EdgeKind::PROPERTY, name, value);
            }
            nodes.push(object);
        }
        let heap = sketch.heap();
        let names = nodes.iter().map(|&node| heap.class_name(node).to_owned());
        names.collect()
    }

    #[test]
    fn two_of_a_shape_make_an_interface_and_the_largest_wins() {
        let found = classes(&[
            &["a", "b"],
            &["b", "__proto__", "a"],
            &["a", "b"],
            &["a"],
            &["a"],
            &["c"],
            &["x", "a", "y", "b"],
            &[],
        ]);
        let expected = [
            "{a, b}", "{a, b}", "{a, b}", "{a}", "{a}", "Object", "{a, b}", "Object",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn repeated_names_are_wanted_as_often_and_ties_go_to_the_more_frequent() {
        let found = classes(&[&["a", "a"], &["a", "a"], &["a", "b"]]);
        assert_eq!(found, ["{a, a}", "{a, a}", "Object"]);
        let found = classes(&[
            &["p", "q"],
            &["p", "q"],
            &["r", "s"],
            &["r", "s"],
            &["r", "s"],
            &["p", "q", "r", "s"],
            &["s", "q", "r", "p"],
            &["p", "r", "q", "s", "t"],
        ]);
        assert_eq!(found[5..], ["{r, s}", "{r, s}", "{r, s}"]);
    }

    #[test]
    fn properties_go_by_their_text_where_the_string_table_repeats_it() {
        let mut sketch = Sketch::new();
        let value = sketch.node(NodeKind::NUMBER, "1", 0);
        let objects = ["first twin", "other twin"].map(|name| {
            let object = sketch.rooted(NodeKind::OBJECT, "Object", 16);
            sketch.edge(object, EdgeKind::PROPERTY, name, value);
            object
        });
        let mut snapshot = sketch.snapshot();
        let texts = (0..snapshot.strings.len() as u32).map(|index| {
            let text = snapshot.strings.get(StrId(index));
            if text.ends_with(" twin") {
                "???".into()
            } else {
                text.into_owned()
            }
        });
        snapshot.strings = Strings::from_texts(texts.collect::<Vec<_>>());
        let heap = Heap::build(snapshot, &Task::new()).unwrap();
        assert_eq!(objects.map(|object| heap.class_name(object)), ["{???}"; 2]);
    }

    #[test]
    fn long_lists_are_cut_and_then_shared() {
        let long: Vec<String> = (0..30).map(|at| format!("property{at}")).collect();
        let mut long: Vec<&str> = long.iter().map(String::as_str).collect();
        let first = long.clone();
        long[29] = "another";
        let found = classes(&[&first, &long]);
        assert_eq!(found[0], found[1]);
        assert!(found[0].starts_with("{property0, ") && found[0].len() <= 140);
    }
}
