//! The rows of `profile`: for people, for spreadsheets and for programs.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::analysis::profiles::{ProfileRow, Size, Subject};
use crate::cli::args::ProfileBy;
use crate::cli::output::{Cell, Column, Head, Records};
use crate::profile::Frame;
use crate::profile::merge::Merged;
use crate::series::ProfileFile;
use crate::table::{CSV, JSON, PEOPLE, Readers, Unit};

/// How many callers a call path shows in a table.
const CALLERS: usize = 12;

/// A profile that was read.
pub(super) struct Read {
    pub file: ProfileFile,
    pub total: u64,
}

/// A profile as JSON.
#[derive(Debug, Serialize)]
pub(super) struct ProfileRecord {
    label: String,
    path: String,
    taken_at: Option<String>,
    /// Size of the heap in MB that the name tells.
    heap_mb: Option<u64>,
    total_size: u64,
}

impl ProfileRecord {
    pub(super) fn of(read: &Read) -> Self {
        let file = &read.file;
        let time = file.dump.taken_at;
        Self {
            label: file.label.clone(),
            path: file.dump.path.to_string_lossy().into_owned(),
            taken_at: time.map(|time| time.strftime("%FT%TZ").to_string()),
            heap_mb: file.heap_mb,
            total_size: read.total,
        }
    }
}

/// What cells are made with.
pub(super) struct Context<'a> {
    pub merged: &'a Merged<'a>,
    /// All bytes of the last profile.
    pub total: u64,
    /// The size that counts.
    pub size: Size,
}

type ProfileColumn<'a> = Column<ProfileRow, Context<'a>>;

/// Columns that are figures and names as files have them.
const PROGRAMS: Readers = CSV.and(JSON);

/// A row about a function.
trait OfFunction {
    fn frame<'p>(&self, merged: &Merged<'p>) -> Option<Frame<'p>>;
}

impl OfFunction for u32 {
    fn frame<'p>(&self, merged: &Merged<'p>) -> Option<Frame<'p>> {
        Some(merged.frame(*self))
    }
}

impl OfFunction for ProfileRow {
    fn frame<'p>(&self, merged: &Merged<'p>) -> Option<Frame<'p>> {
        stack(merged, self)
            .next()
            .map(|function| merged.frame(function))
    }
}

/// The columns of a function for programs; lines and columns are counted from 0 as in the file.
fn function<'a, R: OfFunction>() -> [Column<R, Context<'a>>; 4] {
    [
        Head::text("Function", "function")
            .only_for(PROGRAMS)
            .of(|row: &R, of: &Context<'a>| {
                Cell::known(row.frame(of.merged), |frame| {
                    Cell::function(frame.name.to_owned())
                })
            }),
        Head::text("URL", "url").only_for(PROGRAMS).of(|row, of| {
            Cell::known(row.frame(of.merged), |frame| {
                Cell::place(frame.url.to_owned())
            })
        }),
        Head::number("Line", "line")
            .only_for(PROGRAMS)
            .of(|row, of| Cell::known(row.frame(of.merged), |frame| Cell::Change(frame.line))),
        Head::number("Column", "column")
            .only_for(PROGRAMS)
            .of(|row, of| Cell::known(row.frame(of.merged), |frame| Cell::Change(frame.column))),
    ]
}

/// The columns of what a row is of: a function and its place, a file, a package, or a call path.
fn subject<'a>(by: ProfileBy) -> Vec<ProfileColumn<'a>> {
    let name = |title| {
        vec![
            Head::text(title, "name")
                .only_for(PEOPLE)
                .of(|row: &ProfileRow, _: &Context<'a>| Cell::Path(row.name.clone())),
            Head::text(title, "name")
                .only_for(PROGRAMS)
                .of(|row, _| Cell::function(row.name.clone())),
        ]
    };
    match by {
        ProfileBy::Function => {
            let mut columns = vec![
                Head::text("Function", "function")
                    .only_for(PEOPLE)
                    .of(|row: &ProfileRow, _: &Context<'a>| Cell::function(row.name.clone())),
                Head::text("Place", "place").only_for(PEOPLE).of(|row, of| {
                    let place = row.frame(of.merged).and_then(|frame| frame.shown_place());
                    Cell::known(place, Cell::place)
                }),
            ];
            columns.extend(function());
            columns
        }
        ProfileBy::File => name("File"),
        ProfileBy::Package => name("Package"),
        ProfileBy::Path => vec![
            Head::text("Call path", "stack")
                .only_for(PEOPLE)
                .of(|row, of| Cell::function(calls(row, of.merged))),
            Head::text("Call path", "stack")
                .only_for(CSV)
                .of(|row, of| {
                    let names = stack(of.merged, row).map(|function| {
                        let frame = of.merged.frame(function);
                        format!(
                            "{} {}:{}:{}",
                            frame.name, frame.url, frame.line, frame.column
                        )
                    });
                    Cell::function(names.collect::<Vec<_>>().join(";"))
                }),
            // Numbers in the list of functions, the one that was called last first.
            Head::text("Call path", "stack")
                .only_for(JSON)
                .of(|row, of| {
                    let stack = stack(of.merged, row).map(|function| Some(u64::from(function)));
                    Cell::Course(stack.collect(), Unit::Count)
                }),
        ],
    }
}

/// A call path for people, the function that was called last first.
fn calls(row: &ProfileRow, merged: &Merged<'_>) -> String {
    let frames = || stack(merged, row).map(|function| merged.frame(function));
    let names = frames().take(CALLERS).map(|frame| frame.shown_name());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    if let Some(place) = frames().next().and_then(|frame| frame.shown_place())
        && let Some(name) = names.first_mut()
    {
        *name = format!("{name} {place}");
    }
    if frames().nth(CALLERS).is_some() {
        names.push("…".to_owned());
    }
    names.join(" ← ")
}

/// The columns of one profile.
pub(super) fn of_one<'a>(by: ProfileBy) -> Vec<ProfileColumn<'a>> {
    let mut columns = subject(by);
    columns.extend([
        Head::number("Self size", "self_size")
            .of(|row: &ProfileRow, _| Cell::Size(last(&row.self_sizes))),
        Head::number("%", "self_percent")
            .only_for(PEOPLE)
            .of(|row, of: &Context<'a>| Cell::Percent(last(&row.self_sizes), of.total)),
        // DevTools' figure, in which every level of a recursion counts.
        Head::number("Total size", "total_size")
            .only_for(PROGRAMS)
            .of(|row, _| Cell::Size(last(&row.total_sizes))),
        Head::number("Total size", "once_size")
            .only_for(PEOPLE)
            .of(|row, _| Cell::Size(last(&row.once_sizes))),
        Head::number("%", "total_percent")
            .only_for(PEOPLE)
            .of(|row, of| Cell::Percent(last(&row.once_sizes), of.total)),
    ]);
    if by == ProfileBy::Function {
        columns.extend([
            Head::text("Script", "script_id").only_for(JSON).of(
                |row: &ProfileRow, of: &Context<'a>| {
                    Cell::known(row.frame(of.merged), |frame| {
                        Cell::note(frame.script_id.to_owned())
                    })
                },
            ),
            // The total with each stack counted once.
            Head::number("Once", "once_size")
                .only_for(JSON)
                .of(|row, _| Cell::Size(last(&row.once_sizes))),
        ]);
    }
    columns
}

/// The columns of several profiles; `two` says that two were asked for, rather than a series.
pub(super) fn of_several<'a>(by: ProfileBy, size: Size, two: bool) -> Vec<ProfileColumn<'a>> {
    let mut columns = vec![
        Head::text("Change", "change")
            .of(|row: &ProfileRow, _: &Context<'a>| Cell::note(row.change.as_str())),
    ];
    columns.extend(subject(by));
    let course = match size {
        Size::Own => Head::text("Self size", "self_sizes"),
        Size::Total => Head::text("Total size", "total_sizes"),
    };
    columns.push(
        course
            .only_for(PEOPLE)
            .of(|row, of| Cell::sizes(row.sizes(of.size))),
    );
    if two {
        columns.extend([
            Head::number("Self from", "from_self_size")
                .only_for(PROGRAMS)
                .of(|row: &ProfileRow, _: &Context<'a>| Cell::Size(first(&row.self_sizes))),
            Head::number("Self to", "to_self_size")
                .only_for(PROGRAMS)
                .of(|row, _| Cell::Size(last(&row.self_sizes))),
            Head::number("Total from", "from_total_size")
                .only_for(PROGRAMS)
                .of(|row, _| Cell::Size(first(&row.once_sizes))),
            Head::number("Total to", "to_total_size")
                .only_for(PROGRAMS)
                .of(|row, _| Cell::Size(last(&row.once_sizes))),
        ]);
    } else {
        columns.extend([
            Head::text("Self sizes", "self_sizes")
                .only_for(PROGRAMS)
                .of(|row: &ProfileRow, _: &Context<'a>| Cell::sizes(&row.self_sizes)),
            Head::text("Total sizes", "total_sizes")
                .only_for(PROGRAMS)
                .of(|row, _| Cell::sizes(&row.once_sizes)),
        ]);
    }
    columns.extend([
        Head::number("Self delta", "self_delta")
            .of(|row: &ProfileRow, _: &Context<'a>| Cell::SizeChange(row.delta(Size::Own))),
        Head::number("Total delta", "total_delta")
            .of(|row, _| Cell::SizeChange(row.delta(Size::Total))),
        Head::number("Per hour", "growth_per_hour").of(|row, _| {
            Cell::known(row.growth_per_hour, |rate| {
                Cell::SizeChange(rate.round() as i64)
            })
        }),
    ]);
    columns
}

fn last(sizes: &[u64]) -> u64 {
    sizes.last().copied().unwrap_or(0)
}

fn first(sizes: &[u64]) -> u64 {
    sizes.first().copied().unwrap_or(0)
}

/// The functions of a row: of a call path all, the one that was called last first.
fn stack<'a>(merged: &'a Merged<'_>, row: &ProfileRow) -> impl Iterator<Item = u32> + use<'a> {
    let (function, path) = match row.subject {
        Subject::Function(function) => (Some(function), None),
        Subject::Path(path) => (None, Some(path)),
    };
    let path = path.into_iter().flat_map(|path| merged.stack(path));
    function.into_iter().chain(path)
}

/// The functions that call paths refer to by number, as JSON; nothing beyond the last that one does.
pub(super) fn frames(context: &Context<'_>, rows: &[ProfileRow]) -> serde_json::Result<Value> {
    let rows = rows.iter();
    let used: BTreeSet<u32> = rows.flat_map(|row| stack(context.merged, row)).collect();
    let end = used.last().map_or(0, |last| last + 1);
    let all: Vec<u32> = (0..end).collect();
    serde_json::to_value(Records::of(&function(), &all, context))
}
