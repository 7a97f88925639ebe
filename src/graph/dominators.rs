//! Immediate dominators by Semi-NCA (Georgiadis and Tarjan), iterative, on `u32` arrays.
//!
//! Node `d` dominates node `v` when every path from the root to `v` runs through `d`; the closest such node other than
//! `v` is its immediate dominator. What the heap would lose with `d` is what `d` dominates.
//!
//! Three passes, all in depth-first numbers: number the nodes; find every node's semidominator, last number first,
//! with path compression; and climb, first number first, from every node's parent to the closest dominator that is
//! not below the semidominator. The textbook climbs that last stretch one dominator at a time, which is quadratic on a
//! shape that heaps do have: a long list whose last element refers to many objects that something else holds, too.
//! Here every dominator also knows one far above it, so that each climb takes logarithmic time.
//!
//! Half of a heap's edges lead to a few dozen [hubs](super::hubs). Those are in no list: for a hub it is enough to look
//! at the edge from the greatest number, and to see that no other can contribute less.

mod into_hubs;
mod links;
mod predecessors;
mod search;
mod semi;

use super::ahead::Ahead;
use super::hubs::Hubs;
use super::pace::Pace;
use super::{HeapGraph, NodeId};
use crate::column::{BitSet, room, settled, zeros};
use crate::error::Result;
use crate::memory::near;
use crate::task::Task;

pub use links::UNREACHED;

use into_hubs::Sources;
use links::{ancestor, label, link};
use predecessors::Predecessors;
use search::Search;
use semi::Semidominators;

/// The dominator tree of what a root reaches, in depth-first numbers.
///
/// Numbers are given in preorder, from 0 for the root: neighbours in the heap are neighbours in columns that are in this
/// order, and every node stands behind its dominators, so that sums over dominated nodes need one pass from the back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DominatorTree {
    /// The number of each node, [`UNREACHED`] for those that have none.
    pub number: Vec<u32>,
    /// The number of the immediate dominator, by number; the root's is the root.
    pub dominator: Vec<u32>,
}

impl DominatorTree {
    /// The reached nodes in the order of their numbers.
    pub fn order(&self) -> Vec<u32> {
        let mut order = near(|| zeros(self.dominator.len()));
        let mut ahead = Ahead::new(self.number.len()).nodes(&self.number);
        for (node, &number) in (0u32..).zip(&self.number) {
            ahead.at(NodeId(node));
            if number != UNREACHED {
                order[number as usize] = node;
            }
        }
        order
    }

    /// The immediate dominator of each node; the root's is the root, that of unreached nodes `otherwise`. `order` is
    /// this tree's. Takes no more memory.
    pub fn into_dominators(self, order: &[u32], otherwise: u32) -> Vec<u32> {
        let Self { number, dominator } = self;
        let mut ahead = Ahead::new(number.len()).nodes(&number);
        let mut dominators_ahead = Ahead::new(dominator.len()).nodes(&dominator);
        let mut by_node = number;
        for (node, place) in (0u32..).zip(&mut by_node) {
            ahead.at(NodeId(node));
            *place = match *place {
                UNREACHED => otherwise,
                number => {
                    dominators_ahead.at(NodeId(number));
                    order[dominator[number as usize] as usize]
                }
            };
        }
        settled(by_node)
    }
}

/// Immediate dominators of everything that `root` reaches over the edges in `keep`.
///
/// `extra_from_root` is given the set of nodes that were reached, and names nodes that count as having one more
/// incoming edge, from the root; they may be named twice or have other edges. Self loops, parallel edges and edges into
/// the root make no difference. Time grows with the edges and, at worst, the logarithm of the nodes, on every shape.
/// `hubs` are those of this graph, and decide only how fast it goes; at worst, each takes another look at all edges.
/// Memory peaks at 16 bytes per node, 4 per node whose semidominator is not its parent, and 4 per kept edge that leads
/// to a lower number and not to a hub; before that, there are 12 per level of the search.
///
/// A `root` that is not a node reaches nothing. Panics, as slices do, when `keep` ranges over fewer edges than the
/// graph has or when `extra_from_root` names nodes that it has not.
///
/// # Errors
/// When the task is cancelled, and those of `extra_from_root`.
pub fn dominator_tree(
    graph: &HeapGraph,
    root: NodeId,
    keep: &BitSet,
    hubs: &Hubs,
    extra_from_root: impl FnOnce(&BitSet) -> Result<Vec<u32>>,
    task: &Task,
) -> Result<DominatorTree> {
    let node_count = graph.node_count();
    if root.index() >= node_count {
        return Ok(DominatorTree {
            number: vec![UNREACHED; node_count],
            dominator: Vec::new(),
        });
    }
    let mut pace = Pace::new(task);
    let mut search = Search::new(graph, keep, hubs);
    search.descend(root, &mut pace)?;
    let extra = extra_from_root(&search.numbered)?;
    for &node in &extra {
        pace.step()?;
        if search.number[node as usize] == UNREACHED {
            search.descend(NodeId(node), &mut pace)?;
        }
    }
    let Search {
        rest,
        number,
        parent,
        mut into_hubs,
        ..
    } = { search };
    let mut links = near(|| room(parent.len()));
    links.extend(parent.iter().map(|&parent| link(0, parent)));
    for node in extra {
        // The root's edges to these are in no row.
        links[number[node as usize] as usize] = link(0, 0);
    }
    let add_end = |node: NodeId| into_hubs.add_end(graph, keep, node, &number);
    let mut predecessors = Predecessors::new(graph, rest, &number, &mut links, add_end, &mut pace)?;
    into_hubs.settle_on_numbers(&number, &mut links);
    let mut semi = Semidominators::new(links.len());
    let sources = Sources {
        graph,
        keep,
        number: &number,
    };
    while let Some(some) = predecessors.next(&number, &mut links, &mut pace)? {
        for (known, &parent) in links[some.targets.clone()]
            .iter_mut()
            .zip(&parent[some.targets.clone()])
        {
            *known = link(parent, label(*known));
        }
        semi.find(&mut links, some, &mut into_hubs, &sources, &mut pace)?;
    }
    drop(predecessors);
    let mut dominator = parent;
    climb(&mut dominator, semi, links, &mut pace)?;
    Ok(DominatorTree { number, dominator })
}

/// Turns parents into immediate dominators: the closest dominator of the parent that is not below the semidominator.
///
/// Dominators are numbered lower than what they dominate, so a climb that must not pass the semidominator can take any
/// jump that stays behind it. Jumps are laid out as in Myers' random-access stacks: one per node, chosen by depth,
/// and every ancestor is a logarithmic number of jumps and single steps away.
///
/// `jumps` is only memory that is there already: (jump, depth) per number.
fn climb(
    idom: &mut [u32],
    mut semi: Semidominators,
    mut jumps: Vec<u64>,
    pace: &mut Pace<'_>,
) -> Result<()> {
    if let Some(root) = jumps.first_mut() {
        *root = link(0, 0);
    }
    for at in 1..idom.len() {
        let mut dominator = idom[at];
        if semi.differs.contains(at) {
            let limit = semi.values.pop().unwrap_or_default();
            while dominator > limit {
                let jump = ancestor(jumps[dominator as usize]);
                dominator = if jump >= limit {
                    jump
                } else {
                    idom[dominator as usize]
                };
            }
            idom[at] = dominator;
        }

        let near = jumps[dominator as usize];
        let far = jumps[ancestor(near) as usize];
        let near_span = label(near) - label(far);
        let far_span = label(far) - label(jumps[ancestor(far) as usize]);
        let jump = if near_span == far_span {
            ancestor(far)
        } else {
            dominator
        };
        jumps[at] = link(jump, label(near) + 1);
        pace.step()?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "dominators_tests.rs"]
mod tests;
