//! `allocations`: which functions allocated what is alive, and when; of dumps with recorded allocations.

use serde::Serialize;

use crate::analysis::allocations::{Allocator, Bar, Stacks};
use crate::analysis::filter::Selection;
use crate::cli::args::Allocations;
use crate::cli::commands::listing::{classes_named, heading, titled};
use crate::cli::open::{FilterRecord, Opened, open};
use crate::cli::output::{Cell, Head, Table};
use crate::cli::records::{DumpRecord, Each, ObjectRecord};
use crate::cli::stop::Stop;
use crate::column::BitSet;
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::heap::Heap;
use crate::snapshot::traces::{TraceFunction, Traces};
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

/// The stack that allocated an object; nothing where none was recorded. Reads the dump again only if it was.
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

#[derive(Serialize)]
struct Content<'a> {
    dump: &'a DumpRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<&'a FilterRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<ObjectRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<&'a [StackFrame]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    functions: Option<Each<'a, FunctionRecord>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stacks: Option<Each<'a, StackRecord>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeline: Option<Each<'a, BarRecord>>,
}

impl<'a> Content<'a> {
    fn of(dump: &'a DumpRecord) -> Self {
        Self {
            dump,
            filter: None,
            object: None,
            stack: None,
            functions: None,
            stacks: None,
            timeline: None,
        }
    }
}

#[derive(Serialize)]
struct FunctionRecord {
    #[serde(flatten)]
    frame: StackFrame,
    count: u64,
    size: u64,
    live_count: u64,
    live_size: u64,
}

#[derive(Serialize)]
struct StackRecord {
    live_count: u64,
    live_size: u64,
    stack: Vec<StackFrame>,
}

#[derive(Serialize)]
struct BarRecord {
    seconds: f64,
    after_id: u32,
    up_to_id: u32,
    live_count: u64,
    live_size: u64,
    gone_count: u64,
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
        selected = of_class(&opened.heap, class, &selected)?;
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
fn of_class(heap: &Heap, name: &str, selected: &Selection) -> Result<Selection> {
    let classes = classes_named(heap, name);
    if classes.is_empty() {
        return Err(
            Error::usage(format!("no class {name}")).advise("heaptui summary lists classes")
        );
    }
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
    let output = opened.output(&arguments.dump, arguments.limit);
    let shown = &rows[..output.rows(rows.len())];
    let frame = |row: &Allocator| StackFrame::of(heap, stacks.function(row.function));
    let programs = output.is_for_programs();
    let sum = |part: fn(&Allocator) -> u64| rows.iter().map(part).sum::<u64>();
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
    let table = Table {
        heading: heading(opened, line),
        columns: [
            frame_columns(programs),
            vec![
                Head::number("Count", "count"),
                Head::number("Size", "size"),
                Head::number("Live", "live_count"),
                Head::number("Live size", "live_size"),
            ],
        ]
        .concat(),
        row: Box::new(move |row| {
            let row = &shown[row];
            let mut cells = frame_cells(&frame(row), programs);
            cells.extend([
                Cell::Count(row.count),
                Cell::Size(row.size),
                Cell::Count(row.live_count),
                Cell::Size(row.live_size),
            ]);
            cells
        }),
        rows: shown.len(),
        more: rows.len() - shown.len(),
    };
    let content = Content {
        filter,
        functions: Some(Each::of(shown, |row: Allocator| FunctionRecord {
            frame: frame(&row),
            count: row.count,
            size: row.size,
            live_count: row.live_count,
            live_size: row.live_size,
        })),
        ..Content::of(&opened.dump)
    };
    output.print(content, &table)
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
    let output = opened.output(&arguments.dump, arguments.limit);
    let shown = &live[..output.rows(live.len())];
    let known: u64 = live.iter().map(|&trace| stacks.live_of(trace).0).sum();
    let mut line = format!(
        "{class}: the stacks that allocated {} of them",
        grouped(known)
    );
    if let Some(filter) = filter {
        line.push_str(&format!(" · {}", filter.text));
    }
    let table = Table {
        heading: heading(opened, line),
        columns: vec![
            Head::number("Live", "live_count"),
            Head::number("Live size", "live_size"),
            Head::text("Stack", "stack"),
        ],
        row: Box::new(|row| {
            let (count, size) = stacks.live_of(shown[row]);
            let stack = calls(&frames(heap, stacks, shown[row]));
            vec![Cell::Count(count), Cell::Size(size), Cell::name(stack)]
        }),
        rows: shown.len(),
        more: live.len() - shown.len(),
    };
    let content = Content {
        filter,
        stacks: Some(Each::of(shown, |trace| {
            let (live_count, live_size) = stacks.live_of(trace);
            StackRecord {
                live_count,
                live_size,
                stack: frames(heap, stacks, trace),
            }
        })),
        ..Content::of(&opened.dump)
    };
    output.print(content, &table)
}

fn object(arguments: &Allocations, opened: &Opened, id: u32) -> Result<(), Stop> {
    let heap = &opened.heap;
    let node = opened.object(id)?;
    if Traces::open(opened.path(), &opened.task)?.is_none() {
        return Err(none(opened).into());
    }
    let stack = stack_of(opened, node)?.unwrap_or_default();
    let output = opened.output(&arguments.dump, arguments.limit);
    let programs = output.is_for_programs();
    let shown = &stack[..output.rows(stack.len())];
    let mut title = titled(heap, node);
    if stack.is_empty() {
        title.push_str(": allocated before the recording began, or by the engine");
    }
    let table = Table {
        heading: heading(opened, title),
        columns: frame_columns(programs),
        row: Box::new(|row| frame_cells(&shown[row], programs)),
        rows: shown.len(),
        more: stack.len() - shown.len(),
    };
    let content = Content {
        object: Some(ObjectRecord::of(heap, node)),
        stack: Some(shown),
        ..Content::of(&opened.dump)
    };
    output.print(content, &table)
}

fn timeline(arguments: &Allocations, opened: &Opened) -> Result<(), Stop> {
    let timeline = opened.timeline()?;
    let output = opened.output(&arguments.dump, arguments.limit);
    let bars = &timeline.bars;
    let shown = &bars[..output.rows(bars.len())];
    let most = bars
        .iter()
        .skip(1)
        .map(|bar| bar.live_size)
        .max()
        .unwrap_or(0);
    let programs = output.is_for_programs();
    let line = format!(
        "{} samples in {:.1} s",
        bars.len(),
        timeline.span_us() as f64 / 1e6
    );
    let mut columns = vec![
        Head::number("Seconds", "seconds"),
        Head::number("Alive", "live_count"),
        Head::number("Alive size", "live_size"),
        Head::number("Gone", "gone_count"),
    ];
    match programs {
        true => columns.extend([
            Head::number("After id", "after_id"),
            Head::number("Up to id", "up_to_id"),
        ]),
        false => columns.push(Head::text("", "bar")),
    }
    let table = Table {
        heading: heading(opened, line),
        columns,
        row: Box::new(move |row| {
            let bar = &shown[row];
            let mut cells = vec![
                Cell::note(format!("{:.3}", bar.time_us as f64 / 1e6)),
                Cell::Count(bar.live_count),
                Cell::Size(bar.live_size),
                Cell::Count(bar.gone_count()),
            ];
            match programs {
                true => cells.extend([
                    Cell::Count(u64::from(bar.after_id)),
                    Cell::Count(u64::from(bar.up_to_id)),
                ]),
                false => cells.push(Cell::note(drawn(bar, most))),
            }
            cells
        }),
        rows: shown.len(),
        more: bars.len() - shown.len(),
    };
    let content = Content {
        timeline: Some(Each::of(shown, |bar: Bar| BarRecord {
            seconds: bar.time_us as f64 / 1e6,
            after_id: bar.after_id,
            up_to_id: bar.up_to_id,
            live_count: bar.live_count,
            live_size: bar.live_size,
            gone_count: bar.gone_count(),
        })),
        ..Content::of(&opened.dump)
    };
    output.print(content, &table)
}

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

fn frame_columns(programs: bool) -> Vec<Head> {
    let name = Head::text("Function", "function");
    match programs {
        true => vec![
            name,
            Head::text("URL", "url"),
            Head::number("Line", "line"),
            Head::number("Head", "column"),
        ],
        false => vec![name, Head::text("Place", "place")],
    }
}

fn frame_cells(frame: &StackFrame, programs: bool) -> Vec<Cell> {
    match programs {
        true => vec![
            Cell::function(frame.function.clone()),
            Cell::place(frame.url.clone()),
            Cell::Change(frame.line),
            Cell::Change(frame.column),
        ],
        false => vec![
            Cell::function(frame.name().to_owned()),
            frame.place().map_or(Cell::Nothing, Cell::place),
        ],
    }
}
