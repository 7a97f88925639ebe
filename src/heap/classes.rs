//! Classes: which row of the summary a node belongs to.
//!
//! Identity is not the text. DevTools numbers class names by entries of its string table: the fixed names (`(system)`,
//! `Function`, …) have entries of their own, apart from an object that is literally named so, and a node renamed
//! `Detached X` is apart from one whose name in the file is `Detached X`. Names of elements (`<div …>`) are cut to the
//! tag and then go by text. Objects with a known constructor place are apart from those of other places.

use foldhash::{HashMap, HashMapExt};

use crate::column::{Numbers, NumbersBuilder, filled};
use crate::error::Result;
use crate::graph::NodeId;
use crate::graph::ahead::Ahead;
use crate::memory::near;
use crate::snapshot::{NodeKind, StrId};
use crate::task::Task;

use super::interfaces::{InOrder, Interface, Matcher, Shapes};
use super::pace::Pace;
use super::{Class, Heap, Place};

/// The class of every node, and the classes in the order in which they are met.
pub(super) fn classify(
    heap: &Heap,
    interfaces: &[Interface],
    shapes: Option<Shapes>,
    task: &Task,
) -> Result<(Numbers, Vec<Class>)> {
    let mut pace = Pace::stage(task, "sorting objects into classes", heap.node_count());
    let mut matcher = InOrder::new(Matcher::new(heap, interfaces), shapes);
    let mut namer = Namer::new(heap);
    let by_interface: Vec<NameId> = interfaces
        .iter()
        .map(|interface| namer.made(&interface.name))
        .collect();
    let mut table = Table::default();
    let mut locations = (0..).zip(heap.locations.iter()).peekable();
    let mut locations_ahead = Ahead::new(heap.locations.len()).nodes(&heap.locations);
    let mut column = NumbersBuilder::new(heap.node_count());
    let mut ahead = heap.names_ahead();
    for node in heap.graph.nodes() {
        pace.step(1)?;
        ahead.at(node);
        let mut place = None;
        while let Some((at, location)) = locations.next_if(|(_, location)| location.node <= node.0)
        {
            locations_ahead.at(NodeId(at));
            place = Some(Place {
                script_id: location.script_id,
                line: location.line,
                column: location.column,
            });
        }
        let interface = if heap.is_plain_object(node) {
            matcher.find(node)
        } else {
            None
        };
        let name = match interface {
            Some(index) => by_interface[index as usize],
            None => namer.name(node),
        };
        let place = place.filter(|_| heap.kind(node) == NodeKind::OBJECT);
        column.push(table.class(name, place, namer.names.len()));
    }
    Ok((column.finish(), table.finish(namer.into_names())))
}

/// Number of a class name: equal numbers, same class, places aside. Different ones may have the same text.
type NameId = u32;

/// Where no number has been given yet.
const NONE: u32 = u32::MAX;

/// The classes met so far.
#[derive(Default)]
struct Table {
    classes: Vec<(NameId, Option<Place>)>,
    /// By name, for what has no place.
    without_place: Vec<u32>,
    with_place: HashMap<(NameId, Place), u32>,
}

impl Table {
    /// The number of the class of this name, of which there are so many, and this place.
    fn class(&mut self, name: NameId, place: Option<Place>, names: usize) -> u32 {
        let number = match place {
            Some(place) => self.with_place.entry((name, place)).or_insert(NONE),
            None => {
                if self.without_place.len() < names {
                    self.without_place.resize(names, NONE);
                }
                &mut self.without_place[name as usize]
            }
        };
        if *number == NONE {
            *number = self.classes.len() as u32;
            self.classes.push((name, place));
        }
        *number
    }

    /// The classes with their names, which most have for themselves: those are not copied.
    fn finish(self, mut names: Vec<Box<str>>) -> Vec<Class> {
        let Self { classes, .. } = self;
        let mut taken = filled(names.len(), NONE);
        let mut named: Vec<Class> = Vec::with_capacity(classes.len());
        for (name, place) in classes {
            let first = &mut taken[name as usize];
            let name = match named.get(*first as usize) {
                Some(other) => other.name.clone(),
                None => {
                    *first = named.len() as u32;
                    String::from(std::mem::take(&mut names[name as usize]))
                }
            };
            named.push(Class { name, place });
        }
        named
    }
}

/// Finds the names of classes.
struct Namer<'a> {
    heap: &'a Heap,
    names: Vec<Box<str>>,
    /// Numbers of names made here, by text.
    made: HashMap<String, NameId>,
    /// Numbers of the snapshot's strings as names of nodes.
    raw: Vec<NameId>,
    /// The same with `Detached ` put before them.
    renamed: HashMap<StrId, NameId>,
    /// The names of node types, by type.
    of_kind: [NameId; 256],
}

impl<'a> Namer<'a> {
    fn new(heap: &'a Heap) -> Self {
        Self {
            heap,
            names: Vec::new(),
            made: HashMap::new(),
            raw: near(|| filled(heap.strings.len(), NONE)),
            renamed: HashMap::new(),
            of_kind: [NONE; 256],
        }
    }

    fn name(&mut self, node: NodeId) -> NameId {
        let kind = self.heap.kind(node);
        if has_own_name(kind) {
            return self.of_name(node);
        }
        if self.of_kind[usize::from(kind.0)] == NONE {
            self.of_kind[usize::from(kind.0)] =
                self.made(&name_of_kind(kind, self.heap.kind_name(node)));
        }
        self.of_kind[usize::from(kind.0)]
    }

    /// The class name of a node that is classed by its own name.
    fn of_name(&mut self, node: NodeId) -> NameId {
        let string = self.heap.name_id(node);
        let renamed = self.heap.is_renamed(node);
        let known = if renamed {
            self.renamed.get(&string).copied().unwrap_or(NONE)
        } else {
            self.raw[string.0 as usize]
        };
        if known != NONE {
            return known;
        }
        let text = self.heap.raw_name(node);
        let name = match tag(&text) {
            Some(tag) => self.made(&tag),
            None => self.add(text.into_owned()),
        };
        if renamed {
            self.renamed.insert(string, name);
        } else {
            self.raw[string.0 as usize] = name;
        }
        name
    }

    fn made(&mut self, text: &str) -> NameId {
        if let Some(&name) = self.made.get(text) {
            return name;
        }
        let name = self.add(text.to_owned());
        self.made.insert(text.to_owned(), name);
        name
    }

    fn add(&mut self, text: String) -> NameId {
        self.names.push(text.into_boxed_str());
        self.names.len() as u32 - 1
    }

    /// The names by their numbers.
    fn into_names(self) -> Vec<Box<str>> {
        self.names
    }
}

/// Whether nodes of this type are classed by their own names.
pub(super) fn has_own_name(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::OBJECT | NodeKind::NATIVE)
}

/// The class name of nodes that are not classed by their own names; `kind_name` is the file's word for their type.
pub(super) fn name_of_kind(kind: NodeKind, kind_name: &str) -> String {
    match kind {
        NodeKind::HIDDEN => "(system)".to_owned(),
        NodeKind::CODE => "(compiled code)".to_owned(),
        NodeKind::CLOSURE => "Function".to_owned(),
        NodeKind::REGEXP => "RegExp".to_owned(),
        _ => format!("({kind_name})"),
    }
}

/// The class name of a DOM element's node: its tag without attributes. Nothing for names of other things.
pub(super) fn tag(name: &str) -> Option<String> {
    let attributes_from = if name.starts_with('<') {
        0
    } else if name.starts_with("Detached <") {
        "Detached <".len()
    } else {
        return None;
    };
    Some(match name[attributes_from..].find(' ') {
        Some(space) => format!("{}>", &name[..attributes_from + space]),
        None => name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::Sketch;
    use super::*;
    use crate::snapshot::{EdgeKind, Location};

    #[test]
    fn keeps_apart_what_only_reads_the_same() {
        let mut sketch = Sketch::new();
        sketch.detachedness = true;
        let closure = sketch.rooted(NodeKind::CLOSURE, "f", 32);
        let literal = sketch.rooted(NodeKind::OBJECT, "Function", 16);
        let renamed = sketch.rooted(NodeKind::NATIVE, "X", 16);
        let again = sketch.rooted(NodeKind::NATIVE, "X", 16);
        let named = sketch.rooted(NodeKind::OBJECT, "Detached X", 16);
        let tags = ["<b a>", "<b c>", "<b>"];
        let tags = tags.map(|name| sketch.rooted(NodeKind::OBJECT, name, 16));
        sketch.nodes[renamed.index()].3 = 2;
        sketch.nodes[again.index()].3 = 2;
        let heap = sketch.heap();
        assert_eq!(heap.class_name(closure), heap.class_name(literal));
        assert_ne!(heap.class_id(closure), heap.class_id(literal));
        assert_eq!(heap.class_name(renamed), "Detached X");
        assert_eq!(heap.class_id(renamed), heap.class_id(again));
        assert_eq!(heap.class_name(named), "Detached X");
        assert_ne!(heap.class_id(renamed), heap.class_id(named));
        assert!(
            tags.iter()
                .all(|&tag| heap.class_id(tag) == heap.class_id(tags[0]))
        );
    }

    #[test]
    fn splits_objects_by_the_last_place_and_nothing_else() {
        let mut sketch = Sketch::new();
        let a = sketch.rooted(NodeKind::OBJECT, "A", 16);
        let b = sketch.rooted(NodeKind::OBJECT, "A", 16);
        let c = sketch.rooted(NodeKind::OBJECT, "A", 16);
        let f = sketch.rooted(NodeKind::CLOSURE, "A", 16);
        let place = |node: NodeId, line| Location {
            node: node.0,
            script_id: 7,
            line,
            column: 1,
        };
        sketch.locations = vec![place(a, 1), place(b, 2), place(b, 1), place(f, 1)];
        sketch.edge(a, EdgeKind::PROPERTY, "next", b);
        let heap = sketch.heap();
        assert_eq!(heap.class_id(a), heap.class_id(b));
        assert_ne!(heap.class_id(a), heap.class_id(c));
        assert_eq!(heap.class(heap.class_id(b)).place.unwrap().line, 1);
        assert_eq!(heap.class(heap.class_id(f)).place, None);
        assert!(heap.place(f).is_some());
    }

    #[test]
    fn cuts_elements_to_their_tags() {
        assert_eq!(tag("<div id=\"a\" x>").as_deref(), Some("<div>"));
        assert_eq!(tag("<div>").as_deref(), Some("<div>"));
        assert_eq!(tag("Detached <p class=x>").as_deref(), Some("Detached <p>"));
        assert_eq!(tag("Detached <p>").as_deref(), Some("Detached <p>"));
        assert_eq!(tag("Detached Node"), None);
        assert_eq!(tag("a <b c>"), None);
    }
}
