//! What passes over a heap read ahead, where it is on a disk.

use crate::column::{Numbers, Sizes};
use crate::graph::ahead::Ahead;

use super::Heap;

impl Heap {
    /// For passes over nodes that look at types and targets of their edges.
    pub(super) fn ahead(&self) -> Ahead<'_> {
        let (_, types) = self.edge_labels.slices();
        Ahead::of(&self.graph).nodes(&self.node_kind).edges(types)
    }

    /// For passes that look at names, too.
    pub(super) fn ahead_with_names(&self) -> Ahead<'_> {
        let (names, _) = self.edge_labels.slices();
        self.ahead().nodes(&self.node_name).edges(names)
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
