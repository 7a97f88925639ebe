//! What passes over a heap read ahead, where it is on a disk.

use crate::column::{Numbers, Sizes};
use crate::graph::ahead::Ahead;

use super::Heap;

impl Heap {
    /// For passes over nodes that look at types and targets of their edges.
    pub(super) fn ahead(&self) -> Ahead<'_> {
        let (_, types, _) = self.edge_labels.slices();
        Ahead::of(&self.graph).nodes(&self.node_kind).edges(types)
    }

    /// For passes over types of nodes alone.
    pub(crate) fn kinds_ahead(&self) -> Ahead<'_> {
        Ahead::new(self.node_count()).nodes(&self.node_kind)
    }

    /// For passes over types and names of nodes alone.
    pub(super) fn names_ahead(&self) -> Ahead<'_> {
        let ahead = self.kinds_ahead();
        ahead.nodes(&self.node_name).nodes(&self.dom_state)
    }

    /// For passes over nodes that look at types and names of their edges, but not at targets.
    pub(super) fn labels_ahead(&self) -> Ahead<'_> {
        let (low, high, top) = self.edge_labels.slices();
        let ahead = Ahead::of_rows(self.graph.first_edges());
        ahead.edges(low).edges(high).edges(top)
    }

    /// For passes over shallow sizes.
    pub(super) fn sizes_ahead(&self) -> Ahead<'_> {
        sizes(Ahead::new(self.node_count()), &self.shallow)
    }

    /// For passes over the figures of nodes: classes, distances, sizes.
    pub(crate) fn figures_ahead(&self) -> Ahead<'_> {
        let ahead = numbers(sizes(self.sizes_ahead(), &self.retained), &self.class);
        numbers(ahead, self.distance.numbers())
    }
}

fn sizes<'a>(ahead: Ahead<'a>, column: &Sizes) -> Ahead<'a> {
    let (short, _, narrow, wide) = column.columns();
    match short {
        [] => ahead.nodes(narrow).nodes(wide),
        short => ahead.nodes(short),
    }
}

fn numbers<'a>(ahead: Ahead<'a>, column: &Numbers) -> Ahead<'a> {
    let (narrow, wide) = column.columns();
    ahead.nodes(narrow).nodes(wide)
}
