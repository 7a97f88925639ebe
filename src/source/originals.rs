//! The classes and functions of a heap as they were written, by the source maps of their scripts.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::{Range, RangeInclusive};

use super::finder::{Sources, Written};
use super::fit::{Fit, fit};
use super::lines::Positions;
use super::map::{Mapped, SourceMap};
use super::script::Script;
use super::spot::text_of;
use super::words::Words;
use crate::analysis::describe::{Scripts, is_context, is_module_level, variables};
use crate::analysis::originals::{Originals, Renamed, Scope};
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

/// The classes, functions and variables of a heap; what is both a class and a function is a class.
#[derive(Default)]
struct Places {
    /// What the dump calls it, and whether it is a class.
    named: BTreeMap<Place, (String, bool)>,
    /// For each script what has variables there, and a context with them.
    scopes: HashMap<u32, Vec<(Scope, NodeId)>>,
    known: HashSet<Scope>,
}

/// A script with a map, of which is known that it is what ran.
struct Ran<'a> {
    script: &'a Script,
    map: &'a SourceMap,
    text: &'a str,
    positions: Positions,
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
            let fits = ran.positions.offset(ran.text, place.line, place.column);
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
        let Some(scopes) = places.scopes.get(&script_id) else {
            return;
        };
        let words = Words::of(ran.text);
        for &(scope, context) in scopes {
            let names = variables(heap, context).map(|edge| heap.edge_name(edge).to_string());
            let mut names: HashSet<String> = names.collect();
            let Some(range) = ran.range(scope, &words) else {
                continue;
            };
            for word in words.directly_in(range) {
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
                    found.add_variable(scope, name.to_owned(), written.original);
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

    /// The bytes of a function with its parameters, or of the whole script.
    fn range(&self, scope: Scope, words: &Words) -> Option<Range<usize>> {
        let whole = 0..self.text.len();
        let place = match scope {
            Scope::Function(place) if (place.line, place.column) != (0, 0) => place,
            _ => return Some(whole),
        };
        // Parameters stand before the body.
        let from = self.positions.offset(self.text, place.line, place.column)?;
        Some(from..words.body_behind(self.text, from)?.end)
    }

    /// The source of the name at a byte, where the map has that very place.
    fn lookup(&self, at: usize) -> Option<Mapped<'a>> {
        let (line, column) = self.positions.position(self.text, at)?;
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
            let Some(place) = heap.place(node) else {
                continue;
            };
            if let Entry::Vacant(new) = places.named.entry(place) {
                new.insert((heap.raw_name(node).into_owned(), false));
            }
            places.add_scopes(heap, scripts, (node, place.script_id));
        }
        Ok(places)
    }

    /// Adds what a closure of a script is in, from the inside out.
    fn add_scopes(&mut self, heap: &Heap, scripts: &Scripts, (closure, script_id): (NodeId, u32)) {
        let mut next = internal(heap, closure, "context");
        for _ in 0..DEEPEST {
            let Some(context) = next.filter(|&context| is_context(heap, context)) else {
                return;
            };
            let scope = scripts.scope(heap, context);
            let is_told = matches!(scope, Scope::Function(_)) || is_module_level(heap, context);
            if is_told {
                if !self.known.insert(scope) {
                    return;
                }
                let scopes = self.scopes.entry(script_id).or_default();
                scopes.push((scope, context));
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

#[cfg(test)]
mod tests {
    use super::super::locate::Options;
    use super::*;
    use crate::analysis::describe::variable_words;
    use crate::heap::testing::Sketch;
    use crate::snapshot::{EdgeKind, Location};

    /// `t` at column 4 is `book`, `d` at column 23 is `handle`.
    const MAP: &str = r#"{"version":3,"sources":["shop.ts"],"names":["book","handle"],"sourcesContent":["const book = new Map();\nfunction handle() { return book }"],"mappings":"AAAA,IAAMA,UACN,SAASC"}"#;

    #[test]
    fn variables_of_a_script_are_known_though_what_ran_it_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.js");
        std::fs::write(&path, "var t=new Map;function d(){return t}").unwrap();
        std::fs::write(folder.path().join("shop.js.map"), MAP).unwrap();
        let url = path.to_string_lossy();
        let mut sketch = Sketch::new();
        let internal = EdgeKind::INTERNAL;
        let closure = sketch.rooted(NodeKind::CLOSURE, "d", 8);
        let shared = sketch.node(NodeKind::CODE, "d", 8);
        let script = sketch.node(NodeKind::CODE, &url, 8);
        let name = sketch.node(NodeKind::STRING, &url, 8);
        let context = sketch.node(NodeKind::OBJECT, "system / Context", 8);
        let scope = sketch.node(NodeKind::CODE, "system / ScopeInfo", 8);
        let map = sketch.node(NodeKind::OBJECT, "Map", 8);
        sketch.edge(closure, internal, "shared", shared);
        sketch.edge(closure, internal, "context", context);
        sketch.edge(shared, internal, "name_or_scope_info", scope);
        sketch.edge(shared, internal, "script", script);
        sketch.edge(script, internal, "name", name);
        sketch.edge(context, EdgeKind::CONTEXT, "t", map);
        sketch.locations = vec![Location {
            node: closure.0,
            script_id: 7,
            line: 0,
            column: 24,
        }];
        let heap = sketch.heap();
        let scripts = Sources::new(Options::default(), None);
        let scripts = { scripts }.scripts(&heap, &Task::new()).unwrap();
        let edge = variables(&heap, context).next().unwrap();
        let label = |node| scripts.label(&heap, node).plain();
        assert_eq!(label(closure), "handle() (d)");
        assert_eq!(scripts.place(&heap, closure).unwrap(), "shop.ts:2:10");
        assert_eq!(scripts.edge_label(&heap, edge).plain(), "book (t)");
        let words = variable_words(&heap, &scripts, context, Some(edge));
        assert_eq!(words.plain(), "a variable of the module shop.ts");
        // A text that ran no more tells nothing.
        std::fs::write(&path, "var tea=new Map;function d(){return tea}").unwrap();
        let scripts = Sources::new(Options::default(), None);
        let scripts = { scripts }.scripts(&heap, &Task::new()).unwrap();
        assert_eq!(scripts.label(&heap, closure).plain(), "d()");
    }
}
