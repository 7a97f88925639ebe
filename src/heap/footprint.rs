//! How much memory a heap takes.

use crate::snapshot::Sample;

use super::{Class, Heap, Interface};

impl Heap {
    /// Memory held by this heap, in bytes: its columns, its graph, its strings and its classes.
    ///
    /// What the allocator adds to each is not in it; with a handful of large columns that is little.
    pub fn bytes(&self) -> u64 {
        let columns = [
            self.graph.bytes(),
            self.strings.bytes(),
            self.node_kind.bytes(),
            self.node_name.bytes(),
            self.node_id.bytes(),
            self.trace_node.as_ref().map_or(0, |column| column.bytes()),
            self.edge_labels.bytes(),
            self.dom_state.bytes(),
            self.shallow.bytes(),
            self.retained.bytes(),
            self.dominator.bytes(),
            self.distance.bytes(),
            self.class.bytes(),
            self.essential.bytes(),
            self.dominated.get().map_or(0, super::Dominated::bytes),
        ];
        let tables = [
            size_of_val(&*self.locations),
            self.samples.capacity() * size_of::<Sample>(),
            self.classes.iter().map(class_bytes).sum(),
            self.interfaces.iter().map(interface_bytes).sum(),
        ];
        columns.iter().chain(&tables).sum::<usize>() as u64
    }
}

fn class_bytes(class: &Class) -> usize {
    size_of::<Class>() + class.name.capacity()
}

fn interface_bytes(interface: &Interface) -> usize {
    size_of::<Interface>() + interface.name.capacity() + size_of_val(&*interface.properties)
}
