//! Whether a file agrees with itself: every index in range, every count what the arrays say.
//!
//! What passes here can be indexed by everything above without a second look.

use super::layout::Layout;
use super::meta::Meta;
use super::sections::{ReadEdges, Sections};
use super::source::Source;
use super::truncated;
use super::{Edges, Location, Nodes, Snapshot};
use crate::column::filled;
use crate::error::{Error, ErrorKind, Result};
use crate::task::Task;
use crate::text::units::grouped;

/// What the checks need to say where something is wrong.
pub(super) struct Checks<'s> {
    pub source: &'s Source<'s>,
    pub task: &'s Task,
    pub layout: &'s Layout,
}

impl Checks<'_> {
    /// Makes a snapshot of sections that fit together. With a `cut`, the error at which the file ends, strings may be
    /// missing.
    pub fn assemble(
        &self,
        meta: Meta,
        sections: Sections,
        bytes: u64,
        cut: Option<Error>,
    ) -> Result<Snapshot> {
        let missing = |key: &str| {
            Error::new(
                ErrorKind::Malformed,
                format!("the snapshot has no \"{key}\""),
            )
        };
        let mut read = sections.nodes.ok_or_else(|| missing("nodes"))?;
        let ReadEdges {
            columns: edges,
            greatest_name,
            greatest_target,
        } = sections.edges.ok_or_else(|| missing("edges"))?;
        let (strings, mut warnings) = match (sections.strings, cut) {
            (Some(strings), None) => (strings, Vec::new()),
            (None, None) => return Err(missing("strings")),
            (strings, Some(end)) => {
                let strings = strings.unwrap_or_default();
                let (strings, words) = truncated::fill(strings, &read.columns, &edges, end)?;
                (strings, vec![words])
            }
        };
        self.task.rename_stage("checking");
        let count = read.columns.kind.len();
        let nodes = &mut read.columns;
        counts(
            &mut warnings,
            "nodes",
            count,
            meta.node_count,
            self.layout.node.len(),
        );
        counts(
            &mut warnings,
            "edges",
            edges.to.len(),
            meta.edge_count,
            self.layout.edge.len(),
        );
        first_edges(nodes, edges.to.len())?;
        if count > 0 && meta.root as usize >= count {
            return Err(Error::new(
                ErrorKind::Malformed,
                format!(
                    "\"root_index\" points at node {}, but there are only {}",
                    meta.root,
                    grouped(count as u64)
                ),
            ));
        }
        // The greatest numbers were noted on the way: where they fit, the others do.
        if read.greatest_name as usize >= strings.len() {
            self.node_names(nodes, strings.len())?;
        }
        if greatest_name as usize >= strings.len() {
            self.edge_names(&edges, strings.len())?;
        }
        if greatest_target as usize >= count {
            self.targets(&edges, count)?;
        }
        if read.wide_ids > 0 {
            warnings.push(
                "object ids have more than 32 bits: the low 32 of them are shown, as in DevTools"
                    .to_owned(),
            );
        }
        let locations = locations(sections.locations.unwrap_or_default(), count, &mut warnings);
        if read.negative_sizes > 0 {
            warnings.push(format!(
                "{} negative self sizes were taken for 0",
                grouped(read.negative_sizes)
            ));
        }
        Ok(Snapshot {
            meta,
            nodes: read.columns,
            edges,
            locations: locations.into(),
            samples: sections.samples.unwrap_or_default(),
            strings,
            warnings,
            bytes,
        })
    }

    /// Every name of a node is a string.
    fn node_names(&self, nodes: &Nodes, limit: usize) -> Result<()> {
        let mut names = nodes.name.iter();
        match names.position(|&name| name as usize >= limit) {
            None => Ok(()),
            Some(row) => Err(self.beyond("nodes", row, "name", nodes.name[row], limit)),
        }
    }

    /// Every name of an edge that should be a string is one.
    fn edge_names(&self, edges: &Edges, limit: usize) -> Result<()> {
        let mut labels = edges.labels.iter();
        match labels.position(|(kind, name)| name as usize >= limit && kind.has_string_name()) {
            None => Ok(()),
            Some(row) => Err(self.beyond("edges", row, "name", edges.labels.name(row), limit)),
        }
    }

    /// Every edge points at a node.
    fn targets(&self, edges: &Edges, nodes: usize) -> Result<()> {
        match edges.to.iter().position(|&to| to as usize >= nodes) {
            None => Ok(()),
            Some(row) => Err(self.beyond("edges", row, "target", edges.to[row], nodes)),
        }
    }

    /// The error for an index that is out of range, with the place of its row in the file.
    fn beyond(&self, section: &str, row: usize, what: &str, index: u32, limit: usize) -> Error {
        let (item, fields) = match section {
            "nodes" => ("node", self.layout.node.len()),
            _ => ("edge", self.layout.edge.len()),
        };
        let of = if what == "name" { "strings" } else { "nodes" };
        Error::new(
            ErrorKind::Malformed,
            format!(
                "{item} {}: its {what} is number {}, but there are only {} {of}",
                grouped(row as u64),
                grouped(u64::from(index)),
                grouped(limit as u64)
            ),
        )
        .at_some(self.locate(section, row, fields))
    }

    /// The byte offset of a row, found by counting commas in a second reading; only for messages.
    fn locate(&self, section: &str, row: usize, fields: usize) -> Option<u64> {
        let mut stream = self.source.stream(self.task).ok()?;
        let key = format!("\"{section}\"");
        // The key itself: sections are found by it the first time already.
        let mut window = Vec::new();
        loop {
            let block = stream.block().ok()?;
            if block.is_empty() {
                return None;
            }
            let length = block.len();
            window.extend_from_slice(block);
            if let Some(at) = memchr::memmem::find(&window, key.as_bytes()) {
                let taken = at + key.len();
                stream.take(length);
                let rest = window.split_off(taken);
                stream.put_back(&rest);
                break;
            }
            let keep = window.len().saturating_sub(key.len());
            window.drain(..keep);
            stream.take(length);
        }
        stream.expect(b':').ok()?;
        stream.expect(b'[').ok()?;
        let mut commas = row as u64 * fields as u64;
        loop {
            if commas == 0 {
                stream.token().ok()?;
                return Some(stream.offset());
            }
            let block = stream.block().ok()?;
            if block.is_empty() {
                return None;
            }
            let length = block.len();
            let here = memchr::memchr_iter(b',', block).count() as u64;
            if here < commas {
                commas -= here;
                stream.take(length);
            } else {
                let at = memchr::memchr_iter(b',', block).nth(commas as usize - 1)?;
                commas = 0;
                stream.take(at + 1);
            }
        }
    }
}

/// Notes a count in the header that the arrays do not bear out. One engine writes the count of numbers instead.
fn counts(warnings: &mut Vec<String>, what: &str, found: usize, claimed: u64, fields: usize) {
    let found = found as u64;
    if claimed != 0 && claimed != found && claimed != found.saturating_mul(fields as u64) {
        warnings.push(format!(
            "the header says {} {what}, the file holds {}",
            grouped(claimed),
            grouped(found)
        ));
    }
}

/// Turns the edge counts of the nodes into the places where their edges begin.
fn first_edges(nodes: &mut Nodes, edges: usize) -> Result<()> {
    let mut first_edge = std::mem::take(&mut nodes.first_edge).into_vec();
    let mut sum = 0u64;
    for place in &mut first_edge {
        sum += u64::from(*place);
        *place = sum as u32;
    }
    if sum != edges as u64 || edges > u32::MAX as usize {
        return Err(Error::new(
            ErrorKind::Malformed,
            format!(
                "the edge counts of the nodes add up to {}, but there are {} edges",
                grouped(sum),
                grouped(edges as u64)
            ),
        )
        .advise("the dump is damaged; take another"));
    }
    nodes.first_edge = first_edge.into();
    Ok(())
}

/// Locations in the order of their nodes, those of no node left out.
fn locations(
    mut parts: Vec<Vec<Location>>,
    nodes: usize,
    warnings: &mut Vec<String>,
) -> Vec<Location> {
    let total: usize = parts.iter().map(Vec::len).sum();
    for part in &mut parts {
        part.retain(|location| (location.node as usize) < nodes);
    }
    let kept = parts.iter().map(Vec::len).sum();
    if kept < total {
        warnings.push(format!(
            "{} locations of no node were left out",
            grouped((total - kept) as u64)
        ));
    }
    by_node(parts, kept, nodes)
}

/// So many locations in the order of their nodes, those of the same node in the order they had: the last one counts.
fn by_node(parts: Vec<Vec<Location>>, count: usize, nodes: usize) -> Vec<Location> {
    // A heap's locations come in many short runs, and hardly a node has two. Put into as many drawers, next to nothing
    // is left to sort.
    let drawers = (count / 4).clamp(1, 1 << 18);
    let wide = nodes.div_ceil(drawers).max(1).next_power_of_two().ilog2();
    let drawer = |location: &Location| (location.node >> wide) as usize;
    let mut ends = vec![0; (nodes >> wide) + 2];
    for location in parts.iter().flatten() {
        ends[drawer(location) + 1] += 1;
    }
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    let mut sorted = filled(count, Location::default());
    for location in parts.into_iter().flatten() {
        let next = &mut ends[drawer(&location)];
        sorted[*next] = location;
        *next += 1;
    }
    let mut start = 0;
    for end in ends {
        sorted[start..end].sort_by_key(|location| location.node);
        start = end;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_put_in_the_order_of_their_nodes() {
        let location = |node: u32, line: u32| Location {
            node,
            script_id: 1,
            line,
            column: 0,
        };
        let mut seed = 7u32;
        for (nodes, count) in [(1, 3), (10, 40), (1000, 5000), (100_000, 3000)] {
            let all: Vec<Location> = (0..count)
                .map(|line| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    location((seed >> 8) % (nodes + nodes / 8 + 1), line)
                })
                .collect();
            let mut expected = all.clone();
            expected.retain(|location| location.node < nodes);
            let strays = all.len() - expected.len();
            expected.sort_by_key(|location| location.node);
            let mut warnings = Vec::new();
            let parts = all.chunks(700).map(<[Location]>::to_vec).collect();
            assert_eq!(locations(parts, nodes as usize, &mut warnings), expected);
            assert_eq!(warnings.len(), usize::from(strays > 0));
        }
        assert_eq!(locations(Vec::new(), 0, &mut Vec::new()), []);
    }
}
