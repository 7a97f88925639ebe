//! Which line to change: where code fills what holds, else the place of the code nearest to it.

use crate::analysis::describe::Scripts;
use crate::analysis::paths::Step;
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
    /// What piles up: its class, or the function that was registered.
    member: Option<Spot>,
}

impl Change {
    /// Collects the places around a holder: `path` leads from the root to it, `below` from it to what piles up. Node's
    /// own code does not count.
    pub fn of(
        heap: &Heap,
        scripts: &Scripts,
        holder: NodeId,
        path: &[Step],
        below: &[Step],
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
        Self { above, member }
    }

    /// The place that says most about what to change, if there is any.
    ///
    /// That is where the application adds to what holds, or else sets it; where a package does; where the members come
    /// from; or the code nearest to the holder, the application's before a package's.
    pub fn find(&self, sources: &mut Sources) -> Option<CodePlace> {
        let is_own = |spot: &&Spot| package(&spot.url).is_none();
        let mut used: Vec<(u8, CodePlace)> = Vec::new();
        for spot in &self.above {
            let Some((how, place)) = sources.find_use(spot) else {
                continue;
            };
            let rank = match (is_own(&spot), how) {
                (true, Use::Adds) => 0,
                (true, Use::Sets) => 1,
                (false, Use::Adds) => 2,
                (false, Use::Sets) => 4,
            };
            if rank == 0 {
                return Some(place);
            }
            used.push((rank, place));
        }
        if let Some(spot) = self.member.as_ref().filter(is_own) {
            let place = sources.find(spot);
            if place.certainty != Certainty::Unknown {
                used.push((3, place));
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
