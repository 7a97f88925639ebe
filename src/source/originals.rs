//! The classes and functions of a heap as they were written, by the source maps of their scripts.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;

use super::finder::{Sources, Written};
use super::fit::{Fit, fit};
use super::lines::Positions;
use super::map::{Mapped, SourceMap};
use super::script::Script;
use super::spot::text_of;
use super::words::Words;
use crate::analysis::describe::{Scripts, variables};
use crate::analysis::originals::{Originals, Renamed};
use crate::analysis::strings::internal;
use crate::error::Result;
use crate::graph::NodeId;
use crate::heap::{Heap, Place};
use crate::snapshot::NodeKind;
use crate::task::Task;

/// Node's own scripts have no maps.
const NODE: &str = "node:";
/// Functions in functions are followed so far.
const DEEPEST: usize = 64;

/// The classes, functions and contexts of a heap by place; what is both a class and a function is a class.
#[derive(Default)]
struct Places {
    /// What the dump calls it, and whether it is a class.
    named: BTreeMap<Place, (String, bool)>,
    /// A context of the function there.
    contexts: BTreeMap<Place, NodeId>,
}

/// A script with a map, of which is known that it is what ran.
struct Ran<'a> {
    script: &'a Script,
    map: &'a SourceMap,
    text: &'a str,
    positions: Positions<'a>,
}

impl Sources {
    /// Names in a heap, as they were written where maps tell.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn scripts(&mut self, heap: &Heap, task: &Task) -> Result<Scripts> {
        let scripts = Scripts::build(heap, task)?;
        scripts.learn_originals(self.originals(heap, &scripts, task)?);
        Ok(scripts)
    }

    /// The classes, functions and variables of a heap whose scripts have a source map here. Reads each script and its map once;
    /// linear in these and in the objects.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn originals(&mut self, heap: &Heap, scripts: &Scripts, task: &Task) -> Result<Originals> {
        let mut found = Originals::default();
        let mut known = None;
        for (&script_id, url) in scripts.names() {
            task.check()?;
            if url.is_empty() || url.starts_with(NODE) {
                continue;
            }
            let Some(script) = self.mapped_script(url) else {
                continue;
            };
            let places = match &known {
                Some(places) => places,
                None => known.insert(Places::of(heap, scripts, task)?),
            };
            let beginning = text_of(heap, scripts, script_id);
            if let Some(ran) = Ran::of(&script, beginning.as_deref()) {
                self.add_named(&ran, script_id, places, &mut found);
                self.add_variables(&ran, script_id, (heap, places), &mut found);
            }
        }
        Ok(found)
    }

    /// Adds the classes and functions of a script.
    fn add_named(&mut self, ran: &Ran<'_>, script_id: u32, places: &Places, found: &mut Originals) {
        for (&place, (name, is_class)) in places.named.range(of_script(script_id)) {
            let fits = ran.positions.offset(place.line, place.column);
            let fits = fits.map_or(Fit::Other, |at| fit(ran.text, at, name));
            // A whole script is a function that nobody wrote.
            if fits == Fit::Other || (place.line, place.column) == (0, 0) {
                continue;
            }
            let Some(mapped) = ran.map.lookup(place.line, place.column) else {
                continue;
            };
            let declared = match fits {
                Fit::Named(at) => ran.lookup(at),
                _ => None,
            };
            let written = self.written(ran.script, &mapped, declared, !name.is_empty());
            if let Some(Written { original, .. }) = written
                && (mapped.exact || original.name.is_some())
            {
                found.add(Renamed {
                    place,
                    in_dump: name.clone(),
                    is_class: *is_class,
                    original,
                });
            }
        }
    }

    /// Adds the variables that contexts of a script's functions hold.
    fn add_variables(
        &mut self,
        ran: &Ran<'_>,
        script_id: u32,
        (heap, places): (&Heap, &Places),
        found: &mut Originals,
    ) {
        let mut contexts = places.contexts.range(of_script(script_id)).peekable();
        if contexts.peek().is_none() {
            return;
        }
        let words = Words::of(ran.text);
        for (&place, &context) in contexts {
            let names = variables(heap, context).map(|edge| heap.edge_name(edge).to_string());
            let mut names: HashSet<String> = names.collect();
            let Some(at) = ran.positions.offset(place.line, place.column) else {
                continue;
            };
            // Parameters stand before the body.
            let to = match (place.line, place.column) {
                (0, 0) => Some(ran.text.len()),
                _ => words.body_behind(ran.text, at).map(|body| body.end),
            };
            for word in words.directly_in(at..to.unwrap_or(at)) {
                if names.is_empty() {
                    break;
                }
                let name = &ran.text[word.from..word.to];
                let Some(declared) = ran.lookup(word.from).filter(|_| names.contains(name)) else {
                    continue;
                };
                let written = self.written(ran.script, &declared, Some(declared), true);
                names.remove(name);
                if let Some(written) = written {
                    found.add_variable(place, name.to_owned(), written.original);
                }
            }
        }
    }
}

impl<'a> Ran<'a> {
    /// A script that begins so as far as the dump tells; `None` where it is another by now, or has no map.
    fn of(script: &'a Script, beginning: Option<&'a str>) -> Option<Self> {
        let file = script.text.as_ref().ok().map(|text| text.text.as_str());
        let text = file.or(beginning).filter(|_| script.is_same(beginning))?;
        Some(Self {
            script,
            map: script.map.as_ref()?,
            text,
            positions: Positions::of(text),
        })
    }

    /// The source of the name at a byte, where the map has that very place.
    fn lookup(&self, at: usize) -> Option<Mapped<'a>> {
        let (line, column) = self.positions.position(at)?;
        self.map.lookup(line, column).filter(|mapped| mapped.exact)
    }
}

impl Places {
    fn of(heap: &Heap, scripts: &Scripts, task: &Task) -> Result<Self> {
        let mut places = Self::default();
        for class in heap.classes() {
            if let Some(place) = class.place {
                let named = places.named.entry(place);
                named.or_insert((class.name.clone(), true));
            }
        }
        for node in heap.graph().nodes() {
            task.reached(node.index())?;
            if heap.kind(node) != NodeKind::CLOSURE {
                continue;
            }
            if let Some(place) = heap.place(node)
                && let Entry::Vacant(new) = places.named.entry(place)
            {
                new.insert((heap.raw_name(node).into_owned(), false));
            }
            places.add_contexts(heap, scripts, node);
        }
        Ok(places)
    }

    /// Adds the contexts that a closure is in, from the inside out.
    fn add_contexts(&mut self, heap: &Heap, scripts: &Scripts, closure: NodeId) {
        let mut next = internal(heap, closure, "context");
        for _ in 0..DEEPEST {
            let Some(context) = next else { return };
            if let Some(place) = scripts.place_of_context(heap, context)
                && self.contexts.insert(place, context).is_some()
            {
                return;
            }
            next = internal(heap, context, "previous");
        }
    }
}

/// The places of a script.
fn of_script(script_id: u32) -> RangeInclusive<Place> {
    let at = |line, column| Place {
        script_id,
        line,
        column,
    };
    at(0, 0)..=at(u32::MAX, u32::MAX)
}
