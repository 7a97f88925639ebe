//! The columns of answers, for files, agents and the explorer.

use crate::analysis::columns::{Naming, Tells, with_originals};
use crate::analysis::originals::Original;
use crate::graph::NodeId;
use crate::heap::{Heap, shown_distance};
use crate::table::{CSV, Cell, Column, Head, JSON, PEOPLE};
use crate::text::mask::Reveal;
use crate::text::span::Spans;

use super::group::Group;

/// What cells are made with.
pub trait Shows {
    /// The heap that was asked.
    fn heap(&self) -> &Heap;
    /// What an object is called.
    fn object(&self, node: NodeId) -> Spans;
    /// What its class is called.
    fn class(&self, node: NodeId) -> Spans;
    /// A text as a cell, as far as it may be shown.
    fn text(&self, text: Spans) -> Cell;
}

/// What cells are made with where what may be data of the program is masked in them.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The names in the heap.
    pub naming: Naming<'a>,
    /// What of them may be shown.
    pub reveal: Reveal,
}

impl Shows for Shown<'_> {
    fn heap(&self) -> &Heap {
        self.naming.heap
    }

    fn object(&self, node: NodeId) -> Spans {
        self.naming.object(node)
    }

    fn class(&self, node: NodeId) -> Spans {
        self.naming.class(node)
    }

    fn text(&self, text: Spans) -> Cell {
        Cell::Text(text.masked(self.reveal))
    }
}

/// The column of what objects are called.
pub const OBJECT: Head = Head::text("Object", "name");
/// The column of what groups are called.
pub const GROUP: Head = Head::text("Group", "key");

/// The columns of objects behind [`OBJECT`].
pub const fn of_objects<C: Shows>() -> [Column<NodeId, C>; 7] {
    [
        Head::number("Id", "id").of(|row: &NodeId, shown: &C| Cell::Id(shown.heap().id(*row))),
        Head::text("Class", "class")
            .spare()
            .only_for(PEOPLE)
            .of(|row, shown| shown.text(shown.class(*row))),
        Head::text("Class", "class")
            .only_for(CSV.and(JSON))
            .of(|row, shown| {
                shown.text(Spans::new().name(shown.heap().class_name(*row).to_owned()))
            }),
        Head::text("Type", "type")
            .spare()
            .of(|row, shown| Cell::name(shown.heap().kind_name(*row).to_owned())),
        Head::number("Distance", "distance")
            .on_screen("Dist", 4, 3)
            .of(|row, shown| Cell::Distance(shown_distance(shown.heap().distance(*row)))),
        Head::number("Shallow size", "shallow_size")
            .on_screen("Shallow", 8, 5)
            .of(|row, shown| Cell::Size(shown.heap().shallow(*row))),
        Head::number("Retained size", "retained_size")
            .on_screen("Retained", 9, 9)
            .of(|row, shown| Cell::Size(shown.heap().retained(*row))),
    ]
}

/// The columns of groups behind [`GROUP`].
pub const fn of_groups<C: Shows>() -> [Column<Group, C>; 5] {
    [
        Head::number("Count", "count")
            .on_screen("Count", 10, 7)
            .of(|row: &Group, _: &C| Cell::Count(row.count)),
        Head::number("Distance", "distance")
            .spare()
            .on_screen("Dist", 4, 3)
            .of(|row, _| Cell::Distance(shown_distance(row.distance))),
        Head::number("Shallow size", "shallow_size")
            .on_screen("Shallow", 8, 5)
            .of(|row, _| Cell::Size(row.shallow)),
        Head::number("Retained size", "retained_size")
            .on_screen("Retained", 9, 9)
            .of(|row, _| Cell::Size(row.retained)),
        Head::number("Example", "example").of(|row, shown| Cell::Id(shown.heap().id(row.example))),
    ]
}

impl Tells<NodeId> for Shown<'_> {
    fn original(&self, row: &NodeId) -> Option<&Original> {
        self.naming.original(row)
    }

    fn knows_originals(&self) -> bool {
        self.naming.originals.is_some()
    }

    fn cell(&self, text: Spans) -> Cell {
        self.text(text)
    }
}

/// All columns of objects, for files and agents.
pub fn objects<'a>(shown: &Shown<'a>) -> Vec<Column<NodeId, Shown<'a>>> {
    let name = OBJECT.of(|row: &NodeId, shown: &Shown<'a>| shown.text(shown.object(*row)));
    let columns = [name].into_iter().chain(of_objects());
    with_originals(columns.collect(), shown)
}

/// All columns of groups.
pub fn groups<C: Shows>() -> Vec<Column<Group, C>> {
    let name = GROUP.of(|row: &Group, shown: &C| shown.text(row.key.clone()));
    [name].into_iter().chain(of_groups()).collect()
}
