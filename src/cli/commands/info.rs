//! `info`: the dumps, and the figures of each.

use serde::Serialize;

use crate::cli::args::Info;
use crate::cli::choose::{find_all, note};
use crate::cli::output::{Cell, Head, Output, Table};
use crate::cli::progress::Shown;
use crate::cli::stop::Stop;
use crate::series::Dump;
use crate::task::Task;

#[derive(Serialize)]
struct Content {
    dumps: Vec<Record>,
}

#[derive(Serialize)]
struct Record {
    /// Which of several series the label is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<String>,
    label: Option<String>,
    path: String,
    kind: &'static str,
    state: &'static str,
    problem: Option<String>,
    bytes: Option<u64>,
    taken_at: Option<String>,
    time_source: Option<&'static str>,
    nodes: Option<u64>,
    edges: Option<u64>,
    strings: Option<u64>,
    total_size: Option<u64>,
    max_object_id: Option<u32>,
}

const COLUMNS: [Head; 13] = [
    Head::text("Dump", "label"),
    Head::text("Path", "path"),
    Head::text("Kind", "kind").spare(),
    Head::text("State", "state"),
    Head::text("Taken at", "taken_at"),
    Head::text("By", "time_source").spare(),
    Head::number("File", "bytes"),
    Head::number("Objects", "nodes"),
    Head::number("Edges", "edges").spare(),
    Head::number("Strings", "strings").spare(),
    Head::number("Heap", "total_size"),
    Head::number("Largest id", "max_object_id").spare(),
    Head::text("Problem", "problem"),
];

pub(super) fn run(arguments: &Info) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let mut folder = find_all(&arguments.series, &task)?;
    let is_empty = folder
        .groups
        .iter()
        .all(|group| group.series.dumps.is_empty());
    if let (true, Some(problem)) = (is_empty, folder.problems.first()) {
        return Err(problem.clone().into());
    }
    if let Some(process) = &arguments.series.process {
        let at = folder.find(process)?;
        folder.groups = vec![folder.groups.swap_remove(at)];
    }
    let cache = arguments.series.index.cache();
    for group in &mut folder.groups {
        group.series.measure(&cache, &task)?;
    }
    folder.divide();
    for order in folder.groups.iter().map(|group| group.series.order) {
        order.note().inspect(|words| note(words));
    }
    let divided = folder.is_divided();
    let dumps: Vec<(Option<&str>, &Dump)> = folder
        .groups
        .iter()
        .flat_map(|group| {
            let name = divided.then_some(group.name.as_str());
            group.series.dumps.iter().map(move |dump| (name, dump))
        })
        .collect();
    drop(progress);

    let output = Output::new(arguments.format.format, arguments.limit);
    let rows = output.rows(dumps.len());
    let table = Table {
        heading: Vec::new(),
        columns: if divided {
            [&[Head::text("Series", "series")], &COLUMNS[..]].concat()
        } else {
            COLUMNS.to_vec()
        },
        row: Box::new(|row| {
            let (series, dump) = dumps[row];
            let series = series.map(|series| Cell::note(series.to_owned()));
            series.into_iter().chain(cells(dump)).collect()
        }),
        rows,
        more: dumps.len() - rows,
    };
    let content = Content {
        dumps: dumps[..rows]
            .iter()
            .map(|&(series, dump)| record(series, dump))
            .collect(),
    };
    output.print(content, &table)
}

fn record(series: Option<&str>, dump: &Dump) -> Record {
    let figures = dump.figures.as_ref();
    Record {
        series: series.map(str::to_owned),
        label: dump.label.clone(),
        path: dump.path.to_string_lossy().into_owned(),
        kind: dump.kind.as_str(),
        state: dump.state.as_str(),
        problem: dump.remark(),
        bytes: dump.bytes,
        taken_at: dump
            .taken_at
            .map(|time| time.strftime("%FT%TZ").to_string()),
        time_source: dump.time_source.map(|source| source.as_str()),
        nodes: figures.map(|figures| figures.nodes),
        edges: figures.map(|figures| figures.edges),
        strings: figures.map(|figures| figures.strings),
        total_size: figures
            .map(|figures| figures.total_size)
            .or(dump.profile_size),
        max_object_id: figures.map(|figures| figures.max_object_id),
    }
}

fn cells(dump: &Dump) -> Vec<Cell> {
    let text = |text: Option<String>| text.map_or(Cell::Nothing, Cell::note);
    let count = |count: Option<u64>| count.map_or(Cell::Nothing, Cell::Count);
    let size = |size: Option<u64>| size.map_or(Cell::Nothing, Cell::Size);
    let record = record(None, dump);
    vec![
        text(record.label),
        Cell::Path(record.path),
        Cell::note(record.kind),
        Cell::note(record.state),
        text(record.taken_at),
        text(record.time_source.map(str::to_owned)),
        size(record.bytes),
        count(record.nodes),
        count(record.edges),
        count(record.strings),
        size(record.total_size),
        record.max_object_id.map_or(Cell::Nothing, Cell::Id),
        text(record.problem),
    ]
}
