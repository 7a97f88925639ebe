//! Where a dump begins in a file, and where it ends.
//!
//! Terminals, containers and proxies put lines before a dump, inspectors wrap it into an object: what stands before it is
//! skipped, as in DevTools.

use std::path::Path;

use memchr::memmem;

use super::foreign;
use super::source::Source;
use super::stream::Stream;
use crate::error::{Error, ErrorKind, Result};
use crate::task::Task;
use crate::text::units::grouped;

/// The keys that a dump's object may begin with; one that begins with another may be a wrapping.
const KEYS: [&str; 9] = [
    "snapshot",
    "nodes",
    "edges",
    "strings",
    "samples",
    "locations",
    "trace_function_infos",
    "trace_tree",
    "head",
];

/// More than what a dump is recognised by takes.
const OVERLAP: usize = 256;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Takes everything up to and including the opening brace of a `what`: "heap snapshot". Gives how many bytes of other
/// text stood before it; what is looked at is one block.
///
/// # Errors
/// What the file is instead, in words for people.
pub(crate) fn open(stream: &mut Stream<'_>, what: &str) -> Result<u64> {
    if stream.block()?.starts_with(BOM) {
        stream.take(BOM.len());
    }
    loop {
        match stream.peek_token()? {
            // A disk that lost its power leaves some.
            Some(0) => stream.take(1),
            None => return Err(foreign::none_of(what, "it holds only white space")),
            Some(_) => break,
        }
    }
    let packed = stream.packed_by();
    let text = stream.block()?;
    let at = match start(text) {
        Some(at) => at,
        None if text.starts_with(b"{") && !foreign::is_known(text) => 0,
        None => return Err(foreign::error(text, what, packed)),
    };
    let skipped = if at > 0 {
        stream.offset() + at as u64
    } else {
        0
    };
    stream.take(at + 1);
    Ok(skipped)
}

/// Whether a file that begins with these bytes is a heap snapshot or a sampling profile.
pub(crate) fn is_dump(text: &[u8]) -> bool {
    let text = text.strip_prefix(BOM).unwrap_or(text).trim_ascii_start();
    start(text)
        .and_then(|at| first_key(text.get(at..)?))
        .is_some_and(|(key, value)| match key {
            "snapshot" | "head" => value.starts_with(b"{"),
            // Others than V8 may write the header later.
            _ => memmem::find(value, b"\"node_fields\"").is_some(),
        })
}

/// Where the object of a dump begins.
fn start(text: &[u8]) -> Option<usize> {
    match first_key(text) {
        Some((key, value)) if KEYS.contains(&key) && !is_others(key, value) => Some(0),
        _ => find(text),
    }
}

/// Whether what a key of dumps has for its value is none of theirs: a CPU profile has objects for nodes, and an answer of a
/// server may have the dump as a string.
fn is_others(key: &str, value: &[u8]) -> bool {
    match key {
        "snapshot" | "head" => value.starts_with(b"\""),
        _ => value
            .strip_prefix(b"[")
            .is_some_and(|list| list.trim_ascii_start().starts_with(b"{")),
    }
}

/// The error of a file that cannot be read, where what stands before the dump tells why: its text is in pieces, or the file
/// is an archive with several.
pub(super) fn explain(source: &Source<'_>, error: Error) -> Error {
    let told = || {
        let mut stream = source.stream(&Task::new()).ok()?;
        let text = stream.block().ok()?;
        let before = &text[..start(text)?];
        match error.kind {
            ErrorKind::Unsupported if foreign::is_tar(before) => Some(foreign::error(
                before,
                "heap snapshot",
                source.packing().name(),
            )),
            ErrorKind::Malformed | ErrorKind::Truncated => foreign::in_pieces(before),
            _ => None,
        }
    };
    told().unwrap_or(error)
}

/// What a file is, in an error, if it is known to be something else than a dump; of JSON only objects are looked at.
pub(crate) fn named_otherwise(path: &Path, is_json: bool) -> Option<Error> {
    let source = Source::open(path).ok()?;
    let mut stream = source.stream(&Task::new()).ok()?;
    let text = stream.block().ok()?;
    let is_known = foreign::is_known(text) && (!is_json || text.starts_with(b"{"));
    is_known.then(|| foreign::error(text, "heap snapshot", source.packing().name()))
}

/// Where an object stands in a text that begins with what a dump begins with.
fn find(text: &[u8]) -> Option<usize> {
    // In a string its quotes would be escaped.
    ["\"snapshot\"", "\"head\""].iter().find_map(|key| {
        memmem::find_iter(text, key).find_map(|at| {
            let before = text[..at].trim_ascii_end();
            let brace = before.len().checked_sub(1)?;
            let (_, value) = first_key(text.get(brace..)?)?;
            value.starts_with(b"{").then_some(brace)
        })
    })
}

/// The first key of the object that a text begins with, and what follows behind the colon.
fn first_key(text: &[u8]) -> Option<(&str, &[u8])> {
    let inside = text.strip_prefix(b"{")?.trim_ascii_start();
    let inside = inside.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', inside)?;
    let key = std::str::from_utf8(&inside[..end]).ok()?;
    let value = inside[end + 1..].trim_ascii_start().strip_prefix(b":")?;
    Some((key, value.trim_ascii_start()))
}

/// Reads what stands behind a dump, to the end of the file. Gives how many bytes of it are no white space.
///
/// # Errors
/// When it is another dump.
pub(super) fn rest(stream: &mut Stream<'_>) -> Result<u64> {
    let (mut window, mut begin, mut count) = (Vec::new(), stream.offset(), 0);
    loop {
        let block = stream.block()?;
        if block.is_empty() {
            return Ok(count);
        }
        let length = block.len();
        let is_text = |byte: &&u8| !byte.is_ascii_whitespace() && **byte != 0;
        count += block.iter().filter(is_text).count() as u64;
        window.extend_from_slice(block);
        stream.take(length);
        if let Some(at) = find(&window) {
            let at = begin + at as u64;
            let error = Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the file holds two dumps, the second from byte {} on",
                    grouped(at)
                ),
            );
            return Err(error.advise(format!(
                "divide it, unpacked: head -c {at} FILE > 1.heapsnapshot; tail -c +{} FILE > 2.heapsnapshot",
                at + 1
            )));
        }
        let done = window.len().saturating_sub(OVERLAP);
        window.drain(..done);
        begin += done as u64;
    }
}

/// Whether a plain file that ends with these bytes has a dump's end among them: what is behind it is other text. Of
/// strings only the quotes around them are not escaped.
pub(super) fn has_end(tail: &[u8]) -> bool {
    let is_end = |at: usize| {
        // More of an object follows, as behind the header's lists.
        if let [b',' | b'}', ..] = tail[at + 1..].trim_ascii_start() {
            return false;
        }
        let list = tail[..at].trim_ascii_end().strip_suffix(b"]");
        let string = list.and_then(|list| list.trim_ascii_end().strip_suffix(b"\""));
        string.is_some_and(|string| !string.ends_with(b"\\"))
    };
    memchr::memchr_iter(b'}', tail).any(is_end)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::task::Task;

    fn opened(text: &[u8]) -> Result<(u64, u64)> {
        let mut stream = Stream::new(Box::new(Cursor::new(text.to_vec())), Task::new());
        let skipped = open(&mut stream, "heap snapshot")?;
        Ok((skipped, stream.offset()))
    }

    #[test]
    fn what_stands_before_a_dump_is_skipped() {
        for (before, text) in [
            ("", "{\"snapshot\":{"),
            ("", "{ \"nodes\" : [1"),
            ("", "{\"other\":{\"a\":1},\"snapshot\":{"),
            ("", "{}"),
            ("Debugger attached.\n{\"a\":1}\n", "{\"snapshot\":{\"meta\""),
            (
                "HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n",
                "{\n  \"snapshot\": {",
            ),
            ("{\"id\":1,\"result\":", "{\"snapshot\" : {"),
            ("{\"result\":", "{\"head\":{\"callFrame\""),
        ] {
            let file = format!("{before}{text}");
            let read = opened(file.as_bytes()).unwrap();
            assert_eq!(
                read,
                (before.len() as u64, before.len() as u64 + 1),
                "{file}"
            );
            let is =
                text.contains("{\"snapshot\"") || text.contains(": {") || text.contains("head");
            assert_eq!(
                is_dump(file.as_bytes()),
                is && !text.contains("other"),
                "{file}"
            );
        }
        assert_eq!(opened(b"\0\0\0{\"snapshot\":{").unwrap(), (0, 4));
        assert_eq!(opened(b"\xef\xbb\xbf {\"snapshot\":{").unwrap(), (0, 5));
    }

    #[test]
    fn ends_are_told_from_what_looks_like_them() {
        for (tail, expected) in [
            (&br#","a","b"]} text"#[..], true),
            (b",\"a\" ]\n}\nbye", true),
            (br#""node"]},"node_count":1},"nodes":[1,2"#, false),
            (br#","function(){return a[0]}","b"#, false),
            (br#","f(\"a\"]} text","b"#, false),
            (b",[1,2]} text", false),
        ] {
            assert_eq!(has_end(tail), expected, "{}", String::from_utf8_lossy(tail));
        }
    }
}
