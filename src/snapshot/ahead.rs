//! A first look at a dump, when only its nodes have been read.
//!
//! V8 writes the string table last, behind edges that take most of the time. In a file that can be read from any place,
//! it is looked for from the end and read first, once for all.

use super::source::{Packing, Source};
use super::stream::Stream;
use super::{Meta, Nodes, Strings};
use crate::task::Task;

/// What is known once the nodes have been read. Nothing has been checked against the rest of the file.
pub struct FirstNodes<'a> {
    /// The header.
    pub meta: &'a Meta,
    /// The nodes, without their edges' places. Names may be beyond the string table.
    pub nodes: &'a Nodes,
    /// The string table.
    pub strings: &'a Strings,
}

/// A string table that was read before its turn, and where it stands in the file.
pub(super) struct Ahead {
    /// Offset of its opening bracket.
    pub start: u64,
    /// Offset of what follows its closing one.
    pub end: u64,
    pub strings: Strings,
}

/// How the table begins. This cannot stand within a string, where quotes are escaped.
const BEGINNING: &[u8] = b"\"strings\":[";

/// Bytes that are looked at together.
const STEP: u64 = 1 << 20;

/// Where the string table's bracket is, if the file has a table behind `from` as V8 writes it.
pub(super) fn find(source: &Source<'_>, from: u64, task: &Task) -> Option<u64> {
    if source.packing() != Packing::Plain {
        return None;
    }
    let (mut start, mut block) = (source.stored_bytes(), Vec::new());
    // Searching forwards for all of them is many times faster than backwards for the last one.
    let beginning = memchr::memmem::Finder::new(BEGINNING);
    while start > from && task.check().is_ok() {
        let end = start + BEGINNING.len() as u64 - 1;
        start = start.saturating_sub(STEP).max(from);
        let end = end.min(source.stored_bytes());
        block.resize((end - start) as usize, 0);
        source.read_exactly(&mut block, start).ok()?;
        if let Some(at) = beginning.find_iter(&block).last() {
            return Some(start + (at + BEGINNING.len()) as u64 - 1);
        }
        // Among numbers there is no table, nor before them.
        let is_number = |byte: &u8| byte.is_ascii_digit() || b",\n".contains(byte);
        if block.len() as u64 >= STEP && block.iter().all(is_number) {
            return None;
        }
    }
    None
}

/// Bytes of a sample.
const SAMPLE: usize = 1 << 12;

/// About where the strings begin in a file that has numbers before them and nothing else behind them, as V8 writes it:
/// found by some samples, wherever `from` and the file's end are. To estimate by, not to read from.
pub(super) fn guess(source: &Source<'_>, from: u64) -> Option<u64> {
    if source.packing() != Packing::Plain {
        return None;
    }
    let mut sample = [0; SAMPLE];
    let mut is_numbers = |at: u64| {
        let length = SAMPLE.min((source.stored_bytes() - at) as usize);
        let sample = &mut sample[..length];
        source.read_exactly(sample, at).ok()?;
        let is_number = |byte: &&u8| byte.is_ascii_digit() || b",\n".contains(byte);
        Some(sample.iter().filter(is_number).count() > length / 8 * 7)
    };
    let (mut numbers, mut strings) = (from, source.stored_bytes());
    if strings < from + SAMPLE as u64 || !is_numbers(from)? {
        return None;
    }
    while strings - numbers > SAMPLE as u64 {
        let middle = numbers + (strings - numbers) / 2;
        match is_numbers(middle)? {
            true => numbers = middle,
            false => strings = middle,
        }
    }
    Some(strings)
}

/// A stream over the text from this offset on.
pub(super) fn stream<'s>(source: &'s Source<'_>, offset: u64, task: &Task) -> Stream<'s> {
    let mut stream = Stream::from_offset(source.plain_reader(offset, task), offset, task.clone());
    stream.enter("\"strings\"");
    stream
}

#[cfg(test)]
mod tests {
    use super::super::Snapshot;
    use super::*;

    const HEADER: &str = r#"{"snapshot":{"meta":{"node_fields":["type","name","id","self_size","edge_count"],"node_types":[["object"],"string","number","number","number"],"edge_fields":["type","name_or_index","to_node"],"edge_types":[["element"],"string_or_number","node"]},"node_count":1,"edge_count":0},"#;

    /// The first node's name as seen ahead, and as read in the end.
    fn names(rest: &str) -> (Option<String>, String) {
        let text = format!("{HEADER}{rest}");
        let mut first = None;
        let name = |nodes: &Nodes, strings: &Strings| {
            let name = super::super::StrId(nodes.name[0]);
            strings.get(name).into_owned()
        };
        let mut look = |seen: FirstNodes<'_>| first = Some(name(seen.nodes, seen.strings));
        let source = Source::memory(text.as_bytes());
        let snapshot = Snapshot::from_source(&source, &Task::new(), Some(&mut look)).unwrap();
        assert_eq!(snapshot.bytes, text.len() as u64);
        (first, name(&snapshot.nodes, &snapshot.strings))
    }

    #[test]
    fn strings_are_seen_ahead_where_v8_writes_them() {
        let ahead = |rest, name: &str| {
            assert_eq!(
                names(rest),
                (Some(name.to_owned()), name.to_owned()),
                "{rest}"
            );
        };
        ahead(r#""nodes":[0,1,1,8,0],"edges":[],"strings":["","a"]}"#, "a");
        ahead(
            r#""nodes":[0,1,1,8,0],"edges":[],"strings":["","\"strings\":[\"b\"]"] }"#,
            r#""strings":["b"]"#,
        );
        ahead(
            r#""nodes":[0,1,1,8,0],"edges":[],"strings":["","c"],"locations":[]}"#,
            "c",
        );
        for rest in [
            r#""nodes":[0,1,1,8,0],"edges":[],"strings": ["","a"]}"#,
            r#""strings":["","a"],"nodes":[0,1,1,8,0],"edges":[]}"#,
        ] {
            assert_eq!(names(rest), (None, "a".to_owned()), "{rest}");
        }
        // What was seen ahead is some inner value's: the real one counts.
        let rest =
            r#""nodes":[0,1,1,8,0],"edges":[],"strings": ["","a"],"other":{"strings":["","b"]}}"#;
        assert_eq!(names(rest), (Some("b".to_owned()), "a".to_owned()));
    }

    #[test]
    fn long_tables_are_found_and_numbers_end_the_search() {
        let long = "x,".repeat(STEP as usize);
        for (text, expected) in [
            (format!("1\"strings\":[\"{long}\"]}}"), Some(11)),
            (format!("\"strings\":[{}", "1,".repeat(STEP as usize)), None),
        ] {
            let source = Source::memory(text.as_bytes());
            assert_eq!(find(&source, 0, &Task::new()), expected);
        }
    }
}
