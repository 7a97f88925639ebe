//! Which line to change: where code fills what holds, else the place of the code nearest to it.

use crate::analysis::describe::{
    Scripts, component_of, export_name, function_of_exports, is_cell, is_context, is_fiber,
    module_path,
};
use crate::analysis::paths::Step;
use crate::analysis::suspects::Suspect;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{EdgeName, Heap};
use crate::snapshot::EdgeKind;
use crate::text::code::is_identifier;
use crate::text::place::package;

use super::finder::Sources;
use super::place::{Certainty, CodePlace};
use super::spot::Spot;
use super::uses::{Held, SHORT, Use};

/// At most so many places on a path are looked at; each can mean a file to read.
const PLACES: usize = 12;

/// What may have to be changed: places of code around a holder.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// From the holder up to the root, and where what piles up is made. With each come the names by which the code there
    /// knows what piles up.
    above: Vec<Spot>,
    /// What piles up: its class.
    member: Option<Spot>,
    /// The function that was registered, and keeps what piles up.
    registered: Option<Spot>,
    /// A function that is made as often as what piles up.
    made_with: Option<Spot>,
    /// The classes of what piles up.
    classes: Vec<String>,
}

impl Change {
    /// Collects the places around the holder of a suspect. Node's own code does not count.
    pub fn of(heap: &Heap, scripts: &Scripts, suspect: &Suspect) -> Self {
        let way = (&*suspect.path, &*suspect.below);
        let spot = |node| spot_of(heap, scripts, node);
        Self {
            registered: suspect.kept_by.and_then(spot),
            made_with: suspect.made_with.and_then(spot),
            classes: suspect
                .leaked
                .iter()
                .map(|leaked| leaked.class.clone())
                .collect(),
            ..Self::around(heap, scripts, suspect.holder, way)
        }
    }

    fn around(
        heap: &Heap,
        scripts: &Scripts,
        holder: NodeId,
        (path, below): (&[Step], &[Step]),
    ) -> Self {
        let fields = below.iter().filter_map(|step| step.edge);
        let mut names: Vec<Held> = fields.map_while(|edge| name(heap, edge)).collect();
        names.reverse();
        let walk = Walk {
            heap,
            scripts,
            names,
            above: Vec::new(),
            is_outside: false,
        };
        let (mut above, names) = walk.up(holder, path);
        above.truncate(PLACES);
        let spot = |step: &Step| spot_of(heap, scripts, step.node);
        let member = below.iter().filter_map(spot).next();
        // The script that makes what piles up often fills the holder, too: a global one has no code above it.
        let filling = member.clone().map(|spot| Spot {
            holds: names,
            // Somewhere in that script, not in what is made.
            name: String::new(),
            ..spot
        });
        above.extend(filling);
        Self {
            above,
            member,
            ..Self::default()
        }
    }

    /// The place that says most about what to change, if there is any.
    ///
    /// That is where the application adds to what holds; the function that it registered there; where it sets what holds,
    /// or calls what leads to it; where it makes what piles up; where a package adds to it; where the members come from; or
    /// the code nearest to the holder, the application's before a package's.
    pub fn find(&self, sources: &mut Sources) -> Option<CodePlace> {
        let is_own = |spot: &&Spot| package(&spot.url).is_none();
        let mut used: Vec<(u8, CodePlace)> = Vec::new();
        for spot in self
            .above
            .iter()
            .filter(|spot| !spot.holds.is_empty() || spot.hook.is_some())
        {
            let Some((how, place)) = sources.find_use(spot, &self.classes) else {
                continue;
            };
            let is_minified = spot.holds.iter().all(|held| held.name.len() < SHORT);
            let rank = match (is_own(&spot), how) {
                (true, Use::Calls) if spot.is_outside => 5,
                _ if spot.is_outside => continue,
                (true, Use::Adds) if !is_minified => 0,
                // A minifier's name can be anybody's.
                (true, Use::Adds) => 2,
                (true, Use::Sets) => 2,
                (true, Use::Calls) => 3,
                (true, Use::Passes) if !is_minified => 5,
                (true, Use::Passes | Use::Once | Use::Declares) => 6,
                (false, Use::Adds) => 7,
                (false, _) => 9,
            };
            if rank == 0 {
                return Some(place);
            }
            used.push((rank, place));
        }
        let registered = self.registered.as_ref().filter(is_own);
        let made_with = self.made_with.as_ref().filter(is_own);
        let member = self.member.as_ref().filter(is_own);
        let mut add = |rank: u8, place: Option<CodePlace>| {
            let known = place.filter(|place| place.certainty != Certainty::Unknown);
            used.extend(known.map(|place| (rank, place)));
        };
        add(1, registered.map(|spot| sources.find_registering(spot)));
        add(
            4,
            made_with.and_then(|spot| sources.find_making(spot, &self.classes)),
        );
        add(5, made_with.map(|spot| sources.find_registering(spot)));
        add(8, member.map(|spot| sources.find(spot)));
        if let Some((_, place)) = used.into_iter().min_by_key(|(rank, _)| *rank) {
            return Some(place);
        }
        let own = self.above.iter().find(is_own);
        let spot = own.or(self.above.first()).or(self.member.as_ref())?;
        Some(sources.find_registering(spot))
    }
}

/// The place of a node's code, unless it is Node's own.
fn spot_of(heap: &Heap, scripts: &Scripts, node: NodeId) -> Option<Spot> {
    let spot = Spot::of(heap, scripts, node)?;
    (!spot.url.starts_with("node:")).then_some(spot)
}

/// A walk from a holder up to the root.
struct Walk<'a> {
    heap: &'a Heap,
    scripts: &'a Scripts,
    /// By which the code at the next place knows what piles up, the innermost first.
    names: Vec<Held>,
    above: Vec<Spot>,
    /// Whether a package's variable was passed.
    is_outside: bool,
}

impl Walk<'_> {
    /// The places on the way, and the names that lead from the first variable to what piles up.
    ///
    /// A variable is where names end: those further up are of what holds much more than this. A package's variable is
    /// passed, as what leads to it can be the application's.
    fn up(mut self, holder: NodeId, path: &[Step]) -> (Vec<Spot>, Vec<Held>) {
        let to_holder = path.iter().rev().skip_while(|step| step.node != holder);
        let alone = Step {
            edge: None,
            node: holder,
        };
        let alone = path.iter().all(|step| step.node != holder).then_some(alone);
        let mut inside = None;
        let mut has_variable = false;
        for step in alone.iter().chain(to_holder) {
            if let Some(spot) = self.spot(step.node) {
                let is_package = package(&spot.url).is_some();
                let is_component = spot.hook.is_some();
                self.add(spot, is_context(self.heap, step.node));
                if has_variable && !is_package || is_component {
                    break;
                }
                if has_variable {
                    inside.get_or_insert_with(|| std::mem::take(&mut self.names));
                    self.names.clear();
                    (has_variable, self.is_outside) = (false, true);
                }
            }
            let Some(edge) = step.edge.filter(|_| !has_variable) else {
                continue;
            };
            if self.begins_at(edge) {
                break;
            }
            self.names.extend(name(self.heap, edge));
            has_variable = self.heap.edge_kind(edge) == EdgeKind::CONTEXT;
        }
        (self.above, inside.unwrap_or(self.names))
    }

    fn add(&mut self, spot: Spot, is_scope: bool) {
        self.above.push(Spot {
            holds: self.names.clone(),
            is_scope: is_scope && !self.names.is_empty(),
            is_outside: self.is_outside,
            ..spot
        });
    }

    /// The code of a node; of React's state its component.
    fn spot(&self, node: NodeId) -> Option<Spot> {
        let heap = self.heap;
        if !is_fiber(heap, node) {
            return spot_of(heap, self.scripts, node);
        }
        let component = component_of(heap, node)?;
        let mut names = self.names.iter().rev();
        names.next().filter(|held| held.name == "memoizedState")?;
        let hook = names.take_while(|held| held.name == "next").count();
        let spot = spot_of(heap, self.scripts, component)?;
        Some(Spot {
            hook: Some(hook),
            ..spot
        })
    }

    /// Whether names begin with this reference: an export, or a module that loads others. Adds its place.
    fn begins_at(&mut self, edge: EdgeId) -> bool {
        let heap = self.heap;
        let source = heap.graph().source(edge);
        if is_cell(heap, source) {
            let Some((name, table)) = export_name(heap, source) else {
                return false;
            };
            self.names.push(Held {
                name,
                is_property: false,
            });
            let module = function_of_exports(heap, table);
            if let Some(spot) = module.and_then(|module| spot_of(heap, self.scripts, module)) {
                self.add(spot, false);
            }
            return true;
        }
        if heap.raw_name(source) != "Module" || !is_named(heap, edge, "children") {
            return false;
        }
        let file = module_path(heap, source);
        if let Some(spot) = file.and_then(|file| Spot::of_script(heap, self.scripts, &file)) {
            // What it loads becomes its child.
            self.names = vec![Held {
                name: "require".to_owned(),
                is_property: false,
            }];
            self.is_outside = true;
            self.add(spot, false);
        }
        true
    }
}

fn is_named(heap: &Heap, edge: EdgeId, name: &str) -> bool {
    heap.edge_kind(edge) == EdgeKind::PROPERTY
        && heap
            .edge_name_id(edge)
            .is_some_and(|id| heap.strings().equals(id, name))
}

/// What code calls the target of an edge: the name of a variable or a property, if it can stand in code.
fn name(heap: &Heap, edge: EdgeId) -> Option<Held> {
    let kind = heap.edge_kind(edge);
    if !matches!(kind, EdgeKind::CONTEXT | EdgeKind::PROPERTY) {
        return None;
    }
    match heap.edge_name(edge) {
        EdgeName::Text(name) if is_identifier(name.strip_prefix('#').unwrap_or(&name)) => {
            Some(Held {
                name: name.into_owned(),
                is_property: kind == EdgeKind::PROPERTY,
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::Place;
    use crate::heap::testing::Sketch;
    use crate::snapshot::{Location, NodeKind};
    use crate::source::Options;
    use crate::task::Task;

    /// The script and the line that are to be changed.
    fn found(change: &Change) -> Option<(String, u64)> {
        let mut sources = Sources::new(Options::default(), None);
        let place = change.find(&mut sources)?;
        Some((place.url, place.line))
    }

    fn spot(url: &str, text: &str, at: &str, holds: &[&str]) -> Spot {
        let column = text.find(at).unwrap() as u32;
        Spot {
            url: url.to_owned(),
            at: Place {
                script_id: 7,
                line: 0,
                column,
            },
            name: String::new(),
            text: Some(text.to_owned()),
            holds: holds
                .iter()
                .map(|&name| Held {
                    name: name.to_owned(),
                    is_property: false,
                })
                .collect(),
            is_scope: false,
            is_outside: false,
            hook: None,
        }
    }

    #[test]
    fn the_script_that_makes_the_members_fills_a_global_holder() {
        let text =
            "class Session {}\n\nfunction open(id) {\n  sessions.set(id, new Session(id));\n}\n";
        let mut sketch = Sketch::new();
        let global = sketch.rooted(NodeKind::OBJECT, "global", 8);
        let holder = sketch.node(NodeKind::OBJECT, "Map", 8);
        let member = sketch.node(NodeKind::OBJECT, "Session", 8);
        let open = sketch.node(NodeKind::CLOSURE, "open", 8);
        let shared = sketch.node(NodeKind::CODE, "open", 8);
        let script = sketch.node(NodeKind::CODE, "/nowhere/app.js", 8);
        let name = sketch.node(NodeKind::STRING, "/nowhere/app.js", 8);
        let source = sketch.node(NodeKind::STRING, text, 8);
        let scope = sketch.node(NodeKind::CODE, "system / ScopeInfo", 8);
        sketch.edge(global, EdgeKind::PROPERTY, "sessions", holder);
        sketch.edge(global, EdgeKind::PROPERTY, "open", open);
        sketch.edge(holder, EdgeKind::ELEMENT, "1", member);
        sketch.edge(open, EdgeKind::INTERNAL, "shared", shared);
        sketch.edge(shared, EdgeKind::INTERNAL, "script", script);
        sketch.edge(shared, EdgeKind::INTERNAL, "name_or_scope_info", scope);
        sketch.edge(script, EdgeKind::INTERNAL, "name", name);
        sketch.edge(script, EdgeKind::INTERNAL, "source", source);
        let place = |node: NodeId, line, column| Location {
            node: node.0,
            script_id: 7,
            line,
            column,
        };
        sketch.locations = vec![place(member, 0, 0), place(open, 2, 13)];
        let heap = sketch.heap();
        let scripts = Scripts::build(&heap, &Task::new()).unwrap();
        let step = |node| Step {
            edge: heap.graph().edges_into(node).next(),
            node,
        };
        let path = [step(global), step(holder)];
        let change = Change::around(&heap, &scripts, holder, (&path, &[step(member)]));
        assert_eq!(found(&change), Some(("/nowhere/app.js".to_owned(), 4)));
    }

    #[test]
    fn own_code_that_adds_comes_first_then_what_it_registered_then_the_package() {
        let package = spot(
            "/nowhere/node_modules/hub/index.js",
            "exports.listen = (f) => { listeners.push(f); };",
            "(f)",
            &["listeners"],
        );
        let ticket = "$prices.listen((prices) => show(prices));";
        let registered = spot("/nowhere/ticket.js", ticket, "(prices)", &[]);
        let declares = spot(
            "/nowhere/prices.js",
            "const listeners = make();",
            "const",
            &["listeners"],
        );
        let adds = spot(
            "/nowhere/own.js",
            "const listeners = []; exports.add = (f) => listeners.push(f);",
            "const",
            &["listeners"],
        );
        let mut change = Change {
            above: vec![package],
            ..Change::default()
        };
        let url = |change: &Change| found(change).unwrap().0;
        assert_eq!(url(&change), "/nowhere/node_modules/hub/index.js");
        change.above.push(declares);
        assert_eq!(url(&change), "/nowhere/prices.js");
        change.registered = Some(registered);
        assert_eq!(url(&change), "/nowhere/ticket.js");
        change.above.push(adds);
        assert_eq!(url(&change), "/nowhere/own.js");
    }
}
