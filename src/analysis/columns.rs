//! The columns of what is listed of a dump or a series, declared once: objects, references, classes, comparisons,
//! growth, owners, suspects.
//!
//! Cells are for people where the scripts' names are known, and for programs where not: a program wants names as the dump
//! has them.

use jiff::Timestamp;

use crate::analysis::describe::{Scripts, role};
use crate::analysis::diff::DiffRow;
use crate::analysis::growth::{GrowthRow, Measure, Rates, per_hour};
use crate::analysis::originals::{Original, Originals};
use crate::analysis::owners::{Group, owner_words};
use crate::analysis::paths::Step;
use crate::analysis::summary::ClassRow;
use crate::analysis::suspects::Suspect;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{Class, Heap, Place, shown_distance};
use crate::table::{CSV, Cell, Column, Head, JSON, Location, PEOPLE, Unit};
use crate::text::span::Spans;

/// What cells are made with.
#[derive(Clone, Copy)]
pub struct Naming<'a> {
    /// The heap.
    pub heap: &'a Heap,
    /// Names of functions and files, where people read the cells.
    pub scripts: Option<&'a Scripts>,
    /// Classes and functions as they were written, where source maps tell.
    pub originals: Option<&'a Originals>,
}

impl<'a> Naming<'a> {
    /// For people.
    pub fn for_people(heap: &'a Heap, scripts: &'a Scripts) -> Self {
        Self {
            heap,
            scripts: Some(scripts),
            originals: scripts.originals(),
        }
    }

    /// The name of an object's class; for programs as the dump has it.
    pub fn class(&self, node: NodeId) -> Spans {
        match self.scripts {
            Some(scripts) => scripts.class_of(self.heap, node),
            None => Spans::new().name(self.heap.class_name(node).to_owned()),
        }
    }

    /// An object's name.
    pub fn object(&self, node: NodeId) -> Spans {
        match self.scripts {
            Some(scripts) => scripts.label(self.heap, node),
            None => Spans::new().name(self.heap.display_name(node)),
        }
    }

    /// A reference's name; for people with what it is for the Map, Set or array that it belongs to.
    pub fn edge(&self, edge: EdgeId) -> Spans {
        let Some(scripts) = self.scripts else {
            return Spans::new().edge(self.heap.edge_name(edge).to_string());
        };
        let name = scripts.edge_label(self.heap, edge);
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

/// What tells where the class or function of a row was written.
pub trait Tells<R: ?Sized> {
    /// Where that was, if a map tells.
    fn original(&self, row: &R) -> Option<&Original>;
    /// Whether there are maps at all.
    fn knows_originals(&self) -> bool;
    /// A name or a place, as far as it may be shown.
    fn cell(&self, text: Spans) -> Cell {
        Cell::Text(text)
    }
}

impl<R: OfObject> Tells<R> for Naming<'_> {
    fn original(&self, row: &R) -> Option<&Original> {
        self.originals?.of(self.heap, row.node())
    }

    fn knows_originals(&self) -> bool {
        self.originals.is_some()
    }
}

impl Tells<ClassRow> for Naming<'_> {
    fn original(&self, row: &ClassRow) -> Option<&Original> {
        self.originals?.class(self.heap.class(row.class))
    }

    fn knows_originals(&self) -> bool {
        self.originals.is_some()
    }
}

/// `columns`, and for programs where the classes and functions were written, as far as maps tell: people read that in
/// names and places.
pub fn with_originals<R, C: Tells<R>>(
    mut columns: Vec<Column<R, C>>,
    context: &C,
) -> Vec<Column<R, C>> {
    let programs = CSV.and(JSON);
    let within = |head: Head| head.within("original").only_for(programs);
    if context.knows_originals() {
        columns.extend([
            within(Head::text("Original", "original_name")).of(|row: &R, context: &C| {
                let name = context.original(row).and_then(|of| of.name.clone());
                Cell::known(name, |name| context.cell(Spans::new().name(name)))
            }),
            within(Head::text("Source", "original_source")).of(|row, context| {
                Cell::known(context.original(row), |of| {
                    context.cell(Spans::new().place(of.source.clone()))
                })
            }),
            within(Head::number("Line", "original_line"))
                .of(|row, context| Cell::known(context.original(row), |of| Cell::Count(of.line))),
            within(Head::number("Column", "original_column"))
                .of(|row, context| Cell::known(context.original(row), |of| Cell::Count(of.column))),
        ]);
    }
    columns
}

/// The columns of an object, which end most listings.
pub fn objects<'a, R: OfObject>(naming: &Naming<'a>) -> Vec<Column<R, Naming<'a>>> {
    with_originals(Vec::from(of_object()), naming)
}

fn of_object<'a, R: OfObject>() -> [Column<R, Naming<'a>>; 7] {
    [
        Head::text("Object", "name").of(|row: &R, naming| Cell::Text(naming.object(row.node()))),
        Head::number("Id", "id").of(|row, naming| Cell::Id(naming.heap.id(row.node()))),
        Head::text("Class", "class")
            .spare()
            .of(|row, naming| Cell::Text(naming.class(row.node()))),
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

/// The same behind other columns, in an object of their own within a row of JSON.
pub fn with_objects<'a, R: OfObject>(
    mut columns: Vec<Column<R, Naming<'a>>>,
    naming: &Naming<'a>,
) -> Vec<Column<R, Naming<'a>>> {
    let of_object = of_object().into_iter().map(|mut column| {
        column.head.group = Some("object");
        column
    });
    columns.extend(of_object);
    with_originals(columns, naming)
}

/// The columns of a reference and the object at its other end.
pub fn links<'a, R: OfObject>(
    title: &'static str,
    naming: &Naming<'a>,
) -> Vec<Column<R, Naming<'a>>> {
    let columns = vec![
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
    with_objects(columns, naming)
}

/// The columns of a class.
pub fn classes<'a>(naming: &Naming<'a>) -> Vec<Column<ClassRow, Naming<'a>>> {
    let columns = vec![
        Head::text("Class", "class").of(|row: &ClassRow, naming: &Naming<'a>| {
            Cell::Text(class_name(naming.heap.class(row.class), naming.scripts))
        }),
        Head::text("Location", "location")
            .of(|row, naming| location(naming.heap.class(row.class).place, naming.scripts)),
        Head::number("Distance", "distance")
            .of(|row, _| Cell::Distance(shown_distance(row.distance))),
        Head::number("Count", "count").of(|row, _| Cell::count(row.count)),
        Head::number("Shallow size", "shallow_size").of(|row, _| Cell::Size(row.shallow)),
        Head::number("Retained size", "retained_size").of(|row, _| Cell::Size(row.retained)),
    ];
    with_originals(columns, naming)
}

/// A class's name; for programs as the dump has it.
fn class_name(class: &Class, scripts: Option<&Scripts>) -> Spans {
    match scripts {
        Some(scripts) => scripts.class(class),
        None => Spans::new().name(class.name.clone()),
    }
}

/// What cells of classes are made with that several dumps have.
#[derive(Clone, Copy, Default)]
pub struct OfClasses<'a> {
    /// The later dump's names of functions and files, where people read the cells.
    pub scripts: Option<&'a Scripts>,
    /// Classes as they were written, where source maps tell.
    pub originals: Option<&'a Originals>,
    /// Whether people are told rates; see [`tells_rates`](crate::analysis::growth::Growth::tells_rates).
    pub tells_rates: bool,
}

impl Tells<DiffRow> for OfClasses<'_> {
    fn original(&self, row: &DiffRow) -> Option<&Original> {
        self.originals?.class(&row.class)
    }

    fn knows_originals(&self) -> bool {
        self.originals.is_some()
    }
}

impl Tells<GrowthRow> for OfClasses<'_> {
    fn original(&self, row: &GrowthRow) -> Option<&Original> {
        self.originals?.class(&row.class)
    }

    fn knows_originals(&self) -> bool {
        self.originals.is_some()
    }
}

/// The columns of a comparison of two dumps.
pub fn diff<'a>(naming: &OfClasses<'a>) -> Vec<Column<DiffRow, OfClasses<'a>>> {
    let columns = vec![
        Head::text("Class", "class").of(|row: &DiffRow, naming: &OfClasses<'a>| {
            Cell::Text(class_name(&row.class, naming.scripts))
        }),
        Head::text("Location", "location")
            .of(|row, naming| location(row.class.place, naming.scripts)),
        Head::number("New", "added_count").of(|row, _| Cell::count(row.added_count)),
        Head::number("Deleted", "removed_count").of(|row, _| Cell::count(row.removed_count)),
        Head::number("Delta", "count_delta").of(|row, _| Cell::Change(row.count_delta())),
        Head::number("Allocated", "added_size").of(|row, _| Cell::Size(row.added_size)),
        Head::number("Freed", "removed_size").of(|row, _| Cell::Size(row.removed_size)),
        Head::number("Size delta", "size_delta").of(|row, _| Cell::SizeChange(row.size_delta())),
    ];
    with_originals(columns, naming)
}

/// The columns of what grows over a series.
pub fn growth<'a>(naming: &OfClasses<'a>) -> Vec<Column<GrowthRow, OfClasses<'a>>> {
    let programs = CSV.and(JSON);
    let columns = vec![
        Head::text("Class", "class").of(|row: &GrowthRow, naming: &OfClasses<'a>| {
            Cell::Text(class_name(&row.class, naming.scripts))
        }),
        Head::text("Location", "location")
            .only_for(programs)
            .of(|row, _| location(row.class.place, None)),
        // Classes that are joined by name have places all the same.
        Head::text("Location", "location")
            .only_for(PEOPLE)
            .of(|row, naming| {
                let original = naming.original(row).map(Original::place);
                match original.or_else(|| row.place.clone()) {
                    Some(place) => Cell::place(place),
                    None => location(row.class.place, None),
                }
            }),
        Head::text("Verdict", "verdict").of(|row, _| Cell::note(row.verdict.as_str())),
        Head::text("Count", "counts").of(|row, _| course(row, Measure::Count)),
        Head::text("Shallow size", "shallow_sizes").of(|row, _| course(row, Measure::Shallow)),
        Head::text("Retained size", "retained_sizes").of(|row, _| course(row, Measure::Retained)),
        Head::number("Per hour", "growth_per_hour")
            .only_for(programs)
            .of(|row, _| Cell::known(retained_per_hour(row.per_hour), Cell::SizeChange)),
        Head::number("Per hour", "growth_per_hour")
            .only_for(PEOPLE)
            .of(|row, naming| {
                let rates = row.per_hour.filter(|_| naming.tells_rates);
                Cell::known(retained_per_hour(rates), Cell::SizeChange)
            }),
    ];
    with_originals(columns, naming)
}

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
        Head::text("What grows", "class")
            .of(|(_, of), ()| Cell::known(of.leaked.first(), |leaked| Cell::Text(leaked.words()))),
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
