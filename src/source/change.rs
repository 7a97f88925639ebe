//! Which line to change: where code fills what holds, else the place of the code nearest to it.

use crate::analysis::describe::Scripts;
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
use super::uses::Use;

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
}

impl Change {
    /// Collects the places around the holder of a suspect. Node's own code does not count.
    pub fn of(heap: &Heap, scripts: &Scripts, suspect: &Suspect) -> Self {
        let way = (&*suspect.path, &*suspect.below);
        Self::around(heap, scripts, suspect.holder, way, suspect.kept_by)
    }

    fn around(
        heap: &Heap,
        scripts: &Scripts,
        holder: NodeId,
        (path, below): (&[Step], &[Step]),
        registered: Option<NodeId>,
    ) -> Self {
        let spot = |node| {
            let spot = Spot::of(heap, scripts, node)?;
            (!spot.url.starts_with("node:")).then_some(spot)
        };
        let fields = below.iter().filter_map(|step| step.edge);
        let mut names: Vec<String> = fields.map_while(|edge| name(heap, edge)).collect();
        names.reverse();
        let to_holder = path.iter().rev().skip_while(|step| step.node != holder);
        let alone = Step {
            edge: None,
            node: holder,
        };
        let alone = path.iter().all(|step| step.node != holder).then_some(alone);
        let mut above = Vec::new();
        // A variable is where the names end: those further up are of what holds much more than this.
        let mut has_variable = false;
        for step in alone.iter().chain(to_holder) {
            if let Some(spot) = spot(step.node) {
                let holds = names.clone();
                above.push(Spot { holds, ..spot });
                if has_variable {
                    break;
                }
            }
            let Some(edge) = step.edge.filter(|_| !has_variable) else {
                continue;
            };
            names.extend(name(heap, edge));
            has_variable = heap.edge_kind(edge) == EdgeKind::CONTEXT;
        }
        above.truncate(PLACES);
        let member = below.iter().filter_map(|step| spot(step.node)).next();
        // The script that makes what piles up often fills the holder, too: a global one has no code above it.
        let filling = member.clone().map(|spot| Spot {
            holds: names,
            // Somewhere in that script, not in what is made.
            name: String::new(),
            ..spot
        });
        above.extend(filling);
        let registered = registered.and_then(spot);
        Self {
            above,
            member,
            registered,
        }
    }

    /// The place that says most about what to change, if there is any.
    ///
    /// That is where the application adds to what holds; the function that it registered there; where it sets what holds;
    /// where a package adds to it; where the members come from; or the code nearest to the holder, the application's before
    /// a package's.
    pub fn find(&self, sources: &mut Sources) -> Option<CodePlace> {
        let is_own = |spot: &&Spot| package(&spot.url).is_none();
        let mut used: Vec<(u8, CodePlace)> = Vec::new();
        for spot in &self.above {
            let Some((how, place)) = sources.find_use(spot) else {
                continue;
            };
            let rank = match (is_own(&spot), how) {
                (true, Use::Adds) => 0,
                (true, Use::Sets | Use::Declares) => 2,
                (false, Use::Adds) => 3,
                (false, Use::Sets | Use::Declares) => 5,
            };
            if rank == 0 {
                return Some(place);
            }
            used.push((rank, place));
        }
        for (spot, rank) in [(&self.registered, 1), (&self.member, 4)] {
            if let Some(spot) = spot.as_ref().filter(is_own) {
                let place = sources.find(spot);
                if place.certainty != Certainty::Unknown {
                    used.push((rank, place));
                }
            }
        }
        if let Some((_, place)) = used.into_iter().min_by_key(|(rank, _)| *rank) {
            return Some(place);
        }
        let own = self.above.iter().find(is_own);
        let spot = own.or(self.above.first()).or(self.member.as_ref())?;
        Some(sources.find(spot))
    }
}

/// What code calls the target of an edge: the name of a variable or a property, if it can stand in code.
fn name(heap: &Heap, edge: EdgeId) -> Option<String> {
    let kind = heap.edge_kind(edge);
    if !matches!(kind, EdgeKind::CONTEXT | EdgeKind::PROPERTY) {
        return None;
    }
    match heap.edge_name(edge) {
        EdgeName::Text(name) if is_identifier(name.strip_prefix('#').unwrap_or(&name)) => {
            Some(name.into_owned())
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
            holds: holds.iter().map(|&name| name.to_owned()).collect(),
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
        let change = Change::around(&heap, &scripts, holder, (&path, &[step(member)]), None);
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
            "const listeners = []; listeners.push(f);",
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
