//! How much there is at each address of a dump: the members of holders, and the nodes of lists and trees.

use std::collections::{HashMap, HashSet};

use crate::error::Result;
use crate::graph::NodeId;
use crate::task::{CHECK_EVERY, Task};

use super::super::classes::{ClassNo, Numbers};
use super::super::view::{NOISY, PLUMBING, SYNTHETIC, View};
use super::address::{Address, Addresses};

/// Holders of fewer members are no containers.
const CONTAINER: u32 = 8;
/// More objects than this at one address are members of something themselves.
pub(super) const MOST_HOLDERS: usize = 64;

/// Members of one class at one address.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Members {
    pub count: u64,
    /// What each keeps alive, summed, in bytes.
    pub retained: u64,
}

/// What there is at the addresses that may matter.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Members by the address of their holder and by class.
    pub members: HashMap<(Address, ClassNo), Members>,
    /// Nodes of lists and trees, by the address that they share.
    pub chains: HashMap<Address, u64>,
    /// The objects at an address, at most [`MOST_HOLDERS`] and one.
    pub holders: HashMap<Address, Vec<NodeId>>,
}

/// Addresses at which something may accumulate.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub holders: HashSet<Address>,
    pub chains: HashSet<Address>,
}

impl Contents {
    /// The contents of the last dump: all containers, lists and trees. One node of each list or tree comes with it.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of_last(
        view: &View<'_>,
        addresses: &Addresses,
        numbers: &Numbers,
        task: &Task,
    ) -> Result<(Self, Wanted, HashMap<Address, NodeId>)> {
        let graph = view.heap.graph();
        let mut members = vec![0u32; view.heap.node_count()];
        for (owner, _) in members_of(view, addresses) {
            members[owner.index()] = members[owner.index()].saturating_add(1);
        }
        task.check()?;
        let mut wanted = Wanted::default();
        let mut chains: HashMap<Address, (u64, NodeId)> = HashMap::new();
        for node in graph.nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if members[node.index()] >= CONTAINER {
                wanted.holders.extend(addresses.of(node));
            }
            if let Some(address) = addresses.of(node)
                && addresses.is_folded(node)
                && !view.is(node, PLUMBING | NOISY)
            {
                chains.entry(address).or_insert((0, node)).0 += 1;
            }
        }
        chains.retain(|_, (count, _)| *count >= u64::from(CONTAINER));
        let examples: HashMap<Address, NodeId> = chains
            .iter()
            .map(|(&address, &(_, node))| (address, node))
            .collect();
        wanted.chains.extend(chains.keys());
        for &node in examples.values() {
            let (above, _) = head(view, addresses, node);
            wanted.holders.extend(addresses.of(above));
        }
        let contents = Self::of(view, addresses, numbers, &wanted, task)?;
        Ok((contents, wanted, examples))
    }

    /// The contents of a dump, of what is wanted only.
    ///
    /// # Errors
    /// When the task is cancelled.
    pub fn of(
        view: &View<'_>,
        addresses: &Addresses,
        numbers: &Numbers,
        wanted: &Wanted,
        task: &Task,
    ) -> Result<Self> {
        let mut contents = Self::default();
        for (step, (owner, member)) in members_of(view, addresses).enumerate() {
            if step.is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            if let Some(address) = addresses.of(owner)
                && wanted.holders.contains(&address)
            {
                let class = numbers.of(view.heap, member);
                let members = contents.members.entry((address, class)).or_default();
                members.count += 1;
                members.retained = members.retained.saturating_add(view.heap.retained(member));
            }
        }
        for node in view.heap.graph().nodes() {
            if node.index().is_multiple_of(CHECK_EVERY) {
                task.check()?;
            }
            let Some(address) = addresses.of(node) else {
                continue;
            };
            if view.is(node, PLUMBING | NOISY) {
                continue;
            }
            if addresses.is_folded(node) && wanted.chains.contains(&address) {
                *contents.chains.entry(address).or_default() += 1;
            }
            if wanted.holders.contains(&address) {
                let holders = contents.holders.entry(address).or_default();
                if holders.len() <= MOST_HOLDERS {
                    holders.push(node);
                }
            }
        }
        Ok(contents)
    }
}

/// The holder and the member of each edge that holds a member; the engine's parts belong to their owners.
fn members_of<'v>(
    view: &'v View<'_>,
    addresses: &'v Addresses,
) -> impl Iterator<Item = (NodeId, NodeId)> + 'v {
    let graph = view.heap.graph();
    graph.nodes().flat_map(move |source| {
        let owner = view.owner(source);
        let counts = addresses.of(owner).is_some() && !view.is(owner, NOISY | SYNTHETIC);
        let edges = counts.then(|| graph.edges_from(source));
        let kept = move |edge| {
            let target = graph.target(edge);
            let member = view.holds(edge) && !view.is(target, PLUMBING | NOISY | SYNTHETIC);
            (member && target != owner).then_some((owner, target))
        };
        edges.into_iter().flatten().filter_map(kept)
    })
}

/// What holds a list or tree, and its first node, of one of its nodes.
pub(super) fn head(view: &View<'_>, addresses: &Addresses, node: NodeId) -> (NodeId, NodeId) {
    let name = |node: NodeId| view.heap.name_id(node);
    let mut first = node;
    loop {
        let Some(above) = addresses.above(first) else {
            return (first, first);
        };
        let is_link = addresses.is_folded(first)
            || addresses.of(above) == addresses.of(node)
            || name(above) == name(node);
        if !is_link {
            return (above, first);
        }
        first = above;
    }
}
