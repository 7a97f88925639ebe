//! The columns of what is listed of a dump or a series, declared once: objects, references, classes, comparisons,
//! growth, owners, suspects.
//!
//! Cells are for people where the scripts' names are known, and for programs where not: a program wants names as the dump
//! has them.

use jiff::Timestamp;

use crate::analysis::describe::{Scripts, edge_label, role};
use crate::analysis::diff::DiffRow;
use crate::analysis::growth::{GrowthRow, Measure, Rates, per_hour};
use crate::analysis::originals::{OriginalClass, Originals};
use crate::analysis::owners::{Group, owner_words};
use crate::analysis::paths::Step;
use crate::analysis::summary::ClassRow;
use crate::analysis::suspects::Suspect;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{Heap, Place, shown_distance};
use crate::table::{CSV, Cell, Column, Head, JSON, Location, PEOPLE, Unit};
use crate::text::span::Spans;

/// What cells are made with.
#[derive(Clone, Copy)]
pub struct Naming<'a> {
    /// The heap.
    pub heap: &'a Heap,
    /// Names of functions and files, where people read the cells.
    pub scripts: Option<&'a Scripts>,
    /// Classes as they were written, where source maps tell.
    pub originals: Option<&'a Originals>,
}

impl Naming<'_> {
    /// An object's name.
    pub fn object(&self, node: NodeId) -> Spans {
        match self.scripts {
            Some(scripts) => scripts.label(self.heap, node),
            None => Spans::new().name(self.heap.display_name(node)),
        }
    }

    /// A reference's name; for people with what it is for the Map, Set or array that it belongs to.
    pub fn edge(&self, edge: EdgeId) -> Spans {
        if self.scripts.is_none() {
            return Spans::new().edge(self.heap.edge_name(edge).to_string());
        }
        let name = edge_label(self.heap, edge);
        match role(self.heap, edge) {
            Some(role) => name.note(" = ").then(role.in_words(self.heap)),
            None => name,
        }
    }
}

/// Where a constructor was written.
fn location(place: Option<Place>, scripts: Option<&Scripts>) -> Cell {
    let location = place.map(|place| Location {
        script_id: place.script_id,
        line: place.line,
        column: place.column,
        shown: scripts.map(|scripts| scripts.show(place)),
    });
    Cell::location(location)
}

/// A row about an object, and the reference that it was reached by, if there is one.
pub trait OfObject {
    /// The object.
    fn node(&self) -> NodeId;
    /// The reference.
    fn edge(&self) -> Option<EdgeId> {
        None
    }
}

impl OfObject for NodeId {
    fn node(&self) -> NodeId {
        *self
    }
}

impl OfObject for Step {
    fn node(&self) -> NodeId {
        self.node
    }

    fn edge(&self) -> Option<EdgeId> {
        self.edge
    }
}

/// The columns of an object, which end most listings.
pub fn objects<'a, R: OfObject>() -> [Column<R, Naming<'a>>; 7] {
    [
        Head::text("Object", "name").of(|row: &R, naming| Cell::Text(naming.object(row.node()))),
        Head::number("Id", "id").of(|row, naming| Cell::Id(naming.heap.id(row.node()))),
        Head::text("Class", "class")
            .spare()
            .of(|row, naming| Cell::name(naming.heap.class_name(row.node()).to_owned())),
        Head::text("Type", "type")
            .spare()
            .of(|row, naming| Cell::name(naming.heap.kind_name(row.node()).to_owned())),
        Head::number("Distance", "distance")
            .of(|row, naming| Cell::Distance(shown_distance(naming.heap.distance(row.node())))),
        Head::number("Shallow size", "shallow_size")
            .of(|row, naming| Cell::Size(naming.heap.shallow(row.node()))),
        Head::number("Retained size", "retained_size")
            .of(|row, naming| Cell::Size(naming.heap.retained(row.node()))),
    ]
}

/// The columns of a reference and the object at its other end.
pub fn links<'a, R: OfObject>(title: &'static str) -> Vec<Column<R, Naming<'a>>> {
    let mut columns = vec![
        Head::text(title, "edge_name")
            .within("edge")
            .of(|row: &R, naming: &Naming<'a>| {
                Cell::known(row.edge(), |edge| Cell::Text(naming.edge(edge)))
            }),
        Head::text("Kind", "edge_type")
            .within("edge")
            .spare()
            .of(|row, naming| {
                Cell::known(row.edge(), |edge| {
                    Cell::note(naming.heap.edge_kind_name(edge).to_owned())
                })
            }),
    ];
    columns.extend(objects());
    for column in &mut columns[2..] {
        column.head.group = Some("object");
    }
    columns
}

/// The columns of a class.
pub fn classes<'a>() -> [Column<ClassRow, Naming<'a>>; 6] {
    [
        Head::text("Class", "class")
            .of(|row: &ClassRow, naming| Cell::name(naming.heap.class(row.class).name.clone())),
        Head::text("Location", "location")
            .of(|row, naming| location(naming.heap.class(row.class).place, naming.scripts)),
        Head::number("Distance", "distance")
            .of(|row, _| Cell::Distance(shown_distance(row.distance))),
        Head::number("Count", "count").of(|row, _| Cell::count(row.count)),
        Head::number("Shallow size", "shallow_size").of(|row, _| Cell::Size(row.shallow)),
        Head::number("Retained size", "retained_size").of(|row, _| Cell::Size(row.retained)),
    ]
}

/// The same with the classes as they were written: people read `SessionStore (Zx)`, programs get the dump's name and
/// the original beside it.
pub fn classes_as_written<'a>() -> Vec<Column<ClassRow, Naming<'a>>> {
    let mut columns =
        vec![
            Head::text("Class", "class").only_for(PEOPLE).of(
                |row: &ClassRow, naming: &Naming<'a>| match naming.originals {
                    Some(originals) => Cell::Text(originals.words(naming.heap, row.class)),
                    None => Cell::name(naming.heap.class(row.class).name.clone()),
                },
            ),
            Head::text("Location", "location").only_for(PEOPLE).of(
                |row: &ClassRow, naming: &Naming<'a>| match original(row, naming) {
                    Some(original) => Cell::place(original.place()),
                    None => location(naming.heap.class(row.class).place, naming.scripts),
                },
            ),
        ];
    let mut rest = Vec::from(classes());
    for column in &mut rest[..2] {
        column.head = column.head.clone().only_for(CSV.and(JSON));
    }
    columns.extend(rest);
    columns.extend([
        Head::text("Original", "name")
            .within("original")
            .only_for(CSV.and(JSON))
            .of(|row: &ClassRow, naming: &Naming<'a>| {
                Cell::known(original(row, naming), |of| Cell::name(of.name.clone()))
            }),
        Head::text("Source", "source")
            .within("original")
            .only_for(CSV.and(JSON))
            .of(|row, naming| {
                Cell::known(original(row, naming), |of| Cell::place(of.source.clone()))
            }),
        Head::number("Line", "line")
            .within("original")
            .only_for(CSV.and(JSON))
            .of(|row, naming| Cell::known(original(row, naming), |of| Cell::Count(of.line))),
        Head::number("Column", "column")
            .within("original")
            .only_for(CSV.and(JSON))
            .of(|row, naming| Cell::known(original(row, naming), |of| Cell::Count(of.column))),
    ]);
    columns
}

fn original<'a>(row: &ClassRow, naming: &Naming<'a>) -> Option<&'a OriginalClass> {
    naming.originals?.get(row.class)
}

/// The columns of a comparison of two dumps, with the later one's scripts where people read them.
pub const DIFF: &[Column<DiffRow, Option<Scripts>>] = &[
    Head::text("Class", "class").of(|row, _| Cell::name(row.class.name.clone())),
    Head::text("Location", "location")
        .of(|row, scripts| location(row.class.place, scripts.as_ref())),
    Head::number("New", "added_count").of(|row, _| Cell::count(row.added_count)),
    Head::number("Deleted", "removed_count").of(|row, _| Cell::count(row.removed_count)),
    Head::number("Delta", "count_delta").of(|row, _| Cell::Change(row.count_delta())),
    Head::number("Allocated", "added_size").of(|row, _| Cell::Size(row.added_size)),
    Head::number("Freed", "removed_size").of(|row, _| Cell::Size(row.removed_size)),
    Head::number("Size delta", "size_delta").of(|row, _| Cell::SizeChange(row.size_delta())),
];

/// The columns of what grows over a series; people are told rates where these tell anything, see
/// [`tells_rates`](crate::analysis::growth::Growth::tells_rates).
pub const GROWTH: &[Column<GrowthRow, bool>] = &[
    Head::text("Class", "class").of(|row, _| Cell::name(row.class.name.clone())),
    Head::text("Location", "location")
        .only_for(CSV.and(JSON))
        .of(|row, _| location(row.class.place, None)),
    // Classes that are joined by name have places all the same.
    Head::text("Location", "location")
        .only_for(PEOPLE)
        .of(|row, _| match &row.place {
            Some(place) => Cell::place(place.clone()),
            None => location(row.class.place, None),
        }),
    Head::text("Verdict", "verdict").of(|row, _| Cell::note(row.verdict.as_str())),
    Head::text("Count", "counts").of(|row, _| course(row, Measure::Count)),
    Head::text("Shallow size", "shallow_sizes").of(|row, _| course(row, Measure::Shallow)),
    Head::text("Retained size", "retained_sizes").of(|row, _| course(row, Measure::Retained)),
    Head::number("Per hour", "growth_per_hour")
        .only_for(CSV.and(JSON))
        .of(|row, _| Cell::known(retained_per_hour(row.per_hour), Cell::SizeChange)),
    Head::number("Per hour", "growth_per_hour")
        .only_for(PEOPLE)
        .of(|row, &tells| {
            let rates = row.per_hour.filter(|_| tells);
            Cell::known(retained_per_hour(rates), Cell::SizeChange)
        }),
];

/// Growth of the retained size in bytes per hour.
pub fn retained_per_hour(rates: Option<Rates>) -> Option<i64> {
    rates.map(|rates| rates.get(Measure::Retained).round() as i64)
}

fn course(row: &GrowthRow, measure: Measure) -> Cell {
    let points = row.points.iter();
    let unit = match measure {
        Measure::Count => Unit::Count,
        _ => Unit::Size,
    };
    let figures = points.map(|point| point.map(|point| point.get(measure)));
    Cell::Course(figures.collect(), unit)
}

/// The columns of what the code of the same owners keeps over a series, with the times of its dumps.
pub const OWNERS: &[Column<Group, [Option<Timestamp>]>] = &[
    Head::text("Owners", "owners").of(|group, _| {
        let owners = group.owners.iter();
        Cell::List(owners.map(|owner| owner_words(owner)).collect())
    }),
    Head::text("Count", "counts").of(|group, _| Cell::counts(&group.counts)),
    Head::text("Shallow size", "shallow_sizes").of(|group, _| Cell::sizes(&group.shallow_sizes)),
    Head::number("Growth", "growth_bytes").of(|group, _| Cell::SizeChange(group.growth())),
    Head::number("Per hour", "growth_per_hour").of(|group, times| {
        let rate = per_hour(times, &group.shallow_sizes);
        Cell::known(rate, |rate| Cell::SizeChange(rate.round() as i64))
    }),
];

/// A suspect with its place among those that were found, counted from 0.
pub type Ranked<'a> = (usize, &'a Suspect);

/// The columns of suspects. Screens show rank, confidence and holder as one name.
pub fn suspects<'a>() -> Vec<Column<Ranked<'a>>> {
    vec![
        Head::number("Rank", "rank").of(|(at, _): &Ranked<'a>, ()| Cell::Count(*at as u64 + 1)),
        Head::number("Confidence", "confidence")
            .of(|(_, of), ()| Cell::Sure((of.confidence * 1e3) as u16)),
        Head::text("Holder", "holder_name").of(|(_, of), ()| Cell::Text(of.holder_name.clone())),
        Head::text("Pattern", "pattern")
            .only_for(PEOPLE)
            .on_screen("Pattern", 28, 3)
            .left()
            .of(|(_, of), ()| Cell::note(of.pattern.words())),
        Head::text("Pattern", "pattern")
            .only_for(CSV.and(JSON))
            .of(|(_, of), ()| Cell::note(of.pattern.as_str())),
        Head::text("What grows", "class").of(|(_, of), ()| {
            Cell::known(of.leaked.first(), |leaked| Cell::name(leaked.class.clone()))
        }),
        Head::text("In each dump", "counts").of(|(_, of), ()| {
            Cell::known(of.leaked.first(), |leaked| Cell::counts(&leaked.counts))
        }),
        Head::text("Retained", "retained_sizes").of(|(_, of), ()| Cell::sizes(&of.retained_sizes)),
        Head::drawn("In each dump", 30, 4)
            .left()
            .of(|(_, of), ()| match of.leaked.first() {
                Some(leaked) => Cell::counts(&leaked.counts),
                None => Cell::sizes(&of.retained_sizes),
            }),
        Head::number("Growth", "growth_bytes")
            .on_screen("Growth", 8, 8)
            .of(|(_, of), ()| {
                let grows = of.retained_sizes.len() > 1;
                Cell::known(grows.then_some(of.growth_bytes), Cell::SizeChange)
            }),
        Head::number("Per hour", "growth_per_hour")
            .on_screen("Per hour", 9, 7)
            .of(|(_, of), ()| {
                let rate = of.growth_per_hour.map(|rate| rate.round() as i64);
                Cell::known(rate, Cell::SizeChange)
            }),
        Head::text("Signature", "signature")
            .of(|(_, of), ()| Cell::Text(Spans::new().number(of.signature.id.to_string()))),
        Head::text("Explanation", "explanation")
            .of(|(_, of), ()| Cell::Text(of.explanation.paragraph())),
        Head::text("Advice", "advice").of(|(_, of), ()| Cell::Text(of.explanation.advice())),
    ]
}
