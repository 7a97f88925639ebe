//! What the numbers of a tree's branches mean, and what rows unfold into.

use crate::graph::{EdgeId, NodeId};
use crate::heap::{ClassId, Heap};

/// A way through the heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// Down, to what an object refers to.
    Fields,
    /// Up, to who refers to an object.
    Retainers,
    /// Down, to whom an object dominates immediately.
    Dominated,
}

/// What the numbers of a branch mean, and what the branch lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// Class rows, as class numbers.
    Classes,
    /// The objects of a class, as node numbers.
    Instances(ClassId),
    /// One object by itself, as its node number.
    Object(NodeId),
    /// What an object refers to, as edge numbers.
    Fields(NodeId),
    /// Who refers to an object, as edge numbers.
    Retainers(NodeId),
    /// Whom an object dominates immediately, as node numbers.
    Dominated(NodeId),
    /// What folds away of an object's list: the engine's own.
    Internals(Way, NodeId),
    /// The retainers of an object on a way but for the one by which the way leads on.
    Others(NodeId),
    /// The list of the second object, which a stretch of repeated hops leads to from the first; before it a row for
    /// these hops.
    Beyond(Way, NodeId, NodeId),
    /// The hops of such a stretch, one by one.
    Hops(Way, NodeId, NodeId),
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A class.
    Class(ClassId),
    /// An object, and the edge that it was reached by.
    Object(NodeId, Option<EdgeId>),
}

/// The number of a row that the engine's own is folded into. No node or edge has it.
pub const INTERNALS: u32 = u32::MAX;

/// The number of a row that a stretch of hops is folded into. No node or edge has it.
pub const HOPS: u32 = u32::MAX - 1;

/// The number of a row that the other retainers on a way are folded into. No node or edge has it.
pub const OTHERS: u32 = u32::MAX - 2;

/// Whether a row with this number stands for others, and is itself about nothing.
pub fn is_fold(value: u32) -> bool {
    value >= OTHERS
}

impl Way {
    /// The list of an object on this way.
    pub fn of(self, node: NodeId) -> Source {
        match self {
            Self::Fields => Source::Fields(node),
            Self::Retainers => Source::Retainers(node),
            Self::Dominated => Source::Dominated(node),
        }
    }
}

impl Source {
    /// The way that the branch goes; `None` where it lists classes or objects by themselves.
    pub fn way(self) -> Option<Way> {
        Some(match self {
            Self::Classes | Self::Instances(_) | Self::Object(_) => return None,
            Self::Fields(_) => Way::Fields,
            Self::Retainers(_) | Self::Others(_) => Way::Retainers,
            Self::Dominated(_) => Way::Dominated,
            Self::Internals(way, _) | Self::Beyond(way, ..) | Self::Hops(way, ..) => way,
        })
    }

    /// The object whose list this is. The hops of a stretch are nobody's.
    pub fn owner(self) -> Option<NodeId> {
        match self {
            Self::Fields(node)
            | Self::Retainers(node)
            | Self::Dominated(node)
            | Self::Others(node)
            | Self::Internals(_, node)
            | Self::Beyond(_, _, node) => Some(node),
            Self::Classes | Self::Instances(_) | Self::Object(_) | Self::Hops(..) => None,
        }
    }

    /// What the row with this number is about; `None` for rows that others are folded into.
    pub fn subject(self, heap: &Heap, value: u32) -> Option<Subject> {
        if is_fold(value) {
            return None;
        }
        let edge = EdgeId(value);
        Some(match (self, self.way()) {
            (Self::Classes, _) => Subject::Class(ClassId(value)),
            (_, None | Some(Way::Dominated)) => Subject::Object(NodeId(value), None),
            (_, Some(Way::Fields)) => Subject::Object(heap.graph().target(edge), Some(edge)),
            (_, Some(Way::Retainers)) => Subject::Object(heap.graph().source(edge), Some(edge)),
        })
    }

    /// What the row unfolds into, if into anything. `folded` says that the row stands for a stretch of hops.
    pub fn below(self, heap: &Heap, value: u32, folded: bool) -> Option<Self> {
        let node = match self.subject(heap, value) {
            Some(Subject::Class(class)) => return Some(Self::Instances(class)),
            Some(Subject::Object(node, _)) => node,
            None => {
                return match (value, self) {
                    (HOPS, Self::Beyond(way, from, node)) => Some(Self::Hops(way, from, node)),
                    (OTHERS, _) => Some(Self::Others(self.owner()?)),
                    (INTERNALS, _) => Some(Self::Internals(self.way()?, self.owner()?)),
                    _ => None,
                };
            }
        };
        let way = self.way().unwrap_or(Way::Fields);
        if folded {
            return Some(Self::Beyond(way, self.owner()?, node));
        }
        let any = match way {
            Way::Fields => !heap.graph().edge_range(node).is_empty(),
            Way::Retainers => {
                let mut edges = heap.graph().edges_into(node);
                node != heap.root() && edges.any(|edge| heap.graph().source(edge) != heap.root())
            }
            Way::Dominated => heap
                .dominated_if_known()
                .is_some_and(|dominated| !dominated.of(node).is_empty()),
        };
        any.then_some(way.of(node))
    }
}
