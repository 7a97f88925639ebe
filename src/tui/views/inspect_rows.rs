//! The columns of what is known of an object: facts, its text, its references with figures. The screen shows the figures
//! beside references.

use std::sync::Arc;

use crate::graph::{EdgeId, NodeId};
use crate::table::{Cell, Column, Head};
use crate::text::span::Spans;
use crate::tui::view::View;

/// A row.
pub enum Written {
    /// A fact: its name, and what it says.
    Fact(&'static str, Spans),
    /// The text of a string in full.
    Text(String),
    /// A reference of the object.
    Field(EdgeId),
}

/// The object that the rows are about.
pub type About = (Arc<View>, NodeId);

impl Written {
    /// The object at the other end of a field.
    fn target(&self, (view, _): &About) -> Option<NodeId> {
        match self {
            Self::Field(edge) => Some(view.heap.graph().target(*edge)),
            Self::Fact(..) | Self::Text(_) => None,
        }
    }
}

/// The columns.
pub const WRITTEN: &[Column<Written, About>] = &[
    Head::text("What", "what").of(|row, _| match row {
        Written::Fact(name, _) => Cell::note(*name),
        Written::Text(_) => Cell::note("text"),
        Written::Field(_) => Cell::note("refers to"),
    }),
    Head::text("Value", "value").of(|row, about| match row {
        Written::Fact(_, words) => Cell::Text(words.clone()),
        Written::Text(text) => Cell::value(text.clone()),
        Written::Field(edge) => {
            let (view, node) = about;
            Cell::Text(view.names.field(&view.heap, *node, *edge).spans())
        }
    }),
    Head::number("Id", "id")
        .of(|row, about| Cell::known(row.target(about), |node| Cell::Id(about.0.heap.id(node)))),
    Head::number("Shallow size", "shallow_size")
        .on_screen("Shallow", 8, 4)
        .of(|row, about| {
            Cell::known(row.target(about), |node| {
                Cell::Size(about.0.heap.shallow(node))
            })
        }),
    Head::number("Retained size", "retained_size")
        .on_screen("Retained", 9, 9)
        .of(|row, about| {
            Cell::known(row.target(about), |node| {
                Cell::Size(about.0.heap.retained(node))
            })
        }),
];
