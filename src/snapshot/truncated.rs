//! What there is of a dump whose end is missing.
//!
//! V8 writes the strings last: of a dump that was cut short there, all objects with their types, sizes and edges are
//! known, and only names are not. Where even an edge is missing, nothing adds up, and the file stays unreadable.

use std::path::Path;

use super::source::Source;
use super::strings::Strings;
use super::{Edges, Nodes, Snapshot};
use crate::error::{Error, Result};
use crate::task::Task;
use crate::text::units::grouped;

impl Snapshot {
    /// Reads a dump that ends before its strings do, or before they begin: what is missing is names, which are numbered
    /// instead. That it is so is the first of the warnings. For those who ask for such a file by its name; it is never as
    /// good as a whole one.
    ///
    /// # Errors
    /// As [`Snapshot::open`]: also for a file whose nodes or edges are not all there, or whose numbers are not believable.
    pub fn open_cut(path: &Path, task: &Task) -> Result<Self> {
        let source = Source::open(path).map_err(|error| error.in_file(path))?;
        Self::from_cut_source(&source, task).map_err(|error| error.in_file(path))
    }

    /// The same of a dump that is in memory already.
    ///
    /// # Errors
    /// As [`Snapshot::open_cut`].
    pub fn read_cut(bytes: &[u8], task: &Task) -> Result<Self> {
        Self::from_cut_source(&Source::memory(bytes), task)
    }
}

/// A name for every string that the nodes and edges ask for and the file does not have, and what to say about it.
///
/// # Errors
/// The `end` that the reading came to, where names are asked for that cannot be.
pub(super) fn fill(
    strings: Strings,
    nodes: &Nodes,
    edges: &Edges,
    end: Error,
) -> Result<(Strings, String)> {
    let of_edges = edges.labels.iter();
    let of_edges = of_edges.filter_map(|(kind, name)| kind.has_string_name().then_some(name));
    let greatest = nodes.name.iter().copied().chain(of_edges).max();
    let wanted = greatest.map_or(0, |name| name as usize + 1);
    let there = strings.len();
    // Every string is some node's or edge's name: a number beyond that would only ask for memory.
    if wanted.saturating_sub(there) > nodes.kind.len() + edges.to.len() {
        return Err(end);
    }
    let at = end
        .offset
        .map_or(String::new(), |at| format!(" at byte {}", grouped(at)));
    let words = if wanted <= there {
        format!("the file was cut short{at}, behind the last name that is needed")
    } else {
        format!(
            "the file was cut short{at}: {} of {} names are missing and numbered instead; sizes of objects are right, but \
             what goes by names is not known: roots, distances, and sizes held through them may be off",
            grouped((wanted - there) as u64),
            grouped(wanted as u64)
        )
    };
    Ok((strings.filled_to(wanted), words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::snapshot::StrId;

    const DUMP: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["hidden","array","string","object"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["context","element","property"],"string_or_number","node"]},"node_count":2,"edge_count":1},"nodes":[3,0,1,8,1,3,1,3,16,0],"edges":[2,2,5],"locations":[],"strings":["root","Map","held"]}"#;

    #[test]
    fn wherever_the_strings_end_the_rest_is_there() {
        let edges_end = DUMP.find(r#","locations""#).unwrap();
        for end in 0..DUMP.len() {
            let cut = &DUMP.as_bytes()[..end];
            let whole = Snapshot::read(cut, &Task::new());
            assert!(whole.is_err(), "{end}");
            let read = Snapshot::read_cut(cut, &Task::new());
            if end < edges_end {
                assert!(read.is_err(), "{end}");
                continue;
            }
            let read = read.unwrap();
            assert_eq!((read.node_count(), read.edge_count()), (2, 1));
            assert_eq!(read.strings.len(), 3);
            assert!(
                read.warnings[0].contains("cut short"),
                "{:?}",
                read.warnings
            );
            for (number, name) in ["root", "Map", "held"].iter().enumerate() {
                let quoted = format!("\"{name}\"");
                let there = DUMP.rfind(&quoted).unwrap() + quoted.len() <= end;
                let shown = read.strings.get(StrId(number as u32));
                let expected = match there {
                    true => (*name).to_owned(),
                    false => format!("(name {number} missing)"),
                };
                assert_eq!(shown, expected, "{end}");
            }
        }
        let whole = Snapshot::read_cut(DUMP.as_bytes(), &Task::new()).unwrap();
        assert!(whole.warnings.is_empty());
    }

    #[test]
    fn a_name_of_no_string_asks_for_no_memory() {
        let lie = DUMP.replace("3,1,3,16,0", "3,4000000000,3,16,0");
        let cut = &lie.as_bytes()[..lie.len() - 3];
        let error = Snapshot::read_cut(cut, &Task::new()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated);
    }
}
