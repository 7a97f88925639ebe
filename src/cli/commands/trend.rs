//! `trend`: what grows over the dumps.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::analysis::columns::{OfClasses, growth as columns, retained_per_hour};
use crate::analysis::describe::Scripts;
use crate::analysis::growth::{DumpSummary, Growth, Join, Point};
use crate::cli::args::Trend;
use crate::cli::choose::{Chosen, choose, note};
use crate::cli::commands::wanted_classes::WantedClasses;
use crate::cli::output::{Listing, Output};
use crate::cli::progress::Shown;
use crate::cli::records::DumpRecord;
use crate::cli::stop::Stop;
use crate::error::Result;
use crate::series::memory::Tables;
use crate::series::{Dump, growth_of, sources_of};
use crate::task::Task;
use crate::text::units::{bytes, bytes_delta, duration};

pub(super) fn run(arguments: &Trend) -> Result<(), Stop> {
    let task = Task::new();
    let progress = Shown::of(&task);
    let mut chosen = choose(&arguments.series, &[], &task)?;
    let (mut summaries, scripts) = climb(arguments, &mut chosen, &task)?;
    let originals = scripts.as_ref().and_then(Scripts::originals);
    let mut caveats = Vec::new();
    caveats.extend(chosen.divide());
    let dumps: Vec<&Dump> = chosen.series.usable().collect();
    let kept: Vec<Option<DumpSummary>> = dumps
        .iter()
        .map(|dump| summaries.remove(&dump.path))
        .collect();
    let mut growth = growth_of(dumps.iter().copied(), &kept);
    drop(progress);
    let order = chosen.order_note();
    chosen.say_notes();
    caveats.extend(order);
    caveats.extend(caveats_of(&growth, &dumps));
    for caveat in &caveats {
        note(caveat);
    }

    let mut rows = std::mem::take(&mut growth.rows);
    let wanted = WantedClasses::new(arguments.class.as_deref(), arguments.search.as_deref());
    rows.retain(|row| wanted.has(&row.class, originals));
    let totals = growth.totals.iter();
    let totals: Vec<_> = totals
        .map(|point| point.map(|point| point.retained))
        .collect();
    let dumps_of: Vec<_> = dumps.iter().map(|dump| DumpRecord::of(dump)).collect();
    let output = Output::new(arguments.format.format, arguments.limit);
    let naming = OfClasses {
        scripts: scripts.as_ref().filter(|_| !output.is_for_programs()),
        originals,
        tells_rates: growth.tells_rates(),
    };
    let listing = Listing {
        heading: vec![heading(&growth, &dumps)],
        about: json!({
            "dumps": dumps_of,
            "total_sizes": totals,
            "growth_per_hour": retained_per_hour(growth.total_per_hour),
            "comparable": growth.join == Join::Place,
            "caveats": caveats,
        }),
        field: "classes",
        columns: &columns(&naming),
        rows: &rows,
        context: &naming,
    };
    listing.print(&output)
}

/// Loads the dumps one after the other and keeps what their growth needs, and the names in the last one. What cannot be read drops
/// out of the series.
fn climb(
    arguments: &Trend,
    chosen: &mut Chosen,
    task: &Task,
) -> Result<(HashMap<PathBuf, DumpSummary>, Option<Scripts>)> {
    let dumps: Vec<&Path> = chosen.series.usable().map(|dump| &*dump.path).collect();
    chosen.settle_tables(&dumps, Tables::Growth)?;
    let cache = chosen.cache.clone();
    let last = chosen.series.usable().last();
    let mut sources = sources_of(last, arguments.source.options());
    let last = last.map(|dump| dump.path.clone());
    let mut names = None;
    let summaries = chosen.each_usable(task, |path, load, notes| {
        let is_last = last.as_deref() == Some(path);
        if let Some(front) = cache.front(path) {
            notes.add_warnings(path, &front.warnings);
            let scripts = is_last.then(|| front.scripts());
            if let Some(scripts) = &scripts {
                let heap = front.outline();
                scripts.learn_originals(sources.originals(&heap, scripts, task)?);
            }
            names = scripts.or(names.take());
            return Ok(front.summary());
        }
        let heap = load()?;
        notes.add_warnings(path, heap.warnings());
        if is_last {
            names = Some(sources.scripts(&heap, task)?);
        }
        DumpSummary::of(&heap, task)
    })?;
    for dump in &mut chosen.series.dumps {
        if let Some(summary) = summaries.get(&dump.path) {
            dump.know_ids(&summary.fingerprint);
        }
    }
    chosen.series.arrange();
    Ok((summaries, names))
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
    if let Some(rate) = retained_per_hour(growth.total_per_hour)
        && growth.tells_rates()
    {
        line.push_str(&format!(" · {}/h", bytes_delta(rate)));
    } else if let Some(span) = growth.span.filter(|_| dumps.len() > 1) {
        line.push_str(&format!(" in {}", duration(span)));
    }
    line
}
