//! `trend`: what grows over the dumps.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::analysis::growth::{
    DumpSummary, Growth, GrowthRow, Join, Measure, Point, Rates, Step, growth,
};
use crate::analysis::search::{Fuzzy, Matcher};
use crate::cli::args::Trend;
use crate::cli::choose::{Chosen, choose, note};
use crate::cli::commands::listing;
use crate::cli::output::{Cell, Head, Output, Table};
use crate::cli::progress::Shown;
use crate::cli::records::{DumpRecord, Each, PlaceRecord};
use crate::cli::stop::Stop;
use crate::error::Result;
use crate::series::Dump;
use crate::task::Task;
use crate::text::units::{bytes, bytes_delta, duration, grouped};

#[derive(Serialize)]
struct Content<'a> {
    dumps: Vec<DumpRecord>,
    total_sizes: Vec<Option<u64>>,
    growth_per_hour: Option<i64>,
    comparable: bool,
    caveats: &'a [String],
    classes: Each<'a, Record<'a>>,
}

#[derive(Serialize)]
struct Record<'a> {
    class: &'a str,
    location: Option<PlaceRecord>,
    counts: Vec<Option<u64>>,
    shallow_sizes: Vec<Option<u64>>,
    retained_sizes: Vec<Option<u64>>,
    /// Bytes of retained size.
    growth_per_hour: Option<i64>,
    verdict: &'static str,
}

const COLUMNS: [Head; 7] = [
    Head::text("Class", "class"),
    Head::text("Location", "location"),
    Head::text("Verdict", "verdict"),
    Head::text("Count", "counts"),
    Head::text("Shallow size", "shallow_sizes"),
    Head::text("Retained size", "retained_sizes"),
    Head::number("Per hour", "growth_per_hour"),
];

pub(super) fn run(arguments: &Trend) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let mut chosen = choose(&arguments.series, &[], &task)?;
    let mut summaries = climb(&mut chosen, &task)?;
    let mut caveats = Vec::new();
    caveats.extend(chosen.divide());
    let dumps: Vec<&Dump> = chosen.series.usable().collect();
    let kept: Vec<Option<DumpSummary>> = dumps
        .iter()
        .map(|dump| summaries.remove(&dump.path))
        .collect();
    let steps: Vec<Step<'_>> = dumps
        .iter()
        .zip(&kept)
        .map(|(dump, summary)| Step {
            summary: summary.as_ref(),
            time: dump.time(),
        })
        .collect();
    let growth = growth(&steps);
    drop(progress);
    let order = chosen.order_note();
    chosen.say_notes();
    caveats.extend(order);
    caveats.extend(caveats_of(&growth, &dumps));
    for caveat in &caveats {
        note(caveat);
    }

    let mut rows: Vec<&GrowthRow> = growth.rows.iter().collect();
    if let Some(class) = &arguments.class {
        rows.retain(|row| row.class.name == *class);
    }
    if let Some(query) = &arguments.search {
        let matcher = Fuzzy::default();
        rows.retain(|row| matcher.matches(&row.class.name, query).is_some());
    }
    let output = Output::new(arguments.format.format, arguments.limit);
    let shown = &rows[..output.rows(rows.len())];
    let machine = output.is_for_programs();
    let rates = machine || growth.tells_rates();
    let table = Table {
        heading: vec![heading(&growth, &dumps)],
        columns: COLUMNS.to_vec(),
        row: Box::new(move |row| cells(shown[row], machine, rates)),
        rows: shown.len(),
        more: rows.len() - shown.len(),
    };
    let content = Content {
        dumps: dumps.iter().map(|dump| DumpRecord::of(dump)).collect(),
        total_sizes: figures(&growth.totals, Measure::Retained),
        growth_per_hour: per_hour(growth.total_per_hour),
        comparable: growth.join == Join::Place,
        caveats: &caveats,
        classes: Each::of(shown, record),
    };
    output.print(content, &table)
}

/// Loads the dumps one by one and keeps what their growth needs. What cannot be read drops out of the series.
fn climb(chosen: &mut Chosen, task: &Task) -> Result<HashMap<PathBuf, DumpSummary>> {
    let (load, cache) = (chosen.loader(task), chosen.cache.clone());
    let summaries = chosen.each_usable(|path, notes| match cache.front(path) {
        Some(front) => {
            notes.add_warnings(path, &front.warnings);
            Ok(front.summary())
        }
        None => {
            let heap = load(path)?;
            notes.add_warnings(path, heap.warnings());
            DumpSummary::of(&heap, task)
        }
    })?;
    for dump in &mut chosen.series.dumps {
        if let Some(summary) = summaries.get(&dump.path) {
            dump.know_ids(&summary.fingerprint);
        }
    }
    chosen.series.arrange();
    Ok(summaries)
}

/// What whoever reads the rows has to know.
fn caveats_of(growth: &Growth, dumps: &[&Dump]) -> Vec<String> {
    let mut caveats = Vec::new();
    if let Some((at, reason)) = growth.incomparable() {
        let before = dumps[..at].last().map_or("", |dump| dump.title());
        caveats.push(format!(
            "object ids of {before} and {} cannot be compared: {reason}; classes are joined by name",
            dumps[at].title()
        ));
    }
    match growth.known() {
        0 | 1 => {
            caveats.push("one dump shows no growth: take two more, some minutes apart".to_owned())
        }
        2 => caveats.push("two dumps show a difference, no trend: take a third".to_owned()),
        _ => {}
    }
    caveats
}

fn heading(growth: &Growth, dumps: &[&Dump]) -> String {
    let total = |point: Option<&Option<Point>>| {
        bytes(
            point
                .and_then(|point| *point)
                .map_or(0, |point| point.retained),
        )
    };
    let mut line = format!(
        "{} dumps, {} to {} · {} → {}",
        dumps.len(),
        dumps.first().map_or("", |dump| dump.title()),
        dumps.last().map_or("", |dump| dump.title()),
        total(growth.totals.first()),
        total(growth.totals.last()),
    );
    if let Some(rate) = per_hour(growth.total_per_hour)
        && growth.tells_rates()
    {
        line.push_str(&format!(" · {}/h", bytes_delta(rate)));
    } else if let Some(span) = growth.span.filter(|_| dumps.len() > 1) {
        line.push_str(&format!(" in {}", duration(span)));
    }
    line
}

fn per_hour(rates: Option<Rates>) -> Option<i64> {
    rates.map(|rates| rates.get(Measure::Retained).round() as i64)
}

fn figures(points: &[Option<Point>], measure: Measure) -> Vec<Option<u64>> {
    let figure = |point: &Option<Point>| point.map(|point| point.get(measure));
    points.iter().map(figure).collect()
}

fn record<'a>(row: &'a GrowthRow) -> Record<'a> {
    Record {
        class: &row.class.name,
        location: row.class.place.map(PlaceRecord::from),
        counts: figures(&row.points, Measure::Count),
        shallow_sizes: figures(&row.points, Measure::Shallow),
        retained_sizes: figures(&row.points, Measure::Retained),
        growth_per_hour: per_hour(row.per_hour),
        verdict: row.verdict.as_str(),
    }
}

/// Where a constructor was written: as the file has it for programs, with the script's name for people.
fn place(row: &GrowthRow, machine: bool) -> Cell {
    match (row.class.place, &row.place) {
        (_, Some(place)) if !machine => Cell::place(place.clone()),
        (Some(place), _) => Cell::place(format!(
            "{}:{}:{}",
            place.script_id, place.line, place.column
        )),
        (None, _) => Cell::Nothing,
    }
}

fn cells(row: &GrowthRow, machine: bool, rates: bool) -> Vec<Cell> {
    let text =
        |measure, show| listing::figures(figures(&row.points, measure).into_iter(), machine, show);
    vec![
        Cell::name(row.class.name.clone()),
        place(row, machine),
        Cell::note(row.verdict.as_str()),
        text(Measure::Count, grouped),
        text(Measure::Shallow, bytes),
        text(Measure::Retained, bytes),
        per_hour(row.per_hour.filter(|_| rates)).map_or(Cell::Nothing, Cell::SizeChange),
    ]
}
