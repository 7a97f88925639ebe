//! The columns of answers: what may be data of the program is masked in the cells.

use crate::analysis::columns::Naming;
use crate::graph::NodeId;
use crate::heap::shown_distance;
use crate::table::{Cell, Column, Head};
use crate::text::mask::Reveal;
use crate::text::span::Spans;

use super::group::Group;

/// What cells are made with.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The names in the heap.
    pub naming: Naming<'a>,
    /// What of them may be shown.
    pub reveal: Reveal,
}

impl Shown<'_> {
    fn cell(&self, text: Spans) -> Cell {
        Cell::Text(text.masked(self.reveal))
    }
}

/// The columns of objects.
pub fn objects<'a>() -> [Column<NodeId, Shown<'a>>; 7] {
    [
        Head::text("Object", "name")
            .of(|row: &NodeId, shown: &Shown<'a>| shown.cell(shown.naming.object(*row))),
        Head::number("Id", "id").of(|row, shown| Cell::Id(shown.naming.heap.id(*row))),
        Head::text("Class", "class").spare().of(|row, shown| {
            shown.cell(Spans::new().name(shown.naming.heap.class_name(*row).to_owned()))
        }),
        Head::text("Type", "type")
            .spare()
            .of(|row, shown| Cell::name(shown.naming.heap.kind_name(*row).to_owned())),
        Head::number("Distance", "distance")
            .of(|row, shown| Cell::Distance(shown_distance(shown.naming.heap.distance(*row)))),
        Head::number("Shallow size", "shallow_size")
            .of(|row, shown| Cell::Size(shown.naming.heap.shallow(*row))),
        Head::number("Retained size", "retained_size")
            .of(|row, shown| Cell::Size(shown.naming.heap.retained(*row))),
    ]
}

/// The columns of groups.
pub fn groups<'a>() -> [Column<Group, Shown<'a>>; 6] {
    [
        Head::text("Group", "key").of(|row: &Group, shown: &Shown<'a>| shown.cell(row.key.clone())),
        Head::number("Count", "count").of(|row, _| Cell::Count(row.count)),
        Head::number("Distance", "distance")
            .spare()
            .of(|row, _| Cell::Distance(shown_distance(row.distance))),
        Head::number("Shallow size", "shallow_size").of(|row, _| Cell::Size(row.shallow)),
        Head::number("Retained size", "retained_size").of(|row, _| Cell::Size(row.retained)),
        Head::number("Example", "example")
            .of(|row, shown| Cell::Id(shown.naming.heap.id(row.example))),
    ]
}
