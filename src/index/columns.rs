//! A heap as columns to be written, and back.
//!
//! The rows of retaining edges are left out: they take as much as the edges, and a moment to make. So is the text of
//! the strings where the dump has it as it is.

use std::fs::File;
use std::sync::Arc;

use super::bytes::{Decoder, Encoder};
use super::header::{IndexHeader, adds_up, are_sizes};
use super::sections::{Columns, Name, Planned};
use crate::column::{BitSet, Bits, Numbers, Sizes};
use crate::error::Result;
use crate::graph::HeapGraph;
use crate::heap::Distances;
use crate::heap::well_known::Words;
use crate::heap::{Heap, Interface};
use crate::mapping::Mapping;
use crate::snapshot::text::FileText;
use crate::snapshot::{EdgeLabels, Location, Sample, StrId, Strings};
use crate::task::Task;

/// Copies of what is not a column of plain numbers in a heap, for as long as it is written.
pub(super) struct Copies {
    small: Vec<u8>,
    odd: Vec<u32>,
    locations: [Vec<u32>; 4],
}

impl Copies {
    pub(super) fn of(heap: &Heap) -> Self {
        let mut small = Encoder::default();
        small.list(heap.interfaces.iter(), |into, interface| {
            into.text(&interface.name);
            into.list(interface.properties.iter(), |into, name| into.u32(name.0));
        });
        small.list(heap.words.ids().iter(), |into, ids| {
            into.list(ids.iter(), |into, id| into.u32(*id));
        });
        small.list(heap.samples.iter(), |into, sample| {
            into.u64(sample.timestamp_us);
            into.u32(sample.last_assigned_id);
        });
        let locations = &*heap.locations;
        let part = |part: fn(&Location) -> u32| locations.iter().map(part).collect();
        Self {
            small: small.0,
            odd: heap.edge_labels.columns().3,
            locations: [
                part(|location| location.node),
                part(|location| location.script_id),
                part(|location| location.line),
                part(|location| location.column),
            ],
        }
    }
}

/// The columns of a heap in the order in which they are written. The strings' text is among them if it is wanted. Of
/// those that can be packed, those are that always gain by it.
pub(super) fn columns<'a>(
    heap: &'a Heap,
    copies: &'a Copies,
    with_text: bool,
) -> Option<Vec<Planned<'a>>> {
    let (low, high, top, _) = heap.edge_labels.columns();
    let (text, ends) = heap.strings.parts();
    let shallow = heap.shallow.columns();
    let retained = heap.retained.columns();
    let distance = heap.distance.numbers().columns();
    let class = heap.class.columns();
    let [node, script, line, column] = &copies.locations;
    // If the index gets too long, the first of these are packed first.
    let mut columns = vec![
        Planned::packable(Name::To, heap.graph.targets()),
        Planned::plain(Name::Small, &copies.small),
        Planned::plain(Name::NodeKind, &heap.node_kind),
        Planned::packable(Name::NodeString, &heap.node_name),
        Planned::packable(Name::NodeId, &heap.node_id),
        Planned::packable(Name::FirstEdge, heap.graph.first_edges()).pack(),
        Planned::short(Name::LabelLow, low),
        Planned::plain(Name::LabelHigh, high),
        Planned::plain(Name::LabelTop, top),
        Planned::packable(Name::LabelOdd, &copies.odd).pack(),
        Planned::plain(Name::DomState, &heap.dom_state),
        Planned::short(Name::ShallowShort, shallow.0),
        Planned::packable(Name::ShallowLargeAt, shallow.1).pack(),
        Planned::packable(Name::ShallowNarrow, shallow.2),
        Planned::plain(Name::ShallowWide, shallow.3),
        Planned::short(Name::RetainedShort, retained.0),
        Planned::packable(Name::RetainedLargeAt, retained.1).pack(),
        Planned::packable(Name::RetainedNarrow, retained.2),
        Planned::plain(Name::RetainedWide, retained.3),
        Planned::packable(Name::Dominator, &heap.dominator),
        Planned::short(Name::DistanceNarrow, distance.0),
        Planned::packable(Name::DistanceWide, distance.1),
        Planned::short(Name::ClassNarrow, class.0),
        Planned::packable(Name::ClassWide, class.1),
        Planned::plain(Name::Essential, heap.essential.words()),
        Planned::packable(Name::LocationNode, node).pack(),
        Planned::packable(Name::LocationScript, script).pack(),
        Planned::packable(Name::LocationLine, line).pack(),
        Planned::packable(Name::LocationColumn, column).pack(),
        Planned::packable(Name::StringEnds, ends).pack(),
    ];
    if let Some(stacks) = &heap.trace_node {
        columns.push(Planned::packable(Name::TraceNode, stacks).pack());
    }
    if with_text {
        columns.push(Planned::plain(Name::StringText, text?));
    }
    columns.retain(|column| column.bytes > 0);
    Some(columns)
}

/// The heap of an index. Nothing where the index is damaged or its columns contradict each other.
///
/// Whatever the columns say, no reader of the heap goes beyond a slice or walks in circles: that is looked for here.
///
/// # Errors
/// When the task is cancelled.
pub(super) fn heap(
    front: &IndexHeader,
    mapping: &Arc<Mapping>,
    dump: File,
    task: &Task,
) -> Result<Option<Heap>> {
    task.stage("opening the index", 4);
    let columns = Columns {
        mapping: Arc::clone(mapping),
        sections: &front.sections,
    };
    let Some(mut heap) = nodes(front, &columns) else {
        return Ok(None);
    };
    task.advance(1);
    task.check()?;
    if strings(&mut heap, front, &columns, dump).is_none() {
        return Ok(None);
    }
    task.advance(1);
    task.check()?;
    if edges(&mut heap, front, &columns).is_none() {
        return Ok(None);
    }
    task.advance(1);
    task.check()?;
    Ok((is_sound(&heap) && is_tree(&heap)).then_some(heap))
}

fn nodes(front: &IndexHeader, columns: &Columns<'_>) -> Option<Heap> {
    let count = usize::try_from(front.nodes).ok()?;
    let small = columns.plain::<u8>(Name::Small)?;
    let mut small = Decoder(&small);
    let interfaces = small.list(|from| {
        Some(Interface {
            name: from.text()?,
            properties: from.list(|from| Some(StrId(from.u32()?)))?,
        })
    })?;
    let words = Words::from_ids(small.list(|from| from.list(Decoder::u32))?)?;
    let samples = small.list(|from| {
        Some(Sample {
            timestamp_us: from.u64()?,
            last_assigned_id: from.u32()?,
        })
    })?;
    let places = [
        Name::LocationNode,
        Name::LocationScript,
        Name::LocationLine,
        Name::LocationColumn,
    ];
    let [node, script, line, column] = places.map(|name| columns.numbers::<u32>(name));
    let (node, script, line, column) = (node?, script?, line?, column?);
    let rest = script.iter().zip(&*line).zip(&*column);
    let locations: Vec<Location> = node
        .iter()
        .zip(rest)
        .map(|(&node, ((&script_id, &line), &column))| Location {
            node,
            script_id,
            line,
            column,
        })
        .collect();
    let trace_node = columns.numbers::<u32>(Name::TraceNode)?;
    let heap = Heap {
        node_kind: columns.plain(Name::NodeKind)?,
        node_name: columns.numbers(Name::NodeString)?,
        node_id: columns.numbers(Name::NodeId)?,
        trace_node: (!trace_node.is_empty()).then_some(trace_node),
        dom_state: columns.plain(Name::DomState)?,
        shallow: Sizes::from_columns(
            columns.numbers(Name::ShallowShort)?,
            columns.numbers(Name::ShallowLargeAt)?,
            columns.numbers(Name::ShallowNarrow)?,
            columns.plain(Name::ShallowWide)?,
            count,
        )?,
        retained: Sizes::from_columns(
            columns.numbers(Name::RetainedShort)?,
            columns.numbers(Name::RetainedLargeAt)?,
            columns.numbers(Name::RetainedNarrow)?,
            columns.plain(Name::RetainedWide)?,
            count,
        )?,
        dominator: columns.numbers(Name::Dominator)?,
        distance: Distances::from_numbers(Numbers::from_columns(
            columns.numbers(Name::DistanceNarrow)?,
            columns.numbers(Name::DistanceWide)?,
            count,
        )?),
        class: Numbers::from_columns(
            columns.numbers(Name::ClassNarrow)?,
            columns.numbers(Name::ClassWide)?,
            count,
        )?,
        locations: locations.into(),
        samples,
        interfaces,
        words,
        ..front.outline()
    };
    Some(heap)
}

fn strings(heap: &mut Heap, front: &IndexHeader, columns: &Columns<'_>, dump: File) -> Option<()> {
    let ends = columns.numbers::<u32>(Name::StringEnds)?;
    if ends.len() as u64 != front.strings {
        return None;
    }
    heap.strings = match front.text {
        Some(place) => {
            let bytes = usize::try_from(front.strings_bytes).ok()?;
            Strings::in_dump(FileText::new(dump, place, ends.len(), bytes)?, ends)
        }
        None => Strings::from_text(columns.plain(Name::StringText)?, ends),
    };
    Some(())
}

fn edges(heap: &mut Heap, front: &IndexHeader, columns: &Columns<'_>) -> Option<()> {
    let nodes = usize::try_from(front.nodes).ok()?;
    let edges = usize::try_from(front.edges).ok()?;
    let first = columns.numbers::<u32>(Name::FirstEdge)?;
    let to = columns.numbers::<u32>(Name::To)?;
    let rows_fit = match &*first {
        [] => nodes == 0 && edges == 0,
        [begin, ..] => {
            let end = first.last().map_or(0, |&end| end as usize);
            first.len() - 1 == nodes && *begin == 0 && end == edges && first.is_sorted()
        }
    };
    let targets_fit = to.len() == edges && to.iter().all(|&to| (to as usize) < nodes);
    if !rows_fit || !targets_fit {
        return None;
    }
    heap.graph = HeapGraph::from_rows(first, to);
    let odd = columns.numbers::<u32>(Name::LabelOdd)?;
    heap.edge_labels = EdgeLabels::from_columns(
        columns.numbers(Name::LabelLow)?,
        columns.plain(Name::LabelHigh)?,
        columns.plain(Name::LabelTop)?,
        &odd,
    )?;
    let essential = columns.plain(Name::Essential)?;
    heap.essential = Bits::from_words(essential, edges)?;
    (heap.edge_labels.len() == edges).then_some(())
}

/// Whether every number that is used as an index is one.
fn is_sound(heap: &Heap) -> bool {
    let nodes = heap.graph.node_count();
    let below = |numbers: &[u32], limit: usize| {
        // Without a way out of the loop it is several at once.
        let greatest = numbers
            .iter()
            .fold(0, |greatest, &number| number.max(greatest));
        numbers.is_empty() || (greatest as usize) < limit
    };
    let classes_fit = match heap.class.columns() {
        (narrow, []) => {
            let greatest = narrow
                .iter()
                .fold(0, |greatest, &number| number.max(greatest));
            narrow.is_empty() || usize::from(greatest) < heap.classes.len()
        }
        (_, wide) => below(wide, heap.classes.len()),
    };
    // Smaller ones cannot add up to too much.
    let sizes_fit =
        adds_up(heap.shallow.columns().3.iter().copied()) && are_sizes(heap.retained.columns().3);
    let strings = heap.strings.len();
    let names_fit = heap.edge_labels.iter().fold(true, |fit, (kind, name)| {
        fit & (!kind.has_string_name() | ((name as usize) < strings))
    });
    let lengths = [
        heap.node_kind.len(),
        heap.node_name.len(),
        heap.node_id.len(),
        heap.dominator.len(),
        heap.trace_node
            .as_ref()
            .map_or(nodes, |column| column.len()),
        if heap.dom_state.is_empty() {
            nodes
        } else {
            heap.dom_state.len()
        },
    ];
    lengths == [nodes; 6]
        && (nodes == 0 || heap.root().index() < nodes)
        && below(&heap.node_name, strings)
        && below(&heap.dominator, nodes)
        && classes_fit
        && sizes_fit
        && names_fit
        && heap.locations.iter().all(|at| (at.node as usize) < nodes)
        && heap.locations.is_sorted_by_key(|location| location.node)
}

/// Whether every node's dominators end at one that is its own.
fn is_tree(heap: &Heap) -> bool {
    let dominator = &*heap.dominator;
    // Seen, and seen on a chain that ended well.
    let mut seen = BitSet::new(dominator.len());
    let mut fine = BitSet::new(dominator.len());
    let mut chain = Vec::new();
    for node in 0..dominator.len() {
        let mut at = node;
        while seen.insert(at) {
            chain.push(at);
            at = dominator[at] as usize;
        }
        if !fine.contains(at) && dominator[at] as usize != at {
            return false;
        }
        for node in chain.drain(..) {
            fine.insert(node);
        }
    }
    true
}
