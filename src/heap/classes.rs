//! Classes: which row of the summary a node belongs to.
//!
//! Identity is not the text. DevTools numbers class names by entries of its string table: the fixed names (`(system)`,
//! `Function`, …) have entries of their own, apart from an object that is literally named so, and a node renamed
//! `Detached X` is apart from one whose name in the file is `Detached X`. Names of elements (`<div …>`) are cut to the
//! tag and then go by text. Objects with a known constructor place are apart from those of other places.

use std::collections::HashMap;

use crate::column::Column;
use crate::error::Result;
use crate::graph::NodeId;
use crate::snapshot::{NodeKind, StrId};
use crate::task::Task;

use super::interfaces::{Interface, Matcher};
use super::pace::Pace;
use super::{Class, Heap, Place, RENAMED};

/// What class names are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Name {
    /// A string of the snapshot.
    Raw(StrId),
    /// A string of the snapshot with `Detached ` put before it.
    Renamed(StrId),
    /// A text made here, by its number.
    Made(u32),
}

/// The class of every node, and the classes in the order in which they are met.
pub(super) fn classify(
    heap: &Heap,
    interfaces: &[Interface],
    task: &Task,
) -> Result<(Column<u32>, Vec<Class>)> {
    let mut pace = Pace::stage(task, "sorting objects into classes", heap.node_count());
    let mut matcher = Matcher::new(heap, interfaces);
    let mut namer = Namer::new(heap);
    let by_interface: Vec<Name> = interfaces
        .iter()
        .map(|interface| namer.made(&interface.name))
        .collect();
    let mut table = Table::default();
    let mut locations = heap.locations.iter().peekable();
    let mut column = Vec::with_capacity(heap.node_count());
    for node in heap.graph.nodes() {
        pace.step(1)?;
        let mut place = None;
        while let Some(location) = locations.next_if(|location| location.node <= node.0) {
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
        column.push(table.class(name, place, || namer.text(name)));
    }
    Ok((column.into(), table.classes))
}

/// The classes met so far.
#[derive(Default)]
struct Table {
    classes: Vec<Class>,
    numbers: HashMap<(Name, Option<Place>), u32>,
}

impl Table {
    fn class(&mut self, name: Name, place: Option<Place>, text: impl FnOnce() -> String) -> u32 {
        *self.numbers.entry((name, place)).or_insert_with(|| {
            self.classes.push(Class {
                name: text(),
                place,
            });
            self.classes.len() as u32 - 1
        })
    }
}

/// Finds the names of classes.
struct Namer<'a> {
    heap: &'a Heap,
    made: Vec<String>,
    made_numbers: HashMap<String, u32>,
    /// What was found for the names of native nodes and objects.
    found: HashMap<(StrId, bool), Name>,
    /// The names of node types, by number.
    of_kind: Vec<Option<Name>>,
}

impl<'a> Namer<'a> {
    fn new(heap: &'a Heap) -> Self {
        Self {
            heap,
            made: Vec::new(),
            made_numbers: HashMap::new(),
            found: HashMap::new(),
            of_kind: vec![None; 256],
        }
    }

    fn name(&mut self, node: NodeId) -> Name {
        let kind = self.heap.kind(node);
        if matches!(kind, NodeKind::OBJECT | NodeKind::NATIVE) {
            let string = self.heap.name_id(node);
            let renamed = self.heap.dom_state[node.index()] & RENAMED != 0;
            if let Some(&name) = self.found.get(&(string, renamed)) {
                return name;
            }
            let name = self.of_string(string, renamed, &self.heap.raw_name(node));
            self.found.insert((string, renamed), name);
            return name;
        }
        if let Some(name) = self.of_kind[usize::from(kind.0)] {
            return name;
        }
        let name = match kind {
            NodeKind::HIDDEN => self.made("(system)"),
            NodeKind::CODE => self.made("(compiled code)"),
            NodeKind::CLOSURE => self.made("Function"),
            NodeKind::REGEXP => self.made("RegExp"),
            _ => self.made(&format!("({})", self.heap.kind_name(node))),
        };
        self.of_kind[usize::from(kind.0)] = Some(name);
        name
    }

    fn of_string(&mut self, string: StrId, renamed: bool, text: &str) -> Name {
        match tag(text) {
            Some(tag) => self.made(&tag),
            None if renamed => Name::Renamed(string),
            None => Name::Raw(string),
        }
    }

    fn made(&mut self, text: &str) -> Name {
        if let Some(&number) = self.made_numbers.get(text) {
            return Name::Made(number);
        }
        let number = self.made.len() as u32;
        self.made.push(text.to_owned());
        self.made_numbers.insert(text.to_owned(), number);
        Name::Made(number)
    }

    fn text(&self, name: Name) -> String {
        match name {
            Name::Raw(string) => self.heap.strings.get(string).into_owned(),
            Name::Renamed(string) => format!("Detached {}", self.heap.strings.get(string)),
            Name::Made(number) => self.made[number as usize].clone(),
        }
    }
}

/// The class name of a DOM element's node: its tag without attributes. Nothing for names of other things.
fn tag(name: &str) -> Option<String> {
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
    use super::*;

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
