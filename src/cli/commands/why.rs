//! `why`: why an object is alive, and what to cut.

use serde_json::json;

use crate::analysis::columns::{Naming, OfObject, with_objects};
use crate::analysis::describe::edge_label;
use crate::analysis::why::{WhyStep, why};
use crate::cli::args::Why;
use crate::cli::commands::listing::heading;
use crate::cli::open::open;
use crate::cli::output::{Cell, Column, Head, Listing};
use crate::cli::records::{LinkRecord, ObjectRecord};
use crate::cli::stop::Stop;
use crate::graph::NodeId;
use crate::table::{CSV, JSON};

impl OfObject for WhyStep {
    fn node(&self) -> NodeId {
        self.node
    }
}

/// How many other holders stand above the table.
const OTHERS: usize = 5;

pub(super) fn run(arguments: &Why) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let heap = &opened.heap;
    let node = opened.object(arguments.id.id)?;
    let scripts = opened.all_scripts()?;
    let why = why(heap, scripts, node, &opened.task)?;
    let summary = why.summary(heap).plain();
    let mut lines = heading(&opened, format!("why {} is alive", opened.titled(node)));
    lines.push(summary.clone());
    for &edge in why.others.iter().take(OTHERS) {
        let holder = opened.titled(heap.graph().source(edge));
        lines.push(format!(
            "  also held by {} in {holder}",
            edge_label(heap, edge).plain()
        ));
    }
    if let Some(more @ 1..) = why.others.len().checked_sub(OTHERS) {
        lines.push(format!("  … {more} more; --format json lists them"));
    }
    let others: Vec<_> = why
        .others
        .iter()
        .map(|&edge| LinkRecord::of(&opened.naming(), Some(edge), heap.graph().source(edge)))
        .collect();
    let listing = Listing {
        heading: lines,
        about: json!({
            "dump": opened.dump,
            "object": ObjectRecord::of(&opened.naming(), node),
            "reached": why.reached,
            "summary": summary,
            // The step that is best cut, by its place in `steps`.
            "cut": why.cut,
            "also_held_by": others,
        }),
        field: "steps",
        columns: &columns(&opened.naming()),
        rows: &why.steps,
        context: &opened.naming(),
    };
    listing.print(&opened.output(&arguments.dump, arguments.limit))
}

fn columns<'a>(naming: &Naming<'a>) -> Vec<Column<WhyStep, Naming<'a>>> {
    let columns = vec![
        Head::text("Step", "words").of(|step: &WhyStep, _: &Naming<'a>| Cell::Text(step.words())),
        Head::number("Repeats", "repeats")
            .only_for(CSV.and(JSON))
            .of(|step, _| Cell::count(step.repeats)),
        Head::number("Cut frees", "cut_frees")
            .of(|step, _| Cell::known(step.frees.filter(|_| step.cuttable), Cell::Size)),
        // Every path from the root leads through it.
        Head::text("Only way", "only").of(|step, _| Cell::Flag(step.only)),
        Head::number("More hold it", "others").of(|step, _| Cell::count(step.others)),
    ];
    with_objects(columns, naming)
}
