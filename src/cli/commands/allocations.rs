//! `allocations`: which functions allocated what is alive, and when; of dumps with recorded allocations.

use serde::Serialize;
use serde_json::{Value, json};

use crate::analysis::allocations::{Allocator, Bar, Stacks};
use crate::analysis::filter::Selection;
use crate::cli::args::Allocations;
use crate::cli::commands::listing::heading;
use crate::cli::open::{FilterRecord, Opened, open};
use crate::cli::output::{Cell, Column, Head, Listing, Records};
use crate::cli::records::ObjectRecord;
use crate::cli::stop::Stop;
use crate::column::BitSet;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::traces::{TraceFunction, Traces};
use crate::table::{CSV, JSON, PEOPLE};
use crate::text::place::file_name;
use crate::text::units::{bytes, grouped};

/// A function on an allocation stack; line and column count from 0, and are -1 where they are not known.
#[derive(Debug, Clone, Serialize)]
pub(super) struct StackFrame {
    function: String,
    url: String,
    script_id: u32,
    line: i64,
    column: i64,
}

impl StackFrame {
    fn of(heap: &Heap, function: TraceFunction) -> Self {
        let text = |string| heap.strings().get(string).into_owned();
        Self {
            function: text(function.name),
            url: text(function.script_name),
            script_id: function.script_id,
            line: function.line,
            column: function.column,
        }
    }

    fn name(&self) -> &str {
        match self.function.as_str() {
            "" => "(anonymous)",
            name => name,
        }
    }

    /// For people, counted from 1.
    fn place(&self) -> Option<String> {
        let known = self.line >= 0 && !self.url.is_empty();
        known.then(|| {
            format!(
                "{}:{}:{}",
                file_name(&self.url),
                self.line + 1,
                self.column + 1
            )
        })
    }
}

/// A stack on one line: `onChange orders.js:16:18 ← handle orders.js:21:16 ← …`.
pub(super) fn calls(stack: &[StackFrame]) -> String {
    let call = |frame: &StackFrame| match frame.place() {
        Some(place) => format!("{} {place}", frame.name()),
        None => frame.name().to_owned(),
    };
    let calls: Vec<String> = stack.iter().map(call).collect();
    calls.join(" ← ")
}

/// The stack that allocated an object; `None` where none was recorded. Reads the dump again only if it was.
pub(super) fn stack_of(opened: &Opened, node: NodeId) -> Result<Option<Vec<StackFrame>>> {
    let heap = &opened.heap;
    let Some(id) = heap.trace_node(node).filter(|&id| id > 0) else {
        return Ok(None);
    };
    let Some(traces) = Traces::open(opened.path(), &opened.task)? else {
        return Ok(None);
    };
    let stacks = Stacks::of(
        traces,
        heap,
        &Selection::Some(BitSet::new(heap.node_count())),
        &opened.task,
    )?;
    let Some(trace) = stacks.find(id) else {
        return Ok(None);
    };
    Ok(Some(frames(heap, &stacks, trace)))
}

fn frames(heap: &Heap, stacks: &Stacks, trace: u32) -> Vec<StackFrame> {
    let functions = stacks.stack(trace).into_iter();
    functions
        .map(|function| StackFrame::of(heap, stacks.function(function)))
        .collect()
}

pub(super) fn run(arguments: &Allocations) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    if arguments.timeline {
        return timeline(arguments, &opened);
    }
    if let Some(id) = arguments.id {
        return object(arguments, &opened, id);
    }
    let (mut selected, filter) = opened.filter(&arguments.filter)?;
    if let Some(class) = &arguments.class {
        selected = of_class(&opened, class, &selected)?;
    }
    let stacks = Stacks::open(opened.path(), &opened.heap, &selected, &opened.task)?
        .ok_or_else(|| none(&opened))?;
    match &arguments.class {
        Some(class) => by_stack(arguments, &opened, &stacks, filter.as_ref(), class),
        None => by_function(arguments, &opened, &stacks, filter.as_ref()),
    }
}

fn none(opened: &Opened) -> Error {
    Error::usage(format!("{} has no allocation stacks", opened.dump.label)).advise(
        "record them with HeapProfiler.startTrackingHeapObjects and trackAllocations; sampling profiles need less: heaptui profile",
    )
}

/// The selected objects of a class.
fn of_class(opened: &Opened, name: &str, selected: &Selection) -> Result<Selection> {
    let heap = &opened.heap;
    let classes = opened.some_classes_named(name)?;
    let mut nodes = BitSet::new(heap.node_count());
    for node in heap.graph().nodes() {
        if selected.contains(node) && classes.contains(&heap.class_id(node)) {
            nodes.insert(node.index());
        }
    }
    Ok(Selection::Some(nodes))
}

fn by_function(
    arguments: &Allocations,
    opened: &Opened,
    stacks: &Stacks,
    filter: Option<&FilterRecord>,
) -> Result<(), Stop> {
    let heap = &opened.heap;
    let mut rows = stacks.functions();
    if filter.is_some() {
        rows.retain(|row| row.live_count > 0);
        rows.sort_by_key(|row| std::cmp::Reverse(row.live_size));
    }
    let rows: Vec<(StackFrame, Allocator)> = rows
        .into_iter()
        .map(|row| (StackFrame::of(heap, stacks.function(row.function)), row))
        .collect();
    let sum = |part: fn(&Allocator) -> u64| rows.iter().map(|row| part(&row.1)).sum::<u64>();
    let mut line = format!(
        "{} functions allocated {} objects, {}; alive {}, {}",
        grouped(rows.len() as u64),
        grouped(sum(|row| row.count)),
        bytes(sum(|row| row.size)),
        grouped(sum(|row| row.live_count)),
        bytes(sum(|row| row.live_size)),
    );
    if let Some(filter) = filter {
        line.push_str(&format!(" · {}", filter.text));
    }
    let mut columns = frame_columns();
    columns.extend([
        Head::number("Count", "count")
            .of(|(_, row): &(StackFrame, Allocator), ()| Cell::Count(row.count)),
        Head::number("Size", "size").of(|(_, row), ()| Cell::Size(row.size)),
        Head::number("Live", "live_count").of(|(_, row), ()| Cell::Count(row.live_count)),
        Head::number("Live size", "live_size").of(|(_, row), ()| Cell::Size(row.live_size)),
    ]);
    let listing = Listing {
        heading: heading(opened, line),
        about: about(opened, filter),
        field: "functions",
        columns: &columns,
        rows: &rows,
        context: &(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}

/// What JSON has beside the rows; a filter only where there is one.
fn about(opened: &Opened, filter: Option<&FilterRecord>) -> Value {
    match filter {
        Some(filter) => json!({"dump": opened.dump, "filter": filter}),
        None => json!({"dump": opened.dump}),
    }
}

fn by_stack(
    arguments: &Allocations,
    opened: &Opened,
    stacks: &Stacks,
    filter: Option<&FilterRecord>,
    class: &str,
) -> Result<(), Stop> {
    let heap = &opened.heap;
    let live = stacks.live();
    let known: u64 = live.iter().map(|&trace| stacks.live_of(trace).0).sum();
    let mut line = format!(
        "{class}: the stacks that allocated {} of them",
        grouped(known)
    );
    if let Some(filter) = filter {
        line.push_str(&format!(" · {}", filter.text));
    }
    let columns: [Column<u32, (&Heap, &Stacks)>; 4] = [
        Head::number("Live", "live_count").of(|&trace, of| Cell::Count(of.1.live_of(trace).0)),
        Head::number("Live size", "live_size").of(|&trace, of| Cell::Size(of.1.live_of(trace).1)),
        Head::text("Stack", "stack")
            .only_for(PEOPLE.and(CSV))
            .of(|&trace, of| Cell::name(calls(&frames(of.0, of.1, trace)))),
        Head::text("Stack", "stack")
            .only_for(JSON)
            .of(|&trace, of| {
                let stack = frames(of.0, of.1, trace);
                Cell::rows(Records::of(&frame_columns(), &stack, &()))
            }),
    ];
    let listing = Listing {
        heading: heading(opened, line),
        about: about(opened, filter),
        field: "stacks",
        columns: &columns,
        rows: &live,
        context: &(heap, stacks),
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}

fn object(arguments: &Allocations, opened: &Opened, id: u32) -> Result<(), Stop> {
    let node = opened.object(id)?;
    if Traces::open(opened.path(), &opened.task)?.is_none() {
        return Err(none(opened).into());
    }
    let stack = stack_of(opened, node)?.unwrap_or_default();
    let mut title = opened.titled(node);
    if stack.is_empty() {
        title.push_str(": allocated before the recording began, or by the engine");
    }
    let listing = Listing {
        heading: heading(opened, title),
        about: json!({"dump": opened.dump, "object": ObjectRecord::of(&opened.naming(), node)}),
        field: "stack",
        columns: &frame_columns(),
        rows: &stack,
        context: &(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}

fn timeline(arguments: &Allocations, opened: &Opened) -> Result<(), Stop> {
    let timeline = opened.timeline()?;
    let bars = &timeline.bars;
    let measured = bars.iter().skip(1).map(|bar| bar.live_size);
    let most = measured.max().unwrap_or(0);
    let span = timeline.span_us() as f64 / 1e6;
    let line = format!("{} samples in {span:.1} s", bars.len());
    let listing = Listing {
        heading: heading(opened, line),
        about: json!({"dump": opened.dump}),
        field: "timeline",
        columns: TIMELINE,
        rows: bars,
        context: &most,
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}

/// What was allocated until when; the context is the size of the largest bar.
const TIMELINE: &[Column<Bar, u64>] = &[
    Head::number("Seconds", "seconds").of(|bar, _| Cell::Micros(bar.time_us)),
    Head::number("Alive", "live_count").of(|bar, _| Cell::Count(bar.live_count)),
    Head::number("Alive size", "live_size").of(|bar, _| Cell::Size(bar.live_size)),
    Head::number("Gone", "gone_count").of(|bar, _| Cell::Count(bar.gone_count())),
    Head::number("After id", "after_id")
        .only_for(CSV.and(JSON))
        .of(|bar, _| Cell::Id(bar.after_id)),
    Head::number("Up to id", "up_to_id")
        .only_for(CSV.and(JSON))
        .of(|bar, _| Cell::Id(bar.up_to_id)),
    Head::text("", "bar")
        .only_for(PEOPLE)
        .of(|bar, &most| Cell::note(drawn(bar, most))),
];

/// How many columns the largest bar has.
const WIDEST: u64 = 24;

/// A bar; that of what was there before the recording is cut.
fn drawn(bar: &Bar, most: u64) -> String {
    let columns = match most {
        0 => 0,
        most => (bar.live_size.min(most) * WIDEST).div_ceil(most),
    };
    "#".repeat(columns as usize)
}

impl AsRef<StackFrame> for StackFrame {
    fn as_ref(&self) -> &StackFrame {
        self
    }
}

impl AsRef<StackFrame> for (StackFrame, Allocator) {
    fn as_ref(&self) -> &StackFrame {
        &self.0
    }
}

/// The columns of a function.
fn frame_columns<R: AsRef<StackFrame>>() -> Vec<Column<R>> {
    let programs = CSV.and(JSON);
    vec![
        Head::text("Function", "function")
            .only_for(PEOPLE)
            .of(|row: &R, ()| Cell::function(row.as_ref().name().to_owned())),
        Head::text("Place", "place")
            .only_for(PEOPLE)
            .of(|row, ()| Cell::known(row.as_ref().place(), Cell::place)),
        Head::text("Function", "function")
            .only_for(programs)
            .of(|row, ()| Cell::function(row.as_ref().function.clone())),
        Head::text("URL", "url")
            .only_for(programs)
            .of(|row, ()| Cell::place(row.as_ref().url.clone())),
        Head::number("Script", "script_id")
            .only_for(JSON)
            .of(|row, ()| Cell::count(row.as_ref().script_id)),
        Head::number("Line", "line")
            .only_for(programs)
            .of(|row, ()| Cell::Change(row.as_ref().line)),
        Head::number("Column", "column")
            .only_for(programs)
            .of(|row, ()| Cell::Change(row.as_ref().column)),
    ]
}
