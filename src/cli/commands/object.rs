//! `object`: an object and what it refers to.

use serde::Serialize;

use crate::analysis::columns::{Naming, links};
use crate::analysis::describe::{Collection, Entry, Scripts, collection, entries};
use crate::analysis::fields::fields;
use crate::analysis::paths::Step;
use crate::cli::args::Object;
use crate::cli::commands::allocations::{StackFrame, calls, stack_of};
use crate::cli::commands::listing::{choose, heading};
use crate::cli::open::{Opened, open};
use crate::cli::output::{Records, Table};
use crate::cli::records::{DumpRecord, Each, ObjectRecord};
use crate::cli::stop::Stop;
use crate::graph::{EdgeId, NodeId};
use crate::heap::{Heap, shown_distance};
use crate::source::{CodePlace, Spot};
use crate::text::units::bytes;

#[derive(Serialize)]
struct Content<'a> {
    dump: &'a DumpRecord,
    object: ObjectRecord<'a>,
    /// Where it, or its constructor, was written: file, line and column from 1.
    place: Option<&'a str>,
    /// The same with its code, and what it was made of.
    source: Option<&'a CodePlace>,
    /// The stack that allocated it, the allocating function first, where that was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    allocated_by: Option<Vec<StackFrame>>,
    fields: Records<'a, Step, Naming<'a>>,
    /// The logical entries of a Map or Set.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<Each<'a, EntryRecord<'a>>>,
}

#[derive(Serialize)]
struct EntryRecord<'a> {
    index: u32,
    key: Option<ObjectRecord<'a>>,
    value: Option<ObjectRecord<'a>>,
}

pub(super) fn run(arguments: &Object) -> Result<(), Stop> {
    let opened = open(&arguments.dump)?;
    let (heap, task) = (&opened.heap, &opened.task);
    let node = opened.object(arguments.id.id)?;
    let scripts = opened.all_scripts()?;
    let place = scripts.place(heap, node);
    let source = Spot::of(heap, scripts, node).map(|spot| opened.sources().find(&spot));
    let link = |edge| Step {
        edge: Some(edge),
        node: heap.graph().target(edge),
    };
    let mut all: Vec<Step> = fields(heap, node, task)?.into_iter().map(link).collect();
    choose(&opened, &mut all, &arguments.rows);
    // An array's elements are among its fields already.
    let kind = collection(heap, node).filter(|&kind| kind != Collection::Array);
    let entries = match kind {
        Some(_) => entries(heap, node, task)?.unwrap_or_default(),
        None => Vec::new(),
    };

    let allocated_by = stack_of(&opened, node)?;

    let output = opened.output(&arguments.dump, arguments.rows.limit);
    let shown = &all[..output.rows(all.len())];
    let shown_entries = &entries[..output.rows(entries.len())];
    let mut lines = about(&opened, node, place.as_deref())?;
    if let Some(source) = &source {
        lines.extend(source.listing());
    }
    if let Some(stack) = &allocated_by {
        lines.push(format!("allocated by {}", calls(stack)));
    }
    if let Some(kind) = kind {
        let entries = shown_entries.iter();
        lines.extend(entries.map(|&entry| entry_line(heap, scripts, entry, kind)));
    }
    let naming = opened.naming();
    let columns = links("Field", &naming);
    let records = Records::of(&columns, shown, &naming);
    let table = Table::of(lines, records, all.len() - shown.len());
    let content = Content {
        dump: &opened.dump,
        object: ObjectRecord::of(&naming, node),
        place: place.as_deref(),
        source: source.as_ref(),
        allocated_by,
        fields: records,
        entries: kind.map(|_| {
            Each::of(shown_entries, |entry: Entry| EntryRecord {
                index: entry.index,
                key: entry.key.map(|edge| target(&naming, edge)),
                value: entry.value.map(|edge| target(&naming, edge)),
            })
        }),
    };
    output.print(content, &table)
}

/// What an object is, and how large.
fn about(opened: &Opened, node: NodeId, place: Option<&str>) -> crate::error::Result<Vec<String>> {
    let (heap, scripts) = (&opened.heap, opened.all_scripts()?);
    let mut title = format!(
        "{} @{} ({}, {})",
        scripts.label(heap, node).plain(),
        heap.id(node),
        scripts.class_of(heap, node).plain(),
        heap.kind_name(node)
    );
    if let Some(place) = place {
        title = format!("{title} {place}");
    }
    let mut lines = heading(opened, title);
    lines.push(format!(
        "shallow {}, retained {}, distance {}",
        bytes(heap.shallow(node)),
        bytes(heap.retained(node)),
        shown_distance(heap.distance(node))
            .map_or("−".to_owned(), |distance| distance.to_string()),
    ));
    Ok(lines)
}

fn target<'a>(naming: &Naming<'a>, edge: EdgeId) -> ObjectRecord<'a> {
    ObjectRecord::of(naming, naming.heap.graph().target(edge))
}

/// An entry on one line: `3: "key" @4 → Value @5`.
fn entry_line(heap: &Heap, scripts: &Scripts, entry: Entry, kind: Collection) -> String {
    let side = |edge: Option<EdgeId>| match edge.map(|edge| heap.graph().target(edge)) {
        Some(node) => format!("{} @{}", scripts.label(heap, node).plain(), heap.id(node)),
        None => "(not in the dump)".to_owned(),
    };
    let index = entry.index;
    match kind {
        Collection::Map => format!("  {index}: {} → {}", side(entry.key), side(entry.value)),
        Collection::Set | Collection::Array => format!("  {index}: {}", side(entry.key)),
    }
}
