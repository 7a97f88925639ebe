//! Which line to change: the place in people's code nearest to what holds.

use crate::analysis::describe::Scripts;
use crate::analysis::paths::Step;
use crate::graph::NodeId;
use crate::heap::Heap;

use super::spot::Spot;

/// The place of a holder's own code, or of the code nearest to it on the way from the root; Node's own does not count.
pub fn change(heap: &Heap, scripts: &Scripts, holder: NodeId, path: &[Step]) -> Option<Spot> {
    let above = path.iter().rev().map(|step| step.node);
    let nodes = std::iter::once(holder).chain(above);
    let mut spots = nodes.filter_map(|node| Spot::of(heap, scripts, node));
    spots.find(|spot| !spot.url.starts_with("node:"))
}
